//! The highest numbers ever given to devices, logins, calls and screens, so that none is given twice. That of the journal is
//! read from its last entry, which is never removed.

use serde::{Deserialize, Serialize};

use super::call_page;
use super::record::{Key, Kind};
use crate::model::{Change, Device, Snapshot};

/// The highest numbers ever given; kept apart from the records, so that removing a device does not free its number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counters {
    device: u32,
    login: u64,
    call: u64,
    screen_name: u16,
}

impl Counters {
    /// Takes note of the numbers a change uses.
    pub fn saw(&mut self, change: &Change) {
        match change {
            Change::Device(device) | Change::DeviceSeen(device) => self.saw_device(device),
            Change::DeviceRemoved(id) | Change::DeviceForgotten(id) => self.device = self.device.max(id.0),
            Change::LoggedIn(login) => self.login = self.login.max(login.id.0),
            Change::LoggedOut(id, _) => self.login = self.login.max(id.0),
            Change::Call(record) => self.call = self.call.max(record.id.0),
            Change::Emergency(notice) => self.call = self.call.max(notice.call.0),
            Change::Settings(_) | Change::Tenant(..) | Change::TenantRemoved(_) => {}
            Change::Extension(_) | Change::ExtensionRemoved(_) => {}
            Change::Bound(_) | Change::Unbound { .. } => {}
            Change::LoginsClosed(_) | Change::LoginsOpened(_) | Change::Audit(_) => {}
            Change::ToTell(..) | Change::Told(_) | Change::Messages(..) => {}
        }
    }

    /// Takes note of the number in a key.
    pub fn saw_key(mut self, key: &Key) -> Self {
        let number = key.number();
        match key.kind() {
            Kind::Device => self.device = self.device.max(u32::try_from(number).unwrap_or_default()),
            Kind::Login => self.login = self.login.max(number),
            Kind::Call => self.call = self.call.max(call_page::last_on(number)),
            Kind::Emergency => self.call = self.call.max(number),
            Kind::KeyCheck | Kind::Settings | Kind::Tenant | Kind::Part => {}
            Kind::Extension | Kind::Keys | Kind::Binding | Kind::Web | Kind::Lockout | Kind::Audit => {}
            Kind::ToTell | Kind::Messages => {}
        }
        self
    }

    /// Leaps past numbers that may have been given after the snapshot these come from. Screen names stay, because people
    /// read them.
    pub fn past_the_unknown(self) -> Self {
        Self {
            device: self.device.saturating_add(1000),
            login: self.login.saturating_add(1000),
            call: self.call.saturating_add(1000),
            screen_name: self.screen_name,
        }
    }

    /// Takes note of every number in a snapshot.
    pub fn saw_snapshot(&mut self, snapshot: &Snapshot) {
        snapshot.office.devices.values().for_each(|device| self.saw_device(device));
        snapshot.logins.iter().for_each(|login| self.login = self.login.max(login.id.0));
    }

    fn saw_device(&mut self, device: &Device) {
        self.device = self.device.max(device.id.0);
        self.screen_name = self.screen_name.max(device.screen_name.map_or(0, |name| name.0));
    }

    /// The higher of each number.
    pub fn or_higher(self, other: Self) -> Self {
        Self {
            device: self.device.max(other.device),
            login: self.login.max(other.login),
            call: self.call.max(other.call),
            screen_name: self.screen_name.max(other.screen_name),
        }
    }

    /// Writes the numbers into the snapshot a start is given.
    pub fn tell(self, snapshot: &mut Snapshot) {
        snapshot.last_device = self.device;
        snapshot.last_login = self.login;
        snapshot.last_call = self.call;
        snapshot.last_screen_name = self.screen_name;
    }
}
