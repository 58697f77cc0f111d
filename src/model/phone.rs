//! What a phone must be told, and how it is told to ask for it.

use std::net::IpAddr;
use std::time::Duration;

use super::{
    AccountName, AuthName, Country, DeviceId, Generation, KeyWish, Language, Mac, ModelName, Secret,
    ServerName,
};

/// Everything a phone's file says; equal states give equal files, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneState {
    /// The phone.
    pub device: DeviceId,
    /// Its hardware address.
    pub mac: Mac,
    /// Its model.
    pub model: ModelName,
    /// Which of its states this is.
    pub generation: Generation,
    /// What the screen shows: `HD0001` idle, the extension's number after login (C17, C18).
    pub screen: String,
    /// The name of the user, or of the office when idle.
    pub display_name: String,
    /// The account to register.
    pub account: AccountName,
    /// The digest user name.
    pub auth_name: AuthName,
    /// The digest password.
    pub password: Secret,
    /// The SIP domain.
    pub realm: String,
    /// The box and its SIP port as this phone reaches them.
    pub server: (ServerName, u16),
    /// Whether the phone speaks TCP to the box instead of UDP.
    pub tcp: bool,
    /// The registration interval in seconds.
    pub register_every: u32,
    /// Where the phone fetches its file: an address ending in `/`, with its secret.
    pub provisioning_url: String,
    /// The password of the phone's own web page.
    pub admin_password: Secret,
    /// The language of the phone.
    pub language: Language,
    /// The country, for tones.
    pub country: Option<Country>,
    /// The IANA time zone.
    pub timezone: String,
    /// The emergency numbers, allowed even on a locked phone.
    pub emergency_numbers: Vec<String>,
    /// Whether several people use the phone, so that nothing of one may stay for the next (B10).
    pub is_shared: bool,
    /// The user's keys; empty when idle.
    pub keys: Vec<KeyWish>,
    /// The code the logout key dials; `Some` only while somebody is logged in (C14).
    pub logout_code: Option<String>,
    /// Whether the phone gets a key for its own hot-desk function (I5).
    pub hotdesk_key: bool,
    /// The owner's own lines for the end of the file; left out where they do not have its form.
    pub extra: String,
}

/// How a model is told to fetch its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshMethod {
    /// The value of the Event header, for example `check-sync;reboot=false`.
    pub event: String,
    /// The Content-Type of the body, where there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: String,
    /// Whether the phone may restart for it.
    pub may_reboot: bool,
    /// How long the phone is given until it is flagged (B2).
    pub patience: Duration,
}

/// What a phone told about itself when it announced itself (SIP PnP) or asked for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Its hardware address.
    pub mac: Mac,
    /// Its model, as far as it could be told.
    pub model: ModelName,
    /// How it was seen.
    pub sighting: Sighting,
}

/// Where and how a phone was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Where it is.
    pub address: IpAddr,
    /// The box's own address on that side.
    pub local: IpAddr,
    /// Whether it reads a file now: a GET, no HEAD and no PUT.
    pub reads: bool,
    /// Whether the network itself says that this phone, and no other, lives there.
    pub is_vouched_for: bool,
}

impl Sighting {
    /// Somebody has said something from there, and no more is known.
    pub fn heard(address: IpAddr, local: IpAddr) -> Self {
        Self { address, local, reads: false, is_vouched_for: false }
    }
}

/// What the box answers to a file request that came without a device's secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenPath {
    /// The phone is not accepted: a bootstrap file, no account.
    Bootstrap,
    /// The path is open for this phone: its own file, with its secret URL.
    Open(Box<PhoneState>),
    /// A new phone from a place that has brought too many: it may come again then.
    Later {
        /// In how many seconds.
        seconds: u64,
    },
}
