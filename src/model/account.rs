//! SIP accounts and the places they are registered at.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeviceId, DeviceName, ExtensionNumber, Generation, IdError, Mac, TenantId};

/// The name a phone registers: `100` on an owned phone, `hotdesk-<mac>` idle, `hotdesk-100` with 100 logged in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountName(String);

impl AccountName {
    /// The account of a static phone (its extension's number).
    pub fn owned(extension: &ExtensionNumber) -> Self {
        Self(extension.digits().to_owned())
    }

    /// The account of an idle hot-desk phone (K20).
    pub fn idle(mac: Mac) -> Self {
        Self(format!("hotdesk-{}", mac.bare()))
    }

    /// The account of an idle hot-desk phone that is set up by hand (P3).
    pub fn idle_by_name(name: &DeviceName) -> Self {
        Self(name.to_string())
    }

    /// The account of a hot-desk phone with `extension` logged in (K22).
    pub fn login(extension: &ExtensionNumber) -> Self {
        Self(format!("hotdesk-{}", extension.digits()))
    }

    /// The same account as the registrar knows it, where accounts of several tenants stand side by side.
    pub fn within(&self, tenant: &TenantId) -> Self {
        match tenant.is_first() {
            true => self.clone(),
            false => Self(format!("{}@{tenant}", self.user())),
        }
    }

    /// The user part of the address of record.
    pub fn user(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// The tenant of an account as the registrar knows it.
    pub fn tenant(&self) -> TenantId {
        self.0.split_once('@').and_then(|(_, tenant)| tenant.parse().ok()).unwrap_or_default()
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        if (1..=64).contains(&text.len()) && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError(format!(
                "\"{text}\" is not a SIP user name: use up to 64 letters, digits, \"-\", \"_\", \".\" or \"+\""
            )))
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A digest user name: `<device id>-<generation>` where the box makes it, the owner's choice on a phone set up by hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AuthName(String);

impl AuthName {
    /// The name the box makes.
    pub fn generated(device: DeviceId, generation: Generation) -> Self {
        Self(format!("{device}-{generation}"))
    }

    /// A name chosen by hand; same form as an account name.
    pub fn by_hand(account: &AccountName) -> Self {
        Self(account.to_string())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AuthName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One registered contact of an account: where a device can be reached, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The account registered.
    pub account: AccountName,
    /// The device that registered it, known from its digest user name.
    pub device: DeviceId,
    /// The credentials it used.
    pub generation: Generation,
    /// The contact address, verbatim as the phone wrote it, parameters included.
    pub contact: String,
    /// The route towards it (RFC 3327), verbatim, outermost first.
    pub path: Vec<String>,
    /// The way it came in: `udp` or `tcp`.
    pub transport: String,
    /// The box's own end of that way.
    pub local: SocketAddr,
    /// The phone's end of that way.
    pub remote: SocketAddr,
    /// The Call-ID of the REGISTER that made or refreshed it.
    pub call_id: String,
    /// The CSeq number of that REGISTER.
    pub cseq: u32,
    /// The preference, in thousandths (1000 = `q=1.0`).
    pub q: u16,
    /// The `+sip.instance` value, verbatim, without quotes.
    pub instance: Option<String>,
    /// The `reg-id` of RFC 5626.
    pub reg_id: Option<u32>,
    /// The lifetime granted, in seconds.
    pub granted: u32,
    /// The User-Agent header.
    pub user_agent: String,
    /// When it was made, wall time, where known.
    pub since: Option<Timestamp>,
}
