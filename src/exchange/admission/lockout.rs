//! The lock-out: three wrong PINs close an extension and a device to new logins for a while (HOTDESK B9).
//!
//! Closed means no new login; calls, registrations and logins that hold go on. A right PIN clears the extension's count.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::{DeviceId, ExtensionNumber};

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

    /// Counts a wrong PIN.
    pub fn wrong(&mut self, extension: &ExtensionNumber, device: DeviceId, now: Instant) {
        self.extensions.retain(|_, guesses| guesses.matters(now));
        self.devices.retain(|_, guesses| guesses.matters(now));
        if self.extensions.len() < MAX_REMEMBERED {
            self.extensions.entry(extension.clone()).or_default().count(now);
        }
        if self.devices.len() < MAX_REMEMBERED {
            self.devices.entry(device).or_default().count(now);
        }
    }

    /// A right PIN clears the extension's count; the device's stays.
    pub fn right(&mut self, extension: &ExtensionNumber) {
        self.extensions.remove(extension);
    }
}

impl Guesses {
    fn is_closed(&self, now: Instant) -> bool {
        self.closed_until.is_some_and(|until| now < until)
    }

    fn matters(&self, now: Instant) -> bool {
        self.is_closed(now) || self.wrong.iter().any(|at| now.saturating_duration_since(*at) < WITHIN)
    }

    fn count(&mut self, now: Instant) {
        self.wrong.retain(|at| now.saturating_duration_since(*at) < WITHIN);
        self.wrong.push(now);
        if self.wrong.len() >= WRONG_PINS {
            self.wrong.clear();
            self.closed_until = Some(now + CLOSED_FOR);
        }
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
        for _ in 0..WRONG_PINS {
            assert!(!lockout.is_closed(&number("100"), DESK, now));
            lockout.wrong(&number("100"), DESK, now);
        }
        assert!(lockout.is_closed(&number("100"), KITCHEN, now));
        assert!(lockout.is_closed(&number("101"), DESK, now));
        assert!(!lockout.is_closed(&number("101"), KITCHEN, now));
        assert!(!lockout.is_closed(&number("100"), KITCHEN, now + CLOSED_FOR));
    }

    #[test]
    fn wrong_pins_spread_over_more_than_five_minutes_do_not_close() {
        let (mut lockout, start) = (Lockout::default(), Instant::now());
        for step in 0..6 {
            lockout.wrong(&number("100"), DESK, start + WITHIN / 2 * step);
        }
        assert!(!lockout.is_closed(&number("100"), DESK, start + WITHIN / 2 * 5));
    }

    #[test]
    fn a_right_pin_clears_the_extension_but_not_the_device() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        lockout.wrong(&number("100"), DESK, now);
        lockout.wrong(&number("100"), DESK, now);
        lockout.right(&number("100"));
        lockout.wrong(&number("100"), KITCHEN, now);
        assert!(!lockout.is_closed(&number("100"), KITCHEN, now));
        lockout.wrong(&number("101"), DESK, now);
        assert!(lockout.is_closed(&number("102"), DESK, now));
    }
}
