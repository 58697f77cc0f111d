//! The call records in the API, as JSON and as CSV.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::model::{CallRecord, IdError};
use crate::web::csv::cell;
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// How many records are given when nothing is said, and at most.
const RECORDS: usize = 50;
const MOST_RECORDS: usize = 500;

/// The first line of a CSV.
const COLUMNS: &str = "id,started,caller,caller_name,caller_device,dialled,callee,answered_by,outcome,kind,answered_after_ms,lasted_ms";

type Asked = Query<BTreeMap<String, String>>;

/// `GET /calls?limit=50&before=c17`, newest first.
pub async fn list(
    State(front): State<Shared>,
    Query(query): Asked,
) -> Result<Json<Vec<CallRecord>>, Problem> {
    asked_for(&front, &query).await.map(Json)
}

/// `GET /calls.csv`: the same with the same questions, as RFC 4180 has it.
pub async fn csv(State(front): State<Shared>, Query(query): Asked) -> Result<Response, Problem> {
    let records = asked_for(&front, &query).await?;
    let lines: String = records.iter().map(|record| line(record) + "\r\n").collect();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"calls.csv\""),
    ];
    Ok((headers, format!("{COLUMNS}\r\n{lines}")).into_response())
}

async fn asked_for(front: &Front, query: &BTreeMap<String, String>) -> Result<Vec<CallRecord>, Problem> {
    let limit = limit_of(query)?;
    let before = match query.get("before") {
        None => None,
        Some(text) => Some(text.parse().map_err(|error: IdError| Problem::unreadable(error.0))?),
    };
    let book = Arc::clone(&front.calls);
    tokio::task::spawn_blocking(move || book.latest(before, limit))
        .await
        .map_err(|_| Problem::crowded("the call records cannot be read now: try again"))
}

/// How many of a list are asked for.
pub fn limit_of(query: &BTreeMap<String, String>) -> Result<usize, Problem> {
    let limit = query.get("limit").map_or(Ok(RECORDS), |text| text.parse());
    limit
        .ok()
        .filter(|limit| (1..=MOST_RECORDS).contains(limit))
        .ok_or_else(|| Problem::unreadable(format!("limit is a number from 1 to {MOST_RECORDS}")))
}

fn line(record: &CallRecord) -> String {
    let shown = |value: Option<&dyn ToString>| value.map(ToString::to_string).unwrap_or_default();
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let fields = [
        record.id.to_string(),
        shown(record.started.as_ref().map(|at| at as _)),
        shown(record.caller.extension.as_ref().map(|number| number as _)),
        record.caller.name.clone(),
        shown(record.caller.device.as_ref().map(|id| id as _)),
        record.dialled.clone(),
        shown(record.callee.as_ref().map(|number| number as _)),
        shown(record.answered_by.as_ref().map(|id| id as _)),
        word(serde_json::to_value(record.outcome)),
        word(serde_json::to_value(record.kind)),
        shown(record.answered_after_ms.as_ref().map(|span| span as _)),
        record.lasted_ms.to_string(),
    ];
    fields.map(|field| cell(&field)).join(",")
}
