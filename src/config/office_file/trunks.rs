//! Reads the trunks of an office file: each line to the outside, its account there, and whom its numbers call.

use super::table::{Page, Table};
use crate::config::fault::{Part, TextFault, Thing, Whose};
use crate::config::rules::{MAX_INBOUND, MAX_TRUNKS};
use crate::model::{ExtensionNumber, Inbound, TRUNK_PORT, Trunk};

pub(super) const TRUNK_KEYS: &[&str] =
    &["name", "host", "port", "user", "password", "shown", "prefix", "inbound"];
pub(super) const INBOUND_KEYS: &[&str] = &["number", "extension"];
const INBOUND_EXAMPLE: &str = "[{ number = \"+39061234\", extension = \"100\" }]";

/// Every `[[trunk]]` of the file, or `[[tenant.trunk]]` of a tenant.
pub(super) fn read(page: &mut Page, table: &Table, whose: Whose) -> Vec<Trunk> {
    let tables = page.tables(table, "trunk", |index| Part::Trunk(whose, index));
    if tables.len() > MAX_TRUNKS {
        page.fault(Part::Office(whose).at("trunk"), TextFault::TooMany(Thing::Trunk, MAX_TRUNKS));
    }
    tables.iter().take(MAX_TRUNKS).map(|table| read_trunk(page, table)).collect()
}

fn read_trunk(page: &mut Page, table: &Table) -> Trunk {
    page.know(table, &[TRUNK_KEYS]);
    if !table.has("host") {
        page.missing(table, "host", "host = \"sip.example.com\", the provider's address");
    }
    Trunk {
        name: page.text(table, "name").unwrap_or_default(),
        user: page.text(table, "user"),
        password: page.secret(table, "password"),
        shown: page.text(table, "shown"),
        prefix: page.text(table, "prefix"),
        inbound: read_inbound(page, table),
        ..Trunk::at(
            page.text(table, "host").unwrap_or_default(),
            page.port(table, "port").unwrap_or(TRUNK_PORT),
        )
    }
}

fn read_inbound(page: &mut Page, trunk: &Table) -> Vec<Inbound> {
    let (whose, index) = match trunk.part() {
        Part::Trunk(whose, index) => (whose, index),
        _ => (Whose::FIRST, 0),
    };
    let tables =
        page.list(trunk, ("inbound", INBOUND_EXAMPLE), |position| Part::Inbound(whose, index, position));
    if tables.len() > MAX_INBOUND {
        page.fault(trunk.part().at("inbound"), TextFault::TooMany(Thing::Inbound, MAX_INBOUND));
    }
    let mut all = Vec::new();
    for table in tables.iter().take(MAX_INBOUND) {
        // One that cannot be read is left out, and must not take the place of the next.
        let table = table.moved_to(Part::Inbound(whose, index, all.len()));
        page.know(&table, &[INBOUND_KEYS]);
        for (key, example) in [
            ("number", "number = \"+39061234\", as the provider dials it"),
            ("extension", "extension = \"100\", who is called"),
        ] {
            if !table.has(key) {
                page.missing(&table, key, example);
            }
        }
        let number = page.text(&table, "number");
        let extension = page.parsed::<ExtensionNumber>(&table, "extension");
        if let (Some(number), Some(extension)) = (number, extension) {
            all.push(Inbound { number, extension });
        }
    }
    all
}
