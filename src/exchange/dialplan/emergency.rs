//! Emergency numbers by country, from a data file that names the source of each row; a tenant may have others.
//!
//! `emergency.tsv` has a line per country: ISO code, numbers, outside-line prefix that offices there commonly dial,
//! source. Lines that start with `#` are comments.

use crate::model::{Country, EmergencyNumber, OfficeSettings};

const TABLE: &str = include_str!("emergency.tsv");

struct Row {
    country: &'static str,
    numbers: &'static str,
    prefix: &'static str,
}

/// The emergency numbers of a tenant, the general one first: its own, where it has said any, else its country's; 112 and
/// 911 where no country is set yet.
pub fn numbers(home: &OfficeSettings) -> Vec<&str> {
    match (&home.emergency_numbers, home.country) {
        (Some(own), _) => own.iter().map(EmergencyNumber::as_str).collect(),
        (None, Some(country)) => numbers_of_country(country),
        (None, None) => vec!["112", "911"],
    }
}

/// The emergency numbers of a country, the general one first; none where Perch does not know them.
pub fn numbers_of_country(country: Country) -> Vec<&'static str> {
    row(country).map(|row| row.numbers.split(' ').collect()).unwrap_or_default()
}

/// Every country Perch knows, by code.
pub fn countries() -> Vec<Country> {
    rows().filter_map(|row| row.country.parse().ok()).collect()
}

/// The emergency number that was dialled, with or without the outside-line prefix of the country.
pub fn recognise<'s>(dialled: &str, home: &'s OfficeSettings) -> Option<&'s str> {
    let without = home.country.and_then(prefix).and_then(|prefix| dialled.strip_prefix(prefix));
    numbers(home).into_iter().find(|number| dialled == *number || without == Some(*number))
}

/// The same for a string as it was dialled, with what only makes it readable and a `#` that ends it.
pub fn recognise_dialled<'s>(dialled: &str, home: &'s OfficeSettings) -> Option<&'s str> {
    recognise(super::plain(dialled).trim_end_matches('#'), home)
}

/// The number for an emergency service (RFC 5031 §4.2, as in `service:sos.fire`): the tenant's general one for each.
pub fn number_of_service<'s>(service: &str, home: &'s OfficeSettings) -> Option<&'s str> {
    const SOS: &str = "service:sos";
    let (head, rest) = service.split_at_checked(SOS.len())?;
    let is_sos = head.eq_ignore_ascii_case(SOS) && (rest.is_empty() || rest.starts_with(['.', ';', '?']));
    numbers(home).into_iter().find(|_| is_sos)
}

/// The prefix that offices of a country commonly dial for an outside line; `None` where Perch does not know the country, in
/// which no office can be.
pub fn prefix(country: Country) -> Option<&'static str> {
    row(country).map(|row| row.prefix)
}

fn row(country: Country) -> Option<Row> {
    let code = country.to_string();
    rows().find(|row| row.country == code)
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Row { country: fields.next()?, numbers: fields.next()?, prefix: fields.next()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISED: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK \
                            GB CH NO US CA AU NZ";

    fn at(country: &str) -> OfficeSettings {
        OfficeSettings { country: country.parse().ok(), ..OfficeSettings::default() }
    }

    /// Promises: B8.
    #[test]
    fn the_numbers_of_a_tenant_take_the_place_of_its_countrys() {
        let own = ["911", "112"].map(|number| number.parse().expect("a number"));
        let settings = OfficeSettings { emergency_numbers: Some(own.to_vec()), ..at("IT") };
        for (dialled, meant) in [
            ("911", Some("911")),
            ("0911", Some("911")),
            ("112", Some("112")),
            ("118", None),
            ("00112", None),
        ] {
            assert_eq!(recognise(dialled, &settings), meant, "{dialled}");
        }
        assert_eq!(number_of_service("service:sos.fire", &settings), Some("911"));
        assert_eq!(numbers(&OfficeSettings { emergency_numbers: Some(Vec::new()), ..settings }), [""; 0]);
    }

    #[test]
    fn every_promised_country_has_numbers_a_prefix_and_a_source() {
        for code in PROMISED.split_whitespace() {
            let line = TABLE
                .lines()
                .find(|line| line.starts_with(code))
                .unwrap_or_else(|| panic!("no row for {code}"));
            let fields: Vec<_> = line.split('\t').collect();
            assert_eq!(fields.len(), 4, "{line}");
            assert!(
                fields[1].split(' ').all(|n| n.len() >= 2 && n.bytes().all(|b| b.is_ascii_digit())),
                "{line}"
            );
            assert!(!fields[3].is_empty(), "{line}");
        }
    }

    #[test]
    fn every_member_state_of_the_union_has_112_first() {
        for code in PROMISED.split_whitespace().take(27) {
            assert_eq!(numbers(&at(code)).first(), Some(&"112"), "{code}");
        }
    }

    #[test]
    fn each_emergency_service_has_the_general_number() {
        let italy = at("IT");
        for service in ["service:sos", "SERVICE:SOS", "service:sos.fire"] {
            assert_eq!(number_of_service(service, &italy), Some("112"), "{service}");
        }
        for service in ["service:counseling", "service:sosa", "service:so", "isbn:1"] {
            assert_eq!(number_of_service(service, &italy), None, "{service}");
        }
    }

    #[test]
    fn an_unknown_country_is_known_to_be_unknown() {
        let known = |code: &str| prefix(code.parse().expect("two letters"));
        assert_eq!((known("XX"), known("it")), (None, Some("0")));
    }
}
