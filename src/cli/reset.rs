//! `perch reset`: makes the box as new.

use std::path::Path;

use super::client::Client;
use super::owner::act_as_owner_of;
use super::reach::{holds_a_box, no_box};
use super::{Confirmation, Stop, Streams, write_line};
use crate::config::settings::control_socket;
use crate::store::{OpenError, Store};

/// `perch reset`. The box must not run: phones would keep their calls and logins while nobody remembers them.
pub(super) fn reset(data: &Path, confirmation: Confirmation, streams: &mut Streams) -> Result<(), Stop> {
    if !holds_a_box(data) {
        return Err(no_box(data));
    }
    if Client::connect(&control_socket(data)).is_ok() {
        return Err(in_use(data));
    }
    if confirmation == Confirmation::Missing {
        return Err(Stop::declined(format!(
            "this removes the office, all logins, call records and passwords from {}, and nothing was removed: save the office with \"perch export --secrets\" first, then say it again with --yes",
            data.display()
        )));
    }
    act_as_owner_of(data)?;
    Store::wipe(data).map_err(|error| match error {
        OpenError::InUse { .. } => in_use(data),
        other => Stop::unable(other.to_string()),
    })?;
    write_line(streams.out, &format!("done: {} is as new", data.display()))
}

fn in_use(data: &Path) -> Stop {
    Stop::unable(format!("a Perch is running on {}: stop it before you reset it", data.display()))
}
