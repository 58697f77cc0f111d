//! Office files, good and bad: what is read, what each fault says, and in which line.

use super::keys::*;
use super::trunks::{INBOUND_KEYS, TRUNK_KEYS};
use super::*;
use crate::config::fault::{ExtensionFault, Form, OfficeFault, PlanFault};
use crate::config::rules::{MAX_CODES, MAX_EXTENSIONS, MAX_KEYS};
use crate::config::test_office::rules;
use crate::model::{AccountName, DeviceMode, ExtensionNumber, Feature, Language, Plan, Vendor};

const EXAMPLE: &str = r#"
[office]
name = "Rossi & Figli"
country = "IT"          # emergency numbers and tones follow
language = "it"
timezone = "Europe/Rome"
[[extension]]
number = "100"
name = "Ada Rossi"
hotdesk = true
pin = "4071"
keys = [{ lamp = "101", label = "Reception" }, { speed = "+390612345" }]
[[extension]]
number = "101"
name = "Reception"
[[extension]]
number = "102"
name = "Lobby"
[[device]]
mac = "80:5e:c0:11:22:33"
model = "yealink-t46u"
name = "Desk-1"
hotdesk = true
[[device]]
mac = "00:04:13:aa:bb:cc"
model = "snom-d785"
extension = "101"       # a static phone
[[device]]
name = "Lobby"
model = "generic"       # any SIP phone, configured by hand
extension = "102"
sip_user = "102"        # optional; made by the box when left out
sip_password = "a long one"
"#;

#[test]
fn the_example_of_the_manual_is_read_as_it_stands() {
    let Draft { wish, notes } = rules(|rules| read(EXAMPLE, rules)).expect("the example has no fault");
    assert_eq!(notes, []);
    assert_eq!(wish.settings.name, "Rossi & Figli");
    assert_eq!(wish.settings.timezone, "Europe/Rome");
    assert_eq!(wish.settings.plan, Plan::default());
    assert_eq!(wish.extensions.len(), 3);
    assert_eq!(wish.extensions[0].keys.len(), 2);
    assert!(wish.extensions[0].pin.as_ref().is_some_and(|pin| pin.is("4071")));
    assert_eq!(wish.devices[0].mode, DeviceMode::HotDesk);
    assert_eq!(wish.devices[1].model.vendor(), Vendor::Snom);
    assert_eq!(wish.devices[2].sip_user.as_ref().map(AccountName::as_str), Some("102"));
}

#[test]
fn every_example_of_the_manual_is_a_good_file() {
    let manual = include_str!("../../../docs/office-file.md");
    let examples: Vec<&str> =
        manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 3);
    for example in examples {
        let draft = rules(|rules| read(example, rules)).unwrap_or_else(|faults| panic!("{faults:#?}"));
        assert_eq!(draft.wish.settings.plan, Plan::default());
    }
}

#[test]
fn every_language_of_the_voice_is_read_and_stands_in_the_manual() {
    let manual = include_str!("../../../docs/office-file.md");
    for language in Language::ALL {
        let text = EXAMPLE.replace("language = \"it\"", &format!("language = \"{language}\""));
        let draft = rules(|rules| read(&text, rules)).expect("the example has no fault");
        assert_eq!(draft.wish.settings.language, language);
        assert!(manual.contains(&format!("`\"{language}\"`")), "{language}");
    }
}

