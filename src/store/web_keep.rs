//! What the page keeps: a few named values, sealed, durable before a write returns.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::inbox::Command;
use super::record::{Key, Step};
use super::{Inner, ReadError, SaveError};

/// The page's own values by name: the hash of the administrator's password, hashes of API tokens, the session key.
#[derive(Debug, Clone)]
pub struct WebKeep(pub(super) Arc<Inner>);

impl WebKeep {
    /// Reads a value; quick enough for a request, it touches the disc only when the value has not been used for long.
    pub fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ReadError> {
        let value = self.0.reader.value(&Key::web(name)).map_err(ReadError::from)?;
        Ok(value.map(|value| value.body))
    }

    /// Keeps a value under a name of at most [`WebKeep::LONGEST_NAME`] bytes. Blocks until it survives a power cut
    /// (milliseconds, as a rule): from async code call it in `spawn_blocking`. On an error the former value stays.
    pub fn put(&self, name: &str, value: &[u8]) -> Result<(), SaveError> {
        if name.len() > Self::LONGEST_NAME || value.len() > Self::LARGEST_VALUE {
            return Err(SaveError::TooLarge);
        }
        self.save(Step::Put(Key::web(name), Zeroizing::new(value.to_vec())))
    }

    /// Forgets a value; nothing there is no error. Blocks like [`WebKeep::put`].
    pub fn remove(&self, name: &str) -> Result<(), SaveError> {
        self.save(Step::Remove(Key::web(name)))
    }

    /// The names that begin with `prefix`, in order.
    pub fn names(&self, prefix: &str) -> Result<Vec<String>, ReadError> {
        let keys = self.0.reader.keys(&Key::web(prefix)).map_err(ReadError::from)?;
        Ok(keys.iter().filter_map(|key| key.web_name()).collect())
    }

    fn save(&self, step: Step) -> Result<(), SaveError> {
        self.0.ask(|reply| Command::Steps(vec![step], reply))
    }

    /// Bytes in the longest name.
    pub const LONGEST_NAME: usize = 128;
    /// Bytes in the largest value.
    pub const LARGEST_VALUE: usize = 4 * 1024;
}
