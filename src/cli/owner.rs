//! In whose name a command works on the folder of a box that is stopped. The superuser would leave files behind that the
//! box may not use afterwards, so a command of theirs goes on as the folder's owner.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Gid, Uid, geteuid, setgid, setgroups, setuid};

use super::Stop;

/// Becomes the owner of `data` for the rest of the process, where the superuser asks and somebody else owns it.
pub(super) fn act_as_owner_of(data: &Path) -> Result<(), Stop> {
    // A folder that is not there belongs to whoever makes it.
    let Ok(found) = fs::metadata(data) else { return Ok(()) };
    let (user, group) = (Uid::from_raw(found.uid()), Gid::from_raw(found.gid()));
    if !geteuid().is_root() || user.is_root() {
        return Ok(());
    }
    setgroups(&[group]).and_then(|()| setgid(group)).and_then(|()| setuid(user)).map_err(|error| {
        Stop::unable(format!(
            "the folder {} belongs to user {user}, in whose name this command cannot work ({error}): give it as that user",
            data.display()
        ))
    })
}
