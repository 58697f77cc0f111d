//! Keypad digits that a phone sends as named events in RTP, each once.
//!
//! A key press is one event with one timestamp; it is repeated in packets while the key is held and its end is sent
//! three times. A digit is reported with the first packet that is seen of it, be it a begin, a middle or an end.
//!
//! Not here: agreeing on the payload number (`sip`), digits in SIP INFO ([`mod@super::info_digit`]) or as sound
//! ([`super::inband`]).
//!
//! RFC 4733 §2.3 (payload), §2.5.1.3 (long events), §2.5.1.4 (repeated ends).

use super::rtp::timestamp_distance;

/// Receives the events of one stream and tells each digit once.
#[derive(Debug, Default)]
pub struct EventReceiver {
    newest: Option<Press>,
}

/// The newest key press heard of.
#[derive(Debug, Clone, Copy)]
struct Press {
    event: u8,
    ssrc: u32,
    began: u32,
    /// The samples from its beginning to the latest end heard of.
    lasted: u32,
    /// The duration in the latest packet; a long press is cut into segments that each count from zero.
    segment: u32,
    progress: Progress,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Held,
    Released,
}

/// How a packet stands to the newest press.
enum Relation {
    /// A key press not heard of before.
    New,
    /// More about the newest press, which now ends this many samples after it began.
    Same { lasts: u32 },
    /// A straggler about a press before the newest.
    Old,
}

impl EventReceiver {
    /// Takes one event packet: its stream, its timestamp, its payload. Returns the digit if this is the first packet of
    /// a key press.
    pub fn handle_event(&mut self, ssrc: u32, timestamp: u32, payload: &[u8]) -> Option<char> {
        // A payload may hold several short events (§2.5.1.5); no phone packs key presses so, and some add junk.
        let [event, flags, duration @ ..] = payload.first_chunk::<4>()?;
        let lasts = u32::from(u16::from_be_bytes(*duration));
        let progress = if flags & END_BIT != 0 { Progress::Released } else { Progress::Held };
        let digit = digit_of(*event)?;

        let incoming =
            Press { event: *event, ssrc, began: timestamp, lasted: lasts, segment: lasts, progress };
        match self.relation(&incoming) {
            Relation::Old => None,
            Relation::Same { lasts } => {
                let press = self.newest.as_mut().expect("a packet can only resemble a press that is there");
                if lasts > press.lasted {
                    press.lasted = lasts;
                    press.segment = incoming.segment;
                }
                if progress == Progress::Released {
                    press.progress = Progress::Released;
                }
                None
            }
            Relation::New => {
                self.newest = Some(incoming);
                Some(digit)
            }
        }
    }

    fn relation(&self, incoming: &Press) -> Relation {
        let Some(newest) = &self.newest else { return Relation::New };
        if newest.ssrc != incoming.ssrc {
            return Relation::New;
        }
        let distance = timestamp_distance(newest.began, incoming.began);
        if distance < -OLD_WITHIN {
            // Too far back for a straggler: the phone began to count anew.
            return Relation::New;
        }
        let Ok(after) = u32::try_from(distance) else { return Relation::Old };
        let lasts = after.saturating_add(incoming.lasted);
        if after == 0 {
            return Relation::Same { lasts };
        }
        if newest.event != incoming.event {
            return Relation::New;
        }
        // The same key with another timestamp is the next segment of a long press, or comes from a phone that moves the
        // timestamp within a press, if it begins before the press can have ended; otherwise it was pressed again.
        let end = match newest.progress {
            Progress::Released => newest.lasted.saturating_sub(1),
            Progress::Held if newest.segment >= SEGMENT_NEARLY_FULL => {
                newest.lasted.saturating_add(SEGMENT - newest.segment + SLACK)
            }
            Progress::Held => newest.lasted.saturating_add(SLACK),
        };
        if after <= end { Relation::Same { lasts } } else { Relation::New }
    }
}

/// The key behind an event number: 0-9, `*`, `#`, A-D.
pub fn digit_of(event: u8) -> Option<char> {
    match event {
        0..=9 => Some(char::from(b'0' + event)),
        10 => Some('*'),
        11 => Some('#'),
        12..=15 => Some(char::from(b'A' + event - 12)),
        _ => None,
    }
}

