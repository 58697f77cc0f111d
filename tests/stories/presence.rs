//! Lamps and waiting messages: they follow calls, and they follow the user.

use std::time::Duration;

use perch::model::{DeviceMode, Extension, KeyWish, Messages};

use crate::office::{Office, Scene, extension, number};
use crate::phone::watching::{Lamp, Watched};
use crate::phone::{OldAccount, Quirks};
use crate::wire::Weather;

/// An office whose phones subscribe, and in which Ada has a lamp for Bob.
fn office(cast: &[&str]) -> Office {
    let quirks = Quirks { subscribes: true, ..Quirks::default() };
    let mut office = Office::opens(&Scene { cast, quirks, ..Scene::default() });
    office.owner_changes_user("ada", has_a_lamp_for("bob"));
    office.waits(10);
    office.looks_away();
    office
}

fn has_a_lamp_for(whom: &str) -> impl Fn(&mut Extension) {
    let (extension, label) = (extension(whom), whom.to_owned());
    move |user| {
        let lamp = KeyWish::Lamp { extension: extension.clone(), label: label.clone() };
        let taxi = KeyWish::Speed { number: "0612345".to_owned(), label: "Taxi".to_owned() };
        user.keys = vec![lamp, taxi];
    }
}

fn lamp(office: &Office, phone: &str, whom: &str) -> Option<Lamp> {
    office.wire.phone(phone).lamp(&number(whom))
}

/// The office's voicemail program tells how many messages wait.
fn voicemail_says(office: &mut Office, whom: &str, new: u32, old: u32) {
    let user = extension(whom);
    office.wire.with_box(|the_box, now| {
        the_box.does(now, |exchange, now| {
            assert!(exchange.set_messages(&user, Messages { new, old }, now));
        });
    });
    office.moment();
}

/// A lamp blinks while the phone rings, is lit during the call, and dark after it; the report names nobody.
/// Promises: B12.
#[test]
fn a_lamp_follows_ringing_answer_and_hanging_up() {
    let mut office = office(&["ada@desk:yealink", "bob@lab:snom", "cleo@attic:yealink"]);
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Dark));
    office.dials("cleo", "bob");
    office.saw(
        "
        attic   -> box      INVITE 101
        box     -> attic    401
        attic   -> box      ACK
        attic   -> box      INVITE 101
        box     -> lab      INVITE 101
        box     -> desk     NOTIFY dialog
        lab     -> box      180
        desk    -> box      200 NOTIFY
        box     -> attic    180
    ",
    );
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Blinks));
    office.waits(3);
    office.answers("bob");
    office.saw(
        "
        lab     -> box      200
        box     -> attic    200
        box     -> desk     NOTIFY dialog
        attic   -> box      ACK
        desk    -> box      200 NOTIFY
        box     -> lab      ACK
    ",
    );
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Lit));
    office.waits(3);
    office.hangs_up("cleo");
    office.saw(
        "
        attic   -> box      BYE
        box     -> attic    200 BYE
        box     -> lab      BYE
        box     -> desk     NOTIFY dialog
        lab     -> box      200 BYE
        desk    -> box      200 NOTIFY
    ",
    );
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Dark));
}

/// A quick succession is told once a second, and the lamp is right in the end.
#[test]
fn a_lamp_is_right_after_calls_in_quick_succession() {
    let mut office = office(&["ada@desk", "bob@lab", "cleo@attic"]);
    for _ in 0..5 {
        office.dials("cleo", "bob");
        office.answers("bob");
        office.hangs_up("cleo");
    }
    office.waits(2);
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Dark));
    office.dials("bob", "cleo");
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Blinks), "who calls is busy too");
}

/// A login call shows on nobody's lamp.
#[test]
fn a_login_call_lights_no_lamp() {
    let mut office = office(&["ada@desk", "bob", "cleo@attic", "kitchen"]);
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Dark));
    office.looks_away();
    office.logs_in("bob", "kitchen");
    let ladder = office.wire.take_ladder();
    assert!(!ladder.iter().any(|rung| rung == "box -> desk NOTIFY dialog"), "{ladder:?}");
    office.dials("kitchen", "cleo");
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Blinks), "a call from the desk is Bob's");
}

