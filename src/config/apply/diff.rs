//! What changes do, said to a person: what goes, what is different, what is new. No line carries a secret.

use std::collections::BTreeSet;
use std::fmt;

use super::after;
use crate::config::export::word;
use crate::config::office_file::{IDLE_CALLS, POLICIES};
use crate::model::{Change, Device, DeviceMode, Extension, Office, OfficeSettings, OfficeWish, Trunk};

/// Changes, and what a person is told about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// What goes, a line each.
    pub removed: Vec<String>,
    /// What is different, a line each.
    pub changed: Vec<String>,
    /// What is new, a line each.
    pub added: Vec<String>,
    /// The changes themselves, in order.
    pub changes: Vec<Change>,
    /// Whether more than a tenth of the extensions or of the devices goes: then somebody should be asked.
    pub removes_more_than_a_tenth: bool,
}

/// Where a person finds a secret that no line tells.
const WHERE_SHOWN: &str = "see \"perch export --secrets\"";

impl Diff {
    /// Says what these changes do to the present office, and which secrets of the wish the box has made itself.
    pub(super) fn of(present: &Office, wish: &OfficeWish, changes: Vec<Change>) -> Self {
        let after = after(present, &changes);
        let mut diff = Self { changes, ..Self::default() };
        diff.changed.extend(setting_lines(&present.settings, &after.settings));
        diff.extension_lines(present, wish, &after);
        diff.device_lines(present, &after);
        diff
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Every line with its sign: what goes first (`-`), then what is different (`~`), then what is new (`+`).
    pub fn lines(&self) -> Vec<String> {
        let signed = |sign: &'static str| move |line: &String| format!("{sign} {line}");
        let removed = self.removed.iter().map(signed("-"));
        let changed = self.changed.iter().map(signed("~"));
        removed.chain(changed).chain(self.added.iter().map(signed("+"))).collect()
    }

    fn extension_lines(&mut self, present: &Office, wish: &OfficeWish, after: &Office) {
        let without_pin = wish.extensions.iter().filter(|extension| extension.pin.is_none());
        let without_pin: BTreeSet<_> = without_pin.map(|extension| &extension.number).collect();
        let gone = present.extensions.values().filter(|one| !after.extensions.contains_key(&one.number));
        let gone: Vec<String> = gone.map(|one| format!("extension {} {}", one.number, one.name)).collect();
        self.removes_more_than_a_tenth |= gone.len() * 10 > present.extensions.len();
        self.removed.extend(gone);
        for extension in after.extensions.values() {
            let title = format!("extension {} {}", extension.number, extension.name);
            let former = present.extensions.get(&extension.number);
            let mut details = extension_details(former, extension);
            let new_pin = extension.pin.is_some() && former.is_none_or(|former| former.pin != extension.pin);
            match (new_pin, without_pin.contains(&extension.number)) {
                (true, true) => details.push(format!("a PIN made by the box, {WHERE_SHOWN}")),
                (true, false) => details.push("new PIN".to_owned()),
                (false, _) => {}
            }
            match former {
                None => self.added.push(with_details(title, &details)),
                Some(former) if former == extension => {}
                Some(_) => self.changed.push(with_details(title, &details)),
            }
        }
    }

    fn device_lines(&mut self, present: &Office, after: &Office) {
        let is_let_in = |device: &&Device| device.admission.is_let_in();
        let here = present.devices.values().filter(is_let_in).count();
        let gone = present.devices.values().filter(|one| !after.devices.contains_key(&one.id));
        let gone: Vec<String> =
            gone.filter(is_let_in).map(|device| format!("device {}", device.title())).collect();
        self.removes_more_than_a_tenth |= gone.len() * 10 > here;
        self.removed.extend(gone);
        for device in after.devices.values() {
            let title = format!("device {}", device.title());
            match present.devices.get(&device.id) {
                Some(former) if former == device => {}
                Some(former) if is_let_in(&former) => {
                    self.changed.push(with_details(title, &device_details(former, device)));
                }
                Some(_) | None => {
                    let mut details = vec![format!("{}, {}", device.model, owner(&device.mode))];
                    if let Some(current) = device.current().filter(|_| !device.is_provisioned()) {
                        details.push(format!("SIP user name {}", current.account));
                        details.push(format!("its password: {WHERE_SHOWN}"));
                    }
                    self.added.push(with_details(title, &details));
                }
            }
        }
    }
}

fn setting_lines(former: &OfficeSettings, now: &OfficeSettings) -> Vec<String> {
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
    say("language", Some(text(former.language)), Some(text(now.language)));
    say("time zone", Some(former.timezone.clone()), Some(now.timezone.clone()));
    say("SIP domain", Some(former.realm.clone()), Some(now.realm.clone()));
    say(
        "emergency extension",
        former.emergency_extension.as_ref().map(text),
        now.emergency_extension.as_ref().map(text),
    );
    let trunk = |trunk: &Option<Trunk>| trunk.as_ref().map(|trunk| format!("{}:{}", trunk.host, trunk.port));
    say("trunk", trunk(&former.trunk), trunk(&now.trunk));
    let policy = |settings: &OfficeSettings| Some(word(&POLICIES, settings.login_policy).to_owned());
    say("at a second login", policy(former), policy(now));
    let idle = |settings: &OfficeSettings| Some(word(&IDLE_CALLS, settings.idle_calls).to_owned());
    say("an idle hot-desk phone may call", idle(former), idle(now));
    if former.plan != now.plan {
        lines.push("the codes of the plan".to_owned());
    }
    lines
}

fn extension_details(former: Option<&Extension>, now: &Extension) -> Vec<String> {
    let mut details = Vec::new();
    let was_hotdesk = former.is_some_and(|former| former.own.hotdesk == Some(true));
    match (was_hotdesk, now.own.hotdesk == Some(true)) {
        (false, true) => details.push("may hot desk".to_owned()),
        (true, false) => details.push("may no longer hot desk".to_owned()),
        (true, true) | (false, false) => {}
    }
    if let Some(former) = former {
        if former.name != now.name {
            details.push(format!("was called {}", former.name));
        }
        if former.keys != now.keys {
            details.push("new keys".to_owned());
        }
    }
    details
}

fn device_details(former: &Device, now: &Device) -> Vec<String> {
    let mut details = Vec::new();
    if former.title() != now.title() {
        details.push(format!("was called {}", former.title()));
    }
    if former.mac != now.mac {
        details.push("new MAC".to_owned());
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
    details
}

fn owner(mode: &DeviceMode) -> String {
    match mode {
        DeviceMode::Unassigned => "nobody's".to_owned(),
        DeviceMode::HotDesk => "hot desk".to_owned(),
        DeviceMode::Owned(number) => format!("{number}'s"),
    }
}

fn with_details(title: String, details: &[String]) -> String {
    if details.is_empty() { title } else { format!("{title}: {}", details.join(", ")) }
}

fn text(value: impl fmt::Display) -> String {
    value.to_string()
}
