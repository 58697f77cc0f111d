//! Lock-outs: what too many wrong PINs have closed to new logins (HOTDESK B9).

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeviceId, ExtensionNumber, source_of};

/// Where somebody keys or sends a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// A phone.
    Device(DeviceId),
    /// An address on the network, where no phone is known.
    Address(IpAddr),
}

impl At {
    /// What wrong PINs from there close; an IPv6 address stands for its /64.
    pub fn locked(self) -> Locked {
        match self {
            Self::Device(device) => Locked::Device(device),
            Self::Address(address) => Locked::Address(source_of(address)),
        }
    }
}

/// What is closed to new logins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locked {
    /// An extension, at every phone.
    Extension(ExtensionNumber),
    /// A phone, for everybody.
    Device(DeviceId),
    /// A source on the network (an IPv4 address, or the first of an IPv6 /64), for everybody.
    Address(IpAddr),
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(number) => number.fmt(f),
            Self::Device(device) => device.fmt(f),
            Self::Address(address @ IpAddr::V4(_)) => address.fmt(f),
            Self::Address(address @ IpAddr::V6(_)) => write!(f, "{address}/64"),
        }
    }
}

/// A lock-out as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockoutView {
    /// What is closed.
    #[serde(flatten)]
    pub locked: Locked,
    /// Until when; `None` while the clock is not trusted.
    pub until: Option<Timestamp>,
    /// For how many seconds more.
    pub seconds_left: u64,
}
