//! All devices: those that wait on top, with what to do about them; and adding one by hand.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::desk::{Desk, desks};
use super::device::mode_of;
use super::{Asked, names_of, note};
use crate::config::apply;
use crate::model::{DeviceMode, DeviceWish, ExtensionView, ModelName};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    page: Page,
    waiting: Vec<Desk>,
    desks: Vec<Desk>,
    extensions: Vec<ExtensionView>,
    open_url: String,
}

#[derive(Template)]
#[template(path = "device_new.html")]
struct NewPage {
    page: Page,
    fields: Fields,
    extensions: Vec<ExtensionView>,
}

const FIELDS: [&str; 4] = ["mac", "model", "name", "use"];

/// `GET /devices`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let extensions = front.control.extensions().await?;
    let devices = front.control.devices().await?;
    let clock = Clock::new(&visitor.status.settings.timezone, words, Timestamp::now());
    let all = desks(&devices, &names_of(&extensions), &clock, words);
    let waiting = all.iter().filter(|desk| desk.is_waiting).cloned().collect();
    let desks = all.into_iter().filter(|desk| desk.is_accepted).collect();
    let page = DevicesPage {
        page: front.page(&visitor, Nav::Phones, "devices-title").noted(note(&query)),
        waiting,
        desks,
        extensions,
        open_url: format!("{}p/", front.address(visitor.wire.local.ip())),
    };
    Ok(write(StatusCode::OK, &page))
}

/// `GET /devices/new`.
pub async fn new(State(front): State<Shared>, Admin(visitor): Admin) -> Result<Response, Trouble> {
    let fields = Fields::new().with("model", ModelName::generic()).with("use", "hotdesk");
    new_page(&front, &visitor, StatusCode::OK, fields).await
}

/// `POST /devices/new`.
pub async fn add(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let mut fields = Fields::sent(&posted, &FIELDS);
    if let Some(wish) = read(words, &posted, &mut fields) {
        let known = wish.clone();
        let edited = front
            .edit(move |office, rules, fresh| apply::put_device(office, None, wish, rules, fresh))
            .await?;
        match edited {
            Ok(_) => {
                let devices = front.control.devices().await?;
                let id = devices.iter().rev().find(|device| {
                    !device.admission.is_waiting()
                        && device.mac == known.mac
                        && device.name.as_deref() == known.name.as_ref().map(|name| name.as_str())
                });
                let to = id.map_or("/devices".to_owned(), |device| format!("/devices/{}", device.id));
                return Ok(notes::redirect(&to, "phone-added"));
            }
            Err(faults) => fields = fields.refused(words, &faults),
        }
    }
    new_page(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields).await
}

fn read(words: crate::web::words::Words, posted: &Posted, fields: &mut Fields) -> Option<DeviceWish> {
    let mac = match posted.text("mac") {
        "" => None,
        text => {
            let mac = text.parse().ok();
            if mac.is_none() {
                fields.fault("mac", words.say("fault-mac"));
            }
            mac
        }
    };
    let name = match posted.text("name") {
        "" => None,
        text => {
            let name = text.parse().ok();
            if name.is_none() {
                fields.fault("name", words.say("fault-device-name"));
            }
            name
        }
    };
    let model = match posted.text("model") {
        "" => Some(ModelName::generic()),
        text => text.replace(' ', "-").parse().ok(),
    };
    if model.is_none() {
        fields.fault("model", words.say("fault-model"));
    }
    let mode: Option<DeviceMode> = mode_of(posted.text("use"));
    if mode.is_none() {
        fields.fault("use", words.say("fault-of-nobody"));
    }
    if fields.is_faulty() {
        return None;
    }
    Some(DeviceWish { mac, name, model: model?, mode: mode?, sip_user: None, sip_password: None })
}

async fn new_page(
    front: &Front,
    visitor: &Visitor,
    status: StatusCode,
    fields: Fields,
) -> Result<Response, Trouble> {
    let page = front.page(visitor, Nav::Phones, "device-new-title");
    let extensions = front.control.extensions().await?;
    Ok(write(status, &NewPage { page, fields, extensions }))
}
