//! The exchange measured against the reference model.
//!
//! Random people do random things ([`steps`](crate::steps)) at random phones for days on end, in offices with different
//! settings, two tenants each. After each step the box must know what the model knows: who is logged in where (K5, C16),
//! which phones are off, who is closed out (B9); and a call rings the phones of its callee and no other (K6, K7, B1): no
//! device rings without the login, no ghost remains. In fair weather the voice must also say what the model expects.
//!
//! 20,000 steps by default, a million with `PERCH_NIGHTLY=1`, or as many times 250 as
//! `PERCH_SEEDS` says. A failure names its seed and tells its last steps; `PERCH_SEED=<seed>` plays that seed alone.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use perch::model::{Locked, LoginMethod, LogoutReason, Stage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::measured::{number, opens, person_of, pin, rules_of};
use crate::office::Office;
use crate::phone::{CallState, KeysBy, OnNotify, SimPhone};
use crate::reference::{Model, Name, Now, PHONES, Phone, Proof, Said, Wish, meant, owner, person};
use crate::steps::{Step, any_step};
use crate::wire::Weather;

/// The wall clock of the office, in seconds after Greenwich: Rome in summer.
const ROME: i64 = 2 * 3600;

/// Fewer seconds than this between two clocks are none.
const BLUR: i64 = 3;
/// A step that is over within so many seconds keeps away from what ends by itself.
const STEP: i64 = 60;

/// An office that is measured.
struct Measured {
    office: Office,
    model: Model,
    is_fair: bool,
    began: Instant,
    told: VecDeque<String>,
}

impl Measured {
    fn new(seed: u64) -> Self {
        let is_fair = !seed.is_multiple_of(4);
        let rules = rules_of(seed, is_fair);
        let office = opens(seed, is_fair, &rules);
        let began = office.wire.now();
        let model = Model::new(rules);
        Self { office, model, is_fair, began, told: VecDeque::new() }
    }

    fn takes(&mut self, step: Step) {
        if self.told.len() == 12 {
            self.told.pop_front();
        }
        self.told.push_back(format!("{step:?}"));
        self.lets_edges_pass(STEP, &[]);
        self.does(step);
        let complaints = self.office.complaints();
        self.holds(complaints.is_empty(), &format!("no phone complains: {complaints:?}"));
        self.office.looks_away();
        self.lets_edges_pass(BLUR, &[]);
        self.compares();
    }

    fn does(&mut self, step: Step) {
        match step {
            Step::LogsIn { phone, digits, by_code, right } => self.logs_in(phone, digits, by_code, right),
            Step::IsAsked { phone, code, digits, right } => self.is_asked(phone, code, digits, right),
            Step::LogsOut { phone, code } => self.logs_out(phone, code),
            Step::LoggedIn { who, phone } => self.is_logged_in(who, phone),
            Step::LoggedOut { phone } => {
                let ended = self.office.administrator_logs_out(phone);
                let said = self.model.log_out(phone);
                self.holds(ended == (said == "logged_out"), "the administrator's logout");
            }
            Step::AllLoggedOut => {
                let ended = self.office.wire.with_box(|the_box, now| {
                    the_box.does(now, |exchange, now| exchange.log_out_all(LogoutReason::Api, now))
                });
                let were = std::mem::take(&mut self.model.at).len();
                self.holds(ended == were, "the logout of all");
            }
            Step::Calls { from, number, answered } => self.calls(from, number, answered),
            Step::PlugPulled { phone, seconds, forgets } => {
                self.office.wire.at(phone, |phone, _| {
                    phone.power_off();
                    if forgets {
                        phone.forgets_newest_file();
                    }
                });
                self.office.waits(seconds);
                self.office.wire.at(phone, SimPhone::power_on);
            }
            Step::Restart { seconds } => {
                self.office.moment();
                self.office.wire.with_box(|the_box, _| the_box.loses_current());
                self.office.waits(seconds);
                self.office.wire.with_box(|the_box, now| the_box.starts(now));
                self.model.restart(self.now());
                // What a clock makes due ends within a second.
                self.office.waits(2);
            }
            Step::ClockSet { to } => self.sets_clock(to),
            Step::Changes { phone, on_notify, old_account } => {
                self.office.wire.at(phone, |phone, _| {
                    phone.quirks_mut().on_notify = on_notify;
                    phone.quirks_mut().old_account = old_account;
                });
            }
            Step::Waits { seconds } => self.office.waits(seconds),
        }
    }

