//! What the owner's words do to the office, and what they leave alone.

use super::*;
use crate::config::export::{Secrets, export};
use crate::config::fault::{DeviceFault, ExtensionFault, FaultKind, TextFault};
use crate::config::test_office::{draft, fresh, office, rules};
use crate::model::{
    AccountPurpose, Country, Device, DeviceAdmission, DeviceId, DeviceMode, Extension, ExtensionNumber,
    ExtensionValues, Generation, Inbound, KeyWish, Language, Login, LoginId, LoginMethod, LogoutReason,
    OfficeSettings, ScreenName, Secret, Trunk,
};

const HEAD: &str = "[office]\nname = \"Rossi\"\ncountry = \"IT\"\n";
const ADA: &str = "[[extension]]\nnumber = \"100\"\nname = \"Ada\"\nhotdesk = true\npin = \"4071\"\n";
const BOB: &str = "[[extension]]\nnumber = \"101\"\nname = \"Bob\"\n";
const DESK: &str =
    "[[device]]\nmac = \"80:5e:c0:11:22:33\"\nmodel = \"yealink-t46u\"\nname = \"Desk-1\"\nhotdesk = true\n";
const SNOM: &str = "[[device]]\nmac = \"00:04:13:aa:bb:cc\"\nmodel = \"snom-d785\"\nextension = \"101\"\n";
const LOBBY: &str = "[[device]]\nname = \"Lobby\"\nmodel = \"generic\"\nextension = \"101\"\n";

fn full() -> Office {
    office(&[HEAD, ADA, BOB, DESK, SNOM, LOBBY].concat())
}

/// The office after a file.
fn applied(present: &Office, parts: &[&str]) -> (Office, Diff) {
    let mut fresh = fresh(7);
    fresh.last_device = present.devices.keys().last().map_or(0, |id| id.0);
    let diff = draft(&parts.concat()).plan_against(present, fresh);
    (after(present, &diff.changes), diff)
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().expect("an extension number")
}

fn device(office: &Office, id: u32) -> &Device {
    office.devices.get(&DeviceId(id)).expect("a device of this number")
}

/// A phone that has appeared.
fn seen(office: &mut Office, id: u32, mac: &str) {
    let mac = mac.parse().expect("a MAC");
    let device = Device::new(DeviceId(id), Some(mac), "yealink-t48u".parse().expect("a model"));
    office.devices.insert(device.id, device);
}

#[test]
fn a_new_office_gets_numbers_names_and_secrets() {
    let office = full();
    let desk = device(&office, 1);
    assert_eq!(desk.screen_name, Some(ScreenName(1)));
    assert_eq!(desk.admission, DeviceAdmission::Expected);
    assert_eq!(device(&office, 3).admission, DeviceAdmission::Accepted, "one set up by hand fetches nothing");
    assert_eq!(desk.url_secret.as_ref().map(|secret| secret.expose().len()), Some(32));
    assert!(desk.admin_password.is_some());
    let current = desk.current().expect("credentials");
    assert_eq!(current.account.as_str(), "hotdesk-805ec0112233");
    assert_eq!(current.auth_name.as_str(), "d1-1");
    assert_eq!(current.purpose, AccountPurpose::Idle);

    let snom = device(&office, 2).current().expect("credentials");
    assert_eq!((snom.account.as_str(), snom.auth_name.as_str()), ("101", "d2-1"));

    let lobby = device(&office, 3);
    assert_eq!(lobby.url_secret, None);
    let lobby = lobby.current().expect("credentials");
    assert_eq!((lobby.account.as_str(), lobby.auth_name.as_str()), ("101", "101"));
    assert!(lobby.password.expose().len() >= 20);
}

#[test]
fn applying_twice_changes_nothing() {
    let office = full();
    let (_, diff) = applied(&office, &[HEAD, ADA, BOB, DESK, SNOM, LOBBY]);
    assert_eq!(diff.changes, []);
    assert_eq!(diff.lines(), Vec::<String>::new());
}

