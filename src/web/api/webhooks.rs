//! Webhooks in the API (HOTDESK B15).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::operation::{Field, Kind, Shape};
use crate::web::front::Shared;
use crate::web::problem::Problem;
use crate::web::webhooks::{AddError, MOST, Receiver, View};

/// What may be said of a receiver.
pub const WISH: Shape = &[
    Field::text("url", "Where events are posted: https:// or http://.").needed(),
    Field::new("events", Kind::Texts, "The names of the events wanted; all where none is named."),
];

/// A receiver of webhooks and how its deliveries go.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub struct WebhookJson {
    id: String,
    url: String,
    /// The names of the events it is sent; all events where there are none.
    events: Vec<String>,
    /// How many events wait for it.
    waiting: usize,
    /// How many were lost since the last that was delivered.
    missed: u64,
    /// When an event was delivered last since the box started.
    delivered_at: Option<Timestamp>,
    /// Since when deliveries have failed; `null` while they do not.
    failing_since: Option<Timestamp>,
    /// Why the last delivery failed.
    failure: Option<String>,
}

/// A new receiver of webhooks.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewWebhook")]
pub struct NewWebhookJson {
    id: String,
    url: String,
    /// The names of the events it is sent; all events where there are none.
    events: Vec<String>,
    /// What signs for it; told this once.
    secret: String,
}

/// What became of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookTest")]
pub struct WebhookTestJson {
    delivered: bool,
    /// The status of its answer, where that was a 2xx.
    status: Option<u16>,
    /// Why it does not count.
    failure: Option<String>,
}

impl From<View> for WebhookJson {
    fn from(view: View) -> Self {
        let View { id, url, events, waiting, missed, delivered, failing } = view;
        let (failing_since, failure) = match failing {
            Some((since, why)) => (Some(since), Some(why.to_string())),
            None => (None, None),
        };
        Self { id, url, events, waiting, missed, delivered_at: delivered, failing_since, failure }
    }
}

/// `GET /webhooks`.
pub async fn list(State(front): State<Shared>) -> Json<Vec<WebhookJson>> {
    Json(front.hooks.views().into_iter().map(WebhookJson::from).collect())
}

/// `POST /webhooks`.
pub async fn add(State(front): State<Shared>, mut body: Body) -> Result<Response, Problem> {
    let (url, events) = (body.text("url")?, body.texts("events")?);
    body.finish()?;
    let url = url.ok_or_else(|| Problem::invalid("say where: {\"url\": \"https://example.org/perch\"}"))?;
    let made = front.hooks.add(&url, events.unwrap_or_default()).await.map_err(refused)?;
    let Receiver { id, url, events, secret } = made;
    let location = [(header::LOCATION, format!("/api/v1/webhooks/{id}"))];
    let made = NewWebhookJson { id, url, events, secret: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, location, Json(made)).into_response())
}

/// `GET /webhooks/{id}`.
pub async fn one(State(front): State<Shared>, Path(id): Path<String>) -> Result<Json<WebhookJson>, Problem> {
    let found = front.hooks.views().into_iter().find(|view| view.id == id);
    found.map(|view| Json(view.into())).ok_or_else(|| no_such(&id))
}

/// `DELETE /webhooks/{id}`.
pub async fn remove(State(front): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    if front.hooks.remove(&id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(no_such(&id)) }
}

/// `POST /webhooks/{id}/test`.
pub async fn test(
    State(front): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<WebhookTestJson>, Problem> {
    let outcome = front.hooks.test(&id).await.ok_or_else(|| no_such(&id))?;
    let (status, failure) = (outcome.as_ref().ok().copied(), outcome.err().map(|why| why.to_string()));
    Ok(Json(WebhookTestJson { delivered: failure.is_none(), status, failure }))
}

fn refused(error: AddError) -> Problem {
    match error {
        AddError::Wish(fault) => Problem::invalid(fault.to_string()),
        AddError::TooMany => {
            let detail = format!("there are {MOST} receivers already: remove one first");
            Problem::conflict("too-many", "There are too many", detail)
        }
        AddError::Keep(error) => error.into(),
    }
}

fn no_such(id: &str) -> Problem {
    let id: String = id.chars().take(32).collect();
    Problem::not_found(format!("there is no webhook \"{id}\": GET /api/v1/webhooks lists them"))
}
