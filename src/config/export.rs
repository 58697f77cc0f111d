//! Writes the office as an office file: one that `apply` accepts and that changes nothing.
//!
//! Secrets are written only where they are asked for; left out, they stay as they are when the file is applied. What is
//! as it would be anyway is left out too, so that the file stays short.

use std::fmt::Write;

use super::office_file::{FEATURES, IDLE_CALLS, POLICIES, TRUNK_PORT};
use crate::model::{Device, DeviceMode, Extension, KeyWish, Office, OfficeSettings, Plan, Trunk};

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
    write_settings(&mut file, &office.settings);
    if let Some(trunk) = &office.settings.trunk {
        write_trunk(&mut file, trunk);
    }
    for extension in office.extensions.values() {
        write_extension(&mut file, extension, secrets);
    }
    for device in office.devices.values().filter(|device| device.admission.is_let_in()) {
        write_device(&mut file, device, secrets);
    }
    if office.settings.plan != Plan::default() {
        write_plan(&mut file, &office.settings.plan);
    }
    file
}

fn write_settings(file: &mut String, settings: &OfficeSettings) {
    let default = OfficeSettings::default();
    file.push_str("\n[office]\n");
    line(file, "name", &settings.name);
    match settings.country {
        Some(country) => line(file, "country", &country.to_string()),
        None => file.push_str("# country = \"IT\"  # not set yet: write the two letters of your country\n"),
    }
    line(file, "language", settings.language.code());
    line(file, "timezone", &settings.timezone);
    if settings.realm != default.realm {
        line(file, "realm", &settings.realm);
    }
    if let Some(number) = &settings.emergency_extension {
        line(file, "emergency_extension", &number.to_string());
    }
    if settings.login_policy != default.login_policy {
        line(file, "login_policy", word(&POLICIES, settings.login_policy));
    }
    if settings.idle_calls != default.idle_calls {
        line(file, "idle_calls", word(&IDLE_CALLS, settings.idle_calls));
    }
}

fn write_trunk(file: &mut String, trunk: &Trunk) {
    file.push_str("\n[[trunk]]\n");
    line(file, "host", &trunk.host);
    if trunk.port != TRUNK_PORT {
        raw_line(file, "port", &trunk.port.to_string());
    }
}

fn write_extension(file: &mut String, extension: &Extension, secrets: Secrets) {
    file.push_str("\n[[extension]]\n");
    line(file, "number", &extension.number.to_string());
    line(file, "name", &extension.name);
    if extension.own.hotdesk == Some(true) {
        raw_line(file, "hotdesk", "true");
    }
    if let Some(pin) = extension.pin.as_ref().filter(|_| secrets == Secrets::Shown) {
        line(file, "pin", pin.expose());
    }
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

fn write_device(file: &mut String, device: &Device, secrets: Secrets) {
    file.push_str("\n[[device]]\n");
    if let Some(mac) = device.mac {
        line(file, "mac", &mac.to_string());
    }
    line(file, "model", device.model.as_str());
    if let Some(name) = &device.name {
        line(file, "name", name.as_str());
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
}

fn write_plan(file: &mut String, plan: &Plan) {
    file.push_str("\n[plan]\nentries = [\n");
    for entry in &plan.entries {
        let code = match entry.code.as_str() {
            "" => String::new(),
            code => format!("code = {}, ", quoted(code)),
        };
        let feature = quoted(word(&FEATURES, entry.feature));
        let off = if entry.on { "" } else { ", on = false" };
        file.push_str(&format!("  {{ {code}feature = {feature}{off} }},\n"));
    }
    file.push_str("]\n");
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

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
