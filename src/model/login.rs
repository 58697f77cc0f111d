//! Logins: which extension is at which device, and how far the phone has followed.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeviceId, ExtensionNumber, LoginId};

/// One hot-desk session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Its number on this box.
    pub id: LoginId,
    /// Who.
    pub extension: ExtensionNumber,
    /// Where.
    pub device: DeviceId,
    /// Since when; `None` where the clock was not trusted then.
    pub since: Option<Timestamp>,
    /// By which way.
    pub method: LoginMethod,
    /// Whether it has reached the disc (B1: a login is granted even if the disc fails).
    pub saved: bool,
}

/// The way a login was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoginMethod {
    /// By calling one's own extension from an idle phone (K9).
    OwnExtension,
    /// By the login code with the extension (C12).
    Code,
    /// In the web page, by the administrator.
    Page,
    /// By the API, with the administrator's token.
    Api,
    /// By a code that asks for ID and PIN (F11, P9).
    Prompts,
    /// By the phone's own hot-desk function (I3).
    PhoneNative,
}

/// Why a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogoutReason {
    /// By a logout code or key at the phone.
    Code,
    /// By the administrator, in the page.
    Page,
    /// By the administrator, by the API.
    Api,
    /// The user logged in at another desk (K5).
    Moved,
    /// Another user logged in at this desk (C16).
    Displaced,
    /// The office file no longer has the extension, or forbids it hot desking.
    ExtensionRemoved,
    /// The office file no longer has the device, or it is no hot desk any more.
    DeviceRemoved,
    /// From another phone, with ID and PIN (F13).
    OtherPhone,
    /// By the phone's own hot-desk function: it has let its registration go (I23).
    PhoneNative,
    /// By age, as the office has set (B6).
    Age,
    /// Without a call for too long, as the office has set (B6).
    Idle,
    /// By the clock, as the office has set (B6).
    Clock,
    /// The phone was gone for too long (B6).
    Gone,
    /// The box was restarted, and the office has set that logins end then (B11).
    Restart,
}

/// What a tenant does when somebody logs in who is logged in elsewhere (rule 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoginPolicy {
    /// The old desk lets go (K5).
    #[default]
    Move,
    /// The new login is refused.
    Refuse,
    /// Both desks ring.
    Several,
}

/// Why a login is refused; each has a prompt and an API text of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoginRefusal {
    /// No such extension.
    #[error("there is no such extension")]
    UnknownExtension,
    /// The extension may not hot desk, or has no PIN.
    #[error("this extension may not use hot-desk phones")]
    NotAllowed,
    /// The device is no hot desk.
    #[error("this phone is not a hot-desk phone")]
    NotAHotDesk,
    /// The PIN was wrong.
    #[error("the PIN is wrong")]
    WrongPin,
    /// Too many wrong PINs; try again later.
    #[error("too many wrong PINs: try again later, or ask the administrator")]
    Locked,
    /// The policy is `refuse` and the user is logged in at another desk.
    #[error("this extension is logged in at another phone, and the office does not allow a second login")]
    BusyElsewhere,
    /// The user is logged in right here.
    #[error("this extension is already logged in at this phone")]
    AlreadyHere,
    /// No such device.
    #[error("there is no such phone")]
    UnknownDevice,
}

/// How far a phone has followed a change (B2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Calls follow; the phone has not been told yet. The final stage of a phone the box does not provision.
    Routing,
    /// The phone is in a call; it will be told after it.
    WaitingForCall,
    /// The phone has been told to fetch its file.
    Notified,
    /// The phone has fetched its new file.
    Fetched,
    /// The phone has registered its new account.
    Confirmed,
}
