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

/// The most tenants a box may have, the first one included.
pub const MAX_TENANTS: usize = 16;

/// The most templates of each kind a tenant may have.
pub const MAX_TEMPLATES: usize = 32;

/// The most trusted networks a tenant may have.
pub const MAX_NETWORKS: usize = 64;

/// The fewest digits of a hot-desk ID that serves at phones of other tenants (rule 4).
pub const CROSSING_ID: usize = 6;

/// How many calls a limit or a busy level may say.
pub const CALLS: (u32, u32) = (1, 99);

/// For how many seconds phones may ring before a call is forwarded.
pub const RING_SECONDS: (u32, u32) = (5, 300);

/// How often a phone may register, in seconds.
pub const REGISTER_EVERY: (u32, u32) = (30, 86_400);

/// For how many minutes wrong PINs may close to new logins.
pub const LOCKOUT_MINUTES: (u32, u32) = (1, 1_440);

/// For how many days the journal may be kept: ten years at most.
pub const AUDIT_DAYS: (u32, u32) = (1, 3_650);

/// After how many minutes a login may end by itself: 30 days at most.
pub const LOGOUT_MINUTES: (u32, u32) = (1, 43_200);

/// The most that may be added to a phone's file, in bytes.
pub const MAX_EXTRA: usize = 1_500;
/// The most trunks an office may have.
pub const MAX_TRUNKS: usize = 8;

/// The most numbers a trunk may have.
pub const MAX_INBOUND: usize = 1_000;

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
