//! Set-up: what a call is begun with.
//!
//! Whoever owns the numbering plan and the registrations says here who calls, what the other side is shown, and where it
//! rings. The call itself looks nothing up.

use std::time::Duration;

use crate::model::{CallKind, DeviceId, Secret};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::transaction::ServerKey;
use crate::sip::uri::Uri;

/// A call to begin.
#[derive(Debug)]
pub struct Setup<'a> {
    /// The caller's INVITE.
    pub invite: ServerKey,
    /// The same, as it came.
    pub request: &'a Message<'a>,
    /// The way it came.
    pub flow: Flow,
    /// The phone it came from.
    pub device: Option<DeviceId>,
    /// What callees are shown, whatever the INVITE claims (P33).
    pub identity: Identity,
    /// Who is called, as callees find it in To: the user part.
    pub called: String,
    /// What kind of call it is: an emergency call shows who calls even if the caller asked for privacy.
    pub kind: CallKind,
    /// Where it goes.
    pub route: Route,
}

/// An INVITE that is to take the place of one side of a call under way.
#[derive(Debug)]
pub struct Takeover<'a> {
    /// The INVITE.
    pub invite: ServerKey,
    /// The same, as it came.
    pub request: &'a Message<'a>,
    /// The way it came.
    pub flow: Flow,
    /// The phone it came from.
    pub device: Option<DeviceId>,
    /// What the one who stays is shown.
    pub identity: Identity,
}

/// Who a caller is to those who are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The number: the user part of From and P-Asserted-Identity.
    pub number: String,
    /// The name; empty for none.
    pub name: String,
    /// The host of those addresses: the office's realm.
    pub domain: String,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// To phones: the attempts one after another, in each the devices all at once.
    Ring {
        /// Whom to ring.
        attempts: Vec<Vec<Target>>,
        /// What comes when nobody answered.
        exhausted: Exhausted,
    },
    /// To the box's own voice.
    Voice {
        /// Whether it speaks before the call is answered.
        opening: Opening,
    },
}

/// What happens when every attempt is exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exhausted {
    /// The caller is told the best of the answers.
    Answer,
    /// [`super::Output::Exhausted`] asks for an announcement.
    Announce,
    /// [`super::Output::Exhausted`] asks where the call goes instead, once the phones have rung for so long; for as long as
    /// phones ring at most where nothing is said.
    GoOn {
        /// How long they ring.
        after: Option<Duration>,
    },
}

impl Exhausted {
    /// How long phones ring, where they may ring for `most` at most.
    pub(super) fn ringing(self, most: Duration) -> Duration {
        match self {
            Self::GoOn { after: Some(after) } => after.min(most),
            Self::GoOn { after: None } | Self::Answer | Self::Announce => most,
        }
    }
}

/// How the box's voice takes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// By answering it: 200.
    Answered,
    /// By early media: 183. A caller who cannot take it so (no offer in its INVITE, or every provisional answer wanted
    /// reliable) is answered instead.
    Early,
}

/// A device to ring, by its ways, the newest first. The next way is tried only when the one before leads nowhere (B5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The device; `None` for a trunk.
    pub device: Option<DeviceId>,
    /// Its live bindings.
    pub ways: Vec<Way>,
}

/// One way to a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The Request-URI: the contact, verbatim.
    pub contact: String,
    /// The Path it registered with, outermost first; becomes Route.
    pub path: Vec<String>,
    /// The flow to send by.
    pub flow: Flow,
    /// What is told there and nowhere else.
    pub told: Told,
}

impl Way {
    /// Whether it leads back to the box: a contact that points at the box itself would make a call that calls itself
    /// (P11, P12). On the box's own machine another port is another user agent.
    pub(super) fn leads_back(&self, domain: &str) -> bool {
        let uri = Uri::parse(&self.contact);
        let names_us = uri.as_ref().is_some_and(|uri| uri.host.eq_ignore_ascii_case(domain));
        let address = uri.and_then(|uri| uri.socket_addr());
        names_us || self.flow.remote == self.flow.local || address == Some(self.flow.local)
    }
}

/// What is told on one way of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Who calls, where that is another here than for the rest of the call: a trunk takes only numbers of its own.
    pub identity: Option<Identity>,
    /// Who sent the call on, and why: the value of Diversion (RFC 5806).
    pub diversion: Option<String>,
    /// What answers a question for a password.
    pub account: Option<Account>,
}

/// The box's account at a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The digest user name.
    pub user: String,
    /// The digest password.
    pub password: Secret,
}
