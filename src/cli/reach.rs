//! Reaches the box of a folder: the one that runs, over its control socket, else its store.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::{Uid, User, geteuid};
use serde::Deserialize;

use super::client::{Answer, Client};
use super::owner::act_as_owner_of;
use super::{Stop, Streams, write_line};
use crate::config::settings::{ServeSettings, control_socket};
use crate::store::{OpenError, Opened, Store, StoreSettings};

/// How often, and how many times, a folder is tried again that another process holds: a command takes a moment, and a box
/// that starts or stops a little longer.
pub(super) const AGAIN: Duration = Duration::from_millis(100);
pub(super) const TRIES: usize = if cfg!(test) { 15 } else { 50 };

/// How long the store may take to close after a command.
const CLOSING: Duration = Duration::from_secs(10);

/// The box of a folder.
pub(super) enum Reach {
    /// It runs.
    Running(Client),
    /// It does not; its store is open and held.
    Stopped(Box<Opened>),
}

/// The folder a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFolder {
    /// Where it is.
    pub dir: PathBuf,
    /// Whether `--data` named it; else it is the usual one.
    pub is_named: bool,
}

impl DataFolder {
    /// The folder that `--data` named, or the usual one.
    pub(super) fn of(named: Option<PathBuf>) -> Self {
        let is_named = named.is_some();
        Self { dir: named.unwrap_or_else(|| ServeSettings::DATA.into()), is_named }
    }
}

/// Whether a folder may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A box may be prepared before its first start.
    Make,
    /// A box that is not there is a mistake in `--data`.
    Refuse,
}

/// Reaches the box of a folder.
pub(super) fn reach(data: &DataFolder, missing: Missing, streams: &mut Streams) -> Result<Reach, Stop> {
    let dir = data.dir.as_path();
    for _ in 0..TRIES {
        if let Some(client) = connect(dir)? {
            return Ok(Reach::Running(client));
        }
        let is_new = !holds_a_box(dir);
        match missing {
            Missing::Refuse if is_new => return Err(no_box(dir)),
            Missing::Make if is_new => may_be_made(data)?,
            Missing::Refuse | Missing::Make => {}
        }
        be_its_owner(dir)?;
        match Store::open(dir, StoreSettings::default()) {
            Ok(opened) => {
                for finding in &opened.findings {
                    write_line(streams.err, &finding.to_string())?;
                }
                if is_new {
                    let dir = dir.display();
                    write_line(
                        streams.err,
                        &format!("note: there was no Perch in {dir}: a new one was made there"),
                    )?;
                }
                return Ok(Reach::Stopped(Box::new(opened)));
            }
            Err(OpenError::InUse { .. }) => std::thread::sleep(AGAIN),
            Err(other) => return Err(Stop::unable(other.to_string())),
        }
    }
    Err(held(dir))
}

/// Another process holds the folder, and no box answers in it: it starts, it stops, or it is another command.
pub(super) fn held(dir: &Path) -> Stop {
    Stop::unable(format!(
        "another perch holds the folder {} and does not answer here: wait until it has started or ended, and try again",
        dir.display()
    ))
}

/// The box that runs on a folder; `None` where none does.
pub(super) fn connect(dir: &Path) -> Result<Option<Client>, Stop> {
    match Client::connect(&control_socket(dir)) {
        Ok(client) => Ok(Some(client)),
        Err(error) => match error.kind() {
            // No socket, or one that a killed box has left behind.
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::NotADirectory => {
                Ok(None)
            }
            io::ErrorKind::PermissionDenied => Err(foreign(dir)),
            io::ErrorKind::InvalidInput => Err(Stop::unable(format!(
                "the path of {} is too long for a socket in it: name the folder by a shorter path, for example from within it",
                dir.display()
            ))),
            _ => Err(silent(dir, &error)),
        },
    }
}

/// A box is made only where it is meant: in a folder that was named or is there, and holds nothing else.
fn may_be_made(data: &DataFolder) -> Result<(), Stop> {
    let dir = data.dir.display();
    let Ok(mut entries) = std::fs::read_dir(&data.dir) else {
        return match data.is_named {
            true => Ok(()),
            false => Err(Stop::unable(format!(
                "there is no Perch in {dir}: name the folder of yours with --data (the service's is /var/lib/perch); a new one is made only where --data says so"
            ))),
        };
    };
    if entries.next().is_none() || data.dir.join("lock").exists() {
        return Ok(());
    }
    Err(Stop::unable(format!(
        "{dir} holds something that is no Perch: name the folder of yours, or an empty one, with --data"
    )))
}

/// Files written by another user would keep the box from starting: the superuser becomes the owner, others are refused.
pub(super) fn be_its_owner(dir: &Path) -> Result<(), Stop> {
    act_as_owner_of(dir)?;
    match std::fs::metadata(dir) {
        Ok(folder) if folder.uid() != geteuid().as_raw() => Err(foreign(dir)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The folder belongs to somebody else.
fn foreign(dir: &Path) -> Stop {
    let owner = std::fs::metadata(dir).ok().map(|folder| Uid::from_raw(folder.uid()));
    let name = owner.and_then(|owner| User::from_uid(owner).ok().flatten()).map(|user| user.name);
    let dir = dir.display();
    Stop::unable(match (name, owner) {
        (Some(name), _) => {
            format!(
                "the folder {dir} belongs to the user {name}: say it as that user, \"sudo -u {name} perch …\""
            )
        }
        (None, Some(owner)) => {
            format!(
                "the folder {dir} belongs to the user {owner}: say it as that user, \"sudo -u '#{owner}' perch …\""
            )
        }
        (None, None) => format!(
            "the folder {dir} may not be looked into by this user: say it as the user that Perch runs as"
        ),
    })
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
    data: &DataFolder,
    (method, target): (&str, &str),
    body: &[u8],
) -> Result<Answer, Stop> {
    client.ask(method, target, body).map_err(|error| silent(&data.dir, &error))
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

/// How a command ends that the box has refused: a box that cannot is no box that declines.
pub(super) fn refusal(problem: &Problem, status: u16) -> Stop {
    if status >= 500 { Stop::unable(&problem.detail) } else { Stop::declined(&problem.detail) }
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
