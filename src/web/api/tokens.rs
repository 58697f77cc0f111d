//! The tokens of the API, in the API: which there are, and withdrawing one. One is made on the box alone.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::web::front::Shared;
use crate::web::problem::Problem;

/// A token, without the token.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Token")]
pub struct TokenJson {
    /// Eight digits that tell nothing of the token.
    id: String,
    /// When it was made, where that was written down.
    made: Option<Timestamp>,
    /// The first use on the last day it was used.
    used: Option<Timestamp>,
}

/// `GET /tokens`, oldest first.
pub async fn list(State(front): State<Shared>) -> Json<Vec<TokenJson>> {
    let tokens = front.vault.tokens();
    Json(tokens.iter().map(|one| TokenJson { id: one.id(), made: one.made, used: one.used }).collect())
}

/// `DELETE /tokens/{id}`: from then on it opens nothing.
pub async fn withdraw(State(front): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    if !front.vault.withdraw_token(&id).await? {
        let id: String = id.chars().take(32).collect();
        let detail = format!("there is no token \"{id}\": GET /api/v1/tokens lists them");
        return Err(Problem::not_found(detail));
    }
    tracing::info!("a token for the API was withdrawn");
    Ok(StatusCode::NO_CONTENT)
}
