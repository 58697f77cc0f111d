//! The voice menu: what it asks and what the keys mean.
//!
//! Owns one small dialogue per voice call: say something and hang up, or ask for a PIN, or for an ID and then a PIN, and
//! wait for the verdict. HOTDESK rule 8: `#` or five seconds after the last digit end an entry; the first digit has five
//! seconds from the end of the prompt; digits during the prompt count and silence it; three attempts a call; once a call
//! has brought one RFC 4733 digit, its INFO digits are ignored, and a key that came both ways is one digit. An entry
//! without a digit is an attempt, but no PIN. While the caller holds the call, nobody hears the voice, and its patience
//! rests.
//!
//! Not here: whose ID it is and whether the PIN is right (`exchange`), what a login does (`hotdesk`), the sound (`media`).

mod keys;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::media::prompt::Prompt;
use crate::model::{CallId, Language, Secret};
use keys::Keys;
pub use keys::{DigitSource, ECHO};

/// How long the voice waits for the first digit, counted from the end of the prompt, and after each further one (K11).
pub const DIGIT_PATIENCE: Duration = Duration::from_secs(5);

/// How many PINs one call may try.
pub const ATTEMPTS: u8 = 3;

/// The longest entry that is collected; further digits are dropped.
pub const LONGEST_ENTRY: usize = 16;

/// The keys that mean something here; A to D are on no desk phone, and all the more easily heard where nobody keyed.
const KEYPAD: &str = "0123456789*#";

/// How long a prompt may take before it counts as finished, should the sound side stay silent.
const LONGEST_PROMPT: Duration = Duration::from_secs(20);

/// The dialogues of all voice calls.
#[derive(Debug, Default)]
pub struct Ivr {
    dialogues: BTreeMap<CallId, Dialogue>,
    outputs: VecDeque<Output>,
}

/// What a dialogue wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Say this; tell when it has been said.
    Play {
        /// The call.
        call: CallId,
        /// What.
        prompt: Prompt,
        /// In which language.
        language: Language,
    },
    /// Be silent: the caller is keying.
    Silence {
        /// The call.
        call: CallId,
    },
    /// Something whole was keyed; the verdict is given by [`Ivr::verdict`].
    Entered {
        /// The call.
        call: CallId,
        /// What was asked for.
        question: Question,
        /// What was keyed.
        digits: Secret,
    },
    /// The dialogue is over; end the call.
    Finished {
        /// The call.
        call: CallId,
    },
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Who somebody is (F11): the PIN is asked for afterwards.
    Id,
    /// The PIN.
    Pin,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken; now the PIN.
    AskPin,
    /// Wrong; the whole may be tried again while attempts are left.
    Wrong,
    /// Settled: say these one after the other and hang up.
    Settled(Vec<Prompt>),
}

#[derive(Debug)]
struct Dialogue {
    language: Language,
    step: Step,
    keys: Keys,
    line: Line,
}

/// Whether the caller can hear the voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Open,
    Held,
}

#[derive(Debug)]
enum Step {
    /// Saying the last things; the call ends with them.
    Farewell { next: VecDeque<Prompt>, until: Instant },
    /// Saying what to key; no digit has come yet.
    Asking { entry: Entry, prompt: Asked, until: Instant },
    /// Collecting digits.
    Collecting { entry: Entry, digits: String, until: Instant },
    /// A whole entry is with those who know.
    Deciding { entry: Entry },
}

/// Whether the caller has been told what to key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    NotYet,
    ToTheEnd,
}

/// What is being entered.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// What is asked for now.
    question: Question,
    /// What each attempt begins with.
    first: Question,
    attempt: u8,
}

impl Ivr {
    /// Starts asking.
    pub fn ask(&mut self, call: CallId, first: Question, language: Language, now: Instant) {
        let step = Step::asking(Entry { question: first, first, attempt: 1 }, now);
        self.dialogues.insert(call, Dialogue::new(language, step));
        self.outputs.push_back(Output::Play { call, prompt: prompt_for(first), language });
    }

    /// Waits for the verdict on something that nobody was asked for.
    pub fn wait(&mut self, call: CallId, language: Language) {
        let entry = Entry { question: Question::Pin, first: Question::Pin, attempt: ATTEMPTS };
        self.dialogues.insert(call, Dialogue::new(language, Step::Deciding { entry }));
    }

    /// Says one thing and ends.
    pub fn say(&mut self, call: CallId, prompt: Prompt, language: Language, now: Instant) {
        let step = Step::Farewell { next: VecDeque::new(), until: now + LONGEST_PROMPT };
        self.dialogues.insert(call, Dialogue::new(language, step));
        self.outputs.push_back(Output::Play { call, prompt, language });
    }

