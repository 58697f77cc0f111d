//! What is keyed: whose ID it is, whether the PIN is right, and what somebody is then given that asked for it.
//!
//! Not here: who may log in at all (`logins`), what wrong PINs close (`lockouts`), the dialogue (`ivr`).

use std::net::IpAddr;

use crate::exchange::Exchange;
use crate::exchange::ivr::{Question, Verdict};
use crate::media::Prompt;
use crate::model::{
    At, CallId, Change, Device, DeviceId, Event, ExtensionNumber, Login, LoginMethod, LoginRefusal,
    LogoutReason, Now, Secret,
};

use super::logins::prompt_of;
use super::voice::{Script, Wants};

impl Exchange {
    /// Something whole was keyed.
    pub(super) fn judge(&mut self, call: CallId, question: Question, digits: &Secret, now: Now) {
        let Some(device) = self.talking.get(&call).copied() else { return };
        let Some(Script::Ask { wants, who, .. }) = self.scripts.get(&call).cloned() else { return };
        match question {
            Question::Id => self.judge_id(call, wants, digits, device, now),
            Question::Pin => self.judge_pin(call, (wants, who), digits, device, now),
        }
    }

    /// Somebody has said who it is. Whether there is such a user is not told before the PIN is keyed.
    fn judge_id(&mut self, call: CallId, wants: Wants, digits: &Secret, device: DeviceId, now: Now) {
        let who = self.meant_at(digits.expose(), device);
        if let (Wants::LogIn(_), Some(desk)) = (wants, self.directory.device(device))
            && let Err(refusal) = self.takes_logins(desk, who.as_ref())
        {
            // No PIN is asked for where it could not help (B6).
            return self.ivr.verdict(call, Verdict::Settled(vec![prompt_of(refusal)]), now.mono);
        }
        if let Some(Script::Ask { who: asked, .. }) = self.scripts.get_mut(&call) {
            *asked = who.clone();
        }
        let needs_none = who.as_ref().is_some_and(|user| self.asks_nothing(user, device));
        match who.filter(|_| needs_none) {
            Some(user) => self.fulfil(call, wants, &user, device, now),
            None => self.ivr.verdict(call, Verdict::AskPin, now.mono),
        }
    }

    fn judge_pin(
        &mut self,
        call: CallId,
        (wants, who): (Wants, Option<ExtensionNumber>),
        pin: &Secret,
        device: DeviceId,
        now: Now,
    ) {
        if self.is_closed_at(who.as_ref(), At::Device(device), now) {
            self.refused(who, device, LoginRefusal::Locked, now);
            return self.ivr.verdict(call, Verdict::Settled(vec![Prompt::Locked]), now.mono);
        }
        // With nobody of that ID, the same work is done for nothing.
        let nobody = Secret::new("");
        let user = who.as_ref().and_then(|number| self.directory.extension(number));
        let own = user.and_then(|user| self.pin_of(user)).unwrap_or(&nobody);
        let is_right = own == pin && user.is_some();
        match (is_right, who) {
            (true, Some(user)) => {
                self.lockout.right(&user);
                self.fulfil(call, wants, &user, device, now);
            }
            (_, who) => {
                self.count_wrong(who.as_ref(), At::Device(device), now);
                let closed = self.is_closed_at(who.as_ref(), At::Device(device), now);
                self.refused(who, device, LoginRefusal::WrongPin, now);
                let verdict = if closed { Verdict::Settled(vec![Prompt::Locked]) } else { Verdict::Wrong };
                self.ivr.verdict(call, verdict, now.mono);
            }
        }
    }

    /// Whether somebody has dialled a PIN instead of keying it: it is not written down (B10). A long one is found within
    /// other digits too; a short one may be part of any number.
    pub(super) fn is_somebodys_pin(&self, dialled: &str) -> bool {
        const TELLING: usize = 8;
        let digits: String = dialled.chars().filter(char::is_ascii_digit).collect();
        let office = self.directory.office();
        let own = office.extensions.values().flat_map(|user| [&user.pin, &user.hotdesk_pin]);
        let of_companies = office.tenants().map(|(_, settings)| &settings.company_pin);
        own.chain(of_companies).flatten().any(|pin| {
            let pin = pin.expose();
            digits == pin || (pin.len() >= TELLING && digits.contains(pin))
        })
    }

