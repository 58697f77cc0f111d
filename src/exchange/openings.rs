//! Openings: for how long, and for whom, a phone's file is given out without the phone's secret.
//!
//! A phone that has just been accepted does not know its secret yet. For a while the path without one is open to it: to the
//! address at which it was accepted, or, where an office file named it before it was ever seen, to the first place of
//! which the network itself says that this phone lives there. The opening closes when the phone has come with its secret.
//!
//! Also where a phone is that came back without its secret, until somebody looks at it. Not here: who is accepted
//! (`directory`).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::model::{DeviceId, Sighting};

/// How long a path stays open.
pub const OPEN_FOR: Duration = Duration::from_secs(600);

/// Who may come without a secret.
#[derive(Debug, Default)]
pub struct Openings {
    open: BTreeMap<DeviceId, Opening>,
    claims: BTreeMap<DeviceId, Sighting>,
}

#[derive(Debug, Clone, Copy)]
struct Opening {
    /// The one place it is open to; unknown until the phone comes from it.
    address: Option<IpAddr>,
    until: Instant,
}

impl Openings {
    /// Opens the path for a phone that was accepted: at `address`, where it is known where it is.
    pub fn open(&mut self, device: DeviceId, address: Option<IpAddr>, now: Instant) {
        self.claims.remove(&device);
        self.open.insert(device, Opening { address, until: now + OPEN_FOR });
    }

    /// Whether a path is open to whoever comes from there; from then on it is open to that place alone.
    pub fn admits(&mut self, device: DeviceId, from: &Sighting, now: Instant) -> bool {
        let Some(opening) = self.open.get_mut(&device).filter(|opening| now < opening.until) else {
            return false;
        };
        let is_it = match opening.address {
            Some(address) => address == from.address,
            None => from.is_vouched_for,
        };
        if is_it {
            opening.address = Some(from.address);
        }
        is_it
    }

    /// Whether a path is open to one place, known already.
    pub fn is_settled(&self, device: DeviceId, now: Instant) -> bool {
        self.open.get(&device).is_some_and(|opening| opening.address.is_some() && now < opening.until)
    }

    /// The phone has come with its secret, or is gone.
    pub fn close(&mut self, device: DeviceId) {
        self.open.remove(&device);
        self.claims.remove(&device);
    }

    /// Somebody came in the name of a phone that was let in, without its secret.
    pub fn claim(&mut self, device: DeviceId, from: Sighting) {
        self.claims.insert(device, from);
    }

    /// Where that was, last.
    pub fn claimed(&self, device: DeviceId) -> Option<Sighting> {
        self.claims.get(&device).copied()
    }

    /// Closes every path whose time is over.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.open.retain(|_, opening| now < opening.until);
    }

    /// When to call [`Openings::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.open.values().map(|opening| opening.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: DeviceId = DeviceId(1);

    fn from(last: u8) -> Sighting {
        Sighting::heard(IpAddr::from([192, 0, 2, last]), IpAddr::from([192, 0, 2, 1]))
    }

    #[test]
    fn a_path_is_open_to_one_place_for_ten_minutes() {
        let (mut openings, now) = (Openings::default(), Instant::now());
        assert!(!openings.admits(PHONE, &from(7), now));
        openings.open(PHONE, Some(from(7).address), now);
        assert!(openings.is_settled(PHONE, now));
        assert!(openings.admits(PHONE, &from(7), now));
        assert!(!openings.admits(PHONE, &from(8), now));
        assert!(!openings.admits(DeviceId(2), &from(7), now));
        assert!(openings.admits(PHONE, &from(7), now + OPEN_FOR - Duration::from_secs(1)));
        assert!(!openings.admits(PHONE, &from(7), now + OPEN_FOR));
        assert_eq!(openings.poll_timeout(), Some(now + OPEN_FOR));
        openings.handle_timeout(now + OPEN_FOR);
        assert_eq!(openings.poll_timeout(), None);
    }

    #[test]
    fn where_nobody_knows_the_place_the_network_must_vouch_for_it() {
        let (mut openings, now) = (Openings::default(), Instant::now());
        openings.open(PHONE, None, now);
        assert!(!openings.is_settled(PHONE, now));
        assert!(!openings.admits(PHONE, &from(8), now));
        assert!(openings.admits(PHONE, &Sighting { is_vouched_for: true, ..from(7) }, now));
        assert!(openings.admits(PHONE, &from(7), now), "the next file");
        assert!(!openings.admits(PHONE, &Sighting { is_vouched_for: true, ..from(8) }, now));
    }

    #[test]
    fn where_a_phone_was_claimed_is_remembered_until_it_is_accepted_or_proved() {
        let (mut openings, now) = (Openings::default(), Instant::now());
        openings.claim(PHONE, from(7));
        openings.claim(PHONE, from(8));
        assert_eq!(openings.claimed(PHONE), Some(from(8)));
        openings.open(PHONE, Some(from(8).address), now);
        assert_eq!(openings.claimed(PHONE), None);
        openings.claim(PHONE, from(8));
        openings.close(PHONE);
        assert_eq!(openings.claimed(PHONE), None);
        assert!(!openings.admits(PHONE, &from(8), now));
    }
}
