//! A call of the phone: where it stands, with whom, and its sound.

use std::collections::VecDeque;
use std::time::Instant;

use perch::sip::dialog::Dialog;
use perch::sip::sdp::Direction;
use perch::sip::transaction::ServerKey;
use perch::sip::{Flow, Message, Method};

use super::description::{Agreed, Described};
use super::sound::{Hearing, Keying};

/// One call.
#[derive(Debug)]
pub struct Call {
    pub id: u32,
    pub line: u32,
    pub state: CallState,
    /// Since when both talk.
    pub up_since: Option<Instant>,
    /// What was dialled, or who calls.
    pub number: String,
    /// The caller's name, if the phone was told one.
    pub name: String,
    /// Who sent the call on, if the phone was told so (RFC 5806).
    pub diversion: Option<String>,
    pub dialog: Option<Dialog>,
    /// The number of our INVITE while there is no dialog yet.
    invite_number: u32,
    /// Where its requests go, unless the dialog says better.
    pub flow: Flow,
    /// The token of our own INVITE, or the key of theirs.
    pub invite: Invite,
    /// The offer in the INVITE that came.
    pub offer: Vec<u8>,
    /// Whether somebody hung up before the INVITE had its final answer.
    pub given_up: bool,
    pub described: Described,
    pub direction: Direction,
    pub agreed: Option<Agreed>,
    pub hearing: Hearing,
    pub keying: Keying,
    /// Keys to be sent by INFO, one after the other.
    pub info_keys: VecDeque<char>,
}

/// Whose INVITE opened the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invite {
    Ours(u64),
    Theirs(ServerKey),
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// The phone has dialled.
    Calling,
    /// It hears ringing at the other end.
    RingingBack,
    /// It rings itself.
    Ringing,
    /// Both talk.
    Up,
    /// It is over.
    Over(Ending),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// What was dialled was refused with this status.
    Refused(u16),
    /// Hung up before anybody answered, here or there.
    Cancelled,
    /// The phone refused it.
    Declined,
    /// Hung up here.
    HungUpHere,
    /// Hung up at the other end.
    HungUpThere,
    /// The other end is not heard any more.
    Lost,
}

impl Call {
    pub fn new(id: u32, line: u32, state: CallState, invite: Invite, flow: Flow) -> Self {
        Self {
            id,
            line,
            state,
            up_since: None,
            number: String::new(),
            name: String::new(),
            diversion: None,
            dialog: None,
            invite_number: 0,
            flow,
            invite,
            offer: Vec::new(),
            given_up: false,
            described: Described::new(id),
            direction: Direction::SendRecv,
            agreed: None,
            hearing: Hearing::default(),
            keying: Keying::default(),
            info_keys: VecDeque::new(),
        }
    }

    /// Both talk from now on.
    pub fn comes_up(&mut self, now: Instant) {
        self.state = CallState::Up;
        self.up_since.get_or_insert(now);
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, CallState::Over(_))
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.keying.deadline()
    }

    /// The number of the next request in this call.
    pub fn next_number(&mut self, method: &Method) -> u32 {
        match &mut self.dialog {
            Some(dialog) => {
                let _ = dialog.request(method.clone());
                dialog.local_number()
            }
            None => {
                self.invite_number += 1;
                self.invite_number
            }
        }
    }

    /// Whether a message belongs to it.
    pub fn is_of(&self, message: &Message<'_>) -> bool {
        self.dialog.as_ref().is_some_and(|dialog| dialog.is_of(message))
    }

    /// The way for requests in its dialog.
    pub fn way(&self) -> Flow {
        let next = self.dialog.as_ref().map_or("", |dialog| dialog.next_hop());
        let rest = next.split_once(':').map_or("", |(_, rest)| rest);
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let host = host.split(';').next().unwrap_or_default();
        let address = host.parse().ok().or_else(|| format!("{host}:5060").parse().ok());
        address.map_or(self.flow, |address| self.flow.towards(address))
    }
}