const END_BIT: u8 = 0x80;
/// A packet this many samples before the newest press, or fewer, is a straggler (10 s).
const OLD_WITHIN: i32 = 80_000;
/// Phones round durations; a pause between two keys is never this short (10 ms).
const SLACK: u32 = 80;
/// The longest a segment of a long press can say it is.
const SEGMENT: u32 = 0xFFFF;
/// Near enough that the last packets of a segment may have been lost (half a second).
const SEGMENT_NEARLY_FULL: u32 = 0xF000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SSRC: u32 = 7;

    /// An event packet: timestamp and payload.
    type Packet = (u32, [u8; 4]);

    /// The packets of one key press: one every 20 ms while it is held, then the end three times.
    fn press(key: char, began: u32, milliseconds: u32) -> Vec<Packet> {
        let event = (0..16).find(|&event| digit_of(event) == Some(key)).expect("a key of the keypad");
        let samples = milliseconds * 8;
        let packet = |flags: u8, lasted: u32| {
            let [high, low] = u16::try_from(lasted).expect("a short press").to_be_bytes();
            (began, [event, flags | 10, high, low])
        };
        let middle = (160..samples).step_by(160).map(|lasted| packet(0, lasted));
        middle.chain(std::iter::repeat_n(packet(END_BIT, samples), 3)).collect()
    }

    /// The packets of one key press with the samples after its begin at which each is sent; `step` samples between two.
    fn press_every(key: char, began: u32, milliseconds: u32, step: u32) -> Vec<(u32, Packet)> {
        let event = (0..16).find(|&event| digit_of(event) == Some(key)).expect("a key of the keypad");
        let samples = milliseconds * 8;
        let packet = |flags: u8, lasted: u32| {
            let [high, low] = u16::try_from(lasted).expect("a short press").to_be_bytes();
            (lasted, (began, [event, flags | 10, high, low]))
        };
        let middle = (step..samples).step_by(step as usize).map(|lasted| packet(0, lasted));
        middle.chain(std::iter::repeat_n(packet(END_BIT, samples), 3)).collect()
    }

    /// A sequence of presses with pauses of 60 ms.
    fn dialled(keys: &str, milliseconds: u32) -> Vec<Vec<Packet>> {
        let apart = (milliseconds + 60) * 8;
        let beginnings = (0..).map(|n: u32| u32::MAX.wrapping_sub(500).wrapping_add(n.wrapping_mul(apart)));
        keys.chars().zip(beginnings).map(|(key, began)| press(key, began, milliseconds)).collect()
    }

    fn received<'a>(packets: impl IntoIterator<Item = &'a Packet>) -> String {
        let mut receiver = EventReceiver::default();
        packets.into_iter().filter_map(|(at, payload)| receiver.handle_event(SSRC, *at, payload)).collect()
    }

    #[test]
    fn every_key_is_one_digit_although_its_end_comes_three_times() {
        let keys = "0123456789*#ABCD";
        assert_eq!(received(dialled(keys, 100).iter().flatten()), keys);
    }

    #[test]
    fn a_key_pressed_twice_is_two_digits() {
        assert_eq!(received(dialled("1100", 60).iter().flatten()), "1100");
    }

    #[test]
    fn a_single_end_packet_is_enough() {
        let presses = dialled("4071", 60);
        assert_eq!(received(presses.iter().filter_map(|press| press.last())), "4071");
    }

    #[test]
    fn a_single_begin_packet_is_enough() {
        let presses = dialled("4411", 60);
        assert_eq!(received(presses.iter().filter_map(|press| press.first())), "4411");
    }

    #[test]
    fn ends_of_a_former_key_that_come_late_are_ignored() {
        let presses = dialled("12", 60);
        let late = presses[0].last().expect("an end");
        let packets =
            presses[0][..2].iter().chain(&presses[1][..2]).chain([late, late]).chain(&presses[1][2..]);
        assert_eq!(received(packets), "12");
    }

    #[test]
    fn a_key_held_for_half_a_minute_is_one_digit() {
        // RFC 4733 §2.5.1.3: a segment is 0xFFFF long at most, the next begins where it ended.
        let segment = |began: u32, last: u32, end: u8| {
            (160..=last).step_by(160).chain([last]).map(move |lasted| {
                let [high, low] = (lasted as u16).to_be_bytes();
                (began, [5, if lasted == last { end } else { 0 }, high, low])
            })
        };
        let segments = [(0, 0), (0xFFFF, 0), (2 * 0xFFFF, 0), (3 * 0xFFFF, END_BIT)];
        let mut packets: Vec<Packet> =
            segments.into_iter().flat_map(|(began, end)| segment(began, 0xFFFF, end)).collect();
        assert_eq!(received(&packets), "5");

        // Also when the turn of a segment was lost.
        packets.retain(|(_, payload)| u16::from_be_bytes([payload[2], payload[3]]) < 0xFF00);
        assert_eq!(received(&packets), "5");

        packets.extend(press('5', 4 * 0xFFFF + 800, 80));
        assert_eq!(received(&packets), "55");
    }

    #[test]
    fn a_phone_that_moves_the_timestamp_within_a_press_is_one_digit() {
        let moving = |(n, (at, payload)): (u32, Packet)| (at + n * 160, payload);
        let presses = [press('8', 0, 100), press('8', 8_000, 100)].map(|press| (0..).zip(press).map(moving));
        let packets: Vec<Packet> = presses.into_iter().flatten().collect();
        assert_eq!(received(&packets), "88");
    }

    #[test]
    fn a_lost_end_does_not_swallow_the_same_key_pressed_again() {
        let presses = dialled("11", 60);
        assert_eq!(received(presses[0][..2].iter().chain(&presses[1])), "11");
    }

    #[test]
    fn a_stream_begun_anew_is_heard() {
        let mut receiver = EventReceiver::default();
        let (_, payload) = press('3', 0, 60)[0];
        assert_eq!(receiver.handle_event(1, 1_000_000, &payload), Some('3'));
        assert_eq!(receiver.handle_event(2, 900_000, &payload), Some('3'), "another stream");
        assert_eq!(receiver.handle_event(2, 100_000, &payload), Some('3'), "its clock was set back");
    }

    #[test]
    fn what_is_no_key_is_no_digit() {
        let mut receiver = EventReceiver::default();
        for payload in [&b""[..], b"\x05", b"\x05\x0A\x00", b"\x10\x0A\x00\xA0", b"\xFF\xFF\xFF\xFF"] {
            assert_eq!(receiver.handle_event(SSRC, 0, payload), None, "{payload:?}");
        }
    }

    proptest! {
        /// A wire that loses, doubles and swaps; of each press at least one packet comes through.
        #[test]
        fn a_bad_wire_neither_loses_nor_doubles_a_digit(
            keys in "[0-9*#A-D]{1,12}",
            milliseconds in 40u32..300,
            wire in prop::collection::vec((0u8..10, any::<prop::sample::Index>()), 12 * 20),
        ) {
            let mut packets = Vec::new();
            let mut luck = wire.into_iter();
            for press in dialled(&keys, milliseconds) {
                let mut through = Vec::new();
                let mut survivor = press[0];
                for packet in press {
                    let (fate, choice) = luck.next().expect("enough luck for 12 keys of 18 packets");
                    match fate {
                        0..=3 => {}
                        4 | 5 => through.extend([packet, packet]),
                        6 => through.insert(choice.index(through.len() + 1), packet),
                        _ => through.push(packet),
                    }
                    if fate > 4 { survivor = packet }
                }
                if through.is_empty() { through.push(survivor) }
                packets.extend(through);
            }
            prop_assert_eq!(received(&packets), keys);
        }

        /// Any phone on any wire within the limits of RFC 4733: packets every 10 to 60 ms, ends repeated, keys and pauses of
        /// 40 ms or more; packets are lost, doubled and overtaken, but one of each key comes before the next key's first.
        #[test]
        fn as_many_digits_come_out_as_keys_were_pressed(
            keys in prop::collection::vec(
                (0usize..16, 40u32..300, 40u32..300, prop::sample::select(vec![80u32, 160, 400, 480])), 1..10),
            began in any::<u32>(),
            wire in prop::collection::vec((0u8..10, 0u32..100, 0u32..100), 10 * 34),
        ) {
            let mut luck = wire.into_iter().cycle();
            let (mut now, mut arrivals, mut pressed) = (0u32, Vec::new(), String::new());
            for (key, lasted, pause, step) in keys {
                let key = char::from(b"0123456789*#ABCD"[key]);
                pressed.push(key);
                let press = press_every(key, began.wrapping_add(now), lasted, step);
                let mut survivors = Vec::new();
                for (count, (sent, packet)) in press.iter().enumerate() {
                    let (fate, late, later) = luck.next().expect("luck goes round");
                    let is_last_hope = survivors.is_empty() && count + 1 == press.len();
                    let delay = |late: u32| now + sent + late * pause * 8 / 100;
                    match fate {
                        0..=4 if !is_last_hope => {}
                        5 | 6 => survivors.extend([(delay(late), *packet), (delay(later), *packet)]),
                        _ => survivors.push((delay(late), *packet)),
                    }
                }
                arrivals.extend(survivors);
                now += (lasted + pause) * 8;
            }
            arrivals.sort_by_key(|(at, _)| *at);
            prop_assert_eq!(received(arrivals.iter().map(|(_, packet)| packet)), pressed);
        }

        /// Ends are sent again after the next key went down.
        #[test]
        fn stragglers_of_former_keys_change_nothing(
            keys in "[0-9]{2,12}", lag in 1usize..6,
        ) {
            let presses = dialled(&keys, 80);
            let mut packets: Vec<Packet> = Vec::new();
            for (n, press) in presses.iter().enumerate() {
                packets.extend(&press[..2]);
                packets.extend(presses[n.saturating_sub(lag)..n].iter().filter_map(|former| former.last()));
                packets.extend(&press[2..]);
            }
            prop_assert_eq!(received(&packets), keys);
        }

        #[test]
        fn no_packet_makes_the_receiver_fall(
            packets in prop::collection::vec(
                (0u32..3, any::<u32>(), prop::collection::vec(any::<u8>(), 0..8)), 0..60),
        ) {
            let mut receiver = EventReceiver::default();
            for (ssrc, timestamp, payload) in packets {
                receiver.handle_event(ssrc, timestamp, &payload);
            }
        }
    }
}
