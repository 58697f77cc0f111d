//! The page's own event stream: tells an open page that something has changed, so that it fetches itself anew.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};

use crate::web::feed::Wanted;
use crate::web::front::Shared;
use crate::web::sessions::Touch;
use crate::web::trouble::Trouble;
use crate::web::visitor::Admin;

/// `GET /live`. It ends with the session.
pub async fn listen(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let place = front.feed.place().ok_or(Trouble::Crowded)?;
    let last_id = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let session = visitor.session.map(|(id, _)| id).ok_or(Trouble::Bug)?;
    let sessions = Arc::clone(&front);
    let goes_on = move || sessions.sessions.role_of(&session, Touch::Refresh, Instant::now()).is_some();
    let stream = Arc::clone(&front.feed).stream(place, last_id, Wanted::All, goes_on);
    Ok(Sse::new(stream).into_response())
}
