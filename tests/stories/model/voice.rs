//! What is asked of the box at a phone, by a program and by the administrator: logins, logouts, the own phones, closed doors.
//!
//! In fair weather the voice must say what the model says. In foul weather what was asked for, or keyed, may have been lost:
//! then the box has not spoken of it and nothing has changed. What it does say must be what the model says.

use perch::exchange::Exchange;
use perch::model::{Event, Locked, Login, LoginMethod, LoginRefusal, Secret};

use super::{Measured, known};
use crate::measured::{number, person_of};
use crate::people::{Name, Phone, Pin, WITH_KEY, meant, person};
use crate::phone::{CallState, KeysBy};
use crate::reference::{Door, Model, Said, Wish};
use crate::steps::{Current, Keyed, PROGRAM};

impl Measured {
    pub(super) fn logs_in(&mut self, phone: Phone, digits: &str, by_code: bool, keyed: Keyed) {
        if self.asks_for_pin(phone, digits, by_code) {
            self.keys_pin(phone, (Wish::LogIn, meant(digits, phone)), keyed);
        }
    }

    /// Dials for a login; whether a PIN is to be keyed now.
    fn asks_for_pin(&mut self, phone: Phone, digits: &str, by_code: bool) -> bool {
        if !self.is_free(phone) {
            return false;
        }
        // Where somebody is logged in, or at home, a number is a call and no login.
        let is_taken = self.model.user_at(phone).is_some();
        let dialled = if by_code || is_taken { format!("*77*{digits}*") } else { digits.to_owned() };
        let before = self.model.clone();
        let is_heard = self.hears_the_voice(phone, &dialled);
        let said = self.model.dials(digits, phone, self.now());
        if said == "enter_pin" && is_heard {
            return true;
        }
        self.ends_attempt(phone, said, before);
        false
    }

    pub(super) fn is_asked(&mut self, phone: Phone, code: &str, digits: &str, keyed: Keyed) {
        if !self.is_free(phone) {
            return;
        }
        let wish = match code {
            "*073" => Wish::LogOut,
            "*13" => Wish::Toggle,
            _ => Wish::LogIn,
        };
        let before = self.model.clone();
        let is_heard = self.hears_the_voice(phone, code);
        if let (Wish::Toggle, Some(user)) = (wish, self.model.user_at(phone)) {
            let said = self.model.toggle(user);
            return self.ends_attempt(phone, said, before);
        }
        let said = self.model.dials_to_be_asked(phone, self.now());
        if said != "enter_id" || !is_heard {
            return self.ends_attempt(phone, said, before);
        }
        self.office.keys(phone, &format!("{digits}#"), KeysBy::Rfc4733);
        let said = self.model.keys_id(wish, digits, phone, self.now());
        if said != "enter_pin" {
            return self.ends_attempt(phone, said, before);
        }
        self.keys_pin(phone, (wish, meant(digits, phone)), keyed);
    }

    fn keys_pin(&mut self, phone: Phone, (wish, who): (Wish, Option<Name>), keyed: Keyed) {
        let pin = self.pin(who, keyed);
        let news = self.office.events().len();
        self.office.keys(phone, &format!("{pin}#"), KeysBy::Rfc4733);
        let (asked, now) = (self.model.clone(), self.now());
        let said = self.model.keys_pin(wish, who, phone, pin, now);
        if self.is_fair {
            return self.ends_attempt(phone, said, asked);
        }
        self.gives_up(phone);
        match self.verdict().as_deref() {
            Some("wrong_pin" | "wrong_login" | "locked") => {
                // The PIN that was keyed, or what has arrived of it; where digits of an ID were lost too, it was nobody's.
                let refused = self.refused_since(news);
                let heard = refused.map_or(who, |number| Some(person_of(&number?).name));
                self.holds(heard == who || heard.is_none(), "a wrong PIN counts against whoever was meant");
                self.model = asked;
                let said = self.model.keys_pin(wish, heard, phone, "", now);
                self.is_told(said);
            }
            Some(_) => self.is_told(said),
            None => self.settles_for(asked),
        }
    }

