//! A turn: what a call is lent while it handles one input.

use std::collections::VecDeque;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::leg::LegId;
use super::output::{LegToken, Output};
use crate::model::{CallId, Now};
use crate::sip::flow::Flow;
use crate::sip::outgoing::{Request, Response};
use crate::sip::transaction::ServerKey;

/// The moment, the outbox and the random numbers.
pub(super) struct Turn<'a> {
    pub now: Now,
    pub outputs: &'a mut VecDeque<Output>,
    pub random: &'a mut ChaCha8Rng,
}

impl Turn<'_> {
    pub fn tell(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub fn respond(&mut self, key: ServerKey, response: Response) {
        self.tell(Output::Respond { key, response });
    }

    pub fn send(&mut self, call: CallId, number: u32, request: Request, flow: Flow) {
        self.tell(Output::Send { token: LegToken { call, number }, request, flow });
    }

    /// A tag of ours. It names the call and the leg, so that a request inside a dialog finds them without a table, and
    /// ends in 64 random bits, so that nobody can guess it.
    pub fn tag(&mut self, call: CallId, leg: LegId) -> String {
        format!("{:x}-{:x}-{:016x}", call.0, leg.0, self.random.random::<u64>())
    }

    /// A random word.
    pub fn word(&mut self) -> String {
        format!("{:016x}", self.random.random::<u64>())
    }

    /// A Call-ID of ours.
    pub fn call_id(&mut self) -> String {
        format!("{:032x}@perch", self.random.random::<u128>())
    }
}

/// The call that a tag of ours names; `None` for any other text.
pub(super) fn call_of(tag: &str) -> Option<CallId> {
    let mut parts = tag.split('-');
    let call = u64::from_str_radix(parts.next()?, 16).ok()?;
    (parts.count() == 2).then_some(CallId(call))
}
