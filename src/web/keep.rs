//! What the pages keep on the disc for themselves: the password's hash and the tokens' hashes, each under a short name.
//!
//! A trait, so that tests keep it in memory; the `store` room's key-value is the real one.

use std::future::Future;
use std::pin::Pin;

use crate::model::{CallId, CallRecord};
use crate::store::{Store, WebKeep};

/// A future behind a pointer, so that the traits below can be objects.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// It could not be written: the disc is full or broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it could not be saved: {0}")]
pub struct KeepError(pub String);

/// A small, durable key-value.
pub trait Keep: Send + Sync {
    /// What is kept under this name.
    fn read(&self, name: &str) -> Option<Vec<u8>>;

    /// Keeps this; done when it survives a power cut.
    fn write<'a>(&'a self, name: &'a str, value: Vec<u8>) -> Soon<'a, Result<(), KeepError>>;
}

/// The book of call records.
pub trait CallBook: Send + Sync {
    /// The latest records before this one, newest first. May read the disc: ask it where waiting is allowed.
    fn latest(&self, before: Option<CallId>, limit: usize) -> Vec<CallRecord>;
}

/// The store's own key-value. It waits for the disc on a blocking thread.
impl Keep for WebKeep {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        match self.get(name) {
            Ok(value) => value.map(|value| value.to_vec()),
            Err(error) => {
                tracing::error!(%error, name, "what the pages keep could not be read");
                None
            }
        }
    }

    fn write<'a>(&'a self, name: &'a str, value: Vec<u8>) -> Soon<'a, Result<(), KeepError>> {
        let keep = self.clone();
        let name = name.to_owned();
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || keep.put(&name, &value)).await;
            match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(KeepError(error.to_string())),
                Err(error) => Err(KeepError(error.to_string())),
            }
        })
    }
}

/// The store's own book of calls; one that cannot be read is shown empty.
impl CallBook for Store {
    fn latest(&self, before: Option<CallId>, limit: usize) -> Vec<CallRecord> {
        self.call_records(limit, before).unwrap_or_else(|error| {
            tracing::error!(%error, "the call records could not be read");
            Vec::new()
        })
    }
}