#[test]
fn the_manual_names_every_key() {
    let manual = include_str!("../../../docs/office-file.md");
    for keys in [
        FILE_KEYS,
        OFFICE_KEYS,
        AUTO_LOGOUT_KEYS,
        NETWORK_KEYS,
        TENANT_KEYS,
        TRUNK_KEYS,
        INBOUND_KEYS,
        TEMPLATE_KEYS,
        EXTENSION_KEYS,
        EXTENSION_VALUE_KEYS,
        FORWARD_KEYS,
        KEY_KEYS,
        DEVICE_KEYS,
        DEVICE_VALUE_KEYS,
        ACCOUNT_VALUE_KEYS,
        PLAN_KEYS,
        ENTRY_KEYS,
    ] {
        for key in keys {
            let ways = [format!("`{key}`"), format!("{key} = "), format!("[{key}]"), format!(".{key}.")];
            assert!(ways.iter().any(|way| manual.contains(way)), "{key}");
        }
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    let text = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
    assert!(rules(|rules| read(&text, rules)).is_ok());
    assert!(rules(|rules| read_bytes(text.as_bytes(), rules)).is_ok());
}

/// The faults of a file as `line: kind`.
fn faults(text: &str) -> Vec<(Option<usize>, FaultKind)> {
    match rules(|rules| read(text, rules)) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| (fault.line, fault.kind)).collect(),
    }
}

/// The one fault of a file that is good but for these lines, which begin with line 4.
#[track_caller]
fn one_fault(lines: &str) -> (usize, FaultKind) {
    let office = "[office]\nname = \"Rossi\"\ncountry = \"IT\"\n";
    let mut found = faults(&format!("{office}{lines}"));
    assert_eq!(found.len(), 1, "{found:#?}");
    let (line, kind) = found.remove(0);
    let sentence = kind.to_string();
    assert!(sentence.len() > 20 && !sentence.ends_with('.'), "{sentence}");
    (line.expect("a fault of a line has one"), kind)
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().expect("an extension number")
}

const EXTENSION: &str = "[[extension]]\nnumber = \"100\"\n";

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    let unknown =
        |key: &str, nearest| FaultKind::from(TextFault::UnknownKey { key: key.to_owned(), nearest });
    assert_eq!(one_fault("contry = \"IT\""), (4, unknown("contry", Some("country"))));
    assert_eq!(one_fault("colour = 1"), (4, unknown("colour", None)));
    assert_eq!(one_fault("\n[[extensions]]\nnumber = \"1\""), (5, unknown("extensions", Some("extension"))));
    assert_eq!(one_fault(&format!("{EXTENSION}hot_desk = true")), (6, unknown("hot_desk", Some("hotdesk"))));
    assert_eq!(
        one_fault(&format!("{EXTENSION}keys = [\n{{ speed = \"1\", lable = \"x\" }}]")),
        (7, unknown("lable", Some("label")))
    );
}

#[test]
fn a_missing_key_is_told_with_an_example() {
    let missing = |text: &str| {
        let found = faults(text);
        let all_missing =
            found.iter().all(|(_, kind)| matches!(kind, FaultKind::Text(TextFault::Missing(_))));
        assert!(all_missing, "{found:#?}");
        found.into_iter().filter_map(|(line, _)| line).collect::<Vec<_>>()
    };
    assert_eq!(missing(""), [1]);
    assert_eq!(missing("\n[office]\n"), [2, 2]);
    let office = "[office]\nname = \"R\"\ncountry = \"IT\"\n";
    assert_eq!(missing(&format!("{office}[[trunk]]\n")), [4]);
    assert_eq!(missing(&format!("{office}[[extension]]\nname = \"Ada\"\n")), [4]);
    assert_eq!(missing(&format!("{office}[[device]]\nname = \"x\"\nhotdesk = true\n")), [4]);
    assert_eq!(missing(&format!("{office}[plan]\n")), [4]);
    assert_eq!(missing(&format!("{office}[plan]\nentries = [{{ code = \"*1\" }}]")), [5]);
}

