//! The session timer of a call to the box's voice (RFC 4028).
//!
//! A phone that asks for one refreshes the session itself, unless it wants the box to; then the box sends UPDATE halfway.
//! A session that is not refreshed in time is ended.

use std::time::{Duration, Instant};

use crate::exchange::call::content::Content;
use crate::sip::message::{Message, Refresher};
use crate::sip::outgoing::{Outgoing, Response};

/// What both sides have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// How long the session lasts without a refresh.
    interval: Duration,
    /// Who refreshes; the box is the UAS of the INVITE.
    refresher: Refresher,
}

/// A timer that runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct SessionTimer {
    terms: Terms,
    due: Instant,
    next: Step,
}

/// What is to be done when the timer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Refresh the session.
    Refresh,
    /// End it: nobody has refreshed it.
    End,
}

/// The terms that an INVITE or UPDATE asks for; the shortest interval there may be, if it asks for less.
///
/// Only a phone that knows timers is given one, for it would have to refresh; and the box refreshes only by UPDATE.
pub(super) fn asked(request: &Message<'_>) -> Result<Option<Terms>, Duration> {
    let session = request.session_expires().ok().flatten();
    let insists = request.require().any(|option| option.eq_ignore_ascii_case(OPTION));
    if !request.supports(OPTION) {
        return Ok(None);
    }
    let (seconds, refresher) = match session {
        Some(session) if Duration::from_secs(session.seconds.into()) < SHORTEST => return Err(SHORTEST),
        Some(session) => (session.seconds, session.refresher.unwrap_or(Refresher::Uac)),
        None if insists => (DEFAULT.max(request.min_se().ok().flatten().unwrap_or(0)), Refresher::Uac),
        None => return Ok(None),
    };
    let takes_update = request.headers("Allow").flat_map(|value| value.split(',')).any(|method| {
        // Methods are written in one case only (RFC 3261 §7.1).
        method.trim() == "UPDATE"
    });
    let terms = Terms { interval: Duration::from_secs(seconds.into()), refresher };
    Ok((refresher == Refresher::Uac || takes_update).then_some(terms))
}

impl Terms {
    /// Says in a 2xx what is agreed on.
    pub fn write(self, response: Response) -> Response {
        let who = match self.refresher {
            Refresher::Uac => "uac",
            Refresher::Uas => "uas",
        };
        let session = format!("{};refresher={who}", self.interval.as_secs());
        response.with("Require", OPTION).with("Session-Expires", session)
    }

    /// What a refresh of the box's own says.
    pub fn refresh(self) -> Content {
        let session = format!("{};refresher=uac", self.interval.as_secs());
        let fields = vec![("Supported", OPTION.to_owned()), ("Session-Expires", session)];
        Content { fields, body: Vec::new() }
    }
}

impl SessionTimer {
    /// A timer that begins now.
    pub fn new(terms: Terms, now: Instant) -> SessionTimer {
        let (after, next) = match terms.refresher {
            Refresher::Uac => (terms.lasts(), Step::End),
            Refresher::Uas => (terms.interval / 2, Step::Refresh),
        };
        SessionTimer { terms, due: now + after, next }
    }

    /// When something is due, and what.
    pub fn poll_timeout(&self) -> (Instant, &'static str) {
        let what = match self.next {
            Step::Refresh => "a session with the voice is to be refreshed",
            Step::End => "a session with the voice was not refreshed",
        };
        (self.due, what)
    }

    /// What is due now, if it is.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Step> {
        if now < self.due {
            return None;
        }
        let due = std::mem::replace(&mut self.next, Step::End);
        self.due = now + self.terms.lasts().saturating_sub(self.terms.interval / 2);
        Some(due)
    }

    /// The session was refreshed by the box.
    pub fn refreshed(&mut self, now: Instant) {
        *self = SessionTimer::new(self.terms, now);
    }

    /// What was agreed on.
    pub fn terms(&self) -> Terms {
        self.terms
    }
}

impl Terms {
    /// The session is ended a little before the phone gives it up (RFC 4028 §10).
    fn lasts(self) -> Duration {
        self.interval - (self.interval / 3).min(Duration::from_secs(32))
    }
}

const OPTION: &str = "timer";
/// RFC 4028 §4.
const SHORTEST: Duration = Duration::from_secs(90);
/// What the box asks for where a phone insists on a timer and names no interval (RFC 4028 §4), in seconds.
const DEFAULT: u32 = 1_800;
