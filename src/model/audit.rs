//! The journal: who logged in where, when, how, and why it ended; what was refused, closed and changed (B14).
//!
//! An entry holds no secret, no PIN and nothing that was dialled. A phone stands in it by its id and by the title it had
//! then, so that an entry still says something when the phone is gone.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    At, Change, DeviceId, ExtensionNumber, Locked, LoginMethod, LoginRefusal, LogoutReason, Office, TenantId,
};

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Counts up by one on this box.
    pub number: u64,
    /// When; `None` where the clock was not trusted then.
    pub at: Option<Timestamp>,
    /// What happened.
    #[serde(flatten)]
    pub what: AuditFact,
}

/// Something the journal tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum AuditFact {
    /// Somebody logged in.
    LoggedIn {
        /// Who.
        extension: ExtensionNumber,
        /// Where.
        device: DeviceId,
        /// What the phone was called.
        title: String,
        /// How.
        method: LoginMethod,
    },
    /// A login ended.
    LoggedOut {
        /// Whose.
        extension: ExtensionNumber,
        /// Where.
        device: DeviceId,
        /// What the phone was called.
        title: String,
        /// Since when it held; `None` where the clock was not trusted then.
        since: Option<Timestamp>,
        /// Why it ended.
        reason: LogoutReason,
    },
    /// A login was refused.
    LoginRefused {
        /// Whose it was to be, where that is an extension.
        extension: Option<ExtensionNumber>,
        /// Where.
        #[serde(flatten)]
        at: At,
        /// What the phone was called; empty where there is none.
        title: String,
        /// Why.
        refusal: LoginRefusal,
    },
    /// So many more were refused, too many to write each of them down.
    MoreRefused {
        /// How many.
        count: u32,
    },
    /// Wrong PINs have closed this to new logins.
    LoginsClosed {
        /// What is closed.
        #[serde(flatten)]
        locked: Locked,
    },
    /// The administrator has opened it again.
    LoginsOpened {
        /// What was closed.
        #[serde(flatten)]
        locked: Locked,
    },
    /// The administrator has added, changed or removed a tenant, or changed the office's settings.
    Tenant {
        /// Which.
        tenant: TenantId,
        /// What was done.
        deed: Deed,
    },
    /// The administrator has added, changed or removed an extension.
    Extension {
        /// Which.
        extension: ExtensionNumber,
        /// What was done.
        deed: Deed,
    },
    /// The administrator has let in, changed or removed a phone.
    Device {
        /// Which.
        device: DeviceId,
        /// What the phone was called.
        title: String,
        /// What was done.
        deed: Deed,
    },
    /// The administrator has changed so many more things at once, too many to write each of them down.
    MoreChanged {
        /// How many.
        count: u32,
    },
}

/// What was done to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// It is new.
    Added,
    /// It is another now.
    Changed,
    /// It is gone.
    Removed,
}

impl AuditFact {
    /// The extension it is about.
    pub fn extension(&self) -> Option<&ExtensionNumber> {
        match self {
            Self::LoggedIn { extension, .. }
            | Self::LoggedOut { extension, .. }
            | Self::Extension { extension, .. } => Some(extension),
            Self::LoginRefused { extension, .. } => extension.as_ref(),
            Self::LoginsClosed { locked: Locked::Extension(extension) }
            | Self::LoginsOpened { locked: Locked::Extension(extension) } => Some(extension),
            Self::LoginsClosed { .. } | Self::LoginsOpened { .. } | Self::Tenant { .. } => None,
            Self::Device { .. } | Self::MoreRefused { .. } | Self::MoreChanged { .. } => None,
        }
    }

    /// The phone it is about, and what it was called where that is written down.
    pub fn device(&self) -> Option<(DeviceId, &str)> {
        match self {
            Self::LoggedIn { device, title, .. }
            | Self::LoggedOut { device, title, .. }
            | Self::LoginRefused { at: At::Device(device), title, .. }
            | Self::Device { device, title, .. } => Some((*device, title)),
            Self::LoginsClosed { locked: Locked::Device(device) }
            | Self::LoginsOpened { locked: Locked::Device(device) } => Some((*device, "")),
            Self::LoginRefused { .. } | Self::LoginsClosed { .. } | Self::LoginsOpened { .. } => None,
            Self::Tenant { .. } | Self::Extension { .. } => None,
            Self::MoreRefused { .. } | Self::MoreChanged { .. } => None,
        }
    }

    /// What the administrator does to an office by these changes: of which things, and what is done to them.
    pub fn of_changes(before: &Office, changes: &[Change]) -> Vec<Self> {
        let mut facts: Vec<_> = changes.iter().filter_map(|change| Self::of_change(before, change)).collect();
        let more = facts.len().saturating_sub(CHANGES_WRITTEN);
        facts.truncate(CHANGES_WRITTEN);
        if more > 0 {
            facts.push(Self::MoreChanged { count: u32::try_from(more).unwrap_or(u32::MAX) });
        }
        facts
    }

    /// What the administrator does to an office by a change; `None` for what the journal does not tell.
    fn of_change(before: &Office, change: &Change) -> Option<Self> {
        let deed = |was_there: bool| if was_there { Deed::Changed } else { Deed::Added };
        Some(match change {
            Change::Settings(_) => Self::Tenant { tenant: TenantId::FIRST, deed: Deed::Changed },
            Change::Tenant(tenant, _) => {
                Self::Tenant { tenant: tenant.clone(), deed: deed(before.has_tenant(tenant)) }
            }
            Change::TenantRemoved(tenant) => Self::Tenant { tenant: tenant.clone(), deed: Deed::Removed },
            Change::Extension(extension) => Self::Extension {
                deed: deed(before.extensions.contains_key(&extension.number)),
                extension: extension.number.clone(),
            },
            Change::ExtensionRemoved(extension) => {
                Self::Extension { extension: extension.clone(), deed: Deed::Removed }
            }
            Change::Device(device) => {
                let was_let_in = before.devices.get(&device.id).is_some_and(|one| one.admission.is_let_in());
                Self::Device { device: device.id, title: device.title(), deed: deed(was_let_in) }
            }
            Change::DeviceRemoved(id) => {
                let title = before.devices.get(id).map_or_else(|| id.to_string(), |device| device.title());
                Self::Device { device: *id, title, deed: Deed::Removed }
            }
            Change::DeviceSeen(_) | Change::DeviceForgotten(_) => return None,
            Change::LoggedIn(_) | Change::LoggedOut(..) | Change::Bound(_) | Change::Unbound { .. } => {
                return None;
            }
            Change::Call(_) | Change::Emergency(_) => return None,
            Change::LoginsClosed(_) | Change::LoginsOpened(_) | Change::Audit(_) => return None,
            Change::ToTell(..) | Change::Told(_) | Change::Messages(..) => return None,
        })
    }
}

/// How many changes of one edit are written one by one; an office file may bring thousands.
const CHANGES_WRITTEN: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Extension;

    #[test]
    fn b14_a_large_office_file_does_not_fill_the_journal() {
        let number = |index: u32| index.to_string().parse().expect("a number");
        let changes: Vec<_> = (100..1100)
            .map(|index| Change::Extension(Extension::new(number(index), format!("User {index}"))))
            .collect();
        let facts = AuditFact::of_changes(&Office::default(), &changes);
        assert_eq!(facts.len(), CHANGES_WRITTEN + 1);
        assert_eq!(facts[0], AuditFact::Extension { extension: number(100), deed: Deed::Added });
        assert_eq!(facts.last(), Some(&AuditFact::MoreChanged { count: 950 }));
    }
}
