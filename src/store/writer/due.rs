//! When the snapshots are to be exported: soon after what the administrator does, later after the rest, and never often.

use std::time::{Duration, Instant};

use crate::store::StoreSettings;
use crate::store::export::Part;
use crate::store::record::Kind;

/// When the next export of a part is due.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Due {
    /// When; `None` while it holds everything.
    pub at: Option<Instant>,
    /// When the last one was tried.
    pub last: Option<Instant>,
}

impl Due {
    /// When a snapshot is due that a start has found to be behind.
    pub fn after_start(part: Part, settings: &StoreSettings, now: Instant) -> Self {
        let wait = match part {
            Part::Office => settings.export_after_admin,
            Part::Calls => settings.export_calls_every,
        };
        Self { at: Some(now + wait), last: None }
    }

    /// Takes note that a record of `kind` has been written.
    pub fn bring_forward(&mut self, kind: Kind, settings: &StoreSettings, now: Instant) {
        let earliest = self.last.map_or(now, |last| last + settings.export_gap);
        let at = (now + within(kind, settings)).max(earliest);
        self.at = Some(self.at.map_or(at, |present| present.min(at)));
    }
}

/// How long a change of this kind may be missing from the exported snapshots.
fn within(kind: Kind, settings: &StoreSettings) -> Duration {
    match kind {
        Kind::KeyCheck
        | Kind::Settings
        | Kind::Tenant
        | Kind::Part
        | Kind::Extension
        | Kind::Keys
        | Kind::Device
        | Kind::Web => settings.export_after_admin,
        Kind::Login | Kind::Lockout | Kind::ToTell | Kind::Messages => settings.export_after_login,
        Kind::Binding | Kind::Emergency => settings.export_every,
        Kind::Call | Kind::Audit => settings.export_calls_every,
    }
}
