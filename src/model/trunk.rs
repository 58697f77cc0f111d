//! A trunk: a line to the outside, at a telephone company or a gateway.

use serde::{Deserialize, Serialize};

use super::{ExtensionNumber, Secret};

/// The port of SIP, where a trunk says none.
pub const TRUNK_PORT: u16 = 5060;

/// A line to the outside, reached by address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trunk {
    /// What extensions call it by, unique in its tenant; empty where it is the only one and nobody has named it.
    #[serde(default)]
    pub name: String,
    /// Host name or address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user name of the box's account there, where it asks for one.
    #[serde(default)]
    pub user: Option<String>,
    /// The password of that account. Not part of what is shown or written down.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// The number shown outside where the user has none of her own.
    #[serde(default)]
    pub shown: Option<String>,
    /// What is dialled for an outside line, where the office wants that; the trunk does not get it.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Whom each number of the trunk calls.
    #[serde(default)]
    pub inbound: Vec<Inbound>,
}

/// A number of a trunk and whom it calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// The number as the trunk dials it; `+` and `00` before the country's code mean the same.
    pub number: String,
    /// Who is called.
    pub extension: ExtensionNumber,
}

impl Trunk {
    /// Whether it is meant by a name: its own, or its host's, by which one without a name is known.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.host == name
    }

    /// A trunk of which only the address is known.
    pub fn at(host: impl Into<String>, port: u16) -> Self {
        Self {
            name: String::new(),
            host: host.into(),
            port,
            user: None,
            password: None,
            shown: None,
            prefix: None,
            inbound: Vec::new(),
        }
    }

    /// The extension that a number of it calls.
    pub fn called_by(&self, number: &str) -> Option<&ExtensionNumber> {
        let called = self.inbound.iter().find(|inbound| is_same_number(&inbound.number, number));
        called.map(|inbound| &inbound.extension)
    }
}

/// Whether two writings are of one number: `+39 06 1`, `0039061` and, as some trunks write it, `39061`.
pub fn is_same_number(one: &str, other: &str) -> bool {
    let digits = |number: &str| {
        let bare = number.strip_prefix('+').or_else(|| number.strip_prefix("00")).unwrap_or(number);
        bare.chars().filter(char::is_ascii_digit).collect::<String>()
    };
    let one = digits(one);
    !one.is_empty() && one == digits(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_however_it_is_written() {
        for other in ["+39 06 123", "003906123", "3906123"] {
            assert!(is_same_number("+3906123", other), "{other}");
        }
        for other in ["", "+", "06123", "3906124"] {
            assert!(!is_same_number("+3906123", other), "{other}");
        }
        assert!(!is_same_number("", ""));
    }
}
