//! What the owner changes: settings, extensions, devices; what ends by it, and which phones must be told.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::exchange::{Exchange, Output};
use crate::model::{
    Change, DeviceAdmission, DeviceId, Event, Fresh, LogoutReason, Messages, Now, Office, PhoneState,
};

impl Exchange {
    /// The whole office, secrets included.
    pub fn office(&self) -> &Office {
        self.directory.office()
    }

    /// What may be given out next: numbers and randomness for an edit.
    pub fn fresh(&mut self) -> Fresh {
        self.directory.fresh(&mut self.rng)
    }

    /// Takes in what an edit has computed, keeps it, and does what follows from it.
    pub fn adopt(&mut self, changes: Vec<Change>, now: Now) {
        let before = self.directory.office().clone();
        let told = self.phone_states();
        for change in &changes {
            self.directory.adopt(change);
            match change {
                Change::Device(device) => self.tell(Event::DeviceChanged { device: device.id }),
                Change::DeviceRemoved(id) => {
                    self.registrar.forget_device(*id);
                    self.refresh.forget(*id);
                    self.openings.close(*id);
                    self.take_notify_back(*id);
                    self.tell(Event::DeviceChanged { device: *id });
                }
                Change::ExtensionRemoved(number) => {
                    self.is_told(number);
                    self.note_messages(number, Messages::default(), now);
                    self.tell(Event::OfficeChanged);
                }
                _ => self.tell(Event::OfficeChanged),
            }
            self.keep(change.clone());
        }
        self.audit_changes(&before, &changes, now);
        self.end_logins_without_a_place();
        while let Some(turn) = self.hotdesk.poll_turn() {
            self.handle_desk_turn(turn, now);
        }
        self.end_subscriptions_without_a_place(now);
        self.tell_phones(&before, &told, now);
        self.find_trunks();
        self.settle(now);
    }

    /// A login ends with its extension, with its desk, and with the permission.
    fn end_logins_without_a_place(&mut self) {
        for login in self.hotdesk.all() {
            let is_desk = self.directory.device(login.device).is_some_and(|one| self.is_desk(one));
            let may = self.may_roam(&login.extension, login.method);
            match (is_desk, may) {
                (true, true) => {}
                (false, _) => drop(self.hotdesk.logout(login.device, LogoutReason::DeviceRemoved)),
                (true, false) => drop(self.hotdesk.logout(login.device, LogoutReason::ExtensionRemoved)),
            }
        }
    }

    /// Tells every phone whose file is another now; opens the path for those just accepted.
    fn tell_phones(&mut self, before: &Office, told: &BTreeMap<DeviceId, PhoneState>, now: Now) {
        let mut accepted = Vec::new();
        for device in self.directory.office().devices.values().filter(|one| one.admission.is_let_in()) {
            let former = before.devices.get(&device.id);
            let was = former.map_or(DeviceAdmission::Waiting, |one| one.admission);
            let is_waiting_no_more =
                was == DeviceAdmission::WaitingAgain && device.admission == DeviceAdmission::Expected;
            if !was.is_let_in() || is_waiting_no_more {
                accepted.push(device.id);
            }
        }
        let is_changed =
            |(id, state): &(DeviceId, PhoneState)| !accepted.contains(id) && told.get(id) != Some(state);
        let changed: Vec<_> = self.phone_states().into_iter().filter(is_changed).collect();
        self.tell_accepted(accepted, now);
        for (device, state) in changed {
            let has_old_generation =
                told.get(&device).is_some_and(|told| told.generation == state.generation);
            self.renew_file(device, has_old_generation, now);
        }
    }

    fn tell_accepted(&mut self, accepted: Vec<DeviceId>, now: Now) {
        for id in accepted {
            // One that waited again is where it came from without its secret.
            if let Some(claimed) = self.openings.claimed(id)
                && let Some(change) = self.directory.is_at(id, claimed.address, claimed.local)
            {
                self.keep(change);
            }
            // A phone set up by hand fetches nothing.
            if let Some(device) = self.directory.device(id).filter(|device| device.is_provisioned()) {
                self.openings.open(id, device.address, now.mono);
            }
            self.refresh_phone(id, now);
        }
    }

    /// A phone's file has changed: it gets a new generation, unless the edit has given it one already. A phone at which
    /// somebody has logged in by its own function would lose that login with its next file: it is told when the login ends.
    fn renew_file(&mut self, id: DeviceId, has_old_generation: bool, now: Now) {
        let Some(device) = self.directory.device(id) else { return };
        let is_native = self.native_login_at(id).is_some();
        if self.patience(device).is_none() || (is_native && has_old_generation) {
            return;
        }
        if has_old_generation && let Some(change) = self.directory.renew_again(id, &mut self.rng) {
            self.keep(change);
        }
        self.refresh_phone(id, now);
    }

    /// Finds out where the trunks are: by their addresses, or by names to be looked up.
    pub(in crate::exchange) fn find_trunks(&mut self) {
        let all = self.directory.office().tenants().flat_map(|(_, settings)| &settings.trunks);
        for host in self.trunks.are_at(all.map(|trunk| trunk.host.as_str())) {
            self.outputs.push_back(Output::Resolve { host });
        }
    }

    /// A name has been looked up.
    pub(in crate::exchange) fn handle_resolved(&mut self, host: &str, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.trunks.found(host, address);
        }
    }
}