#[test]
fn a_secret_left_out_stays_and_a_missing_pin_is_made() {
    let office = full();
    let (after, diff) = applied(
        &office,
        &[HEAD, &ADA.replace("pin = \"4071\"\n", ""), &BOB.replace("Bob", "Rob"), DESK, SNOM, LOBBY],
    );
    assert_eq!(diff.lines(), ["~ extension 101 Rob: was called Bob"]);
    assert!(after.extensions[&number("100")].pin.as_ref().is_some_and(|pin| pin.is("4071")));

    let (after, diff) = applied(&office, &[HEAD, ADA, &format!("{BOB}hotdesk = true\n"), DESK, SNOM, LOBBY]);
    assert_eq!(
        diff.lines(),
        ["~ extension 101 Bob: may hot desk, a PIN made by the box, see \"perch export --secrets\""]
    );
    assert_eq!(after.extensions[&number("101")].pin.as_ref().map(|pin| pin.expose().len()), Some(4));
}

#[test]
fn what_the_file_lacks_goes_and_is_told_first() {
    let office = full();
    let (after, diff) = applied(&office, &[HEAD, ADA, DESK, "[[extension]]\nnumber = \"200\"\n"]);
    assert_eq!(
        diff.lines(),
        ["- extension 101 Bob", "- device 00:04:13:aa:bb:cc", "- device Lobby", "+ extension 200 200"]
    );
    assert!(diff.removes_more_than_a_tenth);
    assert_eq!(after.devices.len(), 1);
}

#[test]
fn a_tenth_may_go_without_being_asked() {
    let extensions = |count: usize| {
        (0..count).map(|index| format!("[[extension]]\nnumber = \"2{index:02}\"\n")).collect::<String>()
    };
    let office = office(&[HEAD, &extensions(20)].concat());
    assert!(!applied(&office, &[HEAD, &extensions(18)]).1.removes_more_than_a_tenth);
    assert!(applied(&office, &[HEAD, &extensions(17)]).1.removes_more_than_a_tenth);
    assert!(!applied(&office, &[HEAD, &extensions(25)]).1.removes_more_than_a_tenth);
}

#[test]
fn a_phone_that_waits_is_let_in_by_its_mac_and_others_go_on_waiting() {
    let mut office = office(&[HEAD, ADA].concat());
    seen(&mut office, 4, "80:5e:c0:11:22:33");
    seen(&mut office, 5, "80:5e:c0:99:99:99");
    let (after, diff) = applied(&office, &[HEAD, ADA, DESK]);
    assert_eq!(diff.lines(), ["+ device Desk-1: yealink-t46u, hot desk"]);
    assert_eq!(device(&after, 4).admission, DeviceAdmission::Expected);
    assert_eq!(
        device(&after, 4).current().map(|current| current.auth_name.to_string()).as_deref(),
        Some("d4-1")
    );
    assert_eq!(device(&after, 5).admission, DeviceAdmission::Waiting);
    assert!(!diff.removes_more_than_a_tenth);
}

#[test]
fn a_phone_that_waits_again_is_not_let_in_by_a_file_that_says_what_it_always_said() {
    let mut office = full();
    let desk = office.devices.get_mut(&DeviceId(1)).expect("the desk");
    desk.admission = DeviceAdmission::WaitingAgain;
    let (_, diff) = applied(&office, &[HEAD, ADA, BOB, DESK, SNOM, LOBBY]);
    assert!(diff.is_empty());

    let changes = rules(|rules| accept_device(&office, DeviceId(1), DeviceMode::HotDesk, rules, fresh(9)));
    let again = after(&office, &changes.expect("a desk may be accepted again"));
    let (former, again) = (device(&office, 1), device(&again, 1));
    assert_eq!(again.admission, DeviceAdmission::Expected);
    assert_ne!(former.url_secret, again.url_secret);
    assert_eq!(again.credentials.len(), 1);
    assert_eq!(again.generation(), Generation(2));
    assert_eq!(again.screen_name, former.screen_name);
}

#[test]
fn a_model_that_a_phone_has_told_itself_is_not_forgotten() {
    let unknown = DESK.replace("yealink-t46u", "yealink-unknown");
    let mut office = office(&[HEAD, &unknown].concat());
    office.devices.get_mut(&DeviceId(1)).expect("the desk").model = "yealink-t46u".parse().expect("a model");
    assert!(applied(&office, &[HEAD, &unknown]).1.is_empty());
    let snom = DESK.replace("yealink-t46u", "snom-unknown");
    assert_eq!(
        applied(&office, &[HEAD, &snom]).1.lines(),
        ["~ device Desk-1: was yealink-t46u, is snom-unknown"]
    );
}

