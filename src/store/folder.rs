//! The data folder: its names, its lock, its reserve, and how a file in it is written so that a power cut cannot halve it.
//!
//! Promises: one process at a time holds the folder; it is closed to other users of the machine (0700); a file written by
//! [`write_whole`] is there whole or not at all; a wipe that was begun is finished at the next opening.
//!
//! Not here: what the files hold (`database`, `snapshot`, `seal`).

mod access;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::{Mode, umask};

use super::OpenError;

/// The data folder, held by this process until dropped.
#[derive(Debug)]
pub(super) struct Folder {
    dir: PathBuf,
    _lock: Flock<File>,
}

impl Folder {
    /// Makes the folder where it is missing, closes it to others and takes its lock. From then on every file that this
    /// process makes, the engine's included, is for this user alone.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        umask(Mode::from_bits_truncate(OTHERS));
        let refuse = |source| OpenError::NoAccess { dir: dir.to_owned(), source };
        if !dir.is_dir() {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(dir).map_err(refuse)?;
            sync_parent(dir).map_err(refuse)?;
        }
        close_to_others(dir).map_err(refuse)?;
        access::check(dir)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true).mode(FILE_MODE);
        let file = options.open(dir.join(LOCK)).map_err(refuse)?;
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
            nix::errno::Errno::EWOULDBLOCK => OpenError::InUse { dir: dir.to_owned() },
            errno => refuse(errno.into()),
        })?;
        let folder = Self { dir: dir.to_owned(), _lock: lock };
        if folder.dir.join(WIPING).exists() {
            folder.remove_everything().map_err(refuse)?;
        }
        folder.remove_leftovers();
        Ok(folder)
    }

    /// Removes all that the store has ever kept here. The flag goes down first, so that a wipe cut short by the power is
    /// finished at the next opening; the key goes next, and without it nothing that is left can be read.
    pub fn wipe(&self) -> io::Result<()> {
        make_room(&self.reserve());
        write_whole(&self.dir.join(WIPING), b"")?;
        self.remove_everything()
    }

    fn remove_everything(&self) -> io::Result<()> {
        remove(&self.key())?;
        sync_dir(&self.dir)?;
        for copy in self.damaged_copies() {
            remove(&copy)?;
        }
        for path in [
            self.snapshots(),
            self.database(),
            self.fresh_database(),
            self.mark(),
            self.reserve(),
            self.start_reserve(),
        ] {
            remove(&path)?;
        }
        sync_dir(&self.dir)?;
        remove(&self.dir.join(WIPING))?;
        sync_dir(&self.dir)
    }

    /// Removes files that an interrupted start or write has left half made.
    fn remove_leftovers(&self) {
        let _ = remove(&self.fresh_database());
        for dir in [self.dir.clone(), self.snapshots()] {
            for path in entries(&dir) {
                if path.extension().is_some_and(|extension| extension == TEMPORARY) {
                    let _ = remove(&path);
                }
            }
        }
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The database's folder.
    pub fn database(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// Where a new database is built before it takes its place.
    pub fn fresh_database(&self) -> PathBuf {
        self.dir.join("store.new")
    }

    /// The folder of exported snapshots.
    pub fn snapshots(&self) -> PathBuf {
        self.dir.join("snapshots")
    }

    /// The box key.
    pub fn key(&self) -> PathBuf {
        self.dir.join("box.key")
    }

    /// The file that is given up when the disc is full.
    pub fn reserve(&self) -> PathBuf {
        self.dir.join("reserve")
    }

    /// The file that is given up to start on a full disc.
    pub fn start_reserve(&self) -> PathBuf {
        self.dir.join("reserve.start")
    }

    /// Gives up what can be spared, least needed first; says whether there was anything.
    pub fn make_room(&self) -> bool {
        if make_room(&self.start_reserve()) || make_room(&self.reserve()) {
            return true;
        }
        let had_copies = !self.damaged_copies().is_empty();
        self.thin_damaged_copies(0);
        had_copies
    }

    /// Whether a box has ever served from this folder, whatever is left of it.
    pub fn has_a_past(&self) -> bool {
        let is_written = |path: PathBuf| fs::metadata(path).is_ok_and(|found| found.len() > 0);
        is_written(self.mark())
            || is_written(self.reserve())
            || !entries(&self.snapshots()).is_empty()
            || !self.damaged_copies().is_empty()
    }

    /// The number of the last batch known to be on the disc.
    pub fn mark(&self) -> PathBuf {
        self.dir.join("mark")
    }

    /// Puts the freshly built database in its place. What was there is moved aside, at most `keep` such copies are kept,
    /// and the path of this one is given back.
    pub fn install_fresh_database(&self, keep: usize) -> io::Result<Option<PathBuf>> {
        let aside = match self.database().exists() {
            true => Some(self.move_aside(keep)?),
            false => None,
        };
        fs::rename(self.fresh_database(), self.database())?;
        sync_dir(&self.dir)?;
        Ok(aside)
    }

    fn move_aside(&self, keep: usize) -> io::Result<PathBuf> {
        self.thin_damaged_copies(keep.saturating_sub(1));
        let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let free = |n: &u32| match n {
            0 => !self.dir.join(format!("{DAMAGED}{stamp}")).exists(),
            n => !self.dir.join(format!("{DAMAGED}{stamp}.{n}")).exists(),
        };
        let name = match (0..).find(free) {
            None | Some(0) => format!("{DAMAGED}{stamp}"),
            Some(n) => format!("{DAMAGED}{stamp}.{n}"),
        };
        let aside = self.dir.join(name);
        fs::rename(self.database(), &aside)?;
        Ok(aside)
    }

    /// Removes the oldest damaged copies until at most `keep` are left.
    pub fn thin_damaged_copies(&self, keep: usize) {
        let copies = self.damaged_copies();
        for copy in copies.iter().take(copies.len().saturating_sub(keep)) {
            let _ = remove(copy);
        }
    }

    /// The databases moved aside, oldest first.
    fn damaged_copies(&self) -> Vec<PathBuf> {
        let is_copy = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(DAMAGED))
        };
        let mut copies: Vec<_> = entries(&self.dir).into_iter().filter(is_copy).collect();
        copies.sort();
        copies
    }

    /// Bytes an ordinary write may still take on this disc.
    pub fn free_space(&self) -> io::Result<u64> {
        let disc = nix::sys::statvfs::statvfs(&self.dir)?;
        #[allow(clippy::useless_conversion, reason = "the widths differ between machines")]
        Ok(u64::from(disc.blocks_available()).saturating_mul(u64::from(disc.fragment_size())))
    }
}