#[test]
fn a_value_of_the_wrong_form_says_the_right_one() {
    let form = |form| FaultKind::from(TextFault::WrongForm(form));
    assert_eq!(one_fault("[[extension]]\nnumber = 100"), (5, form(Form::Text)));
    assert_eq!(one_fault(&format!("{EXTENSION}hotdesk = \"yes\"")), (6, form(Form::YesNo)));
    assert_eq!(one_fault("[[trunk]]\nhost = \"a.example\"\nport = \"5060\""), (6, form(Form::Port)));
    assert_eq!(one_fault("[[trunk]]\nhost = \"a.example\"\nport = 70000"), (6, form(Form::Port)));
    assert_eq!(one_fault("[extension]\nnumber = \"100\""), (4, form(Form::Tables("extension"))));
    assert_eq!(one_fault(&format!("{EXTENSION}keys = \"101\"")), (6, form(Form::List(KEYS_EXAMPLE))));
    assert_eq!(one_fault("[[plan]]\nentries = []"), (4, form(Form::Table("plan"))));
    assert_eq!(one_fault(&format!("{EXTENSION}pin = 4071")), (6, form(Form::Text)));
}

#[test]
fn a_table_in_the_wrong_brackets_or_inside_another_is_told_by_its_own_name() {
    let told = |lines: &str| {
        let found = read(lines, &Rules::standard()).expect_err("faulty");
        found.into_iter().map(|fault| (fault.line, fault.kind.to_string())).collect::<Vec<_>>()
    };
    let office = "[office]\nname = \"R\"\ncountry = \"IT\"\n";
    for (lines, at, name) in [
        (format!("{office}[device]\nname = \"x\"\nmodel = \"generic\"\nhotdesk = true"), 4, "[[device]]"),
        (format!("{office}[trunk]\nhost = \"a.example\""), 4, "[[trunk]]"),
        ("[[office]]\nname = \"R\"\ncountry = \"IT\"".to_owned(), 1, "[office]"),
        (format!("{office}{EXTENSION}[[extension.device]]\nname = \"x\""), 6, "[[device]]"),
        (format!("{office}[plan]\nentries = \"*400\""), 5, "feature = \"logout\""),
    ] {
        let told = told(&lines);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].0 == Some(at) && told[0].1.contains(name), "{name}: {told:?}");
    }
}

#[test]
fn a_character_that_nobody_sees_is_told() {
    let name = one_fault("[[extension]]\nnumber = \"100\"\nname = \"A\u{200b}da\"");
    assert_eq!(name, (6, TextFault::Unprintable.into()));
    assert_eq!(one_fault("[[extension]]\nnumber = \"10\u{200b}0\""), (5, TextFault::Unprintable.into()));
}

#[test]
fn an_identifier_that_is_none_says_what_one_looks_like() {
    let malformed = |lines: &str, at: usize, word: &str| {
        let (line, kind) = one_fault(lines);
        assert!(matches!(&kind, FaultKind::Text(TextFault::Malformed(_))), "{kind:?}");
        assert_eq!(line, at);
        assert!(kind.to_string().contains(word), "{kind}");
    };
    malformed("[[extension]]\nnumber = \"10a\"", 5, "digits");
    for code in Language::ALL.map(Language::code) {
        malformed("language = \"tlh\"", 4, &format!("\"{code}\""));
    }
    malformed("[[device]]\nmac = \"80:5e\"\nmodel = \"yealink-t46u\"\nhotdesk = true", 5, "MAC");
    malformed("[[device]]\nname = \"my desk\"\nmodel = \"generic\"\nhotdesk = true", 5, "without spaces");
    malformed("[[device]]\nname = \"desk\"\nmodel = \"toaster\"\nhotdesk = true", 6, "model");
    malformed(
        &format!("{EXTENSION}[[device]]\nname = \"d\"\nmodel = \"generic\"\nextension = \"1x\""),
        9,
        "digits",
    );
}

#[test]
fn a_word_of_a_choice_is_told_with_the_words_there_are() {
    let (line, kind) = one_fault("login_policy = \"stay\"");
    assert_eq!(line, 4);
    assert!(kind.to_string().contains("\"move\", \"refuse\" or \"several\""), "{kind}");
    assert_eq!(one_fault("idle_calls = \"none\"").0, 4);
    assert_eq!(one_fault("[plan]\nentries = [{ code = \"*1\", feature = \"log-out\" }]").0, 5);
}

