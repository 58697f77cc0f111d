//! Sound: the keys the phone sends and the prompts it hears (RFC 3550, RFC 4733, RFC 6086).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use perch::media::Codec;
use perch::media::rtp::RtpPacket;
use perch::sip::outgoing::Outgoing;
use perch::sip::{Message, Method};

use super::call::{Call, CallState};
use super::description::Agreed;
use super::inspector::Inspector;
use super::recogniser::{Heard, Recogniser};
use super::{KeysBy, Output, Purpose, SimPhone};

/// The time between two packets.
const PACKET: Duration = Duration::from_millis(20);
/// The packets of one key, and of the pause after it.
const KEY_PACKETS: u32 = 5;
/// The volume of a named event, in -dBm0.
const VOLUME: u8 = 10;

/// The keys that are still to be sent in the sound.
#[derive(Debug, Default)]
pub struct Keying {
    queue: VecDeque<Packet>,
    began: Option<Instant>,
    sequence: u16,
}

#[derive(Debug)]
struct Packet {
    at: Instant,
    payload_type: u8,
    marker: bool,
    timestamp: u32,
    payload: Vec<u8>,
}

/// What the phone hears in one call.
#[derive(Debug, Default)]
pub struct Hearing {
    agreed: Option<Agreed>,
    recogniser: Recogniser,
    /// The stream's source, and the first packet's number and time.
    stream: Option<(u32, u16, u32)>,
    packets: u32,
    over: bool,
    found: Vec<String>,
}

impl Keying {
    pub fn deadline(&self) -> Option<Instant> {
        self.queue.front().map(|packet| packet.at)
    }

    pub fn stop(&mut self) {
        self.queue.clear();
    }

    /// Puts one key behind those that wait.
    fn push(&mut self, key: char, agreed: Agreed, by: KeysBy, now: Instant) {
        let began = *self.began.get_or_insert(now);
        let start = self.queue.back().map_or(now, |last| last.at + PACKET * KEY_PACKETS).max(now);
        let time = |at: Instant| u32::try_from((at - began).as_millis() * 8).unwrap_or(0);
        let voice = |at: Instant, payload: Vec<u8>| Packet {
            at,
            payload_type: agreed.payload,
            marker: false,
            timestamp: time(at),
            payload,
        };
        match (by, agreed.telephone_event) {
            (KeysBy::Rfc4733, Some(payload_type)) => {
                // Five packets while it is down, then the end three times; all bear the time of its beginning.
                for step in 0..KEY_PACKETS + 3 {
                    let at = start + PACKET * step;
                    let length = (step.min(KEY_PACKETS) + 1) * 160;
                    let end = if step >= KEY_PACKETS { 0x80 } else { 0 };
                    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
                    let payload = vec![event_of(key), end | VOLUME, high, low];
                    let marker = step == 0;
                    self.queue.push_back(Packet {
                        at,
                        payload_type,
                        marker,
                        timestamp: time(start),
                        payload,
                    });
                }
            }
            _ => {
                for step in 0..KEY_PACKETS {
                    let sound = tones(key, step * 160, agreed.codec);
                    self.queue.push_back(voice(start + PACKET * step, sound));
                }
                for step in KEY_PACKETS..KEY_PACKETS * 2 {
                    self.queue.push_back(voice(start + PACKET * step, vec![agreed.codec.silence(); 160]));
                }
            }
        }
    }

    fn next_due(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.deadline()? > now {
            return None;
        }
        let packet = self.queue.pop_front()?;
        let bytes = RtpPacket {
            payload_type: packet.payload_type,
            marker: packet.marker,
            sequence: self.sequence,
            timestamp: packet.timestamp,
            ssrc: 0x0050_484F,
            payload: &packet.payload,
        }
        .to_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        Some(bytes)
    }
}

impl Hearing {
    pub fn agreed(&mut self, agreed: Agreed) {
        self.agreed = Some(agreed);
    }

    pub fn stop(&mut self) {
        self.over = true;
    }

    /// The prompts heard so far.
    pub fn heard(&self) -> &[Heard] {
        self.recogniser.heard()
    }

    /// How many packets of voice have come.
    pub fn packets(&self) -> u32 {
        self.packets
    }

    /// Hands what was wrong over.
    pub fn report(&mut self, inspector: &mut Inspector) {
        self.found.drain(..).for_each(|what| inspector.complain(what));
    }

    fn is_from(&self, from: SocketAddr) -> bool {
        self.agreed.is_some_and(|agreed| agreed.remote == from)
    }

