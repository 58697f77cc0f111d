//! Moving and leaving: second logins, direct moves, and every way to log out.

use std::time::Duration;

use perch::media::Prompt;
use perch::model::{Event, LoginMethod, LogoutReason, Stage};

use crate::office::{Office, Scene, extension};
use crate::phone::config::KeyAction;
use crate::phone::{Ending, KeysBy};

/// A second login lets the first desk go at once; the first phone turns idle again.
/// Promises: K5, rule3, B1.
#[test]
fn a_second_login_moves_the_calls_and_frees_the_first_desk() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen", "hall"]);
    office.logs_in("ada", "kitchen");
    office.asks_for_login("ada", "hall", "100");
    office.keys("hall", "4071#", KeysBy::Rfc4733);
    assert_eq!(office.the_logins(), [("100".into(), "hall".into())]);
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["hall"], "at once, and there only");
    office.hangs_up("bob");
    office.is_let_in("ada", "hall");
    office.is_let_go("kitchen");
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("HD0001"));
    assert_eq!(office.wire.phone("hall").screen().as_deref(), Some("100 Ada Rossi"));
    let moved = |event: &Event| matches!(event, Event::LoggedOut { reason: LogoutReason::Moved, .. });
    assert_eq!(office.events().iter().filter(|event| moved(event)).count(), 1);
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["hall"]);
}

/// A running call at the former desk goes on as it began, and that phone is told after it.
/// Promises: B3, B6.
#[test]
fn a_running_call_at_the_former_desk_goes_on() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen", "hall"]);
    office.logs_in("ada", "kitchen");
    office.dials("bob", "ada");
    office.answers("kitchen");
    office.logs_in("ada", "hall");
    office.waits(60);
    assert!(office.wire.phone("kitchen").in_call() && office.wire.phone("lab").in_call());
    assert_eq!(office.wire.phone("kitchen").registered_as(), ["hotdesk-100"], "not told during the call");
    office.hangs_up("kitchen");
    office.is_let_go("kitchen");
}

/// A phone that a call keeps from fetching its file is told again after the call, and not in it.
#[test]
fn b3_a_call_that_begins_before_the_phone_has_fetched_is_not_disturbed() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().fetch_after = Duration::from_secs(20));
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.looks_away();
    office.waits(300);
    assert_eq!(office.device("kitchen").stage, Stage::WaitingForCall);
    let ladder = office.wire.take_ladder();
    assert!(!ladder.iter().any(|rung| rung.contains("NOTIFY")), "{ladder:?}");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().fetch_after = Duration::from_millis(400));
    office.hangs_up("bob");
    office.moment();
    let ladder = office.wire.take_ladder();
    assert!(ladder.iter().any(|rung| rung == "box -> kitchen NOTIFY check-sync"), "{ladder:?}");
    office.waits(30);
    assert_eq!(office.wire.phone("kitchen").registered_as(), ["hotdesk-100"]);
}

/// The next user logs in where the last one still is, by code.
/// Promises: I1, C1, C16.
#[test]
fn the_next_user_takes_the_desk_over() {
    let mut office = Office::with(&["ada", "bob", "cleo@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.asks_for_login("bob", "kitchen", "*77*101*");
    office.keys("kitchen", "5182#", KeysBy::Rfc4733);
    office.is_let_in("bob", "kitchen");
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("101 Bob Bianchi"));
    office.dials("cleo", "ada");
    assert_eq!(office.ending("cleo"), Some(Ending::Refused(480)));
    office.dials("cleo", "bob");
    assert_eq!(office.ringing(), ["kitchen"]);
}

/// Where somebody is logged in, a dialled extension is a call.
/// Promises: rule5.
#[test]
fn at_a_desk_in_use_a_number_is_a_call() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "101");
    assert_eq!(office.ringing(), ["lab"]);
}

/// Every code.
/// Promises: K14, C15.
#[test]
fn every_logout_code_ends_the_login() {
    for code in ["*400", "*77*5*", "*77*5"] {
        let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
        office.logs_in("ada", "kitchen");
        office.dials("kitchen", code);
        office.waits_until("she is out", |office| office.user_at("kitchen").is_none());
        office.waits(6);
        assert_eq!(office.heard("kitchen"), [Prompt::LoggedOut]);
        office.is_let_go("kitchen");
        assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("HD0001"));
        office.dials("bob", "ada");
        assert_eq!(office.ending("bob"), Some(Ending::Refused(480)));
    }
}

/// The first key of a desk in use logs out; an idle desk has none.
/// Promises: C14.
#[test]
fn the_logout_key_ends_the_login() {
    for desk in ["kitchen:yealink", "kitchen:snom", "kitchen:small-snom", "kitchen:small-yealink"] {
        let mut office = Office::with(&["ada", desk]);
        assert_eq!(office.wire.phone("kitchen").keys_on_display().len(), 1, "its line and no more");
        office.logs_in("ada", "kitchen");
        assert!(office.wire.phone("kitchen").keys_on_display().len() > 1, "{desk}");
        office.wire.at("kitchen", crate::phone::SimPhone::presses_logout_key);
        office.is_let_go("kitchen");
        let keys = office.wire.phone("kitchen").keys_on_display();
        assert_eq!(keys.len(), 1, "{desk}: {keys:?}");
    }
}

/// A click in the page, and the API, log out and in.
/// Promises: I2, C20.
#[test]
fn the_administrator_logs_out_and_in_from_afar() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    assert!(office.administrator_logs_out("kitchen"));
    office.is_let_go("kitchen");
    assert!(!office.administrator_logs_out("kitchen"), "nobody is there any more");

    let id = office.device("kitchen").id;
    let login = office.wire.with_box(|the_box, now| {
        the_box.does(now, |exchange, now| exchange.log_in(&extension("ada"), id, LoginMethod::Api, now))
    });
    assert!(login.is_ok());
    office.waits_until("the phone follows", |office| {
        office.wire.phone("kitchen").registered_as() == ["hotdesk-100"]
    });
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
}

