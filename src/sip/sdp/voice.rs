//! Voice: the one stream the box itself speaks, offered and answered (RFC 3264 §5, §6; RFC 4733 §2.5).
//!
//! G.711 in 20 ms packets, telephone events where the other side can. Media the box does not speak are declined in their
//! place; encrypted ones too, so that an offer of nothing else is answered 488 and never with plain sound.

use std::net::SocketAddr;

use super::media::{Direction, Media};
use super::session::{Origin, Session};
use crate::sip::text;

/// The codecs the box speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl Codec {
    /// The encoding's name in an rtpmap.
    pub fn as_str(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
        }
    }

    /// The payload type RFC 3551 fixes for it.
    pub fn static_payload(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    fn of(encoding: &str) -> Option<Codec> {
        [Codec::Pcmu, Codec::Pcma].into_iter().find(|codec| codec.as_str().eq_ignore_ascii_case(encoding))
    }
}

/// What both sides have agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NegotiatedVoice {
    /// How the sound is coded.
    pub codec: Codec,
    /// Its payload type, both ways.
    pub payload: u8,
    /// The payload type of telephone events, both ways, if the other side can.
    pub telephone_event: Option<u8>,
    /// Where to send.
    pub remote: SocketAddr,
    /// Which way the sound flows, as the box sees it.
    pub direction: Direction,
}

/// Why an offer or an answer holds nothing the box can speak; an offer is answered 488.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAcceptable {
    /// No sound is offered that is not declined.
    #[error("no audio stream")]
    NoAudio,
    /// Sound is offered only encrypted.
    #[error("only encrypted audio")]
    Encrypted,
    /// None of the codecs is known.
    #[error("no known codec")]
    NoCodec,
    /// No address to send to, or only a name.
    #[error("no address to send the sound to")]
    NoAddress,
}

/// The milliseconds of sound in one packet.
const PTIME: &str = "20";

/// Answers an offer of sound: the first stream and the first codec in it that the box speaks; all else is declined in
/// its place. `ours` is where the box listens. The origin is filled in by [`LocalSession::write`].
pub fn answer_for_voice(
    offer: &Session,
    ours: SocketAddr,
) -> Result<(Session, NegotiatedVoice), NotAcceptable> {
    let (chosen, voice) = choose(offer)?;
    let voice = NegotiatedVoice { direction: voice.direction.reversed(), ..voice };
    let media = offer.media.iter().enumerate().map(|(index, media)| {
        if index == chosen { spoken(&voice, media, ours.port()) } else { media.declined() }
    });
    let answer = Session { media: media.collect(), ..empty(ours) };
    Ok((answer, voice))
}

/// Offers sound in the codecs given, best first, and telephone events under `telephone_event`.
pub fn offer_for_voice(
    ours: SocketAddr,
    codecs: &[Codec],
    telephone_event: u8,
    direction: Direction,
) -> Session {
    let payloads: Vec<String> = codecs.iter().map(|codec| codec.static_payload().to_string()).collect();
    let events = telephone_event.to_string();
    let formats: Vec<&str> = payloads.iter().map(String::as_str).chain([events.as_str()]).collect();
    let mut media = Media::new("audio", ours.port(), "RTP/AVP", &formats);
    for codec in codecs {
        let map = format!("{} {}/8000", codec.static_payload(), codec.as_str());
        media.attributes.push(("rtpmap".into(), Some(map)));
    }
    push_events(&mut media, telephone_event);
    push_flow(&mut media, direction);
    Session { media: vec![media], ..empty(ours) }
}

/// What the answer to an offer of the box's own has settled.
pub fn negotiated_by_answer(answer: &Session) -> Result<NegotiatedVoice, NotAcceptable> {
    let (_, voice) = choose(answer)?;
    Ok(NegotiatedVoice { direction: voice.direction.reversed(), ..voice })
}

/// The first stream the box can speak, and how; the direction is the other side's.
fn choose(theirs: &Session) -> Result<(usize, NegotiatedVoice), NotAcceptable> {
    let mut refusal = NotAcceptable::NoAudio;
    let is_offered = |media: &Media| media.kind.eq_ignore_ascii_case("audio") && media.port != 0;
    for (index, media) in theirs.media.iter().enumerate().filter(|(_, media)| is_offered(media)) {
        match voice_in(theirs, media) {
            Ok(voice) => return Ok((index, voice)),
            Err(here) if refusal == NotAcceptable::NoAudio => refusal = here,
            Err(_) => {}
        }
    }
    Err(refusal)
}