#[test]
fn a_phone_keeps_three_credentials_and_counts_its_generations() {
    let mut office = full();
    let as_hot_desk = DESK.to_owned();
    let as_adas = DESK.replace("hotdesk = true", "extension = \"100\"");
    for turn in 0..6 {
        let desk = if turn % 2 == 0 { &as_adas } else { &as_hot_desk };
        office = applied(&office, &[HEAD, ADA, BOB, desk, SNOM, LOBBY]).0;
    }
    let desk = device(&office, 1);
    let generations: Vec<u32> = desk.credentials.iter().map(|one| one.generation.0).collect();
    // What the phone was heard with, what it may have fetched since, and the newest.
    assert_eq!(generations, [1, 2, 7]);
    assert_eq!(desk.current().map(|one| one.auth_name.to_string()).as_deref(), Some("d1-7"));
    assert_eq!(desk.screen_name, Some(ScreenName(1)));
}

#[test]
fn a_login_is_no_reason_to_change_a_phone() {
    let mut office = full();
    log_in(&mut office, 1, "100");
    let (_, diff) = applied(&office, &[HEAD, ADA, BOB, DESK, SNOM, LOBBY]);
    assert!(diff.is_empty(), "{:?}", diff.lines());
}

fn log_in(office: &mut Office, id: u32, extension: &str) -> Login {
    let desk = office.devices.get_mut(&DeviceId(id)).expect("the desk");
    let mut login = desk.credentials[0].clone();
    login.generation = Generation(2);
    login.account = crate::model::AccountName::login(&number(extension));
    login.auth_name = crate::model::AuthName::generated(desk.id, login.generation);
    login.purpose = AccountPurpose::Login(number(extension));
    desk.credentials.push(login);
    Login {
        id: LoginId(3),
        extension: number(extension),
        device: DeviceId(id),
        since: None,
        method: LoginMethod::Code,
        saved: true,
    }
}

#[test]
fn a_login_without_its_extension_or_desk_ends_and_the_phone_is_idle_again() {
    let mut office = full();
    let login = log_in(&mut office, 1, "100");
    let logins = [login.clone()];
    assert_eq!(settle(&office, &logins, fresh(2)), []);

    let (after_file, _) = applied(&office, &[HEAD, BOB, DESK, SNOM, LOBBY]);
    let changes = settle(&after_file, &logins, fresh(2));
    assert_eq!(changes[0], Change::LoggedOut(login.id, LogoutReason::ExtensionRemoved));
    let idle = after(&after_file, &changes);
    let current = device(&idle, 1).current().expect("credentials");
    assert_eq!((current.purpose.clone(), current.generation), (AccountPurpose::Idle, Generation(3)));

    let (after_file, _) = applied(&office, &[HEAD, &ADA.replace("true", "false"), BOB, DESK, SNOM, LOBBY]);
    let changes = settle(&after_file, &logins, fresh(2));
    assert_eq!(changes[0], Change::LoggedOut(login.id, LogoutReason::ExtensionRemoved));

    let (after_file, _) = applied(&office, &[HEAD, ADA, BOB, SNOM, LOBBY]);
    let changes = settle(&after_file, &logins, fresh(2));
    assert_eq!(changes, [Change::LoggedOut(login.id, LogoutReason::DeviceRemoved)]);
}

#[test]
fn a_phone_set_up_by_hand_keeps_its_login_as_long_as_it_can() {
    let office = full();
    let user =
        |office: &Office| device(office, 3).current().map(|one| one.account.to_string()).expect("a login");
    let password = |office: &Office| device(office, 3).current().map(|one| one.password.clone());

    let to_ada = LOBBY.replace("101", "100");
    let (after, diff) = applied(&office, &[HEAD, ADA, BOB, DESK, SNOM, &to_ada]);
    assert_eq!(user(&after), "100", "101 is another's number now");
    assert_eq!(password(&after), password(&office));
    assert_eq!(diff.lines(), ["~ device Lobby: was 101's, is 100's, its SIP user name is now 100"]);

    let said = format!("{LOBBY}sip_user = \"lobby-phone\"\nsip_password = \"a long one\"\n");
    let (after, _) = applied(&office, &[HEAD, ADA, BOB, DESK, SNOM, &said]);
    assert_eq!(user(&after), "lobby-phone");
    let (after, diff) = applied(&after, &[HEAD, ADA, BOB, DESK, SNOM, &to_ada]);
    assert_eq!(user(&after), "lobby-phone", "it is nobody's number");
    assert_eq!(diff.lines(), ["~ device Lobby: was 101's, is 100's"]);
    assert_eq!(device(&after, 3).credentials.len(), 1);
}

