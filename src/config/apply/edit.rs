//! Single edits, as a page or the API makes them: each keeps the rules of the office file and gives the changes.
//!
//! Only faults that the edit itself brings are told, so that an old fault elsewhere never stands in the way.

use super::{changes_where, wish_of};
use crate::config::check::{self, Findings, canonical_time_zone};
use crate::config::fault::{DeviceFault, ExtensionFault, Fault, FaultKind, Part};
use crate::config::rules::Rules;
use crate::model::{
    Change, Device, DeviceAdmission, DeviceId, DeviceMode, DeviceWish, Extension, ExtensionNumber, Fresh,
    KeyWish, Office, OfficeSettings, OfficeWish,
};

/// Lets a waiting phone in, as a hot desk or as somebody's; one that waits again gets new secrets throughout.
pub fn accept_device(
    present: &Office,
    id: DeviceId,
    mode: DeviceMode,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    let device = known(present, id)?;
    let mut wish = DeviceWish { mode, ..DeviceWish::as_it_is(device) };
    if let DeviceMode::Owned(owner) = &wish.mode {
        wish.tenant = owner.tenant().clone();
    }
    edit_device(present, Some(id), wish, Some(id), (rules, fresh))
}

/// Adds a device, or changes the one with this id; a waiting one is let in by it.
pub fn put_device(
    present: &Office,
    id: Option<DeviceId>,
    wish: DeviceWish,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    if let Some(id) = id {
        known(present, id)?;
    }
    edit_device(present, id, wish, None, (rules, fresh))
}

/// Removes a device, whether accepted or waiting. The phone, if it is still there, appears as waiting again.
pub fn remove_device(present: &Office, id: DeviceId) -> Result<Vec<Change>, Vec<Fault>> {
    known(present, id)?;
    Ok(vec![Change::DeviceRemoved(id)])
}

/// Adds an extension, or changes the one with this number. A PIN that is `None` stays as it is.
pub fn put_extension(
    present: &Office,
    extension: Extension,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    let mut wish = wish_of(present);
    match wish.extensions.iter_mut().find(|other| other.number == extension.number) {
        Some(former) => *former = extension,
        None => wish.extensions.push(extension),
    }
    checked_changes(present, &wish, rules, fresh)
}

/// Adds an extension that must be new.
pub fn add_extension(
    present: &Office,
    extension: Extension,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    let mut wish = wish_of(present);
    wish.extensions.push(extension);
    checked_changes(present, &wish, rules, fresh)
}

/// Removes an extension, and the keys of others that show it.
pub fn remove_extension(
    present: &Office,
    number: &ExtensionNumber,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    if !present.extensions.contains_key(number) {
        return refuse(Part::File, "extension", ExtensionFault::Unknown(number.clone()));
    }
    if present.settings_of(number.tenant()).emergency_extension.as_ref() == Some(number) {
        let fault = ExtensionFault::TakesEmergencyCalls(number.clone());
        return refuse(Part::File, "emergency_extension", fault);
    }
    let owned = present.devices.values().filter(|device| device.mode == DeviceMode::Owned(number.clone()));
    let phones: Vec<String> = owned.map(Device::title).collect();
    if !phones.is_empty() {
        let fault = ExtensionFault::OwnsPhones { number: number.clone(), phones };
        return refuse(Part::File, "device", fault);
    }
    let mut wish = wish_of(present);
    wish.extensions.retain(|extension| extension.number != *number);
    let shows_it = |key: &KeyWish| matches!(key, KeyWish::Lamp { extension, .. } if extension == number);
    for extension in &mut wish.extensions {
        extension.keys.retain(|key| !shows_it(key));
    }
    checked_changes(present, &wish, rules, fresh)
}

/// Changes the office's settings.
pub fn put_settings(
    present: &Office,
    settings: OfficeSettings,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    let wish = OfficeWish { settings: in_one_form(settings), ..wish_of(present) };
    checked_changes(present, &wish, rules, fresh)
}

