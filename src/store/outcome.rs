//! What the store has to say: what a start has found, in the log's words, and why something was not done. Each is one
//! sentence for the owner.

use std::fmt;
use std::io;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::database::Fault;
use crate::model::{StartFinding, StoreDamage};

impl fmt::Display for StartFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { damage, aside } => {
                write!(
                    f,
                    "The stored data was damaged ({damage}); the damaged copy is kept in {}.",
                    aside.display()
                )
            }
            Self::Missing => f.write_str("The stored data was gone."),
            Self::Restored { made, records } => {
                let age = Timestamp::now().duration_since(*made).max(SignedDuration::ZERO);
                let age = SignedDuration::from_secs(age.as_secs());
                write!(
                    f,
                    "Perch has started from its snapshot of {made} ({age:#} old, {records} records): look whether the last changes are there."
                )
            }
            Self::NothingToRestore => {
                f.write_str("There was no good snapshot: Perch starts empty; apply your office file again.")
            }
            Self::Dropped { records } => write!(f, "{records} records could not be read."),
            Self::LostTail { batches } => write!(
                f,
                "The disc has lost the last {batches} writes although it had confirmed them: replace it soon, and look whether the last changes are there."
            ),
            Self::DiscFull => f.write_str("The disc is full: remove something from it."),
        }
    }
}

impl fmt::Display for StoreDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTally => f.write_str("its own tally is missing"),
            Self::BadRecords { records } => write!(f, "{records} of its records are damaged"),
            Self::Incomplete { found, expected } => {
                write!(f, "it holds {found} records that do not add up to its {expected}")
            }
            Self::Older => f.write_str("it is older than its last snapshot"),
            Self::Unreadable => f.write_str("the database engine cannot read it"),
        }
    }
}

/// Why the store cannot be opened; one sentence with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another Perch is running on {dir:?}: stop it, or choose another folder with --data")]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder cannot be made, read or written.
    #[error(
        "{dir:?} cannot be used ({source}): make it writable for this user, or choose another folder with --data"
    )]
    NoAccess {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something in the folder is closed to this user.
    #[error(
        "{path:?} belongs to another user: give it back with `sudo chown -R {user} {dir:?}`, or choose another folder with --data"
    )]
    Foreign {
        /// What is closed.
        path: PathBuf,
        /// The folder.
        dir: PathBuf,
        /// Who Perch runs as.
        user: String,
    },
    /// The key is missing, and with it everything sealed.
    #[error(
        "the key file box.key in {dir:?} is missing or damaged, and nothing can be read without it: put it back from a backup, or give the data up with `perch reset`"
    )]
    KeyMissing {
        /// The folder.
        dir: PathBuf,
    },
    /// The key is of another box.
    #[error(
        "the key file box.key in {dir:?} is not the one this data was sealed with: put the right one back, or give the data up with `perch reset`"
    )]
    WrongKey {
        /// The folder.
        dir: PathBuf,
    },
    /// The data is of a newer version.
    #[error("a newer version of Perch has written the data in {dir:?}: install that version again")]
    TooNew {
        /// The folder.
        dir: PathBuf,
    },
    /// Not even the reserve made enough room.
    #[error("the disc that holds {dir:?} is full: remove something from it")]
    DiscFull {
        /// The folder.
        dir: PathBuf,
    },
    /// The database could be neither opened nor restored.
    #[error("the data in {dir:?} can be neither opened nor restored ({cause}): check the disc")]
    Unusable {
        /// The folder.
        dir: PathBuf,
        /// What is wrong.
        cause: String,
    },
}

/// Why a change was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too many wait already.
    #[error("the store is behind and takes no more for now")]
    Full,
    /// It is larger than the store takes.
    #[error("it is too large to be saved")]
    TooLarge,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

/// Why something was not written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The disc is full.
    #[error("the disc is full: remove something from it")]
    DiscFull,
    /// The disc, or what is on it, is at fault.
    #[error("it could not be saved ({0}): check the disc")]
    Disc(String),
    /// It is larger than the store takes.
    #[error("it is too large to be saved")]
    TooLarge,
    /// Too much waits already.
    #[error("the store is behind and takes no more for now: try again")]
    Busy,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
    /// The time given was not enough; it may still be written.
    #[error("the store did not finish in time")]
    OutOfTime,
}

impl From<Fault> for SaveError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Full => Self::DiscFull,
            other => Self::Disc(other.to_string()),
        }
    }
}

impl From<SubmitError> for SaveError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Full => Self::Busy,
            SubmitError::TooLarge => Self::TooLarge,
            SubmitError::Closed => Self::Closed,
        }
    }
}

/// The store could not be read; what is wrong is told as trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored data cannot be read at the moment: try again, and if it stays so, restart Perch")]
pub struct ReadError;

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        tracing::warn!(cause = %fault, "the store could not be read");
        Self
    }
}