/// Lamps come with the user's keys to the new desk, and at the old one nothing stays lit.
/// Promises: B10, B12.
#[test]
fn lamps_follow_the_user_and_go_dark_at_the_former_desk() {
    for old_account in [OldAccount::Unregisters, OldAccount::Forgets] {
        let quirks = Quirks { subscribes: true, old_account, ..Quirks::default() };
        let cast = &["ada", "bob@lab", "cleo@attic", "kitchen:yealink", "hall:snom"];
        let mut office = Office::opens(&Scene { cast, quirks, ..Scene::default() });
        office.owner_changes_user("ada", has_a_lamp_for("bob"));
        office.logs_in("ada", "kitchen");
        office.waits(5);
        assert_eq!(lamp(&office, "kitchen", "bob"), Some(Lamp::Dark));
        office.dials("cleo", "bob");
        office.answers("bob");
        office.waits(2);
        assert_eq!(lamp(&office, "kitchen", "bob"), Some(Lamp::Lit));

        office.asks_for_login("ada", "hall", "100");
        office.keys("hall", "4071#", crate::phone::KeysBy::Rfc4733);
        office.moment();
        assert_ne!(lamp(&office, "kitchen", "bob"), Some(Lamp::Lit), "dark at once");
        office.is_let_in("ada", "hall");
        office.is_let_go("kitchen");
        office.waits(5);
        assert_eq!(lamp(&office, "hall", "bob"), Some(Lamp::Lit));
        assert_eq!(lamp(&office, "kitchen", "bob"), None, "no key, no lamp");
        office.looks_away();
        office.hangs_up("cleo");
        office.waits(2);
        let ladder = office.wire.take_ladder();
        assert!(!ladder.iter().any(|rung| rung == "box -> kitchen NOTIFY dialog"), "{ladder:?}");
        assert_eq!(lamp(&office, "hall", "bob"), Some(Lamp::Dark));
    }
}

/// What waits for a user is shown where the user is: at the own phone, at a desk, and nowhere else.
/// Promises: B10, B12.
#[test]
fn waiting_messages_follow_the_user() {
    let mut office = office(&["ada@desk:snom", "bob@lab", "kitchen:yealink", "hall:yealink"]);
    for phone in ["desk", "lab", "kitchen", "hall"] {
        assert_eq!(office.wire.phone(phone).messages(), Some("no 0/0"), "{phone}");
    }
    voicemail_says(&mut office, "ada", 2, 1);
    office.saw(
        "
        box     -> desk     NOTIFY message-summary
        desk    -> box      200 NOTIFY
    ",
    );
    assert_eq!(office.wire.phone("desk").messages(), Some("yes 2/1"));
    office.logs_in("ada", "kitchen");
    office.waits(5);
    assert_eq!(office.wire.phone("kitchen").messages(), Some("yes 2/1"));
    office.logs_in("ada", "hall");
    office.is_let_go("kitchen");
    office.waits(5);
    assert_eq!(office.wire.phone("kitchen").messages(), Some("no 0/0"));
    assert_eq!(office.wire.phone("hall").messages(), Some("yes 2/1"));
    voicemail_says(&mut office, "ada", 0, 3);
    office.waits(2);
    assert_eq!(office.wire.phone("hall").messages(), Some("no 0/3"));
    office.logs_out("hall", "*400");
    office.waits(5);
    assert_eq!(office.wire.phone("hall").messages(), Some("no 0/0"));
    assert_eq!(office.wire.phone("desk").messages(), Some("no 0/3"));
    assert_eq!(office.wire.phone("lab").messages(), Some("no 0/0"));
}

/// A phone at which nobody is logged in watches nobody, whatever it asks for (B10).
/// Promises: B10.
#[test]
fn an_idle_desk_watches_nobody() {
    let mut office = office(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, now| phone.watches_number("101", now));
    office.moment();
    let refused = office.wire.phone("kitchen").refused_watches();
    assert_eq!(refused, [(Watched::Lamp("101".to_owned()), 403)]);
    assert_eq!(lamp(&office, "kitchen", "bob"), None);
}

