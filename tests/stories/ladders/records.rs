//! Records (B13-B15): what users, the journal and listeners are told.

use perch::model::{LoginMethod, LogoutReason};

use crate::office::Office;
use crate::phone::KeysBy;

/// Others have ended the login: at the next one the voice says so, once.
/// Promises: B13.
#[test]
fn a_user_is_told_at_the_next_login_who_ended_the_last() {
    let mut office = Office::with(&["ada", "bob", "kitchen:yealink"]);
    office.logs_in("ada", "kitchen");
    office.dials_and_keys("kitchen", "*77*101*", &["5182"]);
    office.is_let_in("bob", "kitchen");
    office.waits(2);
    office.looks_away();
    office.dials_and_keys("kitchen", "*77*100*", &["4071"]);
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
        box     -> kitchen  says told_displaced
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-101
    ",
    );
    assert!(office.administrator_logs_out("kitchen"));
    office.waits(5);
    office.looks_away();
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  says told_by_administrator
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
    office.logs_out("kitchen", "*400");
    office.waits(2);
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
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
}

/// A login by code, a move, a logout from another phone: each leaves its entry, in the order of the ladder.
/// Promises: B14.
#[test]
fn every_login_and_its_end_stand_in_the_journal() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink", "hall:snom"]);
    office.asks_for_login("ada", "kitchen", "*77*100*");
    office.keys("kitchen", "9999#", KeysBy::Rfc4733);
    office.waits(4);
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
        box     -> kitchen  says wrong_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
    assert_eq!(office.journal(), ["100 refused at kitchen: WrongPin", "100 in at kitchen: Code"]);
    office.logs_in("ada", "hall");
    office.waits(2);
    office.looks_away();
    office.dials_and_keys("lab", "*073", &["100", "4071"]);
    office.is_let_go("hall");
    office.waits(8);
    office.saw(
        "
        lab dials *073
        box     -> lab      200
        lab     -> box      ACK
        box     -> lab      says enter_id
        lab     -> box      keys ****
        box     -> lab      says enter_pin
        lab     -> box      keys *****
        box     -> lab      says logged_out_there
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-000413000004 instead of hotdesk-100
        box     -> lab      BYE
        lab     -> box      200 BYE
    ",
    );
    let since = ["100 out of kitchen: Moved", "100 in at hall: OwnExtension", "100 out of hall: OtherPhone"];
    assert_eq!(office.journal()[2..], since);
}

/// A program logs somebody in, moves and logs out: what listens hears each step as it happens.
/// Promises: B15, B1.
#[test]
fn a_program_logs_in_moves_and_logs_out_and_hears_of_each_step() {
    let mut office = Office::with(&["ada", "kitchen:yealink", "hall:snom"]);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Api);
    office.saw_with_events(
        "
        box tells logged-in 100 kitchen Api
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
    office.administrator_logs_in("ada", "hall", LoginMethod::Api);
    office.saw_with_events(
        "
        box tells logged-out 100 kitchen Moved
        box tells logged-in 100 hall Api
        box tells stage kitchen Notified
        kitchen is told to fetch
        box tells stage hall Notified
        hall is told to fetch
        kitchen -> box      GET 805ec0000002.boot
        box     -> kitchen  200 GET
        kitchen -> box      GET 805ec0000002.cfg
        hall    -> box      GET 000413000003.xml
        box     -> kitchen  200 GET
        box tells stage kitchen Fetched
        box     -> hall     200 GET
        box tells stage hall Fetched
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000002
        hall    -> box      REGISTER hotdesk-000413000003 off
        hall    -> box      REGISTER hotdesk-100
        box tells device-reachable kitchen false
        box     -> kitchen  200 REGISTER
        box     -> kitchen  401 REGISTER
        box tells device-reachable hall false
        box     -> hall     200 REGISTER
        box     -> hall     401 REGISTER
        kitchen -> box      REGISTER hotdesk-805ec0000002
        hall    -> box      REGISTER hotdesk-100
        box tells device-reachable kitchen true
        box tells stage kitchen Confirmed
        box     -> kitchen  200 REGISTER
        box tells device-reachable hall true
        box tells stage hall Confirmed
        box     -> hall     200 REGISTER
    ",
    );
    let hall = office.device("hall").id;
    office.wire.with_box(|the_box, now| {
        the_box.does(now, |exchange, now| exchange.log_out(hall, LogoutReason::Api, now))
    });
    office.waits(10);
    office.saw_with_events(
        "
        box tells logged-out 100 hall Api
        box tells stage hall Notified
        hall is told to fetch
        hall fetches its file
        box tells stage hall Fetched
        hall    -> box      REGISTER hotdesk-100 off
        hall    -> box      REGISTER hotdesk-000413000003
        box tells device-reachable hall false
        box     -> hall     200 REGISTER
        box     -> hall     401 REGISTER
        hall    -> box      REGISTER hotdesk-000413000003
        box tells device-reachable hall true
        box tells stage hall Confirmed
        box     -> hall     200 REGISTER
    ",
    );
}
