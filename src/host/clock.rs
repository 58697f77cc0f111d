//! The clock: what time it is, and whether that can be believed.
//!
//! A Raspberry Pi has no battery: after a power cut it starts in the past until the network tells the time. So wall time
//! is believed only when it is not before this program was made.

use std::time::Instant;

use jiff::Timestamp;

use crate::model::Now;

/// A moment no clock can be before without being wrong: 2026-01-01, before which Perch did not exist.
const EARLIEST: i64 = 1_767_225_600;

/// The present moment.
pub fn now() -> Now {
    let wall = Timestamp::now();
    Now { mono: Instant::now(), wall: (wall.as_second() >= EARLIEST).then_some(wall) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_this_machine_is_believed_exactly_when_it_is_not_before_perch() {
        assert_eq!(now().wall.is_some(), Timestamp::now().as_second() >= EARLIEST);
    }
}