    /// Takes a digit the caller keyed.
    pub fn handle_digit(&mut self, call: CallId, digit: char, source: DigitSource, now: Instant) {
        let Some(dialogue) = self.dialogues.get_mut(&call) else { return };
        if !dialogue.keys.is_new(digit, source, now) || !KEYPAD.contains(digit) {
            return;
        }
        match &mut dialogue.step {
            Step::Asking { entry, .. } => {
                let entry = *entry;
                self.outputs.push_back(Output::Silence { call });
                dialogue.step =
                    Step::Collecting { entry, digits: String::new(), until: now + DIGIT_PATIENCE };
                self.collect(call, digit, now);
            }
            Step::Collecting { .. } => self.collect(call, digit, now),
            Step::Deciding { .. } | Step::Farewell { .. } => {}
        }
    }

    /// Takes the news that a prompt has been said to its end.
    pub fn handle_played(&mut self, call: CallId, now: Instant) {
        let Some(dialogue) = self.dialogues.get_mut(&call) else { return };
        match &mut dialogue.step {
            Step::Asking { prompt, until, .. } => {
                *prompt = Asked::ToTheEnd;
                *until = now + DIGIT_PATIENCE;
            }
            Step::Farewell { next, until } => match next.pop_front() {
                Some(prompt) => {
                    *until = now + LONGEST_PROMPT;
                    let language = dialogue.language;
                    self.outputs.push_back(Output::Play { call, prompt, language });
                }
                None => self.finish(call),
            },
            Step::Collecting { .. } | Step::Deciding { .. } => {}
        }
    }

    /// Takes the verdict on what was entered.
    pub fn verdict(&mut self, call: CallId, verdict: Verdict, now: Instant) {
        let Some(dialogue) = self.dialogues.get_mut(&call) else { return };
        let Step::Deciding { entry } = dialogue.step else { return };
        let language = dialogue.language;
        match verdict {
            Verdict::AskPin => {
                dialogue.step = Step::asking(Entry { question: Question::Pin, ..entry }, now);
                self.outputs.push_back(Output::Play { call, prompt: Prompt::EnterPin, language });
            }
            Verdict::Wrong => {
                let prompt = if entry.first == Question::Id { Prompt::WrongLogin } else { Prompt::WrongPin };
                self.ask_again(call, entry, prompt, now);
            }
            Verdict::Settled(prompts) => {
                let mut next = VecDeque::from(prompts);
                let prompt = next.pop_front();
                dialogue.step = Step::Farewell { next, until: now + LONGEST_PROMPT };
                match prompt {
                    Some(prompt) => self.outputs.push_back(Output::Play { call, prompt, language }),
                    None => self.finish(call),
                }
            }
        }
    }

    /// Changes the language from here on: after a login it is the user's.
    pub fn speak(&mut self, call: CallId, language: Language) {
        if let Some(dialogue) = self.dialogues.get_mut(&call) {
            dialogue.language = language;
        }
    }

    /// The caller holds the call: what is being said stands still, and nobody is hurried. A farewell ends all the same.
    pub fn hold(&mut self, call: CallId) {
        if let Some(dialogue) = self.dialogues.get_mut(&call) {
            dialogue.line = Line::Held;
        }
    }

    /// The caller listens again: the patience begins anew.
    pub fn resume(&mut self, call: CallId, now: Instant) {
        let Some(dialogue) = self.dialogues.get_mut(&call) else { return };
        if std::mem::replace(&mut dialogue.line, Line::Open) == Line::Open {
            return;
        }
        match &mut dialogue.step {
            Step::Asking { prompt: Asked::NotYet, until, .. } => *until = now + LONGEST_PROMPT,
            Step::Asking { prompt: Asked::ToTheEnd, until, .. } | Step::Collecting { until, .. } => {
                *until = now + DIGIT_PATIENCE;
            }
            Step::Farewell { .. } | Step::Deciding { .. } => {}
        }
    }

    /// Forgets a call that has ended.
    pub fn forget(&mut self, call: CallId) {
        self.dialogues.remove(&call);
    }

    /// Whether a call is in a dialogue here.
    pub fn is_talking(&self, call: CallId) -> bool {
        self.dialogues.contains_key(&call)
    }

