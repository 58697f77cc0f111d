//! The store: what must survive, on the disc, in the box's data folder.
//!
//! A start reads everything once into a [`Snapshot`]; from then on changes are only written, one batching thread for all,
//! and acknowledged when they survive a power cut. It finds damage before it can do harm, keeps the damaged files aside and
//! starts from the newest good exported snapshot. Secrets lie on the disc only sealed, under a key in a file of its own.
//!
//! ```text
//! DATA/            0700
//!   lock           held while a process has the store open
//!   box.key        seals the secrets
//!   store/         the database (sled)             store.damaged-<time>/   set aside by a start
//!   snapshots/     office and calls, two generations each
//!   mark           the last batch known to be safe
//!   reserve        given up when the disc is full
//! ```
//!
//! Not here: what the changes mean (`exchange`), who submits them (`app`). Only `store/database` names sled.

#![allow(clippy::disallowed_methods, reason = "above the I/O line: here the clock is read")]

mod audit_page;
mod call_page;
mod counters;
mod database;
mod export;
mod folder;
mod form;
mod inbox;
mod outcome;
mod pending;
mod record;
mod seal;
mod standing;
mod start;
#[cfg(test)]
mod tests;
mod web_keep;
mod writer;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tokio::sync::watch;

use crate::model::{AuditEntry, CallId, CallRecord, Change, EmergencyNotice, Snapshot, StartFinding};
use database::Reader;
use folder::Folder;
use inbox::{Command, Inbox, Reply};
pub use outcome::{OpenError, ReadError, SaveError, SubmitError};
use record::Kind;
use standing::Standing;
pub use standing::{Ack, Acks};
pub use web_keep::WebKeep;
use writer::Writer;

/// The open store; clones share it. The folder is free again when the last is dropped.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

/// A store just opened.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What it holds.
    pub snapshot: Snapshot,
    /// What was found on the way; empty as a rule.
    pub findings: Vec<StartFinding>,
    /// Where it says how far it has come.
    pub acks: Acks,
}

impl Store {
    /// Opens the store in `dir`, making the folder where it is missing and repairing what is damaged. Blocks.
    pub fn open(dir: &Path, settings: StoreSettings) -> Result<Opened, OpenError> {
        let mut started = start::start(dir, &settings)?;
        // The writer is made without the snapshot: how long the journal goes back is all it needs to know of it.
        let settings = StoreSettings { audit_days: started.snapshot.office.settings.audit_days, ..settings };
        let snapshot = std::mem::take(&mut started.snapshot);
        let findings = std::mem::take(&mut started.findings);
        let inbox = Arc::new(Inbox::new(settings.queue));
        let reader = Reader::new(&started.database);
        let (standing, heard) = watch::channel(Standing::default());
        let writer = Writer::new(started, settings, Arc::clone(&inbox), standing, reader.clone());
        let thread = thread::Builder::new().name(WRITER.to_owned()).spawn(|| writer.run());
        let thread = thread.map_err(|source| OpenError::NoAccess { dir: dir.to_owned(), source })?;
        let store = Self(Arc::new(Inner { inbox, reader, thread: Mutex::new(Some(thread)) }));
        Ok(Opened { store, snapshot, findings, acks: Acks::new(heard) })
    }

    /// Hands in a change; never waits. When everything up to `number` survives a power cut, [`Acks`] says so; numbers rise.
    pub fn submit(&self, number: u64, change: Change) -> Result<(), SubmitError> {
        self.submit_together(vec![(number, change)])
    }

    /// Hands in changes with their numbers, in order, like [`Store::submit`]. They reach the disc in one write; one that is
    /// too large is left out, and said so after the others are taken.
    pub fn submit_together(&self, mut changes: Vec<(u64, Change)>) -> Result<(), SubmitError> {
        let handed_in = changes.len();
        changes.retain(|(_, change)| record::fits(change));
        let fitting = changes.len();
        if fitting > 0 {
            self.0.inbox.submit(Command::Changes(changes))?;
        }
        if fitting < handed_in { Err(SubmitError::TooLarge) } else { Ok(()) }
    }

    /// Writes changes and returns when they survive a power cut; on an error none is written. Blocks.
    pub fn apply_now(&self, changes: Vec<Change>) -> Result<(), SaveError> {
        if !changes.iter().all(record::fits) {
            return Err(SaveError::TooLarge);
        }
        self.0.ask(|reply| Command::Now(changes, reply))
    }

    /// Exports both snapshots now, which otherwise happens by itself. Blocks.
    pub fn export_now(&self) -> Result<(), SaveError> {
        self.0.ask(Command::Export)
    }

    /// The latest call records, newest first, at most `limit`; those before `before` where that is given. Reads the disc.
    pub fn call_records(&self, limit: usize, before: Option<CallId>) -> Result<Vec<CallRecord>, ReadError> {
        Ok(call_page::latest(&self.0.reader, limit, before)?)
    }

