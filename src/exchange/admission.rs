//! Admission: who may speak.
//!
//! Owns the challenge, the nonces and their use, and the lock-out against guessing. A request without good credentials
//! costs no memory here: nonces are checked by their seal, and only a proved use is remembered. An unknown user name and a
//! wrong password get the same answer after the same work (SIP.md A07).
//!
//! Not here: what a speaker may do (`exchange`), whose credentials they are (`directory`).
//!
//! RFC 3261 §22, RFC 7616, RFC 8760.

pub mod lockout;
pub mod newcomers;

use std::time::{Duration, Instant};

use siphasher::sip::SipHasher24;
use smallvec::SmallVec;

use crate::model::Secret;
use crate::sip::digest::{
    Credentials, Halves, NonceKey, NonceState, NonceUse, NonceWindow, Stale, challenges, ha1, hex,
};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::{Outgoing, Response};

/// How long a nonce may be used: longer than the shortest registration interval, so that a refresh needs one exchange.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(600);

/// What is known of the speaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<W> {
    /// The password of this one was proved.
    Proved(W),
    /// Credentials are wanted.
    Wanted(Stale),
}

/// What credentials show of one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// Whoever made them knows it.
    Right,
    /// Whoever made them has tried another one: the response.
    Wrong(String),
    /// There are none to tell by.
    Nothing,
}

/// Somebody with a digest user name, and what proves it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'s, W> {
    /// Who.
    pub who: W,
    /// The password.
    pub password: &'s Secret,
    /// Its stored halves for this name in the realm of these credentials, where they are stored.
    pub halves: Option<&'s Halves>,
}

/// In which form credentials are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// SHA-256 and then MD5, as RFC 8760 wants it.
    Sha256First,
    /// MD5 and then SHA-256, for clients that look at the first challenge alone.
    Md5First,
    /// MD5 alone.
    Md5Only,
}

/// The gate.
#[derive(Debug)]
pub struct Admission {
    nonces: NonceKey,
    used: NonceWindow,
    tags: SipHasher24,
    began: Instant,
    /// Of a password nobody has.
    nobody: Halves,
}

impl Admission {
    /// A gate with its random keys, opened at `began`.
    pub fn new(nonce_key: [u8; 16], tag_key: [u8; 16], began: Instant) -> Self {
        let lifetime = u64::try_from(NONCE_LIFETIME.as_millis()).unwrap_or(u64::MAX);
        let tags = SipHasher24::new_with_key(&tag_key);
        let nobody = Halves::new("", "", "");
        Self { nonces: NonceKey::new(nonce_key, lifetime), used: NonceWindow::new(), tags, began, nobody }
    }

    /// Checks the credentials of a request in a realm of the box; `who` knows whose a digest user name is in a realm, and
    /// what proves it.
    pub fn check<'s, W>(
        &mut self,
        request: &Message<'_>,
        is_realm: impl Fn(&str) -> bool,
        who: impl Fn(&str, &str) -> Option<Known<'s, W>>,
        now: Instant,
    ) -> Verdict<W> {
        let offered = request.authorization(false).chain(request.authorization(true));
        let Some(credentials) = offered.flatten().find(|one| is_realm(&one.realm)) else {
            return Verdict::Wanted(Stale::No);
        };
        let known = who(&credentials.username, &credentials.realm);
        let is_right = self.proves(&credentials, request, known.as_ref());
        if self.nonces.check(credentials.nonce, self.millis(now)) != NonceState::Fresh {
            return Verdict::Wanted(Stale::Yes);
        }
        let Some(Known { who, .. }) = known.filter(|_| is_right) else { return Verdict::Wanted(Stale::No) };
        // A client of RFC 2069 sends no count: its nonce serves once.
        let count = credentials.count.unwrap_or(1);
        match self.used.spend(credentials.nonce, &credentials.username, count) {
            NonceUse::New => Verdict::Proved(who),
            NonceUse::Used => Verdict::Wanted(Stale::Yes),
        }
    }

    /// What the credentials of a request show of one secret, a PIN: nothing where there are none for `name` in `realm`, or
    /// none made for a nonce of now.
    pub fn try_secret(
        &mut self,
        request: &Message<'_>,
        realm: &str,
        (name, secret): (&str, &Secret),
        now: Instant,
    ) -> Tried {
        let offered = request.authorization(false).chain(request.authorization(true));
        let is_meant = |one: &Credentials<'_>| one.realm == realm && one.username == name;
        let Some(credentials) = offered.flatten().find(is_meant) else { return Tried::Nothing };
        if self.nonces.check(credentials.nonce, self.millis(now)) != NonceState::Fresh {
            return Tried::Nothing;
        }
        let known = Known { who: (), password: secret, halves: None };
        if !self.proves(&credentials, request, Some(&known)) {
            return Tried::Wrong(credentials.response.to_owned());
        }
        match self.used.spend(credentials.nonce, &credentials.username, credentials.count.unwrap_or(1)) {
            NonceUse::New => Tried::Right,
            NonceUse::Used => Tried::Nothing,
        }
    }

    /// The 401 that asks for credentials, in the form this client can take.
    pub fn challenge(
        &mut self,
        request: &Message<'_>,
        flow: &Flow,
        realm: &str,
        (stale, form): (Stale, Form),
        now: Instant,
    ) -> Response {
        let tag = self.tag(request);
        let nonce = self.nonces.mint(self.millis(now));
        let mut response = Response::answering(request, flow, 401, Some(&tag));
        let mut all = challenges(realm, &nonce, stale, form == Form::Md5Only);
        if form == Form::Md5First {
            all.reverse();
        }
        for challenge in all {
            response.push("WWW-Authenticate", challenge);
        }
        response
    }

    /// The To tag of a stateless answer: the same for a retransmission (RFC 3261 §8.2.7), guessed by nobody.
    pub fn tag(&self, request: &Message<'_>) -> String {
        let branch = request.via_top().ok().and_then(|via| via.branch).unwrap_or_default();
        let mut text = SmallVec::<[u8; 256]>::from_slice(request.call_id().unwrap_or_default().as_bytes());
        text.push(0);
        text.extend_from_slice(branch.as_bytes());
        hex(&self.tags.hash(&text).to_be_bytes()).as_str().to_owned()
    }

    /// Whether the response fits; an unknown user's is compared with that of a password nobody has, after the same work.
    fn proves<W>(
        &self,
        credentials: &Credentials<'_>,
        request: &Message<'_>,
        known: Option<&Known<'_, W>>,
    ) -> bool {
        let hash = credentials.algorithm.hash();
        let halves = known.map_or(Some(&self.nobody), |known| known.halves);
        let ha1 = halves.and_then(|halves| halves.of(hash)).unwrap_or_else(|| {
            let password = known.map_or("", |known| known.password.expose());
            ha1(hash, &credentials.username, &credentials.realm, password)
        });
        let method = request.method();
        // A phone may write another URI than it asks for, as many do behind a proxy, but not none at all.
        !credentials.uri.is_empty()
            && credentials.verify(method.as_ref().map_or("", |method| method.as_str()), request.body(), &ha1)
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }
}
