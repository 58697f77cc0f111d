//! Reads an office file: the whole office as its owner wants it, written in TOML.
//!
//! Reading goes on after a fault, so that all are told at once, each with its line. This file knows which tables and
//! keys there are; `table` knows the forms of values, `super::check` the rules that hold for an office however it is
//! said. [`Draft`] is what comes out; `super::apply` turns it into changes.

mod nearest;
mod table;

use std::collections::BTreeSet;

use toml::de::DeTable;

use super::apply::{self, Diff};
use super::check::{self, canonical_time_zone, check_extension_alone};
use super::fault::{
    DeviceFault, ExtensionFault, Fault, FaultKind, OfficeFault, Part, Place, TextFault, Thing,
};
use super::rules::{MAX_CODES, MAX_DEVICES, MAX_EXTENSIONS, MAX_KEYS, Rules};
use crate::model::{
    AccountName, Country, DeviceMode, DeviceName, DeviceWish, Extension, ExtensionNumber, ExtensionValues,
    Feature, Fresh, IdleCalls, KeyWish, Language, LoginPolicy, Mac, ModelName, Office, OfficeSettings,
    OfficeWish, Plan, PlanEntry, Trunk,
};
use table::{Page, Table};

/// The biggest office file, in bytes; an office of a thousand people takes a fifth of it.
pub const MAX_FILE: usize = 2 * 1024 * 1024;

/// How far a file is read on after the first error in its form, in bytes. The TOML reader keeps hundreds of bytes for
/// each error.
const READ_ON: usize = 128 * 1024;

/// How many faults are told at once.
pub const MAX_FAULTS: usize = 500;

/// The keys of each table, in the order in which an export writes them.
const FILE_KEYS: &[&str] = &["office", "trunk", "extension", "device", "plan"];
/// The tables of the file as they are written.
const TABLES: &[&str] = &["[office]", "[[trunk]]", "[[extension]]", "[[device]]", "[plan]"];
const OFFICE_KEYS: &[&str] = &[
    "name",
    "country",
    "language",
    "timezone",
    "realm",
    "emergency_extension",
    "login_policy",
    "idle_calls",
];
const TRUNK_KEYS: &[&str] = &["host", "port"];
const EXTENSION_KEYS: &[&str] = &["number", "name", "hotdesk", "pin", "keys"];
const KEY_KEYS: &[&str] = &["lamp", "speed", "label"];
const DEVICE_KEYS: &[&str] = &["mac", "model", "name", "hotdesk", "extension", "sip_user", "sip_password"];
const PLAN_KEYS: &[&str] = &["entries"];
const ENTRY_KEYS: &[&str] = &["code", "feature", "on"];

const KEYS_EXAMPLE: &str = "[{ lamp = \"101\", label = \"Reception\" }]";
const ENTRIES_EXAMPLE: &str = "[{ code = \"*400\", feature = \"logout\" }]";

pub(super) const POLICIES: [(&str, LoginPolicy); 3] =
    [("move", LoginPolicy::Move), ("refuse", LoginPolicy::Refuse), ("several", LoginPolicy::Several)];
pub(super) const IDLE_CALLS: [(&str, IdleCalls); 3] = [
    ("emergency-only", IdleCalls::EmergencyOnly),
    ("internal", IdleCalls::Internal),
    ("all", IdleCalls::All),
];
pub(super) const FEATURES: [(&str, Feature); 6] = [
    ("login-by-own-extension", Feature::LoginByOwnExtension),
    ("login-with-extension", Feature::LoginWithExtension),
    ("logout", Feature::Logout),
    ("login-with-prompts", Feature::LoginWithPrompts),
    ("logout-with-prompts", Feature::LogoutWithPrompts),
    ("toggle", Feature::Toggle),
];

