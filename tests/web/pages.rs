//! The pages, used as people use them, without JavaScript.

use std::sync::Arc;

use axum::http::StatusCode;
use perch::model::{
    CallId, CallKind, CallOutcome, CallRecord, KeyWish, Language, LoginMethod, LogoutReason, Party,
    StartFinding, StoreDamage,
};

use crate::browser::{Browser, PASSWORD};
use crate::house::{Disc, House, Shelf};

/// Promises: F12, I2, C6, C19, C20.
#[tokio::test]
async fn the_owner_sets_the_box_up_from_the_code_to_the_first_phone_and_logs_somebody_in_and_out() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    browser.open("/").await;
    assert_eq!(browser.at, "/setup");
    assert!(browser.says("Emergency calls cannot leave the building."));

    browser.submit("/setup/code", &[("code", "WRONG-ONE")]).await;
    assert_eq!(browser.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.says("4 tries are left"));
    let code = house.code();
    browser.submit("/setup/code", &[("code", &code.to_lowercase())]).await;
    assert!(browser.says("Choose a password"));

    browser.submit("/setup/password", &[("password", "1234567890"), ("again", "1234567890")]).await;
    assert!(browser.says("too simple"));
    browser.submit("/setup/password", &[("password", PASSWORD), ("again", "another parrot")]).await;
    assert!(browser.says("not the same"));
    browser.submit("/setup/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(browser.at, "/setup/office");

    browser.submit("/setup/office", &[("name", "Rossi & Figli"), ("country", "US"), ("timezone", "")]).await;
    assert!(browser.says("several time zones"));
    browser.submit("/setup/office", &[("name", "Rossi & Figli"), ("country", "IT"), ("timezone", "")]).await;
    assert_eq!(browser.at, "/setup/extensions");

    browser.submit("/setup/extensions", &[("number", "112"), ("name", "Ada")]).await;
    assert!(browser.says("emergency number 112"), "{}", browser.page);
    let ada = [("number", "100"), ("name", "Ada Rossi"), ("pin", "4071")];
    browser.submit("/setup/extensions", &ada).await;
    browser.submit("/setup/extensions", &[("number", "101"), ("name", "Reception")]).await;
    assert!(browser.says("Ada Rossi") && browser.says("Reception"));
    browser.open("/setup/emergency").await;
    browser.submit("/setup/emergency", &[("emergency_extension", "101")]).await;
    assert_eq!(browser.at, "/devices?note=welcome");
    assert!(!browser.says("Emergency calls cannot leave"));

    house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    house.phone_appears("00:04:13:aa:bb:cc", "snom-d785", 21).await;
    browser.open("/devices").await;
    assert!(browser.says("Yealink T46U") && browser.says("Snom D785"));
    browser.submit("/devices/d1/accept", &[]).await;
    assert!(browser.says("The phone is accepted.") && browser.says("HD0001"), "{}", browser.page);
    browser.submit("/devices/d2/remove", &[]).await;
    assert!(!browser.says("Snom D785"));

    browser.open("/").await;
    browser.submit("/devices/d1/login", &[("extension", "100")]).await;
    assert!(browser.says("Logged in.") && browser.says("100 Ada Rossi") && browser.says("from these pages"));
    let logins = house.control.logins().await.expect("runs");
    assert_eq!(logins[0].method, LoginMethod::Page);
    browser.submit("/devices/d1/logout", &[]).await;
    assert!(browser.says("Logged out.") && browser.says("Free"));
    assert!(house.control.logins().await.expect("runs").is_empty());
}

