//! Writes what the office and other tenants say of themselves: settings, trunk, plan and templates.

use super::{Secrets, inline, line, quoted, raw_line, values, word};
use crate::config::office_file::{AFTER_RESTART, FEATURES, IDLE_CALLS, POLICIES};
use crate::model::{
    AutoLogout, EmergencyNumber, Inbound, OfficeSettings, Plan, PlanEntry, Profile, TRUNK_PORT, TemplateName,
    TenantId, Trunk, TrustedNetwork, Weekdays,
};

/// The lines of `[office]`, or those of a `[[tenant]]` like them.
pub(super) fn write(file: &mut String, settings: &OfficeSettings, tenant: &TenantId, secrets: Secrets) {
    let default = OfficeSettings::default();
    line(file, "name", &settings.name);
    match settings.country {
        Some(country) => line(file, "country", &country.to_string()),
        None => file.push_str("# country = \"IT\"  # not set yet: write the two letters of your country\n"),
    }
    write_emergency_numbers(file, settings.emergency_numbers.as_deref());
    line(file, "language", settings.language.code());
    line(file, "timezone", &settings.timezone);
    let own_realm = settings.realm != OfficeSettings::default_realm(tenant);
    or_default(file, own_realm, "realm", &quoted(&settings.realm));
    match &settings.emergency_extension {
        Some(number) => line(file, "emergency_extension", &number.to_string()),
        None => file.push_str("# emergency_extension: none  # default\n"),
    }
    let policy = quoted(word(&POLICIES, settings.login_policy));
    or_default(file, settings.login_policy != default.login_policy, "login_policy", &policy);
    let idle = quoted(word(&IDLE_CALLS, settings.idle_calls));
    or_default(file, settings.idle_calls != default.idle_calls, "idle_calls", &idle);
    if let Some(pin) = settings.company_pin.as_ref().filter(|_| secrets == Secrets::Shown) {
        line(file, "company_pin", pin.expose());
    }
    let minutes = settings.lockout_minutes;
    or_default(file, minutes != default.lockout_minutes, "lockout_minutes", &minutes.to_string());
    let days = settings.audit_days;
    or_default(file, days != default.audit_days, "audit_days", &days.to_string());
    let after = quoted(word(&AFTER_RESTART, settings.after_restart));
    or_default(file, settings.after_restart != default.after_restart, "after_restart", &after);
    write_auto_logout(file, &settings.auto_logout);
    write_networks(file, &settings.trusted_networks);
}

fn write_emergency_numbers(file: &mut String, own: Option<&[EmergencyNumber]>) {
    match own {
        None => file.push_str("# emergency_numbers: those of the country  # default\n"),
        Some([]) => line(file, "emergency_numbers", "none"),
        Some(own) => {
            let own: Vec<String> = own.iter().map(|number| quoted(number.as_str())).collect();
            raw_line(file, "emergency_numbers", &format!("[{}]", own.join(", ")));
        }
    }
}

fn or_default(file: &mut String, is_own: bool, key: &str, value: &str) {
    match is_own {
        true => raw_line(file, key, value),
        false => file.push_str(&format!("# {key} = {value}  # default\n")),
    }
}

fn write_auto_logout(file: &mut String, auto_logout: &AutoLogout) {
    let mut said: Vec<(&str, String)> = Vec::new();
    said.extend(auto_logout.after.map(|minutes| ("after", minutes.to_string())));
    said.extend(auto_logout.idle.map(|minutes| ("idle", minutes.to_string())));
    said.extend(auto_logout.at.map(|time| ("at", quoted(&time.to_string()))));
    if auto_logout.days != Weekdays::default() {
        said.push(("days", quoted(&auto_logout.days.to_string())));
    }
    said.extend(auto_logout.gone.map(|minutes| ("gone", minutes.to_string())));
    match said.is_empty() {
        true => file.push_str("# auto_logout: none  # default\n"),
        false => raw_line(file, "auto_logout", &inline(&said)),
    }
}

fn write_networks(file: &mut String, networks: &[TrustedNetwork]) {
    if networks.is_empty() {
        file.push_str("# trusted_networks: none  # default\n");
        return;
    }
    file.push_str("trusted_networks = [\n");
    for TrustedNetwork { network, description } in networks {
        let mut said = vec![("network", quoted(&network.to_string()))];
        if !description.is_empty() {
            said.push(("description", quoted(description)));
        }
        file.push_str(&format!("  {},\n", inline(&said)));
    }
    file.push_str("]\n");
}

