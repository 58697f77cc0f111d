//! Hot desking said once more, and short: who is logged in where, what a call rings, who is closed out, when a login ends by
//! itself. It shares nothing with the exchange, there is no box in it, and it is right by inspection.
//!
//! A step is told by a method, which gives what the voice says to it. Times are whole seconds; whoever plays keeps away from
//! the edges ([`Model::edges`]), where two clocks may disagree.
//!
//! Not here: the phones and the box (`model`), what is done at random (`steps`).

use std::collections::{BTreeMap, BTreeSet};

pub type Phone = &'static str;
pub type Name = &'static str;
/// The last thing the voice says.
pub type Said = &'static str;

/// Somebody who works here.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    pub name: Name,
    pub tenant: &'static str,
    pub number: &'static str,
    /// With one of six digits she may log in in every tenant (rule 4).
    pub id: Option<&'static str>,
    pub proof: Proof,
    pub own: Option<Phone>,
}

/// What somebody must prove at a login.
#[derive(Debug, PartialEq, Eq)]
pub enum Proof {
    Pin,
    /// Nothing, in her own tenant (P8).
    Nothing,
    /// She may not log in anywhere (K21).
    Hopeless,
}

const fn one(name: Name, number: &'static str, proof: Proof, own: Option<Phone>) -> Person {
    Person { name, tenant: "", number, id: None, proof, own }
}

pub const PEOPLE: [Person; 6] = [
    Person { id: Some("408317"), ..one("ada", "100", Proof::Pin, None) },
    one("bob", "101", Proof::Pin, Some("lab")),
    one("cleo", "102", Proof::Hopeless, Some("office")),
    one("dan", "103", Proof::Pin, Some("den")),
    one("eve", "104", Proof::Nothing, None),
    Person { tenant: "acme", ..one("zoe", "100", Proof::Pin, None) },
];

/// Where somebody may log in: the desks, and the phone of an owner that may be borrowed (B7).
pub const DESKS: [Phone; 6] = ["kitchen", "hall", "attic", "cellar", "annex", "den"];

pub const PHONES: [Phone; 8] = ["kitchen", "hall", "attic", "cellar", "annex", "den", "lab", "office"];

const DAY: i64 = 24 * 3600;
/// Three wrong PINs in this time close, and for how long they do (B9).
const GUESSING: i64 = 300;
const CLOSED: i64 = 900;

/// How an office wants it.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub policy: Policy,
    pub logins_survive_restart: bool,
    /// Whose own phones are silent while she is logged in elsewhere (rule 2).
    pub hot_desk_only: Option<Name>,
    /// A login ends when it is so old, when its desk has lain idle for so long, and at this time of day (B6).
    pub oldest: Option<i64>,
    pub idlest: Option<i64>,
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

/// The seconds since the story began, and what the wall clock shows: seconds too, counted from a midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub time: i64,
    pub wall: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    pub who: Name,
    began: i64,
    used: i64,
    /// When it began by the wall clock: after a restart of the box that counts.
    since: i64,
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
    /// The wrong PINs of a person or a phone, and until when it is closed, by both clocks.
    wrong: BTreeMap<&'static str, Vec<i64>>,
    closed: BTreeMap<&'static str, Now>,
}

pub fn person(name: Name) -> &'static Person {
    PEOPLE.iter().find(|one| one.name == name).expect("somebody who works here")
}

pub fn owner(phone: Phone) -> Option<Name> {
    PEOPLE.iter().find(|one| one.own == Some(phone)).map(|one| one.name)
}

fn tenant(phone: Phone) -> &'static str {
    if phone == "annex" { "acme" } else { "" }
}

/// Whose number or ID is dialled or keyed at a phone.
pub fn meant(digits: &str, phone: Phone) -> Option<Name> {
    let by_id = PEOPLE.iter().find(|one| one.id == Some(digits));
    let is_here = |one: &&Person| one.number == digits && one.tenant == tenant(phone);
    by_id.or_else(|| PEOPLE.iter().find(is_here)).map(|one| one.name)
}

