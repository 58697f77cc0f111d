//! The store as the pages see it: a few named values, the book of calls and the journal.

use crate::model::{AuditEntry, CallId, CallRecord};
use crate::store::{Store, WebKeep};
use crate::web::{AuditBook, CallBook, Keep, KeepError, Soon};

/// What the pages keep, in the store.
pub struct PageKeep(pub WebKeep);

impl Keep for PageKeep {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeepError> {
        let value = self.0.get(name).map_err(|error| KeepError(error.to_string()))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn write<'a>(&'a self, name: &'a str, value: Vec<u8>) -> Soon<'a, Result<(), KeepError>> {
        let (keep, name) = (self.0.clone(), name.to_owned());
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || keep.put(&name, &value)).await;
            match written {
                Ok(done) => done.map_err(|error| KeepError(error.to_string())),
                Err(error) => Err(KeepError(error.to_string())),
            }
        })
    }
}

/// The call records and the journal, in the store.
pub struct Records(pub Store);

impl CallBook for Records {
    fn latest(&self, before: Option<CallId>, limit: usize) -> Vec<CallRecord> {
        self.0.call_records(limit, before).unwrap_or_else(|error| {
            tracing::warn!(%error, "call records could not be read");
            Vec::new()
        })
    }
}

impl AuditBook for Records {
    fn latest(
        &self,
        before: Option<u64>,
        limit: usize,
        fits: &dyn Fn(&AuditEntry) -> bool,
    ) -> Vec<AuditEntry> {
        self.0.audit(limit, before, fits).unwrap_or_else(|error| {
            tracing::warn!(%error, "the journal could not be read");
            Vec::new()
        })
    }
}
