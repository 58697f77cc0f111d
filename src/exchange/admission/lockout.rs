//! The lock-out: three wrong PINs close an extension and a place to new logins for a while (HOTDESK B9).
//!
//! A place is a phone, or where none is known a source on the network. Closed means no new login: no PIN is looked at, while
//! calls, registrations and logins that hold go on. A right PIN clears the extension's count; the administrator, who is asked
//! for no PIN and never closed out, sees what is closed and opens it.
//!
//! Not here: how long it lasts (the tenant says), how it outlives a restart (`exchange/story/lockouts`, by [`Turn`]).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::model::{At, ExtensionNumber, Locked};

/// So many wrong PINs within [`WITHIN`] close.
pub const WRONG_PINS: usize = 3;

/// The time in which they count.
pub const WITHIN: Duration = Duration::from_secs(5 * 60);

/// How many extensions, phones and sources are remembered, of each kind; when there are more, the one that has been quiet
/// for the longest time is forgotten. Extensions and phones are bounded by the office.
const MAX_REMEMBERED: usize = 10_000;

/// Wrong PINs lately, and what they have closed.
#[derive(Debug, Default)]
pub struct Lockout {
    extensions: Watched,
    devices: Watched,
    addresses: Watched,
    /// When each that is closed opens by itself.
    ends: BTreeSet<(Instant, Locked)>,
    turns: VecDeque<Turn>,
}

type Watched = BTreeMap<Locked, Guesses>;

/// A change that others must act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is closed for so long.
    Closed(Locked, Duration),
    /// The administrator has opened it before its time.
    Opened(Locked),
    /// Its time is over.
    Ended(Locked),
}

/// For how long three wrong PINs close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// The extension.
    pub extension: Duration,
    /// The phone or the source.
    pub place: Duration,
}

#[derive(Debug)]
struct Guesses {
    wrong: Vec<Instant>,
    closed_until: Option<Instant>,
    /// When the last of them came.
    last: Instant,
}

impl Lockout {
    /// Closes something for what is left of its time: it was closed before a restart.
    pub fn restore(&mut self, locked: Locked, left: Duration, now: Instant) {
        self.make_room(&locked, now);
        self.close(locked, left, now);
    }

    /// Whether a login of `extension` from there is closed: then no PIN is looked at. Nobody may be meant, because nobody
    /// has the ID that was keyed.
    pub fn is_closed(&self, extension: Option<&ExtensionNumber>, at: At, now: Instant) -> bool {
        let extension = extension.cloned().map(Locked::Extension);
        extension.into_iter().chain([at.locked()]).any(|one| self.left(&one, now).is_some())
    }

    /// Counts a wrong PIN, of nobody where it belongs to an ID that nobody has; what it closes is closed for as long as
    /// `lengths` says.
    pub fn wrong(&mut self, extension: Option<&ExtensionNumber>, at: At, lengths: Lengths, now: Instant) {
        if let Some(extension) = extension {
            self.count(Locked::Extension(extension.clone()), lengths.extension, now);
        }
        self.count(at.locked(), lengths.place, now);
    }

    /// A right PIN clears the extension's count; that of the place stays.
    pub fn right(&mut self, extension: &ExtensionNumber) {
        self.forget(&Locked::Extension(extension.clone()));
    }

    /// Opens what is closed, at the administrator's word; whether it was closed.
    pub fn open(&mut self, locked: &Locked, now: Instant) -> bool {
        let was_closed = self.left(locked, now).is_some();
        self.forget(locked);
        if was_closed {
            self.turns.push_back(Turn::Opened(locked.clone()));
        }
        was_closed
    }

    /// Opens what has been closed for its time.
    pub fn handle_timeout(&mut self, now: Instant) {
        while self.ends.first().is_some_and(|(end, _)| *end <= now) {
            let Some((_, locked)) = self.ends.pop_first() else { return };
            self.watched(&locked).remove(&locked);
            self.turns.push_back(Turn::Ended(locked));
        }
    }

