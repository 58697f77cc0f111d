//! What waits to be written: the latest word on each record, and the oldest records that must make way.
//!
//! Not here: when it is written and what happens if it cannot be (`writer`).

use std::collections::{BTreeMap, BTreeSet};

use super::StoreSettings;
use super::call_page;
use super::counters::Counters;
use super::database::{Batch, Database, Fault};
use super::record::{Body, Key, Kind, Step};
use crate::model::{CallId, CallRecord, Change};

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
    /// How long it may wait; empty where there is nothing.
    pub haste: BTreeSet<Haste>,
}

/// Whether something may wait. The first after a pause never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Haste {
    /// A few seconds, for company: it comes again by itself.
    Lazy,
    /// A moment, in a burst of its kind: nobody waits for it.
    Soon,
    /// Not at all.
    Urgent,
}

impl Haste {
    /// How long a change may wait.
    pub fn of(change: &Change) -> Self {
        match change {
            Change::DeviceSeen(_) | Change::DeviceForgotten(_) => Self::Lazy,
            Change::Bound(_) | Change::Unbound { .. } | Change::Call(_) => Self::Soon,
            Change::Settings(_)
            | Change::Tenant(..)
            | Change::TenantRemoved(_)
            | Change::Extension(_)
            | Change::ExtensionRemoved(_)
            | Change::Device(_)
            | Change::DeviceRemoved(_)
            | Change::LoggedIn(_)
            | Change::LoggedOut(..)
            | Change::Emergency(_) => Self::Urgent,
        }
    }
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
        self.haste.insert(haste);
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
        let records: Vec<_> = self.batch.iter().collect();
        let mut rest = &records[..];
        let mut changed = false;
        loop {
            let (part, after) = rest.split_at(end_of_part(rest, at_once));
            changed |= database.write(part.iter().copied(), self.counters)?;
            if after.is_empty() {
                break;
            }
            rest = after;
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

    /// Gives up the older half of the calls that wait, for whatever else must wait too; how many that were.
    pub fn give_up_calls(&mut self) -> usize {
        let surplus = self.calls.len().div_ceil(2);
        let Some(first_kept) = self.calls.keys().nth(surplus).copied() else {
            return std::mem::take(&mut self.calls).len();
        };
        self.calls = self.calls.split_off(&first_kept);
        surplus
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.haste.is_empty()
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
        self.haste.clear();
    }
}

/// Where a part of about `at_once` records ends; records that belong together are not torn apart.
fn end_of_part(records: &[(&Key, &Option<Body>)], at_once: usize) -> usize {
    let is_end = |end: &usize| match (records.get(end - 1), records.get(*end)) {
        (Some((last, _)), Some((next, _))) => !last.belongs_with(next),
        _ => true,
    };
    (at_once.min(records.len()).max(1)..records.len()).find(is_end).unwrap_or(records.len())
}

/// How many records go to the engine together: it frees what it has replaced only in between.
const AT_ONCE: usize = 128;
/// How many pages of calls one batch expires at most; the next one goes on.
const MOST_EXPIRED: usize = 16;
