//! Credentials: with which account and digest name a device registers.
//!
//! A phone whose file the box writes gets a digest name of its own for each generation, `<device id>-<generation>`; the
//! former ones stay valid until the phone has followed. A phone set up by hand has one SIP user name, which is its
//! account and its digest name at once, because that is all that many phones and softphones ask for.

use std::collections::BTreeSet;

use super::maker::Maker;
use crate::model::{
    AccountName, AccountPurpose, AuthName, Credential, Device, DeviceId, DeviceMode, DeviceWish, Generation,
    Office, OfficeWish,
};

/// The SIP user names that a made one must not be.
pub(super) struct NamesTaken {
    said: BTreeSet<String>,
    used: BTreeSet<String>,
    numbers: BTreeSet<String>,
}

impl NamesTaken {
    /// What the wish says, what the devices that stay use, and the extensions' numbers.
    pub(super) fn of(present: &Office, wish: &OfficeWish, kept: &BTreeSet<DeviceId>) -> Self {
        let staying = present.devices.values().filter(|device| kept.contains(&device.id));
        let used = staying.flat_map(|device| &device.credentials).map(|one| one.auth_name.to_string());
        Self {
            said: wish
                .devices
                .iter()
                .filter_map(|device| device.sip_user.as_ref())
                .map(ToString::to_string)
                .collect(),
            used: used.collect(),
            numbers: wish.extensions.iter().map(|extension| extension.number.digits().to_owned()).collect(),
        }
    }

    /// Whether the name may stay that of this device.
    fn may_keep(&self, name: &AccountName, own_number: Option<&str>) -> bool {
        let name = name.as_str();
        !self.said.contains(name) && (!self.numbers.contains(name) || own_number == Some(name))
    }

    /// A name for the device, as simple as can be: the owner's number, the device's name, or `hotdesk-<mac>`; with a
    /// number behind it where that is taken.
    fn make(&mut self, device: &Device) -> AccountName {
        let own_number = owner(device);
        let base = match (own_number, &device.name, device.mac) {
            (Some(number), ..) => number.to_owned(),
            (None, Some(name), _) => name.to_string(),
            (None, None, Some(mac)) => AccountName::idle(mac).to_string(),
            (None, None, None) => format!("phone-{}", device.id.0),
        };
        let is_free = |name: &str| {
            let foreign_number = self.numbers.contains(name) && own_number != Some(name);
            !self.said.contains(name) && !self.used.contains(name) && !foreign_number
        };
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        let name = std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| is_free(name))
            .expect("there are more numbers than names taken");
        self.used.insert(name.clone());
        name.parse().expect("numbers, device names and idle accounts are SIP user names")
    }
}

/// Gives the device the credentials it should have; leaves them as they are where they fit.
pub(super) fn renew(device: &mut Device, wish: &DeviceWish, names: &mut NamesTaken, maker: &mut Maker) {
    if wish.is_by_hand() {
        renew_by_hand(device, wish, names, maker);
    } else {
        renew_provisioned(device, maker);
    }
}

fn renew_provisioned(device: &mut Device, maker: &mut Maker) {
    let (account, purpose) = match (&device.mode, device.mac) {
        (DeviceMode::Owned(number), _) => (AccountName::owned(number), AccountPurpose::Owned(number.clone())),
        (_, Some(mac)) => (AccountName::idle(mac), AccountPurpose::Idle),
        // Without a MAC the box writes no file; such a phone never comes here.
        (_, None) => return,
    };
    let fits = device.current().is_some_and(|current| {
        // A login that the edit leaves without a place ends after it, and with it this account.
        let logged_in =
            device.mode != DeviceMode::Unassigned && matches!(current.purpose, AccountPurpose::Login(_));
        !current.is_by_hand() && (logged_in || (current.account == account && current.purpose == purpose))
    });
    if fits {
        return;
    }
    device.renew(purpose, maker.sip_password());
}

/// Makes a phone with somebody logged in what it is without: an idle one, or its owner's.
pub(super) fn renew_without_login(device: &mut Device, maker: &mut Maker) {
    let purpose = match &device.mode {
        DeviceMode::Owned(owner) => AccountPurpose::Owned(owner.clone()),
        DeviceMode::HotDesk | DeviceMode::Unassigned => AccountPurpose::Idle,
    };
    match device.mac.filter(|_| device.is_provisioned()) {
        Some(_) => device.renew(purpose, maker.sip_password()),
        None => {
            let generation = next_generation(device);
            if let Some(current) = device.credentials.last_mut() {
                current.purpose = purpose;
                current.generation = generation;
            }
        }
    }
}

/// Takes from a phone that came back without its secret whatever it knew: only new credentials are valid.
pub(super) fn renew_all(device: &mut Device, maker: &mut Maker) {
    let Some(current) = device.current().filter(|_| device.is_provisioned()).cloned() else { return };
    device.renew(current.purpose, maker.sip_password());
    let outdated = device.credentials.len().saturating_sub(1);
    device.credentials.drain(..outdated);
    device.url_secret = Some(maker.url_secret());
    device.admin_password = Some(maker.admin_password());
}

fn renew_by_hand(device: &mut Device, wish: &DeviceWish, names: &mut NamesTaken, maker: &mut Maker) {
    let purpose = match &device.mode {
        DeviceMode::Owned(number) => AccountPurpose::Owned(number.clone()),
        DeviceMode::HotDesk | DeviceMode::Unassigned => AccountPurpose::Idle,
    };
    let former = device.current().filter(|current| current.is_by_hand()).cloned();
    let kept = former.as_ref().map(|former| former.account.clone());
    let account = match (&wish.sip_user, kept) {
        (Some(said), _) => said.clone(),
        (None, Some(kept)) if names.may_keep(&kept, owner(device)) => kept,
        (None, _) => names.make(device),
    };
    let password =
        wish.sip_password.clone().or_else(|| former.as_ref().map(|former| former.password.clone()));
    let fits = former.is_some_and(|former| {
        let logged_in =
            device.mode == DeviceMode::HotDesk && matches!(former.purpose, AccountPurpose::Login(_));
        former.account == account
            && (logged_in || former.purpose == purpose)
            && password.as_ref() == Some(&former.password)
    });
    if fits {
        return;
    }
    let credential = Credential {
        generation: next_generation(device),
        auth_name: AuthName::by_hand(&account),
        account,
        purpose,
        password: password.unwrap_or_else(|| maker.password_by_hand()),
    };
    device.credentials = vec![credential];
}

fn next_generation(device: &Device) -> Generation {
    Generation(device.generation().0.saturating_add(1))
}

fn owner(device: &Device) -> Option<&str> {
    match &device.mode {
        DeviceMode::Owned(number) => Some(number.digits()),
        DeviceMode::HotDesk | DeviceMode::Unassigned => None,
    }
}
