//! Hot desks: which extension is logged in at which device.
//!
//! Owns the logins and nothing else. A device serves one extension at most; whether an extension may be at several
//! devices is the tenant's policy (HOTDESK rule 3): under `move` a login ends the one elsewhere (K5), under `refuse` it
//! is declined, under `several` both stay.
//!
//! Not here: the PIN (`admission`), the keypad dialogue (`ivr`), the phone's new file (`refresh`). They learn of a change
//! through [`Turn`].

use std::collections::{BTreeMap, VecDeque};

use crate::model::{
    DeviceId, ExtensionNumber, Login, LoginId, LoginMethod, LoginPolicy, LoginRefusal, LogoutReason, Now,
};

/// The logins of one tenant.
#[derive(Debug, Default)]
pub struct Hotdesk {
    logins: BTreeMap<DeviceId, Login>,
    last_id: u64,
    turns: VecDeque<Turn>,
}

/// A change that others must act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Somebody is now logged in.
    LoggedIn(Login),
    /// A login has ended.
    LoggedOut(Login, LogoutReason),
}

impl Hotdesk {
    /// The logins as they were stored; `last_id` is the highest number ever given.
    pub fn restored(logins: Vec<Login>, last_id: u64) -> Self {
        let last_id = logins.iter().map(|login| login.id.0).fold(last_id, u64::max);
        let logins = logins.into_iter().map(|login| (login.device, login)).collect();
        Self { logins, last_id, turns: VecDeque::new() }
    }

    /// Whether a login would be granted, the PIN aside.
    pub fn permits(
        &self,
        extension: &ExtensionNumber,
        device: DeviceId,
        policy: LoginPolicy,
    ) -> Result<(), LoginRefusal> {
        if self.at(device).is_some_and(|login| login.extension == *extension) {
            return Err(LoginRefusal::AlreadyHere);
        }
        match policy {
            LoginPolicy::Refuse if self.devices_of(extension).next().is_some() => {
                Err(LoginRefusal::BusyElsewhere)
            }
            LoginPolicy::Refuse | LoginPolicy::Move | LoginPolicy::Several => Ok(()),
        }
    }

    /// Logs `extension` in at `device`; ends the login it replaces and, under `move`, the one the extension had.
    pub fn login(
        &mut self,
        extension: &ExtensionNumber,
        device: DeviceId,
        method: LoginMethod,
        policy: LoginPolicy,
        now: Now,
    ) -> Result<LoginId, LoginRefusal> {
        self.permits(extension, device, policy)?;
        if policy == LoginPolicy::Move {
            let former: Vec<_> = self.devices_of(extension).collect();
            for desk in former {
                self.logout(desk, LogoutReason::Moved);
            }
        }
        self.logout(device, LogoutReason::Displaced);

        self.last_id += 1;
        let id = LoginId(self.last_id);
        let login = Login { id, extension: extension.clone(), device, since: now.wall, method, saved: false };
        self.logins.insert(device, login.clone());
        self.turns.push_back(Turn::LoggedIn(login));
        Ok(id)
    }

    /// Ends the login at `device`, if there is one.
    pub fn logout(&mut self, device: DeviceId, reason: LogoutReason) -> Option<Login> {
        let login = self.logins.remove(&device)?;
        self.turns.push_back(Turn::LoggedOut(login.clone(), reason));
        Some(login)
    }

    /// Notes that a login has reached the disc.
    pub fn saved(&mut self, id: LoginId) {
        if let Some(login) = self.logins.values_mut().find(|login| login.id == id) {
            login.saved = true;
        }
    }

    /// Whether nobody is logged in anywhere.
    pub fn is_empty(&self) -> bool {
        self.logins.is_empty()
    }

    /// Who is logged in at `device`.
    pub fn at(&self, device: DeviceId) -> Option<&Login> {
        self.logins.get(&device)
    }

    /// The logins of `extension`, by device.
    pub fn of(&self, extension: &ExtensionNumber) -> impl Iterator<Item = &Login> {
        self.logins.values().filter(move |login| login.extension == *extension)
    }

