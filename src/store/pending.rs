//! What waits to be written: the latest word on each record, and the oldest records that must make way.
//!
//! Not here: when it is written and what happens if it cannot be (`writer`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::StoreSettings;
use super::call_page;
use super::counters::Counters;
use super::database::{Batch, Database, Fault};
use super::record::{Key, Kind, Step};
use crate::model::{CallId, CallRecord};

/// What waits to be written.
#[derive(Default)]
pub(super) struct Pending {
    /// The records to write or remove.
    pub batch: Batch,
    /// Whether it may be cut into parts.
    pub unity: Unity,
    /// Prefixes of which everything on the disc goes.
    doomed: BTreeSet<Key>,
    /// Calls that go onto their pages.
    calls: BTreeMap<CallId, CallRecord>,
    /// The highest numbers given, these changes included.
    pub counters: Counters,
    /// The highest number submitted.
    pub through: u64,
    /// When the first of it arrived, and whether it may wait.
    pub since: Option<(Instant, Haste)>,
}

/// Whether something may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Haste {
    /// A few seconds, for company.
    Lazy,
    /// A moment, because nobody waits for it and more of its kind are likely.
    Soon,
    /// Not at all.
    Urgent,
}

/// Whether a power cut may leave a part of it on the disc.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Unity {
    /// It may: each change stands for itself.
    #[default]
    Divisible,
    /// All of it or nothing.
    Whole,
}

impl Pending {
    /// Nothing yet, after a past in which these numbers were given.
    pub fn new(counters: Counters) -> Self {
        Self { counters, ..Self::default() }
    }

    /// The same for what is written as a whole or not at all.
    pub fn whole(counters: Counters) -> Self {
        Self { counters, unity: Unity::Whole, ..Self::default() }
    }

    /// Adds steps; what they say replaces what was said before about the same record.
    pub fn stage(&mut self, steps: Vec<Step>, haste: Haste) {
        for step in steps {
            match step {
                Step::Put(key, body) => {
                    self.batch.insert(key, Some(body));
                }
                Step::Remove(key) => {
                    self.batch.insert(key, None);
                }
                Step::Call(call) => {
                    self.calls.insert(call.id, call);
                }
                Step::RemoveAll(prefix) => {
                    let begins = |key: &&Key| key.as_bytes().starts_with(prefix.as_bytes());
                    let doomed: Vec<_> = self.batch.keys().filter(begins).cloned().collect();
                    self.batch.extend(doomed.into_iter().map(|key| (key, None)));
                    self.doomed.insert(prefix);
                }
            }
        }
        let (since, before) = self.since.unwrap_or((Instant::now(), haste));
        self.since = Some((since, before.max(haste)));
    }

    /// Writes all of it and makes it durable; says whether there was anything new in it. Everything comes back with the
    /// answer, so that this can run on a thread of its own.
    pub fn write_to(
        mut self,
        mut database: Database,
        settings: &StoreSettings,
    ) -> (Database, Self, Result<bool, Fault>) {
        let outcome = self.write(&mut database, settings);
        (database, self, outcome)
    }

    fn write(&mut self, database: &mut Database, settings: &StoreSettings) -> Result<bool, Fault> {
        self.prepare(database, settings)?;
        let at_once = match self.unity {
            Unity::Whole => usize::MAX,
            Unity::Divisible => AT_ONCE,
        };
        let mut changed = false;
        let mut records = self.batch.iter().peekable();
        loop {
            changed |= database.write(records.by_ref().take(at_once), self.counters)?;
            if records.peek().is_none() {
                break;
            }
        }
        database.sync()?;
        Ok(changed)
    }

    /// Makes the batch complete: calls go onto their pages, the records under a doomed prefix go, and so do the oldest
    /// calls and notices where there are too many. Doing it twice changes nothing.
    fn prepare(&mut self, database: &Database, settings: &StoreSettings) -> Result<(), Fault> {
        for prefix in &self.doomed {
            for key in database.keys(prefix.as_bytes(), usize::MAX)? {
                self.batch.entry(key).or_insert(None);
            }
        }
        for call in self.calls.values() {
            call_page::add(call, &mut self.batch, database)?;
        }
        self.thin(database, Kind::Call, call_page::pages_for(settings.call_records))?;
        self.thin(database, Kind::Emergency, settings.notices)?;
        self.expire_calls(database, settings)
    }

    /// Removes the oldest records of `kind`, on the disc or just arriving, until no more than `most` will be there.
    fn thin(&mut self, database: &Database, kind: Kind, most: usize) -> Result<(), Fault> {
        let mut arriving = BTreeSet::new();
        for (key, body) in &self.batch {
            if key.kind() == kind && body.is_some() && !database.contains(key)? {
                arriving.insert(key.clone());
            }
        }
        let surplus = (database.count(kind) + arriving.len()).saturating_sub(most);
        if surplus > 0 {
            arriving.extend(database.keys(&[kind.letter()], surplus)?);
            self.batch.extend(arriving.into_iter().take(surplus).map(|key| (key, None)));
        }
        Ok(())
    }

    /// Removes calls that are too old, measured from the newest being written: the box's own clock may not be set, and a
    /// clock that leaps must not wipe the history.
    fn expire_calls(&mut self, database: &Database, settings: &StoreSettings) -> Result<(), Fault> {
        let Some(age) = settings.call_age else { return Ok(()) };
        let newest = self.calls.values().filter_map(|call| call.started).max();
        let Some(limit) = newest.and_then(|newest| newest.checked_sub(age).ok()) else { return Ok(()) };
        let oldest = database.keys(&[Kind::Call.letter()], MOST_EXPIRED)?;
        let mut expired = 0;
        for (index, page) in oldest.iter().enumerate() {
            match call_page::latest_start(page, database)? {
                Some(started) if started < limit => expired = index + 1,
                Some(_) => break,
                None => {}
            }
        }
        self.batch.extend(oldest.into_iter().take(expired).map(|key| (key, None)));
        Ok(())
    }

    /// How many records wait.
    pub fn len(&self) -> usize {
        self.batch.len() + self.calls.len()
    }

    /// Forgets what has been written.
    pub fn clear(&mut self) {
        self.batch.clear();
        self.doomed.clear();
        self.calls.clear();
        self.since = None;
    }
}

/// How many records go to the engine together: it frees what it has replaced only in between.
const AT_ONCE: usize = 128;
/// How many pages of calls one batch expires at most; the next one goes on.
const MOST_EXPIRED: usize = 16;
