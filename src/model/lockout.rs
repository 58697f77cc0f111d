//! Lock-outs: what too many wrong PINs have closed to new logins (HOTDESK B9).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeviceId, ExtensionNumber};

/// What is closed to new logins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locked {
    /// An extension, at every phone.
    Extension(ExtensionNumber),
    /// A phone, for everybody.
    Device(DeviceId),
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