#[tokio::test]
async fn every_page_can_be_read_in_both_languages_with_everything_in_it() {
    for (language, warning, name) in [
        ("en", "Emergency calls cannot leave the building.", "Who is where"),
        ("it", "Le chiamate di emergenza non possono uscire", "Chi è dove"),
    ] {
        let house = House::new();
        let mut browser = Browser::new(&house);
        browser.language = if language == "it" { "it-IT" } else { "en" };
        browser.open("/setup").await;
        assert!(browser.says(warning) && browser.says(&format!("<html lang=\"{language}\">")));
        browser.set_up().await;
        browser.add_extensions().await;
        full_house(&house).await;
        let pages = [
            "/",
            "/devices",
            "/devices/new",
            "/devices/d1",
            "/devices/d2",
            "/devices/d3",
            "/devices/d4",
            "/devices/d1/remove",
            "/extensions",
            "/extensions/new",
            "/extensions/100",
            "/extensions/100/remove",
            "/calls",
            "/journal",
            "/settings",
            "/setup/office",
            "/setup/extensions",
            "/setup/emergency",
            "/nothing-here",
            "/devices/d99",
            "/devices/nonsense",
            "/extensions/999",
        ];
        for path in pages {
            browser.open(path).await;
            assert!(browser.says(warning), "{path}: {}", browser.page);
            assert!(browser.says(&format!("<html lang=\"{language}\">")), "{path}");
        }
        browser.open("/").await;
        assert!(browser.says(name));
        browser.submit("/logout", &[]).await;
        assert!(browser.at.starts_with("/login") && browser.says(warning));
    }
}

/// Phones in every state, a login, calls, a panel.
async fn full_house(house: &House) {
    use perch::config::apply;
    use perch::config::rules::Rules;
    use perch::model::{DeviceId, DeviceMode, DeviceWish};

    house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    house.phone_appears("00:04:13:aa:bb:cc", "snom-d785", 21).await;
    house.phone_appears("80:5e:c0:11:22:44", "yealink-t54w", 22).await;
    for (id, mode) in [(1, DeviceMode::HotDesk), (2, DeviceMode::Owned("101".parse().expect("a number")))] {
        let accept = move |office: &perch::model::Office, fresh| {
            apply::accept_device(office, DeviceId(id), mode, &Rules::standard(), fresh)
        };
        house.control.edit(accept).await.expect("runs").expect("accepted");
    }
    let by_hand = DeviceWish {
        name: Some("Lobby".parse().expect("a name")),
        mode: DeviceMode::HotDesk,
        ..DeviceWish::new(perch::model::ModelName::generic())
    };
    let add = move |office: &perch::model::Office, fresh| {
        apply::put_device(office, None, by_hand, &Rules::standard(), fresh)
    };
    house.control.edit(add).await.expect("runs").expect("added");
    let request = perch::control::LogInRequest {
        extension: "100".parse().expect("a number"),
        device: DeviceId(1),
        method: LoginMethod::Code,
        pin: None,
    };
    house.control.log_in(request).await.expect("runs").expect("logged in");
    house.screen.send_replace(Some("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()));
    for (number, outcome, kind) in [
        (1, CallOutcome::Answered, CallKind::Internal),
        (2, CallOutcome::Busy, CallKind::Outside),
        (3, CallOutcome::Failed, CallKind::Emergency),
        (4, CallOutcome::Cancelled, CallKind::Voice),
        (5, CallOutcome::NotAnswered, CallKind::Internal),
    ] {
        house.calls.0.lock().expect("no panic").push(record(number, outcome, kind));
    }
}

/// What somebody owns is offered neither for a login nor as a hot desk; what waits is offered as one.
#[tokio::test]
async fn k19_only_phones_without_an_owner_are_offered_as_hot_desks() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    full_house(&house).await;
    browser.open("/").await;
    let offered = |browser: &Browser<'_>, deed: &str| -> Vec<u8> {
        (1..=4).filter(|id| browser.says(&format!("action=\"/devices/d{id}/{deed}\""))).collect()
    };
    assert_eq!(offered(&browser, "login"), [4], "the free desk");
    assert_eq!(offered(&browser, "logout"), [1], "the desk in use");
    browser.open("/devices").await;
    assert_eq!(offered(&browser, "accept"), [3], "the phone that waits");
}

pub fn record(number: u64, outcome: CallOutcome, kind: CallKind) -> CallRecord {
    CallRecord {
        id: CallId(number),
        started: "2026-03-03T08:42:10Z".parse().ok(),
        answered_after_ms: (outcome == CallOutcome::Answered).then_some(3_000),
        lasted_ms: 68_000,
        caller: Party { extension: "101".parse().ok(), name: "Reception".to_owned(), device: None },
        dialled: "100".to_owned(),
        callee: "100".parse().ok(),
        answered_by: None,
        outcome,
        kind,
    }
}

