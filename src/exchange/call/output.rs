//! Outputs: what the calls want done, and what they tell.

use std::net::IpAddr;

use crate::model::{CallId, CallOutcome, DeviceId};
use crate::sip::flow::Flow;
use crate::sip::outgoing::{Request, Response};
use crate::sip::sdp::NegotiatedVoice;
use crate::sip::transaction::{ClientKey, ServerKey};

/// Names one request of a call's, so that its answers find the call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegToken {
    /// The call.
    pub call: CallId,
    /// The request.
    pub(super) number: u32,
}

/// Something to do or to know. Drain them after every call that takes `&mut self`, in order.
#[derive(Debug)]
pub enum Output {
    /// Answer this request.
    Respond {
        /// The request.
        key: ServerKey,
        /// The answer.
        response: Response,
    },
    /// Send this request; then call [`super::Calls::sent`], or [`super::Calls::handle_failure`] when there is no room.
    Send {
        /// Its name.
        token: LegToken,
        /// The request, without Via.
        request: Request,
        /// The way.
        flow: Flow,
    },
    /// Give this INVITE of ours up.
    Cancel {
        /// The INVITE.
        client: ClientKey,
        /// What the CANCEL says in its Reason: that somebody else has answered, so that this phone shows no missed call.
        reason: Option<&'static str>,
    },
    /// Send this ACK, outside any transaction.
    Ack {
        /// The ACK, without Via.
        request: Request,
        /// The way.
        flow: Flow,
    },
    /// The ACK for our 2xx is here, or is not waited for any more.
    Acked(ServerKey),
    /// Open a port for the box's voice, then call [`super::Calls::voice_opened`] or [`super::Calls::voice_failed`].
    OpenVoice {
        /// The call.
        call: CallId,
        /// The box's address on the caller's side.
        local: IpAddr,
    },
    /// Sound may flow: the caller listens.
    VoiceConfirmed {
        /// The call.
        call: CallId,
        /// What was agreed.
        voice: NegotiatedVoice,
    },
    /// Something else was agreed: hold, resume, another address or codec.
    VoiceChanged {
        /// The call.
        call: CallId,
        /// What was agreed.
        voice: NegotiatedVoice,
    },
    /// A key came by SIP INFO. Its value is secret: it may be a PIN's.
    VoiceDigit {
        /// The call.
        call: CallId,
        /// The key.
        digit: char,
    },
    /// The box's voice is not needed any more: close the port. Told once for each [`Output::OpenVoice`].
    VoiceEnded {
        /// The call.
        call: CallId,
    },
    /// Nobody answered, and somebody wanted to be asked: call [`super::Calls::announce`], [`super::Calls::ring_on`],
    /// [`super::Calls::refuse`] or [`super::Calls::give_verdict`]. Without any the last is done after a few seconds.
    Exhausted {
        /// The call.
        call: CallId,
        /// The status the caller would be told.
        status: u16,
        /// Whether anybody was rung.
        rang: bool,
    },
    /// Somebody has taken the place of one side of an answered call.
    Replaced {
        /// The call.
        call: CallId,
        /// Which side.
        side: Side,
        /// Who is there now.
        device: Option<DeviceId>,
    },
    /// The phones of the next attempt are rung; attempts are counted from 0.
    Attempt {
        /// The call.
        call: CallId,
        /// Which attempt.
        number: usize,
    },
    /// Somebody has answered: a device, the outside, or the box's voice (`None`).
    Answered {
        /// The call.
        call: CallId,
        /// The device.
        device: Option<DeviceId>,
    },
    /// This device is in no call any more.
    DeviceFree(DeviceId),
    /// The call has ended. Told exactly once for each call that was begun.
    Ended {
        /// The call.
        call: CallId,
        /// What became of it.
        outcome: CallOutcome,
    },
}

/// One side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that called.
    Caller,
    /// The one that was called.
    Callee,
}

/// How the box's voice ends a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndVoice {
    /// As one hangs up.
    HangUp,
    /// With a refusal of this status, where the call was not answered; else as one hangs up.
    Refuse(u16),
}

/// What became of a message inside a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handled {
    /// It is dealt with: a request is answered, or will be.
    Taken,
    /// It belongs to no dialog of a call: a request is to be answered 481, if it belongs to nobody else either.
    NoDialog,
}

/// Why a call is not begun; the caller is told [`Refusal::response_to`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There are as many calls as there may be.
    #[error("too many calls")]
    Full,
    /// The INVITE has been through too many hands (P09).
    #[error("too many hops")]
    TooManyHops,
    /// The INVITE is one of the box's own, come back (P11, P12).
    #[error("a loop")]
    Loop,
    /// It requires extensions that the box would break.
    #[error("unsupported extensions")]
    Unsupported(Vec<String>),
    /// It names no contact, or one that cannot be read.
    #[error("no usable contact")]
    NoContact,
    /// It would replace a dialog that is not here (P30).
    #[error("nothing to replace")]
    NothingToReplace,
    /// It would replace a dialog only if that were not answered, and it is (RFC 3891 §3).
    #[error("answered already")]
    Answered,
    /// Something else is being agreed in the call just now.
    #[error("the call is changing")]
    Pending,
}
