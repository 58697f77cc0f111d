//! Actions: what a person does at the phone.

use std::net::SocketAddr;
use std::time::Instant;

use perch::sip::sdp::Direction;
use perch::sip::transaction::Layer;
use rand::RngExt;

use super::call::{CallState, Ending};
use super::config::{Account, KeyAction, Maker, PhoneConfig};
use super::fetching::Fetching;
use super::line::{Line, LineState};
use super::{KeysBy, Power, Settings, SimPhone};

impl SimPhone {
    /// Plugs it in; it starts with what it remembers, or calls for a provisioner by multicast.
    pub fn power_on(&mut self, now: Instant) {
        if self.power == Power::Off {
            self.power = Power::On;
            self.layer = Layer::new(self.rng.random());
            self.start(now);
            self.drain(now);
        }
    }

    /// Pulls the plug: calls, registrations and transactions are gone, settings stay.
    pub fn power_off(&mut self) {
        self.power = Power::Off;
        self.pending.clear();
        self.lines.clear();
        self.forget_watches();
        self.fetching = Fetching::default();
        self.outputs.clear();
        let ids: Vec<_> = self.calls.iter().map(|call| call.id).collect();
        ids.into_iter().for_each(|id| self.end(id, Ending::Lost));
    }

    /// Forgets what the newest file with another account said, as if its current had failed before that was kept.
    pub fn forgets_newest_file(&mut self) {
        if let Some(former) = self.former.take() {
            self.settings = Settings::Files(former);
        }
    }

    /// Puts it back into the state of the factory, and leaves it without current.
    pub fn factory_reset(&mut self) {
        self.power_off();
        self.settings = match self.kind.maker() {
            Some(maker) => Settings::Files(PhoneConfig::factory(maker)),
            None => Settings::Typed(Vec::new()),
        };
    }

    /// Types the address of its files in.
    pub fn types_url(&mut self, url: &str) {
        let Settings::Files(config) = &mut self.settings else { return };
        match self.kind.maker() {
            Some(Maker::Yealink) => config.set_by_hand("static.auto_provision.server.url", url),
            Some(Maker::Snom) => config.set_by_hand("setting_server", url),
            None => {}
        }
    }

    /// Switches the announcement by multicast off.
    pub fn never_announces(&mut self) {
        let Settings::Files(config) = &mut self.settings else { return };
        match self.kind.maker() {
            Some(Maker::Yealink) => config.set_by_hand("static.auto_provision.pnp_enable", "0"),
            Some(Maker::Snom) => config.set_by_hand("pnp_config", "off"),
            None => {}
        }
    }

    /// Types an account in; for a phone set up by hand.
    pub fn types_account(&mut self, account: Account) {
        self.settings = Settings::Typed(vec![account]);
    }

    /// Plays a trunk from now on: it calls the box without ever registering there.
    pub fn plays_trunk(&mut self, number: &str, name: &str, server: SocketAddr) {
        let account = Account {
            number: 1,
            label: name.to_owned(),
            display_name: name.to_owned(),
            user: number.to_owned(),
            auth_name: number.to_owned(),
            password: String::new(),
            domain: server.ip().to_string(),
            proxy: (server.ip().to_string(), server.port()),
            register_every: 0,
            tcp: false,
        };
        self.last_line += 1;
        let contact = format!("sip:{number}@{}", self.sip_address());
        let names = [self.random_word(), self.random_word()];
        self.lines.push(Line::new(self.last_line, account, (contact, String::new()), names));
    }

    /// The phone restarts by itself.
    pub(super) fn reboot(&mut self, now: Instant) {
        self.reboots += 1;
        self.drain(now);
        let farewell = std::mem::take(&mut self.outputs);
        self.power_off();
        self.outputs = farewell;
        self.layer = Layer::new(self.rng.random());
        self.power = Power::Starting { until: now + self.quirks.boot_time };
    }

    /// Dials a number.
    pub fn dials(&mut self, number: &str, now: Instant) {
        self.dial(number, now);
        self.drain(now);
    }

    /// Answers the call that rings.
    pub fn answers(&mut self, now: Instant) {
        if let Some(id) = self.call_in(|state| state == CallState::Ringing) {
            self.take(id, now);
        }
    }

    /// Hangs up, gives up or refuses the newest call.
    pub fn hangs_up(&mut self, now: Instant) {
        if let Some(id) = self.call_in(|state| !matches!(state, CallState::Over(_))) {
            self.hang_up(id, now);
        }
    }

    /// Puts the call on hold.
    pub fn holds(&mut self, now: Instant) {
        if let Some(id) = self.call_in(|state| state == CallState::Up) {
            self.reoffer(id, Direction::SendOnly, now);
        }
    }

    /// Takes the held call up again.
    pub fn resumes(&mut self, now: Instant) {
        if let Some(id) = self.call_in(|state| state == CallState::Up) {
            self.reoffer(id, Direction::SendRecv, now);
        }
    }

    /// Keys digits into the call.
    pub fn keys(&mut self, keys: &str, by: KeysBy, now: Instant) {
        self.key(keys, by, now);
    }

    /// Presses the logout key: the first that dials.
    pub fn presses_logout_key(&mut self, now: Instant) {
        let Settings::Files(config) = &self.settings else { return };
        let code = config.keys().into_iter().find_map(|key| match key.action {
            KeyAction::Dial(code) => Some(code),
            _ => None,
        });
        match code {
            Some(code) => self.dials(&code, now),
            None => self.inspector.complain("there is no logout key on the phone"),
        }
    }

    /// Presses the key of the phone's own hot-desk function and says yes to clearing its accounts: whoever was there is logged
    /// out, and a form opens for whoever comes.
    pub fn presses_hotdesk_key(&mut self, now: Instant) {
        let Settings::Files(config) = &mut self.settings else { return };
        if !config.keys().iter().any(|key| key.action == KeyAction::HotDesk) {
            self.inspector.complain("there is no key for a hot-desk function of the phone's own");
            return;
        }
        config.clears_accounts();
        self.is_form_open = true;
        // Where nothing is granted there is nothing to let go.
        self.lines.retain(|line| !matches!(line.state, LineState::Failed { .. }));
        let lines = self.lines.iter().filter(|line| line.state != LineState::Leaving);
        let lines: Vec<_> = lines.map(|line| line.id).collect();
        lines.into_iter().for_each(|line| self.unregister(line, now));
        self.drain(now);
    }

    /// Types number and PIN into the form that the hot-desk key has opened, and saves it.
    pub fn fills_hotdesk_form(&mut self, extension: &str, pin: &str, now: Instant) {
        let Settings::Files(config) = &mut self.settings else { return };
        let form = config.hotdesk_form();
        if !std::mem::take(&mut self.is_form_open)
            || !form.contains(&"username")
            || !form.contains(&"password")
        {
            self.inspector.complain(format!("the hot-desk form does not ask for number and PIN: {form:?}"));
            return;
        }
        config.types_hotdesk_form(extension, pin);
        self.settle_accounts(now);
        self.drain(now);
    }

    fn call_in(&self, wanted: impl Fn(CallState) -> bool) -> Option<u32> {
        self.calls.iter().rev().find(|call| wanted(call.state)).map(|call| call.id)
    }
}