    fn hear(&mut self, bytes: &[u8]) {
        let Some(agreed) = self.agreed else { return };
        let Ok(packet) = RtpPacket::read(bytes) else {
            self.found.push("sound that is no RTP".to_owned());
            return;
        };
        if Some(packet.payload_type) == agreed.telephone_event {
            return;
        }
        if packet.payload_type != agreed.payload || packet.payload.len() != 160 {
            let (kind, length) = (packet.payload_type, packet.payload.len());
            self.found.push(format!("sound of kind {kind} with {length} bytes"));
            return;
        }
        let here = (packet.ssrc, packet.sequence, packet.timestamp);
        let (ssrc, sequence, timestamp) = *self.stream.get_or_insert(here);
        let steps = packet.sequence.wrapping_sub(sequence).cast_signed();
        let expected = timestamp.wrapping_add_signed(i32::from(steps) * 160);
        // After silence the timestamps go on with the clock.
        let is_later = packet.timestamp.wrapping_sub(expected).cast_signed() > 0;
        if packet.marker && packet.ssrc == ssrc && is_later {
            self.stream = Some(here);
        } else if packet.ssrc != ssrc || packet.timestamp != expected {
            self.found.push("a stream of sound that jumps".to_owned());
        }
        self.packets += 1;
        self.recogniser.handle_payload(packet.payload, agreed.codec);
    }
}

impl SimPhone {
    /// A datagram has come to the sound port.
    pub fn handle_sound(&mut self, bytes: &[u8], from: SocketAddr, _now: Instant) {
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.hearing.is_from(from)) {
            call.hearing.hear(bytes);
            call.hearing.report(&mut self.inspector);
        }
    }

    /// Presses keys in the call that is up, or is answered by a voice.
    pub(super) fn key(&mut self, keys: &str, by: KeysBy, now: Instant) {
        let Some(call) = self.calls.iter_mut().rev().find(|call| has_sound(call)) else {
            self.inspector.complain("keys pressed outside any call");
            return;
        };
        let Some(agreed) = call.agreed else { return };
        match by {
            KeysBy::Info => {
                let waits = !call.info_keys.is_empty();
                call.info_keys.extend(keys.chars());
                let id = call.id;
                if !waits {
                    self.send_info(id, now);
                }
            }
            KeysBy::Rfc4733 | KeysBy::Inband => {
                keys.chars().for_each(|key| call.keying.push(key, agreed, by, now));
                self.key_when_due(now);
            }
        }
        self.drain(now);
    }

    pub(super) fn key_when_due(&mut self, now: Instant) {
        for call in &mut self.calls {
            let Some(agreed) = call.agreed else { continue };
            while let Some(bytes) = call.keying.next_due(now) {
                if agreed.is_heard {
                    self.outputs.push_back(Output::Sound { to: agreed.remote, bytes });
                }
            }
        }
    }

    fn send_info(&mut self, id: u32, now: Instant) {
        let Some(call) = self.call(id) else { return };
        let (Some(key), Some(dialog)) = (call.info_keys.front(), &mut call.dialog) else { return };
        let body = format!("Signal={key}\r\nDuration=160\r\n");
        let request = dialog.request(Method::Info).with_body("application/dtmf-relay", body);
        let way = call.way();
        self.request(Purpose::Info(id), request, way, now);
    }

    pub(super) fn handle_info_answer(&mut self, id: u32, message: &Message<'_>, now: Instant) {
        if message.status() != Some(200) {
            self.inspector.complain(format!("a key by INFO was answered {:?}", message.status()));
        }
        if let Some(call) = self.call(id) {
            call.info_keys.pop_front();
        }
        self.send_info(id, now);
    }
}

fn has_sound(call: &Call) -> bool {
    matches!(call.state, CallState::Up | CallState::RingingBack) && call.agreed.is_some()
}

/// The number of a key's named event (RFC 4733 §3.2).
fn event_of(key: char) -> u8 {
    let place = "0123456789*#ABCD".find(key).unwrap_or_else(|| panic!("no phone has a key {key}"));
    u8::try_from(place).unwrap_or(0)
}

/// 20 ms of a key's two tones (ITU-T Q.23), from this sample on.
fn tones(key: char, from: u32, codec: Codec) -> Vec<u8> {
    const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
    let place = "123A456B789C*0#D".find(key).unwrap_or_else(|| panic!("no phone has a key {key}"));
    let (row, column) = (ROWS[place / 4], COLUMNS[place % 4]);
    (from..from + 160)
        .map(|sample| {
            let angle = std::f64::consts::TAU * f64::from(sample) / 8000.0;
            let level = 7000.0 * ((angle * row).sin() + (angle * column).sin());
            codec.encode(level as i16)
        })
        .collect()
}
