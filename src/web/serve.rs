//! Serving a router: connections are bounded in number, and nobody can hold one by being slow.
//!
//! A request's head must arrive within [`HEAD`], which also closes connections that idle; the whole request is answered
//! within [`ANSWER`]; a reader that takes nothing for [`STALL`], or has not taken all of it after [`LAG`], is dropped. At most [`CONNECTIONS`] are open: a further
//! one waits in the kernel's queue until one closes, and one source may hold [`PER_SOURCE`] of them (the box itself and
//! the control socket are not counted).

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};

use super::flush::Flushes;
use super::metered::{Metered, Patience};
use super::wire::Wire;
use crate::model::source_of;

/// How many connections there are at most.
pub const CONNECTIONS: usize = 256;

/// How many of them one source may hold.
pub const PER_SOURCE: usize = 48;

/// How long the head of a request may take, and an idle connection may stay.
pub const HEAD: Duration = Duration::from_secs(15);

/// How long reading and answering a request may take, an event stream's going on aside.
pub const ANSWER: Duration = Duration::from_secs(30);

/// How long a reader may take nothing.
pub const STALL: Duration = Duration::from_secs(30);

/// How long a reader may take for what was written for it: a slow link needs seconds for the largest page.
pub const LAG: Duration = Duration::from_secs(120);

/// The patience with every reader.
const PATIENCE: Patience = Patience { stall: STALL, lag: LAG };

/// What the kernel may hold of an answer for each connection, in bytes: it counts to the box's memory too.
const KERNEL_HOLDS: usize = 64 * 1024;

/// How long connections are given when the box stops.
const PARTING: Duration = Duration::from_millis(700);

/// The largest head of a request, in bytes and lines.
const LARGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// Serves until `stop`; connections then end within a second.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let sources = Arc::new(Sources::default());
    let mut server = Server::new(router);
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&server.places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, most likely: others must close first.
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let Some(seat) = Sources::seat(&sources, peer.ip()) else { continue };
        // Answers are small and asked for one by one: waiting for more to send would only delay them.
        let _ = stream.set_nodelay(true);
        let _ = SockRef::from(&stream).set_send_buffer_size(KERNEL_HOLDS);
        let flushes = Arc::new(Flushes::default());
        let local = stream.local_addr().unwrap_or(peer);
        let wire = Wire { peer, local, flushes: Some(Arc::clone(&flushes)) };
        server.begin(Metered::new(stream, flushes, PATIENCE), wire, (place, seat));
    }
    server.end().await;
}

/// Serves on a Unix socket until `stop`: who may connect is the file's permissions.
pub async fn serve_local(listener: UnixListener, router: Router, stop: impl Future<Output = ()>) {
    let mut server = Server::new(router);
    let mut stop = pin!(stop);
    loop {
        let stream = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let Ok(place) = Arc::clone(&server.places).try_acquire_owned() else { continue };
        let flushes = Arc::new(Flushes::default());
        server.begin(Metered::new(stream, flushes, PATIENCE), Wire::default(), place);
    }
    server.end().await;
}

/// The layer that bounds how long an answer may take.
pub async fn deadline(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER, next.run(request)).await {
        Ok(response) => response,
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// The connections of one listener.
struct Server {
    router: Router,
    places: Arc<Semaphore>,
    parting: watch::Sender<bool>,
    connections: tokio::task::JoinSet<()>,
}

impl Server {
    fn new(router: Router) -> Self {
        Self {
            router,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            parting: watch::Sender::new(false),
            connections: tokio::task::JoinSet::new(),
        }
    }

    fn begin<S>(&mut self, stream: Metered<S>, wire: Wire, held: impl Send + 'static)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        while self.connections.try_join_next().is_some() {}
        let router = TowerToHyperService::new(self.router.clone());
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(wire.clone());
            hyper::service::Service::call(&router, request)
        });
        let mut parting = self.parting.subscribe();
        self.connections.spawn(async move {
            let _held = held;
            let mut connection = pin!(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD)
                    .max_buf_size(LARGEST_HEAD)
                    .max_headers(MOST_HEADERS)
                    .serve_connection(TokioIo::new(stream), service)
            );
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = parting.wait_for(|parting| *parting) => connection.as_mut().graceful_shutdown(),
            }
            let _ = tokio::time::timeout(PARTING, connection).await;
        });
    }

    async fn end(mut self) {
        self.parting.send_replace(true);
        while self.connections.join_next().await.is_some() {}
    }
}

/// How many connections each source holds.
#[derive(Debug, Default)]
struct Sources(Mutex<BTreeMap<IpAddr, usize>>);

/// One connection's seat at its source.
struct Seat {
    sources: Arc<Sources>,
    source: Option<IpAddr>,
}

impl Sources {
    fn seat(sources: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let source = source_of(peer);
        if peer.to_canonical().is_loopback() {
            return Some(Seat { sources: Arc::clone(sources), source: None });
        }
        let mut held = sources.held();
        let count = held.entry(source).or_default();
        if *count >= PER_SOURCE {
            return None;
        }
        *count += 1;
        drop(held);
        Some(Seat { sources: Arc::clone(sources), source: Some(source) })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(source) = self.source else { return };
        let mut held = self.sources.held();
        match held.get_mut(&source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                held.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_holds_some_connections_and_the_box_itself_any() {
        let sources = Arc::new(Sources::default());
        let peer = IpAddr::from([192, 0, 2, 9]);
        let mut seats: Vec<Seat> = (0..PER_SOURCE).filter_map(|_| Sources::seat(&sources, peer)).collect();
        assert_eq!(seats.len(), PER_SOURCE);
        assert!(Sources::seat(&sources, peer).is_none());
        assert!(Sources::seat(&sources, IpAddr::from([192, 0, 2, 10])).is_some());
        seats.pop();
        assert!(Sources::seat(&sources, peer).is_some());
        drop(seats);
        assert!(sources.held().is_empty());
        let own: Vec<Seat> =
            (0..200).filter_map(|_| Sources::seat(&sources, IpAddr::from([127, 0, 0, 1]))).collect();
        assert_eq!(own.len(), 200);
    }
}