#[tokio::test]
async fn the_language_follows_the_office_and_a_link_changes_it_for_one_visitor() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    browser.language = "it";
    browser.set_up().await;
    browser.language = "en";
    browser.open("/settings").await;
    assert!(browser.says("Impostazioni"));
    browser.open("/settings?lang=en").await;
    assert!(browser.says("Settings"));
    browser.open("/extensions").await;
    assert!(browser.says("There are no extensions yet"));
    let mut other = Browser::new(&house);
    other.open("/login").await;
    assert!(other.says("Password dell’amministratore"));
}

/// Promises: K17, I18, C11.
#[tokio::test]
async fn an_office_whose_language_the_pages_do_not_speak_has_them_in_the_visitors_choice_or_english() {
    let house = House::new();
    let mut browser = Browser::new(&house);
    browser.language = "de-DE,de;q=0.9";
    browser.set_up().await;
    let settings = house.control.status().await.expect("runs").settings;
    assert_eq!(settings.language, Language::De, "what the browser asks for is proposed");
    browser.open("/settings").await;
    assert!(browser.says("<html lang=\"en\">") && browser.says("Settings"));
    assert!(browser.says("<option value=\"de\" selected>Deutsch</option>"), "{}", browser.page);
    browser.open("/settings?lang=de").await;
    assert!(browser.says("<html lang=\"en\">"));
    browser.open("/settings?lang=it").await;
    browser.open("/settings").await;
    assert!(browser.says("Impostazioni") && browser.says("<option value=\"fr\">Français</option>"));
    let mut other = Browser::new(&house);
    other.language = "de, it;q=0.5";
    other.open("/login").await;
    assert!(other.says("Password dell’amministratore"));
}

#[tokio::test]
async fn an_extension_is_added_changed_given_a_pin_and_removed() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    let pin_of = async |number: &str| {
        let office = house.control.office().await.expect("runs");
        let extension = office.extensions.get(&number.parse().expect("a number")).expect("there").clone();
        extension.pin.expect("a PIN").expose().to_owned()
    };
    assert_eq!(pin_of("100").await, "4071");
    assert_eq!(pin_of("101").await.len(), 4, "made by the box");

    browser.open("/extensions/100").await;
    assert!(!browser.says("4071"));
    browser.submit("/extensions/100/pin", &[]).await;
    assert!(browser.says("<p class=\"pin\" id=\"pin-shown\">4071</p>"));
    browser.submit("/extensions/100/new-pin", &[]).await;
    let made = pin_of("100").await;
    assert!(made != "4071" && browser.says(&format!("id=\"pin-shown\">{made}</p>")));

    browser.open("/extensions/100").await;
    browser.submit("/extensions/100", &[("name", "Ada R."), ("pin", "1111"), ("hotdesk", "")]).await;
    assert!(browser.says("too easy to guess"));
    browser.submit("/extensions/100", &[("name", "Ada R."), ("pin", "9153"), ("hotdesk", "")]).await;
    assert!(browser.says("Saved."));
    assert_eq!(pin_of("100").await, "9153");
    let views = house.control.extensions().await.expect("runs");
    assert!(views[0].name == "Ada R." && !views[0].hotdesk);

    browser.open("/extensions/new").await;
    browser.submit("/extensions/new", &[("number", "100"), ("name", "Twice")]).await;
    assert!(browser.says("Extension 100 is there already"), "{}", browser.page);
    browser.submit("/extensions/new", &[("number", "12a"), ("name", "x")]).await;
    assert!(browser.says("1 to 8 digits"));

    browser.open("/settings").await;
    browser.submit("/settings/emergency", &[("emergency_extension", "100")]).await;
    browser.open("/extensions/100/remove").await;
    browser.submit("/extensions/100/remove", &[]).await;
    assert_eq!(browser.status, StatusCode::CONFLICT);
    assert!(browser.says("Emergency calls ring here"));
    browser.open("/extensions/101/remove").await;
    browser.submit("/extensions/101/remove", &[]).await;
    assert_eq!(browser.at, "/extensions?note=extension-removed");
}

