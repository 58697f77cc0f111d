//! What waits to be drained: bytes to send, and what happened by itself.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{Event, Transmit};
use crate::sip::flow::Flow;

/// What the tables have to say, in order.
#[derive(Debug)]
pub struct Outbox<T> {
    pub transmits: VecDeque<Transmit>,
    pub events: VecDeque<Event<T>>,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { transmits: VecDeque::new(), events: VecDeque::new() }
    }
}

impl<T> Outbox<T> {
    pub fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        self.transmits.push_back(Transmit { flow, bytes });
    }

    pub fn tell(&mut self, event: Event<T>) {
        self.events.push_back(event);
    }
}
