//! Call records lie on pages of sixteen: tens of thousands of them one by one would fill the engine's memory with its own
//! bookkeeping.

use std::ops::ControlFlow;

use jiff::Timestamp;

use super::database::{Batch, Database, Fault, Reader};
use super::record::{self, Key, Kind};
use crate::model::{CallId, CallRecord};

/// The page that a call belongs on.
fn page_of(id: CallId) -> Key {
    Key::call_page(id.0 / CALLS)
}

/// The highest call number that may lie on the page with this number.
pub(super) fn last_on(page: u64) -> u64 {
    page.saturating_mul(CALLS).saturating_add(CALLS - 1)
}

/// How many pages hold `calls` records.
pub(super) fn pages_for(calls: usize) -> usize {
    calls.div_ceil(CALLS as usize).max(1)
}

/// Adds a call to its page, as it is in the batch or else in the database; the same call again replaces itself.
pub(super) fn add(call: &CallRecord, batch: &mut Batch, database: &Database) -> Result<(), Fault> {
    let key = page_of(call.id);
    let present = match batch.remove(&key) {
        Some(Some(body)) => Some(record::Value::fresh(Kind::Call, body)),
        Some(None) => None,
        None => database.value(&key)?,
    };
    let mut calls = match present {
        Some(page) => record::calls(&page)
            .map_err(|_| Fault::Damaged("a page of call records has gone bad".to_owned()))?,
        None => Vec::new(),
    };
    match calls.binary_search_by_key(&call.id, |there| there.id) {
        Ok(place) => calls[place] = cut_short(call),
        Err(place) => calls.insert(place, cut_short(call)),
    }
    batch.insert(key, Some(record::calls_body(&calls)));
    Ok(())
}

/// The call with its free texts, which come from the network, cut to a length that fits a page.
fn cut_short(call: &CallRecord) -> CallRecord {
    let mut call = call.clone();
    for text in [&mut call.caller.name, &mut call.dialled] {
        let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST_TEXT);
        text.truncate(end.last().unwrap_or(0));
    }
    call
}

/// When the last call on a page began that has a time.
pub(super) fn latest_start(key: &Key, database: &Database) -> Result<Option<Timestamp>, Fault> {
    let calls = database.value(key)?.and_then(|page| record::calls(&page).ok());
    Ok(calls.and_then(|calls| calls.iter().filter_map(|call| call.started).max()))
}

/// The latest calls, newest first, before `before` where that is given, at most `limit`.
pub(super) fn latest(
    reader: &Reader,
    limit: usize,
    before: Option<CallId>,
) -> Result<Vec<CallRecord>, Fault> {
    let mut calls = Vec::new();
    if limit == 0 {
        return Ok(calls);
    }
    reader.latest(Kind::Call, before.map(page_of).as_ref(), |page| {
        let page = record::calls(page)?;
        let earlier = |call: &CallRecord| before.is_none_or(|before| call.id < before);
        calls.extend(page.into_iter().rev().filter(earlier));
        Ok(if calls.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    calls.truncate(limit);
    Ok(calls)
}

const CALLS: u64 = 16;
/// Bytes of a caller's name or a dialled number that are kept.
const LONGEST_TEXT: usize = 128;