/// Promises: K17.
#[tokio::test]
async fn a_phone_set_up_by_hand_shows_the_account_to_type_in() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    browser.open("/devices/new").await;
    browser.submit("/devices/new", &[("name", "my lobby"), ("use", "101")]).await;
    assert!(browser.says("without spaces"));
    browser.submit("/devices/new", &[("name", "Lobby"), ("use", "101")]).await;
    assert_eq!(browser.at, "/devices/d1?note=phone-added");
    let office = house.control.office().await.expect("runs");
    let device = office.devices.values().next().expect("a phone");
    let credential = device.current().expect("credentials");
    assert!(browser.says(credential.account.as_str()) && browser.says("192.0.2.1"));
    assert!(!browser.says(credential.password.expose()));
    browser.submit("/devices/d1/reveal", &[]).await;
    assert!(browser.says(credential.password.expose()));

    browser.submit("/devices/d1", &[("name", "Front"), ("use", "hotdesk")]).await;
    assert!(browser.says("Saved.") && browser.says("Front"));
    browser.open("/devices/d1/remove").await;
    browser.submit("/devices/d1/remove", &[]).await;
    assert!(browser.says("The phone was removed."));
}

#[tokio::test]
async fn a_login_the_policy_refuses_says_why() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    for (mac, last) in [("80:5e:c0:11:22:33", 20), ("80:5e:c0:11:22:44", 21)] {
        house.phone_appears(mac, "yealink-t46u", last).await;
        browser.open("/devices").await;
        browser.submit(&format!("/devices/d{}/accept", last - 19), &[]).await;
    }
    browser.open("/settings").await;
    browser.submit("/settings/hot-desks", &[("login_policy", "refuse")]).await;
    assert!(browser.says("Saved."));
    browser.open("/").await;
    browser.submit("/devices/d1/login", &[("extension", "100")]).await;
    browser.submit("/devices/d2/login", &[("extension", "100")]).await;
    assert!(browser.says("logged in at another phone"));
    house.control.log_out("d1".parse().expect("an id"), LogoutReason::Api).await.expect("runs");
    browser.submit("/devices/d1/logout", &[]).await;
    assert!(browser.says("Nobody was logged in"));
}

/// Promises: B8.
#[tokio::test]
async fn emergency_numbers_are_changed_and_removed_as_a_whole_only_after_a_question() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    let numbers = async || {
        let own = house.control.status().await.expect("runs").settings.emergency_numbers;
        own.map(|own| own.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    browser.open("/settings").await;
    assert!(browser.says("placeholder=\"112, 113, 115, 118"), "{}", browser.page);
    browser.submit("/settings/emergency", &[("emergency_numbers", "911, help")]).await;
    assert!(browser.says("id=\"emergency_numbers-wrong\"") && browser.says("help"));
    browser.submit("/settings/emergency", &[("emergency_numbers", "10")]).await;
    assert!(browser.says("id=\"emergency_numbers-wrong\"") && browser.says("100"), "{}", browser.page);
    browser.submit("/settings/emergency", &[("emergency_numbers", "911, 112")]).await;
    assert_eq!(numbers().await.as_deref(), Some("911 112"));
    assert!(
        browser.says("A call to 911, 112 goes") && browser.says("In your country one also calls for help by")
    );
    browser.submit("/settings/emergency", &[("emergency_numbers", "")]).await;
    assert_eq!(numbers().await, None, "an empty field is no removal");

    browser.open("/settings/emergency/none").await;
    assert!(browser.says("Calls to 112, 113"), "{}", browser.page);
    assert_eq!(numbers().await, None, "a question changes nothing");
    browser.submit("/settings/emergency/none", &[]).await;
    assert_eq!(numbers().await.as_deref(), Some(""));
    assert!(browser.says("Emergency calls cannot leave the building"));
}

#[tokio::test]
async fn settings_are_saved_and_what_is_wrong_stands_at_its_field() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.open("/settings").await;
    browser.submit("/settings/emergency", &[("host", "not a host"), ("port", "99999")]).await;
    assert!(browser.says("A port is a number"));
    browser.submit("/settings/emergency", &[("host", "not a host"), ("port", "")]).await;
    assert!(browser.says("no host name"), "{}", browser.page);
    assert!(browser.says("id=\"host-wrong\"") && browser.says("aria-describedby=\"host-wrong\""));
    browser.submit("/settings/emergency", &[("host", "gw.example.com"), ("port", "")]).await;
    let settings = house.control.status().await.expect("runs").settings;
    assert_eq!(
        settings.trunks.first().map(|trunk| (trunk.host.clone(), trunk.port)),
        Some(("gw.example.com".to_owned(), 5060))
    );
    browser.submit("/settings/office", &[("name", ""), ("language", "it")]).await;
    assert!(browser.says("id=\"name-wrong\""));
    browser.submit("/settings/office", &[("name", "Due"), ("language", "it")]).await;
    assert!(browser.says("Salvato."));
}