/// A `[[tenant]]` with all that is its own.
pub(super) fn write_tenant(
    file: &mut String,
    tenant: &TenantId,
    settings: &OfficeSettings,
    secrets: Secrets,
) {
    file.push_str("\n[[tenant]]\n");
    line(file, "id", tenant.as_str());
    write(file, settings, tenant, secrets);
    match settings.plan.as_profile() {
        Some(Profile::None) => file.push_str("# plan = \"none\"  # default\n"),
        Some(profile) => line(file, "plan", profile.as_str()),
        None => write_entries(file, "plan", &settings.plan),
    }
    for trunk in &settings.trunks {
        write_trunk(file, "tenant.trunk", trunk, secrets);
    }
    write_templates(file, "tenant.template", settings);
}

/// A `[[trunk]]`, or a `[[tenant.trunk]]`.
pub(super) fn write_trunk(file: &mut String, table: &str, trunk: &Trunk, secrets: Secrets) {
    file.push_str(&format!("\n[[{table}]]\n"));
    if !trunk.name.is_empty() {
        line(file, "name", &trunk.name);
    }
    line(file, "host", &trunk.host);
    or_default(file, trunk.port != TRUNK_PORT, "port", &trunk.port.to_string());
    let password = trunk.password.as_ref().map(|password| password.expose());
    for (key, value) in [
        ("user", trunk.user.as_deref()),
        ("password", password.filter(|_| secrets == Secrets::Shown)),
        ("shown", trunk.shown.as_deref()),
        ("prefix", trunk.prefix.as_deref()),
    ] {
        if let Some(value) = value {
            line(file, key, value);
        }
    }
    if !trunk.inbound.is_empty() {
        file.push_str("inbound = [\n");
        for Inbound { number, extension } in &trunk.inbound {
            let said = [("number", quoted(number)), ("extension", quoted(&extension.to_string()))];
            file.push_str(&format!("  {},\n", inline(&said)));
        }
        file.push_str("]\n");
    }
}

/// `[plan]`; an office that says nothing of it has every code.
pub(super) fn write_plan(file: &mut String, plan: &Plan) {
    match plan.as_profile() {
        Some(Profile::All) => file.push_str("\n# [plan]\n# profile = \"all\"  # default\n"),
        Some(profile) => {
            file.push_str("\n[plan]\n");
            line(file, "profile", profile.as_str());
        }
        None => {
            file.push_str("\n[plan]\n");
            write_entries(file, "entries", plan);
        }
    }
}

fn write_entries(file: &mut String, key: &str, plan: &Plan) {
    if plan.entries.is_empty() {
        return raw_line(file, key, "[]");
    }
    file.push_str(&format!("{key} = [\n"));
    for PlanEntry { code, feature, on } in &plan.entries {
        let mut said = Vec::new();
        if !code.is_empty() {
            said.push(("code", quoted(code)));
        }
        said.push(("feature", quoted(word(&FEATURES, *feature))));
        if !on {
            said.push(("on", "false".to_owned()));
        }
        file.push_str(&format!("  {},\n", inline(&said)));
    }
    file.push_str("]\n");
}

/// The templates of a tenant, each a table below this name.
pub(super) fn write_templates(file: &mut String, below: &str, settings: &OfficeSettings) {
    let templates = &settings.templates;
    let mut write = |kind: &str, name: &TemplateName, values: Vec<values::Value>| {
        file.push_str(&format!("\n[{below}.{kind}.{}]\n", key(&name.to_string())));
        values.iter().for_each(|value| value.write(file));
    };
    for (name, one) in &templates.extensions {
        write("extension", name, values::of_extension_template(one, settings));
    }
    for (name, one) in &templates.accounts {
        write("account", name, values::of_account_template(one));
    }
    for (name, one) in &templates.devices {
        write("device", name, values::of_device_template(one, settings));
    }
}

/// A name as a TOML key: bare where it may be.
fn key(name: &str) -> String {
    match name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        true => name.to_owned(),
        false => quoted(name),
    }
}
