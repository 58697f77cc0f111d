//! A secret: a PIN, a SIP password, a token. It cannot be printed, logged or serialised by accident.
//!
//! There is no `Display` or serde on purpose, and `Debug` prints one fixed word; comparison takes the same time whatever differs; the memory is
//! wiped when the secret goes. The `store` room seals secrets before they reach the disc.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A text that must not show anywhere.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the few places that must write it (a phone file, a digest, the sealed store).
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `text` is the secret, in time that does not tell where they differ.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.expose())
    }
}

impl Eq for Secret {}

/// Lets structures that hold a secret derive `Debug`: prints the word `secret` and nothing else.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("secret")
    }
}
