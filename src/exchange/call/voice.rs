//! The box's voice as a callee: the login menu, and announcements.
//!
//! ```text
//!   Opening --port open--> Early (183) --refused--> Over
//!                     \--> Answered (200) --BYE--> Over
//! ```
//!
//! One stream of G.711, answered to the caller's offer or offered to a caller without one (RFC 3264). Hold is answered
//! with hold. Of the requests inside the dialog the voice knows INFO with a key, OPTIONS, UPDATE and INVITE.
//!
//! Not here: what is said (`ivr`), and the sound itself (`media`).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::RngExt;

use super::incoming::Incoming;
use super::leg::{LegId, LegState, contact_on};
use super::output::{EndVoice, Output};
use super::setup::Opening;
use super::state::{Call, Stage};
use super::turn::Turn;
use super::verdict::Refused;
use crate::media::info_digit;
use crate::model::CallOutcome;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Response, reason_phrase};
use crate::sip::sdp::{
    Codec, Direction, LocalSession, NegotiatedVoice, Session, answer_for_voice, negotiated_by_answer,
    offer_for_voice,
};

/// The box's side of a call to its voice.
#[derive(Debug)]
pub(super) struct Voice {
    progress: Progress,
    opening: Opening,
    description: LocalSession,
    sound: Sound,
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
        (self.until, what)
    }
}

/// What a request says of the sound.
enum Described {
    Nothing,
    Offer(Box<Session>),
    Unreadable,
    OtherType,
}

impl Described {
    fn of(message: &Message<'_>) -> Self {
        if message.body().is_empty() {
            Self::Nothing
        } else if !message.is_content_type(SDP) {
            Self::OtherType
        } else {
            Session::parse(message.body()).map_or(Self::Unreadable, |offer| Self::Offer(Box::new(offer)))
        }
    }
}

impl Call {
    /// The call goes to the box's voice: a port is asked for, if the offer can be answered at all (M03, M11).
    pub fn begin_voice(&mut self, opening: Opening, turn: &mut Turn<'_>) {
        let invite = self.caller.invite.request();
        let nowhere = SocketAddr::new(self.caller.invite.flow.local.ip().to_canonical(), 9);
        let has_offer = match Described::of(&invite) {
            Described::Nothing => false,
            Described::Offer(offer) => match answer_for_voice(&offer, nowhere) {
                Ok(_) => true,
                Err(_) => return self.refuse_caller(Refused::own(488, reason_phrase(488)), turn),
            },
            Described::Unreadable => {
                return self.refuse_caller(Refused::own(400, "Bad Session Description"), turn);
            }
            Described::OtherType => {
                let mut refused = Refused::own(415, reason_phrase(415));
                refused.content.fields.push(("Accept", SDP.to_owned()));
                return self.refuse_caller(refused, turn);
            }
        };
        let wants_reliable = invite.require().any(|option| option.eq_ignore_ascii_case("100rel"));
        let opening = if !has_offer || wants_reliable { Opening::Answered } else { opening };
        let description = LocalSession::new(turn.random.random::<u64>() >> 2);
        let until = turn.now.mono + OPENING;
        let (progress, sound) = (Progress::Opening, Sound::Awaited);
        self.stage = Stage::Voice(Box::new(Voice { progress, opening, description, sound, until }));
        let local = nowhere.ip();
        turn.tell(Output::OpenVoice { call: self.id, local });
    }

    /// The port is open: the caller is answered.
    pub fn voice_opened(&mut self, ours: SocketAddr, turn: &mut Turn<'_>) {
        let Stage::Voice(voice) = &self.stage else { return };
        let Voice { progress: Progress::Opening, opening, .. } = **voice else { return };
        let Some(leg) = self.show_caller(turn) else {
            return self.refuse_caller(Refused::own(400, reason_phrase(400)), turn);
        };
        let (key, number) = (self.caller.invite.key, self.caller.invite.number);
        let Stage::Voice(voice) = &mut self.stage else { return };
        let described = Described::of(&self.caller.invite.request());
        let (body, offer) = match described {
            Described::Offer(offer) => match answer_for_voice(&offer, ours) {
                Ok((answer, agreed)) => (voice.description.write(answer), Offer::Theirs(agreed)),
                Err(_) => return self.refuse_caller(Refused::own(488, reason_phrase(488)), turn),
            },
            Described::Nothing | Described::Unreadable | Described::OtherType => {
                (voice.description.write(our_offer(ours)), Offer::Ours)
            }
        };
        voice.until = turn.now.mono + LONGEST;
        let status = match (opening, offer) {
            (Opening::Early, Offer::Theirs(agreed)) => {
                voice.progress = Progress::Early { ours };
                voice.sound = Sound::Agreed;
                turn.tell(Output::VoiceConfirmed { call: self.id, voice: agreed });
                183
            }
            _ => {
                voice.progress = Progress::Answered { leg, ours, offer };
                200
            }
        };
        let this = self.leg_mut(leg);
        if status == 200 {
            this.dialog.confirm();
            this.state = LegState::Open;
            this.awaits_ack = Some((key, number));
        }
        let this = self.leg(leg);
        let (tag, contact) = (&this.dialog.id().local_tag, contact_on(&this.flow));
        let answer = self.caller.invite.answer_in_dialog(status, tag, &contact);
        turn.respond(key, described_by(answer, body));
        if status == 200 {
            turn.tell(Output::Answered { call: self.id, device: None });
        }
    }

