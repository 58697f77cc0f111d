//! The rules of extensions: one number each, values that hold together, and keys and forwards that lead somewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Scope, check_name, check_range, is_dialable, is_easy_to_guess, values};
use crate::config::fault::{ExtensionFault, Part, TenantFault, TextFault, Thing};
use crate::config::rules::{MAX_EXTENSIONS, MAX_KEYS, RING_SECONDS};
use crate::model::{Extension, ExtensionNumber, Forwards, HotdeskId, KeyWish, OfficeWish, Secret};

/// Checks every extension.
pub(super) fn check(
    wish: &OfficeWish,
    scopes: &[Scope],
    numbers: &BTreeSet<&ExtensionNumber>,
    findings: &mut Findings,
) {
    let extensions = &wish.extensions;
    if extensions.len() > MAX_EXTENSIONS {
        findings.fault(Part::File.at("extension"), TextFault::TooMany(Thing::Extension, MAX_EXTENSIONS));
    }
    let mut seen = BTreeMap::new();
    for (index, extension) in extensions.iter().enumerate() {
        let part = Part::Extension(index);
        let number = &extension.number;
        match seen.get(number) {
            Some(first) => findings.twice(Thing::Extension, number, *first, part.at("number")),
            None => {
                seen.insert(number, part.at("number"));
            }
        }
        if !wish.has_tenant(number.tenant()) {
            findings.fault(part.at("number"), TenantFault::Unknown(number.tenant().clone()));
        }
        check_alone(part, Some(number), Sayings::of(extension), findings);
        check_forwards(Part::Forwards(index), number, &extension.forwards, findings);
        for (position, key) in extension.keys.iter().take(MAX_KEYS).enumerate() {
            check_key(Part::Key(index, position), (number, key), numbers, findings);
        }
    }
    for scope in scopes {
        check_of_tenant(scope, findings);
    }
}

/// What an extension says that can be checked whether or not its number is known.
pub(in crate::config) struct Sayings<'w> {
    pub name: &'w str,
    pub pin: Option<&'w Secret>,
    pub hotdesk_pin: Option<&'w Secret>,
    pub hotdesk_id: Option<&'w HotdeskId>,
    pub keys: &'w [KeyWish],
}

impl<'w> Sayings<'w> {
    fn of(extension: &'w Extension) -> Self {
        Self {
            name: &extension.name,
            pin: extension.pin.as_ref(),
            hotdesk_pin: extension.hotdesk_pin.as_ref(),
            hotdesk_id: extension.hotdesk_id.as_ref(),
            keys: &extension.keys,
        }
    }
}

/// Checks what an extension says of itself, whatever else the office has; `number` is `None` where it cannot be read.
pub(in crate::config) fn check_alone(
    part: Part,
    number: Option<&ExtensionNumber>,
    says: Sayings,
    findings: &mut Findings,
) {
    check_name(part.at("name"), says.name, findings);
    for (field, pin) in [("pin", says.pin), ("hotdesk_pin", says.hotdesk_pin)] {
        let pin = pin.filter(|pin| !pin.expose().is_empty());
        if let Some(flaw) = pin.and_then(|pin| pin_flaw(pin, number, says.hotdesk_id)) {
            findings.fault(part.at(field), flaw);
        }
    }
    if says.keys.len() > MAX_KEYS {
        findings.fault(part.at("keys"), TextFault::TooMany(Thing::Key, MAX_KEYS));
    }
}

/// What is wrong with a PIN (F7): its length, or that it is easy to guess.
pub(super) fn pin_flaw(
    pin: &Secret,
    number: Option<&ExtensionNumber>,
    id: Option<&HotdeskId>,
) -> Option<ExtensionFault> {
    let digits = pin.expose();
    if !(4..=10).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        Some(ExtensionFault::PinNotDigits)
    } else if number.is_some_and(|number| number.digits() == digits) {
        Some(ExtensionFault::PinIsTheNumber)
    } else if id.is_some_and(|id| id.as_str() == digits) {
        Some(ExtensionFault::PinIsTheId)
    } else if is_easy_to_guess(digits) {
        Some(ExtensionFault::PinTooEasy)
    } else {
        None
    }
}

fn check_forwards(part: Part, own: &ExtensionNumber, forwards: &Forwards, findings: &mut Findings) {
    for (field, number) in [
        ("always", &forwards.always),
        ("busy", &forwards.busy),
        ("unanswered", &forwards.unanswered),
        ("unreachable", &forwards.unreachable),
    ] {
        values::check_number(part.at(field), number.as_deref(), findings);
        if number.as_deref() == Some(own.digits()) {
            findings.fault(part.at(field), ExtensionFault::ForwardToItself);
        }
    }
    check_range(part.at("ring_seconds"), forwards.ring_seconds, RING_SECONDS, findings);
}

fn check_key(
    part: Part,
    (owner, key): (&ExtensionNumber, &KeyWish),
    numbers: &BTreeSet<&ExtensionNumber>,
    findings: &mut Findings,
) {
    let label = match key {
        KeyWish::Lamp { extension, label } => {
            if !numbers.contains(extension) {
                findings.fault(part.at("lamp"), ExtensionFault::Unknown(extension.clone()));
            } else if extension.tenant() != owner.tenant() {
                findings.fault(part.at("lamp"), ExtensionFault::OfAnotherTenant(extension.clone()));
            }
            label
        }
        KeyWish::Speed { number, label } => {
            if !is_dialable(number) {
                findings.fault(part.at("speed"), ExtensionFault::NotDialable(number.clone()));
            }
            label
        }
    };
    check_name(part.at("label"), label, findings);
}

/// What the tenant's templates, trunk and country say of its extensions.
fn check_of_tenant(scope: &Scope, findings: &mut Findings) {
    let templates = &scope.settings.templates.extensions;
    for (index, extension) in scope.extensions() {
        let part = Part::Extension(index);
        values::check_extension(part, &extension.own, scope.settings, findings);
        if let Some(name) = extension.template.as_ref().filter(|name| !templates.contains_key(name)) {
            findings.fault(part.at("template"), TenantFault::NoTemplate(name.clone()));
        }
        let number = &extension.number;
        if let Some((country, emergency)) = scope.emergency_behind(number.digits()) {
            let fault = ExtensionFault::BeginsWithEmergency { number: number.clone(), emergency, country };
            findings.fault(part.at("number"), fault);
        }
    }
}
