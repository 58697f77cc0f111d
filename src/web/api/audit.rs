//! The journal in the API: who logged in where, when, how, and why it ended (B14).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::calls::limit_of;
use crate::web::front::Shared;
use crate::web::journal::{ALL, Wanted, csv_file, wants_csv};
use crate::web::problem::Problem;

/// `GET /audit?extension=100&device=d7&from=2026-03-01&to=2026-03-31&before=17&limit=50`, newest first; as CSV with
/// `format=csv` or where text/csv is accepted, and then all of it where no limit is given.
pub async fn list(
    State(front): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let csv = wants_csv(&query, &headers);
    let limit = match query.get("limit") {
        None if csv => ALL,
        _ => limit_of(&query)?,
    };
    let zone = front.control.status().await?.settings.timezone;
    let wanted = Wanted::of(&query, &zone).map_err(Problem::unreadable)?;
    let entries = wanted.read(&front, limit).await;
    let entries = entries.ok_or_else(|| Problem::crowded("the journal cannot be read now: try again"))?;
    Ok(if csv { csv_file(&entries) } else { Json(entries).into_response() })
}
