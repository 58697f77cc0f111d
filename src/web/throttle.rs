//! Guessing made slow: after a few wrong passwords a source waits, twice as long each time, never over a minute.
//!
//! A source is what [`source_of`] says. All sources together have a budget too, so that a thousand addresses
//! guess no faster than a few; a source that was signed in before is outside that budget, so that a flood cannot keep
//! the administrator out. Time comes in as an argument.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::source_of;

/// How many sources are remembered; the one that was quiet longest is forgotten for a further one.
const SOURCES: usize = 1024;

/// Wrong passwords that cost no waiting.
const FREE: u32 = 3;

/// The longest wait.
pub const LONGEST: Duration = Duration::from_secs(60);

/// After how long a source's faults are forgotten.
const FORGET: Duration = Duration::from_secs(15 * 60);

/// How many tries of unknown sources may come at once, and how fast that budget fills again.
const BUDGET: f64 = 20.0;
const BUDGET_PER_SECOND: f64 = 0.5;

/// Who waits how long.
#[derive(Debug)]
pub struct Throttle(Mutex<State>);

#[derive(Debug)]
struct State {
    sources: BTreeMap<IpAddr, Source>,
    budget: f64,
    filled: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Source {
    wrong: u32,
    known: bool,
    until: Instant,
    seen: Instant,
}

impl Throttle {
    /// Nobody waits.
    pub fn new() -> Self {
        Self(Mutex::new(State { sources: BTreeMap::new(), budget: BUDGET, filled: None }))
    }

    /// Whether this source may try now; else how long it is to wait. A try that may is counted as wrong until
    /// [`Throttle::succeeded`] says otherwise, so that many at once gain nothing.
    pub fn enter(&self, source: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut state = self.state();
        let source = source_of(source);
        let mut entry = state.sources.get(&source).copied().unwrap_or(Source {
            wrong: 0,
            known: false,
            until: now,
            seen: now,
        });
        if entry.until > now {
            return Err(entry.until - now);
        }
        if now.duration_since(entry.seen) > FORGET {
            entry.wrong = 0;
        }
        if !entry.known {
            state.spend(now)?;
        }
        entry.wrong += 1;
        entry.seen = now;
        entry.until = now + wait_after(entry.wrong);
        if state.sources.len() >= SOURCES && !state.sources.contains_key(&source) {
            state.forget_one();
        }
        state.sources.insert(source, entry);
        Ok(())
    }

    /// The last try of this source was right.
    pub fn succeeded(&self, source: IpAddr, now: Instant) {
        let mut state = self.state();
        state.sources.insert(source_of(source), Source { wrong: 0, known: true, until: now, seen: now });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn spend(&mut self, now: Instant) -> Result<(), Duration> {
        let since = self.filled.map_or(Duration::ZERO, |filled| now.duration_since(filled));
        self.budget = (self.budget + since.as_secs_f64() * BUDGET_PER_SECOND).min(BUDGET);
        self.filled = Some(now);
        if self.budget < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.budget) / BUDGET_PER_SECOND));
        }
        self.budget -= 1.0;
        Ok(())
    }

    fn forget_one(&mut self) {
        let quietest =
            self.sources.iter().min_by_key(|(_, source)| (source.known, source.seen)).map(|(at, _)| *at);
        if let Some(quietest) = quietest {
            self.sources.remove(&quietest);
        }
    }
}

/// Nothing for the first few, then 1, 2, 4 … seconds, at most [`LONGEST`].
fn wait_after(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE) {
        None | Some(0) => Duration::ZERO,
        Some(over) => Duration::from_secs(1u64 << (over - 1).min(6)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn guessing_gets_slower_but_never_costs_more_than_a_minute() {
        let throttle = Throttle::new();
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..12 {
            let wait = throttle.enter(source(1), now).err().unwrap_or_default();
            waits.push(wait.as_secs());
            now += wait;
            if wait > Duration::ZERO {
                assert_eq!(throttle.enter(source(1), now), Ok(()));
            }
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn the_right_password_clears_the_source_and_others_are_untouched() {
        let throttle = Throttle::new();
        let now = Instant::now();
        for _ in 0..4 {
            assert_eq!(throttle.enter(source(1), now), Ok(()));
        }
        assert!(throttle.enter(source(1), now).is_err());
        assert_eq!(throttle.enter(source(2), now), Ok(()));
        throttle.succeeded(source(1), now);
        assert_eq!(throttle.enter(source(1), now), Ok(()));
    }

    #[test]
    fn a_flood_from_many_addresses_is_slowed_and_the_administrator_still_gets_in() {
        let throttle = Throttle::new();
        let now = Instant::now();
        assert_eq!(throttle.enter(source(250), now), Ok(()));
        throttle.succeeded(source(250), now);
        let let_in = (0..200).filter(|last| throttle.enter(source(*last), now).is_ok()).count();
        assert!(let_in < 20, "{let_in}");
        assert_eq!(throttle.enter(source(250), now), Ok(()));
    }

    #[test]
    fn a_house_with_many_ipv6_addresses_is_one_source() {
        let throttle = Throttle::new();
        let now = Instant::now();
        let refused = (0..10u16)
            .filter(|n| throttle.enter(IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, *n]), now).is_err())
            .count();
        assert_eq!(refused, 6);
    }

    #[test]
    fn the_table_is_bounded() {
        let throttle = Throttle::new();
        let mut now = Instant::now();
        for n in 0..3000u32 {
            now += Duration::from_secs(3);
            let _ = throttle.enter(IpAddr::from((0x0a00_0000 + n).to_be_bytes()), now);
        }
        assert!(throttle.state().sources.len() <= SOURCES);
    }
}
