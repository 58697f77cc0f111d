//! An extension: a user's number with what belongs to it.

use super::{ExtensionNumber, Secret};

/// One user's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The number others dial.
    pub number: ExtensionNumber,
    /// The name shown on phones and pages.
    pub name: String,
    /// Whether this user may log in at hot-desk phones (K21).
    pub hotdesk: bool,
    /// The service PIN (K4); without one nobody can log in by voice.
    pub pin: Option<Secret>,
    /// The user's busy-lamp and speed-dial keys, in order.
    pub keys: Vec<KeyWish>,
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
