//! Keys: which way a caller's keys come, and which of them are one (HOTDESK rule 8).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::LONGEST_ENTRY;

/// Where a digit came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitSource {
    /// RFC 4733 packets, or tones in the sound where none were agreed.
    Media,
    /// A SIP INFO request.
    Info,
}

/// A key that comes by INFO and as sound comes as sound so much later at most.
pub const ECHO: Duration = Duration::from_millis(500);

/// Which way the keys come.
#[derive(Debug)]
pub(super) struct Keys {
    way: DigitSource,
    /// The digits that came by INFO last, and when: those the sound may bring once more.
    informed: VecDeque<(char, Instant)>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { way: DigitSource::Info, informed: VecDeque::new() }
    }
}

impl Keys {
    /// Whether this is a digit of its own; HOTDESK rule 8, and not one that came by INFO just before.
    pub(super) fn is_new(&mut self, digit: char, source: DigitSource, now: Instant) -> bool {
        match (source, self.way) {
            (DigitSource::Info, DigitSource::Media) => return false,
            (DigitSource::Info, DigitSource::Info) => {
                if self.informed.len() == LONGEST_ENTRY {
                    self.informed.pop_front();
                }
                self.informed.push_back((digit, now));
                return true;
            }
            (DigitSource::Media, _) => self.way = DigitSource::Media,
        }
        self.informed.retain(|(_, at)| now < *at + ECHO);
        let Some(place) = self.informed.iter().position(|(informed, _)| *informed == digit) else {
            self.informed.clear();
            return true;
        };
        self.informed.drain(..=place);
        false
    }
}
