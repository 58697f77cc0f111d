//! The one-time set-up code: whoever can read the box's screen or log may choose its password.
//!
//! Eight characters that cannot be mistaken for one another, five tries. With its first right use, and with the last wrong
//! one, the code is spent, and a new one is made when the owner asks for it at the box (`perch token --setup`, or a
//! restart). Kept in memory only.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::random;
use crate::model::Secret;

/// No 0, O, 1, I, L or U: nothing that looks like something else, and no words.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many characters: 39 bits, at five tries.
const LENGTH: usize = 8;

/// How many wrong tries a code survives.
pub const TRIES: u8 = 5;

/// The code of the day.
#[derive(Debug)]
pub struct SetupCode(Mutex<State>);

#[derive(Debug)]
struct State {
    code: Secret,
    left: u8,
}

/// What a try was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// The code, which is spent by this.
    Right,
    /// Another; so many tries are left.
    Wrong(u8),
    /// It was used, or tried too often: a new code is needed.
    Spent,
}

impl SetupCode {
    /// A new code with all its tries.
    pub fn new() -> Self {
        Self(Mutex::new(State::new()))
    }

    /// The code as it is shown, `ABCD-EFGH`; a new one where the old one is spent.
    pub fn show(&self) -> String {
        let mut state = self.state();
        if state.left == 0 {
            *state = State::new();
        }
        let (head, tail) = state.code.expose().split_at(LENGTH / 2);
        format!("{head}-{tail}")
    }

    /// Tries a text, whatever its case and dashes.
    pub fn try_with(&self, text: &str) -> Try {
        const LONGEST: usize = 64;
        let text: String = text
            .chars()
            .take(LONGEST)
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let mut state = self.state();
        if state.left == 0 {
            return Try::Spent;
        }
        if state.code.is(&text) {
            state.left = 0;
            return Try::Right;
        }
        state.left -= 1;
        Try::Wrong(state.left)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new() -> Self {
        Self { code: Secret::new(random::word(ALPHABET, LENGTH)), left: TRIES }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_taken_as_people_type_it() {
        let code = SetupCode::new();
        let shown = code.show();
        assert_eq!(shown.len(), LENGTH + 1);
        assert_eq!(code.try_with(&format!(" {} ", shown.to_lowercase().replace('-', " "))), Try::Right);
        assert_eq!(code.try_with(&shown), Try::Spent, "it opens once");
    }

    #[test]
    fn after_five_wrong_tries_even_the_right_code_is_refused_and_a_new_one_is_shown() {
        let code = SetupCode::new();
        let shown = code.show();
        for left in (0..TRIES).rev() {
            assert_eq!(code.try_with("WRONG"), Try::Wrong(left));
        }
        assert_eq!(code.try_with(&shown), Try::Spent);
        let fresh = code.show();
        assert_ne!(fresh, shown);
        assert_eq!(code.try_with(&fresh), Try::Right);
    }
}
