//! Codes (rule 1): what a code is, and where it is none.

use perch::model::{Feature, Forwards};

use crate::office::Office;
use crate::outside::{TRUNKS, with_trunks};
use crate::phone::KeysBy;

impl Office {
    /// The owner switches what does this on or off in the plan.
    pub fn owner_switches(&mut self, feature: Feature, on: bool) {
        self.owner_changes(|wish| {
            let entries = wish.settings.plan.entries.iter_mut();
            entries.filter(|entry| entry.feature == feature).for_each(|entry| entry.on = on);
        });
        self.looks_away();
    }
}

/// A pattern logs in; the exact code `*77*5*`, which fits the pattern too, logs out.
/// Promises: rule1.
#[test]
fn an_exact_code_beats_the_pattern_it_fits() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.asks_for_login("ada", "kitchen", "*77*100*");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials *77*100*
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000002
    ",
    );

    office.logs_out("kitchen", "*77*5*");
    office.waits(2);
    office.saw(
        "
        kitchen dials *77*5*
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says logged_out
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-805ec0000002 instead of hotdesk-100
    ",
    );
}

/// Switched off, a code is a number like any other, which an idle desk may not call; switched on, it logs in again.
/// Promises: rule1, K26.
#[test]
fn a_code_that_is_switched_off_is_a_number_like_any_other() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.owner_switches(Feature::LoginWithExtension, false);
    office.dials("kitchen", "*77*100*");
    office.waits(10);
    office.saw(
        "
        kitchen dials *77*100*
        box     -> kitchen  says only_emergency_and_login
        box     -> kitchen  183
        box     -> kitchen  403
        kitchen -> box      ACK
    ",
    );
    office.dials("lab", "*77*100*");
    office.saw(
        "
        lab dials *77*100*
        box     -> lab      404
        lab     -> box      ACK
    ",
    );

    office.owner_switches(Feature::LoginWithExtension, true);
    office.asks_for_login("ada", "kitchen", "*77*100*");
    office.waits(1);
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials *77*100*
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
    ",
    );
}

/// The trunk that asks for a code is told that there is no such number, and a forward to one is as if it were not there: the
/// desk keeps its login, and nobody else gets one.
/// Promises: rule1.
#[test]
fn a_code_counts_only_where_a_phone_dials_it_itself() {
    let mut office = with_trunks(&["ada", "bob@lab", "cleo@office", "kitchen"], "", TRUNKS);
    office.logs_in("ada", "kitchen");
    office.owner_changes_user("bob", |bob| {
        bob.forwards = Forwards { always: Some("*400".to_owned()), ..Forwards::default() };
    });
    office.waits(2);
    office.looks_away();
    for code in ["*400", "*77*101*"] {
        office.dials("first", code);
    }
    office.saw(
        "
        first   -> box      INVITE *400
        box     -> first    404
        first   -> box      ACK
        first   -> box      INVITE *77*101*
        box     -> first    404
        first   -> box      ACK
    ",
    );
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.hangs_up("bob");
    office.saw(
        "
        kitchen dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> kitchen  180
        lab     -> box      200
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> lab      ACK
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
    assert_eq!(office.the_logins(), [("100".into(), "kitchen".into())]);
}