    /// Does what somebody has proved to be entitled to.
    fn fulfil(&mut self, call: CallId, wants: Wants, user: &ExtensionNumber, device: DeviceId, now: Now) {
        let said = match wants {
            Wants::LogIn(method) => match self.grant(user, device, method, Some(call), now) {
                // "Logged in" is said once it is saved.
                Ok(()) => return,
                Err(refusal) => {
                    self.refused(Some(user.clone()), device, refusal, now);
                    prompt_of(refusal)
                }
            },
            Wants::LogOut => self.log_out_everywhere(user),
            Wants::Toggle => self.toggle(user),
        };
        self.ivr.verdict(call, Verdict::Settled(vec![said]), now.mono);
    }

    /// Grants a login that needs no PIN, once its caller is there.
    pub(super) fn log_in_at_once(
        &mut self,
        call: CallId,
        user: &ExtensionNumber,
        method: LoginMethod,
        now: Now,
    ) {
        let Some(device) = self.talking.get(&call).copied() else { return };
        self.ivr.wait(call, self.language_at(device));
        self.fulfil(call, Wants::LogIn(method), user, device, now);
    }

    /// Ends every login of a user, asked for at another phone (F13).
    fn log_out_everywhere(&mut self, user: &ExtensionNumber) -> Prompt {
        let desks: Vec<_> = self.hotdesk.devices_of(user).collect();
        for desk in &desks {
            self.hotdesk.logout(*desk, LogoutReason::OtherPhone);
        }
        if desks.is_empty() { Prompt::NowhereLoggedIn } else { Prompt::LoggedOutThere }
    }

    /// Switches a user's own phones off if any is on, else on (P14, P15): one that is off is not rung, and may call.
    pub(super) fn toggle(&mut self, user: &ExtensionNumber) -> Prompt {
        let owned: Vec<_> = self.directory.owned_by(user).cloned().collect();
        if owned.is_empty() {
            return Prompt::NoOwnPhones;
        }
        let off = owned.iter().any(|device| !device.is_switched_off);
        for device in owned.into_iter().filter(|device| device.is_switched_off != off) {
            let id = device.id;
            let change = Change::Device(Box::new(Device { is_switched_off: off, ..device }));
            self.directory.adopt(&change);
            self.keep(change);
            self.tell(Event::DeviceChanged { device: id });
        }
        if off { Prompt::PhonesOff } else { Prompt::PhonesOn }
    }

    /// Logs an extension in by its PIN, which somebody has entered in another program at `from`; a wrong one counts by that
    /// address in place of a device (B9).
    pub fn log_in_with_pin(
        &mut self,
        extension: &ExtensionNumber,
        device: DeviceId,
        (pin, from): (&Secret, IpAddr),
        method: LoginMethod,
        now: Now,
    ) -> Result<Login, LoginRefusal> {
        let at = At::Address(from);
        let own = self.directory.extension(extension).and_then(|user| self.pin_of(user));
        let refusal = match own {
            _ if self.is_closed_at(Some(extension), at, now) => Some(LoginRefusal::Locked),
            Some(own) if own == pin => None,
            Some(_) | None => Some(LoginRefusal::WrongPin),
        };
        let Some(refusal) = refusal else {
            self.lockout.right(extension);
            return self.log_in(extension, device, method, now);
        };
        let known = self.directory.extension(extension).map(|user| user.number.clone());
        if refusal == LoginRefusal::WrongPin {
            self.count_wrong(known.as_ref(), at, now);
        }
        self.audit_refusal(known.clone(), at, refusal, now);
        self.tell(Event::LoginRefused { extension: known, device, refusal });
        self.settle(now);
        Err(refusal)
    }
}
