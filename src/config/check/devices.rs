//! The rules of devices: known by one MAC or name each, with one owner or none, and SIP names that are nobody else's.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::check::{Findings, check_words, values};
use crate::config::fault::{DeviceFault, ExtensionFault, Part, TenantFault, TextFault, Thing};
use crate::config::rules::{MAX_DEVICES, MAX_EXTRA, MAX_PASSWORD, MIN_PASSWORD};
use crate::model::{
    AccountName, DeviceId, DeviceMode, DeviceWish, ExtensionNumber, OfficeWish, TemplateName,
};
use crate::provision::ExtraLines;

/// Checks every device.
pub(super) fn check(wish: &OfficeWish, numbers: &BTreeSet<&ExtensionNumber>, findings: &mut Findings) {
    let devices = &wish.devices;
    if devices.len() > MAX_DEVICES {
        findings.fault(Part::File.at("device"), TextFault::TooMany(Thing::Device, MAX_DEVICES));
    }
    check_unique(devices, findings);
    for (index, device) in devices.iter().enumerate() {
        let part = Part::Device(index);
        if device.mac.is_none() && device.name.is_none() {
            findings.fault(part.at("mac"), DeviceFault::Unnamed);
        }
        match &device.mode {
            DeviceMode::Unassigned => findings.fault(part.at("extension"), DeviceFault::OfNobody),
            DeviceMode::HotDesk => {}
            DeviceMode::Owned(number) if numbers.contains(number) => {}
            DeviceMode::Owned(number) => {
                findings.fault(part.at("extension"), ExtensionFault::Unknown(number.clone()));
            }
        }
        if let Some(name) = device.name.as_ref().filter(|name| is_reserved(name.as_str())) {
            findings.fault(part.at("name"), DeviceFault::NameReserved(name.to_string()));
        }
        let own_lines = device.own.extra.as_deref().unwrap_or_default();
        if own_lines.len() > MAX_EXTRA {
            findings.fault(part.at("extra"), TextFault::TooLong(MAX_EXTRA));
        } else if let Err(flaw) = ExtraLines::read(device.model.vendor(), own_lines) {
            findings.fault(part.at("extra"), DeviceFault::Extra(flaw));
        }
        check_sip_login(part, device, numbers, findings);
        check_tenant(part, device, wish, findings);
    }
}

fn check_tenant(part: Part, device: &DeviceWish, wish: &OfficeWish, findings: &mut Findings) {
    if !wish.has_tenant(&device.tenant) {
        findings.fault(part.at("tenant"), TenantFault::Unknown(device.tenant.clone()));
        return;
    }
    if let DeviceMode::Owned(owner) = &device.mode
        && *owner.tenant() != device.tenant
    {
        let fault = DeviceFault::OfTwoTenants { tenant: device.tenant.clone(), owner: owner.clone() };
        findings.fault(part.at("extension"), fault);
    }
    let settings = wish.settings_of(&device.tenant);
    let is_known = |name: &&TemplateName| settings.templates.devices.contains_key(*name);
    if let Some(name) = device.template.as_ref().filter(|name| !is_known(name)) {
        findings.fault(part.at("template"), TenantFault::NoTemplate(name.clone()));
    }
    values::check_device(part, &device.own, settings, findings);
    if device.own.borrowable == Some(true) && device.mode == DeviceMode::HotDesk {
        findings.fault(part.at("borrowable"), DeviceFault::HotDeskIsBorrowed);
    }
    check_words(part.at("location"), &device.location, findings);
    values::check_number(part.at("emergency_caller"), device.emergency_caller.as_deref(), findings);
}

fn check_unique(devices: &[DeviceWish], findings: &mut Findings) {
    let mut macs = BTreeMap::new();
    let mut names = BTreeMap::new();
    let mut users = BTreeMap::new();
    for (index, device) in devices.iter().enumerate() {
        let part = Part::Device(index);
        if let Some(mac) = device.mac {
            match macs.get(&mac) {
                Some(first) => findings.twice(Thing::Mac, mac, *first, part.at("mac")),
                None => {
                    macs.insert(mac, part.at("mac"));
                }
            }
        }
        if let Some(name) = &device.name {
            // Two names that differ in case alone would be one to a person.
            match names.get(&name.as_str().to_ascii_lowercase()) {
                Some(first) => findings.twice(Thing::DeviceName, name, *first, part.at("name")),
                None => {
                    names.insert(name.as_str().to_ascii_lowercase(), part.at("name"));
                }
            }
        }
        if let Some(user) = &device.sip_user {
            match users.get(user) {
                Some(first) => findings.twice(Thing::SipUser, user, *first, part.at("sip_user")),
                None => {
                    users.insert(user, part.at("sip_user"));
                }
            }
        }
    }
}

