//! The start: a folder in whatever state becomes an open, whole database, or a sentence that says what to do.
//!
//! ```text
//! folder locked -> key -> database opens, adds up, is not behind a snapshot --------------------> open
//!                              | no
//!                              +-> newest good snapshots + its good records that are newer
//!                                    -> built beside it -> damaged one moved aside -> open again
//! ```
//!
//! Each step can be cut short by the power and is taken again at the next start; nothing old is removed before its
//! successor is on the disc.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

use super::counters::Counters;
use super::database::{self, Contents, Database, Examined, Fault, Tally};
use super::export::{self, Part};
use super::folder::{self, Folder, Mark};
use super::record::{self, Key, Kind};
use super::seal::{BoxKey, KeyFile};
use super::{OpenError, StoreSettings};
use crate::model::{Login, LoginPolicy, Snapshot, StartFinding, StoreDamage};

/// What a start has made ready.
pub(super) struct Started {
    pub folder: Folder,
    pub box_key: Arc<BoxKey>,
    pub database: Database,
    pub mark: Option<Mark>,
    pub snapshot: Snapshot,
    pub findings: Vec<StartFinding>,
}

/// Opens the store in `dir`, repairing what can be repaired.
pub(super) fn start(dir: &Path, settings: &StoreSettings) -> Result<Started, OpenError> {
    let folder = Folder::open(dir)?;
    let mut findings = Vec::new();
    // An engine short of space may panic, which must not be taken for damage.
    if folder.free_space().is_ok_and(|free| free < START_RESERVE) {
        folder::make_room(&folder.start_reserve());
        findings.push(StartFinding::DiscFull);
    }
    let box_key = Arc::new(ready_key(&folder).map_err(|fault| explain(&folder, fault))??);
    let (database, mut snapshot) = loop {
        match open_or_repair(&folder, settings, &box_key, &mut findings) {
            Err(Fault::Full) if folder.make_room() => {
                findings.retain(|finding| *finding != StartFinding::DiscFull);
                findings.push(StartFinding::DiscFull);
            }
            opened => break opened.map_err(|fault| explain(&folder, fault))?,
        }
    };
    // Opening needs room mostly for a moment: what is left of it is taken back before others can have it.
    let halves = (0..4).map(|halved| START_RESERVE >> halved);
    let _ = halves.map(|size| folder::make_reserve(&folder.start_reserve(), size)).find(Result::is_ok);

    let mut counters = database.tally().counters;
    counters.saw_snapshot(&snapshot);
    counters.tell(&mut snapshot);
    let (mark, reached) = match Mark::open(&folder.mark()) {
        Ok((mark, reached)) => (Some(mark), reached),
        Err(_) => (None, None),
    };
    let sequence = database.tally().sequence;
    if let Some(lost) = reached.and_then(|reached| reached.checked_sub(sequence)).filter(|lost| *lost > 0) {
        findings.push(StartFinding::LostTail { batches: lost });
    }
    if let (Some(mark), true) = (&mark, reached != Some(sequence)) {
        mark.set(sequence);
    }
    Ok(Started { folder, box_key, database, mark, snapshot, findings })
}

/// The box key: read, or made where nothing depends on it yet.
fn ready_key(folder: &Folder) -> Result<Result<BoxKey, OpenError>, Fault> {
    let in_use = database::is_there(&folder.database())? || export::any(folder);
    Ok(match BoxKey::load(&folder.key())? {
        KeyFile::Key(key) => Ok(key),
        KeyFile::Missing | KeyFile::Damaged if in_use => {
            Err(OpenError::KeyMissing { dir: folder.dir().to_owned() })
        }
        KeyFile::Missing | KeyFile::Damaged => Ok(BoxKey::create(&folder.key())?),
    })
}

/// What an opening collects on its way through the records.
#[derive(Default)]
struct Seen {
    snapshot: Snapshot,
    /// Everything that is good, in case the whole is not; filled only when asked for.
    good: Option<Contents>,
}

fn look(seen: &mut Seen, key: &Key, value: &[u8], box_key: &BoxKey) -> Result<(), record::Fault> {
    let opened = record::unwrap(key, value, box_key)?;
    record::restore(key, &opened, &mut seen.snapshot)?;
    if let Some(good) = &mut seen.good {
        good.insert(key.clone(), value.to_vec());
    }
    Ok(())
}

