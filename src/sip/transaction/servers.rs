//! The table of requests that came in and were accepted, INVITEs aside.
//!
//! They are many and soon forgotten, so the table is lean: an answered one costs its answer and some 200 bytes, and no
//! place in a sorted queue, for they end in the order in which they were answered.
//!
//! When the table is full, the oldest answered one is forgotten early (a copy of its request would then be taken for a
//! new one); while none is answered yet, a new one is refused with [`Full`].

use std::collections::hash_map::Entry as Place;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Instant;

use bytes::Bytes;

use super::Full;
use super::key::{ByFingerprint, Fingerprint, ServerKey};
use super::outbox::Outbox;
use super::server::Server;
use super::step::{Action, Actions, Class, earlier};
use crate::sip::flow::Flow;

/// How many non-INVITE transactions are kept: the echo of 8,000 requests, up to about 1 kB each.
pub const MAX_OTHERS: usize = 8_192;

/// All requests in which we answer, INVITEs aside.
#[derive(Debug)]
pub struct Servers {
    entries: HashMap<Fingerprint, Entry, ByFingerprint>,
    /// Those we have not answered yet, in the order in which they came, and so of their deadlines.
    open: BTreeMap<ServerKey, Fingerprint>,
    /// Those we have answered, in the order in which we did, and when they end.
    answered: VecDeque<(Instant, Fingerprint)>,
}

#[derive(Debug)]
struct Entry {
    key: ServerKey,
    machine: Server,
    /// Where answers go.
    reply: Flow,
}

impl Servers {
    /// No transactions.
    pub fn new() -> Servers {
        Servers { entries: HashMap::default(), open: BTreeMap::new(), answered: VecDeque::new() }
    }

    /// Keeps a request under `key`, or gives the key of the copy that is here.
    pub fn accept(
        &mut self,
        key: ServerKey,
        fingerprint: Fingerprint,
        reply: Flow,
        now: Instant,
    ) -> Result<ServerKey, Full> {
        if let Some(former) = self.entries.get(&fingerprint) {
            return Ok(former.key);
        }
        self.make_room()?;
        let machine = Server::start(reply.transport, now);
        self.entries.insert(fingerprint, Entry { key, machine, reply });
        self.open.insert(key, fingerprint);
        Ok(key)
    }

    /// Keeps a request with its final answer, in one step. Nothing happens if a copy of it is here and answered.
    pub fn answer<T>(
        &mut self,
        key: ServerKey,
        fingerprint: Fingerprint,
        reply: Flow,
        (class, response): (Class, Bytes),
        now: Instant,
        outbox: &mut Outbox<T>,
    ) -> Result<(), Full> {
        self.make_room()?;
        match self.entries.entry(fingerprint) {
            Place::Occupied(former) => {
                let key = former.get().key;
                self.respond(key, class, response, now, outbox);
            }
            Place::Vacant(place) => {
                let mut machine = Server::start(reply.transport, now);
                carry_out(reply, machine.respond(class, response, now), outbox);
                if machine.is_terminated() {
                    return Ok(());
                }
                if machine.is_completed() {
                    self.answered.push_back((machine.deadline().unwrap_or(now), fingerprint));
                } else {
                    self.open.insert(key, fingerprint);
                }
                place.insert(Entry { key, machine, reply });
            }
        }
        Ok(())
    }

    /// A request has come: whether it is a copy of one that is here.
    pub fn handle_copy<T>(&mut self, fingerprint: Fingerprint, outbox: &mut Outbox<T>) -> bool {
        let Some(entry) = self.entries.get_mut(&fingerprint) else { return false };
        carry_out(entry.reply, entry.machine.handle_copy(), outbox);
        true
    }

    /// We answer. Nothing happens if the request is no longer there, or has its final answer.
    pub fn respond<T>(
        &mut self,
        key: ServerKey,
        class: Class,
        response: Bytes,
        now: Instant,
        outbox: &mut Outbox<T>,
    ) {
        let Some(fingerprint) = self.open.get(&key).copied() else { return };
        let Some(entry) = self.entries.get_mut(&fingerprint) else { return };
        carry_out(entry.reply, entry.machine.respond(class, response, now), outbox);
        if entry.machine.is_terminated() {
            self.open.remove(&key);
            self.entries.remove(&fingerprint);
        } else if entry.machine.is_completed() {
            self.open.remove(&key);
            self.answered.push_back((entry.machine.deadline().unwrap_or(now), fingerprint));
        }
    }

    /// When to call [`Servers::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        let oldest = self.open.first_key_value().and_then(|(_, fingerprint)| self.entries.get(fingerprint));
        let unanswered = oldest.and_then(|entry| entry.machine.deadline());
        earlier(unanswered, self.answered.front().map(|(until, _)| *until))
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((_, fingerprint)) = self.answered.front().filter(|(until, _)| *until <= now) {
            self.entries.remove(fingerprint);
            self.answered.pop_front();
        }
        while let Some(oldest) = self.open.first_entry() {
            if let Some(entry) = self.entries.get_mut(oldest.get()) {
                entry.machine.handle_timeout(now);
                if !entry.machine.is_terminated() {
                    return;
                }
            }
            self.entries.remove(&oldest.remove());
        }
    }

    /// How many transactions are here.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no table holds anything.
    #[cfg(test)]
    pub fn is_bare(&self) -> bool {
        self.entries.is_empty() && self.open.is_empty() && self.answered.is_empty()
    }

    fn make_room(&mut self) -> Result<(), Full> {
        if self.entries.len() >= MAX_OTHERS {
            let (_, oldest) = self.answered.pop_front().ok_or(Full)?;
            self.entries.remove(&oldest);
        }
        Ok(())
    }
}

fn carry_out<T>(reply: Flow, actions: Actions, outbox: &mut Outbox<T>) {
    for action in actions {
        if let Action::Transmit(bytes) = action {
            outbox.transmit(reply, bytes);
        }
    }
}
