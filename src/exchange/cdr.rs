//! Call records: the facts of a call while it lasts, one record when it has ended.
//!
//! Owns the open calls' facts and promises that each call opened gives exactly one record, whichever and however many
//! terminals took part (K3). It is told three things: a call began, somebody answered, it ended.
//!
//! Not here: the signalling that brings these facts about (`call`), and the disc the records go to (`store`). What is
//! dialled past a login code comes masked already (B10).

use std::collections::BTreeMap;
use std::time::Instant;

use crate::model::{
    CallId, CallKind, CallOutcome, CallRecord, CallView, DeviceId, ExtensionNumber, Now, Party,
};

/// The calls under way, as history will know them.
#[derive(Debug, Default)]
pub struct Ledger {
    open: BTreeMap<CallId, Entry>,
}

/// What is known of a call when it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Who calls.
    pub caller: Party,
    /// What was dialled, masked after a login code.
    pub dialled: String,
    /// Who is called, where that is an extension.
    pub callee: Option<ExtensionNumber>,
    /// What kind of call it is.
    pub kind: CallKind,
}

#[derive(Debug)]
struct Entry {
    facts: Facts,
    began: Now,
    answer: Option<Answer>,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    at: Instant,
    by: Option<DeviceId>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// A call begins. The ledger is as long as the table of calls, which is bounded.
    pub fn open(&mut self, call: CallId, facts: Facts, now: Now) {
        self.open.insert(call, Entry { facts, began: now, answer: None });
    }

    /// Somebody answered: `by` is the device, `None` where the box or the outside did. Only the first answer counts.
    pub fn answered(&mut self, call: CallId, by: Option<DeviceId>, now: Now) {
        if let Some(entry) = self.open.get_mut(&call) {
            entry.answer.get_or_insert(Answer { at: now.mono, by });
        }
    }

    /// A call has ended: its record, or `None` for a call that is not open (any more).
    pub fn close(&mut self, call: CallId, outcome: CallOutcome, now: Now) -> Option<CallRecord> {
        let Entry { facts, began, answer } = self.open.remove(&call)?;
        Some(CallRecord {
            id: call,
            started: began.wall,
            answered_after_ms: answer.map(|answer| millis(began.mono, answer.at)),
            lasted_ms: millis(began.mono, now.mono),
            caller: facts.caller,
            dialled: facts.dialled,
            callee: facts.callee,
            answered_by: answer.and_then(|answer| answer.by),
            outcome,
            kind: facts.kind,
        })
    }

    /// The facts of a call under way.
    pub fn facts(&self, call: CallId) -> Option<&Facts> {
        self.open.get(&call).map(|entry| &entry.facts)
    }

    /// The calls under way as they are shown, oldest first.
    pub fn views(&self) -> Vec<CallView> {
        let view = |(id, entry): (&CallId, &Entry)| CallView {
            id: *id,
            caller: entry.facts.caller.clone(),
            dialled: entry.facts.dialled.clone(),
            started: entry.began.wall,
            answered: entry.answer.is_some(),
        };
        self.open.iter().map(view).collect()
    }
}

fn millis(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn facts() -> Facts {
        let caller =
            Party { extension: "101".parse().ok(), name: "Reception".to_owned(), device: Some(DeviceId(1)) };
        Facts { caller, dialled: "100".to_owned(), callee: "100".parse().ok(), kind: CallKind::Internal }
    }

    fn now() -> Now {
        Now { mono: Instant::now(), wall: None }
    }

    fn later(now: Now, ms: u64) -> Now {
        Now { mono: now.mono + Duration::from_millis(ms), ..now }
    }

    #[test]
    fn a_call_gives_one_record_with_the_phone_that_answered_first() {
        let (mut ledger, begin) = (Ledger::new(), now());
        ledger.open(CallId(7), facts(), begin);
        assert!(!ledger.views()[0].answered);
        ledger.answered(CallId(7), Some(DeviceId(2)), later(begin, 3000));
        ledger.answered(CallId(7), Some(DeviceId(3)), later(begin, 3100));
        assert!(ledger.views()[0].answered);

        let record = ledger.close(CallId(7), CallOutcome::Answered, later(begin, 9000)).expect("a record");
        assert_eq!(record.answered_by, Some(DeviceId(2)));
        assert_eq!((record.answered_after_ms, record.lasted_ms), (Some(3000), 9000));
        assert_eq!(ledger.close(CallId(7), CallOutcome::Answered, later(begin, 9001)), None);
        assert!(ledger.views().is_empty());
    }

    #[test]
    fn a_call_nobody_answered_says_so() {
        let (mut ledger, begin) = (Ledger::new(), now());
        ledger.open(CallId(1), facts(), begin);
        let record = ledger.close(CallId(1), CallOutcome::Cancelled, later(begin, 20)).expect("a record");
        assert_eq!((record.answered_after_ms, record.answered_by), (None, None));
        assert_eq!(record.dialled, "100");
    }
}
