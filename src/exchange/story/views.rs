//! What is shown: the state of the house as plain values.

use std::collections::BTreeMap;

use crate::exchange::Exchange;
use crate::exchange::dialplan::emergency;
use crate::model::{DeviceMode, DeviceView, ExtensionView, Login, Now, Stage, StatusView};

impl Exchange {
    /// The state of the whole box.
    pub fn status(&self, now: Now) -> StatusView {
        let accepted = || self.directory.office().devices.values().filter(|one| one.admission.is_let_in());
        let reachable = accepted().filter(|one| self.registrar.is_reachable(one.id, now.mono)).count();
        let settings = self.directory.settings().clone();
        StatusView {
            reachable: (reachable, accepted().count()),
            calls: self.ledger.views(),
            emergencies: self.emergencies.notices().cloned().collect(),
            emergency_ready: (!settings.trunks.is_empty() || settings.emergency_extension.is_some())
                && !emergency::numbers(&settings).is_empty(),
            store_trouble: self.store_trouble,
            lockouts: self.lockouts(now),
            findings: self.findings.clone(),
            settings,
        }
    }

    /// All devices, by id.
    pub fn devices(&self, now: Now) -> Vec<DeviceView> {
        self.directory
            .office()
            .devices
            .values()
            .map(|device| {
                let claimed = self.openings.claimed(device.id).map(|from| from.address);
                // Nothing has been asked of a phone that waits, and a phone set up by hand has nothing to follow.
                let follows = device.admission.is_let_in() && device.is_provisioned();
                let (stage, late) =
                    if follows { self.refresh.stage(device.id) } else { (Stage::Routing, false) };
                DeviceView {
                    id: device.id,
                    mac: device.mac,
                    title: device.title(),
                    name: device.name.as_ref().map(ToString::to_string),
                    screen_name: device.screen_name.map(|name| name.to_string()),
                    model: device.model.clone(),
                    mode: device.mode.clone(),
                    admission: device.admission,
                    address: claimed.or(device.address),
                    login: self.hotdesk.at(device.id).cloned(),
                    stage,
                    late,
                    reachable: self.registrar.is_reachable(device.id, now.mono),
                    stranded: self.stranded.contains(&device.id),
                    provisioned: device.is_provisioned(),
                    provisioning_url: self.provisioning_url(device),
                }
            })
            .collect()
    }

    /// All extensions, by number.
    pub fn extensions(&self, now: Now) -> Vec<ExtensionView> {
        let office = self.directory.office();
        // Each list is walked once: pages ask for this while calls wait.
        let (mut owned, mut used) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for device in office.devices.values() {
            if let DeviceMode::Owned(owner) = &device.mode {
                owned.entry(owner).or_default().push(device.id);
            }
            if let Some(login) = self.hotdesk.at(device.id) {
                used.entry(&login.extension).or_default().push(device.id);
            }
        }
        office
            .extensions
            .values()
            .map(|extension| {
                let owns = owned.remove(&extension.number).unwrap_or_default();
                let logged_in_at = used.remove(&extension.number).unwrap_or_default();
                let reachable =
                    owns.iter().chain(&logged_in_at).any(|id| self.registrar.is_reachable(*id, now.mono));
                ExtensionView {
                    number: extension.number.clone(),
                    name: extension.name.clone(),
                    hotdesk: office.values_of(extension).may_hotdesk(),
                    has_pin: extension.pin.is_some(),
                    logged_in_at,
                    owns,
                    reachable,
                }
            })
            .collect()
    }

    /// All logins, oldest first.
    pub fn logins(&self) -> Vec<Login> {
        self.hotdesk.all()
    }
}
