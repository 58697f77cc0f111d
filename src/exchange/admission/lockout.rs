//! The lock-out: three wrong PINs close an extension and a device to new logins for a while (HOTDESK B9).
//!
//! Closed means no new login; calls, registrations and logins that hold go on. A right PIN clears the extension's count; the
//! administrator, who is asked for no PIN and never closed out, sees what is closed and opens it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::{DeviceId, ExtensionNumber, Locked};

/// So many wrong PINs within [`WITHIN`] close.
pub const WRONG_PINS: usize = 3;

/// The time in which they count.
pub const WITHIN: Duration = Duration::from_secs(5 * 60);

/// How long it stays closed.
pub const CLOSED_FOR: Duration = Duration::from_secs(15 * 60);

/// How many extensions and devices are remembered; both are bounded by the office, so this is never reached there.
const MAX_REMEMBERED: usize = 10_000;

/// Wrong PINs lately.
#[derive(Debug, Default)]
pub struct Lockout {
    extensions: BTreeMap<ExtensionNumber, Guesses>,
    devices: BTreeMap<DeviceId, Guesses>,
}

#[derive(Debug, Default)]
struct Guesses {
    wrong: Vec<Instant>,
    closed_until: Option<Instant>,
}

impl Lockout {
    /// Whether a login of `extension` at `device` is closed.
    pub fn is_closed(&self, extension: &ExtensionNumber, device: DeviceId, now: Instant) -> bool {
        let closed = |guesses: Option<&Guesses>| guesses.is_some_and(|guesses| guesses.is_closed(now));
        closed(self.extensions.get(extension)) || closed(self.devices.get(&device))
    }

    /// Whether a device is closed to every login.
    pub fn is_device_closed(&self, device: DeviceId, now: Instant) -> bool {
        self.devices.get(&device).is_some_and(|guesses| guesses.is_closed(now))
    }

    /// Counts a wrong PIN for an ID that nobody has; what it closes is the answer.
    #[must_use]
    pub fn wrong_at(&mut self, device: DeviceId, now: Instant) -> Vec<Locked> {
        self.devices.retain(|_, guesses| guesses.matters(now));
        let closes =
            self.devices.len() < MAX_REMEMBERED && self.devices.entry(device).or_default().count(now);
        closes.then_some(Locked::Device(device)).into_iter().collect()
    }

    /// Counts a wrong PIN; what it closes is the answer.
    #[must_use]
    pub fn wrong(&mut self, extension: &ExtensionNumber, device: DeviceId, now: Instant) -> Vec<Locked> {
        self.extensions.retain(|_, guesses| guesses.matters(now));
        self.devices.retain(|_, guesses| guesses.matters(now));
        let mut closed = Vec::new();
        if self.extensions.len() < MAX_REMEMBERED
            && self.extensions.entry(extension.clone()).or_default().count(now)
        {
            closed.push(Locked::Extension(extension.clone()));
        }
        if self.devices.len() < MAX_REMEMBERED && self.devices.entry(device).or_default().count(now) {
            closed.push(Locked::Device(device));
        }
        closed
    }

    /// What is closed, and for how long.
    pub fn closed(&self, now: Instant) -> Vec<(Locked, Duration)> {
        let extensions =
            self.extensions.iter().map(|(one, guesses)| (Locked::Extension(one.clone()), guesses));
        let devices = self.devices.iter().map(|(one, guesses)| (Locked::Device(*one), guesses));
        extensions.chain(devices).filter_map(|(one, guesses)| Some((one, guesses.closed_for(now)?))).collect()
    }

    /// Opens what is closed, at the administrator's word; whether it was closed.
    pub fn open(&mut self, locked: &Locked, now: Instant) -> bool {
        let guesses = match locked {
            Locked::Extension(extension) => self.extensions.remove(extension),
            Locked::Device(device) => self.devices.remove(device),
        };
        guesses.is_some_and(|guesses| guesses.is_closed(now))
    }

