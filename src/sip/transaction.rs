//! Transactions: requests and their answers, sent until they arrive and taken once however often they come.
//!
//! [`Layer`] holds the four machines of RFC 3261 §17 (as RFC 6026 corrects them) for the whole box. Messages come in
//! through [`Layer::handle_message`], and [`Arrival`] says what is left for the user to do. Drain
//! [`Layer::poll_transmit`] and [`Layer::poll_event`] after every call that takes `&mut self`.
//!
//! A request that came costs nothing until the user accepts it, so that strangers can be challenged without keeping
//! anything of theirs ([`Layer::stateless`]); its copies are then new requests too, and must be answered alike.
//!
//! The layer makes the Via of a request, the 100 of an INVITE, the ACK of a refusal, CANCEL, and the copies of a 2xx. The
//! ACK of a 2xx is the dialog's user's ([`super::dialog`]), and so is how long a call may ring (Timer C).

mod client;
mod clients;
mod hop;
mod invite_client;
mod invite_server;
mod invite_servers;
mod key;
mod outbox;
mod server;
mod servers;
mod step;
mod timer;

use std::time::Instant;

use bytes::Bytes;

use super::flow::{self, Flow};
use super::message::Message;
use super::method::Method;
use super::outgoing::{Request, Response};

pub use clients::MAX_CLIENTS;
pub use hop::MAX_FORWARDS;
pub use invite_servers::{MAX_INVITES, Urgency};
pub use key::{ClientKey, ServerKey};
pub use servers::MAX_OTHERS;
pub use step::Class;
pub use timer::{PATIENCE, T1, T2, T4, Timer};

use clients::{Clients, Heard};
use invite_servers::{Acked, InviteServers};
use key::{Fingerprint, Seed};
use outbox::Outbox;
use servers::Servers;

/// All transactions of the box. `T` tells the user which of its requests an answer is for.
#[derive(Debug)]
pub struct Layer<T> {
    seed: Seed,
    count: u64,
    invites: InviteServers,
    others: Servers,
    clients: Clients<T>,
    outbox: Outbox<T>,
}

/// What a message is to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival<T> {
    /// Nothing: a copy, the ACK of a refusal, the answer to a CANCEL, or a request with no readable Via, which cannot
    /// be answered.
    Absorbed,
    /// A request to be accepted or answered now.
    Request(NewRequest),
    /// An INVITE under way has come a second time by another way; it is to be refused with 482 (RFC 3261 §8.2.2.2).
    Merged(NewRequest),
    /// An ACK that is not for a refusal. `invite` is the INVITE whose 2xx it seems to be for, by Call-ID, From tag and
    /// number; the dialog's user checks the To tag and calls [`Layer::acked`]. With `None` it is for a stateless
    /// refusal, or stray: there is nothing to answer.
    Ack {
        /// The INVITE, if one is known.
        invite: Option<ServerKey>,
    },
    /// A CANCEL for an INVITE that is here: answer the CANCEL with 200, and the INVITE with 487 unless it has its final
    /// answer (in which case the 487 is not sent).
    Cancel {
        /// The CANCEL.
        cancel: NewRequest,
        /// The INVITE it is for.
        invite: ServerKey,
    },
    /// A CANCEL for nothing known, to be answered with 481.
    CancelWithoutMatch(NewRequest),
    /// An answer to a request of ours. A 2xx to an INVITE comes as often as it arrives.
    Response {
        /// The request it is for.
        token: T,
        /// The transaction it belongs to.
        client: ClientKey,
        /// What kind of answer it is.
        class: Class,
    },
    /// An answer to nothing we have asked.
    StrayResponse,
}

/// A request that has come and is neither kept nor answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRequest {
    kind: Kind,
    fingerprint: Fingerprint,
    flow: Flow,
    reply: Flow,
}

/// What a request is to the transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Invite { dialog: Fingerprint },
    Other,
}

/// Bytes to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// The way to send them.
    pub flow: Flow,
    /// One whole message.
    pub bytes: Bytes,
}

/// Something that happened by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<T> {
    /// No final answer came in time, or none after a CANCEL: as if a 408, or a 487, had come.
    Timeout(T),
    /// The flow failed before the final answer: as if a 503 had come.
    TransportFailed(T),
    /// The 2xx to this INVITE was never acknowledged: the call is to be ended with BYE (RFC 3261 §13.3.1.4).
    NoAck(ServerKey),
    /// The stream this INVITE came by is gone: its caller hears nothing any more.
    CallerLost(ServerKey),
}

/// A table is full: answer 503 with Retry-After, or treat the request of ours as refused so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many transactions")]
pub struct Full;

