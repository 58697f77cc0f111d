//! What an INVITE, an UPDATE or an ACK asks of the box's voice, and why it may have to be refused.
//!
//! The session description may stand alone or be a part of several (RFC 5621). A part of another kind is passed over
//! unless it says that it must be understood.

use super::timer::{self, Terms};
use crate::exchange::call::content;
use crate::exchange::call::incoming::Incoming;
use crate::exchange::call::verdict::Refused;
use crate::sip::message::Message;
use crate::sip::multipart::Part;
use crate::sip::outgoing::{Outgoing, Response, reason_phrase};
use crate::sip::sdp::Session;

/// What a request asks.
#[derive(Debug)]
pub(super) struct Asked {
    /// What it says of the sound, if anything.
    pub described: Option<Box<Session>>,
    /// How long the session is to last without a refresh.
    pub terms: Option<Terms>,
}

/// Why a request cannot be granted: the status, and the field that says what could.
#[derive(Debug)]
pub(super) struct Objection {
    status: u16,
    field: Option<(&'static str, String)>,
}

impl Asked {
    /// Reads an INVITE or an UPDATE.
    pub fn of(request: &Message<'_>) -> Result<Asked, Objection> {
        let unknown = content::unsupported_by_voice(request);
        if !unknown.is_empty() {
            return Err(Objection { status: 420, field: Some(("Unsupported", unknown.join(", "))) });
        }
        let terms = timer::asked(request).map_err(|shortest| Objection {
            status: 422,
            field: Some(("Min-SE", shortest.as_secs().to_string())),
        })?;
        Ok(Asked { described: described(request)?, terms })
    }
}

/// What a message says of the sound.
pub(super) fn described(message: &Message<'_>) -> Result<Option<Box<Session>>, Objection> {
    if message.body().is_empty() {
        return Ok(None);
    }
    match message.parts() {
        Some(Ok(parts)) => among(&parts),
        None if message.is_content_type(SDP) => read(message.body()),
        None => Err(Objection::unknown_type()),
        Some(Err(_)) => Err(Objection::plain(400)),
    }
}

fn among(parts: &[Part<'_>]) -> Result<Option<Box<Session>>, Objection> {
    let is_session = |part: &&Part<'_>| {
        part.is_content_type(SDP) && ["", "session"].contains(&part.disposition().as_str())
    };
    if parts.iter().any(|part| part.is_required() && !is_session(&part)) {
        return Err(Objection::unknown_type());
    }
    parts.iter().find(is_session).map_or(Ok(None), |part| read(part.body))
}

fn read(body: &[u8]) -> Result<Option<Box<Session>>, Objection> {
    Session::parse(body).map(|session| Some(Box::new(session))).map_err(|_| Objection::plain(400))
}

impl Objection {
    /// One that the status alone tells.
    pub fn plain(status: u16) -> Objection {
        Objection { status, field: None }
    }

    fn unknown_type() -> Objection {
        Objection { status: 415, field: Some(("Accept", format!("{SDP}, multipart/mixed"))) }
    }

    /// The answer to a request in the dialog.
    pub fn answer(self, incoming: &Incoming) -> Response {
        let answer = incoming.answer(self.status, None);
        match self.field {
            Some((name, value)) => answer.with(name, value),
            None => answer,
        }
    }

    /// The answer to the INVITE of the call.
    pub fn refused(self) -> Refused {
        let mut refused = Refused::own(self.status, reason_phrase(self.status));
        refused.content.fields.extend(self.field);
        refused
    }
}

/// The type of a session description.
pub(super) const SDP: &str = "application/sdp";
