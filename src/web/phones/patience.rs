//! Who asks too much for files that are not there.
//!
//! Each source has a budget of misses, which fills again slowly. A phone asks for its own files only, so it never meets it.
//! How many new phones a source may bring is the exchange's to say. Time comes in as an argument.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::model::{Budget, Purse, source_of};

/// How many sources are remembered; for a further one, those that are at rest are forgotten, else the first.
const SOURCES: usize = 1024;

/// How many requests for nothing a source has at once, and how many more it gets each second.
const MISSES: Budget = Budget { most: 40.0, per_second: 0.5 };

/// Who has how much left.
#[derive(Debug, Default)]
pub struct Patience(Mutex<BTreeMap<IpAddr, Purse>>);

impl Patience {
    /// Whether a source may ask; else in how many seconds.
    pub fn may_ask(&self, source: IpAddr, now: Instant) -> Result<(), u64> {
        self.sources().get(&source_of(source)).map_or(Ok(()), |purse| MISSES.allows(*purse, now))
    }

    /// A source asked for something that is not there.
    pub fn missed(&self, source: IpAddr, now: Instant) {
        let source = source_of(source);
        let mut sources = self.sources();
        if sources.len() >= SOURCES && !sources.contains_key(&source) {
            sources.retain(|_, purse| !MISSES.is_whole(*purse, now));
            if sources.len() >= SOURCES {
                sources.pop_first();
            }
        }
        MISSES.spend(sources.entry(source).or_default(), now);
    }

    fn sources(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Purse>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_bounded() {
        let patience = Patience::default();
        let now = Instant::now();
        for number in 0..3_000u32 {
            patience.missed(IpAddr::from((0x0a00_0000 + number).to_be_bytes()), now);
        }
        assert!(patience.sources().len() <= SOURCES);
    }
}
