//! One voice call between the box and a phone: what is said, and which keys were pressed.
//!
//! Packets that arrive go into [`Session::handle_packet`]; every 20 ms [`Session::handle_tick`] gives the packet to send:
//! a prompt while there is one, silence otherwise, so that the stream never pauses. What happened is read from
//! [`Session::poll_event`]. Keys are told at once, also while a prompt plays.
//!
//! Not here: addresses and sockets (`net`), what was agreed (`sip`), what to say next (`exchange`).
//!
//! RFC 3550 §5.1, RFC 3551 §4.5 (20 ms packets), RFC 4733.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use super::g711::{self, Codec};
use super::prompt::PromptAudio;
use super::rtp::RtpPacket;
use super::telephone_event::EventReceiver;
use super::tone_receiver::ToneReceiver;

/// The sound of one call.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    sequence: u16,
    timestamp: u32,
    marker: Marker,
    sending: Sending,
    /// When the next packet is due.
    due: Instant,
    plays: VecDeque<Play>,
    keys: Keys,
    remote: Remote,
    events: VecDeque<MediaEvent>,
}

/// What offer and answer agreed on, and the random numbers a stream begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// The voice codec, in both directions.
    pub codec: Codec,
    /// The payload number of the codec in the answer.
    pub payload_type: u8,
    /// The payload number of telephone-event, if it was agreed; without it tones are listened for.
    pub telephone_event: Option<u8>,
    /// Names our stream; random.
    pub ssrc: u32,
    /// Random.
    pub first_sequence: u16,
    /// Random.
    pub first_timestamp: u32,
}

/// Names one [`Session::play`]; chosen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayId(pub u64);

/// Whether the session sends; a phone that holds the call wants nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// A packet every 20 ms.
    On,
    /// No packets; prompts stand still.
    Off,
}

/// Something that happened in the call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum MediaEvent {
    /// A key was pressed: `0`-`9`, `*`, `#`, `A`-`D`.
    Digit {
        /// The key.
        digit: char,
        /// How it came.
        source: DigitSource,
    },
    /// A prompt was sent to its end. A prompt that was stopped is not reported.
    PlayFinished(PlayId),
    /// Nothing was heard from the phone for [`REMOTE_SILENT_AFTER`]; told once, and again only after it was heard.
    RemoteSilent,
}

/// How a digit came through RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DigitSource {
    /// As a named event.
    Rfc4733,
    /// As two tones in the voice.
    Inband,
}

#[derive(Debug)]
struct Play {
    id: PlayId,
    audio: PromptAudio,
    /// How many samples were sent.
    sent: usize,
}

/// How this call brings its digits: one way or the other, so that no key counts twice.
#[derive(Debug)]
enum Keys {
    Events { payload_type: u8, receiver: EventReceiver },
    Tones(Box<ToneReceiver>),
}

/// What is known of the phone's stream.
#[derive(Debug)]
enum Remote {
    HeardAt(Instant),
    Silent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    /// The next packet begins a talk spurt.
    Due,
    Sent,
}

impl Session {
    /// A session whose first packet is due now.
    pub fn new(config: SessionConfig, now: Instant) -> Session {
        let keys = match config.telephone_event {
            Some(payload_type) => Keys::Events { payload_type, receiver: EventReceiver::default() },
            None => Keys::Tones(Box::default()),
        };
        Session {
            config,
            sequence: config.first_sequence,
            timestamp: config.first_timestamp,
            marker: Marker::Due,
            sending: Sending::On,
            due: now,
            plays: VecDeque::new(),
            keys,
            remote: Remote::HeardAt(now),
            events: VecDeque::new(),
        }
    }

    /// Takes one datagram from the phone; what is not RTP is ignored.
    pub fn handle_packet(&mut self, bytes: &[u8], now: Instant) {
        let Ok(packet) = RtpPacket::read(bytes) else { return };
        self.remote = Remote::HeardAt(now);
        let codec = self.codec_of(packet.payload_type);
        match &mut self.keys {
            Keys::Events { payload_type, receiver } => {
                if packet.payload_type == *payload_type
                    && let Some(digit) = receiver.handle_event(packet.ssrc, packet.timestamp, packet.payload)
                {
                    self.tell(MediaEvent::Digit { digit, source: DigitSource::Rfc4733 });
                }
            }
            Keys::Tones(receiver) => {
                let Some(codec) = codec else { return };
                receiver.handle_packet(&packet, codec);
                let digits: Vec<char> = std::iter::from_fn(|| receiver.poll_digit()).collect();
                for digit in digits {
                    self.tell(MediaEvent::Digit { digit, source: DigitSource::Inband });
                }
            }
        }
    }

