//! The writer: one thread that brings changes to the disc and says when they are there.
//!
//! Everything pending goes into one batch and costs one `fdatasync`, so that nothing reaches the disc before what was handed in
//! earlier; in a burst, bindings and call records are gathered for a moment. What fails stays pending and is tried again with growing pauses; a full disc is met by giving up the reserve file, and the reserve
//! is made again before the trouble counts as over. An idle writer sleeps and writes nothing.
//!
//! Not here: how a batch becomes durable (`database`), what an export looks like (`export`).

mod due;
mod pace;
mod space;
mod trouble;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::StoreSettings;
use super::database::{self, Database, Fault, Reader};
use super::export::{self, Part};
use super::folder::{self, Folder, Mark};
use super::inbox::{Command, Inbox, Reply};
use super::pending::{Haste, Pending};
use super::record::{self, Step};
use super::seal::BoxKey;
use super::standing::Standing;
use super::start;
use crate::model::{Change, StoreTrouble};
use due::Due;
use pace::Pace;
use space::{Space, is_full};
use trouble::{fault_of, kind_of};

/// The writer's state; it lives on its own thread.
pub(super) struct Writer {
    pub settings: StoreSettings,
    pub inbox: Arc<Inbox>,
    pub standing: watch::Sender<Standing>,
    pub reader: Reader,
    pub box_key: Arc<BoxKey>,
    pub mark: Option<Mark>,
    state: State,
    /// How long the next failure waits for another try.
    pause: Duration,
    pending: Pending,
    pace: Pace,
    space: Space,
    exports: [Due; 2],
    export_trouble: Option<StoreTrouble>,
    /// Last, so that the folder's lock outlives the database.
    folder: Folder,
}

/// How it stands with the database.
enum State {
    /// Open and well.
    Open(Database),
    /// It has failed and is tried again.
    Failing { database: Option<Database>, remedy: Remedy, again: Instant, trouble: StoreTrouble },
    /// It is damaged or does not answer; only a new start helps.
    Broken,
}

/// How a failed database is brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// Open it again: nothing that was acknowledged is in doubt.
    Reopen,
    /// Copy it into a new one: the disc may have dropped what the system believes written.
    Rebuild,
}

impl Writer {
    /// A writer for a store that has just been started.
    pub fn new(
        started: start::Started,
        settings: StoreSettings,
        inbox: Arc<Inbox>,
        standing: watch::Sender<Standing>,
        reader: Reader,
    ) -> Self {
        let start::Started { folder, box_key, database, mark, snapshot, .. } = started;
        let now = Instant::now();
        let audit_days = settings.audit_days;
        let mut counters = database.tally().counters;
        counters.saw_snapshot(&snapshot);
        let exports = Part::ALL.map(|part| {
            let is_behind = export::newest_claim(&folder, part) < Some(database.tally().sequence);
            if is_behind { Due::after_start(part, &settings, now) } else { Due::default() }
        });
        let space = Space::of(&folder, &settings, now);
        let writer = Self {
            settings,
            inbox,
            standing,
            reader,
            box_key,
            mark,
            state: State::Open(database),
            pause: FIRST_PAUSE,
            pending: Pending::new(counters, audit_days),
            pace: Pace::default(),
            space,
            exports,
            export_trouble: None,
            folder,
        };
        writer.tell();
        writer
    }

    /// Runs until the queue is closed and all of it is written, or cannot be.
    pub fn run(mut self) {
        loop {
            let taken = self.inbox.take(self.deadline(Instant::now()), self.room());
            for command in taken.commands {
                self.handle(command);
            }
            self.handle_timeouts(Instant::now());
            if taken.closed {
                self.write_pending();
                if taken.drained || self.room() == 0 {
                    break;
                }
            }
        }
        if self.exports[Part::Office as usize].at.is_some() {
            let _ = self.export(Part::Office);
        }
        self.reader.detach();
        if let State::Open(database) | State::Failing { database: Some(database), .. } = self.state {
            let _ = database::guarded(self.settings.patience, move || drop(database));
        }
    }

    fn room(&self) -> usize {
        self.settings.queue.saturating_sub(self.pending.len())
    }

