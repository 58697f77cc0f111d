//! Asking once more before something is removed, or done to everybody.

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

/// What is asked, and where each answer leads.
pub struct Question {
    /// The question.
    pub text: String,
    /// Where a yes is posted.
    pub action: String,
    /// What the button of the yes says.
    pub button: String,
    /// Where a no leads.
    pub back: String,
}

/// Asks with `text` whether what has its page at `here` is to be removed.
pub fn ask_removal(status: StatusCode, page: Page, text: String, button: String, here: String) -> Response {
    ask(status, page, Question { text, action: format!("{here}/remove"), button, back: here })
}

/// Asks before something is done.
pub fn ask(status: StatusCode, page: Page, question: Question) -> Response {
    let Question { text, action, button, back } = question;
    show(status, &ConfirmPage { page, text, action, button, back })
}