#[test]
fn made_sip_names_are_unique() {
    let second = LOBBY.replace("Lobby", "Lobby-2");
    let third = LOBBY.replace("Lobby", "Lobby-3") + "sip_user = \"101-2\"\n";
    let hot = "[[device]]\nname = \"100\"\nmodel = \"generic\"\nhotdesk = true\n";
    let office = office(&[HEAD, ADA, BOB, LOBBY, &second, &third, hot].concat());
    let users: Vec<String> =
        office.devices.values().filter_map(|one| Some(one.current()?.account.to_string())).collect();
    assert_eq!(users, ["101", "101-3", "101-2", "100-2"]);
}

#[test]
fn a_phone_known_by_name_is_still_itself_when_its_mac_becomes_known() {
    let mut office = full();
    seen(&mut office, 9, "00:11:22:33:44:55");
    let lobby = LOBBY.to_owned() + "mac = \"00:11:22:33:44:55\"\n";
    let (after, diff) = applied(&office, &[HEAD, ADA, BOB, DESK, SNOM, &lobby]);
    assert_eq!(diff.lines(), ["~ device Lobby: new MAC"]);
    assert!(!after.devices.contains_key(&DeviceId(9)), "the waiting phone was this one");
    assert_eq!(device(&after, 3).credentials, device(&office, 3).credentials);
}

#[test]
fn numbers_and_screen_names_are_never_given_twice() {
    let mut fresh = fresh(3);
    fresh.last_device = 40;
    fresh.last_screen_name = 12;
    let wish = draft(&[HEAD, ADA, DESK].concat()).wish;
    let office = after(&Office::default(), &changes(&Office::default(), &wish, fresh));
    assert_eq!(device(&office, 41).screen_name, Some(ScreenName(13)));
}

#[test]
fn equal_seeds_give_equal_secrets_and_others_do_not() {
    let wish = draft(&[HEAD, ADA, DESK].concat()).wish;
    let none = Office::default();
    assert_eq!(changes(&none, &wish, fresh(3)), changes(&none, &wish, fresh(3)));
    assert_ne!(changes(&none, &wish, fresh(3)), changes(&none, &wish, fresh(4)));
}

#[test]
fn a_page_accepts_a_phone_as_a_hot_desk_or_for_an_owner() {
    let mut office = full();
    seen(&mut office, 9, "80:5e:c0:44:55:66");
    let accept = |mode| rules(|rules| accept_device(&office, DeviceId(9), mode, rules, fresh(5)));
    let desk = after(&office, &accept(DeviceMode::HotDesk).expect("a waiting phone"));
    assert_eq!(device(&desk, 9).screen_name, Some(ScreenName(2)));
    let owned = after(&office, &accept(DeviceMode::Owned(number("100"))).expect("a waiting phone"));
    assert_eq!(device(&owned, 9).current().map(|one| one.account.to_string()).as_deref(), Some("100"));
    assert_eq!(device(&owned, 9).screen_name, None);
    let kinds = |refused: Result<Vec<Change>, Vec<crate::config::fault::Fault>>| -> Vec<FaultKind> {
        refused.expect_err("a refusal").into_iter().map(|fault| fault.kind).collect()
    };
    assert_eq!(
        kinds(accept(DeviceMode::Owned(number("109")))),
        [ExtensionFault::Unknown(number("109")).into()]
    );
    assert_eq!(kinds(accept(DeviceMode::Unassigned)), [DeviceFault::OfNobody.into()]);
    let gone = rules(|rules| accept_device(&office, DeviceId(99), DeviceMode::HotDesk, rules, fresh(5)));
    assert_eq!(kinds(gone), [DeviceFault::Unknown(DeviceId(99)).into()]);
}

