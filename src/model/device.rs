//! A device: one physical phone, whoever uses it.

use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    AccountName, AuthName, DeviceId, DeviceName, DeviceValues, ExtensionNumber, Generation, IdError, Mac,
    ScreenName, Secret, TemplateName, TenantId,
};

/// How many sets of credentials a device keeps: the present one, and those its phone may still be using.
pub const MAX_CREDENTIALS: usize = 3;

/// One physical phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its number on this box.
    pub id: DeviceId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its hardware address; `None` for a phone configured by hand.
    pub mac: Option<Mac>,
    /// Its nickname; required where there is no MAC.
    pub name: Option<DeviceName>,
    /// What it shows when idle as a hot desk, given at the first acceptance as one and kept.
    pub screen_name: Option<ScreenName>,
    /// Maker and model, for example `yealink-t46u`, `snom-d785` or `generic`.
    pub model: ModelName,
    /// Who it belongs to.
    pub mode: DeviceMode,
    /// The template behind its own values.
    pub template: Option<TemplateName>,
    /// What it says itself; [`Office::values_of_device`](super::Office::values_of_device) tells what holds.
    pub own: DeviceValues,
    /// Where it stands, for whoever answers an emergency call (B8); empty where nobody has said.
    pub location: String,
    /// The number shown to the emergency services, by which they call the desk back (B8).
    pub emergency_caller: Option<String>,
    /// Whether its user has switched it off: it is not rung, and may call (P14).
    pub is_switched_off: bool,
    /// The Call-ID of a registration by its own hot-desk function that lost its login to another: what goes on with it
    /// brings no login back (rule 9).
    pub barred_call_id: Option<String>,
    /// Whether the owner has let it in.
    pub admission: DeviceAdmission,
    /// Where it was last seen.
    pub address: Option<IpAddr>,
    /// The address of the box by which it came in: what its files name as the server.
    pub local_address: Option<IpAddr>,
    /// Its credentials, oldest first, the present ones last; at most three.
    pub credentials: Vec<Credential>,
    /// The secret part of its provisioning URL, 128 bits or more as lower-case hex; made when it is accepted.
    pub url_secret: Option<Secret>,
    /// The web password of the phone itself, made when it is accepted.
    pub admin_password: Option<Secret>,
}

impl Device {
    /// A phone of which nothing is known but what it is.
    pub fn new(id: DeviceId, mac: Option<Mac>, model: ModelName) -> Self {
        Self {
            id,
            tenant: TenantId::FIRST,
            mac,
            name: None,
            screen_name: None,
            model,
            mode: DeviceMode::Unassigned,
            template: None,
            own: DeviceValues::default(),
            location: String::new(),
            emergency_caller: None,
            is_switched_off: false,
            barred_call_id: None,
            admission: DeviceAdmission::Waiting,
            address: None,
            local_address: None,
            credentials: Vec::new(),
            url_secret: None,
            admin_password: None,
        }
    }

    /// The credentials the phone should be using now.
    pub fn current(&self) -> Option<&Credential> {
        self.credentials.last()
    }

    /// The generation the phone should be at.
    pub fn generation(&self) -> Generation {
        self.current().map(|credential| credential.generation).unwrap_or_default()
    }

    /// Whether the box writes this phone's file (a phone set up by hand gets none).
    pub fn is_provisioned(&self) -> bool {
        self.mac.is_some() && self.model.vendor() != Vendor::Generic
    }

    /// Gives a phone whose file the box writes a new generation of credentials for `purpose`. At most [`MAX_CREDENTIALS`]
    /// are kept: the first, with which the phone was heard last, the next, which it may have fetched since
    /// ([`Device::has_fetched`]), and the new one. A phone set up by hand is left as it is.
    pub fn renew(&mut self, purpose: AccountPurpose, password: Secret) {
        let Some(mac) = self.mac.filter(|_| self.is_provisioned()) else { return };
        let generation = Generation(self.generation().0.saturating_add(1));
        let account = match &purpose {
            AccountPurpose::Idle => AccountName::idle(mac),
            AccountPurpose::Login(extension) => AccountName::login(extension),
            AccountPurpose::Owned(extension) => AccountName::owned(extension),
        };
        let auth_name = AuthName::generated(self.id, generation);
        self.credentials.retain(|credential| !credential.is_by_hand());
        self.credentials.push(Credential { generation, account, purpose, auth_name, password });
        if self.credentials.len() > MAX_CREDENTIALS {
            // The phone cannot have the former newest ones: had it fetched them, those before would be gone.
            self.credentials.drain(MAX_CREDENTIALS - 1..self.credentials.len() - 1);
        }
    }

