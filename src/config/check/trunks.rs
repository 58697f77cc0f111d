//! The rules of trunks: they can be told apart, their numbers are numbers, and whom they call is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Scope, check_name, is_host};
use crate::config::fault::{ExtensionFault, OfficeFault, Part, TextFault, Thing};
use crate::config::rules::{MAX_INBOUND, MAX_TRUNKS};
use crate::model::{ExtensionNumber, Trunk, is_same_number};

pub(super) fn check(scope: &Scope<'_>, numbers: &BTreeSet<&ExtensionNumber>, findings: &mut Findings) {
    let trunks = &scope.settings.trunks;
    if trunks.len() > MAX_TRUNKS {
        findings.fault(Part::Office(scope.whose).at("trunk"), TextFault::TooMany(Thing::Trunk, MAX_TRUNKS));
    }
    let mut seen = BTreeMap::new();
    for (index, trunk) in trunks.iter().enumerate() {
        let part = Part::Trunk(scope.whose, index);
        match (trunk.name.as_str(), seen.get(trunk.name.as_str())) {
            ("", _) if trunks.len() > 1 => findings.fault(part.at("name"), OfficeFault::TrunkWithoutName),
            ("", _) => {}
            (name, Some(first)) => findings.twice(Thing::Trunk, name, *first, part.at("name")),
            (name, None) => {
                check_name(part.at("name"), name, findings);
                seen.insert(name, part.at("name"));
            }
        }
        if !is_host(&trunk.host) {
            findings.fault(part.at("host"), OfficeFault::NotAHost(trunk.host.clone()));
        }
        if trunk.password.is_some() && trunk.user.is_none() {
            findings.fault(part.at("password"), OfficeFault::PasswordWithoutUser);
        }
        if let Some(shown) = trunk.shown.as_ref().filter(|shown| !is_telephone_number(shown)) {
            findings.fault(part.at("shown"), OfficeFault::NotANumber(shown.clone()));
        }
        if let Some(prefix) = trunk.prefix.as_ref().filter(|prefix| !is_prefix(prefix)) {
            findings.fault(part.at("prefix"), OfficeFault::NotAPrefix(prefix.clone()));
        }
        check_inbound((scope, index), trunk, numbers, findings);
    }
}

fn check_inbound(
    (scope, index): (&Scope<'_>, usize),
    trunk: &Trunk,
    numbers: &BTreeSet<&ExtensionNumber>,
    findings: &mut Findings,
) {
    let whose = scope.whose;
    if trunk.inbound.len() > MAX_INBOUND {
        let fault = TextFault::TooMany(Thing::Inbound, MAX_INBOUND);
        findings.fault(Part::Trunk(whose, index).at("inbound"), fault);
    }
    for (position, inbound) in trunk.inbound.iter().enumerate().take(MAX_INBOUND) {
        let part = Part::Inbound(whose, index, position);
        if !is_telephone_number(&inbound.number) {
            findings.fault(part.at("number"), OfficeFault::NotANumber(inbound.number.clone()));
        }
        let first = trunk.inbound.iter().position(|one| is_same_number(&one.number, &inbound.number));
        if let Some(first) = first.filter(|first| *first < position) {
            let first = Part::Inbound(whose, index, first).at("number");
            findings.twice(Thing::Inbound, &inbound.number, first, part.at("number"));
        }
        if !numbers.contains(&inbound.extension) {
            findings.fault(part.at("extension"), ExtensionFault::Unknown(inbound.extension.clone()));
        } else if inbound.extension.tenant() != scope.tenant {
            findings.fault(part.at("extension"), ExtensionFault::OfAnotherTenant(inbound.extension.clone()));
        }
    }
}

fn is_telephone_number(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (2..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_prefix(prefix: &str) -> bool {
    (1..=4).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit())
}
