//! Devices: finds the present device that a wish means, and says what must change about it.

use std::collections::{BTreeMap, BTreeSet};

use super::credentials::{self, NamesTaken};
use super::maker::Maker;
use crate::model::{Change, Device, DeviceAdmission, DeviceId, DeviceMode, DeviceWish, Office, OfficeWish};

/// The changes of all devices, where `matched` says which present device each wish means. Devices that only wait and are
/// not named stay. One that waits again is let in again only where it is the one in `again`.
pub(super) fn changes(
    present: &Office,
    wish: &OfficeWish,
    matched: &[Option<DeviceId>],
    again: Option<DeviceId>,
    maker: &mut Maker,
) -> Vec<Change> {
    let kept: BTreeSet<DeviceId> = matched.iter().flatten().copied().collect();
    let macs: BTreeSet<_> = wish.devices.iter().filter_map(|device| device.mac).collect();
    let is_gone = |device: &&Device| {
        // A phone that waits under the MAC of a device known by name until now has become that device.
        let replaced = device.mac.is_some_and(|mac| macs.contains(&mac));
        !kept.contains(&device.id) && (device.admission.is_let_in() || replaced)
    };
    let mut changes: Vec<Change> =
        present.devices.values().filter(is_gone).map(|device| Change::DeviceRemoved(device.id)).collect();

    let mut names = NamesTaken::of(present, wish, &kept);
    let mut highest_screen_name = present.devices.values().filter_map(|device| device.screen_name).max();
    for (device_wish, id) in wish.devices.iter().zip(matched) {
        let former = id.and_then(|id| present.devices.get(&id));
        let mut device = match former {
            Some(former) => former.clone(),
            None => unseen(maker.device_id(present.devices.keys().last().copied()), device_wish),
        };
        fulfil(&mut device, device_wish, maker);
        if device.mode == DeviceMode::HotDesk && device.screen_name.is_none() {
            device.screen_name = Some(maker.screen_name(highest_screen_name));
            highest_screen_name = device.screen_name;
        }
        credentials::renew(&mut device, device_wish, &mut names, maker);
        if device.admission == DeviceAdmission::WaitingAgain && again == Some(device.id) {
            device.admission = DeviceAdmission::Expected;
            credentials::renew_all(&mut device, maker);
        }
        if former != Some(&device) {
            changes.push(Change::Device(Box::new(device)));
        }
    }
    changes
}

/// The present device that each wish means: an accepted one with its MAC, else one without MAC and with its name, else
/// one that waits with its MAC.
pub(super) fn matched(present: &Office, wish: &OfficeWish) -> Vec<Option<DeviceId>> {
    let mut accepted = BTreeMap::new();
    let mut waiting = BTreeMap::new();
    let mut named = BTreeMap::new();
    for device in present.devices.values() {
        match (device.mac, &device.name) {
            (Some(mac), _) if device.admission == DeviceAdmission::Waiting => {
                waiting.insert(mac, device.id);
            }
            (Some(mac), _) => {
                accepted.insert(mac, device.id);
            }
            (None, Some(name)) => {
                named.insert(name, device.id);
            }
            (None, None) => {}
        }
    }
    let find = |device: &DeviceWish| {
        let by_mac = device.mac.and_then(|mac| accepted.get(&mac));
        let by_name = || device.name.as_ref().and_then(|name| named.get(name));
        let by_waiting = || device.mac.and_then(|mac| waiting.get(&mac));
        by_mac.or_else(by_name).or_else(by_waiting).copied()
    };
    wish.devices.iter().map(find).collect()
}

fn unseen(id: DeviceId, wish: &DeviceWish) -> Device {
    Device {
        name: wish.name.clone(),
        mode: wish.mode.clone(),
        ..Device::new(id, wish.mac, wish.model.clone())
    }
}

fn fulfil(device: &mut Device, wish: &DeviceWish, maker: &mut Maker) {
    device.mac = wish.mac;
    device.name = wish.name.clone();
    // A wish that knows the maker alone leaves the model that the phone has told meanwhile.
    if !wish.model.is_maker_only() || wish.model.vendor() != device.model.vendor() {
        device.model = wish.model.clone();
    }
    device.mode = wish.mode.clone();
    device.tenant = wish.tenant.clone();
    device.template = wish.template.clone();
    device.own = wish.own.clone();
    device.location = wish.location.clone();
    device.emergency_caller = wish.emergency_caller.clone();
    // One that waits again was accepted before and came back without its secret: a person must look at it, and a file
    // that merely says what it always said is no such look.
    if device.admission == DeviceAdmission::Waiting {
        device.admission = match device.is_provisioned() {
            true => DeviceAdmission::Expected,
            false => DeviceAdmission::Accepted,
        };
    }
    if device.is_provisioned() {
        device.url_secret.get_or_insert_with(|| maker.url_secret());
        device.admin_password.get_or_insert_with(|| maker.admin_password());
    }
}
