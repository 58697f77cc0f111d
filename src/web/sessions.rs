//! Sessions: who has shown the set-up code or the password, known by a random cookie.
//!
//! In memory, bounded, keyed by the hash of the cookie, so that neither a memory dump of the table nor the time of a
//! look-up gives a cookie away. Each ends after idling and at the latest after half a day. The CSRF token of a cookie is
//! its HMAC under a key made at start: nothing to keep, and it serves forms before the login too.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::random;

/// How many sessions there may be; a further one ends the one that idles longest.
const MOST: usize = 64;

/// After how long without a click a session ends.
pub const IDLE: Duration = Duration::from_secs(2 * 3600);

/// After how long a session ends in any case.
pub const LONGEST: Duration = Duration::from_secs(12 * 3600);

/// How long the set-up code's holder has to choose a password.
const SET_UP: Duration = Duration::from_secs(30 * 60);

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Choose the first password, nothing else.
    SetUp,
    /// Everything.
    Administrator,
}

/// Whether a look counts as use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    /// A click.
    Use,
    /// The page refreshing itself.
    Refresh,
}

/// The sessions.
#[derive(Debug)]
pub struct Sessions {
    key: [u8; 32],
    table: Mutex<BTreeMap<[u8; 32], Session>>,
}

#[derive(Debug, Clone, Copy)]
struct Session {
    role: Role,
    begun: Instant,
    used: Instant,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        let (idle, longest) = match self.role {
            Role::SetUp => (SET_UP, SET_UP),
            Role::Administrator => (IDLE, LONGEST),
        };
        now.duration_since(self.used) >= idle || now.duration_since(self.begun) >= longest
    }
}

impl Sessions {
    /// No sessions, and a new key.
    pub fn new() -> Self {
        Self { key: random::bytes(), table: Mutex::default() }
    }

    /// Begins a session; the answer is the cookie's value.
    pub fn begin(&self, role: Role, now: Instant) -> String {
        let id = random::token();
        let mut table = self.table();
        table.retain(|_, session| !session.is_over(now));
        if table.len() >= MOST
            && let Some(idlest) = table.iter().min_by_key(|(_, session)| session.used).map(|(hash, _)| *hash)
        {
            table.remove(&idlest);
        }
        table.insert(digest(&id), Session { role, begun: now, used: now });
        id
    }

    /// Whose cookie this is.
    pub fn role_of(&self, id: &str, touch: Touch, now: Instant) -> Option<Role> {
        let mut table = self.table();
        let hash = digest(id);
        let session = table.get_mut(&hash)?;
        if session.is_over(now) {
            table.remove(&hash);
            return None;
        }
        if touch == Touch::Use {
            session.used = now;
        }
        Some(session.role)
    }

    /// Ends a session.
    pub fn end(&self, id: &str) {
        self.table().remove(&digest(id));
    }

    /// Ends every session: the password has changed.
    pub fn end_all(&self) {
        self.table().clear();
    }

    /// What every form of this cookie's holder must carry.
    pub fn csrf_of(&self, cookie: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(cookie.as_bytes());
        random::hex(&mac.finalize().into_bytes())
    }

    /// Whether a form carries its token.
    pub fn csrf_fits(&self, cookie: &str, token: &str) -> bool {
        self.csrf_of(cookie).as_bytes().ct_eq(token.as_bytes()).into()
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<[u8; 32], Session>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(id: &str) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_idling_and_a_page_that_refreshes_itself_does_not_prolong_it() {
        let sessions = Sessions::new();
        let start = Instant::now();
        let id = sessions.begin(Role::Administrator, start);
        assert_eq!(id.len(), 64);
        let later = start + IDLE - Duration::from_secs(1);
        assert_eq!(sessions.role_of(&id, Touch::Refresh, later), Some(Role::Administrator));
        assert_eq!(sessions.role_of(&id, Touch::Refresh, start + IDLE), None);

        let id = sessions.begin(Role::Administrator, start);
        assert_eq!(sessions.role_of(&id, Touch::Use, later), Some(Role::Administrator));
        assert_eq!(sessions.role_of(&id, Touch::Use, later + IDLE / 2), Some(Role::Administrator));
        assert_eq!(sessions.role_of("another", Touch::Use, later), None);
    }

    #[test]
    fn a_session_that_is_used_all_day_ends_after_half_a_day() {
        let sessions = Sessions::new();
        let start = Instant::now();
        let id = sessions.begin(Role::Administrator, start);
        for hour in 1..12 {
            let now = start + Duration::from_secs(hour * 3600);
            assert_eq!(sessions.role_of(&id, Touch::Use, now), Some(Role::Administrator), "hour {hour}");
        }
        assert_eq!(sessions.role_of(&id, Touch::Use, start + LONGEST), None);
    }

    #[test]
    fn the_table_is_bounded_and_the_idlest_session_goes_first() {
        let sessions = Sessions::new();
        let start = Instant::now();
        let first = sessions.begin(Role::Administrator, start);
        let second = sessions.begin(Role::Administrator, start);
        let now = start + Duration::from_secs(60);
        sessions.role_of(&first, Touch::Use, now);
        for _ in 0..MOST - 1 {
            sessions.begin(Role::Administrator, now);
        }
        assert_eq!(sessions.role_of(&second, Touch::Use, now), None);
        assert!(sessions.role_of(&first, Touch::Use, now).is_some());
        assert_eq!(sessions.table().len(), MOST);
    }

    #[test]
    fn a_form_token_belongs_to_one_cookie() {
        let sessions = Sessions::new();
        let token = sessions.csrf_of("a");
        assert!(sessions.csrf_fits("a", &token));
        assert!(!sessions.csrf_fits("b", &token));
        assert!(!sessions.csrf_fits("a", ""));
        assert!(!Sessions::new().csrf_fits("a", &token));
    }
}
