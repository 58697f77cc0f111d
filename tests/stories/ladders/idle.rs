//! Free desks (rule 5): what may be called from a phone where nobody is logged in.

use perch::model::{Feature, IdleCalls, Plan};

use crate::office::{Office, Scene};
use crate::outside::{TRUNKS, with_trunks};

/// The default: nothing but help and logins. A number outside is refused in words, somebody's number asks for the PIN or says
/// why it does not, and help is called.
/// Promises: rule5, C2.
#[test]
fn a_free_desk_calls_nobody_where_only_emergency_calls_are_allowed() {
    let mut office = with_trunks(&["ada", "bob@lab", "cleo@office", "kitchen"], "", TRUNKS);
    office.looks_away();
    office.dials("kitchen", "0612345678");
    office.waits(10);
    office.saw(
        "
        kitchen dials 0612345678
        box     -> kitchen  says only_emergency_and_login
        box     -> kitchen  183
        box     -> kitchen  403
        kitchen -> box      ACK
    ",
    );
    office.dials("kitchen", "cleo");
    office.waits(10);
    office.saw(
        "
        kitchen dials 102
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says not_allowed
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
    office.dials("kitchen", "bob");
    office.waits(1);
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials 101
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
    ",
    );
    office.dials("kitchen", "112");
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen -> box      INVITE 112
        box     -> first    INVITE 112
        first   -> box      180
        box     -> kitchen  180
        kitchen -> box      CANCEL
        box     -> kitchen  200 CANCEL
        box     -> kitchen  487
        box     -> first    CANCEL
        kitchen -> box      ACK
        first   -> box      200 CANCEL
        first   -> box      487
        box     -> first    ACK
    ",
    );
}

/// Inside calls: whoever has no hot desk is called, whoever has one is asked for the PIN, nobody outside is reached.
/// Promises: rule5.
#[test]
fn a_free_desk_calls_inside_where_that_is_allowed() {
    let mut office =
        with_trunks(&["ada", "bob@lab", "cleo@office", "kitchen"], "idle_calls = \"internal\"", TRUNKS);
    office.looks_away();
    office.dials("kitchen", "cleo");
    office.answers("cleo");
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials 102
        box     -> office   INVITE 102
        office  -> box      180
        box     -> kitchen  180
        office  -> box      200
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> office   ACK
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> office   BYE
        office  -> box      200 BYE
    ",
    );
    office.dials("kitchen", "bob");
    office.waits(1);
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials 101
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
    ",
    );
    office.dials("kitchen", "0612345678");
    office.saw(
        "
        kitchen dials 0612345678
        box     -> kitchen  403
        kitchen -> box      ACK
    ",
    );
}

/// The office allows nothing, this desk everything: it calls out by the first trunk, and codes go before that.
/// Promises: rule5.
#[test]
fn one_free_desk_calls_out_where_all_is_allowed_to_it() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen:yealink"], "", TRUNKS);
    office.owner_changes_phone("kitchen", |kitchen| kitchen.own.idle_calls = Some(IdleCalls::All));
    office.waits(2);
    office.looks_away();
    office.dials("kitchen", "0612345678");
    office.answers("first");
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials 0612345678
        box     -> first    INVITE 0612345678
        first   -> box      180
        box     -> kitchen  180
        first   -> box      200
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> first    ACK
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> first    BYE
        first   -> box      200 BYE
    ",
    );
    office.dials("kitchen", "*400");
    office.waits(8);
    office.saw(
        "
        kitchen dials *400
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says not_logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
}

/// With the login by the own number switched off the policy alone decides what an extension's number is; and at a desk in use
/// it is a call in every case.
/// Promises: rule5, K9.
#[test]
fn a_number_is_a_login_only_at_a_free_desk_and_where_that_is_switched_on() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen:yealink"],
        settings: "idle_calls = \"internal\"",
        ..Scene::default()
    });
    office.owner_switches(Feature::LoginByOwnExtension, false);
    office.dials("kitchen", "bob");
    office.hangs_up("kitchen");
    office.saw(
        "
        kitchen dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> kitchen  180
        kitchen -> box      CANCEL
        box     -> kitchen  200 CANCEL
        box     -> kitchen  487
        box     -> lab      CANCEL
        kitchen -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
    ",
    );

    office.owner_changes(|wish| wish.settings.idle_calls = IdleCalls::EmergencyOnly);
    office.looks_away();
    office.dials("kitchen", "bob");
    office.waits(10);
    office.saw(
        "
        kitchen dials 101
        box     -> kitchen  says only_emergency_and_login
        box     -> kitchen  183
        box     -> kitchen  403
        kitchen -> box      ACK
    ",
    );

    office.owner_changes(|wish| wish.settings.plan = Plan::default());
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.hangs_up("kitchen");
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
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> lab      BYE
        lab     -> box      200 BYE
    ",
    );
}
