//! The journal: each way in and out leaves its entry on the disc, and no PIN does.

use perch::model::{AfterRestart, AutoLogout, LoginMethod, LogoutReason};

use crate::native::office_with_key;
use crate::office::{Office, Scene};
use crate::phone::{KeysBy, SimPhone};

/// B14: every way to log in, and every reason to be logged out, of those that a story can bring about by itself.
#[test]
fn b14_every_way_in_and_every_way_out_leaves_its_entry() {
    let scene = Scene { cast: &["ada", "bob", "kitchen", "hall"], ..Scene::default() };
    let mut office = Office::opens(&scene);
    office.logs_in("ada", "kitchen");
    office.asks_for_login("ada", "hall", "*77*100*");
    office.keys("hall", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "hall");
    office.logs_out("hall", "*400");
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.administrator_logs_in("bob", "kitchen", LoginMethod::Api);
    assert!(office.administrator_logs_out("kitchen"));
    office.waits(10);
    office.administrator_logs_in("ada", "hall", LoginMethod::Api);
    let hall = office.device("hall").id;
    let by_api = |office: &mut Office| {
        office.wire.with_box(|the_box, now| {
            the_box.does(now, |exchange, now| exchange.log_out(hall, LogoutReason::Api, now))
        })
    };
    assert!(by_api(&mut office));
    office.waits(10);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Api);
    let file = office.file(&scene);
    office.applies(&file.replace("hotdesk = true\npin = \"4071\"\n", ""));
    office.is_let_go("kitchen");
    office.administrator_logs_in("bob", "hall", LoginMethod::Api);
    let without_hall = file.split("[[device]]").filter(|part| !part.contains("\"hall\"")).collect::<Vec<_>>();
    office.applies(&without_hall.join("[[device]]"));
    office.waits(1);

    let told = [
        "100 in at kitchen: OwnExtension",
        "100 out of kitchen: Moved",
        "100 in at hall: Code",
        "100 out of hall: Code",
        "100 in at kitchen: Page",
        "100 out of kitchen: Displaced",
        "101 in at kitchen: Api",
        "101 out of kitchen: Page",
        "100 in at hall: Api",
        "100 out of hall: Api",
        "100 in at kitchen: Api",
        "100 out of kitchen: ExtensionRemoved",
        "101 in at hall: Api",
    ];
    let told = told.map(str::to_owned).into_iter();
    // A phone that is gone is called by its id.
    let told: Vec<_> = told.chain([format!("101 out of {hall}: DeviceRemoved")]).collect();
    assert_eq!(office.journal(), told);
    let entries = office.wire.the_box().disc.journal();
    assert!(entries.iter().zip(1..).all(|(entry, number)| entry.number == number && entry.at.is_some()));
}

