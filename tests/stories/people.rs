//! Who works in the offices that are measured, which phones there are, and what is known of both by inspection.

pub type Phone = &'static str;
pub type Name = &'static str;
pub type Pin = &'static str;

/// Somebody who works here.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    pub name: Name,
    pub tenant: &'static str,
    pub number: &'static str,
    /// With one of six digits she may log in in every tenant (rule 4).
    pub id: Option<&'static str>,
    /// The service PIN (K4); without one she may not log in anywhere (K21).
    pub pin: Option<Pin>,
    /// It counts in place of the service PIN (F8).
    pub hotdesk_pin: Option<Pin>,
    /// In her own tenant she need prove nothing (P8).
    pub is_trusted: bool,
    /// She may log in by a phone's own function (I17).
    pub is_native: bool,
    pub own: Option<Phone>,
}

const fn one(name: Name, number: &'static str, pin: Option<Pin>, own: Option<Phone>) -> Person {
    Person {
        name,
        tenant: "",
        number,
        id: None,
        pin,
        hotdesk_pin: None,
        is_trusted: false,
        is_native: false,
        own,
    }
}

pub const PEOPLE: [Person; 6] = [
    Person { id: Some("408317"), is_native: true, ..one("ada", "100", Some("4071"), None) },
    one("bob", "101", Some("5182"), Some("lab")),
    one("cleo", "102", None, Some("office")),
    Person { hotdesk_pin: Some("86420"), is_native: true, ..one("dan", "103", Some("6293"), Some("den")) },
    Person { is_trusted: true, is_native: true, ..one("eve", "104", Some("7304"), None) },
    Person { tenant: "acme", ..one("zoe", "100", Some("9415"), None) },
];

/// Where somebody may log in: the desks, and the phone of an owner that may be borrowed (B7).
pub const DESKS: [Phone; 7] = ["kitchen", "hall", "attic", "cellar", "annex", "den", BY_HAND];

pub const PHONES: [Phone; 9] =
    ["kitchen", "hall", "attic", "cellar", "annex", "den", BY_HAND, "lab", "office"];

/// A phone whose account somebody has typed in: it is told nothing, and stays registered as it is (P2, P3).
pub const BY_HAND: Phone = "lobby";

/// The desks whose phones have a hot-desk function of their own, with a key for it (I4, I5).
pub const WITH_KEY: [Phone; 2] = ["kitchen", "attic"];

pub fn person(name: Name) -> &'static Person {
    PEOPLE.iter().find(|one| one.name == name).expect("somebody who works here")
}

pub fn owner(phone: Phone) -> Option<Name> {
    PEOPLE.iter().find(|one| one.own == Some(phone)).map(|one| one.name)
}

pub fn tenant(phone: Phone) -> &'static str {
    if phone == "annex" { "acme" } else { "" }
}

/// Whose number or ID is dialled or keyed at a phone.
pub fn meant(digits: &str, phone: Phone) -> Option<Name> {
    let by_id = PEOPLE.iter().find(|one| one.id == Some(digits));
    let is_here = |one: &&Person| one.number == digits && one.tenant == tenant(phone);
    by_id.or_else(|| PEOPLE.iter().find(is_here)).map(|one| one.name)
}

pub fn needs_nothing(who: Name, phone: Phone) -> bool {
    person(who).is_trusted && person(who).tenant == tenant(phone)
}
