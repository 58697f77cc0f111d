//! Reads `[[extension]]` and `[[device]]`.

use super::keys::{
    DEVICE_KEYS, DEVICE_VALUE_KEYS, EXTENSION_KEYS, EXTENSION_VALUE_KEYS, FORWARD_KEYS, KEY_KEYS,
    KEYS_EXAMPLE,
};
use super::table::{Page, Table};
use super::values;
use crate::config::check::{Sayings, check_extension_alone};
use crate::config::fault::{DeviceFault, ExtensionFault, Part, TextFault, Thing};
use crate::config::rules::{MAX_EXTENSIONS, MAX_KEYS, RING_SECONDS};
use crate::model::{
    AccountName, DeviceMode, DeviceName, DeviceWish, Extension, ExtensionNumber, Forwards, HotdeskId,
    KeyWish, Mac, ModelName, OfficeWish, TemplateName, TenantId,
};

/// Every `[[extension]]`.
pub(super) fn read_extensions(page: &mut Page, document: &Table, wish: &mut OfficeWish) {
    let tables = page.tables(document, "extension", Part::Extension);
    if tables.len() > MAX_EXTENSIONS {
        page.fault(Part::File.at("extension"), TextFault::TooMany(Thing::Extension, MAX_EXTENSIONS));
    }
    for (index, table) in tables.iter().take(MAX_EXTENSIONS).enumerate() {
        // One without a number is left out of the wish, so it must not take the place of the next one: its faults
        // stand in a place behind all others.
        let position = match table.as_parsed::<ExtensionNumber>("number") {
            Some(_) => wish.extensions.len(),
            None => MAX_EXTENSIONS + index,
        };
        read_extension(page, &table.moved_to(Part::Extension(position)), wish);
    }
}

fn read_extension(page: &mut Page, table: &Table, wish: &mut OfficeWish) {
    page.know(table, &[EXTENSION_KEYS, EXTENSION_VALUE_KEYS]);
    let number = page.parsed::<ExtensionNumber>(table, "number");
    if !table.has("number") {
        page.missing(table, "number", "number = \"100\", the number that others dial");
    }
    let default_name = number.as_ref().map_or("?", ExtensionNumber::digits).to_owned();
    let name = page.text(table, "name").unwrap_or(default_name);
    let own = values::read_extension(page, table);
    let template = page.parsed::<TemplateName>(table, "template");
    let pin = page.secret(table, "pin");
    let hotdesk_id = page.parsed::<HotdeskId>(table, "hotdesk_id");
    let hotdesk_pin = page.removable_secret(table, "hotdesk_pin");
    let forwards = read_forwards(page, table);
    let keys = read_keys(page, table);
    match number {
        Some(number) => {
            wish.extensions.push(Extension {
                number,
                name,
                template,
                own,
                pin,
                hotdesk_id,
                hotdesk_pin,
                forwards,
                keys,
            });
        }
        None => {
            let says = Sayings {
                name: &name,
                pin: pin.as_ref(),
                hotdesk_pin: hotdesk_pin.as_ref(),
                hotdesk_id: hotdesk_id.as_ref(),
                keys: &keys,
            };
            check_extension_alone(table.part(), None, says, page.found());
        }
    }
}

fn position_of(extension: &Table) -> usize {
    match extension.part() {
        Part::Extension(index) => index,
        _ => 0,
    }
}

fn read_forwards(page: &mut Page, extension: &Table) -> Forwards {
    let part = Part::Forwards(position_of(extension));
    let Some(table) = page.table(extension, "forwards", part) else { return Forwards::default() };
    page.know(&table, &[FORWARD_KEYS]);
    Forwards {
        always: page.text(&table, "always"),
        busy: page.text(&table, "busy"),
        unanswered: page.text(&table, "unanswered"),
        unreachable: page.text(&table, "unreachable"),
        ring_seconds: page
            .number(&table, "ring_seconds", RING_SECONDS)
            .and_then(|seconds| u16::try_from(seconds).ok()),
    }
}

fn read_keys(page: &mut Page, extension: &Table) -> Vec<KeyWish> {
    let index = position_of(extension);
    let tables = page.list(extension, ("keys", KEYS_EXAMPLE), |position| Part::Key(index, position));
    if tables.len() > MAX_KEYS {
        page.fault(extension.part().at("keys"), TextFault::TooMany(Thing::Key, MAX_KEYS));
    }
    let mut keys = Vec::new();
    for table in tables.iter().take(MAX_KEYS) {
        let table = table.moved_to(Part::Key(index, keys.len()));
        page.know(&table, &[KEY_KEYS]);
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

/// One `[[device]]`.
pub(super) fn read_device(page: &mut Page, table: &Table) -> DeviceWish {
    page.know(table, &[DEVICE_KEYS, DEVICE_VALUE_KEYS]);
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
    // A phone whose tenant is not said is in that of its owner.
    let of_owner = || owner.as_ref().map(|owner| owner.tenant().clone());
    let tenant = page.parsed::<TenantId>(table, "tenant").or_else(of_owner).unwrap_or_default();
    let mode = match (hotdesk, owner) {
        (true, _) => DeviceMode::HotDesk,
        (false, Some(number)) => DeviceMode::Owned(number),
        (false, None) => DeviceMode::Unassigned,
    };
    DeviceWish {
        mac: page.parsed::<Mac>(table, "mac"),
        name: page.parsed::<DeviceName>(table, "name"),
        tenant,
        model: page.parsed::<ModelName>(table, "model").unwrap_or_else(ModelName::generic),
        mode,
        template: page.parsed::<TemplateName>(table, "template"),
        own: values::read_device(page, table),
        location: page.any_text(table, "location").unwrap_or_default(),
        emergency_caller: page.text(table, "emergency_caller"),
        sip_user: page.parsed::<AccountName>(table, "sip_user"),
        sip_password: page.secret(table, "sip_password"),
    }
}
