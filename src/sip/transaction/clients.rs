//! The table of client transactions: requests we have sent.
//!
//! A transaction is found by the key in its branch. The CANCEL of an INVITE is a request of its own with the same branch
//! (RFC 3261 §9.1), so it lives inside the INVITE's entry; what is answered to it concerns nobody.
//!
//! When the table is full, a new request is refused with [`Full`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use bytes::Bytes;

use super::client::Client;
use super::hop;
use super::invite_client::InviteClient;
use super::key::{ClientKey, Seed};
use super::outbox::Outbox;
use super::step::{Action, Actions, Class, earlier};
use super::timer::Queue;
use super::{Event, Full};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;

/// How many requests of ours may be under way or echoing.
pub const MAX_CLIENTS: usize = 16_384;

/// All transactions in which we ask.
#[derive(Debug)]
pub struct Clients<T> {
    count: u64,
    entries: BTreeMap<ClientKey, Entry<T>>,
    moments: Queue<ClientKey>,
    by_flow: BTreeSet<(Flow, ClientKey)>,
}

#[derive(Debug)]
struct Entry<T> {
    token: T,
    flow: Flow,
    method: Method,
    machine: Machine,
    cancel: Option<Client>,
    /// What the CANCEL says in its Reason, if there is to be one.
    reason: Option<&'static str>,
    moment: Option<Instant>,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteClient),
    Other(Client),
}

impl<T: Clone> Clients<T> {
    /// No transactions.
    pub fn new() -> Clients<T> {
        Clients { count: 0, entries: BTreeMap::new(), moments: Queue::new(), by_flow: BTreeSet::new() }
    }

    /// A key for a new request; its branch must be on the request before it is sent.
    pub fn reserve(&mut self, seed: &Seed) -> Result<ClientKey, Full> {
        if self.entries.len() >= MAX_CLIENTS { Err(Full) } else { Ok(self.fresh_key(seed)) }
    }

    /// A key that no request under way has.
    pub fn fresh_key(&mut self, seed: &Seed) -> ClientKey {
        loop {
            self.count += 1;
            let key = seed.client(self.count);
            if !self.entries.contains_key(&key) {
                return key;
            }
        }
    }

    /// Sends a request that carries the branch of `key`.
    pub fn start(
        &mut self,
        key: ClientKey,
        token: T,
        (method, request): (Method, Bytes),
        flow: Flow,
        now: Instant,
        outbox: &mut Outbox<T>,
    ) {
        let (machine, actions) = if method == Method::Invite {
            let (machine, actions) = InviteClient::start(request, flow.transport, now);
            (Machine::Invite(machine), actions)
        } else {
            let (machine, actions) = Client::start(request, flow.transport, now);
            (Machine::Other(machine), actions)
        };
        self.by_flow.insert((flow, key));
        self.entries
            .insert(key, Entry { token, flow, method, machine, cancel: None, reason: None, moment: None });
        self.carry_out(key, actions, now, outbox);
        self.settle(key);
    }

    /// A response has come. Gives what is to be passed up: whose it is.
    pub fn handle_response(
        &mut self,
        message: &Message<'_>,
        now: Instant,
        outbox: &mut Outbox<T>,
    ) -> Option<Heard<T>> {
        let status = message.status()?;
        let via = message.via_top().ok()?;
        let key = ClientKey::of_branch(via.branch?)?;
        let (_, method) = message.cseq_parts().ok()?;
        let entry = self.entries.get_mut(&key)?;
        let class = Class::of(status);
        if method == Method::Cancel.as_str() && entry.method == Method::Invite {
            if let Some(cancel) = &mut entry.cancel {
                cancel.handle_response(class, now);
            }
            self.settle(key);
            return Some(Heard::Nothing);
        }
        if method != entry.method.as_str() {
            return None;
        }
        let actions = match &mut entry.machine {
            Machine::Invite(machine) => {
                machine.handle_response(class, |invite| hop::ack(invite, message), now)
            }
            Machine::Other(machine) => machine.handle_response(class, now),
        };
        let heard = if actions.contains(&Action::PassUp) {
            Heard::Response { token: entry.token.clone(), client: key, class }
        } else {
            Heard::Nothing
        };
        self.carry_out(key, actions, now, outbox);
        self.settle(key);
        Some(heard)
    }

