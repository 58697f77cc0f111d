//! What waits to be written: the latest word on each record, and the oldest records that must make way.
//!
//! Not here: when it is written and what happens if it cannot be (`writer`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::StoreSettings;
use super::audit_page;
use super::call_page;
use super::counters::Counters;
use super::database::{Batch, Database, Fault};
use super::record::{Body, Key, Kind, Step};
use crate::model::{AuditEntry, CallId, CallRecord, Change};

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
    /// Entries of the journal that go onto their pages.
    audits: BTreeMap<u64, AuditEntry>,
    /// For how many days the journal is kept, as the office says.
    pub audit_days: u16,
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
            // What goes with something urgent is taken along by it; a refusal comes alone.
            Change::Audit(_) => Self::Lazy,
            Change::Bound(_) | Change::Unbound { .. } | Change::Call(_) => Self::Soon,
            Change::LoginsClosed(_) | Change::LoginsOpened(_) => Self::Soon,
            Change::ToTell(..) | Change::Told(_) | Change::Messages(..) => Self::Soon,
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
    /// Nothing yet, after a past in which these numbers were given, in an office that keeps its journal for so many days.
    pub fn new(counters: Counters, audit_days: u16) -> Self {
        Self { counters, audit_days, ..Self::default() }
    }

    /// Nothing yet, after the same past, for what is written as a whole or not at all.
    pub fn whole(&self) -> Self {
        Self { unity: Unity::Whole, ..Self::new(self.counters, self.audit_days) }
    }

    /// Goes on from where a batch has come that was written meanwhile.
    pub fn follow(&mut self, written: &Self) {
        (self.counters, self.audit_days) = (written.counters, written.audit_days);
    }

    /// Takes note of the numbers a change uses, and of what it says about keeping things.
    pub fn saw(&mut self, change: &Change) {
        self.counters.saw(change);
        if let Change::Settings(settings) = change {
            self.audit_days = settings.audit_days;
        }
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
                Step::Audit(entry) => {
                    self.audits.insert(entry.number, entry);
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

    /// Makes the batch complete: calls and entries go onto their pages, the records under a doomed prefix go, and so do the
    /// oldest calls, entries and notices where there are too many. Doing it twice changes nothing.
    fn prepare(&mut self, database: &Database, settings: &StoreSettings) -> Result<(), Fault> {
        for prefix in &self.doomed {
            for key in database.keys(prefix.as_bytes(), usize::MAX)? {
                self.batch.entry(key).or_insert(None);
            }
        }
        for call in self.calls.values() {
            call_page::add(call, &mut self.batch, database)?;
        }
        audit_page::add(self.audits.values(), &mut self.batch, database)?;
        self.thin(database, Kind::Call, call_page::pages_for(settings.call_records))?;
        self.thin(database, Kind::Audit, audit_page::pages_for(settings.audit_entries))?;
        self.thin(database, Kind::Emergency, settings.notices)?;
        self.expire_audits(database)?;
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
        self.expire(database, Kind::Call, newest.and_then(|newest| newest.checked_sub(age).ok()))
    }

    /// The same for the journal.
    fn expire_audits(&mut self, database: &Database) -> Result<(), Fault> {
        let age = SignedDuration::from_hours(24 * i64::from(self.audit_days));
        let newest = self.audits.values().filter_map(|entry| entry.at).max();
        self.expire(database, Kind::Audit, newest.and_then(|newest| newest.checked_sub(age).ok()))
    }

    /// Removes the oldest pages of `kind` on which all is older than `limit`.
    fn expire(&mut self, database: &Database, kind: Kind, limit: Option<Timestamp>) -> Result<(), Fault> {
        let Some(limit) = limit else { return Ok(()) };
        let oldest = database.keys(&[kind.letter()], MOST_EXPIRED)?;
        let mut expired = 0;
        for (index, page) in oldest.iter().enumerate() {
            let latest = match kind {
                Kind::Audit => audit_page::latest_moment(page, database)?,
                _ => call_page::latest_start(page, database)?,
            };
            match latest {
                Some(latest) if latest < limit => expired = index + 1,
                Some(_) => break,
                None => {}
            }
        }
        for page in oldest.into_iter().take(expired) {
            self.batch.entry(page).or_insert(None);
        }
        Ok(())
    }

    /// Gives up the older half of the calls and of the entries of the journal that wait, for whatever else must wait too;
    /// how many that were.
    pub fn give_up_history(&mut self) -> usize {
        give_up_half(&mut self.calls) + give_up_half(&mut self.audits)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.haste.is_empty()
    }

    /// How many records wait.
    pub fn len(&self) -> usize {
        self.batch.len() + self.calls.len() + self.audits.len()
    }

    /// Forgets what has been written.
    pub fn clear(&mut self) {
        self.batch.clear();
        self.doomed.clear();
        self.calls.clear();
        self.audits.clear();
        self.haste.clear();
    }
}

/// Gives up the older half; how many that were.
fn give_up_half<K: Ord + Copy, V>(waiting: &mut BTreeMap<K, V>) -> usize {
    let surplus = waiting.len().div_ceil(2);
    let Some(first_kept) = waiting.keys().nth(surplus).copied() else {
        return std::mem::take(waiting).len();
    };
    *waiting = waiting.split_off(&first_kept);
    surplus
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
/// How many pages of a kind one batch expires at most; the next one goes on.
const MOST_EXPIRED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeviceId, LoginId};

    #[test]
    fn b14_a_login_and_its_entry_are_in_one_part_of_whatever_is_written_with_them() {
        let mut keys = Vec::new();
        for number in 0..300 {
            keys.extend([Key::call_page(number), Key::login(LoginId(number)), Key::web(&number.to_string())]);
            keys.extend([Key::audit_page(number), Key::emergency(CallId(number))]);
            keys.push(Key::device(DeviceId(number as u32)));
        }
        let batch: Batch = keys.into_iter().map(|key| (key, None)).collect();
        let records: Vec<_> = batch.iter().collect();
        let (mut rest, mut parts) = (&records[..], Vec::new());
        while !rest.is_empty() {
            let (part, after) = rest.split_at(end_of_part(rest, AT_ONCE));
            parts
                .push(part.iter().filter(|(key, _)| matches!(key.kind(), Kind::Login | Kind::Audit)).count());
            rest = after;
        }
        assert!(parts.len() > 5);
        assert_eq!(parts.into_iter().filter(|count| *count > 0).collect::<Vec<_>>(), [600]);
    }
}
