//! The warnings that stand on every page, those included that tell what went wrong.

use super::times::Clock;
use super::words::Words;
use crate::model::{StartFinding, StatusView, StoreTrouble};

/// The warnings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Banners {
    /// Whether emergency calls have nowhere to go.
    pub emergency_missing: bool,
    /// Why nothing can be saved, and what to do.
    pub store_trouble: Option<String>,
    /// What the start found in the store; the administrator sees it until it is put away.
    pub findings: Vec<String>,
}

impl Banners {
    /// What everybody is warned of in this state of the box.
    pub fn of(words: Words, status: &StatusView) -> Self {
        Self {
            emergency_missing: !status.emergency_ready,
            store_trouble: status.store_trouble.map(|trouble| words.say(key_of(trouble))),
            findings: Vec::new(),
        }
    }

    /// With what the start found.
    pub fn with_findings(mut self, words: Words, clock: &Clock, status: &StatusView) -> Self {
        self.findings = status.findings.iter().map(|finding| found(words, clock, finding)).collect();
        self
    }
}

fn key_of(trouble: StoreTrouble) -> &'static str {
    match trouble {
        StoreTrouble::Full => "store-trouble-full",
        StoreTrouble::Refused => "store-trouble-refused",
        StoreTrouble::Broken => "store-trouble-broken",
    }
}

fn found(words: Words, clock: &Clock, finding: &StartFinding) -> String {
    match finding {
        StartFinding::Damaged { .. } => words.say("finding-damaged"),
        StartFinding::Missing => words.say("finding-missing"),
        StartFinding::Restored { made, .. } => {
            words.say1("finding-restored", "moment", clock.moment(Some(*made)))
        }
        StartFinding::NothingToRestore => words.say("finding-nothing"),
        StartFinding::Dropped { records } => words.count("finding-dropped", *records),
        StartFinding::LostTail { .. } => words.say("finding-lost"),
        StartFinding::DiscFull => words.say("finding-full"),
    }
}
