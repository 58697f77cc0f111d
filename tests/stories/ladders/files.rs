//! Files (B4, B10 and B12): which phone is told, what it fetches, and what is left on it.

use perch::model::{KeyWish, LoginPolicy};
use perch::sip::Message;

use crate::office::{Office, extension};
use crate::phone::SimPhone;
use crate::wire::Rung;

/// Where a NOTIFY goes.
fn addressee(rung: &Rung) -> Option<String> {
    let message = Message::parse(&rung.bytes).ok()?;
    message.request_uri().filter(|_| rung.words.starts_with("NOTIFY")).map(|uri| format!("to {uri}"))
}

/// Whether a file knows anything of Ada.
fn hers(rung: &Rung) -> Option<String> {
    let text = std::str::from_utf8(&rung.bytes).ok().filter(|_| rung.words.ends_with("GET"))?;
    let is_hers = ["Ada", "hotdesk-100", "4071", "Taxi", "0555"].iter().any(|word| text.contains(word));
    Some(if is_hers { "with hers" } else { "with nothing of hers" }.to_owned())
}

/// Two desks of one user have the same account: the one she leaves is told, by its own contact, and the other hears nothing.
/// Promises: B4.
#[test]
fn the_notify_goes_to_that_phones_contact_only() {
    let mut office = Office::with(&["ada@office", "kitchen:yealink", "hall:snom"]);
    office.owner_changes(|wish| wish.settings.login_policy = LoginPolicy::Several);
    office.logs_in("ada", "kitchen");
    office.logs_in("ada", "hall");
    office.waits(2);
    office.looks_away();
    assert!(office.administrator_logs_out("kitchen"));
    office.waits(120);
    office.saw_with(
        addressee,
        "
        box     -> kitchen  NOTIFY check-sync to sip:hotdesk-100@10.0.0.11:5060
        kitchen -> box      200 NOTIFY
        kitchen fetches its file
        kitchen registers hotdesk-805ec0000002 instead of hotdesk-100
    ",
    );
}

/// Whatever the phone fetches while she is logged in knows of her; what it fetches afterwards does not, and on the phone is
/// nothing of hers either.
/// Promises: B10.
#[test]
fn what_a_phone_fetches_after_a_logout_holds_nothing_of_the_user() {
    for desk in ["kitchen:yealink", "kitchen:snom"] {
        let mut office = Office::with(&["ada", desk]);
        office.owner_changes_user("ada", |ada| {
            ada.keys = vec![KeyWish::Speed { number: "0555".into(), label: "Taxi".into() }];
        });
        office.looks_away();
        office.logs_in("ada", "kitchen");
        office.logs_out("kitchen", "*400");
        office.waits(2);
        match desk {
            "kitchen:yealink" => office.saw_with(
                hers,
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
        kitchen -> box      GET 805ec0000002.boot
        box     -> kitchen  200 GET with nothing of hers
        kitchen -> box      GET 805ec0000002.cfg
        box     -> kitchen  200 GET with hers
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000002
        kitchen dials *400
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says logged_out
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen -> box      GET 805ec0000002.boot
        box     -> kitchen  200 GET with nothing of hers
        kitchen -> box      GET 805ec0000002.cfg
        box     -> kitchen  200 GET with nothing of hers
        kitchen registers hotdesk-805ec0000002 instead of hotdesk-100
    ",
            ),
            _ => office.saw_with(
                hers,
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
        kitchen -> box      GET 000413000002.xml
        box     -> kitchen  200 GET with hers
        kitchen registers hotdesk-100 instead of hotdesk-000413000002
        kitchen dials *400
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says logged_out
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen -> box      GET 000413000002.xml
        box     -> kitchen  200 GET with nothing of hers
        kitchen registers hotdesk-000413000002 instead of hotdesk-100
    ",
            ),
        }
        let config = office.wire.phone("kitchen").config().expect("a phone with files").everything();
        let hers = |text: &str| ["Ada", "hotdesk-100", "Taxi", "0555"].iter().any(|word| text.contains(word));
        assert_eq!(config.iter().find(|(_, text)| hers(text)), None, "{desk}");
    }
}

/// The user's keys come with the file, the one that logs out first; pressing it is the whole way out.
/// Promises: B12, C14, C21.
#[test]
fn the_first_key_of_the_user_logs_out() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.owner_changes_user("ada", |ada| {
        ada.keys = vec![
            KeyWish::Lamp { extension: extension("bob"), label: String::new() },
            KeyWish::Speed { number: "101".into(), label: "Bob".into() },
        ];
    });
    office.looks_away();
    office.logs_in("ada", "kitchen");
    office.waits(2);
    let keys = office.wire.phone("kitchen").keys_on_display();
    let shown: Vec<_> = keys.iter().map(|key| format!("{} {:?}", key.position, key.action)).collect();
    assert_eq!(shown, ["1 Line", "2 Dial(\"*400\")", "3 Watch(\"101\")", "4 Dial(\"101\")"]);
    office.wire.at("kitchen", SimPhone::presses_logout_key);
    office.is_let_go("kitchen");
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
        kitchen dials *400
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says logged_out
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-805ec0000003 instead of hotdesk-100
    ",
    );
    assert_eq!(office.wire.phone("kitchen").keys_on_display().len(), 1, "its line");
}
