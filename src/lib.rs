//! Perch: a hot-desking phone appliance. This page is the map of the house.
//!
//! # The I/O line
//!
//! Below the line everything is a pure machine of values: no socket, file, clock, thread, lock, channel or randomness of its
//! own. Time ([`model::Now`]) and random seeds come in as arguments, bytes come in and go out as values. So a test runs the
//! whole exchange with a clock turned by hand, on a wire that loses and reorders. Above the line, thin adapters carry
//! bytes.
//!
//! # The rooms, in reading order
//!
//! | below the line | |
//! |---|---|
//! | [`model`] | the nouns: office, extension, device, account, login, call record; every identifier a type of its own |
//! | [`sip`] | the protocol, which knows nothing of this product: reading, writing, framing, digest, transactions, dialogs, SDP |
//! | [`media`] | sound as values: RTP, G.711, keyed digits, prompts, a session |
//! | [`exchange`] | the telephone exchange: admission, registrar, dial plan, hot desks, refresh, calls, voice menu, lamps, records |
//! | [`provision`] | what a phone must be told: which phone it is, and its files, one maker a file |
//! | [`panel`] | lamp, button and screen: event → state → action |
//! | [`config`] | every room's settings, the office file, and what changes from one office to the next |
//!
//! | above the line | |
//! |---|---|
//! | [`control`] | the typed inbox to the running exchange, one method per request |
//! | [`store`] | sled made durable: read once at start, one batching writer, nothing acknowledged that a power cut can take |
//! | [`net`] | sockets: UDP, TCP, multicast, RTP |
//! | [`host`] | the machine: clock, addresses, service manager |
//! | [`web`] | pages, API, phone files, events |
//! | [`cli`] | the command line |
//! | [`app`] | puts the parts together, runs the loops, stops them; nobody imports it |
//!
//! # How data flows
//!
//! 1. *Call*: [`net`] → [`sip`] → [`exchange::Exchange::handle`] → outputs, drained to the end → [`net`].
//! 2. *Sound*: [`net`] → [`media`] → a digit → the exchange's voice menu → a prompt → [`media`] → [`net`].
//! 3. *A phone's file*: the exchange says what a phone is to be; [`provision`] words it; [`web`] serves it and tells the
//!    exchange that it was fetched.
//! 4. *Operator*: [`web`] or [`cli`] → [`control`] → exchange → [`store`].
//! 5. *Panel*: the exchange's state → [`panel`] → the page's picture of it.
//!
//! The truth is in memory, in the exchange, owned by one task through `&mut`. A change leaves it as a small replayable value
//! ([`model::Change`]) for the store, and is acknowledged when it is on the disc.
//!
//! # The laws
//!
//! Who may import whom, what may not stand below the line, and how long a file may grow is held as data in
//! `tests/architecture/law.rs` and checked by `tests/architecture.rs`. The parts of the exchange know neither one
//! another nor their parent; its story (`exchange::story`) alone knows them all. A refusal is an enum, a failure of the
//! world an error with its cause, a broken invariant a panic that says why it cannot be; nothing else panics.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that panics has failed, as it should"))]

pub mod model;

pub mod media;
pub mod sip;

pub mod exchange;

pub mod panel;
pub mod provision;

pub mod config;

// ---- The I/O line

pub mod control;
pub mod store;

pub mod host;
pub mod net;

pub mod cli;
pub mod web;

pub mod app;
