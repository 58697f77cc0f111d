//! Timers: how long a transaction waits for what, and which one is due next.
//!
//! Owns the values of RFC 3261 §17 (table 4) and RFC 6026 §7, and a queue that keeps for each transaction the one moment
//! at which it wants to be woken. A machine keeps its own deadlines as part of its state, so nothing fires that was
//! meant for a state long left, and the queue never holds more than the live transactions.
//!
//! No clock is read here: `now` comes in.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::sip::flow::Transport;

/// The estimated time of a round trip: the first pause between two copies (RFC 3261 §17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);

/// The longest pause between two copies of a non-INVITE request or of an answer to an INVITE.
pub const T2: Duration = Duration::from_secs(4);

/// How long a message may stay in the network.
pub const T4: Duration = Duration::from_secs(5);

/// How long anything is tried at all: 64 times T1.
pub const PATIENCE: Duration = Duration::from_secs(32);

/// What a transaction is waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// INVITE, client: time to send the request again.
    A,
    /// INVITE, client: nobody has answered at all.
    B,
    /// INVITE, proxy: it has rung too long. The call keeps it, not this layer: only a call knows how long to ring.
    C,
    /// INVITE, client: no more copies of the refusal can come, so none need acknowledging.
    D,
    /// Other requests, client: time to send the request again.
    E,
    /// Other requests, client: no final answer came.
    F,
    /// INVITE, server: time to send the refusal, or the 2xx, again.
    G,
    /// INVITE, server: no ACK came for the refusal.
    H,
    /// INVITE, server: no more copies of the ACK can come.
    I,
    /// Other requests, server: no more copies of the request can come.
    J,
    /// Other requests, client: no more copies of the answer can come.
    K,
    /// INVITE, server: no more copies of an accepted INVITE can come, and no ACK any more either (RFC 6026 §7.1).
    L,
    /// INVITE, client: no more 2xx can come, neither copies nor those of other branches (RFC 6026 §7.2).
    M,
    /// INVITE, server: the caller must hear a 100 now if it has heard nothing (RFC 3261 §17.2.1).
    Trying,
    /// INVITE, server: the caller must hear the provisional answer again, or proxies give up (RFC 3261 §13.3.1.1).
    Reminder,
    /// INVITE, client: the CANCEL had no effect (RFC 3261 §9.1).
    Cancelled,
    /// Other requests, server: we never answered and the client's Timer F has passed.
    Unanswered,
}

/// After how long without an answer of ours the caller hears a 100; RFC 3261 §17.2.1 allows 200 ms at most.
const TRYING_AFTER: Duration = Duration::from_millis(150);

/// How often a provisional answer is repeated while it rings (RFC 3261 §13.3.1.1).
const REMIND_AFTER: Duration = Duration::from_secs(60);

impl Timer {
    /// How long the timer runs first on that transport: `None` if it is off there, zero if it ends at once.
    pub fn span(self, transport: Transport) -> Option<Duration> {
        let is_reliable = transport.is_reliable();
        match self {
            Timer::A | Timer::E | Timer::G if is_reliable => None,
            Timer::A | Timer::E | Timer::G => Some(T1),
            Timer::B | Timer::F | Timer::H => Some(PATIENCE),
            Timer::C => None,
            Timer::D | Timer::I | Timer::J | Timer::K if is_reliable => Some(Duration::ZERO),
            Timer::D | Timer::J => Some(PATIENCE),
            Timer::I | Timer::K => Some(T4),
            Timer::L | Timer::M => Some(PATIENCE),
            Timer::Trying => Some(TRYING_AFTER),
            Timer::Reminder => Some(REMIND_AFTER),
            Timer::Cancelled | Timer::Unanswered => Some(PATIENCE),
        }
    }

    /// When the timer ends if it starts at `now`: `None` if it is off, or over at once.
    pub fn end(self, transport: Transport, now: Instant) -> Option<Instant> {
        self.span(transport).filter(|span| !span.is_zero()).map(|span| now + span)
    }
}

/// Copies of one message, sent at growing intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copies {
    /// When the next copy is due.
    pub at: Instant,
    interval: Duration,
    longest: Duration,
}

