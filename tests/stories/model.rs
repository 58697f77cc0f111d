//! A hot-desk model to measure the exchange by: short, pure, and right by inspection.
//!
//! Random people do random things at random phones for days on end. After each step the exchange must know what the model
//! knows: who is logged in where (K5, C16), and that a call rings the phones of its callee and no other (K6, K7, B1): no
//! device rings without the login, no ghost remains. In fair weather the voice must also say what the model expects.
//!
//! 20,000 steps by default (3,000 without optimisation), a million with `PERCH_NIGHTLY=1`, or as many times 250 as
//! `PERCH_SEEDS` says. A failure names its seed and tells its last steps; `PERCH_SEED=<seed>` plays that seed alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::office::{Office, Scene, extension, number, pin};
use crate::phone::{CallState, KeysBy, OldAccount, OnNotify, Quirks, SimPhone};
use crate::sim_box::SoundMode;
use crate::wire::Weather;

type Person = &'static str;
type Desk = &'static str;

const CAST: [&str; 10] = [
    "ada",
    "dan",
    "eve",
    "bob@lab",
    "cleo@office",
    "kitchen:yealink",
    "hall:snom",
    "attic:small-yealink",
    "cellar:small-snom",
    "dan@den:yealink",
];
const DESKS: [Desk; 4] = ["kitchen", "hall", "attic", "cellar"];
const PHONES: [Desk; 7] = ["kitchen", "hall", "attic", "cellar", "lab", "office", "den"];
const OWNERS: [(Desk, Person); 3] = [("lab", "bob"), ("office", "cleo"), ("den", "dan")];
/// Who may log in at a desk.
const ROAMERS: [Person; 4] = ["ada", "bob", "dan", "eve"];
const EVERYBODY: [Person; 5] = ["ada", "bob", "cleo", "dan", "eve"];

// ---- The model

/// Who is logged in where, and who is closed out.
#[derive(Debug, Default, Clone)]
struct Model {
    at: BTreeMap<Desk, Person>,
    wrong: BTreeMap<&'static str, Vec<Instant>>,
    closed: BTreeMap<&'static str, Instant>,
}

/// What the voice says to a PIN, or instead of asking for one.
type Said = &'static str;

impl Model {
    /// Somebody keys a PIN at a desk.
    fn keys_pin(&mut self, who: Person, desk: Desk, right: bool, now: Instant) -> Said {
        if self.is_closed(who, desk, now) {
            return "locked";
        }
        if !right {
            for door in [who, desk] {
                let wrong = self.wrong.entry(door).or_default();
                wrong.retain(|at| now - *at < Duration::from_secs(300));
                wrong.push(now);
                if wrong.len() == 3 {
                    wrong.clear();
                    self.closed.insert(door, now + Duration::from_secs(900));
                }
            }
            return if self.is_closed(who, desk, now) { "locked" } else { "wrong_pin" };
        }
        self.wrong.remove(who);
        if self.at.get(desk) == Some(&who) { "already_yours" } else { self.log_in(who, desk) }
    }

    fn log_in(&mut self, who: Person, desk: Desk) -> Said {
        self.at.retain(|_, one| *one != who);
        self.at.insert(desk, who);
        "logged_in"
    }

    fn log_out(&mut self, desk: Desk) -> Said {
        if self.at.remove(desk).is_some() { "logged_out" } else { "not_logged_in" }
    }

    fn is_closed(&self, who: Person, desk: Desk, now: Instant) -> bool {
        [who, desk].iter().any(|door| self.closed.get(door).is_some_and(|until| now < *until))
    }

    /// The phones a call to somebody may ring.
    fn rings(&self, whom: Person, but: Desk) -> BTreeSet<Desk> {
        let owned = OWNERS.iter().filter(|(_, owner)| *owner == whom).map(|(phone, _)| *phone);
        let desks = self.at.iter().filter(|(_, one)| **one == whom).map(|(desk, _)| *desk);
        owned.chain(desks).filter(|phone| *phone != but).collect()
    }

