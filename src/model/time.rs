//! Time as an argument: the monotonic clock that timers use and, when it is trusted, the wall clock.

use std::time::Instant;

use jiff::Timestamp;

/// The present moment, given to every machine below the I/O line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For timers and ages; never goes back.
    pub mono: Instant,
    /// For what is written down; `None` until the clock is trusted (a Raspberry Pi has no battery).
    pub wall: Option<Timestamp>,
}