    /// The user gives an INVITE up. Nothing happens if it has its final answer, or is no INVITE.
    pub fn cancel(
        &mut self,
        key: ClientKey,
        because: Option<&'static str>,
        now: Instant,
        outbox: &mut Outbox<T>,
    ) {
        let Some(Entry { machine: Machine::Invite(machine), reason, .. }) = self.entries.get_mut(&key) else {
            return;
        };
        *reason = reason.or(because);
        let actions = machine.cancel(now);
        self.carry_out(key, actions, now, outbox);
        self.settle(key);
    }

    /// Forgets a request: no copy of it goes out any more, and its answer is for nobody.
    pub fn abandon(&mut self, key: ClientKey) {
        if let Some(entry) = self.entries.remove(&key) {
            self.moments.set(key, entry.moment, None);
            self.by_flow.remove(&(entry.flow, key));
        }
    }

    /// What was sent on a flow did not go out, or the flow is gone.
    pub fn handle_flow_failed(&mut self, flow: Flow, now: Instant, outbox: &mut Outbox<T>) {
        let range = (flow, ClientKey(0))..=(flow, ClientKey(u64::MAX));
        let keys: Vec<ClientKey> = self.by_flow.range(range).map(|(_, key)| *key).collect();
        for key in keys {
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let actions = match &mut entry.machine {
                Machine::Invite(machine) => machine.handle_transport_failed(),
                Machine::Other(machine) => machine.handle_transport_failed(),
            };
            if let Some(cancel) = &mut entry.cancel {
                cancel.handle_transport_failed();
            }
            self.carry_out(key, actions, now, outbox);
            self.settle(key);
        }
    }

    /// When to call [`Clients::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        self.moments.first().map(|(moment, _)| moment)
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox<T>) {
        while let Some(key) = self.moments.due(now) {
            let Some(entry) = self.entries.get_mut(&key) else { return };
            let actions = match &mut entry.machine {
                Machine::Invite(machine) => machine.handle_timeout(now),
                Machine::Other(machine) => machine.handle_timeout(now),
            };
            let of_cancel =
                entry.cancel.as_mut().map(|cancel| cancel.handle_timeout(now)).unwrap_or_default();
            self.carry_out(key, actions, now, outbox);
            self.carry_out_cancel(key, of_cancel, outbox);
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
        self.entries.is_empty() && self.by_flow.is_empty() && self.moments.first().is_none()
    }

    fn carry_out(&mut self, key: ClientKey, actions: Actions, now: Instant, outbox: &mut Outbox<T>) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        for action in actions {
            match action {
                Action::Transmit(bytes) => outbox.transmit(entry.flow, bytes),
                Action::SendCancel(invite) => {
                    let (cancel, actions) =
                        Client::start(hop::cancel(&invite, entry.reason), entry.flow.transport, now);
                    entry.cancel = Some(cancel);
                    for action in actions {
                        if let Action::Transmit(bytes) = action {
                            outbox.transmit(entry.flow, bytes);
                        }
                    }
                }
                Action::TimedOut => outbox.tell(Event::Timeout(entry.token.clone())),
                Action::TransportFailed => outbox.tell(Event::TransportFailed(entry.token.clone())),
                Action::PassUp | Action::NoAck => {}
            }
        }
    }

    /// Of a CANCEL only the copies matter.
    fn carry_out_cancel(&mut self, key: ClientKey, actions: Actions, outbox: &mut Outbox<T>) {
        let Some(entry) = self.entries.get(&key) else { return };
        for action in actions {
            if let Action::Transmit(bytes) = action {
                outbox.transmit(entry.flow, bytes);
            }
        }
    }

    /// Takes note of a transaction's new deadline, or of its end.
    fn settle(&mut self, key: ClientKey) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let (deadline, is_terminated) = match &entry.machine {
            Machine::Invite(machine) => (machine.deadline(), machine.is_terminated()),
            Machine::Other(machine) => (machine.deadline(), machine.is_terminated()),
        };
        let of_cancel = entry.cancel.as_ref().and_then(Client::deadline);
        let moment = earlier(deadline, of_cancel);
        self.moments.set(key, entry.moment, moment);
        entry.moment = moment;
        if is_terminated && entry.cancel.as_ref().is_none_or(Client::is_terminated) {
            let flow = entry.flow;
            self.entries.remove(&key);
            self.by_flow.remove(&(flow, key));
        }
    }
}

/// What a response meant to the transaction it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard<T> {
    /// A copy, or the answer to a CANCEL.
    Nothing,
    /// One for the user.
    Response {
        /// Whose it is.
        token: T,
        /// Which transaction's.
        client: ClientKey,
        /// What kind of answer.
        class: Class,
    },
}
