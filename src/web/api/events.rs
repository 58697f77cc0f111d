//! The stream of events in the API: server-sent events, resumed by `Last-Event-ID`, all or some by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};

use super::token_of;
use crate::model::Event;
use crate::web::feed::Wanted;
use crate::web::front::Shared;
use crate::web::problem::Problem;

/// `GET /events?events=logged-in,logged-out`. It ends when its token is withdrawn.
pub async fn listen(
    State(front): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = match query.get("events") {
        None => Wanted::All,
        Some(names) => Wanted::Some(names.split(',').map(known).collect::<Result<_, _>>()?),
    };
    let place = front
        .feed
        .place()
        .ok_or_else(|| Problem::crowded("too many listen to the events already: close one, or try again"))?;
    let last_id = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let token = token_of(&headers).unwrap_or_default().to_owned();
    let asked = Arc::clone(&front);
    let goes_on = move || asked.vault.is_token(&token);
    let stream = Arc::clone(&front.feed).stream(place, last_id, wanted, goes_on);
    Ok(Sse::new(stream).into_response())
}

fn known(name: &str) -> Result<&'static str, Problem> {
    let name = name.trim();
    Event::NAMES.into_iter().find(|known| *known == name).ok_or_else(|| {
        Problem::unreadable(format!("events names some of {}, with commas between", Event::NAMES.join(", ")))
    })
}
