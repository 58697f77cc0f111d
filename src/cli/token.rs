//! `perch token`: a key for the API, which keys there are, the end of one; or the set-up code of a box without a password.

use jiff::Timestamp;
use serde::Deserialize;

use super::client::Answer;
use super::reach::{self, DataFolder, Missing, Problem, Reach, reach, refusal};
use super::{Stop, Streams, write_line};
use crate::config::api_tokens::{self, ApiTokens, day};
use crate::store::{Opened, Store};

/// `perch token`.
pub(super) fn token(data: &DataFolder, streams: &mut Streams) -> Result<(), Stop> {
    let token = match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let answer = reach::ask(client, data, ("POST", "/control/token"), b"")?;
            field_of(&answer, "token")?
        }
        Reach::Stopped(opened) => {
            let token: String = random_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            on_disc(&opened, |tokens| {
                tokens.add(&token, now()).map_err(|error| Stop::declined(error.to_string()))
            })?;
            token
        }
    };
    write_line(streams.err, "This token opens the API to whoever has it. It is shown once:")?;
    write_line(streams.out, &token)
}

/// `perch token --list`.
pub(super) fn list(data: &DataFolder, streams: &mut Streams) -> Result<(), Stop> {
    let tokens: Vec<Listed> = match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let answer = reach::ask(client, data, ("GET", "/control/tokens"), b"")?;
            check(&answer)?;
            serde_json::from_slice::<Tokens>(&answer.body).map_err(|_| unknown_answer())?.tokens
        }
        Reach::Stopped(opened) => {
            let tokens = kept(&opened.store);
            reach::close(&opened.store)?;
            let listed = |one: &api_tokens::ApiToken| Listed { id: one.id(), made: one.made, used: one.used };
            tokens?.iter().map(listed).collect()
        }
    };
    if tokens.is_empty() {
        return write_line(streams.err, "there are no tokens: \"perch token\" makes one");
    }
    let line = |one: &Listed| format!("{}  made {}  last used {}", one.id, day(one.made), day(one.used));
    tokens.iter().try_for_each(|one| write_line(streams.out, &line(one)))
}

/// `perch token --revoke ID`.
pub(super) fn revoke(data: &DataFolder, id: &str, streams: &mut Streams) -> Result<(), Stop> {
    let unknown = || Stop::declined(format!("there is no token {id}: \"perch token --list\" shows them"));
    // An id goes into an address: what is none is not asked for.
    if id.len() != 8 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let target = format!("/control/tokens/{id}");
            let answer = reach::ask(client, data, ("DELETE", &target), b"")?;
            if answer.status == 404 {
                return Err(unknown());
            }
            check(&answer)?;
        }
        Reach::Stopped(opened) => {
            on_disc(&opened, |tokens| if tokens.withdraw(id) { Ok(()) } else { Err(unknown()) })?;
        }
    }
    write_line(streams.out, &format!("done: the token {id} opens nothing any more"))
}

/// `perch token --setup`.
pub(super) fn setup_code(data: &DataFolder, streams: &mut Streams) -> Result<(), Stop> {
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

/// The tokens as the running box lists them.
#[derive(Debug, Deserialize)]
struct Tokens {
    tokens: Vec<Listed>,
}

/// One of them.
#[derive(Debug, Deserialize)]
struct Listed {
    id: String,
    made: Option<Timestamp>,
    used: Option<Timestamp>,
}

/// Changes the tokens of a box that does not run, and gives its folder free.
fn on_disc(opened: &Opened, change: impl FnOnce(&mut ApiTokens) -> Result<(), Stop>) -> Result<(), Stop> {
    let changed = kept(&opened.store).and_then(|mut tokens| {
        change(&mut tokens)?;
        let put = opened.store.web().put(api_tokens::NAME, &tokens.write());
        put.map_err(|error| Stop::unable(error.to_string()))
    });
    let closed = reach::close(&opened.store);
    changed.and(closed)
}

fn kept(store: &Store) -> Result<ApiTokens, Stop> {
    let kept = store.web().get(api_tokens::NAME).map_err(|error| Stop::unable(error.to_string()))?;
    Ok(kept.map(|bytes| ApiTokens::read(&bytes)).unwrap_or_default())
}

#[expect(clippy::disallowed_methods, reason = "above the I/O line; a day is wanted, and nothing hangs on it")]
/// The moment, by a clock that may not be set.
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

fn check(answer: &Answer) -> Result<(), Stop> {
    if answer.status == 200 { Ok(()) } else { Err(refusal(&Problem::read(answer), answer.status)) }
}

/// A field of the box's answer.
fn field_of(answer: &Answer, field: &str) -> Result<String, Stop> {
    check(answer)?;
    let fields: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    let value = fields.as_ref().and_then(|fields| fields.get(field)?.as_str());
    value.map(ToOwned::to_owned).ok_or_else(unknown_answer)
}

fn unknown_answer() -> Stop {
    Stop::unable("the box answers in a way this perch does not know: restart it after an update")
}