    /// Says this after what is being said. When [`MAX_PLAYS`] wait already, it is left out and told as finished.
    pub fn play(&mut self, audio: PromptAudio, id: PlayId) {
        if self.plays.len() < MAX_PLAYS {
            self.plays.push_back(Play { id, audio, sent: 0 });
        } else {
            self.tell(MediaEvent::PlayFinished(id));
        }
    }

    /// Falls silent: ends what is being said and forgets what waits, without a word about either.
    pub fn stop_playing(&mut self) {
        self.plays.clear();
    }

    /// Whether something is being said or waits to be.
    pub fn is_playing(&self) -> bool {
        !self.plays.is_empty()
    }

    /// Begins or ceases to send, as offer and answer say.
    pub fn set_sending(&mut self, sending: Sending, now: Instant) {
        match (self.sending, sending) {
            (Sending::On, Sending::On) | (Sending::Off, Sending::Off) => {}
            (Sending::On, Sending::Off) => self.sending = Sending::Off,
            (Sending::Off, Sending::On) => {
                self.sending = Sending::On;
                self.marker = Marker::Due;
                self.due = now;
            }
        }
    }

    /// The packet that is due, if one is. Call it every 20 ms and until it gives `None`, so that a late call catches up.
    pub fn handle_tick(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.watch_remote(now);
        if self.sending == Sending::Off || now < self.due {
            return None;
        }
        if now.duration_since(self.due) > MOST_LATE {
            // The machine stood still; a burst of old sound would help nobody.
            self.due = now;
        }
        self.due += PACKET_TIME;

        let payload = self.next_payload();
        let packet = RtpPacket {
            payload_type: self.config.payload_type,
            marker: self.marker == Marker::Due,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.config.ssrc,
            payload: &payload,
        };
        let bytes = packet.to_bytes();
        self.marker = Marker::Sent;
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(PACKET_SAMPLES as u32);
        Some(bytes)
    }

    /// The next event; drain it after every call that takes `&mut self`.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// 160 samples of what is being said, filled up with silence.
    fn next_payload(&mut self) -> [u8; PACKET_SAMPLES] {
        let mut payload = [self.config.codec.silence(); PACKET_SAMPLES];
        let Some(play) = self.plays.front_mut() else { return payload };
        let rest = &play.audio.ulaw()[play.sent..];
        for (slot, &byte) in payload.iter_mut().zip(rest) {
            *slot = match self.config.codec {
                Codec::Pcmu => byte,
                Codec::Pcma => g711::ulaw_to_alaw(byte),
            };
        }
        if rest.len() > PACKET_SAMPLES {
            play.sent += PACKET_SAMPLES;
        } else {
            let id = play.id;
            self.plays.pop_front();
            self.tell(MediaEvent::PlayFinished(id));
        }
        payload
    }

    fn watch_remote(&mut self, now: Instant) {
        match self.remote {
            Remote::HeardAt(at) if now.saturating_duration_since(at) >= REMOTE_SILENT_AFTER => {
                self.remote = Remote::Silent;
                self.tell(MediaEvent::RemoteSilent);
            }
            Remote::HeardAt(_) | Remote::Silent => {}
        }
    }

    /// The codec behind a payload number: the agreed one, or the other G.711, which some phones send all the same.
    fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        if payload_type == self.config.payload_type {
            Some(self.config.codec)
        } else {
            Codec::of_static_payload_type(payload_type)
        }
    }

    fn tell(&mut self, event: MediaEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }
}

impl fmt::Debug for MediaEvent {
    /// Leaves the digit out: it may be one of a PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MediaEvent::Digit { digit: _, source } => write!(f, "Digit({source:?})"),
            MediaEvent::PlayFinished(PlayId(id)) => write!(f, "PlayFinished({id})"),
            MediaEvent::RemoteSilent => f.write_str("RemoteSilent"),
        }
    }
}

/// The time between two packets.
pub const PACKET_TIME: Duration = Duration::from_millis(20);
/// The samples in a packet.
pub const PACKET_SAMPLES: usize = 160;
/// A phone that sends nothing for so long is gone, or sends where we do not hear it.
pub const REMOTE_SILENT_AFTER: Duration = Duration::from_secs(30);
/// So many prompts may wait.
pub const MAX_PLAYS: usize = 8;

/// So many events may wait to be read; further ones are dropped.
const MAX_EVENTS: usize = 64;
/// A tick that comes later than this does not catch up.
const MOST_LATE: Duration = Duration::from_millis(100);
