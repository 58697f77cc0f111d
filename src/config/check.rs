//! Checks a wish: every rule that an office must keep, whether a file or a page says it.
//!
//! All faults are found at once. The rules of devices and of the numbering plan stand in files of their own; the form of
//! the text (unknown keys, missing keys, wrong types) is the reader's business, in `office_file`.

mod devices;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZoneDatabase;

use super::fault::{ExtensionFault, Fault, FaultKind, OfficeFault, Part, Place, TextFault, Thing};
use super::rules::{MAX_EXTENSIONS, MAX_KEYS, MAX_NAME, Rules};
use crate::model::{Extension, ExtensionNumber, KeyWish, OfficeSettings, OfficeWish, Secret};

/// The line of each value in the file it was read from.
#[derive(Debug, Clone, Default)]
pub struct Lines(BTreeMap<Place, usize>);

impl Lines {
    /// Notes the line of a value.
    pub fn note(&mut self, place: Place, line: usize) {
        self.0.insert(place, line);
    }

    /// The line of a value, else of its table.
    pub fn of(&self, place: Place) -> Option<usize> {
        self.0.get(&place).or_else(|| self.0.get(&place.part.at(""))).copied()
    }
}

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// What must be mended.
    pub faults: Vec<Fault>,
    /// What is worth saying.
    pub notes: Vec<Fault>,
    /// The lines that faults and notes will carry.
    pub lines: Lines,
}

impl Findings {
    pub(super) fn fault(&mut self, place: Place, kind: impl Into<FaultKind>) {
        let fault = Fault { line: self.lines.of(place), place, kind: kind.into() };
        self.faults.push(fault);
    }

    fn note(&mut self, place: Place, kind: impl Into<FaultKind>) {
        let note = Fault { line: self.lines.of(place), place, kind: kind.into() };
        self.notes.push(note);
    }

    fn twice(&mut self, thing: Thing, value: impl ToString, first: Place, second: Place) {
        let fault = TextFault::Twice { thing, value: value.to_string(), first: self.lines.of(first) };
        self.fault(second, fault);
    }
}

/// Finds every fault of a wish.
pub fn check(wish: &OfficeWish, rules: &Rules, findings: &mut Findings) {
    let numbers: BTreeSet<&ExtensionNumber> =
        wish.extensions.iter().map(|extension| &extension.number).collect();
    let emergency = emergency_numbers(&wish.settings, rules);
    check_settings(&wish.settings, &emergency, &numbers, findings);
    check_extensions(&wish.extensions, &numbers, findings);
    check_emergency(wish, emergency.as_deref().unwrap_or_default(), findings);
    devices::check(&wish.devices, &numbers, findings);
    plan::check(wish, emergency.as_deref().unwrap_or_default(), findings);
}

/// Checks what an extension says of itself, whatever else the office has; `number` is `None` where it cannot be read.
pub(super) fn check_extension_alone(
    part: Part,
    number: Option<&ExtensionNumber>,
    extension: (&str, Option<&Secret>, &[KeyWish]),
    findings: &mut Findings,
) {
    let (name, pin, keys) = extension;
    check_name(part.at("name"), name, findings);
    if let Some(flaw) = pin.and_then(|pin| pin_flaw(pin, number)) {
        findings.fault(part.at("pin"), flaw);
    }
    if keys.len() > MAX_KEYS {
        findings.fault(part.at("keys"), TextFault::TooMany(Thing::Key, MAX_KEYS));
    }
}

fn emergency_numbers(settings: &OfficeSettings, rules: &Rules) -> Option<Vec<String>> {
    settings.country.and_then(|country| (rules.emergency_numbers)(country))
}

fn check_settings(
    settings: &OfficeSettings,
    emergency: &Option<Vec<String>>,
    numbers: &BTreeSet<&ExtensionNumber>,
    findings: &mut Findings,
) {
    let office = Part::Office;
    check_name(office.at("name"), &settings.name, findings);
    if let Some(country) = settings.country.filter(|_| emergency.is_none()) {
        findings.fault(office.at("country"), OfficeFault::UnknownCountry(country));
    }
    if canonical_time_zone(&settings.timezone).is_none() {
        findings.fault(office.at("timezone"), OfficeFault::UnknownTimeZone(settings.timezone.clone()));
    }
    if !is_domain_name(&settings.realm) {
        findings.fault(office.at("realm"), OfficeFault::NotADomain(settings.realm.clone()));
    }
    if let Some(number) = settings.emergency_extension.as_ref().filter(|number| !numbers.contains(number)) {
        findings.fault(office.at("emergency_extension"), ExtensionFault::Unknown(number.clone()));
    }
    if let Some(trunk) = settings.trunk.as_ref().filter(|trunk| !is_host(&trunk.host)) {
        findings.fault(Part::Trunk.at("host"), OfficeFault::NotAHost(trunk.host.clone()));
    }
}

