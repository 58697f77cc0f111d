//! Notified: what the phone does with the box's NOTIFYs, of which there may be two kinds (PHONES.md A1, A3).

use std::time::Instant;

use perch::sip::Message;
use perch::sip::digest::{Algorithm, Challenge, Credentials, Qop, Stale, ha1};
use perch::sip::outgoing::Outgoing;
use perch::sip::transaction::NewRequest;

use super::call::Call;
use super::line::Line;
use super::{CallState, OnNotify, Settings, SimPhone};

/// The nonce of a phone that challenges its box.
const NONCE: &str = "a-phone-of-little-trust";

impl SimPhone {
    pub(super) fn handle_notify(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let package = message.event().map(|event| event.package.to_owned()).unwrap_or_default();
        match package.as_str() {
            "ua-profile" => self.handle_profile(request, message, now),
            "check-sync" => self.handle_check_sync(request, message, now),
            "dialog" | "message-summary" if self.quirks.subscribes => {
                self.handle_watched(request, message, now);
            }
            other => {
                self.inspector.complain(format!("a NOTIFY nobody asked for: {other}"));
                self.answer(request, message, 489, now);
            }
        }
    }

    fn handle_profile(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let call_id = message.call_id().unwrap_or_default();
        if !self.fetching.awaits(call_id) {
            // A copy of an old NOTIFY, or a stranger's: the phone has what it wanted.
            self.answer(request, message, 481, now);
            return;
        }
        self.answer(request, message, 200, now);
        let url = String::from_utf8_lossy(message.body()).into_owned();
        let is_one_url = url.starts_with("http://") && !url.contains(char::is_whitespace);
        if !is_one_url || !message.is_content_type("application/url") {
            self.inspector.complain(format!("the answer to the announcement is not one address: {url}"));
        }
        self.told_url(&url, now);
    }

    fn handle_check_sync(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let uri = message.request_uri().unwrap_or_default();
        // A copy of an older NOTIFY may still be on its way to a contact the phone has given up since.
        let is_registered = |line: &Line| {
            line.is_registered() && line.since.is_some_and(|since| now - since > self.quirks.late)
        };
        if self.lines.iter().any(is_registered) && !self.contacts.iter().any(|contact| contact == uri) {
            self.inspector.complain(format!("check-sync for {uri}, which is no contact of this phone (B4)"));
        }
        let disturbed = |call: &Call| {
            let since = call.up_since.filter(|_| call.state == CallState::Up);
            since.is_some_and(|since| now - since > self.quirks.late)
        };
        if self.calls.iter().any(disturbed) {
            self.inspector.complain("check-sync during a call (B3)");
        }
        match self.quirks.on_notify {
            OnNotify::Deaf => return,
            OnNotify::Silence => {
                let number = message.cseq().map_or(0, |(number, _)| number);
                let name = (message.call_id().unwrap_or_default().to_owned(), number);
                if self.last_notify.replace(name.clone()) == Some(name) {
                    return;
                }
            }
            OnNotify::Says(status) => self.answer(request, message, status, now),
            OnNotify::Challenges if self.is_proved(message) => self.answer(request, message, 200, now),
            OnNotify::Challenges => {
                self.challenge(request, message, now);
                return;
            }
        }
        let reboot = message.event().ok().and_then(|event| event.params.get("reboot").map(str::to_owned));
        let Settings::Files(config) = &self.settings else { return };
        if reboot.as_deref() != Some("false") || config.restarts_for_notify() {
            self.reboot(now);
        } else {
            self.fetch_soon(now);
        }
    }

    fn challenge(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let realm = self.lines.first().map(|line| line.account.domain.clone()).unwrap_or_default();
        let challenge = Challenge {
            realm,
            nonce: NONCE.to_owned(),
            algorithm: Algorithm::Md5,
            stale: Stale::No,
            qop: vec![Qop::Auth],
            opaque: None,
        };
        let response = self.response(request, message, 401).with("WWW-Authenticate", challenge.to_value());
        self.layer.answer(request, message, &response, now);
    }

    /// Whether the NOTIFY carries the credentials of one of the phone's accounts.
    fn is_proved(&self, message: &Message<'_>) -> bool {
        let Some(credentials) = message.header("Authorization").and_then(Credentials::parse) else {
            return false;
        };
        credentials.nonce == NONCE
            && self.lines.iter().any(|line| {
                let account = &line.account;
                let ha1 = ha1(
                    credentials.algorithm.hash(),
                    &account.auth_name,
                    &credentials.realm,
                    &account.password,
                );
                credentials.username == account.auth_name
                    && credentials.verify("NOTIFY", message.body(), &ha1)
            })
    }
}
