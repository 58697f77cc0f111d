//! Endings: which logins are due to end by themselves, and why (HOTDESK B6).
//!
//! Owns when each login began and was last used, and since when its phone has been gone, by the monotonic clock. A login
//! that was there before the box started has, besides, the age it had then: by the wall clock, taken over at the first
//! moment at which that is trusted. A login counts as used when it begins (at a restart: with the box) and when a call at
//! its desk begins or ends; a phone that nobody answers is no use, and the box's own voice is none (B1).
//!
//! By the clock a login ends that began before the latest due moment. When it began is the present moment less its age: a
//! clock that jumps neither ends a login of a minute ago nor lets one of yesterday live. A time of day that a change of
//! the clocks skips is as much later as was skipped; of one that comes twice the first counts (jiff's `compatible`,
//! RFC 5545 §3.3.5). Without a trusted clock nothing ends by the clock.
//!
//! A phone that is borrowed returns to its owner in the night besides, whatever the tenant has set (B7).
//!
//! Not here: the logins themselves (`hotdesk`), what the tenant has set (`model::AutoLogout`), which desks are in a call.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};

use crate::model::{AutoLogout, ClockTime, DeviceId, Login, LogoutReason, Now, Weekdays};

/// How often it is looked whether a login is due.
pub const EVERY: Duration = Duration::from_secs(1);

/// What is looked for, in this order.
const REASONS: [LogoutReason; 4] =
    [LogoutReason::Age, LogoutReason::Idle, LogoutReason::Clock, LogoutReason::Gone];

/// When borrowed phones return, in the tenant's time zone (B7).
const RETURN: ClockTime = ClockTime { hour: 3, minute: 0 };

/// How far back the latest due moment may be: a week, and the day that a change of the clocks may take away.
const DAYS_BACK: usize = 8;

/// How long each login has lasted, lain idle, and been without its phone.
#[derive(Debug)]
pub struct Endings {
    desks: BTreeMap<DeviceId, Desk>,
    /// The desks that are borrowed: each returns to its owner overnight (B7).
    loans: BTreeSet<DeviceId>,
    /// The desks in calls that count as use.
    in_use: BTreeSet<DeviceId>,
    /// Whether a login has an age of before the start that no trusted clock has told yet.
    waits_for_clock: bool,
    next: Instant,
}

/// The login at one desk.
#[derive(Debug)]
struct Desk {
    began: Began,
    used: Instant,
    /// Since when its phone has been gone.
    gone: Option<Instant>,
    /// Why it is due, where it is: the reason that came first.
    due: Option<LogoutReason>,
}

/// When a login began.
#[derive(Debug, Clone, Copy)]
struct Began {
    /// In this run, or with it.
    at: Instant,
    /// How old it was by then.
    before: Duration,
    /// The moment it began, where that was before this run and no trusted clock has told its age yet.
    untold: Option<Timestamp>,
}

impl Began {
    fn age(&self, now: Instant) -> Duration {
        self.before + now.saturating_duration_since(self.at)
    }

    /// The age by the wall clock, at the first moment at which that is trusted; never less than what this run has seen.
    fn is_told(&mut self, now: Instant, wall: Timestamp) {
        if let Some(since) = self.untold.take() {
            let age = Duration::try_from(wall.duration_since(since)).unwrap_or_default();
            self.before = age.saturating_sub(now.saturating_duration_since(self.at));
        }
    }
}

/// What a tenant has set, as it stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    after: Option<Duration>,
    idle: Option<Duration>,
    /// The latest moment at which the clock ended logins.
    clock: Option<Timestamp>,
    /// The latest moment at which borrowed phones returned; asked for only where there are any.
    night: Option<Timestamp>,
    gone: Option<Duration>,
}