impl Copies {
    /// The first copy T1 after `now`, then twice as long each time.
    pub fn doubling(now: Instant) -> Copies {
        Copies { at: now + T1, interval: T1, longest: Duration::MAX }
    }

    /// The first copy T1 after `now`, then twice as long each time, but no longer than T2.
    pub fn doubling_to_t2(now: Instant) -> Copies {
        Copies { longest: T2, ..Copies::doubling(now) }
    }

    /// The copies from now on come every T2, beginning with the one that is already due next.
    pub fn every_t2(self) -> Copies {
        Copies { interval: T2, longest: T2, ..self }
    }

    /// Whether a copy is due.
    pub fn is_due(&self, now: Instant) -> bool {
        self.at <= now
    }

    /// The copies left after one was sent at `now`.
    pub fn after_one(self, now: Instant) -> Copies {
        let interval = self.interval.saturating_mul(2).min(self.longest);
        Copies { at: now + interval, interval, ..self }
    }
}

/// The moments at which transactions want to be woken: one each at most.
#[derive(Debug)]
pub struct Queue<K> {
    moments: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Ord> Queue<K> {
    /// A queue with nothing to wait for.
    pub fn new() -> Queue<K> {
        Queue { moments: BTreeSet::new() }
    }

    /// Moves the moment of `key` from `former` to `next`. Costs nothing if they are the same.
    pub fn set(&mut self, key: K, former: Option<Instant>, next: Option<Instant>) {
        if former == next {
            return;
        }
        if let Some(former) = former {
            self.moments.remove(&(former, key));
        }
        if let Some(next) = next {
            self.moments.insert((next, key));
        }
    }

    /// The next moment and whose it is.
    pub fn first(&self) -> Option<(Instant, K)> {
        self.moments.first().copied()
    }

    /// Who is due at `now`, the earliest first. The moment stays until [`Queue::set`] moves it.
    pub fn due(&self, now: Instant) -> Option<K> {
        self.first().filter(|(at, _)| *at <= now).map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Timer; 13] = [
        Timer::A,
        Timer::B,
        Timer::C,
        Timer::D,
        Timer::E,
        Timer::F,
        Timer::G,
        Timer::H,
        Timer::I,
        Timer::J,
        Timer::K,
        Timer::L,
        Timer::M,
    ];

    fn spans(transport: Transport) -> String {
        let word = |timer: &Timer| match timer.span(transport) {
            None => format!("{timer:?} -"),
            Some(span) => format!("{timer:?} {}", span.as_millis()),
        };
        ALL.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_timers_have_the_lengths_of_table_4() {
        assert_eq!(
            spans(Transport::Udp),
            "A 500, B 32000, C -, D 32000, E 500, F 32000, G 500, H 32000, I 5000, J 32000, K 5000, L 32000, M 32000"
        );
    }

    #[test]
    fn on_a_stream_nothing_is_sent_twice_and_nothing_lingers() {
        assert_eq!(
            spans(Transport::Tcp),
            "A -, B 32000, C -, D 0, E -, F 32000, G -, H 32000, I 0, J 0, K 0, L 32000, M 32000"
        );
    }

    #[test]
    fn copies_come_at_twice_the_interval_up_to_t2() {
        let start = Instant::now();
        let mut copies = Copies::doubling_to_t2(start);
        let mut moments = Vec::new();
        for _ in 0..6 {
            moments.push((copies.at - start).as_millis());
            copies = copies.after_one(copies.at);
        }
        assert_eq!(moments, [500, 1_500, 3_500, 7_500, 11_500, 15_500]);
    }

    #[test]
    fn the_queue_names_the_earliest_and_forgets_what_was_moved() {
        let start = Instant::now();
        let at = |seconds| Some(start + Duration::from_secs(seconds));
        let mut queue = Queue::new();
        queue.set(1, None, at(5));
        queue.set(2, None, at(3));
        assert_eq!(queue.due(start), None);
        assert_eq!(queue.due(start + Duration::from_secs(9)), Some(2));
        queue.set(2, at(3), at(8));
        assert_eq!(queue.due(start + Duration::from_secs(9)), Some(1));
        queue.set(1, at(5), None);
        queue.set(2, at(8), None);
        assert_eq!(queue.first(), None);
    }
}