/// A lamp is about somebody: a number that nobody has gets none.
#[test]
fn nobody_has_no_lamp() {
    let mut office = office(&["ada@desk", "bob@lab"]);
    office.wire.at("desk", |phone, now| phone.watches_number("199", now));
    office.moment();
    assert_eq!(office.wire.phone("desk").refused_watches(), [(Watched::Lamp("199".to_owned()), 404)]);
}

/// Subscriptions live as long as they are renewed, over hours; and come back after the box was without current.
#[test]
fn lamps_work_after_hours_and_after_a_restart_of_the_box() {
    let mut office = office(&["ada@desk:yealink", "bob@lab", "cleo@attic"]);
    office.waits(7200);
    office.dials("cleo", "bob");
    office.waits(2);
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Blinks));
    office.hangs_up("cleo");
    office.waits(5);
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(5);
    office.wire.with_box(|the_box, now| the_box.starts(now));
    office.waits(600);
    office.dials("cleo", "bob");
    office.waits(2);
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Blinks));
}

/// Whatever the network loses, doubles and mixes, no report is taken out of its order, and the lamp is right in the end.
#[test]
fn lamps_are_right_in_foul_weather() {
    for seed in 1..=10 {
        println!("seed {seed}");
        let quirks = Quirks { subscribes: true, late: Duration::from_secs(34), ..Quirks::default() };
        let cast = &["ada@desk:yealink", "bob@lab", "cleo@attic"];
        let mut office =
            Office::opens(&Scene { cast, quirks, weather: Weather::FOUL, seed, ..Scene::default() });
        office.owner_changes_user("ada", has_a_lamp_for("bob"));
        office.waits_until("the lamp is there", |office| lamp(office, "desk", "bob") == Some(Lamp::Dark));
        for _ in 0..3 {
            office.dials("cleo", "bob");
            office.waits_until("it blinks", |office| lamp(office, "desk", "bob") == Some(Lamp::Blinks));
            office.waits_until("it rings", |office| office.ringing() == ["lab"]);
            office.answers("bob");
            office.waits_until("it is lit", |office| lamp(office, "desk", "bob") == Some(Lamp::Lit));
            office.hangs_up("bob");
            office.waits_until("it is dark", |office| lamp(office, "desk", "bob") == Some(Lamp::Dark));
            office.waits(40);
        }
    }
}

/// What waits for a user is known after a restart too, and not for somebody who is no more.
/// Promises: B12.
#[test]
fn waiting_messages_are_remembered_over_a_restart() {
    let mut office = office(&["ada@desk:yealink", "bob@lab"]);
    voicemail_says(&mut office, "ada", 2, 1);
    office.waits(1);
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(5);
    office.wire.with_box(|the_box, now| the_box.starts(now));
    let waiting = |office: &Office| office.wire.the_box().exchange().messages(&extension("ada"));
    assert_eq!(waiting(&office), Some(Messages { new: 2, old: 1 }));
    office.waits(600);
    assert_eq!(office.wire.phone("desk").messages(), Some("yes 2/1"));
    let is_hers = DeviceMode::Owned(extension("ada"));
    office.owner_changes(|wish| {
        wish.devices.retain(|one| one.mode != is_hers);
        wish.extensions.retain(|one| one.number != extension("ada"));
    });
    assert_eq!(waiting(&office), None);
    assert!(office.wire.the_box().disc.snapshot().messages.is_empty());
}

/// A phone that is removed, or given to somebody else, sees no more of what its user saw.
/// Promises: B10.
#[test]
fn a_phone_that_is_taken_away_goes_dark() {
    let mut office = office(&["ada@desk:yealink", "bob@lab", "cleo@attic"]);
    office.dials("cleo", "bob");
    office.answers("bob");
    office.waits(2);
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Lit));
    voicemail_says(&mut office, "ada", 1, 0);
    let is_hers = DeviceMode::Owned(extension("ada"));
    office.owner_changes(|wish| wish.devices.retain(|one| one.mode != is_hers));
    assert_eq!(lamp(&office, "desk", "bob"), Some(Lamp::Dark));
    assert_eq!(office.wire.phone("desk").messages(), Some("no 0/0"));
}