fn voice_in(session: &Session, media: &Media) -> Result<NegotiatedVoice, NotAcceptable> {
    if !matches!(media.protocol.to_ascii_uppercase().as_str(), "RTP/AVP" | "RTP/AVPF") {
        return Err(NotAcceptable::Encrypted);
    }
    let (codec, payload) =
        media.formats.iter().find_map(|format| codec_of(media, format)).ok_or(NotAcceptable::NoCodec)?;
    let address = session.address_of(media).ok_or(NotAcceptable::NoAddress)?;
    Ok(NegotiatedVoice {
        codec,
        payload,
        telephone_event: media.formats.iter().find_map(|format| events_of(media, format)),
        remote: SocketAddr::new(address, media.port),
        direction: session.direction_of(media),
    })
}

fn codec_of(media: &Media, format: &str) -> Option<(Codec, u8)> {
    let map = media.rtpmap(format)?;
    let is_mono = map.channels.is_none_or(|channels| channels == "1");
    let codec = Codec::of(map.encoding).filter(|_| map.clock == 8000 && is_mono)?;
    Some((codec, payload(format)?))
}

fn events_of(media: &Media, format: &str) -> Option<u8> {
    let map = media.rtpmap(format)?;
    let is_events = map.encoding.eq_ignore_ascii_case("telephone-event") && map.clock == 8000;
    if is_events { payload(format) } else { None }
}

/// A payload type has seven bits, and is none of those that a marked packet would share with RTCP (RFC 5761 §4).
fn payload(format: &str) -> Option<u8> {
    let payload = text::digits(format).and_then(|payload| u8::try_from(payload).ok());
    payload.filter(|payload| *payload < 128 && !(64..96).contains(payload))
}

/// The answer to the stream chosen: its one codec under the offered number, and the events under theirs.
fn spoken(voice: &NegotiatedVoice, offered: &Media, port: u16) -> Media {
    let payload = voice.payload.to_string();
    let events = voice.telephone_event.map(|events| events.to_string());
    let formats: Vec<&str> = std::iter::once(payload.as_str()).chain(events.as_deref()).collect();
    let mut media = Media::new("audio", port, &offered.protocol, &formats);
    let map = format!("{payload} {}/8000", voice.codec.as_str());
    media.attributes.push(("rtpmap".into(), Some(map)));
    if let Some(events) = voice.telephone_event {
        push_events(&mut media, events);
    }
    push_flow(&mut media, voice.direction);
    media
}

fn push_events(media: &mut Media, payload: u8) {
    media.attributes.push(("rtpmap".into(), Some(format!("{payload} telephone-event/8000"))));
    media.attributes.push(("fmtp".into(), Some(format!("{payload} 0-15"))));
}

fn push_flow(media: &mut Media, direction: Direction) {
    media.attributes.push(("ptime".into(), Some(PTIME.into())));
    media.attributes.push((direction.as_str().into(), None));
}

/// A description of ours without media.
fn empty(ours: SocketAddr) -> Session {
    let address = ours.ip().to_canonical().to_string();
    Session {
        origin: Origin {
            username: "-".into(),
            id: "0".into(),
            version: "0".into(),
            address: address.clone(),
        },
        name: "-".into(),
        address: Some(address),
        lines: Vec::new(),
        attributes: Vec::new(),
        media: Vec::new(),
    }
}

/// The box's side of one session: its number, and a version that goes up by one with every change and only then
/// (RFC 3264 §8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSession {
    id: u64,
    version: u64,
    last: Option<Session>,
}

impl LocalSession {
    /// A session of that number, which should be random and below 2^62.
    pub fn new(id: u64) -> LocalSession {
        LocalSession { id, version: id, last: None }
    }

    /// The description to send, its origin filled in.
    pub fn write(&mut self, mut session: Session) -> String {
        session.origin.id = "0".into();
        session.origin.version = "0".into();
        match &self.last {
            Some(last) if *last != session => self.version = self.version.wrapping_add(1),
            Some(_) | None => {}
        }
        self.last = Some(session.clone());
        session.origin.id = self.id.to_string();
        session.origin.version = self.version.to_string();
        session.to_string()
    }
}
