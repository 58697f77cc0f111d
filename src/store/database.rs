//! The database: sled, held so that it keeps its word.
//!
//! sled's own `flush` is no barrier (it neither commits the file's metadata nor flushes the drive), its open panics on
//! damage, and a lost tail goes unnoticed. So: the background flusher is off; a batch is durable after `flush` and an
//! `fdatasync` of sled's file; every opening runs guarded, on a thread that may panic or hang; and a record of our own,
//! written in every batch, holds the number of records and the sum of their checksums, so that what is missing, stale or
//! changed is noticed. Only this file and its folder name sled.
//!
//! Not here: what to do about a damaged database (`start`), when to write (`writer`).

mod engine;
mod reader;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::counters::Counters;
use super::folder;
use super::record::{self, Body, Key, Kind};
use super::seal::BoxKey;
use crate::model::StoreDamage;
use engine::open_unlocked;
pub(super) use engine::{caught, guarded};
pub(super) use reader::Reader;

/// Records as they lie on the disc, by key: what a database is rebuilt from.
pub(super) type Contents = BTreeMap<Key, Vec<u8>>;

/// What a batch does: write these, remove those.
pub(super) type Batch = BTreeMap<Key, Option<Body>>;

/// An open database that has passed its check.
#[derive(Debug)]
pub(super) struct Database {
    db: sled::Db,
    file: File,
    box_key: Arc<BoxKey>,
    tally: Tally,
    counts: BTreeMap<Kind, usize>,
}

/// What the database says about itself; written in every batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tally {
    /// The number of the last batch.
    pub sequence: u64,
    /// How many records there are.
    pub records: u64,
    /// The sum of their checksums.
    pub sum: u64,
    /// The highest numbers ever given.
    pub counters: Counters,
}

/// Why the database cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// No space left.
    #[error("the disc is full")]
    Full,
    /// The disc refuses.
    #[error("{}", plain(.0))]
    Disc(io::Error),
    /// What is on the disc is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The engine does not come to an end.
    #[error("the database engine does not answer")]
    Stuck,
    /// A newer version of this program wrote it.
    #[error("a newer version of Perch has written this store")]
    TooNew,
    /// It is whole, but the box key is another.
    #[error("the box key does not fit this store")]
    WrongKey,
}

impl From<sled::Error> for Fault {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) => error.into(),
            // What else it says are positions and names of its own, for nobody but its makers.
            sled::Error::Corruption { .. } => {
                Self::Damaged("the database engine has found what it never wrote".to_owned())
            }
            _ => Self::Damaged("the database engine gave up on it".to_owned()),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::UnexpectedEof => Self::Damaged("a file of it is cut short".to_owned()),
            io::ErrorKind::InvalidData => Self::Damaged("a file of it holds something else".to_owned()),
            io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
                Self::Damaged("files of it stand where folders should, or the other way round".to_owned())
            }
            _ => Self::Disc(error),
        }
    }
}

/// What the system says, without what the engine wraps around it.
fn plain(error: &io::Error) -> String {
    match (error.raw_os_error(), error.kind(), error.get_ref()) {
        (None, kind, Some(inner)) if inner.to_string().starts_with("Os {") => match kind {
            io::ErrorKind::Other => "the disc reports a fault".to_owned(),
            kind => kind.to_string(),
        },
        _ => error.to_string(),
    }
}

/// A database just opened, and what its check found.
pub(super) struct Examined {
    /// The database; usable only if the findings below are clean.
    pub database: Database,
    /// What is wrong with it; `None` when all is well.
    pub damage: Option<StoreDamage>,
    /// How many of its records are damaged.
    pub damaged_records: usize,
}