/// Promises: K17.
#[tokio::test]
async fn the_codes_are_switched_and_changed_and_two_that_collide_are_named() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.open("/settings").await;
    browser.submit("/settings/codes", &[("on-0", ""), ("code-1", "*88*X*"), ("code-2", "*401")]).await;
    assert!(browser.says("Saved."), "{}", browser.page);
    let plan = house.control.status().await.expect("runs").settings.plan;
    let codes: Vec<(&str, bool)> = plan.entries.iter().map(|one| (one.code.as_str(), one.on)).collect();
    assert_eq!(codes[..4], [("", false), ("*88*X*", true), ("*401", true), ("*77*5*", true)]);
    browser.submit("/settings/codes", &[("code-1", "*88*"), ("code-2", "*77*5*")]).await;
    assert_eq!(browser.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.says("This code needs one X") && browser.says("id=\"code-3-wrong\""), "{}", browser.page);
    assert!(browser.says("value=\"*88*\""), "what was typed stays");
}

#[tokio::test]
async fn keys_are_saved_in_order_and_a_faulty_one_is_shown_in_its_row() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    browser.open("/extensions/100").await;
    let keys = [
        ("kind-0", "lamp"),
        ("number-0", "101"),
        ("label-0", "Desk"),
        ("kind-2", "speed"),
        ("number-2", "+39 06"),
    ];
    browser.submit("/extensions/100/keys", &keys).await;
    assert_eq!(browser.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(browser.says("id=\"number-2-wrong\"") && browser.says("cannot be dialled"), "{}", browser.page);
    browser.submit("/extensions/100/keys", &[("number-2", "+3906")]).await;
    assert!(browser.says("Saved."), "{}", browser.page);
    let office = house.control.office().await.expect("runs");
    let ada = &office.extensions[&"100".parse().expect("a number")];
    let lamp = KeyWish::Lamp { extension: "101".parse().expect("a number"), label: "Desk".to_owned() };
    let speed = KeyWish::Speed { number: "+3906".to_owned(), label: "+3906".to_owned() };
    assert_eq!(ada.keys, [lamp, speed]);
    assert!(
        ada.pin.as_ref().is_some_and(|pin| pin.is("4071")) && ada.own.hotdesk == Some(true),
        "the rest stays"
    );
    browser
        .submit("/extensions/100/keys", &[("kind-0", "lamp"), ("number-0", "999"), ("number-1", "")])
        .await;
    assert!(browser.says("There is no extension 999."), "{}", browser.page);
}

#[tokio::test]
async fn a_changed_password_needs_the_present_one_and_signs_everybody_else_out() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let mut other = Browser::new(&house);
    other.open("/login").await;
    other.submit("/login", &[("password", PASSWORD)]).await;
    assert_eq!(other.at, "/");

    browser.open("/settings").await;
    let new = [("password", "four blue parakeets"), ("again", "four blue parakeets")];
    browser.submit("/settings/password", &[("present", "wrong"), new[0], new[1]]).await;
    assert!(browser.says("This password is wrong."));
    browser.submit("/settings/password", &[("present", PASSWORD), new[0], new[1]]).await;
    assert!(browser.says("The password was changed."));
    other.open("/").await;
    assert!(other.at.starts_with("/login"));
    other.submit("/login", &[("password", PASSWORD)]).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
    other.submit("/login", &[("password", "four blue parakeets")]).await;
    assert_eq!(other.at, "/");
}