#[test]
fn a_page_renames_a_phone_without_making_it_another() {
    let office = full();
    let wish = DeviceWish {
        name: Some("Front".parse().expect("a name")),
        sip_user: None,
        sip_password: None,
        ..wish_of(&office).devices[2].clone()
    };
    let changes = rules(|rules| put_device(&office, Some(DeviceId(3)), wish, rules, fresh(5)));
    let after = after(&office, &changes.expect("a good name"));
    assert_eq!(after.devices.len(), 3);
    assert_eq!(device(&after, 3).title(), "Front");
    assert_eq!(device(&after, 3).credentials, device(&office, 3).credentials);
}

#[test]
fn a_page_adds_changes_and_removes_extensions_by_the_rules_of_the_file() {
    let office = full();
    let extension = |text: &str, pin: Option<&str>| Extension {
        pin: pin.map(Secret::new),
        keys: vec![KeyWish::Lamp { extension: number("100"), label: "Ada".to_owned() }],
        ..Extension::roaming(number(text), "Eve")
    };
    let put = |one| rules(|rules| put_extension(&office, one, rules, fresh(5)));
    let kinds = |faults: Vec<crate::config::fault::Fault>| -> Vec<FaultKind> {
        faults.into_iter().map(|fault| fault.kind).collect()
    };
    let with_eve = after(&office, &put(extension("103", Some("4072"))).expect("a good extension"));
    assert_eq!(with_eve.extensions.len(), 3);
    let pin = put(extension("103", Some("1234"))).expect_err("a bad PIN");
    assert_eq!((pin[0].place.field, kinds(pin)), ("pin", vec![ExtensionFault::PinTooEasy.into()]));
    let twice = rules(|rules| add_extension(&office, extension("100", None), rules, fresh(5)));
    let twice = kinds(twice.expect_err("100 is there"));
    assert!(matches!(twice[..], [FaultKind::Text(TextFault::Twice { first: None, .. })]), "{twice:?}");

    let remove =
        |office: &Office, text: &str| rules(|rules| remove_extension(office, &number(text), rules, fresh(5)));
    let without_ada = after(&with_eve, &remove(&with_eve, "100").expect("nothing holds 100"));
    assert_eq!(without_ada.extensions[&number("103")].keys, []);
    assert!(matches!(
        kinds(remove(&office, "101").expect_err("101 has phones"))[..],
        [FaultKind::Extension(ExtensionFault::OwnsPhones { .. })]
    ));
    assert_eq!(
        kinds(remove(&office, "999").expect_err("no such")),
        [ExtensionFault::Unknown(number("999")).into()]
    );
    let mut guarded = office.clone();
    guarded.settings.emergency_extension = Some(number("100"));
    assert_eq!(
        kinds(remove(&guarded, "100").expect_err("emergency calls ring there")),
        [ExtensionFault::TakesEmergencyCalls(number("100")).into()]
    );
}

#[test]
fn an_old_fault_elsewhere_does_not_stand_in_the_way_of_an_edit() {
    let mut office = full();
    office.extensions.get_mut(&number("101")).expect("Bob").name = String::new();
    let ada = Extension { name: "Ada R.".to_owned(), ..office.extensions[&number("100")].clone() };
    assert!(rules(|rules| put_extension(&office, ada, rules, fresh(5))).is_ok());
}

#[test]
fn a_country_whose_emergency_numbers_are_an_extension_is_refused() {
    let office = office(&[HEAD, "[[extension]]\nnumber = \"9991\"\n"].concat());
    let country = |code: &str| code.parse::<Country>().expect("a country");
    let settings = |code| OfficeSettings { country: Some(country(code)), ..office.settings.clone() };
    let put = |settings| rules(|rules| put_settings(&office, settings, rules, fresh(1)));
    let faults = put(settings("GB")).expect_err("9991 begins with 999");
    assert!(matches!(faults[0].kind, FaultKind::Extension(ExtensionFault::BeginsWithEmergency { .. })));
    assert!(put(OfficeSettings { timezone: "europe/rome".to_owned(), ..settings("IT") }).is_ok_and(
        |changes| matches!(&changes[..], [Change::Settings(settings)] if settings.timezone == "Europe/Rome")
    ));
}

#[test]
fn an_export_without_secrets_holds_none() {
    let office = full();
    let text = export(&office, Secrets::LeftOut);
    for device in office.devices.values() {
        for credential in &device.credentials {
            assert!(!text.contains(credential.password.expose()));
        }
    }
    assert!(!text.contains("4071"), "{text}");
}