    /// Acts on every deadline that has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        let due: Vec<_> = self
            .dialogues
            .iter()
            .filter(|(_, dialogue)| dialogue.deadline().is_some_and(|until| until <= now))
            .map(|(call, _)| *call)
            .collect();
        for call in due {
            let Some(dialogue) = self.dialogues.get(&call) else { continue };
            match &dialogue.step {
                Step::Collecting { .. } => self.decide(call, now),
                // Nothing keyed at all: that is no guess, and the caller is gone or puzzled.
                Step::Asking { .. } | Step::Farewell { .. } => self.finish(call),
                Step::Deciding { .. } => {}
            }
        }
    }

    /// When to call [`Ivr::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.dialogues.values().filter_map(Dialogue::deadline).min()
    }

    /// The next thing to do; drain it after every call that takes `&mut self`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn collect(&mut self, call: CallId, digit: char, now: Instant) {
        let Some(Dialogue { step: Step::Collecting { digits, until, .. }, .. }) =
            self.dialogues.get_mut(&call)
        else {
            return;
        };
        *until = now + DIGIT_PATIENCE;
        match digit {
            '#' => self.decide(call, now),
            '0'..='9' if digits.len() < LONGEST_ENTRY => digits.push(digit),
            _ => {}
        }
    }

    fn decide(&mut self, call: CallId, now: Instant) {
        let Some(dialogue) = self.dialogues.get_mut(&call) else { return };
        let Step::Collecting { entry, digits, .. } = &mut dialogue.step else { return };
        let entry = *entry;
        if digits.is_empty() {
            // Nobody guesses with nothing: it is not for the judge.
            return self.ask_again(call, entry, prompt_for(entry.first), now);
        }
        let digits = Secret::new(std::mem::take(digits));
        dialogue.step = Step::Deciding { entry };
        self.outputs.push_back(Output::Entered { call, question: entry.question, digits });
    }

    /// The attempt has failed: another one, asked for with `prompt`, while there is one.
    fn ask_again(&mut self, call: CallId, entry: Entry, prompt: Prompt, now: Instant) {
        let Some(dialogue) = self.dialogues.get_mut(&call) else { return };
        let language = dialogue.language;
        let (step, prompt) = if entry.attempt < ATTEMPTS {
            let again = Entry { question: entry.first, attempt: entry.attempt + 1, ..entry };
            (Step::asking(again, now), prompt)
        } else {
            let last =
                if entry.first == Question::Id { Prompt::WrongLoginLast } else { Prompt::WrongPinLast };
            (Step::Farewell { next: VecDeque::new(), until: now + LONGEST_PROMPT }, last)
        };
        dialogue.step = step;
        self.outputs.push_back(Output::Play { call, prompt, language });
    }

    fn finish(&mut self, call: CallId) {
        self.dialogues.remove(&call);
        self.outputs.push_back(Output::Finished { call });
    }
}

impl Dialogue {
    fn new(language: Language, step: Step) -> Self {
        Self { language, step, keys: Keys::default(), line: Line::Open }
    }

    fn deadline(&self) -> Option<Instant> {
        match (&self.step, self.line) {
            (Step::Farewell { until, .. }, _) => Some(*until),
            (Step::Asking { until, .. } | Step::Collecting { until, .. }, Line::Open) => Some(*until),
            (Step::Asking { .. } | Step::Collecting { .. }, Line::Held) | (Step::Deciding { .. }, _) => None,
        }
    }
}

impl Step {
    fn asking(entry: Entry, now: Instant) -> Self {
        Self::Asking { entry, prompt: Asked::NotYet, until: now + LONGEST_PROMPT }
    }
}

