//! What the API only tells: logins, calls, the state of the box, the stream of events.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::devices::LoginJson;
use crate::model::{CallRecord, CallView, Country, EmergencyNotice, Language, StartFinding, StoreTrouble};
use crate::web::front::Shared;
use crate::web::pages::calls::read_id;
use crate::web::problem::Problem;

/// How many records are given when nothing is said, and at most.
const RECORDS: usize = 50;
const MOST_RECORDS: usize = 500;

/// The state of the box.
#[derive(Debug, Serialize)]
pub struct StatusJson {
    office: String,
    country: Option<Country>,
    language: Language,
    timezone: String,
    phones_reachable: usize,
    phones_accepted: usize,
    calls: Vec<CallView>,
    emergencies: Vec<EmergencyNotice>,
    emergency_ready: bool,
    store_trouble: Option<StoreTrouble>,
    findings: Vec<StartFinding>,
    version: &'static str,
}

/// `GET /status`.
pub async fn status(State(front): State<Shared>) -> Result<Json<StatusJson>, Problem> {
    let status = front.control.status().await?;
    Ok(Json(StatusJson {
        office: status.settings.name,
        country: status.settings.country,
        language: status.settings.language,
        timezone: status.settings.timezone,
        phones_reachable: status.reachable.0,
        phones_accepted: status.reachable.1,
        calls: status.calls,
        emergencies: status.emergencies,
        emergency_ready: status.emergency_ready,
        store_trouble: status.store_trouble,
        findings: status.findings,
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// `GET /logins`.
pub async fn logins(State(front): State<Shared>) -> Result<Json<Vec<LoginJson>>, Problem> {
    Ok(Json(front.control.logins().await?.into_iter().map(LoginJson::from).collect()))
}

/// `GET /calls?limit=50&before=c17`, newest first.
pub async fn calls(
    State(front): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Vec<CallJson>>, Problem> {
    let limit = limit_of(&query)?;
    let before = match query.get("before") {
        None => None,
        Some(text) => Some(
            read_id(text)
                .ok_or_else(|| Problem::unreadable("before is the id of a call, for example \"c17\""))?,
        ),
    };
    let book = Arc::clone(&front.calls);
    let records = tokio::task::spawn_blocking(move || book.latest(before, limit))
        .await
        .map_err(|_| Problem::crowded("the call records cannot be read now: try again"))?;
    Ok(Json(records.into_iter().map(CallJson::from).collect()))
}

/// How many of a list are asked for.
pub fn limit_of(query: &BTreeMap<String, String>) -> Result<usize, Problem> {
    let limit = query.get("limit").map_or(Ok(RECORDS), |text| text.parse());
    limit
        .ok()
        .filter(|limit| (1..=MOST_RECORDS).contains(limit))
        .ok_or_else(|| Problem::unreadable(format!("limit is a number from 1 to {MOST_RECORDS}")))
}

/// A call record; its id is text, as everywhere in the API.
#[derive(Debug, Serialize)]
pub struct CallJson {
    #[serde(flatten)]
    record: CallRecord,
    id: String,
}

impl From<CallRecord> for CallJson {
    fn from(record: CallRecord) -> Self {
        Self { id: record.id.to_string(), record }
    }
}

/// `GET /events`: server-sent events, resumed by `Last-Event-ID`.
pub async fn events(State(front): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let place = front
        .feed
        .place()
        .ok_or_else(|| Problem::crowded("too many listen to the events already: close one, or try again"))?;
    let last_id = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let stream = Arc::clone(&front.feed).stream(place, last_id, || true);
    Ok(Sse::new(stream).into_response())
}
