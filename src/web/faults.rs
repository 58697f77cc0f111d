//! The faults of an edit in the page's words. The English of `config` speaks of the office file; a page speaks of fields.

use super::words::Words;
use crate::config::fault::{
    DeviceFault, ExtensionFault, FaultKind, OfficeFault, PlanFault, TenantFault, TextFault, Thing,
};
use crate::model::Feature;
use crate::provision::extra::{self, ExtraFlaw};

/// What is wrong, in the page's language.
pub fn say(words: Words, kind: &FaultKind) -> String {
    match kind {
        FaultKind::Text(fault) => text(words, fault),
        FaultKind::Office(fault) => office(words, fault),
        FaultKind::Extension(fault) => extension(words, fault),
        FaultKind::Device(fault) => device(words, fault),
        FaultKind::Plan(fault) => plan(words, fault),
        FaultKind::Tenant(TenantFault::NoTrunk(host)) => words.say1("fault-no-trunk", "host", host),
        FaultKind::Tenant(TenantFault::NotEmpty { things, .. }) => {
            words.say1("fault-tenant-not-empty", "things", things.join(", "))
        }
        FaultKind::Tenant(TenantFault::TemplateInUse { users, .. }) => {
            words.say1("fault-template-in-use", "users", users.join(", "))
        }
        FaultKind::Tenant(fault) => fault.to_string(),
    }
}

fn text(words: Words, fault: &TextFault) -> String {
    match fault {
        TextFault::Empty | TextFault::Missing(_) => words.say("fault-empty"),
        TextFault::TooLong(most) => words.say1("fault-too-long", "most", most),
        TextFault::OutOfRange(from, to) => words.say2("fault-range", ("from", from), ("to", to)),
        TextFault::Unprintable => words.say("fault-unprintable"),
        TextFault::TooMany(_, most) => words.say1("fault-too-many", "most", most),
        TextFault::Twice { thing, value, .. } => {
            let key = match thing {
                Thing::Extension => "fault-twice-extension",
                Thing::Mac => "fault-twice-mac",
                Thing::DeviceName => "fault-twice-name",
                Thing::SipUser => "fault-twice-sip-user",
                Thing::Device | Thing::Code | Thing::Key | Thing::Trunk | Thing::Inbound => "fault-twice",
                Thing::HotdeskId => "fault-id-taken",
                Thing::Network | Thing::Template | Thing::EmergencyNumber => "fault-twice",
                Thing::Tenant | Thing::Realm => "fault-twice",
            };
            words.say1(key, "value", value)
        }
        other => other.to_string(),
    }
}

fn office(words: Words, fault: &OfficeFault) -> String {
    match fault {
        OfficeFault::UnknownCountry(_) => words.say("fault-country"),
        OfficeFault::UnknownTimeZone(_) => words.say("fault-timezone"),
        OfficeFault::NotAHost(_) => words.say("fault-host"),
        OfficeFault::EmergencyNumbersLeftOut { numbers, .. } => {
            words.say1("fault-emergency-left-out", "numbers", numbers.join(", "))
        }
        OfficeFault::NotADomain(_) => words.say("fault-realm"),
        OfficeFault::CompanyPinIsANumber => words.say("fault-company-pin-known"),
        other => other.to_string(),
    }
}

fn extension(words: Words, fault: &ExtensionFault) -> String {
    match fault {
        ExtensionFault::Unknown(number) => words.say1("fault-no-extension", "number", number),
        ExtensionFault::BeginsWithEmergency { number, emergency, .. } => {
            words.say2("fault-emergency-number", ("number", number), ("emergency", emergency))
        }
        ExtensionFault::PinNotDigits => words.say("fault-pin-digits"),
        ExtensionFault::PinTooEasy => words.say("fault-pin-easy"),
        ExtensionFault::PinIsTheNumber => words.say("fault-pin-number"),
        ExtensionFault::PinIsTheId => words.say("fault-pin-id"),
        ExtensionFault::IdTooEasy(_) => words.say("fault-id-easy"),
        ExtensionFault::IdIsExtension { number, .. } => words.say1("fault-id-is-extension", "number", number),
        ExtensionFault::IdBeginsWithEmergency { id, emergency, .. } => {
            words.say2("fault-emergency-number", ("number", id), ("emergency", emergency))
        }
        ExtensionFault::IdTooShort(id) => words.say1("fault-id-short", "id", id),
        ExtensionFault::ForwardToItself => words.say("fault-forward-itself"),
        ExtensionFault::OfAnotherTenant(number) => words.say1("fault-other-tenant", "number", number),
        ExtensionFault::OwnsPhones { phones, .. } => {
            words.say1("fault-owns-phones", "phones", phones.join(", "))
        }
        ExtensionFault::LoginCodeShadowed { extension, code, by_number: true } => {
            words.say2("fault-code-shadowed", ("number", extension), ("code", code))
        }
        ExtensionFault::LoginCodeShadowed { extension, code, by_number: false } => {
            words.say2("fault-code-shadowed-fully", ("number", extension), ("code", code))
        }
        ExtensionFault::NotDialable(_) => words.say("fault-not-dialable"),
        ExtensionFault::TakesEmergencyCalls(_) => words.say("fault-takes-emergency"),
        other => other.to_string(),
    }
}

fn device(words: Words, fault: &DeviceFault) -> String {
    match fault {
        DeviceFault::Unnamed => words.say("fault-unnamed"),
        DeviceFault::OfNobody | DeviceFault::OfTwo => words.say("fault-of-nobody"),
        DeviceFault::SipLoginIsMade => words.say("fault-sip-login-made"),
        DeviceFault::NameReserved(_) => words.say("fault-name-reserved"),
        DeviceFault::NameIsExtension(_) => words.say("fault-name-is-extension"),
        DeviceFault::PasswordTooShort(least) => words.say1("fault-sip-password-short", "least", least),
        DeviceFault::PasswordNotPlain => words.say("fault-sip-password-plain"),
        DeviceFault::Extra(ExtraFlaw::TooLong) => {
            words.say1("fault-extra-long", "most", extra::MAX_BYTES / 1024)
        }
        DeviceFault::Extra(ExtraFlaw::NotYealink(line)) => words.say1("fault-extra-yealink", "line", line),
        DeviceFault::Extra(ExtraFlaw::NotSnom(line)) => words.say1("fault-extra-snom", "line", line),
        DeviceFault::Extra(ExtraFlaw::ByHand) => words.say("fault-extra-by-hand"),
        DeviceFault::HotDeskIsBorrowed => words.say("fault-hotdesk-borrowed"),
        DeviceFault::Unknown(_) => words.say("fault-no-phone"),
        other => other.to_string(),
    }
}

fn plan(words: Words, fault: &PlanFault) -> String {
    match fault {
        PlanFault::NotACode(_) => words.say("fault-not-a-code"),
        PlanFault::CodeNotWanted => words.say("fault-code-not-wanted"),
        PlanFault::PlaceOfExtension { feature: Feature::LoginWithExtension, .. } => {
            words.say("fault-code-needs-x")
        }
        PlanFault::PlaceOfExtension { .. } => words.say("fault-code-without-x"),
        PlanFault::CodesCollide(first, second) => {
            words.say2("fault-codes-collide", ("first", first), ("second", second))
        }
        PlanFault::CodeIsExtension(code, number) => {
            words.say2("fault-code-is-extension", ("code", code), ("number", number))
        }
        PlanFault::BeginsWithEmergency { code, emergency, .. } => {
            words.say2("fault-emergency-number", ("number", code), ("emergency", emergency))
        }
    }
}
