//! The JSON API, `/api/v1`: what the pages do, for programs. A bearer token opens it; problems are RFC 9457 documents.

mod audit;
mod body;
mod calls;
mod devices;
mod emergency;
mod events;
mod extensions;
mod lockouts;
mod logins;
mod messages;
mod office;
mod openapi;
mod operation;
mod operations;
mod status;
mod templates;
mod tenants;
mod tokens;
mod values;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::front::Shared;
use super::host::{self, WrongHost};
use super::problem::{PROBLEM, Problem, ProblemFault};
use crate::config::api_tokens::Use;
use crate::config::fault::Fault;

/// The routes below `/api/v1`: those of the operations, and no others.
pub fn routes(front: &Shared) -> Router<Shared> {
    let routed = operations::operations()
        .into_iter()
        .fold(Router::new(), |router, operation| router.route(operation.path, operation.route));
    routed
        .fallback(async || {
            Problem::not_found(
                "there is no such address in the API: it begins with /api/v1/devices, for example",
            )
        })
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(from_fn_with_state(Arc::clone(front), bearer))
        .layer(from_fn_with_state(Arc::clone(front), unkept))
}

/// Lets only the holder of a token through.
async fn bearer(State(front): State<Shared>, request: Request, next: Next) -> Response {
    match host::judge(request.headers(), request.uri(), &front.settings.names) {
        Ok(()) => {}
        Err(WrongHost::Foreign) => return Problem::wrong_host().into_response(),
        Err(WrongHost::Unclear) => {
            return Problem::unreadable("a request has one Host header").into_response();
        }
    }
    match token_of(request.headers()) {
        None => return Problem::no_token().into_response(),
        Some(token) => match front.vault.try_token(token, Timestamp::now()) {
            Use::Unknown => return Problem::no_token().into_response(),
            Use::Known => {}
            Use::FirstToday => {
                let front = Arc::clone(&front);
                tokio::spawn(async move { front.vault.keep_uses().await });
            }
        },
    }
    next.run(request).await
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Nothing of the API is to be kept by anybody on the way; large answers share one budget with the pages.
async fn unkept(State(front): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = front.budget.hold(next.run(request).await).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The layer around everything that makes each refusal under `/api` a problem document, whoever refused.
pub async fn problems(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_ours = path == "/api" || path.starts_with("/api/");
    let response = next.run(request).await;
    if is_ours { told_as_problem(response) } else { response }
}

/// A refusal in another form becomes the problem of its status; the headers that say what may be done stay.
pub fn told_as_problem(response: Response) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| *kind == PROBLEM) {
        return response;
    }
    let mut problem = Problem::of(status).into_response();
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            problem.headers_mut().insert(name, value.clone());
        }
    }
    problem
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