#[test]
fn k23_an_export_shows_what_is_own_inherited_and_default() {
    let mut office = full();
    seen(&mut office, 9, "80:5e:c0:44:55:66");
    office.settings.trunks = vec![
        Trunk {
            name: "fibre".to_owned(),
            user: Some("39061234".to_owned()),
            password: Some(Secret::new("very secret")),
            inbound: vec![Inbound { number: "+39061234".to_owned(), extension: number("101") }],
            ..Trunk::at("sip.example.com", 5070)
        },
        Trunk { name: "gateway".to_owned(), prefix: Some("0".to_owned()), ..Trunk::at("192.0.2.7", 5060) },
    ];
    office.settings.emergency_extension = Some(number("101"));
    let ada = office.extensions.get_mut(&number("100")).expect("Ada");
    ada.keys.push(KeyWish::Speed { number: "0123".to_owned(), label: "Mum \"home\"".to_owned() });
    let sales = ExtensionValues { language: Some(Language::It), max_calls: Some(2), ..Default::default() };
    office.settings.templates.extensions.insert("sales".parse().expect("a name"), sales);
    let bob = office.extensions.get_mut(&number("101")).expect("Bob");
    bob.template = "sales".parse().ok();
    bob.own.max_calls = Some(4);
    let expected = r#"# An office file of Perch: the whole office. `perch apply` makes the box like it.
# PINs and passwords are left out and stay as they are.
# What stands behind a # holds because a template says it, or nobody.

[office]
name = "Rossi"
country = "IT"
# emergency_numbers: those of the country  # default
language = "en"
timezone = "Etc/UTC"
# realm = "office.perch.local"  # default
emergency_extension = "101"
# login_policy = "move"  # default
# idle_calls = "emergency-only"  # default
# lockout_minutes = 15  # default
# audit_days = 90  # default
# after_restart = "keep"  # default
# auto_logout: none  # default
# trusted_networks: none  # default

[[trunk]]
name = "fibre"
host = "sip.example.com"
port = 5070
user = "39061234"
inbound = [
  { number = "+39061234", extension = "101" },
]

[[trunk]]
name = "gateway"
host = "192.0.2.7"
# port = 5060  # default
prefix = "0"

# [plan]
# profile = "all"  # default

[template.extension.sales]
# hotdesk = false  # default
# hotdesk_only = false  # default
# phone_native = false  # default
# pin_required = true  # default
# busy_level: none  # default
max_calls = 2
language = "it"
# caller_id: none  # default
# trunk: none  # default
# account_template: none  # default

[[extension]]
number = "100"
name = "Ada"
hotdesk = true
# hotdesk_only = false  # default
# phone_native = false  # default
# pin_required = true  # default
# busy_level: none  # default
# max_calls: none  # default
# language = "en"  # default
# caller_id: none  # default
# trunk: none  # default
# account_template: none  # default
keys = [
  { speed = "0123", label = "Mum \"home\"" },
]

[[extension]]
number = "101"
name = "Bob"
template = "sales"
# hotdesk = false  # default
# hotdesk_only = false  # default
# phone_native = false  # default
# pin_required = true  # default
# busy_level: none  # default
max_calls = 4
# language = "it"  # from template sales
# caller_id: none  # default
# trunk: none  # default
# account_template: none  # default

[[device]]
mac = "80:5e:c0:11:22:33"
model = "yealink-t46u"
name = "Desk-1"
hotdesk = true
# language = "en"  # default
# idle_calls = "emergency-only"  # default
# borrowable = false  # default
# account_template: none  # default
# server: none  # default
# hotdesk_key = false  # default
# extra: none  # default

[[device]]
mac = "00:04:13:aa:bb:cc"
model = "snom-d785"
extension = "101"
# language = "en"  # default
# idle_calls = "emergency-only"  # default
# borrowable = false  # default
# account_template: none  # default
# server: none  # default
# hotdesk_key = false  # default
# extra: none  # default

[[device]]
model = "generic"
name = "Lobby"
extension = "101"
sip_user = "101"
# language = "en"  # default
# idle_calls = "emergency-only"  # default
# borrowable = false  # default
# account_template: none  # default
# server: none  # default
# hotdesk_key = false  # default
# extra: none  # default
"#;
    assert_eq!(export(&office, Secrets::LeftOut), expected);
}

mod exports;
mod tenants;
