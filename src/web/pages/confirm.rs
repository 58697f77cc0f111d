//! Asking once more before something is removed.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::page::{Page, show};

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    page: Page,
    text: String,
    action: String,
    button: String,
    back: String,
}

/// Asks with `text` whether what has its page at `here` is to be removed.
pub fn ask_removal(status: StatusCode, page: Page, text: String, button: String, here: String) -> Response {
    show(status, &ConfirmPage { page, text, action: format!("{here}/remove"), button, back: here })
}
