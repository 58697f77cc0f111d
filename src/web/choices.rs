//! Choices that pages and the API offer alike: the word that is sent, and what it stands for.

use crate::model::{AfterRestart, Feature, IdleCalls, LoginPolicy};

/// What happens at a second login.
pub const POLICIES: [(&str, LoginPolicy); 3] =
    [("move", LoginPolicy::Move), ("refuse", LoginPolicy::Refuse), ("several", LoginPolicy::Several)];

/// What a free hot-desk phone may call.
pub const IDLE: [(&str, IdleCalls); 3] = [
    ("emergency-only", IdleCalls::EmergencyOnly),
    ("internal", IdleCalls::Internal),
    ("all", IdleCalls::All),
];

/// What becomes of logins at a restart.
pub const AFTER_RESTART: [(&str, AfterRestart); 2] =
    [("keep", AfterRestart::Keep), ("end", AfterRestart::End)];

/// What a code does.
pub const FEATURES: [(&str, Feature); 6] = [
    ("login-by-own-extension", Feature::LoginByOwnExtension),
    ("login-with-extension", Feature::LoginWithExtension),
    ("logout", Feature::Logout),
    ("login-with-prompts", Feature::LoginWithPrompts),
    ("logout-with-prompts", Feature::LogoutWithPrompts),
    ("toggle", Feature::Toggle),
];
