//! Digest: proving a password without sending it (RFC 7616, RFC 8760, RFC 3261 §22).
//!
//! Both sides: the box challenges and verifies ([`Challenge`], [`Credentials`], [`NonceKey`], [`NonceWindow`]), and it
//! answers challenges itself, for NOTIFY and trunks ([`Challenge::answer`]). The text a client sent is hashed as it
//! stood; nothing is read and written anew. Who may do what is decided elsewhere (`exchange/admission`).

mod challenge;
mod credentials;
mod nonce;

pub use challenge::{Answer, Challenge, Stale, challenges, choose};
pub use credentials::{Credentials, Qop};
pub use nonce::{MAX_NONCES, NonceKey, NonceState, NonceUse, NonceWindow};

use sha2::digest::Output;

/// How a response is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// MD5, what every phone can.
    Md5,
    /// MD5 with a session key.
    Md5Sess,
    /// SHA-256.
    Sha256,
    /// SHA-256 with a session key.
    Sha256Sess,
    /// SHA-512 cut to 256 bits.
    Sha512_256,
    /// SHA-512 cut to 256 bits, with a session key.
    Sha512_256Sess,
}

/// The hash function under an algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashFunction {
    /// RFC 1321.
    Md5,
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha512_256,
}

impl Algorithm {
    /// The algorithm of that name, in any case.
    pub fn of(name: &str) -> Option<Algorithm> {
        ALGORITHMS.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }

    /// The name as it stands in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Md5Sess => "MD5-sess",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha256Sess => "SHA-256-sess",
            Algorithm::Sha512_256 => "SHA-512-256",
            Algorithm::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    /// The hash function under it.
    pub fn hash(self) -> HashFunction {
        match self {
            Algorithm::Md5 | Algorithm::Md5Sess => HashFunction::Md5,
            Algorithm::Sha256 | Algorithm::Sha256Sess => HashFunction::Sha256,
            Algorithm::Sha512_256 | Algorithm::Sha512_256Sess => HashFunction::Sha512_256,
        }
    }

    /// Whether the key is made anew of nonce and client nonce.
    pub fn is_session(self) -> bool {
        matches!(self, Algorithm::Md5Sess | Algorithm::Sha256Sess | Algorithm::Sha512_256Sess)
    }
}

const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Md5,
    Algorithm::Md5Sess,
    Algorithm::Sha256,
    Algorithm::Sha256Sess,
    Algorithm::Sha512_256,
    Algorithm::Sha512_256Sess,
];

/// The stored half of a digest: H(user:realm:password) in hex, without any session.
pub fn ha1(hash: HashFunction, username: &str, realm: &str, password: &str) -> Hex {
    hash_joined(hash, &[username.as_bytes(), realm.as_bytes(), password.as_bytes()])
}

/// The stored halves of one user in one realm by the hashes that phones use, so that none is computed for each request.
#[derive(Clone)]
pub struct Halves {
    md5: Hex,
    sha256: Hex,
}

impl Halves {
    /// Those of `username` with `password` in `realm`.
    pub fn new(username: &str, realm: &str, password: &str) -> Halves {
        let of = |hash| ha1(hash, username, realm, password);
        Halves { md5: of(HashFunction::Md5), sha256: of(HashFunction::Sha256) }
    }

    /// The one by this hash; `None` if it is not kept.
    pub fn of(&self, hash: HashFunction) -> Option<Hex> {
        match hash {
            HashFunction::Md5 => Some(self.md5),
            HashFunction::Sha256 => Some(self.sha256),
            HashFunction::Sha512_256 => None,
        }
    }
}

/// They open what the password opens.
impl std::fmt::Debug for Halves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Halves(..)")
    }
}

/// What a response is computed of.
#[derive(Debug, Clone, Copy)]
struct Ingredients<'a> {
    algorithm: Algorithm,
    nonce: &'a str,
    cnonce: &'a str,
    count: &'a str,
    qop: Option<Qop>,
    method: &'a str,
    uri: &'a str,
    body: &'a [u8],
}

/// The response by RFC 7616 §3.4.1, or by RFC 2069 when there is no qop.
fn response(ha1: &Hex, of: &Ingredients<'_>) -> Hex {
    let hash = of.algorithm.hash();
    let session_key;
    let ha1 = if of.algorithm.is_session() {
        session_key = hash_joined(hash, &[ha1.as_bytes(), of.nonce.as_bytes(), of.cnonce.as_bytes()]);
        &session_key
    } else {
        ha1
    };
    let ha2 = match of.qop {
        Some(Qop::AuthInt) => {
            let body = hash_joined(hash, &[of.body]);
            hash_joined(hash, &[of.method.as_bytes(), of.uri.as_bytes(), body.as_bytes()])
        }
        Some(Qop::Auth) | None => hash_joined(hash, &[of.method.as_bytes(), of.uri.as_bytes()]),
    };
    match of.qop {
        None => hash_joined(hash, &[ha1.as_bytes(), of.nonce.as_bytes(), ha2.as_bytes()]),
        Some(qop) => hash_joined(
            hash,
            &[
                ha1.as_bytes(),
                of.nonce.as_bytes(),
                of.count.as_bytes(),
                of.cnonce.as_bytes(),
                qop.as_str().as_bytes(),
                ha2.as_bytes(),
            ],
        ),
    }
}

/// The parts joined by colons, hashed, in lower-case hex.
fn hash_joined(hash: HashFunction, parts: &[&[u8]]) -> Hex {
    match hash {
        HashFunction::Md5 => hex(&joined::<md5::Md5>(parts)),
        HashFunction::Sha256 => hex(&joined::<sha2::Sha256>(parts)),
        HashFunction::Sha512_256 => hex(&joined::<sha2::Sha512_256>(parts)),
    }
}

fn joined<D: md5::Digest>(parts: &[&[u8]]) -> Output<D> {
    let mut digest = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            digest.update(b":");
        }
        digest.update(part);
    }
    digest.finalize()
}

/// At most 32 bytes in lower-case hex, as long as any hash here.
#[derive(Clone, Copy)]
pub struct Hex {
    digits: [u8; 64],
    length: usize,
}

impl Hex {
    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("hex digits are ASCII")
    }

    /// The same, as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

/// Bytes in lower-case hex; 32 at most.
pub(crate) fn hex(bytes: &[u8]) -> Hex {
    let mut hex = Hex { digits: [0; 64], length: bytes.len() * 2 };
    for (pair, byte) in hex.digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    hex
}

#[cfg(test)]
mod tests;
