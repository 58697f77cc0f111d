//! Guessing (B9): what wrong PINs close, what stays open, and how it opens again.

use crate::office::Office;
use crate::outside::{TRUNKS, with_trunks};

/// Three wrong PINs: the number is closed at every desk, the desk for everybody; running logins, calls, registrations and calls
/// for help are not disturbed, and a quarter of an hour later the door is open.
/// Promises: B9, B8.
#[test]
fn three_wrong_pins_close_the_extension_and_the_desk_to_logins_and_nothing_else() {
    let mut office = with_trunks(
        &["ada", "bob@lab", "dan", "eve", "kitchen:yealink", "hall:snom", "den:yealink"],
        "",
        TRUNKS,
    );
    office.logs_in("dan", "den");
    office.waits(2);
    office.looks_away();
    office.guesses_three_times("ada", "kitchen");
    office.waits(8);
    office.saw_with_events(
        "
        kitchen dials 100
        box tells call-started
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box tells login-refused 100 kitchen WrongPin
        box     -> kitchen  says wrong_pin
        kitchen -> box      keys *****
        box tells login-refused 100 kitchen WrongPin
        box     -> kitchen  says wrong_pin
        kitchen -> box      keys *****
        box tells login-refused 100 kitchen WrongPin
        box tells logins-closed 100
        box tells logins-closed kitchen
        box     -> kitchen  says locked
        box tells call-ended
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );

    // She elsewhere, and somebody else there.
    for (desk, number) in [("hall", "100"), ("kitchen", "104")] {
        office.dials(desk, number);
        office.waits(8);
    }
    office.saw(
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says locked
        box     -> hall     BYE
        hall    -> box      200 BYE
        kitchen dials 104
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says locked
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );

    // Whoever is logged in calls and is called, and help is called from the closed desk.
    office.dials("bob", "dan");
    office.hangs_up("lab");
    office.dials("kitchen", "112");
    office.hangs_up("kitchen");
    office.saw(
        "
        lab dials 103
        box     -> den      INVITE hotdesk-103
        den     -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> den      CANCEL
        lab     -> box      ACK
        den     -> box      200 CANCEL
        den     -> box      487
        box     -> den      ACK
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

    office.waits(15 * 60);
    office.looks_away();
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000005
    ",
    );
}

/// The administrator opens what is closed: the next login is as if nothing had been.
/// Promises: B9.
#[test]
fn the_administrator_opens_what_wrong_pins_have_closed() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.guesses_three_times("ada", "kitchen");
    office.waits(8);
    office.looks_away();
    for one in office.lockouts() {
        assert!(office.administrator_opens(one.locked));
    }
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.saw_with_events(
        "
        box tells logins-opened 100
        box tells logins-opened kitchen
        kitchen dials 100
        box tells call-started
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box tells logged-in 100 kitchen OwnExtension
        box     -> kitchen  says logged_in
        box tells stage kitchen WaitingForCall
        box tells call-ended
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        box tells stage kitchen Notified
        kitchen is told to fetch
        kitchen fetches its file
        box tells stage kitchen Fetched
        kitchen -> box      REGISTER hotdesk-805ec0000002 off
        kitchen -> box      REGISTER hotdesk-100
        box tells device-reachable kitchen false
        box     -> kitchen  200 REGISTER
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100
        box tells device-reachable kitchen true
        box tells stage kitchen Confirmed
        box     -> kitchen  200 REGISTER
    ",
    );
}
