//! Ladders: the stories that show every message of a behaviour, from the first to the last.
//!
//! Here a new reader begins. Each rule of HOTDESK part 3 and each promise B1-B15 has one story below `ladders/` that draws
//! its whole ladder; the other stories look at one side of it each.
//!
//! ```text
//! rule 1  codes      rule 4  secrets    rule 7  toggle       B1-B3  following    B8       help
//! rule 2  ringing    rule 5  idle       rule 8  keying       B4     files        B9       guessing
//! rule 3  several    rule 6  native     rule 9  native       B5     ringing      B10      files
//!                                                            B6-B7  endings      B11      restarts
//!                                                            B12    files        B13-B15  records
//! ```
//!
//! A ladder has a line for each rung, `kitchen -> box INVITE 100`, in the order of sending; a message sent several times is
//! one rung with their number. Some lines stand for several rungs, always the same (`Office::long`); `...` stands for any, in no
//! story below `ladders/`. A story may ask for more to be drawn ([`Drawing`]): `after 6 s` where nothing was sent for a second
//! and more, `box tells …` for what the page's and the API's stream hear, and a detail of each rung.

mod codes;
mod endings;
mod files;
mod following;
mod guessing;
mod help;
mod idle;
mod keying;
mod native;
mod records;
mod restarts;
mod ringing;
mod secrets;
mod several;
mod toggle;

use std::time::Duration;

use perch::model::{Event, Locked};

use crate::office::{Desk, Office};
use crate::phone::config::Maker;
use crate::wire::Rung;

/// What a ladder shows besides who sends what to whom.
#[derive(Debug, Clone, Copy, Default)]
pub struct Drawing {
    /// The time in which nothing is sent.
    pub pauses: bool,
    /// What the box tells.
    pub events: bool,
    /// Something more of the rungs that have it.
    pub detail: Option<fn(&Rung) -> Option<String>>,
}

impl Office {
    /// The ladder since the last look must be this.
    #[track_caller]
    pub fn saw(&mut self, expected: &str) {
        self.saw_drawn(Drawing::default(), expected);
    }

    /// The same with the pauses between the rungs.
    #[track_caller]
    pub fn saw_with_pauses(&mut self, expected: &str) {
        self.saw_drawn(Drawing { pauses: true, ..Drawing::default() }, expected);
    }

    /// The same with what the box tells.
    #[track_caller]
    pub fn saw_with_events(&mut self, expected: &str) {
        self.saw_drawn(Drawing { events: true, ..Drawing::default() }, expected);
    }

    /// The same with a detail of each rung that has it.
    #[track_caller]
    pub fn saw_with(&mut self, detail: fn(&Rung) -> Option<String>, expected: &str) {
        self.saw_drawn(Drawing { detail: Some(detail), ..Drawing::default() }, expected);
    }

    /// The ladder since the last look, drawn so, must be this.
    #[track_caller]
    pub fn saw_drawn(&mut self, drawing: Drawing, expected: &str) {
        let rungs = self.wire.take_rungs();
        let seen = self.lines(&rungs, drawing);
        let lines = expected.lines().map(tidy).filter(|line| !line.is_empty());
        let wanted: Vec<String> = lines.flat_map(|line| self.long(line)).collect();
        if !matches(&wanted, &seen) {
            let (wanted, seen) = (drawn(&wanted), drawn(&seen));
            panic!("\nexpected\n{wanted}\n\nseen\n{seen}\n");
        }
    }

    fn lines(&self, rungs: &[Rung], drawing: Drawing) -> Vec<String> {
        let mut lines = Vec::new();
        let mut before = None;
        for rung in rungs.iter().filter(|rung| drawing.events || rung.event.is_none()) {
            let pause = before.replace(rung.at).map(|before| rung.at - before).unwrap_or_default();
            let seconds = (pause + Duration::from_millis(500)).as_secs();
            if drawing.pauses && seconds > 0 {
                lines.push(format!("after {seconds} s"));
            }
            lines.push(match (&rung.event, drawing.detail.and_then(|detail| detail(rung))) {
                (Some(event), _) => format!("box tells {}", self.in_words(event)),
                (None, Some(detail)) => tidy(&format!("{rung} {detail}")),
                (None, None) => rung.to_string(),
            });
        }
        lines
    }

