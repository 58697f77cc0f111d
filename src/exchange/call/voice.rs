//! The box's voice as a callee: the login menu, and announcements.
//!
//! ```text
//!   Opening --port open--> Early (183) --refused--> Over
//!                     \--> Answered (200) --BYE--> Over
//! ```
//!
//! One stream of G.711, answered to the caller's offer or offered to a caller without one (RFC 3264). Hold is answered
//! with hold. Of the requests inside the dialog ([`inside`]) the voice knows INFO with a key, OPTIONS, UPDATE and INVITE.
//!
//! Not here: what is said (`ivr`), and the sound itself (`media`).

mod asked;
mod inside;
mod timer;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::RngExt;

use super::leg::{LegId, LegState, contact_on};
use super::output::{EndVoice, Output};
use super::setup::Opening;
use super::state::{Call, Stage};
use super::turn::Turn;
use super::verdict::Refused;
use crate::model::{CallKind, CallOutcome};
use crate::sip::outgoing::{Outgoing, Response};
use crate::sip::sdp::{
    Codec, Direction, LocalSession, NegotiatedVoice, Session, answer_for_voice, offer_for_voice,
};

use asked::{Asked, Objection, SDP};
use timer::{SessionTimer, Step, Terms};

/// The box's side of a call to its voice.
#[derive(Debug)]
pub(super) struct Voice {
    progress: Progress,
    opening: Opening,
    description: LocalSession,
    sound: Sound,
    timer: Option<SessionTimer>,
    until: Instant,
}

/// Whether the first agreement was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Awaited,
    Agreed,
}

#[derive(Debug, Clone, Copy)]
enum Progress {
    /// The port is being opened.
    Opening,
    /// Heard before the answer.
    Early { ours: SocketAddr },
    /// Answered.
    Answered { leg: LegId, ours: SocketAddr, offer: Offer },
}

/// Whose offer the ACK that is awaited settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// Theirs, the first: agreed with our answer, to be told at the ACK, when the phone listens.
    Theirs(NegotiatedVoice),
    /// Ours: their answer is in the ACK.
    Ours,
    /// None is open.
    Settled,
}

impl Voice {
    /// Whether the caller's INVITE has its final answer.
    pub fn is_answered(&self) -> bool {
        matches!(self.progress, Progress::Answered { .. })
    }

    /// When it has taken too long, and what.
    pub fn poll_timeout(&self) -> (Instant, &'static str) {
        let what = match self.progress {
            Progress::Opening => "a port for the voice is not open",
            Progress::Early { .. } | Progress::Answered { .. } => {
                "a call to the voice has lasted long enough"
            }
        };
        let timer = self.timer.as_ref().map(SessionTimer::poll_timeout);
        timer.filter(|(due, _)| *due < self.until).unwrap_or((self.until, what))
    }
}

impl Call {
    /// The call goes to the box's voice: a port is asked for, if the offer can be answered at all (M03, M11).
    pub fn begin_voice(&mut self, opening: Opening, turn: &mut Turn<'_>) {
        let invite = self.caller.invite.request();
        let nowhere = SocketAddr::new(self.caller.invite.flow.local.ip().to_canonical(), 9);
        let asked = Asked::of(&invite).and_then(|asked| match &asked.described {
            Some(offer) if answer_for_voice(offer, nowhere).is_err() => Err(Objection::plain(488)),
            Some(_) | None => Ok(asked),
        });
        let asked = match asked {
            Ok(asked) => asked,
            Err(objection) => return self.decline(objection, turn),
        };
        let wants_reliable = invite.require().any(|option| option.eq_ignore_ascii_case("100rel"));
        let opening = if asked.described.is_none() || wants_reliable { Opening::Answered } else { opening };
        let description = LocalSession::new(turn.random.random::<u64>() >> 2);
        let until = turn.now.mono + OPENING;
        let (progress, sound) = (Progress::Opening, Sound::Awaited);
        let voice = Voice { progress, opening, description, sound, timer: None, until };
        self.stage = Stage::Voice(Box::new(voice));
        let local = nowhere.ip();
        turn.tell(Output::OpenVoice { call: self.id, local });
    }

    /// Refuses what the voice cannot answer. A call for help hears what is true of it in any case: that it found no way out
    /// (HOTDESK B8).
    fn decline(&mut self, objection: Objection, turn: &mut Turn<'_>) {
        let objection = match self.caller.kind {
            CallKind::Emergency => Objection::plain(503),
            CallKind::Internal | CallKind::Outside | CallKind::Voice => objection,
        };
        self.refuse_caller(objection.refused(), turn);
    }

