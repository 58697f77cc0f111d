//! What pages, the API and the panel are shown: plain values, taken in one go, without secrets.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    CallId, DeviceAdmission, DeviceId, DeviceMode, EmergencyNotice, ExtensionNumber, LockoutView, Login, Mac,
    ModelName, OfficeSettings, Party, Secret, Stage, StartFinding, StoreTrouble,
};

/// A device as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// Its hardware address.
    pub mac: Option<Mac>,
    /// Its nickname, else its screen name, else its MAC.
    pub title: String,
    /// Its nickname.
    pub name: Option<String>,
    /// `HD0001` …
    pub screen_name: Option<String>,
    /// Its model.
    pub model: ModelName,
    /// Who it belongs to.
    pub mode: DeviceMode,
    /// Whether it is let in.
    pub admission: DeviceAdmission,
    /// Where it was last seen.
    pub address: Option<IpAddr>,
    /// Who is logged in.
    pub login: Option<Login>,
    /// How far it has followed its last change.
    pub stage: Stage,
    /// Whether it has run out of patience.
    pub late: bool,
    /// Whether it has a live registration.
    pub reachable: bool,
    /// Whether it has not come back since a login by its own hot-desk function has ended, or has not been heard of since a
    /// restart before which it was to become another: until then it can call nobody, the emergency services included
    /// (rule 9).
    pub stranded: bool,
    /// Whether the box writes its file.
    pub provisioned: bool,
    /// Its provisioning URL with its secret; only the administrator sees it.
    pub provisioning_url: Option<Secret>,
}

/// An extension as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExtensionView {
    /// The number.
    pub number: ExtensionNumber,
    /// The name.
    pub name: String,
    /// Whether it may hot desk.
    pub hotdesk: bool,
    /// Whether it has a PIN.
    pub has_pin: bool,
    /// Where it is logged in.
    pub logged_in_at: Vec<DeviceId>,
    /// The phones it owns.
    pub owns: Vec<DeviceId>,
    /// Whether any of its phones can be reached.
    pub reachable: bool,
}

/// A call under way as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CallView {
    /// The call.
    pub id: CallId,
    /// Who calls.
    pub caller: Party,
    /// What was dialled, masked after a login code.
    pub dialled: String,
    /// Since when.
    pub started: Option<Timestamp>,
    /// Whether somebody has answered.
    pub answered: bool,
}

/// The state of the whole box at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusView {
    /// The settings.
    pub settings: OfficeSettings,
    /// Phones with a live registration, and all accepted phones.
    pub reachable: (usize, usize),
    /// Calls under way.
    pub calls: Vec<CallView>,
    /// The latest emergency calls, newest first, at most 20.
    pub emergencies: Vec<EmergencyNotice>,
    /// Whether emergency calls can leave the building or ring somebody.
    pub emergency_ready: bool,
    /// What is wrong with the store, if anything.
    pub store_trouble: Option<StoreTrouble>,
    /// What wrong PINs have closed to new logins.
    pub lockouts: Vec<LockoutView>,
    /// What the start has found on the disc; empty as a rule.
    pub findings: Vec<StartFinding>,
}