    /// Whose PIN the box has called wrong since then; of nobody where it knows none of that ID.
    fn refused_since(&self, news: usize) -> Option<Option<String>> {
        self.office.events()[news..].iter().find_map(|event| match event {
            Event::LoginRefused { extension, refusal: LoginRefusal::WrongPin, .. } => {
                Some(extension.as_ref().map(ToString::to_string))
            }
            _ => None,
        })
    }

    /// Somebody logs in with the right PIN, and about then the current fails.
    pub(super) fn is_cut_short(&mut self, phone: Phone, digits: &str, millis: u64, failure: (Current, u64)) {
        let (Some(who), true) = (meant(digits, phone), self.is_fair) else { return };
        // A phone of its own function that has no current is let go and asked at the same time.
        if self.is_native_at(phone) || !self.asks_for_pin(phone, digits, true) {
            return;
        }
        let pin = self.pin(Some(who), Keyed::Right);
        let takes = 260 * u64::try_from(pin.len()).expect("a short PIN");
        self.office.wire.at(phone, |phone, now| phone.keys(&format!("{pin}#"), KeysBy::Rfc4733, now));
        // A phone has sent all of it before: what it has not said to the end is taken for the whole after a while.
        let until = if failure.0 == Current::OfThePhone { takes + 100 } else { takes - 300 };
        self.office.waits_millis(until + millis);
        let mut asked = self.model.clone();
        let said = self.model.keys_pin(Wish::LogIn, Some(who), phone, pin, self.now());
        match failure {
            (Current::OfThePhone, seconds) => self.plug_is_pulled(phone, seconds, false),
            (Current::OfTheBox, seconds) => {
                self.box_restarts(seconds);
                asked.restart(self.now());
            }
        }
        self.gives_up(phone);
        // What was told is kept (B11).
        let is_told = self.verdict().is_some();
        if is_told {
            self.is_told(said);
        } else {
            self.settles_for(asked);
        }
        let is_in = self.model.at.get(phone).is_some_and(|login| login.who == who);
        let how = if is_told {
            "told"
        } else if is_in {
            "after"
        } else {
            "before"
        };
        self.met.insert(format!("cut:{how}"));
    }

    pub(super) fn pin(&self, who: Option<Name>, keyed: Keyed) -> Pin {
        let pin = match keyed {
            Keyed::Right => who.and_then(|who| self.model.pin_of(who)),
            Keyed::Service => who.and_then(|who| person(who).pin),
            Keyed::Wrong => None,
        };
        pin.unwrap_or("0000")
    }

    pub(super) fn logs_out(&mut self, phone: Phone, code: &str) {
        if !self.is_free(phone) {
            return;
        }
        let before = self.model.clone();
        self.hears_the_voice(phone, code);
        // Also what has not been answered yet may still arrive, and be done.
        let said = self.model.log_out(phone, self.now());
        self.ends_attempt(phone, said, before);
    }

    // Without a phone in the hand

    pub(super) fn is_logged_in(&mut self, who: Name, phone: Phone) {
        let id = self.office.device(phone).id;
        let extension = number(who).parse().expect("people have numbers");
        let log_in = |exchange: &mut Exchange, now| exchange.log_in(&extension, id, LoginMethod::Api, now);
        let answer = self.office.wire.with_box(|the_box, now| the_box.does(now, log_in));
        let said = self.model.log_in(who, phone, self.now());
        self.is_answered(answer, said);
    }

    pub(super) fn enters_pin(&mut self, who: Name, phone: Phone, keyed: Keyed) {
        let (id, pin) = (self.office.device(phone).id, self.pin(Some(who), keyed));
        let extension = number(who).parse().expect("people have numbers");
        let from = PROGRAM.parse().expect("an address");
        let log_in = |exchange: &mut Exchange, now| {
            let pin = (&Secret::new(pin), from);
            exchange.log_in_with_pin(&extension, id, pin, LoginMethod::Api, now)
        };
        let answer = self.office.wire.with_box(|the_box, now| the_box.does(now, log_in));
        let said = self.model.enters_pin(who, phone, pin, Door::Address(PROGRAM), self.now());
        self.is_answered(answer, said);
    }

