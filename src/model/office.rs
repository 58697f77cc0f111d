//! The office: the settings of each tenant, extensions and devices.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AccountValues, AutoLogout, Device, DeviceId, DeviceMode, DeviceValues, EmergencyNumber, Extension,
    ExtensionNumber, ExtensionValues, IdError, LoginPolicy, Plan, Secret, TemplateName, TenantId, Trunk,
    TrustedNetwork,
};

/// Everything the owner of the box has decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// The settings of the tenant that every box has.
    pub settings: OfficeSettings,
    /// The settings of the other tenants.
    pub others: BTreeMap<TenantId, OfficeSettings>,
    /// The extensions by number.
    pub extensions: BTreeMap<ExtensionNumber, Extension>,
    /// The devices by id, those that only wait included.
    pub devices: BTreeMap<DeviceId, Device>,
}

impl Default for Office {
    /// The office of a box that nobody has set up: no code is on until set-up asks (rule 1, F4). An office file that says
    /// nothing of codes has all of them.
    fn default() -> Self {
        Self {
            settings: OfficeSettings { plan: Plan::off(), ..OfficeSettings::default() },
            others: BTreeMap::new(),
            extensions: BTreeMap::new(),
            devices: BTreeMap::new(),
        }
    }
}

impl Office {
    /// The settings of a tenant; those of the first where there is no such tenant.
    pub fn settings_of(&self, tenant: &TenantId) -> &OfficeSettings {
        self.others.get(tenant).filter(|_| !tenant.is_first()).unwrap_or(&self.settings)
    }

    /// Whether there is such a tenant.
    pub fn has_tenant(&self, tenant: &TenantId) -> bool {
        tenant.is_first() || self.others.contains_key(tenant)
    }

    /// Every tenant with its settings, the first one first.
    pub fn tenants(&self) -> impl Iterator<Item = (&TenantId, &OfficeSettings)> {
        std::iter::once((&TenantId::FIRST, &self.settings)).chain(&self.others)
    }

    /// What holds for an extension: its own values and those of its template.
    pub fn values_of(&self, extension: &Extension) -> ExtensionValues {
        self.settings_of(extension.number.tenant()).values_of(extension)
    }

    /// What holds for a device: its own values and those of its template.
    pub fn values_of_device(&self, device: &Device) -> DeviceValues {
        self.settings_of(&device.tenant).values_of_device(device)
    }
}

/// The settings of one tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeSettings {
    /// The office's name.
    pub name: String,
    /// The country: emergency numbers and tones follow from it. `None` until set-up.
    pub country: Option<Country>,
    /// The emergency numbers, the general one first, where they are not those of the country. An empty list is that of an
    /// office whose owner has confirmed that it has none (B8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_numbers: Option<Vec<EmergencyNumber>>,
    /// The language of voice and phones, and of the pages where they speak it.
    pub language: Language,
    /// The time zone by its IANA name, for example `Europe/Rome`.
    pub timezone: String,
    /// The SIP domain of the tenant (the digest realm).
    pub realm: String,
    /// Which extension rings for an emergency call when no trunk is there.
    pub emergency_extension: Option<ExtensionNumber>,
    /// The ways out; the first is taken where nothing else is said.
    #[serde(default)]
    pub trunks: Vec<Trunk>,
    /// What happens at a second login.
    pub login_policy: LoginPolicy,
    /// What an idle hot-desk phone may call (rule 5).
    pub idle_calls: IdleCalls,
    /// The numbering plan.
    pub plan: Plan,
    /// The PIN that counts in place of each user's own, where there is one (F9). Not part of what is shown or written down.
    #[serde(skip)]
    pub company_pin: Option<Secret>,
    /// From where phones may log in by their own hot-desk function; nobody may where there are none (I13, I14).
    #[serde(default)]
    pub trusted_networks: Vec<TrustedNetwork>,
    /// When logins end by themselves (B6).
    #[serde(default)]
    pub auto_logout: AutoLogout,
    /// Whether logins survive a restart of the box (B11).
    #[serde(default)]
    pub after_restart: AfterRestart,
    /// How many minutes wrong PINs close to new logins (B9).
    #[serde(default = "lockout_minutes")]
    pub lockout_minutes: u16,
    /// For how many days the journal is kept (B14); what the first tenant says counts for the box.
    #[serde(default = "audit_days")]
    pub audit_days: u16,
    /// Defaults for extensions, SIP accounts and devices.
    #[serde(default)]
    pub templates: Templates,
}