#[test]
fn texts_are_neither_empty_nor_endless_nor_broken() {
    let office = |name: &str| {
        let found = faults(&format!("[office]\ncountry = \"IT\"\nname = {name}\n"));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].0, Some(3));
        found[0].1.clone()
    };
    assert_eq!(office("\"\""), TextFault::Empty.into());
    assert_eq!(office("\"  \""), TextFault::Empty.into());
    assert_eq!(office(&format!("\"{}\"", "x".repeat(65))), TextFault::TooLong(64).into());
    assert_eq!(office(&format!("\"{}\"", "x".repeat(5000))), TextFault::TooLong(256).into());
    assert_eq!(office("\"a\\nb\""), TextFault::Unprintable.into());
    assert_eq!(office("\"a\\u202Eb\""), TextFault::Unprintable.into());
    assert_eq!(one_fault(&format!("{EXTENSION}name = \"a\\rb\"")), (6, TextFault::Unprintable.into()));
    assert_eq!(one_fault(&format!("{EXTENSION}pin = \"\"")), (6, TextFault::Empty.into()));
}

#[test]
fn the_office_has_a_known_country_time_zone_domain_and_way_out() {
    let found = faults("[office]\nname = \"R\"\ncountry = \"XX\"\n");
    let country = "XX".parse().expect("two letters");
    assert_eq!(found, [(Some(3), OfficeFault::UnknownCountry(country).into())]);
    assert_eq!(
        one_fault("timezone = \"Europe/Perchtown\""),
        (4, OfficeFault::UnknownTimeZone("Europe/Perchtown".to_owned()).into())
    );
    assert_eq!(one_fault("realm = \"a b\""), (4, OfficeFault::NotADomain("a b".to_owned()).into()));
    assert_eq!(
        one_fault("[[trunk]]\nhost = \"sip:x\""),
        (5, OfficeFault::NotAHost("sip:x".to_owned()).into())
    );
    let two = "[[trunk]]\nname = \"a\"\nhost = \"a.example\"\n[[trunk]]\nhost = \"b.example\"";
    assert_eq!(one_fault(two), (7, OfficeFault::TrunkWithoutName.into()));
    for (line, fault) in [
        ("password = \"x\"", OfficeFault::PasswordWithoutUser),
        ("shown = \"12a\"", OfficeFault::NotANumber("12a".to_owned())),
        ("prefix = \"*9\"", OfficeFault::NotAPrefix("*9".to_owned())),
    ] {
        let file = format!("[[trunk]]\nhost = \"a.example\"\n{line}");
        assert_eq!(one_fault(&file), (6, fault.into()), "{line}");
    }
    let inbound = "[[trunk]]\nhost = \"a.example\"\ninbound = [{ number = \"0612\", extension = \"100\" }]";
    assert_eq!(one_fault(inbound), (6, ExtensionFault::Unknown(number("100")).into()));
    assert_eq!(
        one_fault("emergency_extension = \"100\""),
        (4, ExtensionFault::Unknown(number("100")).into())
    );
}

#[test]
fn nothing_is_there_twice() {
    let twice = |thing, value: &str, first| {
        FaultKind::from(TextFault::Twice { thing, value: value.to_owned(), first: Some(first) })
    };
    assert_eq!(one_fault(&format!("{EXTENSION}{EXTENSION}")), (7, twice(Thing::Extension, "100", 5)));
    let device = |lines: &str| format!("[[device]]\nmodel = \"generic\"\nhotdesk = true\n{lines}\n");
    let two = |one: &str, other: &str| one_fault(&format!("{}{}", device(one), device(other)));
    assert_eq!(
        two("mac = \"80:5e:c0:11:22:33\"", "mac = \"805EC0112233\""),
        (11, twice(Thing::Mac, "80:5e:c0:11:22:33", 7))
    );
    assert_eq!(two("name = \"Desk\"", "name = \"desk\""), (11, twice(Thing::DeviceName, "desk", 7)));
    assert_eq!(
        two("name = \"a\"\nsip_user = \"x\"", "name = \"b\"\nsip_user = \"x\""),
        (13, twice(Thing::SipUser, "x", 8))
    );
    assert_eq!(
        one_fault(
            "[plan]\nentries = [\n{ code = \"*400\", feature = \"logout\" },\n{ code = \"*400*\", feature = \"logout\" }]"
        ),
        (7, twice(Thing::Code, "*400*", 6))
    );
}

