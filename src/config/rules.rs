//! What an office is checked against that the office itself does not say.

use crate::model::Country;

/// What other rooms know and a check needs.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The emergency numbers of a country; `None` where they are not known.
    pub emergency_numbers: &'a dyn Fn(Country) -> Option<Vec<String>>,
}

impl std::fmt::Debug for Rules<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rules")
    }
}

/// The most extensions an office may have.
pub const MAX_EXTENSIONS: usize = 5_000;

/// The most devices an office may have.
pub const MAX_DEVICES: usize = 5_000;

/// The most keys an extension may have.
pub const MAX_KEYS: usize = 200;

/// The most codes a plan may have.
pub const MAX_CODES: usize = 64;

/// The longest name of an office, extension or key, in characters.
pub const MAX_NAME: usize = 64;

/// The shortest SIP password by hand, in characters.
pub const MIN_PASSWORD: usize = 8;

/// The longest SIP password by hand, in characters.
pub const MAX_PASSWORD: usize = 64;