impl Database {
    /// Opens the database in `path` and checks every record; `visit` sees each good one. Returns an error where sled
    /// cannot open it at all; a database that opens but is not whole says so in [`Examined::damage`].
    pub fn open<T: Send + 'static>(
        path: &Path,
        cache: u64,
        box_key: &Arc<BoxKey>,
        mut seen: T,
        visit: fn(&mut T, &Key, &[u8], &BoxKey) -> Result<(), record::Fault>,
    ) -> Result<(Examined, T), Fault> {
        let (path, box_key) = (path.to_owned(), Arc::clone(box_key));
        guarded(PATIENCE, move || {
            let db = open_unlocked(&path, cache)?;
            let file = File::open(path.join("db"))?;
            folder::sync_dir(&path)?;
            let tally = read_tally(&db)?;
            let mut count = Tally::default();
            let mut counts = BTreeMap::new();
            let mut damaged_records = 0;
            for entry in db.scan_prefix([]) {
                let (bytes, value) = entry?;
                if bytes.as_ref() == TALLY {
                    continue;
                }
                let key = Key::from_bytes(&bytes).ok_or(Fault::TooNew)?;
                match record::check(&key, &value).and_then(|found| {
                    visit(&mut seen, &key, &value, &box_key)?;
                    Ok(found)
                }) {
                    Ok((sequence, crc)) => {
                        *counts.entry(key.kind()).or_default() += 1;
                        count.records += 1;
                        count.sum = count.sum.wrapping_add(u64::from(crc));
                        count.sequence = count.sequence.max(sequence);
                    }
                    Err(record::Fault::TooNew) => return Err(Fault::TooNew),
                    Err(record::Fault::Sealed) if key.kind() == Kind::KeyCheck => {
                        return Err(Fault::WrongKey);
                    }
                    Err(_) => damaged_records += 1,
                }
            }
            file.sync_data()?;
            let damage = compare(tally, &count, damaged_records);
            let tally = tally.unwrap_or(count);
            let database = Self { db, file, box_key, tally, counts };
            Ok((Examined { database, damage, damaged_records }, seen))
        })
        .and_then(|opened| opened)
    }

    /// Builds a database of `contents` in `path` and closes it; on the disc, names included, when this returns.
    pub fn build(path: &Path, cache: u64, contents: Contents, tally: Tally) -> Result<(), Fault> {
        folder::make_dir(path)?;
        let path = path.to_owned();
        guarded(PATIENCE, move || {
            let db = open_unlocked(&path, cache)?;
            let mut tally = Tally { records: 0, sum: 0, ..tally };
            for (key, value) in contents {
                let (_, crc) = record::check(&key, &value)
                    .map_err(|_| Fault::Damaged("a record went bad while it was copied".to_owned()))?;
                tally.records += 1;
                tally.sum = tally.sum.wrapping_add(u64::from(crc));
                db.insert(key.as_bytes(), value)?;
            }
            db.insert(TALLY, tally_value(&tally))?;
            db.flush()?;
            drop(db);
            for entry in std::fs::read_dir(&path)? {
                File::open(entry?.path())?.sync_all()?;
            }
            folder::sync_dir(&path)?;
            folder::sync_parent(&path)?;
            Ok(())
        })
        .and_then(|built| built)
    }

    /// What the database says about itself.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Writes some records, all or none; what is already there with the same content is not written again. Says whether
    /// anything was. They are durable after [`Database::sync`]. After an error the database must be closed and opened
    /// again.
    pub fn write<'a>(
        &mut self,
        records: impl Iterator<Item = (&'a Key, &'a Option<Body>)>,
        counters: Counters,
    ) -> Result<bool, Fault> {
        let mut tally = Tally { sequence: self.tally.sequence + 1, counters, ..self.tally };
        let mut steps = sled::Batch::default();
        let mut counts = self.counts.clone();
        let mut changed = counters != self.tally.counters;
        for (key, wanted) in records {
            let present = self.db.get(key.as_bytes())?;
            if let Some(present) = &present {
                let old = record::unwrap(key, present, &self.box_key)
                    .map_err(|_| Fault::Damaged("a record has gone bad since the start".to_owned()))?;
                if wanted.as_ref().is_some_and(|wanted| **wanted == **old.body) {
                    continue;
                }
                tally.records = tally.records.wrapping_sub(1);
                *counts.entry(key.kind()).or_default() -= 1;
                tally.sum = tally.sum.wrapping_sub(u64::from(old.crc));
            }
            match wanted {
                Some(body) => {
                    let (value, crc) = record::wrap(key, body, tally.sequence, &self.box_key)?;
                    tally.records += 1;
                    tally.sum = tally.sum.wrapping_add(u64::from(crc));
                    *counts.entry(key.kind()).or_default() += 1;
                    steps.insert(key.as_bytes(), value);
                }
                None if present.is_none() => continue,
                None => steps.remove(key.as_bytes()),
            }
            changed = true;
        }
        if changed {
            steps.insert(TALLY, tally_value(&tally));
            self.db.apply_batch(steps)?;
            self.tally = tally;
            self.counts = counts;
        }
        Ok(changed)
    }

    /// Makes everything written so far durable.
    pub fn sync(&self) -> Result<(), Fault> {
        self.db.flush()?;
        // Whatever fdatasync complains of, the pages it concerns may be gone: the database must be built anew.
        self.file.sync_data().map_err(Fault::Disc)
    }

    /// Shows the records of one kind, in the order of their keys, until `show` says to stop.
    pub fn each(&self, kind: Kind, mut show: impl FnMut(&Key, &[u8]) -> io::Result<()>) -> Result<(), Fault> {
        for entry in self.db.scan_prefix([kind.letter()]) {
            let (bytes, value) = entry?;
            if let Some(key) = Key::from_bytes(&bytes) {
                show(&key, &value)?;
            }
        }
        Ok(())
    }

    /// The keys that begin with `prefix`, in order, at most `limit`.
    pub fn keys(&self, prefix: &[u8], limit: usize) -> Result<Vec<Key>, Fault> {
        keys(&self.db, prefix, limit)
    }

    /// How many records of `kind` there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// Whether there is such a record.
    pub fn contains(&self, key: &Key) -> Result<bool, Fault> {
        Ok(self.db.contains_key(key.as_bytes())?)
    }

    /// The value of one record.
    pub fn value(&self, key: &Key) -> Result<Option<record::Value>, Fault> {
        read_value(&self.db, key, &self.box_key)
    }
}

