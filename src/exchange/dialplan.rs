//! The dial plan: a dialled string and what it means. A pure function, and the check that no two entries collide.
//!
//! Emergency numbers are matched before everything else (HOTDESK B8), an exact code before a pattern (rule 1), codes
//! before extensions. Not here: who may dial what (`exchange`), and where a call then rings.

pub mod emergency;

use crate::model::{Country, ExtensionNumber, Feature, Plan, PlanEntry};

/// What a dialled string means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// An emergency number, without an outside-line prefix.
    Emergency(String),
    /// The login code with what stands for the extension; it may be no extension at all.
    LogIn(String),
    /// A logout code.
    LogOut,
    /// An extension's number, whether or not there is such an extension.
    Extension(ExtensionNumber),
    /// None of these.
    Unknown,
}

/// What `dialled` means in this plan and country.
pub fn meaning(dialled: &str, plan: &Plan, country: Option<Country>) -> Meaning {
    let dialled: String = dialled.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    if let Some(number) = emergency::recognise(&dialled, country) {
        return Meaning::Emergency(number.to_owned());
    }
    let codes = || plan.entries.iter().filter(|entry| entry.on && !entry.code.is_empty());
    let exact =
        codes().find(|entry| !entry.code.contains('X') && matches_code(&entry.code, &dialled).is_some());
    let found = exact.or_else(|| codes().find(|entry| matches_code(&entry.code, &dialled).is_some()));
    match found {
        Some(PlanEntry { feature: Feature::Logout, .. }) => Meaning::LogOut,
        Some(PlanEntry { feature: Feature::LoginWithExtension, code, .. }) => {
            Meaning::LogIn(matches_code(code, &dialled).unwrap_or_default().to_owned())
        }
        Some(PlanEntry { feature: Feature::LoginByOwnExtension, .. }) | None => {
            dialled.parse().map_or(Meaning::Unknown, Meaning::Extension)
        }
    }
}

/// Whether calling one's own extension from an idle phone starts a login (K9 has its own switch, rule 5).
pub fn own_extension_logs_in(plan: &Plan) -> bool {
    plan.entries.iter().any(|entry| entry.on && entry.feature == Feature::LoginByOwnExtension)
}

/// The logout code that the logout key dials: the shortest one that is on.
pub fn logout_code(plan: &Plan) -> Option<&str> {
    plan.entries
        .iter()
        .filter(|entry| entry.on && entry.feature == Feature::Logout)
        .map(|entry| entry.code.as_str())
        .min_by_key(|code| code.len())
}

/// The dialled string as it may be written down: what follows a login code is masked (B10).
pub fn masked(dialled: &str, plan: &Plan) -> String {
    for entry in plan.entries.iter().filter(|entry| entry.feature == Feature::LoginWithExtension) {
        let Some((head, _)) = entry.code.split_once('X') else { continue };
        let Some(rest) = dialled.strip_prefix(head) else { continue };
        let extension: String = rest.chars().take_while(char::is_ascii_digit).take(8).collect();
        let beyond = rest[extension.len()..].trim_start_matches('*');
        let mask = if beyond.is_empty() { "" } else { "…" };
        return format!("{head}{extension}{mask}");
    }
    dialled.chars().take(64).collect()
}

/// Two entries, or an entry and a number, that mean the same dialled string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{first} and {second} would be dialled alike: change one of them")]
pub struct Conflict {
    /// One side, in words.
    pub first: String,
    /// The other side.
    pub second: String,
}

/// Every collision in a plan with these extensions and this country's emergency numbers; empty when all is well.
pub fn conflicts<'a>(
    plan: &Plan,
    extensions: impl IntoIterator<Item = &'a ExtensionNumber>,
    country: Option<Country>,
) -> Vec<Conflict> {
    let mut found = Vec::new();
    let codes: Vec<_> = plan.entries.iter().filter(|entry| entry.on && !entry.code.is_empty()).collect();
    for (index, one) in codes.iter().enumerate() {
        for other in &codes[index + 1..] {
            if collide(&one.code, &other.code) {
                let side = |entry: &PlanEntry| format!("the code {} ({:?})", entry.code, entry.feature);
                found.push(Conflict { first: side(one), second: side(other) });
            }
        }
        for number in emergency::numbers(country) {
            if one.code.trim_start_matches('*').is_empty() || one.code.starts_with(number) {
                let first = format!("the code {}", one.code);
                found.push(Conflict { first, second: format!("the emergency number {number}") });
            }
        }
    }
    for extension in extensions {
        found.extend(extension_conflict(extension, plan, country));
    }
    found
}

