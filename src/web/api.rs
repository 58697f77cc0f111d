//! The JSON API, `/api/v1`: what the pages do, for programs. A bearer token opens it; problems are RFC 9457 documents.

pub mod devices;
pub mod extensions;
pub mod reads;

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;

use super::front::Shared;
use super::host;
use super::problem::{Problem, ProblemFault};
use crate::config::fault::Fault;

/// The largest body.
const LARGEST: usize = 64 * 1024;

/// The routes below `/api/v1`.
pub fn routes(front: &Shared) -> Router<Shared> {
    Router::new()
        .route("/devices", get(devices::list))
        .route("/devices/{id}", get(devices::one).delete(devices::remove))
        .route("/devices/{id}/accept", post(devices::accept))
        .route("/devices/{id}/login", post(devices::log_in))
        .route("/devices/{id}/logout", post(devices::log_out))
        .route("/extensions", get(extensions::list).post(extensions::add))
        .route("/extensions/{number}", get(extensions::one).put(extensions::put).delete(extensions::remove))
        .route("/logins", get(reads::logins))
        .route("/calls", get(reads::calls))
        .route("/status", get(reads::status))
        .route("/events", get(reads::events))
        .fallback(async || {
            Problem::not_found(
                "there is no such address in the API: it begins with /api/v1/devices, for example",
            )
        })
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(from_fn_with_state(Arc::clone(front), bearer))
        .layer(from_fn(plain))
}

/// Lets only the holder of a token through.
async fn bearer(State(front): State<Shared>, request: Request, next: Next) -> Response {
    if !host::is_ours(request.headers(), request.uri(), &front.settings.names) {
        return Problem::wrong_host().into_response();
    }
    match token_of(request.headers()) {
        Some(token) if front.vault.is_token(token) => next.run(request).await,
        _ => Problem::no_token().into_response(),
    }
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Nothing of the API is to be kept by anybody on the way; what axum refuses by itself becomes a problem document.
async fn plain(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_told = response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !is_told {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = Problem::wrong_method().into_response();
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A JSON body; an empty one is taken for `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).cloned();
        let body = to_bytes(request.into_body(), LARGEST).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The body is too large",
                "send at most 64 KiB",
            )
        })?;
        if !body.is_empty() && !kind.is_none_or(|kind| is_json(&kind)) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "The body is not JSON",
                "send JSON, with \"Content-Type: application/json\"",
            ));
        }
        let body = if body.iter().all(u8::is_ascii_whitespace) { Bytes::from_static(b"{}") } else { body };
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            if error.is_data() {
                Problem::invalid(format!("the body does not say what is needed: {error}"))
            } else {
                Problem::unreadable(format!("the body is not JSON: {error}"))
            }
        })
    }
}

fn is_json(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}

/// What an edit was refused for, as a problem.
pub fn refused(faults: &[Fault]) -> Problem {
    let detail = faults.first().map(|fault| fault.kind.to_string()).unwrap_or_default();
    Problem::invalid(detail).with_faults(told(faults))
}

/// Faults as a problem lists them.
pub fn told(faults: &[Fault]) -> Vec<ProblemFault> {
    faults.iter().map(|fault| ProblemFault { line: fault.line, message: fault.kind.to_string() }).collect()
}
