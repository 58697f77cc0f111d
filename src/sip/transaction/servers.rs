//! The table of server transactions: requests that came in and were accepted.
//!
//! Finds the transaction of a message, runs its machine, carries out what the machine asks for, and drops it when it is
//! over. Two tables, for INVITEs live long and owe an ACK, and the others are many and forgotten soon.
//!
//! When a table is full: the oldest answered non-INVITE transaction is forgotten early (a copy of its request would then
//! be taken for a new one); an INVITE, and a request when none is answered yet, is refused with [`Full`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use bytes::Bytes;

use super::invite_server::{Acknowledged, InviteServer};
use super::key::{ByFingerprint, Fingerprint, ServerKey};
use super::server::Server;
use super::step::{Action, Actions, Class, earlier};
use super::timer::Queue;
use super::{Event, Full, Outbox};
use crate::sip::flow::Flow;

/// How many non-INVITE transactions are kept, about 1 kB each: the echo of 8,000 requests.
pub const MAX_OTHERS: usize = 8_192;

/// How many INVITE transactions are kept, about 300 bytes each once answered.
pub const MAX_INVITES: usize = 16_384;

/// All transactions in which we answer.
#[derive(Debug)]
pub struct Servers {
    count: u64,
    by_fingerprint: HashMap<Fingerprint, ServerKey, ByFingerprint>,
    others: BTreeMap<ServerKey, Entry<Server>>,
    /// Those of `others` that we have not answered yet.
    unanswered: Queue<ServerKey>,
    /// Those of `others` that we have answered, the oldest first.
    answered: Queue<ServerKey>,
    invites: BTreeMap<ServerKey, Invite>,
    invite_moments: Queue<ServerKey>,
    by_dialog: HashMap<Fingerprint, ServerKey, ByFingerprint>,
    /// The INVITEs on streams: if the stream breaks there is no way back to the caller.
    by_flow: BTreeSet<(Flow, ServerKey)>,
}

#[derive(Debug)]
struct Entry<M> {
    machine: M,
    /// Where answers go.
    flow: Flow,
    fingerprint: Fingerprint,
    moment: Option<Instant>,
}

#[derive(Debug)]
struct Invite {
    entry: Entry<InviteServer>,
    dialog: Fingerprint,
}

/// What a message meant to the transaction it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// None.
    Nothing,
    /// The transaction has dealt with it.
    Absorbed,
    /// An ACK for the 2xx of this INVITE.
    AckFor(ServerKey),
}

impl Servers {
    /// No transactions.
    pub fn new() -> Servers {
        Servers {
            count: 0,
            by_fingerprint: HashMap::default(),
            others: BTreeMap::new(),
            unanswered: Queue::new(),
            answered: Queue::new(),
            invites: BTreeMap::new(),
            invite_moments: Queue::new(),
            by_dialog: HashMap::default(),
            by_flow: BTreeSet::new(),
        }
    }

    /// Keeps an INVITE; `trying` is the 100 for it.
    pub fn accept_invite(
        &mut self,
        fingerprints: (Fingerprint, Fingerprint),
        trying: Bytes,
        flow: Flow,
        now: Instant,
    ) -> Result<ServerKey, Full> {
        if self.invites.len() >= MAX_INVITES {
            return Err(Full);
        }
        let (fingerprint, dialog) = fingerprints;
        let key = self.next_key();
        let machine = InviteServer::start(trying, flow.transport, now);
        let moment = machine.deadline();
        self.invite_moments.set(key, None, moment);
        self.by_fingerprint.insert(fingerprint, key);
        self.by_dialog.insert(dialog, key);
        if flow.transport.is_reliable() {
            self.by_flow.insert((flow, key));
        }
        self.invites.insert(key, Invite { entry: Entry { machine, flow, fingerprint, moment }, dialog });
        Ok(key)
    }

