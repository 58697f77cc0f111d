//! `[[tenant]]`, profiles of codes, and what must not cross from one tenant to another.

use super::*;
use crate::config::fault::TenantFault;
use crate::model::{Profile, TenantId};

const ACME: &str = "[[tenant]]\nid = \"acme\"\nname = \"Acme\"\ncountry = \"GB\"\n";

fn acme() -> TenantId {
    "acme".parse().expect("a tenant")
}

fn read_good(lines: &str) -> Draft {
    let text = format!("[office]\nname = \"R\"\ncountry = \"IT\"\n{lines}");
    rules(|rules| read(&text, rules)).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

#[test]
fn a_tenant_says_what_the_office_may_say_and_its_plan_and_templates() {
    let lines = format!(
        "{ACME}realm = \"Voice.Acme.example\"\ncompany_pin = \"730461\"\nplan = \"kazoo\"\n\
         emergency_extension = \"100@acme\"\n[[tenant.trunk]]\nhost = \"sip.acme.example\"\n\
         [tenant.template.extension.sales]\nhotdesk = true\n\
         [[extension]]\nnumber = \"100@acme\"\ntemplate = \"sales\"\npin = \"5083\"\n\
         [[device]]\nname = \"hall\"\nmodel = \"generic\"\nextension = \"100@acme\"\n"
    );
    let wish = read_good(&lines).wish;
    let settings = &wish.others[&acme()];
    assert_eq!(settings.realm, "voice.acme.example");
    assert!(settings.company_pin.as_ref().is_some_and(|pin| pin.is("730461")));
    assert_eq!(settings.plan, Plan::profile(Profile::Kazoo));
    assert_eq!(settings.trunks.first().map(|trunk| trunk.port), Some(5060));
    assert!(wish.settings_of(&acme()).values_of(&wish.extensions[0]).may_hotdesk());
    assert_eq!((&wish.extensions[0].name[..], &wish.devices[0].tenant), ("100", &acme()));
}

#[test]
fn no_two_tenants_have_one_name_or_one_sip_domain() {
    let twice = |thing, value: &str, first| {
        FaultKind::from(TextFault::Twice { thing, value: value.to_owned(), first })
    };
    assert_eq!(one_fault(&format!("{ACME}{ACME}")), (8, twice(Thing::Tenant, "acme", None)));
    assert_eq!(
        one_fault(&format!("{ACME}realm = \"Office.perch.local\"")),
        (8, twice(Thing::Realm, "office.perch.local", Some(1)))
    );
    let beta = ACME.replace("acme", "beta");
    let (line, _) = one_fault(&format!("{beta}{ACME}realm = \"beta.perch.local\""));
    assert!(line == 12 || line == 4, "{line}");
    let office = ACME.replace("acme", "office");
    assert_eq!(one_fault(&office), (4, TenantFault::IsTheFirst.into()));
}

#[test]
fn extensions_and_phones_belong_to_a_tenant_that_is_there() {
    let nobody = "[[extension]]\nnumber = \"100@acme\"\n";
    assert_eq!(one_fault(nobody), (5, TenantFault::Unknown(acme()).into()));
    let phone = "[[device]]\nname = \"hall\"\nmodel = \"generic\"\nhotdesk = true\ntenant = \"acme\"\n";
    assert_eq!(one_fault(phone), (8, TenantFault::Unknown(acme()).into()));
}

#[test]
fn nothing_of_one_tenant_names_an_extension_of_another() {
    let both = format!("{ACME}[[extension]]\nnumber = \"100@acme\"\n[[extension]]\nnumber = \"101\"\n");
    let owned = format!(
        "{both}[[device]]\nname = \"hall\"\nmodel = \"generic\"\nextension = \"101\"\ntenant = \"acme\"\n"
    );
    let fault = DeviceFault::OfTwoTenants { tenant: acme(), owner: number("101") };
    assert_eq!(one_fault(&owned), (15, fault.into()));
    let foreign = |text: &str| FaultKind::from(ExtensionFault::OfAnotherTenant(number(text)));
    assert_eq!(one_fault(&format!("{both}keys = [{{ lamp = \"100@acme\" }}]\n")), (12, foreign("100@acme")));
    let both = both.replace("country = \"GB\"\n", "country = \"GB\"\nemergency_extension = \"101\"\n");
    assert_eq!(one_fault(&both), (8, foreign("101")));
}

#[test]
fn each_tenant_has_its_own_country_templates_and_codes() {
    // 999 is an emergency number of one country and a number like any other in the other.
    let mine = format!("{ACME}[[extension]]\nnumber = \"999\"\n");
    assert!(read_good(&mine).notes.is_empty());
    let theirs = format!("{ACME}[[extension]]\nnumber = \"999@acme\"\n");
    assert!(matches!(
        one_fault(&theirs),
        (9, FaultKind::Extension(ExtensionFault::BeginsWithEmergency { .. }))
    ));
    let template = "[template.extension.sales]\nhotdesk = true\n";
    let theirs = format!("{template}{ACME}[[extension]]\nnumber = \"100@acme\"\ntemplate = \"sales\"\n");
    assert!(matches!(one_fault(&theirs), (12, FaultKind::Tenant(TenantFault::NoTemplate(_)))));
    let codes = format!(
        "{ACME}plan = [\n{{ code = \"*1\", feature = \"logout\" }},\n{{ code = \"*1\", feature = \"toggle\" }}]\n"
    );
    let collide = PlanFault::CodesCollide("*1".to_owned(), "*1".to_owned());
    assert_eq!(one_fault(&codes), (10, collide.into()));
}

#[test]
fn tenants_are_bounded() {
    let many: String = (0..20).map(|at| ACME.replace("acme", &format!("t{at}"))).collect();
    let found = faults(&format!("[office]\nname = \"R\"\ncountry = \"IT\"\n{many}"));
    let bound = FaultKind::from(TextFault::TooMany(Thing::Tenant, 16));
    assert!(found.iter().any(|(_, kind)| *kind == bound), "{found:#?}");
}

#[test]
fn codes_are_named_by_a_profile_in_every_place_of_the_plan() {
    let kazoo = Plan::profile(Profile::Kazoo);
    let head = "plan = \"kazoo\"\n[office]\nname = \"R\"\ncountry = \"IT\"\n";
    let draft = rules(|rules| read(head, rules)).expect("a good file");
    assert_eq!(draft.wish.settings.plan, kazoo);
    assert_eq!(read_good("[plan]\nprofile = \"kazoo\"").wish.settings.plan, kazoo);
    assert_eq!(read_good(&format!("{ACME}plan = \"kazoo\"")).wish.others[&acme()].plan, kazoo);
    let (line, kind) = one_fault("[plan]\nprofile = \"asterisk\"");
    assert!(line == 5 && kind.to_string().contains("kalliope"), "{kind}");
    let both = one_fault("[plan]\nprofile = \"all\"\nentries = []");
    assert_eq!(both, (5, TextFault::WrongForm(Form::Profile).into()));
}
