//! What a phone must be told: who is asking, how it found the box, what its file says, how it is told to fetch it.
//!
//! Pure values: a request's texts and a [`PhoneState`] go in, bytes come out, the same bytes as long as nothing changed.
//! Files without a device's secret ([`render_bootstrap`]) hold no account and no secret.
//!
//! Not here: which path may see which file and who has fetched it (`web`, `exchange`); sending the NOTIFY (`exchange`).

pub mod agent;
pub mod discovery;
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

/// Whether several people use the phone, so that nothing of one may stay for the next: its account then begins with
/// `hotdesk-`, while that of an owned phone is its owner's number.
fn is_shared(state: &PhoneState) -> bool {
    state.account.as_str().starts_with("hotdesk-")
}

/// What stands beside the line: the screen name alone on an idle phone (C17), number and name otherwise (C18).
fn label(state: &PhoneState) -> String {
    let is_idle = state.account == AccountName::idle(state.mac);
    let whole =
        if is_idle { state.screen.clone() } else { format!("{} {}", state.screen, state.display_name) };
    text::one_line(&whole)
}
