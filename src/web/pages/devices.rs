//! All devices: those that wait on top, with what to do about them; and adding one by hand.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::desk::{self, Desk};
use super::device::mode_of;
use super::list::{Pager, Search};
use super::people::{self, Person};
use super::{Asked, names_of, note};
use crate::config::apply;
use crate::model::{DeviceMode, DeviceView, DeviceWish, ExtensionView, ModelName};
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
    more_waiting: usize,
    desks: Vec<Desk>,
    pager: Pager,
    anybody: bool,
    people: Vec<Person>,
    open_url: String,
}

#[derive(Template)]
#[template(path = "device_new.html")]
struct NewPage {
    page: Page,
    fields: Fields,
    extensions: Vec<ExtensionView>,
}

/// How many phones that wait are shown at once.
const WAITING_SHOWN: usize = 50;

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
    let (names, search) = (names_of(&extensions), Search::of(&query));
    let clock = Clock::new(&visitor.status.settings.timezone, words, Timestamp::now());
    let found: Vec<_> = devices.iter().filter(|device| desk::fits(&search, device, &names)).collect();
    let shown = |device: &&DeviceView| desk::desk(device, &names, &visitor.status, &clock);
    let waiting: Vec<_> = found.iter().filter(|device| device.admission.is_waiting()).copied().collect();
    let accepted = found.into_iter().filter(|device| device.admission.is_let_in()).collect();
    let (accepted, pager) = search.cut("/devices", accepted);
    let page = DevicesPage {
        page: front.page(&visitor, Nav::Phones, "devices-title").noted(note(&query)),
        waiting: waiting.iter().take(WAITING_SHOWN).map(shown).collect(),
        more_waiting: waiting.len().saturating_sub(WAITING_SHOWN),
        desks: accepted.iter().map(shown).collect(),
        pager,
        anybody: !extensions.is_empty(),
        people: if visitor.refreshes { Vec::new() } else { people::listed(extensions.iter()) },
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
    Some(DeviceWish { mac, name, mode: mode?, ..DeviceWish::new(model?) })
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
