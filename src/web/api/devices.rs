//! Devices in the API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::logins::LoginJson;
use super::operation::{Field, Shape};
use super::values::{self, DeviceValuesJson, ValuesOfDevice};
use super::{lockouts, refused};
use crate::config::apply;
use crate::control::Kept;
use crate::model::{
    AccountName, Device, DeviceAdmission, DeviceId, DeviceMode, DeviceView, DeviceWish, ExtensionNumber,
    IdError, Locked, LockoutView, Mac, ModelName, Office, Secret, Stage, StatusView, TemplateName, TenantId,
};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// What may be said of how a device is used.
pub const MODE: Shape = &[MODE_FIELD, OWNER_FIELD];

/// What may be said of a device.
pub const WISH: Shape = &[
    MODE_FIELD,
    OWNER_FIELD,
    Field::text("mac", "Its hardware address, in any usual writing."),
    Field::text("name", "Its nickname, without spaces; empty for none. Needed where there is no MAC."),
    Field::text("model", "Maker and model, as yealink-t46u; generic where nothing is said."),
    Field::text("sip_user", "The SIP user name, for a phone set up by hand; made where nothing is said."),
    Field::text("sip_password", "The SIP password, for a phone set up by hand; made where nothing is said."),
    Field::text("tenant", "Whose it is; its owner's where nothing is said."),
    Field::text("location", "Where it stands, for whoever answers an emergency call; empty for unknown."),
    Field::text("emergency_caller", "The number shown to the emergency services; null for the trunk's own."),
    Field::text("template", "The template behind its own values."),
    values::LANGUAGE,
    values::IDLE_CALLS,
    values::BORROWABLE,
    values::ACCOUNT,
    values::SERVER,
    values::KEY,
    values::EXTRA,
];

const MODE_FIELD: Field = Field::text("mode", "hot-desk, or owned together with the extension.");
const OWNER_FIELD: Field = Field::text("extension", "Its owner, for an extension's own phone.");

/// A device.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Device")]
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
    /// Whose it is.
    tenant: TenantId,
    /// Where it stands; empty where nobody has said.
    location: String,
    /// The number shown to the emergency services.
    emergency_caller: Option<String>,
    /// The template behind its own values.
    template: Option<TemplateName>,
    /// What holds for it, and where that comes from.
    values: Option<DeviceValuesJson>,
    /// Until when wrong PINs have closed it to new logins.
    lockout: Option<LockoutView>,
}

impl DeviceJson {
    fn of(view: DeviceView, status: &StatusView, office: &Office) -> Self {
        let device = office.devices.get(&view.id);
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
            tenant: device.map(|device| device.tenant.clone()).unwrap_or_default(),
            location: device.map(|device| device.location.clone()).unwrap_or_default(),
            emergency_caller: device.and_then(|device| device.emergency_caller.clone()),
            template: device.and_then(|device| device.template.clone()),
            values: device.map(|device| DeviceValuesJson::of(device, office.settings_of(&device.tenant))),
        }
    }
}

/// What is keyed into a phone that is set up by hand.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SipLogin")]
pub struct SipLoginJson {
    user: String,
    password: String,
    realm: String,
}

/// A device as it is wished for; what is left out of a `PUT` stays.
struct Wish {
    mac: Option<Mac>,
    /// The nickname; empty for none.
    name: Option<String>,
    model: Option<ModelName>,
    mode: Option<DeviceMode>,
    sip_user: Option<AccountName>,
    sip_password: Option<Secret>,
    tenant: Option<TenantId>,
    location: Option<String>,
    emergency_caller: Option<Option<String>>,
    template: Option<Option<TemplateName>>,
    values: ValuesOfDevice,
}

impl Wish {
    fn read(mut body: Body) -> Result<Self, Problem> {
        let mode = mode_in(&mut body)?;
        let (mac, name, model) = (body.text("mac")?, body.text("name")?, body.text("model")?);
        let (user, password) = (body.text("sip_user")?, body.text("sip_password")?);
        let (tenant, location) = (body.parsed("tenant")?, body.text("location")?);
        let emergency_caller = body.said("emergency_caller", Body::text)?;
        let template = body.said("template", Body::parsed)?;
        let values = ValuesOfDevice::read(&mut body)?;
        body.finish()?;
        Ok(Self {
            tenant,
            location,
            emergency_caller,
            template,
            values,
            mac: mac.map(|text| text.parse()).transpose().map_err(invalid)?,
            name,
            model: model.map(|text| text.replace(' ', "-").parse()).transpose().map_err(invalid)?,
            mode,
            sip_user: user.map(|text| text.parse()).transpose().map_err(invalid)?,
            sip_password: password.map(Secret::new),
        })
    }

    /// What is to become of `former`, or of nothing.
    fn over(self, former: Option<&Device>) -> Result<DeviceWish, Problem> {
        let Self { mac, name, model, mode, sip_user, sip_password, tenant, values, .. } = self;
        let mut wish = match former {
            Some(device) => DeviceWish::as_it_is(device),
            None => DeviceWish { mode: DeviceMode::HotDesk, ..DeviceWish::new(ModelName::generic()) },
        };
        wish.mac = mac.or(wish.mac);
        wish.model = model.unwrap_or(wish.model);
        // A phone whose tenant is not said goes where its new owner is.
        let of_owner = match &mode {
            Some(DeviceMode::Owned(owner)) => Some(owner.tenant().clone()),
            Some(DeviceMode::HotDesk | DeviceMode::Unassigned) | None => None,
        };
        wish.tenant = tenant.or(of_owner).unwrap_or(wish.tenant);
        wish.mode = mode.unwrap_or(wish.mode);
        wish.location = self.location.unwrap_or(wish.location);
        wish.emergency_caller = self.emergency_caller.unwrap_or(wish.emergency_caller);
        wish.template = self.template.unwrap_or(wish.template);
        values.put_into(&mut wish.own);
        wish.sip_user = sip_user.or(wish.sip_user);
        wish.sip_password = sip_password.or(wish.sip_password);
        match name.as_deref() {
            None => {}
            Some("") => wish.name = None,
            Some(name) => wish.name = Some(name.parse().map_err(invalid)?),
        }
        Ok(wish)
    }
}

