//! Reaches the box of a folder: the one that runs, over its control socket, else its store.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::client::{Answer, Client};
use super::owner::act_as_owner_of;
use super::{Stop, Streams, write_line};
use crate::config::settings::control_socket;
use crate::store::{OpenError, Opened, Store, StoreSettings};

/// How long the store may take to close after a command.
const CLOSING: Duration = Duration::from_secs(10);

/// The box of a folder.
pub(super) enum Reach {
    /// It runs.
    Running(Client),
    /// It does not; its store is open and held.
    Stopped(Box<Opened>),
}

/// Whether a folder may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A box may be prepared before its first start.
    Make,
    /// A box that is not there is a mistake in `--data`.
    Refuse,
}

/// Reaches the box of `data`.
pub(super) fn reach(data: &Path, missing: Missing, streams: &mut Streams) -> Result<Reach, Stop> {
    match Client::connect(&control_socket(data)) {
        Ok(client) => return Ok(Reach::Running(client)),
        Err(error) => match error.kind() {
            // No socket, or one that a killed box has left behind.
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {}
            io::ErrorKind::PermissionDenied => {
                return Err(Stop::unable(format!(
                    "the folder {} belongs to somebody else: use the user that Perch runs as, or sudo",
                    data.display()
                )));
            }
            io::ErrorKind::InvalidInput => {
                return Err(Stop::unable(format!(
                    "the path of {} is too long for a socket in it: name the folder by a shorter path, for example from within it",
                    data.display()
                )));
            }
            _ => return Err(silent(data, &error)),
        },
    }
    if missing == Missing::Refuse && !holds_a_box(data) {
        return Err(no_box(data));
    }
    act_as_owner_of(data)?;
    let opened = Store::open(data, StoreSettings::default()).map_err(|error| match error {
        OpenError::InUse { .. } => Stop::unable(format!(
            "a Perch is running on {} but does not answer here: wait a moment and try again, or stop it",
            data.display()
        )),
        other => Stop::unable(other.to_string()),
    })?;
    for finding in &opened.findings {
        write_line(streams.err, &finding.to_string())?;
    }
    Ok(Reach::Stopped(Box::new(opened)))
}

/// Whether a folder is a box's. A folder of something else must not be changed by a slip in `--data`.
pub(super) fn holds_a_box(data: &Path) -> bool {
    let traces = ["lock", "box.key", "store", "snapshots", "mark"];
    traces.iter().filter(|trace| data.join(trace).exists()).count() >= 2
}

/// There is no box in the folder.
pub(super) fn no_box(data: &Path) -> Stop {
    Stop::unable(format!(
        "there is no Perch in {}: name its folder with --data, or start Perch first",
        data.display()
    ))
}

/// Writes what waits and gives the folder free.
pub(super) fn close(store: &Store) -> Result<(), Stop> {
    store.flush_and_close(CLOSING).map_err(|error| Stop::unable(error.to_string()))
}

/// Asks the running box; its refusals come back as the answer.
pub(super) fn ask(
    client: Client,
    data: &Path,
    (method, target): (&str, &str),
    body: &[u8],
) -> Result<Answer, Stop> {
    client.ask(method, target, body).map_err(|error| silent(data, &error))
}

fn silent(data: &Path, error: &io::Error) -> Stop {
    Stop::unable(format!(
        "the Perch that runs on {} does not answer ({error}): look at its log, or restart it",
        data.display()
    ))
}

/// What a box says when it declines, as RFC 9457 problem details.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    /// One sentence.
    pub detail: String,
    /// What is wrong with what was sent.
    pub faults: Vec<ProblemFault>,
    /// What would happen if it were confirmed.
    pub lines: Vec<String>,
}

/// One fault.
#[derive(Debug, Deserialize)]
pub(super) struct ProblemFault {
    /// The line in the file.
    #[serde(default)]
    pub line: Option<usize>,
    /// The sentence.
    pub message: String,
}

impl Problem {
    /// Reads an answer that is no success.
    pub(super) fn read(answer: &Answer) -> Self {
        let mut problem: Self = serde_json::from_slice(&answer.body).unwrap_or_default();
        if problem.detail.is_empty() {
            problem.detail = format!("the box declines with HTTP status {}: look at its log", answer.status);
        }
        problem
    }
}
