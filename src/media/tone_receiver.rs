//! The in-band ear of a session: voice packets in, keypad digits out.
//!
//! Packets are put in order, unpacked, and handed to the [`ToneDetector`] as one continuous sound: a lost packet is
//! bridged with the one before it (a tone must not break in two), a pause that the phone did not send is silence.

use super::g711::Codec;
use super::inband::ToneDetector;
use super::reorder::{Frame, Reorder};
use super::rtp::{RtpPacket, timestamp_distance};

/// Listens to the voice packets of one phone.
#[derive(Debug, Default)]
pub struct ToneReceiver {
    stream: Option<Stream>,
}

#[derive(Debug)]
struct Stream {
    ssrc: u32,
    codec: Codec,
    order: Reorder,
    detector: ToneDetector,
    /// The timestamp at which the next packet should begin.
    expected: Option<u32>,
    last_payload: Vec<u8>,
    bridge: Bridge,
}

/// Whether the next lost packet may be bridged.
#[derive(Debug, Clone, Copy)]
enum Bridge {
    Open,
    Used,
}

impl ToneReceiver {
    /// Takes one voice packet.
    pub fn handle_packet(&mut self, packet: &RtpPacket<'_>, codec: Codec) {
        let is_same = |stream: &Stream| stream.ssrc == packet.ssrc && stream.codec == codec;
        if !self.stream.as_ref().is_some_and(is_same) {
            self.stream = Some(Stream::new(packet.ssrc, codec));
        }
        let stream = self.stream.as_mut().expect("it was made just now if it was not there");
        stream.order.handle_packet(packet.sequence, packet.timestamp, packet.payload);
        while let Some(frame) = stream.order.poll_frame() {
            stream.handle_frame(frame);
        }
    }

    /// The next digit; drain it after every packet.
    pub fn poll_digit(&mut self) -> Option<char> {
        self.stream.as_mut()?.detector.poll_digit()
    }
}

impl Stream {
    fn new(ssrc: u32, codec: Codec) -> Stream {
        Stream {
            ssrc,
            codec,
            order: Reorder::default(),
            detector: ToneDetector::new(),
            expected: None,
            last_payload: Vec::new(),
            bridge: Bridge::Used,
        }
    }

    fn handle_frame(&mut self, frame: Frame) {
        match frame {
            Frame::Packet(timestamp, payload) => {
                let gap = self.expected.map_or(0, |expected| timestamp_distance(expected, timestamp));
                self.hear_silence(usize::try_from(gap).unwrap_or(0).min(LONGEST_PAUSE));
                self.expected = Some(timestamp.wrapping_add(payload.len() as u32));
                self.detector.handle_samples(payload.iter().map(|&byte| self.codec.decode(byte)));
                self.last_payload = payload;
                self.bridge = Bridge::Open;
            }
            Frame::Lost => {
                match self.bridge {
                    Bridge::Open => {
                        let again = self.last_payload.iter().map(|&byte| self.codec.decode(byte));
                        self.detector.handle_samples(again);
                    }
                    Bridge::Used => self.hear_silence(self.last_payload.len()),
                }
                self.bridge = Bridge::Used;
                let length = self.last_payload.len() as u32;
                self.expected = self.expected.map(|expected| expected.wrapping_add(length));
            }
        }
    }

    fn hear_silence(&mut self, samples: usize) {
        self.detector.handle_samples(std::iter::repeat_n(0, samples));
    }
}

/// A longer pause teaches the detector nothing more (100 ms).
const LONGEST_PAUSE: usize = 800;
