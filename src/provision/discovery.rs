//! SIP plug and play: what a phone's multicast SUBSCRIBE says, and what the answer must hold.
//!
//! A phone that starts asks 224.0.1.75 for its profile (the form before RFC 6080): `SUBSCRIBE sip:MAC%3a<mac>@…` with
//! `Event: ua-profile`. The exchange answers 200 and a NOTIFY whose body is one URL; a NOTIFY re-homes a phone, so a
//! phone whose MAC lies in no known block, or that names another maker, is never answered.
//!
//! Not here: sending, and how often (`exchange`); the maker's own servers.

use std::net::IpAddr;

use super::agent::{Agent, MAX_TEXT, Maker, model_named};
use super::identify::unknown_model;
use super::oui::vendor_of;
use crate::model::{Announcement, Mac, ModelName, Sighting, Vendor};

/// The Event header of the NOTIFY, as phones of both makers take it.
pub const NOTIFY_EVENT: &str = r#"ua-profile;profile-type="device";vendor="OEM";model="OEM";version="1""#;

/// The Content-Type of the NOTIFY.
pub const NOTIFY_CONTENT_TYPE: &str = "application/url";

/// The texts of a SUBSCRIBE that matter here, as they stood in it.
#[derive(Debug, Clone, Copy)]
pub struct SubscribeFacts<'a> {
    /// The Request-URI.
    pub request_uri: &'a str,
    /// The URI of the From header.
    pub from_uri: &'a str,
    /// The Event header.
    pub event: &'a str,
    /// The User-Agent header.
    pub user_agent: Option<&'a str>,
}

/// A phone that announced itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// Its hardware address.
    pub mac: Mac,
    /// Its maker.
    pub vendor: Vendor,
    /// Its model, as far as it could be told.
    pub model: ModelName,
}

impl Discovered {
    /// With where it is and by which of the box's addresses it came in.
    pub fn at(self, address: IpAddr, local: IpAddr) -> Announcement {
        Announcement { mac: self.mac, model: self.model, sighting: Sighting::heard(address, local) }
    }
}

/// Who announced itself; `None` where Perch must not answer.
pub fn discover(facts: SubscribeFacts<'_>) -> Option<Discovered> {
    let texts = [facts.request_uri, facts.from_uri, facts.event, facts.user_agent.unwrap_or_default()];
    if texts.iter().any(|text| text.len() > MAX_TEXT) || !is_device_profile(facts.event) {
        return None;
    }
    let agent = Agent::read(facts.user_agent.unwrap_or_default());
    let mac = mac_of_uri(facts.request_uri).or_else(|| mac_of_uri(facts.from_uri)).or(agent.mac)?;
    if agent.mac.is_some_and(|said| said != mac) {
        return None;
    }
    let block = vendor_of(mac)?;
    let (said, model) = match agent.maker {
        Maker::Ours(vendor) => (Some(vendor), agent.model),
        Maker::Other => return None,
        Maker::Untold => event_maker(facts.event)?,
    };
    let vendor = said.unwrap_or(block);
    let model = model.or_else(|| unknown_model(vendor))?;
    (vendor == block).then_some(Discovered { mac, vendor, model })
}

/// The body of the NOTIFY: the one URL the phone shall fetch. `base_url` ends in `/` and holds no secret.
pub fn discovery_body(vendor: Vendor, base_url: &str) -> Option<String> {
    match vendor {
        // A folder, to which the phone adds its own file names.
        Vendor::Yealink => Some(base_url.to_owned()),
        // With the placeholder filled in the phone asks for its personal file and for nothing else.
        Vendor::Snom => Some(format!("{base_url}{{mac}}.xml")),
        Vendor::Generic => None,
    }
}

/// `ua-profile`, and not for another kind of profile.
fn is_device_profile(event: &str) -> bool {
    let mut parts = event.split(';');
    let package = parts.next().unwrap_or_default().trim();
    package.eq_ignore_ascii_case("ua-profile")
        && event_value(event, "profile-type").is_none_or(|kind| kind.eq_ignore_ascii_case("device"))
}

/// The value of a parameter of the Event header, without its quotes.
fn event_value<'a>(event: &'a str, name: &str) -> Option<&'a str> {
    event.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// Maker and model of the Event header; `OEM` says nothing, another maker's name says that it is not ours.
fn event_maker(event: &str) -> Option<(Option<Vendor>, Option<ModelName>)> {
    let word = event_value(event, "vendor").unwrap_or_default().to_ascii_lowercase();
    let vendor = match word.as_str() {
        "yealink" => Vendor::Yealink,
        "snom" => Vendor::Snom,
        "" | "oem" => return Some((None, None)),
        _ => return None,
    };
    let model = event_value(event, "model").unwrap_or_default().to_ascii_lowercase();
    let model = model.strip_prefix("snom").or_else(|| model.strip_prefix("sip-")).unwrap_or(&model);
    let model = (model != "oem").then(|| model_named(vendor, model)).flatten();
    Some((Some(vendor), model))
}

/// The first twelve hexadecimal digits of the user part, after an optional `MAC` and an optional `%3a`, `:` or `=`.
fn mac_of_uri(uri: &str) -> Option<Mac> {
    let uri = uri.trim().trim_start_matches('<');
    let rest = strip_start(uri, "sips:").or_else(|| strip_start(uri, "sip:")).unwrap_or(uri);
    let rest = strip_start(rest, "mac").unwrap_or(rest);
    let rest = strip_start(rest, "%3a").or_else(|| rest.strip_prefix([':', '='])).unwrap_or(rest);
    let digits = rest.get(..12)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    digits.parse().ok()
}