/// Time zone and SIP domain as they are written everywhere.
pub(super) fn in_one_form(mut settings: OfficeSettings) -> OfficeSettings {
    settings.timezone = canonical_time_zone(&settings.timezone).unwrap_or(settings.timezone);
    settings.realm.make_ascii_lowercase();
    settings
}

/// What is worth saying about the office as it is, though nothing is wrong with it: whom each note is about, and the note.
pub fn notes(office: &Office, rules: &Rules) -> Vec<(ExtensionNumber, FaultKind)> {
    let mut found = Findings::default();
    check::check(&wish_of(office), rules, &mut found);
    let of_whom = |note: Fault| match &note.kind {
        FaultKind::Extension(ExtensionFault::LoginCodeShadowed { extension, .. }) => {
            Some((extension.clone(), note.kind))
        }
        FaultKind::Extension(ExtensionFault::IdTooShort(id)) => {
            let mut extensions = office.extensions.values();
            let whose = extensions.find(|one| one.hotdesk_id.as_ref() == Some(id))?;
            Some((whose.number.clone(), note.kind))
        }
        _ => None,
    };
    found.notes.into_iter().filter_map(of_whom).collect()
}

fn edit_device(
    present: &Office,
    id: Option<DeviceId>,
    device: DeviceWish,
    again: Option<DeviceId>,
    (rules, fresh): (&Rules, Fresh),
) -> Result<Vec<Change>, Vec<Fault>> {
    let mut wish = wish_of(present);
    let mut matched = ids_of(present);
    match matched.iter().position(|other| id.is_some() && *other == id) {
        Some(position) => wish.devices[position] = device,
        None => {
            // A phone that is typed in by its MAC while it waits is that phone.
            let waiting = device.mac.and_then(|mac| {
                let mut waiting =
                    present.devices.values().filter(|one| one.admission == DeviceAdmission::Waiting);
                waiting.find(|one| one.mac == Some(mac)).map(|one| one.id)
            });
            wish.devices.push(device);
            matched.push(id.or(waiting));
        }
    }
    refuse_new_faults(present, &wish, rules)?;
    Ok(changes_where(present, &wish, &matched, again, fresh))
}

pub(super) fn checked_changes(
    present: &Office,
    wish: &OfficeWish,
    rules: &Rules,
    fresh: Fresh,
) -> Result<Vec<Change>, Vec<Fault>> {
    refuse_new_faults(present, wish, rules)?;
    Ok(changes_where(present, wish, &ids_of(present), None, fresh))
}

/// The devices behind [`wish_of`], in its order.
fn ids_of(present: &Office) -> Vec<Option<DeviceId>> {
    let devices = present.devices.values().filter(|device| device.admission.is_let_in());
    devices.map(|device| Some(device.id)).collect()
}

fn refuse_new_faults(present: &Office, wish: &OfficeWish, rules: &Rules) -> Result<(), Vec<Fault>> {
    let faults_of = |wish: &OfficeWish| {
        let mut found = Findings::default();
        check::check(wish, rules, &mut found);
        found.faults
    };
    let mut old: Vec<FaultKind> = faults_of(&wish_of(present)).into_iter().map(|fault| fault.kind).collect();
    let mut new = faults_of(wish);
    new.retain(|fault| match old.iter().position(|kind| *kind == fault.kind) {
        Some(position) => {
            old.swap_remove(position);
            false
        }
        None => true,
    });
    if new.is_empty() { Ok(()) } else { Err(new) }
}

fn known(present: &Office, id: DeviceId) -> Result<&Device, Vec<Fault>> {
    match present.devices.get(&id) {
        Some(device) => Ok(device),
        None => refuse(Part::File, "device", DeviceFault::Unknown(id)),
    }
}

pub(super) fn refuse<T>(
    part: Part,
    field: &'static str,
    kind: impl Into<FaultKind>,
) -> Result<T, Vec<Fault>> {
    Err(vec![Fault { line: None, place: part.at(field), kind: kind.into() }])
}
