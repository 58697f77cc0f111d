//! Files ready to be sent: rendered once for each device and state, with the date a phone may compare.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::model::{DeviceId, PhoneState};
use crate::provision::{self, FileKind, FileRequest, RenderedFile};

/// How many files are kept ready; a further one takes the place of the first device's.
const FILES: usize = 4096;

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

/// The files ready to be sent.
#[derive(Debug, Default)]
pub struct Shelf(Mutex<BTreeMap<(DeviceId, FileKind), Shelved>>);

#[derive(Debug)]
struct Shelved {
    state: PhoneState,
    ready: Arc<Ready>,
}

impl Shelf {
    /// The file this phone asks for, in its present state.
    pub fn file(&self, state: &PhoneState, request: &FileRequest) -> Option<Arc<Ready>> {
        let key = (state.device, request.kind);
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
}

/// The present second, or the one after the former file's: two files never have the same date.
fn date_after(before: Option<Timestamp>) -> Timestamp {
    let now = Timestamp::now();
    match before.and_then(|before| before.checked_add(SignedDuration::from_secs(1)).ok()) {
        Some(next) if next > now => next,
        _ => now,
    }
}
