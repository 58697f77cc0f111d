//! The dial plan: a dialled string and what it means. A pure function.
//!
//! Emergency numbers are matched before everything else (HOTDESK B8), an exact code before a pattern (rule 1), codes
//! before extensions. Not here: who may dial what (`exchange`), where a call then rings, and the check that no two entries
//! collide (`config::check`).

pub mod emergency;

use crate::model::{ExtensionNumber, Feature, OfficeSettings, Plan, PlanEntry, TenantId};

/// What a dialled string means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// An emergency number, without an outside-line prefix.
    Emergency(String),
    /// The login code with what stands for the extension; it may be no extension at all.
    LogIn(String),
    /// A login code that asks for ID and PIN.
    LogInWithPrompts,
    /// A logout code.
    LogOut,
    /// A logout code that asks for ID and PIN.
    LogOutWithPrompts,
    /// The code that switches a user's own phones off, or on again.
    Toggle,
    /// The digits of an extension's number, whether or not there is such an extension.
    Extension(String),
    /// None of these.
    Unknown,
}

/// What `dialled` means in this plan, at a phone of the tenant with these settings: its emergency numbers count.
pub fn meaning(dialled: &str, plan: &Plan, home: &OfficeSettings) -> Meaning {
    let dialled = plain(dialled);
    // Many phones send the `#` that only ends the number; a code may end so in earnest.
    let without_end = dialled.trim_end_matches('#');
    if let Some(number) = emergency::recognise(without_end, home) {
        return Meaning::Emergency(number.to_owned());
    }
    let found = code_in(plan, &dialled).or_else(|| code_in(plan, without_end));
    match found.map(|(entry, filling)| (entry.feature, filling)) {
        Some((Feature::Logout, _)) => Meaning::LogOut,
        Some((Feature::LoginWithExtension, extension)) => Meaning::LogIn(extension.to_owned()),
        Some((Feature::LoginWithPrompts, _)) => Meaning::LogInWithPrompts,
        Some((Feature::LogoutWithPrompts, _)) => Meaning::LogOutWithPrompts,
        Some((Feature::Toggle, _)) => Meaning::Toggle,
        Some((Feature::LoginByOwnExtension, _)) | None => match is_number(without_end) {
            true => Meaning::Extension(without_end.to_owned()),
            false => Meaning::Unknown,
        },
    }
}

fn is_number(dialled: &str) -> bool {
    ExtensionNumber::within(&TenantId::FIRST, dialled).is_ok()
}

/// A dialled string without what only makes it readable.
fn plain(dialled: &str) -> String {
    dialled.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect()
}

/// The code that is dialled, an exact one before a pattern, and what stands for its `X`.
fn code_in<'a>(plan: &'a Plan, dialled: &'a str) -> Option<(&'a PlanEntry, &'a str)> {
    let fits = |exact: bool| {
        let codes = plan.entries.iter().filter(move |entry| entry.on && entry.code.contains('X') != exact);
        codes.filter_map(|entry| Some((entry, matches_code(&entry.code, dialled)?))).next()
    };
    fits(true).or_else(|| fits(false))
}

/// Whether calling one's own extension from an idle phone starts a login (K9 has its own switch, rule 5).
pub fn own_extension_logs_in(plan: &Plan) -> bool {
    plan.entries.iter().any(|entry| entry.on && entry.feature == Feature::LoginByOwnExtension)
}

/// The logout code that the logout key dials: the first of the plan that is on.
pub fn logout_code(plan: &Plan) -> Option<&str> {
    plan.entries
        .iter()
        .find(|entry| entry.on && entry.feature == Feature::Logout)
        .map(|entry| entry.code.as_str())
}

/// The dialled string as it may be written down: whatever may be a PIN is masked (B10). That is what follows a login code
/// and its extension, and, because calling one's own extension is a login code as well, whatever follows an extension's
/// number without making another.
pub fn masked(dialled: &str, plan: &Plan, is_extension: impl Fn(&str) -> bool) -> String {
    let dialled: String = plain(dialled).chars().take(LONGEST_SHOWN).collect();
    let logins = plan.entries.iter().filter(|entry| entry.feature == Feature::LoginWithExtension);
    let heads = logins.filter_map(|entry| entry.code.split_once('X')).map(|(head, _)| head);
    let Some(head) = heads.filter(|head| dialled.starts_with(head)).max_by_key(|head| head.len()) else {
        let whole = || masked_code(&dialled, plan).unwrap_or_else(|| dialled.clone());
        return masked_number(&dialled, &is_extension).unwrap_or_else(whole);
    };
    let rest = &dialled[head.len()..];
    let number = masked_number(rest, &is_extension);
    // What is no extension's number may be a PIN from its first digit on.
    let is_whole = || is_extension(rest.trim_end_matches('*'));
    let shown =
        number.unwrap_or_else(|| if is_whole() { rest.trim_end_matches('*') } else { MASK }.to_owned());
    format!("{head}{shown}")
}

/// An extension's number with a mask for what follows it; `None` if the whole is such a number, or begins with none.
fn masked_number(dialled: &str, is_extension: impl Fn(&str) -> bool) -> Option<String> {
    if is_extension(dialled.trim_end_matches(['*', '#'])) {
        return None;
    }
    let digits = dialled.bytes().take_while(u8::is_ascii_digit).count();
    let number = (1..=digits.min(dialled.len().saturating_sub(1)))
        .rev()
        .find(|length| is_extension(&dialled[..*length]))?;
    Some(format!("{}{MASK}", &dialled[..number]))
}

