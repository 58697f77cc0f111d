//! The control socket for the command line: no token and no password, because only who may open the file gets here.
//!
//! `POST /control/apply?yes=1` takes an office file; `GET /control/export?secrets=1` gives one; `POST /control/token`
//! makes a token for the API, `GET /control/tokens` lists them, `DELETE /control/tokens/<id>` withdraws one; `GET /control/setup-code` shows the set-up code while it counts;
//! `GET /control/audit?format=csv` gives the journal.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::to_bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::told;
use super::front::Shared;
use super::journal::{self, Wanted};
use super::problem::Problem;
use super::vault::NewTokenError;
use crate::config::api_tokens::ApiToken;
use crate::config::export::Secrets;
use crate::config::rules::Rules;
use crate::config::{export, office_file};
use crate::control::Kept;

type Asked = Query<BTreeMap<String, String>>;

/// The routes of the control socket.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/control/apply", post(apply))
        .route("/control/export", get(give))
        .route("/control/token", post(token))
        .route("/control/tokens", get(tokens))
        .route("/control/tokens/{id}", delete(withdraw))
        .route("/control/setup-code", get(setup_code))
        .route("/control/audit", get(audit))
        .fallback(async || Problem::not_found("there is no such address on the control socket"))
        .method_not_allowed_fallback(async || Problem::wrong_method())
}

/// Why an office file was not applied.
enum Unapplied {
    /// It would remove much, and nobody said yes.
    TooMuch(Vec<String>),
}

async fn apply(
    State(front): State<Shared>,
    Query(query): Asked,
    request: Request,
) -> Result<Response, Problem> {
    let body = to_bytes(request.into_body(), office_file::MAX_FILE).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The office file is too large",
            format!("an office file has at most {} KiB: is it the right one?", office_file::MAX_FILE / 1024),
        )
    })?;
    let draft = office_file::read_bytes(&body, &Rules::standard()).map_err(|faults| {
        Problem::invalid("the office file has faults: nothing was changed").with_faults(told(&faults))
    })?;
    let yes = query.get("yes").is_some_and(|value| value == "1" || value == "true");
    let (tell, told_lines) = tokio::sync::oneshot::channel();
    let edited = front
        .control
        .edit(move |office, fresh| {
            let diff = draft.plan_against(office, fresh);
            if diff.removes_more_than_a_tenth && !yes {
                return Err(Unapplied::TooMuch(diff.lines()));
            }
            let _ = tell.send(diff.lines());
            Ok(diff.changes)
        })
        .await?;
    match edited {
        Ok(kept) => {
            let lines = told_lines.await.unwrap_or_default();
            Ok(Json(json!({ "lines": lines, "applied": true, "saved": kept == Kept::Saved })).into_response())
        }
        Err(Unapplied::TooMuch(lines)) => Err(Problem::conflict(
            "removes-much",
            "Much would be removed",
            "more than a tenth of the office would be removed: read the list, then say --yes",
        )
        .with_lines(lines)),
    }
}

async fn give(State(front): State<Shared>, Query(query): Asked) -> Result<Response, Problem> {
    let secrets = query.get("secrets").is_some_and(|value| value == "1" || value == "true");
    let office = front.control.office().await?;
    if !export::is_set_up(&office) {
        let title = "This Perch is not set up";
        return Err(Problem::conflict("not-set-up", title, export::NOT_SET_UP));
    }
    let secrets = if secrets { Secrets::Shown } else { Secrets::LeftOut };
    let text = export::export(&office, secrets);
    Ok(([(header::CONTENT_TYPE, "application/toml; charset=utf-8")], text).into_response())
}

async fn token(State(front): State<Shared>) -> Result<Response, Problem> {
    let token = front.vault.new_token(Timestamp::now()).await.map_err(|error| match error {
        NewTokenError::TooMany(sentence) => {
            Problem::conflict("too-many", "There are too many tokens", sentence.to_string())
        }
        NewTokenError::Keep(error) => error.into(),
    })?;
    tracing::info!("a token for the API was made");
    Ok(Json(json!({ "token": token.expose() })).into_response())
}

async fn tokens(State(front): State<Shared>) -> Response {
    let told = |token: &ApiToken| json!({ "id": token.id(), "made": token.made, "used": token.used });
    let tokens: Vec<Value> = front.vault.tokens().iter().map(told).collect();
    Json(json!({ "tokens": tokens })).into_response()
}

async fn withdraw(State(front): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    if !front.vault.withdraw_token(&id).await? {
        return Err(Problem::not_found("there is no token of this id: \"perch token --list\" shows them"));
    }
    tracing::info!("a token for the API was withdrawn");
    Ok(Json(json!({ "withdrawn": true })).into_response())
}

async fn audit(State(front): State<Shared>, Query(query): Asked) -> Result<Response, Problem> {
    let zone = front.control.status().await?.settings.timezone;
    let wanted = Wanted::of(&query, &zone).map_err(Problem::unreadable)?;
    let entries = wanted.read(&front, journal::ALL).await;
    let entries = entries.ok_or_else(|| Problem::crowded("the journal cannot be read now: try again"))?;
    let is_csv = query.get("format").is_some_and(|format| format == "csv");
    Ok(if is_csv { journal::csv_file(&entries) } else { Json(entries).into_response() })
}

async fn setup_code(State(front): State<Shared>) -> Result<Response, Problem> {
    if front.vault.has_password() {
        return Err(Problem::not_found("set-up is done: sign in with the password"));
    }
    let address = front.address(front.settings.lan.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    Ok(Json(json!({ "code": front.setup.show(), "address": address })).into_response())
}