    /// The phone has fetched its file of `generation`: it has those credentials now, or still the ones it was heard with,
    /// but none in between.
    pub fn has_fetched(&mut self, generation: Generation) {
        let Some(heard_with) = self.credentials.first().map(|credential| credential.generation) else {
            return;
        };
        self.credentials.retain(|one| one.generation <= heard_with || one.generation >= generation);
    }

    /// Its title without blanks, as it stands in an address.
    pub fn title_in_address(&self) -> String {
        self.title().replace(' ', "-")
    }

    /// What a person calls it: nickname, else screen name, else MAC, else id.
    pub fn title(&self) -> String {
        self.name
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| self.screen_name.map(|name| name.to_string()))
            .or_else(|| self.mac.map(|mac| mac.to_string()))
            .unwrap_or_else(|| self.id.to_string())
    }
}

/// Who a device belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceMode {
    /// Nobody has said yet.
    Unassigned,
    /// A phone without an owner, for whoever logs in.
    HotDesk,
    /// Owned by one extension (a static phone).
    Owned(ExtensionNumber),
}

/// Whether the owner of the box has let the phone in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceAdmission {
    /// Seen on the network, never accepted.
    Waiting,
    /// Accepted.
    Accepted,
    /// Accepted once, and come back without its secret: reset to factory state, or somebody else with its MAC. Until it is
    /// accepted again, the phone that has the secret stays what it was.
    WaitingAgain,
    /// Accepted, and not come with its secret yet.
    Expected,
}

impl DeviceAdmission {
    /// Whether the owner has let it in, lately or once.
    pub fn is_let_in(self) -> bool {
        self != Self::Waiting
    }

    /// Whether the owner is asked to let it in.
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Waiting | Self::WaitingAgain)
    }
}

/// One account a device can register with, and the digest credentials that say who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Which set this is.
    pub generation: Generation,
    /// The account, that is the user part of the address of record.
    pub account: AccountName,
    /// What the account is for.
    pub purpose: AccountPurpose,
    /// The digest user name, unique on the box.
    pub auth_name: AuthName,
    /// The digest password.
    pub password: Secret,
}

impl Credential {
    /// Whether the name was said or made for a phone set up by hand: account and digest name are one.
    pub fn is_by_hand(&self) -> bool {
        self.auth_name.as_str() == self.account.as_str()
    }
}

/// What an account is for, and with it what its calls may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountPurpose {
    /// A hot-desk phone with nobody logged in (K20).
    Idle,
    /// A hot-desk phone in use by this extension (K22).
    Login(ExtensionNumber),
    /// A static phone of this extension.
    Owned(ExtensionNumber),
}

/// Maker and model in one word, `vendor-model` in lower case, or `generic`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName(String);

impl ModelName {
    /// A phone set up by hand.
    pub fn generic() -> Self {
        Self("generic".to_owned())
    }

    /// The whole word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the maker alone is known, as in `yealink-unknown`.
    pub fn is_maker_only(&self) -> bool {
        self.0.ends_with("-unknown")
    }

    /// The maker, read off the part before the first `-`.
    pub fn vendor(&self) -> Vendor {
        match self.0.split('-').next() {
            Some("yealink") => Vendor::Yealink,
            Some("snom") => Vendor::Snom,
            _ => Vendor::Generic,
        }
    }
}

impl FromStr for ModelName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let text = text.to_ascii_lowercase();
        let known = text == "generic" || text.starts_with("yealink-") || text.starts_with("snom-");
        let fits = (2..=40).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !text.ends_with('-');
        if known && fits {
            Ok(Self(text))
        } else {
            Err(IdError(format!(
                "\"{text}\" is not a model Perch knows: write for example \"yealink-t46u\", \"snom-d785\", or \"generic\" for a phone you set up by hand"
            )))
        }
    }
}

impl std::fmt::Display for ModelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ModelName {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> String {
        name.0
    }
}

/// A maker of phones whose files the box can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Vendor {
    /// Yealink.
    Yealink,
    /// Snom.
    Snom,
    /// Any other: registered, called and logged in at, but configured by hand.
    Generic,
}
