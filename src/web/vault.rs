//! The administrator's credentials: the password's hash and the hashes of the API's tokens.
//!
//! Read once, then answered from memory; written through [`Keep`] before they count, but for the day of a token's use,
//! which is written afterwards.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::keep::{Keep, KeepError};
use super::random;
use crate::config::api_tokens::{self, ApiTokens, TooMany, Use};
use crate::model::Secret;

const PASSWORD: &str = "password";

/// The credentials.
pub struct Vault {
    keep: Arc<dyn Keep>,
    held: RwLock<Held>,
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    password: Option<String>,
    tokens: ApiTokens,
}

/// Why a first password was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPasswordError {
    /// Somebody else was quicker.
    AlreadySet,
    /// The disc.
    Keep(KeepError),
}

/// Why there is no new token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewTokenError {
    /// There are too many already.
    TooMany(TooMany),
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
        let tokens = ApiTokens::read(&keep.read(api_tokens::NAME)?.unwrap_or_default());
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
    pub async fn new_token(&self, now: Timestamp) -> Result<Secret, NewTokenError> {
        let _alone = self.writing.lock().await;
        let token = Secret::new(random::token());
        let mut tokens = self.tokens();
        tokens.add(token.expose(), now).map_err(NewTokenError::TooMany)?;
        self.write_tokens(tokens).await.map_err(NewTokenError::Keep)?;
        Ok(token)
    }

    /// Withdraws the token with this id; whether there was one.
    pub async fn withdraw_token(&self, id: &str) -> Result<bool, KeepError> {
        let _alone = self.writing.lock().await;
        let mut tokens = self.tokens();
        let found = tokens.withdraw(id);
        if found {
            self.write_tokens(tokens).await?;
        }
        Ok(found)
    }

    /// The tokens as they are now.
    pub fn tokens(&self) -> ApiTokens {
        self.held.read().unwrap_or_else(PoisonError::into_inner).tokens.clone()
    }

    /// Whether this is one of the tokens; its first use of a day is to be written by [`Vault::keep_uses`].
    pub fn try_token(&self, text: &str, now: Timestamp) -> Use {
        self.held.write().unwrap_or_else(PoisonError::into_inner).tokens.try_with(text, now)
    }

    /// Whether this is one of the tokens still; no use of it.
    pub fn is_token(&self, text: &str) -> bool {
        self.held.read().unwrap_or_else(PoisonError::into_inner).tokens.has(text)
    }

    /// Writes down on which day each token was used last. Nobody waits for it, and nothing hangs on it.
    pub async fn keep_uses(&self) {
        let _alone = self.writing.lock().await;
        if let Err(error) = self.keep.write(api_tokens::NAME, self.tokens().write()).await {
            tracing::debug!(%error, "the day of a token's use was not written down");
        }
    }

    async fn write_tokens(&self, tokens: ApiTokens) -> Result<(), KeepError> {
        self.keep.write(api_tokens::NAME, tokens.write()).await?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).tokens = tokens;
        Ok(())
    }

    async fn write_password(&self, hash: String) -> Result<(), KeepError> {
        self.keep.write(PASSWORD, hash.clone().into_bytes()).await?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).password = Some(hash);
        Ok(())
    }
}
