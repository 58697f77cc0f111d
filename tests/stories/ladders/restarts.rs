//! Restarts (B11): the current fails and comes back.

use perch::model::AfterRestart;

use crate::office::Office;

/// The plug of the box is pulled and put back.
fn restarts(office: &mut Office) {
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(5);
    office.looks_away();
    office.wire.with_box(|the_box, now| the_box.starts(now));
}

/// The box starts: a call rings the desk before the phone has said a word, each stored binding is asked whether it lives, and the
/// login stands.
/// Promises: B11.
#[test]
fn after_a_restart_a_call_rings_at_once_and_the_phones_are_asked() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen:yealink"]);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    restarts(&mut office);
    office.wire.at("lab", |phone, now| phone.dials("100", now));
    office.waits_millis(500);
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
        box     -> office   OPTIONS
        office  -> box      200 OPTIONS
        box     -> lab      OPTIONS
        lab     -> box      200 OPTIONS
        box     -> kitchen  OPTIONS
        kitchen -> box      200 OPTIONS
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
    assert_eq!(office.the_logins(), [("100".into(), "kitchen".into())]);
}

/// Where the tenant has chosen so, the start ends the login: the phone is told at once, and nobody is called at it.
/// Promises: B11.
#[test]
fn after_a_restart_nobody_is_logged_in_where_the_office_wants_it_so() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.owner_changes(|wish| wish.settings.after_restart = AfterRestart::End);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    restarts(&mut office);
    office.waits(5);
    office.saw(
        "
        kitchen is told to fetch
        box     -> lab      OPTIONS
        lab     -> box      200 OPTIONS
        box     -> kitchen  OPTIONS
        kitchen -> box      200 OPTIONS
        kitchen fetches its file
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  401 REGISTER
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  200 REGISTER
        box     -> kitchen  200 REGISTER
    ",
    );
    office.dials("bob", "ada");
    office.saw(
        "
        lab dials 100
        box     -> lab      480
        lab     -> box      ACK
    ",
    );
}
