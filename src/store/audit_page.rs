//! The journal lies on pages of sixteen entries, like call records and for the same reason.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::database::{Batch, Database, Fault, Reader};
use super::record::{self, Key, Kind, Value};
use crate::model::AuditEntry;

/// The page that an entry belongs on.
fn page_of(number: u64) -> Key {
    Key::audit_page(number / ENTRIES)
}

/// How many pages hold `entries`.
pub(super) fn pages_for(entries: usize) -> usize {
    entries.div_ceil(ENTRIES as usize).max(1)
}

/// Adds entries to their pages, as those are in the batch or else in the database; the same entry again replaces itself.
pub(super) fn add<'e>(
    entries: impl Iterator<Item = &'e AuditEntry>,
    batch: &mut Batch,
    database: &Database,
) -> Result<(), Fault> {
    let mut pages = BTreeMap::<Key, BTreeMap<u64, AuditEntry>>::new();
    for entry in entries {
        let key = page_of(entry.number);
        if !pages.contains_key(&key) {
            let present = match batch.get(&key) {
                Some(Some(body)) => Some(Value::fresh(Kind::Audit, body.clone())),
                Some(None) => None,
                None => database.value(&key)?,
            };
            let there = present.map_or_else(|| Ok(Vec::new()), |page| record::audits(&page));
            let there = there.map_err(|_| Fault::Damaged("a page of the journal has gone bad".to_owned()))?;
            pages.insert(key.clone(), there.into_iter().map(|entry| (entry.number, entry)).collect());
        }
        if let Some(page) = pages.get_mut(&key) {
            page.insert(entry.number, entry.clone());
        }
    }
    for (key, page) in pages {
        let entries: Vec<_> = page.into_values().collect();
        batch.insert(key, Some(record::audits_body(&entries)));
    }
    Ok(())
}

/// When the last entry on a page was made that has a time.
pub(super) fn latest_moment(key: &Key, database: &Database) -> Result<Option<Timestamp>, Fault> {
    let entries = database.value(key)?.and_then(|page| record::audits(&page).ok());
    Ok(entries.and_then(|entries| entries.iter().filter_map(|entry| entry.at).max()))
}

/// The latest entries that fit, newest first, before `before` where that is given, at most `limit`.
pub(super) fn latest(
    reader: &Reader,
    limit: usize,
    before: Option<u64>,
    fits: &dyn Fn(&AuditEntry) -> bool,
) -> Result<Vec<AuditEntry>, Fault> {
    let mut entries = Vec::new();
    if limit == 0 {
        return Ok(entries);
    }
    reader.latest(Kind::Audit, before.map(page_of).as_ref(), |page| {
        let page = record::audits(page)?;
        let earlier = |entry: &AuditEntry| before.is_none_or(|before| entry.number < before);
        entries.extend(page.into_iter().rev().filter(|entry| earlier(entry) && fits(entry)));
        Ok(if entries.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    entries.truncate(limit);
    Ok(entries)
}

const ENTRIES: u64 = 16;