/// Promises: I18.
#[test]
fn a_pin_is_hard_to_guess() {
    let pin = |pin: &str| one_fault(&format!("[[extension]]\nnumber = \"4711\"\npin = \"{pin}\""));
    assert_eq!(pin("123"), (6, ExtensionFault::PinNotDigits.into()));
    assert_eq!(pin("12345678901"), (6, ExtensionFault::PinNotDigits.into()));
    assert_eq!(pin("40a1"), (6, ExtensionFault::PinNotDigits.into()));
    assert_eq!(pin("1234"), (6, ExtensionFault::PinTooEasy.into()));
    assert_eq!(pin("0000"), (6, ExtensionFault::PinTooEasy.into()));
    assert_eq!(pin("4711"), (6, ExtensionFault::PinIsTheNumber.into()));
}

#[test]
fn a_fault_never_shows_a_pin_or_a_password() {
    let text = "[[extension]]\nnumber = \"x\"\npin = \"98765432109\"\n[[device]]\nname = \"hotdesk-1\"\nmodel = \"generic\"\nhotdesk = true\nsip_password = \"s3crt\"\n";
    for (_, kind) in faults(text) {
        let said = format!("{kind} {kind:?}");
        assert!(!said.contains("98765") && !said.contains("s3crt"), "{said}");
    }
}

#[test]
fn no_extension_begins_like_an_emergency_number() {
    let country = "IT".parse().ok();
    let begins = |text: &str, emergency: &str| {
        FaultKind::from(ExtensionFault::BeginsWithEmergency {
            number: number(text),
            emergency: emergency.to_owned(),
            country,
        })
    };
    assert_eq!(one_fault("[[extension]]\nnumber = \"112\""), (5, begins("112", "112")));
    assert_eq!(one_fault("[[extension]]\nnumber = \"1134\""), (5, begins("1134", "113")));
}

