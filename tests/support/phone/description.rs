//! Descriptions: what the phone says of its sound, written as phones write it (RFC 8866, RFC 3264).

use std::fmt::Write as _;
use std::net::SocketAddr;

use perch::media::Codec;
use perch::sip::sdp::{Direction, Media, Session};

/// The phone's own side of one call's sound.
#[derive(Debug)]
pub struct Described {
    id: u32,
    version: u32,
    last: String,
}

/// What both sides have agreed on, as the phone sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    pub codec: Codec,
    pub payload: u8,
    pub telephone_event: Option<u8>,
    /// Where the phone sends.
    pub remote: SocketAddr,
    /// Whether the other side wants to hear the phone.
    pub is_heard: bool,
    /// Whether the other side speaks to it.
    pub hears: bool,
}

/// The codecs the phone has, best first.
const CODECS: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];

impl Described {
    pub fn new(id: u32) -> Self {
        Self { id, version: 0, last: String::new() }
    }

    /// An offer.
    pub fn offer(&mut self, at: SocketAddr, telephone_event: Option<u8>, direction: Direction) -> String {
        let mut media = format!("m=audio {} RTP/AVP 8 0", at.port());
        if let Some(number) = telephone_event {
            let _ = write!(media, " {number}");
        }
        media.push_str("\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n");
        self.whole(at, &(media + &events(telephone_event) + &tail(direction)))
    }

    /// The answer to an offer, and what is agreed by it; `None` where the phone has no codec of it.
    pub fn answer(&mut self, at: SocketAddr, offer: &[u8], direction: Direction) -> Option<(String, Agreed)> {
        let offer = Session::parse(offer).ok()?;
        let (chosen, agreed) = agree(&offer)?;
        let mut media = String::new();
        for (index, one) in offer.media.iter().enumerate() {
            if index != chosen {
                let _ = write!(media, "m={} 0 {} {}\r\n", one.kind, one.protocol, one.formats.join(" "));
                continue;
            }
            let _ = write!(media, "m=audio {} RTP/AVP {}", at.port(), agreed.payload);
            if let Some(number) = agreed.telephone_event {
                let _ = write!(media, " {number}");
            }
            let _ = write!(media, "\r\na=rtpmap:{} {}/8000\r\n", agreed.payload, name(agreed.codec));
            media.push_str(&events(agreed.telephone_event));
            media.push_str(&tail(narrower(direction, agreed)));
        }
        Some((self.whole(at, &media), agreed))
    }

    fn whole(&mut self, at: SocketAddr, media: &str) -> String {
        let family = if at.is_ipv4() { "IP4" } else { "IP6" };
        let rest = format!("s=-\r\nc=IN {family} {}\r\nt=0 0\r\n{media}", at.ip());
        if rest != self.last {
            self.version += 1;
        }
        let whole = format!("v=0\r\no=- {} {} IN {family} {}\r\n{rest}", self.id, self.version, at.ip());
        self.last = rest;
        whole
    }
}

/// What the other side's answer to the phone's offer has settled.
pub fn settled(answer: &[u8]) -> Option<Agreed> {
    agree(&Session::parse(answer).ok()?).map(|(_, agreed)| agreed)
}

fn agree(theirs: &Session) -> Option<(usize, Agreed)> {
    theirs.media.iter().enumerate().find_map(|(index, media)| {
        if media.kind != "audio" || media.port == 0 || media.protocol != "RTP/AVP" {
            return None;
        }
        let (payload, codec) = media.formats.iter().find_map(|format| codec_of(media, format))?;
        let is_event = |format: &&String| {
            media.rtpmap(format).is_some_and(|map| map.encoding.eq_ignore_ascii_case("telephone-event"))
        };
        let telephone_event = media.formats.iter().find(is_event).and_then(|format| format.parse().ok());
        let remote = SocketAddr::new(theirs.address_of(media)?, media.port);
        let direction = theirs.direction_of(media);
        let (is_heard, hears) = (direction.receives(), direction.sends());
        Some((index, Agreed { codec, payload, telephone_event, remote, is_heard, hears }))
    })
}

fn codec_of(media: &Media, format: &str) -> Option<(u8, Codec)> {
    let payload: u8 = format.parse().ok()?;
    let named = media.rtpmap(format).and_then(|map| {
        CODECS.into_iter().find(|codec| map.encoding.eq_ignore_ascii_case(name(*codec)) && map.clock == 8000)
    });
    Some((payload, named.or(Codec::of_static_payload_type(payload))?))
}

fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcma => "PCMA",
        Codec::Pcmu => "PCMU",
    }
}

fn events(number: Option<u8>) -> String {
    number.map_or_else(String::new, |number| {
        format!("a=rtpmap:{number} telephone-event/8000\r\na=fmtp:{number} 0-15\r\n")
    })
}

fn tail(direction: Direction) -> String {
    format!("a=ptime:20\r\na={}\r\n", direction.as_str())
}

/// The direction of an answer: what we want, as far as the offer allows.
fn narrower(wanted: Direction, agreed: Agreed) -> Direction {
    match (wanted.sends() && agreed.is_heard, wanted.receives() && agreed.hears) {
        (true, true) => Direction::SendRecv,
        (true, false) => Direction::SendOnly,
        (false, true) => Direction::RecvOnly,
        (false, false) => Direction::Inactive,
    }
}
