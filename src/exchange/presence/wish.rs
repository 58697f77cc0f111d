//! Wishes: what a SUBSCRIBE asks for, and why it may be declined.

use std::time::{Duration, Instant};

use super::package::Package;
use super::subscription::{Reason, Stage};
use super::{LONGEST, SHORTEST};
use crate::model::{DeviceId, ExtensionNumber};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::{Outgoing, Response};

/// When somebody may come again that finds no room, in seconds.
const COME_AGAIN: &str = "60";

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// The calls of this extension.
    Lamp(ExtensionNumber),
    /// The messages of whoever is at the phone.
    Messages(Option<ExtensionNumber>),
}

/// Who watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// The phone.
    pub device: DeviceId,
    /// Who uses it.
    pub user: Option<ExtensionNumber>,
}

/// A SUBSCRIBE outside any dialog that has been let in.
#[derive(Debug)]
pub struct Wish<'m> {
    /// The request.
    pub request: &'m Message<'m>,
    /// The way it came.
    pub flow: Flow,
    /// Our tag.
    pub tag: &'m str,
    /// Who asks.
    pub watcher: Watcher,
    /// For what.
    pub topic: Topic,
    /// The address of what is watched; empty where it is nobody's.
    pub entity: String,
}

/// Why a SUBSCRIBE is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be read.
    Malformed,
    /// It asks for less time than is worth it.
    TooBrief,
    /// The phone has as many subscriptions as it may have.
    TooMany,
    /// The box has.
    Full,
    /// There is no such subscription (any more).
    Unknown,
    /// It is older than one that has come.
    OutOfOrder,
}

impl Topic {
    pub(super) fn package(&self) -> Package {
        match self {
            Self::Lamp(_) => Package::Dialog,
            Self::Messages(_) => Package::MessageSummary,
        }
    }
}

impl Refusal {
    /// The answer that says so.
    pub fn response_to(self, request: &Message<'_>, flow: &Flow, tag: &str) -> Response {
        let answer = |status| Response::answering(request, flow, status, Some(tag));
        match self {
            Self::Malformed => answer(400),
            Self::TooBrief => answer(423).with("Min-Expires", SHORTEST.to_string()),
            Self::TooMany => answer(403).with_reason("Too Many Subscriptions"),
            Self::Full => answer(503).with("Retry-After", COME_AGAIN),
            Self::Unknown => answer(481),
            Self::OutOfOrder => answer(500),
        }
    }
}

/// How long a SUBSCRIBE asks for and is granted, in seconds, and how the subscription stands by it.
pub(super) fn asked(request: &Message<'_>, now: Instant) -> Result<(u32, Stage), Refusal> {
    match request.expires().map_err(|_| Refusal::Malformed)? {
        Some(0) => Ok((0, Stage::Ending(Reason::Timeout))),
        Some(seconds) if seconds < SHORTEST => Err(Refusal::TooBrief),
        asked => {
            let granted = asked.unwrap_or(LONGEST).min(LONGEST);
            Ok((granted, Stage::Active { until: now + Duration::from_secs(granted.into()) }))
        }
    }
}
