//! The table of INVITEs that came in and were accepted.
//!
//! Finds the transaction of an INVITE, an ACK or a CANCEL, runs its machine, carries out what the machine asks for, and
//! drops it when it is over.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use bytes::Bytes;

use super::Event;
use super::invite_server::{Acknowledged, InviteServer};
use super::key::{ByFingerprint, Fingerprint, ServerKey};
use super::outbox::Outbox;
use super::step::{Action, Actions, Class};
use super::timer::Queue;
use crate::sip::flow::Flow;

/// How many INVITE transactions are kept, about 300 bytes each once answered.
pub const MAX_INVITES: usize = 16_384;

/// How many more are kept for those who call for help.
const RESERVE: usize = 1_024;

/// How badly a request needs to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// As any other.
    Ordinary,
    /// Somebody calls for help.
    Emergency,
}

/// All INVITEs in which we answer.
#[derive(Debug)]
pub struct InviteServers {
    entries: BTreeMap<ServerKey, Entry>,
    moments: Queue<ServerKey>,
    by_fingerprint: HashMap<Fingerprint, ServerKey, ByFingerprint>,
    by_dialog: HashMap<Fingerprint, ServerKey, ByFingerprint>,
    /// Those on streams: if the stream breaks there is no way back to the caller.
    by_flow: BTreeSet<(Flow, ServerKey)>,
}

#[derive(Debug)]
struct Entry {
    machine: InviteServer,
    /// Where answers go.
    reply: Flow,
    fingerprint: Fingerprint,
    dialog: Fingerprint,
    moment: Option<Instant>,
}

/// What an ACK meant to the transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acked {
    /// It belongs to none.
    Nothing,
    /// It was for a refusal: nobody else needs it.
    Refusal,
    /// It is for the 2xx of this INVITE.
    Success(ServerKey),
}

impl InviteServers {
    /// No transactions.
    pub fn new() -> InviteServers {
        InviteServers {
            entries: BTreeMap::new(),
            moments: Queue::new(),
            by_fingerprint: HashMap::default(),
            by_dialog: HashMap::default(),
            by_flow: BTreeSet::new(),
        }
    }

    /// Whether there is room for one more; for an urgent one there is longer.
    pub fn has_room(&self, urgency: Urgency) -> bool {
        let reserve = match urgency {
            Urgency::Ordinary => 0,
            Urgency::Emergency => RESERVE,
        };
        self.entries.len() < MAX_INVITES + reserve
    }

    /// Keeps an INVITE under `key`, or gives the key of the copy that is here. `make_trying` makes the 100 for it. Whoever
    /// calls it has asked whether there is room.
    pub fn accept(
        &mut self,
        key: ServerKey,
        (fingerprint, dialog): (Fingerprint, Fingerprint),
        make_trying: impl FnOnce() -> Bytes,
        reply: Flow,
        now: Instant,
    ) -> ServerKey {
        if let Some(former) = self.by_fingerprint.get(&fingerprint) {
            return *former;
        }
        let machine = InviteServer::start(make_trying(), reply.transport, now);
        let moment = machine.deadline();
        self.moments.set(key, None, moment);
        self.by_fingerprint.insert(fingerprint, key);
        self.by_dialog.insert(dialog, key);
        if reply.transport.is_reliable() {
            self.by_flow.insert((reply, key));
        }
        self.entries.insert(key, Entry { machine, reply, fingerprint, dialog, moment });
        key
    }

    /// An INVITE has come: whether it is a copy of one that is here.
    pub fn handle_copy<T>(&mut self, fingerprint: Fingerprint, outbox: &mut Outbox<T>) -> bool {
        let Some(key) = self.by_fingerprint.get(&fingerprint) else { return false };
        if let Some(entry) = self.entries.get_mut(key) {
            carry_out(*key, entry.reply, entry.machine.handle_copy(), outbox);
        }
        true
    }

    /// An ACK has come: with the branch of its INVITE if that was refused, with one of its own if it was accepted.
    pub fn handle_ack(&mut self, fingerprint: Fingerprint, dialog: Fingerprint, now: Instant) -> Acked {
        if let Some(key) = self.by_fingerprint.get(&fingerprint).copied()
            && let Some(entry) = self.entries.get_mut(&key)
        {
            let acknowledged = entry.machine.handle_ack(now);
            self.settle(key);
            return match acknowledged {
                Acknowledged::Refusal => Acked::Refusal,
                Acknowledged::Success => Acked::Success(key),
            };
        }
        match self.by_dialog.get(&dialog) {
            Some(key) => Acked::Success(*key),
            None => Acked::Nothing,
        }
    }

