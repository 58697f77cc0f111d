//! What is done at a phone with a hot-desk function of its own (rule 9): its key, its form, and how it becomes again what its
//! file says.

use perch::model::Stage;

use super::Measured;
use crate::people::{Phone, WITH_KEY, meant};
use crate::phone::config::KeyAction;
use crate::phone::{OnNotify, SimPhone};
use crate::steps::Keyed;

impl Measured {
    /// Presses the key, and types number and PIN where there are any. Whoever does not get in puts the phone right again.
    pub(super) fn presses_key(&mut self, phone: Phone, digits: Option<&str>, keyed: Keyed) {
        let has_key =
            |phone: &SimPhone| phone.keys_on_display().iter().any(|key| key.action == KeyAction::HotDesk);
        // A phone that is about to fetch its file has other keys in a moment; a deaf one has not.
        let is_deaf = self.office.wire.phone(phone).quirks().on_notify == OnNotify::Deaf;
        let has_followed = self.office.device(phone).stage == Stage::Confirmed;
        let is_settled = has_followed || (is_deaf && !self.loses_files);
        if !self.is_fair || !self.is_free(phone) || !is_settled || !has_key(self.office.wire.phone(phone)) {
            return;
        }
        self.office.wire.at(phone, SimPhone::presses_hotdesk_key);
        self.office.moment();
        self.model.lets_go(phone, self.now());
        if !self.office.device(phone).reachable {
            self.model.is_gone(phone, self.now());
        }
        // A phone that was somebody's by its own function has been told to fetch its file before anybody has typed that much.
        self.office.waits(5);
        if let Some(digits) = digits {
            let pin = self.pin(meant(digits, phone), keyed);
            self.office.wire.at(phone, |phone, now| phone.fills_hotdesk_form(digits, pin, now));
            self.office.waits(1);
            let said = self.model.registers(digits, phone, pin, self.now());
            self.met.insert(format!("native:{said}"));
            let is_in = self.office.wire.phone(phone).registered_as() == [digits];
            self.holds(
                is_in == (said == "logged_in"),
                &format!("the answer to a phone's own login is {said}"),
            );
        }
        if is_deaf && self.is_native_at(phone) {
            // What it has not fetched it will, when it asks by itself.
            self.behind.insert(phone);
            // A NOTIFY of before may be under way so long, and be heard yet.
            self.office.waits(33);
        }
        self.looks_for_files();
        if !self.is_native_at(phone) {
            self.office.wire.at(phone, SimPhone::presses_hotdesk_key);
            self.plug_is_pulled(phone, 1, false);
        }
    }

    pub(super) fn is_native_at(&self, phone: Phone) -> bool {
        self.model.at.get(phone).is_some_and(|login| login.is_native)
    }

    /// A phone has its current again. What was typed into it is a new login; then its file makes it what it was.
    pub(super) fn has_current(&mut self, phone: Phone) {
        if self.office.wire.phone(phone).is_on() {
            return;
        }
        let typed = self.office.wire.phone(phone).typed();
        self.office.wire.at(phone, SimPhone::power_on);
        self.office.moment();
        if let Some((number, pin)) = &typed {
            self.model.registers(number, phone, pin, self.now());
        }
        if typed.is_none() && !self.is_native_at(phone) {
            return;
        }
        let has_file = |phone: &SimPhone| phone.fetches() > 0 && phone.typed().is_none();
        for _ in 0..100 {
            if has_file(self.office.wire.phone(phone)) {
                break;
            }
            self.office.waits(5);
        }
        self.office.moment();
        self.model.lets_go(phone, self.now());
    }

    /// Whether nothing that was typed in is in a phone any more.
    pub(super) fn has_gone_home(&self, phone: Phone) -> bool {
        let phone = self.office.wire.phone(phone);
        phone.is_on() && phone.typed().is_none()
    }

    /// A file that was lost before has come: whoever was there by the phone's own function is logged out by it.
    pub(super) fn looks_for_files(&mut self) {
        for name in WITH_KEY {
            if self.is_native_at(name) && self.has_gone_home(name) {
                let may_leave = self.loses_files || self.behind.contains(name);
                self.holds(may_leave, &format!("nothing makes {name} leave its user"));
                self.office.moment();
                self.model.lets_go(name, self.now());
            }
        }
    }
}
