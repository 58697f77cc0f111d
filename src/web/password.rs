//! The administrator's password: how strong it must be, and its argon2id hash.
//!
//! Hashing takes 19 MiB and tens of milliseconds, so it runs on a blocking thread, one at a time, and only a few may
//! wait: a flood of logins cannot take the memory or the processor that calls need.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::random;
use crate::model::Secret;

/// The fewest characters.
pub const SHORTEST: usize = 10;

/// The most characters, as the fields of the pages allow: nobody types more, and hashing must stay bounded.
pub const LONGEST: usize = 128;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`SHORTEST`] characters.
    Short,
    /// More than [`LONGEST`] characters.
    Long,
    /// Fewer than five different characters, or a plain run such as `1234567890`.
    Simple,
    /// Among the first that anybody tries.
    Common,
}

/// Whether a password will do.
pub fn judge(password: &str) -> Result<(), Weakness> {
    match password.chars().count() {
        ..SHORTEST => return Err(Weakness::Short),
        SHORTEST..=LONGEST => {}
        _ => return Err(Weakness::Long),
    }
    let lower = password.to_lowercase();
    let chars: Vec<char> = lower.chars().collect();
    let different: std::collections::BTreeSet<char> = chars.iter().copied().collect();
    let steps = |by: i64| chars.windows(2).filter(|pair| pair[1] as i64 - pair[0] as i64 == by).count();
    if different.len() < 5 || steps(1) + 2 >= chars.len() || steps(-1) + 2 >= chars.len() {
        return Err(Weakness::Simple);
    }
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let bare = COMMON.iter().any(|word| letters == *word || lower == *word);
    if bare { Err(Weakness::Common) } else { Ok(()) }
}

/// Words that, with digits and signs around them, make most of the passwords people guess first.
const COMMON: [&str; 16] = [
    "password",
    "passwort",
    "administrator",
    "admin",
    "perch",
    "perchperch",
    "qwertyuiop",
    "qwertyuiopasdf",
    "qwerty",
    "asdfghjkl",
    "letmein",
    "welcome",
    "benvenuto",
    "changeme",
    "hotdesk",
    "telefono",
];

/// The hasher; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hasher {
    at_work: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

/// Too many passwords are being checked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl Hasher {
    /// How many may wait; a further one is refused.
    const WAITING: usize = 8;

    /// An idle hasher.
    pub fn new() -> Self {
        Self { at_work: Arc::new(Semaphore::new(1)), queue: Arc::new(Semaphore::new(Self::WAITING)) }
    }

    /// The hash of a password in the PHC form, with its salt and cost in it.
    pub async fn hash(&self, password: Secret) -> Result<String, Busy> {
        self.run(move || {
            let salt = SaltString::encode_b64(&random::bytes::<16>()).expect("16 bytes are a salt");
            argon2()
                .hash_password(password.expose().as_bytes(), &salt)
                .expect("the cost above and a salt of 16 bytes are within argon2's bounds")
                .to_string()
        })
        .await
    }

    /// Whether a password has this hash. A hash that cannot be read fits none.
    pub async fn fits(&self, password: Secret, hash: String) -> Result<bool, Busy> {
        self.run(move || {
            // Four bytes a character at most.
            if password.expose().len() > 4 * LONGEST {
                return false;
            }
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2().verify_password(password.expose().as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let _place = self.queue.try_acquire().map_err(|_| Busy)?;
        let _turn = self.at_work.acquire().await.map_err(|_| Busy)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}

/// argon2id with 19 MiB, two passes, one lane: the OWASP baseline, some 60 ms on a small ARM board.
fn argon2() -> Argon2<'static> {
    let params =
        Params::new(19 * 1024, 2, 1, None).expect("19 MiB, 2 passes, 1 lane are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_password_is_refused_and_a_sentence_is_taken() {
        let cases = [
            ("short", Err(Weakness::Short)),
            ("aaaaaaaaaaaa", Err(Weakness::Simple)),
            ("1234567890", Err(Weakness::Simple)),
            ("abcdefghijk", Err(Weakness::Simple)),
            ("9876543210", Err(Weakness::Simple)),
            ("Password2024!", Err(Weakness::Common)),
            ("QwertyUiop1", Err(Weakness::Common)),
            ("three green parrots", Ok(())),
            ("pappagallò verde", Ok(())),
        ];
        for (password, verdict) in cases {
            assert_eq!(judge(password), verdict, "{password}");
        }
        assert_eq!(judge(&"ab3d9".repeat(26)), Err(Weakness::Long));
        assert_eq!(judge(&"àbèdù".repeat(25)), Ok(()), "characters count, not bytes");
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let hasher = Hasher::new();
        let hash = hasher.hash(Secret::new("three green parrots")).await.expect("idle");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(hasher.fits(Secret::new("three green parrots"), hash.clone()).await, Ok(true));
        assert_eq!(hasher.fits(Secret::new("three green parrot"), hash).await, Ok(false));
        assert_eq!(hasher.fits(Secret::new("x"), "nonsense".to_owned()).await, Ok(false));
    }
}
