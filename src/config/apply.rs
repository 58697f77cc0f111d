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
mod tenants;

use std::collections::BTreeMap;

use crate::model::{
    Change, DeviceId, DeviceWish, Extension, Fresh, Office, OfficeSettings, OfficeWish, Secret, Trunk,
};

pub use diff::Diff;
pub use edit::{
    accept_device, add_extension, notes, put_device, put_extension, put_settings, remove_device,
    remove_extension,
};
pub use journal::entries;
pub use settle::settle;
pub use tenants::{put_tenant, remove_template, remove_tenant};

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
    let settings = with_secrets(Some(&present.settings), &wish.settings);
    if present.settings != settings {
        changes.push(Change::Settings(settings));
    }
    for (tenant, settings) in &wish.others {
        let former = present.others.get(tenant);
        let settings = with_secrets(former, settings);
        if former != Some(&settings) {
            changes.push(Change::Tenant(tenant.clone(), Box::new(settings)));
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
            | Change::ToTell(..)
            | Change::Messages(..)
            | Change::Told(_)
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

/// The settings with the secrets that they do not say. An account at a trunk of which no password is said keeps the one it
/// has.
fn with_secrets(former: Option<&OfficeSettings>, settings: &OfficeSettings) -> OfficeSettings {
    let company_pin = kept(former.and_then(|former| former.company_pin.as_ref()), &settings.company_pin);
    let mut settings = OfficeSettings { company_pin, ..settings.clone() };
    let known = former.map(|former| former.trunks.as_slice()).unwrap_or_default();
    for trunk in settings.trunks.iter_mut().filter(|trunk| trunk.password.is_none()) {
        let is_same =
            |one: &&Trunk| (&one.name, &one.host, &one.user) == (&trunk.name, &trunk.host, &trunk.user);
        let former = known.iter().find(is_same).filter(|_| trunk.user.is_some());
        trunk.password = former.and_then(|former| former.password.clone());
    }
    settings
}

/// A secret that is not said stays; an empty one goes.
fn kept(former: Option<&Secret>, wished: &Option<Secret>) -> Option<Secret> {
    match wished {
        None => former.cloned(),
        Some(secret) => Some(secret.clone()).filter(|secret| !secret.expose().is_empty()),
    }
}

/// Whether the user of an extension logs in by a PIN that there is not yet.
fn lacks_pin(extension: &Extension, wish: &OfficeWish) -> bool {
    let values = wish.settings_of(extension.number.tenant()).values_of(extension);
    values.may_hotdesk() && values.needs_pin() && extension.login_pin().is_none()
}

fn extension_changes(present: &Office, wish: &OfficeWish, maker: &mut Maker) -> Vec<Change> {
    let wished: BTreeMap<_, _> =
        wish.extensions.iter().map(|extension| (&extension.number, extension)).collect();
    let gone = present.extensions.keys().filter(|number| !wished.contains_key(number));
    let mut changes: Vec<Change> = gone.cloned().map(Change::ExtensionRemoved).collect();
    for extension in wished.into_values() {
        let former = present.extensions.get(&extension.number);
        let mut extension = extension.clone();
        extension.pin = kept(former.and_then(|former| former.pin.as_ref()), &extension.pin);
        extension.hotdesk_pin =
            kept(former.and_then(|former| former.hotdesk_pin.as_ref()), &extension.hotdesk_pin);
        if lacks_pin(&extension, wish) {
            extension.pin = Some(maker.pin(&extension));
        }
        if former != Some(&extension) {
            changes.push(Change::Extension(extension));
        }
    }
    changes
}

#[cfg(test)]
mod tests;