    /// Where `extension` is logged in, by device.
    pub fn devices_of(&self, extension: &ExtensionNumber) -> impl Iterator<Item = DeviceId> {
        self.logins.values().filter(move |login| login.extension == *extension).map(|login| login.device)
    }

    /// All logins, oldest first.
    pub fn all(&self) -> Vec<Login> {
        let mut all: Vec<_> = self.logins.values().cloned().collect();
        all.sort_by_key(|login| login.id);
        all
    }

    /// The next change to act on; drain it after every call that takes `&mut self`.
    pub fn poll_turn(&mut self) -> Option<Turn> {
        self.turns.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const DESK: DeviceId = DeviceId(1);
    const KITCHEN: DeviceId = DeviceId(2);

    fn ada() -> ExtensionNumber {
        "100".parse().expect("a number")
    }

    fn bob() -> ExtensionNumber {
        "101".parse().expect("a number")
    }

    fn log_in(
        hotdesk: &mut Hotdesk,
        extension: &ExtensionNumber,
        device: DeviceId,
        policy: LoginPolicy,
    ) -> Result<LoginId, LoginRefusal> {
        hotdesk.login(extension, device, LoginMethod::Code, policy, Now { mono: Instant::now(), wall: None })
    }

    fn told(hotdesk: &mut Hotdesk) -> Vec<String> {
        std::iter::from_fn(|| hotdesk.poll_turn())
            .map(|turn| match turn {
                Turn::LoggedIn(login) => format!("{} in at {}", login.extension, login.device),
                Turn::LoggedOut(login, reason) => {
                    format!("{} out of {} {reason:?}", login.extension, login.device)
                }
            })
            .collect()
    }

    #[test]
    fn k5_a_second_login_ends_the_first_at_once() {
        let mut hotdesk = Hotdesk::default();
        log_in(&mut hotdesk, &ada(), DESK, LoginPolicy::Move).expect("granted");
        log_in(&mut hotdesk, &ada(), KITCHEN, LoginPolicy::Move).expect("granted");
        assert_eq!(told(&mut hotdesk), ["100 in at d1", "100 out of d1 Moved", "100 in at d2"]);
        assert_eq!(hotdesk.devices_of(&ada()).collect::<Vec<_>>(), [KITCHEN]);
    }

    #[test]
    fn c16_a_user_can_log_in_where_another_still_is() {
        let mut hotdesk = Hotdesk::default();
        log_in(&mut hotdesk, &ada(), DESK, LoginPolicy::Move).expect("granted");
        log_in(&mut hotdesk, &bob(), DESK, LoginPolicy::Move).expect("granted");
        assert_eq!(told(&mut hotdesk), ["100 in at d1", "100 out of d1 Displaced", "101 in at d1"]);
    }

    /// Promises: rule3.
    #[test]
    fn the_policy_refuse_declines_a_second_desk_and_changes_nothing() {
        let mut hotdesk = Hotdesk::default();
        log_in(&mut hotdesk, &ada(), DESK, LoginPolicy::Refuse).expect("granted");
        let second = log_in(&mut hotdesk, &ada(), KITCHEN, LoginPolicy::Refuse);
        assert_eq!(second, Err(LoginRefusal::BusyElsewhere));
        assert_eq!(told(&mut hotdesk), ["100 in at d1"]);
    }

    /// Promises: rule3.
    #[test]
    fn the_policy_several_keeps_both_desks() {
        let mut hotdesk = Hotdesk::default();
        log_in(&mut hotdesk, &ada(), DESK, LoginPolicy::Several).expect("granted");
        log_in(&mut hotdesk, &ada(), KITCHEN, LoginPolicy::Several).expect("granted");
        assert_eq!(hotdesk.devices_of(&ada()).count(), 2);
    }

    #[test]
    fn a_login_where_one_already_is_changes_nothing() {
        let mut hotdesk = Hotdesk::default();
        log_in(&mut hotdesk, &ada(), DESK, LoginPolicy::Move).expect("granted");
        assert_eq!(log_in(&mut hotdesk, &ada(), DESK, LoginPolicy::Move), Err(LoginRefusal::AlreadyHere));
        assert_eq!(told(&mut hotdesk), ["100 in at d1"]);
    }
}