/// The first collision of one extension's number with the plan or with an emergency number.
pub fn extension_conflict(
    extension: &ExtensionNumber,
    plan: &Plan,
    country: Option<Country>,
) -> Option<Conflict> {
    let first = format!("extension {extension}");
    if let Some(number) = emergency::shadowed_by(extension.as_str(), country) {
        return Some(Conflict { first, second: format!("the emergency number {number}") });
    }
    let on = || plan.entries.iter().filter(|entry| entry.on);
    if let Some(code) = on().find(|entry| matches_code(&entry.code, extension.as_str()).is_some()) {
        return Some(Conflict { first, second: format!("the code {}", code.code) });
    }
    // `*77*5*` is a logout: an extension 5 could never log in by `*77*5*`.
    for pattern in on().filter(|entry| entry.feature == Feature::LoginWithExtension) {
        let login = pattern.code.replace('X', extension.as_str());
        let exact =
            on().find(|entry| !entry.code.contains('X') && matches_code(&entry.code, &login).is_some());
        if let Some(code) = exact {
            let first = format!("the login code of extension {extension}");
            return Some(Conflict { first, second: format!("the code {} ({:?})", code.code, code.feature) });
        }
    }
    None
}

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

/// Whether two codes can be meant by one string; an exact code inside a pattern is allowed (exact beats pattern).
fn collide(one: &str, other: &str) -> bool {
    let bare = |code: &str| code.trim_end_matches('*').to_owned();
    match (one.split_once('X'), other.split_once('X')) {
        (None, None) => bare(one) == bare(other),
        (Some((one, _)), Some((other, _))) => one.starts_with(other) || other.starts_with(one),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn italy() -> Option<Country> {
        Some("IT".parse().expect("a country"))
    }

    fn number(text: &str) -> ExtensionNumber {
        text.parse().expect("a number")
    }

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
            ("100", Meaning::Extension(number("100"))),
            ("*77**", Meaning::Unknown),
            ("*4001", Meaning::Unknown),
            ("ada", Meaning::Unknown),
            ("", Meaning::Unknown),
        ];
        for (dialled, expected) in cases {
            assert_eq!(meaning(dialled, &plan, italy()), expected, "{dialled}");
        }
    }

    #[test]
    fn k26_a_code_that_is_off_does_nothing() {
        let mut plan = Plan::default();
        plan.entries.iter_mut().for_each(|entry| entry.on = false);
        assert_eq!(meaning("*400", &plan, italy()), Meaning::Unknown);
        assert!(!own_extension_logs_in(&plan));
        assert_eq!(logout_code(&plan), None);
    }

    #[test]
    fn c22_a_conflict_names_both_sides() {
        let mut plan = Plan::default();
        plan.entries.push(PlanEntry { code: "*7X".into(), feature: Feature::LoginWithExtension, on: true });
        let found = conflicts(&plan, [&number("5"), &number("112"), &number("1180")], italy());
        let text: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(text.iter().any(|line| line.contains("*77*X*") && line.contains("*7X")), "{text:?}");
        assert!(text.iter().any(|line| line.contains("extension 5") && line.contains("*77*5*")), "{text:?}");
        assert!(text.iter().any(|line| line.contains("extension 112")), "{text:?}");
        assert!(text.iter().any(|line| line.contains("extension 1180") && line.contains("118")), "{text:?}");
        assert_eq!(conflicts(&Plan::default(), [&number("100")], italy()), []);
    }

    #[test]
    fn b10_what_follows_a_login_code_is_masked() {
        let plan = Plan::default();
        assert_eq!(masked("*77*100*4071", &plan), "*77*100…");
        assert_eq!(masked("*77*100*", &plan), "*77*100");
        assert_eq!(masked("101", &plan), "101");
    }
}
