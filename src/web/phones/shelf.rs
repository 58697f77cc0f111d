//! Files ready to be sent: rendered once for each device and state, with the date a phone may compare.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::model::{DeviceId, PhoneState};
use crate::provision::{self, FileKind, FileRequest, RenderedFile};
use crate::web::throttle::bucket;

/// How many files are kept ready; a further one takes the place of the first device's.
const FILES: usize = 4096;

/// How many sources that ask for nothing are remembered.
const SOURCES: usize = 1024;

/// How many requests for nothing a source has at once, and how many more it gets each second.
const MISSES: f64 = 40.0;
const MISSES_PER_SECOND: f64 = 0.5;

/// A file ready to be sent.
#[derive(Debug)]
pub struct Ready {
    /// The Content-Type.
    pub content_type: &'static str,
    /// The bytes.
    pub body: Bytes,
    /// The ETag, quotes included.
    pub etag: String,
    /// The Last-Modified date; it differs from that of the file before.
    pub modified: Option<Timestamp>,
    /// Whether it is the one file with the phone's account.
    pub is_personal: bool,
}

impl Ready {
    /// A file for a phone that is not accepted.
    pub fn bootstrap(file: RenderedFile) -> Self {
        Self::of(file, None, false)
    }

    fn of(file: RenderedFile, modified: Option<Timestamp>, is_personal: bool) -> Self {
        let etag = file.etag();
        Self { content_type: file.content_type, body: file.body.into(), etag, modified, is_personal }
    }
}

/// The files, and who asks too much.
#[derive(Debug, Default)]
pub struct PhoneDesk {
    shelf: Mutex<BTreeMap<(DeviceId, FileKind), Shelved>>,
    misses: Mutex<BTreeMap<IpAddr, Misses>>,
}

#[derive(Debug)]
struct Shelved {
    state: PhoneState,
    ready: Arc<Ready>,
}

#[derive(Debug, Clone, Copy)]
struct Misses {
    left: f64,
    at: Instant,
}

impl PhoneDesk {
    /// The file this phone asks for, in its present state.
    pub fn file(&self, state: &PhoneState, request: &FileRequest) -> Option<Arc<Ready>> {
        let key = (state.device, request.kind);
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let former = shelf.get(&key);
        if let Some(former) = former.filter(|former| former.state == *state) {
            return Some(Arc::clone(&former.ready));
        }
        let before = former.and_then(|former| former.ready.modified);
        let file = provision::render(state, request)?;
        let ready = Arc::new(Ready::of(file, Some(date_after(before)), request.kind == FileKind::Personal));
        if shelf.len() >= FILES && !shelf.contains_key(&key) {
            shelf.pop_first();
        }
        shelf.insert(key, Shelved { state: state.clone(), ready: Arc::clone(&ready) });
        Some(ready)
    }

    /// Whether a source may ask; else in how many seconds.
    pub fn may_ask(&self, source: IpAddr) -> Result<(), u64> {
        let misses = self.misses.lock().unwrap_or_else(PoisonError::into_inner);
        match misses.get(&bucket(source)).map(|misses| misses.left_at(Instant::now())) {
            Some(left) if left < 1.0 => Err(((1.0 - left) / MISSES_PER_SECOND).ceil() as u64),
            _ => Ok(()),
        }
    }

    /// A source asked for something that is not there.
    pub fn missed(&self, source: IpAddr) {
        let now = Instant::now();
        let source = bucket(source);
        let mut misses = self.misses.lock().unwrap_or_else(PoisonError::into_inner);
        if misses.len() >= SOURCES && !misses.contains_key(&source) {
            misses.retain(|_, misses| misses.left_at(now) < MISSES);
            if misses.len() >= SOURCES {
                misses.pop_first();
            }
        }
        let entry = misses.entry(source).or_insert(Misses { left: MISSES, at: now });
        *entry = Misses { left: (entry.left_at(now) - 1.0).max(0.0), at: now };
    }
}

impl Misses {
    fn left_at(&self, now: Instant) -> f64 {
        (self.left + now.duration_since(self.at).as_secs_f64() * MISSES_PER_SECOND).min(MISSES)
    }
}

/// The present second, or the one after the former file's: two files never have the same date.
fn date_after(before: Option<Timestamp>) -> Timestamp {
    let now = Timestamp::now();
    match before.and_then(|before| before.checked_add(SignedDuration::from_secs(1)).ok()) {
        Some(next) if next > now => next,
        _ => now,
    }
}
