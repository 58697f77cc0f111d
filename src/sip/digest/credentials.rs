//! Credentials: what a client answers to a challenge, and whether it knows the password.

use std::borrow::Cow;

use subtle::{Choice, ConstantTimeEq};

use super::{Algorithm, Hex, Ingredients, response};
use crate::sip::text::{self, Cursor};

/// What a response protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qop {
    /// The method and the URI.
    Auth,
    /// The body too.
    AuthInt,
}

impl Qop {
    /// The word in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// The protection of that name, in any case.
    pub fn of(name: &str) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt].into_iter().find(|qop| qop.as_str().eq_ignore_ascii_case(name))
    }
}

/// The value of an Authorization or Proxy-Authorization header of the scheme Digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials<'m> {
    /// Who says so, quotes and escapes undone.
    pub username: Cow<'m, str>,
    /// The realm, quotes and escapes undone.
    pub realm: Cow<'m, str>,
    /// The nonce, as it stands between its quotes.
    pub nonce: &'m str,
    /// The URI that was hashed, as it stands between its quotes; should be the Request-URI.
    pub uri: &'m str,
    /// The response, hex.
    pub response: &'m str,
    /// The algorithm; MD5 if none is named.
    pub algorithm: Algorithm,
    /// The client's own nonce.
    pub cnonce: Option<&'m str>,
    /// The nonce count, read as hex; `None` without qop.
    pub count: Option<u32>,
    /// What is protected; `None` in the form of RFC 2069.
    pub qop: Option<Qop>,
    /// The opaque value, echoed.
    pub opaque: Option<&'m str>,
    count_text: &'m str,
}

impl<'m> Credentials<'m> {
    /// Reads the value of the header; `None` if it is another scheme, or lacks a part, or names a part twice, or asks
    /// for an algorithm or protection nobody knows.
    pub fn parse(value: &'m str) -> Option<Credentials<'m>> {
        let parts = Parts::parse(value)?;
        let qop = match parts.bare("qop") {
            None => None,
            Some(name) => Some(Qop::of(name)?),
        };
        let algorithm = match parts.bare("algorithm") {
            None => Algorithm::Md5,
            Some(name) => Algorithm::of(name)?,
        };
        let cnonce = parts.bare("cnonce");
        let count_text = parts.bare("nc");
        let count = match (qop, count_text) {
            (None, _) => None,
            (Some(_), Some(count)) => Some(read_count(count)?),
            (Some(_), None) => return None,
        };
        if cnonce.is_none() && (qop.is_some() || algorithm.is_session()) {
            return None;
        }
        Some(Credentials {
            username: parts.username()?,
            realm: parts.plain("realm")?,
            nonce: parts.bare("nonce")?,
            uri: parts.bare("uri")?,
            response: parts.bare("response")?,
            algorithm,
            cnonce,
            count,
            qop,
            opaque: parts.bare("opaque"),
            count_text: count_text.unwrap_or_default(),
        })
    }

    /// Whether the response is the one that somebody computes who knows `ha1`, the stored half for this user, realm and
    /// the hash of [`Credentials::algorithm`]. Takes the same time whatever differs.
    pub fn verify(&self, method: &str, body: &[u8], ha1: &Hex) -> bool {
        let expected = response(
            ha1,
            &Ingredients {
                algorithm: self.algorithm,
                nonce: self.nonce,
                cnonce: self.cnonce.unwrap_or_default(),
                count: self.count_text,
                qop: self.qop,
                method,
                uri: self.uri,
                body,
            },
        );
        let (expected, given) = (expected.as_bytes(), self.response.as_bytes());
        let is_same = |(one, other): (&u8, &u8)| one.ct_eq(&other.to_ascii_lowercase());
        let all = expected.iter().zip(given).map(is_same).fold(Choice::from(1), |all, same| all & same);
        expected.len() == given.len() && bool::from(all)
    }
}

/// Eight hex digits by the book; fewer are let pass.
fn read_count(text: &str) -> Option<u32> {
    let is_hex = !text.is_empty() && text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { u32::from_str_radix(text, 16).ok() } else { None }
}

/// The most parts a Digest header may have.
const MAX_PARTS: usize = 32;

/// The parts of a Digest header that are read, by name.
const NAMES: [&str; 14] = [
    "username",
    "realm",
    "nonce",
    "uri",
    "response",
    "algorithm",
    "cnonce",
    "nc",
    "qop",
    "opaque",
    "stale",
    "username*",
    "userhash",
    "domain",
];

/// The parts of a Digest header, quoted or not, in any order, case and spacing.
#[derive(Debug)]
pub(super) struct Parts<'m> {
    values: [Option<&'m str>; NAMES.len()],
}

impl<'m> Parts<'m> {
    pub fn parse(value: &'m str) -> Option<Parts<'m>> {
        let mut cursor = Cursor::new(value);
        cursor.blanks();
        let is_digest = cursor.token()?.eq_ignore_ascii_case("Digest") && cursor.blanks();
        let mut parts = Parts { values: [None; NAMES.len()] };
        for _ in 0..=MAX_PARTS {
            while cursor.eat(b',') || cursor.blanks() {}
            if cursor.rest().is_empty() {
                return is_digest.then_some(parts);
            }
            let name = cursor.token()?;
            cursor.blanks();
            let value = if cursor.eat(b'=') { part_value(&mut cursor)? } else { return None };
            if let Some(index) = index_of(name)
                && parts.values[index].replace(value).is_some()
            {
                return None;
            }
        }
        None
    }

    fn raw(&self, name: &str) -> Option<&'m str> {
        self.values[index_of(name)?]
    }

    /// The value between its quotes, escapes kept.
    pub fn bare(&self, name: &str) -> Option<&'m str> {
        let value = self.raw(name)?;
        Some(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
    }

    /// The value with its quotes and escapes undone.
    pub fn plain(&self, name: &str) -> Option<Cow<'m, str>> {
        self.raw(name).map(text::unquote)
    }

    /// `username`, or `username*` in its UTF-8 form (RFC 7616 §3.4).
    fn username(&self) -> Option<Cow<'m, str>> {
        if let Some(username) = self.plain("username") {
            return Some(username);
        }
        let (charset, rest) = self.raw("username*")?.split_once('\'')?;
        let (_, username) = rest.split_once('\'')?;
        charset.eq_ignore_ascii_case("UTF-8").then(|| text::percent_decode(username))
    }
}

/// A quoted string, or everything up to the next comma; either must be whole.
fn part_value<'m>(cursor: &mut Cursor<'m>) -> Option<&'m str> {
    cursor.blanks();
    if cursor.peek() != Some(b'"') {
        return cursor.until_bare(b',').map(text::trim);
    }
    let value = cursor.quoted()?;
    cursor.blanks();
    matches!(cursor.peek(), Some(b',') | None).then_some(value)
}

fn index_of(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| known.len() == name.len() && known.eq_ignore_ascii_case(name))
}
