//! Files ready to be sent: rendered once for each device and state, with the date a phone may compare.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::model::{DeviceId, Generation, PhoneState};
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
    /// The Last-Modified date, where the file is a phone's own.
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
        if let Some(present) = shelf.get(&key).filter(|present| present.state == *state) {
            return Some(Arc::clone(&present.ready));
        }
        let file = provision::render(state, request)?;
        let date = date_of(state.generation, &file.body);
        let ready = Arc::new(Ready::of(file, Some(date), request.kind == FileKind::Personal));
        if shelf.len() >= FILES && !shelf.contains_key(&key) {
            shelf.pop_first();
        }
        shelf.insert(key, Shelved { state: state.clone(), ready: Arc::clone(&ready) });
        Some(ready)
    }
}

/// A date for a file, which a phone gives back to say what it has: the same for the same file, over restarts and whatever
/// the box's clock says, and later for a later generation. It lies in the past, as it must (RFC 9110 §8.8.2.1).
fn date_of(generation: Generation, body: &[u8]) -> Timestamp {
    let [first, second, ..] = <[u8; 32]>::from(Sha256::digest(body));
    // Within a generation only a new version of this program, or a new address of the box, makes another file.
    let within = i64::from(u16::from_be_bytes([first, second])) % DATES_OF_A_GENERATION;
    let generations = i64::from(generation.0) % GENERATIONS;
    Timestamp::from_second(FIRST_DATE + generations * DATES_OF_A_GENERATION + within)
        .expect("all of them lie in this century")
}

/// The year 2000, in seconds.
const FIRST_DATE: i64 = 946_684_800;
const DATES_OF_A_GENERATION: i64 = 1 << 12;
/// How many have dates of their own: 17 years of them, that is more logins than a phone sees.
const GENERATIONS: i64 = 1 << 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_date_of_its_bytes_and_a_later_one_a_later_date() {
        let date = |generation, body: &str| date_of(Generation(generation), body.as_bytes());
        assert_eq!(date(7, "account"), date(7, "account"));
        assert_ne!(date(7, "account"), date(7, "another account"));
        assert!(date(7, "z") < date(8, "a") && date(8, "a") < date(9, "z"));
        let last = date(u32::MAX, "account");
        assert!(last > date(7, "account") && last < Timestamp::from_second(1_500_000_000).expect("2017"));
    }
}
