//! Networks, written as in RFC 4632: an address and the length of its prefix.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::IdError;

/// A range of IPv4 or IPv6 addresses (I16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether an address is in the range; an IPv4 address inside IPv6 (`::ffff:192.0.2.1`) is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let wrong = || {
            IdError(format!(
                "\"{text}\" is not a network: write its address, a slash and the length of its prefix, for example \"192.168.1.0/24\" or \"2001:db8::/64\"; a single phone is \"192.168.1.7/32\""
            ))
        };
        let (address, prefix) = text.trim().split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let is_number = (1..=3).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|_| is_number).ok_or_else(wrong)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if prefix > longest {
            return Err(IdError(format!(
                "\"{text}\" is not a network: the number behind the slash is at most {longest} here"
            )));
        }
        let network = Self { address, prefix };
        let first = network.first();
        if first != address {
            return Err(IdError(format!(
                "\"{text}\" is an address inside a network: the whole network is \"{first}/{prefix}\", that one address \"{address}/{longest}\""
            )));
        }
        Ok(network)
    }
}

impl Network {
    fn first(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(own) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                IpAddr::V4((own.to_bits() & mask).into())
            }
            IpAddr::V6(own) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                IpAddr::V6((own.to_bits() & mask).into())
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> String {
        network.to_string()
    }
}

/// A range from which phones may log in by their own hot-desk function (I13, I15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustedNetwork {
    /// The range.
    pub network: Network,
    /// What it is, in the owner's words.
    pub description: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i16_a_network_is_written_in_cidr_in_both_families() {
        let within = |network: &str, address: &str| {
            network.parse::<Network>().expect("a network").contains(address.parse().expect("an address"))
        };
        for (network, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.6"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("2001:db8::/64", "2001:db8::ffff", "2001:db8:0:1::"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("192.0.2.0/24", "::ffff:192.0.2.9", "2001:db8::1"),
        ] {
            assert!(within(network, inside) && !within(network, outside), "{network}");
        }
    }

    #[test]
    fn i16_a_wrong_network_says_what_a_right_one_looks_like() {
        for (wrong, hint) in [
            ("192.0.2.0", "slash"),
            ("office/24", "for example"),
            ("192.0.2.0/33", "at most 32"),
            ("2001:db8::/129", "at most 128"),
            ("192.0.2.7/24", "\"192.0.2.0/24\""),
            ("192.0.2.0/+8", "slash"),
            ("", "slash"),
        ] {
            let told = wrong.parse::<Network>().expect_err(wrong).0;
            assert!(told.contains(hint), "{wrong}: {told}");
        }
    }
}