    /// The latest emergency calls, newest first, at most `limit`. Reads the disc.
    pub fn emergencies(&self, limit: usize) -> Result<Vec<EmergencyNotice>, ReadError> {
        let mut notices = Vec::new();
        self.0.reader.latest(Kind::Emergency, None, |value| {
            notices.push(record::emergency(value)?);
            Ok(if notices.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        notices.truncate(limit);
        Ok(notices)
    }

    /// The latest entries of the journal that fit, newest first, at most `limit`; those before `before` where that is given.
    /// Reads the disc.
    pub fn audit(
        &self,
        limit: usize,
        before: Option<u64>,
        fits: &dyn Fn(&AuditEntry) -> bool,
    ) -> Result<Vec<AuditEntry>, ReadError> {
        Ok(audit_page::latest(&self.0.reader, limit, before, fits)?)
    }

    /// What the page keeps.
    pub fn web(&self) -> WebKeep {
        WebKeep(Arc::clone(&self.0))
    }

    /// Writes what waits and closes the store, taking no longer than `within`. Blocks. Afterwards the folder is free, and
    /// clones of this store refuse everything.
    pub fn flush_and_close(&self, within: Duration) -> Result<(), SaveError> {
        self.0.close(within)
    }

    /// Removes everything the store keeps in `dir`, first of all the key without which the rest cannot be read. A wipe cut
    /// short is finished at the next opening.
    pub fn wipe(dir: &Path) -> Result<(), OpenError> {
        if !dir.exists() {
            return Ok(());
        }
        let folder = Folder::open(dir)?;
        folder.wipe().map_err(|source| OpenError::NoAccess { dir: dir.to_owned(), source })
    }
}

/// What all handles share.
#[derive(Debug)]
struct Inner {
    inbox: Arc<Inbox>,
    reader: Reader,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Inner {
    /// Puts a command into the queue and waits for its answer.
    fn ask(&self, command: impl FnOnce(Reply) -> Command) -> Result<(), SaveError> {
        let (reply, answer) = sync_channel(1);
        self.inbox.submit(command(reply))?;
        match answer.recv_timeout(FOR_AN_ANSWER) {
            Ok(outcome) => outcome.map_err(SaveError::from),
            Err(RecvTimeoutError::Timeout) => Err(SaveError::OutOfTime),
            Err(RecvTimeoutError::Disconnected) => Err(SaveError::Closed),
        }
    }

    fn close(&self, within: Duration) -> Result<(), SaveError> {
        let give_up = Instant::now() + within;
        self.inbox.close();
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(running) = thread.take() else { return Ok(()) };
        while !running.is_finished() {
            if Instant::now() >= give_up {
                return Err(SaveError::OutOfTime);
            }
            thread::sleep(Duration::from_millis(2));
        }
        running.join().map_err(|_| SaveError::Closed)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = self.close(AT_DROP);
    }
}

/// How the store behaves; the default is right for a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// How many changes may wait, in the queue and again in the batch, before [`Store::submit`] refuses.
    pub queue: usize,
    /// How long bindings and call records may wait for one another in a burst; the first never waits.
    pub gather: Duration,
    /// How long the same for phones that show themselves.
    pub lazy_after: Duration,
    /// How many call records are kept, give or take a page of sixteen.
    pub call_records: usize,
    /// How much older than the newest a call record may be; `None` keeps them whatever their age.
    pub call_age: Option<SignedDuration>,
    /// How many entries of the journal are kept, give or take a page of sixteen; how old they may be, the office says.
    pub audit_entries: usize,
    /// How many days the journal goes back, as the office says; read from the disc at the start.
    pub audit_days: u16,
    /// How many emergency notices are kept.
    pub notices: usize,
    /// Snapshots: how soon after a change by the administrator.
    pub export_after_admin: Duration,
    /// How soon after a login or logout.
    pub export_after_login: Duration,
    /// How soon after any other change.
    pub export_every: Duration,
    /// How soon after a call, for the call records' own file.
    pub export_calls_every: Duration,
    /// The least time between two.
    pub export_gap: Duration,
    /// Bytes kept in reserve for a full disc.
    pub reserve: u64,
    /// Bytes of the database held in memory.
    pub cache: u64,
    /// How long a write may take before the store counts as out of use.
    pub patience: Duration,
    /// How many damaged databases are kept aside.
    pub damaged_kept: usize,
}

impl Default for StoreSettings {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self {
            queue: 4096,
            gather: Duration::from_millis(250),
            lazy_after: Duration::from_secs(2),
            call_records: 50_000,
            call_age: None,
            audit_entries: 10_000,
            audit_days: 90,
            notices: 200,
            export_after_admin: Duration::from_secs(10),
            export_after_login: 5 * MINUTE,
            export_every: 60 * MINUTE,
            export_calls_every: 6 * 60 * MINUTE,
            export_gap: MINUTE,
            reserve: 2 << 20,
            cache: 2 << 20,
            patience: Duration::from_secs(30),
            damaged_kept: 3,
        }
    }
}

/// The writing thread's name.
const WRITER: &str = "perch-store";
/// How long somebody waits for an answer, who may get it late where much waits on a full disc.
const FOR_AN_ANSWER: Duration = Duration::from_secs(90);
/// How long the last handle waits for the writer when nobody has closed the store.
const AT_DROP: Duration = Duration::from_secs(5);
