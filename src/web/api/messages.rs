//! Messages that wait, in the API: the office's own voicemail tells them, and phones show them (HOTDESK B12).

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::body::Body;
use super::devices::status_of;
use super::extensions::unknown;
use super::operation::{Field, Shape};
use crate::model::{ExtensionNumber, Messages};
use crate::web::front::Shared;
use crate::web::problem::Problem;

/// How many messages may be told.
const COUNT: (u32, u32) = (0, 9_999);

/// What is said of a user's messages.
pub const COUNTS: Shape = &[
    Field::number("new", COUNT, "How many nobody has heard yet.").needed(),
    Field::number("old", COUNT, "How many are heard and kept; none where nothing is said."),
];

/// `GET /extensions/{number}/messages`.
pub async fn one(State(front): State<Shared>, Path(number): Path<String>) -> Result<Json<Messages>, Problem> {
    let user = number.parse::<ExtensionNumber>().map_err(|_| unknown(&number))?;
    front.control.messages(user).await?.map(Json).ok_or_else(|| unknown(&number))
}

/// `PUT /extensions/{number}/messages`.
pub async fn put(
    State(front): State<Shared>,
    Path(number): Path<String>,
    mut body: Body,
) -> Result<Response, Problem> {
    let (new, old) = (body.number("new", COUNT)?, body.number("old", COUNT)?);
    body.finish()?;
    let new = new.ok_or_else(|| Problem::invalid("say how many are new: {\"new\": 2, \"old\": 1}"))?;
    let user = number.parse::<ExtensionNumber>().map_err(|_| unknown(&number))?;
    let messages = Messages { new, old: old.unwrap_or_default() };
    let kept = front.control.set_messages(user, messages).await?.ok_or_else(|| unknown(&number))?;
    Ok((status_of(kept), Json(messages)).into_response())
}
