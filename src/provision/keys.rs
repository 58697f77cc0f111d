//! The keys of a phone: which position does what, over the model's full range.
//!
//! The first key is the phone's own line; while somebody is logged in, the logout key follows (C14); after it come the
//! user's keys in their order, wishes that are empty left out and the rest moved up (C21). Every further position is there
//! too, as [`KeyUse::Nothing`], because a position that a file leaves out keeps what a former user had (B10).

use super::models::room_of;
use super::text::{dialable, one_line};
use crate::model::{KeyWish, Language, PhoneState};

/// What one key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyUse {
    /// The phone's line.
    Line,
    /// Dials the logout code.
    Logout {
        /// What it dials.
        code: String,
        /// What stands beside it, in the phone's language.
        label: &'static str,
    },
    /// Shows whether an extension is busy, and calls it.
    Lamp {
        /// The extension.
        extension: String,
        /// What stands beside it.
        label: String,
    },
    /// Dials a number.
    Speed {
        /// The number.
        number: String,
        /// What stands beside it.
        label: String,
    },
    /// Explicitly nothing.
    Nothing,
}

/// The keys of a phone from the first position on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLayout {
    /// One entry for each position of the model's full range.
    pub positions: Vec<KeyUse>,
    /// How many of the user's keys found no room.
    pub left_out: usize,
}

impl KeyLayout {
    /// The layout for a phone in this state.
    pub fn of(state: &PhoneState) -> Self {
        let room = room_of(&state.model);
        let mut wanted = Vec::new();
        let logout = state.logout_code.as_deref().map(dialable).filter(|code| !code.is_empty());
        // With a single key the logout matters more: a phone calls without a line key, but has no other way out at hand.
        if room.keys > 1 || logout.is_none() {
            wanted.push(KeyUse::Line);
        }
        wanted.extend(logout.map(|code| KeyUse::Logout { code, label: logout_label(state.language) }));
        wanted.extend(state.keys.iter().filter_map(user_key));

        let left_out = wanted.len().saturating_sub(room.keys);
        wanted.truncate(room.keys);
        wanted.resize(room.key_positions.max(room.keys), KeyUse::Nothing);
        Self { positions: wanted, left_out }
    }
}

/// A wish as a key, unless it is empty.
fn user_key(wish: &KeyWish) -> Option<KeyUse> {
    match wish {
        KeyWish::Lamp { extension, label } => {
            let extension = extension.to_string();
            let label = label_or(label, &extension);
            Some(KeyUse::Lamp { extension, label })
        }
        KeyWish::Speed { number, label } => {
            let number = dialable(number);
            let label = label_or(label, &number);
            (!number.is_empty()).then_some(KeyUse::Speed { number, label })
        }
    }
}

fn label_or(label: &str, otherwise: &str) -> String {
    let label = one_line(label);
    if label.is_empty() { otherwise.to_owned() } else { label }
}

fn logout_label(language: Language) -> &'static str {
    match language {
        Language::En => "Log out",
        Language::It => "Esci",
        Language::De => "Abmelden",
        Language::Fr => "Quitter",
        Language::Es => "Salir",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision::example;

    fn lamps(count: usize) -> Vec<KeyWish> {
        (0..count)
            .map(|n| KeyWish::Lamp {
                extension: format!("{}", 200 + n).parse().expect("a number of three digits"),
                label: format!("Desk {n}"),
            })
            .collect()
    }

    /// The layout as one letter a key: L line, O logout, B lamp, S speed dial, - nothing.
    fn letters(state: &PhoneState) -> String {
        KeyLayout::of(state)
            .positions
            .iter()
            .map(|key| match key {
                KeyUse::Line => 'L',
                KeyUse::Logout { .. } => 'O',
                KeyUse::Lamp { .. } => 'B',
                KeyUse::Speed { .. } => 'S',
                KeyUse::Nothing => '-',
            })
            .collect()
    }

    #[test]
    fn an_idle_phone_has_its_line_and_clears_the_rest() {
        assert_eq!(letters(&example::idle("snom-d717")), "L--");
        assert_eq!(letters(&example::idle("yealink-t19p")), "");
    }

    /// Promises: C14, C21, B12.
    #[test]
    fn the_logout_key_comes_first_and_the_users_keys_move_down_past_it() {
        let mut state = example::logged_in("snom-d315", lamps(2));
        assert_eq!(letters(&state), "LOBB-");
        state.logout_code = None;
        assert_eq!(letters(&state), "LBB--");
    }

    /// Promises: C21.
    #[test]
    fn keys_that_are_empty_are_dropped_and_the_others_move_up() {
        let mut keys = lamps(2);
        keys.insert(1, KeyWish::Speed { number: " \n".to_owned(), label: "Nothing".to_owned() });
        keys.insert(0, KeyWish::Speed { number: "+39 055 1234".to_owned(), label: String::new() });
        let state = example::logged_in("snom-d315", keys);
        assert_eq!(letters(&state), "LOSBB");
        let speed = KeyLayout::of(&state).positions.swap_remove(2);
        assert_eq!(speed, KeyUse::Speed { number: "+390551234".to_owned(), label: "+390551234".to_owned() });
    }

    /// Promises: B12.
    #[test]
    fn keys_that_find_no_room_are_counted() {
        let layout = KeyLayout::of(&example::logged_in("yealink-t31p", lamps(3)));
        assert_eq!((layout.positions.len(), layout.left_out), (2, 3));
        let layout = KeyLayout::of(&example::logged_in("yealink-t46u", lamps(30)));
        assert_eq!((layout.positions.len(), layout.left_out), (27, 5));
    }

    #[test]
    fn the_logout_key_speaks_the_phones_language() {
        let mut state = example::logged_in("snom-d315", Vec::new());
        for (language, label) in [
            (Language::En, "Log out"),
            (Language::It, "Esci"),
            (Language::De, "Abmelden"),
            (Language::Fr, "Quitter"),
            (Language::Es, "Salir"),
        ] {
            state.language = language;
            let key = KeyLayout::of(&state).positions.swap_remove(1);
            assert_eq!(key, KeyUse::Logout { code: "*400".to_owned(), label });
        }
    }
}
