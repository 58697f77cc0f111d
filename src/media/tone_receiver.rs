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

    /// Takes a packet of another kind: comfort noise (RFC 3389), or an event nobody agreed on. It has its place in the order,
    /// so that nobody waits for it, and holds nothing to be heard.
    pub fn handle_other(&mut self, packet: &RtpPacket<'_>) {
        let Some(stream) = self.stream.as_mut().filter(|stream| stream.ssrc == packet.ssrc) else { return };
        stream.order.handle_packet(packet.sequence, packet.timestamp, &[]);
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
            Frame::Packet(_, payload) if payload.is_empty() => self.bridge = Bridge::Used,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The packets of keys `5` and `#` pressed for 100 ms with a pause of 80 ms between, as payloads of 160 bytes.
    fn keyed(codec: Codec) -> Vec<Vec<u8>> {
        let tone = |frequency: f32, n: usize| (std::f32::consts::TAU * frequency * n as f32 / 8_000.0).sin();
        let key = |row: f32, column: f32| move |n: usize| 6_000.0 * (tone(row, n) + tone(column, n));
        let quiet = |samples: usize| std::iter::repeat_n(0.0, samples);
        let five = (0..800).map(key(770.0, 1336.0));
        let hash = (0..800).map(key(941.0, 1477.0));
        let sound: Vec<u8> = quiet(700)
            .chain(five)
            .chain(quiet(640))
            .chain(hash)
            .chain(quiet(800))
            .map(|sample| codec.encode(sample as i16))
            .collect();
        sound.chunks_exact(160).map(<[u8]>::to_vec).collect()
    }

    fn heard(codec: Codec, packets: impl IntoIterator<Item = (u16, Vec<u8>)>) -> String {
        let mut receiver = ToneReceiver::default();
        let mut digits = String::new();
        for (n, payload) in packets {
            let packet = RtpPacket {
                payload_type: codec.static_payload_type(),
                marker: false,
                sequence: 65_530u16.wrapping_add(n),
                timestamp: u32::MAX.wrapping_sub(900).wrapping_add(u32::from(n) * 160),
                ssrc: 1,
                payload: &payload,
            };
            receiver.handle_packet(&packet, codec);
            digits.extend(std::iter::from_fn(|| receiver.poll_digit()));
        }
        digits
    }

    #[test]
    fn keys_are_heard_in_both_laws() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            assert_eq!(heard(codec, (0..).zip(keyed(codec))), "5#");
        }
    }

    #[test]
    fn one_lost_packet_anywhere_loses_no_key_and_doubles_none() {
        let packets: Vec<(u16, Vec<u8>)> = (0..).zip(keyed(Codec::Pcma)).collect();
        for lost in 0..packets.len() as u16 {
            let through = packets.iter().filter(|(n, _)| *n != lost).cloned();
            assert_eq!(heard(Codec::Pcma, through), "5#", "without packet {lost}");
        }
    }

    #[test]
    fn packets_that_overtake_one_another_change_nothing() {
        let mut packets: Vec<(u16, Vec<u8>)> = (0..).zip(keyed(Codec::Pcma)).collect();
        packets[1..].chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        assert_eq!(heard(Codec::Pcma, packets), "5#");
    }

    #[test]
    fn a_pause_that_was_not_sent_still_parts_two_keys() {
        let mut receiver = ToneReceiver::default();
        let tone = keyed(Codec::Pcma)[5..9].to_vec();
        let mut digits = String::new();
        let beginnings = [0u32, 2_000].into_iter().flat_map(|began| (0..4).map(move |n| began + n * 160));
        for ((sequence, timestamp), payload) in (0u16..).zip(beginnings).zip(tone.iter().cycle()) {
            let marker = false;
            let packet = RtpPacket { payload_type: 8, marker, sequence, timestamp, ssrc: 1, payload };
            receiver.handle_packet(&packet, Codec::Pcma);
            digits.extend(std::iter::from_fn(|| receiver.poll_digit()));
        }
        assert_eq!(digits, "55");
    }

    /// What is heard of packets in this order: sequence, timestamp, and the sound, or `None` for comfort noise.
    fn heard_with_noise(packets: &[(u16, u32, Option<&[u8]>)]) -> String {
        let mut receiver = ToneReceiver::default();
        let mut digits = String::new();
        for &(sequence, timestamp, sound) in packets {
            let payload_type = if sound.is_some() { 8 } else { 13 };
            let payload = sound.unwrap_or(&[30]);
            let packet = RtpPacket { payload_type, marker: false, sequence, timestamp, ssrc: 1, payload };
            match sound {
                Some(_) => receiver.handle_packet(&packet, Codec::Pcma),
                None => receiver.handle_other(&packet),
            }
            digits.extend(std::iter::from_fn(|| receiver.poll_digit()));
        }
        digits
    }

    #[test]
    fn comfort_noise_between_two_keys_disturbs_neither() {
        let tone = &keyed(Codec::Pcma)[5..9];
        let sound = |n: usize| Some(&*tone[n]);
        let key = |sequence: u16, began: u32| {
            (0..4usize).map(move |n| (sequence + n as u16, began + n as u32 * 160, sound(n)))
        };
        let mut packets: Vec<_> = key(0, 0).collect();
        packets.push((4, 640, None));
        packets.extend(key(5, 2_000));
        assert_eq!(heard_with_noise(&packets), "55");

        // The noise comes late, or is lost: the second key is heard all the same, and the first does not go on through it.
        packets.swap(4, 5);
        assert_eq!(heard_with_noise(&packets), "55");
        packets.remove(5);
        assert_eq!(heard_with_noise(&packets), "55");
    }

    /// Keys of 100 ms with pauses of 100 ms, in packets of so many samples.
    fn keyed_in(keys: &str, codec: Codec, samples: usize) -> Vec<Vec<u8>> {
        const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
        const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
        let tone = |frequency: f32, n: usize| (std::f32::consts::TAU * frequency * n as f32 / 8_000.0).sin();
        let mut sound = vec![0.0; 800];
        for key in keys.chars() {
            let place = "123A456B789C*0#D".find(key).expect("a key of the keypad");
            let (row, column) = (ROWS[place / 4], COLUMNS[place % 4]);
            sound.extend((0..800).map(|n| 6_000.0 * (tone(row, n) + tone(column, n))));
            sound.extend([0.0; 800]);
        }
        sound.extend([0.0; 1_600]);
        let packed: Vec<u8> = sound.into_iter().map(|sample| codec.encode(sample as i16)).collect();
        packed.chunks_exact(samples).map(<[u8]>::to_vec).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// Packets of 10 to 60 ms, overtaken by the next, doubled, also much later; of the short ones some are lost, not two of
        /// one key.
        #[test]
        fn keys_are_heard_through_any_wire(
            keys in "[0-9*#]{1,6}", law in any::<bool>(), samples in prop::sample::select(vec![80usize, 160, 240, 480]),
            wire in prop::collection::vec(0u8..8, 40), first_lost in 0u32..10,
        ) {
            let codec = if law { Codec::Pcma } else { Codec::Pcmu };
            let mut packets: Vec<(u32, (u32, Vec<u8>))> = Vec::new();
            for ((count, payload), fate) in
                (0u32..).zip(keyed_in(&keys, codec, samples)).zip(wire.into_iter().cycle())
            {
                let packet = (count, payload);
                match fate {
                    0 => packets.push((count * 10 + 15, packet)),
                    1 => packets.extend([(count * 10, packet.clone()), (count * 10 + 1, packet)]),
                    // Not two in a row, which would be a stream begun anew.
                    2 if count % 3 == 0 => {
                        packets.extend([(count * 10, packet.clone()), (count * 10 + 700, packet)]);
                    }
                    _ => packets.push((count * 10, packet)),
                }
            }
            packets.sort_by_key(|(at, _)| *at);
            let mut packets: Vec<_> = packets.into_iter().map(|(_, packet)| packet).collect();
            if samples <= 160 {
                packets.retain(|(count, _)| count % 10 != first_lost);
            }
            let mut receiver = ToneReceiver::default();
            let mut digits = String::new();
            for (count, payload) in &packets {
                let timestamp = count * samples as u32;
                let (sequence, payload_type) = (*count as u16, codec.static_payload_type());
                let packet = RtpPacket { payload_type, marker: false, sequence, timestamp, ssrc: 1, payload };
                receiver.handle_packet(&packet, codec);
                digits.extend(std::iter::from_fn(|| receiver.poll_digit()));
            }
            prop_assert_eq!(digits, keys);
        }

        #[test]
        fn no_packets_make_the_receiver_fall(
            packets in prop::collection::vec(
                (any::<u16>(), any::<u32>(), 0u32..2, prop::collection::vec(any::<u8>(), 0..200)), 0..60),
        ) {
            let mut receiver = ToneReceiver::default();
            for (sequence, timestamp, ssrc, payload) in packets {
                let packet =
                    RtpPacket { payload_type: 0, marker: false, sequence, timestamp, ssrc, payload: &payload };
                receiver.handle_packet(&packet, Codec::Pcmu);
                while receiver.poll_digit().is_some() {}
            }
        }
    }
}
