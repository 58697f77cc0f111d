//! The style sheet, the script and the mark: in the binary, addressed by their content, so that browsers may keep them.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::front::Shared;
use super::random;

const CSS: &str = include_str!("assets/perch.css");
const SCRIPT: &str = include_str!("assets/perch.js");
const MARK: &str = include_str!("assets/perch.svg");

static CSS_ADDRESS: LazyLock<String> = LazyLock::new(|| address("perch.css", CSS));
static SCRIPT_ADDRESS: LazyLock<String> = LazyLock::new(|| address("perch.js", SCRIPT));

/// The style sheet's address.
pub fn css_address() -> &'static str {
    &CSS_ADDRESS
}

/// The script's address.
pub fn script_address() -> &'static str {
    &SCRIPT_ADDRESS
}

/// The routes below `/assets/`.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/assets/perch.css", get(async || file("text/css; charset=utf-8", CSS)))
        .route("/assets/perch.js", get(async || file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/assets/perch.svg", get(async || file("image/svg+xml", MARK)))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=86400")], text).into_response()
}

fn address(name: &str, text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    format!("/assets/{name}?v={}", random::hex(&digest[..6]))
}
