//! Keys: which transaction a message belongs to (RFC 3261 §17.1.3, §17.2.3).
//!
//! A key is a keyed hash of 128 bits over what must be equal, so that it is short, equally long for every peer, and no
//! sender can aim two requests at one place: without the seed of this run nobody can make two that collide, and by
//! chance it does not happen. Our own branches carry a hash of a counter, so that nobody can guess one and answer in
//! another's name.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

use siphasher::sip128::SipHasher24;
use smallvec::SmallVec;

use crate::sip::flow::DEFAULT_PORT;
use crate::sip::message::{MAGIC_COOKIE, Message, Via};

/// Random numbers of this run, behind every key and branch.
#[derive(Clone, Copy)]
pub struct Seed(pub [u64; 2]);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// What is equal for the copies of one request, and differs for any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u128);

/// A transaction in which we answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey(pub(super) u64);

/// A transaction in which we ask. It is written in the branch of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub(super) u64);

/// What is hashed; each use has its own, so that no key of one use is ever one of another.
#[derive(Debug, Clone, Copy)]
enum Use {
    Branch = 1,
    Classic = 2,
    Dialog = 3,
    Client = 4,
}

/// The text that a fingerprint is made of; long enough for nearly every phone without an allocation.
type Text = SmallVec<[u8; 256]>;

impl Seed {
    /// The key of the transaction of `method` that a request with `via` on top belongs to. An ACK belongs to the
    /// INVITE's; a CANCEL has its own, and aims at the INVITE's.
    pub fn request(&self, message: &Message<'_>, via: &Via<'_>, method: &str) -> Fingerprint {
        let method = if method == "ACK" { "INVITE" } else { method };
        let text = match via.transaction() {
            Some(branch) => {
                let mut text = text_for(Use::Branch);
                append_folded(&mut text, branch);
                append_folded(&mut text, via.host);
                text.extend_from_slice(&via.port.unwrap_or(DEFAULT_PORT).to_be_bytes());
                append(&mut text, method);
                text
            }
            None => classic(message, via, method),
        };
        self.fingerprint(&text)
    }

    /// What an INVITE and the ACK for its 2xx share, whatever their branches: Call-ID, From tag and CSeq number.
    pub fn dialog(&self, message: &Message<'_>) -> Fingerprint {
        let mut text = text_for(Use::Dialog);
        append(&mut text, message.call_id().unwrap_or_default());
        append(&mut text, message.from().ok().and_then(|from| from.tag()).unwrap_or_default());
        text.extend_from_slice(&message.cseq_parts().map_or(0, |(number, _)| number).to_be_bytes());
        self.fingerprint(&text)
    }

    /// The key of the `count`th client transaction.
    pub fn client(&self, count: u64) -> ClientKey {
        let mut text = text_for(Use::Client);
        text.extend_from_slice(&count.to_be_bytes());
        ClientKey(self.hasher().hash(&text).h1)
    }

    fn fingerprint(&self, text: &[u8]) -> Fingerprint {
        Fingerprint(self.hasher().hash(text).as_u128())
    }

    fn hasher(&self) -> SipHasher24 {
        SipHasher24::new_with_keys(self.0[0], self.0[1])
    }
}

/// The rules of RFC 2543: everything that names the request, and the topmost Via. The To tag is left out for an INVITE,
/// for its ACK carries the one we gave.
fn classic(message: &Message<'_>, via: &Via<'_>, method: &str) -> Text {
    let mut text = text_for(Use::Classic);
    append(&mut text, message.request_uri().unwrap_or_default());
    append(&mut text, message.from().ok().and_then(|from| from.tag()).unwrap_or_default());
    append(&mut text, message.call_id().unwrap_or_default());
    text.extend_from_slice(&message.cseq_parts().map_or(0, |(number, _)| number).to_be_bytes());
    append(&mut text, method);
    append_folded(&mut text, via.transport);
    append_folded(&mut text, via.host);
    text.extend_from_slice(&via.port.unwrap_or(DEFAULT_PORT).to_be_bytes());
    append(&mut text, via.params.as_str());
    if method != "INVITE" && method != "CANCEL" {
        append(&mut text, message.to().ok().and_then(|to| to.tag()).unwrap_or_default());
    }
    text
}

impl ClientKey {
    /// The branch that carries this key.
    pub fn branch(self) -> String {
        format!("{MAGIC_COOKIE}{:016x}", self.0)
    }

    /// The key that a branch carries; `None` if it is none of ours.
    pub fn of_branch(branch: &str) -> Option<ClientKey> {
        let (cookie, key) = branch.split_at_checked(MAGIC_COOKIE.len())?;
        let is_ours = cookie.eq_ignore_ascii_case(MAGIC_COOKIE)
            && key.len() == 16
            && key.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_ours.then(|| u64::from_str_radix(key, 16).ok().map(ClientKey)).flatten()
    }
}

fn text_for(purpose: Use) -> Text {
    let mut text = Text::new();
    text.push(purpose as u8);
    text
}

fn append(text: &mut Text, part: &str) {
    text.extend_from_slice(part.as_bytes());
    text.push(0);
}

