//! The kinds of faults with their English sentences; each says what is wrong and what to do about it.

use std::borrow::Cow;
use std::fmt;

use crate::model::{Country, DeviceId, ExtensionNumber, Feature};
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
                | Self::Plan(PlanFault::NotACode(_) | PlanFault::PlaceOfExtension { .. })
        )
    }
}

/// A fault of the text as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Not UTF-8.
    #[error("this is not UTF-8 text: save the file as UTF-8 and try again")]
    NotUtf8,
    /// A file of more than this many bytes.
    #[error("the file is bigger than {} KiB, which no office needs: is it the right one?", .0 / 1024)]
    FileTooBig(usize),
    /// More of them than Perch takes.
    #[error(
        "there are more than {1} entries of the kind \"{0}\", which is more than Perch takes: remove some"
    )]
    TooMany(Thing, usize),
    /// So many faults that the rest is not listed.
    #[error("and {0} more: mend those above first, then check again")]
    AndMore(usize),
    /// Not TOML; in the words of the reader.
    #[error("this cannot be read ({0}): write one key = \"value\" a line, and check quotes and brackets")]
    NotToml(String),
    /// A key that Perch does not know, and the known one it resembles.
    #[error("Perch does not know \"{key}\" here: {}", advice(*nearest))]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The known key.
        nearest: Option<&'static str>,
    },
    /// A table of the file inside another table.
    #[error(
        "{0} stands inside another table here: write it on a line of its own, as {0} and nothing before the name"
    )]
    Nested(&'static str),
    /// A key that must be there is not; with an example of the line to write.
    #[error("something is missing here: add {0}")]
    Missing(&'static str),
    /// A value of the wrong form.
    #[error("{}", .0.sentence())]
    WrongForm(Form),
    /// A text that is not the identifier it should be; the sentence says what a right one looks like.
    #[error("{0}")]
    Malformed(String),
    /// None of the words allowed here.
    #[error("\"{word}\" cannot stand here: use {}", quoted(words))]
    NotOneOf {
        /// What was written.
        word: String,
        /// What may be.
        words: Vec<&'static str>,
    },
    /// An empty text.
    #[error("this must not be empty: write a text between the quotes")]
    Empty,
    /// A text of more than this many characters.
    #[error("this text is too long: use at most {0} characters")]
    TooLong(usize),
    /// A text with a line break or another control character.
    #[error("this text holds a line break or another invisible character: remove it")]
    Unprintable,
    /// The same twice.
    #[error("the {thing} \"{value}\" {}", there_already(*first))]
    Twice {
        /// What.
        thing: Thing,
        /// Its value.
        value: String,
        /// The line where it was first.
        first: Option<usize>,
    },
}

/// The form a value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text in quotes.
    Text,
    /// `true` or `false`.
    YesNo,
    /// A port number.
    Port,
    /// A table of this name.
    Table(&'static str),
    /// Several tables of this name, each under its own `[[…]]`.
    Tables(&'static str),
    /// A list of tables in brackets; with an example.
    List(&'static str),
}

impl Form {
    fn sentence(self) -> Cow<'static, str> {
        match self {
            Self::Text => "this must be a text: put it in quotes, for example \"100\"".into(),
            Self::YesNo => "this must be true or false: write it without quotes".into(),
            Self::Port => {
                "this must be a port number from 1 to 65535: write it without quotes, for example 5060".into()
            }
            Self::Table(name) => {
                format!("this must be a table of its own, and only one: write [{name}] in single brackets")
                    .into()
            }
            Self::Tables(name) => {
                format!("each of these is a table of its own: write [[{name}]] in double brackets").into()
            }
            Self::List(example) => {
                format!("this must be a list of tables: write for example {example}").into()
            }
        }
    }
}

/// What there may be only one of, or only so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// Extensions, by number.
    Extension,
    /// Devices, by MAC.
    Mac,
    /// Devices, by name.
    DeviceName,
    /// Devices.
    Device,
    /// SIP user names.
    SipUser,
    /// Codes of the plan.
    Code,
    /// Keys of an extension.
    Key,
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Extension => "extension",
            Self::Mac => "MAC address",
            Self::DeviceName => "device name",
            Self::Device => "device",
            Self::SipUser => "SIP user name",
            Self::Code => "code",
            Self::Key => "key",
        })
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
    /// More than one way out.
    #[error("this is a second [[trunk]], and Perch takes one so far: remove it")]
    SecondTrunk,
}

/// A fault of an extension, or of something that names one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionFault {
    /// No such extension.
    #[error("there is no extension {0}: add it, or write the number of one that is there")]
    Unknown(ExtensionNumber),
    /// A number that would stand in the way of an emergency number.
    #[error("{}", emergency_sentence(&number.to_string(), emergency, *country))]
    BeginsWithEmergency {
        /// The extension.
        number: ExtensionNumber,
        /// The emergency number.
        emergency: String,
        /// Where it is one.
        country: Country,
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
    #[error("{}", emergency_sentence(code, emergency, *country))]
    BeginsWithEmergency {
        /// The code.
        code: String,
        /// The emergency number.
        emergency: String,
        /// Where it is one.
        country: Country,
    },
}

fn advice(nearest: Option<&str>) -> String {
    nearest.map_or("remove it".to_owned(), |nearest| format!("did you mean \"{nearest}\"?"))
}

fn there_already(first: Option<usize>) -> String {
    first.map_or("is there already: choose another".to_owned(), |line| {
        format!("is there already, in line {line}: change or remove one of them")
    })
}

fn emergency_sentence(dialled: &str, emergency: &str, country: Country) -> String {
    if dialled == emergency {
        format!("{dialled} is an emergency number of {country}: choose another")
    } else {
        format!("{dialled} begins with {emergency}, an emergency number of {country}: choose another")
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

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        few => few.concat(),
    }
}
