//! The keys and words of an office file.

use crate::model::{AfterRestart, Feature, IdleCalls, LoginPolicy};

/// The keys of each table, in the order in which an export writes them.
pub(super) const FILE_KEYS: &[&str] =
    &["office", "trunk", "plan", "template", "tenant", "extension", "device"];
/// The tables of the file as they are written.
pub(super) const TABLES: &[&str] =
    &["[office]", "[[trunk]]", "[[tenant]]", "[[extension]]", "[[device]]", "[plan]"];
pub(super) const OFFICE_KEYS: &[&str] = &[
    "name",
    "country",
    "emergency_numbers",
    "language",
    "timezone",
    "realm",
    "emergency_extension",
    "login_policy",
    "idle_calls",
    "company_pin",
    "lockout_minutes",
    "audit_days",
    "after_restart",
    "auto_logout",
    "trusted_networks",
];
/// What a `[[tenant]]` may say besides.
pub(super) const TENANT_KEYS: &[&str] = &["id", "trunk", "plan", "template"];
pub(super) const AUTO_LOGOUT_KEYS: &[&str] = &["after", "idle", "at", "days", "gone"];
pub(super) const NETWORK_KEYS: &[&str] = &["network", "description"];
pub(super) const TEMPLATE_KEYS: &[&str] = &["extension", "account", "device"];
pub(super) const EXTENSION_KEYS: &[&str] =
    &["number", "name", "pin", "hotdesk_id", "hotdesk_pin", "forwards", "keys", "template"];
/// What an extension or its template may say.
pub(super) const EXTENSION_VALUE_KEYS: &[&str] = &[
    "hotdesk",
    "hotdesk_only",
    "phone_native",
    "pin_required",
    "busy_level",
    "max_calls",
    "language",
    "caller_id",
    "trunk",
    "account_template",
];
pub(super) const ACCOUNT_VALUE_KEYS: &[&str] = &["register_every", "tcp"];
pub(super) const FORWARD_KEYS: &[&str] = &["always", "busy", "unanswered", "unreachable", "ring_seconds"];
pub(super) const KEY_KEYS: &[&str] = &["lamp", "speed", "label"];
pub(super) const DEVICE_KEYS: &[&str] = &[
    "mac",
    "model",
    "name",
    "hotdesk",
    "extension",
    "tenant",
    "sip_user",
    "sip_password",
    "location",
    "emergency_caller",
    "template",
];
/// What a device or its template may say.
pub(super) const DEVICE_VALUE_KEYS: &[&str] =
    &["language", "idle_calls", "borrowable", "account_template", "server", "hotdesk_key", "extra"];
pub(super) const PLAN_KEYS: &[&str] = &["profile", "entries"];
pub(super) const ENTRY_KEYS: &[&str] = &["code", "feature", "on"];

pub(super) const KEYS_EXAMPLE: &str = "[{ lamp = \"101\", label = \"Reception\" }]";
pub(super) const ENTRIES_EXAMPLE: &str = "[{ code = \"*400\", feature = \"logout\" }]";
pub(super) const EMERGENCY_NUMBERS_EXAMPLE: &str = "[\"112\", \"118\"]";
pub(super) const NETWORKS_EXAMPLE: &str = "[{ network = \"192.168.1.0/24\", description = \"First floor\" }]";

/// The word that takes a secret, or all emergency numbers, away.
pub(super) const NONE: &str = "none";

pub(in crate::config) const POLICIES: [(&str, LoginPolicy); 3] =
    [("move", LoginPolicy::Move), ("refuse", LoginPolicy::Refuse), ("several", LoginPolicy::Several)];
pub(in crate::config) const IDLE_CALLS: [(&str, IdleCalls); 3] = [
    ("emergency-only", IdleCalls::EmergencyOnly),
    ("internal", IdleCalls::Internal),
    ("all", IdleCalls::All),
];
pub(in crate::config) const AFTER_RESTART: [(&str, AfterRestart); 2] =
    [("keep", AfterRestart::Keep), ("end", AfterRestart::End)];
pub(in crate::config) const FEATURES: [(&str, Feature); 6] = [
    ("login-by-own-extension", Feature::LoginByOwnExtension),
    ("login-with-extension", Feature::LoginWithExtension),
    ("logout", Feature::Logout),
    ("login-with-prompts", Feature::LoginWithPrompts),
    ("logout-with-prompts", Feature::LogoutWithPrompts),
    ("toggle", Feature::Toggle),
];