#[tokio::test]
async fn a_choice_that_nobody_offered_is_refused_in_words_that_fit() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let before = house.control.office().await.expect("runs");
    for (form, field) in [("hot-desks", "login_policy"), ("hot-desks", "idle_calls"), ("office", "language")]
    {
        browser.open("/settings").await;
        browser.submit(&format!("/settings/{form}"), &[(field, "whatever")]).await;
        assert_eq!(browser.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(browser.says("Please choose one of those offered."), "{field}: {}", browser.page);
    }
    assert_eq!(house.control.office().await.expect("runs"), before);
}

#[tokio::test]
async fn a_token_is_withdrawn_with_a_click() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.open("/settings").await;
    assert!(browser.says("There are no tokens."));
    for _ in 0..2 {
        house.token().await;
    }
    let ids = house.tell("GET", "/control/tokens", "").await.json();
    let id = |index: usize| ids["tokens"][index]["id"].as_str().expect("an id").to_owned();

    browser.open("/settings").await;
    assert!(browser.says("made today, last used –"), "{}", browser.page);
    let [first, second] = [0, 1].map(|index| format!("/settings/tokens/{}/withdraw", id(index)));
    browser.submit(&first, &[]).await;
    assert!(browser.says("The token opens nothing any more."), "{}", browser.page);
    assert!(!browser.says(&id(0)) && browser.says(&id(1)));
    let fields = [("csrf".to_owned(), browser.csrf())];
    assert_eq!(browser.post(&first, &fields).await.status, StatusCode::NOT_FOUND, "it is gone already");

    house.keep.is_full.store(true, std::sync::atomic::Ordering::Relaxed);
    browser.submit(&second, &[]).await;
    assert!(browser.says("It could not be saved") && browser.says(&id(1)), "{}", browser.page);
    house.keep.is_full.store(false, std::sync::atomic::Ordering::Relaxed);
    browser.open("/settings?lang=it").await;
    assert!(browser.says("creato oggi, usato l’ultima volta –"), "{}", browser.page);
    browser.submit(&second, &[]).await;
    assert!(browser.says("Il gettone non apre più nulla.") && browser.says("Non ci sono gettoni."));
}

#[tokio::test]
async fn set_up_is_only_once_and_survives_a_restart() {
    let house = House::new();
    let browser = Browser::of_owner(&house).await;
    drop(browser);
    assert!(house.web.setup_code().is_none());
    let keep = Arc::clone(&house.keep);
    let again = House::with(Disc::Fast, keep);
    let mut browser = Browser::new(&again);
    browser.open("/setup").await;
    assert!(browser.at.starts_with("/login"));
    browser.submit("/login", &[("password", PASSWORD)]).await;
    assert_eq!(browser.at, "/setup/office", "the office of this second box is new");
}

