//! What the journal tells of an office file, for a box that does not run (B14).

use jiff::Timestamp;

use crate::model::{AuditEntry, AuditFact, Change, Snapshot};

/// The entries for the changes of an office file and for what [`settle`](super::settle()) has made of them.
///
/// The running exchange does this by itself.
pub fn entries(
    before: &Snapshot,
    changes: &[Change],
    settled: &[Change],
    at: Option<Timestamp>,
) -> Vec<Change> {
    let ends = settled.iter().filter_map(|change| match change {
        Change::LoggedOut(id, reason) => {
            let login = before.logins.iter().find(|login| login.id == *id)?;
            let device = login.device;
            let title =
                before.office.devices.get(&device).map_or_else(|| device.to_string(), |one| one.title());
            let (extension, since) = (login.extension.clone(), login.since);
            Some(AuditFact::LoggedOut { extension, device, title, since, reason: *reason })
        }
        _ => None,
    });
    let facts = AuditFact::of_changes(&before.office, changes).into_iter().chain(ends);
    let numbers = before.last_audit + 1..;
    numbers.zip(facts).map(|(number, what)| Change::Audit(AuditEntry { number, at, what })).collect()
}
