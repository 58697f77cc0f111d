//! One delivery: a signed POST, bounded in time and in what of the answer is read.
//!
//! `Perch-Signature: t=<unix>,v1=<hex>`, where `<hex>` is HMAC-SHA-256 with the receiver's secret over `<t>.<body>`: who
//! knows the secret knows that the body is ours, and by `t` that it is new. No redirect is followed, so that nobody but the
//! receiver gets it; certificates are checked against Mozilla's list, which comes with Perch.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use tokio::sync::{Semaphore, oneshot};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Error};

use super::receiver::Receiver;
use crate::web::random;

/// How long one delivery may take, the look-up of the name included.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The largest head of an answer, in bytes; its body is not read.
const LARGEST_HEAD: usize = 16 * 1024;

/// How many deliveries may be on their way at once: one for each receiver, and some that are tried.
const AT_ONCE: usize = super::MOST + 8;

/// Sends deliveries, each from a thread of its own, which waits for the network in nobody's way.
#[derive(Clone)]
pub struct Post {
    agent: Agent,
    places: Arc<Semaphore>,
}

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The event's name.
    pub name: String,
    /// The event's id.
    pub id: String,
    /// The JSON.
    pub body: String,
}

/// Why a delivery does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The answer was no 2xx.
    Status(u16),
    /// It took longer than [`PATIENCE`].
    Slow,
    /// The name leads nowhere.
    Name,
    /// Nobody answers there.
    Unreachable,
    /// The certificate, or the encryption, is not as it must be.
    Certificate,
    /// The answer was no HTTP.
    Garbled,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "it answered {status}: a status from 200 to 299 is wanted"),
            Self::Slow => write!(f, "it did not answer within {} seconds", PATIENCE.as_secs()),
            Self::Name => f.write_str("its name leads nowhere: check how it is spelt"),
            Self::Unreachable => f.write_str("nobody answers at its address: check host, port and firewall"),
            Self::Certificate => {
                f.write_str("its certificate is not one that browsers trust: it must be valid for this name")
            }
            Self::Garbled => f.write_str("its answer is not HTTP: check the port, and http:// or https://"),
        }
    }
}

impl Post {
    /// Sends to servers whose certificates these vouch for, and which answer within this time.
    pub fn new(roots: RootCerts, patience: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(LARGEST_HEAD)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .proxy(None)
            .user_agent(concat!("Perch/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Self { agent: Agent::new_with_config(config), places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Delivers it once: the status of the answer, where that is a 2xx.
    pub async fn send(&self, receiver: &Receiver, letter: Letter) -> Result<u16, Failure> {
        // The semaphore is never closed.
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| Failure::Slow)?;
        let (agent, receiver) = (self.agent.clone(), receiver.clone());
        let (told, outcome) = oneshot::channel();
        let work = move || {
            let _place = place;
            // The asker may have gone: its receiver was removed.
            let _ = told.send(post(&agent, &receiver, &letter, Timestamp::now()));
        };
        // Not one of the runtime's own threads: the box waits for those when it stops.
        let started = std::thread::Builder::new().name("webhook".to_owned()).spawn(work);
        started.map_err(|_| Failure::Slow)?;
        outcome.await.unwrap_or(Err(Failure::Garbled))
    }
}

fn post(agent: &Agent, receiver: &Receiver, letter: &Letter, now: Timestamp) -> Result<u16, Failure> {
    let time = now.as_second();
    let signature = signature(receiver.secret.expose(), time, &letter.body);
    let answer = agent
        .post(&receiver.url)
        .header("Content-Type", "application/json")
        .header("Perch-Event", &letter.name)
        .header("Perch-Event-Id", &letter.id)
        .header("Perch-Timestamp", time.to_string())
        .header("Perch-Signature", format!("t={time},v1={signature}"))
        .send(&letter.body);
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(status) if (200..300).contains(&status) => Ok(status),
        Ok(status) => Err(Failure::Status(status)),
        Err(error) => Err(failure_of(&error)),
    }
}

/// What proves that a body is ours, and from when.
fn signature(secret: &str, time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(time.to_string().as_bytes());
    mac.update(b".");
    mac.update(body.as_bytes());
    random::hex(&mac.finalize().into_bytes())
}

fn failure_of(error: &Error) -> Failure {
    match error {
        Error::StatusCode(status) => Failure::Status(*status),
        Error::Timeout(_) => Failure::Slow,
        Error::HostNotFound => Failure::Name,
        Error::Tls(_) => Failure::Certificate,
        Error::Rustls(error) => of_encryption(&error.to_string()),
        Error::ConnectionFailed => Failure::Unreachable,
        Error::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut => Failure::Slow,
            // So what rustls finds comes through the stream.
            io::ErrorKind::InvalidData => of_encryption(&error.to_string()),
            _ => Failure::Unreachable,
        },
        _ => Failure::Garbled,
    }
}

/// What rustls says: about the certificate, or that the other side does not speak TLS at all.
fn of_encryption(said: &str) -> Failure {
    if said.contains("certificate") { Failure::Certificate } else { Failure::Garbled }
}

#[cfg(test)]
mod tests;