    fn logs_in(&mut self, phone: Phone, digits: &str, by_code: bool, right: bool) {
        if !self.is_free(phone) {
            return;
        }
        // Where somebody is logged in, or at home, a number is a call and no login.
        let is_taken = self.model.user_at(phone).is_some();
        let dialled = if by_code || is_taken { format!("*77*{digits}*") } else { digits.to_owned() };
        let before = self.model.clone();
        let is_heard = self.hears_the_voice(phone, &dialled);
        let said = self.model.dials(digits, phone, self.now());
        if said != "enter_pin" || !is_heard {
            return self.ends_attempt(phone, said, before);
        }
        self.keys_pin(phone, (Wish::LogIn, meant(digits, phone)), right, "wrong_pin", before);
    }

    fn is_asked(&mut self, phone: Phone, code: &str, digits: &str, right: bool) {
        let who = meant(digits, phone);
        // How many wrong PINs arrive in foul weather is not known: none is keyed there, and for nobody every one is wrong.
        if !self.is_free(phone) || (!self.is_fair && !who.is_some_and(Self::has_pin)) {
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
        let said = self.model.dials_to_be_asked(wish, phone, self.now());
        if said != "enter_id" || !is_heard {
            return self.ends_attempt(phone, said, before);
        }
        self.office.keys(phone, &format!("{digits}#"), KeysBy::Rfc4733);
        let said = self.model.keys_id(wish, digits, phone, self.now());
        if said != "enter_pin" {
            return self.ends_attempt(phone, said, before);
        }
        self.keys_pin(phone, (wish, who), right, "wrong_login", before);
    }

    fn keys_pin(
        &mut self,
        phone: Phone,
        (wish, who): (Wish, Option<Name>),
        right: bool,
        wrong: Said,
        before: Model,
    ) {
        let right = right || !self.is_fair;
        let keys = who.filter(|who| right && Self::has_pin(who)).map_or("0000", pin);
        self.office.keys(phone, &format!("{keys}#"), KeysBy::Rfc4733);
        let said = self.model.keys_pin(wish, who, phone, keys != "0000", self.now());
        self.ends_attempt(phone, if said == "wrong" { wrong } else { said }, before);
    }

    fn has_pin(who: Name) -> bool {
        person(who).proof != Proof::Hopeless
    }

    fn logs_out(&mut self, phone: Phone, code: &str) {
        if !self.is_free(phone) {
            return;
        }
        let before = self.model.clone();
        self.hears_the_voice(phone, code);
        // Also what has not been answered yet may still arrive, and be done.
        let said = self.model.log_out(phone);
        self.ends_attempt(phone, said, before);
    }

    fn is_logged_in(&mut self, who: Name, phone: Phone) {
        let id = self.office.device(phone).id;
        let extension = number(who).parse().expect("people have numbers");
        let granted = self.office.wire.with_box(|the_box, now| {
            the_box.does(now, |exchange, now| exchange.log_in(&extension, id, LoginMethod::Api, now).is_ok())
        });
        let said = self.model.log_in(who, phone, self.now());
        self.holds(granted == (said == "logged_in"), &format!("the administrator's login: {said}"));
    }

    fn sets_clock(&mut self, to: i64) {
        let Now { time, wall } = self.now();
        let today = wall - wall.rem_euclid(24 * 3600);
        let mut wall = today + to;
        while self.model.is_doubtful(Now { time, wall }) {
            wall += 30;
        }
        let moment = Timestamp::from_second(wall - ROME).expect("a moment of this year");
        self.office.wire.with_box(|the_box, now| the_box.sets_clock(Some(moment), now));
        self.office.waits(2);
    }

    /// The voice says what the model says; in foul weather what was asked for is done or not, once nothing of the call is
    /// under way any more.
    fn ends_attempt(&mut self, desk: Phone, said: Said, before: Model) {
        if self.is_fair {
            self.office.moment();
            self.says(said);
            return self.hangs_up(desk);
        }
        self.office.waits(2);
        self.hangs_up(desk);
        self.office.waits(40);
        self.settles_for(before);
    }

    fn calls(&mut self, from: Phone, number: &str, answered: Option<u64>) {
        // An idle desk calls nobody; its attempts are logins.
        if self.model.user_at(from).is_none() || !self.is_free(from) {
            return;
        }
        if !self.is_fair {
            // A call given up may still be on its way to ring.
            self.waits_for_silence();
        }
        let may = self.model.rings(number, from);
        let must: Vec<_> = may.iter().copied().filter(|phone| self.is_free(phone)).collect();
        self.office.dials(from, number);
        self.model.uses(from, self.now());
        if self.is_fair {
            self.office.moment();
            let ringing = self.office.ringing();
            for phone in must {
                self.holds(ringing.iter().any(|one| one == phone), &format!("{phone} rings for {number}"));
            }
        } else {
            self.office.waits(3);
        }
        self.no_ghost_rings(&may);
        let ringing = PHONES.into_iter().find(|phone| self.office.ringing().iter().any(|one| one == phone));
        if let (Some(lasts), Some(phone)) = (answered, ringing) {
            self.office.answers(phone);
            self.office.waits_millis(500);
            self.talks(from, phone, lasts);
            self.office.hangs_up(phone);
            self.model.uses(phone, self.now());
        }
        self.hangs_up(from);
        self.model.uses(from, self.now());
        self.no_ghost_rings(&may);
        if self.is_fair {
            self.holds(self.office.ringing().is_empty(), "nothing rings after the call");
        }
    }

    /// A desk in a call keeps its login, and others lose theirs meanwhile.
    fn talks(&mut self, from: Phone, phone: Phone, seconds: u64) {
        if !self.is_fair {
            return;
        }
        let talks = |office: &Office, name: &str| office.wire.phone(name).call_state() == Some(CallState::Up);
        self.holds(talks(&self.office, phone) && talks(&self.office, from), "both talk");
        self.holds(self.office.ringing().is_empty(), "the others have stopped ringing");
        self.model.uses(phone, self.now());
        self.office.waits(seconds);
        self.lets_edges_pass(BLUR, &[from, phone]);
        self.compares();
        self.holds(talks(&self.office, phone) && talks(&self.office, from), "both still talk");
    }

    fn waits_for_silence(&mut self) {
        let is_silent = |office: &Office| {
            let state = |name: &Phone| office.wire.phone(name).call_state();
            // A phone rings on for a call whose box has lost its current, whatever came after it.
            office.ringing().is_empty()
                && PHONES.iter().all(|name| matches!(state(name), None | Some(CallState::Over(_))))
        };
        for _ in 0..30 {
            if is_silent(&self.office) {
                return;
            }
            for phone in PHONES {
                self.office.wire.at(phone, SimPhone::hangs_up);
            }
            self.office.waits(2);
        }
        self.holds(false, "every call ends at last");
    }

    /// Hangs up, if there is anything to hang up, and lets the news spread.
    fn hangs_up(&mut self, phone: &str) {
        self.office.hangs_up(phone);
        self.office.waits_millis(if self.is_fair { 100 } else { 1500 });
    }

    /// Whether a phone is up, registered and in no call.
    fn is_free(&self, name: &str) -> bool {
        let phone = self.office.wire.phone(name);
        let is_busy = matches!(phone.call_state(), Some(state) if !matches!(state, CallState::Over(_)));
        phone.is_on() && !phone.registered_as().is_empty() && !is_busy && self.office.device(name).reachable
    }

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

    /// The voice has said this last, or says it by now.
    fn says(&mut self, what: &str) {
        let wanted = format!("says {what}");
        let said: Vec<_> =
            self.office.wire.take_ladder().into_iter().filter(|rung| rung.contains(" says ")).collect();
        self.holds(
            said.last().is_some_and(|rung| rung.ends_with(&wanted)),
            &format!("{wanted}, not {said:?}"),
        );
    }

    /// In foul weather an attempt may have failed: the box is in one of the two states, and the model follows it.
    fn settles_for(&mut self, before: Model) {
        let actual = (self.logins(), self.phones_off());
        if actual == known(&before) && actual != known(&self.model) {
            (self.model.at, self.model.off) = (before.at, before.off);
        }
    }

    fn no_ghost_rings(&mut self, may: &BTreeSet<Phone>) {
        let ghosts: Vec<_> =
            self.office.ringing().into_iter().filter(|name| !may.contains(name.as_str())).collect();
        self.holds(ghosts.is_empty(), &format!("no ghost rings, but {ghosts:?} did"));
    }

    /// The moment by both clocks, as the model is told it.
    fn now(&self) -> Now {
        let now = self.office.wire.now();
        let wall = self.office.wire.the_box().now(now).wall.expect("a clock that is trusted").as_second();
        let time = i64::try_from((now - self.began).as_secs()).expect("a story of some days");
        Now { time, wall: wall + ROME }
    }

    /// Waits until nothing ends by itself for so many seconds; the model ends what has ended.
    fn lets_edges_pass(&mut self, seconds: i64, in_call: &[Phone]) {
        while self.model.edges(self.now()).iter().any(|edge| (-BLUR..seconds).contains(edge)) {
            self.office.waits(2);
        }
        self.model.pass(in_call, self.now());
    }

    fn logins(&self) -> BTreeSet<(String, String)> {
        self.office.the_logins().into_iter().collect()
    }

    fn phones_off(&self) -> BTreeSet<String> {
        let devices = self.office.wire.the_box().exchange().office().devices.values();
        devices.filter(|one| one.is_switched_off).map(|one| self.office.name_of(one.id)).collect()
    }

    fn closed(&self) -> BTreeSet<String> {
        let name = |locked| match locked {
            Locked::Extension(number) => person_of(&number.to_string()).name.to_owned(),
            Locked::Device(id) => self.office.name_of(id),
            Locked::Address(address) => address.to_string(),
        };
        self.office.lockouts().into_iter().map(|view| name(view.locked)).collect()
    }

    fn compares(&mut self) {
        let actual = (self.logins(), self.phones_off());
        let wanted = known(&self.model);
        self.holds(
            actual == wanted,
            &format!("logins and phones that are off are {wanted:?}, not {actual:?}"),
        );
        if self.is_fair {
            let wanted = self.model.closed(self.now()).into_iter().map(str::to_owned).collect();
            let closed = self.closed();
            self.holds(closed == wanted, &format!("closed are {wanted:?}, not {closed:?}"));
        }
    }

    /// When all has calmed down, every phone shows what the model knows.
    fn comes_to_rest(&mut self) {
        self.office.wire.set_weather(Weather::FAIR);
        for phone in PHONES {
            self.office.wire.at(phone, |phone, now| {
                phone.quirks_mut().on_notify = OnNotify::Says(200);
                phone.hangs_up(now);
                phone.power_on(now);
            });
        }
        self.office.wire.runs(Duration::from_secs(2 * 3600));
        self.lets_edges_pass(BLUR, &[]);
        // The last logouts may have been a moment ago.
        self.office.wire.runs(Duration::from_secs(300));
        self.lets_edges_pass(BLUR, &[]);
        self.compares();
        for desk in PHONES {
            let wanted = match (self.model.at.get(desk), owner(desk)) {
                (Some(login), _) => format!("hotdesk-{}", person(login.who).number),
                (None, Some(owner)) => person(owner).number.to_owned(),
                (None, None) => self.office.idle_account(desk),
            };
            let actual = self.office.wire.phone(desk).registered_as();
            self.holds(actual == [wanted.clone()], &format!("{desk} registers {wanted}, not {actual:?}"));
            let view = self.office.device(desk);
            let stage = view.stage;
            self.holds(stage == Stage::Confirmed && !view.late, &format!("{desk} is {stage:?}"));
        }
        self.holds(self.office.wire.the_box().exchange().is_idle(), "no call is left");
    }

    fn holds(&mut self, so: bool, what: &str) {
        if !so {
            let told: Vec<_> = self.told.iter().cloned().collect();
            let (model, now) = (&self.model, self.now());
            let told = told.join("\n");
            panic!("it does not hold that {what}\n{told}\n{now:?} {model:?}\n{}", self.office.state());
        }
    }
}

/// What the model knows, in the box's words.
fn known(model: &Model) -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    let logins = model.at.iter().map(|(phone, login)| (number(login.who), (*phone).to_owned()));
    (logins.collect(), model.off.iter().map(|phone| (*phone).to_owned()).collect())
}