/// How a device is used: as a hot desk, or as an extension's phone. `None` where nothing is said of it.
fn mode_in(body: &mut Body) -> Result<Option<DeviceMode>, Problem> {
    let (mode, extension) = (body.text("mode")?, body.text("extension")?);
    match (mode.as_deref(), extension) {
        (None, None) => Ok(None),
        (Some("hot-desk"), None) => Ok(Some(DeviceMode::HotDesk)),
        (None | Some("owned"), Some(number)) => {
            number.parse().map(DeviceMode::Owned).map(Some).map_err(invalid)
        }
        _ => Err(Problem::invalid(
            "say {\"mode\": \"hot-desk\"} for a phone to log in at, or {\"extension\": \"101\"} for its owner",
        )),
    }
}

/// `GET /devices`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<DeviceJson>>, Problem> {
    let (devices, status) = (front.control.devices().await?, front.control.status().await?);
    let office = front.control.office().await?;
    Ok(Json(devices.into_iter().map(|device| DeviceJson::of(device, &status, &office)).collect()))
}

/// `GET /devices/{id}`.
pub async fn one(State(front): State<Shared>, Path(id): Path<String>) -> Result<Json<DeviceJson>, Problem> {
    document(&front, &id).await.map(Json)
}

/// `POST /devices`: adds one, known by its MAC or, set up by hand, by its name.
pub async fn add(State(front): State<Shared>, body: Body) -> Result<Response, Problem> {
    let wish = Wish::read(body)?.over(None)?;
    let (mac, name) = (wish.mac, wish.name.clone());
    let is_it = move |device: &&DeviceView| {
        !device.admission.is_waiting()
            && device.mac == mac
            && device.name.as_deref() == name.as_ref().map(|name| name.as_str())
    };
    let edited = front.edit(move |office, rules, fresh| apply::put_device(office, None, wish, rules, fresh));
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let devices = front.control.devices().await?;
    let made =
        devices.iter().rev().find(is_it).ok_or_else(|| Problem::not_found("it was removed meanwhile"))?;
    let made = document(&front, &made.id.to_string()).await?;
    let location = [(header::LOCATION, format!("/api/v1/devices/{}", made.id))];
    let status = if kept == Kept::Saved { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok((status, location, Json(made)).into_response())
}

/// `PUT /devices/{id}`: what is left out stays; a waiting one is let in by it.
pub async fn put(
    State(front): State<Shared>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let id = find(&front, &id).await?.id;
    let wish = Wish::read(body)?;
    let office = front.control.office().await?;
    let wish = wish.over(office.devices.get(&id))?;
    let edited =
        front.edit(move |office, rules, fresh| apply::put_device(office, Some(id), wish, rules, fresh));
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(document(&front, &id.to_string()).await?)).into_response())
}

/// `GET /devices/{id}/sip`: the account of a phone that is set up by hand, with its password.
pub async fn sip(State(front): State<Shared>, Path(id): Path<String>) -> Result<Json<SipLoginJson>, Problem> {
    let found = find(&front, &id).await?;
    let office = front.control.office().await?;
    let device = office.devices.get(&found.id).filter(|_| !found.provisioned);
    let account = device.and_then(Device::current).map(|credential| SipLoginJson {
        user: credential.account.to_string(),
        password: credential.password.expose().to_owned(),
        realm: office.settings.realm.clone(),
    });
    account
        .map(Json)
        .ok_or_else(|| Problem::not_found("this phone is not set up by hand: it fetches its account itself"))
}

/// `POST /devices/{id}/accept`.
pub async fn accept(
    State(front): State<Shared>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Response, Problem> {
    let id = find(&front, &id).await?.id;
    let mode = mode_in(&mut body)?.unwrap_or(DeviceMode::HotDesk);
    body.finish()?;
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

/// 200 for what is on the disc, 202 for what is not yet.
pub fn status_of(kept: Kept) -> StatusCode {
    match kept {
        Kept::Saved => StatusCode::OK,
        Kept::NotYet => StatusCode::ACCEPTED,
    }
}

async fn document(front: &Front, id: &str) -> Result<DeviceJson, Problem> {
    let device = find(front, id).await?;
    Ok(DeviceJson::of(device, &front.control.status().await?, &front.control.office().await?))
}

/// The device with this id.
pub async fn find(front: &Front, id: &str) -> Result<DeviceView, Problem> {
    let wanted = read_id(id)?;
    let devices = front.control.devices().await?;
    devices.into_iter().find(|device| device.id == wanted).ok_or_else(|| no_such(id))
}

/// Reads `d7`.
pub fn read_id(id: &str) -> Result<DeviceId, Problem> {
    id.parse().map_err(|_| no_such(id))
}

fn no_such(id: &str) -> Problem {
    let id: String = id.chars().take(32).collect();
    Problem::not_found(format!("there is no phone \"{id}\": GET /api/v1/devices lists them"))
}

fn invalid(error: IdError) -> Problem {
    Problem::invalid(error.0)
}