/// Makes the reserve file of `size` bytes where it is missing or short. The bytes are no pattern, so that no disc can
/// store them in less room than they take.
pub(super) fn make_reserve(path: &Path, size: u64) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.len() == size) {
        return Ok(());
    }
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).truncate(true).write(true).mode(FILE_MODE).open(path)?;
        let mut left = usize::try_from(size).unwrap_or(usize::MAX);
        let mut chunk = vec![0; 64 * 1024];
        getrandom::fill(&mut chunk).map_err(|error| io::Error::other(error.to_string()))?;
        while left > 0 {
            let part = left.min(chunk.len());
            file.write_all(&chunk[..part])?;
            left -= part;
        }
        file.sync_all()
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

/// Gives up the reserve; says whether there was one.
pub(super) fn make_room(reserve: &Path) -> bool {
    fs::remove_file(reserve).is_ok()
}

/// The file that remembers, without a flush of its own, how far the database has come: a database that is behind it has
/// lost its tail. It is written after the batch is safe, so it can lag but never lead.
#[derive(Debug)]
pub(super) struct Mark(File);

impl Mark {
    /// Opens the mark, making it where it is missing; gives the number it holds.
    pub fn open(path: &Path) -> io::Result<(Self, Option<u64>)> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).read(true).write(true).mode(FILE_MODE).open(path)?;
        let mut bytes = [0; 12];
        let held = file.read_exact_at(&mut bytes, 0).is_ok().then(|| {
            let (number, crc) = bytes.split_at(8);
            (crc32fast::hash(number).to_le_bytes() == crc)
                .then(|| u64::from_le_bytes(number.try_into().expect("split at eight bytes")))
        });
        Ok((Self(file), held.flatten()))
    }

    /// Notes that batch `number` is on the disc; a failure is of no consequence, the mark only lags more.
    pub fn set(&self, number: u64) {
        let mut bytes = number.to_le_bytes().to_vec();
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        let _ = self.0.write_all_at(&bytes, 0);
    }
}

/// Writes a file so that after a power cut the old one or the new one is there, whole.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = temporary_for(path);
    let write = || {
        let mut file = create_new(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_parent(path)
    };
    write().inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// The name a file has while it is being written.
pub(super) fn temporary_for(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(TEMPORARY);
    PathBuf::from(name)
}

/// Opens a file for writing, empty, for this user alone.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(true).write(true).mode(FILE_MODE).open(path)
}

/// Makes a folder for this user alone where it is missing.
pub(super) fn make_dir(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the name of `path` durable in the folder that holds it.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_dir(Path::new(".")),
        Some(parent) => sync_dir(parent),
        None => Ok(()),
    }
}

/// Removes a file or a whole folder; nothing there is no error.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Takes every right to the folder from other users. A shared folder such as `/tmp` (known by its sticky bit) is left as
/// it is: closing that would break the machine.
fn close_to_others(dir: &Path) -> io::Result<()> {
    const STICKY: u32 = 0o1000;
    let mode = fs::metadata(dir)?.permissions().mode();
    if mode & OTHERS == 0 || mode & STICKY != 0 {
        return Ok(());
    }
    fs::set_permissions(dir, fs::Permissions::from_mode(FOLDER_MODE))
}

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// The rights that nobody else gets.
const OTHERS: u32 = 0o077;
const LOCK: &str = "lock";
const WIPING: &str = "wiping";
const DAMAGED: &str = "store.damaged-";
const TEMPORARY: &str = "part";