/// A code with a mask for what follows it, or the beginning of what looks like a code and is none; `None` where nothing need
/// be masked.
fn masked_code(dialled: &str, plan: &Plan) -> Option<String> {
    if !dialled.starts_with('*') {
        return None;
    }
    let codes = plan.entries.iter().map(|entry| entry.code.as_str()).filter(|code| !code.is_empty());
    match codes.filter(|code| dialled.starts_with(code)).max_by_key(|code| code.len()) {
        Some(code) if code == dialled => None,
        Some(code) => Some(format!("{code}{MASK}")),
        None => Some(beginning(dialled)),
    }
}

/// The beginning of a code that is none of the plan's: too short for a PIN.
fn beginning(code: &str) -> String {
    match code.char_indices().nth(BEGINNING) {
        Some((end, _)) => format!("{}{MASK}", &code[..end]),
        None => code.to_owned(),
    }
}

/// How much is shown of a code that is none of the plan's, in characters: the star and one digit less than a PIN has.
const BEGINNING: usize = 4;

/// Stands for what is not written down.
pub const MASK: &str = "…";

/// How much of a dialled string is written down, in characters.
const LONGEST_SHOWN: usize = 64;

/// What stands for `X` when `dialled` fits `code`; a final `*` may be left out.
fn matches_code<'a>(code: &str, dialled: &'a str) -> Option<&'a str> {
    let fits = |code: &str| match code.split_once('X') {
        None => (code == dialled).then_some(""),
        Some((head, tail)) => {
            let middle = dialled.strip_prefix(head)?.strip_suffix(tail)?;
            (!middle.is_empty() && middle.bytes().all(|b| b.is_ascii_digit())).then_some(middle)
        }
    };
    if code.is_empty() {
        return None;
    }
    fits(code).or_else(|| fits(code.strip_suffix('*').filter(|head| head.len() > 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn italy() -> OfficeSettings {
        OfficeSettings { country: "IT".parse().ok(), ..OfficeSettings::default() }
    }

    /// Promises: rule1.
    #[test]
    fn every_dialled_string_has_one_meaning() {
        let plan = Plan::default();
        let cases = [
            ("112", Meaning::Emergency("112".into())),
            ("0112", Meaning::Emergency("112".into())),
            ("1 1 8", Meaning::Emergency("118".into())),
            ("*77*100*", Meaning::LogIn("100".into())),
            ("*77*100", Meaning::LogIn("100".into())),
            ("*77*5*", Meaning::LogOut),
            ("*77*5", Meaning::LogOut),
            ("*400", Meaning::LogOut),
            ("*12", Meaning::LogOut),
            ("*11", Meaning::LogInWithPrompts),
            ("*072", Meaning::LogInWithPrompts),
            ("*073", Meaning::LogOutWithPrompts),
            ("*13", Meaning::Toggle),
            ("100", Meaning::Extension("100".into())),
            ("*77**", Meaning::Unknown),
            ("*4001", Meaning::Unknown),
            ("ada", Meaning::Unknown),
            ("", Meaning::Unknown),
        ];
        for (dialled, expected) in cases {
            assert_eq!(meaning(dialled, &plan, &italy()), expected, "{dialled}");
        }
    }

    /// Promises: rule1.
    #[test]
    fn k26_a_code_that_is_off_does_nothing() {
        let mut plan = Plan::default();
        plan.entries.iter_mut().for_each(|entry| entry.on = false);
        assert_eq!(meaning("*400", &plan, &italy()), Meaning::Unknown);
        assert!(!own_extension_logs_in(&plan));
        assert_eq!(logout_code(&plan), None);
    }

    #[test]
    fn b8_an_emergency_number_is_known_however_it_ends() {
        for dialled in ["112#", "0112#", "11-2"] {
            assert_eq!(
                meaning(dialled, &Plan::default(), &italy()),
                Meaning::Emergency("112".into()),
                "{dialled}"
            );
        }
        assert_eq!(meaning("100#", &Plan::default(), &italy()), Meaning::Extension("100".into()));
        assert_eq!(meaning("*400#", &Plan::default(), &italy()), Meaning::LogOut);
    }

    #[test]
    fn b10_whatever_may_be_a_pin_is_masked() {
        let masked =
            |dialled| masked(dialled, &Plan::default(), |number| ["100", "101", "1001"].contains(&number));
        for (dialled, shown) in [
            ("*77*100*4071", "*77*100…"),
            ("*77-100*4071", "*771…"),
            ("* 77*100*4071", "*77*100…"),
            ("*77*100*", "*77*100"),
            ("*77*1004071", "*77*100…"),
            ("*77*9994071", "*77*…"),
            ("1004071", "100…"),
            ("100*4071", "100…"),
            ("100", "100"),
            ("1001", "1001"),
            ("100#", "100#"),
            ("10014071", "1001…"),
            ("4071", "4071"),
            ("*400", "*400"),
            ("*114071", "*11…"),
            ("*11*4071", "*11…"),
            ("*0724071", "*072…"),
            ("*134071#", "*13…"),
            ("*11", "*11"),
            ("*99", "*99"),
            ("", ""),
        ] {
            assert_eq!(masked(dialled), shown, "{dialled}");
        }
    }
}
