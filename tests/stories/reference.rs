//! Hot desking said once more, and short: who is logged in where, what a call rings, who is closed out, when a login ends by
//! itself. It shares nothing with the exchange, there is no box in it, and it is right by inspection.
//!
//! A step is told by a method, which gives what the voice says to it. Times are whole seconds; whoever plays keeps away from
//! the edges ([`Model::edges`]), where two clocks may disagree.
//!
//! Not here: who works there (`people`), the phones and the box (`model`), what is done at random (`steps`).

use std::collections::{BTreeMap, BTreeSet};

use crate::people::{
    DESKS, Name, PEOPLE, PHONES, Person, Phone, Pin, meant, needs_nothing, owner, person, tenant,
};

/// The last thing the voice says.
pub type Said = &'static str;

const DAY: i64 = 24 * 3600;
/// Three wrong PINs in this time close, and for how long they do (B9).
const GUESSING: i64 = 300;
const CLOSED: i64 = 900;
/// For how long a phone is known to be there when it has registered.
pub const REGISTERED: i64 = 500;

/// How an office wants it.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub policy: Policy,
    pub logins_survive_restart: bool,
    /// Whose own phones are silent while she is logged in elsewhere (rule 2).
    pub hot_desk_only: Option<Name>,
    /// This PIN counts for everybody of the first tenant in place of any other (F9).
    pub company_pin: Option<Pin>,
    /// A login ends when it is so old, when its desk has lain idle for so long, when its phone has been gone for so long, and
    /// at this time of day (B6).
    pub oldest: Option<i64>,
    pub idlest: Option<i64>,
    pub longest_gone: Option<i64>,
    pub closing: Option<i64>,
}

/// What becomes of a login when its user logs in elsewhere (rule 3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    #[default]
    Move,
    Refuse,
    Several,
}

/// The seconds since the story began, and what the wall clock shows, where it is trusted: seconds too, counted from a midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub time: i64,
    pub wall: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    pub who: Name,
    began: i64,
    used: i64,
    /// Whether the phone's own function has made it: then it lasts as long as the phone is registered so (rule 9).
    pub is_native: bool,
    /// When it began by the wall clock: after a restart of the box that tells its age.
    since: Option<i64>,
    /// The same, as long as no trusted clock has told that.
    untold: Option<i64>,
}

/// What wrong PINs close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    Person(Name),
    Phone(Phone),
    /// Where a program is that takes a PIN, or a phone that registers with one.
    Address(&'static str),
}

/// Until when a door is closed, by both clocks.
#[derive(Debug, Clone, Copy)]
struct Closed {
    until: i64,
    wall: Option<i64>,
}

/// What somebody wants who is asked for ID and PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    LogIn,
    LogOut,
    Toggle,
}

/// An office at one moment.
#[derive(Debug, Clone, Default)]
pub struct Model {
    rules: Rules,
    pub at: BTreeMap<Phone, Login>,
    /// The phones that their owners have switched off (P14).
    pub off: BTreeSet<Phone>,
    /// Until when a phone is known to be there.
    registered: BTreeMap<Phone, i64>,
    wrong: BTreeMap<Door, Vec<i64>>,
    closed: BTreeMap<Door, Closed>,
}

impl Model {
    pub fn new(rules: Rules) -> Self {
        Self { rules, ..Self::default() }
    }

    // Logging in

    /// Somebody dials a number for a login, as it is or after a code.
    pub fn dials(&mut self, digits: &str, phone: Phone, now: Now) -> Said {
        let Some(who) = meant(digits, phone) else { return "unknown_extension" };
        match self.may_log_in(who, phone) {
            Err(said) => said,
            Ok(()) if self.is_closed(Some(who), Door::Phone(phone), now) => "locked",
            Ok(()) if needs_nothing(who, phone) => self.log_in(who, phone, now),
            Ok(()) => "enter_pin",
        }
    }

    /// Somebody dials a code that asks for an ID.
    pub fn dials_to_be_asked(&self, wish: Wish, phone: Phone, now: Now) -> Said {
        match wish {
            Wish::LogIn if !DESKS.contains(&phone) => "phone_not_shared",
            _ if self.is_closed(None, Door::Phone(phone), now) => "locked",
            _ => "enter_id",
        }
    }

