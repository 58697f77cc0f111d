//! Inside a call to the box's voice: ACK, re-INVITE, UPDATE, INFO, and the refreshing of its session.

use crate::exchange::call::incoming::Incoming;
use crate::exchange::call::leg::{LegId, contact_on};
use crate::exchange::call::output::Output;
use crate::exchange::call::state::{Call, Pending, Stage};
use crate::exchange::call::turn::Turn;
use crate::media::info_digit;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Response};
use crate::sip::sdp::{answer_for_voice, negotiated_by_answer};

use super::asked::{Asked, Objection, SDP, described};
use super::timer::{SessionTimer, Terms};
use super::{ALLOW, Offer, Progress, Sound, described_by, our_offer, timed_by};

impl Call {
    /// The ACK for a 2xx of the voice has come.
    pub fn handle_voice_ack(&mut self, _leg: LegId, request: &Message<'_>, turn: &mut Turn<'_>) {
        let call = self.id;
        let Stage::Voice(voice) = &mut self.stage else { return };
        let sound = std::mem::replace(&mut voice.sound, Sound::Agreed);
        let Progress::Answered { offer, .. } = &mut voice.progress else { return };
        let agreed = match std::mem::replace(offer, Offer::Settled) {
            Offer::Theirs(agreed) => Ok(agreed),
            Offer::Ours => match described(request) {
                Ok(Some(answer)) => negotiated_by_answer(&answer).map_err(|_| ()),
                Ok(None) | Err(_) => Err(()),
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
        let Asked { described, terms } = match Asked::of(&incoming.request()) {
            Ok(asked) => asked,
            Err(objection) => return objection.answer(incoming),
        };
        let success = timed_by(incoming.answer(200, None).with("Contact", contact), terms);
        let answer = match (described, method) {
            (Some(_), _) if *offer == Offer::Ours => return incoming.answer(491, None),
            (Some(theirs), _) => match answer_for_voice(&theirs, ours) {
                Ok((answer, agreed)) => {
                    match offer {
                        Offer::Theirs(first) => *first = agreed,
                        Offer::Ours | Offer::Settled => {
                            turn.tell(Output::VoiceChanged { call, voice: agreed });
                        }
                    }
                    described_by(success, voice.description.write(answer))
                }
                Err(_) => return Objection::plain(488).answer(incoming),
            },
            (None, Method::Invite) => {
                *offer = Offer::Ours;
                described_by(success, voice.description.write(our_offer(ours)))
            }
            (None, _) => success,
        };
        voice.timer = terms.map(|terms| SessionTimer::new(terms, turn.now.mono));
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

    /// Tells the phone that the box is still there (RFC 4028 §7.4); the answer tells the box the same of the phone.
    pub(super) fn refresh_session(&mut self, leg: LegId, terms: Terms, turn: &mut Turn<'_>) {
        let this = self.leg_mut(leg);
        let (request, flow) = (this.request(Method::Update, terms.refresh(), REFRESHING_HOPS), this.flow);
        let token = self.expect(Pending::Audit(leg));
        turn.send(self.id, token, request, flow);
    }

    /// What the phone said to the refresh, if anything.
    pub fn handle_refreshed(&mut self, status: Option<u16>, turn: &mut Turn<'_>) {
        let Stage::Voice(voice) = &mut self.stage else { return };
        match (status, &mut voice.timer) {
            (Some(200..=299), Some(timer)) => timer.refreshed(turn.now.mono),
            (Some(408 | 481) | None, _) => self.hang_up_voice(turn),
            (Some(_), _) => {}
        }
    }
}

/// The types of body by which INFO brings a key.
const KEYS: [&str; 2] = ["application/dtmf-relay", "application/dtmf"];
/// How many hops an UPDATE of the box's own may take.
const REFRESHING_HOPS: u8 = 70;
