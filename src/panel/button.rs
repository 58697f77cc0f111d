//! The button: how long it is held decides what letting it go does.
//!
//! Under a second is a touch and does nothing; then comes restart, then a stretch in which letting go is harmless, then
//! erase; who holds on still longer has changed their mind.

use std::time::{Duration, Instant};

/// Whether the button is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// It is not.
    Up,
    /// It is.
    Held {
        /// Since when.
        since: Instant,
    },
}

/// What letting the button go would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Window {
    /// Nothing: it was touched.
    Short,
    /// Restart.
    Reboot,
    /// Nothing: the way to erasing leads through here.
    Caution,
    /// Erase everything.
    Erase,
    /// Nothing: cancelled.
    Cancelled,
}

impl Press {
    /// What letting go now would do; `None` when the button is up.
    pub fn window(self, now: Instant) -> Option<Window> {
        let Press::Held { since } = self else { return None };
        let held = now.saturating_duration_since(since);
        let (window, _) = ENDS.into_iter().find(|&(_, end)| held < end).unwrap_or((Window::Cancelled, held));
        Some(window)
    }

    /// The seconds until the next window, rounded up; `None` when the button is up or there is none.
    pub fn seconds_left(self, now: Instant) -> Option<u64> {
        let Press::Held { since } = self else { return None };
        let held = now.saturating_duration_since(since);
        let (_, end) = ENDS.into_iter().find(|&(_, end)| held < end)?;
        Some((end - held).as_millis().div_ceil(1_000) as u64)
    }

    /// The moment at which the countdown shows another number.
    pub fn next_second(self, now: Instant) -> Option<Instant> {
        let Press::Held { since } = self else { return None };
        let held = now.saturating_duration_since(since);
        let next = Duration::from_secs(held.as_secs() + 1);
        (next <= LAST_END).then_some(since + next)
    }
}

/// The windows and when each ends.
const ENDS: [(Window, Duration); 4] = [
    (Window::Short, Duration::from_secs(1)),
    (Window::Reboot, Duration::from_secs(5)),
    (Window::Caution, Duration::from_secs(10)),
    (Window::Erase, LAST_END),
];
const LAST_END: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_windows_end_where_the_manual_says() {
        let since = Instant::now();
        let press = Press::Held { since };
        let cases = [
            (0, Window::Short, Some(1)),
            (999, Window::Short, Some(1)),
            (1_000, Window::Reboot, Some(4)),
            (4_999, Window::Reboot, Some(1)),
            (5_000, Window::Caution, Some(5)),
            (9_999, Window::Caution, Some(1)),
            (10_000, Window::Erase, Some(10)),
            (19_999, Window::Erase, Some(1)),
            (20_000, Window::Cancelled, None),
            (90_000, Window::Cancelled, None),
        ];
        for (held, window, seconds) in cases {
            let now = since + Duration::from_millis(held);
            assert_eq!(press.window(now), Some(window), "held {held} ms");
            assert_eq!(press.seconds_left(now), seconds, "held {held} ms");
        }
        assert_eq!(Press::Up.window(since), None);
    }
}