    /// Keeps a request that is no INVITE.
    pub fn accept_other(
        &mut self,
        fingerprint: Fingerprint,
        flow: Flow,
        now: Instant,
    ) -> Result<ServerKey, Full> {
        if self.others.len() >= MAX_OTHERS {
            let (_, oldest) = self.answered.first().ok_or(Full)?;
            self.forget_other(oldest);
        }
        let key = self.next_key();
        let machine = Server::start(flow.transport, now);
        let moment = machine.deadline();
        self.unanswered.set(key, None, moment);
        self.by_fingerprint.insert(fingerprint, key);
        self.others.insert(key, Entry { machine, flow, fingerprint, moment });
        Ok(key)
    }

    /// A request has come that may be a copy of one that is here.
    pub fn handle_copy<T>(&mut self, fingerprint: Fingerprint, outbox: &mut Outbox<T>) -> Found {
        let Some(key) = self.by_fingerprint.get(&fingerprint) else { return Found::Nothing };
        let (actions, flow) = if let Some(other) = self.others.get_mut(key) {
            (other.machine.handle_copy(), other.flow)
        } else if let Some(invite) = self.invites.get_mut(key) {
            (invite.entry.machine.handle_copy(), invite.entry.flow)
        } else {
            return Found::Nothing;
        };
        carry_out(*key, flow, actions, outbox);
        Found::Absorbed
    }

    /// An ACK has come: with the branch of an INVITE if that was refused, with one of its own if it was accepted.
    pub fn handle_ack(&mut self, fingerprints: (Fingerprint, Fingerprint), now: Instant) -> Found {
        let (fingerprint, dialog) = fingerprints;
        if let Some(key) = self.by_fingerprint.get(&fingerprint).copied()
            && let Some(invite) = self.invites.get_mut(&key)
        {
            let acknowledged = invite.entry.machine.handle_ack(now);
            self.settle_invite(key);
            return match acknowledged {
                Acknowledged::Refusal => Found::Absorbed,
                Acknowledged::Success => Found::AckFor(key),
            };
        }
        match self.by_dialog.get(&dialog) {
            Some(key) => Found::AckFor(*key),
            None => Found::Nothing,
        }
    }

    /// The transaction with that fingerprint.
    pub fn key_of(&self, fingerprint: Fingerprint) -> Option<ServerKey> {
        self.by_fingerprint.get(&fingerprint).copied()
    }

    /// The INVITE with that fingerprint, for the CANCEL that aims at it.
    pub fn invite_of(&self, fingerprint: Fingerprint) -> Option<ServerKey> {
        self.by_fingerprint.get(&fingerprint).copied().filter(|key| self.invites.contains_key(key))
    }

    /// Whether an INVITE of the same dialog and number is under way, so that another is the same request come by
    /// another way (RFC 3261 §8.2.2.2).
    pub fn is_merged(&self, dialog: Fingerprint) -> bool {
        let invite = self.by_dialog.get(&dialog).and_then(|key| self.invites.get(key));
        invite.is_some_and(|invite| invite.entry.machine.is_open())
    }

    /// We answer a request. Nothing happens if it is no longer there, or answered.
    pub fn respond<T>(
        &mut self,
        key: ServerKey,
        class: Class,
        response: Bytes,
        now: Instant,
        outbox: &mut Outbox<T>,
    ) {
        if let Some(other) = self.others.get_mut(&key) {
            let actions = other.machine.respond(class, response, now);
            carry_out(key, other.flow, actions, outbox);
            self.settle_other(key);
        } else if let Some(invite) = self.invites.get_mut(&key) {
            let actions = invite.entry.machine.respond(class, response, now);
            carry_out(key, invite.entry.flow, actions, outbox);
            self.settle_invite(key);
        }
    }

    /// The user has the ACK for the 2xx of an INVITE.
    pub fn acked(&mut self, key: ServerKey) {
        if let Some(invite) = self.invites.get_mut(&key) {
            invite.entry.machine.acked();
            self.settle_invite(key);
        }
    }