    /// The INVITE with that fingerprint, for the CANCEL that aims at it.
    pub fn key_of(&self, fingerprint: Fingerprint) -> Option<ServerKey> {
        self.by_fingerprint.get(&fingerprint).copied()
    }

    /// Whether `key` is one of these.
    pub fn has(&self, key: ServerKey) -> bool {
        self.entries.contains_key(&key)
    }

    /// Whether an INVITE of the same dialog and number is under way, so that another is the same request come by
    /// another way (RFC 3261 §8.2.2.2).
    pub fn is_merged(&self, dialog: Fingerprint) -> bool {
        let entry = self.by_dialog.get(&dialog).and_then(|key| self.entries.get(key));
        entry.is_some_and(|entry| entry.machine.is_open())
    }

    /// We answer. Nothing happens if the INVITE is no longer there, or has its final answer.
    pub fn respond<T>(
        &mut self,
        key: ServerKey,
        class: Class,
        response: Bytes,
        now: Instant,
        outbox: &mut Outbox<T>,
    ) {
        if let Some(entry) = self.entries.get_mut(&key) {
            let actions = entry.machine.respond(class, response, now);
            carry_out(key, entry.reply, actions, outbox);
            self.settle(key);
        }
    }

    /// The user has the ACK for the 2xx of an INVITE.
    pub fn acked(&mut self, key: ServerKey) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.machine.acked();
            self.settle(key);
        }
    }

    /// A stream is gone, and with it the way back to its callers.
    pub fn handle_flow_closed<T>(&mut self, flow: Flow, outbox: &mut Outbox<T>) {
        let range = (flow, ServerKey(0))..=(flow, ServerKey(u64::MAX));
        let keys: Vec<ServerKey> = self.by_flow.range(range).map(|(_, key)| *key).collect();
        for key in keys {
            if let Some(entry) = self.entries.get_mut(&key) {
                let actions = entry.machine.handle_transport_failed();
                carry_out(key, flow, actions, outbox);
                self.settle(key);
            }
        }
    }

    /// When to call [`InviteServers::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        self.moments.first().map(|(moment, _)| moment)
    }

    /// Does what is due.
    pub fn handle_timeout<T>(&mut self, now: Instant, outbox: &mut Outbox<T>) {
        while let Some(key) = self.moments.due(now) {
            let Some(entry) = self.entries.get_mut(&key) else { return };
            let actions = entry.machine.handle_timeout(now);
            carry_out(key, entry.reply, actions, outbox);
            self.settle(key);
        }
    }

    /// How many transactions are here.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no table holds anything.
    #[cfg(test)]
    pub fn is_bare(&self) -> bool {
        self.entries.is_empty()
            && self.by_fingerprint.is_empty()
            && self.by_dialog.is_empty()
            && self.by_flow.is_empty()
            && self.deadline().is_none()
    }

    /// Takes note of a machine's new deadline, or of its end.
    fn settle(&mut self, key: ServerKey) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let moment = entry.machine.deadline();
        self.moments.set(key, entry.moment, moment);
        entry.moment = moment;
        if entry.machine.is_terminated() {
            self.forget(key);
        }
    }

    fn forget(&mut self, key: ServerKey) {
        let Some(entry) = self.entries.remove(&key) else { return };
        self.by_fingerprint.remove(&entry.fingerprint);
        self.by_flow.remove(&(entry.reply, key));
        if self.by_dialog.get(&entry.dialog) == Some(&key) {
            self.by_dialog.remove(&entry.dialog);
        }
    }
}

fn carry_out<T>(key: ServerKey, reply: Flow, actions: Actions, outbox: &mut Outbox<T>) {
    for action in actions {
        match action {
            Action::Transmit(bytes) => outbox.transmit(reply, bytes),
            Action::NoAck => outbox.tell(Event::NoAck(key)),
            Action::TransportFailed => outbox.tell(Event::CallerLost(key)),
            Action::PassUp | Action::SendCancel(_) | Action::TimedOut => {}
        }
    }
}
