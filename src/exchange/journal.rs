//! The journal's numbers, and its bounds against a flood of refusals (HOTDESK B14).
//!
//! Whoever guesses PINs or dials a closed phone again and again must neither wear out the disc nor push the logins out of
//! the journal: only so many refusals are written, the others are counted, and their count is one entry.
//!
//! Not here: what an entry says (`exchange/story/audit`), how long it is kept (`store`).

use std::time::{Duration, Instant};

use crate::model::{AuditEntry, AuditFact, Budget, Now, Purse};

/// How many refusals are written: a burst, and then one a minute.
const REFUSALS: Budget = Budget { most: 20.0, per_second: 1.0 / 60.0 };

/// How long refusals are counted before their count is written.
const COUNTED_FOR: Duration = Duration::from_secs(10 * 60);

/// What the journal is up to.
#[derive(Debug, Default)]
pub struct Journal {
    last: u64,
    refusals: Purse,
    unwritten: Option<Unwritten>,
}

/// Refusals that were not written, and when their count is.
#[derive(Debug)]
struct Unwritten {
    count: u32,
    until: Instant,
}

impl Journal {
    /// A journal that goes on after the entry with this number.
    pub fn restored(last: u64) -> Self {
        Self { last, ..Self::default() }
    }

    /// The next entry.
    pub fn entry(&mut self, what: AuditFact, now: Now) -> AuditEntry {
        self.last += 1;
        AuditEntry { number: self.last, at: now.wall, what }
    }

    /// The entry of a refusal; `None` where there were too many lately, and it is only counted.
    pub fn refusal(&mut self, what: AuditFact, now: Now) -> Option<AuditEntry> {
        if REFUSALS.allows(self.refusals, now.mono).is_ok() {
            REFUSALS.spend(&mut self.refusals, now.mono);
            return Some(self.entry(what, now));
        }
        let until = now.mono + COUNTED_FOR;
        let unwritten = self.unwritten.get_or_insert(Unwritten { count: 0, until });
        unwritten.count = unwritten.count.saturating_add(1);
        None
    }

    /// The entry that counts what was refused and not written, when its time has come.
    pub fn handle_timeout(&mut self, now: Now) -> Option<AuditEntry> {
        let Unwritten { count, .. } = self.unwritten.take_if(|unwritten| unwritten.until <= now.mono)?;
        Some(self.entry(AuditFact::MoreRefused { count }, now))
    }

    /// When to call [`Journal::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.unwritten.as_ref().map(|unwritten| unwritten.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{At, DeviceId, LoginRefusal};

    fn refusal() -> AuditFact {
        let at = At::Device(DeviceId(1));
        AuditFact::LoginRefused {
            extension: None,
            at,
            title: "HD0001".into(),
            refusal: LoginRefusal::WrongPin,
        }
    }

    #[test]
    fn b14_a_flood_of_refusals_is_counted_and_not_written() {
        let (mut journal, start) = (Journal::restored(40), Instant::now());
        let at = |second: u64| Now { mono: start + Duration::from_secs(second), wall: None };
        let (mut written, mut counted) = (Vec::new(), 0);
        for second in 0..24 * 3600 {
            written.extend(journal.refusal(refusal(), at(second)));
            if let Some(entry) = journal.handle_timeout(at(second)) {
                let AuditFact::MoreRefused { count } = entry.what else { panic!("{entry:?}") };
                counted += count as usize;
                written.push(entry);
            }
        }
        let numbers: Vec<u64> = written.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (41..=40 + numbers.len() as u64).collect::<Vec<_>>(), "no number is left out");
        assert!(written.len() < 1700, "{} entries in a day", written.len());
        let single = written.iter().filter(|entry| entry.what == refusal()).count();
        let waiting = journal.unwritten.map_or(0, |one| one.count as usize);
        assert_eq!(single + counted + waiting, 24 * 3600, "none is lost");
    }

    #[test]
    fn b14_a_few_refusals_are_all_written() {
        let (mut journal, now) = (Journal::default(), Now { mono: Instant::now(), wall: None });
        assert!((0..20).all(|_| journal.refusal(refusal(), now).is_some()));
        assert_eq!(
            (journal.refusal(refusal(), now), journal.poll_timeout()),
            (None, Some(now.mono + COUNTED_FOR))
        );
    }
}