/// Named defaults, each to be overridden on the thing itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Templates {
    /// For extensions.
    pub extensions: BTreeMap<TemplateName, ExtensionValues>,
    /// For SIP accounts.
    pub accounts: BTreeMap<TemplateName, AccountValues>,
    /// For devices: what is provisioned.
    pub devices: BTreeMap<TemplateName, DeviceValues>,
}

/// What becomes of logins when the box restarts (B11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AfterRestart {
    /// They go on.
    #[default]
    Keep,
    /// They end.
    End,
}

fn lockout_minutes() -> u16 {
    15
}

fn audit_days() -> u16 {
    90
}

impl Office {
    /// Whether somebody may be logged in at a device: a hot desk, or a phone that somebody owns and that may be borrowed
    /// (B7).
    pub fn is_desk(&self, device: &Device) -> bool {
        match device.mode {
            DeviceMode::HotDesk => true,
            DeviceMode::Owned(_) => self.values_of_device(device).borrowable.unwrap_or(false),
            DeviceMode::Unassigned => false,
        }
    }
}

impl OfficeSettings {
    /// The SIP domain of a tenant that has named none.
    pub fn default_realm(tenant: &TenantId) -> String {
        format!("{tenant}.perch.local")
    }

    /// The trunk of that name, or at that host; the first where none is named, or none is called so any more.
    pub fn trunk(&self, name: Option<&str>) -> Option<&Trunk> {
        let named = name.and_then(|name| self.trunks.iter().find(|trunk| trunk.is_called(name)));
        named.or(self.trunks.first())
    }

    /// Puts the first trunk at an address, or takes it away. What else is said of it stays.
    pub fn put_first_trunk(&mut self, at: Option<(String, u16)>) {
        match (at, self.trunks.first_mut()) {
            (None, None) => {}
            (None, Some(_)) => drop(self.trunks.remove(0)),
            (Some(at), Some(first)) => (first.host, first.port) = at,
            (Some((host, port)), None) => self.trunks.push(Trunk::at(host, port)),
        }
    }

    /// What holds for an extension of this tenant: its own values and those of its template.
    pub fn values_of(&self, extension: &Extension) -> ExtensionValues {
        match extension.template.as_ref().and_then(|name| self.templates.extensions.get(name)) {
            Some(template) => extension.own.over(template),
            None => extension.own.clone(),
        }
    }

    /// What holds for a device of this tenant: its own values and those of its template.
    pub fn values_of_device(&self, device: &Device) -> DeviceValues {
        match device.template.as_ref().and_then(|name| self.templates.devices.get(name)) {
            Some(template) => device.own.over(template),
            None => device.own.clone(),
        }
    }
}

impl Default for OfficeSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            country: None,
            emergency_numbers: None,
            language: Language::En,
            timezone: "Etc/UTC".to_owned(),
            realm: Self::default_realm(&TenantId::FIRST),
            emergency_extension: None,
            trunks: Vec::new(),
            login_policy: LoginPolicy::Move,
            idle_calls: IdleCalls::EmergencyOnly,
            plan: Plan::default(),
            company_pin: None,
            trusted_networks: Vec::new(),
            auto_logout: AutoLogout::default(),
            after_restart: AfterRestart::Keep,
            lockout_minutes: lockout_minutes(),
            audit_days: audit_days(),
            templates: Templates::default(),
        }
    }
}

/// What an idle hot-desk phone may call (rule 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdleCalls {
    /// Emergency numbers and the login codes (C2).
    #[default]
    EmergencyOnly,
    /// Other extensions too.
    Internal,
    /// Everything.
    All,
}

/// A language Perch speaks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Italian.
    It,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

impl Language {
    /// Every language, in the order pages list them.
    pub const ALL: [Self; 5] = [Self::En, Self::It, Self::De, Self::Fr, Self::Es];

    /// The two-letter code.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::It => "it",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }
}

impl FromStr for Language {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|language| language.code() == text).ok_or_else(|| {
            let known = "\"en\", \"it\", \"de\", \"fr\" or \"es\"";
            IdError(format!("\"{text}\" is not a language Perch speaks yet: use {known}"))
        })
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A country by its ISO 3166 code of two capital letters. Whether Perch knows its emergency numbers is asked elsewhere
/// (`exchange::dialplan`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl FromStr for Country {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => {
                Err(IdError(format!("\"{text}\" is not a country code: use two letters, for example \"IT\"")))
            }
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0[0] as char, self.0[1] as char)
    }
}

impl TryFrom<String> for Country {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> String {
        country.to_string()
    }
}
