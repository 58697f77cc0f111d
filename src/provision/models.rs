//! What each model has room for: keys, accounts, expansion modules.
//!
//! Taken from the makers' product sheets as far as they are remembered in public provisioning templates, not from phones
//! on a desk; a row marked `?` is a guess towards the smaller number. A model that is not listed is given two keys, which
//! every phone with keys has, while its file still clears the largest range its maker builds, so that nothing of a
//! former user stays behind (B10).

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
    Room { keys: 2, key_positions: 29, accounts: 16, modules: (3, 60), memory_keys: 10 };
const UNKNOWN_SNOM: Room =
    Room { keys: 2, key_positions: 48, accounts: 12, modules: (3, 18), memory_keys: 0 };

const YEALINK: [(&str, Room); 38] = [
    ("t18", Room::of(0, 1)),
    ("t19", Room::of(0, 1)),
    ("t20", Room::of(2, 2)),
    ("t21", Room::of(2, 2)),
    ("t22", Room::of(3, 3)),
    ("t23", Room::of(3, 3)),
    ("t26", Room::of(3, 3).with_modules(6, 38).with_memory_keys(10)),
    ("t27", Room::of(21, 6).with_modules(6, 40)),
    ("t28", Room::of(6, 6).with_modules(6, 38).with_memory_keys(10)),
    ("t29", Room::of(27, 16).with_modules(6, 40)),
    ("t30", Room::of(0, 1)),
    ("t31", Room::of(2, 2)),
    ("t32", Room::of(3, 3)),
    ("t33", Room::of(12, 4)),
    ("t34", Room::of(12, 4)), // ?
    ("t38", Room::of(6, 6).with_modules(6, 38).with_memory_keys(10)),
    ("t40", Room::of(3, 3)),
    ("t41", Room::of(15, 6)),
    ("t42", Room::of(15, 12)),
    ("t43", Room::of(21, 12).with_modules(3, 60)),
    ("t44", Room::of(21, 12).with_modules(3, 60)), // ?
    ("t46", Room::of(27, 16).with_modules(6, 60)),
    ("t48", Room::of(29, 16).with_modules(6, 60)),
    ("t49", Room::of(29, 16)),
    ("t52", Room::of(21, 12).with_modules(3, 60)),
    ("t53", Room::of(21, 12).with_modules(3, 60)),
    ("t54", Room::of(27, 16).with_modules(3, 60)),
    ("t56", Room::of(27, 16).with_modules(3, 60)),
    ("t57", Room::of(29, 16).with_modules(3, 60)),
    ("t58", Room::of(27, 16).with_modules(3, 60)),
    ("vp59", Room::of(27, 16).with_modules(3, 60)),
    ("t73", Room::of(21, 12).with_modules(3, 60)), // ?
    ("t74", Room::of(21, 12).with_modules(3, 60)), // ?
    ("t77", Room::of(27, 16).with_modules(3, 60)), // ?
    ("t8", Room::of(27, 16).with_modules(3, 60)),  // ?
    ("cp", Room::of(0, 1)),
    ("ax", Room::of(0, 1)), // ?
    ("w", Room::of(0, 20)),
];

const SNOM: [(&str, Room); 24] = [
    ("d120", Room::of(2, 2)),
    ("d140", Room::of(2, 2)), // ?
    ("d150", Room::of(2, 2)), // ?
    ("d305", Room::of(5, 4)), // ?
    ("d315", Room::of(5, 4)),
    ("d335", Room::of(8, 12)), // ?
    ("d345", Room::of(48, 12).with_modules(3, 18)),
    ("d375", Room::of(12, 12).with_modules(3, 18)),
    ("d385", Room::of(48, 12).with_modules(3, 18)),
    ("d710", Room::of(5, 4)),
    ("d712", Room::of(5, 4)),
    ("d713", Room::of(4, 6)), // ?
    ("d715", Room::of(5, 4).with_modules(3, 18)),
    ("d717", Room::of(6, 6)), // ?
    ("d725", Room::of(18, 12).with_modules(3, 18)),
    ("d735", Room::of(32, 12).with_modules(3, 18)),
    ("d745", Room::of(32, 12).with_modules(3, 18)),
    ("d765", Room::of(16, 12).with_modules(3, 18)),
    ("d785", Room::of(24, 12).with_modules(3, 18)),
    ("d812", Room::of(8, 12)),                     // ?
    ("d86", Room::of(32, 12).with_modules(3, 18)), // ?
    ("3", Room::of(6, 4)),                         // the 300, the smallest
    ("7", Room::of(5, 4)),                         // the 710, the smallest
    ("m", Room::of(0, 20)),
];
