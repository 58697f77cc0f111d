//! The phone's own hot-desk function: its key clears the account, a form asks for number and PIN, and the registration that
//! follows is the login (rule 9).

use perch::model::{AfterRestart, Event, Locked, LoginMethod, LogoutReason, Stage, TrustedNetwork};

use crate::office::{Office, extension};
use crate::phone::config::{Account, KeyAction};
use crate::phone::{Kind, OnNotify, Quirks, SimPhone};
use crate::sim_box::{ADDRESS, SIP_PORT};

/// Where phones of these offices may log in from by themselves.
const PHONES: &str = "10.0.0.0/24";

/// An office whose desk `kitchen` has the key; ada is allowed it.
pub fn office_with_key(cast: &[&str]) -> Office {
    let mut office = Office::with(cast);
    office.owner_changes_phone("kitchen", |kitchen| kitchen.own.hotdesk_key = Some(true));
    office.owner_changes_user("ada", |ada| ada.own.phone_native = Some(true));
    office.owner_changes(|wish| wish.settings.trusted_networks = trusted(PHONES));
    office.waits_until("the key is there", |office| {
        office.wire.phone("kitchen").keys_on_display().iter().any(|key| key.action == KeyAction::HotDesk)
    });
    office.waits(5);
    office
}

fn trusted(network: &str) -> Vec<TrustedNetwork> {
    vec![TrustedNetwork { network: network.parse().expect("a network"), description: "desks".to_owned() }]
}

impl Office {
    pub fn presses_key_and_types(&mut self, desk: &str, number: &str, pin: &str) {
        self.wire.at(desk, SimPhone::presses_hotdesk_key);
        self.waits(1);
        self.wire.at(desk, |phone, now| phone.fills_hotdesk_form(number, pin, now));
        self.waits(2);
    }

    fn is_native_at(&self, desk: &str) -> bool {
        self.device(desk).login.is_some_and(|login| login.method == LoginMethod::PhoneNative)
    }
}

#[test]
fn i3_i17_i19_i20_i21_i22_i23_rule9_the_phones_own_key_logs_in_and_out() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    assert_eq!((office.user_at("kitchen").as_deref(), office.is_native_at("kitchen")), (Some("100"), true));
    assert_eq!(office.wire.phone("kitchen").registered_as(), ["100"]);

    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.hangs_up("lab");
    office.waits(1);
    office.dials("kitchen", "bob");
    assert_eq!(office.rings("lab").map(|(number, _)| number).as_deref(), Some("100"));
    office.hangs_up("kitchen");
    office.waits(1);
    let records = office.wire.the_box().disc.calls();
    let by_ada = records.iter().filter(|record| record.caller.extension == Some(extension("ada")));
    assert_eq!(by_ada.count(), 1, "calls are recorded to the user");

    // A refresh is no new login.
    let logins = |office: &Office| {
        office.events().iter().filter(|event| matches!(event, Event::LoggedIn { .. })).count()
    };
    office.waits(900);
    assert_eq!((logins(&office), office.user_at("kitchen").as_deref()), (1, Some("100")));

    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.waits(1);
    assert_eq!(office.user_at("kitchen"), None);
    let by_itself =
        |event: &Event| matches!(event, Event::LoggedOut { reason: LogoutReason::PhoneNative, .. });
    assert!(office.events().iter().any(by_itself));
    // The box tells the phone to come back, which until then can call nobody.
    office.is_let_go("kitchen");
    assert!(!office.device("kitchen").stranded);
}

#[test]
fn rule9_a_phone_that_does_not_come_back_is_shown_as_one_that_cannot_call_for_help() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.waits(200);
    let kitchen = office.device("kitchen");
    assert!(kitchen.stranded && kitchen.late && !kitchen.reachable);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Says(200));
    office.wire.at("kitchen", |phone, _| phone.power_off());
    office.wire.at("kitchen", SimPhone::power_on);
    office.is_let_go("kitchen");
    assert!(!office.device("kitchen").stranded);
}

