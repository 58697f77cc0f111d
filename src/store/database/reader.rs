//! Reading beside the writer.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Database, Fault, caught, keys, read_value};
use crate::store::record::{self, Key, Kind};
use crate::store::seal::BoxKey;

/// Reads beside the writer; without a database (while it is opened anew) it waits.
#[derive(Debug, Clone)]
pub(in crate::store) struct Reader {
    db: Arc<RwLock<Option<sled::Db>>>,
    box_key: Arc<BoxKey>,
}

impl Reader {
    /// A reader of `database`.
    pub fn new(database: &Database) -> Self {
        let box_key = Arc::clone(&database.box_key);
        Self { db: Arc::new(RwLock::new(Some(database.db.clone()))), box_key }
    }

    /// Lets go of the database, so that it can be closed.
    pub fn detach(&self) {
        self.db.write().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Reads from `database` from now on.
    pub fn attach(&self, database: &Database) {
        *self.db.write().unwrap_or_else(PoisonError::into_inner) = Some(database.db.clone());
    }

    /// Reads one record.
    pub fn value(&self, key: &Key) -> Result<Option<record::Value>, Fault> {
        self.with(|db| read_value(db, key, &self.box_key))
    }

    /// The keys that begin with `prefix`, in order.
    pub fn keys(&self, prefix: &Key) -> Result<Vec<Key>, Fault> {
        self.with(|db| keys(db, prefix.as_bytes(), usize::MAX))
    }

    /// The records of `kind`, last key first, before `before` where that is given, at most `limit`.
    pub fn latest(
        &self,
        kind: Kind,
        before: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<record::Value>, Fault> {
        let end = before.map_or_else(|| vec![kind.letter() + 1], |key| key.as_bytes().to_vec());
        self.with(|db| {
            let mut values = Vec::new();
            for entry in db.range(vec![kind.letter()]..end).rev().take(limit) {
                let (bytes, value) = entry?;
                let key = Key::from_bytes(&bytes).ok_or(Fault::TooNew)?;
                values.push(
                    record::unwrap(&key, &value, &self.box_key)
                        .map_err(|_| Fault::Damaged("a record has gone bad since the start".to_owned()))?,
                );
            }
            Ok(values)
        })
    }

    fn with<T>(&self, read: impl FnOnce(&sled::Db) -> Result<T, Fault>) -> Result<T, Fault> {
        let db = self.db.read().unwrap_or_else(PoisonError::into_inner);
        match db.as_ref() {
            Some(db) => caught(|| read(db)),
            None => Err(Fault::Disc(io::Error::other("the store is being opened anew"))),
        }
    }
}
