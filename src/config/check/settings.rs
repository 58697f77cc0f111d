//! The rules of a tenant's settings: each tenant by itself, and no two with one SIP domain.

use std::collections::{BTreeMap, BTreeSet};

use super::extensions::pin_flaw;
use super::{Findings, Scope, canonical_time_zone, check_name, check_range, check_words};
use super::{is_domain_name, trunks, values};
use crate::config::fault::TemplateKind;
use crate::config::fault::{ExtensionFault, OfficeFault, Part, TextFault, Thing};
use crate::config::rules::{
    AUDIT_DAYS, LOCKOUT_MINUTES, LOGOUT_MINUTES, MAX_EMERGENCY_NUMBERS, MAX_NETWORKS, MAX_TEMPLATES,
    MAX_TENANTS, Rules,
};
use crate::model::{AutoLogout, ExtensionNumber, Secret};

/// Checks the settings of one tenant.
pub(super) fn check(scope: &Scope, numbers: &BTreeSet<&ExtensionNumber>, findings: &mut Findings) {
    let settings = scope.settings;
    let office = Part::Office(scope.whose);
    check_name(office.at("name"), &settings.name, findings);
    if let Some(country) = settings.country.filter(|_| scope.emergency.is_none()) {
        findings.fault(office.at("country"), OfficeFault::UnknownCountry(country));
    }
    if canonical_time_zone(&settings.timezone).is_none() {
        findings.fault(office.at("timezone"), OfficeFault::UnknownTimeZone(settings.timezone.clone()));
    }
    if !is_domain_name(&settings.realm) {
        findings.fault(office.at("realm"), OfficeFault::NotADomain(settings.realm.clone()));
    }
    if let Some(number) = &settings.emergency_extension {
        let place = office.at("emergency_extension");
        if !numbers.contains(number) {
            findings.fault(place, ExtensionFault::Unknown(number.clone()));
        } else if number.tenant() != scope.tenant {
            findings.fault(place, ExtensionFault::OfAnotherTenant(number.clone()));
        }
    }
    trunks::check(scope, numbers, findings);
    let minutes = Some(settings.lockout_minutes);
    check_range(office.at("lockout_minutes"), minutes, LOCKOUT_MINUTES, findings);
    check_range(office.at("audit_days"), Some(settings.audit_days), AUDIT_DAYS, findings);
    check_auto_logout(scope, &settings.auto_logout, findings);
    check_networks(scope, findings);
    check_templates(scope, findings);
    if let Some(pin) = settings.company_pin.as_ref().filter(|pin| !pin.expose().is_empty()) {
        check_company_pin(scope, pin, findings);
    }
}

/// A tenant's own emergency numbers: each once, and a word about those of the country that are not among them (B8).
pub(super) fn check_emergency_numbers(scope: &Scope, rules: &Rules, findings: &mut Findings) {
    let (Some(own), Some(country)) = (&scope.settings.emergency_numbers, scope.settings.country) else {
        return;
    };
    let place = Part::Office(scope.whose).at("emergency_numbers");
    if own.len() > MAX_EMERGENCY_NUMBERS {
        findings.fault(place, TextFault::TooMany(Thing::EmergencyNumber, MAX_EMERGENCY_NUMBERS));
    }
    let twice = own.iter().enumerate().find(|(index, number)| own[..*index].contains(number));
    if let Some((_, number)) = twice {
        findings.twice(Thing::EmergencyNumber, number, place, place);
    }
    let left_out = (rules.numbers_of_country)(country).into_iter();
    let left_out: Vec<String> =
        left_out.filter(|number| own.iter().all(|own| own.as_str() != number)).collect();
    if !left_out.is_empty() {
        findings.note(place, OfficeFault::EmergencyNumbersLeftOut { country, numbers: left_out });
    }
}

/// The company PIN keeps the rules of each extension's own (F7, F9).
fn check_company_pin(scope: &Scope, pin: &Secret, findings: &mut Findings) {
    let place = Part::Office(scope.whose).at("company_pin");
    if let Some(flaw) = pin_flaw(pin, None, None) {
        findings.fault(place, flaw);
    }
    // Whose number it is remains unsaid: it would tell the PIN.
    let is_known = scope.extensions().any(|(_, extension)| {
        pin.is(extension.number.digits())
            || extension.hotdesk_id.as_ref().is_some_and(|id| pin.is(id.as_str()))
    });
    if is_known {
        findings.fault(place, OfficeFault::CompanyPinIsANumber);
    }
}

fn check_auto_logout(scope: &Scope, auto_logout: &AutoLogout, findings: &mut Findings) {
    let part = Part::AutoLogout(scope.whose);
    for (field, minutes) in
        [("after", auto_logout.after), ("idle", auto_logout.idle), ("gone", auto_logout.gone)]
    {
        check_range(part.at(field), minutes, LOGOUT_MINUTES, findings);
    }
}

fn check_networks(scope: &Scope, findings: &mut Findings) {
    let networks = &scope.settings.trusted_networks;
    if networks.len() > MAX_NETWORKS {
        let place = Part::Office(scope.whose).at("trusted_networks");
        findings.fault(place, TextFault::TooMany(Thing::Network, MAX_NETWORKS));
    }
    let mut seen = BTreeMap::new();
    for (index, trusted) in networks.iter().enumerate().take(MAX_NETWORKS) {
        let part = Part::Network(scope.whose, index);
        check_words(part.at("description"), &trusted.description, findings);
        match seen.get(&trusted.network) {
            Some(first) => findings.twice(Thing::Network, trusted.network, *first, part.at("network")),
            None => {
                seen.insert(trusted.network, part.at("network"));
            }
        }
    }
}

fn check_templates(scope: &Scope, findings: &mut Findings) {
    let templates = &scope.settings.templates;
    let counts = [
        ("extension", templates.extensions.len()),
        ("account", templates.accounts.len()),
        ("device", templates.devices.len()),
    ];
    for (field, _) in counts.into_iter().filter(|(_, count)| *count > MAX_TEMPLATES) {
        let place = Part::Office(scope.whose).at(field);
        findings.fault(place, TextFault::TooMany(Thing::Template, MAX_TEMPLATES));
    }
    let part = |kind| move |index| Part::Template(scope.whose, kind, index);
    for (index, one) in templates.extensions.values().enumerate() {
        values::check_extension(part(TemplateKind::Extension)(index), one, scope.settings, findings);
    }
    for (index, one) in templates.accounts.values().enumerate() {
        values::check_account(part(TemplateKind::Account)(index), one, findings);
    }
    for (index, one) in templates.devices.values().enumerate() {
        values::check_device(part(TemplateKind::Device)(index), one, scope.settings, findings);
    }
}

/// A request's tenant is that of its SIP domain, so no two tenants have one.
pub(super) fn check_realms(scopes: &[Scope], findings: &mut Findings) {
    if scopes.len() > MAX_TENANTS {
        findings.fault(Part::File.at("tenant"), TextFault::TooMany(Thing::Tenant, MAX_TENANTS));
    }
    let mut seen = BTreeMap::new();
    for scope in scopes {
        let place = Part::Office(scope.whose).at("realm");
        let realm = scope.settings.realm.to_ascii_lowercase();
        match seen.get(&realm) {
            Some(first) => findings.twice(Thing::Realm, realm, *first, place),
            None => {
                seen.insert(realm, place);
            }
        }
    }
}