fn open_or_repair(
    folder: &Folder,
    settings: &StoreSettings,
    box_key: &Arc<BoxKey>,
    findings: &mut Vec<StartFinding>,
) -> Result<(Database, Snapshot), Fault> {
    let path = folder.database();
    let salvage = if database::is_there(&path)? {
        match Database::open(&path, settings.cache, box_key, Seen::default(), look) {
            Ok((Examined { database, damage: None, .. }, seen)) => {
                let claimed = export::newest_claim(folder, Part::Office);
                if claimed.is_none_or(|claimed| claimed <= database.tally().sequence) {
                    return Ok((database, seen.snapshot));
                }
                Salvage::of(database, folder, settings, box_key, StoreDamage::Older, 0)
            }
            Ok((Examined { database, damage: Some(damage), damaged_records }, _)) => {
                Salvage::of(database, folder, settings, box_key, damage, damaged_records)
            }
            Err(fault @ (Fault::Damaged(_) | Fault::Stuck)) => {
                tracing::warn!(cause = %fault, "the database cannot be opened");
                Salvage { damage: Some(StoreDamage::Unreadable), ..Salvage::default() }
            }
            Err(fault) => return Err(fault),
        }
    } else {
        Salvage::default()
    };
    repair(folder, settings, box_key, salvage, findings)?;
    match Database::open(&path, settings.cache, box_key, Seen::default(), look)? {
        (Examined { database, damage: None, .. }, seen) => Ok((database, seen.snapshot)),
        (Examined { damage: Some(damage), .. }, _) => Err(Fault::Damaged(damage.to_string())),
    }
}

/// What could be got out of a database that is not whole.
#[derive(Default)]
struct Salvage {
    /// What is wrong with it; `None` where there was none.
    damage: Option<StoreDamage>,
    damaged_records: usize,
    good: Contents,
    tally: Tally,
}

impl Salvage {
    /// Closes the database and reads its good records in a second pass (kept out of the first, which is every start's).
    fn of(
        database: Database,
        folder: &Folder,
        settings: &StoreSettings,
        box_key: &Arc<BoxKey>,
        damage: StoreDamage,
        damaged_records: usize,
    ) -> Self {
        let tally = *database.tally();
        drop(database);
        let seen = Seen { good: Some(Contents::new()), ..Seen::default() };
        let good = Database::open(&folder.database(), settings.cache, box_key, seen, look)
            .ok()
            .and_then(|(_, seen)| seen.good)
            .unwrap_or_default();
        Self { damage: Some(damage), damaged_records, good, tally }
    }
}

/// Builds a database from the snapshots and the salvage, and puts it in its place.
fn repair(
    folder: &Folder,
    settings: &StoreSettings,
    box_key: &Arc<BoxKey>,
    salvage: Salvage,
    findings: &mut Vec<StartFinding>,
) -> Result<(), Fault> {
    let mut contents = Contents::new();
    let mut tally = salvage.tally;
    let mut since = BTreeMap::new();
    let mut restored = None;
    for part in Part::ALL {
        let Some(export) = export::newest(folder, part, box_key)? else { continue };
        tally.sequence = tally.sequence.max(export.header.sequence);
        tally.counters = tally.counters.or_higher(export.header.counters);
        since.insert(part as u8, export.header.sequence);
        if part == Part::Office {
            restored =
                Some(StartFinding::Restored { made: export.header.made, records: export.contents.len() });
        }
        contents.extend(export.contents);
    }
    for (key, value) in salvage.good {
        let Ok((sequence, _)) = record::check(&key, &value) else { continue };
        tally.sequence = tally.sequence.max(sequence);
        if since.get(&(Part::of(key.kind()) as u8)).is_none_or(|since| sequence > *since) {
            contents.insert(key, value);
        }
    }
    settle_logins(&mut contents, box_key);
    let is_first_start = salvage.damage.is_none() && contents.is_empty() && !folder.has_a_past();
    if let Ok((_, Some(reached))) = Mark::open(&folder.mark()) {
        tally.sequence = tally.sequence.max(reached);
    }
    if !is_first_start {
        tally.counters = tally.counters.past_the_unknown();
    }
    tally.counters = contents.keys().fold(tally.counters, Counters::saw_key);
    tally.sequence += 1;
    add_key_check(&mut contents, tally.sequence, box_key)?;

    Database::build(&folder.fresh_database(), settings.cache, contents, tally).inspect_err(|_| {
        let _ = std::fs::remove_dir_all(folder.fresh_database());
    })?;
    let aside = folder.install_fresh_database(settings.damaged_kept)?;
    if let (Some(aside), Some(damage)) = (aside, salvage.damage) {
        findings.push(StartFinding::Damaged { damage, aside });
        findings.push(restored.unwrap_or(StartFinding::NothingToRestore));
        if salvage.damaged_records > 0 {
            findings.push(StartFinding::Dropped { records: salvage.damaged_records });
        }
    } else if !is_first_start {
        findings.push(StartFinding::Missing);
        findings.push(restored.unwrap_or(StartFinding::NothingToRestore));
    }
    Ok(())
}

