//! Ringing (rule 2 and B5): which phones a call rings, and each of them once.

use std::time::Duration;

use crate::office::{Office, Scene};
use crate::phone::{KeysBy, OldAccount, Quirks};

/// The own phone and the desk ring together; who answers stops the other, as answered elsewhere.
/// Promises: rule2, K7.
#[test]
fn the_own_phone_rings_together_with_the_desk() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen:yealink"]);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.dials("bob", "ada");
    office.answers("kitchen");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> office   INVITE 100
        box     -> kitchen  INVITE hotdesk-100
        office  -> box      180
        kitchen -> box      180
        box     -> lab      180
        box     -> lab      180
        kitchen -> box      200
        box     -> lab      200
        box     -> office   CANCEL
        lab     -> box      ACK
        office  -> box      200 CANCEL
        office  -> box      487
        box     -> kitchen  ACK
        box     -> office   ACK
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
}

/// `hot desk only`: the desk replaces the own phone while the login lasts, and not a call longer.
/// Promises: rule2.
#[test]
fn the_desk_alone_rings_where_the_user_wants_it_so() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen:yealink"]);
    office.owner_changes_user("ada", |ada| ada.own.hotdesk_only = Some(true));
    office.looks_away();
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> office   INVITE 100
        office  -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> office   CANCEL
        lab     -> box      ACK
        office  -> box      200 CANCEL
        office  -> box      487
        box     -> office   ACK
    ",
    );

    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.dials("bob", "ada");
    office.answers("kitchen");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> kitchen  INVITE hotdesk-100
        kitchen -> box      180
        box     -> lab      180
        kitchen -> box      200
        box     -> lab      200
        lab     -> box      ACK
        box     -> kitchen  ACK
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );

    office.logs_out("kitchen", "*400");
    office.waits(2);
    office.looks_away();
    office.dials("bob", "ada");
    office.answers("office");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> office   INVITE 100
        office  -> box      180
        box     -> lab      180
        office  -> box      200
        box     -> lab      200
        lab     -> box      ACK
        box     -> office   ACK
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> office   BYE
        office  -> box      200 BYE
    ",
    );
}

/// The phone forgets its newest file with its current, and comes back under its old account while the new one is still bound:
/// it rings once, by the newest binding, and is told again.
/// Promises: B5, B2.
#[test]
fn a_phone_with_its_old_and_its_new_account_rings_once() {
    let quirks = Quirks { old_account: OldAccount::Forgets, ..Quirks::default() };
    let scene = Scene { cast: &["ada", "bob@lab", "kitchen:snom"], quirks, ..Default::default() };
    let mut office = Office::opens(&scene);
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    office.looks_away();
    office.wire.at("kitchen", |phone, now| {
        phone.power_off();
        phone.forgets_newest_file();
        phone.never_announces();
        phone.quirks_mut().fetch_after = Duration::from_secs(5);
        phone.power_on(now);
    });
    office.waits_millis(20);
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.waits(20);
    office.saw(
        "
        kitchen -> box      REGISTER hotdesk-000413000003
        kitchen -> box      GET 000413000003.xml
        box     -> kitchen  401 REGISTER
        box     -> kitchen  200 GET
        kitchen -> box      REGISTER hotdesk-000413000003
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100
        box     -> kitchen  200 REGISTER
        lab dials 100
        box     -> kitchen  INVITE hotdesk-100
        kitchen -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> kitchen  ACK
    ",
    );
}
