//! Guessing: what wrong PINs close, how long it lasts, who hears of it (HOTDESK B9).

use std::time::Duration;

use crate::exchange::Exchange;
use crate::exchange::admission::lockout::{Lengths, Turn};
use crate::media::Prompt;
use crate::model::{
    At, AuditFact, Change, DeviceId, Event, ExtensionNumber, KeptLockout, Locked, LockoutView, LoginRefusal,
    Now, TenantId,
};

use super::voice::Script;

impl Exchange {
    /// Whether a login from there is closed, of this extension or of anybody: then no PIN is looked at.
    pub(in crate::exchange) fn is_closed_at(&self, user: Option<&ExtensionNumber>, at: At, now: Now) -> bool {
        self.lockout.is_closed(user, at, now.mono)
    }

    /// What is said to somebody who dials for a login that is closed.
    pub(super) fn closed_out(&mut self, who: Option<ExtensionNumber>, device: DeviceId, now: Now) -> Script {
        self.refused(who, device, LoginRefusal::Locked, now);
        Script::Say(Prompt::Locked)
    }

    /// Counts a wrong PIN. What it closes is closed for as long as the tenant says whose it is; a source on the network is
    /// nobody's, and goes by the extension.
    pub(in crate::exchange) fn count_wrong(&mut self, user: Option<&ExtensionNumber>, at: At, now: Now) {
        let of_extension = user.map_or(&TenantId::FIRST, ExtensionNumber::tenant);
        let of_place = match at {
            At::Device(device) => self.directory.device(device).map_or(of_extension, |device| &device.tenant),
            At::Address(_) => of_extension,
        };
        let length = |tenant: &TenantId| {
            Duration::from_secs(60 * u64::from(self.directory.office().settings_of(tenant).lockout_minutes))
        };
        let lengths = Lengths { extension: length(of_extension), place: length(of_place) };
        self.lockout.wrong(user, at, lengths, now.mono);
    }

    /// Something was closed or is open again.
    pub(in crate::exchange) fn handle_lockout_turn(&mut self, turn: Turn, now: Now) {
        match turn {
            Turn::Closed(locked, length) => {
                self.tell(Event::LoginsClosed { locked: locked.clone() });
                self.audit(AuditFact::LoginsClosed { locked: locked.clone() }, now);
                let until = now.wall.and_then(|wall| wall.checked_add(length).ok());
                self.keep(Change::LoginsClosed(KeptLockout { locked, until, seconds: length.as_secs() }));
            }
            Turn::Opened(locked) => {
                self.tell(Event::LoginsOpened { locked: locked.clone() });
                self.audit(AuditFact::LoginsOpened { locked: locked.clone() }, now);
                self.keep(Change::LoginsOpened(locked));
            }
            // Whoever looks finds it open; nobody waits to be told.
            Turn::Ended(locked) => {
                self.keep(Change::LoginsOpened(locked));
            }
        }
    }

    /// After a restart: what wrong PINs had closed stays closed for what is left of its time.
    pub(in crate::exchange) fn close_again(&mut self, lockouts: Vec<KeptLockout>, now: Now) {
        for kept in lockouts {
            match kept.left(now.wall) {
                Duration::ZERO => drop(self.keep(Change::LoginsOpened(kept.locked))),
                left => self.lockout.restore(kept.locked, left, now.mono),
            }
        }
    }

    /// Opens what wrong PINs have closed, at the administrator's word; whether it was closed.
    pub fn open_to_logins(&mut self, locked: Locked, now: Now) -> bool {
        let was_closed = self.lockout.open(&locked, now.mono);
        self.settle(now);
        was_closed
    }

    /// What wrong PINs have closed to new logins.
    pub(in crate::exchange) fn lockouts(&self, now: Now) -> Vec<LockoutView> {
        let view = |(locked, left): (_, Duration)| LockoutView {
            locked,
            until: now.wall.and_then(|wall| wall.checked_add(left).ok()),
            seconds_left: left.as_secs(),
        };
        self.lockout.closed(now.mono).into_iter().map(view).collect()
    }
}
