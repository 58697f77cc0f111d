//! The name or address by which a phone reaches the box.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::IdError;

/// Where a phone finds the box: an address, or a name that the phone looks up. Printed as it is written into a phone's file,
/// an address of IPv6 without brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ServerName {
    /// An address.
    Address(IpAddr),
    /// A name, in lower case.
    Name(String),
}

impl ServerName {
    /// As it stands in a URL or a SIP URI: an address of IPv6 in brackets.
    pub fn in_uri(&self) -> String {
        match self {
            Self::Address(IpAddr::V6(address)) => format!("[{address}]"),
            other => other.to_string(),
        }
    }
}

impl FromStr for ServerName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>()
            && (bare == text || address.is_ipv6())
        {
            return Ok(Self::Address(address));
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // Digits and dots alone are meant as an address: `192.0.2.700` is no name.
        let is_meant_as_address = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if text.len() <= 253 && text.split('.').all(is_label) && !is_meant_as_address {
            return Ok(Self::Name(text.to_ascii_lowercase()));
        }
        Err(IdError(format!(
            "\"{text}\" is not a name or an address of the box: write for example \"pbx.example.com\" or \"10.8.0.1\", without a port"
        )))
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl TryFrom<String> for ServerName {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> String {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c8_the_box_is_named_by_a_name_or_an_address_of_either_family() {
        for (text, printed, in_uri) in [
            ("PBX.example.com", "pbx.example.com", "pbx.example.com"),
            ("10.8.0.1", "10.8.0.1", "10.8.0.1"),
            ("2001:db8::1", "2001:db8::1", "[2001:db8::1]"),
            ("[2001:db8::1]", "2001:db8::1", "[2001:db8::1]"),
        ] {
            let name: ServerName = text.parse().expect(text);
            assert_eq!((name.to_string().as_str(), name.in_uri().as_str()), (printed, in_uri));
        }
    }

    #[test]
    fn c8_what_no_phone_could_reach_is_refused_with_an_example() {
        for wrong in [
            "",
            "pbx example",
            "pbx.example.com:5060",
            "192.0.2.700",
            "[10.8.0.1]",
            "http://pbx",
            "-a",
            "a..b",
        ] {
            let told = wrong.parse::<ServerName>().expect_err(wrong).0;
            assert!(told.contains("for example"), "{told}");
        }
    }
}
