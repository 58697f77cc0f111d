//! How a device is shown, on every page alike: what it is called, who uses it, how far it has followed.

use std::collections::BTreeMap;

use super::list::Search;
use crate::model::{
    DeviceAdmission, DeviceId, DeviceMode, DeviceView, ExtensionNumber, Locked, LoginMethod, Stage,
    StatusView,
};
use crate::web::times::Clock;
use crate::web::words::Words;

/// A device as pages show it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Its id.
    pub id: DeviceId,
    /// What a person calls it.
    pub title: String,
    /// Its MAC.
    pub mac: String,
    /// Its model as people write it.
    pub model: String,
    /// What its screen shows when idle.
    pub screen: String,
    /// Where it was last seen.
    pub address: String,
    /// Who it belongs to.
    pub mode: DeviceMode,
    /// Who uses it: the login's or the owner's `100 Ada Rossi`.
    pub user: Option<String>,
    /// Since when and how, for a login.
    pub since: Option<String>,
    /// Whether the login is on the disc.
    pub saved: bool,
    /// How far it has followed, while that is worth a word.
    pub stage: Option<String>,
    /// Whether it has run out of patience.
    pub late: bool,
    /// Whether it can call nobody until it comes back, the emergency services included.
    pub stranded: bool,
    /// Whether wrong PINs have closed it to new logins.
    pub is_closed: bool,
    /// Whether it can be called.
    pub reachable: bool,
    /// Whether the owner let it in, now or before.
    pub is_accepted: bool,
    /// Whether it waits for the owner's word.
    pub is_waiting: bool,
    /// Whether it was let in before and has come back reset.
    pub is_again: bool,
    /// Whether the box writes its file.
    pub provisioned: bool,
    /// Its provisioning address, with its secret.
    pub url: Option<String>,
}

impl Desk {
    /// Whether somebody is logged in.
    pub fn is_taken(&self) -> bool {
        self.since.is_some()
    }

    /// Whether it is for whoever logs in.
    pub fn is_hot(&self) -> bool {
        self.mode == DeviceMode::HotDesk
    }
}

/// Whether a device is among those looked for: by what it is called, by its label, or by who uses it.
pub fn fits(search: &Search, device: &DeviceView, names: &BTreeMap<ExtensionNumber, String>) -> bool {
    if search.is_empty() {
        return true;
    }
    let owner = match &device.mode {
        DeviceMode::Owned(number) => Some(number),
        DeviceMode::HotDesk | DeviceMode::Unassigned => None,
    };
    let user = device.login.as_ref().map(|login| &login.extension).or(owner);
    let mac = device.mac.map(|mac| format!("{mac} {}", mac.bare())).unwrap_or_default();
    let address = device.address.map(|address| address.to_string()).unwrap_or_default();
    search.fits(&[
        &device.title,
        device.screen_name.as_deref().unwrap_or_default(),
        &mac,
        &address,
        device.model.as_str(),
        &user.map(ToString::to_string).unwrap_or_default(),
        user.and_then(|number| names.get(number)).map_or("", String::as_str),
    ])
}

/// A device as pages show it.
pub fn desk(
    device: &DeviceView,
    names: &BTreeMap<ExtensionNumber, String>,
    status: &StatusView,
    clock: &Clock,
) -> Desk {
    let words = clock.words;
    let named = |number: &ExtensionNumber| match names.get(number) {
        Some(name) if !name.is_empty() => format!("{number} {name}"),
        _ => number.to_string(),
    };
    let owner = match &device.mode {
        DeviceMode::Owned(number) => Some(named(number)),
        DeviceMode::HotDesk | DeviceMode::Unassigned => None,
    };
    let since = device.login.as_ref().map(|login| {
        let method = method_key(login.method);
        words.say2("desk-since", ("moment", &clock.moment(login.since)), ("method", &words.say(method)))
    });
    Desk {
        id: device.id,
        title: device.title.clone(),
        mac: device.mac.map(|mac| mac.to_string()).unwrap_or_default(),
        model: model_name(words, device.model.as_str()),
        screen: device.screen_name.clone().unwrap_or_default(),
        address: device.address.map(|address| address.to_string()).unwrap_or_default(),
        mode: device.mode.clone(),
        user: device.login.as_ref().map(|login| named(&login.extension)).or(owner),
        since,
        saved: device.login.as_ref().is_none_or(|login| login.saved),
        stage: stage(device).map(|key| words.say(key)),
        late: device.late,
        stranded: device.stranded,
        is_closed: status.lockouts.iter().any(|one| one.locked == Locked::Device(device.id)),
        reachable: device.reachable,
        is_accepted: device.admission.is_let_in(),
        is_waiting: device.admission.is_waiting(),
        is_again: device.admission == DeviceAdmission::WaitingAgain,
        provisioned: device.provisioned,
        url: device.provisioning_url.as_ref().map(|url| url.expose().to_owned()),
    }
}

/// The step a phone is at, while it is on its way.
fn stage(device: &DeviceView) -> Option<&'static str> {
    if !device.provisioned || device.admission == DeviceAdmission::Waiting {
        return None;
    }
    match device.stage {
        // A phone that is not connected cannot be told anything; that it is not connected is said already.
        Stage::Routing | Stage::Notified if !device.reachable => None,
        Stage::Routing => Some("stage-routing"),
        Stage::WaitingForCall => Some("stage-waiting-for-call"),
        Stage::Notified => Some("stage-notified"),
        Stage::Fetched => Some("stage-fetched"),
        Stage::Confirmed => None,
    }
}

/// `Yealink T46U`, `Snom D785`.
pub fn model_name(words: Words, model: &str) -> String {
    match model.split_once('-') {
        Some((maker, "unknown")) => capital(maker),
        Some((maker, model)) => format!("{} {}", capital(maker), model.to_ascii_uppercase()),
        None => words.say("model-generic"),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The key of the words for a way of logging in.
pub fn method_key(method: LoginMethod) -> &'static str {
    match method {
        LoginMethod::OwnExtension => "method-own-extension",
        LoginMethod::Code => "method-code",
        LoginMethod::Page => "method-page",
        LoginMethod::Api => "method-api",
        LoginMethod::Prompts => "method-prompts",
        LoginMethod::PhoneNative => "method-phone-native",
    }
}