/// Promises: B8.
#[test]
fn an_office_may_have_emergency_numbers_of_its_own_and_none_when_it_says_so() {
    let text = |line: &str| format!("[office]\nname = \"R\"\ncountry = \"IT\"\n{line}\n");
    let numbers = |line: &str| {
        let draft = rules(|rules| read(&text(line), rules)).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let own = draft.wish.settings.emergency_numbers.clone();
        let notes = draft.notes.iter().map(|note| note.kind.to_string()).collect::<Vec<_>>().join("\n");
        (own.map(|own| own.iter().map(ToString::to_string).collect::<Vec<_>>()), notes)
    };
    assert_eq!(numbers(""), (None, String::new()));
    let own = |all: &[&str]| Some(all.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(
        numbers("emergency_numbers = [\"113\", \"112\", \"911\"]"),
        (own(&["113", "112", "911"]), String::new())
    );
    let (some, note) = numbers("emergency_numbers = [\"112\"]");
    assert_eq!(
        (some, note.contains("113 is one of the emergency numbers of IT")),
        (own(&["112"]), true),
        "{note}"
    );
    let (none, note) = numbers("emergency_numbers = \"none\"");
    assert_eq!((none, note.contains("112, 113 are emergency numbers of IT")), (own(&[]), true), "{note}");

    assert_eq!(one_fault("emergency_numbers = []"), (4, OfficeFault::NoEmergencyNumber.into()));
    // Each fault is told, whatever else is wrong.
    let both = faults("[office]\nname = \"\"\ncountry = \"IT\"\nemergency_numbers = []\n");
    assert!(both.contains(&(Some(4), OfficeFault::NoEmergencyNumber.into())) && both.len() == 2, "{both:?}");
    let begins = ExtensionFault::BeginsWithEmergency {
        number: number("9110"),
        emergency: "911".to_owned(),
        country: None,
    };
    let lines = "emergency_numbers = [\"112\", \"911\"]\n[[extension]]\nnumber = \"9110\"";
    assert_eq!(one_fault(lines), (6, begins.into()));
    let twice = TextFault::Twice { thing: Thing::EmergencyNumber, value: "112".to_owned(), first: Some(4) };
    assert_eq!(one_fault("emergency_numbers = [\"112\", \"112\"]"), (4, twice.into()));
    for line in
        ["emergency_numbers = [\"1\"]", "emergency_numbers = \"112\"", "emergency_numbers = [\"help\"]"]
    {
        assert_eq!(one_fault(line).0, 4, "{line}");
    }
}

#[test]
fn keys_name_what_there_is() {
    let key = |key: &str| one_fault(&format!("{EXTENSION}keys = [\n{{ {key} }},\n]"));
    assert_eq!(key("lamp = \"109\""), (7, ExtensionFault::Unknown(number("109")).into()));
    assert_eq!(key("speed = \"call me\""), (7, ExtensionFault::NotDialable("call me".to_owned()).into()));
    assert_eq!(key("label = \"x\""), (7, ExtensionFault::KeyOfNoKind.into()));
    assert_eq!(key("lamp = \"100\", speed = \"1\""), (7, ExtensionFault::KeyOfNoKind.into()));
}

#[test]
fn a_device_is_known_and_has_one_master() {
    assert_eq!(
        one_fault("[[device]]\nmodel = \"generic\"\nhotdesk = true"),
        (4, DeviceFault::Unnamed.into())
    );
    assert_eq!(one_fault("[[device]]\nmodel = \"generic\"\nname = \"a\""), (4, DeviceFault::OfNobody.into()));
    assert_eq!(
        one_fault(&format!(
            "{EXTENSION}[[device]]\nmodel = \"generic\"\nname = \"a\"\nhotdesk = true\nextension = \"100\""
        )),
        (9, DeviceFault::OfTwo.into())
    );
    assert_eq!(
        one_fault("[[device]]\nmodel = \"generic\"\nname = \"a\"\nextension = \"100\""),
        (7, ExtensionFault::Unknown(number("100")).into())
    );
}

#[test]
fn a_sip_login_by_hand_is_safe_and_nobody_elses() {
    let device = |lines: &str| {
        one_fault(&format!(
            "{EXTENSION}[[device]]\nname = \"a\"\nhotdesk = true\nmodel = \"generic\"\n{lines}"
        ))
    };
    assert_eq!(
        device("sip_user = \"hotdesk-100\""),
        (10, DeviceFault::NameReserved("hotdesk-100".to_owned()).into())
    );
    assert_eq!(device("sip_user = \"d7-1\""), (10, DeviceFault::NameReserved("d7-1".to_owned()).into()));
    assert_eq!(device("sip_user = \"100\""), (10, DeviceFault::NameIsExtension(number("100")).into()));
    assert_eq!(device("sip_password = \"short\""), (10, DeviceFault::PasswordTooShort(8).into()));
    assert_eq!(device("sip_password = \"perchè no no\""), (10, DeviceFault::PasswordNotPlain.into()));
    let long = "x".repeat(65);
    assert_eq!(device(&format!("sip_password = \"{long}\"")), (10, TextFault::TooLong(64).into()));
    let made = "[[device]]\nmac = \"805ec0112233\"\nhotdesk = true\nmodel = \"yealink-t46u\"\n";
    assert_eq!(one_fault(&format!("{made}sip_user = \"x\"")), (8, DeviceFault::SipLoginIsMade.into()));
    assert_eq!(one_fault(&format!("{made}sip_password = \"x\"")), (8, DeviceFault::SipLoginIsMade.into()));
    assert_eq!(
        one_fault("[[device]]\nname = \"hotdesk-1\"\nhotdesk = true\nmodel = \"generic\""),
        (5, DeviceFault::NameReserved("hotdesk-1".to_owned()).into())
    );
}

/// Promises: C22, rule1.
#[test]
fn codes_of_the_plan_do_not_stand_in_each_others_way() {
    let plan = |entries: &str| one_fault(&format!("[plan]\nentries = [\n{entries}\n]"));
    let login = "feature = \"login-with-extension\"";
    let logout = "feature = \"logout\"";
    assert_eq!(
        plan(&format!("{{ code = \"*4x\", {logout} }}")),
        (6, PlanFault::NotACode("*4x".to_owned()).into())
    );
    assert_eq!(plan(&format!("{{ {logout} }}")), (6, PlanFault::NotACode(String::new()).into()));
    assert_eq!(
        plan("{ code = \"*1\", feature = \"login-by-own-extension\" }"),
        (6, PlanFault::CodeNotWanted.into())
    );
    for (code, feature, line) in
        [("*77*", Feature::LoginWithExtension, login), ("*77*X*", Feature::Logout, logout)]
    {
        let code = code.to_owned();
        assert_eq!(
            plan(&format!("{{ code = \"{code}\", {line} }}")),
            (6, PlanFault::PlaceOfExtension { feature, code }.into())
        );
    }
    let two = format!("{{ code = \"*77*X*\", {login} }},\n{{ code = \"*77X\", {login} }}");
    assert_eq!(faults_of_plan(&two), []);
    let two = format!("{{ code = \"*77*X*\", {login} }},\n{{ code = \"*77*1X\", {login} }}");
    assert_eq!(plan(&two), (7, PlanFault::CodesCollide("*77*X*".to_owned(), "*77*1X".to_owned()).into()));
    let off = format!("{{ code = \"*77*X*\", {login} }},\n{{ code = \"*77*1X\", {login}, on = false }}");
    assert_eq!(faults_of_plan(&off), []);
    let emergency = PlanFault::BeginsWithEmergency {
        code: "11X".to_owned(),
        emergency: "112".to_owned(),
        country: "IT".parse().ok(),
    };
    assert_eq!(plan(&format!("{{ code = \"11X\", {login} }}")), (6, emergency.into()));
    assert_eq!(
        one_fault(&format!("{EXTENSION}[plan]\nentries = [{{ code = \"100\", {logout} }}]")),
        (7, PlanFault::CodeIsExtension("100".to_owned(), number("100")).into())
    );
}

fn faults_of_plan(entries: &str) -> Vec<(Option<usize>, FaultKind)> {
    faults(&format!("[office]\nname = \"R\"\ncountry = \"IT\"\n[plan]\nentries = [\n{entries}\n]"))
}

#[test]
fn extension_5_is_told_that_its_login_code_is_the_logout() {
    let text = "[office]\nname = \"R\"\ncountry = \"IT\"\n[[extension]]\nnumber = \"5\"\nhotdesk = true\npin = \"4071\"\n";
    let draft = rules(|rules| read(text, rules)).expect("a note is no fault");
    let note = ExtensionFault::LoginCodeShadowed {
        extension: number("5"),
        code: "*77*5*".to_owned(),
        by_number: true,
    };
    assert_eq!(draft.notes.len(), 1);
    assert_eq!((draft.notes[0].line, draft.notes[0].kind.clone()), (Some(5), note.into()));
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_their_lines() {
    let text = "[office]\nname = \"R\"\ncountry = \"XX\"\n[[extension]]\nnumber = \"1a\"\npin = \"1\"\n[[device]]\nmodel = \"x\"\n[[extension]]\nnumber = \"100\"\npin = \"0000\"\nwhat = 1\n";
    let lines: Vec<_> = faults(text).into_iter().filter_map(|(line, _)| line).collect();
    assert_eq!(lines, [3, 5, 6, 7, 7, 8, 11, 12]);
}

#[test]
fn a_line_that_cannot_be_read_is_told_once_and_the_rest_is_read_on() {
    let text =
        "[office]\nname = \"R\ncountry = \"IT\"\n[[extension]]\nnumber = \"100\"\npin = \"0000\"\n= 3\n";
    let found = faults(text);
    let lines: Vec<_> = found.iter().filter_map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 6, 7], "{found:#?}");
    assert!(matches!(found[0].1, FaultKind::Text(TextFault::NotToml(_))));
}

