//! What is different about settings, extensions and devices, in words.

use std::fmt;

use crate::config::export::{self, Text, Value, word};
use crate::config::office_file::{AFTER_RESTART, IDLE_CALLS, POLICIES};
use crate::model::{
    AutoLogout, Device, DeviceMode, Extension, Forwards, OfficeSettings, Origin, TemplateName, Trunk,
};

/// What is different about the settings of a tenant, a line each.
pub(super) fn of_settings(former: &OfficeSettings, now: &OfficeSettings) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |what: &str, former: Option<String>, now: Option<String>| {
        if former != now {
            let text = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
            lines.push(format!("{what}: {} -> {}", text(former), text(now)));
        }
    };
    let name = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    say("name", name(&former.name), name(&now.name));
    say("country", former.country.map(text), now.country.map(text));
    say("emergency numbers", emergency_numbers(former), emergency_numbers(now));
    say("language", Some(text(former.language)), Some(text(now.language)));
    say("time zone", Some(former.timezone.clone()), Some(now.timezone.clone()));
    say("SIP domain", Some(former.realm.clone()), Some(now.realm.clone()));
    say(
        "emergency extension",
        former.emergency_extension.as_ref().map(text),
        now.emergency_extension.as_ref().map(text),
    );
    let hosts = |trunks: &[Trunk]| {
        let all: Vec<_> = trunks.iter().map(|trunk| format!("{}:{}", trunk.host, trunk.port)).collect();
        (!all.is_empty()).then(|| all.join(", "))
    };
    say("trunk", hosts(&former.trunks), hosts(&now.trunks));
    let policy = |settings: &OfficeSettings| Some(word(&POLICIES, settings.login_policy).to_owned());
    say("at a second login", policy(former), policy(now));
    let idle = |settings: &OfficeSettings| Some(word(&IDLE_CALLS, settings.idle_calls).to_owned());
    say("an idle hot-desk phone may call", idle(former), idle(now));
    let minutes = |settings: &OfficeSettings| Some(format!("{} minutes", settings.lockout_minutes));
    say("wrong PINs close new logins for", minutes(former), minutes(now));
    let days = |settings: &OfficeSettings| Some(format!("{} days", settings.audit_days));
    say("the journal is kept for", days(former), days(now));
    let restart = |settings: &OfficeSettings| Some(word(&AFTER_RESTART, settings.after_restart).to_owned());
    say("logins at a restart", restart(former), restart(now));
    say("automatic logout", auto_logout(&former.auto_logout), auto_logout(&now.auto_logout));
    say("trusted networks", networks(former), networks(now));
    if former.company_pin != now.company_pin {
        let sentence = if now.company_pin.is_some() { "new company PIN" } else { "no company PIN any more" };
        lines.push(sentence.to_owned());
    }
    if former.trunks != now.trunks && hosts(&former.trunks) == hosts(&now.trunks) {
        lines.push("what is said of the trunks".to_owned());
    }
    if former.plan != now.plan {
        lines.push("the codes of the plan".to_owned());
    }
    if former.templates != now.templates {
        lines.push("the templates".to_owned());
    }
    lines
}

fn emergency_numbers(settings: &OfficeSettings) -> Option<String> {
    match settings.emergency_numbers.as_deref() {
        None => Some("those of the country".to_owned()),
        Some([]) => None,
        Some(own) => Some(own.iter().map(text).collect::<Vec<_>>().join(", ")),
    }
}

