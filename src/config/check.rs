//! Checks a wish: every rule that an office must keep, whether a file or a page says it.
//!
//! All faults are found at once, and each tenant keeps the rules by itself. The rules of settings, extensions, devices and
//! of the numbering plan stand in files of their own; the form of the text (unknown keys, missing keys, wrong types) is the
//! reader's business, in `office_file`.

mod devices;
mod extensions;
mod identity;
mod plan;
mod settings;
mod trunks;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZoneDatabase;

use super::fault::{Fault, FaultKind, Place, TextFault, Thing, Whose};
use super::rules::{MAX_NAME, Rules};
use crate::model::{Country, Extension, ExtensionNumber, OfficeSettings, OfficeWish, TenantId};

pub(super) use extensions::{Sayings, check_alone as check_extension_alone};

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
    let scopes: Vec<Scope> = wish.tenants().enumerate().map(|of| Scope::new(of, wish, rules)).collect();
    for scope in &scopes {
        settings::check(scope, &numbers, findings);
        settings::check_emergency_numbers(scope, rules, findings);
    }
    settings::check_realms(&scopes, findings);
    extensions::check(wish, &scopes, &numbers, findings);
    identity::check(wish, &scopes, findings);
    devices::check(wish, &numbers, findings);
    for scope in &scopes {
        plan::check(scope, findings);
    }
}

/// One tenant as it is checked.
struct Scope<'w> {
    whose: Whose,
    tenant: &'w TenantId,
    settings: &'w OfficeSettings,
    extensions: &'w [Extension],
    emergency: Option<Vec<String>>,
}

impl<'w> Scope<'w> {
    fn new(
        (position, (tenant, settings)): (usize, (&'w TenantId, &'w OfficeSettings)),
        wish: &'w OfficeWish,
        rules: &Rules,
    ) -> Self {
        let emergency = (rules.emergency_numbers)(settings);
        Self { whose: Whose(position), tenant, settings, extensions: &wish.extensions, emergency }
    }

    /// The tenant's extensions, each with its position among all.
    fn extensions(&self) -> impl Iterator<Item = (usize, &'w Extension)> {
        self.extensions.iter().enumerate().filter(|(_, one)| one.number.tenant() == self.tenant)
    }

    /// The longest of the emergency numbers that these digits are or begin with, the clearest to tell; with the country
    /// whose it is, where the tenant has none of its own.
    fn emergency_behind(&self, digits: &str) -> Option<(Option<Country>, String)> {
        let begins = |emergency: &&String| digits.starts_with(emergency.as_str());
        let numbers = self.emergency.as_deref().unwrap_or_default().iter();
        let emergency = numbers.filter(begins).max_by_key(|emergency| emergency.len())?;
        Some((self.country_of_numbers(), emergency.clone()))
    }

    /// The country whose emergency numbers the tenant's are, where it has none of its own.
    fn country_of_numbers(&self) -> Option<Country> {
        self.settings.country.filter(|_| self.settings.emergency_numbers.is_none())
    }
}

fn check_name(place: Place, name: &str, findings: &mut Findings) {
    if name.trim().is_empty() {
        findings.fault(place, TextFault::Empty);
    } else {
        check_words(place, name, findings);
    }
}

/// A text that may be empty.
fn check_words(place: Place, text: &str, findings: &mut Findings) {
    if text.chars().count() > MAX_NAME {
        findings.fault(place, TextFault::TooLong(MAX_NAME));
    } else if text.chars().any(is_unprintable) {
        findings.fault(place, TextFault::Unprintable);
    }
}

/// A number that says how many or how long.
fn check_range(
    place: Place,
    number: Option<impl Into<u32>>,
    (from, to): (u32, u32),
    findings: &mut Findings,
) {
    if number.map(Into::into).is_some_and(|number| !(from..=to).contains(&number)) {
        findings.fault(place, TextFault::OutOfRange(from, to));
    }
}

/// Control characters, blanks without width, and what turns or breaks a line of text on a page or a phone.
pub(super) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{2060}' | '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
