//! Values with a template behind them (K21, K23, K24): what a thing says itself, what it inherits, what holds where neither
//! says anything.
//!
//! A value of a thing's own is `Some`; `None` means: as the template says, and where that says nothing, the default.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{IdError, IdleCalls, Language, ServerName};

/// A template's name: 1 to 32 letters, digits, `-` or `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateName(String);

impl FromStr for TemplateName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if (1..=32).contains(&text.chars().count()) && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError(format!(
                "\"{text}\" is not a template's name: use up to 32 letters, digits, \"-\" or \"_\", without spaces"
            )))
        }
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TemplateName {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<TemplateName> for String {
    fn from(name: TemplateName) -> String {
        name.0
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The thing says so itself.
    Own,
    /// Its template says so.
    Inherited,
    /// Neither says anything.
    Default,
}

impl Origin {
    /// Where a value comes from of which the thing and its template say this.
    pub fn of<T>(own: &Option<T>, inherited: &Option<T>) -> Self {
        match (own, inherited) {
            (Some(_), _) => Self::Own,
            (None, Some(_)) => Self::Inherited,
            (None, None) => Self::Default,
        }
    }
}

/// What an extension or its template says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExtensionValues {
    /// Whether the user may log in at hot-desk phones (K21); no by default.
    pub hotdesk: Option<bool>,
    /// Whether the user's own phones are silent while the user is logged in elsewhere (rule 2); no by default.
    pub hotdesk_only: Option<bool>,
    /// Whether the user may log in by a phone's own hot-desk function (I17); no by default.
    pub phone_native: Option<bool>,
    /// Whether a login needs a PIN (P8); yes by default.
    pub pin_required: Option<bool>,
    /// From how many calls on the user counts as busy (K8); never by default, and at 0.
    pub busy_level: Option<u8>,
    /// How many calls the user may have at once (K8); as many as the phones take by default, and at 0.
    pub max_calls: Option<u8>,
    /// The language the voice and the phone speak with the user; the office's by default.
    pub language: Option<Language>,
    /// The number shown outside; the trunk's own by default.
    pub caller_id: Option<String>,
    /// The trunk calls to the outside go by; the tenant's first by default.
    pub trunk: Option<String>,
    /// The SIP account template of the user's hot-desk account (K22, K25).
    pub account_template: Option<TemplateName>,
}

impl ExtensionValues {
    /// These values, and where they say nothing, those of a template.
    pub fn over(&self, template: &Self) -> Self {
        Self {
            hotdesk: self.hotdesk.or(template.hotdesk),
            hotdesk_only: self.hotdesk_only.or(template.hotdesk_only),
            phone_native: self.phone_native.or(template.phone_native),
            pin_required: self.pin_required.or(template.pin_required),
            busy_level: self.busy_level.or(template.busy_level),
            max_calls: self.max_calls.or(template.max_calls),
            language: self.language.or(template.language),
            caller_id: self.caller_id.clone().or_else(|| template.caller_id.clone()),
            trunk: self.trunk.clone().or_else(|| template.trunk.clone()),
            account_template: self.account_template.clone().or_else(|| template.account_template.clone()),
        }
    }

    /// Whether the user may log in at hot-desk phones.
    pub fn may_hotdesk(&self) -> bool {
        self.hotdesk.unwrap_or(false)
    }

    /// Whether a login needs a PIN.
    pub fn needs_pin(&self) -> bool {
        self.pin_required.unwrap_or(true)
    }
}

/// What a SIP account template says (K22-K24).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountValues {
    /// How often the phone registers, in seconds (F15, rule 6); 600 by default.
    pub register_every: Option<u32>,
    /// Whether the phone speaks TCP to the box instead of UDP; no by default.
    pub tcp: Option<bool>,
}

impl AccountValues {
    /// How often a phone registers where nothing is said, in seconds.
    pub const REGISTER_EVERY: u32 = 600;

    /// These values, and where they say nothing, those of another template.
    pub fn over(&self, template: &Self) -> Self {
        Self {
            register_every: self.register_every.or(template.register_every),
            tcp: self.tcp.or(template.tcp),
        }
    }
}

/// What a device or its provisioning template says (K24).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceValues {
    /// The language of the phone while nobody is logged in; the office's by default.
    pub language: Option<Language>,
    /// What the phone may call while nobody is logged in (rule 5); as the office says by default.
    pub idle_calls: Option<IdleCalls>,
    /// Whether a phone that somebody owns may be borrowed (B7); no by default.
    pub borrowable: Option<bool>,
    /// The SIP account template of its idle account (K24).
    pub account_template: Option<TemplateName>,
    /// The address by which the phone reaches the box where it is not on its network (C8).
    pub server: Option<ServerName>,
    /// Whether the phone gets a key for its own hot-desk function where it has one (I5); no by default.
    pub hotdesk_key: Option<bool>,
    /// Lines put at the end of the phone's file as they are, in the form of its maker.
    pub extra: Option<String>,
}

impl DeviceValues {
    /// These values, and where they say nothing, those of a template.
    pub fn over(&self, template: &Self) -> Self {
        Self {
            language: self.language.or(template.language),
            idle_calls: self.idle_calls.or(template.idle_calls),
            borrowable: self.borrowable.or(template.borrowable),
            account_template: self.account_template.clone().or_else(|| template.account_template.clone()),
            server: self.server.clone().or_else(|| template.server.clone()),
            hotdesk_key: self.hotdesk_key.or(template.hotdesk_key),
            extra: self.extra.clone().or_else(|| template.extra.clone()),
        }
    }
}