    /// When to call [`Lockout::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// The next change to act on; drain it after every call that takes `&mut self`.
    pub fn poll_turn(&mut self) -> Option<Turn> {
        self.turns.pop_front()
    }

    /// What is closed, and for how long.
    pub fn closed(&self, now: Instant) -> Vec<(Locked, Duration)> {
        let all = self.extensions.iter().chain(&self.devices).chain(&self.addresses);
        all.filter_map(|(one, guesses)| Some((one.clone(), guesses.left(now)?))).collect()
    }

    fn left(&self, locked: &Locked, now: Instant) -> Option<Duration> {
        let watched = match locked {
            Locked::Extension(_) => &self.extensions,
            Locked::Device(_) => &self.devices,
            Locked::Address(_) => &self.addresses,
        };
        watched.get(locked)?.left(now)
    }

    fn watched(&mut self, locked: &Locked) -> &mut Watched {
        match locked {
            Locked::Extension(_) => &mut self.extensions,
            Locked::Device(_) => &mut self.devices,
            Locked::Address(_) => &mut self.addresses,
        }
    }

    fn count(&mut self, locked: Locked, length: Duration, now: Instant) {
        self.make_room(&locked, now);
        let watched = self.watched(&locked);
        let guesses = watched.entry(locked.clone()).or_insert_with(|| Guesses::none(now));
        if guesses.count(now) {
            self.close(locked.clone(), length, now);
            self.turns.push_back(Turn::Closed(locked, length));
        }
    }

    fn close(&mut self, locked: Locked, length: Duration, now: Instant) {
        let end = now + length;
        let watched = self.watched(&locked);
        let guesses = watched.entry(locked.clone()).or_insert_with(|| Guesses::none(now));
        if let Some(former) = guesses.closed_until.replace(end) {
            self.ends.remove(&(former, locked.clone()));
        }
        self.ends.insert((end, locked));
    }

    /// Forgets what does not matter any more, and then whatever has been quiet for the longest time.
    fn make_room(&mut self, locked: &Locked, now: Instant) {
        let watched = self.watched(locked);
        if watched.len() < MAX_REMEMBERED || watched.contains_key(locked) {
            return;
        }
        watched.retain(|_, guesses| guesses.matters(now));
        if watched.len() < MAX_REMEMBERED {
            return;
        }
        let quietest = watched.iter().min_by_key(|(_, guesses)| guesses.last).map(|(one, _)| one.clone());
        let Some(quietest) = quietest else { return };
        if self.forget(&quietest).is_some_and(|guesses| guesses.closed_until.is_some()) {
            self.turns.push_back(Turn::Ended(quietest));
        }
    }

    fn forget(&mut self, locked: &Locked) -> Option<Guesses> {
        let guesses = self.watched(locked).remove(locked)?;
        if let Some(end) = guesses.closed_until {
            self.ends.remove(&(end, locked.clone()));
        }
        Some(guesses)
    }
}

impl Guesses {
    fn none(now: Instant) -> Self {
        Self { wrong: Vec::new(), closed_until: None, last: now }
    }