    /// Whether a door opens, or an old guess is forgotten, so soon that the model's clock and the box's might disagree.
    fn is_on_edge(&self, now: Instant) -> bool {
        let forgotten = self.wrong.values().flatten().map(|at| *at + Duration::from_secs(300));
        let close = |at: Instant| at.max(now) - at.min(now) < Duration::from_secs(5);
        self.closed.values().copied().chain(forgotten).any(close)
    }

    fn logins(&self) -> BTreeSet<(String, String)> {
        self.at.iter().map(|(desk, who)| (number(who), (*desk).to_owned())).collect()
    }
}

// ---- The steps

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Logs in at a desk: by one's own number, or by code; with the right PIN or a wrong one.
    LogsIn {
        who: Person,
        desk: Desk,
        by_code: bool,
        right: bool,
    },
    /// Logs out by a code.
    LogsOut {
        desk: Desk,
        code: &'static str,
    },
    /// The administrator does it from afar.
    LoggedIn {
        who: Person,
        desk: Desk,
    },
    LoggedOut {
        desk: Desk,
    },
    /// Somebody calls somebody, who answers or not.
    Calls {
        from: Desk,
        whom: Person,
        answered: bool,
    },
    /// A phone loses its current for a while.
    PlugPulled {
        phone: Desk,
        seconds: u64,
    },
    /// The box does.
    Restart {
        seconds: u64,
    },
    /// A phone behaves otherwise from now on.
    Changes {
        phone: Desk,
        on_notify: OnNotify,
        old_account: OldAccount,
    },
    /// Nothing happens.
    Waits {
        seconds: u64,
    },
}

fn any_step(rng: &mut impl Rng) -> Step {
    let desk = *DESKS.choose(rng).expect("there are desks");
    let phone = *PHONES.choose(rng).expect("there are phones");
    let who = *ROAMERS.choose(rng).expect("there are people");
    let whom = *EVERYBODY.choose(rng).expect("there are people");
    match rng.random_range(0..100) {
        0..27 => Step::LogsIn { who, desk, by_code: rng.random(), right: rng.random_ratio(7, 8) },
        27..37 => {
            let code = ["*400", "*77*5*", "*77*5"].choose(rng).expect("there are codes");
            Step::LogsOut { desk, code }
        }
        37..43 => Step::LoggedIn { who, desk },
        43..48 => Step::LoggedOut { desk },
        48..82 => Step::Calls { from: phone, whom, answered: rng.random() },
        82..85 => Step::PlugPulled { phone, seconds: rng.random_range(0..40) },
        85..87 => Step::Restart { seconds: rng.random_range(0..5) },
        87..91 => {
            let on_notify = [OnNotify::Says(200), OnNotify::Says(481), OnNotify::Challenges, OnNotify::Deaf]
                .choose(rng)
                .copied();
            let old_account = [OldAccount::Unregisters, OldAccount::Forgets].choose(rng).copied();
            Step::Changes {
                phone,
                on_notify: on_notify.expect("there are answers"),
                old_account: old_account.expect("there are habits"),
            }
        }
        91..97 => Step::Waits { seconds: rng.random_range(1..20) },
        _ => Step::Waits { seconds: rng.random_range(60..1200) },
    }
}

/// An office that is measured.
struct Measured {
    office: Office,
    model: Model,
    is_fair: bool,
    told: VecDeque<String>,
}

impl Measured {
    fn new(seed: u64) -> Self {
        let is_fair = !seed.is_multiple_of(4);
        let scene = Scene {
            cast: &CAST,
            weather: if is_fair { Weather::FAIR } else { Weather::FOUL },
            sound: SoundMode::Quick,
            seed,
            quirks: Quirks { late: Duration::from_secs(34), ..Quirks::default() },
            ..Scene::default()
        };
        let mut office = Office::opens(&scene);
        if !is_fair {
            // The box may have restarted before it got word of the answer.
            office.forgives("an answer that was never acknowledged");
            // It may have restarted between a request and its copy: what it knew, its tags among it, is gone.
            office.forgives("two final answers with different tags");
        }
        Self { office, model: Model::default(), is_fair, told: VecDeque::new() }
    }