fn needs_nothing(who: Name, phone: Phone) -> bool {
    person(who).proof == Proof::Nothing && person(who).tenant == tenant(phone)
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
            Ok(()) if self.is_closed(Some(who), phone, now) => "locked",
            Ok(()) if needs_nothing(who, phone) => self.log_in(who, phone, now),
            Ok(()) => "enter_pin",
        }
    }

    /// Somebody dials a code that asks for an ID.
    pub fn dials_to_be_asked(&self, wish: Wish, phone: Phone, now: Now) -> Said {
        match wish {
            Wish::LogIn if !DESKS.contains(&phone) => "phone_not_shared",
            _ if self.is_closed(None, phone, now) => "locked",
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

    /// Somebody keys the PIN of whoever is meant, or a wrong one.
    pub fn keys_pin(&mut self, wish: Wish, who: Option<Name>, phone: Phone, right: bool, now: Now) -> Said {
        match who {
            _ if self.is_closed(who, phone, now) => "locked",
            Some(who) if right => {
                self.wrong.remove(who);
                self.fulfil(wish, who, phone, now)
            }
            _ => {
                who.into_iter().chain([phone]).for_each(|door| self.count_wrong(door, now));
                if self.is_closed(who, phone, now) { "locked" } else { "wrong" }
            }
        }
    }

    fn fulfil(&mut self, wish: Wish, who: Name, phone: Phone, now: Now) -> Said {
        match wish {
            Wish::LogIn => self.log_in(who, phone, now),
            Wish::Toggle => self.toggle(who),
            Wish::LogOut if self.is_logged_in(who) => {
                self.at.retain(|_, login| login.who != who);
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
            () if person(who).proof == Proof::Hopeless || !is_known_there => Err("not_allowed"),
            () => Ok(()),
        }
    }

    /// As the administrator may, without a PIN.
    pub fn log_in(&mut self, who: Name, phone: Phone, now: Now) -> Said {
        match (self.may_log_in(who, phone), self.rules.policy) {
            (Err(said), _) => return said,
            _ if self.at.get(phone).is_some_and(|login| login.who == who) => return "already_yours",
            (Ok(()), Policy::Refuse) if self.is_logged_in(who) => return "busy_elsewhere",
            (Ok(()), Policy::Move) => self.at.retain(|_, login| login.who != who),
            (Ok(()), Policy::Refuse | Policy::Several) => {}
        }
        self.at.insert(phone, Login { who, began: now.time, used: now.time, since: now.wall });
        "logged_in"
    }

    // Logging out, and the own phones

    pub fn log_out(&mut self, phone: Phone) -> Said {
        if self.at.remove(phone).is_some() { "logged_out" } else { "not_logged_in" }
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
        let Rules { oldest, idlest, closing, .. } = self.rules;
        let is_due = |login: &Login| {
            let age = now.time - login.began;
            oldest.is_some_and(|oldest| age >= oldest)
                || idlest.is_some_and(|idlest| now.time - login.used >= idlest)
                || closing.is_some_and(|closing| age > (now.wall - closing).rem_euclid(DAY))
        };
        self.at.retain(|phone, login| in_call.contains(phone) || !is_due(login));
    }

    /// The box restarts: mere counts are forgotten, what is closed stays closed, a login is as old as the clock says.
    pub fn restart(&mut self, now: Now) {
        self.wrong.clear();
        self.closed.retain(|_, until| now.time < until.time);
        for until in self.closed.values_mut() {
            until.time = now.time + (until.wall - now.wall).clamp(0, CLOSED);
        }
        if !self.rules.logins_survive_restart {
            self.at.clear();
        }
        for login in self.at.values_mut() {
            login.began = now.time - (now.wall - login.since).max(0);
            login.used = now.time;
        }
    }

    /// In how many seconds something ends by itself, or how long ago it has.
    pub fn edges(&self, now: Now) -> Vec<i64> {
        let Rules { oldest, idlest, closing, .. } = self.rules;
        let doors = self.closed.values().map(|until| until.time);
        let guesses = self.wrong.values().flatten().map(|at| at + GUESSING);
        let ages = self.at.values().filter_map(|login| Some(login.began + oldest?));
        let idles = self.at.values().filter_map(|login| Some(login.used + idlest?));
        let since = closing.map(|closing| (now.wall - closing).rem_euclid(DAY));
        let clock = since.into_iter().flat_map(|since| [now.time - since, now.time - since + DAY]);
        doors.chain(guesses).chain(ages).chain(idles).chain(clock).map(|at| at - now.time).collect()
    }

    /// Whether a login began so near to closing time, by that wall clock, that nobody can tell which came first.
    pub fn is_doubtful(&self, now: Now) -> bool {
        let since = |closing: i64| (now.wall - closing).rem_euclid(DAY);
        let is_near = |login: &Login| {
            self.rules.closing.is_some_and(|closing| (now.time - login.began - since(closing)).abs() < 10)
        };
        self.at.values().any(is_near)
    }

    /// The people and phones that are closed.
    pub fn closed(&self, now: Now) -> BTreeSet<&'static str> {
        self.closed.iter().filter(|(_, until)| now.time < until.time).map(|(door, _)| *door).collect()
    }

    fn is_closed(&self, who: Option<Name>, phone: Phone, now: Now) -> bool {
        who.into_iter().chain([phone]).any(|door| self.closed(now).contains(door))
    }

    fn count_wrong(&mut self, door: &'static str, now: Now) {
        let wrong = self.wrong.entry(door).or_default();
        wrong.retain(|at| now.time - at < GUESSING);
        wrong.push(now.time);
        if wrong.len() == 3 {
            wrong.clear();
            self.closed.insert(door, Now { time: now.time + CLOSED, wall: now.wall + CLOSED });
        }
    }

    fn is_logged_in(&self, who: Name) -> bool {
        self.at.values().any(|login| login.who == who)
    }
}
