//! Logging everybody out, from the first page: asked first.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::confirm::{Question, ask};
use crate::model::LogoutReason;
use crate::web::front::Shared;
use crate::web::notes;
use crate::web::page::Nav;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted};

/// `GET /logins/end`: asks first.
pub async fn ask_end(State(front): State<Shared>, Admin(visitor): Admin) -> Result<Response, Trouble> {
    let logins = front.control.logins().await?.len();
    if logins == 0 {
        return Ok(notes::redirect("/", "nobody-anywhere"));
    }
    let page = front.page(&visitor, Nav::Status, "end-all-title");
    let question = Question {
        text: page.count("end-all-text", &logins),
        action: "/logins/end".to_owned(),
        button: page.say("end-all"),
        back: "/".to_owned(),
    };
    Ok(ask(StatusCode::OK, page, question))
}

/// `POST /logins/end`.
pub async fn end(State(front): State<Shared>, Admin(_): Admin, _: Posted) -> Result<Response, Trouble> {
    let (ended, kept) = front.control.log_out_all(LogoutReason::Page).await?;
    tracing::info!(ended, "everybody was logged out");
    Ok(notes::redirect("/", notes::of_kept(kept, if ended == 0 { "nobody-anywhere" } else { "ended-all" })))
}
