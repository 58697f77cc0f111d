//! Space on the disc: whether there is some, and the files that are given up when there is none.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::store::StoreSettings;
use crate::store::folder::{self, Folder};
use crate::store::start::START_RESERVE;

/// How it stands with the space.
#[derive(Debug)]
pub(super) enum Space {
    /// There is some, and every reserve is whole.
    Enough,
    /// The disc is full, or was, and what had to be given up is not back yet.
    Short {
        /// When to look again.
        look_again: Instant,
    },
}

impl Space {
    /// What there is now; a reserve that was given up is made again where there is room for it and as much again.
    pub fn of(folder: &Folder, settings: &StoreSettings, now: Instant) -> Self {
        let is_kept = |path: &Path, size: u64| {
            let is_whole = std::fs::metadata(path).is_ok_and(|found| found.len() == size);
            let has_room = || folder.free_space().is_ok_and(|free| free >= size.saturating_mul(2));
            is_whole || (has_room() && folder::make_reserve(path, size).is_ok())
        };
        let is_kept =
            is_kept(&folder.reserve(), settings.reserve) && is_kept(&folder.start_reserve(), START_RESERVE);
        if is_kept && !is_full(folder) { Self::Enough } else { Self::gone(now) }
    }

    /// There is none.
    pub fn gone(now: Instant) -> Self {
        Self::Short { look_again: now + LOOK_AGAIN }
    }

    /// When to look again; `None` while all is well.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Enough => None,
            Self::Short { look_again } => Some(*look_again),
        }
    }
}

/// Whether there is less room than a next start needs. The engine takes room in large pieces, so that writes go on for a
/// while on a full disc, and then all at once not any more.
pub(super) fn is_full(folder: &Folder) -> bool {
    folder.free_space().is_ok_and(|free| free < START_RESERVE)
}

/// How often a full disc is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