#[test]
fn a_key_written_twice_is_told_in_its_second_line() {
    let (line, kind) = one_fault("language = \"it\"\nlanguage = \"en\"");
    assert_eq!(line, 5);
    assert!(matches!(kind, FaultKind::Text(TextFault::NotToml(_))));
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let found = rules(|rules| read_bytes(b"[office]\nname = \"\xff\"\n", rules)).expect_err("no UTF-8");
    assert_eq!(found[0].line, Some(2));
    assert_eq!(found[0].kind, TextFault::NotUtf8.into());
}

#[test]
fn a_file_is_bounded_in_every_direction() {
    let huge = "#".repeat(MAX_FILE + 1);
    assert_eq!(faults(&huge), [(None, TextFault::FileTooBig(MAX_FILE).into())]);
    let bytes = vec![b'#'; MAX_FILE + 1];
    assert!(rules(|rules| read_bytes(&bytes, rules)).is_err());

    let many = "[[extension]]\n".repeat(MAX_EXTENSIONS + 1);
    let found = faults(&many);
    assert_eq!(found.len(), MAX_FAULTS + 1);
    assert!(matches!(found[MAX_FAULTS].1, FaultKind::Text(TextFault::AndMore(_))));

    let many = "{ speed = \"1\" },".repeat(MAX_KEYS + 1);
    assert_eq!(
        one_fault(&format!("{EXTENSION}keys = [{many}]")),
        (6, TextFault::TooMany(Thing::Key, MAX_KEYS).into())
    );
    let many = "{ feature = \"logout\", code = \"*1\", on = false },".repeat(MAX_CODES + 1);
    assert_eq!(
        one_fault(&format!("[plan]\nentries = [{many}]")),
        (5, TextFault::TooMany(Thing::Code, MAX_CODES).into())
    );
}

