//! Findings: what a start of the box has met on its disc and dealt with. Facts alone; the log and the page word them.

use std::path::PathBuf;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// Something a start has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum StartFinding {
    /// The stored data was damaged and has been set aside.
    Damaged {
        /// What was wrong with it.
        damage: StoreDamage,
        /// Where it is now.
        aside: PathBuf,
    },
    /// The stored data was gone, though this box had some.
    Missing,
    /// Its place was taken by a snapshot, and by what could be read of it and was newer.
    Restored {
        /// When the snapshot was made, by a clock that may not have been set then.
        made: Timestamp,
        /// How many records it held, call records apart.
        records: usize,
    },
    /// There was no good snapshot to restore from: the box has started with nothing, or with what was left.
    NothingToRestore,
    /// Records that could not be read.
    Dropped {
        /// How many.
        records: usize,
    },
    /// The last writes, once confirmed by the disc, are missing.
    LostTail {
        /// How many writes.
        batches: u64,
    },
    /// The disc was full; a reserve was given up.
    DiscFull,
}

/// What was wrong with the stored data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "damage", rename_all = "kebab-case")]
pub enum StoreDamage {
    /// It does not say how much it should hold.
    NoTally,
    /// Some of its records are damaged.
    BadRecords {
        /// How many.
        records: usize,
    },
    /// It does not hold what it says.
    Incomplete {
        /// How many records there are.
        found: u64,
        /// How many there should be.
        expected: u64,
    },
    /// It is older than its last snapshot.
    Older,
    /// Its files are none that the database engine can read.
    Unreadable,
}
