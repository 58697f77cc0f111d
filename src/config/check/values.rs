//! The rules of values that a thing or its template says.

use super::{Findings, check_range, is_dialable, is_unprintable};
use crate::config::fault::{ExtensionFault, Part, Place, TenantFault, TextFault};
use crate::config::rules::{CALLS, MAX_EXTRA, REGISTER_EVERY};
use crate::model::{AccountValues, DeviceValues, ExtensionValues, OfficeSettings, TemplateName};

/// Checks what an extension or its template says.
pub(super) fn check_extension(
    part: Part,
    values: &ExtensionValues,
    settings: &OfficeSettings,
    findings: &mut Findings,
) {
    check_range(part.at("busy_level"), values.busy_level, CALLS, findings);
    check_range(part.at("max_calls"), values.max_calls, CALLS, findings);
    check_number(part.at("caller_id"), values.caller_id.as_deref(), findings);
    check_account_template(part, values.account_template.as_ref(), settings, findings);
    let is_there = |name: &String| settings.trunks.iter().any(|trunk| trunk.is_called(name));
    if let Some(name) = values.trunk.as_ref().filter(|name| !is_there(name)) {
        findings.fault(part.at("trunk"), TenantFault::NoTrunk(name.clone()));
    }
}

/// Checks what a SIP account template says.
pub(super) fn check_account(part: Part, values: &AccountValues, findings: &mut Findings) {
    check_range(part.at("register_every"), values.register_every, REGISTER_EVERY, findings);
}

/// Checks what a device or its template says.
pub(super) fn check_device(
    part: Part,
    values: &DeviceValues,
    settings: &OfficeSettings,
    findings: &mut Findings,
) {
    check_account_template(part, values.account_template.as_ref(), settings, findings);
    // Those of a device are read in its maker's form, in `devices`.
    if let Some(extra) = values.extra.as_ref().filter(|_| matches!(part, Part::Template(..))) {
        let is_odd = |c: char| is_unprintable(c) && !matches!(c, '\n' | '\t');
        if extra.len() > MAX_EXTRA {
            findings.fault(part.at("extra"), TextFault::TooLong(MAX_EXTRA));
        } else if extra.trim().is_empty() {
            findings.fault(part.at("extra"), TextFault::Empty);
        } else if extra.chars().any(is_odd) {
            findings.fault(part.at("extra"), TextFault::Unprintable);
        }
    }
}

/// A number that is dialled or shown.
pub(super) fn check_number(place: Place, number: Option<&str>, findings: &mut Findings) {
    if let Some(number) = number.filter(|number| !is_dialable(number)) {
        findings.fault(place, ExtensionFault::NotDialable(number.to_owned()));
    }
}

fn check_account_template(
    part: Part,
    name: Option<&TemplateName>,
    settings: &OfficeSettings,
    findings: &mut Findings,
) {
    if let Some(name) = name.filter(|name| !settings.templates.accounts.contains_key(name)) {
        findings.fault(part.at("account_template"), TenantFault::NoTemplate(name.clone()));
    }
}