    /// Whether there is anybody of that ID is not told before the PIN.
    pub fn keys_id(&mut self, wish: Wish, digits: &str, phone: Phone, now: Now) -> Said {
        match meant(digits, phone).filter(|who| needs_nothing(who, phone)) {
            Some(who) => self.fulfil(wish, who, phone, now),
            None => "enter_pin",
        }
    }

    /// Somebody keys a PIN.
    pub fn keys_pin(&mut self, wish: Wish, who: Option<Name>, phone: Phone, pin: &str, now: Now) -> Said {
        match self.proves(who, Door::Phone(phone), pin, now) {
            Ok(who) => self.fulfil(wish, who, phone, now),
            Err("wrong") if self.is_closed(who, Door::Phone(phone), now) => "locked",
            Err(said) => said,
        }
    }

    /// A program logs somebody in with a PIN.
    pub fn enters_pin(&mut self, who: Name, phone: Phone, pin: &str, from: Door, now: Now) -> Said {
        self.proves(Some(who), from, pin, now).map_or_else(|said| said, |who| self.log_in(who, phone, now))
    }

    /// Whether a PIN is that of whoever is meant; a wrong one counts against the person and the place.
    fn proves(&mut self, who: Option<Name>, at: Door, pin: &str, now: Now) -> Result<Name, Said> {
        if self.is_closed(who, at, now) {
            return Err("locked");
        }
        if let Some(who) = who.filter(|who| self.pin_of(who) == Some(pin)) {
            self.wrong.remove(&Door::Person(who));
            return Ok(who);
        }
        who.map(Door::Person).into_iter().chain([at]).for_each(|door| self.count_wrong(door, now));
        Err("wrong")
    }

    /// The PIN that counts (F8, F9, K4).
    pub fn pin_of(&self, who: Name) -> Option<Pin> {
        let Person { tenant, hotdesk_pin, pin, .. } = *person(who);
        self.rules.company_pin.filter(|_| tenant.is_empty()).or(hotdesk_pin).or(pin)
    }

    fn fulfil(&mut self, wish: Wish, who: Name, phone: Phone, now: Now) -> Said {
        match wish {
            Wish::LogIn => self.log_in(who, phone, now),
            Wish::Toggle => self.toggle(who),
            Wish::LogOut if self.is_logged_in(who) => {
                self.log_out_everywhere(who, now);
                "logged_out_there"
            }
            Wish::LogOut => "nowhere_logged_in",
        }
    }

    fn may_log_in(&self, who: Name, phone: Phone) -> Result<(), Said> {
        let is_known_there = person(who).tenant == tenant(phone) || person(who).id.is_some();
        match () {
            () if owner(phone) == Some(who) => Err("already_yours"),
            () if !DESKS.contains(&phone) => Err("phone_not_shared"),
            () if person(who).pin.is_none() || !is_known_there => Err("not_allowed"),
            () => Ok(()),
        }
    }

    /// As the administrator may, without a PIN.
    pub fn log_in(&mut self, who: Name, phone: Phone, now: Now) -> Said {
        match (self.may_log_in(who, phone), self.rules.policy) {
            (Err(said), _) => return said,
            _ if self.at.get(phone).is_some_and(|login| login.who == who) => return "already_yours",
            (Ok(()), Policy::Refuse) if self.is_logged_in(who) => return "busy_elsewhere",
            (Ok(()), Policy::Move) => self.log_out_everywhere(who, now),
            (Ok(()), Policy::Refuse | Policy::Several) => {}
        }
        self.end(phone, now);
        let since = now.wall;
        let login = Login { who, began: now.time, used: now.time, is_native: false, since, untold: None };
        self.at.insert(phone, login);
        "logged_in"
    }

