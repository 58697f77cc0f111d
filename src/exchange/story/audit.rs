//! What the journal tells: logins and their ends, refusals, what is closed, what the administrator changes (HOTDESK B14).

use crate::exchange::Exchange;
use crate::exchange::hotdesk::Turn;
use crate::model::{At, AuditFact, Change, DeviceId, ExtensionNumber, LoginRefusal, Now, Office};

impl Exchange {
    /// Writes something into the journal.
    pub(in crate::exchange) fn audit(&mut self, what: AuditFact, now: Now) {
        let entry = self.journal.entry(what, now);
        self.keep(Change::Audit(entry));
    }

    /// A login was made or has ended. Kept with the change itself, so that both reach the disc or none.
    pub(in crate::exchange) fn audit_turn(&mut self, turn: &Turn, now: Now) {
        let what = match turn {
            Turn::LoggedIn(login) => AuditFact::LoggedIn {
                extension: login.extension.clone(),
                device: login.device,
                title: self.title_of(login.device),
                method: login.method,
            },
            Turn::LoggedOut(login, reason) => AuditFact::LoggedOut {
                extension: login.extension.clone(),
                device: login.device,
                title: self.title_of(login.device),
                since: login.since,
                reason: *reason,
            },
        };
        self.audit(what, now);
    }

    /// A login was refused. What was dialled and is no extension is not written down.
    pub(in crate::exchange) fn audit_refusal(
        &mut self,
        extension: Option<ExtensionNumber>,
        at: At,
        refusal: LoginRefusal,
        now: Now,
    ) {
        let extension = extension.filter(|number| self.directory.extension(number).is_some());
        let title = match at {
            At::Device(device) => self.title_of(device),
            At::Address(_) => String::new(),
        };
        let what = AuditFact::LoginRefused { extension, at, title, refusal };
        if let Some(entry) = self.journal.refusal(what, now) {
            self.keep(Change::Audit(entry));
        }
    }

    /// The count of what was refused and not written.
    pub(in crate::exchange) fn count_refusals(&mut self, now: Now) {
        if let Some(entry) = self.journal.handle_timeout(now) {
            self.keep(Change::Audit(entry));
        }
    }

    /// What the administrator has changed: only of which thing, and what was done to it.
    pub(in crate::exchange) fn audit_changes(&mut self, before: &Office, changes: &[Change], now: Now) {
        for what in AuditFact::of_changes(before, changes) {
            self.audit(what, now);
        }
    }

    fn title_of(&self, device: DeviceId) -> String {
        self.directory.device(device).map_or_else(|| device.to_string(), |device| device.title())
    }
}