    /// A right PIN clears the extension's count; the device's stays.
    pub fn right(&mut self, extension: &ExtensionNumber) {
        self.extensions.remove(extension);
    }
}

impl Guesses {
    fn is_closed(&self, now: Instant) -> bool {
        self.closed_for(now).is_some()
    }

    fn closed_for(&self, now: Instant) -> Option<Duration> {
        self.closed_until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero())
    }

    fn matters(&self, now: Instant) -> bool {
        self.is_closed(now) || self.wrong.iter().any(|at| now.saturating_duration_since(*at) < WITHIN)
    }

    /// Counts one; whether it closes.
    fn count(&mut self, now: Instant) -> bool {
        self.wrong.retain(|at| now.saturating_duration_since(*at) < WITHIN);
        self.wrong.push(now);
        let closes = self.wrong.len() >= WRONG_PINS;
        if closes {
            self.wrong.clear();
            self.closed_until = Some(now + CLOSED_FOR);
        }
        closes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: DeviceId = DeviceId(1);
    const KITCHEN: DeviceId = DeviceId(2);

    fn number(text: &str) -> ExtensionNumber {
        text.parse().expect("a number")
    }

    #[test]
    fn b9_three_wrong_pins_close_the_extension_everywhere_and_the_device_for_everyone() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let mut closes = Vec::new();
        for _ in 0..WRONG_PINS {
            assert!(!lockout.is_closed(&number("100"), DESK, now) && closes.is_empty());
            closes = lockout.wrong(&number("100"), DESK, now);
        }
        assert_eq!(closes, [Locked::Extension(number("100")), Locked::Device(DESK)]);
        assert!(lockout.is_closed(&number("100"), KITCHEN, now));
        assert!(lockout.is_closed(&number("101"), DESK, now));
        assert!(!lockout.is_closed(&number("101"), KITCHEN, now));
        assert!(!lockout.is_closed(&number("100"), KITCHEN, now + CLOSED_FOR));
    }

    #[test]
    fn wrong_pins_spread_over_more_than_five_minutes_do_not_close() {
        let (mut lockout, start) = (Lockout::default(), Instant::now());
        for step in 0..6 {
            assert_eq!(lockout.wrong(&number("100"), DESK, start + WITHIN / 2 * step), []);
        }
        assert!(!lockout.is_closed(&number("100"), DESK, start + WITHIN / 2 * 5));
    }

    #[test]
    fn a_right_pin_clears_the_extension_but_not_the_device() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let wrong = |lockout: &mut Lockout, who, at| lockout.wrong(&number(who), at, now);
        assert_eq!(wrong(&mut lockout, "100", DESK), []);
        assert_eq!(wrong(&mut lockout, "100", DESK), []);
        lockout.right(&number("100"));
        assert_eq!(wrong(&mut lockout, "100", KITCHEN), []);
        assert!(!lockout.is_closed(&number("100"), KITCHEN, now));
        assert_eq!(wrong(&mut lockout, "101", DESK), [Locked::Device(DESK)]);
        assert!(lockout.is_closed(&number("102"), DESK, now));
    }

    #[test]
    fn b9_the_administrator_sees_what_is_closed_and_opens_it() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        for _ in 0..WRONG_PINS {
            let _ = lockout.wrong(&number("100"), DESK, now);
        }
        let (ada, desk) = (Locked::Extension(number("100")), Locked::Device(DESK));
        let minute = Duration::from_secs(60);
        let left = CLOSED_FOR - minute;
        assert_eq!(lockout.closed(now + minute), [(ada.clone(), left), (desk.clone(), left)]);
        assert!(lockout.open(&ada, now) && !lockout.open(&ada, now));
        assert_eq!(lockout.closed(now), [(desk.clone(), CLOSED_FOR)]);
        assert!(
            lockout.is_closed(&number("100"), DESK, now) && !lockout.is_closed(&number("100"), KITCHEN, now)
        );
        assert!(!lockout.open(&desk, now + CLOSED_FOR), "its time is over anyway");
        assert!(lockout.closed(now).is_empty());
    }
}