    /// Somebody registers a phone with number and PIN, by its own function (rule 9).
    pub fn registers(&mut self, number: &str, phone: Phone, pin: &str, now: Now) -> Said {
        let is_meant = |one: &&Person| one.number == number && one.tenant == tenant(phone) && one.is_native;
        let Some(one) = PEOPLE.iter().find(is_meant) else { return "unknown" };
        let hers = self.at.get(phone).filter(|login| login.who == one.name).copied();
        if hers.is_some_and(|login| login.is_native) {
            return "logged_in";
        }
        match self.proves(Some(one.name), Door::Address(phone), pin, now) {
            Err(said) => said,
            Ok(who) => {
                // A login that she has made here in another way ends: now the phone's registration is the login.
                if hers.is_some() {
                    self.end(phone, now);
                }
                let said = self.log_in(who, phone, now);
                if let Some(login) = self.at.get_mut(phone).filter(|_| said == "logged_in") {
                    login.is_native = true;
                }
                said
            }
        }
    }

    /// A phone lets its registration go.
    pub fn lets_go(&mut self, phone: Phone, now: Now) {
        if self.at.get(phone).is_some_and(|login| login.is_native) {
            self.end(phone, now);
        }
    }

    // Logging out, and the own phones

    pub fn log_out(&mut self, phone: Phone, now: Now) -> Said {
        if self.end(phone, now) { "logged_out" } else { "not_logged_in" }
    }

    pub fn log_out_all(&mut self, now: Now) {
        for phone in PHONES {
            self.end(phone, now);
        }
    }

    fn log_out_everywhere(&mut self, who: Name, now: Now) {
        for phone in PHONES {
            if self.at.get(phone).is_some_and(|login| login.who == who) {
                self.end(phone, now);
            }
        }
    }

    /// With a login of the phone's own its registration goes.
    fn end(&mut self, phone: Phone, now: Now) -> bool {
        let login = self.at.remove(phone);
        if login.is_some_and(|login| login.is_native) {
            self.is_gone(phone, now);
        }
        login.is_some()
    }

    pub fn toggle(&mut self, who: Name) -> Said {
        let Some(own) = person(who).own else { return "no_own_phones" };
        if self.off.remove(own) {
            return "phones_on";
        }
        self.off.insert(own);
        "phones_off"
    }

    // Calls

    /// Who calls from a phone: whoever is logged in there, else its owner.
    pub fn user_at(&self, phone: Phone) -> Option<Name> {
        self.at.get(phone).map(|login| login.who).or(owner(phone))
    }

    /// The phones that a call rings: the own ones that are on and not lent, and the desks (K6, K7, B7).
    pub fn rings(&self, number: &str, from: Phone) -> BTreeSet<Phone> {
        let home = self.user_at(from).map(|user| person(user).tenant);
        let is_called = |one: &&Person| one.number == number && Some(one.tenant) == home;
        let Some(whom) = PEOPLE.iter().find(is_called) else { return BTreeSet::new() };
        let is_replaced = self.rules.hot_desk_only == Some(whom.name) && self.is_logged_in(whom.name);
        let is_on = |own: &Phone| !is_replaced && !self.off.contains(own) && !self.at.contains_key(own);
        let desks = self.at.iter().filter(|(_, login)| login.who == whom.name).map(|(phone, _)| *phone);
        whom.own.filter(is_on).into_iter().chain(desks).filter(|phone| *phone != from).collect()
    }

    /// A call at a desk begins or ends.
    pub fn uses(&mut self, phone: Phone, now: Now) {
        self.at.entry(phone).and_modify(|login| login.used = now.time);
    }

    // Time

    /// Ends what is due, but no login at a desk that is in a call.
    pub fn pass(&mut self, in_call: &[Phone], now: Now) {
        let is_due = |phone, login: &Login| self.end_of(phone, login, now) <= now.time;
        let due = self.at.iter().filter(|(phone, login)| !in_call.contains(phone) && is_due(phone, login));
        let due: Vec<_> = due.map(|(phone, _)| *phone).collect();
        for phone in due {
            self.end(phone, now);
        }
    }

    /// When a login ends by itself, for the reason that comes first.
    fn end_of(&self, phone: Phone, login: &Login, now: Now) -> i64 {
        let Rules { oldest, idlest, longest_gone, .. } = self.rules;
        let gone = self.registered.get(phone).copied().unwrap_or_default().max(login.began);
        let longest_gone = if login.is_native { Some(0) } else { longest_gone };
        let limits = [(login.began, oldest), (login.used, idlest), (gone, longest_gone)];
        let clock =
            self.last_closing(now).map(|closing| closing + if login.began < closing { 0 } else { DAY });
        limits
            .into_iter()
            .filter_map(|(since, limit)| Some(since + limit?))
            .chain(clock)
            .min()
            .unwrap_or(i64::MAX)
    }

