//! Steps: what a transaction machine asks for after one event.
//!
//! The four machines touch nothing: each event gives a list of [`Action`]s, which the layer carries out in order. So a
//! machine can be tested by the list alone.

use bytes::Bytes;
use smallvec::SmallVec;

/// One thing a machine asks the layer to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send this to the other side.
    Transmit(Bytes),
    /// Pass the response that is being handled up to the user.
    PassUp,
    /// Cancel this INVITE: a provisional answer has come, so it may be done now (RFC 3261 §9.1).
    SendCancel(Bytes),
    /// Tell the user that no final answer came in time.
    TimedOut,
    /// Tell the user that the flow failed.
    TransportFailed,
    /// Tell the user that its 2xx was never acknowledged.
    NoAck,
}

/// What a machine asks for after one event, in order.
pub type Actions = SmallVec<[Action; 2]>;

/// What kind of answer a status is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 1xx: more is to come.
    Provisional,
    /// 2xx: yes.
    Success,
    /// 3xx to 6xx: no, or not here.
    Refusal,
}

impl Class {
    /// The class of a status.
    pub fn of(status: u16) -> Class {
        match status {
            0..=199 => Class::Provisional,
            200..=299 => Class::Success,
            300.. => Class::Refusal,
        }
    }

    /// Whether no other answer follows.
    pub fn is_final(self) -> bool {
        match self {
            Class::Provisional => false,
            Class::Success | Class::Refusal => true,
        }
    }
}

/// The earlier of two moments, either of which may be missing.
pub fn earlier<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, None) => one,
        (None, other) => other,
    }
}