impl Rule {
    /// What holds now where a tenant in this time zone (an IANA name) has set this.
    pub fn of(settings: &AutoLogout, timezone: &str, now: Now) -> Self {
        let minutes = |minutes: Option<u32>| minutes.map(|count| Duration::from_secs(60 * u64::from(count)));
        let latest = |at, wall| latest_due(at, settings.days, &zone_of(timezone), wall);
        Self {
            after: minutes(settings.after),
            idle: minutes(settings.idle),
            clock: settings.at.zip(now.wall).and_then(|(at, wall)| latest(at, wall)),
            night: None,
            gone: minutes(settings.gone),
        }
    }

    /// The same where some phones are borrowed, which return in the night (B7).
    pub fn with_night(self, timezone: &str, now: Now) -> Self {
        let night = |wall| latest_due(RETURN, Weekdays::default(), &zone_of(timezone), wall);
        Self { night: now.wall.and_then(night), ..self }
    }
}

fn zone_of(timezone: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(timezone).unwrap_or(TimeZone::UTC)
}

/// How things stand at a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it rings, speaks, or has not finished hanging up.
    pub in_call: bool,
    /// Whether its phone can be reached.
    pub reachable: bool,
}

impl Endings {
    /// The logins as they were stored.
    pub fn restored(logins: &[Login], now: Now) -> Self {
        let mut endings = Self {
            desks: BTreeMap::new(),
            loans: BTreeSet::new(),
            in_use: BTreeSet::new(),
            waits_for_clock: false,
            next: now.mono,
        };
        for login in logins {
            endings.login(login.device, now.mono);
            if let (Some(desk), Some(since)) = (endings.desks.get_mut(&login.device), login.since) {
                desk.began.untold = Some(since);
                endings.waits_for_clock = true;
            }
        }
        endings.look_at_the_clock(now);
        endings
    }

    /// A login begins.
    pub fn login(&mut self, device: DeviceId, now: Instant) {
        let began = Began { at: now, before: Duration::ZERO, untold: None };
        self.desks.insert(device, Desk { began, used: now, gone: None, due: None });
    }

    /// The login at a desk is a loan: the phone is somebody else's.
    pub fn lent(&mut self, device: DeviceId) {
        self.loans.insert(device);
    }

    /// Whether any desk is lent.
    pub fn has_loans(&self) -> bool {
        !self.loans.is_empty()
    }

    /// A login has ended.
    pub fn logout(&mut self, device: DeviceId) {
        self.desks.remove(&device);
        self.loans.remove(&device);
    }

    /// Somebody uses a desk for a moment.
    pub fn used(&mut self, device: DeviceId, now: Instant) {
        if let Some(desk) = self.desks.get_mut(&device) {
            desk.used = now;
        }
    }

    /// A desk is in a call that counts as use, until [`Endings::call_over`].
    pub fn call_began(&mut self, device: DeviceId, now: Instant) {
        self.used(device, now);
        self.in_use.insert(device);
    }

    /// A desk is in no call any more.
    pub fn call_over(&mut self, device: DeviceId, now: Instant) {
        if self.in_use.remove(&device) {
            self.used(device, now);
        }
    }

    /// Whether the login at a desk is due to end now, and why. One that is due in a call ends when that is over, for the
    /// reason that came first, if that still holds then.
    pub fn judge(
        &mut self,
        device: DeviceId,
        rule: &Rule,
        standing: Standing,
        now: Now,
    ) -> Option<LogoutReason> {
        let (in_use, is_loan) = (self.in_use.contains(&device), self.loans.contains(&device));
        let desk = self.desks.get_mut(&device)?;
        desk.gone = if standing.reachable { None } else { desk.gone.or(Some(now.mono)) };
        let (used, gone) = (desk.used, desk.gone);
        let age = desk.began.age(now.mono);
        let is_past = |limit: Option<Duration>, since: Instant| {
            limit.is_some_and(|limit| now.mono.saturating_duration_since(since) >= limit)
        };
        let holds = |reason: &LogoutReason| match reason {
            LogoutReason::Age => rule.after.is_some_and(|limit| age >= limit),
            LogoutReason::Idle => !in_use && is_past(rule.idle, used),
            LogoutReason::Clock => {
                let due = rule.clock.max(rule.night.filter(|_| is_loan));
                due.zip(began_by_the_clock(age, now)).is_some_and(|(due, at)| at < due)
            }
            LogoutReason::Gone => gone.is_some_and(|since| is_past(rule.gone, since)),
            _ => false,
        };
        desk.due = desk.due.filter(holds).or_else(|| REASONS.into_iter().find(holds));
        desk.due.filter(|_| !standing.in_call)
    }