/// B14: the ways in that ask for more, the phone's own key, and the logouts that nobody asks for.
#[test]
fn b14_prompts_keys_and_logouts_by_themselves_leave_their_entries_too() {
    let mut office = office_with_key(&["ada", "bob@lab", "kitchen:yealink", "hall"]);
    office.dials_and_keys("hall", "*072", &["100", "4071"]);
    office.is_let_in("ada", "hall");
    office.dials_and_keys("lab", "*073", &["100", "4071"]);
    office.is_let_go("hall");
    office.presses_key_and_types("kitchen", "100", "4071");
    office.wire.at("kitchen", SimPhone::presses_hotdesk_key);
    office.is_let_go("kitchen");

    let rules = [
        AutoLogout { after: Some(5), ..AutoLogout::default() },
        AutoLogout { idle: Some(5), ..AutoLogout::default() },
        AutoLogout { at: "20:00".parse().ok(), ..AutoLogout::default() },
    ];
    for rule in rules {
        office.owner_changes(|wish| wish.settings.auto_logout = rule.clone());
        office.waits(30);
        let wall = "2026-06-10T19:58:00+02:00".parse().ok();
        office.wire.with_box(|the_box, now| the_box.sets_clock(wall, now));
        office.administrator_logs_in("ada", "hall", LoginMethod::Page);
        office.waits(6 * 60);
        office.is_let_go("hall");
    }
    office.owner_changes(|wish| {
        wish.settings.auto_logout = AutoLogout { gone: Some(1), ..AutoLogout::default() }
    });
    office.waits(30);
    office.administrator_logs_in("ada", "hall", LoginMethod::Page);
    office.wire.at("hall", |phone, _| phone.power_off());
    office.waits(25 * 60);
    office.wire.at("hall", SimPhone::power_on);
    office.is_let_go("hall");
    office.owner_changes(|wish| {
        wish.settings.auto_logout = AutoLogout::default();
        wish.settings.after_restart = AfterRestart::End;
    });
    office.waits(30);
    office.administrator_logs_in("ada", "hall", LoginMethod::Page);
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(5);
    office.wire.with_box(|the_box, now| the_box.starts(now));
    office.is_let_go("hall");

    let told = [
        "100 in at hall: Prompts",
        "100 out of hall: OtherPhone",
        "100 in at kitchen: PhoneNative",
        "100 out of kitchen: PhoneNative",
        "100 in at hall: Page",
        "100 out of hall: Age",
        "100 in at hall: Page",
        "100 out of hall: Idle",
        "100 in at hall: Page",
        "100 out of hall: Clock",
        "100 in at hall: Page",
        "100 out of hall: Gone",
        "100 in at hall: Page",
        "100 out of hall: Restart",
    ];
    assert_eq!(office.journal(), told);
}

/// B14, B9, B10: refusals are told, without what was keyed.
#[test]
fn b14_refusals_and_what_they_close_stand_in_the_journal_and_no_pin_does() {
    let mut office = Office::with(&["ada", "kitchen", "hall"]);
    office.asks_for_login("ada", "kitchen", "100");
    for _ in 0..3 {
        office.keys("kitchen", "83716#", KeysBy::Rfc4733);
        office.waits(4);
    }
    office.waits(8);
    office.dials("hall", "100");
    office.waits(8);
    for one in office.lockouts() {
        assert!(office.administrator_opens(one.locked));
    }
    office.waits(1);
    let id = office.device("kitchen").id;
    let told = [
        "100 refused at kitchen: WrongPin".to_owned(),
        "100 refused at kitchen: WrongPin".to_owned(),
        "100 refused at kitchen: WrongPin".to_owned(),
        "100 closed".to_owned(),
        format!("{id} closed"),
        "100 refused at hall: Locked".to_owned(),
        "100 opened".to_owned(),
        format!("{id} opened"),
    ];
    assert_eq!(office.journal(), told);
    let whole = serde_json::to_string(office.wire.the_box().disc.journal()).expect("an entry is JSON");
    assert!(!whole.contains("83716"), "{whole}");
}

/// B11, B14: the journal goes on where it was when the current failed, and tells of no login that was lost.
#[test]
fn b14_the_entry_of_a_login_survives_with_the_login_or_not_at_all() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.logs_in("ada", "kitchen");
    let restart = |office: &mut Office| {
        office.wire.with_box(|the_box, _| the_box.loses_current());
        office.waits(5);
        office.wire.with_box(|the_box, now| the_box.starts(now));
        office.waits(5);
    };
    restart(&mut office);
    office.logs_out("kitchen", "*400");
    office.waits(1);
    let (id, kitchen) = (crate::office::extension("ada"), office.device("kitchen").id);
    // Granted, and the current fails before the disc has it.
    office.wire.with_box(|the_box, now| {
        the_box.does(now, |exchange, now| exchange.log_in(&id, kitchen, LoginMethod::Page, now).is_ok());
        the_box.loses_current();
        the_box.starts(now);
    });
    office.waits(5);
    assert_eq!(office.user_at("kitchen"), None);
    assert_eq!(office.journal(), ["100 in at kitchen: OwnExtension", "100 out of kitchen: Code"]);
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    let numbers: Vec<u64> = office.wire.the_box().disc.journal().iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}
