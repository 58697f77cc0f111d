//! What each model has room for: keys, accounts, expansion modules.
//!
//! Keys and modules are those of an open-source provisioner that drives these models, accounts those of the product
//! sheets (a file may clear more accounts than a phone has: it ignores the rest); a row marked `?` is a guess towards the
//! smaller number. Nothing was counted on a real phone yet. A model that is not listed is given two keys, which every
//! phone with keys has, while its file clears the largest range its maker builds, so that nothing of a former user stays
//! behind (B10).

use crate::model::{ModelName, Vendor};

use super::refresh::word;

/// The room a model has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Keys beside the screen that a person can reach, all pages counted.
    pub keys: usize,
    /// Key positions a file must write so that none keeps a former user's.
    pub key_positions: usize,
    /// Accounts the phone can hold.
    pub accounts: usize,
    /// Expansion modules that can be plugged in, and the keys of each.
    pub modules: (usize, usize),
    /// Memory keys apart from the line keys (Yealink's oldest models).
    pub memory_keys: usize,
}

impl Room {
    const fn of(keys: usize, accounts: usize) -> Self {
        Self { keys, key_positions: keys, accounts, modules: (0, 0), memory_keys: 0 }
    }

    const fn with_modules(self, count: usize, keys: usize) -> Self {
        Self { modules: (count, keys), ..self }
    }

    const fn with_memory_keys(self, memory_keys: usize) -> Self {
        Self { memory_keys, ..self }
    }
}

/// Whether `model` has a key for a hot-desk function of its own, at which a user types number and PIN (I4).
///
/// The promise names T38 and T4x and later. Yealink's manual of the T2 series describes the key for those that were sold
/// with it (T21 E2, T23, T27, T29), and a file of another provisioner carries settings of it for the T33, so that series is
/// counted as later than T4x. Left out are models without line keys, those older than the manual, conference phones and
/// DECT bases. Not tried on phones yet.
pub fn has_hotdesk_key(model: &ModelName) -> bool {
    let word = word(model);
    let word = word.strip_prefix("vp-").unwrap_or(word);
    model.vendor() == Vendor::Yealink && WITH_HOTDESK_KEY.iter().any(|start| word.starts_with(start))
}

/// Yealink's models with such a key, by how their names begin.
const WITH_HOTDESK_KEY: [&str; 13] =
    ["t21", "t23", "t27", "t29", "t31", "t33", "t34", "t38", "t4", "t5", "t7", "t8", "vp59"];

/// The room `model` has.
pub fn room_of(model: &ModelName) -> Room {
    let word = word(model);
    let table: &[(&str, Room)] = match model.vendor() {
        Vendor::Yealink => &YEALINK,
        Vendor::Snom => &SNOM,
        Vendor::Generic => return Room::of(0, 1),
    };
    let unknown = match model.vendor() {
        Vendor::Snom => UNKNOWN_SNOM,
        _ => UNKNOWN_YEALINK,
    };
    let word = word.strip_prefix("vp-").unwrap_or(word);
    // `t46` stands for T46G, T46S and T46U: the longest row that the model begins with.
    table
        .iter()
        .filter(|(start, _)| word.starts_with(start))
        .max_by_key(|(start, _)| start.len())
        .map_or(unknown, |(_, room)| *room)
}

const UNKNOWN_YEALINK: Room =
    Room { keys: 2, key_positions: 84, accounts: 16, modules: (6, 78), memory_keys: 10 };
const UNKNOWN_SNOM: Room =
    Room { keys: 2, key_positions: 48, accounts: 12, modules: (4, 60), memory_keys: 0 };

const YEALINK: [(&str, Room); 43] = [
    ("t18", Room::of(0, 1)),
    ("t19", Room::of(0, 1)),
    ("t20", Room::of(2, 2)), // ?
    ("t21", Room::of(2, 2)),
    ("t22", Room::of(3, 3)), // ?
    ("t23", Room::of(3, 3)),
    ("t26", Room::of(3, 3).with_modules(6, 38).with_memory_keys(10)), // ?
    ("t27", Room::of(21, 6).with_modules(6, 40)),
    ("t28", Room::of(6, 6).with_modules(6, 38).with_memory_keys(10)), // ?
    ("t29", Room::of(27, 16).with_modules(6, 40)),
    ("t30", Room::of(0, 1)),
    ("t31", Room::of(2, 2)),
    ("t32", Room::of(3, 3)), // ?
    ("t33", Room::of(12, 4)),
    ("t34", Room::of(12, 4)),
    ("t38", Room::of(6, 6).with_modules(6, 38).with_memory_keys(10)), // ?
    ("t40", Room::of(3, 3)),
    ("t41", Room::of(15, 6)),
    ("t42", Room::of(15, 12)),
    ("t43", Room::of(21, 12).with_modules(3, 60)),
    ("t44", Room::of(21, 12).with_modules(3, 60)),
    ("t46", Room::of(27, 16).with_modules(6, 40)),
    ("t46u", Room::of(27, 16).with_modules(3, 60)),
    ("t48", Room::of(29, 16).with_modules(6, 40)),
    ("t48u", Room::of(29, 16).with_modules(3, 60)),
    ("t49", Room { keys: 4, key_positions: 29, accounts: 16, modules: (3, 60), memory_keys: 0 }),
    ("t52", Room::of(21, 12).with_modules(3, 60)),
    ("t53", Room::of(21, 12).with_modules(3, 60)),
    ("t54", Room::of(27, 16).with_modules(3, 60)),
    ("t56", Room::of(27, 16).with_modules(3, 60)),
    ("t57", Room::of(29, 16).with_modules(3, 60)),
    ("t58", Room::of(27, 16).with_modules(3, 60)),
    ("vp59", Room::of(27, 16).with_modules(3, 60)),
    ("t73", Room::of(40, 16).with_modules(3, 78)),
    ("t74", Room::of(50, 16).with_modules(3, 78)),
    ("t77", Room::of(56, 16).with_modules(3, 78)),
    ("t85", Room::of(60, 16).with_modules(3, 78)),
    ("t87", Room::of(84, 16).with_modules(3, 78)),
    ("t88", Room::of(84, 16).with_modules(3, 78)),
    ("cp", Room::of(0, 16)), // ?
    ("ax", Room::of(0, 16)),
    ("vp530", Room::of(0, 4)), // ?
    ("w", Room::of(0, 20)),    // ?
];

