//! The numbering plan: what the feature codes are and which are on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A tenant's numbering plan (HOTDESK rule 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The feature codes, each with its own switch.
    pub entries: Vec<PlanEntry>,
}

/// One feature code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanEntry {
    /// What is dialled; `X` stands for an extension's digits. A code that ends with `*` counts without it too. Empty for a
    /// login by one's own extension, which has no code.
    pub code: String,
    /// What it does.
    pub feature: Feature,
    /// Whether it is on.
    pub on: bool,
}

/// What a feature code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// From an idle hot-desk phone, calling an extension with hot desking starts its login (K9).
    LoginByOwnExtension,
    /// Login with the extension in the code (C12).
    LoginWithExtension,
    /// Logout (K14, C15).
    Logout,
    /// Login that asks for ID and PIN (F11, P9).
    LoginWithPrompts,
    /// Logout from any phone, asking for ID and PIN (F13).
    LogoutWithPrompts,
    /// All of the user's own phones off, or on again (P14).
    Toggle,
}

impl Default for Plan {
    /// The profile `all`: every code that does not collide with another.
    fn default() -> Self {
        let entry = |code: &str, feature| PlanEntry { code: code.to_owned(), feature, on: true };
        Self {
            entries: vec![
                entry("", Feature::LoginByOwnExtension),
                entry("*77*X*", Feature::LoginWithExtension),
                entry("*400", Feature::Logout),
                entry("*77*5*", Feature::Logout),
                entry("*072", Feature::LoginWithPrompts),
                entry("*073", Feature::LogoutWithPrompts),
                entry("*11", Feature::LoginWithPrompts),
                entry("*12", Feature::Logout),
                entry("*13", Feature::Toggle),
            ],
        }
    }
}
