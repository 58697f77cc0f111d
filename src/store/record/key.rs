//! Keys: what a record is about, and where it stands among the others.
//!
//! A key is one letter for the kind, then what tells it from the others of its kind, so that keys order by kind and, within
//! one, as the things themselves do.

use sha2::{Digest, Sha256};

use crate::model::{CallId, DeviceId, ExtensionNumber, Locked, LoginId, TenantId};

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) enum Kind {
    /// A word sealed under the box key, to tell a wrong key from a damaged record.
    KeyCheck,
    /// The settings of the first tenant.
    Settings,
    /// The settings of another tenant.
    Tenant,
    /// Some of what a tenant's settings hold many of: codes, networks, templates.
    Part,
    /// An extension without its keys.
    Extension,
    /// Some keys of an extension.
    Keys,
    /// A device.
    Device,
    /// A login that holds.
    Login,
    /// A registered contact.
    Binding,
    /// A page of calls that have ended.
    Call,
    /// An emergency call.
    Emergency,
    /// A page of the journal.
    Audit,
    /// Something that wrong PINs have closed.
    Lockout,
    /// Why somebody's last login ended, to be told at the next.
    ToTell,
    /// How many messages wait for somebody.
    Messages,
    /// A value the page keeps.
    Web,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::KeyCheck,
        Self::Settings,
        Self::Tenant,
        Self::Part,
        Self::Extension,
        Self::Keys,
        Self::Device,
        Self::Login,
        Self::Binding,
        Self::Call,
        Self::Emergency,
        Self::Audit,
        Self::Lockout,
        Self::ToTell,
        Self::Messages,
        Self::Web,
    ];

    /// The letter its keys begin with; `m` is taken by the tally, which is no record.
    pub fn letter(self) -> u8 {
        match self {
            Self::KeyCheck => b'k',
            Self::Settings => b's',
            Self::Tenant => b't',
            Self::Part => b'u',
            Self::Extension => b'x',
            Self::Keys => b'y',
            Self::Device => b'd',
            Self::Login => b'l',
            Self::Binding => b'b',
            Self::Call => b'c',
            Self::Emergency => b'e',
            // Next to the logins: what belongs together lies together, see `belongs_with`.
            Self::Audit => b'j',
            Self::Lockout => b'o',
            Self::ToTell => b'r',
            Self::Messages => b'v',
            Self::Web => b'w',
        }
    }

    /// The version written today; older ones are read too, newer ones are not.
    pub(super) fn version(self) -> u8 {
        match self {
            Self::Emergency | Self::Settings | Self::Extension | Self::Device => 2,
            _ => 1,
        }
    }

    /// Whether the body of a record is sealed. Settings of version 1 held no secret.
    pub(super) fn is_sealed(self, version: u8) -> bool {
        match self {
            Self::KeyCheck | Self::Extension | Self::Device | Self::Web | Self::Tenant => true,
            Self::Settings => version >= 2,
            Self::Part | Self::Keys | Self::Login | Self::Binding | Self::Call | Self::Emergency => false,
            Self::Audit | Self::Lockout | Self::ToTell | Self::Messages => false,
        }
    }
}

/// The key of a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Key(Vec<u8>);

impl Key {
    pub(super) fn new(kind: Kind, about: &[u8]) -> Self {
        Self([&[kind.letter()], about].concat())
    }

