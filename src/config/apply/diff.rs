//! What changes do, said to a person: what goes, what is different, what is new. No line carries a secret.

mod details;

use std::collections::BTreeSet;

use super::after;
use crate::model::{Change, Device, Office, OfficeWish};

/// Changes, and what a person is told about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// What goes, a line each.
    pub removed: Vec<String>,
    /// What is different, a line each.
    pub changed: Vec<String>,
    /// What is new, a line each.
    pub added: Vec<String>,
    /// The changes themselves, in order.
    pub changes: Vec<Change>,
    /// Whether more than a tenth of the extensions or of the devices goes: then somebody should be asked.
    pub removes_more_than_a_tenth: bool,
}

/// Where a person finds a secret that no line tells.
const WHERE_SHOWN: &str = "see \"perch export --secrets\"";

impl Diff {
    /// Says what these changes do to the present office, and which secrets of the wish the box has made itself.
    pub(super) fn of(present: &Office, wish: &OfficeWish, changes: Vec<Change>) -> Self {
        let after = after(present, &changes);
        let mut diff = Self { changes, ..Self::default() };
        diff.tenant_lines(present, &after);
        diff.extension_lines(present, wish, &after);
        diff.device_lines(present, &after);
        diff
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Every line with its sign: what goes first (`-`), then what is different (`~`), then what is new (`+`).
    pub fn lines(&self) -> Vec<String> {
        let signed = |sign: &'static str| move |line: &String| format!("{sign} {line}");
        let removed = self.removed.iter().map(signed("-"));
        let changed = self.changed.iter().map(signed("~"));
        removed.chain(changed).chain(self.added.iter().map(signed("+"))).collect()
    }

    fn tenant_lines(&mut self, present: &Office, after: &Office) {
        self.changed.extend(details::of_settings(&present.settings, &after.settings));
        for (tenant, settings) in &after.others {
            match present.others.get(tenant) {
                None => self.added.push(format!("tenant {tenant} {}", settings.name)),
                Some(former) => {
                    let lines = details::of_settings(former, settings).into_iter();
                    self.changed.extend(lines.map(|line| format!("tenant {tenant}: {line}")));
                }
            }
        }
        let gone = present.others.iter().filter(|(tenant, _)| !after.others.contains_key(*tenant));
        let gone: Vec<String> = gone.map(|(tenant, one)| format!("tenant {tenant} {}", one.name)).collect();
        // A tenant is never a small part of the box.
        self.removes_more_than_a_tenth |= !gone.is_empty();
        self.removed.extend(gone);
    }

    fn extension_lines(&mut self, present: &Office, wish: &OfficeWish, after: &Office) {
        let without_pin = wish.extensions.iter().filter(|extension| extension.pin.is_none());
        let without_pin: BTreeSet<_> = without_pin.map(|extension| &extension.number).collect();
        let gone = present.extensions.values().filter(|one| !after.extensions.contains_key(&one.number));
        let gone: Vec<String> = gone.map(|one| format!("extension {} {}", one.number, one.name)).collect();
        self.removes_more_than_a_tenth |= gone.len() * 10 > present.extensions.len();
        self.removed.extend(gone);
        for extension in after.extensions.values() {
            let title = format!("extension {} {}", extension.number, extension.name);
            let former = present.extensions.get(&extension.number);
            let settings = after.settings_of(extension.number.tenant());
            let mut details = details::of_extension(former, extension, settings);
            let new_pin = extension.pin.is_some() && former.is_none_or(|former| former.pin != extension.pin);
            match (new_pin, without_pin.contains(&extension.number)) {
                (true, true) => details.push(format!("a PIN made by the box, {WHERE_SHOWN}")),
                (true, false) => details.push("new PIN".to_owned()),
                (false, _) => {}
            }
            match former {
                None => self.added.push(with_details(title, &details)),
                Some(former) if former == extension => {}
                Some(_) => self.changed.push(with_details(title, &details)),
            }
        }
    }

    fn device_lines(&mut self, present: &Office, after: &Office) {
        let is_let_in = |device: &&Device| device.admission.is_let_in();
        let here = present.devices.values().filter(is_let_in).count();
        let gone = present.devices.values().filter(|one| !after.devices.contains_key(&one.id));
        let gone: Vec<String> =
            gone.filter(is_let_in).map(|device| format!("device {}", device.title())).collect();
        self.removes_more_than_a_tenth |= gone.len() * 10 > here;
        self.removed.extend(gone);
        for device in after.devices.values() {
            let title = format!("device {}", device.title());
            match present.devices.get(&device.id) {
                Some(former) if former == device => {}
                Some(former) if is_let_in(&former) => {
                    let settings = after.settings_of(&device.tenant);
                    self.changed.push(with_details(title, &details::of_device(former, device, settings)));
                }
                Some(_) | None => {
                    let mut details = vec![format!("{}, {}", device.model, details::owner(&device.mode))];
                    if let Some(current) = device.current().filter(|_| !device.is_provisioned()) {
                        details.push(format!("SIP user name {}", current.account));
                        details.push(format!("its password: {WHERE_SHOWN}"));
                    }
                    self.added.push(with_details(title, &details));
                }
            }
        }
    }
}

fn with_details(title: String, details: &[String]) -> String {
    if details.is_empty() { title } else { format!("{title}: {}", details.join(", ")) }
}
