//! One receiver of webhooks: where, of which events, and the secret that signs for it.

use axum::http::Uri;
use axum::http::uri::Scheme;
use serde::{Deserialize, Serialize};

use crate::model::{Event, Secret};
use crate::web::random;

/// The longest address, in bytes.
pub const LONGEST_URL: usize = 1000;

/// A receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// What it is called: eight hexadecimal digits.
    pub id: String,
    /// Where events are posted.
    pub url: String,
    /// The names of the events it wants, in the order of [`Event::NAMES`]; all where there are none.
    pub events: Vec<String>,
    /// What its deliveries are signed with.
    pub secret: Secret,
}

/// Why there can be no such receiver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WishFault {
    /// The address is none.
    #[error(
        "this is not an address that events can be sent to: it begins with https:// or http://, has at most {LONGEST_URL} characters, and no user name in it"
    )]
    Url,
    /// There is no event of this name.
    #[error("there is no event \"{0}\": there are {names}", names = Event::NAMES.join(", "))]
    Event(String),
}

/// How it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    url: String,
    events: Vec<String>,
    secret: String,
}

impl Receiver {
    /// A receiver with a new secret.
    pub fn new(url: &str, events: Vec<String>) -> Result<Self, WishFault> {
        if !is_address(url) {
            return Err(WishFault::Url);
        }
        if let Some(unknown) = events.iter().find(|name| !Event::NAMES.contains(&name.as_str())) {
            return Err(WishFault::Event(unknown.chars().filter(|c| !c.is_control()).take(32).collect()));
        }
        let wanted = Event::NAMES.into_iter().filter(|name| events.iter().any(|event| event == name));
        Ok(Self {
            id: random::hex(&random::bytes::<4>()),
            url: url.to_owned(),
            events: wanted.map(str::to_owned).collect(),
            secret: Secret::new(format!("whsec_{}", random::token())),
        })
    }

    /// Reads what was kept.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let Kept { id, url, events, secret } = serde_json::from_slice(bytes).ok()?;
        Some(Self { id, url, events, secret: Secret::new(secret) })
    }

    /// What is to be kept.
    pub fn write(&self) -> Vec<u8> {
        let Self { id, url, events, secret } = self.clone();
        let kept = Kept { id, url, events, secret: secret.expose().to_owned() };
        serde_json::to_vec(&kept).expect("texts always serialise")
    }

    /// Whether it wants events of this name.
    pub fn wants(&self, name: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|event| event == name)
    }
}

fn is_address(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let is_web = uri.scheme().is_some_and(|scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP);
    let has_host = uri.authority().is_some_and(|at| !at.host().is_empty() && !at.as_str().contains('@'));
    url.len() <= LONGEST_URL && is_web && has_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b15_a_receiver_is_kept_with_its_secret_and_read_again() {
        let wanted = ["logged-out", "logged-in", "logged-in"].map(str::to_owned).to_vec();
        let receiver = Receiver::new("https://example.org/hook?token=x", wanted).expect("a receiver");
        assert_eq!(receiver.events, ["logged-in", "logged-out"]);
        assert!(receiver.wants("logged-in") && !receiver.wants("emergency"));
        assert_eq!(Receiver::read(&receiver.write()), Some(receiver));
        assert_eq!(Receiver::read(b"nonsense"), None);
        let all = Receiver::new("http://192.0.2.7:9000/", Vec::new()).expect("a receiver");
        assert!(all.wants("emergency"));
    }

    #[test]
    fn b15_what_is_no_address_is_refused_and_so_is_an_unknown_event() {
        let long = format!("https://example.org/{}", "x".repeat(LONGEST_URL));
        for url in [
            "",
            "example.org",
            "/hook",
            "ftp://example.org/",
            "https://",
            "https://ada:x@example.org/",
            &long,
        ] {
            assert_eq!(Receiver::new(url, Vec::new()), Err(WishFault::Url), "{url}");
        }
        let unknown = Receiver::new("https://example.org", vec!["lunch".to_owned()]);
        assert!(unknown.is_err_and(|fault| fault.to_string().contains("logged-in, logged-out")));
    }

    #[test]
    fn b15_the_largest_receiver_fits_where_it_is_kept() {
        let url = format!("https://example.org/{}", "x".repeat(LONGEST_URL - 20));
        let all = Event::NAMES.map(str::to_owned).to_vec();
        let kept = Receiver::new(&url, all).expect("a receiver").write();
        assert!(kept.len() <= crate::store::WebKeep::LARGEST_VALUE, "{} bytes", kept.len());
    }
}
