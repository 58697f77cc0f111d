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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Codec, Language, Prompt, PromptLibrary};
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// A keypad that can be out of tune, out of balance and noisy; levels in dB below full scale.
    #[derive(Clone, Copy)]
    struct Keypad {
        row_level: f32,
        column_level: f32,
        pitch: f32,
        on_ms: usize,
        off_ms: usize,
        noise: Option<f32>,
        lead: usize,
    }

    const PLAIN: Keypad = Keypad {
        row_level: -14.0,
        column_level: -12.0,
        pitch: 1.0,
        on_ms: 80,
        off_ms: 80,
        noise: None,
        lead: 500,
    };
    const ALL_KEYS: &str = "1234567890*#ABCD";

    impl Keypad {
        fn press(self, keys: &str) -> Vec<i16> {
            let mut noise = noise(self.noise);
            let mut sound: Vec<i16> = (0..self.lead).map(|_| to_pcm(noise())).collect();
            for key in keys.chars() {
                let (row, column) = tones_of(key);
                let wave = |n: usize, frequency: f32, level: f32| {
                    let at = n as f32 / SAMPLES_PER_SECOND;
                    gain(level) * (std::f32::consts::TAU * frequency * self.pitch * at).sin()
                };
                let tone = |n| wave(n, row, self.row_level) + wave(n, column, self.column_level);
                sound.extend((0..self.on_ms * 8).map(|n| to_pcm(tone(n) + noise())));
                sound.extend((0..self.off_ms * 8).map(|_| to_pcm(noise())));
            }
            sound
        }

        fn is_heard(self, keys: &str) -> bool {
            heard(&self.press(keys)) == keys
        }
    }

    fn tones_of(key: char) -> (f32, f32) {
        let places = (0..4).flat_map(|row| (0..4).map(move |column| (row, column)));
        let (row, column) =
            places.into_iter().find(|&(row, column)| KEYS[row][column] == key).expect("a key of the keypad");
        (ROWS[row], COLUMNS[column])
    }

    fn gain(decibel: f32) -> f32 {
        10f32.powf(decibel / 20.0)
    }

    fn to_pcm(value: f32) -> i16 {
        (value * 32_767.0) as i16
    }

    /// White noise of a level, or silence.
    fn noise(level: Option<f32>) -> impl FnMut() -> f32 {
        let mut random = ChaCha8Rng::seed_from_u64(4733);
        // A uniform value has an RMS of its peak over the root of three.
        let peak = level.map_or(0.0, |level| gain(level) * 3f32.sqrt());
        move || (random.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0) * peak
    }

    fn heard(sound: &[i16]) -> String {
        let mut detector = ToneDetector::new();
        let mut digits = String::new();
        for packet in sound.chunks(160) {
            detector.handle_samples(packet.iter().copied());
            digits.extend(std::iter::from_fn(|| detector.poll_digit()));
        }
        digits
    }

    #[test]
    fn every_key_is_heard_once() {
        assert_eq!(heard(&PLAIN.press(ALL_KEYS)), ALL_KEYS);
        assert_eq!(heard(&PLAIN.press("1100")), "1100");
    }

    #[test]
    fn forty_milliseconds_on_and_off_are_enough_wherever_they_begin() {
        for lead in 0..80 {
            let keypad = Keypad { on_ms: 40, off_ms: 40, lead, ..PLAIN };
            assert_eq!(heard(&keypad.press("4071122*#")), "4071122*#", "begun at sample {lead}");
        }
    }

    #[test]
    fn a_blip_of_twenty_milliseconds_is_no_key() {
        assert_eq!(heard(&Keypad { on_ms: 20, ..PLAIN }.press(ALL_KEYS)), "");
    }

    #[test]
    fn a_key_held_long_is_one_digit_and_a_short_gap_does_not_break_it() {
        assert_eq!(heard(&Keypad { on_ms: 5_000, ..PLAIN }.press("7")), "7");
        let mut sound = Keypad { on_ms: 400, ..PLAIN }.press("7");
        sound[2_000..2_120].fill(0);
        assert_eq!(heard(&sound), "7");
    }

    #[test]
    fn both_laws_of_g711_let_the_tones_through() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let sound = Keypad { on_ms: 40, off_ms: 40, ..PLAIN }.press(ALL_KEYS);
            let through: Vec<i16> = sound.iter().map(|&sample| codec.decode(codec.encode(sample))).collect();
            assert_eq!(heard(&through), ALL_KEYS, "{codec:?}");
        }
    }

    #[test]
    fn tones_slightly_off_pitch_are_taken_and_far_off_are_not() {
        for pitch in [0.982, 0.985, 0.99, 1.01, 1.015, 1.018] {
            assert!(Keypad { pitch, ..PLAIN }.is_heard(ALL_KEYS), "pitch {pitch}");
        }
        for pitch in [0.94, 1.06] {
            assert_eq!(heard(&Keypad { pitch, ..PLAIN }.press(ALL_KEYS)), "", "pitch {pitch}");
        }
    }

    #[test]
    fn twist_is_taken_as_far_as_q24_asks_and_not_much_further() {
        for (row_level, column_level) in [(-14.0, -10.0), (-10.0, -18.0)] {
            assert!(
                Keypad { row_level, column_level, ..PLAIN }.is_heard(ALL_KEYS),
                "{row_level} {column_level}"
            );
        }
        for (row_level, column_level) in [(-20.0, -10.0), (-10.0, -24.0)] {
            assert_eq!(heard(&Keypad { row_level, column_level, ..PLAIN }.press(ALL_KEYS)), "");
        }
    }

    #[test]
    fn loud_and_quiet_keys_are_heard_and_whispers_are_not() {
        for level in [-7.0, -20.0, -30.0, -38.0] {
            assert!(
                Keypad { row_level: level, column_level: level, ..PLAIN }.is_heard(ALL_KEYS),
                "{level} dB"
            );
        }
        assert_eq!(heard(&Keypad { row_level: -55.0, column_level: -55.0, ..PLAIN }.press(ALL_KEYS)), "");
    }

    #[test]
    fn noise_twelve_decibels_below_the_tones_hides_no_digit() {
        assert!(Keypad { noise: Some(-24.0), on_ms: 60, off_ms: 60, ..PLAIN }.is_heard("4071122*#ABCD99"));
    }

    #[test]
    fn noise_and_single_tones_are_no_digits() {
        let mut hiss = noise(Some(-15.0));
        let hiss: Vec<i16> = (0..8_000 * 60).map(|_| to_pcm(hiss())).collect();
        assert_eq!(heard(&hiss), "");
        for frequency in (300..3_400).step_by(7) {
            let whistle =
                |n| (std::f32::consts::TAU * frequency as f32 * n as f32 / SAMPLES_PER_SECOND).sin();
            let sound: Vec<i16> = (0..1_600).map(|n| to_pcm(0.3 * whistle(n))).collect();
            assert_eq!(heard(&sound), "", "{frequency} Hz");
        }
    }

    #[test]
    fn call_progress_tones_are_no_digits() {
        for (low, high) in [(350.0, 440.0), (440.0, 480.0), (480.0, 620.0), (425.0, 425.0), (950.0, 1_400.0)]
        {
            let tone =
                |n, frequency: f32| (std::f32::consts::TAU * frequency * n as f32 / SAMPLES_PER_SECOND).sin();
            let sound: Vec<i16> = (0..16_000).map(|n| to_pcm(0.2 * (tone(n, low) + tone(n, high)))).collect();
            assert_eq!(heard(&sound), "", "{low} and {high} Hz");
        }
    }

    fn every_prompt() -> impl Iterator<Item = (Language, Prompt, Vec<i16>)> {
        let library = PromptLibrary::new();
        let prompts_in = |&language| Prompt::ALL.iter().map(move |&prompt| (language, prompt));
        Language::ALL.iter().flat_map(prompts_in).map(move |(language, prompt)| {
            let audio = library.audio(language, prompt);
            (language, prompt, audio.ulaw().iter().map(|&byte| Codec::Pcmu.decode(byte)).collect())
        })
    }

    #[test]
    fn speech_is_not_taken_for_digits() {
        for (language, prompt, speech) in every_prompt() {
            assert_eq!(heard(&speech), "", "{language} {prompt}");
        }
    }

    /// The prompt as it comes back from a loudspeaker into the microphone: quieter, in a room, through the other law.
    #[test]
    fn the_echo_of_a_prompt_is_not_taken_for_digits() {
        for (language, prompt, speech) in every_prompt() {
            let at = |n: usize| f32::from(speech.get(n).copied().unwrap_or(0));
            let echo = (0..speech.len()).map(|n| {
                let reflected = |delay: usize| if n < delay { 0.0 } else { at(n - delay) };
                let sample = 0.3 * reflected(0) + 0.15 * reflected(97) + 0.1 * reflected(343);
                Codec::Pcma.decode(Codec::Pcma.encode(sample as i16))
            });
            assert_eq!(heard(&echo.collect::<Vec<_>>()), "", "{language} {prompt}");
        }
    }

    #[test]
    fn keys_are_heard_over_the_echo_of_a_prompt() {
        let keys = "4071#";
        let pressed = PLAIN.press(keys);
        for (language, prompt, speech) in every_prompt().take(6) {
            let echo = speech.iter().cycle().map(|&sample| sample / 8);
            let both: Vec<i16> =
                pressed.iter().zip(echo).map(|(&key, echo)| key.saturating_add(echo)).collect();
            assert_eq!(heard(&both), keys, "{language} {prompt}");
        }
    }
}
