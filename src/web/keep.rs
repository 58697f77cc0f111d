//! What the pages keep on the disc for themselves: the password's hash and the tokens' hashes, each under a short name.
//!
//! A trait, so that tests keep it in memory; the `store` room's key-value is the real one.

use std::future::Future;
use std::pin::Pin;

use crate::model::{AuditEntry, CallId, CallRecord};

/// A future behind a pointer, so that the traits below can be objects.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// It could not be read or written: the disc is full or broken. The text is one sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeepError(pub String);

/// A small, durable key-value.
pub trait Keep: Send + Sync {
    /// What is kept under this name.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeepError>;

    /// Keeps this; done when it survives a power cut.
    fn write<'a>(&'a self, name: &'a str, value: Vec<u8>) -> Soon<'a, Result<(), KeepError>>;
}

/// The book of call records.
pub trait CallBook: Send + Sync {
    /// The latest records before this one, newest first. May read the disc: ask it where waiting is allowed.
    fn latest(&self, before: Option<CallId>, limit: usize) -> Vec<CallRecord>;
}

/// The book of the journal.
pub trait AuditBook: Send + Sync {
    /// The latest entries before this one that fit, newest first. May read the disc: ask it where waiting is allowed.
    fn latest(
        &self,
        before: Option<u64>,
        limit: usize,
        fits: &dyn Fn(&AuditEntry) -> bool,
    ) -> Vec<AuditEntry>;
}
