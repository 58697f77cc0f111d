//! Every code of the numbering plan: logging in and out with prompts, switching the own phones off, borrowing a desk.

use perch::media::Prompt;
use perch::model::{DeviceMode, Event, LoginMethod, LogoutReason, OfficeSettings, TenantId};

use crate::office::{Office, extension};
use crate::phone::KeysBy;

impl Office {
    /// Somebody dials a code at a phone and keys what it asks for, one entry after the other.
    pub fn dials_and_keys(&mut self, desk: &str, code: &str, entries: &[&str]) {
        self.asks_for_login(desk, desk, code);
        for entry in entries {
            self.waits(1);
            self.keys(desk, &format!("{entry}#"), KeysBy::Rfc4733);
        }
    }

    fn hears(&mut self, desk: &str, prompts: &[Prompt]) {
        self.waits_until(&format!("{desk} has hung up"), |office| office.wire.phone(desk).ending().is_some());
        assert_eq!(self.heard(desk), prompts);
    }
}

/// F11, P9: `*072` and `*11` ask for ID and PIN.
#[test]
fn f11_p9_a_code_without_a_number_asks_for_id_and_pin() {
    for code in ["*072", "*11"] {
        let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
        office.owner_changes_user("ada", |ada| ada.hotdesk_id = "408317".parse().ok());
        office.dials_and_keys("kitchen", code, &["408317", "4071"]);
        office.is_let_in("ada", "kitchen");
        assert_eq!(office.heard("kitchen"), [Prompt::EnterId, Prompt::EnterPin, Prompt::LoggedIn]);
        let by_prompts =
            |event: &Event| matches!(event, Event::LoggedIn { method: LoginMethod::Prompts, .. });
        assert!(office.events().iter().any(by_prompts));
        office.dials("bob", "ada");
        assert_eq!(office.ringing(), ["kitchen"]);
    }
}

/// Rule 4: without an ID of its own the extension's number serves.
#[test]
fn p7_the_number_serves_where_there_is_no_id() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.dials_and_keys("kitchen", "*072", &["100", "4071"]);
    office.is_let_in("ada", "kitchen");
}

/// F11: whether an ID exists is not told before the PIN, and a wrong one is counted like a wrong PIN (B9).
#[test]
fn f11_b9_an_id_that_nobody_has_is_a_wrong_login() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.dials_and_keys("kitchen", "*072", &["999", "4071", "999", "4071", "999", "4071"]);
    office.hears(
        "kitchen",
        &[
            Prompt::EnterId,
            Prompt::EnterPin,
            Prompt::WrongLogin,
            Prompt::EnterPin,
            Prompt::WrongLogin,
            Prompt::EnterPin,
            Prompt::Locked,
        ],
    );
    office.dials_and_keys("kitchen", "*072", &[]);
    office.hears("kitchen", &[Prompt::Locked]);
    assert_eq!(office.user_at("kitchen"), None);
}

/// F13: `*073` from any phone, with ID and PIN.
#[test]
fn f13_a_user_logs_out_from_any_phone() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen", "hall"]);
    office.logs_in("ada", "kitchen");
    office.dials_and_keys("lab", "*073", &["100", "4071"]);
    office.hears("lab", &[Prompt::EnterId, Prompt::EnterPin, Prompt::LoggedOutThere]);
    office.is_let_go("kitchen");
    let there = |event: &Event| matches!(event, Event::LoggedOut { reason: LogoutReason::OtherPhone, .. });
    assert!(office.events().iter().any(there));
    office.dials_and_keys("hall", "*073", &["100", "4071"]);
    office.hears("hall", &[Prompt::EnterId, Prompt::EnterPin, Prompt::NowhereLoggedIn]);
}

/// P13: `*12` ends the login at this phone.
#[test]
fn p13_the_short_code_logs_out_here() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.logs_out("kitchen", "*12");
}