fn prompt_for(question: Question) -> Prompt {
    match question {
        Question::Id => Prompt::EnterId,
        Question::Pin => Prompt::EnterPin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: CallId = CallId(1);

    struct Desk {
        ivr: Ivr,
        now: Instant,
    }

    impl Desk {
        fn asked_for_pin() -> Self {
            let mut desk = Self { ivr: Ivr::default(), now: Instant::now() };
            desk.ivr.ask(CALL, Question::Pin, Language::En, desk.now);
            assert_eq!(desk.saw(), ["play EnterPin"]);
            desk
        }

        fn asked_for_id() -> Self {
            let mut desk = Self { ivr: Ivr::default(), now: Instant::now() };
            desk.ivr.ask(CALL, Question::Id, Language::En, desk.now);
            assert_eq!(desk.saw(), ["play EnterId"]);
            desk
        }

        fn keys(&mut self, digits: &str, source: DigitSource) {
            for digit in digits.chars() {
                self.ivr.handle_digit(CALL, digit, source, self.now);
            }
        }

        fn after(&mut self, wait: Duration) -> Vec<String> {
            self.now += wait;
            self.ivr.handle_timeout(self.now);
            self.saw()
        }

        fn saw(&mut self) -> Vec<String> {
            std::iter::from_fn(|| self.ivr.poll_output())
                .map(|output| match output {
                    Output::Play { prompt, .. } => format!("play {prompt:?}"),
                    Output::Silence { .. } => "silence".to_owned(),
                    Output::Entered { question: Question::Pin, digits, .. } => {
                        format!("pin {}", digits.expose())
                    }
                    Output::Entered { question: Question::Id, digits, .. } => {
                        format!("id {}", digits.expose())
                    }
                    Output::Finished { .. } => "finished".to_owned(),
                })
                .collect()
        }
    }

    #[test]
    fn k10_a_pin_ends_with_hash() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("4071#", DigitSource::Media);
        assert_eq!(desk.saw(), ["silence", "pin 4071"]);
    }

    #[test]
    fn k11_without_hash_the_pin_is_taken_five_seconds_after_the_last_digit() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("40", DigitSource::Media);
        assert_eq!(desk.after(Duration::from_millis(4900)), ["silence"]);
        desk.keys("71", DigitSource::Media);
        assert!(desk.after(Duration::from_millis(4900)).is_empty());
        assert_eq!(desk.after(Duration::from_millis(100)), ["pin 4071"]);
    }

    #[test]
    fn the_first_digit_has_five_seconds_from_the_end_of_the_prompt() {
        let mut desk = Desk::asked_for_pin();
        assert!(desk.after(Duration::from_secs(6)).is_empty());
        desk.ivr.handle_played(CALL, desk.now);
        assert!(desk.after(Duration::from_millis(4900)).is_empty());
        assert_eq!(desk.after(Duration::from_millis(100)), ["finished"]);
    }

    #[test]
    fn a_hold_hurries_nobody_and_the_patience_begins_anew_with_the_resumption() {
        let mut desk = Desk::asked_for_pin();
        desk.ivr.hold(CALL);
        assert!(desk.after(Duration::from_secs(60)).is_empty(), "while the prompt stands still");
        desk.ivr.resume(CALL, desk.now);
        assert!(desk.after(LONGEST_PROMPT / 2).is_empty());
        desk.ivr.handle_played(CALL, desk.now);
        desk.ivr.hold(CALL);
        assert!(desk.after(Duration::from_secs(60)).is_empty(), "before the first digit");
        desk.ivr.resume(CALL, desk.now);
        assert!(desk.after(Duration::from_millis(4900)).is_empty());
        desk.keys("4071", DigitSource::Media);
        desk.ivr.hold(CALL);
        assert_eq!(desk.after(Duration::from_secs(60)), ["silence"], "after the last digit");
        desk.ivr.resume(CALL, desk.now);
        assert_eq!(desk.after(Duration::from_secs(5)), ["pin 4071"]);
    }

    #[test]
    fn a_farewell_that_nobody_hears_ends_all_the_same() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("4071#", DigitSource::Media);
        desk.ivr.verdict(CALL, Verdict::Settled(vec![Prompt::LoggedIn]), desk.now);
        desk.ivr.hold(CALL);
        desk.saw();
        assert_eq!(desk.after(LONGEST_PROMPT), ["finished"]);
    }

    #[test]
    fn three_wrong_pins_end_the_call() {
        let mut desk = Desk::asked_for_pin();
        for said in ["play WrongPin", "play WrongPin", "play WrongPinLast"] {
            desk.keys("1#", DigitSource::Media);
            assert_eq!(desk.saw(), ["silence", "pin 1"]);
            desk.ivr.verdict(CALL, Verdict::Wrong, desk.now);
            assert_eq!(desk.saw(), [said]);
        }
        desk.ivr.handle_played(CALL, desk.now);
        assert_eq!(desk.saw(), ["finished"]);
    }

    #[test]
    fn f11_the_id_is_asked_for_and_then_the_pin_and_a_wrong_one_begins_with_the_id_again() {
        let mut desk = Desk::asked_for_id();
        for said in ["play WrongLogin", "play WrongLogin", "play WrongLoginLast"] {
            desk.keys("4083#", DigitSource::Media);
            assert_eq!(desk.saw(), ["silence", "id 4083"]);
            desk.ivr.verdict(CALL, Verdict::AskPin, desk.now);
            desk.keys("1#", DigitSource::Media);
            assert_eq!(desk.saw(), ["play EnterPin", "silence", "pin 1"]);
            desk.ivr.verdict(CALL, Verdict::Wrong, desk.now);
            assert_eq!(desk.saw(), [said]);
        }
    }

    #[test]
    fn b13_what_is_to_be_told_is_said_one_thing_after_the_other() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("4071#", DigitSource::Media);
        desk.saw();
        desk.ivr.verdict(CALL, Verdict::Settled(vec![Prompt::LoggedIn, Prompt::ToldDisplaced]), desk.now);
        assert_eq!(desk.saw(), ["play LoggedIn"]);
        desk.ivr.handle_played(CALL, desk.now);
        assert_eq!(desk.saw(), ["play ToldDisplaced"]);
        desk.ivr.handle_played(CALL, desk.now);
        assert_eq!(desk.saw(), ["finished"]);
    }

    #[test]
    fn info_digits_count_until_the_sound_brings_one() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("4", DigitSource::Info);
        desk.keys("0", DigitSource::Media);
        desk.keys("0", DigitSource::Info);
        desk.keys("71#", DigitSource::Media);
        assert_eq!(desk.saw(), ["silence", "pin 4071"]);
    }

    /// The milliseconds that pass, and the digit that then comes.
    type Key = (u64, char, DigitSource);

    fn keyed(keys: &[Key]) -> Vec<String> {
        let mut desk = Desk::asked_for_pin();
        for (wait, digit, source) in keys {
            desk.now += Duration::from_millis(*wait);
            desk.ivr.handle_digit(CALL, *digit, *source, desk.now);
        }
        desk.saw()
    }

    #[test]
    fn the_first_key_that_comes_by_info_and_as_sound_is_one_digit() {
        use DigitSource::{Info, Media};
        let cases: [(&[Key], &str); 7] = [
            (&[(0, '4', Info), (60, '4', Media), (0, '0', Info), (60, '0', Media), (300, '#', Media)], "40"),
            (&[(0, '4', Media), (60, '4', Info), (300, '0', Media), (60, '0', Info), (0, '#', Media)], "40"),
            // Two keys pressed before the sound has brought the first; the sound may have lost one.
            (
                &[(0, '4', Info), (100, '0', Info), (50, '4', Media), (100, '0', Media), (300, '#', Media)],
                "40",
            ),
            (
                &[(0, '4', Info), (100, '0', Info), (150, '0', Media), (300, '7', Media), (0, '#', Media)],
                "407",
            ),
            // The same key twice.
            (
                &[(0, '1', Info), (60, '1', Media), (300, '1', Info), (60, '1', Media), (300, '#', Media)],
                "11",
            ),
            // So late it is another key.
            (&[(0, '4', Info), (500, '4', Media), (300, '#', Media)], "44"),
            (&[(0, '4', Info), (60, '0', Media), (60, '4', Media), (300, '#', Media)], "404"),
        ];
        for (keys, pin) in cases {
            assert_eq!(keyed(keys), ["silence".to_owned(), format!("pin {pin}")], "{keys:?}");
        }
    }

    #[test]
    fn a_hash_that_comes_both_ways_is_no_second_entry() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("1#", DigitSource::Info);
        desk.ivr.verdict(CALL, Verdict::Wrong, desk.now);
        desk.keys("#", DigitSource::Media);
        assert_eq!(desk.saw(), ["silence", "pin 1", "play WrongPin"]);
    }

    #[test]
    fn an_entry_without_a_digit_is_asked_for_again_and_never_judged() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("#", DigitSource::Media);
        assert_eq!(desk.saw(), ["silence", "play EnterPin"]);
        desk.keys("*", DigitSource::Media);
        assert_eq!(desk.after(DIGIT_PATIENCE), ["silence", "play EnterPin"]);
        desk.keys("**#", DigitSource::Media);
        assert_eq!(desk.saw(), ["silence", "play WrongPinLast"]);
    }

    #[test]
    fn keys_that_no_desk_phone_has_do_not_silence_the_prompt() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("ABCD", DigitSource::Media);
        assert!(desk.saw().is_empty());
    }

    #[test]
    fn digits_while_the_verdict_is_out_or_after_it_are_dropped() {
        let mut desk = Desk::asked_for_pin();
        desk.keys("4071#99", DigitSource::Media);
        assert_eq!(desk.saw(), ["silence", "pin 4071"]);
        desk.ivr.verdict(CALL, Verdict::Settled(vec![Prompt::LoggedIn]), desk.now);
        desk.keys("5", DigitSource::Media);
        assert_eq!(desk.saw(), ["play LoggedIn"]);
    }
}
