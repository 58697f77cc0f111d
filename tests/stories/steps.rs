//! What anybody does at random in an office that is measured against the model.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};

use crate::phone::{OldAccount, OnNotify};
use crate::reference::{DESKS, Name, PEOPLE, PHONES, Phone};

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Dials a number or an ID for a login, as it is or after a code, and keys the PIN or a wrong one.
    LogsIn {
        phone: Phone,
        digits: &'static str,
        by_code: bool,
        right: bool,
    },
    /// Dials a code that asks for ID and PIN: to log in, to log out from anywhere, to switch the own phones off or on.
    IsAsked {
        phone: Phone,
        code: &'static str,
        digits: &'static str,
        right: bool,
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
    /// The box does.
    Restart {
        seconds: u64,
    },
    /// The wall clock of the box is set to another time of the day, in seconds.
    ClockSet {
        to: i64,
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

/// Numbers and IDs that people dial and key; nobody has the last but one, and the last may not log in.
const DIGITS: [&str; 8] = ["100", "100", "101", "103", "104", "408317", "999", "102"];
const LOGOUTS: [&str; 4] = ["*400", "*77*5*", "*77*5", "*12"];
const QUESTIONS: [&str; 6] = ["*072", "*11", "*11", "*073", "*073", "*13"];

/// When the clock of an office ends logins that lets it.
pub const CLOSING_TIME: i64 = 20 * 3600;

pub fn any_step(rng: &mut impl Rng) -> Step {
    let desk = one_of(&DESKS, rng);
    let phone = one_of(&PHONES, rng);
    let digits = one_of(&DIGITS, rng);
    let right = rng.random_ratio(7, 8);
    match rng.random_range(0..100) {
        0..19 => {
            // Also where nobody may.
            let phone = if rng.random_ratio(1, 12) { phone } else { desk };
            Step::LogsIn { phone, digits, by_code: rng.random(), right }
        }
        19..31 => Step::IsAsked { phone, code: one_of(&QUESTIONS, rng), digits, right },
        31..38 => Step::LogsOut { phone: desk, code: one_of(&LOGOUTS, rng) },
        38..44 => Step::LoggedIn { who: one_of(&PEOPLE.each_ref().map(|one| one.name), rng), phone },
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
        86..88 => {
            let near = CLOSING_TIME + rng.random_range(-1800..1800);
            let any = rng.random_range(0..24 * 3600);
            Step::ClockSet { to: if rng.random() { near } else { any } }
        }
        88..91 => {
            let habits = [OnNotify::Says(200), OnNotify::Says(481), OnNotify::Challenges, OnNotify::Deaf];
            let old_account = one_of(&[OldAccount::Unregisters, OldAccount::Forgets], rng);
            Step::Changes { phone, on_notify: one_of(&habits, rng), old_account }
        }
        91..97 => Step::Waits { seconds: rng.random_range(1..20) },
        _ => Step::Waits { seconds: rng.random_range(60..1200) },
    }
}

fn one_of<T: Copy>(all: &[T], rng: &mut impl Rng) -> T {
    *all.choose(rng).expect("there is something to choose")
}
