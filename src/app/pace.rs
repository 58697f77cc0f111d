//! Pace: when datagrams come fast, the box takes a short breath between two readings, so that it reads many at a time.
//!
//! Every waking costs calls into the kernel and a cold cache, whether it brings one datagram or thirty. An office never
//! sends so fast that this matters; a switch that comes back with all its phones does, and a flood. What a breath costs a
//! call is far below anything SIP's timers (500 ms and more) or a person can notice. Interrupt moderation of network
//! cards works the same way.

use std::time::{Duration, Instant};

/// How long a breath is.
pub const BREATH: Duration = Duration::from_millis(8);

/// Datagrams that follow each other closer than this come fast.
const FAST: Duration = Duration::from_millis(1);

/// Knows how fast datagrams come.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<Instant>,
}

impl Pace {
    /// Takes how many datagrams a reading at `now` brought; how long to wait before the next one.
    pub fn handle_batch(&mut self, length: usize, now: Instant) -> Option<Duration> {
        let follows = self.last.replace(now).is_some_and(|last| now.saturating_duration_since(last) < FAST);
        // A full socket is no place to rest.
        let is_fast = (length > 1 || follows) && length < crate::net::udp::BATCH;
        is_fast.then_some(BREATH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_takes_breath_only_while_datagrams_come_fast() {
        let began = Instant::now();
        let mut pace = Pace::default();
        let mut breath =
            |tenths: u64, length| pace.handle_batch(length, began + Duration::from_micros(tenths * 100));
        assert_eq!(breath(0, 1), None);
        assert_eq!(breath(100, 1), None, "10 ms later");
        assert_eq!(breath(105, 1), Some(BREATH), "half a millisecond later");
        assert_eq!(breath(125, 4), Some(BREATH), "as many as a breath lets gather");
        assert_eq!(breath(145, 1), None, "one in 2 ms is not fast");
        assert_eq!(breath(300, crate::net::udp::BATCH), None, "more is there already");
    }
}
