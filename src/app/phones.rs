//! What the exchange may not know of phones and `provision` does: how a model is told, how it is challenged, who announces
//! itself.

use std::net::{IpAddr, SocketAddr};

use crate::exchange::{ChallengeForm, ModelFacts};
use crate::model::{Announcement, ModelName, Vendor};
use crate::provision::agent::Agent;
use crate::provision::discovery::{SubscribeFacts, discover, discovery_body};
use crate::provision::models::has_hotdesk_key;
use crate::provision::refresh::{may_need_md5_only, refresh_method};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::uri::host_of;

/// What is known of a model.
pub fn facts(model: &ModelName) -> ModelFacts {
    ModelFacts { refresh: refresh_method(model), has_hotdesk_key: has_hotdesk_key(model) }
}

/// In which form a phone is asked for credentials, by what it says of itself.
pub fn challenge_form(user_agent: Option<&str>) -> ChallengeForm {
    if user_agent.is_some_and(gives_up_at_sha256) {
        return ChallengeForm::Md5Only;
    }
    let model = user_agent.and_then(|text| Agent::read(text).model);
    match model {
        Some(model) if model.vendor() == Vendor::Generic => ChallengeForm::Md5First,
        Some(model) if may_need_md5_only(&model) => ChallengeForm::Md5Only,
        Some(_) => ChallengeForm::Sha256First,
        // Many clients look at the first challenge alone and give up if they cannot take it.
        None => ChallengeForm::Md5First,
    }
}

/// The old baresip, which Debian still has, reads every challenge and gives up at one that is not MD5, wherever it stands;
/// Twinkle takes the last one.
fn gives_up_at_sha256(user_agent: &str) -> bool {
    ["baresip v0.", "baresip v1.", "baresip v2.", "Twinkle/"].iter().any(|old| user_agent.starts_with(old))
}

/// Who announces itself by this SUBSCRIBE, and the URL it is told; `None` where nobody here knows the phone.
pub fn announced(
    request: &[u8],
    flow: &Flow,
    lan: Option<IpAddr>,
    web_port: u16,
) -> Option<(Announcement, String)> {
    let message = Message::parse(request).ok()?;
    let from = message.from().ok()?;
    let found = discover(SubscribeFacts {
        request_uri: message.request_uri()?,
        from_uri: from.uri,
        event: message.header("Event")?,
        user_agent: message.user_agent(),
    })?;
    let local = lan.unwrap_or(flow.local.ip());
    let base = format!("http://{}:{web_port}/p/", host_of(local));
    let answer = discovery_body(found.vendor, &base)?;
    Some((found.at(flow.remote.ip(), flow.local.ip()), answer))
}

/// Where a host name leads.
pub async fn resolve(host: String) -> Option<IpAddr> {
    let mut found = tokio::net::lookup_host((host, 0)).await.ok()?;
    found.find(SocketAddr::is_ipv4).map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_give_up_at_sha_256_are_asked_for_md5_alone() {
        assert_eq!(challenge_form(Some("baresip v1.0.0 (x86_64/linux)")), ChallengeForm::Md5Only);
        assert_eq!(challenge_form(Some("Twinkle/1.10.3")), ChallengeForm::Md5Only);
        assert_eq!(challenge_form(Some("baresip v3.10.1 (x86_64/Linux)")), ChallengeForm::Md5First);
        assert_eq!(challenge_form(None), ChallengeForm::Md5First);
        assert_eq!(challenge_form(Some("Yealink SIP-T46U 108.86.0.20")), ChallengeForm::Sha256First);
    }
}
