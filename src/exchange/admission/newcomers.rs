//! Newcomers: how many new phones may show themselves, and how often anybody may.
//!
//! A waiting phone costs a place in a list and a write to the disc, and an answer to an announcement goes to wherever the
//! announcement says it comes from. So each place has a budget of new phones and one of announcements, and all places
//! together have one of new phones; all of them fill again slowly. The box itself may bring what it likes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use crate::model::{Budget, Purse, source_of};

/// How many places are remembered; for a further one, those that are at rest are forgotten, else the first.
const PLACES: usize = 1024;

/// How many different phones a place brings at once, and how many more each second.
const PHONES: Budget = Budget { most: 16.0, per_second: 0.05 };

/// The same of all places together: an office that is switched on as a whole is let in.
const PHONES_OF_ALL: Budget = Budget { most: 256.0, per_second: 0.2 };

/// How often a place may announce phones, new or known.
const ANNOUNCEMENTS: Budget = Budget { most: 20.0, per_second: 0.5 };

/// Who may still bring how many.
#[derive(Debug, Default)]
pub struct Newcomers {
    all: Purse,
    places: BTreeMap<IpAddr, Place>,
}

#[derive(Debug, Default)]
struct Place {
    phones: Purse,
    announcements: Purse,
}

impl Newcomers {
    /// A place brings a phone that nobody has seen before; else in how many seconds it may.
    pub fn bring(&mut self, from: IpAddr, now: Instant) -> Result<(), u64> {
        if is_the_box(from) {
            return Ok(());
        }
        let all = self.all;
        let place = self.place(from, now);
        PHONES.allows(place.phones, now)?;
        PHONES_OF_ALL.allows(all, now)?;
        PHONES.spend(&mut place.phones, now);
        PHONES_OF_ALL.spend(&mut self.all, now);
        Ok(())
    }

    /// Whether a place may announce a phone, new or known.
    pub fn may_announce(&mut self, from: IpAddr, now: Instant) -> bool {
        if is_the_box(from) {
            return true;
        }
        let place = self.place(from, now);
        let may = ANNOUNCEMENTS.allows(place.announcements, now).is_ok();
        if may {
            ANNOUNCEMENTS.spend(&mut place.announcements, now);
        }
        may
    }

    fn place(&mut self, from: IpAddr, now: Instant) -> &mut Place {
        let from = source_of(from);
        if self.places.len() >= PLACES && !self.places.contains_key(&from) {
            self.places.retain(|_, place| !place.is_at_rest(now));
            if self.places.len() >= PLACES {
                self.places.pop_first();
            }
        }
        self.places.entry(from).or_default()
    }
}

impl Place {
    fn is_at_rest(&self, now: Instant) -> bool {
        PHONES.is_whole(self.phones, now) && ANNOUNCEMENTS.is_whole(self.announcements, now)
    }
}

fn is_the_box(from: IpAddr) -> bool {
    from.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn place(number: u16) -> IpAddr {
        IpAddr::from([10, 0, (number >> 8) as u8, number as u8])
    }

    #[test]
    fn a_place_brings_a_few_phones_at_once_and_more_in_time() {
        let (mut newcomers, now) = (Newcomers::default(), Instant::now());
        let let_in = (0..100).filter(|_| newcomers.bring(place(1), now).is_ok()).count();
        assert_eq!(let_in, 16);
        assert!(newcomers.bring(place(1), now).is_err_and(|seconds| seconds <= 20));
        assert_eq!(newcomers.bring(place(1), now + Duration::from_secs(21)), Ok(()));
        assert_eq!(newcomers.bring(place(2), now), Ok(()));
    }

    #[test]
    fn many_places_together_bring_an_office_and_no_flood() {
        let (mut newcomers, now) = (Newcomers::default(), Instant::now());
        let let_in = (0..2000).filter(|number| newcomers.bring(place(*number), now).is_ok()).count();
        assert_eq!(let_in, 256);
        assert!(newcomers.places.len() <= PLACES);
        assert!(
            (0..100).all(|_| newcomers.bring(IpAddr::from([127, 0, 0, 9]), now).is_ok()),
            "the box itself"
        );
    }

    #[test]
    fn announcements_of_one_place_are_bounded_and_others_are_heard() {
        let (mut newcomers, now) = (Newcomers::default(), Instant::now());
        assert_eq!((0..100).filter(|_| newcomers.may_announce(place(1), now)).count(), 20);
        assert!(newcomers.may_announce(place(2), now));
        assert!(newcomers.may_announce(place(1), now + Duration::from_secs(2)));
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let (mut newcomers, now) = (Newcomers::default(), Instant::now());
        let host = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        assert_eq!((0..100).filter(|last| newcomers.bring(host(*last), now).is_ok()).count(), 16);
    }
}
