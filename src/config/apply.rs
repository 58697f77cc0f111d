//! From a wish to changes: what must happen so that the office becomes what its owner wants.
//!
//! Pure functions over the present office, for the office file, the pages, the API and the command line alike. What the
//! owner does not say is kept or made here: device numbers, screen names, PINs, credentials and secret URLs, from
//! [`Fresh`] numbers and randomness. A wish that is fulfilled already gives no change. Logins are ended by whoever adopts
//! the changes: the running exchange by itself, a stopped box through [`mod@settle`].

mod credentials;
mod devices;
mod diff;
mod edit;
mod journal;
mod maker;
mod settle;

use std::collections::BTreeMap;

use crate::model::{Change, DeviceId, DeviceWish, Extension, Fresh, Office, OfficeWish};

pub use diff::Diff;
pub use edit::{
    accept_device, add_extension, notes, put_device, put_extension, put_settings, remove_device,
    remove_extension,
};
pub use journal::entries;
pub use settle::settle;

use maker::Maker;

/// The changes that lead from the present office to the wish, together with what a person is told about them.
pub fn plan(present: &Office, wish: &OfficeWish, fresh: Fresh) -> Diff {
    Diff::of(present, wish, changes(present, wish, fresh))
}

/// The changes that lead from the present office to the wish: settings first, then extensions, then devices, removals
/// before the rest.
pub fn changes(present: &Office, wish: &OfficeWish, fresh: Fresh) -> Vec<Change> {
    changes_where(present, wish, &devices::matched(present, wish), None, fresh)
}

/// The same, where it is known already which present device each wish means, and which one is let in again.
fn changes_where(
    present: &Office,
    wish: &OfficeWish,
    matched: &[Option<DeviceId>],
    again: Option<DeviceId>,
    fresh: Fresh,
) -> Vec<Change> {
    let mut maker = Maker::new(fresh);
    let mut changes = Vec::new();
    if present.settings != wish.settings {
        changes.push(Change::Settings(wish.settings.clone()));
    }
    for (tenant, settings) in &wish.others {
        if present.others.get(tenant) != Some(settings) {
            changes.push(Change::Tenant(tenant.clone(), Box::new(settings.clone())));
        }
    }
    changes.extend(extension_changes(present, wish, &mut maker));
    changes.extend(devices::changes(present, wish, matched, again, &mut maker));
    let gone = present.others.keys().filter(|tenant| !wish.others.contains_key(tenant));
    changes.extend(gone.cloned().map(Change::TenantRemoved));
    changes
}

/// The office after the changes.
pub fn after(present: &Office, changes: &[Change]) -> Office {
    let mut office = present.clone();
    for change in changes {
        match change {
            Change::Settings(settings) => office.settings = settings.clone(),
            Change::Extension(extension) => {
                office.extensions.insert(extension.number.clone(), extension.clone());
            }
            Change::Tenant(tenant, settings) => {
                office.others.insert(tenant.clone(), (**settings).clone());
            }
            Change::TenantRemoved(tenant) => {
                office.others.remove(tenant);
            }
            Change::ExtensionRemoved(number) => {
                office.extensions.remove(number);
            }
            Change::Device(device) | Change::DeviceSeen(device) => {
                office.devices.insert(device.id, (**device).clone());
            }
            Change::DeviceRemoved(id) | Change::DeviceForgotten(id) => {
                office.devices.remove(id);
            }
            Change::LoggedIn(_)
            | Change::LoggedOut(..)
            | Change::Bound(_)
            | Change::Unbound { .. }
            | Change::Call(_)
            | Change::Emergency(_)
            | Change::LoginsClosed(_)
            | Change::LoginsOpened(_)
            | Change::Audit(_) => {}
        }
    }
    office
}

/// The wish that the present office fulfils; SIP names and passwords of phones set up by hand are said outright.
pub fn wish_of(office: &Office) -> OfficeWish {
    let devices = office.devices.values().filter(|device| device.admission.is_let_in());
    OfficeWish {
        settings: office.settings.clone(),
        others: office.others.clone(),
        extensions: office.extensions.values().cloned().collect(),
        devices: devices
            .map(|device| {
                let by_hand = device.current().filter(|_| !device.is_provisioned());
                DeviceWish {
                    sip_user: by_hand.map(|credential| credential.account.clone()),
                    sip_password: by_hand.map(|credential| credential.password.clone()),
                    ..DeviceWish::as_it_is(device)
                }
            })
            .collect(),
    }
}

/// Whether an extension of the wish may log in at hot-desk phones.
fn roams(extension: &Extension, wish: &OfficeWish) -> bool {
    wish.settings_of(extension.number.tenant()).values_of(extension).may_hotdesk()
}

fn extension_changes(present: &Office, wish: &OfficeWish, maker: &mut Maker) -> Vec<Change> {
    let wished: BTreeMap<_, _> =
        wish.extensions.iter().map(|extension| (&extension.number, extension)).collect();
    let gone = present.extensions.keys().filter(|number| !wished.contains_key(number));
    let mut changes: Vec<Change> = gone.cloned().map(Change::ExtensionRemoved).collect();
    for extension in wished.into_values() {
        let former = present.extensions.get(&extension.number);
        let mut extension = extension.clone();
        if extension.pin.is_none() {
            extension.pin = former.and_then(|former| former.pin.clone());
        }
        if extension.pin.is_none() && roams(&extension, wish) {
            extension.pin = Some(maker.pin(&extension.number));
        }
        if former != Some(&extension) {
            changes.push(Change::Extension(extension));
        }
    }
    changes
}

#[cfg(test)]
mod tests;
