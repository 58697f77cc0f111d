//! An office for the tests of this room.

use super::apply;
use super::office_file::Draft;
use super::rules::Rules;
use crate::model::{Country, Fresh, Office, OfficeSettings, OfficeWish};

/// Runs a check with the numbers of two countries.
pub fn rules<T>(check: impl FnOnce(&Rules) -> T) -> T {
    let numbers_of_country = |country: Country| match country.to_string().as_str() {
        "IT" => vec!["112".to_owned(), "113".to_owned()],
        "GB" => vec!["112".to_owned(), "999".to_owned()],
        _ => Vec::new(),
    };
    let emergency_numbers = |settings: &OfficeSettings| {
        let of_country = numbers_of_country(settings.country?);
        let own = settings.emergency_numbers.as_ref();
        let own = own.map(|own| own.iter().map(ToString::to_string).collect());
        (!of_country.is_empty()).then(|| own.unwrap_or(of_country))
    };
    check(&Rules { emergency_numbers: &emergency_numbers, numbers_of_country: &numbers_of_country })
}

/// Fresh numbers and a seed that stands for chance.
pub fn fresh(seed: u8) -> Fresh {
    Fresh { last_device: 0, last_screen_name: 0, seed: [seed; 32] }
}

/// The office that a wish makes of an empty one.
pub fn office_of(wish: &OfficeWish) -> Office {
    let present = Office::default();
    apply::after(&present, &apply::changes(&present, wish, fresh(1)))
}

/// The office of a file that has no fault.
pub fn office(text: &str) -> Office {
    office_of(&draft(text).wish)
}

/// A file that has no fault, read.
pub fn draft(text: &str) -> Draft {
    rules(|rules| super::office_file::read(text, rules)).unwrap_or_else(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", faults.join("\n"))
    })
}
