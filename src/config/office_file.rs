//! Reads an office file: the whole office as its owner wants it, written in TOML.
//!
//! Reading goes on after a fault, so that all are told at once, each with its line. This file knows which tables and
//! keys there are (`keys`) and reads one table after another: a tenant's settings (`settings`), extensions and devices
//! (`things`), and what they or their templates say (`values`); `table` knows the forms of values, `super::check` the
//! rules that hold for an office however it is said. [`Draft`] is what comes out; `super::apply` turns it into changes.

mod keys;
mod nearest;
mod settings;
mod table;
mod things;
mod trunks;
mod values;

use std::collections::BTreeSet;

use toml::de::DeTable;

use super::apply::{self, Diff};
use super::check;
use super::fault::{DeviceFault, Fault, FaultKind, Part, Place, TextFault, Thing, Whose};
use super::rules::{MAX_DEVICES, Rules};
use crate::model::{Fresh, Office, OfficeWish, TenantId};
use keys::FILE_KEYS;
use table::{Page, Table};

pub(super) use keys::{AFTER_RESTART, FEATURES, IDLE_CALLS, POLICIES};

/// The biggest office file, in bytes; an office of a thousand people takes a fifth of it.
pub const MAX_FILE: usize = 4 * 1024 * 1024;

/// How far a file is read on after the first error in its form, in bytes. The TOML reader keeps hundreds of bytes for
/// each error.
const READ_ON: usize = 128 * 1024;

/// How many faults are told at once.
pub const MAX_FAULTS: usize = 500;

/// An office file that has no fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The office as the file wants it.
    pub wish: OfficeWish,
    /// What is worth saying about it, though nothing is wrong.
    pub notes: Vec<Fault>,
}

impl Draft {
    /// What it would change, and the changes themselves.
    pub fn plan_against(&self, present: &Office, fresh: Fresh) -> Diff {
        apply::plan(present, &self.wish, fresh)
    }
}

/// Reads a file as it came from the disc or the wire.
pub fn read_bytes(bytes: &[u8], rules: &Rules) -> Result<Draft, Vec<Fault>> {
    let whole = |line, kind: TextFault| vec![Fault { line, place: Part::File.at(""), kind: kind.into() }];
    if bytes.len() > MAX_FILE {
        return Err(whole(None, TextFault::FileTooBig(MAX_FILE)));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text, rules),
        Err(error) => {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Err(whole(Some(line), TextFault::NotUtf8))
        }
    }
}

/// Reads the text of a file; all faults are told at once, in the order of their lines.
pub fn read(text: &str, rules: &Rules) -> Result<Draft, Vec<Fault>> {
    if text.len() > MAX_FILE {
        let kind = TextFault::FileTooBig(MAX_FILE).into();
        return Err(vec![Fault { line: None, place: Part::File.at(""), kind }]);
    }
    let (document, errors) = match DeTable::parse(text) {
        Ok(document) => (document, Vec::new()),
        Err(first) => {
            let head = head_of(text, first.span().map_or(0, |span| span.start));
            let (document, more) = DeTable::parse_recoverable(head);
            (document, std::iter::once(first).chain(more).collect())
        }
    };
    let mut page = Page::new(text, &errors);
    let unread_lines = page.is_faulty();
    let wish = read_office(&mut page, &Table::whole(document.get_ref()));
    let mut found = page.into_found();
    let told = std::mem::take(&mut found.faults);
    check::check(&wish, rules, &mut found);
    let mut faults = merge(told, found.faults);
    if unread_lines {
        drop_consequences(&mut faults);
    }
    if faults.is_empty() {
        return Ok(Draft { wish, notes: found.notes });
    }
    faults.sort_by_key(|fault| fault.line);
    if faults.len() > MAX_FAULTS {
        let more = TextFault::AndMore(faults.len() - MAX_FAULTS).into();
        faults.truncate(MAX_FAULTS);
        faults.push(Fault { line: None, place: Part::File.at(""), kind: more });
    }
    Err(faults)
}

/// As much of the text as is read on after the first error in its form: whole lines, and no more than memory is there for
/// if every character of them is wrong.
fn head_of(text: &str, first_error: usize) -> &str {
    let end = first_error.saturating_add(READ_ON);
    match text.as_bytes().get(..end) {
        None => text,
        Some(head) => {
            let line_end = head.iter().rposition(|byte| *byte == b'\n');
            line_end.map_or("", |line_end| &text[..=line_end])
        }
    }
}

/// Leaves out what the check found where the reader has already told a fault: the value checked is then only a stand-in.
fn merge(read: Vec<Fault>, checked: Vec<Fault>) -> Vec<Fault> {
    let told: BTreeSet<Place> = read.iter().map(|fault| fault.place).collect();
    let no_office = told.contains(&Part::File.at("office"));
    let is_told = |fault: &Fault| {
        let part = fault.place.part;
        let unnamed = fault.kind == FaultKind::Device(DeviceFault::Unnamed);
        told.contains(&fault.place)
            || (unnamed && told.contains(&part.at("name")))
            || (no_office && part == Part::Office(Whose::FIRST))
    };
    let news: Vec<Fault> = checked.into_iter().filter(|fault| !is_told(fault)).collect();
    read.into_iter().chain(news).collect()
}

/// Leaves out what may be wrong only because a line could not be read.
fn drop_consequences(faults: &mut Vec<Fault>) {
    let is_unread = |fault: &Fault| matches!(fault.kind, FaultKind::Text(TextFault::NotToml(_)));
    let unread: BTreeSet<usize> =
        faults.iter().filter(|fault| is_unread(fault)).filter_map(|fault| fault.line).collect();
    faults.retain(|fault| {
        let beside = fault.line.is_some_and(|line| unread.contains(&line));
        is_unread(fault) || !(beside || fault.kind.may_follow_from_unread_lines())
    });
}

fn read_office(page: &mut Page, document: &Table) -> OfficeWish {
    page.know(document, &[FILE_KEYS]);
    let mut wish = OfficeWish::default();
    let of = (Whose::FIRST, &TenantId::FIRST);
    match page.table(document, "office", Part::Office(Whose::FIRST)) {
        Some(office) => wish.settings = settings::read(page, &office, of),
        None if document.has("office") => {}
        None => page.missing(document, "office", "[office] with name and country"),
    }
    wish.settings.trunks = trunks::read(page, document, Whose::FIRST);
    wish.settings.plan = settings::read_plan(page, document, Whose::FIRST).unwrap_or_default();
    wish.settings.templates = values::read_templates(page, document, Whose::FIRST);
    settings::read_tenants(page, document, &mut wish);
    things::read_extensions(page, document, &mut wish);
    let devices = page.tables(document, "device", Part::Device);
    if devices.len() > MAX_DEVICES {
        page.fault(Part::File.at("device"), TextFault::TooMany(Thing::Device, MAX_DEVICES));
    }
    wish.devices = devices.iter().take(MAX_DEVICES).map(|device| things::read_device(page, device)).collect();
    wish
}

#[cfg(test)]
mod tests;
