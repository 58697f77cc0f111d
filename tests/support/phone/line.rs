//! A line: one account of the phone and its registration.
//!
//! Owns what REGISTER needs (Call-ID, tag, numbers, the last challenge) and where the registration stands. It sends
//! nothing: see `lines`.

use std::net::SocketAddr;
use std::time::Instant;

use perch::sip::digest::{Answer, Challenge, Stale, choose};
use perch::sip::outgoing::Outgoing;
use perch::sip::{Message, Method, Request};

use super::config::Account;
use super::{ALLOW, DigestTaste, Kind};

/// One account and its registration.
#[derive(Debug)]
pub struct Line {
    pub id: u32,
    pub account: Account,
    /// The URI of its Contact, by which the box must call it.
    pub contact: String,
    /// What stands behind the Contact's brackets in a REGISTER.
    pub contact_params: String,
    pub call_id: String,
    pub tag: String,
    pub state: LineState,
    /// Since when it is registered without a gap.
    pub since: Option<Instant>,
    number: u32,
    proof: Option<(Challenge, u32)>,
}

/// Where a registration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// A REGISTER is under way and nothing is granted.
    Trying,
    /// The box has granted it.
    Registered {
        /// Until when.
        until: Instant,
        /// When to ask for more; none while that is under way.
        again: Option<Instant>,
    },
    /// Refused or unheard.
    Failed {
        /// When to try again.
        again: Instant,
    },
    /// A REGISTER with Expires: 0 is under way.
    Leaving,
}

impl Line {
    /// A line that has not spoken yet.
    pub fn new(id: u32, account: Account, contact: (String, String), names: [String; 2]) -> Self {
        let [call_id, tag] = names;
        let (contact, contact_params) = contact;
        let state = LineState::Trying;
        Self {
            id,
            account,
            contact,
            contact_params,
            call_id,
            tag,
            state,
            since: None,
            number: 0,
            proof: None,
        }
    }

    /// The next REGISTER of this line.
    pub fn register(&mut self, kind: Kind, expires: u32, cnonce: &str) -> Request {
        let Account { user, domain, display_name, .. } = &self.account;
        let who = format!("\"{display_name}\" <sip:{user}@{domain}>");
        let mut request = Request::new(Method::Register, format!("sip:{domain}"))
            .with("From", format!("{who};tag={}", self.tag))
            .with("To", who)
            .with("Call-ID", self.call_id.clone())
            .with("CSeq", "0 REGISTER")
            .with("Contact", format!("<{}>{}", self.contact, self.contact_params))
            .with("Expires", expires.to_string())
            .with("User-Agent", kind.sip_agent())
            .with("Allow", ALLOW);
        let number = self.next_number();
        renumber(&mut request, number);
        self.authorize(&mut request, false, cnonce);
        request
    }

    /// The number of the next REGISTER.
    pub fn next_number(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    /// Keeps the challenge to be answered from now on; `false` if there is none the phone can answer.
    pub fn learn(&mut self, message: &Message<'_>, taste: DigestTaste) -> bool {
        let name = if message.status() == Some(407) { "Proxy-Authenticate" } else { "WWW-Authenticate" };
        let challenge = match taste {
            DigestTaste::Strongest => choose(message.headers(name)),
            DigestTaste::Md5 => choose(message.headers(name).filter(|value| value.contains("algorithm=MD5"))),
        };
        let known = challenge.is_some();
        self.proof = challenge.map(|challenge| (challenge, 0));
        known
    }

    /// Adds credentials, if a challenge is known.
    pub fn authorize(&mut self, request: &mut Request, proxy: bool, cnonce: &str) {
        let Some((challenge, count)) = &mut self.proof else { return };
        *count += 1;
        let value = challenge.answer(&Answer {
            username: &self.account.auth_name,
            password: &self.account.password,
            method: request.method.as_str(),
            uri: &request.uri,
            body: &request.body,
            cnonce,
            count: *count,
        });
        request.replace(if proxy { "Proxy-Authorization" } else { "Authorization" }, value);
    }

    /// Where its requests go.
    pub fn server(&self) -> Option<SocketAddr> {
        let (host, port) = &self.account.proxy;
        Some(SocketAddr::new(host.parse().ok()?, *port))
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            LineState::Trying | LineState::Leaving => None,
            LineState::Registered { until, again } => Some(again.unwrap_or(until)),
            LineState::Failed { again } => Some(again),
        }
    }

    /// Whether the box has granted it.
    pub fn is_registered(&self) -> bool {
        matches!(self.state, LineState::Registered { .. })
    }
}

/// Whether a challenge says that only the nonce was wrong.
pub fn is_stale(message: &Message<'_>) -> bool {
    let values = message.headers("WWW-Authenticate").chain(message.headers("Proxy-Authenticate"));
    choose(values).is_some_and(|challenge| challenge.stale == Stale::Yes)
}

/// Gives a request its number.
pub fn renumber(request: &mut Request, number: u32) {
    let method = request.method.clone();
    request.replace("CSeq", format!("{number} {method}"));
}