    /// The key that lies on the disc as `bytes`; `None` where the kind is none this version knows.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let letter = bytes.first()?;
        Kind::ALL.iter().any(|kind| kind.letter() == *letter).then(|| Self(bytes.to_vec()))
    }

    /// The bytes on the disc.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the record is about.
    pub fn kind(&self) -> Kind {
        let letter = self.0[0];
        Kind::ALL.into_iter().find(|kind| kind.letter() == letter).expect("no key is made of another letter")
    }

    /// The key of the check word.
    pub fn key_check() -> Self {
        Self::new(Kind::KeyCheck, &[])
    }

    /// The key of the page's value `name`.
    pub fn web(name: &str) -> Self {
        Self::new(Kind::Web, name.as_bytes())
    }

    /// The name in a key made by [`Key::web`].
    pub fn web_name(&self) -> Option<String> {
        (self.kind() == Kind::Web).then(|| String::from_utf8_lossy(&self.0[1..]).into_owned())
    }

    /// The key of a page of call records; keys order as calls do.
    pub fn call_page(number: u64) -> Self {
        Self::new(Kind::Call, &number.to_be_bytes())
    }

    /// The key of a page of the journal; keys order as entries do.
    pub fn audit_page(number: u64) -> Self {
        Self::new(Kind::Audit, &number.to_be_bytes())
    }

    pub(super) fn lockout(locked: &Locked) -> Self {
        match locked {
            Locked::Extension(number) => Self::new(Kind::Lockout, format!("x{number}").as_bytes()),
            Locked::Device(id) => Self::new(Kind::Lockout, format!("d{id}").as_bytes()),
            Locked::Address(address) => Self::new(Kind::Lockout, format!("a{address}").as_bytes()),
        }
    }

    pub(super) fn messages(extension: &ExtensionNumber) -> Self {
        Self::new(Kind::Messages, extension.to_string().as_bytes())
    }

    pub(super) fn to_tell(extension: &ExtensionNumber) -> Self {
        Self::new(Kind::ToTell, extension.to_string().as_bytes())
    }

    /// The key of a tenant's settings.
    pub(super) fn settings(tenant: &TenantId) -> Self {
        match tenant.is_first() {
            true => Self::new(Kind::Settings, &[]),
            false => Self::new(Kind::Tenant, tenant.as_str().as_bytes()),
        }
    }

    /// The parts of a tenant's settings; what follows its name is no letter.
    pub(super) fn parts(tenant: &TenantId) -> Self {
        let mut key = Self::new(Kind::Part, tenant.as_str().as_bytes());
        key.0.push(0xff);
        key
    }

    pub(super) fn part(tenant: &TenantId, number: u16) -> Self {
        let mut key = Self::parts(tenant);
        key.0.extend_from_slice(&number.to_be_bytes());
        key
    }

    /// The tenant whose settings these are, or are part of.
    pub(super) fn tenant(&self) -> Option<TenantId> {
        let name = match self.kind() {
            Kind::Settings => return Some(TenantId::FIRST),
            Kind::Part => self.0.split_last_chunk::<3>()?.0,
            _ => &self.0,
        };
        std::str::from_utf8(name.get(1..)?).ok()?.parse().ok()
    }

    pub(super) fn extension(number: &ExtensionNumber) -> Self {
        Self::new(Kind::Extension, number.to_string().as_bytes())
    }

    /// The keys of `number`; what follows the number is no digit.
    pub(super) fn keys(number: &ExtensionNumber) -> Self {
        let mut key = Self::new(Kind::Keys, number.to_string().as_bytes());
        key.0.push(0xff);
        key
    }

    pub(super) fn part_of_keys(number: &ExtensionNumber, part: u8) -> Self {
        let mut key = Self::keys(number);
        key.0.push(part);
        key
    }

    /// The extension whose keys these are.
    pub(super) fn owner_of_keys(&self) -> Option<ExtensionNumber> {
        let (_, digits) = self.0.split_last_chunk::<2>()?.0.split_first()?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    pub fn device(id: DeviceId) -> Self {
        Self::new(Kind::Device, &id.0.to_be_bytes())
    }

    /// The number in a key that ends in one; 0 where there is none.
    pub fn number(&self) -> u64 {
        match self.0[1..] {
            [a, b, c, d] => u32::from_be_bytes([a, b, c, d]).into(),
            _ => self.0[1..].try_into().map_or(0, u64::from_be_bytes),
        }
    }

    /// The key of a login.
    pub fn login(id: LoginId) -> Self {
        Self::new(Kind::Login, &id.0.to_be_bytes())
    }

    pub(super) fn bindings(device: DeviceId) -> Self {
        Self::new(Kind::Binding, &device.0.to_be_bytes())
    }

    pub(super) fn binding(device: DeviceId, contact: &str) -> Self {
        let mut key = Self::bindings(device);
        key.0.extend_from_slice(&Sha256::digest(contact.as_bytes())[..16]);
        key
    }

    /// Whether the two must reach the disc together: a phone's bindings, of which the new one must not be missing where the
    /// old one is gone already, and logins, which follow one another, with what the journal tells of them.
    pub fn belongs_with(&self, other: &Self) -> bool {
        const WITH_DEVICE: usize = 1 + size_of::<DeviceId>();
        match (self.kind(), other.kind()) {
            (Kind::Binding, Kind::Binding) => self.0.get(..WITH_DEVICE) == other.0.get(..WITH_DEVICE),
            (Kind::Audit | Kind::Login, Kind::Audit | Kind::Login) => true,
            _ => false,
        }
    }

    pub fn emergency(id: CallId) -> Self {
        Self::new(Kind::Emergency, &id.0.to_be_bytes())
    }
}
