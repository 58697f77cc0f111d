//! What anybody does at random in an office that is measured against the model.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::people::{DESKS, Name, PEOPLE, PHONES, Phone, WITH_KEY};
use crate::phone::{OldAccount, OnNotify};
use crate::reference::Door;

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Dials a number or an ID for a login, as it is or after a code, and keys the PIN or a wrong one.
    LogsIn {
        phone: Phone,
        digits: &'static str,
        by_code: bool,
        keyed: Keyed,
    },
    /// Dials a code that asks for ID and PIN: to log in, to log out from anywhere, to switch the own phones off or on.
    IsAsked {
        phone: Phone,
        code: &'static str,
        digits: &'static str,
        keyed: Keyed,
    },
    /// Keys the right PIN for a login, and before or after it has arrived the box or the phone loses its current.
    IsCutShort {
        phone: Phone,
        digits: &'static str,
        millis: u64,
        whose: Current,
        seconds: u64,
    },
    /// Presses the key of the phone's own hot-desk function, and types a number and a PIN, or gives up.
    PressesKey {
        phone: Phone,
        digits: Option<&'static str>,
        keyed: Keyed,
    },
    /// Logs out by a code.
    LogsOut {
        phone: Phone,
        code: &'static str,
    },
    /// The administrator does it from afar.
    LoggedIn {
        who: Name,
        phone: Phone,
    },
    LoggedOut {
        phone: Phone,
    },
    AllLoggedOut,
    /// A program logs somebody in, with a PIN.
    EntersPin {
        who: Name,
        phone: Phone,
        keyed: Keyed,
    },
    /// The administrator opens what wrong PINs may have closed.
    Opens {
        door: Door,
    },
    /// Somebody calls a number; a call that is answered lasts so many seconds.
    Calls {
        from: Phone,
        number: &'static str,
        answered: Option<u64>,
    },
    /// A phone loses its current for a while, and perhaps what its newest file said.
    PlugPulled {
        phone: Phone,
        seconds: u64,
        forgets: bool,
    },
    /// A phone loses its current and goes on without while other things happen, for so many seconds.
    Vanishes {
        phone: Phone,
        seconds: i64,
        forgets: bool,
    },
    /// The box does.
    Restart {
        seconds: u64,
    },
    /// The wall clock of the box is set to another time of the day, in seconds, or is not trusted any more.
    ClockSet {
        to: Option<i64>,
    },
    /// A phone behaves otherwise from now on.
    Changes {
        phone: Phone,
        on_notify: OnNotify,
        old_account: OldAccount,
    },
    /// Nothing happens.
    Waits {
        seconds: u64,
    },
}

/// Which PIN somebody keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyed {
    Right,
    Wrong,
    /// The service PIN, whether or not another counts in its place.
    Service,
}

/// Whose current fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    OfTheBox,
    OfThePhone,
}

/// Numbers and IDs that people dial and key; nobody has the last but one, and the last may not log in.
const DIGITS: [&str; 8] = ["100", "100", "101", "103", "104", "408317", "999", "102"];
const LOGOUTS: [&str; 4] = ["*400", "*77*5*", "*77*5", "*12"];
const QUESTIONS: [&str; 6] = ["*072", "*11", "*11", "*073", "*073", "*13"];

/// When the clock of an office ends logins that lets it.
pub const CLOSING_TIME: i64 = 20 * 3600;

/// Where the program is that takes PINs.
pub const PROGRAM: &str = "192.0.2.7";

pub fn any_step(rng: &mut impl Rng) -> Step {
    let desk = one_of(&DESKS, rng);
    let phone = one_of(&PHONES, rng);
    let digits = one_of(&DIGITS, rng);
    let keyed =
        [Keyed::Right, Keyed::Wrong, Keyed::Service][[0, 0, 0, 0, 0, 1, 1, 2][rng.random_range(0..8)]];
    let who = one_of(&PEOPLE.each_ref().map(|one| one.name), rng);
    match rng.random_range(0..124) {
        0..19 => {
            // Also where nobody may.
            let phone = if rng.random_ratio(1, 12) { phone } else { desk };
            Step::LogsIn { phone, digits, by_code: rng.random(), keyed }
        }
        19..31 => Step::IsAsked { phone, code: one_of(&QUESTIONS, rng), digits, keyed },
        31..38 => Step::LogsOut { phone: desk, code: one_of(&LOGOUTS, rng) },
        38..44 => Step::LoggedIn { who, phone },
        44..47 => Step::LoggedOut { phone },
        47 => Step::AllLoggedOut,
        48..79 => {
            let number = one_of(&["100", "101", "102", "103", "104"], rng);
            let lasts = if rng.random_ratio(1, 8) { rng.random_range(60..1500) } else { 0 };
            Step::Calls { from: phone, number, answered: rng.random::<bool>().then_some(lasts) }
        }
        79..83 => {
            Step::PlugPulled { phone, seconds: rng.random_range(0..40), forgets: rng.random_ratio(1, 3) }
        }
        83..86 => Step::Restart { seconds: rng.random_range(0..5) },
        86..89 => {
            let near = CLOSING_TIME + rng.random_range(-1800..1800);
            let any = rng.random_range(0..24 * 3600);
            Step::ClockSet { to: one_of(&[Some(near), Some(any), None], rng) }
        }
        89..92 => {
            let habits = [OnNotify::Says(200), OnNotify::Says(481), OnNotify::Challenges, OnNotify::Deaf];
            let old_account = one_of(&[OldAccount::Unregisters, OldAccount::Forgets], rng);
            Step::Changes { phone, on_notify: one_of(&habits, rng), old_account }
        }
        92..97 => Step::Waits { seconds: rng.random_range(1..20) },
        97..100 => Step::Waits { seconds: rng.random_range(60..1200) },
        100..103 => Step::EntersPin { who, phone, keyed },
        103..105 => Step::Opens {
            door: one_of(&[Door::Person(who), Door::Phone(phone), Door::Address(PROGRAM)], rng),
        },
        105..107 | 120.. => {
            let seconds = rng.random_range(60..2400);
            Step::Vanishes { phone, seconds, forgets: rng.random_ratio(1, 3) }
        }
        107..115 => {
            let digits = Some(digits).filter(|_| rng.random_ratio(5, 6));
            Step::PressesKey { phone: one_of(&WITH_KEY, rng), digits, keyed }
        }
        _ => {
            let whose = one_of(&[Current::OfTheBox, Current::OfThePhone], rng);
            let (millis, seconds) = (rng.random_range(0..600), rng.random_range(0..5));
            Step::IsCutShort { phone: desk, digits, millis, whose, seconds }
        }
    }
}

fn one_of<T: Copy>(all: &[T], rng: &mut impl Rng) -> T {
    *all.choose(rng).expect("there is something to choose")
}