/// How many transactions are under way or echoing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// INVITEs to us.
    pub invites: usize,
    /// Other requests to us.
    pub others: usize,
    /// Requests of ours.
    pub clients: usize,
}

impl<T: Clone> Layer<T> {
    /// A layer without transactions. `seed` is random, and new in each run.
    pub fn new(seed: [u64; 2]) -> Layer<T> {
        Layer {
            seed: Seed(seed),
            count: 0,
            invites: InviteServers::new(),
            others: Servers::new(),
            clients: Clients::new(),
            outbox: Outbox::default(),
        }
    }

    /// A message has come over `flow`. What is wrong with it beyond its Via is the user's to say.
    pub fn handle_message(&mut self, message: &Message<'_>, flow: Flow, now: Instant) -> Arrival<T> {
        match message.method() {
            Some(method) => self.handle_request(message, &method, flow, now),
            None => match self.clients.handle_response(message, now, &mut self.outbox) {
                Some(Heard::Response { token, client, class }) => Arrival::Response { token, client, class },
                Some(Heard::Nothing) => Arrival::Absorbed,
                None => Arrival::StrayResponse,
            },
        }
    }

    fn handle_request(
        &mut self,
        message: &Message<'_>,
        method: &Method,
        flow: Flow,
        now: Instant,
    ) -> Arrival<T> {
        let Ok(via) = message.via_top() else { return Arrival::Absorbed };
        let fingerprint = self.seed.request(message, &via, method.as_str());
        let reply = flow.towards(flow::response_target(&via, &flow));
        let request = |kind| NewRequest { kind, fingerprint, flow, reply };
        match method {
            Method::Ack => match self.invites.handle_ack(fingerprint, self.seed.dialog(message), now) {
                Acked::Refusal => Arrival::Absorbed,
                Acked::Success(invite) => Arrival::Ack { invite: Some(invite) },
                Acked::Nothing => Arrival::Ack { invite: None },
            },
            Method::Invite => {
                if self.invites.handle_copy(fingerprint, &mut self.outbox) {
                    return Arrival::Absorbed;
                }
                let dialog = self.seed.dialog(message);
                let is_initial = message.to().is_ok_and(|to| to.tag().is_none());
                if is_initial && self.invites.is_merged(dialog) {
                    Arrival::Merged(request(Kind::Invite { dialog }))
                } else {
                    Arrival::Request(request(Kind::Invite { dialog }))
                }
            }
            _ if self.others.handle_copy(fingerprint, &mut self.outbox) => Arrival::Absorbed,
            Method::Cancel => {
                let target = self.seed.request(message, &via, Method::Invite.as_str());
                match self.invites.key_of(target) {
                    Some(invite) => Arrival::Cancel { cancel: request(Kind::Other), invite },
                    None => Arrival::CancelWithoutMatch(request(Kind::Other)),
                }
            }
            _ => Arrival::Request(request(Kind::Other)),
        }
    }

    /// Keeps a request from now on: its copies get the same answer. `message` is the request itself. Accepting a copy
    /// gives the key of the first.
    pub fn accept(
        &mut self,
        request: NewRequest,
        message: &Message<'_>,
        now: Instant,
    ) -> Result<ServerKey, Full> {
        self.accept_as(Urgency::Ordinary, request, message, now)
    }

    /// The same; one that is urgent finds room where others do not.
    pub fn accept_as(
        &mut self,
        urgency: Urgency,
        request: NewRequest,
        message: &Message<'_>,
        now: Instant,
    ) -> Result<ServerKey, Full> {
        let key = self.next_key();
        match request.kind {
            Kind::Invite { .. } if !self.invites.has_room(urgency) => Err(Full),
            Kind::Invite { dialog } => {
                let make_trying = || hop::trying(message, &request.flow);
                Ok(self.invites.accept(key, (request.fingerprint, dialog), make_trying, request.reply, now))
            }
            Kind::Other => self.others.accept(key, request.fingerprint, request.reply, now),
        }
    }

    /// Answers an accepted request. After a final answer, and when the transaction is over, nothing is sent.
    pub fn respond(&mut self, key: ServerKey, response: &Response, now: Instant) {
        let bytes = hop::exact(response.to_bytes());
        let class = Class::of(response.status);
        if self.invites.has(key) {
            self.invites.respond(key, class, bytes, now, &mut self.outbox);
        } else {
            self.others.respond(key, class, bytes, now, &mut self.outbox);
        }
    }