fn auto_logout(one: &AutoLogout) -> Option<String> {
    let minutes =
        |what: &str, minutes: Option<u32>| minutes.map(|minutes| format!("{what} {minutes} minutes"));
    let clock = one.at.map(|time| format!("at {time} on {}", one.days));
    let parts = [minutes("after", one.after), minutes("idle", one.idle), clock, minutes("gone", one.gone)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn networks(settings: &OfficeSettings) -> Option<String> {
    let networks: Vec<String> =
        settings.trusted_networks.iter().map(|one| format!("{} {}", one.network, one.description)).collect();
    let networks: Vec<&str> = networks.iter().map(|one| one.trim_end()).collect();
    (!networks.is_empty()).then(|| networks.join(", "))
}

/// What is different about an extension; of a new one, what is worth saying.
pub(super) fn of_extension(
    former: Option<&Extension>,
    now: &Extension,
    settings: &OfficeSettings,
) -> Vec<String> {
    let mut details = Vec::new();
    let was_hotdesk = former.is_some_and(|former| former.own.hotdesk == Some(true));
    match (was_hotdesk, now.own.hotdesk == Some(true)) {
        (false, true) => details.push("may hot desk".to_owned()),
        (true, false) => details.push("may no longer hot desk".to_owned()),
        (true, true) | (false, false) => {}
    }
    let Some(former) = former else { return details };
    if former.name != now.name {
        details.push(format!("was called {}", former.name));
    }
    if former.keys != now.keys {
        details.push("new keys".to_owned());
    }
    details.extend(template(&former.template, &now.template));
    let own = |one: &Extension| -> Vec<Value> {
        export::of_extension(one, settings).into_iter().filter(|value| value.key != "hotdesk").collect()
    };
    details.extend(own_values(&own(former), &own(now)));
    if former.hotdesk_id != now.hotdesk_id {
        details.push(match &now.hotdesk_id {
            Some(id) => format!("hot-desk ID {id}"),
            None => "no hot-desk ID any more".to_owned(),
        });
    }
    if former.hotdesk_pin != now.hotdesk_pin {
        let sentence =
            if now.hotdesk_pin.is_some() { "new hot-desk PIN" } else { "no hot-desk PIN any more" };
        details.push(sentence.to_owned());
    }
    if former.forwards != now.forwards {
        let none = now.forwards == Forwards::default();
        details.push(if none { "no forwards any more" } else { "new forwards" }.to_owned());
    }
    details
}

/// What is different about a device.
pub(super) fn of_device(former: &Device, now: &Device, settings: &OfficeSettings) -> Vec<String> {
    let mut details = Vec::new();
    if former.title() != now.title() {
        details.push(format!("was called {}", former.title()));
    }
    if former.mac != now.mac {
        details.push("new MAC".to_owned());
    }
    if former.tenant != now.tenant {
        details.push(format!("was tenant {}'s, is tenant {}'s", former.tenant, now.tenant));
    }
    if former.model != now.model {
        details.push(format!("was {}, is {}", former.model, now.model));
    }
    if former.mode != now.mode {
        details.push(format!("was {}, is {}", owner(&former.mode), owner(&now.mode)));
    }
    if former.admission != now.admission {
        details.push("let in again".to_owned());
    }
    let account = |device: &Device| device.current().map(|current| current.account.to_string());
    if !now.is_provisioned() && account(former) != account(now) {
        details.push(format!("its SIP user name is now {}", account(now).unwrap_or_default()));
    }
    let passwords = |device: &Device| device.current().map(|current| current.password.clone());
    if !now.is_provisioned() && passwords(former) != passwords(now) {
        details.push("new SIP password".to_owned());
    }
    details.extend(template(&former.template, &now.template));
    details.extend(own_values(&export::of_device(former, settings), &export::of_device(now, settings)));
    if former.location != now.location {
        details.push(format!("location: {}", if now.location.is_empty() { "none" } else { &now.location }));
    }
    if former.emergency_caller != now.emergency_caller {
        let number = now.emergency_caller.as_deref().unwrap_or("none");
        details.push(format!("number shown at emergency calls: {number}"));
    }
    details
}

fn template(former: &Option<TemplateName>, now: &Option<TemplateName>) -> Option<String> {
    let said = || match now {
        Some(name) => format!("template {name}"),
        None => "no template any more".to_owned(),
    };
    (former != now).then(said)
}

/// The own values that are different, as they stand in a file; `inherited` where there is none any more.
fn own_values(former: &[Value], now: &[Value]) -> Vec<String> {
    let own = |value: &Value| value.text.as_ref().filter(|_| value.origin == Origin::Own).map(Text::toml);
    let different = former.iter().zip(now).filter(|(former, now)| own(former) != own(now));
    different
        .map(|(_, now)| format!("{} {}", now.key, own(now).unwrap_or_else(|| "inherited".to_owned())))
        .collect()
}

/// Whose a device is.
pub(super) fn owner(mode: &DeviceMode) -> String {
    match mode {
        DeviceMode::Unassigned => "nobody's".to_owned(),
        DeviceMode::HotDesk => "hot desk".to_owned(),
        DeviceMode::Owned(number) => format!("{number}'s"),
    }
}

fn text(value: impl fmt::Display) -> String {
    value.to_string()
}
