//! What wrong PINs have closed to new logins, in the API (HOTDESK B9).

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use crate::model::{At, DeviceId, ExtensionNumber, Locked, LockoutView, StatusView};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// `GET /lockouts`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<LockoutView>>, Problem> {
    Ok(Json(front.control.status().await?.lockouts))
}

/// `DELETE /extensions/{number}/lockout`.
pub async fn open_extension(
    State(front): State<Shared>,
    Path(number): Path<String>,
) -> Result<StatusCode, Problem> {
    match number.parse::<ExtensionNumber>() {
        Ok(number) => open(&front, Locked::Extension(number)).await,
        Err(_) => Err(not_closed()),
    }
}

/// `DELETE /devices/{id}/lockout`.
pub async fn open_device(State(front): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    match id.parse::<DeviceId>() {
        Ok(id) => open(&front, Locked::Device(id)).await,
        Err(_) => Err(not_closed()),
    }
}

/// `DELETE /addresses/{address}/lockout`.
pub async fn open_address(
    State(front): State<Shared>,
    Path(address): Path<String>,
) -> Result<StatusCode, Problem> {
    match address.parse::<IpAddr>() {
        Ok(address) => open(&front, At::Address(address).locked()).await,
        Err(_) => Err(not_closed()),
    }
}

/// The lock-out of one thing, as its own document tells it.
pub fn of(status: &StatusView, locked: &Locked) -> Option<LockoutView> {
    status.lockouts.iter().find(|one| one.locked == *locked).cloned()
}

async fn open(front: &Front, locked: Locked) -> Result<StatusCode, Problem> {
    if front.control.open_to_logins(locked).await? { Ok(StatusCode::NO_CONTENT) } else { Err(not_closed()) }
}

fn not_closed() -> Problem {
    Problem::not_found("this is not closed to logins: GET /api/v1/lockouts lists what is")
}
