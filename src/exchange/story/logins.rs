//! Logging in and out: who may, with which secret, what is granted, what is said of it.
//!
//! Every way ends in [`Exchange::grant`] or `hotdesk.logout`: the voice dialogue, the page and the API here, the phone's own
//! hot-desk function in `native`. The secret is HOTDESK rule 4: none where the extension says so and the desk is of its own
//! tenant, else the tenant's company PIN (F9), else that of the hot-desk entry (F8), else the service PIN (K4).
//!
//! Not here: the sound of the dialogue (`voice`), what a login changes (`desks`).

use crate::exchange::hotdesk::Turn;
use crate::exchange::ivr::Verdict;
use crate::exchange::{Exchange, SAVE_PATIENCE, Unsaved};
use crate::media::Prompt;
use crate::model::{
    At, CallId, Change, Device, DeviceId, DeviceMode, Event, Extension, ExtensionNumber, Language, Login,
    LoginMethod, LoginRefusal, LogoutReason, Now, Secret, TenantId,
};

/// How long an ID is at least that works in other tenants (rule 4).
const CROSS_TENANT_ID: usize = 6;

impl Exchange {
    /// Who is meant by what was dialled or keyed at a device: the ID of a hot desker, in other tenants if it is long enough,
    /// else an extension's number there.
    pub(super) fn meant_at(&self, digits: &str, device: DeviceId) -> Option<ExtensionNumber> {
        let tenant = self.tenant_at(device);
        let by_id = || {
            let mut all = self.directory.office().extensions.values();
            all.find(|one| {
                let is_id = one.hotdesk_id.as_ref().is_some_and(|id| id.as_str() == digits);
                is_id && (*one.number.tenant() == tenant || digits.len() >= CROSS_TENANT_ID)
            })
        };
        let by_number = || {
            let number = ExtensionNumber::within(&tenant, digits).ok()?;
            self.directory.extension(&number)
        };
        by_id().or_else(by_number).map(|extension| extension.number.clone())
    }

    /// The tenant of a device.
    pub(in crate::exchange) fn tenant_at(&self, device: DeviceId) -> TenantId {
        self.directory.device(device).map(|device| device.tenant.clone()).unwrap_or_default()
    }

    /// Whether a PIN may be asked for what was dialled, and whose; else what is said instead.
    pub(super) fn may_ask_pin(
        &self,
        dialled: &str,
        device: DeviceId,
        now: Now,
    ) -> Result<ExtensionNumber, Prompt> {
        let number = self.meant_at(dialled, device).ok_or(Prompt::UnknownExtension)?;
        self.may_log_in(&number, device, LoginMethod::Code).map_err(prompt_of)?;
        if !self.has_key(&number, device) {
            return Err(Prompt::NotAllowed);
        }
        if self.is_closed_at(Some(&number), At::Device(device), now) {
            return Err(Prompt::Locked);
        }
        Ok(number)
    }

    /// Whether an extension may log in at a device in that way, its secret and the tenant's policy aside.
    pub(super) fn may_log_in(
        &self,
        extension: &ExtensionNumber,
        device: DeviceId,
        method: LoginMethod,
    ) -> Result<(), LoginRefusal> {
        let user = self.directory.extension(extension).ok_or(LoginRefusal::UnknownExtension)?;
        let desk = self.directory.device(device).ok_or(LoginRefusal::UnknownDevice)?;
        self.takes_logins(desk, Some(extension))?;
        let is_at_home = desk.tenant == *extension.tenant();
        let is_known_there = is_at_home || (method != LoginMethod::PhoneNative && has_cross_tenant_id(user));
        if self.may_roam(extension, method) && is_known_there {
            Ok(())
        } else {
            Err(LoginRefusal::NotAllowed)
        }
    }

    /// Whether a device takes a login of whoever is meant, if anybody is: it is not the user's own phone, and it is shared.
    pub(super) fn takes_logins(
        &self,
        desk: &Device,
        user: Option<&ExtensionNumber>,
    ) -> Result<(), LoginRefusal> {
        match &desk.mode {
            DeviceMode::Owned(owner) if user == Some(owner) => Err(LoginRefusal::AlreadyHere),
            _ if self.is_desk(desk) => Ok(()),
            DeviceMode::HotDesk | DeviceMode::Owned(_) | DeviceMode::Unassigned => {
                Err(LoginRefusal::NotAHotDesk)
            }
        }
    }

    /// Whether an extension is allowed logins of that way: hot desking (K21), or a phone's own function (I17).
    pub(in crate::exchange) fn may_roam(&self, extension: &ExtensionNumber, method: LoginMethod) -> bool {
        let values = self.directory.extension(extension).map(|user| self.directory.office().values_of(user));
        values.is_some_and(|values| match method {
            LoginMethod::PhoneNative => values.phone_native == Some(true),
            _ => values.may_hotdesk(),
        })
    }