    fn takes(&mut self, step: Step) {
        if self.told.len() == 12 {
            self.told.pop_front();
        }
        self.told.push_back(format!("{step:?}"));
        match step {
            Step::LogsIn { who, desk, by_code, right } => self.logs_in(who, desk, by_code, right),
            Step::LogsOut { desk, code } => self.logs_out(desk, code),
            Step::LoggedIn { who, desk } => {
                let id = self.office.device(desk).id;
                let granted = self.office.wire.with_box(|the_box, now| {
                    the_box.does(now, |exchange, now| {
                        let method = perch::model::LoginMethod::Api;
                        exchange.log_in(&extension(who), id, method, now).is_ok()
                    })
                });
                let is_there = self.model.at.get(desk) == Some(&who);
                self.holds(granted != is_there, "the administrator's login");
                self.model.log_in(who, desk);
            }
            Step::LoggedOut { desk } => {
                let ended = self.office.administrator_logs_out(desk);
                let said = self.model.log_out(desk);
                self.holds(ended == (said == "logged_out"), "the administrator's logout");
            }
            Step::Calls { from, whom, answered } => self.calls(from, whom, answered),
            Step::PlugPulled { phone, seconds } => {
                self.office.wire.at(phone, |phone, _| phone.power_off());
                self.office.waits(seconds);
                self.office.wire.at(phone, SimPhone::power_on);
            }
            Step::Restart { seconds } => {
                self.office.moment();
                self.office.wire.with_box(|the_box, _| the_box.loses_current());
                self.office.waits(seconds);
                self.office.wire.with_box(|the_box, now| the_box.starts(now));
                // The lock-out lives in memory.
                self.model.wrong.clear();
                self.model.closed.clear();
            }
            Step::Changes { phone, on_notify, old_account } => {
                self.office.wire.at(phone, |phone, _| {
                    phone.quirks_mut().on_notify = on_notify;
                    phone.quirks_mut().old_account = old_account;
                });
            }
            Step::Waits { seconds } => self.office.waits(seconds),
        }
        let complaints = self.office.complaints();
        self.holds(complaints.is_empty(), "no phone complains");
        self.office.looks_away();
        self.compares();
    }

    fn logs_in(&mut self, who: Person, desk: Desk, by_code: bool, right: bool) {
        if !self.is_free(desk) {
            return;
        }
        // Where somebody is logged in, a number is a call and no login.
        let is_taken = self.model.at.contains_key(desk);
        let dialled = if by_code || is_taken { format!("*77*{}*", number(who)) } else { number(who) };
        while self.model.is_on_edge(self.office.wire.now()) {
            self.office.waits(7);
        }
        let locked = self.model.is_closed(who, desk, self.office.wire.now());
        self.office.dials(desk, &dialled);
        if !self.wait_for_voice(desk) {
            return self.hangs_up(desk);
        }
        if locked {
            self.says("locked");
            return self.hangs_up(desk);
        }
        let before = self.model.clone();
        // How many wrong PINs arrive in foul weather is not known: none is keyed there.
        let right = right || !self.is_fair;
        let keys = if right { pin(who) } else { "0000" };
        self.office.keys(desk, &format!("{keys}#"), KeysBy::Rfc4733);
        let said = self.model.keys_pin(who, desk, right, self.office.wire.now());
        self.ends_attempt(desk, said, before);
    }

    fn logs_out(&mut self, desk: Desk, code: &str) {
        if !self.is_free(desk) {
            return;
        }
        self.office.dials(desk, code);
        let before = self.model.clone();
        if self.wait_for_voice(desk) {
            self.office.moment();
        }
        // Also what has not been answered yet may still arrive, and be done.
        let said = self.model.log_out(desk);
        self.ends_attempt(desk, said, before);
    }

    /// The voice says what the model says; in foul weather what was asked for is done or not, once nothing of the call is
    /// under way any more.
    fn ends_attempt(&mut self, desk: Desk, said: &str, before: Model) {
        if self.is_fair {
            self.says(said);
            return self.hangs_up(desk);
        }
        self.office.waits(2);
        self.hangs_up(desk);
        self.office.waits(40);
        self.settles_for(before);
    }

