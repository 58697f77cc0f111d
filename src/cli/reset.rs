//! `perch reset`: makes the box as new.

use std::path::Path;

use super::reach::{AGAIN, DataFolder, TRIES, be_its_owner, connect, held, holds_a_box, no_box};
use super::{Confirmation, Stop, Streams, write_line};
use crate::store::{OpenError, Store};

/// `perch reset`. The box must not run: phones would keep their calls and logins while nobody remembers them.
pub(super) fn reset(
    data: &DataFolder,
    confirmation: Confirmation,
    streams: &mut Streams,
) -> Result<(), Stop> {
    let data = data.dir.as_path();
    if connect(data)?.is_some() {
        return Err(in_use(data));
    }
    if !holds_a_box(data) {
        return Err(no_box(data));
    }
    be_its_owner(data)?;
    if confirmation == Confirmation::Missing {
        return Err(Stop::declined(format!(
            "this removes the office, all logins, call records and passwords from {}, and nothing was removed: save the office with \"perch export --secrets\" first, then say it again with --yes",
            data.display()
        )));
    }
    for _ in 0..TRIES {
        match Store::wipe(data) {
            Ok(()) => return write_line(streams.out, &format!("done: {} is as new", data.display())),
            Err(OpenError::InUse { .. }) => std::thread::sleep(AGAIN),
            Err(other) => return Err(Stop::unable(other.to_string())),
        }
    }
    Err(held(data))
}

fn in_use(data: &Path) -> Stop {
    Stop::unable(format!("a Perch is running on {}: stop it before you reset it", data.display()))
}