    /// Whether somebody may be logged in at a device at all.
    pub(in crate::exchange) fn is_desk(&self, device: &Device) -> bool {
        self.directory.office().is_desk(device)
    }

    /// Whether a login of a user at a device asks for nothing (P8): never in another tenant than the user's.
    pub(super) fn asks_nothing(&self, user: &ExtensionNumber, device: DeviceId) -> bool {
        let values = self.directory.extension(user).map(|user| self.directory.office().values_of(user));
        values.is_some_and(|values| !values.needs_pin()) && *user.tenant() == self.tenant_at(device)
    }

    /// Whether a login that asks for a PIN has one to ask for.
    fn has_key(&self, user: &ExtensionNumber, device: DeviceId) -> bool {
        let pin = self.directory.extension(user).and_then(|user| self.pin_of(user));
        pin.is_some() || self.asks_nothing(user, device)
    }

    /// The PIN that counts for a user, where there is one.
    pub(super) fn pin_of<'a>(&'a self, user: &'a Extension) -> Option<&'a Secret> {
        let settings = self.directory.office().settings_of(user.number.tenant());
        settings.company_pin.as_ref().or_else(|| user.login_pin())
    }

    /// Logs an extension in without a PIN, as the administrator may.
    pub fn log_in(
        &mut self,
        extension: &ExtensionNumber,
        device: DeviceId,
        method: LoginMethod,
        now: Now,
    ) -> Result<Login, LoginRefusal> {
        let granted = self.grant(extension, device, method, None, now);
        if let Err(refusal) = granted {
            self.refused(Some(extension.clone()), device, refusal, now);
        }
        self.settle(now);
        granted?;
        self.hotdesk.at(device).cloned().ok_or(LoginRefusal::UnknownDevice)
    }

    /// Ends the login at a device; `false` where nobody was logged in.
    pub fn log_out(&mut self, device: DeviceId, reason: LogoutReason, now: Now) -> bool {
        let ended = self.hotdesk.logout(device, reason).is_some();
        self.settle(now);
        ended
    }

    /// Ends every login; how many there were.
    pub fn log_out_all(&mut self, reason: LogoutReason, now: Now) -> usize {
        let desks: Vec<DeviceId> = self.hotdesk.all().into_iter().map(|login| login.device).collect();
        let ended = desks.into_iter().filter(|desk| self.hotdesk.logout(*desk, reason).is_some()).count();
        self.settle(now);
        ended
    }

    pub(super) fn grant(
        &mut self,
        extension: &ExtensionNumber,
        device: DeviceId,
        method: LoginMethod,
        call: Option<CallId>,
        now: Now,
    ) -> Result<(), LoginRefusal> {
        self.may_log_in(extension, device, method)?;
        let policy = self.directory.office().settings_of(extension.tenant()).login_policy;
        let login = self.hotdesk.login(extension, device, method, policy, now)?;
        // The turns are taken now, so that the change of this login has its number.
        let mut is_moved = false;
        while let Some(turn) = self.hotdesk.poll_turn() {
            is_moved |= matches!(turn, Turn::LoggedOut(_, LogoutReason::Moved));
            self.handle_desk_turn(turn, now);
        }
        match method {
            LoginMethod::Page if is_moved => self.note_untold(extension, LogoutReason::Page),
            LoginMethod::Api if is_moved => self.note_untold(extension, LogoutReason::Api),
            _ => {}
        }
        let until = now.mono + SAVE_PATIENCE;
        self.unsaved.push_back(Unsaved { change: self.last_change, login, device, call, until });
        Ok(())
    }

    /// A login was refused: whoever listens and the journal are told.
    pub(super) fn refused(
        &mut self,
        extension: Option<ExtensionNumber>,
        device: DeviceId,
        refusal: LoginRefusal,
        now: Now,
    ) {
        self.audit_refusal(extension.clone(), At::Device(device), refusal, now);
        self.tell(Event::LoginRefused { extension, device, refusal });
    }

    /// The store has everything up to `through`: those who wait for a login hear of it.
    pub(in crate::exchange) fn handle_saved(&mut self, through: u64, now: Now) {
        while let Some(one) = self.unsaved.front().filter(|one| one.change <= through) {
            let (login, device, call) = (one.login, one.device, one.call);
            self.unsaved.pop_front();
            self.hotdesk.saved(login);
            self.tell_phone_of_login(device, now);
            self.confirm(call, now);
        }
    }

