//! Lock-outs: what too many wrong PINs have closed to new logins (HOTDESK B9).

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeviceId, ExtensionNumber, source_of};

/// Where somebody keys or sends a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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

/// A lock-out as the store keeps it, so that it outlives a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeptLockout {
    /// What is closed.
    pub locked: Locked,
    /// Until when; `None` where the clock was not trusted: then for its full length from the next start.
    pub until: Option<Timestamp>,
    /// Its full length, in seconds.
    pub seconds: u64,
}

impl KeptLockout {
    /// How long it lasts from `now` on; never longer than its full length, whatever the clock has done.
    pub fn left(&self, now: Option<Timestamp>) -> Duration {
        let full = Duration::from_secs(self.seconds);
        match (self.until, now) {
            (Some(until), Some(now)) => {
                Duration::try_from(until.duration_since(now)).unwrap_or_default().min(full)
            }
            (None, _) | (_, None) => full,
        }
    }
}

/// A lock-out as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LockoutView {
    /// What is closed.
    #[serde(flatten)]
    pub locked: Locked,
    /// Until when; `None` while the clock is not trusted.
    pub until: Option<Timestamp>,
    /// For how many seconds more.
    pub seconds_left: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b9_what_is_left_of_a_lock_out_is_told_by_the_clock_where_it_can_be_trusted() {
        let moment = |second| Timestamp::from_second(second).ok();
        let device = Locked::Device(DeviceId(1));
        let kept = |until| KeptLockout { locked: device.clone(), until, seconds: 900 };
        for (until, now, left) in [
            (moment(10_900), moment(10_300), 600),
            (moment(10_900), moment(10_900), 0),
            (moment(10_900), moment(99_999), 0),
            (moment(10_900), moment(0), 900),
            (moment(10_900), None, 900),
            (None, moment(10_300), 900),
            (None, None, 900),
        ] {
            assert_eq!(kept(until).left(now), Duration::from_secs(left), "{until:?} {now:?}");
        }
    }
}
