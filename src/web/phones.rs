//! Phone downloads: `/p/<secret>/<file>` for an accepted phone, `/p/<file>` and `/<file>` for one that has no secret yet.
//!
//! A phone that has fetched its personal file to the last byte, or learnt by a 304 that it has it, is told to the
//! exchange, which waits for it (HOTDESK B2). HEAD, boot, common and other files do not count. Nothing here is logged
//! with its path: the path is the secret. A source that asks for much that is not there is told to wait.

mod answer;
mod patience;
mod shelf;

use std::net::IpAddr;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::front::{Front, Shared};
use super::wire::Wire;
use crate::model::{OpenPath, Secret, Sighting};
use crate::provision::{self, FileRequest};
use answer::{Asked, Counted, answer};
use patience::Patience;
use shelf::Shelf;

/// What downloads share: the files ready to be sent, and who asks too much.
#[derive(Debug, Default)]
pub struct PhoneDesk {
    shelf: Shelf,
    patience: Patience,
}

/// The most that a phone's PUT may hold; it is read and thrown away.
const LARGEST_PUT: usize = 64 * 1024;

/// The longest secret looked up.
const LONGEST_SECRET: usize = 128;

/// The routes below `/p/`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/p/{first}", any(open)).route("/p/{secret}/{file}", any(own))
}

/// The layer that takes phones' files at the root, as phones ask that were given the box's bare address.
pub async fn at_root(State(front): State<Shared>, wire: Wire, request: Request, next: Next) -> Response {
    let name = request.uri().path().strip_prefix('/');
    if name.is_some_and(|name| name.contains('.') && !name.contains('/')) && identify(&request).is_some() {
        return without_secret(&front, &wire, request).await;
    }
    next.run(request).await
}

async fn open(State(front): State<Shared>, wire: Wire, request: Request) -> Response {
    without_secret(&front, &wire, request).await
}

async fn own(
    State(front): State<Shared>,
    wire: Wire,
    Path((secret, _)): Path<(String, String)>,
    request: Request,
) -> Response {
    if let Err(wait) = front.phones.patience.may_ask(wire.source(), Instant::now()) {
        return too_often(wait);
    }
    let Some(file) = identify(&request) else { return missing(&front, &wire) };
    if secret.len() > LONGEST_SECRET {
        return missing(&front, &wire);
    }
    let asked = Asked::of(&request);
    let reads = asked.as_ref().is_ok_and(Asked::is_get);
    let sighting = Sighting { reads, ..Sighting::heard(wire.source(), local_of(&wire)) };
    let state = match front.control.phone_state(Secret::new(secret), (sighting, file.model.clone())).await {
        Ok(Some(state)) if file.mac.is_none_or(|mac| mac == state.mac) => state,
        Ok(_) => return missing(&front, &wire),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(Method::PUT) => return discard(request).await,
        Err(_) => return wrong_method(),
    };
    match front.phones.shelf.file(&state, &file) {
        Some(ready) => {
            let counted = Counted { device: state.device, generation: state.generation };
            answer(&front.control, &wire, &asked, &ready, Some(counted).filter(|_| ready.is_personal))
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn without_secret(front: &Front, wire: &Wire, request: Request) -> Response {
    if let Err(wait) = front.phones.patience.may_ask(wire.source(), Instant::now()) {
        return too_often(wait);
    }
    let Some(file) = identify(&request) else { return missing(front, wire) };
    let asked = match Asked::of(&request) {
        Ok(asked) => asked,
        Err(Method::PUT) => return discard(request).await,
        Err(_) => return wrong_method(),
    };
    let source = wire.source();
    let is_vouched_for = file.mac.is_some_and(|mac| (front.lives_at)(mac, source));
    let sighting =
        Sighting { reads: asked.is_get(), is_vouched_for, ..Sighting::heard(source, local_of(wire)) };
    let path = match file.announcement(sighting) {
        Some(announcement) => match front.control.open_path(announcement).await {
            Ok(path) => path,
            Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
        // A file that all phones of a model share, asked for by one that does not say which it is.
        None => OpenPath::Bootstrap,
    };
    match path {
        OpenPath::Open(state) => match front.phones.shelf.file(&state, &file) {
            Some(ready) => {
                let counted = Counted { device: state.device, generation: state.generation };
                answer(&front.control, wire, &asked, &ready, Some(counted).filter(|_| ready.is_personal))
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        OpenPath::Later { seconds } => too_often(seconds),
        OpenPath::Bootstrap => {
            let base = format!("{}p/", front.address(wire.local.ip()));
            match provision::render_bootstrap(&file, &base) {
                Some(file) => answer(&front.control, wire, &asked, &shelf::Ready::bootstrap(file), None),
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }
    }
}

/// The box's own address on the side a request came from.
fn local_of(wire: &Wire) -> IpAddr {
    wire.local.ip().to_canonical()
}

fn identify(request: &Request) -> Option<FileRequest> {
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    provision::identify(request.uri().path(), agent).ok()
}

/// A phone's own log or settings: taken, so that it does not try again, and thrown away.
async fn discard(request: Request) -> Response {
    match to_bytes(request.into_body(), LARGEST_PUT).await {
        Ok(_) => StatusCode::OK.into_response(),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

fn missing(front: &Front, wire: &Wire) -> Response {
    front.phones.patience.missed(wire.source(), Instant::now());
    (StatusCode::NOT_FOUND, Body::empty()).into_response()
}

fn too_often(seconds: u64) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())]).into_response()
}

fn wrong_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, PUT")]).into_response()
}