    /// Takes over the ages of before the start, once a clock can tell them; whether it is time to look at every login.
    pub fn handle_timeout(&mut self, now: Now) -> bool {
        self.look_at_the_clock(now);
        let is_time = self.next <= now.mono;
        if is_time {
            self.next = now.mono + EVERY;
        }
        is_time
    }

    /// When to call [`Endings::handle_timeout`] next, where there is a login and anything is set.
    pub fn poll_timeout(&self) -> Instant {
        self.next
    }

    fn look_at_the_clock(&mut self, now: Now) {
        if let Some(wall) = now.wall.filter(|_| self.waits_for_clock) {
            self.waits_for_clock = false;
            for desk in self.desks.values_mut() {
                desk.began.is_told(now.mono, wall);
            }
        }
    }
}

/// When a login of this age began, by the clock as it is now; `None` while that is not trusted.
fn began_by_the_clock(age: Duration, now: Now) -> Option<Timestamp> {
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    now.wall.map(|wall| wall.saturating_sub(age).unwrap_or(Timestamp::MIN))
}

/// The latest moment, up to now, at which a clock in this zone showed that time on one of those days.
fn latest_due(at: ClockTime, days: Weekdays, zone: &TimeZone, wall: Timestamp) -> Option<Timestamp> {
    let today = zone.to_datetime(wall).date();
    let back = std::iter::successors(Some(today), |day| day.yesterday().ok()).take(1 + DAYS_BACK);
    back.filter(|day| days.has(day.weekday()))
        .filter_map(|day| zone.to_ambiguous_zoned(day.at(at.hour, at.minute, 0, 0)).compatible().ok())
        .map(|due| due.timestamp())
        .find(|due| *due <= wall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LoginId, LoginMethod};

    const DESK: DeviceId = DeviceId(1);
    const FREE: Standing = Standing { in_call: false, reachable: true };
    const BUSY: Standing = Standing { in_call: true, ..FREE };
    const GONE: Standing = Standing { reachable: false, ..FREE };

    /// One desk in Rome, with a login, and two clocks turned by hand.
    struct Room {
        endings: Endings,
        settings: AutoLogout,
        now: Now,
    }

    impl Room {
        /// Somebody logs in at this moment of the wall clock.
        fn opens(settings: AutoLogout, wall: &str) -> Self {
            let now = Now { mono: Instant::now(), wall: Some(moment(wall)) };
            let mut endings = Endings::restored(&[], now);
            endings.login(DESK, now.mono);
            Self { endings, settings, now }
        }

        /// The box starts; the login is of that moment.
        fn starts(settings: AutoLogout, since: Option<&str>, wall: Option<&str>) -> Self {
            let now = Now { mono: Instant::now(), wall: wall.map(moment) };
            let login = Login {
                id: LoginId(1),
                extension: "100".parse().expect("a number"),
                device: DESK,
                since: since.map(moment),
                method: LoginMethod::Code,
                saved: true,
            };
            Self { endings: Endings::restored(&[login], now), settings, now }
        }

        /// Both clocks go on.
        fn after(&mut self, minutes: i64) -> &mut Self {
            self.now.mono += Duration::from_secs(60 * minutes.unsigned_abs());
            self.now.wall = self.now.wall.map(|wall| wall + SignedDuration::from_mins(minutes));
            self.endings.handle_timeout(self.now);
            self
        }

        /// The wall clock is set.
        fn clock_says(&mut self, wall: &str) -> &mut Self {
            self.now.wall = Some(moment(wall));
            self.endings.handle_timeout(self.now);
            self
        }

        fn judges(&mut self, standing: Standing) -> Option<LogoutReason> {
            let rule = Rule::of(&self.settings, "Europe/Rome", self.now);
            self.endings.judge(DESK, &rule, standing, self.now)
        }
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn after(minutes: u32) -> AutoLogout {
        AutoLogout { after: Some(minutes), ..AutoLogout::default() }
    }

    fn idle(minutes: u32) -> AutoLogout {
        AutoLogout { idle: Some(minutes), ..AutoLogout::default() }
    }

    fn gone(minutes: u32) -> AutoLogout {
        AutoLogout { gone: Some(minutes), ..AutoLogout::default() }
    }

    fn at(time: &str, days: &str) -> AutoLogout {
        let (at, days) = (Some(time.parse().expect("a time")), days.parse().expect("days"));
        AutoLogout { at, days, ..AutoLogout::default() }
    }

    /// A Wednesday in June: Rome is two hours before the world's time.
    const MORNING: &str = "2026-06-10T08:00:00+02:00";

    #[test]
    fn b6_where_nothing_is_set_a_login_lives_for_ever() {
        let mut room = Room::opens(AutoLogout::default(), MORNING);
        assert_eq!(room.after(60 * 24 * 400).judges(GONE), None);
    }

    #[test]
    fn b6_a_login_ends_by_age() {
        let mut room = Room::opens(after(480), MORNING);
        assert_eq!(room.after(479).judges(FREE), None);
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Age));
    }

    #[test]
    fn b6_a_login_without_a_call_for_too_long_ends() {
        let mut room = Room::opens(idle(60), MORNING);
        assert_eq!(room.after(59).judges(FREE), None);
        room.endings.call_began(DESK, room.now.mono);
        assert_eq!(room.after(90).judges(BUSY), None, "a call is use as long as it lasts");
        room.endings.call_over(DESK, room.now.mono);
        assert_eq!(room.after(59).judges(FREE), None);
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Idle));
        room.endings.used(DESK, room.now.mono);
        assert_eq!(room.judges(FREE), None, "an attempt is use too");
    }

    #[test]
    fn b6_a_phone_that_only_rings_is_not_used() {
        let mut room = Room::opens(idle(60), MORNING);
        assert_eq!(room.after(60).judges(BUSY), None, "not while it rings");
        room.endings.call_over(DESK, room.now.mono);
        assert_eq!(room.judges(FREE), Some(LogoutReason::Idle));
    }

    #[test]
    fn b6_a_login_whose_phone_has_been_gone_for_too_long_ends() {
        let mut room = Room::opens(gone(10), MORNING);
        assert_eq!(room.judges(GONE), None);
        assert_eq!(room.after(9).judges(GONE), None);
        assert_eq!(room.judges(FREE), None, "it is back");
        assert_eq!(room.after(9).judges(GONE), None);
        assert_eq!(room.after(10).judges(GONE), Some(LogoutReason::Gone));
    }

    #[test]
    fn b6_a_login_that_is_due_in_a_call_ends_after_it_for_the_first_reason() {
        let mut room = Room::opens(AutoLogout { after: Some(600), ..at("12:00", "wed") }, MORNING);
        assert_eq!(room.after(240).judges(BUSY), None);
        assert_eq!(room.after(360).judges(BUSY), None);
        assert_eq!(room.judges(FREE), Some(LogoutReason::Clock), "and not by the age it has reached since");
        room.settings = after(601);
        assert_eq!(room.judges(FREE), None, "what is set no more ends nothing");
    }

    #[test]
    fn b6_the_clock_ends_logins_on_the_days_that_are_set() {
        let mut room = Room::opens(at("20:00", "mon thu"), MORNING);
        assert_eq!(room.after(13 * 60).judges(FREE), None, "a Wednesday, 21:00");
        assert_eq!(room.after(22 * 60 + 59).judges(FREE), None);
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Clock), "a Thursday, 20:00");
        let mut room = Room::opens(at("20:00", "thu"), "2026-06-11T20:00:00+02:00");
        assert_eq!(room.judges(FREE), None, "it began at that moment, for the next week");
        assert_eq!(room.after(7 * 24 * 60 - 1).judges(FREE), None);
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Clock));
    }

    #[test]
    fn b6_a_clock_that_jumps_ends_nothing_that_has_just_begun_and_lets_nothing_old_live() {
        let mut room = Room::opens(at("20:00", "mon tue wed thu fri sat sun"), "2026-06-10T19:00:00+02:00");
        assert_eq!(room.after(1).clock_says("2026-06-10T23:00:00+02:00").judges(FREE), None, "forward");
        assert_eq!(room.clock_says("2026-06-10T19:30:00+02:00").judges(FREE), None, "and back");
        assert_eq!(room.after(30).judges(FREE), Some(LogoutReason::Clock));
        let mut room = Room::opens(at("20:00", "mon tue wed thu fri sat sun"), MORNING);
        room.after(11 * 60).clock_says("2026-06-09T21:00:00+02:00");
        assert_eq!(room.judges(FREE), Some(LogoutReason::Clock), "eleven hours old at nine in the evening");
    }

    #[test]
    fn b6_without_a_trusted_clock_nothing_ends_by_the_clock() {
        let mut room = Room::starts(at("20:00", "wed"), Some(MORNING), None);
        assert_eq!(room.after(60 * 24 * 30).judges(FREE), None);
        room.clock_says("2026-06-10T19:59:00+02:00");
        assert_eq!(room.judges(FREE), Some(LogoutReason::Clock), "thirty days old, whatever the clock says");
    }

    #[test]
    fn b11_a_login_has_after_a_restart_the_age_it_had() {
        let mut room = Room::starts(after(480), Some(MORNING), Some("2026-06-10T15:00:00+02:00"));
        assert_eq!(room.after(59).judges(FREE), None);
        assert_eq!(room.clock_says("2030-01-01T00:00:00Z").judges(FREE), None, "told once");
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Age));

        let mut room = Room::starts(after(480), Some(MORNING), None);
        assert_eq!(room.after(60).judges(FREE), None);
        assert_eq!(room.clock_says("2026-06-10T15:59:00+02:00").judges(FREE), None);
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Age), "when a trusted clock has told it");

        for since in [None, Some("2027-01-01T00:00:00Z")] {
            let mut room = Room::starts(after(480), since, Some(MORNING));
            assert_eq!(room.after(479).judges(FREE), None, "{since:?}: nobody knows how old it was");
            assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Age));
        }
    }

    #[test]
    fn b6_a_time_of_day_that_is_skipped_or_comes_twice_counts_once() {
        // In Rome 02:30 is skipped on 29 March and comes twice on 25 October.
        let every_day = "mon tue wed thu fri sat sun";
        let mut room = Room::opens(at("02:30", every_day), "2026-03-29T00:00:00+01:00");
        assert_eq!(room.after(149).judges(FREE), None, "03:29 by the new time");
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Clock), "03:30 by the new time");

        let mut room = Room::opens(at("02:30", every_day), "2026-10-25T00:00:00+02:00");
        assert_eq!(room.after(149).judges(FREE), None);
        assert_eq!(room.after(1).judges(FREE), Some(LogoutReason::Clock), "02:30 for the first time");
        let mut room = Room::opens(at("02:30", every_day), "2026-10-25T02:45:00+02:00");
        assert_eq!(room.after(45).judges(FREE), None, "02:30 for the second time");
        assert_eq!(room.after(24 * 60).judges(FREE), Some(LogoutReason::Clock));
    }
}
