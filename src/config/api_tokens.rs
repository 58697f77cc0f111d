//! The tokens of the API: of each the hash, when it was made, and when it was used last, to the day.
//!
//! Kept as one small value, which the running box and the command line on a stopped one read and write alike. A token is
//! 256 random bits, so a plain SHA-256 of it is enough: there is nothing to guess. Its id is the beginning of that hash.

use jiff::{Timestamp, Zoned, tz::TimeZone};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Under which name they are kept.
pub const NAME: &str = "tokens";

/// How many there may be.
pub const MOST: usize = 64;

/// A token, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    hash: [u8; HASH],
    /// When it was made; `None` where an earlier version did not write it down.
    pub made: Option<Timestamp>,
    /// The first use on the last day it was used.
    pub used: Option<Timestamp>,
}

/// All tokens, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiTokens(Vec<ApiToken>);

/// There are [`MOST`] tokens already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there are {MOST} tokens already, and there may be no more: \"perch token --list\" shows them, \"perch token --revoke ID\" withdraws one"
)]
pub struct TooMany;

/// What came of looking a token up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// There is no such token.
    Unknown,
    /// It is one, used already today.
    Known,
    /// It is one, and this is its first use today: worth writing down.
    FirstToday,
}

impl ApiToken {
    /// What it is called: eight digits that tell nothing of the token.
    pub fn id(&self) -> String {
        self.hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl ApiTokens {
    /// Reads what was kept, by this version or by the first, which kept nothing but the hashes.
    pub fn read(bytes: &[u8]) -> Self {
        let hashed = |hash: &[u8]| hash.try_into().ok();
        Self(match bytes.split_first() {
            Some((&VERSION, rest)) if rest.len().is_multiple_of(ENTRY) => rest
                .chunks_exact(ENTRY)
                .filter_map(|entry| {
                    let (hash, times) = entry.split_at(HASH);
                    let (made, used) = times.split_at(TIME);
                    Some(ApiToken { hash: hashed(hash)?, made: moment(made), used: moment(used) })
                })
                .collect(),
            _ => bytes
                .chunks_exact(HASH)
                .filter_map(|hash| Some(ApiToken { hash: hashed(hash)?, made: None, used: None }))
                .collect(),
        })
    }

    /// What is to be kept.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for token in &self.0 {
            bytes.extend(token.hash);
            for time in [token.made, token.used] {
                bytes.extend(time.map_or(0, Timestamp::as_second).to_be_bytes());
            }
        }
        bytes
    }

    /// Adds one.
    pub fn add(&mut self, token: &str, now: Timestamp) -> Result<(), TooMany> {
        if self.0.len() >= MOST {
            return Err(TooMany);
        }
        self.0.push(ApiToken { hash: digest(token), made: Some(now), used: None });
        Ok(())
    }

    /// Withdraws the one with this id; whether there was one.
    pub fn withdraw(&mut self, id: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|token| token.id() != id.to_ascii_lowercase());
        self.0.len() < before
    }

    /// Whether this is a token, and notes the day of its use. Every token is compared, so that time tells nothing.
    pub fn try_with(&mut self, token: &str, now: Timestamp) -> Use {
        let Some(token) = self.place_of(token).and_then(|index| self.0.get_mut(index)) else {
            return Use::Unknown;
        };
        if token.used.map(day_of) == Some(day_of(now)) {
            return Use::Known;
        }
        token.used = Some(now);
        Use::FirstToday
    }

    /// Whether this is a token.
    pub fn has(&self, token: &str) -> bool {
        self.place_of(token).is_some()
    }

    fn place_of(&self, token: &str) -> Option<usize> {
        let hash = digest(token);
        let mut found = None;
        for (index, token) in self.0.iter().enumerate() {
            if bool::from(token.hash.ct_eq(&hash)) {
                found = Some(index);
            }
        }
        found
    }

    /// Each token, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &ApiToken> {
        self.0.iter()
    }
}

/// A day as `2026-11-26`; a dash where it is not known.
pub fn day(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| day_of(at).strftime("%Y-%m-%d").to_string())
}

fn day_of(at: Timestamp) -> jiff::civil::Date {
    Zoned::new(at, TimeZone::UTC).date()
}

fn moment(bytes: &[u8]) -> Option<Timestamp> {
    let seconds = i64::from_be_bytes(bytes.try_into().ok()?);
    Timestamp::from_second(seconds).ok().filter(|_| seconds != 0)
}

fn digest(token: &str) -> [u8; HASH] {
    Sha256::digest(token.as_bytes()).into()
}

/// The first byte of this version's form; with it the length is no multiple of a hash's.
const VERSION: u8 = 1;
/// The bytes of a hash.
const HASH: usize = 32;
/// The bytes of a moment, in seconds.
const TIME: usize = 8;
/// The bytes of a token.
const ENTRY: usize = HASH + 2 * TIME;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn what_is_kept_is_read_again_and_so_is_what_the_first_version_kept() {
        let mut tokens = ApiTokens::default();
        tokens.add("one", at("2026-11-26T09:00:00Z")).expect("room");
        tokens.add("two", at("2026-11-26T10:00:00Z")).expect("room");
        assert_eq!(tokens.try_with("two", at("2026-11-26T11:00:00Z")), Use::FirstToday);
        assert_eq!(ApiTokens::read(&tokens.write()), tokens);

        let old: Vec<u8> = ["one", "two"].into_iter().flat_map(digest).collect();
        let mut read = ApiTokens::read(&old);
        assert_eq!(read.iter().map(|token| token.made).collect::<Vec<_>>(), [None, None]);
        assert_eq!(read.try_with("one", at("2026-11-26T11:00:00Z")), Use::FirstToday);
        assert_eq!(ApiTokens::read(&[]), ApiTokens::default());
    }

    #[test]
    fn a_use_is_noted_once_a_day_and_a_withdrawn_token_opens_nothing() {
        let mut tokens = ApiTokens::default();
        tokens.add("one", at("2026-11-26T09:00:00Z")).expect("room");
        for (now, what) in [
            ("2026-11-26T09:00:00Z", Use::FirstToday),
            ("2026-11-26T23:00:00Z", Use::Known),
            ("2026-11-27T01:00:00Z", Use::FirstToday),
        ] {
            assert_eq!(tokens.try_with("one", at(now)), what, "{now}");
        }
        let id = tokens.iter().next().expect("one").id();
        assert_eq!((id.len(), tokens.withdraw("00000000")), (8, false));
        assert!(tokens.withdraw(&id.to_uppercase()));
        assert_eq!(tokens.try_with("one", at("2026-11-27T01:00:00Z")), Use::Unknown);
    }

    #[test]
    fn the_largest_number_of_tokens_fits_in_a_value_of_the_store() {
        let mut tokens = ApiTokens::default();
        let now = at("2026-11-26T09:00:00Z");
        for number in 0..MOST {
            tokens.add(&number.to_string(), now).expect("room");
        }
        assert_eq!(tokens.add("one more", now), Err(TooMany));
        assert!(tokens.write().len() <= 4096);
    }
}
