//! Logins in the API: who is logged in where, in, out, and everybody out. To log in elsewhere is to move.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::devices::{find, read_id, status_of};
use super::operation::{Field, Shape};
use crate::control::{Kept, LogInRequest};
use crate::model::{DeviceId, ExtensionNumber, IdError, Login, LoginMethod, LogoutReason, Secret};
use crate::web::front::Shared;
use crate::web::problem::Problem;
use crate::web::wire::Wire;

/// Who logs in.
pub const LOGIN: Shape = &[
    Field::text("extension", "The number of the extension.").needed(),
    Field::text(
        "pin",
        "The PIN, where the program has asked the user for it: a wrong one is refused, and three close the extension and the program's address to new logins. Without it the administrator vouches.",
    ),
];

/// A login.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Login")]
pub struct LoginJson {
    extension: ExtensionNumber,
    device: DeviceId,
    /// Since when, where the clock was trusted then.
    since: Option<Timestamp>,
    method: LoginMethod,
    /// Whether it survives a power cut.
    saved: bool,
}

/// What came of logging everybody out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Ended")]
pub struct EndedJson {
    /// How many logins have ended.
    ended: usize,
}

impl From<Login> for LoginJson {
    fn from(login: Login) -> Self {
        let Login { extension, device, since, method, saved, .. } = login;
        Self { extension, device, since, method, saved }
    }
}

/// `GET /logins`, oldest first.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<LoginJson>>, Problem> {
    Ok(Json(front.control.logins().await?.into_iter().map(LoginJson::from).collect()))
}

/// `POST /devices/{id}/login`.
pub async fn log_in(
    State(front): State<Shared>,
    Path(id): Path<String>,
    wire: Wire,
    mut body: Body,
) -> Result<Response, Problem> {
    let device = read_id(&id)?;
    let (extension, pin) = (body.text("extension")?, body.text("pin")?);
    body.finish()?;
    let extension = extension.ok_or_else(|| Problem::invalid("say who logs in: {\"extension\": \"100\"}"))?;
    let extension = extension.parse().map_err(|error: IdError| Problem::invalid(error.0))?;
    let pin = pin.map(|pin| (Secret::new(pin), wire.source()));
    let request = LogInRequest { extension, device, method: LoginMethod::Api, pin };
    let (login, kept) = front.control.log_in(request).await??;
    Ok((status_of(kept), Json(LoginJson::from(login))).into_response())
}

/// `POST /devices/{id}/logout`.
pub async fn log_out(State(front): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let device = find(&front, &id).await?.id;
    match front.control.log_out(device, LogoutReason::Api).await? {
        Some(Kept::Saved) => Ok(StatusCode::NO_CONTENT),
        Some(Kept::NotYet) => Ok(StatusCode::ACCEPTED),
        None => {
            Err(Problem::conflict("nobody-there", "Nobody is logged in", "nobody is logged in at this phone"))
        }
    }
}

/// `POST /logins/end`: logs everybody out.
pub async fn end(State(front): State<Shared>) -> Result<Response, Problem> {
    let (ended, kept) = front.control.log_out_all(LogoutReason::Api).await?;
    Ok((status_of(kept), Json(EndedJson { ended })).into_response())
}