    fn left(&self, now: Instant) -> Option<Duration> {
        self.closed_until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero())
    }

    fn matters(&self, now: Instant) -> bool {
        self.closed_until.is_some() || self.wrong.iter().any(|at| now.saturating_duration_since(*at) < WITHIN)
    }

    /// Counts one; whether it closes.
    fn count(&mut self, now: Instant) -> bool {
        self.last = now;
        self.wrong.retain(|at| now.saturating_duration_since(*at) < WITHIN);
        self.wrong.push(now);
        let closes = self.wrong.len() >= WRONG_PINS;
        if closes {
            self.wrong.clear();
        }
        closes
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::model::DeviceId;

    const DESK: At = At::Device(DeviceId(1));
    const KITCHEN: At = At::Device(DeviceId(2));
    const MINUTE: Duration = Duration::from_secs(60);
    const CLOSED_FOR: Duration = Duration::from_secs(15 * 60);
    const LENGTHS: Lengths = Lengths { extension: CLOSED_FOR, place: CLOSED_FOR };

    fn number(text: &str) -> ExtensionNumber {
        text.parse().expect("a number")
    }

    fn ada() -> Locked {
        Locked::Extension(number("100"))
    }

    fn turns(lockout: &mut Lockout) -> Vec<Turn> {
        std::iter::from_fn(|| lockout.poll_turn()).collect()
    }

    fn guess(lockout: &mut Lockout, extension: &str, at: At, now: Instant) -> Vec<Locked> {
        lockout.wrong(Some(&number(extension)), at, LENGTHS, now);
        let closed = |turn| match turn {
            Turn::Closed(locked, CLOSED_FOR) => locked,
            other => panic!("{other:?}"),
        };
        turns(lockout).into_iter().map(closed).collect()
    }

    #[test]
    fn b9_three_wrong_pins_close_the_extension_everywhere_and_the_device_for_everyone() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let mut closes = Vec::new();
        for _ in 0..WRONG_PINS {
            assert!(!lockout.is_closed(Some(&number("100")), DESK, now) && closes.is_empty());
            closes = guess(&mut lockout, "100", DESK, now);
        }
        assert_eq!(closes, [ada(), DESK.locked()]);
        assert!(lockout.is_closed(Some(&number("100")), KITCHEN, now));
        assert!(lockout.is_closed(Some(&number("101")), DESK, now));
        assert!(!lockout.is_closed(Some(&number("101")), KITCHEN, now));
        assert!(!lockout.is_closed(Some(&number("100")), KITCHEN, now + CLOSED_FOR));
    }

    #[test]
    fn b9_whoever_guesses_without_pause_gets_three_pins_looked_at_in_any_quarter_of_an_hour() {
        let start = Instant::now();
        let by_address = |step: u8| At::Address([192, 0, 2, step].into());
        for at in [DESK, At::Address([192, 0, 2, 7].into())] {
            let (mut lockout, mut looked_at) = (Lockout::default(), Vec::new());
            for second in 0..2 * 3600 {
                let now = start + Duration::from_secs(second);
                lockout.handle_timeout(now);
                // One place, another number each time; and one number, from another place each time.
                let digits = 1000 + second;
                let guesses = [(digits.to_string(), at), ("100".to_owned(), by_address(second as u8))];
                for (index, (extension, at)) in guesses.into_iter().enumerate() {
                    if !lockout.is_closed(Some(&number(&extension)), at, now) {
                        lockout.wrong(Some(&number(&extension)), at, LENGTHS, now);
                        looked_at.push((index, now));
                    }
                }
            }
            for index in 0..2 {
                let times = looked_at.iter().filter(|(one, _)| *one == index).map(|(_, now)| *now);
                let times: Vec<_> = times.collect();
                assert!(times.len() >= 6, "it opens again");
                assert!(times.windows(WRONG_PINS + 1).all(|four| four[3] - four[0] >= CLOSED_FOR));
            }
        }
    }

    #[test]
    fn b9_a_source_on_the_network_counts_like_a_phone_and_an_ipv6_address_by_its_network() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let from = |text: &str| At::Address(text.parse().expect("an address"));
        for (digits, address) in [("100", "2001:db8::1"), ("101", "2001:db8::2"), ("102", "2001:db8::ffff:3")]
        {
            assert!(!lockout.is_closed(Some(&number("103")), from("2001:db8::4"), now));
            guess(&mut lockout, digits, from(address), now);
        }
        assert!(lockout.is_closed(Some(&number("103")), from("2001:db8::4"), now));
        assert!(!lockout.is_closed(Some(&number("103")), from("2001:db8:0:1::4"), now));
        assert!(!lockout.is_closed(Some(&number("103")), DESK, now));
        let closed: Vec<_> = lockout.closed(now).into_iter().map(|(locked, _)| locked.to_string()).collect();
        assert_eq!(closed, ["2001:db8::/64"]);
    }

    #[test]
    fn b9_of_many_sources_the_one_that_was_quiet_for_longest_is_forgotten() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let from = |index: usize| At::Address(IpAddr::from((0x0a00_0000_u32 + index as u32).to_be_bytes()));
        for _ in 0..WRONG_PINS {
            lockout.wrong(Some(&number("100")), from(0), LENGTHS, now);
        }
        lockout.right(&number("100"));
        turns(&mut lockout);
        for index in 1..=MAX_REMEMBERED {
            lockout.wrong(Some(&number(&index.to_string())), from(index), LENGTHS, now + MINUTE);
        }
        assert_eq!(lockout.addresses.len(), MAX_REMEMBERED);
        assert!(!lockout.is_closed(Some(&number("100")), from(0), now + MINUTE));
        assert_eq!(turns(&mut lockout), [Turn::Ended(from(0).locked())]);
        assert!(lockout.ends.is_empty(), "what is forgotten or cleared has no end to wait for");
    }

    #[test]
    fn wrong_pins_spread_over_more_than_five_minutes_do_not_close() {
        let (mut lockout, start) = (Lockout::default(), Instant::now());
        for step in 0..6 {
            assert_eq!(guess(&mut lockout, "100", DESK, start + WITHIN / 2 * step), []);
        }
        assert!(!lockout.is_closed(Some(&number("100")), DESK, start + WITHIN / 2 * 5));
    }

    #[test]
    fn a_right_pin_clears_the_extension_but_not_the_device() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        assert_eq!(guess(&mut lockout, "100", DESK, now), []);
        assert_eq!(guess(&mut lockout, "100", DESK, now), []);
        lockout.right(&number("100"));
        assert_eq!(guess(&mut lockout, "100", KITCHEN, now), []);
        assert!(!lockout.is_closed(Some(&number("100")), KITCHEN, now));
        assert_eq!(guess(&mut lockout, "101", DESK, now), [DESK.locked()]);
        assert!(lockout.is_closed(Some(&number("102")), DESK, now));
    }

    #[test]
    fn b9_each_is_closed_for_as_long_as_its_tenant_says_and_then_opens_by_itself() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let lengths = Lengths { extension: MINUTE, place: 2 * MINUTE };
        for _ in 0..WRONG_PINS {
            lockout.wrong(Some(&number("100")), DESK, lengths, now);
        }
        let closed = [Turn::Closed(ada(), MINUTE), Turn::Closed(DESK.locked(), 2 * MINUTE)];
        assert_eq!(turns(&mut lockout), closed);
        for ended in [ada(), DESK.locked()] {
            let at = lockout.poll_timeout().expect("something is closed");
            lockout.handle_timeout(at);
            assert_eq!(turns(&mut lockout), [Turn::Ended(ended)]);
        }
        assert_eq!(lockout.poll_timeout(), None);
        assert!(!lockout.is_closed(Some(&number("100")), DESK, now + 2 * MINUTE));
    }

    #[test]
    fn b9_the_administrator_sees_what_is_closed_and_opens_it() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        for _ in 0..WRONG_PINS {
            guess(&mut lockout, "100", DESK, now);
        }
        let left = CLOSED_FOR - MINUTE;
        assert_eq!(lockout.closed(now + MINUTE), [(ada(), left), (DESK.locked(), left)]);
        assert!(lockout.open(&ada(), now) && !lockout.open(&ada(), now));
        assert_eq!(turns(&mut lockout), [Turn::Opened(ada())]);
        assert_eq!(lockout.closed(now), [(DESK.locked(), CLOSED_FOR)]);
        assert!(
            lockout.is_closed(Some(&number("100")), DESK, now)
                && !lockout.is_closed(Some(&number("100")), KITCHEN, now)
        );
        assert!(!lockout.open(&DESK.locked(), now + CLOSED_FOR), "its time is over anyway");
        assert!(lockout.closed(now).is_empty());
    }
}