    /// Answers a request and keeps the answer for its copies; if the table is full, without keeping it. `message` is
    /// the request itself.
    pub fn answer(&mut self, request: NewRequest, message: &Message<'_>, response: &Response, now: Instant) {
        let NewRequest { kind, fingerprint, reply, .. } = request;
        match kind {
            Kind::Invite { .. } => match self.accept(request, message, now) {
                Ok(key) => self.respond(key, response, now),
                Err(Full) => self.stateless(request, response),
            },
            Kind::Other => {
                let bytes = hop::exact(response.to_bytes());
                let answer = (Class::of(response.status), bytes.clone());
                let key = self.next_key();
                let kept = self.others.answer(key, fingerprint, reply, answer, now, &mut self.outbox);
                kept.unwrap_or_else(|Full| self.transmit(reply, bytes));
            }
        }
    }

    /// Answers a request and keeps nothing. A copy of the request will come up as a new one.
    pub fn stateless(&mut self, request: NewRequest, response: &Response) {
        self.transmit(request.reply, response.to_bytes().into());
    }

    /// The ACK for the 2xx of this INVITE has come: the 2xx is not sent again.
    pub fn acked(&mut self, invite: ServerKey) {
        self.invites.acked(invite);
    }

    /// Sends `request` over `flow`, with our Via on top. Its answers come up with `token`. Not for ACK, which has no
    /// answer ([`Layer::send_ack`]), nor for CANCEL ([`Layer::cancel`]).
    pub fn send(
        &mut self,
        token: T,
        mut request: Request,
        flow: Flow,
        now: Instant,
    ) -> Result<ClientKey, Full> {
        let key = self.clients.reserve(&self.seed)?;
        hop::stamp(&mut request, &flow, key);
        let bytes = hop::exact(request.to_bytes());
        self.clients.start(key, token, (request.method, bytes), flow, now, &mut self.outbox);
        Ok(key)
    }

    /// Gives an INVITE of ours up: CANCEL goes out as soon as a provisional answer allows it. The final answer (487, or
    /// a 2xx that crossed the CANCEL) still comes up, or [`Event::Timeout`]. Nothing happens if it is over.
    pub fn cancel(&mut self, client: ClientKey, now: Instant) {
        self.clients.cancel(client, None, now, &mut self.outbox);
    }

    /// The same, and says why in a Reason header (RFC 3326). What was said first holds.
    pub fn cancel_because(&mut self, client: ClientKey, reason: &'static str, now: Instant) {
        self.clients.cancel(client, Some(reason), now, &mut self.outbox);
    }

    /// Forgets a request of ours that is no INVITE: its copies stop, and its answer is a stray one.
    pub fn abandon(&mut self, client: ClientKey) {
        self.clients.abandon(client);
    }

    /// Sends `request` once and outside any transaction, with our Via on top: the ACK for a 2xx.
    pub fn send_ack(&mut self, mut request: Request, flow: Flow) {
        let key = self.clients.fresh_key(&self.seed);
        hop::stamp(&mut request, &flow, key);
        self.transmit(flow, request.to_bytes().into());
    }

    /// Sends a whole message as it is.
    pub fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.outbox.transmit(flow, bytes);
    }

    /// A stream is gone: what waited on it is told.
    pub fn handle_flow_closed(&mut self, flow: Flow, now: Instant) {
        self.clients.handle_flow_failed(flow, now, &mut self.outbox);
        self.invites.handle_flow_closed(flow, &mut self.outbox);
    }

    /// Something could not be sent on `flow`: our requests on it have failed. Answers are not given up: the peer sends
    /// its request again and is answered again.
    pub fn handle_send_failed(&mut self, flow: Flow, now: Instant) {
        self.clients.handle_flow_failed(flow, now, &mut self.outbox);
    }

    /// The next bytes to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outbox.transmits.pop_front()
    }

    /// The next thing that happened by itself.
    pub fn poll_event(&mut self) -> Option<Event<T>> {
        self.outbox.events.pop_front()
    }

    /// When to call [`Layer::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let of_servers = step::earlier(self.invites.deadline(), self.others.deadline());
        step::earlier(of_servers, self.clients.deadline())
    }

    /// Does what is due: copies, 100s, ends.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.invites.handle_timeout(now, &mut self.outbox);
        self.others.handle_timeout(now);
        self.clients.handle_timeout(now, &mut self.outbox);
    }

    /// How many transactions there are.
    pub fn load(&self) -> Load {
        Load { invites: self.invites.len(), others: self.others.len(), clients: self.clients.len() }
    }

    fn next_key(&mut self) -> ServerKey {
        self.count += 1;
        ServerKey(self.count)
    }

    /// Whether no table holds anything.
    #[cfg(test)]
    fn is_bare(&self) -> bool {
        self.invites.is_bare() && self.others.is_bare() && self.clients.is_bare()
    }
}

impl NewRequest {
    /// The way its answer goes.
    pub fn reply(&self) -> Flow {
        self.reply
    }
}

#[cfg(test)]
mod tests;
