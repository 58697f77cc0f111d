//! Call-backs: which desks have called for help lately, and by which number they are called back (HOTDESK B8).
//!
//! An emergency centre calls the number it was shown. For half an hour that reaches the desk itself, whoever is logged in
//! there; afterwards it means what it always does. Several desks may have shown one number: all of them are reached.
//!
//! Not here: which number a desk shows, and what a call-back rings (`exchange`).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::model::{DeviceId, Now, is_same_number};

/// For how long a desk is called back.
pub const CALLED_BACK_FOR: Duration = Duration::from_secs(30 * 60);

/// How many calls for help are remembered; of more the latest.
const MOST: usize = 256;

/// The desks that may be called back, the latest first.
#[derive(Debug, Default)]
pub struct Callbacks {
    desks: VecDeque<Desk>,
}

#[derive(Debug)]
struct Desk {
    device: DeviceId,
    number: String,
    called: Called,
}

/// When a desk called for help.
#[derive(Debug, Clone, Copy)]
enum Called {
    At(Instant),
    /// Before the start, by the clock on the wall.
    Before(Timestamp),
}

impl Callbacks {
    /// A desk calls for help, or has just ended such a call, and shows this number.
    pub fn expects(&mut self, device: DeviceId, number: &str, now: Now) {
        self.remember(device, number, Called::At(now.mono));
    }

    /// The same for a call of before the start.
    pub fn recall(&mut self, device: DeviceId, number: &str, at: Timestamp) {
        self.remember(device, number, Called::Before(at));
    }

    /// The desks that a call to this number means, the latest first.
    pub fn desks_behind(&self, number: &str, now: Now) -> Vec<DeviceId> {
        let is_meant = |desk: &&Desk| is_same(&desk.number, number) && desk.called.is_recent(now);
        self.desks.iter().filter(is_meant).map(|desk| desk.device).collect()
    }

    fn remember(&mut self, device: DeviceId, number: &str, called: Called) {
        self.desks.retain(|desk| (desk.device, desk.number.as_str()) != (device, number));
        self.desks.push_front(Desk { device, number: number.to_owned(), called });
        self.desks.truncate(MOST);
    }
}

/// Whether what is called is what was shown: a number however it is written, a desk's name as it is.
fn is_same(shown: &str, called: &str) -> bool {
    let is_name = |text: &str| text.chars().any(char::is_alphabetic);
    match is_name(shown) || is_name(called) {
        true => shown.eq_ignore_ascii_case(called),
        false => is_same_number(shown, called),
    }
}

impl Called {
    fn is_recent(self, now: Now) -> bool {
        match self {
            Self::At(at) => now.mono.saturating_duration_since(at) <= CALLED_BACK_FOR,
            Self::Before(at) => now.wall.is_some_and(|wall| {
                let age = wall.duration_since(at);
                // A clock that was set back says nothing about when this was.
                age >= SignedDuration::ZERO && age.unsigned_abs() <= CALLED_BACK_FOR
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(began: Instant, minutes: u64) -> Now {
        let wall = Timestamp::from_second(1_780_000_000 + 60 * i64::try_from(minutes).expect("few")).ok();
        Now { mono: began + Duration::from_secs(60 * minutes), wall }
    }

    #[test]
    fn b8_a_desk_is_called_back_for_half_an_hour() {
        let (mut all, began) = (Callbacks::default(), Instant::now());
        all.expects(DeviceId(1), "+39061234", after(began, 0));
        assert_eq!(all.desks_behind("0039061234", after(began, 30)), [DeviceId(1)]);
        assert_eq!(all.desks_behind("+39065678", after(began, 1)), []);
        assert_eq!(all.desks_behind("+39061234", after(began, 31)), []);
    }

    #[test]
    fn b8_several_desks_that_showed_one_number_are_all_called_back_each_once() {
        let (mut all, began) = (Callbacks::default(), Instant::now());
        all.expects(DeviceId(1), "061234", after(began, 0));
        all.expects(DeviceId(2), "061234", after(began, 1));
        all.expects(DeviceId(1), "061234", after(began, 20));
        assert_eq!(all.desks_behind("061234", after(began, 25)), [DeviceId(1), DeviceId(2)]);
        assert_eq!(all.desks_behind("061234", after(began, 45)), [DeviceId(1)]);
    }

    #[test]
    fn b8_a_call_of_before_the_start_is_called_back_too() {
        let (mut all, began) = (Callbacks::default(), Instant::now());
        let at = after(began, 10).wall.expect("a clock");
        all.recall(DeviceId(1), "061234", at);
        assert_eq!(all.desks_behind("061234", after(began, 40)), [DeviceId(1)]);
        assert_eq!(all.desks_behind("061234", after(began, 41)), []);
        assert_eq!(all.desks_behind("061234", after(began, 9)), []);
        assert_eq!(all.desks_behind("061234", Now { mono: began, wall: None }), []);
    }

    #[test]
    fn only_so_many_are_remembered() {
        let (mut all, began) = (Callbacks::default(), Instant::now());
        for device in 0..=u32::try_from(MOST).expect("few") {
            all.expects(DeviceId(device), "061234", after(began, 0));
        }
        let desks = all.desks_behind("061234", after(began, 0));
        assert_eq!((desks.len(), desks.contains(&DeviceId(0))), (MOST, false));
    }
}
