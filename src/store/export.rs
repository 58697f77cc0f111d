//! Exported snapshots: copies of the records in plain files, from which a start restores a damaged database.
//!
//! A file begins with its form and a header, then come the records exactly as they lie in the database (sealed ones stay
//! sealed), then the SHA-256 of all that. It is written beside its place and moved there, and the one before it is kept: at
//! every moment at least one generation is whole. Call records and the journal, which are much and change no call's
//! course, have files of their own, written less often.
//!
//! Not here: when to export (`writer`), when to restore (`start`).

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::counters::Counters;
use super::database::{Contents, Database, Fault};
use super::folder::{self, Folder};
use super::record::{self, Key, Kind};
use super::seal::BoxKey;

/// Which records a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Part {
    /// Everything a start needs, and what the page keeps.
    Office,
    /// The call records and the journal.
    Calls,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Office, Self::Calls];

    /// The part that holds records of `kind`.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Call | Kind::Audit => Self::Calls,
            Kind::KeyCheck | Kind::Settings | Kind::Tenant | Kind::Part => Self::Office,
            Kind::Extension | Kind::Keys | Kind::Device => Self::Office,
            Kind::Login | Kind::Binding | Kind::Emergency | Kind::Lockout => Self::Office,
            Kind::ToTell | Kind::Messages | Kind::Web => Self::Office,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Office => "office.snapshot",
            Self::Calls => "calls.snapshot",
        }
    }

    /// Where its generations lie, newest first.
    fn generations(self, folder: &Folder) -> [PathBuf; 2] {
        let newest = folder.snapshots().join(self.name());
        let older = newest.with_extension("snapshot.old");
        [newest, older]
    }
}

/// What stands at the head of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    part: Part,
    /// The last batch it includes.
    pub sequence: u64,
    /// The highest numbers ever given.
    pub counters: Counters,
    /// When it was made, by a clock that may not have been set.
    pub made: Timestamp,
}

/// A file read back whole.
#[derive(Debug)]
pub(super) struct Export {
    /// Its head.
    pub header: Header,
    /// Its records.
    pub contents: Contents,
}

