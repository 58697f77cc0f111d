//! The administrator's credentials: the password's hash and the hashes of the API's tokens.
//!
//! Read once, then answered from memory; written through [`Keep`] before they count. A token is 256 random bits, so a
//! plain SHA-256 of it is enough: there is nothing to guess.

use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::keep::{Keep, KeepError};
use super::random;
use crate::model::Secret;

const PASSWORD: &str = "password";
const TOKENS: &str = "tokens";

/// How many tokens hold; a further one replaces the oldest.
pub const MOST_TOKENS: usize = 64;

/// The credentials.
pub struct Vault {
    keep: Arc<dyn Keep>,
    held: RwLock<Held>,
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    password: Option<String>,
    tokens: Vec<[u8; 32]>,
}

/// Why a first password was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPasswordError {
    /// Somebody else was quicker.
    AlreadySet,
    /// The disc.
    Keep(KeepError),
}

impl Vault {
    /// Reads what is kept. That it cannot be read is no reason to let anybody set the box up anew.
    pub fn open(keep: Arc<dyn Keep>) -> Result<Self, KeepError> {
        let password = keep
            .read(PASSWORD)?
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| !text.is_empty());
        let tokens = keep.read(TOKENS)?.unwrap_or_default();
        let tokens = tokens.chunks_exact(32).filter_map(|hash| hash.try_into().ok()).collect();
        Ok(Self {
            keep,
            held: RwLock::new(Held { password, tokens }),
            writing: tokio::sync::Mutex::default(),
        })
    }

    /// The password's hash; `None` until set-up.
    pub fn password(&self) -> Option<String> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).password.clone()
    }

    /// Whether the set-up has come as far as a password.
    pub fn has_password(&self) -> bool {
        self.held.read().unwrap_or_else(PoisonError::into_inner).password.is_some()
    }

    /// Sets the first password, unless there is one by now.
    pub async fn set_first_password(&self, hash: String) -> Result<(), FirstPasswordError> {
        let _alone = self.writing.lock().await;
        if self.has_password() {
            return Err(FirstPasswordError::AlreadySet);
        }
        self.write_password(hash).await.map_err(FirstPasswordError::Keep)
    }

    /// Sets another password.
    pub async fn set_password(&self, hash: String) -> Result<(), KeepError> {
        let _alone = self.writing.lock().await;
        self.write_password(hash).await
    }

    /// Makes a token for the API.
    pub async fn new_token(&self) -> Result<Secret, KeepError> {
        let _alone = self.writing.lock().await;
        let token = Secret::new(random::token());
        let mut tokens = self.held.read().unwrap_or_else(PoisonError::into_inner).tokens.clone();
        tokens.push(digest(token.expose()));
        let excess = tokens.len().saturating_sub(MOST_TOKENS);
        tokens.drain(..excess);
        self.keep.write(TOKENS, tokens.concat()).await?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).tokens = tokens;
        Ok(token)
    }

    /// Whether this is one of the tokens.
    pub fn is_token(&self, text: &str) -> bool {
        let hash = digest(text);
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.tokens.iter().fold(false, |found, token| found | bool::from(token.ct_eq(&hash)))
    }

    async fn write_password(&self, hash: String) -> Result<(), KeepError> {
        self.keep.write(PASSWORD, hash.clone().into_bytes()).await?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).password = Some(hash);
        Ok(())
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
