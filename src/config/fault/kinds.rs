//! The kinds of faults with their English sentences; each says what is wrong and what to do about it.

use super::text::TextFault;
use crate::model::{Country, DeviceId, ExtensionNumber, Feature, HotdeskId, TemplateName, TenantId};
use crate::provision::ExtraFlaw;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// About the text as it is written.
    #[error(transparent)]
    Text(#[from] TextFault),
    /// About the office's settings.
    #[error(transparent)]
    Office(#[from] OfficeFault),
    /// About an extension.
    #[error(transparent)]
    Extension(#[from] ExtensionFault),
    /// About a device.
    #[error(transparent)]
    Device(#[from] DeviceFault),
    /// About the numbering plan.
    #[error(transparent)]
    Plan(#[from] PlanFault),
    /// About a tenant or a template.
    #[error(transparent)]
    Tenant(#[from] TenantFault),
}

impl FaultKind {
    /// Whether a fault of this kind can follow from another that has been told already: a line that could not be read
    /// leaves its key missing.
    pub(in crate::config) fn may_follow_from_unread_lines(&self) -> bool {
        matches!(
            self,
            Self::Text(TextFault::Missing(_) | TextFault::Empty | TextFault::WrongForm(_))
                | Self::Extension(ExtensionFault::Unknown(_))
                | Self::Device(DeviceFault::Unnamed | DeviceFault::OfNobody)
                | Self::Tenant(
                    TenantFault::Unknown(_) | TenantFault::NoTemplate(_) | TenantFault::NoTrunk(_)
                )
                | Self::Plan(PlanFault::NotACode(_) | PlanFault::PlaceOfExtension { .. })
        )
    }
}

/// A fault of the office's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfficeFault {
    /// A country whose emergency numbers Perch does not know.
    #[error(
        "Perch does not know the emergency numbers of \"{0}\": use the two letters of a country it knows, for example \"IT\" or \"GB\""
    )]
    UnknownCountry(Country),
    /// A time zone nobody knows.
    #[error("\"{0}\" is not a time zone: write it as continent and city, for example \"Europe/Rome\"")]
    UnknownTimeZone(String),
    /// Not a domain name.
    #[error("\"{0}\" is not a domain name: write for example \"office.perch.local\"")]
    NotADomain(String),
    /// Not a host name or address.
    #[error("\"{0}\" is not a host name or address: write for example \"sip.example.com\" or \"192.0.2.7\"")]
    NotAHost(String),
    /// A company PIN that is somebody's number or hot-desk ID.
    #[error("this PIN is the number or the hot-desk ID of somebody in the office: choose another")]
    CompanyPinIsANumber,
    /// Of several trunks one has no name.
    #[error("where there are several trunks each has a name: write for example name = \"fibre\"")]
    TrunkWithoutName,
    /// A password of nobody.
    #[error("a password belongs to a user: write the user name of the account at the trunk too")]
    PasswordWithoutUser,
    /// Not a telephone number.
    #[error(
        "\"{0}\" is not a telephone number: use digits, with a \"+\" before them where they begin with a country's code"
    )]
    NotANumber(String),
    /// A list of emergency numbers with nothing in it, which nobody has confirmed.
    #[error(
        "no emergency number would be left: write emergency_numbers = \"none\" if that is meant, or leave the line out to have those of the country"
    )]
    NoEmergencyNumber,
    /// Note: emergency numbers of the country that are none in this office.
    #[error(
        "{} {} emergency numbers of {country}, and a call to them is a call like any other here",
        numbers.join(", "),
        if numbers.len() == 1 { "is one of the" } else { "are" }
    )]
    EmergencyNumbersLeftOut {
        /// The country.
        country: Country,
        /// Its numbers that the office does not have.
        numbers: Vec<String>,
    },
    /// Not an outside-line prefix.
    #[error("\"{0}\" cannot be dialled for an outside line: use one to four digits, for example \"0\"")]
    NotAPrefix(String),
}

