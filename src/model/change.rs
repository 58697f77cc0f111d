//! Changes: every fact that must survive, as one small, named, replayable value.
//!
//! The exchange hands them out, the `store` room writes them in order, and a start replays what was written into a
//! [`Snapshot`].

use std::collections::BTreeMap;

use super::{
    AuditEntry, Binding, CallRecord, Device, DeviceId, EmergencyNotice, Extension, ExtensionNumber,
    KeptLockout, Locked, Login, LoginId, LogoutReason, Messages, OfficeSettings, TenantId,
};

/// A fact to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The settings of the first tenant are now these.
    Settings(OfficeSettings),
    /// This tenant is new or has changed.
    Tenant(TenantId, Box<OfficeSettings>),
    /// This tenant is gone.
    TenantRemoved(TenantId),
    /// This extension is new or has changed.
    Extension(Extension),
    /// This extension is gone.
    ExtensionRemoved(ExtensionNumber),
    /// This device is new or has changed.
    Device(Box<Device>),
    /// This device is gone.
    DeviceRemoved(DeviceId),
    /// This device has shown itself, for the first time or at another address. Written lazily: it shows itself again.
    DeviceSeen(Box<Device>),
    /// This device only waited to be accepted, and has made way for another. Written lazily.
    DeviceForgotten(DeviceId),
    /// Somebody logged in.
    LoggedIn(Login),
    /// A login ended.
    LoggedOut(LoginId, LogoutReason),
    /// This contact is registered. Written in batches; a mere refresh is no change.
    Bound(Binding),
    /// This contact is not registered any more. Written in batches.
    Unbound {
        /// The device.
        device: DeviceId,
        /// The contact address, verbatim.
        contact: String,
    },
    /// A call has ended. Written in batches.
    Call(CallRecord),
    /// An emergency call was made.
    Emergency(EmergencyNotice),
    /// Wrong PINs have closed this to new logins.
    LoginsClosed(KeptLockout),
    /// It is open again: its time is over, or the administrator has opened it.
    LoginsOpened(Locked),
    /// This user is to be told at the next login why the last one ended (B13). Written in batches.
    ToTell(ExtensionNumber, LogoutReason),
    /// The user has been told, or need not be any more. Written in batches.
    Told(ExtensionNumber),
    /// So many messages wait for this user; none is nothing to remember. Written in batches.
    Messages(ExtensionNumber, Messages),
    /// Something for the journal. That of a login or logout reaches the disc with it; a refusal is written lazily.
    Audit(AuditEntry),
}

/// Everything a start needs, as the store read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Settings, extensions and devices.
    pub office: super::Office,
    /// The logins that hold.
    pub logins: Vec<Login>,
    /// The contacts that were registered.
    pub bindings: Vec<Binding>,
    /// What wrong PINs had closed to new logins.
    pub lockouts: Vec<KeptLockout>,
    /// Who is to be told at the next login why the last one ended.
    pub to_tell: BTreeMap<ExtensionNumber, LogoutReason>,
    /// How many messages wait for whom.
    pub messages: BTreeMap<ExtensionNumber, Messages>,
    /// The highest device number ever given, so that none is given twice.
    pub last_device: u32,
    /// The highest login number ever given.
    pub last_login: u64,
    /// The highest call number ever given.
    pub last_call: u64,
    /// The number of the journal's last entry.
    pub last_audit: u64,
    /// The highest screen name ever given.
    pub last_screen_name: u16,
}