fn check_extensions(extensions: &[Extension], numbers: &BTreeSet<&ExtensionNumber>, findings: &mut Findings) {
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
        let values = (extension.name.as_str(), extension.pin.as_ref(), extension.keys.as_slice());
        check_extension_alone(part, Some(number), values, findings);
        for (position, key) in extension.keys.iter().take(MAX_KEYS).enumerate() {
            check_key(Part::Key(index, position), key, numbers, findings);
        }
    }
}

fn check_key(part: Part, key: &KeyWish, numbers: &BTreeSet<&ExtensionNumber>, findings: &mut Findings) {
    let label = match key {
        KeyWish::Lamp { extension, label } => {
            if !numbers.contains(extension) {
                findings.fault(part.at("lamp"), ExtensionFault::Unknown(extension.clone()));
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

fn check_emergency(wish: &OfficeWish, emergency: &[String], findings: &mut Findings) {
    let Some(country) = wish.settings.country else { return };
    for (index, extension) in wish.extensions.iter().enumerate() {
        let number = &extension.number;
        let begins = |emergency: &&String| number.digits().starts_with(emergency.as_str());
        // The longest one that fits is the clearest to tell.
        if let Some(emergency) = emergency.iter().filter(begins).max_by_key(|emergency| emergency.len()) {
            let fault = ExtensionFault::BeginsWithEmergency {
                number: number.clone(),
                emergency: emergency.clone(),
                country,
            };
            findings.fault(Part::Extension(index).at("number"), fault);
        }
    }
}

fn check_name(place: Place, name: &str, findings: &mut Findings) {
    if name.trim().is_empty() {
        findings.fault(place, TextFault::Empty);
    } else if name.chars().count() > MAX_NAME {
        findings.fault(place, TextFault::TooLong(MAX_NAME));
    } else if name.chars().any(is_unprintable) {
        findings.fault(place, TextFault::Unprintable);
    }
}

/// Control characters, blanks without width, and what turns or breaks a line of text on a page or a phone.
pub(super) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{2060}' | '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn pin_flaw(pin: &Secret, number: Option<&ExtensionNumber>) -> Option<ExtensionFault> {
    let pin = pin.expose();
    if !(4..=10).contains(&pin.len()) || !pin.bytes().all(|b| b.is_ascii_digit()) {
        Some(ExtensionFault::PinNotDigits)
    } else if number.is_some_and(|number| number.digits() == pin) {
        Some(ExtensionFault::PinIsTheNumber)
    } else if is_easy_to_guess(pin) {
        Some(ExtensionFault::PinTooEasy)
    } else {
        None
    }
}

/// Whether digits are all the same or run up or down by one, `90` and `09` included.
pub(super) fn is_easy_to_guess(digits: &str) -> bool {
    let steps: BTreeSet<u8> =
        digits.as_bytes().windows(2).map(|pair| (pair[1] + 10 - pair[0]) % 10).collect();
    steps.len() <= 1 && steps.iter().all(|step| matches!(step, 0 | 1 | 9))
}

/// The name of a time zone as the IANA table writes it.
pub(super) fn canonical_time_zone(name: &str) -> Option<String> {
    let zone = TimeZoneDatabase::bundled().get(name).ok()?;
    zone.iana_name().map(ToOwned::to_owned)
}

fn is_dialable(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (1..=32).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'#'))
}

fn is_host(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok() || (is_domain_name(host) && !looks_like_an_address(host))
}

/// Digits and dots alone are meant as an address, so `192.0.2.700` is no name.
fn looks_like_an_address(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn is_domain_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_pins_are_told_from_good_ones() {
        for easy in ["0000", "1111", "1234", "4321", "7890", "0987", "0123456789"] {
            assert!(is_easy_to_guess(easy), "{easy}");
        }
        for good in ["4071", "2580", "1324", "1357", "9802"] {
            assert!(!is_easy_to_guess(good), "{good}");
        }
    }

    #[test]
    fn a_time_zone_is_found_in_any_case_and_written_in_one() {
        assert_eq!(canonical_time_zone("europe/rome").as_deref(), Some("Europe/Rome"));
        assert_eq!(canonical_time_zone("Etc/UTC").as_deref(), Some("Etc/UTC"));
        assert_eq!(canonical_time_zone("Europe/Perchtown"), None);
        assert_eq!(canonical_time_zone("/etc/passwd"), None);
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for good in ["sip.example.com", "192.0.2.7", "2001:db8::1", "pbx"] {
            assert!(is_host(good), "{good}");
        }
        for wrong in ["", "192.0.2.700", "a b", "-x.example", "sip:host", "a..b", "host:5060"] {
            assert!(!is_host(wrong), "{wrong}");
        }
    }
}
