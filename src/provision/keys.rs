//! The keys of a phone: which position does what, over the model's full range.
//!
//! The first key is the phone's own line. After it comes the key by which people come and go: while somebody is logged in,
//! the logout key (C14), else the key of the phone's own hot-desk function, where it has one and is to have it (I5). Then
//! come the user's keys in their order, wishes that are empty left out and the rest moved up (C21). Every further position
//! is there too, as [`KeyUse::Nothing`], because a position that a file leaves out keeps what a former user had (B10).

use super::models::{has_hotdesk_key, room_of};
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
    /// Opens the phone's own hot-desk function.
    HotDesk,
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
        let has_function = state.hotdesk_key && has_hotdesk_key(&state.model);
        match logout {
            Some(code) => wanted.push(KeyUse::Logout { code, label: logout_label(state.language) }),
            None if has_function => wanted.push(KeyUse::HotDesk),
            None => {}
        }
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
            let extension = extension.digits().to_owned();
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
    use crate::provision::models::every_model;

    fn lamps(count: usize) -> Vec<KeyWish> {
        (0..count)
            .map(|n| KeyWish::Lamp {
                extension: format!("{}", 200 + n).parse().expect("a number of three digits"),
                label: format!("Desk {n}"),
            })
            .collect()
    }

    /// The layout as one letter a key: L line, O logout, H hot desk, B lamp, S speed dial, - nothing.
    fn letters(state: &PhoneState) -> String {
        KeyLayout::of(state)
            .positions
            .iter()
            .map(|key| match key {
                KeyUse::Line => 'L',
                KeyUse::Logout { .. } => 'O',
                KeyUse::HotDesk => 'H',
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
    fn c14_c21_b12_on_every_model_the_logout_key_comes_first_and_the_users_keys_fill_the_room() {
        let wishes = || {
            let mut keys = lamps(4);
            keys.insert(0, KeyWish::Speed { number: " ".to_owned(), label: "Empty".to_owned() });
            keys.insert(3, KeyWish::Speed { number: String::new(), label: String::new() });
            keys
        };
        for model in every_model() {
            let room = room_of(&model);
            for hotdesk_key in [false, true] {
                let state = PhoneState { hotdesk_key, ..example::logged_in(model.as_str(), wishes()) };
                let wanted = if room.keys <= 1 { "OBBBB" } else { "LOBBBB" };
                let mut expected = wanted[..wanted.len().min(room.keys)].to_owned();
                let rest = room.key_positions.max(room.keys) - expected.len();
                expected.push_str(&"-".repeat(rest));
                assert_eq!(letters(&state), expected, "{model}");
                let left_out = wanted.len().saturating_sub(room.keys);
                assert_eq!(KeyLayout::of(&state).left_out, left_out, "{model}");
            }
        }
    }

    #[test]
    fn i4_i5_the_key_of_the_phones_own_function_stands_where_the_logout_key_comes_on_models_that_have_it() {
        for (model, idle, in_use) in [
            ("yealink-t46u", "LH-", "LOB"),
            ("yealink-t38g", "LH-", "LOB"),
            ("yealink-t31p", "LH", "LO"),
            ("yealink-t28p", "L--", "LOB"),
            ("yealink-t19p", "", ""),
            ("yealink-t99x", "L--", "LO-"),
            ("yealink-w70b", "", ""),
            ("snom-d785", "L--", "LOB"),
        ] {
            let with_key = |state| PhoneState { hotdesk_key: true, ..state };
            assert_eq!(&letters(&with_key(example::idle(model)))[..idle.len()], idle, "{model}");
            let used = letters(&with_key(example::logged_in(model, lamps(1))));
            assert_eq!(&used[..in_use.len()], in_use, "{model}");
        }
        // A plan without logout codes has no logout key: the phone's own function is the way out.
        let no_code = PhoneState {
            logout_code: None,
            hotdesk_key: true,
            ..example::logged_in("yealink-t46u", lamps(1))
        };
        assert_eq!(&letters(&no_code)[..4], "LHB-");
    }

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
