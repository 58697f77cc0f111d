//! What is written down about a call: one record, whichever terminals were used (K3).

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CallId, DeviceId, ExtensionNumber};

/// One call, written when it has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CallRecord {
    /// The call.
    pub id: CallId,
    /// When it began; `None` where the clock was not trusted.
    pub started: Option<Timestamp>,
    /// Milliseconds until somebody answered; `None` when nobody did.
    pub answered_after_ms: Option<u64>,
    /// Milliseconds from begin to end.
    pub lasted_ms: u64,
    /// Who called.
    pub caller: Party,
    /// What was dialled; what follows a login code is masked (B10).
    pub dialled: String,
    /// Who was called, where that is an extension.
    pub callee: Option<ExtensionNumber>,
    /// The device that answered; it may be another's, where the call was sent on, and none where the outside did.
    pub answered_by: Option<DeviceId>,
    /// What became of it.
    pub outcome: CallOutcome,
    /// What kind of call it was.
    pub kind: CallKind,
}

/// One side of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    /// The extension, where somebody was logged in or owns the phone.
    pub extension: Option<ExtensionNumber>,
    /// The name shown.
    pub name: String,
    /// The phone.
    pub device: Option<DeviceId>,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// Somebody answered.
    Answered,
    /// The caller hung up before.
    Cancelled,
    /// Nobody answered in time, or nobody could be reached.
    NotAnswered,
    /// Busy, or declined.
    Busy,
    /// Refused or failed.
    Failed,
}

/// What kind of call it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// Between phones of the office.
    Internal,
    /// To the outside, or from there: then the caller is no extension.
    Outside,
    /// To an emergency service, or back from one to the desk that called.
    Emergency,
    /// With the voice menu (login, logout, a refusal spoken).
    Voice,
}
