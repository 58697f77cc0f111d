//! A disc made of memory: keeps the exchange's changes after a while, and forgets what it had not kept when the current
//! fails.
//!
//! It replays changes as the `store` room promises to: what it holds is what a restarted box begins with.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use perch::config::apply;
use perch::model::{AuditEntry, CallRecord, Change, Messages, Snapshot};

/// How long a change takes to reach the disc.
const LATENCY: Duration = Duration::from_millis(5);

/// The disc of one box.
#[derive(Debug, Default)]
pub struct Disc {
    snapshot: Snapshot,
    queue: VecDeque<(u64, Change, Instant)>,
    health: Health,
    calls: Vec<CallRecord>,
    journal: Vec<AuditEntry>,
}

/// Whether the disc writes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// In five milliseconds.
    #[default]
    Good,
    /// Not at all.
    Stuck,
}

impl Disc {
    /// Takes a change to be written.
    pub fn submit(&mut self, number: u64, change: Change, now: Instant) {
        self.queue.push_back((number, change, now + LATENCY));
    }

    /// When something is written next.
    pub fn deadline(&self) -> Option<Instant> {
        match self.health {
            Health::Good => self.queue.front().map(|(_, _, at)| *at),
            Health::Stuck => None,
        }
    }

    /// Writes what is due; the number of the last change that was.
    pub fn write(&mut self, now: Instant) -> Option<u64> {
        let mut through = None;
        while self.deadline().is_some_and(|at| at <= now) {
            let Some((number, change, _)) = self.queue.pop_front() else { break };
            self.replay(change);
            through = Some(number);
        }
        through
    }

    /// From now on it writes, or not.
    pub fn set_health(&mut self, health: Health) {
        self.health = health;
    }

    /// What is not on the disc is gone.
    pub fn lose_current(&mut self) {
        self.queue.clear();
    }

    /// What a box that starts now begins with.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }

    /// The journal on the disc.
    pub fn journal(&self) -> &[AuditEntry] {
        &self.journal
    }

    /// Every call record on the disc.
    pub fn calls(&self) -> &[CallRecord] {
        &self.calls
    }

    fn replay(&mut self, change: Change) {
        let snapshot = &mut self.snapshot;
        snapshot.office = apply::after(&snapshot.office, std::slice::from_ref(&change));
        match change {
            Change::Device(device) | Change::DeviceSeen(device) => {
                snapshot.last_device = snapshot.last_device.max(device.id.0);
                let screen_name = device.screen_name.map_or(0, |name| name.0);
                snapshot.last_screen_name = snapshot.last_screen_name.max(screen_name);
            }
            Change::DeviceRemoved(id) | Change::DeviceForgotten(id) => {
                snapshot.last_device = snapshot.last_device.max(id.0);
                snapshot.bindings.retain(|binding| binding.device != id);
            }
            Change::LoggedIn(login) => {
                snapshot.last_login = snapshot.last_login.max(login.id.0);
                snapshot.logins.push(login);
            }
            Change::LoggedOut(id, _) => snapshot.logins.retain(|login| login.id != id),
            Change::Bound(binding) => {
                let is_other = |one: &perch::model::Binding| {
                    (one.device, &one.contact) != (binding.device, &binding.contact)
                };
                snapshot.bindings.retain(is_other);
                snapshot.bindings.push(binding);
            }
            Change::Unbound { device, contact } => {
                snapshot.bindings.retain(|one| (one.device, &one.contact) != (device, &contact));
            }
            Change::Call(record) => {
                snapshot.last_call = snapshot.last_call.max(record.id.0);
                self.calls.push(record);
            }
            Change::LoginsClosed(kept) => {
                snapshot.lockouts.retain(|one| one.locked != kept.locked);
                snapshot.lockouts.push(kept);
            }
            Change::LoginsOpened(locked) => snapshot.lockouts.retain(|one| one.locked != locked),
            Change::ToTell(user, why) => drop(snapshot.to_tell.insert(user, why)),
            Change::Told(user) => drop(snapshot.to_tell.remove(&user)),
            Change::Messages(user, none) if none == Messages::default() => {
                snapshot.messages.remove(&user);
            }
            Change::Messages(user, some) => drop(snapshot.messages.insert(user, some)),
            Change::Audit(entry) => {
                snapshot.last_audit = snapshot.last_audit.max(entry.number);
                self.journal.push(entry);
            }
            Change::Settings(_)
            | Change::Tenant(..)
            | Change::TenantRemoved(_)
            | Change::Extension(_)
            | Change::ExtensionRemoved(_)
            | Change::Emergency(_) => {}
        }
    }
}
