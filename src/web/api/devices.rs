//! Devices in the API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::body::Body;
use super::{lockouts, refused};
use crate::config::apply;
use crate::control::{Kept, LogInRequest};
use crate::model::{
    DeviceAdmission, DeviceId, DeviceMode, DeviceView, ExtensionNumber, IdError, Locked, LockoutView, Login,
    LoginMethod, LogoutReason, Stage, StatusView,
};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// A device.
#[derive(Debug, Serialize)]
pub struct DeviceJson {
    id: DeviceId,
    mac: Option<String>,
    /// `unassigned`, `hot-desk` or `owned`.
    mode: &'static str,
    /// The owner, of an owned device.
    extension: Option<ExtensionNumber>,
    name: Option<String>,
    /// What a person calls it: nickname, else screen name, else MAC.
    title: String,
    screen_name: Option<String>,
    model: String,
    /// `waiting`, `accepted` or `waiting-again`.
    admission: &'static str,
    address: Option<String>,
    login: Option<LoginJson>,
    stage: Stage,
    late: bool,
    reachable: bool,
    provisioned: bool,
    stranded: bool,
    provisioning_url: Option<String>,
    /// Until when wrong PINs have closed it to new logins.
    lockout: Option<LockoutView>,
}

/// A login.
#[derive(Debug, Serialize)]
pub struct LoginJson {
    extension: ExtensionNumber,
    device: DeviceId,
    since: Option<Timestamp>,
    method: LoginMethod,
    /// Whether it survives a power cut.
    saved: bool,
}

impl From<Login> for LoginJson {
    fn from(login: Login) -> Self {
        let Login { extension, device, since, method, saved, .. } = login;
        Self { extension, device, since, method, saved }
    }
}

impl DeviceJson {
    fn of(view: DeviceView, status: &StatusView) -> Self {
        let (mode, extension) = match view.mode {
            DeviceMode::Unassigned => ("unassigned", None),
            DeviceMode::HotDesk => ("hot-desk", None),
            DeviceMode::Owned(number) => ("owned", Some(number)),
        };
        Self {
            lockout: lockouts::of(status, &Locked::Device(view.id)),
            id: view.id,
            mac: view.mac.map(|mac| mac.to_string()),
            mode,
            extension,
            name: view.name,
            title: view.title,
            screen_name: view.screen_name,
            model: view.model.to_string(),
            admission: match view.admission {
                DeviceAdmission::Waiting => "waiting",
                DeviceAdmission::Accepted | DeviceAdmission::Expected => "accepted",
                DeviceAdmission::WaitingAgain => "waiting-again",
            },
            address: view.address.map(|address| address.to_string()),
            login: view.login.map(LoginJson::from),
            stage: view.stage,
            late: view.late,
            reachable: view.reachable,
            provisioned: view.provisioned,
            stranded: view.stranded,
            provisioning_url: view.provisioning_url.map(|url| url.expose().to_owned()),
        }
    }
}

/// How a device is accepted: as a hot desk, or as an extension's phone.
fn mode_in(mut body: Body) -> Result<DeviceMode, Problem> {
    let (mode, extension) = (body.text("mode")?, body.text("extension")?);
    body.finish()?;
    match (mode.as_deref(), extension) {
        (None | Some("hot-desk"), None) => Ok(DeviceMode::HotDesk),
        (None | Some("owned"), Some(number)) => {
            number.parse().map(DeviceMode::Owned).map_err(|error: IdError| Problem::invalid(error.0))
        }
        _ => Err(Problem::invalid(
            "say {\"mode\": \"hot-desk\"} for a phone to log in at, or {\"extension\": \"101\"} for its owner",
        )),
    }
}

/// `GET /devices`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<DeviceJson>>, Problem> {
    let (devices, status) = (front.control.devices().await?, front.control.status().await?);
    Ok(Json(devices.into_iter().map(|device| DeviceJson::of(device, &status)).collect()))
}

/// `GET /devices/{id}`.
pub async fn one(State(front): State<Shared>, Path(id): Path<String>) -> Result<Json<DeviceJson>, Problem> {
    document(&front, &id).await.map(Json)
}

/// `POST /devices/{id}/accept`.
pub async fn accept(
    State(front): State<Shared>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let id = find(&front, &id).await?.id;
    let mode = mode_in(body)?;
    let edited = front.edit(move |office, rules, fresh| apply::accept_device(office, id, mode, rules, fresh));
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(document(&front, &id.to_string()).await?)).into_response())
}

/// `DELETE /devices/{id}`.
pub async fn remove(State(front): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = find(&front, &id).await?.id;
    let edited = front.edit(move |office, _, _| apply::remove_device(office, id)).await?;
    match edited {
        Ok(Kept::Saved) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Kept::NotYet) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(_) => Err(no_such(&id.to_string())),
    }
}

/// `POST /devices/{id}/login`.
pub async fn log_in(
    State(front): State<Shared>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Response, Problem> {
    let device = read_id(&id)?;
    let extension = body.text("extension")?;
    body.finish()?;
    let extension = extension.ok_or_else(|| Problem::invalid("say who logs in: {\"extension\": \"100\"}"))?;
    let extension = extension.parse().map_err(|error: IdError| Problem::invalid(error.0))?;
    let request = LogInRequest { extension, device, method: LoginMethod::Api };
    let (login, kept) = front.control.log_in(request).await??;
    Ok((status_of(kept), Json(LoginJson::from(login))).into_response())
}

/// `POST /devices/{id}/logout`.
pub async fn log_out(State(front): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let device = find(&front, &id).await?.id;
    match front.control.log_out(device, LogoutReason::Api).await? {
        Some(Kept::Saved) => Ok(StatusCode::NO_CONTENT.into_response()),
        Some(Kept::NotYet) => Ok(StatusCode::ACCEPTED.into_response()),
        None => {
            Err(Problem::conflict("nobody-there", "Nobody is logged in", "nobody is logged in at this phone"))
        }
    }
}

/// 200 for what is on the disc, 202 for what is not yet.
pub fn status_of(kept: Kept) -> StatusCode {
    match kept {
        Kept::Saved => StatusCode::OK,
        Kept::NotYet => StatusCode::ACCEPTED,
    }
}

async fn document(front: &Front, id: &str) -> Result<DeviceJson, Problem> {
    let device = find(front, id).await?;
    Ok(DeviceJson::of(device, &front.control.status().await?))
}

async fn find(front: &Front, id: &str) -> Result<DeviceView, Problem> {
    let wanted = read_id(id)?;
    let devices = front.control.devices().await?;
    devices.into_iter().find(|device| device.id == wanted).ok_or_else(|| no_such(id))
}

fn read_id(id: &str) -> Result<DeviceId, Problem> {
    id.parse().map_err(|_| no_such(id))
}

fn no_such(id: &str) -> Problem {
    let id: String = id.chars().take(32).collect();
    Problem::not_found(format!("there is no phone \"{id}\": GET /api/v1/devices lists them"))
}
