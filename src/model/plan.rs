//! The numbering plan: what the feature codes are and which are on.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::IdError;

/// A tenant's numbering plan (HOTDESK rule 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Which system's codes an office wants (HOTDESK rule 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Those of every system; none collides with another.
    All,
    /// Calling one's own extension, and `*400`.
    Kalliope,
    /// `*072` and `*073`.
    Fusionpbx,
    /// `*77*X*` and `*77*5*`.
    #[serde(rename = "3cx")]
    ThreeCx,
    /// `*11`, `*12` and `*13`.
    Kazoo,
    /// No code: the phone's own hot-desk key does it.
    Infinity,
    /// No code is on.
    None,
}

impl Profile {
    /// Every profile, in the order pages list them.
    pub const ALL: [Self; 7] =
        [Self::All, Self::Kalliope, Self::Fusionpbx, Self::ThreeCx, Self::Kazoo, Self::Infinity, Self::None];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Kalliope => "kalliope",
            Self::Fusionpbx => "fusionpbx",
            Self::ThreeCx => "3cx",
            Self::Kazoo => "kazoo",
            Self::Infinity => "infinity",
            Self::None => "none",
        }
    }
}

impl FromStr for Profile {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|profile| profile.as_str() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            IdError(format!("\"{text}\" is not a profile of codes: use one of {words}"))
        })
    }
}

/// Every code, and the profile that has it beside `all`.
const CODES: [(&str, Feature, Profile); 9] = [
    ("", Feature::LoginByOwnExtension, Profile::Kalliope),
    ("*77*X*", Feature::LoginWithExtension, Profile::ThreeCx),
    ("*400", Feature::Logout, Profile::Kalliope),
    ("*77*5*", Feature::Logout, Profile::ThreeCx),
    ("*072", Feature::LoginWithPrompts, Profile::Fusionpbx),
    ("*073", Feature::LogoutWithPrompts, Profile::Fusionpbx),
    ("*11", Feature::LoginWithPrompts, Profile::Kazoo),
    ("*12", Feature::Logout, Profile::Kazoo),
    ("*13", Feature::Toggle, Profile::Kazoo),
];

impl Plan {
    /// Every code there is, those of the profile switched on.
    pub fn profile(profile: Profile) -> Self {
        let entry = |(code, feature, of): (&str, Feature, Profile)| PlanEntry {
            code: code.to_owned(),
            feature,
            on: profile == Profile::All || profile == of,
        };
        Self { entries: CODES.map(entry).to_vec() }
    }

    /// Every code there is, none switched on: what a new tenant starts with (F4).
    pub fn off() -> Self {
        Self::profile(Profile::None)
    }

    /// The profile that the plan is, where it is one.
    pub fn as_profile(&self) -> Option<Profile> {
        // No code is on under `infinity` either; `none` says so more plainly.
        let plain = Profile::ALL.into_iter().filter(|profile| *profile != Profile::Infinity);
        plain.into_iter().find(|profile| Self::profile(*profile) == *self)
    }
}

impl Default for Plan {
    /// The profile `all`: every code that does not collide with another.
    fn default() -> Self {
        Self::profile(Profile::All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of a profile that are on.
    fn codes(profile: Profile) -> Vec<String> {
        let on = Plan::profile(profile).entries.into_iter().filter(|entry| entry.on);
        on.map(|entry| entry.code).collect()
    }

    #[test]
    fn each_profile_switches_on_the_codes_of_its_system() {
        assert_eq!(codes(Profile::Kalliope), ["", "*400"]);
        assert_eq!(codes(Profile::Fusionpbx), ["*072", "*073"]);
        assert_eq!(codes(Profile::ThreeCx), ["*77*X*", "*77*5*"]);
        assert_eq!(codes(Profile::Kazoo), ["*11", "*12", "*13"]);
        assert_eq!(codes(Profile::All).len(), 9);
    }

    #[test]
    fn f4_a_new_plan_has_every_code_and_none_is_on() {
        assert_eq!(Plan::off().entries.len(), 9);
        assert!(codes(Profile::None).is_empty() && codes(Profile::Infinity).is_empty());
    }

    #[test]
    fn a_profile_is_known_by_its_word_and_by_its_plan() {
        for profile in Profile::ALL.into_iter().filter(|profile| *profile != Profile::Infinity) {
            assert_eq!(profile.as_str().parse(), Ok(profile));
            assert_eq!(Plan::profile(profile).as_profile(), Some(profile));
        }
        assert!("4cx".parse::<Profile>().is_err_and(|error| error.0.contains("kazoo")));
        assert_eq!(Plan { entries: Vec::new() }.as_profile(), None);
    }
}
