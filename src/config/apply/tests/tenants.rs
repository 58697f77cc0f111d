//! Tenants, templates and secrets that are taken away: what edits do, and what they refuse.

use super::*;
use crate::config::fault::{Fault, TemplateKind, TenantFault};
use crate::model::{OfficeSettings, Plan, TemplateName, TenantId};

const ACME: &str = "[[tenant]]\nid = \"acme\"\nname = \"Acme\"\ncountry = \"GB\"\n";
const EVE: &str = "[[extension]]\nnumber = \"100@acme\"\nname = \"Eve\"\nhotdesk = true\npin = \"5083\"\n";

fn acme() -> TenantId {
    "acme".parse().expect("a tenant")
}

fn kinds(refused: Result<Vec<Change>, Vec<Fault>>) -> Vec<FaultKind> {
    refused.expect_err("a refusal").into_iter().map(|fault| fault.kind).collect()
}

#[test]
fn f4_a_new_tenant_starts_with_every_code_off_and_a_file_that_names_no_plan_means_all() {
    let office = office(&[HEAD, ACME].concat());
    assert_eq!(office.settings.plan, Plan::default());
    assert_eq!(office.others[&acme()].plan, Plan::off());
    assert_eq!(office.others[&acme()].realm, "acme.perch.local");
}

#[test]
fn a_tenant_with_things_in_it_cannot_vanish() {
    let office = office(&[HEAD, ACME, EVE].concat());
    let remove = |office: &Office| rules(|rules| remove_tenant(office, &acme(), rules, fresh(1)));
    let things = vec!["100@acme".to_owned()];
    assert_eq!(kinds(remove(&office)), [TenantFault::NotEmpty { tenant: acme(), things }.into()]);
    let (empty, _) = applied(&office, &[HEAD, ACME]);
    assert_eq!(remove(&empty), Ok(vec![Change::TenantRemoved(acme())]));
    let first = rules(|rules| remove_tenant(&office, &TenantId::FIRST, rules, fresh(1)));
    assert_eq!(kinds(first), [TenantFault::FirstStays.into()]);

    let (_, diff) = applied(&office, &[HEAD]);
    assert_eq!(diff.lines(), ["- tenant acme Acme", "- extension 100@acme Eve"]);
    assert!(diff.removes_more_than_a_tenth, "somebody is asked first");
}

#[test]
fn the_same_number_in_two_tenants_is_two_extensions() {
    let office = office(&[HEAD, ADA, ACME, EVE].concat());
    assert_eq!(office.extensions.len(), 2);
    let (_, diff) = applied(&office, &[HEAD, ADA, ACME, &EVE.replace("Eve", "Mel")]);
    assert_eq!(diff.lines(), ["~ extension 100@acme Mel: was called Eve"]);
}

#[test]
fn a_company_pin_left_out_stays_and_goes_when_it_is_said_to() {
    let with_pin = format!("{HEAD}company_pin = \"730461\"\n");
    let office = office(&[&with_pin, ADA].concat());
    assert!(office.settings.company_pin.as_ref().is_some_and(|pin| pin.is("730461")));
    assert!(applied(&office, &[HEAD, ADA]).1.is_empty());
    let (without, diff) = applied(&office, &[HEAD, "company_pin = \"none\"\n", ADA]);
    assert_eq!(without.settings.company_pin, None);
    assert_eq!(diff.lines(), ["~ no company PIN any more"]);
    assert!(!export(&office, Secrets::LeftOut).contains("730461"));
    assert!(export(&office, Secrets::Shown).contains("company_pin = \"730461\""));
}

#[test]
fn a_hot_desk_pin_left_out_stays_and_goes_when_it_is_said_to() {
    let with_pin = format!("{ADA}hotdesk_pin = \"91827\"\n");
    let office = office(&[HEAD, &with_pin].concat());
    let ada = |office: &Office| office.extensions[&number("100")].login_pin().cloned();
    assert_eq!(ada(&office), Some(Secret::new("91827")));
    assert!(applied(&office, &[HEAD, ADA]).1.is_empty());
    let (without, diff) = applied(&office, &[HEAD, ADA, "hotdesk_pin = \"none\"\n"]);
    assert_eq!(ada(&without), Some(Secret::new("4071")));
    assert_eq!(diff.lines(), ["~ extension 100 Ada: no hot-desk PIN any more"]);
}