    /// When something is to be done without being asked.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        let write = self.write_due(now);
        let exports = match self.state {
            State::Open(_) => self.exports.iter().filter_map(|due| due.at).min(),
            State::Failing { .. } | State::Broken => None,
        };
        [write, self.space.poll_timeout(), exports].into_iter().flatten().min()
    }

    /// When what waits is to be written.
    fn write_due(&self, now: Instant) -> Option<Instant> {
        match &self.state {
            State::Open(_) if self.room() == 0 => Some(now),
            State::Open(_) => self.pace.due(&self.pending.haste, &self.settings, now),
            State::Failing { again, .. } => Some(*again),
            State::Broken => None,
        }
    }

    fn handle(&mut self, command: Command) {
        match command {
            // What cannot be written any more need not be held: a new start reads the disc.
            Command::Changes(_) if matches!(self.state, State::Broken) => {}
            Command::Changes(changes) => {
                for (number, change) in changes {
                    self.stage(number, change);
                }
            }
            Command::Now(changes, reply) => {
                let mut batch = self.pending.whole();
                changes.iter().for_each(|change| batch.saw(change));
                let steps = changes.into_iter().flat_map(record::steps).collect();
                self.write_now(steps, batch, reply);
            }
            Command::Steps(steps, reply) => self.write_now(steps, self.pending.whole(), reply),
            Command::Export(reply) => {
                self.write_pending();
                let done = Part::ALL.map(|part| self.export(part)).into_iter().collect();
                let _ = reply.send(done);
            }
        }
    }

    fn stage(&mut self, number: u64, change: Change) {
        let haste = Haste::of(&change);
        self.pending.saw(&change);
        self.pending.through = self.pending.through.max(number);
        self.pending.stage(record::steps(change), haste);
        if self.room() == 0 && matches!(self.state, State::Failing { .. }) {
            // Logins and bindings replace themselves and stay few; history would fill the memory in the end.
            let lost @ 1.. = self.pending.give_up_history() else { return };
            tracing::warn!(
                lost,
                "the disc has not been written for too long: the oldest call records and entries of the journal are given up"
            );
        }
    }

    fn handle_timeouts(&mut self, now: Instant) {
        if self.write_due(now).is_some_and(|due| due <= now) {
            self.write_pending();
        }
        if self.space.poll_timeout().is_some_and(|due| due <= now) {
            self.space = Space::of(&self.folder, &self.settings, now);
        }
        for part in Part::ALL {
            let due = self.exports[part as usize].at.is_some_and(|at| at <= now);
            if due && matches!(self.state, State::Open(_)) {
                let _ = self.export(part);
            }
        }
        self.tell();
    }

    /// Writes what waits; what cannot be written goes on waiting.
    fn write_pending(&mut self) {
        if self.pending.is_empty() && matches!(self.state, State::Open(_) | State::Broken) {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        let outcome = self.commit(&mut pending);
        self.pending = pending;
        if outcome.is_ok() {
            self.pace.wrote(&self.pending.haste, Instant::now());
            self.pending.clear();
            let through = self.pending.through;
            self.standing
                .send_if_modified(|standing| std::mem::replace(&mut standing.through, through) != through);
        }
        self.tell();
    }

    /// Writes `steps` after everything that waits, and answers; on failure they are forgotten.
    fn write_now(&mut self, steps: Vec<Step>, mut batch: Pending, reply: Reply) {
        self.write_pending();
        let outcome = match self.pending.is_empty() {
            false => Err(fault_of(self.trouble())),
            true => {
                batch.stage(steps, Haste::Urgent);
                self.commit(&mut batch).inspect(|()| self.pending.follow(&batch))
            }
        };
        let _ = reply.send(outcome);
        self.tell();
    }

    /// Brings a batch to the disc. A full disc is met once by giving up the reserve.
    fn commit(&mut self, pending: &mut Pending) -> Result<(), Fault> {
        match self.try_commit(pending) {
            Err(Fault::Full) if folder::make_room(&self.folder.reserve()) => {
                tracing::warn!("the disc is full: the store has given up its reserve");
                self.space = Space::gone(Instant::now());
                self.try_commit(pending)
            }
            other => other,
        }
    }

    fn try_commit(&mut self, pending: &mut Pending) -> Result<(), Fault> {
        self.bring_back()?;
        let database = match std::mem::replace(&mut self.state, State::Broken) {
            State::Open(database) => database,
            other => {
                self.state = other;
                return Err(Fault::Damaged("the store is damaged".to_owned()));
            }
        };
        let (batch, settings) = (std::mem::take(pending), self.settings.clone());
        let written = database::guarded(settings.patience, move || batch.write_to(database, &settings));
        match written {
            Ok((database, batch, Ok(changed))) => {
                *pending = batch;
                if changed {
                    self.note(&database, pending);
                }
                self.pause = FIRST_PAUSE;
                self.state = State::Open(database);
                Ok(())
            }
            Ok((database, batch, Err(fault))) => {
                *pending = batch;
                Err(self.fail(fault, Some(database)))
            }
            Err(fault) => Err(self.fail(fault, None)),
        }
    }

    /// Notes what is on the disc now, and when it is to be in the snapshots.
    fn note(&mut self, database: &Database, written: &Pending) {
        if let Some(mark) = &self.mark {
            mark.set(database.tally().sequence);
        }
        let now = Instant::now();
        if is_full(&self.folder) {
            self.space = Space::gone(now);
        }
        for key in written.batch.keys() {
            let kind = key.kind();
            self.exports[Part::of(kind) as usize].bring_forward(kind, &self.settings, now);
        }
    }

    /// Puts the database out of use after a fault; gives the fault back. On a full disc it can still be read until it is
    /// opened again.
    fn fail(&mut self, fault: Fault, database: Option<Database>) -> Fault {
        let remedy = match (&fault, &self.state) {
            (Fault::Full, State::Failing { remedy, .. }) => *remedy,
            (Fault::Full, State::Open(_) | State::Broken) => Remedy::Reopen,
            _ => Remedy::Rebuild,
        };
        self.state = match &fault {
            Fault::Full | Fault::Disc(_) => {
                tracing::warn!(cause = %fault, "the store could not be written; it is tried again");
                let again = Instant::now() + self.pause;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                State::Failing { database, remedy, again, trouble: kind_of(&fault) }
            }
            Fault::Damaged(_) | Fault::Stuck | Fault::TooNew | Fault::WrongKey => {
                tracing::error!(cause = %fault, "the store is out of use: restart Perch");
                self.reader.detach();
                #[expect(
                    clippy::mem_forget,
                    reason = "the engine has given up, and closing it may never end"
                )]
                std::mem::forget(database);
                State::Broken
            }
        };
        fault
    }

    /// Opens the database again after a failure, where there is room for that.
    fn bring_back(&mut self) -> Result<(), Fault> {
        let State::Failing { database, remedy, again, .. } = &mut self.state else { return Ok(()) };
        // The engine fills up a segment and writes its index when it opens: without room that is not even tried.
        if is_full(&self.folder) {
            *again = Instant::now() + self.pause;
            return Err(Fault::Full);
        }
        self.reader.detach();
        let (closing, remedy) = (database.take(), *remedy);
        let opened =
            database::guarded(self.settings.patience, move || drop(closing)).and_then(|()| match remedy {
                Remedy::Reopen => start::reopen(&self.folder, &self.settings, &self.box_key),
                Remedy::Rebuild => start::rebuild(&self.folder, &self.settings, &self.box_key),
            });
        match opened {
            Ok(database) => {
                self.reader.attach(&database);
                self.state = State::Open(database);
                Ok(())
            }
            Err(fault) => Err(self.fail(fault, None)),
        }
    }

    fn export(&mut self, part: Part) -> Result<(), Fault> {
        let State::Open(database) = &self.state else {
            return Err(Fault::Disc(std::io::Error::other("the store cannot be written at present")));
        };
        let outcome = database::caught(|| export::write(&self.folder, part, database));
        let now = Instant::now();
        let due = &mut self.exports[part as usize];
        due.last = Some(now);
        due.at = outcome.is_err().then(|| now + EXPORT_PAUSE);
        match &outcome {
            Ok(()) => self.export_trouble = None,
            Err(fault) => {
                tracing::warn!(cause = %fault, "a snapshot could not be exported; it is tried again");
                self.export_trouble = Some(kind_of(fault));
            }
        }
        outcome
    }

    /// What is wrong.
    fn trouble(&self) -> Option<StoreTrouble> {
        match (&self.state, &self.space) {
            (State::Failing { trouble, .. }, _) => Some(*trouble),
            (State::Broken, _) => Some(StoreTrouble::Broken),
            (State::Open(_), Space::Short { .. }) => Some(StoreTrouble::Full),
            (State::Open(_), Space::Enough) => self.export_trouble,
        }
    }

    fn tell(&self) {
        let trouble = self.trouble();
        self.standing.send_if_modified(|standing| {
            let changed = standing.trouble != trouble;
            standing.trouble = trouble;
            changed
        });
    }
}

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const EXPORT_PAUSE: Duration = Duration::from_secs(300);
