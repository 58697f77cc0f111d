//! Registering: how the phone keeps its lines as its settings have them (RFC 3261 §10.2).

use std::time::{Duration, Instant};

use perch::sip::{Flow, Message};
use rand::RngExt;

use super::config::Account;
use super::line::{Line, LineState};
use super::{Kind, OldAccount, Purpose, Settings, SimPhone, TRY_AGAIN};

impl SimPhone {
    /// Brings the lines in step with the settings.
    pub(super) fn settle_accounts(&mut self, now: Instant) {
        let wanted = self.accounts();
        let old: Vec<_> = self
            .lines
            .iter()
            .filter(|line| line.state != LineState::Leaving)
            .filter(|line| !wanted.iter().any(|account| is_same(account, &line.account)))
            .map(|line| line.id)
            .collect();
        for line in old {
            match self.quirks.old_account {
                OldAccount::Unregisters => self.unregister(line, now),
                OldAccount::Forgets => self.lines.retain(|one| one.id != line),
            }
        }
        for account in wanted {
            let known = self
                .lines
                .iter_mut()
                .find(|line| line.state != LineState::Leaving && is_same(&account, &line.account));
            match known {
                Some(line) => line.account = account,
                None => self.open_line(account, now),
            }
        }
        self.settle_watches(now);
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        match &self.settings {
            Settings::Files(config) => config.accounts(),
            Settings::Typed(accounts) => accounts.clone(),
        }
    }

    fn open_line(&mut self, account: Account, now: Instant) {
        self.last_line += 1;
        let at = self.sip_address();
        let user = &account.user;
        let contact = match self.kind {
            Kind::T46U | Kind::T31P => (format!("sip:{user}@{at}"), String::new()),
            Kind::D785 | Kind::D120 => {
                let instance = format!("<urn:uuid:5e1f0000-0000-4000-8000-{}>", self.mac);
                let params = format!(";reg-id=1;q=1.0;+sip.instance=\"{instance}\"");
                (format!("sip:{user}@{at};line={}", &self.random_word()[..8]), params)
            }
            Kind::ByHand => (format!("sip:{user}@{at};ob"), String::new()),
        };
        let names = [self.random_word(), self.random_word()];
        self.contacts.push(contact.0.clone());
        let line = Line::new(self.last_line, account, contact, names);
        self.lines.push(line);
        self.register(self.last_line, now);
    }

    fn register(&mut self, line: u32, now: Instant) {
        let cnonce = self.random_word();
        let (kind, from) = (self.kind, self.sip_address());
        let Some(line) = self.lines.iter_mut().find(|one| one.id == line) else { return };
        match &mut line.state {
            LineState::Registered { again, .. } => *again = None,
            state => *state = LineState::Trying,
        }
        let Some(server) = line.server() else {
            self.inspector.complain(format!("no address to register at: {:?}", line.account.proxy));
            return;
        };
        let (id, expires) = (line.id, line.account.register_every);
        let request = line.register(kind, expires, &cnonce);
        self.request(Purpose::Register(id), request, Flow::udp(from, server), now);
    }

    pub(super) fn unregister(&mut self, line: u32, now: Instant) {
        let cnonce = self.random_word();
        let (kind, from) = (self.kind, self.sip_address());
        let Some(line) = self.lines.iter_mut().find(|one| one.id == line) else { return };
        line.state = LineState::Leaving;
        let Some(server) = line.server() else { return };
        let id = line.id;
        let request = line.register(kind, 0, &cnonce);
        self.request(Purpose::Unregister(id), request, Flow::udp(from, server), now);
    }

    /// A REGISTER has had its final answer.
    pub(super) fn handle_registered(&mut self, line: u32, message: &Message<'_>, now: Instant) {
        let Some(line) = self.lines.iter_mut().find(|one| one.id == line) else { return };
        if message.status() != Some(200) {
            let id = line.id;
            self.handle_register_failed(id, now);
            return;
        }
        let granted = message
            .headers("Contact")
            .find(|value| value.contains(&format!("<{}>", line.contact)))
            .and_then(|value| value.split(";expires=").nth(1))
            .and_then(|rest| rest.split(';').next()?.parse::<u64>().ok());
        let asked = u64::from(line.account.register_every);
        let granted = match granted {
            Some(granted) if (1..=asked).contains(&granted) => granted,
            other => {
                let complaint = format!("asked for {asked} s, was granted {other:?} for {}", line.contact);
                self.inspector.complain(complaint);
                asked
            }
        };
        if !line.is_registered() {
            line.since = Some(now);
        }
        line.state = LineState::Registered {
            until: now + Duration::from_secs(granted),
            again: Some(now + Duration::from_secs(granted * 3 / 4)),
        };
        self.settle_watches(now);
    }

    /// A REGISTER was refused or not heard: the phone shows that it has no service and tries again.
    pub(super) fn handle_register_failed(&mut self, line: u32, now: Instant) {
        let jitter = Duration::from_millis(self.rng.random_range(0..1000));
        let Some(line) = self.lines.iter_mut().find(|one| one.id == line) else { return };
        line.state = LineState::Failed { again: now + TRY_AGAIN + jitter };
    }

    pub(super) fn refresh_lines(&mut self, now: Instant) {
        let due: Vec<_> = self
            .lines
            .iter()
            .filter(|line| line.deadline().is_some_and(|at| at <= now))
            .map(|line| line.id)
            .collect();
        for id in due {
            let Some(line) = self.lines.iter_mut().find(|one| one.id == id) else { continue };
            match line.state {
                LineState::Registered { until, again: None } if until <= now => {
                    line.state = LineState::Trying
                }
                LineState::Registered { again: Some(_), .. } | LineState::Failed { .. } => {
                    self.register(id, now)
                }
                LineState::Registered { .. } | LineState::Trying | LineState::Leaving => {}
            }
        }
    }
}

/// Whether a line need not register anew for this account.
fn is_same(one: &Account, other: &Account) -> bool {
    let facts = |account: &Account| {
        let Account { user, auth_name, password, domain, proxy, .. } = account;
        (user.clone(), auth_name.clone(), password.clone(), domain.clone(), proxy.clone())
    };
    facts(one) == facts(other)
}