    fn last_closing(&self, now: Now) -> Option<i64> {
        Some(now.time - (now.wall? - self.rules.closing?).rem_euclid(DAY))
    }

    /// The wall clock is set to another time, or is trusted or not trusted from now on.
    pub fn clock_is_set(&mut self, now: Now) {
        let Some(wall) = now.wall else { return };
        for login in self.at.values_mut() {
            if let Some(since) = login.untold.take() {
                login.began = login.began.min(now.time - (wall - since));
            }
        }
    }

    /// A phone has registered, and is known to be there until then.
    pub fn is_seen(&mut self, phone: Phone, until: i64) {
        let known = self.registered.entry(phone).or_insert(until);
        *known = until.max(*known);
    }

    /// A phone is known not to be there from now on, if not before.
    pub fn is_gone(&mut self, phone: Phone, now: Now) {
        self.registered.entry(phone).and_modify(|until| *until = now.time.min(*until));
    }

    /// The box restarts: mere counts are forgotten, what is closed stays closed, a login is as old as the clock says, and every
    /// phone has its whole time to show itself.
    pub fn restart(&mut self, now: Now) {
        self.wrong.clear();
        self.closed.retain(|_, closed| now.time < closed.until);
        for closed in self.closed.values_mut() {
            let left = closed.wall.zip(now.wall).map(|(until, wall)| (until - wall).clamp(0, CLOSED));
            closed.until = now.time + left.unwrap_or(CLOSED);
        }
        if !self.rules.logins_survive_restart {
            self.log_out_all(now);
        }
        for login in self.at.values_mut() {
            (login.began, login.used) = (now.time, now.time);
            login.untold = login.since;
        }
        self.clock_is_set(now);
        for until in self.registered.values_mut() {
            *until = now.time + if *until > now.time { REGISTERED } else { 0 };
        }
    }

    /// In how many seconds something ends by itself, or how long ago it has.
    pub fn edges(&self, now: Now) -> Vec<i64> {
        let doors = self.closed.values().map(|closed| closed.until);
        let guesses = self.wrong.values().flatten().map(|at| at + GUESSING);
        let logins = self.at.iter().map(|(phone, login)| self.end_of(phone, login, now));
        let clock = self.last_closing(now).into_iter().flat_map(|closing| [closing, closing + DAY]);
        doors.chain(guesses).chain(logins).chain(clock).map(|at| at - now.time).collect()
    }

    /// Whether a login began so near to closing time, by that wall clock, that nobody can tell which came first.
    pub fn is_doubtful(&self, now: Now) -> bool {
        let closing = self.last_closing(now);
        self.at.values().any(|login| closing.is_some_and(|closing| (login.began - closing).abs() < 10))
    }

    // Wrong PINs

    pub fn closed(&self, now: Now) -> BTreeSet<Door> {
        self.closed.iter().filter(|(_, closed)| now.time < closed.until).map(|(door, _)| *door).collect()
    }

    /// The administrator opens a door; whether it was closed.
    pub fn opens(&mut self, door: Door, now: Now) -> bool {
        self.wrong.remove(&door);
        self.closed.remove(&door).is_some_and(|closed| now.time < closed.until)
    }

    fn is_closed(&self, who: Option<Name>, at: Door, now: Now) -> bool {
        who.map(Door::Person).into_iter().chain([at]).any(|door| self.closed(now).contains(&door))
    }

    fn count_wrong(&mut self, door: Door, now: Now) {
        let wrong = self.wrong.entry(door).or_default();
        wrong.retain(|at| now.time - at < GUESSING);
        wrong.push(now.time);
        if wrong.len() == 3 {
            wrong.clear();
            let closed = Closed { until: now.time + CLOSED, wall: now.wall.map(|wall| wall + CLOSED) };
            self.closed.insert(door, closed);
        }
    }

    fn is_logged_in(&self, who: Name) -> bool {
        self.at.values().any(|login| login.who == who)
    }
}
