//! An extension: a user's number with what belongs to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExtensionNumber, ExtensionValues, HotdeskId, Secret, TemplateName};

/// One user's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The number others dial.
    pub number: ExtensionNumber,
    /// The name shown on phones and pages.
    pub name: String,
    /// The template behind its own values.
    pub template: Option<TemplateName>,
    /// What it says itself; [`Office::values_of`](super::Office::values_of) tells what holds.
    pub own: ExtensionValues,
    /// The service PIN (K4).
    pub pin: Option<Secret>,
    /// The ID keyed at a login that asks for one (P7); the number serves where there is none.
    pub hotdesk_id: Option<HotdeskId>,
    /// The PIN of the hot-desk entry, in place of the service PIN (F8).
    pub hotdesk_pin: Option<Secret>,
    /// Where calls go that the user's phones do not take (K2).
    pub forwards: Forwards,
    /// The user's busy-lamp and speed-dial keys, in order.
    pub keys: Vec<KeyWish>,
}

impl Extension {
    /// An extension of which nothing is said but its number and name.
    pub fn new(number: ExtensionNumber, name: impl Into<String>) -> Self {
        Self {
            number,
            name: name.into(),
            template: None,
            own: ExtensionValues::default(),
            pin: None,
            hotdesk_id: None,
            hotdesk_pin: None,
            forwards: Forwards::default(),
            keys: Vec::new(),
        }
    }

    /// The same, allowed to log in at hot-desk phones.
    pub fn roaming(number: ExtensionNumber, name: impl Into<String>) -> Self {
        let own = ExtensionValues { hotdesk: Some(true), ..ExtensionValues::default() };
        Self { own, ..Self::new(number, name) }
    }

    /// The PIN that a login asks for where the tenant has none for all: that of the hot-desk entry, else the service PIN.
    pub fn login_pin(&self) -> Option<&Secret> {
        self.hotdesk_pin.as_ref().or(self.pin.as_ref())
    }
}

/// Where calls go that the user's phones do not take: numbers as the user would dial them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Forwards {
    /// Every call, at once.
    pub always: Option<String>,
    /// Calls while the user is busy.
    pub busy: Option<String>,
    /// Calls that nobody answers.
    pub unanswered: Option<String>,
    /// Calls while no phone of the user can be reached.
    pub unreachable: Option<String>,
    /// For how many seconds the phones ring before a call counts as unanswered.
    pub ring_seconds: Option<u16>,
}

/// A key the user wants on whatever phone is in use.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyWish {
    /// Shows whether another extension is busy; pressing calls it.
    Lamp {
        /// The extension watched.
        extension: ExtensionNumber,
        /// What stands beside the key.
        label: String,
    },
    /// Dials a number.
    Speed {
        /// What is dialled.
        number: String,
        /// What stands beside the key.
        label: String,
    },
}