    /// An event in words; where it is about a phone, by the story's name of it.
    fn in_words(&self, event: &Event) -> String {
        match event {
            Event::LoggedIn { extension, device, method } => {
                format!("logged-in {extension} {} {method:?}", self.name_of(*device))
            }
            Event::LoggedOut { extension, device, reason } => {
                format!("logged-out {extension} {} {reason:?}", self.name_of(*device))
            }
            Event::LoginRefused { extension, device, refusal } => {
                let who = extension.as_ref().map_or("nobody".to_owned(), ToString::to_string);
                format!("login-refused {who} {} {refusal:?}", self.name_of(*device))
            }
            Event::StageReached { device, stage } => format!("stage {} {stage:?}", self.name_of(*device)),
            Event::PhoneLate { device } => format!("phone-late {}", self.name_of(*device)),
            Event::DeviceReachable { device, reachable } => {
                format!("device-reachable {} {reachable}", self.name_of(*device))
            }
            Event::LoginsClosed { locked } => format!("logins-closed {}", self.locked_in_words(locked)),
            Event::LoginsOpened { locked } => format!("logins-opened {}", self.locked_in_words(locked)),
            Event::Emergency(notice) => {
                format!("emergency {} {} {:?}", notice.number, self.name_of(notice.device), notice.fate)
            }
            other => name_of(other),
        }
    }

    fn locked_in_words(&self, locked: &Locked) -> String {
        match locked {
            Locked::Device(device) => self.name_of(*device),
            other => other.to_string(),
        }
    }

    /// The rungs that a line of a ladder stands for: itself, or those it is short for.
    fn long(&self, line: String) -> Vec<String> {
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            // Challenged, and again with credentials.
            [who, "dials", number] => {
                rungs(who, &[&format!("> INVITE {number}"), "< 401", "> ACK", &format!("> INVITE {number}")])
            }
            [who, "is", "told", "to", "fetch"] => rungs(who, &["< NOTIFY check-sync", "> 200 NOTIFY"]),
            [who, "fetches", "its", "file"] => {
                let files = files_of(self.desk(who));
                files.iter().flat_map(|file| rungs(who, &[&format!("> GET {file}"), "< 200 GET"])).collect()
            }
            // The account before is let go of in the same moment, with the nonce the phone knows; the new one is challenged.
            [who, "registers", account, "instead", "of", former] => rungs(
                who,
                &[
                    &format!("> REGISTER {former} off"),
                    &format!("> REGISTER {account}"),
                    "< 200 REGISTER",
                    "< 401 REGISTER",
                    &format!("> REGISTER {account}"),
                    "< 200 REGISTER",
                ],
            ),
            _ => vec![line],
        }
    }
}

/// The name of an event, as it is told and asked for.
fn name_of(event: &Event) -> String {
    let told = serde_json::to_value(event).expect("an event is JSON");
    told["event"].as_str().unwrap_or_default().to_owned()
}

/// The rungs between a phone and the box: `>` to the box, `<` from it.
fn rungs(who: &str, what: &[&str]) -> Vec<String> {
    let rung = |what: &&str| match what.split_once(' ').unwrap_or_default() {
        (">", what) => format!("{who} -> box {what}"),
        (_, what) => format!("box -> {who} {what}"),
    };
    what.iter().map(rung).collect()
}

/// What a phone asks for to have its file.
fn files_of(phone: &Desk) -> Vec<String> {
    let mac = phone.mac.replace(':', "");
    match phone.kind.maker() {
        Some(Maker::Yealink) => vec![format!("{mac}.boot"), format!("{mac}.cfg")],
        Some(Maker::Snom) => vec![format!("{}.xml", mac.to_ascii_uppercase())],
        None => Vec::new(),
    }
}

/// A line of a ladder with single blanks.
fn tidy(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines in columns.
pub fn drawn(lines: &[String]) -> String {
    let row = |line: &String| match line.split_once(" -> ") {
        Some((from, rest)) => {
            let (to, what) = rest.split_once(' ').unwrap_or((rest, ""));
            format!("        {from:8}-> {to:8} {what}")
        }
        None => format!("        {line}"),
    };
    lines.iter().map(row).collect::<Vec<_>>().join("\n")
}

/// Whether what was seen is what was wanted; `...` stands for any lines, none too.
fn matches(wanted: &[String], seen: &[String]) -> bool {
    match wanted.split_first() {
        None => seen.is_empty(),
        Some((first, rest)) if first == "..." => {
            (0..=seen.len()).any(|skipped| matches(rest, &seen[skipped..]))
        }
        Some((first, rest)) => {
            seen.split_first().is_some_and(|(line, more)| line == first && matches(rest, more))
        }
    }
}