/// A user in a call who is logged out talks on; the phone is told afterwards.
/// Promises: B3.
#[test]
fn a_logout_from_afar_does_not_cut_a_call() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.administrator_logs_out("kitchen");
    office.waits(30);
    assert!(office.wire.phone("kitchen").in_call());
    office.hangs_up("bob");
    office.is_let_go("kitchen");
}

/// Nothing of the former user stays on the phone.
/// Promises: B10.
#[test]
fn nothing_of_a_former_user_stays_on_the_phone() {
    for desk in ["kitchen:yealink", "kitchen:snom"] {
        let mut office = Office::with(&["ada", desk]);
        let config =
            |office: &Office| office.wire.phone("kitchen").config().expect("a phone with files").everything();
        office.logs_in("ada", "kitchen");
        assert!(config(&office).iter().any(|(_, text)| text.contains("Ada")));
        office.logs_out("kitchen", "*400");
        let left: Vec<_> = config(&office)
            .into_iter()
            .filter(|(_, text)| text.contains("Ada") || text.contains("hotdesk-100"))
            .collect();
        assert!(left.is_empty(), "{desk}: {left:?}");
    }
}

/// The office file takes a user's permission away: her login ends with it.
#[test]
fn a_login_ends_with_its_extension() {
    let scene = crate::office::Scene { cast: &["ada", "bob@lab", "kitchen"], ..Default::default() };
    let mut office = Office::opens(&scene);
    office.logs_in("ada", "kitchen");
    let file = office.file(&scene);
    let without: String = file.replace("hotdesk = true\npin = \"4071\"\n", "");
    office.applies(&without);
    office.is_let_go("kitchen");
}

/// HOTDESK part 1, SIP account: a phone that is deaf to many logins in a row still speaks with the credentials it has.
#[test]
fn a_phone_that_lags_behind_many_logins_can_still_call() {
    let mut office = Office::with(&["ada", "bob@lab", "dan", "eve", "kitchen"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Deaf);
    let id = office.device("kitchen").id;
    for who in ["ada", "dan", "eve", "ada", "dan", "eve"] {
        let login = office.wire.with_box(|the_box, now| {
            the_box.does(now, |exchange, now| exchange.log_in(&extension(who), id, LoginMethod::Api, now))
        });
        assert!(login.is_ok());
        office.waits(3);
    }
    office.dials("kitchen", "bob");
    assert_eq!(office.rings("bob"), Some(("104".into(), "Eve Gallo".into())));
}

/// Under the policy `several` both desks stay, and both ring.
#[test]
fn rule3_where_the_office_allows_several_logins_both_desks_ring() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen", "hall"],
        settings: "login_policy = \"several\"",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.logs_in("ada", "hall");
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["hall", "kitchen"]);
    office.hangs_up("bob");
    office.logs_out("hall", "*400");
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"], "one logout ends one login");
}

/// The office chooses its own logout code: the new one counts, the old one does not, and the key dials the new one.
#[test]
fn k14_another_logout_code_takes_the_place_of_the_usual_one() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "kitchen:yealink"],
        tables: "[plan]\nentries = [{ feature = \"login-by-own-extension\" }, { code = \"*9\", feature = \"logout\" }]\n",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "*400");
    office.waits(2);
    assert_eq!(office.ending("kitchen"), Some(Ending::Refused(404)));
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.wire.at("kitchen", crate::phone::SimPhone::presses_logout_key);
    office.is_let_go("kitchen");
    office.logs_in("ada", "kitchen");
    office.logs_out("kitchen", "*9");
}

/// Her keys are on each phone she sits down at, as many as fit behind the one that logs out; then they are gone.
#[test]
fn b12_c21_the_users_keys_come_along_to_each_desk() {
    let scene = Scene {
        cast: &["ada", "bob", "kitchen:yealink", "hall:snom", "cellar:small-snom"],
        ..Scene::default()
    };
    let mut office = Office::opens(&scene);
    let keys = "pin = \"4071\"\nkeys = [{ lamp = \"101\" }, { speed = \"0555\", label = \"Taxi\" }]\n";
    office.applies(&office.file(&scene).replace("pin = \"4071\"\n", keys));
    let shown = |office: &Office, desk: &str| -> Vec<KeyAction> {
        office.wire.phone(desk).keys_on_display().into_iter().map(|key| key.action).collect()
    };
    let dial = |code: &str| KeyAction::Dial(code.to_owned());
    for desk in ["kitchen", "hall"] {
        office.logs_in("ada", desk);
        let lamp = KeyAction::Watch("101".to_owned());
        assert_eq!(shown(&office, desk), [KeyAction::Line, dial("*400"), lamp, dial("0555")], "{desk}");
    }
    office.logs_in("ada", "cellar");
    assert_eq!(shown(&office, "cellar"), [KeyAction::Line, dial("*400")], "it has two");
    for desk in ["kitchen", "hall"] {
        office.is_let_go(desk);
        assert_eq!(shown(&office, desk), [KeyAction::Line], "{desk}");
    }
}

/// The phone has not heard its NOTIFY, and a call begins: no copy of it reaches the phone in the call, and it is told anew.
#[test]
fn b3_a_notify_that_was_lost_does_not_come_again_in_the_middle_of_a_call() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Deaf);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.waits(60);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Says(200));
    office.looks_away();
    office.hangs_up("kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> lab      BYE
        box     -> kitchen  NOTIFY check-sync
        lab     -> box      200 BYE
        kitchen -> box      200 NOTIFY
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
}
