//! Reads what extensions, SIP accounts and devices say, themselves or by their templates.

use std::collections::BTreeMap;

use super::keys::{ACCOUNT_VALUE_KEYS, DEVICE_VALUE_KEYS, EXTENSION_VALUE_KEYS, IDLE_CALLS, TEMPLATE_KEYS};
use super::table::{Page, Table};
use crate::config::fault::{Part, TemplateKind, TextFault, Thing, Whose};
use crate::config::rules::{CALLS, MAX_TEMPLATES, REGISTER_EVERY};
use crate::model::{
    AccountValues, DeviceValues, ExtensionValues, Language, ServerName, TemplateName, Templates,
};

/// What an extension or its template says.
pub(super) fn read_extension(page: &mut Page, table: &Table) -> ExtensionValues {
    let mut calls = |field| page.number(table, field, CALLS).and_then(|calls| u8::try_from(calls).ok());
    let (busy_level, max_calls) = (calls("busy_level"), calls("max_calls"));
    ExtensionValues {
        hotdesk: page.yes_no(table, "hotdesk"),
        hotdesk_only: page.yes_no(table, "hotdesk_only"),
        phone_native: page.yes_no(table, "phone_native"),
        pin_required: page.yes_no(table, "pin_required"),
        busy_level,
        max_calls,
        language: page.parsed::<Language>(table, "language"),
        caller_id: page.text(table, "caller_id"),
        trunk: page.text(table, "trunk"),
        account_template: page.parsed::<TemplateName>(table, "account_template"),
    }
}

/// What a device or its template says.
pub(super) fn read_device(page: &mut Page, table: &Table) -> DeviceValues {
    DeviceValues {
        language: page.parsed::<Language>(table, "language"),
        idle_calls: page.one_of(table, "idle_calls", &IDLE_CALLS),
        borrowable: page.yes_no(table, "borrowable"),
        account_template: page.parsed::<TemplateName>(table, "account_template"),
        server: page.parsed::<ServerName>(table, "server"),
        hotdesk_key: page.yes_no(table, "hotdesk_key"),
        extra: page.lines(table, "extra"),
    }
}

fn read_account(page: &mut Page, table: &Table) -> AccountValues {
    AccountValues {
        register_every: page.number(table, "register_every", REGISTER_EVERY),
        tcp: page.yes_no(table, "tcp"),
    }
}

/// The templates under the key `template`.
pub(super) fn read_templates(page: &mut Page, table: &Table, whose: Whose) -> Templates {
    let Some(templates) = page.table(table, "template", Part::Office(whose)) else {
        return Templates::default();
    };
    page.know(&templates, &[TEMPLATE_KEYS]);
    let extension = (TemplateKind::Extension, "extension", EXTENSION_VALUE_KEYS);
    let account = (TemplateKind::Account, "account", ACCOUNT_VALUE_KEYS);
    let device = (TemplateKind::Device, "device", DEVICE_VALUE_KEYS);
    Templates {
        extensions: read_named(page, (&templates, whose), extension, read_extension),
        accounts: read_named(page, (&templates, whose), account, read_account),
        devices: read_named(page, (&templates, whose), device, read_device),
    }
}

fn read_named<T>(
    page: &mut Page,
    (templates, whose): (&Table, Whose),
    (kind, field, keys): (TemplateKind, &'static str, &'static [&'static str]),
    read: impl Fn(&mut Page, &Table) -> T,
) -> BTreeMap<TemplateName, T> {
    let Some(tables) = page.table(templates, field, Part::Office(whose)) else { return BTreeMap::new() };
    let named = page.named_tables::<TemplateName>(&tables, field);
    if named.len() > MAX_TEMPLATES {
        page.fault(templates.part().at(field), TextFault::TooMany(Thing::Template, MAX_TEMPLATES));
    }
    let mut all = BTreeMap::new();
    for (position, (name, table)) in named.into_iter().take(MAX_TEMPLATES).enumerate() {
        let table = table.moved_to(Part::Template(whose, kind, position));
        page.know(&table, &[keys]);
        all.insert(name, read(page, &table));
    }
    all
}