const SNOM: [(&str, Room); 27] = [
    ("d120", Room::of(2, 12)),
    ("d140", Room::of(2, 12).with_modules(3, 18)),
    ("d150", Room::of(2, 12).with_modules(3, 18)),
    ("d305", Room::of(5, 12).with_modules(3, 18)),
    ("d315", Room::of(5, 12).with_modules(3, 18)),
    ("d335", Room::of(48, 12).with_modules(3, 18)),
    ("d345", Room::of(48, 12).with_modules(3, 18)),
    ("d375", Room::of(12, 12).with_modules(3, 18)),
    ("d385", Room::of(48, 12).with_modules(3, 18)),
    ("d710", Room::of(5, 12).with_modules(3, 18)),
    ("d712", Room::of(5, 12).with_modules(3, 18)),
    ("d713", Room::of(4, 12).with_modules(3, 18)),
    ("d715", Room::of(5, 12).with_modules(3, 18)),
    ("d717", Room::of(3, 12).with_modules(3, 18)),
    ("d725", Room::of(18, 12).with_modules(3, 18)),
    ("d735", Room::of(32, 12).with_modules(3, 18)),
    ("d745", Room::of(32, 12).with_modules(3, 18)),
    ("d765", Room::of(16, 12).with_modules(3, 18)),
    ("d785", Room::of(24, 12).with_modules(4, 18)),
    ("d810", Room::of(4, 12).with_modules(3, 60)),
    ("d812", Room::of(28, 12).with_modules(3, 60)),
    ("d815", Room::of(36, 12).with_modules(3, 60)),
    ("d862", Room::of(28, 12).with_modules(3, 60)),
    ("d865", Room::of(36, 12).with_modules(3, 60)),
    ("d892", Room::of(36, 12).with_modules(3, 60)),
    ("sp800", Room::of(28, 12).with_modules(3, 18)),
    ("m", Room::of(0, 20)), // ?
];

/// A model of every row, for tests that ask all of them.
#[cfg(test)]
pub(super) fn every_model() -> Vec<ModelName> {
    let rows = [("yealink", YEALINK.as_slice()), ("snom", SNOM.as_slice())];
    let known =
        rows.iter().flat_map(|(maker, rows)| rows.iter().map(move |(word, _)| format!("{maker}-{word}x")));
    known
        .chain(["yealink-unknown", "snom-unknown"].map(str::to_owned))
        .map(|name| name.parse().expect("every row begins a model's name"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(name: &str) -> Room {
        room_of(&name.parse().expect("a model of the test's own"))
    }

    #[test]
    fn every_variant_of_a_model_has_its_keys() {
        for (name, keys) in [
            ("yealink-t46u", 27),
            ("yealink-t46s", 27),
            ("yealink-t31p", 2),
            ("yealink-t57w", 29),
            ("yealink-vp-t49g", 4),
            ("yealink-vp59", 27),
            ("snom-d785", 24),
            ("snom-d120", 2),
            ("snom-d717", 3),
        ] {
            assert_eq!(room(name).keys, keys, "{name}");
        }
    }

    #[test]
    fn an_unknown_model_gets_few_keys_but_is_cleared_over_the_widest_range() {
        for (name, table) in [("yealink-t99x", YEALINK.as_slice()), ("snom-d999", SNOM.as_slice())] {
            let unknown = room(name);
            assert_eq!(unknown.keys, 2);
            let widest = |of: fn(&Room) -> usize| table.iter().map(|(_, room)| of(room)).max();
            assert!(Some(unknown.key_positions) >= widest(|room| room.key_positions), "{name}");
            assert!(Some(unknown.modules.1) >= widest(|room| room.modules.1), "{name}");
            assert!(Some(unknown.memory_keys) >= widest(|room| room.memory_keys), "{name}");
        }
    }
}