    /// No port could be opened.
    pub fn voice_failed(&mut self, turn: &mut Turn<'_>) {
        if let Stage::Voice(voice) = &self.stage
            && let Progress::Opening = voice.progress
        {
            self.refuse_caller(Refused::own(503, reason_phrase(503)), turn);
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
                self.refuse_caller(Refused::own(status, reason_phrase(status)), turn);
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

    /// It took too long.
    pub fn handle_voice_timeout(&mut self, turn: &mut Turn<'_>) {
        self.voice_failed(turn);
        self.hang_up_voice(turn);
    }

    /// The ACK for a 2xx of the voice has come.
    pub fn handle_voice_ack(&mut self, _leg: LegId, request: &Message<'_>, turn: &mut Turn<'_>) {
        let call = self.id;
        let Stage::Voice(voice) = &mut self.stage else { return };
        let sound = std::mem::replace(&mut voice.sound, Sound::Agreed);
        let Progress::Answered { offer, .. } = &mut voice.progress else { return };
        let agreed = match std::mem::replace(offer, Offer::Settled) {
            Offer::Theirs(agreed) => Ok(agreed),
            Offer::Ours => match Described::of(request) {
                Described::Offer(answer) => negotiated_by_answer(&answer).map_err(|_| ()),
                Described::Nothing | Described::Unreadable | Described::OtherType => Err(()),
            },
            Offer::Settled => return,
        };
        match agreed {
            Ok(voice) if sound == Sound::Awaited => turn.tell(Output::VoiceConfirmed { call, voice }),
            Ok(voice) => turn.tell(Output::VoiceChanged { call, voice }),
            Err(()) => self.hang_up_voice(turn),
        }
    }

    /// A request inside the dialog with the voice.
    pub fn handle_voice_request(
        &mut self,
        leg: LegId,
        incoming: Incoming,
        method: Method,
        turn: &mut Turn<'_>,
    ) {
        let answer = match method {
            Method::Invite | Method::Update => self.describe_again(leg, &incoming, &method, turn),
            Method::Info => self.handle_info(&incoming, turn),
            Method::Options => incoming.answer(200, None).with("Allow", ALLOW).with("Accept", SDP),
            Method::Prack => incoming.answer(481, None),
            _ => incoming.answer(405, None).with("Allow", ALLOW),
        };
        turn.respond(incoming.key, answer);
    }

    /// Hold, resume, another codec, another address, or only a sign of life (M05). What is agreed counts from the answer
    /// on: the phone may use it before its ACK is here.
    fn describe_again(
        &mut self,
        leg: LegId,
        incoming: &Incoming,
        method: &Method,
        turn: &mut Turn<'_>,
    ) -> Response {
        let call = self.id;
        let contact = contact_on(&self.leg(leg).flow);
        let Stage::Voice(voice) = &mut self.stage else { return incoming.answer(481, None) };
        let mut nothing_open = Offer::Settled;
        let (ours, offer) = match &mut voice.progress {
            Progress::Opening => return incoming.answer(491, None),
            Progress::Early { ours } => (*ours, &mut nothing_open),
            Progress::Answered { ours, offer, .. } => (*ours, offer),
        };
        let success = incoming.answer(200, None).with("Contact", contact);
        let answer = match (Described::of(&incoming.request()), method) {
            (Described::Offer(_), _) if *offer == Offer::Ours => return incoming.answer(491, None),
            (Described::Offer(theirs), _) => match answer_for_voice(&theirs, ours) {
                Ok((answer, agreed)) => {
                    match offer {
                        Offer::Theirs(first) => *first = agreed,
                        Offer::Ours | Offer::Settled => {
                            turn.tell(Output::VoiceChanged { call, voice: agreed });
                        }
                    }
                    described_by(success, voice.description.write(answer))
                }
                Err(_) => return incoming.answer(488, None),
            },
            (Described::Nothing, Method::Invite) => {
                *offer = Offer::Ours;
                described_by(success, voice.description.write(our_offer(ours)))
            }
            (Described::Nothing, _) => success,
            (Described::Unreadable, _) => return incoming.answer(400, None),
            (Described::OtherType, _) => return incoming.answer(415, None).with("Accept", SDP),
        };
        let this = self.leg_mut(leg);
        this.dialog.handle_accepted(incoming.number);
        if *method == Method::Invite {
            this.awaits_ack = Some((incoming.key, incoming.number));
        }
        answer
    }

    /// A key by INFO (M09). One without a body is a sign of life (RFC 6086 §5.1 leaves it to the older use).
    fn handle_info(&self, incoming: &Incoming, turn: &mut Turn<'_>) -> Response {
        let request = incoming.request();
        let content_type = request.content_type().map(|(media, _)| media).unwrap_or_default();
        if request.header("Info-Package").is_some() {
            return incoming.answer(469, None).with("Recv-Info", "nil");
        }
        if request.body().is_empty() {
            return incoming.answer(200, None);
        }
        if !KEYS.iter().any(|known| known.eq_ignore_ascii_case(content_type)) {
            return incoming.answer(415, None).with("Accept", KEYS.join(", "));
        }
        if let Some(digit) = info_digit(content_type, request.body()) {
            turn.tell(Output::VoiceDigit { call: self.id, digit });
        }
        incoming.answer(200, None)
    }
}

fn our_offer(ours: SocketAddr) -> Session {
    offer_for_voice(ours, &[Codec::Pcma, Codec::Pcmu], TELEPHONE_EVENT, Direction::SendRecv)
}

fn described_by(response: Response, body: String) -> Response {
    response.with("Allow", ALLOW).with_body(SDP, body)
}

const SDP: &str = "application/sdp";
const KEYS: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];
/// What the voice understands inside its dialogs.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE";
/// The payload type of telephone events in our own offers.
const TELEPHONE_EVENT: u8 = 101;
/// How long a port may take to open.
const OPENING: Duration = Duration::from_secs(5);
/// How long a call to the voice may last.
const LONGEST: Duration = Duration::from_secs(10 * 60);