/// A fault of an extension, or of something that names one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionFault {
    /// No such extension.
    #[error("there is no extension {0}: add it, or write the number of one that is there")]
    Unknown(ExtensionNumber),
    /// A number that would stand in the way of an emergency number.
    #[error("{}", emergency_sentence(&number.to_string(), emergency, country.as_ref()))]
    BeginsWithEmergency {
        /// The extension.
        number: ExtensionNumber,
        /// The emergency number.
        emergency: String,
        /// The country whose it is, where the office has none of its own.
        country: Option<Country>,
    },
    /// A PIN that cannot be keyed in or is too long to remember.
    #[error("this PIN cannot be used: take 4 to 10 digits")]
    PinNotDigits,
    /// A PIN of one digit over and over, or of digits in a row.
    #[error("this PIN is too easy to guess: take digits that are neither all the same nor in a row")]
    PinTooEasy,
    /// A PIN that is the extension's number.
    #[error("this PIN is the extension's own number: choose another")]
    PinIsTheNumber,
    /// A PIN that is the extension's hot-desk ID.
    #[error("this PIN is the extension's own hot-desk ID: choose another")]
    PinIsTheId,
    /// A hot-desk ID of one digit over and over, or of digits in a row.
    #[error(
        "the hot-desk ID {0} is too easy to guess: take digits that are neither all the same nor in a row"
    )]
    IdTooEasy(HotdeskId),
    /// A hot-desk ID that is somebody else's number.
    #[error("the hot-desk ID {id} is the number of extension {number}: choose another")]
    IdIsExtension {
        /// The ID.
        id: HotdeskId,
        /// Whose number it is.
        number: ExtensionNumber,
    },
    /// A hot-desk ID that is, or begins with, an emergency number.
    #[error("{}", emergency_sentence(id.as_str(), emergency, country.as_ref()))]
    IdBeginsWithEmergency {
        /// The ID.
        id: HotdeskId,
        /// The emergency number.
        emergency: String,
        /// The country whose it is, where the office has none of its own.
        country: Option<Country>,
    },
    /// Note: a hot-desk ID too short to be used at phones of other tenants.
    #[error(
        "the hot-desk ID {0} serves at phones of the own tenant alone: at those of others, an ID has at least 6 digits"
    )]
    IdTooShort(HotdeskId),
    /// Calls that go back to where they come from.
    #[error("calls of this extension would be sent back to it: write another number")]
    ForwardToItself,
    /// An extension of another tenant than the one that names it.
    #[error("extension {0} belongs to another tenant: write the number of one of the same tenant")]
    OfAnotherTenant(ExtensionNumber),
    /// A speed key that dials nothing.
    #[error("\"{0}\" cannot be dialled: use up to 32 digits, \"*\", \"#\" and a \"+\" in front")]
    NotDialable(String),
    /// A key that is neither lamp nor speed, or both.
    #[error("a key is either a lamp or a speed dial: write one of lamp = \"101\" and speed = \"0123456\"")]
    KeyOfNoKind,
    /// Phones belong to the extension that is to go.
    #[error(
        "extension {number} still owns {}: remove the phone, or give it to another extension first", phones.join(", ")
    )]
    OwnsPhones {
        /// The extension.
        number: ExtensionNumber,
        /// What its phones are called.
        phones: Vec<String>,
    },
    /// Emergency calls ring at the extension that is to go.
    #[error("emergency calls ring at extension {0}: choose another extension for them first")]
    TakesEmergencyCalls(ExtensionNumber),
    /// Note: an extension whose login code is another code.
    #[error("extension {extension} cannot log in by code, because {code} means something else; {}", other_way(*by_number))]
    LoginCodeShadowed {
        /// The extension.
        extension: ExtensionNumber,
        /// The code that wins.
        code: String,
        /// Whether it can log in by calling its own number instead.
        by_number: bool,
    },
}

/// A fault of a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceFault {
    /// Neither MAC nor name.
    #[error(
        "this device has neither a MAC nor a name: add mac = \"…\" from the phone's label, or name = \"…\" for a phone you set up by hand"
    )]
    Unnamed,
    /// Neither a hot desk nor somebody's.
    #[error(
        "nobody has said whose phone this is: add hotdesk = true for a phone to log in at, or extension = \"…\" for its owner"
    )]
    OfNobody,
    /// A hot desk and somebody's at once.
    #[error("a phone is either a hot desk or somebody's: keep one of hotdesk = true and extension = \"…\"")]
    OfTwo,
    /// A SIP user name or password for a phone whose file the box writes.
    #[error(
        "Perch makes the SIP login of this phone itself: remove the line, or set model = \"generic\" if you set the phone up by hand"
    )]
    SipLoginIsMade,
    /// A name of the form the box gives out itself.
    #[error(
        "\"{0}\" looks like a name that Perch gives out itself: choose one that does not begin with \"hotdesk-\" and is not like \"d7-1\""
    )]
    NameReserved(String),
    /// A SIP user name, or a name that serves as one, that is another extension's number.
    #[error("\"{0}\" is the number of an extension that this phone does not belong to: choose another name")]
    NameIsExtension(ExtensionNumber),
    /// A SIP password of fewer characters than this.
    #[error(
        "this SIP password is too short to be safe: use at least {0} characters, or leave it out and Perch makes one"
    )]
    PasswordTooShort(usize),
    /// A SIP password with letters that not every phone can key in.
    #[error(
        "this SIP password holds letters that not every phone can send: use letters without accents, digits and signs"
    )]
    PasswordNotPlain,
    /// Lines of its own that cannot stand in its file.
    #[error(transparent)]
    Extra(ExtraFlaw),
    /// A hot desk that is said to be borrowable.
    #[error("a hot desk is there for everybody: remove borrowable, which is for a phone that has an owner")]
    HotDeskIsBorrowed,
    /// A device whose owner belongs to another tenant.
    #[error(
        "this phone belongs to tenant {tenant} and its owner {owner} to tenant {}: write the same tenant for both", owner.tenant()
    )]
    OfTwoTenants {
        /// The device's tenant.
        tenant: TenantId,
        /// Its owner.
        owner: ExtensionNumber,
    },
    /// There is no device of this number.
    #[error("there is no phone {0} any more: reload the page")]
    Unknown(DeviceId),
}