    /// The phone of a login follows once that is saved, or granted all the same (HOTDESK B1).
    fn tell_phone_of_login(&mut self, device: DeviceId, now: Now) {
        if self.refresh.is_expected(device) {
            self.refresh_phone(device, now);
        }
    }

    /// HOTDESK B1: a login that the disc does not take in time is granted all the same.
    pub(in crate::exchange) fn give_up_waiting_for_the_disc(&mut self, now: Now) {
        let mut confirmed = Vec::new();
        for one in self.unsaved.iter_mut().filter(|one| one.until <= now.mono) {
            confirmed.push((one.device, one.call.take()));
            one.until = now.mono + SAVE_PATIENCE;
        }
        for (device, call) in confirmed {
            self.tell_phone_of_login(device, now);
            self.confirm(call, now);
        }
    }

    /// Says "Logged in", in the user's own language, and what has become of the login before (B13).
    fn confirm(&mut self, call: Option<CallId>, now: Now) {
        let Some(call) = call else { return };
        let user =
            self.talking.get(&call).and_then(|device| self.hotdesk.at(*device)).map(|one| &one.extension);
        let told = user.cloned().and_then(|user| {
            self.ivr.speak(call, self.language_of(&user));
            self.is_told(&user).and_then(prompt_of_ending)
        });
        let prompts = std::iter::once(Prompt::LoggedIn).chain(told).collect();
        self.ivr.verdict(call, Verdict::Settled(prompts), now.mono);
    }

    /// Remembers what a user is to be told at the next login: that others have ended the one that was (B13).
    pub(super) fn note_untold(&mut self, user: &ExtensionNumber, reason: LogoutReason) {
        let is_there = self.directory.extension(user).is_some();
        match reason {
            // What was to be told is told at the login that has moved it, or at the next where others have.
            LogoutReason::Moved => {}
            _ if !is_there || prompt_of_ending(reason).is_none() => drop(self.is_told(user)),
            _ if self.untold.insert(user.clone(), reason) != Some(reason) => {
                self.keep(Change::ToTell(user.clone(), reason));
            }
            _ => {}
        }
    }

    /// What a user was to be told, which is done now, or will never be.
    pub(super) fn is_told(&mut self, user: &ExtensionNumber) -> Option<LogoutReason> {
        let reason = self.untold.remove(user)?;
        self.keep(Change::Told(user.clone()));
        Some(reason)
    }

    /// The language spoken at a device while it is not known who is there.
    pub(super) fn language_at(&self, device: DeviceId) -> Language {
        let office = self.directory.office();
        let Some(device) = self.directory.device(device) else { return office.settings.language };
        let own = office.values_of_device(device).language;
        own.unwrap_or(office.settings_of(&device.tenant).language)
    }

    /// The language a user is spoken to in.
    pub(super) fn language_of(&self, user: &ExtensionNumber) -> Language {
        let office = self.directory.office();
        let own = self.directory.extension(user).and_then(|one| office.values_of(one).language);
        own.unwrap_or(office.settings_of(user.tenant()).language)
    }
}

/// What is said at the next login of how the last one ended; nothing where its user ended it.
fn prompt_of_ending(reason: LogoutReason) -> Option<Prompt> {
    match reason {
        LogoutReason::Displaced => Some(Prompt::ToldDisplaced),
        LogoutReason::Page
        | LogoutReason::Api
        | LogoutReason::ExtensionRemoved
        | LogoutReason::DeviceRemoved => Some(Prompt::ToldByAdministrator),
        LogoutReason::Age
        | LogoutReason::Idle
        | LogoutReason::Clock
        | LogoutReason::Gone
        | LogoutReason::Restart => Some(Prompt::ToldAutomatically),
        LogoutReason::Code | LogoutReason::Moved | LogoutReason::OtherPhone | LogoutReason::PhoneNative => {
            None
        }
    }
}

/// Whether a user has an ID that works in other tenants.
fn has_cross_tenant_id(user: &Extension) -> bool {
    user.hotdesk_id.as_ref().is_some_and(|id| id.as_str().len() >= CROSS_TENANT_ID)
}

/// What is said of a refusal.
pub(super) fn prompt_of(refusal: LoginRefusal) -> Prompt {
    match refusal {
        LoginRefusal::UnknownExtension => Prompt::UnknownExtension,
        LoginRefusal::NotAllowed => Prompt::NotAllowed,
        LoginRefusal::NotAHotDesk | LoginRefusal::UnknownDevice => Prompt::PhoneNotShared,
        LoginRefusal::WrongPin => Prompt::WrongPin,
        LoginRefusal::Locked => Prompt::Locked,
        LoginRefusal::BusyElsewhere => Prompt::BusyElsewhere,
        LoginRefusal::AlreadyHere => Prompt::AlreadyYours,
    }
}