/// A SIP trunk's port when nothing is said.
pub(super) const TRUNK_PORT: u16 = 5060;

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
            || (no_office && part == Part::Office)
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
    page.know(document, FILE_KEYS);
    let mut wish = OfficeWish::default();
    match page.table(document, "office", Part::Office) {
        Some(office) => wish.settings = read_settings(page, &office),
        None if document.has("office") => {}
        None => page.missing(document, "office", "[office] with name and country"),
    }
    wish.settings.trunk = read_trunk(page, document);
    if let Some(plan) = page.table(document, "plan", Part::Plan) {
        wish.settings.plan = read_plan(page, &plan);
    }
    read_extensions(page, document, &mut wish);
    let devices = page.tables(document, "device", Part::Device);
    if devices.len() > MAX_DEVICES {
        page.fault(Part::File.at("device"), TextFault::TooMany(Thing::Device, MAX_DEVICES));
    }
    wish.devices = devices.iter().take(MAX_DEVICES).map(|device| read_device(page, device)).collect();
    wish
}

fn read_settings(page: &mut Page, office: &Table) -> OfficeSettings {
    page.know(office, OFFICE_KEYS);
    let default = OfficeSettings::default();
    if !office.has("name") {
        page.missing(office, "name", "name = \"…\", the name of the office");
    }
    if !office.has("country") {
        page.missing(office, "country", "country = \"IT\", or the two letters of your country");
    }
    let timezone = page.text(office, "timezone").unwrap_or_else(|| default.timezone.clone());
    OfficeSettings {
        name: page.text(office, "name").unwrap_or_default(),
        country: page.parsed::<Country>(office, "country"),
        language: page.parsed::<Language>(office, "language").unwrap_or_default(),
        timezone: canonical_time_zone(&timezone).unwrap_or(timezone),
        realm: page
            .text(office, "realm")
            .map_or_else(|| default.realm.clone(), |realm| realm.to_ascii_lowercase()),
        emergency_extension: page.parsed::<ExtensionNumber>(office, "emergency_extension"),
        trunk: None,
        login_policy: page.one_of(office, "login_policy", &POLICIES).unwrap_or_default(),
        idle_calls: page.one_of(office, "idle_calls", &IDLE_CALLS).unwrap_or_default(),
        ..default
    }
}

fn read_trunk(page: &mut Page, document: &Table) -> Option<Trunk> {
    // Every trunk gets the same part: there can be one.
    let trunks = page.tables(document, "trunk", |_| Part::Trunk);
    for second in trunks.iter().skip(1) {
        page.fault_in_line(second.line(), Part::Trunk.at(""), OfficeFault::SecondTrunk);
    }
    let trunk = trunks.first()?;
    page.know(trunk, TRUNK_KEYS);
    if !trunk.has("host") {
        page.missing(trunk, "host", "host = \"sip.example.com\", the provider's address");
    }
    let port = page.port(trunk, "port").unwrap_or(TRUNK_PORT);
    Some(Trunk { host: page.text(trunk, "host").unwrap_or_default(), port })
}

fn read_extensions(page: &mut Page, document: &Table, wish: &mut OfficeWish) {
    let tables = page.tables(document, "extension", Part::Extension);
    if tables.len() > MAX_EXTENSIONS {
        page.fault(Part::File.at("extension"), TextFault::TooMany(Thing::Extension, MAX_EXTENSIONS));
    }
    for (index, table) in tables.iter().take(MAX_EXTENSIONS).enumerate() {
        // One without a number is left out of the wish, so it must not take the place of the next one: its faults
        // stand in a place behind all others.
        let position = match table.reads_as::<ExtensionNumber>("number") {
            true => wish.extensions.len(),
            false => MAX_EXTENSIONS + index,
        };
        let table = table.moved_to(Part::Extension(position));
        page.know(&table, EXTENSION_KEYS);
        let number = page.parsed::<ExtensionNumber>(&table, "number");
        if !table.has("number") {
            page.missing(&table, "number", "number = \"100\", the number that others dial");
        }
        let default_name = number.as_ref().map_or("?".to_owned(), ToString::to_string);
        let name = page.text(&table, "name").unwrap_or(default_name);
        let hotdesk = page.yes_no(&table, "hotdesk");
        let pin = page.secret(&table, "pin");
        let keys = read_keys(page, &table);
        match number {
            Some(number) => {
                let own = ExtensionValues { hotdesk, ..ExtensionValues::default() };
                wish.extensions.push(Extension { own, pin, keys, ..Extension::new(number, name) });
            }
            None => {
                let values = (name.as_str(), pin.as_ref(), keys.as_slice());
                check_extension_alone(table.part(), None, values, page.found());
            }
        }
    }
}