/// What follows `start`, whatever its case.
fn strip_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn saw(uri: &str, from: &str, event: &str, agent: &str) -> String {
        let user_agent = (!agent.is_empty()).then_some(agent);
        discover(SubscribeFacts { request_uri: uri, from_uri: from, event, user_agent })
            .map_or("nobody".to_owned(), |phone| format!("{} {}", phone.mac.bare(), phone.model))
    }

    const OEM: &str = r#"ua-profile;profile-type="device";vendor="OEM";model="OEM";version="10.1""#;

    #[test]
    fn the_makers_announcements_are_understood() {
        let t53w = r#"ua-profile;profile-type="device";vendor="Yealink";model="T53W";version="96.87.0.16""#;
        let d120 = r#"ua-profile;profile-type="device";vendor="snom";model="snomD120";version="10.1.39.11""#;
        for (uri, event, agent, expected) in [
            ("sip:MAC%3a000413aabbcc@224.0.1.75", OEM, "snomD120/10.1.39.11", "000413aabbcc snom-d120"),
            ("sip:MAC%3A000413AABBCC@224.0.1.75", d120, "", "000413aabbcc snom-d120"),
            ("sip:MAC%3a000413aabbcc@224.0.1.75", OEM, "", "000413aabbcc snom-unknown"),
            ("sip:MAC001565f4f9e1@224.0.1.75", t53w, "", "001565f4f9e1 yealink-t53w"),
            (
                "sip:MAC%3a805ec0112233@224.0.1.75",
                t53w,
                "Yealink SIP-T53W 96.87.0.16 805ec0112233",
                "805ec0112233 yealink-t53w",
            ),
            ("<sip:mac:805ec0112233@example.com>", t53w, "", "805ec0112233 yealink-t53w"),
            (
                "sip:224.0.1.75:5060",
                t53w,
                "Yealink SIP-T53W 96.87.0.16 805ec0112233",
                "805ec0112233 yealink-t53w",
            ),
        ] {
            assert_eq!(saw(uri, "", event, agent), expected, "{uri} {agent}");
        }
        assert_eq!(saw("sip:224.0.1.75", "sip:MAC=805ec0112233@x", t53w, ""), "805ec0112233 yealink-t53w");
    }

    #[test]
    fn a_phone_of_another_maker_or_of_an_unknown_block_is_never_answered() {
        let grandstream = r#"ua-profile;profile-type="device";vendor="Grandstream";model="GRP2612W""#;
        for (uri, event, agent) in [
            ("sip:MAC%3AC074AD112233@224.0.1.75", grandstream, "Grandstream GRP2612W 1.0.5.67"),
            ("sip:MAC%3A805ec0112233@224.0.1.75", grandstream, ""),
            ("sip:MAC%3A805ec0112233@224.0.1.75", OEM, "Grandstream GRP2612W 1.0.5.67"),
            ("sip:MAC%3a00135E874B49@gigaset.com", OEM, "Gigaset Maxwell 3"),
            ("sip:MAC%3a000413e50001@224.0.1.75", OEM, ""),
            ("sip:MAC%3a02aa00112233@224.0.1.75", OEM, "Yealink SIP-T46U 108.86.0.20"),
            ("sip:MAC%3a000413aabbcc@224.0.1.75", OEM, "Yealink SIP-T46U 108.86.0.20"),
            ("sip:MAC%3a805ec0112233@224.0.1.75", OEM, "Yealink SIP-T46U 108.86.0.20 805ec0999999"),
            ("sip:224.0.1.75", OEM, "AUDC-IPPhone/2.2.8.61 (440HDG-Rev0; 00908F602AAC)"),
        ] {
            assert_eq!(saw(uri, "", event, agent), "nobody", "{uri} {event} {agent}");
        }
    }

    #[test]
    fn only_a_subscription_to_the_device_profile_is_an_announcement() {
        let uri = "sip:MAC%3a000413aabbcc@224.0.1.75";
        assert_eq!(saw(uri, "", "message-summary", ""), "nobody");
        assert_eq!(saw(uri, "", r#"ua-profile;profile-type="application""#, ""), "nobody");
        assert_eq!(saw(uri, "", "ua-profile", ""), "000413aabbcc snom-unknown");
    }

    #[test]
    fn each_maker_is_given_the_address_in_its_own_form() {
        let base = "http://192.0.2.1:8080/p/";
        assert_eq!(discovery_body(Vendor::Yealink, base).as_deref(), Some(base));
        assert_eq!(discovery_body(Vendor::Snom, base).as_deref(), Some("http://192.0.2.1:8080/p/{mac}.xml"));
        assert_eq!(discovery_body(Vendor::Generic, base), None);
    }

    proptest! {
        #[test]
        fn no_subscription_whatever_makes_it_panic(
            uri in "(sip:)?(MAC)?(%3a|:|=|)[0-9a-f\u{e9}]{0,13}\\PC{0,20}",
            event in "(ua-profile)?(;[a-z-]{0,12}(=\"?\\PC{0,8}\"?)?){0,4}",
            agent in "\\PC{0,60}",
        ) {
            let _ = discover(SubscribeFacts {
                request_uri: &uri,
                from_uri: &agent,
                event: &event,
                user_agent: Some(&agent),
            });
        }
    }
}