/// Writes the records of `part` to a new file; the newest one until now becomes the older generation.
pub(super) fn write(folder: &Folder, part: Part, database: &Database) -> Result<(), Fault> {
    folder::make_dir(&folder.snapshots())?;
    let [newest, older] = part.generations(folder);
    let temporary = folder::temporary_for(&newest);
    let written = write_file(&temporary, part, database).and_then(|()| {
        if newest.exists() {
            fs::rename(&newest, older)?;
        }
        fs::rename(&temporary, &newest)?;
        folder::sync_dir(&folder.snapshots())?;
        Ok(())
    });
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

fn write_file(path: &Path, part: Part, database: &Database) -> Result<(), Fault> {
    let tally = database.tally();
    let header = Header { part, sequence: tally.sequence, counters: tally.counters, made: Timestamp::now() };
    let mut file = Hashing::new(BufWriter::new(folder::create_new(path)?));
    file.write_all(FORM)?;
    write_frame(&mut file, &header)?;
    for kind in Kind::ALL.into_iter().filter(|kind| Part::of(*kind) == part) {
        database.each(kind, |key, value| write_frame(&mut file, &(key.as_bytes(), value)))?;
    }
    let (mut file, hash) = file.finish();
    file.write_all(&hash)?;
    file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    Ok(())
}

fn write_frame(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let frame = postcard::to_allocvec(value).map_err(io::Error::other)?;
    let length = u32::try_from(frame.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_le_bytes())?;
    to.write_all(&frame)
}

/// The newest batch that any file of `part` claims to hold; a quick look at the head, without reading on.
pub(super) fn newest_claim(folder: &Folder, part: Part) -> Option<u64> {
    let claims = part.generations(folder).into_iter().filter_map(|path| {
        let mut file = BufReader::new(File::open(path).ok()?);
        read_form(&mut file).ok()?;
        let header: Header = postcard::from_bytes(&read_frame(&mut file).ok()?).ok()?;
        Some(header.sequence)
    });
    claims.max()
}

/// Whether any file is there, good or bad.
pub(super) fn any(folder: &Folder) -> bool {
    Part::ALL.iter().flat_map(|part| part.generations(folder)).any(|path| may_be_there(&path))
}

/// Whether a file is there, or cannot be said not to be.
fn may_be_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// The newest good file of `part`; `None` where there is none. A file of a newer version, or one sealed under another
/// key, is an error: going on without it would throw it away.
pub(super) fn newest(folder: &Folder, part: Part, box_key: &BoxKey) -> Result<Option<Export>, Fault> {
    let mut best: Option<Export> = None;
    for path in part.generations(folder).into_iter().filter(|path| may_be_there(path)) {
        match read(&path, box_key) {
            Ok(export) if best.as_ref().is_none_or(|best| best.header.sequence < export.header.sequence) => {
                best = Some(export);
            }
            Ok(_) => {}
            Err(fault @ (Fault::TooNew | Fault::WrongKey)) => return Err(fault),
            Err(fault) => tracing::warn!(?path, cause = %fault, "an exported snapshot is no good"),
        }
    }
    Ok(best)
}

/// Reads a file whole: its hash first, then its records, each of which must be good too.
fn read(path: &Path, box_key: &BoxKey) -> Result<Export, Fault> {
    let damaged = |what: &str| Fault::Damaged(what.to_owned());
    let length = fs::metadata(path)?.len();
    let hashed = length.checked_sub(HASH).ok_or_else(|| damaged("the file is too short"))?;
    let mut file = BufReader::new(File::open(path)?);
    let mut hash = Sha256::new();
    io::copy(&mut (&mut file).take(hashed), &mut HashOnly(&mut hash))?;
    let mut expected = Vec::new();
    file.read_to_end(&mut expected)?;
    if hash.finalize().as_slice() != expected {
        return Err(damaged("the checksum is wrong"));
    }

    let mut file = BufReader::new(File::open(path)?).take(hashed);
    read_form(&mut file)?;
    let header: Header =
        postcard::from_bytes(&read_frame(&mut file)?).map_err(|_| damaged("the header is wrong"))?;
    let mut contents = Contents::new();
    while file.limit() > 0 {
        let frame = read_frame(&mut file)?;
        let (key, value): (&[u8], &[u8]) =
            postcard::from_bytes(&frame).map_err(|_| damaged("a record is wrong"))?;
        let key = Key::from_bytes(key).ok_or(Fault::TooNew)?;
        match record::unwrap(&key, value, box_key) {
            Ok(_) => contents.insert(key, value.to_vec()),
            Err(record::Fault::TooNew) => return Err(Fault::TooNew),
            Err(record::Fault::Sealed) => return Err(Fault::WrongKey),
            Err(record::Fault::Damaged) => return Err(damaged("a record is damaged")),
        };
    }
    Ok(Export { header, contents })
}

fn read_form(file: &mut impl Read) -> Result<(), Fault> {
    let mut form = [0; FORM.len()];
    file.read_exact(&mut form)?;
    match form {
        _ if form == *FORM => Ok(()),
        _ if form.starts_with(FAMILY) => Err(Fault::TooNew),
        _ => Err(Fault::Damaged("the file is no snapshot".to_owned())),
    }
}

fn read_frame(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST_FRAME {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length as usize];
    file.read_exact(&mut frame)?;
    Ok(frame)
}

/// A writer that hashes what passes.
struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Hashing<W> {
    fn new(to: W) -> Self {
        Self { to, hash: Sha256::new() }
    }

    fn finish(self) -> (W, [u8; HASH as usize]) {
        (self.to, self.hash.finalize().into())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A writer that only hashes.
struct HashOnly<'a>(&'a mut Sha256);

impl Write for HashOnly<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const FAMILY: &[u8] = b"perch snapshot ";
const FORM: &[u8; 17] = b"perch snapshot 1\n";
const HASH: u64 = 32;
const LONGEST_FRAME: u32 = 1 << 20;
