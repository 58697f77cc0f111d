//! What a phone must be told: who is asking, how it found the box, what its file says, how it is told to fetch it.
//!
//! Pure values: a request's texts and a [`PhoneState`] go in, bytes come out, the same bytes as long as nothing changed.
//! Files without a device's secret ([`render_bootstrap`]) hold no account and no secret.
//!
//! Not here: which path may see which file and who has fetched it (`web`, `exchange`); sending the NOTIFY (`exchange`).

pub mod agent;
pub mod discovery;
pub mod extra;
pub mod file;
pub mod identify;
pub mod keys;
pub mod locale;
pub mod models;
pub mod oui;
pub mod refresh;
pub mod text;
pub mod vendor;

pub use discovery::{
    Discovered, NOTIFY_CONTENT_TYPE, NOTIFY_EVENT, SubscribeFacts, discover, discovery_body,
};
pub use extra::{ExtraFlaw, ExtraLines};
pub use file::RenderedFile;
pub use identify::{FileKind, FileRequest, IdentifyError, identify};
pub use keys::{KeyLayout, KeyUse};
pub use refresh::{may_need_md5_only, refresh_method};

use crate::model::{AccountName, PhoneState, Vendor};

/// The file an accepted phone asked for; `None` where it has none of that kind (404), or where the request comes from
/// another phone than the state's.
pub fn render(state: &PhoneState, request: &FileRequest) -> Option<RenderedFile> {
    if request.vendor != state.model.vendor() || request.mac.is_some_and(|mac| mac != state.mac) {
        return None;
    }
    match request.vendor {
        Vendor::Yealink => vendor::yealink::render(state, request.kind),
        Vendor::Snom => vendor::snom::render(state, request.kind),
        Vendor::Generic => None,
    }
}

/// The file for a phone that is not accepted: no account and no secret, the no-reboot switch, and where to ask again every
/// minute. `base_url` ends in `/`.
pub fn render_bootstrap(request: &FileRequest, base_url: &str) -> Option<RenderedFile> {
    match request.vendor {
        Vendor::Yealink => vendor::yealink::render_bootstrap(request, base_url),
        Vendor::Snom => vendor::snom::render_bootstrap(request.kind, base_url),
        Vendor::Generic => None,
    }
}

/// How often a phone that waits to be accepted asks again.
const ASK_AGAIN_SECONDS: u32 = 60;

/// How often an accepted phone asks by itself, should a NOTIFY ever be lost; an unchanged file costs it nothing.
const POLL_SECONDS: u32 = 3600;

/// What stands beside the line: the screen name alone on an idle phone (C17), number and name otherwise (C18).
fn label(state: &PhoneState) -> String {
    let is_idle = state.account == AccountName::idle(state.mac);
    let whole =
        if is_idle { state.screen.clone() } else { format!("{} {}", state.screen, state.display_name) };
    text::shown_name(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Mac;

    #[test]
    fn k28_every_settings_file_of_every_yealink_says_that_a_notify_restarts_nothing() {
        let mac = Some(Mac([0x80, 0x5e, 0xc0, 0x11, 0x22, 0x33]));
        for model in models::every_model().into_iter().filter(|model| model.vendor() == Vendor::Yealink) {
            let idle = example::idle(model.as_str());
            let states = [
                idle.clone(),
                PhoneState { hotdesk_key: true, ..idle },
                example::logged_in(model.as_str(), vec![]),
            ];
            for kind in [FileKind::Personal, FileKind::Common { hardware: None }] {
                let request = FileRequest { vendor: Vendor::Yealink, mac, kind, model: Some(model.clone()) };
                let bootstrap = render_bootstrap(&request, "http://192.0.2.1:8080/p/");
                let files = states.iter().map(|state| render(state, &request)).chain([bootstrap]);
                for file in files {
                    let text = String::from_utf8(file.expect("a settings file").body).expect("text");
                    let says: Vec<_> =
                        text.lines().filter(|line| line.starts_with("sip.notify_reboot_enable")).collect();
                    assert_eq!(says, ["sip.notify_reboot_enable = 0"], "{model} {kind:?}");
                }
            }
        }
    }
}

/// Phone states for the tests of this room.
#[cfg(test)]
pub(crate) mod example {
    use crate::model::*;

    /// An idle hot-desk phone.
    pub(crate) fn idle(model: &str) -> PhoneState {
        let model: ModelName = model.parse().expect("a model of the test's own");
        let mac = match model.vendor() {
            Vendor::Snom => Mac([0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc]),
            _ => Mac([0x80, 0x5e, 0xc0, 0x11, 0x22, 0x33]),
        };
        PhoneState {
            device: DeviceId(1),
            mac,
            model,
            generation: Generation(1),
            screen: "HD0001".to_owned(),
            display_name: "Rossi & Figli".to_owned(),
            account: AccountName::idle(mac),
            auth_name: AuthName::generated(DeviceId(1), Generation(1)),
            password: Secret::new("idle-password"),
            realm: "office.perch.local".to_owned(),
            server: (ServerName::Address([192, 0, 2, 1].into()), 5060),
            tcp: false,
            register_every: 600,
            provisioning_url: "http://192.0.2.1:8080/p/0123456789abcdef/".to_owned(),
            admin_password: Secret::new("admin-password"),
            language: Language::En,
            country: "IT".parse().ok(),
            timezone: "Europe/Rome".to_owned(),
            emergency_numbers: vec!["112".to_owned(), "113".to_owned()],
            is_shared: true,
            keys: Vec::new(),
            logout_code: None,
            hotdesk_key: false,
            extra: String::new(),
        }
    }

    /// The same phone with 100 logged in.
    pub(crate) fn logged_in(model: &str, keys: Vec<KeyWish>) -> PhoneState {
        let extension: ExtensionNumber = "100".parse().expect("a number");
        PhoneState {
            generation: Generation(2),
            screen: "100".to_owned(),
            display_name: "Ada Rossi".to_owned(),
            account: AccountName::login(&extension),
            auth_name: AuthName::generated(DeviceId(1), Generation(2)),
            password: Secret::new("login-password"),
            keys,
            logout_code: Some("*400".to_owned()),
            ..idle(model)
        }
    }
}