    fn is_answered(&mut self, answer: Result<Login, LoginRefusal>, said: Said) {
        let answer = match answer {
            Ok(_) => "logged_in",
            Err(LoginRefusal::WrongPin) => "wrong",
            Err(LoginRefusal::Locked) => "locked",
            Err(LoginRefusal::AlreadyHere) => "already_yours",
            Err(LoginRefusal::BusyElsewhere) => "busy_elsewhere",
            Err(LoginRefusal::NotAllowed) => "not_allowed",
            Err(LoginRefusal::NotAHotDesk) => "phone_not_shared",
            Err(LoginRefusal::UnknownExtension | LoginRefusal::UnknownDevice) => "unknown",
        };
        self.holds(answer == said, &format!("the answer to a login is {said}, not {answer}"));
        self.met.insert(format!("program:{said}"));
    }

    pub(super) fn opens(&mut self, door: Door) {
        let locked = match door {
            Door::Person(who) => Locked::Extension(number(who).parse().expect("people have numbers")),
            Door::Phone(phone) => Locked::Device(self.office.device(phone).id),
            Door::Address(PROGRAM) => Locked::Address(PROGRAM.parse().expect("an address")),
            Door::Address(phone) => Locked::Address(self.office.wire.phone(phone).address()),
        };
        let was_closed = self.office.administrator_opens(locked);
        let wanted = self.model.opens(door, self.now());
        self.holds(was_closed == wanted, &format!("{door:?} was closed: {wanted}"));
    }

    // What the voice says

    /// Dials for the box's voice; whether it speaks.
    fn hears_the_voice(&mut self, desk: Phone, dialled: &str) -> bool {
        self.office.dials(desk, dialled);
        for _ in 0..50 {
            match self.office.wire.phone(desk).call_state() {
                Some(CallState::Up) => {
                    self.office.moment();
                    return true;
                }
                Some(CallState::Over(_)) => break,
                _ => self.office.waits_millis(100),
            }
        }
        self.holds(!self.is_fair, "the box answers");
        false
    }

    /// The voice says what the model says; in foul weather it may have heard nothing.
    fn ends_attempt(&mut self, desk: Phone, said: Said, before: Model) {
        if self.is_fair {
            self.office.moment();
            self.is_told(said);
            return self.hangs_up(desk);
        }
        self.gives_up(desk);
        match self.verdict() {
            Some(_) => self.is_told(said),
            None => self.settles_for(before),
        }
    }

    /// Hangs up and waits until nothing of the call is under way any more.
    fn gives_up(&mut self, phone: Phone) {
        self.office.waits(2);
        self.hangs_up(phone);
        self.office.waits(40);
    }

    /// What the voice has said first, its questions aside.
    fn verdict(&self) -> Option<String> {
        let mut said = self.office.wire.rungs().iter().filter_map(|rung| rung.words.strip_prefix("says "));
        said.find(|said| !matches!(*said, "enter_id" | "enter_pin")).map(str::to_owned)
    }

    /// The voice says this, or asks on where this is a question.
    fn is_told(&mut self, said: Said) {
        let verdict = self.verdict();
        let is_said = match (said, verdict.as_deref()) {
            ("enter_id" | "enter_pin", None) | ("wrong", Some("wrong_pin" | "wrong_login")) => true,
            (said, verdict) => verdict == Some(said),
        };
        self.holds(is_said, &format!("the voice says {said}, not {verdict:?}"));
        let weather = if self.is_fair { "fair" } else { "foul" };
        self.met.insert(format!("{weather}:{said}"));
    }

    /// What was keyed or dialled may have been lost: the box is in one of the two states, and the model follows it.
    fn settles_for(&mut self, mut before: Model) {
        self.model.pass(&[], self.now());
        self.looks_for_files();
        for name in WITH_KEY.into_iter().filter(|name| self.has_gone_home(name)) {
            before.lets_go(name, self.now());
        }
        before.pass(&[], self.now());
        let actual = (self.logins(), self.phones_off());
        if actual == known(&before) {
            self.model = before;
        }
    }
}
