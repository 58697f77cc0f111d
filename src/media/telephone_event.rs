//! Keypad digits that a phone sends as named events in RTP, each once.
//!
//! A key press is one event with one timestamp; it is repeated in packets while the key is held and its end is sent
//! three times. A digit is reported with the first packet that is seen of it, be it a begin, a middle or an end.
//!
//! Not here: agreeing on the payload number (`sip`), digits in SIP INFO ([`super::info_digit`]) or as sound
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
