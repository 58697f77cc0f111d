//! Keypad digits that a phone sends as sound: two tones at once, one of a row, one of a column.
//!
//! Windows of 20 ms, a new one every 5 ms, are measured at the eight frequencies (Goertzel). A window shows a key when
//! two tones hold most of its energy, at comparable strength; a digit is told when several windows in a row show the same
//! key, and again only after a pause. Speech seldom puts three quarters of its energy into two such tones for 35 ms.
//!
//! Not here: the RTP side (`tone_receiver`). Used only where no telephone-event was agreed.
//!
//! ITU-T Q.23 (frequencies), Q.24 (what a receiver must take and must not).

use std::collections::VecDeque;

/// Listens to 8 kHz samples and tells each key once.
#[derive(Debug)]
pub struct ToneDetector {
    tones: Tones,
    window: [f32; WINDOW],
    /// Where the next sample goes in the ring, which is also where the oldest is.
    at: usize,
    fresh: usize,
    candidate: Option<Candidate>,
    held: Option<Held>,
    digits: VecDeque<char>,
}

/// A key seen in the last windows, not yet long enough.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    key: char,
    windows: u8,
}

/// A key that was told and not yet let go.
#[derive(Debug, Clone, Copy)]
struct Held {
    key: char,
    windows_without: u8,
}

impl Default for ToneDetector {
    fn default() -> ToneDetector {
        ToneDetector::new()
    }
}

impl ToneDetector {
    /// A detector that has heard nothing.
    pub fn new() -> ToneDetector {
        ToneDetector {
            tones: Tones::new(),
            window: [0.0; WINDOW],
            at: 0,
            fresh: 0,
            candidate: None,
            held: None,
            digits: VecDeque::new(),
        }
    }

    /// Takes the next samples, in any number.
    pub fn handle_samples(&mut self, samples: impl IntoIterator<Item = i16>) {
        for sample in samples {
            self.window[self.at] = f32::from(sample);
            self.at = (self.at + 1) % WINDOW;
            self.fresh += 1;
            if self.fresh == HOP {
                self.fresh = 0;
                self.handle_window();
            }
        }
    }

    /// The next digit; drain it after samples were handed in.
    pub fn poll_digit(&mut self) -> Option<char> {
        self.digits.pop_front()
    }

    fn handle_window(&mut self) {
        // The phase at which a ring is read does not matter to the energies, but its order does.
        let mut ordered = [0.0; WINDOW];
        ordered[..WINDOW - self.at].copy_from_slice(&self.window[self.at..]);
        ordered[WINDOW - self.at..].copy_from_slice(&self.window[..self.at]);

        let seen = self.tones.key_in(&ordered);
        self.candidate = seen.map(|key| match self.candidate {
            Some(candidate) if candidate.key == key => {
                Candidate { key, windows: candidate.windows.saturating_add(1) }
            }
            Some(_) | None => Candidate { key, windows: 1 },
        });
        if let Some(held) = &mut self.held {
            held.windows_without = if seen == Some(held.key) { 0 } else { held.windows_without + 1 };
            if held.windows_without >= RELEASE_WINDOWS {
                self.held = None;
            }
        }
        if let Some(Candidate { key, windows }) = self.candidate
            && windows >= HIT_WINDOWS
            && self.held.is_none_or(|held| held.key != key)
        {
            self.held = Some(Held { key, windows_without: 0 });
            if self.digits.len() < MAX_WAITING {
                self.digits.push_back(key);
            }
        }
    }
}

/// The Goertzel coefficients of the eight tones, each at its frequency, a little below, and a little above.
#[derive(Debug)]
struct Tones {
    rows: [[f32; 3]; 4],
    columns: [[f32; 3]; 4],
}

impl Tones {
    fn new() -> Tones {
        let coefficients = |frequency: f32| {
            [1.0, 1.0 - OFF_PITCH, 1.0 + OFF_PITCH]
                .map(|pitch| 2.0 * (std::f32::consts::TAU * frequency * pitch / SAMPLES_PER_SECOND).cos())
        };
        Tones { rows: ROWS.map(coefficients), columns: COLUMNS.map(coefficients) }
    }

    /// The key whose tones are what is to be heard in this window.
    fn key_in(&self, window: &[f32; WINDOW]) -> Option<char> {
        let energy: f32 = window.iter().map(|sample| sample * sample).sum();
        if energy < QUIETEST {
            return None;
        }
        let (row, row_power) = strongest(window, &self.rows)?;
        let (column, column_power) = strongest(window, &self.columns)?;

        // For a pure tone |X|² is energy · N / 2, so this is the share of the window's energy.
        let share = 2.0 * (row_power + column_power) / (WINDOW as f32 * energy);
        let is_tonal = share >= LEAST_SHARE;
        let is_balanced =
            column_power <= row_power * COLUMN_OVER_ROW && row_power <= column_power * ROW_OVER_COLUMN;
        (is_tonal && is_balanced).then_some(KEYS[row][column])
    }
}

/// The strongest tone of a group and its power, if it stands out from the others of the group.
fn strongest(window: &[f32; WINDOW], group: &[[f32; 3]; 4]) -> Option<(usize, f32)> {
    let powers = group.map(|[exact, ..]| power(window, exact));
    let best = (0..4).max_by(|&a, &b| powers[a].total_cmp(&powers[b]))?;
    let stands_out = (0..4).all(|other| other == best || powers[other] * STANDS_OUT <= powers[best]);
    // A tone that is off pitch shows its whole power only at its own frequency.
    let full = group[best].iter().map(|&coefficient| power(window, coefficient)).fold(0.0, f32::max);
    stands_out.then_some((best, full))
}

/// |X|² of the window at one frequency.
fn power(window: &[f32; WINDOW], coefficient: f32) -> f32 {
    let (mut last, mut before) = (0.0, 0.0);
    for sample in window {
        (last, before) = (sample + coefficient * last - before, last);
    }
    last * last + before * before - coefficient * last * before
}

const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

const SAMPLES_PER_SECOND: f32 = 8000.0;
/// 20 ms: wide enough to tell 697 from 770 Hz, narrow enough to lie within a tone of 40 ms several times.
const WINDOW: usize = 160;
/// 5 ms.
const HOP: usize = 40;
/// A tone of 40 ms holds four whole windows wherever it begins.
const HIT_WINDOWS: u8 = 4;
/// A pause of 40 ms leaves nine windows without a tone; a lost packet of 20 ms leaves fewer than eight.
const RELEASE_WINDOWS: u8 = 8;
/// Tones may be 1.8 % off pitch; beside the exact frequency the power is taken at this offset.
const OFF_PITCH: f32 = 0.012;
/// About -42 dB below full scale: quieter is the noise of a room.
const QUIETEST: f32 = 260.0 * 260.0 / 2.0 * WINDOW as f32;
/// The share of the window's energy that the two tones must hold.
const LEAST_SHARE: f32 = 0.75;
/// 8 dB above the other tones of the group.
const STANDS_OUT: f32 = 6.3;
/// Twist, with a margin over the 4 dB and 8 dB of Q.24.
const COLUMN_OVER_ROW: f32 = 3.2;
const ROW_OVER_COLUMN: f32 = 8.0;
/// Digits wait here only until the packet that brought them is done.
const MAX_WAITING: usize = 32;
