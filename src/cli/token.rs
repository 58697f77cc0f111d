//! `perch token`: a key for the API, or the set-up code of a box without a password.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::client::Answer;
use super::reach::{self, Missing, Problem, Reach, reach};
use super::{Stop, Streams, write_line};
use crate::store::Store;

/// Under which name the hashes of the tokens are kept, one SHA-256 after the other; `web` reads them at its start.
const TOKENS: &str = "tokens";

/// The bytes of one hash.
const HASH: usize = 32;

/// How many tokens hold; a further one replaces the oldest.
const MOST_TOKENS: usize = 64;

/// `perch token`.
pub(super) fn token(data: &Path, streams: &mut Streams) -> Result<(), Stop> {
    let token = match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let answer = reach::ask(client, data, ("POST", "/control/token"), b"")?;
            field_of(&answer, "token")?
        }
        Reach::Stopped(opened) => {
            let made = new_token(&opened.store);
            let closed = reach::close(&opened.store);
            let token = made?;
            closed?;
            token
        }
    };
    write_line(streams.err, "This token opens the API to whoever has it. It is shown once:")?;
    write_line(streams.out, &token)
}

/// `perch token --setup`.
pub(super) fn setup_code(data: &Path, streams: &mut Streams) -> Result<(), Stop> {
    match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let answer = reach::ask(client, data, ("GET", "/control/setup-code"), b"")?;
            let code = field_of(&answer, "code")?;
            if let Ok(address) = field_of(&answer, "address") {
                write_line(streams.err, &format!("Open {address} and type in:"))?;
            }
            write_line(streams.out, &code)
        }
        Reach::Stopped(opened) => {
            reach::close(&opened.store)?;
            Err(Stop::unable(
                "Perch is not running, and a set-up code lives only while it does: start it, and it shows a new one",
            ))
        }
    }
}

/// Random bytes from the system.
///
/// # Panics
/// When the system has none: then no secret can be made, and none may be faked.
pub(super) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("every system Perch runs on gives random bytes once it has booted");
    bytes
}

fn new_token(store: &Store) -> Result<String, Stop> {
    let token: String = random_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let keep = store.web();
    let kept = keep.get(TOKENS).map_err(|error| Stop::unable(error.to_string()))?;
    let mut hashes = kept.map(|kept| kept.to_vec()).unwrap_or_default();
    hashes.truncate(hashes.len() / HASH * HASH);
    hashes.extend(Sha256::digest(token.as_bytes()));
    let excess = hashes.len().saturating_sub(MOST_TOKENS * HASH);
    hashes.drain(..excess);
    keep.put(TOKENS, &hashes).map_err(|error| Stop::unable(error.to_string()))?;
    Ok(token)
}

/// A field of the box's answer.
fn field_of(answer: &Answer, field: &str) -> Result<String, Stop> {
    if answer.status != 200 {
        return Err(Stop::declined(Problem::read(answer).detail));
    }
    let fields: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let value = fields.as_ref().and_then(|fields| fields.get(field)?.as_str());
    value.map(ToOwned::to_owned).ok_or_else(|| {
        Stop::unable("the box answers in a way this perch does not know: restart it after an update")
    })
}
