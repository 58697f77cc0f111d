//! Who asks too much: for files that are not there, or for many phones from one place.
//!
//! Each source has a budget of misses, and one of phones it may bring; both fill again slowly. A phone asks for its own
//! files only, so it never meets either. Time comes in as an argument.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::model::Mac;
use crate::web::throttle::bucket;

/// How many sources are remembered; for a further one, those that are at rest are forgotten, else the first.
const SOURCES: usize = 1024;

/// How many requests for nothing a source has at once, and how many more it gets each second.
const MISSES: f64 = 40.0;
const MISSES_PER_SECOND: f64 = 0.5;

/// How many different phones a source brings at once, and how many more each second: a waiting phone costs a place in a
/// list and a write to the disc.
const PHONES: f64 = 16.0;
const PHONES_PER_SECOND: f64 = 0.05;

/// Who has how much left.
#[derive(Debug, Default)]
pub struct Patience(Mutex<BTreeMap<IpAddr, Source>>);

#[derive(Debug)]
struct Source {
    misses: Budget,
    phones: Budget,
    /// The phones it brought last.
    known: VecDeque<Mac>,
}

#[derive(Debug, Clone, Copy)]
struct Budget {
    left: f64,
    at: Instant,
    most: f64,
    per_second: f64,
}

impl Patience {
    /// Whether a source may ask; else in how many seconds.
    pub fn may_ask(&self, source: IpAddr, now: Instant) -> Result<(), u64> {
        self.sources().get(&bucket(source)).map_or(Ok(()), |source| source.misses.has_one(now))
    }

    /// A source asked for something that is not there.
    pub fn missed(&self, source: IpAddr, now: Instant) {
        let mut sources = self.sources();
        entry(&mut sources, source, now).misses.spend(now);
    }

    /// Whether a source may bring this phone; else in how many seconds. The box itself may bring any.
    pub fn may_bring(&self, source: IpAddr, mac: Mac, now: Instant) -> Result<(), u64> {
        if source.to_canonical().is_loopback() {
            return Ok(());
        }
        let mut sources = self.sources();
        let entry = entry(&mut sources, source, now);
        if entry.known.contains(&mac) {
            return Ok(());
        }
        entry.phones.has_one(now)?;
        entry.phones.spend(now);
        if entry.known.len() >= PHONES as usize {
            entry.known.pop_front();
        }
        entry.known.push_back(mac);
        Ok(())
    }

    fn sources(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Source>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(sources: &mut BTreeMap<IpAddr, Source>, source: IpAddr, now: Instant) -> &mut Source {
    let source = bucket(source);
    if sources.len() >= SOURCES && !sources.contains_key(&source) {
        sources.retain(|_, one| !one.misses.is_full(now) || !one.phones.is_full(now));
        if sources.len() >= SOURCES {
            sources.pop_first();
        }
    }
    sources.entry(source).or_insert_with(|| Source {
        misses: Budget { left: MISSES, at: now, most: MISSES, per_second: MISSES_PER_SECOND },
        phones: Budget { left: PHONES, at: now, most: PHONES, per_second: PHONES_PER_SECOND },
        known: VecDeque::new(),
    })
}

impl Budget {
    fn left_at(&self, now: Instant) -> f64 {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        (self.left + since * self.per_second).min(self.most)
    }

    fn is_full(&self, now: Instant) -> bool {
        self.left_at(now) >= self.most
    }

    fn has_one(&self, now: Instant) -> Result<(), u64> {
        let left = self.left_at(now);
        if left >= 1.0 { Ok(()) } else { Err(((1.0 - left) / self.per_second).ceil() as u64) }
    }

    fn spend(&mut self, now: Instant) {
        self.left = (self.left_at(now) - 1.0).max(0.0);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn mac(number: u8) -> Mac {
        Mac([0x80, 0x5e, 0xc0, 0, 0, number])
    }

    #[test]
    fn one_place_brings_a_few_phones_and_its_own_phone_is_always_let_in() {
        let patience = Patience::default();
        let now = Instant::now();
        let source = IpAddr::from([192, 0, 2, 9]);
        let let_in = (0..100).filter(|number| patience.may_bring(source, mac(*number), now).is_ok()).count();
        assert_eq!(let_in, PHONES as usize);
        assert_eq!(patience.may_bring(source, mac(0), now), Ok(()));
        assert!(patience.may_bring(source, mac(200), now).is_err_and(|wait| wait <= 20));
        assert_eq!(patience.may_bring(source, mac(200), now + Duration::from_secs(21)), Ok(()));
        assert_eq!(patience.may_bring(IpAddr::from([192, 0, 2, 10]), mac(200), now), Ok(()));
    }

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