    /// A stream is gone, and with it the way back to its callers.
    pub fn handle_flow_closed<T>(&mut self, flow: Flow, outbox: &mut Outbox<T>) {
        let range = (flow, ServerKey(0))..=(flow, ServerKey(u64::MAX));
        let keys: Vec<ServerKey> = self.by_flow.range(range).map(|(_, key)| *key).collect();
        for key in keys {
            if let Some(invite) = self.invites.get_mut(&key) {
                let actions = invite.entry.machine.handle_transport_failed();
                carry_out(key, flow, actions, outbox);
                self.settle_invite(key);
            }
        }
    }

    /// When to call [`Servers::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        let others = earlier(self.unanswered.first(), self.answered.first());
        earlier(others, self.invite_moments.first()).map(|(moment, _)| moment)
    }

    /// Does what is due.
    pub fn handle_timeout<T>(&mut self, now: Instant, outbox: &mut Outbox<T>) {
        while let Some(key) = self.answered.due(now).or_else(|| self.unanswered.due(now)) {
            if let Some(other) = self.others.get_mut(&key) {
                other.machine.handle_timeout(now);
            }
            self.settle_other(key);
        }
        while let Some(key) = self.invite_moments.due(now) {
            if let Some(invite) = self.invites.get_mut(&key) {
                let actions = invite.entry.machine.handle_timeout(now);
                carry_out(key, invite.entry.flow, actions, outbox);
            }
            self.settle_invite(key);
        }
    }

    /// How many transactions are here: INVITEs and others.
    pub fn len(&self) -> (usize, usize) {
        (self.invites.len(), self.others.len())
    }

    /// Whether no table holds anything.
    #[cfg(test)]
    pub fn is_bare(&self) -> bool {
        self.len() == (0, 0)
            && self.by_fingerprint.is_empty()
            && self.by_dialog.is_empty()
            && self.by_flow.is_empty()
            && self.deadline().is_none()
    }

    fn next_key(&mut self) -> ServerKey {
        self.count += 1;
        ServerKey(self.count)
    }

    /// Takes note of a machine's new deadline, or of its end.
    fn settle_other(&mut self, key: ServerKey) {
        let Some(other) = self.others.get_mut(&key) else { return };
        if other.machine.is_terminated() {
            self.forget_other(key);
        } else if other.machine.is_completed() {
            self.unanswered.set(key, other.moment, None);
            other.moment = other.machine.deadline();
            self.answered.set(key, None, other.moment);
        }
    }

    fn forget_other(&mut self, key: ServerKey) {
        let Some(other) = self.others.remove(&key) else { return };
        self.unanswered.set(key, other.moment, None);
        self.answered.set(key, other.moment, None);
        self.by_fingerprint.remove(&other.fingerprint);
    }

    fn settle_invite(&mut self, key: ServerKey) {
        let Some(invite) = self.invites.get_mut(&key) else { return };
        let entry = &mut invite.entry;
        let moment = entry.machine.deadline();
        self.invite_moments.set(key, entry.moment, moment);
        entry.moment = moment;
        if entry.machine.is_terminated() {
            self.forget_invite(key);
        }
    }

    fn forget_invite(&mut self, key: ServerKey) {
        let Some(Invite { entry, dialog }) = self.invites.remove(&key) else { return };
        self.by_fingerprint.remove(&entry.fingerprint);
        self.by_flow.remove(&(entry.flow, key));
        if self.by_dialog.get(&dialog) == Some(&key) {
            self.by_dialog.remove(&dialog);
        }
    }
}

fn carry_out<T>(key: ServerKey, flow: Flow, actions: Actions, outbox: &mut Outbox<T>) {
    for action in actions {
        match action {
            Action::Transmit(bytes) => outbox.transmit(flow, bytes),
            Action::NoAck => outbox.tell(Event::NoAck(key)),
            Action::TransportFailed => outbox.tell(Event::CallerLost(key)),
            Action::PassUp | Action::SendCancel(_) | Action::TimedOut => {}
        }
    }
}
