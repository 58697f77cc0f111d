//! What an office is checked against that the office itself does not say.

use crate::exchange::dialplan::emergency;
use crate::model::Country;

/// What other rooms know and a check needs.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The emergency numbers of a country; `None` where they are not known.
    pub emergency_numbers: &'a dyn Fn(Country) -> Option<Vec<String>>,
}

impl Rules<'static> {
    /// The rules of this version of Perch.
    pub fn standard() -> Self {
        Self { emergency_numbers: &standard_numbers }
    }
}

/// The emergency numbers, by themselves and behind the prefix that offices of the country dial for an outside line.
fn standard_numbers(country: Country) -> Option<Vec<String>> {
    if !emergency::is_known(country) {
        return None;
    }
    let prefix = emergency::prefix(country).unwrap_or_default();
    let numbers = emergency::numbers(Some(country));
    let prefixed = numbers.iter().map(|number| format!("{prefix}{number}"));
    let plain = numbers.iter().map(ToString::to_string);
    let mut all: Vec<String> = plain.chain(prefixed).collect();
    all.dedup();
    Some(all)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emergency_numbers_count_behind_an_outside_line_prefix_too() {
        let numbers = |code: &str| standard_numbers(code.parse().expect("a country code"));
        assert!(
            numbers("IT")
                .is_some_and(|all| all.contains(&"112".to_owned()) && all.contains(&"0112".to_owned()))
        );
        assert_eq!(numbers("XX"), None);
    }
}
