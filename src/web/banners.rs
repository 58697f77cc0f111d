//! The warnings that stand on every page, those included that tell what went wrong.

use super::words::Words;
use crate::model::{StatusView, StoreTrouble};

/// The warnings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Banners {
    /// Whether emergency calls have nowhere to go.
    pub emergency_missing: bool,
    /// Why nothing can be saved, and what to do.
    pub store_trouble: Option<String>,
}

impl Banners {
    /// What there is to warn of in this state of the box.
    pub fn of(words: Words, status: &StatusView) -> Self {
        Self {
            emergency_missing: !status.emergency_ready,
            store_trouble: status.store_trouble.map(|trouble| words.say(key_of(trouble))),
        }
    }
}

fn key_of(trouble: StoreTrouble) -> &'static str {
    match trouble {
        StoreTrouble::Full => "store-trouble-full",
        StoreTrouble::Refused => "store-trouble-refused",
        StoreTrouble::Broken => "store-trouble-broken",
    }
}
