//! What an office is checked against that the office itself does not say.

use crate::exchange::dialplan::emergency;
use crate::model::{Country, OfficeSettings};

/// What other rooms know and a check needs.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The emergency numbers of a tenant, also as they are dialled for an outside line; `None` where it is in a country
    /// whose numbers are not known, or has no numbers of its own and is in none.
    pub emergency_numbers: &'a dyn Fn(&OfficeSettings) -> Option<Vec<String>>,
    /// The emergency numbers of a country.
    pub numbers_of_country: &'a dyn Fn(Country) -> Vec<String>,
}

impl Rules<'static> {
    /// The rules of this version of Perch.
    pub fn standard() -> Self {
        Self {
            emergency_numbers: &standard_numbers,
            numbers_of_country: &|country| {
                emergency::numbers_of_country(country).into_iter().map(str::to_owned).collect()
            },
        }
    }
}

/// The emergency numbers, by themselves and behind the prefix that offices of the country dial for an outside line.
fn standard_numbers(settings: &OfficeSettings) -> Option<Vec<String>> {
    let prefix = match settings.country {
        Some(country) => emergency::prefix(country)?,
        None if settings.emergency_numbers.is_some() => "",
        None => return None,
    };
    let numbers = emergency::numbers(settings);
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

/// The most emergency numbers a tenant may have.
pub const MAX_EMERGENCY_NUMBERS: usize = 32;

/// The most templates of each kind a tenant may have.
pub const MAX_TEMPLATES: usize = 32;

/// The most trusted networks a tenant may have.
pub const MAX_NETWORKS: usize = 64;

/// The fewest digits of a hot-desk ID that serves at phones of other tenants (rule 4).
pub const CROSSING_ID: usize = 6;

/// How many calls a limit or a busy level may say; 0 is no limit, whatever the template says.
pub const CALLS: (u32, u32) = (0, 99);

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
        let at = |code: &str| OfficeSettings { country: code.parse().ok(), ..OfficeSettings::default() };
        let numbers = |code: &str| standard_numbers(&at(code));
        assert!(
            numbers("IT")
                .is_some_and(|all| all.contains(&"112".to_owned()) && all.contains(&"0112".to_owned()))
        );
        assert_eq!(numbers("XX"), None);
    }
}