/// After a restart of the box too.
#[test]
fn rule9_b2_a_phone_that_did_not_come_back_is_still_shown_after_a_restart() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.waits(60);
    // Also where somebody was logged in there in the meantime, whom the restart logs out.
    office.owner_changes(|wish| wish.settings.after_restart = AfterRestart::End);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.wire.with_box(|the_box, now| the_box.starts(now));
    assert_eq!(office.user_at("kitchen"), None);
    office.waits(200);
    assert!(office.device("kitchen").stranded && !office.device("lab").stranded);
    office.wire.at("kitchen", |phone, _| phone.power_off());
    office.wire.at("kitchen", SimPhone::power_on);
    office.is_let_go("kitchen");
    assert!(!office.device("kitchen").stranded);
}

/// Whoever is logged in there again in another way does not make an old registration good: the phone would show a user, and
/// could call nobody.
#[test]
fn rule9_b2_a_barred_phone_is_not_taken_for_one_that_has_followed() {
    let mut office = office_with_key(&["ada", "hall:snom", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.forgives("which is no contact of this phone");
    office.logs_in("ada", "hall");
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.waits(600);
    let kitchen = office.device("kitchen");
    assert_eq!((kitchen.stage, kitchen.late, kitchen.reachable), (Stage::Notified, true, false));
    office.wire.at("kitchen", |phone, _| phone.power_off());
    office.wire.at("kitchen", SimPhone::power_on);
    office.waits(10);
    assert_ne!(office.wire.phone("kitchen").registered_as(), ["100"]);
}

/// The administrator has logged her in there, and the phone has not followed yet: its own function takes over.
#[test]
fn i23_the_key_logs_out_whoever_has_logged_in_by_it() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.presses_key_and_types("kitchen", "100", "4071");
    assert_eq!((office.user_at("kitchen").as_deref(), office.is_native_at("kitchen")), (Some("100"), true));
    // What was under way before is given up.
    office.waits(40);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Says(200));
    office.waits(200);
    assert_eq!(
        office.wire.phone("kitchen").registered_as(),
        ["100"],
        "nothing tells it to fetch another file"
    );
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.is_let_go("kitchen");
}