/// P14, P15: `*13` at the own phone switches all own phones off, and on again; one that is off may call.
#[test]
fn p14_p15_the_toggle_silences_the_own_phones_and_they_may_still_call() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.dials_and_keys("lab", "*13", &[]);
    office.hears("lab", &[Prompt::PhonesOff]);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "bob");
    assert_eq!(office.ringing(), Vec::<String>::new());
    office.hangs_up("kitchen");
    office.dials("lab", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.hangs_up("lab");
    office.waits(2);
    // From a phone of nobody, with ID and PIN.
    office.logs_out("kitchen", "*400");
    office.dials_and_keys("kitchen", "*13", &["101", "5182"]);
    office.hears("kitchen", &[Prompt::EnterId, Prompt::EnterPin, Prompt::PhonesOn]);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "bob");
    assert_eq!(office.ringing(), ["lab"]);
}

/// P14: who owns no phone is told so.
#[test]
fn p14_nobody_switches_off_what_she_does_not_own() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials_and_keys("kitchen", "*13", &[]);
    office.hears("kitchen", &[Prompt::NoOwnPhones]);
}

/// P8: an extension may need no PIN.
#[test]
fn p8_a_login_without_a_pin_is_granted_at_once() {
    for code in ["100", "*77*100*", "*11"] {
        let mut office = Office::with(&["ada", "kitchen"]);
        office.owner_changes_user("ada", |ada| ada.own.pin_required = Some(false));
        office.dials_and_keys("kitchen", code, if code == "*11" { &["100"] } else { &[] });
        office.is_let_in("ada", "kitchen");
        assert_eq!(office.heard("kitchen").last(), Some(&Prompt::LoggedIn));
    }
}

/// F8, F9: the PIN of the hot-desk entry overrides the service PIN, the company PIN both.
#[test]
fn f8_f9_the_company_pin_counts_before_the_hot_desk_pin_and_that_before_the_service_pin() {
    let secret = |digits: &str| Some(perch::model::Secret::new(digits));
    let mut office = Office::with(&["ada", "kitchen"]);
    office.owner_changes_user("ada", |ada| ada.hotdesk_pin = secret("8264"));
    office.dials_and_keys("kitchen", "100", &["4071", "8264"]);
    office.is_let_in("ada", "kitchen");
    assert_eq!(office.heard("kitchen"), [Prompt::EnterPin, Prompt::WrongPin, Prompt::LoggedIn]);
    office.logs_out("kitchen", "*400");
    office.owner_changes(|wish| wish.settings.company_pin = secret("3519"));
    office.dials_and_keys("kitchen", "100", &["8264", "3519"]);
    office.is_let_in("ada", "kitchen");
    assert_eq!(office.heard("kitchen"), [Prompt::EnterPin, Prompt::WrongPin, Prompt::LoggedIn]);
}

/// Rule 2: `hot desk only` silences the own phones while its user is logged in elsewhere.
#[test]
fn rule2_hot_desk_only_replaces_the_own_phones() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen", "hall"]);
    office.owner_changes_user("bob", |bob| bob.own.hotdesk_only = Some(true));
    office.logs_in("ada", "hall");
    office.dials("hall", "bob");
    assert_eq!(office.ringing(), ["lab"]);
    office.hangs_up("hall");
    office.logs_in("bob", "kitchen");
    office.dials("hall", "bob");
    assert_eq!(office.ringing(), ["kitchen"]);
}

/// At one's own phone a code that asks says that it is the own one, and at another's that it is not shared; no PIN is asked.
/// Promises: B6.
#[test]
fn a_code_that_asks_says_already_yours_at_the_own_phone() {
    let mut office = Office::with(&["ada", "bob@lab"]);
    for (code, id, told) in [
        ("*11", "101", Prompt::AlreadyYours),
        ("*072", "100", Prompt::PhoneNotShared),
        ("*11", "999", Prompt::PhoneNotShared),
    ] {
        office.dials_and_keys("lab", code, &[id]);
        office.hears("lab", &[Prompt::EnterId, told]);
    }
}

