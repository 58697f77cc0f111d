//! What extensions, devices and templates say, good and bad.

use super::*;
use crate::config::fault::TenantFault;
use crate::model::{AfterRestart, ClockTime, IdleCalls, Language, Weekdays};

fn read_good(lines: &str) -> Draft {
    let text = format!("[office]\nname = \"R\"\ncountry = \"IT\"\n{lines}");
    rules(|rules| read(&text, rules)).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

const PHONE: &str = "[[device]]\nname = \"hall\"\nmodel = \"generic\"\nhotdesk = true\n";

#[test]
fn i15_the_office_says_who_is_trusted_when_logins_end_and_how_long_it_is_closed() {
    let settings = read_good(
        "company_pin = \"730461\"\nlockout_minutes = 30\nafter_restart = \"end\"\n\
         auto_logout = { after = 600, idle = 60, at = \"20:00\", days = \"mon tue\", gone = 10 }\n\
         trusted_networks = [{ network = \"192.168.1.0/24\", description = \"First floor\" }]\n",
    )
    .wish
    .settings;
    assert_eq!((settings.lockout_minutes, settings.after_restart), (30, AfterRestart::End));
    assert_eq!(settings.auto_logout.at, Some(ClockTime { hour: 20, minute: 0 }));
    assert_eq!(Ok(settings.auto_logout.days), "mon tue".parse::<Weekdays>());
    assert_eq!(settings.auto_logout.gone, Some(10));
    assert_eq!(settings.trusted_networks[0].description, "First floor");
}

#[test]
fn i16_a_wrong_network_or_the_same_one_twice_is_told() {
    let (line, kind) = one_fault("trusted_networks = [\n{ network = \"192.168.1.7/24\" }]");
    assert!(line == 5 && kind.to_string().contains("192.168.1.0/24"), "{kind}");
    let one = "{ network = \"192.168.1.0/24\" }";
    let twice = TextFault::Twice { thing: Thing::Network, value: "192.168.1.0/24".into(), first: Some(5) };
    assert_eq!(one_fault(&format!("trusted_networks = [\n{one},\n{one}]")), (6, twice.into()));
}

#[test]
fn numbers_have_their_ranges() {
    let range = |lines: &str, at, from, to| {
        assert_eq!(one_fault(lines), (at, TextFault::OutOfRange(from, to).into()), "{lines}");
    };
    range("lockout_minutes = 0", 4, 1, 1_440);
    range("auto_logout = { after = 99999 }", 4, 1, 43_200);
    range(&format!("{EXTENSION}busy_level = 100"), 6, 0, 99);
    range(&format!("{EXTENSION}max_calls = 300"), 6, 0, 99);
    range(&format!("{EXTENSION}forwards = {{ ring_seconds = 2 }}"), 6, 5, 300);
    range("[template.account.x]\nregister_every = 5", 5, 30, 86_400);
    let text = TextFault::WrongForm(Form::Number(0, 99));
    assert_eq!(one_fault(&format!("{EXTENSION}max_calls = \"2\"")), (6, text.into()));
}

#[test]
fn k23_k24_templates_hold_what_the_things_may_say() {
    let wish = read_good(
        "[template.account.quick]\nregister_every = 60\ntcp = true\n\
         [template.extension.sales]\nhotdesk = true\nlanguage = \"it\"\naccount_template = \"quick\"\n\
         [template.device.far]\nserver = \"192.0.2.7\"\nidle_calls = \"internal\"\nextra = \"\"\"\na = 1\nb = 2\n\"\"\"\n\
         [[extension]]\nnumber = \"100\"\ntemplate = \"sales\"\nlanguage = \"en\"\n\
         [[device]]\nname = \"hall\"\nmodel = \"generic\"\nhotdesk = true\ntemplate = \"far\"\nlocation = \"Ground floor\"\nemergency_caller = \"+390612345\"\n",
    )
    .wish;
    let values = wish.settings.values_of(&wish.extensions[0]);
    assert!(values.may_hotdesk() && values.language == Some(Language::En));
    let far = wish.settings.templates.devices.values().next().expect("a template");
    assert_eq!(far.idle_calls, Some(IdleCalls::Internal));
    assert_eq!(far.extra.as_deref(), Some("a = 1\nb = 2"));
    assert_eq!(wish.devices[0].location, "Ground floor");
}

#[test]
fn a_name_that_nothing_answers_to_is_told() {
    let template = |lines: &str, at| {
        let (line, kind) = one_fault(lines);
        assert!(matches!(kind, FaultKind::Tenant(TenantFault::NoTemplate(_))), "{kind:?}");
        assert_eq!(line, at);
    };
    template(&format!("{EXTENSION}template = \"sales\""), 6);
    template(&format!("{EXTENSION}account_template = \"quick\""), 6);
    template(&format!("{PHONE}template = \"far\""), 8);
    template("[template.extension.sales]\naccount_template = \"quick\"", 5);
    assert_eq!(
        one_fault(&format!("{EXTENSION}trunk = \"sip.example.com\"")),
        (6, TenantFault::NoTrunk("sip.example.com".into()).into())
    );
    let unknown = TextFault::UnknownKey { key: "hotdek".into(), nearest: Some("hotdesk") };
    assert_eq!(one_fault("[template.extension.sales]\nhotdek = true"), (5, unknown.into()));
    let (_, kind) = one_fault("[template.extension.\"a b\"]\nhotdesk = true");
    assert!(kind.to_string().contains("without spaces"), "{kind}");
}

#[test]
fn templates_are_bounded() {
    let many: String = (0..40).map(|at| format!("[template.account.t{at}]\ntcp = true\n")).collect();
    assert_eq!(one_fault(&many).1, TextFault::TooMany(Thing::Template, 32).into());
}

#[test]
fn f6_an_id_leads_to_one_extension_on_the_whole_box() {
    let tenant = "[[tenant]]\nid = \"acme\"\nname = \"A\"\ncountry = \"GB\"\n";
    let of =
        |number: &str, id: &str| format!("[[extension]]\nnumber = \"{number}\"\nhotdesk_id = \"{id}\"\n");
    let two = format!("{tenant}{}{}", of("100", "408317"), of("100@acme", "408317"));
    let twice = TextFault::Twice { thing: Thing::HotdeskId, value: "408317".into(), first: Some(10) };
    assert_eq!(one_fault(&two), (13, twice.into()));
    let number = format!("{tenant}{}[[extension]]\nnumber = \"4083@acme\"\n", of("100", "4083"));
    let is = ExtensionFault::IdIsExtension {
        id: "4083".parse().expect("an ID"),
        number: "4083@acme".parse().expect("a number"),
    };
    assert_eq!(one_fault(&number), (10, is.into()));
}

#[test]
fn f7_an_id_is_not_easy_to_guess_and_p7_may_be_the_own_number() {
    let id = |id: &str| one_fault(&format!("[[extension]]\nnumber = \"4711\"\nhotdesk_id = \"{id}\""));
    assert_eq!(id("123456"), (6, ExtensionFault::IdTooEasy("123456".parse().expect("an ID")).into()));
    assert!(matches!(id("112605"), (6, FaultKind::Extension(ExtensionFault::IdBeginsWithEmergency { .. }))));
    assert!(id("12a").1.to_string().contains("digits"));
    let own = "[[extension]]\nnumber = \"4711\"\nhotdesk_id = \"4711\"\n[[extension]]\nnumber = \"1234\"\nhotdesk_id = \"1234\"";
    assert!(read_good(own).notes.is_empty());
}

#[test]
fn a_short_id_is_noted_where_there_are_other_tenants() {
    let ada = "[[extension]]\nnumber = \"100\"\nhotdesk = true\nhotdesk_id = \"4083\"\n";
    assert!(read_good(ada).notes.is_empty());
    let notes = read_good(&format!("[[tenant]]\nid = \"a\"\nname = \"A\"\ncountry = \"GB\"\n{ada}")).notes;
    assert!(matches!(&notes[0].kind, FaultKind::Extension(ExtensionFault::IdTooShort(_))));
    assert_eq!((notes.len(), notes[0].line), (1, Some(11)));
}

#[test]
fn f7_i18_every_pin_keeps_the_same_rules() {
    let pin = |pin: &str| one_fault(&format!("{EXTENSION}hotdesk_id = \"408317\"\nhotdesk_pin = \"{pin}\""));
    assert_eq!(pin("123"), (7, ExtensionFault::PinNotDigits.into()));
    assert_eq!(pin("1234"), (7, ExtensionFault::PinTooEasy.into()));
    assert_eq!(pin("408317"), (7, ExtensionFault::PinIsTheId.into()));
    let number = one_fault("[[extension]]\nnumber = \"4711\"\nhotdesk_pin = \"4711\"");
    assert_eq!(number, (6, ExtensionFault::PinIsTheNumber.into()));
    assert_eq!(one_fault("company_pin = \"1111\""), (4, ExtensionFault::PinTooEasy.into()));
    let known = one_fault("company_pin = \"4711\"\n[[extension]]\nnumber = \"4711\"");
    assert_eq!(known, (4, OfficeFault::CompanyPinIsANumber.into()));
}

#[test]
fn forwards_lead_somewhere_else() {
    let forward = |to: &str| one_fault(&format!("{EXTENSION}forwards = {{ busy = \"{to}\" }}"));
    assert_eq!(forward("100"), (6, ExtensionFault::ForwardToItself.into()));
    assert_eq!(forward("mum"), (6, ExtensionFault::NotDialable("mum".into()).into()));
}

#[test]
fn a_phone_with_an_owner_may_be_borrowed_and_a_hot_desk_need_not() {
    let owned =
        format!("{EXTENSION}{}borrowable = true\n", PHONE.replace("hotdesk = true", "extension = \"100\""));
    assert_eq!(read_good(&owned).wish.devices[0].own.borrowable, Some(true));
    assert_eq!(one_fault(&format!("{PHONE}borrowable = true")), (8, DeviceFault::HotDeskIsBorrowed.into()));
}

#[test]
fn what_a_phone_is_told_besides_is_bounded() {
    let long = "x".repeat(1_501);
    assert_eq!(one_fault(&format!("{PHONE}extra = \"{long}\"")), (8, TextFault::TooLong(1_500).into()));
    assert!(matches!(one_fault(&format!("{PHONE}extra = \"a = 1\"")), (8, FaultKind::Device(_))));
    let template = |extra: &str| one_fault(&format!("[template.device.far]\nextra = \"{extra}\""));
    assert_eq!(template(&long), (5, TextFault::TooLong(1_500).into()));
    assert_eq!(template("a\\u0000b"), (5, TextFault::Unprintable.into()));
    let (line, kind) = one_fault(&format!("{PHONE}server = \"192.0.2.700\""));
    assert!(line == 8 && kind.to_string().contains("without a port"), "{kind}");
    assert_eq!(
        one_fault(&format!("{PHONE}emergency_caller = \"hall\"")),
        (8, ExtensionFault::NotDialable("hall".into()).into())
    );
}
