//! Choosing a person: one list of names for a whole page, and what somebody types beside it.
//!
//! A page has one list of everybody, not one for each phone: an office of a thousand phones and a thousand people would
//! otherwise get a page with a million entries. Without the list, or where it would be too long, the number is typed.

use crate::model::{ExtensionNumber, ExtensionView};

/// The longest list that goes with a page.
const LISTED: usize = 1_000;

/// A person to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The number.
    pub number: String,
    /// The name.
    pub name: String,
}

/// Everybody, where that is no more than a page can carry.
pub fn listed<'e>(extensions: impl Iterator<Item = &'e ExtensionView>) -> Vec<Person> {
    let mut people: Vec<Person> = extensions
        .take(LISTED + 1)
        .map(|one| Person { number: one.number.to_string(), name: one.name.clone() })
        .collect();
    if people.len() > LISTED {
        people.clear();
    }
    people
}

/// Who is meant by a number, by a number with a name behind it, or by a name that one person alone has.
pub fn meant(extensions: &[ExtensionView], text: &str) -> Option<ExtensionNumber> {
    let text = text.trim();
    let first = text.split_whitespace().next().unwrap_or_default();
    let by_number = extensions.iter().find(|one| one.number.to_string() == first);
    if let Some(one) = by_number {
        return Some(one.number.clone());
    }
    let wanted = text.to_lowercase();
    let mut called = extensions.iter().filter(|one| !wanted.is_empty() && one.name.to_lowercase() == wanted);
    match (called.next(), called.next()) {
        (Some(one), None) => Some(one.number.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: &str, name: &str) -> ExtensionView {
        ExtensionView {
            number: number.parse().expect("a number"),
            name: name.to_owned(),
            hotdesk: true,
            has_pin: true,
            logged_in_at: Vec::new(),
            owns: Vec::new(),
            reachable: false,
        }
    }

    #[test]
    fn a_person_is_meant_by_number_or_by_a_name_that_is_not_shared() {
        let all = [person("100", "Ada Rossi"), person("101", "Bob"), person("102", "Bob")];
        let meant = |text: &str| meant(&all, text).map(|number| number.to_string());
        for text in ["100", " 100 ", "100 Ada Rossi", "ada rossi"] {
            assert_eq!(meant(text).as_deref(), Some("100"), "{text}");
        }
        for text in ["", "Bob", "Ada", "999", "hotdesk"] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_too_long_for_a_page_is_left_out() {
        let all: Vec<_> = (0..1_001).map(|n| person(&format!("{}", 2000 + n), "x")).collect();
        assert_eq!(listed(all.iter()).len(), 0);
        assert_eq!(listed(all[1..].iter()).len(), 1_000);
    }
}