    fn calls(&mut self, from: Desk, whom: Person, answered: bool) {
        // An idle desk calls nobody; its attempts are logins.
        let is_idle_desk = DESKS.contains(&from) && !self.model.at.contains_key(from);
        if is_idle_desk || !self.is_free(from) {
            return;
        }
        if !self.is_fair {
            // A call given up may still be on its way to ring.
            self.waits_for_silence();
        }
        let may = self.model.rings(whom, from);
        let must: Vec<_> = may.iter().copied().filter(|phone| self.is_free(phone)).collect();
        self.office.dials(from, whom);
        if self.is_fair {
            self.office.moment();
            let ringing = self.office.ringing();
            for phone in must {
                self.holds(ringing.iter().any(|one| one == phone), &format!("{phone} rings for {whom}"));
            }
        } else {
            self.office.waits(3);
        }
        self.no_ghost_rings(&may);
        if answered && let Some(phone) = self.office.ringing().first().cloned() {
            self.office.answers(&phone);
            self.office.waits_millis(500);
            if self.is_fair {
                let talks = |name: &str| self.office.wire.phone(name).call_state() == Some(CallState::Up);
                self.holds(talks(&phone) && talks(from), "both talk");
                self.holds(self.office.ringing().is_empty(), "the others have stopped ringing");
            }
            self.office.hangs_up(&phone);
        }
        self.hangs_up(from);
        self.no_ghost_rings(&may);
        if self.is_fair {
            self.holds(self.office.ringing().is_empty(), "nothing rings after the call");
        }
    }

    fn waits_for_silence(&mut self) {
        let is_silent = |office: &Office| {
            let state = |name: &Desk| office.wire.phone(name).call_state();
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

    fn wait_for_voice(&mut self, desk: Desk) -> bool {
        for _ in 0..50 {
            match self.office.wire.phone(desk).call_state() {
                Some(CallState::Up) => return true,
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
        let actual: BTreeSet<_> = self.office.the_logins().into_iter().collect();
        if actual == before.logins() && actual != self.model.logins() {
            self.model.at = before.at;
        }
    }

    fn no_ghost_rings(&mut self, may: &BTreeSet<Desk>) {
        let ghosts: Vec<_> =
            self.office.ringing().into_iter().filter(|name| !may.contains(name.as_str())).collect();
        self.holds(ghosts.is_empty(), &format!("no ghost rings, but {ghosts:?} did"));
    }

    fn compares(&mut self) {
        let actual: BTreeSet<_> = self.office.the_logins().into_iter().collect();
        let wanted = self.model.logins();
        self.holds(actual == wanted, &format!("the logins are {wanted:?}, not {actual:?}"));
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
        self.compares();
        for desk in DESKS {
            let wanted = match self.model.at.get(desk) {
                Some(who) => format!("hotdesk-{}", number(who)),
                None => self.office.idle_account(desk),
            };
            let actual = self.office.wire.phone(desk).registered_as();
            self.holds(actual == [wanted.clone()], &format!("{desk} registers {wanted}, not {actual:?}"));
            let view = self.office.device(desk);
            let stage = view.stage;
            self.holds(
                stage == perch::model::Stage::Confirmed && !view.late,
                &format!("{desk} is {stage:?}"),
            );
        }
        self.holds(self.office.wire.the_box().exchange().is_idle(), "no call is left");
    }

    fn holds(&mut self, so: bool, what: &str) {
        if !so {
            let told: Vec<_> = self.told.iter().cloned().collect();
            panic!("it does not hold that {what}\n{}\n{}", told.join("\n"), self.office.state());
        }
    }
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
    let usual = if std::env::var_os("PERCH_NIGHTLY").is_some() {
        4000
    } else if cfg!(debug_assertions) {
        12
    } else {
        80
    };
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
/// Promises: K5, K6, K7, C16, B1, B5, B11.
#[test]
fn nothing_rings_without_the_login_and_no_ghost_remains() {
    plays_share(0);
}

/// The other half, so that two processors may share the work.
/// Promises: K5, K6, K7, C16, B1, B5, B11.
#[test]
fn nothing_rings_without_the_login_and_no_ghost_remains_in_other_offices() {
    plays_share(1);
}
