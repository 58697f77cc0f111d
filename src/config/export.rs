//! Writes the office as an office file: one that `apply` accepts and that changes nothing.
//!
//! Secrets are written only where they are asked for; left out, they stay as they are when the file is applied. What
//! nobody has said stands in comments, with where it comes from, so that a reader sees all that holds.

mod settings;
mod values;

use std::fmt::Write;

use crate::model::{Device, DeviceMode, Extension, Forwards, KeyWish, Office, OfficeSettings, TenantId};

pub use values::{
    Text, Value, of_account_template, of_device, of_device_template, of_extension, of_extension_template,
};

/// Whether an export shows PINs and passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrets {
    /// They are left out.
    #[default]
    LeftOut,
    /// They are written in clear.
    Shown,
}

/// Whether there is an office to export: one without name and country would be refused when it is applied.
pub fn is_set_up(office: &Office) -> bool {
    office.settings.country.is_some() && !office.settings.name.is_empty()
}

/// Why there is nothing to export.
pub const NOT_SET_UP: &str = "this Perch has no office name and no country yet, so there is no office to export: finish the set-up on its page, or apply an office file";

/// The office as an office file. Phones that only wait are not part of it.
pub fn export(office: &Office, secrets: Secrets) -> String {
    let mut file =
        String::from("# An office file of Perch: the whole office. `perch apply` makes the box like it.\n");
    match secrets {
        Secrets::LeftOut => file.push_str("# PINs and passwords are left out and stay as they are.\n"),
        Secrets::Shown => {
            file.push_str("# This file holds PINs and passwords: keep it where nobody else can read it.\n")
        }
    }
    file.push_str("# What stands behind a # holds because a template says it, or nobody.\n");
    file.push_str("\n[office]\n");
    settings::write(&mut file, &office.settings, &TenantId::FIRST, secrets);
    for trunk in &office.settings.trunks {
        settings::write_trunk(&mut file, "trunk", trunk, secrets);
    }
    settings::write_plan(&mut file, &office.settings.plan);
    settings::write_templates(&mut file, "template", &office.settings);
    for (tenant, settings) in &office.others {
        settings::write_tenant(&mut file, tenant, settings, secrets);
    }
    for extension in office.extensions.values() {
        write_extension(&mut file, extension, office.settings_of(extension.number.tenant()), secrets);
    }
    for device in office.devices.values().filter(|device| device.admission.is_let_in()) {
        write_device(&mut file, device, office.settings_of(&device.tenant), secrets);
    }
    file
}

fn write_extension(file: &mut String, extension: &Extension, settings: &OfficeSettings, secrets: Secrets) {
    file.push_str("\n[[extension]]\n");
    line(file, "number", &extension.number.to_string());
    line(file, "name", &extension.name);
    if let Some(template) = &extension.template {
        line(file, "template", &template.to_string());
    }
    values::of_extension(extension, settings).iter().for_each(|value| value.write(file));
    if let Some(pin) = extension.pin.as_ref().filter(|_| secrets == Secrets::Shown) {
        line(file, "pin", pin.expose());
    }
    if let Some(id) = &extension.hotdesk_id {
        line(file, "hotdesk_id", id.as_str());
    }
    if let Some(pin) = extension.hotdesk_pin.as_ref().filter(|_| secrets == Secrets::Shown) {
        line(file, "hotdesk_pin", pin.expose());
    }
    write_forwards(file, &extension.forwards);
    if !extension.keys.is_empty() {
        file.push_str("keys = [\n");
        for key in &extension.keys {
            let (kind, value, label) = match key {
                KeyWish::Lamp { extension, label } => ("lamp", extension.to_string(), label),
                KeyWish::Speed { number, label } => ("speed", number.clone(), label),
            };
            file.push_str(&format!("  {{ {kind} = {}, label = {} }},\n", quoted(&value), quoted(label)));
        }
        file.push_str("]\n");
    }
}

fn write_forwards(file: &mut String, forwards: &Forwards) {
    let mut said: Vec<(&str, String)> = Vec::new();
    for (key, number) in [
        ("always", &forwards.always),
        ("busy", &forwards.busy),
        ("unanswered", &forwards.unanswered),
        ("unreachable", &forwards.unreachable),
    ] {
        said.extend(number.as_ref().map(|number| (key, quoted(number))));
    }
    said.extend(forwards.ring_seconds.map(|seconds| ("ring_seconds", seconds.to_string())));
    if !said.is_empty() {
        raw_line(file, "forwards", &inline(&said));
    }
}

fn write_device(file: &mut String, device: &Device, settings: &OfficeSettings, secrets: Secrets) {
    file.push_str("\n[[device]]\n");
    if let Some(mac) = device.mac {
        line(file, "mac", &mac.to_string());
    }
    line(file, "model", device.model.as_str());
    if let Some(name) = &device.name {
        line(file, "name", name.as_str());
    }
    if !device.tenant.is_first() {
        line(file, "tenant", device.tenant.as_str());
    }
    match &device.mode {
        DeviceMode::HotDesk => raw_line(file, "hotdesk", "true"),
        DeviceMode::Owned(number) => line(file, "extension", &number.to_string()),
        DeviceMode::Unassigned => {
            file.push_str(
                "# hotdesk = true  # not set yet: a hot desk, or extension = \"…\" for its owner\n",
            );
        }
    }
    if let Some(current) = device.current().filter(|_| !device.is_provisioned()) {
        line(file, "sip_user", current.account.as_str());
        if secrets == Secrets::Shown {
            line(file, "sip_password", current.password.expose());
        }
    }
    if !device.location.is_empty() {
        line(file, "location", &device.location);
    }
    if let Some(number) = &device.emergency_caller {
        line(file, "emergency_caller", number);
    }
    if let Some(template) = &device.template {
        line(file, "template", &template.to_string());
    }
    values::of_device(device, settings).iter().for_each(|value| value.write(file));
}

/// The word for a value in an office file.
pub(super) fn word<T: PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words
        .iter()
        .find(|(_, candidate)| *candidate == value)
        .map(|(word, _)| *word)
        .expect("each table of words has one for every value")
}

fn line(file: &mut String, key: &str, text: &str) {
    raw_line(file, key, &quoted(text));
}

fn raw_line(file: &mut String, key: &str, value: &str) {
    file.push_str(key);
    file.push_str(" = ");
    file.push_str(value);
    file.push('\n');
}

/// A TOML inline table.
fn inline(said: &[(&str, String)]) -> String {
    let pairs: Vec<String> = said.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
