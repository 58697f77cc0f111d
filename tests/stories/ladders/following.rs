//! Following (B1-B3): calls follow the user at once, the phone a little later, and never in a call.

use std::time::Duration;

use perch::media::Prompt;
use perch::model::{IdleCalls, LoginMethod};
use perch::sip::Message;

use super::Drawing;
use crate::disc::Health;
use crate::office::Office;
use crate::phone::{KeysBy, OnNotify};
use crate::wire::Rung;

/// Whom a call shows as its caller.
fn caller(rung: &Rung) -> Option<String> {
    let message = Message::parse(&rung.bytes).ok()?;
    let from = message.from().ok().filter(|_| rung.from == "box" && rung.words.starts_with("INVITE"))?;
    let user = from.uri.split(['@', ':']).nth(1).unwrap_or_default();
    Some(format!("from {} {user}", from.display().unwrap_or_default()))
}

/// While the voice still speaks, a call for Ada rings at the desk under its old account. The desk calls as Ada before the phone has
/// come for its file, and comes for it when that call is over.
/// Promises: B1, B3.
#[test]
fn calls_and_caller_id_follow_from_the_moment_the_pin_is_right() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().fetch_after = Duration::from_secs(20));
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw_with(
        caller,
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        lab dials 100
        box     -> kitchen  INVITE hotdesk-805ec0000003 from Bob Bianchi 101
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
    office.waits(5);
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.waits(30);
    office.hangs_up("kitchen");
    office.waits(30);
    office.saw_with(
        caller,
        "
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen dials 101
        box     -> lab      INVITE 101 from Ada Rossi 100
        lab     -> box      180
        box     -> kitchen  180
        lab     -> box      200
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> lab      ACK
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> lab      BYE
        box     -> kitchen  NOTIFY check-sync
        lab     -> box      200 BYE
        kitchen -> box      200 NOTIFY
        kitchen is told to fetch
        kitchen -> box      GET 805ec0000003.boot
        box     -> kitchen  NOTIFY check-sync
        box     -> kitchen  200 GET
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 805ec0000003.cfg
        box     -> kitchen  200 GET
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
}

/// The disc takes nothing: three seconds later the login is granted all the same, and nothing else is different for anybody
/// who calls. "Logged in" is what is said then, and not before.
/// Promises: B1.
#[test]
fn a_login_that_cannot_be_saved_is_told_three_seconds_later() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.with_box(|the_box, _| the_box.disc.set_health(Health::Stuck));
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.dials("bob", "ada");
    office.hangs_up("lab");
    assert!(!office.heard("kitchen").contains(&Prompt::LoggedIn));
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw_with_pauses(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        after 2 s
        lab dials 100
        box     -> kitchen  INVITE hotdesk-805ec0000003
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
        after 2 s
        box     -> kitchen  says logged_in
        after 3 s
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
    assert_eq!(office.device("kitchen").login.map(|login| login.saved), Some(false));
}

/// Every step is told: routing with the login, then the NOTIFY, the fetch and the registration.
/// Promises: B2, B15.
#[test]
fn the_box_follows_the_phone_to_its_new_account() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.saw_with_events(
        "
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

/// The phone answers and does not come: it is told again 6, 20 and 60 seconds later, flagged after its patience of 20, and left
/// alone then. When it comes by itself, it is confirmed.
/// Promises: B2.
#[test]
fn a_phone_that_does_not_come_is_told_again_after_6_20_and_60_seconds() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().fetch_after = Duration::from_secs(200));
    office.looks_away();
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.waits(300);
    office.saw_drawn(
        Drawing { pauses: true, events: true, ..Drawing::default() },
        "
        box tells logged-in 100 kitchen Page
        box tells stage kitchen Notified
        kitchen is told to fetch
        after 6 s
        kitchen is told to fetch
        after 14 s
        box tells phone-late kitchen
        after 6 s
        kitchen is told to fetch
        after 60 s
        kitchen is told to fetch
        after 200 s
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

/// Nothing is heard of the phone: each NOTIFY is given up after 32 seconds, and the time to the next one counts from then.
/// Promises: B2.
#[test]
fn a_phone_that_is_not_heard_is_told_again_after_the_last_notify_has_timed_out() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.waits(300);
    office.saw_with_pauses(
        "
        box     -> kitchen  NOTIFY check-sync, 11 times
        after 38 s
        box     -> kitchen  NOTIFY check-sync, 11 times
        after 52 s
        box     -> kitchen  NOTIFY check-sync, 11 times
        after 92 s
        box     -> kitchen  NOTIFY check-sync, 11 times
    ",
    );
}

/// The GET stops the repetition, also where the file never arrives.
/// Promises: B2.
#[test]
fn any_get_stops_the_repetition() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().fetch_after = Duration::from_secs(10));
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    // The GET arrives, and the phone loses its current before the answer does.
    while !office.wire.last_rung().is_some_and(|rung| rung.words.starts_with("GET")) {
        office.waits_millis(1);
    }
    office.wire.at("kitchen", |phone, _| phone.power_off());
    office.waits(200);
    office.saw_with_pauses(
        "
        kitchen is told to fetch
        after 6 s
        kitchen is told to fetch
        after 10 s
        kitchen -> box      GET 805ec0000002.boot
        box     -> kitchen  200 GET
    ",
    );
}

/// A desk that is in a call when its user is put there: calls follow at once, the phone is told when it has hung up.
/// Promises: B3, B2.
#[test]
fn a_phone_in_a_call_is_told_when_the_call_is_over() {
    let mut office = Office::with(&["ada", "bob@lab", "cleo@office", "kitchen:yealink"]);
    office.owner_changes(|wish| wish.settings.idle_calls = IdleCalls::Internal);
    office.dials("kitchen", "cleo");
    office.answers("cleo");
    office.looks_away();
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.waits(60);
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.waits(60);
    office.hangs_up("cleo");
    office.waits(10);
    office.saw_drawn(
        Drawing { pauses: true, events: true, ..Drawing::default() },
        "
        box tells logged-in 100 kitchen Page
        box tells stage kitchen WaitingForCall
        after 70 s
        lab dials 100
        box tells call-started
        box     -> kitchen  INVITE hotdesk-805ec0000004
        kitchen -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box tells call-ended
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> kitchen  ACK
        after 60 s
        office  -> box      BYE
        box tells call-ended
        box     -> office   200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        box tells stage kitchen Notified
        kitchen is told to fetch
        kitchen fetches its file
        box tells stage kitchen Fetched
        kitchen -> box      REGISTER hotdesk-805ec0000004 off
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
