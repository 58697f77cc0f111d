//! What happens to phones, box and clock: current fails and comes back, the wall clock is set and lost, time passes.

use jiff::Timestamp;

use super::{DAY, Measured, ROME};
use crate::people::{PHONES, Phone, WITH_KEY};
use crate::reference::Now;

impl Measured {
    /// The plug of a phone is pulled and put back.
    pub(super) fn plug_is_pulled(&mut self, phone: Phone, seconds: u64, forgets: bool) {
        self.vanishes(phone, 0, forgets);
        self.office.waits(seconds);
        self.comes_back(phone);
    }

    /// A phone is without current for so many seconds, in which other things happen.
    pub(super) fn vanishes(&mut self, phone: Phone, seconds: i64, forgets: bool) {
        self.looks_at_phones();
        self.dark.insert(phone, self.now().time + seconds);
        self.office.wire.at(phone, |phone, _| {
            phone.power_off();
            if forgets {
                phone.forgets_newest_file();
            }
        });
    }

    /// The phones that have been without current for their time have it again.
    pub(super) fn phones_come_back(&mut self) {
        let now = self.now().time;
        let back: Vec<_> =
            self.dark.iter().filter(|(_, until)| **until <= now).map(|(phone, _)| *phone).collect();
        back.into_iter().for_each(|phone| self.comes_back(phone));
    }

    pub(super) fn comes_back(&mut self, phone: Phone) {
        self.dark.remove(phone);
        self.has_current(phone);
    }

    /// Until when each phone has registered: so long the box knows where it is.
    pub(super) fn looks_at_phones(&mut self) {
        for name in PHONES {
            let phone = self.office.wire.phone(name);
            // What was typed in counts as long as the login does.
            if phone.typed().is_some() && !self.is_native_at(name) {
                continue;
            }
            match phone.registered_until().map(|until| self.seconds(until)) {
                Some(until) => self.model.is_seen(name, until),
                // Its key has let every registration go that the phone knew of: the box knows whether there are others.
                None if WITH_KEY.contains(&name) && !self.office.device(name).reachable => {
                    self.model.is_gone(name, self.now());
                }
                None => {}
            }
        }
    }

    /// Time passes, in small pieces as long as somebody is logged in at a phone that tries to come back.
    pub(super) fn waits(&mut self, seconds: u64, in_call: &[Phone]) {
        let tries = |one: &Self, name: &Phone| {
            let phone = one.office.wire.phone(name);
            one.model.at.contains_key(name) && phone.is_on() && phone.registered_as().is_empty()
        };
        let mut left = seconds;
        while left >= 2 && PHONES.iter().any(|name| tries(self, name)) {
            self.office.waits(2);
            left -= 2;
            self.ends_what_is_past(in_call);
            self.looks_at_phones();
        }
        self.office.waits(left);
    }

    /// A phone that comes back now comes too late for what had ended before, beyond doubt.
    fn ends_what_is_past(&mut self, in_call: &[Phone]) {
        let Now { time, wall } = self.now();
        let blur = self.blur();
        self.model.pass(in_call, Now { time: time - blur, wall: wall.map(|wall| wall - blur) });
    }

    pub(super) fn box_restarts(&mut self, seconds: u64) {
        self.office.wire.with_box(|the_box, _| the_box.loses_current());
        self.office.waits(seconds);
        self.office.wire.with_box(|the_box, now| the_box.starts(now));
        self.looks_at_phones();
        self.model.restart(self.now());
        // What a clock makes due ends within a second.
        self.office.waits(2);
    }

    /// The wall clock is set to another time of the day, at which nobody can doubt who came first; or it is lost.
    pub(super) fn sets_clock(&mut self, to: Option<i64>) {
        let Now { time, wall } = self.now();
        let wall = to.map(|to| {
            let today = wall.unwrap_or(self.noon + time).div_euclid(DAY) * DAY;
            let is_doubtful = |wall: &i64| {
                let (mut then, now) = (self.model.clone(), Now { time, wall: Some(*wall) });
                then.clock_is_set(now);
                then.is_doubtful(now)
            };
            (0..).map(|more| today + to + 30 * more).find(|wall| !is_doubtful(wall)).expect("some time")
        });
        let moment = wall.map(|wall| Timestamp::from_second(wall - ROME).expect("a moment of this year"));
        self.office.wire.with_box(|the_box, now| the_box.sets_clock(moment, now));
        self.model.clock_is_set(self.now());
        self.office.waits(2);
    }

    /// Waits until nothing ends by itself for so many seconds; the model ends what has ended.
    pub(super) fn lets_edges_pass(&mut self, seconds: i64, in_call: &[Phone]) {
        self.looks_at_phones();
        let blur = self.blur();
        while self.model.edges(self.now()).iter().any(|edge| (-blur..seconds).contains(edge)) {
            self.office.waits(2);
            self.ends_what_is_past(in_call);
            self.looks_at_phones();
        }
        self.model.pass(in_call, self.now());
        self.looks_for_files();
    }
}
