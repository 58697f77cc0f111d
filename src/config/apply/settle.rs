//! Ends the logins that changes leave without an extension or a desk, for a box that does not run.

use super::credentials::renew_without_login;
use super::maker::Maker;
use crate::model::{AccountPurpose, Change, Fresh, Login, LoginMethod, LogoutReason, Office};

/// The changes that end every login which has no place in the office any more, and make its phone an idle one.
///
/// `office` is the office after the other changes. The running exchange does this by itself.
pub fn settle(office: &Office, logins: &[Login], fresh: Fresh) -> Vec<Change> {
    let mut maker = Maker::new(fresh);
    let mut changes = Vec::new();
    for login in logins {
        let device = office.devices.get(&login.device);
        let may_stay = office.extensions.get(&login.extension).is_some_and(|one| {
            let values = office.values_of(one);
            match login.method {
                LoginMethod::PhoneNative => values.phone_native == Some(true),
                _ => values.may_hotdesk(),
            }
        });
        let is_desk = device.is_some_and(|device| office.is_desk(device) && device.admission.is_let_in());
        let reason = match (may_stay, is_desk) {
            (true, true) => continue,
            (_, false) => LogoutReason::DeviceRemoved,
            (false, true) => LogoutReason::ExtensionRemoved,
        };
        changes.push(Change::LoggedOut(login.id, reason));
        let logged_in = device.filter(|device| {
            device.current().is_some_and(|now| matches!(now.purpose, AccountPurpose::Login(_)))
        });
        if let Some(device) = logged_in {
            let mut device = device.clone();
            renew_without_login(&mut device, &mut maker);
            changes.push(Change::Device(Box::new(device)));
        }
    }
    changes
}
