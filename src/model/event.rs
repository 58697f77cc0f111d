//! Events: what happens, told to the page, the API's stream, the panel and the log. No event carries a secret.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CallId, CallRecord, DeviceId, ExtensionNumber, Locked, LoginMethod, LoginRefusal, LogoutReason, Messages,
    Stage, StoreTrouble,
};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A phone has appeared, or come back reset, and waits to be accepted.
    DeviceSeen {
        /// The phone.
        device: DeviceId,
    },
    /// A device was accepted, changed or removed.
    DeviceChanged {
        /// The phone.
        device: DeviceId,
    },
    /// A phone has registered, or its registration has ended.
    DeviceReachable {
        /// The phone.
        device: DeviceId,
        /// Whether it can be reached now.
        reachable: bool,
    },
    /// The office's settings or extensions changed.
    OfficeChanged,
    /// Somebody logged in.
    LoggedIn {
        /// Who.
        extension: ExtensionNumber,
        /// Where.
        device: DeviceId,
        /// How.
        method: LoginMethod,
    },
    /// A login ended.
    LoggedOut {
        /// Who.
        extension: ExtensionNumber,
        /// Where.
        device: DeviceId,
        /// Why.
        reason: LogoutReason,
    },
    /// A login was refused.
    LoginRefused {
        /// Who, where the number dialled is an extension.
        extension: Option<ExtensionNumber>,
        /// Where.
        device: DeviceId,
        /// Why.
        refusal: LoginRefusal,
    },
    /// Too many wrong PINs have closed an extension or a phone to new logins.
    LoginsClosed {
        /// What is closed.
        #[serde(flatten)]
        locked: Locked,
    },
    /// It is open again before its time: the administrator has cleared it.
    LoginsOpened {
        /// What was closed.
        #[serde(flatten)]
        locked: Locked,
    },
    /// A phone has gone a step further towards what it should be.
    StageReached {
        /// The phone.
        device: DeviceId,
        /// The step.
        stage: Stage,
    },
    /// A phone has not followed within its patience; calls work all the same.
    PhoneLate {
        /// The phone.
        device: DeviceId,
    },
    /// A call began.
    CallStarted {
        /// The call.
        call: CallId,
    },
    /// A call ended.
    CallEnded {
        /// Its record.
        record: CallRecord,
    },
    /// Other messages wait for somebody than before, as the office's voicemail has said.
    MessagesChanged {
        /// For whom.
        extension: ExtensionNumber,
        /// How many.
        #[serde(flatten)]
        messages: Messages,
    },
    /// An emergency call was made, goes another way, was answered, or has ended unanswered.
    Emergency(EmergencyNotice),
    /// The store cannot write (a full disc), or can again.
    StoreTrouble {
        /// What is wrong; `None` when all is well again.
        trouble: Option<StoreTrouble>,
    },
}

impl Event {
    /// The names of all events, as they are told and asked for.
    pub const NAMES: [&str; 16] = [
        "device-seen",
        "device-changed",
        "device-reachable",
        "office-changed",
        "logged-in",
        "logged-out",
        "login-refused",
        "logins-closed",
        "logins-opened",
        "stage-reached",
        "phone-late",
        "call-started",
        "call-ended",
        "messages-changed",
        "emergency",
        "store-trouble",
    ];
}

/// An emergency call, for the log and the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EmergencyNotice {
    /// The call.
    pub call: CallId,
    /// When; `None` where the clock was not trusted.
    pub at: Option<Timestamp>,
    /// The phone it was made from.
    pub device: DeviceId,
    /// Who was logged in there, or owns it.
    pub extension: Option<ExtensionNumber>,
    /// The number dialled.
    pub number: String,
    /// Where it goes, or went last.
    pub outcome: EmergencyRoute,
    /// What has become of it.
    pub fate: EmergencyFate,
}

/// What has become of an emergency call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EmergencyFate {
    /// It is on its way; nobody has answered yet.
    UnderWay,
    /// Somebody has answered.
    Answered,
    /// It has ended, and nobody had answered.
    Unanswered,
}

/// Where an emergency call went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EmergencyRoute {
    /// Out by the trunk.
    Trunk,
    /// To the extension set for it.
    Extension(ExtensionNumber),
    /// Nowhere: there is no way out.
    NoOutsideLine,
}