/// B7: a phone that somebody owns is borrowed, and is its owner's again in the night, whatever else is set.
#[test]
fn b7_a_borrowed_phone_returns_to_its_owner_overnight() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.owner_changes_phone("lab", |lab| lab.own.borrowable = Some(true));
    office.waits(10);
    office.dials_and_keys("lab", "*77*100*", &["4071"]);
    office.is_let_in("ada", "lab");
    assert_eq!(office.user_at("lab").as_deref(), Some("100"));
    office.waits(24 * 3600);
    assert_eq!(office.user_at("lab"), None);
    assert_eq!(office.wire.phone("lab").registered_as(), ["101"]);
    // A hot desk is nobody's, and nothing is set that ends a login there.
    office.logs_in("ada", "kitchen");
    office.waits(24 * 3600);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
}

/// B7: a phone that somebody owns is borrowed, and is its owner's again after logout.
#[test]
fn b7_a_borrowed_phone_returns_to_its_owner_at_logout() {
    let mut office = Office::with(&["ada", "bob@lab", "dan@den"]);
    office.dials_and_keys("lab", "*77*100*", &[]);
    office.hears("lab", &[Prompt::PhoneNotShared]);
    office.owner_changes_phone("lab", |lab| lab.own.borrowable = Some(true));
    office.waits(10);
    office.dials_and_keys("lab", "*77*100*", &["4071"]);
    office.is_let_in("ada", "lab");
    office.dials("den", "ada");
    assert_eq!(office.ringing(), ["lab"]);
    office.hangs_up("den");
    office.waits(2);
    office.dials("den", "bob");
    assert_eq!(office.ringing(), Vec::<String>::new(), "the phone is not its owner's now");
    office.hangs_up("den");
    office.dials("lab", "*400");
    office.waits_until("the phone is bob's again", |office| {
        office.wire.phone("lab").registered_as() == ["101".to_owned()]
    });
    office.dials("den", "bob");
    assert_eq!(office.ringing(), ["lab"]);
}

/// B13: who was logged out by others is told at the next login, once, and why.
#[test]
fn b13_a_user_hears_why_the_last_login_ended() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials_and_keys("kitchen", "*77*101*", &["5182"]);
    office.is_let_in("bob", "kitchen");
    assert_eq!(office.heard("kitchen").last(), Some(&Prompt::LoggedIn));
    for told in [vec![Prompt::ToldDisplaced], vec![Prompt::ToldByAdministrator], vec![]] {
        office.dials_and_keys("kitchen", "*77*100*", &["4071"]);
        office.is_let_in("ada", "kitchen");
        assert_eq!(office.heard("kitchen")[1..], [&[Prompt::LoggedIn][..], &told[..]].concat());
        match told.first() {
            Some(Prompt::ToldDisplaced) => assert!(office.administrator_logs_out("kitchen")),
            _ => office.logs_out("kitchen", "*400"),
        }
        office.is_let_go("kitchen");
    }
}

/// The language is the phone's before it is known who is there, and the user's afterwards.
#[test]
fn the_voice_speaks_the_language_of_the_phone_and_then_of_the_user() {
    use perch::media::Language::{En, It};
    let mut office = Office::with(&["ada", "kitchen"]);
    office.owner_changes_user("ada", |ada| ada.own.language = Some(perch::model::Language::It));
    office.dials_and_keys("kitchen", "100", &["4071"]);
    office.is_let_in("ada", "kitchen");
    let spoken: Vec<_> = office.wire.phone("kitchen").heard().iter().map(|heard| heard.language).collect();
    assert_eq!(spoken, [En, It]);
}

/// An office with another organisation on its box, whose phone `hall` is.
fn office_beside_acme() -> Office {
    let acme: TenantId = "acme".parse().expect("a tenant");
    let mut office = Office::with(&["ada", "bob@lab", "kitchen", "hall"]);
    office.owner_changes(|wish| {
        let settings = OfficeSettings {
            name: "Acme".to_owned(),
            realm: "acme.perch.local".to_owned(),
            country: wish.settings.country,
            ..OfficeSettings::default()
        };
        wish.others.insert(acme.clone(), settings);
    });
    office.owner_changes_phone("hall", |hall| hall.tenant = acme.clone());
    office.waits(30);
    office
}

