//! Nonces: minted without memory, their use remembered.
//!
//! A nonce carries the moment it was made and a serial number under a keyed hash (SipHash-2-4, which is made for texts as
//! short as these), so that one of ours is known without a table ([`NonceKey`]). That a count is used only once is the table's work ([`NonceWindow`]): 64 counts wide for each
//! nonce and user, because requests sent one after another may arrive in another order. What the table forgets because
//! it is full counts as used: the phone is told `stale=true` and gets a fresh nonce, and nothing can be replayed.

use std::collections::BTreeMap;

use siphasher::sip128::SipHasher24;
use subtle::ConstantTimeEq;

use super::hex;

/// The most (nonce, user) pairs remembered; the oldest nonce is forgotten first.
pub const MAX_NONCES: usize = 8192;

/// Counts below the highest seen by this much or more are refused.
const WINDOW: u32 = 64;

/// Bytes of the moment, the serial number, and the keyed hash in a nonce.
const MOMENT: usize = 6;
const SERIAL: usize = 4;
const SEAL: usize = 12;

/// The key that nonces are made with.
#[derive(Clone)]
pub struct NonceKey {
    hasher: SipHasher24,
    serial: u32,
    lifetime: u64,
}

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NonceKey").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// What a nonce is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceState {
    /// Ours and young enough.
    Fresh,
    /// Ours and too old.
    Expired,
    /// Not made with this key; perhaps with the one before a restart.
    Forged,
}

impl NonceKey {
    /// A key of random bytes; its nonces last `lifetime` milliseconds.
    pub fn new(key: [u8; 16], lifetime: u64) -> NonceKey {
        NonceKey { hasher: SipHasher24::new_with_key(&key), serial: 0, lifetime }
    }

    /// A nonce made at `now`, in milliseconds of a clock that does not go back. No two are alike.
    pub fn mint(&mut self, now: u64) -> String {
        self.serial = self.serial.wrapping_add(1);
        let mut bytes = [0; MOMENT + SERIAL + SEAL];
        bytes[..MOMENT].copy_from_slice(&now.to_be_bytes()[8 - MOMENT..]);
        bytes[MOMENT..MOMENT + SERIAL].copy_from_slice(&self.serial.to_be_bytes());
        let seal = self.seal(&bytes[..MOMENT + SERIAL]);
        bytes[MOMENT + SERIAL..].copy_from_slice(&seal);
        hex(&bytes).as_str().to_owned()
    }

    /// Whether `nonce` was made with this key and how old it is at `now`.
    pub fn check(&self, nonce: &str, now: u64) -> NonceState {
        let Some(bytes) = unhex(nonce) else { return NonceState::Forged };
        let seal = self.seal(&bytes[..MOMENT + SERIAL]);
        if !bool::from(seal.ct_eq(&bytes[MOMENT + SERIAL..])) {
            return NonceState::Forged;
        }
        let (moment, _) = stamp(&bytes);
        if now.saturating_sub(moment) > self.lifetime { NonceState::Expired } else { NonceState::Fresh }
    }

    fn seal(&self, bytes: &[u8]) -> [u8; SEAL] {
        let full = self.hasher.hash(bytes).as_bytes();
        let mut seal = [0; SEAL];
        seal.copy_from_slice(&full[..SEAL]);
        seal
    }
}

/// Whether a nonce count may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceUse {
    /// Not seen before; now it is.
    New,
    /// Seen, too far back, or of a nonce already forgotten: refuse with `stale=true`.
    Used,
}

/// Which counts of which nonces were used, by user.
#[derive(Debug, Default)]
pub struct NonceWindow {
    seen: BTreeMap<(Stamp, Box<str>), Counts>,
    forgotten: Option<Stamp>,
}

/// The moment and serial number of a nonce.
type Stamp = (u64, u32);

#[derive(Debug, Clone, Copy)]
struct Counts {
    highest: u32,
    /// Bit n: highest - n was used.
    used: u64,
}

impl NonceWindow {
    /// An empty window.
    pub fn new() -> NonceWindow {
        NonceWindow::default()
    }

    /// Uses `count` of `nonce` for `user`, once. Call it only for a nonce that is [`NonceState::Fresh`] and a response
    /// that was right, so that strangers cannot fill the table. A client of RFC 2069 sends no count: take 1, so that it
    /// may use a nonce once.
    pub fn spend(&mut self, nonce: &str, user: &str, count: u32) -> NonceUse {
        let Some(stamp) = unhex(nonce).map(|bytes| stamp(&bytes)) else { return NonceUse::Used };
        let key = (stamp, Box::from(user));
        if let Some(counts) = self.seen.get_mut(&key) {
            return counts.spend(count);
        }
        if self.forgotten.is_some_and(|forgotten| stamp <= forgotten) {
            return NonceUse::Used;
        }
        if self.seen.len() == MAX_NONCES
            && let Some(((oldest, _), _)) = self.seen.pop_first()
        {
            self.forgotten = self.forgotten.max(Some(oldest));
            if stamp <= oldest {
                return NonceUse::Used;
            }
        }
        self.seen.insert(key, Counts { highest: count, used: 1 });
        NonceUse::New
    }

    /// Forgets every nonce made before `moment` (milliseconds, as given to [`NonceKey::mint`]): too old to be fresh.
    pub fn forget_before(&mut self, moment: u64) {
        while let Some(entry) = self.seen.first_entry() {
            if entry.key().0.0 >= moment {
                return;
            }
            entry.remove();
        }
    }

    /// How many (nonce, user) pairs are remembered.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

impl Counts {
    fn spend(&mut self, count: u32) -> NonceUse {
        if count > self.highest {
            let ahead = count - self.highest;
            self.used = self.used.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return NonceUse::New;
        }
        let behind = self.highest - count;
        if behind >= WINDOW || self.used & (1 << behind) != 0 {
            return NonceUse::Used;
        }
        self.used |= 1 << behind;
        NonceUse::New
    }
}

fn stamp(bytes: &[u8; MOMENT + SERIAL + SEAL]) -> Stamp {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let serial = number(&bytes[MOMENT..MOMENT + SERIAL]);
    (number(&bytes[..MOMENT]), u32::try_from(serial).expect("four bytes make a u32"))
}

fn unhex(text: &str) -> Option<[u8; MOMENT + SERIAL + SEAL]> {
    let mut bytes = [0; MOMENT + SERIAL + SEAL];
    if text.len() != bytes.len() * 2 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
