//! Challenges: written by the box, and answered by it.

use super::credentials::Parts;
use super::{Algorithm, Ingredients, Qop, ha1, response};
use crate::sip::text::{self, quote};

/// The value of one WWW-Authenticate or Proxy-Authenticate header of the scheme Digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The realm, plain.
    pub realm: String,
    /// The nonce, as it stands between its quotes.
    pub nonce: String,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Whether the password was right and only the nonce was not.
    pub stale: Stale,
    /// What may be protected; empty in the form of RFC 2069.
    pub qop: Vec<Qop>,
    /// A value to be echoed.
    pub opaque: Option<String>,
}

/// Whether a refused answer was refused for its nonce alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stale {
    /// The nonce was too old, used, or unknown: answer again without asking the user.
    Yes,
    /// A first challenge, or a wrong password.
    No,
}

/// The challenges of one 401 or 407, one header value each, the strongest first (RFC 8760 §2.4): SHA-256 then MD5, or MD5
/// alone for phones that stumble over two.
pub fn challenges(realm: &str, nonce: &str, stale: Stale, md5_only: bool) -> Vec<String> {
    let algorithms: &[Algorithm] =
        if md5_only { &[Algorithm::Md5] } else { &[Algorithm::Sha256, Algorithm::Md5] };
    let realm = quote(realm);
    algorithms.iter().map(|algorithm| written(&realm, nonce, None, stale, *algorithm, &[Qop::Auth])).collect()
}

/// The challenge to answer among those of one response: the first whose algorithm is known (RFC 8760 §2.4 lets the
/// server order them).
pub fn choose<'v>(values: impl IntoIterator<Item = &'v str>) -> Option<Challenge> {
    values.into_iter().find_map(Challenge::parse)
}

/// What the answer to a challenge is made of.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Who answers.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// The Request-URI.
    pub uri: &'a str,
    /// The body, for `auth-int`.
    pub body: &'a [u8],
    /// A random text of our own.
    pub cnonce: &'a str,
    /// How often this nonce has been used, this time counted.
    pub count: u32,
}

impl Challenge {
    /// Reads the value of the header; `None` if it is another scheme or an algorithm nobody knows.
    pub fn parse(value: &str) -> Option<Challenge> {
        let parts = Parts::parse(value)?;
        let qop = parts.bare("qop").unwrap_or_default();
        let known: Vec<_> = qop.split(',').filter_map(|name| Qop::of(text::trim(name))).collect();
        if !qop.is_empty() && known.is_empty() {
            return None;
        }
        let is_stale = parts.bare("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
        Some(Challenge {
            realm: parts.plain("realm")?.into_owned(),
            nonce: parts.bare("nonce")?.to_owned(),
            algorithm: parts.bare("algorithm").map_or(Some(Algorithm::Md5), Algorithm::of)?,
            stale: if is_stale { Stale::Yes } else { Stale::No },
            qop: known,
            opaque: parts.bare("opaque").map(str::to_owned),
        })
    }

    /// The value of the header.
    pub fn to_value(&self) -> String {
        let realm = quote(&self.realm);
        written(&realm, &self.nonce, self.opaque.as_deref(), self.stale, self.algorithm, &self.qop)
    }

    /// The value of the Authorization or Proxy-Authorization header that answers this challenge. `auth` is taken where
    /// it is offered, because proxies on the way may change a body.
    pub fn answer(&self, answer: &Answer<'_>) -> String {
        let qop = self.qop.iter().find(|qop| **qop == Qop::Auth).or(self.qop.first()).copied();
        let count = format!("{:08x}", answer.count);
        let ha1 = ha1(self.algorithm.hash(), answer.username, &self.realm, answer.password);
        let response = response(
            &ha1,
            &Ingredients {
                algorithm: self.algorithm,
                nonce: &self.nonce,
                cnonce: answer.cnonce,
                count: &count,
                qop,
                method: answer.method,
                uri: answer.uri,
                body: answer.body,
            },
        );
        let mut value = format!(
            "Digest username={}, realm={}, nonce=\"{}\", uri=\"{}\", response=\"{}\", algorithm={}",
            quote(answer.username),
            quote(&self.realm),
            self.nonce,
            answer.uri,
            response.as_str(),
            self.algorithm.as_str(),
        );
        if qop.is_some() || self.algorithm.is_session() {
            value.push_str(", cnonce=\"");
            value.push_str(answer.cnonce);
            value.push('"');
        }
        if let Some(qop) = qop {
            value.push_str(", qop=");
            value.push_str(qop.as_str());
            value.push_str(", nc=");
            value.push_str(&count);
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(", opaque=\"");
            value.push_str(opaque);
            value.push('"');
        }
        value
    }
}

/// A challenge as it stands in its header; `realm` is quoted already.
fn written(
    realm: &str,
    nonce: &str,
    opaque: Option<&str>,
    stale: Stale,
    algorithm: Algorithm,
    qop: &[Qop],
) -> String {
    let mut value = String::with_capacity(USUAL_LENGTH + realm.len() + nonce.len());
    let mut add = |pieces: &[&str]| pieces.iter().for_each(|piece| value.push_str(piece));
    add(&["Digest realm=", realm, ", nonce=\"", nonce, "\""]);
    if let Some(opaque) = opaque {
        add(&[", opaque=\"", opaque, "\""]);
    }
    if stale == Stale::Yes {
        add(&[", stale=true"]);
    }
    add(&[", algorithm=", algorithm.as_str()]);
    for (index, one) in qop.iter().enumerate() {
        add(&[if index == 0 { ", qop=\"" } else { "," }, one.as_str()]);
    }
    if !qop.is_empty() {
        add(&["\""]);
    }
    value
}

/// How many bytes of a challenge are neither realm nor nonce, roughly.
const USUAL_LENGTH: usize = 96;
