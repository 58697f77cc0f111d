//! The tokens of the API, under Settings: which there are, and the button that withdraws one.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::config::api_tokens::ApiToken;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted};
use crate::web::words::Words;

/// A token as it is shown.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// The days on which it was made and used last.
    pub text: String,
}

/// All tokens, the newest first.
pub fn rows(front: &Front, words: Words, clock: &Clock) -> Vec<Row> {
    let tokens = front.vault.tokens();
    let row = |one: &ApiToken| {
        let (made, used) = (clock.day(one.made), clock.day(one.used));
        Row { id: one.id(), text: words.say2("tokens-row", ("made", &made), ("used", &used)) }
    };
    let mut rows: Vec<Row> = tokens.iter().map(row).collect();
    rows.reverse();
    rows
}

/// `POST /settings/tokens/{id}/withdraw`.
pub async fn withdraw(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    match front.vault.withdraw_token(&id).await {
        Ok(true) => tracing::info!("a token for the API was withdrawn"),
        Ok(false) => return Err(Trouble::NotFound),
        Err(error) => {
            tracing::error!(%error, "a token could not be withdrawn");
            return Ok(notes::redirect("/settings", "not-saved"));
        }
    }
    Ok(notes::redirect("/settings", "token-withdrawn"))
}