fn read_keys(page: &mut Page, extension: &Table) -> Vec<KeyWish> {
    let index = match extension.part() {
        Part::Extension(index) => index,
        _ => 0,
    };
    let tables = page.list(extension, ("keys", KEYS_EXAMPLE), |position| Part::Key(index, position));
    if tables.len() > MAX_KEYS {
        page.fault(extension.part().at("keys"), TextFault::TooMany(Thing::Key, MAX_KEYS));
    }
    let mut keys = Vec::new();
    for table in tables.iter().take(MAX_KEYS) {
        let table = table.moved_to(Part::Key(index, keys.len()));
        page.know(&table, KEY_KEYS);
        let label = page.text(&table, "label");
        let key = match (table.has("lamp"), table.has("speed")) {
            (true, false) => page.parsed::<ExtensionNumber>(&table, "lamp").map(|extension| {
                let label = label.unwrap_or_else(|| extension.to_string());
                KeyWish::Lamp { extension, label }
            }),
            (false, true) => page.text(&table, "speed").map(|number| {
                let label = label.unwrap_or_else(|| number.clone());
                KeyWish::Speed { number, label }
            }),
            (true, true) | (false, false) => {
                page.fault(table.part().at(""), ExtensionFault::KeyOfNoKind);
                None
            }
        };
        keys.extend(key);
    }
    keys
}

fn read_device(page: &mut Page, table: &Table) -> DeviceWish {
    page.know(table, DEVICE_KEYS);
    if !table.has("model") {
        page.missing(
            table,
            "model",
            "model = \"yealink-t46u\", or \"generic\" for a phone you set up by hand",
        );
    }
    let hotdesk = page.yes_no(table, "hotdesk").unwrap_or(false);
    let owner = page.parsed::<ExtensionNumber>(table, "extension");
    if hotdesk && table.has("extension") {
        page.fault(table.part().at("hotdesk"), DeviceFault::OfTwo);
    }
    let mode = match (hotdesk, owner) {
        (true, _) => DeviceMode::HotDesk,
        (false, Some(number)) => DeviceMode::Owned(number),
        (false, None) => DeviceMode::Unassigned,
    };
    DeviceWish {
        mac: page.parsed::<Mac>(table, "mac"),
        name: page.parsed::<DeviceName>(table, "name"),
        mode,
        sip_user: page.parsed::<AccountName>(table, "sip_user"),
        sip_password: page.secret(table, "sip_password"),
        ..DeviceWish::new(page.parsed::<ModelName>(table, "model").unwrap_or_else(ModelName::generic))
    }
}

fn read_plan(page: &mut Page, plan: &Table) -> Plan {
    page.know(plan, PLAN_KEYS);
    if !plan.has("entries") {
        page.missing(
            plan,
            "entries",
            "entries = [{ code = \"*400\", feature = \"logout\" }], or remove [plan] to have every code",
        );
        return Plan::default();
    }
    let tables = page.list(plan, ("entries", ENTRIES_EXAMPLE), Part::PlanEntry);
    if tables.len() > MAX_CODES {
        page.fault(Part::Plan.at("entries"), TextFault::TooMany(Thing::Code, MAX_CODES));
    }
    let mut entries = Vec::new();
    for table in tables.iter().take(MAX_CODES) {
        let table = table.moved_to(Part::PlanEntry(entries.len()));
        page.know(&table, ENTRY_KEYS);
        if !table.has("feature") {
            page.missing(&table, "feature", "feature = \"logout\", or what else the code does");
        }
        let code = page.any_text(&table, "code").unwrap_or_default();
        let on = page.yes_no(&table, "on").unwrap_or(true);
        if let Some(feature) = page.one_of(&table, "feature", &FEATURES) {
            entries.push(PlanEntry { code, feature, on });
        }
    }
    Plan { entries }
}

#[cfg(test)]
mod tests;