/// The phone asks on by itself with the PIN: nobody has keyed it.
#[test]
fn b9_rule9_a_refresh_opens_nothing_that_wrong_pins_have_closed() {
    let mut office = office_with_key(&["ada", "dan", "hall:snom", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.waits(200);
    office.guesses_three_times("ada", "hall");
    let is_closed = |office: &Office| {
        let ada = Locked::Extension(extension("ada"));
        office.lockouts().into_iter().any(|lockout| lockout.locked == ada)
    };
    assert!(is_closed(&office));
    // A call from there and at least one refresh.
    office.dials("kitchen", "dan");
    office.hangs_up("kitchen");
    office.waits(500);
    assert!(is_closed(&office), "for a quarter of an hour");
    assert!(office.is_native_at("kitchen"), "and the login goes on");
}

#[test]
fn i13_i14_i17_only_from_trusted_networks_and_only_who_may() {
    for (network, may, is_let_in) in [
        (Some(PHONES), true, true),
        (Some("10.0.0.10/32"), true, false),
        (None, true, false),
        (Some(PHONES), false, false),
    ] {
        let mut office = office_with_key(&["ada", "hall:snom", "kitchen:yealink"]);
        office.owner_changes_user("ada", |ada| ada.own.phone_native = Some(may));
        office
            .owner_changes(|wish| wish.settings.trusted_networks = network.map(trusted).unwrap_or_default());
        office.presses_key_and_types("kitchen", "100", "4071");
        assert_eq!(office.is_native_at("kitchen"), is_let_in, "{network:?}, allowed: {may}");
        assert_eq!(office.wire.phone("kitchen").registered_as().is_empty(), !is_let_in);
    }
}

#[test]
fn rule9_whoever_lost_the_login_to_another_gets_no_refresh_until_it_registers_afresh() {
    let mut office = office_with_key(&["ada", "hall:snom", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    // Its binding is gone: the box can only write to where it was last seen (rule 9).
    office.forgives("which is no contact of this phone");
    office.logs_in("ada", "hall");
    assert_eq!(office.user_at("kitchen"), None);
    office.looks_away();
    office.waits(600);
    let ladder = office.wire.take_ladder();
    assert!(ladder.iter().any(|rung| rung.contains("kitchen") && rung.contains("403")), "{ladder:#?}");
    assert_eq!((office.user_at("kitchen"), office.user_at("hall").as_deref()), (None, Some("100")));
    // Afresh, it moves the login like any other.
    office.presses_key_and_types("kitchen", "100", "4071");
    assert_eq!((office.is_native_at("kitchen"), office.user_at("hall")), (true, None));
}

#[test]
fn b9_rule9_guesses_by_the_phones_own_key_count_by_address() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    for pin in ["0001", "0002", "0003"] {
        office.presses_key_and_types("kitchen", "100", pin);
        office.waits(3);
    }
    assert_eq!(office.user_at("kitchen"), None);
    let locked: Vec<_> = office.lockouts().into_iter().map(|lockout| lockout.locked).collect();
    assert!(locked.contains(&Locked::Extension(extension("ada"))), "{locked:?}");
    assert!(locked.iter().any(|one| matches!(one, Locked::Address(_))), "{locked:?}");
    office.presses_key_and_types("kitchen", "100", "4071");
    assert_eq!(office.user_at("kitchen"), None, "closed means no new login, the right PIN included");
}

#[test]
fn rule9_a_phone_nobody_has_announced_becomes_a_generic_one_and_goes_on_being_it() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    let mut stranger =
        SimPhone::new(Kind::ByHand, "00:15:65:00:00:63", [10, 0, 0, 99].into(), Quirks::default(), 7);
    stranger.types_account(Account {
        number: 1,
        label: "100".to_owned(),
        display_name: "100".to_owned(),
        user: "100".to_owned(),
        auth_name: "100".to_owned(),
        password: "4071".to_owned(),
        domain: "office.perch.local".to_owned(),
        proxy: (ADDRESS.to_string(), SIP_PORT),
        register_every: 3600,
        tcp: false,
    });
    let before = office.devices().len();
    office.wire.plugs_in("stranger", stranger);
    office.wire.at("stranger", SimPhone::power_on);
    office.waits(3);
    let logins = office.wire.the_box().exchange().logins();
    assert_eq!((logins.len(), office.devices().len()), (1, before + 1));
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["stranger"]);
    office.hangs_up("lab");
    // It has asked for an hour and got 500 seconds; when it is gone, so is the login.
    office.wire.at("stranger", |phone, _| phone.power_off());
    office.waits(520);
    assert!(office.wire.the_box().exchange().logins().is_empty());
    office.wire.at("stranger", SimPhone::power_on);
    office.waits(3);
    assert_eq!(office.devices().len(), before + 1, "the same device serves again");
}

/// What the owner edits reaches a phone after the login that its own function has made: its next file would end that.
#[test]
fn rule9_an_edit_ends_no_login_that_the_phone_has_made_by_itself() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.presses_key_and_types("kitchen", "100", "4071");
    let has_key = |office: &Office| {
        office.wire.phone("kitchen").keys_on_display().iter().any(|key| key.action == KeyAction::HotDesk)
    };
    office.owner_changes_phone("kitchen", |kitchen| kitchen.own.hotdesk_key = Some(false));
    office.waits(300);
    assert_eq!((office.user_at("kitchen").as_deref(), has_key(&office)), (Some("100"), true));
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.hangs_up("lab");
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.is_let_go("kitchen");
    assert!(!has_key(&office), "the phone has the file of after the edit");
}

/// A NOTIFY that was on its way when somebody logged in by the phone's own function is not sent again: what the phone would
/// fetch by it is not for whoever is there now.
#[test]
fn rule9_a_notify_of_before_does_not_come_again_after_a_login_by_the_phone_itself() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    office.owner_changes_phone("kitchen", |kitchen| {
        kitchen.own.language = Some(perch::model::Language::It);
    });
    office.waits(1);
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Says(200));
    office.waits(120);
    assert_eq!(office.wire.phone("kitchen").registered_as(), ["100"]);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
}