fn keys(db: &sled::Db, prefix: &[u8], limit: usize) -> Result<Vec<Key>, Fault> {
    let keys = db.scan_prefix(prefix).keys().take(limit);
    keys.map(|key| Key::from_bytes(&key?).ok_or(Fault::TooNew)).collect()
}

fn read_value(db: &sled::Db, key: &Key, box_key: &BoxKey) -> Result<Option<record::Value>, Fault> {
    let Some(value) = db.get(key.as_bytes())? else { return Ok(None) };
    record::unwrap(key, &value, box_key)
        .map(Some)
        .map_err(|_| Fault::Damaged("a record has gone bad since the start".to_owned()))
}

fn compare(tally: Option<Tally>, count: &Tally, damaged_records: usize) -> Option<StoreDamage> {
    let Some(tally) = tally else { return Some(StoreDamage::NoTally) };
    if damaged_records > 0 {
        return Some(StoreDamage::BadRecords { records: damaged_records });
    }
    if (tally.records, tally.sum) != (count.records, count.sum) || count.sequence > tally.sequence {
        return Some(StoreDamage::Incomplete { found: count.records, expected: tally.records });
    }
    None
}

fn read_tally(db: &sled::Db) -> Result<Option<Tally>, Fault> {
    let Some(value) = db.get(TALLY)? else { return Ok(None) };
    let Some((version, rest)) = value.split_first() else { return Ok(None) };
    let Some((crc, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    match version {
        _ if crc32fast::hash(body).to_le_bytes() != *crc => Ok(None),
        1 => Ok(postcard::from_bytes(body).ok()),
        _ => Err(Fault::TooNew),
    }
}

fn tally_value(tally: &Tally) -> Vec<u8> {
    let body = postcard::to_allocvec(tally).expect("a tally has a known length and no writer to fail");
    [&[1][..], &crc32fast::hash(&body).to_le_bytes(), &body].concat()
}

/// Whether there is a database in this folder, in whatever state. A folder that cannot be looked into is no empty one.
pub(super) fn is_there(path: &Path) -> Result<bool, Fault> {
    for file in ["db", "conf"] {
        match std::fs::metadata(path.join(file)) {
            Ok(_) => return Ok(true),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(Fault::Disc(error)),
        }
    }
    Ok(false)
}

/// How long an opening may take before the database counts as damaged; an ordinary one takes well under a second.
const PATIENCE: Duration = Duration::from_secs(60);
const TALLY: &[u8] = b"m";
