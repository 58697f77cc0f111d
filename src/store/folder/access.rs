//! Whether this user may use all that lies in the data folder. A command run once as another user leaves files behind that
//! the box can neither read nor replace; to take them for gone or damaged would throw good data away.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, User, eaccess, geteuid};

use super::entries;
use crate::store::OpenError;

/// Refuses a folder in which something that is needed cannot be read and written, naming the first such thing. Files that
/// other users may look at are closed to them.
pub(super) fn check(dir: &Path) -> Result<(), OpenError> {
    let refuse = |(path, errno): (PathBuf, Errno)| match errno {
        Errno::EACCES | Errno::EPERM => OpenError::Foreign { path, dir: dir.to_owned(), user: this_user() },
        errno => OpenError::NoAccess { dir: path, source: errno.into() },
    };
    usable(dir).map_err(refuse)?;
    let names = ["lock", "box.key", "mark", "reserve", "reserve.start", "wiping"];
    for file in names {
        usable(&dir.join(file)).map_err(refuse)?;
    }
    for folder in ["store", "store.new", "snapshots"] {
        walk(&dir.join(folder)).map_err(refuse)?;
    }
    Ok(())
}

fn walk(path: &Path) -> Result<(), (PathBuf, Errno)> {
    if usable(path)? {
        for entry in entries(path) {
            walk(&entry)?;
        }
    }
    Ok(())
}

/// Whether it is a folder; what is not there is no fault.
fn usable(path: &Path) -> Result<bool, (PathBuf, Errno)> {
    let failed = |errno| (path.to_owned(), errno);
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(error) => return Err(failed(error.raw_os_error().map_or(Errno::EIO, Errno::from_raw))),
    };
    let mut needed = AccessFlags::R_OK | AccessFlags::W_OK;
    needed.set(AccessFlags::X_OK, found.is_dir());
    eaccess(path, needed).map_err(failed)?;
    if found.is_file() && found.permissions().mode() & super::OTHERS != 0 {
        // Its owner is another: then the folder keeps them out.
        let _ = fs::set_permissions(path, Permissions::from_mode(super::FILE_MODE));
    }
    Ok(found.is_dir())
}

/// Who this process runs as.
fn this_user() -> String {
    let id = geteuid();
    User::from_uid(id).ok().flatten().map_or_else(|| id.to_string(), |user| user.name)
}
