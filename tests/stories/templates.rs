//! Values of templates on their way to the phones: who is told of a change, and what the phones make of it.

use perch::exchange::Exchange;
use perch::model::{AccountValues, Change, DeviceValues, Language, Now, OfficeSettings, TemplateName};

use crate::office::Office;
use crate::phone::config::KeyAction;

/// The owner changes the settings of the office.
fn changes_settings(office: &mut Office, change: impl Fn(&mut OfficeSettings)) {
    let adopt = |exchange: &mut Exchange, now: Now| {
        let mut settings = exchange.office().settings.clone();
        change(&mut settings);
        exchange.adopt(vec![Change::Settings(settings)], now);
    };
    office.wire.with_box(|the_box, now| the_box.does(now, adopt));
}

/// The owner puts a template behind a phone.
fn follows(office: &mut Office, desk: &str, template: &TemplateName) {
    let id = office.device(desk).id;
    let adopt = |exchange: &mut Exchange, now: Now| {
        let mut device = exchange.office().devices[&id].clone();
        device.template = Some(template.clone());
        exchange.adopt(vec![Change::Device(Box::new(device))], now);
    };
    office.wire.with_box(|the_box, now| the_box.does(now, adopt));
}

fn has_hotdesk_key(office: &Office, desk: &str) -> bool {
    office.wire.phone(desk).keys_on_display().iter().any(|key| key.action == KeyAction::HotDesk)
}

fn registers_every(office: &Office, desk: &str) -> Option<u32> {
    office.wire.phone(desk).config()?.accounts().first().map(|account| account.register_every)
}

#[test]
fn k24_i9_i11_a_change_of_a_template_reaches_the_phones_behind_it_and_no_other() {
    let mut office = Office::with(&["ada", "kitchen:yealink", "hall:snom"]);
    let template: TemplateName = "keys".parse().expect("a template's name");
    follows(&mut office, "kitchen", &template);
    office.waits(30);
    let fetches = |office: &Office, desk: &str| office.wire.phone(desk).fetches();
    let before = (fetches(&office, "kitchen"), fetches(&office, "hall"));

    changes_settings(&mut office, |settings| {
        let values = DeviceValues {
            hotdesk_key: Some(true),
            language: Some(Language::It),
            account_template: "often".parse().ok(),
            ..DeviceValues::default()
        };
        settings.templates.devices.insert(template.clone(), values);
    });
    office.waits_until("the key is there", |office| has_hotdesk_key(office, "kitchen"));
    assert_eq!(registers_every(&office, "kitchen"), Some(500));
    assert_eq!(
        office.wire.phone("kitchen").config().and_then(|config| config.value("lang.gui")),
        Some("Italian")
    );

    changes_settings(&mut office, |settings| {
        let often = AccountValues { register_every: Some(120), tcp: None };
        settings.templates.accounts.insert("often".parse().expect("a template's name"), often);
    });
    office.waits_until("it registers often", |office| registers_every(office, "kitchen") == Some(120));
    // What no file says is no news for any phone.
    changes_settings(&mut office, |settings| settings.lockout_minutes = 30);
    office.waits(120);
    assert_eq!((fetches(&office, "kitchen"), fetches(&office, "hall")), (before.0 + 2, before.1));
}

#[test]
fn b10_i5_the_hot_desk_key_gives_way_to_the_logout_key_and_comes_back() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    let template: TemplateName = "keys".parse().expect("a template's name");
    changes_settings(&mut office, |settings| {
        let values = DeviceValues { hotdesk_key: Some(true), ..DeviceValues::default() };
        settings.templates.devices.insert(template.clone(), values);
    });
    follows(&mut office, "kitchen", &template);
    office.waits_until("the key is there", |office| has_hotdesk_key(office, "kitchen"));
    office.waits(60);
    let idle = office.wire.phone("kitchen").keys_on_display();

    office.logs_in("ada", "kitchen");
    assert!(!has_hotdesk_key(&office, "kitchen"));
    let second = office.wire.phone("kitchen").keys_on_display()[1].clone();
    assert_eq!((second.position, second.action), (2, KeyAction::Dial("*400".to_owned())));
    office.wire.at("kitchen", |phone, now| phone.presses_logout_key(now));
    office.is_let_go("kitchen");
    assert_eq!(office.wire.phone("kitchen").keys_on_display(), idle);
}