fn check_sip_login(
    part: Part,
    device: &DeviceWish,
    numbers: &BTreeSet<&ExtensionNumber>,
    findings: &mut Findings,
) {
    if !device.is_by_hand() {
        if device.sip_user.is_some() {
            findings.fault(part.at("sip_user"), DeviceFault::SipLoginIsMade);
        }
        if device.sip_password.is_some() {
            findings.fault(part.at("sip_password"), DeviceFault::SipLoginIsMade);
        }
        return;
    }
    if let Some(user) = &device.sip_user {
        let own_idle_name = device.mac.is_some_and(|mac| *user == AccountName::idle(mac));
        if is_reserved(user.as_str()) && !own_idle_name {
            findings.fault(part.at("sip_user"), DeviceFault::NameReserved(user.to_string()));
        }
        let is_own = match &device.mode {
            DeviceMode::Owned(owner) => owner.digits() == user.as_str(),
            DeviceMode::HotDesk | DeviceMode::Unassigned => false,
        };
        let mut extensions = numbers.iter().filter(|number| !is_own && number.digits() == user.as_str());
        if let Some(number) = extensions.next() {
            findings.fault(part.at("sip_user"), DeviceFault::NameIsExtension((*number).clone()));
        }
    }
    if let Some(password) = &device.sip_password {
        let password = password.expose();
        if password.chars().count() < MIN_PASSWORD {
            findings.fault(part.at("sip_password"), DeviceFault::PasswordTooShort(MIN_PASSWORD));
        } else if password.chars().count() > MAX_PASSWORD {
            findings.fault(part.at("sip_password"), TextFault::TooLong(MAX_PASSWORD));
        } else if !password.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            findings.fault(part.at("sip_password"), DeviceFault::PasswordNotPlain);
        }
    }
}

/// Whether a name has the form of those the box gives out: `hotdesk-…` for accounts, `d7-1` for digest user names.
pub(in crate::config) fn is_reserved(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let generated = lower.split_once('-').is_some_and(|(device, generation)| {
        device.parse::<DeviceId>().is_ok()
            && !generation.is_empty()
            && generation.bytes().all(|b| b.is_ascii_digit())
    });
    generated || lower.starts_with("hotdesk-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceValues, Mac};
    use crate::provision::ExtraFlaw;

    #[test]
    fn lines_of_a_phones_own_are_checked_in_its_makers_form() {
        for (model, lines, flaw) in [
            ("yealink-t46u", "account.1.ringtone = Ring2.wav", None),
            ("yealink-t46u", "a = 1\ninclude:config \"x.cfg\"", Some(ExtraFlaw::NotYealink(2))),
            ("snom-d785", "<ringer>Ringer2</ringer>", None),
            ("snom-d785", "a = 1", Some(ExtraFlaw::NotSnom(1))),
            ("generic", "a = 1", Some(ExtraFlaw::ByHand)),
        ] {
            let wish = DeviceWish {
                mac: Some(Mac([0x80, 0x5e, 0xc0, 0, 0, 1])),
                mode: DeviceMode::HotDesk,
                own: DeviceValues { extra: Some(lines.to_owned()), ..DeviceValues::default() },
                ..DeviceWish::new(model.parse().expect("a model"))
            };
            let mut findings = Findings::default();
            let wish = OfficeWish { devices: vec![wish], ..OfficeWish::default() };
            check(&wish, &BTreeSet::new(), &mut findings);
            let told: Vec<_> = findings.faults.into_iter().map(|fault| fault.kind).collect();
            let expected: Vec<_> = flaw.map(|flaw| DeviceFault::Extra(flaw).into()).into_iter().collect();
            assert_eq!(told, expected, "{model} {lines}");
        }
    }

    #[test]
    fn names_the_box_gives_out_are_known_by_their_form() {
        for reserved in ["hotdesk-100", "HOTDESK-x", "d7-1", "D12-34"] {
            assert!(is_reserved(reserved), "{reserved}");
        }
        for free in ["Desk-1", "d-1", "d7", "d7-x", "lobby", "102-2"] {
            assert!(!is_reserved(free), "{free}");
        }
    }
}
