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
use super::rtp::{RtpFault, RtpPacket};
use super::telephone_event::EventReceiver;
use super::tone_receiver::ToneReceiver;

/// The sound of one call.
#[derive(Debug)]
pub struct Session {
    agreed: Agreement,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: Marker,
    /// When the next packet is due.
    due: Instant,
    plays: VecDeque<Play>,
    keys: Keys,
    remote: Remote,
    events: VecDeque<MediaEvent>,
}

/// What offer and answer agreed on first, and the random numbers a stream begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// What was agreed.
    pub agreed: Agreement,
    /// Names our stream; random.
    pub ssrc: u32,
    /// Random.
    pub first_sequence: u16,
    /// Random.
    pub first_timestamp: u32,
}

/// What offer and answer agreed on; a later offer in the same call may change all of it (RFC 3264 §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The voice codec, in both directions.
    pub codec: Codec,
    /// The payload number of the codec in the answer.
    pub payload_type: u8,
    /// The payload number of telephone-event, if it was agreed; without it tones are listened for.
    pub telephone_event: Option<u8>,
    /// Whether the phone wants to hear anything.
    pub sending: Sending,
}

/// Whether a call may have room that is kept for calls for help (HOTDESK B8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Somebody calls for help.
    Emergency,
    /// Any other call.
    Ordinary,
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
        Session {
            agreed: config.agreed,
            ssrc: config.ssrc,
            sequence: config.first_sequence,
            timestamp: config.first_timestamp,
            marker: Marker::Due,
            due: now,
            plays: VecDeque::new(),
            keys: Keys::of(config.agreed.telephone_event),
            remote: Remote::HeardAt(now),
            events: VecDeque::new(),
        }
    }

    /// Goes on by another agreement, in the same stream: what is being said goes on, and no key counts twice.
    pub fn change(&mut self, agreed: Agreement, now: Instant) {
        let before = std::mem::replace(&mut self.agreed, agreed);
        if before.telephone_event != agreed.telephone_event {
            let keys = std::mem::replace(&mut self.keys, Keys::of(None));
            self.keys = keys.changed(agreed.telephone_event);
        }
        if before.sending == Sending::Off && agreed.sending == Sending::On {
            self.skip_to(now);
        }
    }

    /// Takes one datagram from the phone; tells why where it is not RTP.
    pub fn handle_packet(&mut self, bytes: &[u8], now: Instant) -> Result<(), RtpFault> {
        let packet = RtpPacket::read(bytes)?;
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
                match codec {
                    Some(codec) => receiver.handle_packet(&packet, codec),
                    None => receiver.handle_other(&packet),
                }
                let digits: Vec<char> = std::iter::from_fn(|| receiver.poll_digit()).collect();
                for digit in digits {
                    self.tell(MediaEvent::Digit { digit, source: DigitSource::Inband });
                }
            }
        }
        Ok(())
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

    /// The packet that is due, if one is. Call it every 20 ms and until it gives `None`, so that a late call catches up.
    pub fn handle_tick(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.watch_remote(now);
        if self.agreed.sending == Sending::Off || now < self.due {
            return None;
        }
        if now.duration_since(self.due) > MOST_LATE {
            // The machine stood still; a burst of old sound would help nobody.
            self.skip_to(now);
        }
        self.due += PACKET_TIME;

        let payload = self.next_payload();
        let packet = RtpPacket {
            payload_type: self.agreed.payload_type,
            marker: self.marker == Marker::Due,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
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

    /// A new talk spurt begins now. Timestamps follow the clock, not the packets: what was not sent is a gap in them
    /// (RFC 3550 §5.1).
    fn skip_to(&mut self, now: Instant) {
        let samples = now.saturating_duration_since(self.due).as_micros() / MICROSECONDS_PER_SAMPLE;
        self.timestamp = self.timestamp.wrapping_add(samples as u32);
        self.due = self.due.max(now);
        self.marker = Marker::Due;
    }

    /// 160 samples of what is being said, filled up with silence.
    fn next_payload(&mut self) -> [u8; PACKET_SAMPLES] {
        let mut payload = [self.agreed.codec.silence(); PACKET_SAMPLES];
        let Some(play) = self.plays.front_mut() else { return payload };
        let rest = &play.audio.ulaw()[play.sent..];
        for (slot, &byte) in payload.iter_mut().zip(rest) {
            *slot = match self.agreed.codec {
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
        if payload_type == self.agreed.payload_type {
            Some(self.agreed.codec)
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

impl Keys {
    fn of(telephone_event: Option<u8>) -> Keys {
        match telephone_event {
            Some(payload_type) => Keys::Events { payload_type, receiver: EventReceiver::default() },
            None => Keys::Tones(Box::default()),
        }
    }

    /// The same ear under another number, or the other ear.
    fn changed(self, telephone_event: Option<u8>) -> Keys {
        match (self, telephone_event) {
            (Keys::Events { receiver, .. }, Some(payload_type)) => Keys::Events { payload_type, receiver },
            (Keys::Tones(receiver), None) => Keys::Tones(receiver),
            (Keys::Events { .. }, None) | (Keys::Tones(_), Some(_)) => Keys::of(telephone_event),
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

const MICROSECONDS_PER_SAMPLE: u128 = 125;
/// So many events may wait to be read; further ones are dropped.
const MAX_EVENTS: usize = 64;
/// A tick that comes later than this does not catch up.
const MOST_LATE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    /// A session, a clock turned by hand, and what came out of it.
    struct Call {
        session: Session,
        now: Instant,
        began: Instant,
        sent: Vec<Vec<u8>>,
    }

    fn agreed(codec: Codec, telephone_event: Option<u8>) -> Agreement {
        let payload_type = codec.static_payload_type();
        Agreement { codec, payload_type, telephone_event, sending: Sending::On }
    }

    impl Call {
        fn with(codec: Codec, telephone_event: Option<u8>) -> Call {
            let config = SessionConfig {
                agreed: agreed(codec, telephone_event),
                ssrc: 0x5EED,
                first_sequence: 65_534,
                first_timestamp: u32::MAX - 100,
            };
            let now = Instant::now();
            Call { session: Session::new(config, now), now, began: now, sent: Vec::new() }
        }

        /// Ticks as often as the thread does.
        fn ticks(&mut self, times: usize) {
            for _ in 0..times {
                while let Some(packet) = self.session.handle_tick(self.now) {
                    self.sent.push(packet);
                }
                self.now += PACKET_TIME;
            }
        }

        fn plays(&mut self, ulaw: &[u8], id: u64) {
            self.session.play(PromptAudio::from_ulaw(ulaw), PlayId(id));
        }

        fn hears(&mut self, payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) {
            let packet = RtpPacket { payload_type, marker: false, sequence, timestamp, ssrc: 9, payload };
            self.session.handle_packet(&packet.to_bytes(), self.now).expect("RTP");
        }

        /// Key 5 for a fifth of a second as µ-law, in ten packets from that number on.
        fn hears_tones(&mut self, first: u16) {
            let tone =
                |frequency: f32, n: u16| (std::f32::consts::TAU * frequency * f32::from(n) / 8_000.0).sin();
            let sample = |n| Codec::Pcmu.encode((6_000.0 * (tone(770.0, n) + tone(1336.0, n))) as i16);
            for packet in 0..10u16 {
                let payload: Vec<u8> = (packet * 160..(packet + 1) * 160).map(sample).collect();
                let number = first + packet;
                self.hears(0, number, u32::from(number) * 160, &payload);
            }
        }

        fn sends(&mut self, sending: Sending) {
            let agreed = Agreement { sending, ..self.session.agreed };
            self.session.change(agreed, self.now);
        }

        fn events(&mut self) -> Vec<MediaEvent> {
            std::iter::from_fn(|| self.session.poll_event()).collect()
        }

        fn digits(&mut self) -> String {
            let digit = |event| match event {
                MediaEvent::Digit { digit, .. } => Some(digit),
                MediaEvent::PlayFinished(_) | MediaEvent::RemoteSilent => None,
            };
            self.events().into_iter().filter_map(digit).collect()
        }

        /// How sequence and timestamp of a packet go on from the one before, and whether it is marked.
        fn gap_before(&self, place: usize) -> (u16, u32, bool) {
            let read = |place: usize| RtpPacket::read(&self.sent[place]).expect("we send RTP");
            let (before, this) = (read(place - 1), read(place));
            let timestamp = this.timestamp.wrapping_sub(before.timestamp);
            (this.sequence.wrapping_sub(before.sequence), timestamp, this.marker)
        }

        /// The payloads that were sent, one after the other.
        fn sound(&self) -> Vec<u8> {
            let payload = |bytes: &Vec<u8>| RtpPacket::read(bytes).expect("we send RTP").payload.to_vec();
            self.sent.iter().flat_map(payload).collect()
        }
    }

    const KEY_5: [u8; 4] = [5, 10, 0, 160];
    const KEY_5_END: [u8; 4] = [5, 0x8A, 1, 64];

    #[test]
    fn the_stream_is_even_from_the_first_packet_on() {
        let mut call = Call::with(Codec::Pcma, Some(101));
        call.ticks(5);
        let packets: Vec<RtpPacket<'_>> =
            call.sent.iter().map(|bytes| RtpPacket::read(bytes).expect("we send RTP")).collect();
        assert_eq!(packets.len(), 5);
        for (n, packet) in (0u16..).zip(&packets) {
            assert_eq!(packet.marker, n == 0);
            assert_eq!(packet.sequence, 65_534u16.wrapping_add(n));
            assert_eq!(packet.timestamp, (u32::MAX - 100).wrapping_add(u32::from(n) * 160));
            assert_eq!((packet.ssrc, packet.payload_type), (0x5EED, 8));
            assert_eq!(packet.payload, [0xD5; 160]);
        }
    }

    #[test]
    fn a_prompt_is_sent_whole_and_then_told_as_finished() {
        let words: Vec<u8> = (0..400u16).map(|n| n as u8).collect();
        let mut call = Call::with(Codec::Pcmu, Some(101));
        call.ticks(1);
        call.plays(&words, 7);
        call.ticks(2);
        assert_eq!(call.events(), []);
        call.ticks(2);
        assert_eq!(call.events(), [MediaEvent::PlayFinished(PlayId(7))]);
        let sound = call.sound();
        assert_eq!(sound[..160], [0xFF; 160]);
        assert_eq!(sound[160..560], words);
        assert_eq!(sound[560..], [0xFF; 240]);
    }

    #[test]
    fn an_alaw_call_hears_alaw() {
        let mut call = Call::with(Codec::Pcma, Some(101));
        call.plays(&[g711::encode_ulaw(8_000); 160], 1);
        call.ticks(1);
        assert_eq!(call.sound(), [g711::ulaw_to_alaw(g711::encode_ulaw(8_000)); 160]);
    }

    #[test]
    fn prompts_follow_one_another() {
        let mut call = Call::with(Codec::Pcmu, None);
        call.plays(&[1; 160], 1);
        call.plays(&[], 2);
        call.plays(&[3; 100], 3);
        call.ticks(4);
        let finished = [1, 2, 3].map(|id| MediaEvent::PlayFinished(PlayId(id)));
        assert_eq!(call.events(), finished);
        assert!(!call.session.is_playing());
    }

    #[test]
    fn too_many_prompts_are_left_out_and_told_so() {
        let mut call = Call::with(Codec::Pcmu, None);
        (0..=MAX_PLAYS as u64).for_each(|id| call.plays(&[1; 160], id));
        assert_eq!(call.events(), [MediaEvent::PlayFinished(PlayId(MAX_PLAYS as u64))]);
    }

    #[test]
    fn a_stopped_prompt_falls_silent_at_once() {
        let mut call = Call::with(Codec::Pcmu, None);
        call.plays(&[1; 1_600], 1);
        call.ticks(1);
        call.session.stop_playing();
        call.ticks(1);
        assert_eq!(call.sound()[160..], [0xFF; 160]);
        assert_eq!(call.events(), []);
    }

    #[test]
    fn a_key_pressed_while_a_prompt_plays_is_told_at_once_and_once() {
        let mut call = Call::with(Codec::Pcma, Some(110));
        call.plays(&[1; 16_000], 1);
        call.ticks(3);
        call.hears(110, 1, 500, &KEY_5);
        let digit = MediaEvent::Digit { digit: '5', source: DigitSource::Rfc4733 };
        assert_eq!(call.events(), [digit]);
        (2..5).for_each(|sequence| call.hears(110, sequence, 500, &KEY_5_END));
        assert_eq!(call.events(), []);
        assert!(call.session.is_playing());
    }

    #[test]
    fn only_the_agreed_payload_number_brings_events() {
        let mut call = Call::with(Codec::Pcma, Some(110));
        call.hears(101, 1, 500, &KEY_5);
        assert_eq!(call.events(), []);
    }

    #[test]
    fn tones_are_listened_for_only_where_no_events_were_agreed() {
        for (telephone_event, digits) in [(None, "5"), (Some(101), "")] {
            let mut call = Call::with(Codec::Pcma, telephone_event);
            // The phone sends µ-law although A-law was agreed.
            call.hears_tones(0);
            assert_eq!(call.digits(), digits);
        }
    }

    #[test]
    fn a_late_tick_catches_up_and_a_very_late_one_does_not() {
        let mut call = Call::with(Codec::Pcmu, None);
        call.ticks(1);
        call.now += PACKET_TIME * 3;
        call.ticks(1);
        assert_eq!(call.sent.len(), 5);
        call.now += Duration::from_secs(10);
        call.ticks(1);
        assert_eq!(call.sent.len(), 6);
        assert_eq!(call.gap_before(5), (1, 160 + 80_000, true));
    }

    #[test]
    fn a_held_call_gets_nothing_and_a_resumed_one_begins_with_a_marker() {
        let mut call = Call::with(Codec::Pcmu, None);
        call.plays(&[1; 320], 1);
        call.ticks(1);
        call.sends(Sending::Off);
        call.ticks(50);
        assert_eq!(call.sent.len(), 1);
        call.sends(Sending::On);
        call.ticks(2);
        let packets: Vec<RtpPacket<'_>> =
            call.sent.iter().map(|bytes| RtpPacket::read(bytes).expect("we send RTP")).collect();
        assert_eq!(packets.iter().map(|packet| packet.marker).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(packets[1].payload, [1; 160]);
    }

    #[test]
    fn the_timestamps_go_on_with_the_clock_through_a_hold() {
        let mut call = Call::with(Codec::Pcmu, None);
        call.ticks(1);
        call.sends(Sending::Off);
        call.ticks(50);
        call.sends(Sending::On);
        call.ticks(2);
        assert_eq!(call.gap_before(1), (1, 160 + 8_000, true));
        assert_eq!(call.gap_before(2), (1, 160, false));

        // A hold that is over before the next packet is due leaves no gap and lets none be sent early.
        call.now -= PACKET_TIME / 2;
        call.sends(Sending::Off);
        call.sends(Sending::On);
        call.now += PACKET_TIME / 2;
        call.ticks(1);
        assert_eq!((call.sent.len(), call.gap_before(3)), (4, (1, 160, true)));
    }

    #[test]
    fn a_call_that_begins_on_hold_is_sent_nothing_until_it_is_resumed() {
        let config = SessionConfig {
            agreed: Agreement { sending: Sending::Off, ..agreed(Codec::Pcmu, None) },
            ssrc: 1,
            first_sequence: 1,
            first_timestamp: 1,
        };
        let mut call = Call::with(Codec::Pcmu, None);
        call.session = Session::new(config, call.now);
        call.plays(&[1; 160], 1);
        call.ticks(100);
        assert!(call.sent.is_empty() && call.events().is_empty());
        call.sends(Sending::On);
        call.ticks(1);
        assert_eq!(call.sound(), [1; 160]);
    }

    #[test]
    fn another_codec_is_spoken_from_the_next_packet_on_in_the_same_stream() {
        let mut call = Call::with(Codec::Pcmu, Some(101));
        call.plays(&[g711::encode_ulaw(8_000); 480], 1);
        call.ticks(1);
        call.session.change(agreed(Codec::Pcma, Some(101)), call.now);
        call.ticks(2);
        let kinds: Vec<u8> =
            call.sent.iter().map(|bytes| RtpPacket::read(bytes).expect("we send RTP").payload_type).collect();
        assert_eq!(kinds, [0, 8, 8]);
        assert_eq!((call.gap_before(1), call.gap_before(2)), ((1, 160, false), (1, 160, false)));
        assert_eq!(call.sound()[160..], [g711::ulaw_to_alaw(g711::encode_ulaw(8_000)); 320]);
    }

    #[test]
    fn events_are_heard_under_their_new_number_and_a_key_held_meanwhile_is_one_digit() {
        let mut call = Call::with(Codec::Pcmu, Some(101));
        call.hears(101, 1, 500, &KEY_5);
        call.session.change(agreed(Codec::Pcmu, Some(97)), call.now);
        call.hears(97, 2, 500, &KEY_5_END);
        call.hears(101, 3, 9_000, &KEY_5);
        call.hears(97, 4, 9_000, &KEY_5);
        assert_eq!(call.digits(), "55");
    }

    #[test]
    fn tones_are_heard_once_events_are_given_up_and_events_once_they_are_agreed() {
        let mut call = Call::with(Codec::Pcmu, Some(101));
        call.hears_tones(0);
        assert_eq!(call.digits(), "");
        call.session.change(agreed(Codec::Pcmu, None), call.now);
        call.hears_tones(20);
        assert_eq!(call.digits(), "5");
        call.session.change(agreed(Codec::Pcmu, Some(101)), call.now);
        call.hears_tones(40);
        call.hears(101, 60, 90_000, &KEY_5);
        assert_eq!(call.digits(), "5");
    }

    #[test]
    fn a_phone_that_falls_silent_is_told_once_and_again_after_it_spoke() {
        let mut call = Call::with(Codec::Pcmu, None);
        call.ticks(1_499);
        assert_eq!(call.events(), []);
        call.ticks(1_500);
        assert_eq!(call.events(), [MediaEvent::RemoteSilent]);
        assert_eq!(call.now - call.began, PACKET_TIME * 2_999);
        call.hears(0, 1, 0, &[0xFF; 160]);
        call.ticks(1_502);
        assert_eq!(call.events(), [MediaEvent::RemoteSilent]);
    }

    #[test]
    fn noise_on_the_port_is_no_sign_of_life() {
        let mut call = Call::with(Codec::Pcmu, None);
        for _ in 0..1_501 {
            let heard = call.session.handle_packet(b"\0\0\0\0 hello", call.now);
            assert_eq!(heard, Err(RtpFault::Version));
            call.ticks(1);
        }
        assert_eq!(call.events(), [MediaEvent::RemoteSilent]);
    }

    #[test]
    fn a_flood_of_keys_is_bounded() {
        let mut call = Call::with(Codec::Pcmu, Some(101));
        (0..1_000u32).for_each(|n| call.hears(101, n as u16, n * 1_000, &KEY_5_END));
        assert_eq!(call.events().len(), MAX_EVENTS);
    }

    #[test]
    fn the_debug_form_of_an_event_hides_the_digit() {
        let event = MediaEvent::Digit { digit: '5', source: DigitSource::Inband };
        assert_eq!(format!("{event:?}"), "Digit(Inband)");
    }
}
