//! A leg: the box's dialog with one side of a call, and the way to it.
//!
//! Knows what it owes: the ACK of a 2xx that came, and that the ACK of a 2xx we gave is still awaited. A leg of the
//! caller's whose 2xx is not acknowledged must not be ended with BYE yet (RFC 3261 §15).

use std::collections::VecDeque;

use super::content::Content;
use super::fork::TryId;
use super::proof::Proof;
use crate::model::DeviceId;
use crate::sip::dialog::Dialog;
use crate::sip::flow::Flow;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request};
use crate::sip::transaction::ServerKey;

/// A leg of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LegId(pub u32);

/// The box's side of a dialog.
#[derive(Debug)]
pub(super) struct Leg {
    pub dialog: Dialog,
    pub flow: Flow,
    /// The phone at its other end.
    pub device: Option<DeviceId>,
    /// The INVITE of ours that made it; `None` where the other side invited us.
    pub invitation: Option<TryId>,
    /// The leg that requests pass on to.
    pub peer: Option<LegId>,
    pub state: LegState,
    /// The INVITE whose 2xx from us waits for its ACK, and its number.
    pub awaits_ack: Option<(ServerKey, u32)>,
    /// The number of our INVITE whose 2xx waits for our ACK.
    pub owes_ack: Option<u32>,
    /// The last ACK we sent, for copies of its 2xx.
    pub last_ack: Option<(u32, Request)>,
    /// The number of the last INVITE that came by this leg, and of the one that went on by its peer.
    pub invite_numbers: (u32, u32),
    /// The same of the REFERs that came by this leg lately.
    pub refers: VecDeque<(u32, u32)>,
    /// What the box proves who it is with, where the other side has asked.
    pub proof: Option<Proof>,
}

/// How far a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LegState {
    /// Made by a provisional answer.
    Early,
    /// Answered.
    Open,
    /// To be ended when the ACK for our 2xx has come, or will not come.
    Leaving,
    /// Our BYE is under way.
    Closing,
    /// Over.
    Closed,
}

impl LegState {
    /// Whether the phone is busy with it: it speaks, or is not done with hanging up.
    pub fn is_busy(self) -> bool {
        match self {
            Self::Open | Self::Leaving | Self::Closing => true,
            Self::Early | Self::Closed => false,
        }
    }

    /// Whether requests still pass.
    pub fn is_usable(self) -> bool {
        match self {
            Self::Early | Self::Open => true,
            Self::Leaving | Self::Closing | Self::Closed => false,
        }
    }
}

impl Leg {
    /// A leg in its early state.
    pub fn new(dialog: Dialog, flow: Flow, device: Option<DeviceId>, invitation: Option<TryId>) -> Self {
        Self {
            dialog,
            flow,
            device,
            invitation,
            peer: None,
            state: LegState::Early,
            awaits_ack: None,
            owes_ack: None,
            last_ack: None,
            invite_numbers: (0, 0),
            refers: VecDeque::new(),
            proof: None,
        }
    }

    /// A REFER has come by this leg and went on by its peer, under these numbers.
    pub fn note_refer(&mut self, here: u32, there: u32) {
        if self.refers.len() == REFERS {
            self.refers.pop_front();
        }
        self.refers.push_back((here, there));
    }

    /// The ACK this leg owes, with what passes in it; `None` if it owes none.
    pub fn acknowledge(&mut self, content: Content) -> Option<Request> {
        let number = self.owes_ack.take()?;
        let mut ack = self.dialog.ack(number);
        content.write(&mut ack);
        self.proof.iter_mut().for_each(|proof| proof.sign(&mut ack));
        self.last_ack = Some((number, ack.clone()));
        Some(ack)
    }

    /// The ACK once more, for a copy of the 2xx to our INVITE of that number.
    pub fn acknowledged(&self, number: u32) -> Option<Request> {
        self.last_ack.as_ref().filter(|(last, _)| *last == number).map(|(_, ack)| ack.clone())
    }

    /// The next request of ours, with what passes in it and so many hops left.
    pub fn request(&mut self, method: Method, content: Content, hops: u8) -> Request {
        let mut request = self.dialog.request(method);
        request.replace("Max-Forwards", hops.to_string());
        content.write(&mut request);
        self.proof.iter_mut().for_each(|proof| proof.sign(&mut request));
        request
    }
}

/// How many REFERs of a leg are remembered, for the reports on them.
const REFERS: usize = 8;

/// The box's Contact on a flow.
pub(super) fn contact_on(flow: &Flow) -> String {
    flow.contact("perch")
}