/// A fault of the numbering plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    /// Not a code.
    #[error(
        "\"{0}\" is no code: use up to 16 digits, \"*\" and \"#\", and one X where the extension is dialled"
    )]
    NotACode(String),
    /// A feature that has no code of its own was given one.
    #[error("this feature has no code, one dials one's own extension for it: remove the code")]
    CodeNotWanted,
    /// A feature that takes an extension has no single `X` in its code, or one that takes none has one.
    #[error("{}", x_sentence(*feature, code))]
    PlaceOfExtension {
        /// The feature.
        feature: Feature,
        /// The code.
        code: String,
    },
    /// Two codes that the same dialling would mean.
    #[error("the codes {0} and {1} collide, one dialling would mean both: change one, or set on = false")]
    CodesCollide(String, String),
    /// A code that is, or takes in, an extension's number.
    #[error("the code {0} would hide extension {1}: let the code begin with \"*\", or change it")]
    CodeIsExtension(String, ExtensionNumber),
    /// A code that would stand in the way of an emergency number.
    #[error("{}", emergency_sentence(code, emergency, country.as_ref()))]
    BeginsWithEmergency {
        /// The code.
        code: String,
        /// The emergency number.
        emergency: String,
        /// The country whose it is, where the office has none of its own.
        country: Option<Country>,
    },
}

/// A fault of a tenant, of a template, or of something that names one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TenantFault {
    /// No such tenant.
    #[error("there is no tenant {0}: add it, or write the name of one that is there")]
    Unknown(TenantId),
    /// The tenant that every box has, among the others.
    #[error("\"office\" is the tenant that [office] describes: choose another name")]
    IsTheFirst,
    /// The tenant that every box has is to go.
    #[error("this is the tenant that every Perch has: it can be changed, and not removed")]
    FirstStays,
    /// A tenant that is to go, and has things in it.
    #[error("tenant {tenant} still has {}: remove them first", things.join(", "))]
    NotEmpty {
        /// The tenant.
        tenant: TenantId,
        /// Its extensions and phones, by what they are called.
        things: Vec<String>,
    },
    /// No such template.
    #[error("there is no template {0} of this kind: add it, or write the name of one that is there")]
    NoTemplate(TemplateName),
    /// A template that is to go, and is used.
    #[error("template {name} is used by {}: give them another template first", users.join(", "))]
    TemplateInUse {
        /// The template.
        name: TemplateName,
        /// What uses it.
        users: Vec<String>,
    },
    /// No such trunk.
    #[error("there is no trunk {0}: write the host of a trunk that is there")]
    NoTrunk(String),
}

fn emergency_sentence(dialled: &str, emergency: &str, country: Option<&Country>) -> String {
    let whose = country.map_or_else(|| "the office".to_owned(), ToString::to_string);
    if dialled == emergency {
        format!("{dialled} is an emergency number of {whose}: choose another")
    } else {
        format!("{dialled} begins with {emergency}, an emergency number of {whose}: choose another")
    }
}

fn other_way(by_number: bool) -> &'static str {
    match by_number {
        true => "it can log in by calling itself at the phone",
        false => "choose another number, or another code",
    }
}

fn x_sentence(feature: Feature, code: &str) -> String {
    match feature {
        Feature::LoginWithExtension => {
            format!("the code {code} must hold one X, where the extension is dialled: for example *77*X*")
        }
        Feature::LoginByOwnExtension
        | Feature::Logout
        | Feature::LoginWithPrompts
        | Feature::LogoutWithPrompts
        | Feature::Toggle => {
            format!("the code {code} must not hold an X, because this feature takes no extension: remove it")
        }
    }
}
