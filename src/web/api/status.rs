//! The state of the box in the API.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{CallView, Country, EmergencyNotice, Language, StartFinding, StoreTrouble};
use crate::web::front::Shared;
use crate::web::problem::Problem;

/// The state of the box.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Status")]
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

/// `POST /findings/read`: puts away what the start found, as the page's button does.
pub async fn findings_read(State(front): State<Shared>) -> StatusCode {
    front.findings_read.store(true, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}