/// Branches and host names are compared without case (RFC 3261 §7.3.1).
fn append_folded(text: &mut Text, part: &str) {
    let start = text.len();
    append(text, part);
    text[start..].make_ascii_lowercase();
}

/// Hashes a [`Fingerprint`] by taking it as it is: it is a keyed hash already.
#[derive(Debug, Default, Clone, Copy)]
pub struct AlreadyHashed(u64);

/// For maps whose keys are fingerprints. Never iterated: its order would show.
pub type ByFingerprint = BuildHasherDefault<AlreadyHashed>;

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = (value >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed([1, 2]);

    /// The key of a request whose parts are those of a plain INVITE, changed by `change`.
    fn key(change: impl Fn(&str) -> String) -> Fingerprint {
        let plain = "INVITE sip:bob@box SIP/2.0\r\n\
                     Via: SIP/2.0/UDP phone.example:5060;branch=z9hG4bKabc;rport\r\n\
                     From: <sip:ann@box>;tag=1\r\n\
                     To: <sip:bob@box>\r\n\
                     Call-ID: call\r\n\
                     CSeq: 7 INVITE\r\n\r\n";
        let text = change(plain);
        let message = Message::parse(text.as_bytes()).expect("a message");
        let method = message.method().expect("a request");
        SEED.request(&message, &message.via_top().expect("a via"), method.as_str())
    }

    fn plain() -> Fingerprint {
        key(str::to_owned)
    }

    /// A request of a phone of 1999: no cookie.
    fn old(change: impl Fn(String) -> String) -> Fingerprint {
        key(|text| change(text.replace("branch=z9hG4bKabc", "branch=1")))
    }

    #[test]
    fn a_request_is_known_by_its_branch_its_sender_and_its_method() {
        assert_eq!(plain(), key(|text| text.replace("From: <sip:ann@box>;tag=1", "From: <sip:x@y>;tag=2")));
        assert_ne!(plain(), key(|text| text.replace("bKabc", "bKabd")));
        assert_ne!(plain(), key(|text| text.replace("phone.example", "other.example")));
        assert_ne!(plain(), key(|text| text.replace("example:5060", "example:5061")));
        assert_ne!(plain(), key(|text| text.replace("INVITE", "OPTIONS")));
    }

    #[test]
    fn case_and_the_default_port_make_no_difference() {
        assert_eq!(plain(), key(|text| text.replace("phone.example:5060", "Phone.Example")));
        assert_eq!(plain(), key(|text| text.replace("bKabc", "bKABC")));
    }

    #[test]
    fn an_ack_belongs_to_the_invite_and_a_cancel_to_itself() {
        assert_eq!(plain(), key(|text| text.replace("INVITE", "ACK")));
        assert_ne!(plain(), key(|text| text.replace("INVITE", "CANCEL")));
    }

    #[test]
    fn a_cancel_aims_at_the_invite_with_its_branch() {
        let text = "CANCEL sip:bob@box SIP/2.0\r\nVia: SIP/2.0/UDP phone.example;branch=z9hG4bKabc\r\n\r\n";
        let message = Message::parse(text.as_bytes()).expect("a message");
        assert_eq!(plain(), SEED.request(&message, &message.via_top().expect("a via"), "INVITE"));
    }

    #[test]
    fn a_request_without_the_cookie_is_known_by_everything_that_names_it() {
        let same = old(|text| text);
        assert_eq!(
            same,
            old(|text| text.replace("INVITE", "ACK").replace("To: <sip:bob@box>", "To: <sip:bob@box>;tag=9"))
        );
        for (from, to) in [
            ("sip:bob@box SIP", "sip:bob@box:5060 SIP"),
            ("tag=1", "tag=2"),
            ("Call-ID: call", "Call-ID: other"),
            ("CSeq: 7", "CSeq: 8"),
            ("branch=1", "branch=2"),
            ("phone.example", "other.example"),
        ] {
            assert_ne!(same, old(|text| text.replacen(from, to, 1)), "{to}");
        }
    }

    #[test]
    fn an_empty_cookie_is_none() {
        let empty = |call: &'static str| {
            key(move |text| text.replace("z9hG4bKabc", "z9hG4bK").replace("Call-ID: call", call))
        };
        assert_ne!(empty("Call-ID: call"), empty("Call-ID: other"));
    }

    #[test]
    fn our_branches_are_read_back_in_any_case_and_others_are_not_ours() {
        let key = SEED.client(5);
        assert_eq!(ClientKey::of_branch(&key.branch()), Some(key));
        assert_eq!(ClientKey::of_branch(&key.branch().to_uppercase()), Some(key));
        for other in [
            "",
            "z9hG4bK",
            "z9hG4bK12",
            "z9hG4bK+123456789abcdef",
            "z9hG4bK0123456789abcdef0",
            "1234567890123456789é",
        ] {
            assert_eq!(ClientKey::of_branch(other), None, "{other}");
        }
    }

    #[test]
    fn another_seed_gives_other_keys() {
        assert_ne!(Seed([1, 2]).client(5), Seed([1, 3]).client(5));
        assert_ne!(Seed([1, 2]).client(5), Seed([1, 2]).client(6));
    }
}
