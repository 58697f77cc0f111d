//! Proof: the box's answer to a trunk that asks for a password (RFC 3261 §22.2, §22.3).
//!
//! An INVITE that is challenged goes out once more with the answer, in the same dialog under the next CSeq number. What
//! follows in that dialog carries credentials from the start, made of the same nonce: a trunk asks again only where it has
//! had enough of that.

use super::setup::Account;
use crate::sip::digest::{self, Answer, Challenge, Stale};
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request};

/// What the box proves with on one leg.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    account: Account,
    challenge: Challenge,
    /// The field that answers: that of a server or of a proxy.
    field: &'static str,
    cnonce: String,
    /// How often the nonce has been used.
    count: u32,
    /// The credentials of the last INVITE, which its ACK repeats.
    invite: String,
}

impl Proof {
    /// The answer to a challenge; `None` where the response is none, or asks for what nobody can give.
    pub fn of(account: &Account, response: &Message<'_>, cnonce: String) -> Option<Self> {
        let (asks, field) = match response.status()? {
            401 => ("WWW-Authenticate", "Authorization"),
            407 => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => return None,
        };
        let challenge = digest::choose(response.headers(asks))?;
        Some(Self { account: account.clone(), challenge, field, cnonce, count: 0, invite: String::new() })
    }

    /// Whether it says that only the nonce was wrong.
    pub fn is_stale(&self) -> bool {
        self.challenge.stale == Stale::Yes
    }

    /// Puts credentials into a request, in place of those it has.
    pub fn sign(&mut self, request: &mut Request) {
        let value = match request.method {
            Method::Ack => self.invite.clone(),
            _ => self.answer(request),
        };
        if request.method == Method::Invite {
            self.invite.clone_from(&value);
        }
        request.remove(self.field);
        request.push(self.field, value);
    }

    fn answer(&mut self, request: &Request) -> String {
        self.count += 1;
        self.challenge.answer(&Answer {
            username: &self.account.user,
            password: self.account.password.expose(),
            method: request.method.as_str(),
            uri: &request.uri,
            body: &request.body,
            cnonce: &self.cnonce,
            count: self.count,
        })
    }
}