#[tokio::test]
async fn what_is_not_on_the_disc_yet_is_said() {
    let house = House::with(Disc::Stuck, Arc::new(Shelf::default()));
    let mut browser = Browser::new(&house);
    browser.open("/").await;
    let code = house.code();
    browser.submit("/setup/code", &[("code", &code)]).await;
    house.keep.is_full.store(true, std::sync::atomic::Ordering::Relaxed);
    browser.submit("/setup/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(browser.status, StatusCode::INSUFFICIENT_STORAGE);
    assert!(browser.says("could not be saved"));
    house.keep.is_full.store(false, std::sync::atomic::Ordering::Relaxed);
    browser.submit("/setup/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
    browser.submit("/setup/office", &[("name", "Rossi"), ("country", "IT")]).await;
    browser.open("/extensions/new").await;
    browser.submit("/extensions/new", &[("number", "100"), ("name", "Ada")]).await;
    assert!(browser.says("Done, but not saved yet"));
}

#[tokio::test]
async fn call_records_are_shown_a_page_at_a_time() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    for number in 1..=120 {
        let record = record(number, CallOutcome::Answered, CallKind::Internal);
        house.calls.0.lock().expect("no panic").push(record);
    }
    browser.open("/calls").await;
    assert!(browser.says("/calls?before=c71") && browser.says("101 Reception") && browser.says("1:05"));
    browser.open("/calls?before=c71").await;
    assert!(browser.says("/calls?before=c21"));
    browser.open("/calls?before=c21").await;
    assert!(!browser.says("?before="));
}

#[tokio::test]
async fn on_a_full_disc_every_page_warns_once_and_in_the_readers_language() {
    for (language, warning, remedy, goes_on) in [
        ("en", "Perch cannot save.", "The disc is full: remove something", "Calls go on"),
        ("it-IT", "Perch non riesce a salvare.", "Il disco è pieno", "Le chiamate continuano"),
    ] {
        let house = House::with(Disc::Full, Arc::new(Shelf::default()));
        let mut browser = Browser::new(&house);
        browser.language = language;
        browser.set_up().await;
        for path in ["/", "/settings", "/nothing-here", "/devices/d99"] {
            browser.open(path).await;
            let banner = browser.page.split("<main").next().expect("a page").to_owned();
            assert!(banner.contains(warning) && banner.contains(remedy), "{path}: {banner}");
            assert_eq!(banner.matches(goes_on).count(), 1, "{path}: {banner}");
        }
    }
}

#[tokio::test]
async fn that_the_box_started_from_an_old_copy_is_said_on_every_page_until_it_is_put_away() {
    let made = "2026-03-03T08:42:10Z".parse().expect("a moment");
    let damaged = StartFinding::Damaged { damage: StoreDamage::NoTally, aside: "store.damaged".into() };
    let findings = vec![damaged, StartFinding::Restored { made, records: 9 }];
    let house = House::started(Disc::Fast, Arc::new(Shelf::default()), findings);
    let mut stranger = Browser::new(&house);
    stranger.open("/").await;
    assert!(!stranger.says("When Perch started"));
    let mut browser = Browser::of_owner(&house).await;
    for path in ["/", "/settings", "/calls"] {
        browser.open(path).await;
        assert!(browser.says("the damaged copy is kept aside") && browser.says("3 March, 09:42"), "{path}");
    }
    browser.submit("/findings/read", &[]).await;
    assert!(browser.says("Put away") && !browser.says("When Perch started"), "{}", browser.page);
}

#[tokio::test]
async fn b9_what_wrong_pins_have_closed_is_shown_and_opened_by_a_button() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.add_extensions().await;
    house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    browser.open("/devices").await;
    browser.submit("/devices/d1/accept", &[]).await;
    browser.open("/").await;
    assert!(!browser.says("three wrong PINs"));
    house.closes_after_wrong_pins();
    for path in ["/extensions/100", "/devices/d1"] {
        browser.open(path).await;
        assert!(browser.says("three wrong PINs"), "{path}");
    }
    for path in ["/devices", "/extensions"] {
        browser.open(path).await;
        assert!(browser.says("closed to logins"), "{path}");
    }
    browser.open("/").await;
    assert!(browser.says("100 Ada Rossi: three wrong PINs") && browser.says("HD0001: three wrong PINs"));
    assert!(browser.says("2001:db8:1:2::/64 on the network: three wrong PINs"));
    browser.submit("/addresses/2001:db8:1:2::/unlock", &[("back", "status")]).await;
    assert!(browser.at == "/?note=unlocked" && !browser.says("on the network"));
    // The administrator is never closed out.
    browser.submit("/devices/d1/login", &[("extension", "100")]).await;
    assert!(browser.says("Logged in."), "{}", browser.page);
    browser.submit("/extensions/100/unlock", &[]).await;
    assert!(browser.at == "/?note=unlocked" && !browser.says("100 Ada Rossi: three wrong PINs"));
    browser.open("/devices/d1").await;
    browser.submit("/devices/d1/unlock", &[]).await;
    assert!(browser.at == "/devices/d1?note=unlocked" && !browser.says("three wrong PINs"));
}

#[tokio::test]
async fn who_makes_extension_5_is_told_that_its_login_code_means_logout() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    browser.open("/setup/extensions").await;
    browser.submit("/setup/extensions", &[("number", "5"), ("name", "Five")]).await;
    assert!(browser.says("Extension 5 cannot log in by code, because *77*5* means something else. It can"));
    browser.open("/extensions/5").await;
    assert!(browser.says("cannot log in by code"));
    browser.open("/settings").await;
    browser.submit("/settings/codes", &[("on-0", "")]).await;
    assert!(browser.says("Choose another number, or another code"), "{}", browser.page);
    browser.submit("/settings/codes", &[("code-3", "*78")]).await;
    assert!(!browser.says("cannot log in by code"));
}