#[test]
fn p8_whoever_needs_no_pin_is_given_none() {
    let free = "[[extension]]\nnumber = \"100\"\nhotdesk = true\npin_required = false\n";
    assert_eq!(office(&[HEAD, free].concat()).extensions[&number("100")].pin, None);
    let (after, _) = applied(&office(&[HEAD, free].concat()), &[HEAD, &free.replace("false", "true")]);
    assert!(after.extensions[&number("100")].pin.is_some());
}

#[test]
fn k21_k23_k25_what_a_template_says_holds_until_the_extension_says_otherwise() {
    let template = "[template.account.quick]\nregister_every = 60\n\
                    [template.extension.desk]\nhotdesk = true\naccount_template = \"quick\"\n";
    let eve = "[[extension]]\nnumber = \"103\"\ntemplate = \"desk\"\n";
    let office = office(&[HEAD, template, eve].concat());
    let values = |office: &Office| office.values_of(&office.extensions[&number("103")]);
    assert!(values(&office).may_hotdesk() && values(&office).account_template.is_some());
    assert!(office.extensions[&number("103")].pin.is_some(), "who may hot desk by template gets a PIN too");
    let (after, diff) = applied(&office, &[HEAD, template, eve, "hotdesk = false\nbusy_level = 2\n"]);
    assert!(!values(&after).may_hotdesk());
    assert_eq!(diff.lines(), ["~ extension 103 103: busy_level 2"]);
}

#[test]
fn a_template_that_is_used_cannot_vanish() {
    let template = "[template.extension.desk]\nhotdesk = true\n[template.account.quick]\ntcp = true\n";
    let eve = "[[extension]]\nnumber = \"103\"\ntemplate = \"desk\"\n";
    let office = office(&[HEAD, template, eve].concat());
    let name = |text: &str| text.parse::<TemplateName>().expect("a name");
    let remove = |kind, text: &str| {
        rules(|rules| remove_template(&office, &TenantId::FIRST, (kind, &name(text)), rules, fresh(1)))
    };
    let used = TenantFault::TemplateInUse { name: name("desk"), users: vec!["103".to_owned()] };
    assert_eq!(kinds(remove(TemplateKind::Extension, "desk")), [used.into()]);
    assert!(matches!(remove(TemplateKind::Account, "quick").as_deref(), Ok([Change::Settings(_)])));
    assert_eq!(kinds(remove(TemplateKind::Device, "desk")), [TenantFault::NoTemplate(name("desk")).into()]);
}

#[test]
fn a_phone_accepted_for_somebody_of_another_tenant_moves_there() {
    let mut office = office(&[HEAD, ACME, EVE].concat());
    seen(&mut office, 4, "80:5e:c0:11:22:33");
    let owner = DeviceMode::Owned(number("100@acme"));
    let changes = rules(|rules| accept_device(&office, DeviceId(4), owner, rules, fresh(1)));
    let after = after(&office, &changes.expect("a phone that waits"));
    assert_eq!(device(&after, 4).tenant, acme());
}

#[test]
fn a_country_of_a_tenant_is_refused_where_an_id_is_an_emergency_number_there() {
    let eve = format!("{EVE}hotdesk_id = \"113605\"\n");
    let office = office(&[HEAD, ACME, &eve].concat());
    let settings = OfficeSettings { country: "IT".parse().ok(), ..office.others[&acme()].clone() };
    let put = rules(|rules| put_tenant(&office, &acme(), settings, rules, fresh(1)));
    assert!(matches!(kinds(put)[..], [FaultKind::Extension(ExtensionFault::IdBeginsWithEmergency { .. })]));
}