/// A phone whose guest was logged out a moment ago still addresses the guest's tenant: it is no stranger in its own.
#[test]
fn rule4_a_phone_that_has_not_followed_a_guests_logout_can_be_logged_in_at() {
    let mut office = office_beside_acme();
    office.owner_changes_user("ada", |ada| ada.hotdesk_id = "408317".parse().ok());
    office.dials_and_keys("hall", "*072", &["408317", "4071"]);
    office.is_let_in("ada", "hall");
    assert!(office.administrator_logs_out("hall"));
    assert_eq!(office.wire.phone("hall").registered_as(), ["hotdesk-100"]);
    office.dials_and_keys("hall", "408317", &["4071"]);
    office.is_let_in("ada", "hall");
}

/// Two organisations on one box: numbers are each one's own, and nothing crosses but a login with an ID of its own (rule 4).
#[test]
fn rule4_f2_f6_a_guest_of_another_tenant_logs_in_with_an_id_that_is_unique_on_the_box() {
    let mut office = office_beside_acme();
    assert_eq!(office.wire.phone("hall").registered_as(), [office.idle_account("hall")]);
    // Ada's number means nothing in the other tenant.
    office.dials_and_keys("hall", "*77*100*", &[]);
    office.hears("hall", &[Prompt::UnknownExtension]);
    office.dials_and_keys("hall", "*072", &["100", "4071"]);
    office.waits(2);
    assert_eq!(office.heard("hall"), [Prompt::EnterId, Prompt::EnterPin, Prompt::WrongLogin]);
    office.hangs_up("hall");
    office.owner_changes_user("ada", |ada| ada.hotdesk_id = "408317".parse().ok());
    office.dials_and_keys("hall", "*072", &["408317", "4071"]);
    office.is_let_in("ada", "hall");
    // At once her calls, plan and colleagues are there.
    office.dials("lab", "ada");
    assert_eq!(office.ringing(), ["hall"]);
    office.hangs_up("lab");
    office.waits(2);
    office.dials("hall", "bob");
    assert_eq!(office.ringing(), ["lab"]);
    assert_eq!(office.rings("lab").map(|(number, _)| number), Some(extension("ada").digits().to_owned()));
    office.hangs_up("hall");
    office.waits(2);
    office.logs_out("hall", "*400");
    // An idle phone of another tenant reaches nobody here.
    office.dials("hall", "bob");
    assert_eq!(office.ringing(), Vec::<String>::new());
}

/// B13: a login that the administrator has moved, or ended by taking the permission or the desk away, was ended by others too.
#[test]
fn b13_a_user_hears_that_the_administrator_moved_the_login_or_took_its_desk_or_permission() {
    let mut office = Office::with(&["ada", "kitchen", "hall", "den"]);
    let hears = |office: &mut Office, desk: &str, told: &[Prompt]| {
        office.logs_in("ada", desk);
        let heard = office.heard(desk);
        assert!(heard.ends_with(&[&[Prompt::LoggedIn], told].concat()), "{desk}: {heard:?}");
    };
    office.logs_in("ada", "kitchen");
    office.administrator_logs_in("ada", "hall", LoginMethod::Page);
    hears(&mut office, "den", &[Prompt::ToldByAdministrator]);
    hears(&mut office, "kitchen", &[]);

    office.owner_changes_user("ada", |ada| ada.own.hotdesk = Some(false));
    office.owner_changes_user("ada", |ada| ada.own.hotdesk = Some(true));
    office.is_let_go("kitchen");
    hears(&mut office, "hall", &[Prompt::ToldByAdministrator]);

    office.owner_changes_phone("hall", |hall| hall.mode = DeviceMode::Owned(extension("ada")));
    hears(&mut office, "kitchen", &[Prompt::ToldByAdministrator]);
}
