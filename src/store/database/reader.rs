//! Reading beside the writer.

use std::io;
use std::ops::ControlFlow;
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

    /// Shows the records of `kind`, last key first, from `from` on where that is given, until `show` has enough.
    pub fn latest(
        &self,
        kind: Kind,
        from: Option<&Key>,
        mut show: impl FnMut(&record::Value) -> Result<ControlFlow<()>, record::Fault>,
    ) -> Result<(), Fault> {
        let gone_bad = |_| Fault::Damaged("a record has gone bad since the start".to_owned());
        let last = from.map_or_else(|| vec![kind.letter(), 0xff], |key| key.as_bytes().to_vec());
        self.with(|db| {
            for entry in db.range(vec![kind.letter()]..=last).rev() {
                let (bytes, value) = entry?;
                let key = Key::from_bytes(&bytes).ok_or(Fault::TooNew)?;
                let value = record::unwrap(&key, &value, &self.box_key).map_err(gone_bad)?;
                if show(&value).map_err(gone_bad)?.is_break() {
                    break;
                }
            }
            Ok(())
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