/// A snapshot and newer records may disagree about who is where; the newer login wins, so that no phone rings for two
/// users and, where the policy forbids it, no user is at two desks.
fn settle_logins(contents: &mut Contents, box_key: &BoxKey) {
    let mut seen = Snapshot::default();
    for (key, value) in contents.iter() {
        if let (Kind::Settings | Kind::Tenant | Kind::Login, Ok(value)) =
            (key.kind(), record::unwrap(key, value, box_key))
        {
            let _ = record::restore(key, &value, &mut seen);
        }
    }
    seen.logins.sort_by_key(|login| std::cmp::Reverse(login.id));
    let mut kept: Vec<Login> = Vec::new();
    for login in seen.logins {
        let policy = seen.office.settings_of(login.extension.tenant()).login_policy;
        let clashes = |other: &Login| {
            let is_second = policy != LoginPolicy::Several && other.extension == login.extension;
            other.device == login.device || is_second
        };
        if kept.iter().any(clashes) {
            contents.remove(&Key::login(login.id));
        } else {
            kept.push(login);
        }
    }
}

fn add_key_check(contents: &mut Contents, sequence: u64, box_key: &BoxKey) -> Result<(), Fault> {
    if let Entry::Vacant(place) = contents.entry(Key::key_check()) {
        place.insert(record::wrap(&Key::key_check(), record::CHECK_WORD, sequence, box_key)?.0);
    }
    Ok(())
}

/// Copies the records of an open database into a fresh one and opens that: for a disc that has failed to write, where
/// what the system remembers may not be what the disc holds.
pub(super) fn rebuild(
    folder: &Folder,
    settings: &StoreSettings,
    box_key: &Arc<BoxKey>,
) -> Result<Database, Fault> {
    let seen = Seen { good: Some(Contents::new()), ..Seen::default() };
    let (examined, seen) = Database::open(&folder.database(), settings.cache, box_key, seen, look)?;
    if let Some(damage) = examined.damage {
        return Err(Fault::Damaged(damage.to_string()));
    }
    let tally = *examined.database.tally();
    drop(examined);
    let _ = std::fs::remove_dir_all(folder.fresh_database());
    Database::build(&folder.fresh_database(), settings.cache, seen.good.unwrap_or_default(), tally)?;
    folder.install_fresh_database(settings.damaged_kept)?;
    reopen(folder, settings, box_key)
}

/// Opens the database again after it has been closed.
pub(super) fn reopen(
    folder: &Folder,
    settings: &StoreSettings,
    box_key: &Arc<BoxKey>,
) -> Result<Database, Fault> {
    match Database::open(&folder.database(), settings.cache, box_key, Seen::default(), look)?.0 {
        Examined { database, damage: None, .. } => Ok(database),
        Examined { damage: Some(damage), .. } => Err(Fault::Damaged(damage.to_string())),
    }
}

fn explain(folder: &Folder, fault: Fault) -> OpenError {
    let dir = folder.dir().to_owned();
    match fault {
        Fault::Full => OpenError::DiscFull { dir },
        Fault::Disc(source) => OpenError::NoAccess { dir, source },
        Fault::Damaged(_) | Fault::Stuck => OpenError::Unusable { dir, cause: fault.to_string() },
        Fault::TooNew => OpenError::TooNew { dir },
        Fault::WrongKey => OpenError::WrongKey { dir },
    }
}

/// Kept for the start alone: the engine fills up a segment (512 kB) and writes its index when it opens, and a box must
/// start on a full disc again and again.
pub(super) const START_RESERVE: u64 = 1 << 20;
