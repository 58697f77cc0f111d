//! Identifiers: each a type of its own, each well-formed by construction.
//!
//! Parsing is `FromStr`, printing is `Display`, and both agree; serde uses the same text.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not the identifier it should be; the sentence says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IdError(pub String);

macro_rules! text_serde {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

/// One organisation on the box. The first, which every box has, is called `office`; others have a word of their own: a
/// letter, then letters, digits and `-`, at most 20 in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(Option<Box<str>>);

impl TenantId {
    /// The tenant that every box has.
    pub const FIRST: Self = Self(None);

    /// Whether it is the one that every box has.
    pub fn is_first(&self) -> bool {
        self.0.is_none()
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or(FIRST_TENANT)
    }
}

/// What the first tenant is called.
const FIRST_TENANT: &str = "office";

impl FromStr for TenantId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_word = (1..=20).contains(&text.len())
            && text.bytes().all(fits)
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-');
        match text {
            FIRST_TENANT => Ok(Self::FIRST),
            _ if is_word => Ok(Self(Some(text.into()))),
            _ => Err(IdError(format!(
                "\"{text}\" is not a tenant's name: use a letter, then letters, digits or \"-\", at most 20 in lower case, for example \"acme\""
            ))),
        }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
text_serde!(TenantId);

/// A user's number in its tenant: 1 to 8 digits, printed `100` in the first tenant and `100@acme` in others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ExtensionNumber {
    tenant: TenantId,
    digits: String,
}

impl ExtensionNumber {
    /// The number that `digits` are in a tenant.
    pub fn within(tenant: &TenantId, digits: &str) -> Result<Self, IdError> {
        if (1..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self { tenant: tenant.clone(), digits: digits.to_owned() })
        } else {
            Err(IdError(format!(
                "\"{digits}\" is not an extension number: use 1 to 8 digits, for example \"100\""
            )))
        }
    }

    /// Whose it is.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What is dialled.
    pub fn digits(&self) -> &str {
        &self.digits
    }
}

impl FromStr for ExtensionNumber {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.split_once('@') {
            Some((digits, tenant)) => Self::within(&tenant.parse()?, digits),
            None => Self::within(&TenantId::FIRST, text),
        }
    }
}

impl fmt::Display for ExtensionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tenant.is_first() {
            true => f.write_str(&self.digits),
            false => write!(f, "{}@{}", self.digits, self.tenant),
        }
    }
}
text_serde!(ExtensionNumber);

/// The ID a user keys to log in (P7, F6): 1 to 10 digits; at least 6 where it is to work in other tenants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct HotdeskId(String);

impl HotdeskId {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HotdeskId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError(format!(
                "\"{text}\" is not a hot-desk ID: use up to 10 digits, for example \"408317\""
            )))
        }
    }
}

impl fmt::Display for HotdeskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
text_serde!(HotdeskId);

/// A number that calls for help (B8): 2 to 8 digits, as it is dialled without an outside-line prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct EmergencyNumber(String);

impl EmergencyNumber {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmergencyNumber {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if (2..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError(format!(
                "\"{text}\" is not an emergency number: use 2 to 8 digits, for example \"112\""
            )))
        }
    }
}

impl fmt::Display for EmergencyNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
text_serde!(EmergencyNumber);

/// A device's number on this box, given once and never used again; printed `d7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceId(pub u32);

impl FromStr for DeviceId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix('d')
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| IdError(format!("\"{text}\" is not a device id: it looks like \"d7\"")))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d{}", self.0)
    }
}
text_serde!(DeviceId);

/// The hardware address of a phone; printed in lower case with colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// Twelve lower-case hexadecimal digits without separators.
    pub fn bare(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first three bytes, which name the maker.
    pub fn oui(&self) -> [u8; 3] {
        [self.0[0], self.0[1], self.0[2]]
    }
}

impl FromStr for Mac {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong =
            || IdError(format!("\"{text}\" is not a MAC address: it looks like \"80:5e:c0:11:22:33\""));
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
        if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 6];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[index * 2..index * 2 + 2], 16).map_err(|_| wrong())?;
        }
        if bytes == [0; 6] || bytes[0] & 1 == 1 {
            return Err(IdError(format!(
                "\"{text}\" is a MAC address no phone has: read it off the phone's label"
            )));
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}
text_serde!(Mac);

/// A device's nickname: 1 to 32 letters, digits, `-`, `_` or `.`; no spaces, because it can be a SIP user name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceName(String);

impl DeviceName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if (1..=32).contains(&text.len()) && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError(format!(
                "\"{text}\" is not a device name: use up to 32 letters, digits, \"-\", \"_\" or \".\", without spaces"
            )))
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
text_serde!(DeviceName);

/// Which set of credentials of a device: counted up each time the phone must be told something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Generation(pub u32);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A login's number on this box, given once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LoginId(pub u64);

// Serde writes the text for programs and the bare number on the disc.
/// A call's number on this box, given once; printed `c17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String")]
pub struct CallId(pub u64);

impl FromStr for CallId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let number = text.strip_prefix('c').and_then(|digits| digits.parse().ok());
        number
            .map(Self)
            .ok_or_else(|| IdError(format!("\"{text}\" is not the id of a call: one looks like \"c17\"")))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return u64::deserialize(deserializer).map(Self);
        }
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What an idle hot-desk phone shows, `HD0001` and up; given once to a device and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScreenName(pub u16);

impl fmt::Display for ScreenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HD{:04}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_text_for_programs_and_a_number_on_the_disc() {
        let id = CallId(17);
        assert_eq!(serde_json::to_string(&id).expect("JSON"), "\"c17\"");
        assert_eq!(serde_json::from_str::<CallId>("\"c17\"").expect("an id"), id);
        assert!(serde_json::from_str::<CallId>("\"17\"").is_err());
        let kept = postcard::to_allocvec(&id).expect("bytes");
        assert_eq!(kept, [17]);
        assert_eq!(postcard::from_bytes::<CallId>(&kept).expect("an id"), id);
    }

    #[test]
    fn a_mac_is_read_in_every_usual_writing_and_printed_in_one() {
        for text in ["80:5e:c0:11:22:33", "80-5E-C0-11-22-33", "805ec0112233", "805e.c011.2233"] {
            assert_eq!(text.parse::<Mac>().map(|mac| mac.to_string()), Ok("80:5e:c0:11:22:33".to_owned()));
        }
    }

    #[test]
    fn a_number_names_its_tenant_outside_the_first_one() {
        for text in ["100", "100@acme"] {
            assert_eq!(text.parse::<ExtensionNumber>().map(|number| number.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("100@office".parse::<ExtensionNumber>(), "100".parse());
        for wrong in ["100@", "@acme", "100@Acme", "100@a b", "100@acme-"] {
            assert!(wrong.parse::<ExtensionNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_identifier_says_what_a_right_one_looks_like() {
        assert!("12a".parse::<ExtensionNumber>().is_err_and(|e| e.0.contains("digits")));
        assert!("00:00:00:00:00:00".parse::<Mac>().is_err());
        assert!("my desk".parse::<DeviceName>().is_err_and(|e| e.0.contains("without spaces")));
        assert!("d+7".parse::<DeviceId>().is_err());
    }
}
