//! Knowing when an answer has left: work that is done once everything written so far is in the socket's hands.
//!
//! hyper drops a body when it has copied its last bytes into its own buffer, which is too early to say that a phone has
//! its file. It calls `poll_flush` on the socket only when that buffer is empty; so what the body's end leaves here is
//! done at the next flush, and forgotten when the connection breaks before.

use std::sync::{Mutex, PoisonError};

type Work = Box<dyn FnOnce() + Send>;

/// How much work may wait on one connection; hyper answers one request after the other, so one is usual.
const MOST: usize = 16;

/// The work that waits on one connection.
#[derive(Default)]
pub struct Flushes(Mutex<Vec<Work>>);

impl Flushes {
    /// Leaves work for the next flush.
    pub fn after(&self, work: Work) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST {
            waiting.push(work);
        }
    }

    /// Everything written is with the socket: does the work.
    pub fn flushed(&self) {
        let ready = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for work in ready {
            work();
        }
    }
}

impl std::fmt::Debug for Flushes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flushes")
    }
}