/// Plays so many steps with this seed.
fn plays(seed: u64, steps: usize) {
    println!("seed {seed}");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut measured = Measured::new(seed);
    for _ in 0..steps {
        measured.takes(any_step(&mut rng));
    }
    measured.comes_to_rest();
}

/// How many steps a seed plays.
const STEPS: usize = 250;

/// How many seeds are played, where nobody says it with `PERCH_SEEDS`.
fn seeds() -> u64 {
    let told = std::env::var("PERCH_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let usual = if std::env::var_os("PERCH_NIGHTLY").is_some() { 4000 } else { 80 };
    told.unwrap_or(usual)
}

fn plays_share(share: u64) {
    if let Some(seed) = std::env::var("PERCH_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return plays(seed, STEPS);
    }
    let seeds = seeds();
    (1..=seeds).filter(|seed| seed % 2 == share).for_each(|seed| plays(seed, STEPS));
}

/// Half of the steps.
/// Promises: K5, K6, K7, C16, C20, F11, F13, P8, P13, P14, rule2, rule3, rule4, rule7, B1, B5, B6, B7, B9, B11.
#[test]
fn nothing_rings_without_the_login_and_no_ghost_remains() {
    plays_share(0);
}

/// The other half, so that two processors may share the work.
/// Promises: K5, K6, K7, C16, C20, F11, F13, P8, P13, P14, rule2, rule3, rule4, rule7, B1, B5, B6, B7, B9, B11.
#[test]
fn nothing_rings_without_the_login_and_no_ghost_remains_in_other_offices() {
    plays_share(1);
}
