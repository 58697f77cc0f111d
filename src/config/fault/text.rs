//! Faults of the text as it is written, and of values by themselves: their form, their length, and whether they are
//! there twice. The rules of the office are broken elsewhere, in `kinds`.

use std::borrow::Cow;
use std::fmt;

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
    /// A number below the first of these or above the second.
    #[error("{}", range_sentence(*.0, *.1))]
    OutOfRange(u32, u32),
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
    /// A whole number from the first of these to the second.
    Number(u32, u32),
    /// The word of a profile of codes, or a list of codes.
    Profile,
    /// A table of this name.
    Table(&'static str),
    /// Several tables of this name, each under its own `[[…]]`.
    Tables(&'static str),
    /// A list of tables in brackets; with an example.
    List(&'static str),
    /// A list of texts in brackets; with an example.
    Texts(&'static str),
}

impl Form {
    fn sentence(self) -> Cow<'static, str> {
        match self {
            Self::Text => "this must be a text: put it in quotes, for example \"100\"".into(),
            Self::YesNo => "this must be true or false: write it without quotes".into(),
            Self::Port => {
                "this must be a port number from 1 to 65535: write it without quotes, for example 5060".into()
            }
            Self::Number(from, to) => {
                format!("this must be a whole number from {from} to {to}: write it without quotes").into()
            }
            Self::Profile => {
                "these are codes: write the word of a profile, for example \"all\", or a list of codes in brackets".into()
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
            Self::Texts(example) => {
                format!("this must be a list of texts in brackets: write for example {example}").into()
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
    /// Hot-desk IDs.
    HotdeskId,
    /// Trusted networks.
    Network,
    /// Emergency numbers.
    EmergencyNumber,
    /// Templates of one kind.
    Template,
    /// Tenants.
    Tenant,
    /// SIP domains.
    Realm,
    /// Trunks, by name.
    Trunk,
    /// Numbers of a trunk.
    Inbound,
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
            Self::HotdeskId => "hot-desk ID",
            Self::Network => "network",
            Self::EmergencyNumber => "emergency number",
            Self::Template => "template",
            Self::Tenant => "tenant",
            Self::Realm => "SIP domain",
            Self::Trunk => "trunk",
            Self::Inbound => "number of the trunk",
        })
    }
}

fn advice(nearest: Option<&str>) -> String {
    nearest.map_or("remove it".to_owned(), |nearest| format!("did you mean \"{nearest}\"?"))
}

fn range_sentence(from: u32, to: u32) -> String {
    format!("this number is too small or too big: use one from {from} to {to}")
}

fn there_already(first: Option<usize>) -> String {
    first.map_or("is there already: choose another".to_owned(), |line| {
        format!("is there already, in line {line}: change or remove one of them")
    })
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        few => few.concat(),
    }
}