    /// The port is open: the caller is answered.
    pub fn voice_opened(&mut self, ours: SocketAddr, turn: &mut Turn<'_>) {
        let Stage::Voice(voice) = &self.stage else { return };
        let Voice { progress: Progress::Opening, opening, .. } = **voice else { return };
        let (described, terms, leg) = match (Asked::of(&self.caller.invite.request()), self.show_caller(turn))
        {
            (Ok(Asked { described, terms }), Some(leg)) => (described, terms, leg),
            (Ok(_), None) => return self.decline(Objection::plain(400), turn),
            (Err(objection), _) => return self.decline(objection, turn),
        };
        let Stage::Voice(voice) = &mut self.stage else { return };
        let (body, offer) = match described.map(|offer| answer_for_voice(&offer, ours)) {
            Some(Ok((answer, agreed))) => (voice.description.write(answer), Offer::Theirs(agreed)),
            Some(Err(_)) => return self.decline(Objection::plain(488), turn),
            None => (voice.description.write(our_offer(ours)), Offer::Ours),
        };
        voice.until = turn.now.mono + LONGEST;
        match (opening, offer) {
            (Opening::Early, Offer::Theirs(agreed)) => {
                voice.progress = Progress::Early { ours };
                voice.sound = Sound::Agreed;
                turn.tell(Output::VoiceConfirmed { call: self.id, voice: agreed });
                let answer = self.voice_answer(leg, 183);
                turn.respond(self.caller.invite.key, described_by(answer, body));
            }
            _ => {
                voice.progress = Progress::Answered { leg, ours, offer };
                voice.timer = terms.map(|terms| SessionTimer::new(terms, turn.now.mono));
                let (key, number) = (self.caller.invite.key, self.caller.invite.number);
                let this = self.leg_mut(leg);
                this.dialog.confirm();
                this.state = LegState::Open;
                this.awaits_ack = Some((key, number));
                let answer = timed_by(self.voice_answer(leg, 200), terms);
                turn.respond(key, described_by(answer, body));
                turn.tell(Output::Answered { call: self.id, device: None });
            }
        }
    }

    /// An answer to the caller's INVITE in the voice's dialog.
    fn voice_answer(&self, leg: LegId, status: u16) -> Response {
        let this = self.leg(leg);
        let (tag, contact) = (&this.dialog.id().local_tag, contact_on(&this.flow));
        self.caller.invite.answer_in_dialog(status, tag, &contact)
    }

    /// No port could be opened.
    pub fn voice_failed(&mut self, turn: &mut Turn<'_>) {
        if let Stage::Voice(voice) = &self.stage
            && let Progress::Opening = voice.progress
        {
            self.decline(Objection::plain(503), turn);
        }
    }

    /// The voice has said what it had to say.
    pub fn end_voice(&mut self, how: EndVoice, turn: &mut Turn<'_>) {
        let Stage::Voice(voice) = &self.stage else { return };
        match (voice.progress, how) {
            (Progress::Answered { leg, .. }, _) => {
                self.end(CallOutcome::Answered, turn);
                self.leave(leg, turn);
            }
            (Progress::Opening | Progress::Early { .. }, EndVoice::Refuse(status)) => {
                self.refuse_caller(Objection::plain(status).refused(), turn);
            }
            (Progress::Opening | Progress::Early { .. }, EndVoice::HangUp) => {
                self.refuse_caller(Refused::silence(), turn);
            }
        }
    }

    /// The box ends the call while its voice speaks.
    pub fn hang_up_voice(&mut self, turn: &mut Turn<'_>) {
        self.end_voice(EndVoice::HangUp, turn);
    }

    /// The caller has hung up on the voice; a BYE to early media gives the INVITE up.
    pub fn end_of_voice_call(&mut self, turn: &mut Turn<'_>) {
        if self.is_answered() {
            self.end(CallOutcome::Answered, turn);
        } else {
            self.give_up(turn);
        }
    }

    /// It took too long, or the session is to be refreshed or was not.
    pub fn handle_voice_timeout(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.mono;
        let Stage::Voice(voice) = &mut self.stage else { return };
        let step = voice.timer.as_mut().and_then(|timer| timer.handle_timeout(now));
        match (step, voice.timer, voice.progress) {
            (Some(Step::Refresh), Some(timer), Progress::Answered { leg, .. }) if now < voice.until => {
                self.refresh_session(leg, timer.terms(), turn);
            }
            (Some(_), ..) | (None, ..) => {
                self.voice_failed(turn);
                self.hang_up_voice(turn);
            }
        }
    }
}

fn our_offer(ours: SocketAddr) -> Session {
    offer_for_voice(ours, &[Codec::Pcma, Codec::Pcmu], TELEPHONE_EVENT, Direction::SendRecv)
}

/// Says in a 2xx what session timer there is, and that the box knows of them.
fn timed_by(response: Response, terms: Option<Terms>) -> Response {
    let response = response.with("Supported", "timer");
    match terms {
        Some(terms) => terms.write(response),
        None => response,
    }
}

fn described_by(response: Response, body: String) -> Response {
    response.with("Allow", ALLOW).with_body(SDP, body)
}

/// What the voice understands inside its dialogs.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
/// The payload type of telephone events in our own offers.
const TELEPHONE_EVENT: u8 = 101;
/// How long a port may take to open.
const OPENING: Duration = Duration::from_secs(5);
/// How long a call to the voice may last.
const LONGEST: Duration = Duration::from_secs(10 * 60);