#[test]
fn a_file_of_nothing_but_faults_is_told_in_bounds() {
    for line in ["=\n", "[", "\"\n", "[[extension]]\nnumber = \"1\"\n"] {
        let found = faults(&line.repeat(MAX_FILE / 4 / line.len()));
        assert!((1..=MAX_FAULTS + 1).contains(&found.len()), "{line}");
    }
}

#[test]
fn a_deep_file_is_refused_and_overflows_nothing() {
    let deep = format!("x = {}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(!faults(&deep).is_empty());
    let keys = format!("{} = 1", vec!["a"; 50_000].join("."));
    assert!(!faults(&keys).is_empty());
    let tables = format!("[{}]", vec!["a"; 50_000].join("."));
    assert!(!faults(&tables).is_empty());
    let tables = "[[a.b.c]]\n".repeat(50_000);
    assert!(!faults(&tables).is_empty());
}

mod tenants;
mod values;

mod never_panics {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = rules(|rules| read_bytes(&bytes, rules));
        }

        #[test]
        fn whatever_is_done_to_a_good_file(at in 0..EXAMPLE.len(), cut in 0..60usize, put in "[ -~\n]{0,8}") {
            let mut bytes = EXAMPLE.as_bytes().to_vec();
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, put.bytes());
            let _ = rules(|rules| read_bytes(&bytes, rules));
        }
    }
}
