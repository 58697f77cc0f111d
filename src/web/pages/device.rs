//! One device: how it is shown everywhere, its own page, and everything that can be done to it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::{Asked, names_of, note};
use crate::config::apply;
use crate::config::fault::{DeviceFault, FaultKind};
use crate::control::LogInRequest;
use crate::model::{
    Device, DeviceAdmission, DeviceId, DeviceMode, DeviceView, DeviceWish, ExtensionNumber, ExtensionView,
    LoginMethod, LogoutReason, Stage, Vendor,
};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};
use crate::web::words::Words;

/// A device as pages show it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Its id.
    pub id: DeviceId,
    /// What a person calls it.
    pub title: String,
    /// Its MAC.
    pub mac: String,
    /// Its model as people write it.
    pub model: String,
    /// What its screen shows when idle.
    pub screen: String,
    /// Where it was last seen.
    pub address: String,
    /// Who it belongs to.
    pub mode: DeviceMode,
    /// Who uses it: the login's or the owner's `100 Ada Rossi`.
    pub user: Option<String>,
    /// Since when and how, for a login.
    pub since: Option<String>,
    /// Whether the login is on the disc.
    pub saved: bool,
    /// How far it has followed, while that is worth a word.
    pub stage: Option<String>,
    /// Whether it has run out of patience.
    pub late: bool,
    /// Whether it can be called.
    pub reachable: bool,
    /// Whether the owner let it in, now or before.
    pub is_accepted: bool,
    /// Whether it waits for the owner's word.
    pub is_waiting: bool,
    /// Whether it was let in before and has come back reset.
    pub is_again: bool,
    /// Whether the box writes its file.
    pub provisioned: bool,
    /// Its provisioning address, with its secret.
    pub url: Option<String>,
}

impl Desk {
    /// Whether somebody is logged in.
    pub fn is_taken(&self) -> bool {
        self.since.is_some()
    }

    /// Whether it is for whoever logs in.
    pub fn is_hot(&self) -> bool {
        self.mode == DeviceMode::HotDesk
    }
}

/// All devices as pages show them.
pub fn desks(
    devices: &[DeviceView],
    names: &BTreeMap<ExtensionNumber, String>,
    clock: &Clock,
    words: Words,
) -> Vec<Desk> {
    devices.iter().map(|device| desk(device, names, clock, words)).collect()
}

fn desk(device: &DeviceView, names: &BTreeMap<ExtensionNumber, String>, clock: &Clock, words: Words) -> Desk {
    let named = |number: &ExtensionNumber| match names.get(number) {
        Some(name) if !name.is_empty() => format!("{number} {name}"),
        _ => number.to_string(),
    };
    let owner = match &device.mode {
        DeviceMode::Owned(number) => Some(named(number)),
        DeviceMode::HotDesk | DeviceMode::Unassigned => None,
    };
    let since = device.login.as_ref().map(|login| {
        let method = match login.method {
            LoginMethod::OwnExtension => "method-own-extension",
            LoginMethod::Code => "method-code",
            LoginMethod::Page => "method-page",
            LoginMethod::Api => "method-api",
        };
        words.say2("desk-since", ("moment", &clock.moment(login.since)), ("method", &words.say(method)))
    });
    Desk {
        id: device.id,
        title: device.title.clone(),
        mac: device.mac.map(|mac| mac.to_string()).unwrap_or_default(),
        model: model_name(words, device.model.as_str()),
        screen: device.screen_name.clone().unwrap_or_default(),
        address: device.address.map(|address| address.to_string()).unwrap_or_default(),
        mode: device.mode.clone(),
        user: device.login.as_ref().map(|login| named(&login.extension)).or(owner),
        since,
        saved: device.login.as_ref().is_none_or(|login| login.saved),
        stage: stage(device).map(|key| words.say(key)),
        late: device.late,
        reachable: device.reachable,
        is_accepted: device.admission != DeviceAdmission::Waiting,
        is_waiting: device.admission != DeviceAdmission::Accepted,
        is_again: device.admission == DeviceAdmission::WaitingAgain,
        provisioned: device.provisioned,
        url: device.provisioning_url.as_ref().map(|url| url.expose().to_owned()),
    }
}

/// The step a phone is at, while it is on its way.
fn stage(device: &DeviceView) -> Option<&'static str> {
    if !device.provisioned || device.admission == DeviceAdmission::Waiting {
        return None;
    }
    match device.stage {
        // A phone that is not connected cannot be told anything; that it is not connected is said already.
        Stage::Routing | Stage::Notified if !device.reachable => None,
        Stage::Routing => Some("stage-routing"),
        Stage::WaitingForCall => Some("stage-waiting-for-call"),
        Stage::Notified => Some("stage-notified"),
        Stage::Fetched => Some("stage-fetched"),
        Stage::Confirmed => None,
    }
}

/// `Yealink T46U`, `Snom D785`.
pub fn model_name(words: Words, model: &str) -> String {
    match model.split_once('-') {
        Some((maker, "unknown")) => capital(maker),
        Some((maker, model)) => format!("{} {}", capital(maker), model.to_ascii_uppercase()),
        None => words.say("model-generic"),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    page: Page,
    desk: Desk,
    fields: Fields,
    extensions: Vec<ExtensionView>,
    sip: Option<SipLogin>,
    maker: Vendor,
    open_url: String,
}

/// What is keyed into a phone that is set up by hand.
struct SipLogin {
    user: String,
    password: Option<String>,
    server: String,
    realm: String,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    page: Page,
    text: String,
    action: String,
    button: String,
    back: String,
}

/// The fields of a device's form.
pub const FIELDS: [&str; 2] = ["name", "use"];

/// `GET /devices/{id}`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let found = find(&front, &id).await?;
    let fields =
        Fields::new().with("name", found.name.clone().unwrap_or_default()).with("use", use_of(&found.mode));
    device_page(&front, &visitor, found, (StatusCode::OK, fields), (None, note(&query))).await
}

/// `POST /devices/{id}`: name and use.
pub async fn save(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let found = find(&front, &id).await?;
    let mut fields = Fields::sent(&posted, &FIELDS);
    let mode = mode_of(posted.text("use"));
    if mode.is_none() {
        fields.fault("use", words.say("fault-of-nobody"));
    }
    let name = match posted.text("name") {
        "" => None,
        name => match name.parse() {
            Ok(name) => Some(name),
            Err(_) => {
                fields.fault("name", words.say("fault-device-name"));
                None
            }
        },
    };
    if let (Some(mode), false) = (mode, fields.is_faulty()) {
        let id = found.id;
        let edited = front.edit(move |office, rules, fresh| {
            let Some(device) = office.devices.get(&id) else { return Err(unknown(id)) };
            let wish = DeviceWish { name, mode, ..wish_for(device) };
            apply::put_device(office, Some(id), wish, rules, fresh)
        });
        match edited.await? {
            Ok(kept) => return Ok(notes::redirect(&format!("/devices/{id}"), notes::of_kept(kept, "saved"))),
            Err(faults) => fields = fields.refused(words, &faults),
        }
    }
    device_page(&front, &visitor, found, (StatusCode::UNPROCESSABLE_ENTITY, fields), (None, None)).await
}

/// `POST /devices/{id}/accept`.
pub async fn accept(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let found = find(&front, &id).await?;
    let id = found.id;
    let Some(mode) = mode_of(posted.text("use")) else {
        let mut fields = Fields::new().with("name", found.name.clone().unwrap_or_default());
        fields.fault("use", visitor.words.say("fault-of-nobody"));
        return device_page(
            &front,
            &visitor,
            found,
            (StatusCode::UNPROCESSABLE_ENTITY, fields),
            (None, None),
        )
        .await;
    };
    let edited =
        front.edit(move |office, rules, fresh| apply::accept_device(office, id, mode, rules, fresh)).await?;
    match edited {
        Ok(kept) => Ok(notes::redirect("/devices", notes::of_kept(kept, "accepted"))),
        Err(faults) => {
            let fields = Fields::new()
                .with("name", found.name.clone().unwrap_or_default())
                .refused(visitor.words, &faults);
            device_page(&front, &visitor, found, (StatusCode::UNPROCESSABLE_ENTITY, fields), (None, None))
                .await
        }
    }
}

/// `GET /devices/{id}/remove`: asks first.
pub async fn ask_remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let found = find(&front, &id).await?;
    let page = front.page(&visitor, Nav::Phones, "remove-phone-title");
    let text = page.say1("remove-phone-text", "name", &found.title);
    let button = page.say("remove-phone");
    let here = format!("/devices/{}", found.id);
    let page = ConfirmPage { page, text, action: format!("{here}/remove"), button, back: here };
    Ok(write(StatusCode::OK, &page))
}

/// `POST /devices/{id}/remove`: removes an accepted phone, dismisses a waiting one.
pub async fn remove(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let found = find(&front, &id).await?;
    let id = found.id;
    let note = if found.admission == DeviceAdmission::Accepted { "removed" } else { "dismissed" };
    match front.edit(move |office, _, _| apply::remove_device(office, id)).await? {
        Ok(kept) => Ok(notes::redirect("/devices", notes::of_kept(kept, note))),
        Err(_) => Ok(notes::redirect("/devices", "gone")),
    }
}

/// `POST /devices/{id}/reveal`: shows the SIP password of a phone that is set up by hand.
pub async fn reveal(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let found = find(&front, &id).await?;
    let fields =
        Fields::new().with("name", found.name.clone().unwrap_or_default()).with("use", use_of(&found.mode));
    let office = front.control.office().await?;
    let password = office
        .devices
        .get(&found.id)
        .filter(|device| !device.is_provisioned())
        .and_then(|device| device.current())
        .map(|credential| credential.password.expose().to_owned());
    device_page(&front, &visitor, found, (StatusCode::OK, fields), (password, None)).await
}

/// `POST /devices/{id}/login`.
pub async fn log_in(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let device = id.parse().map_err(|_| Trouble::NotFound)?;
    let back = back_to(&posted, device);
    let Ok(extension) = posted.text("extension").parse() else {
        return Ok(notes::redirect(&back, "refused-unknown-extension"));
    };
    let request = LogInRequest { extension, device, method: LoginMethod::Page };
    Ok(match front.control.log_in(request).await? {
        Ok((_, kept)) => notes::redirect(&back, notes::of_kept(kept, "logged-in")),
        Err(refusal) => notes::redirect(&back, notes::of_refusal(refusal)),
    })
}

/// `POST /devices/{id}/logout`.
pub async fn log_out(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let device = id.parse().map_err(|_| Trouble::NotFound)?;
    let back = back_to(&posted, device);
    Ok(match front.control.log_out(device, LogoutReason::Page).await? {
        Some(kept) => notes::redirect(&back, notes::of_kept(kept, "logged-out")),
        None => notes::redirect(&back, "nobody-there"),
    })
}

/// The wish that the device as it is fulfils.
pub fn wish_for(device: &Device) -> DeviceWish {
    DeviceWish {
        mac: device.mac,
        name: device.name.clone(),
        model: device.model.clone(),
        mode: device.mode.clone(),
        sip_user: None,
        sip_password: None,
    }
}

/// The refusal of an edit to a device that has gone.
pub fn unknown(id: DeviceId) -> Vec<crate::config::fault::Fault> {
    use crate::config::fault::{Fault, Part};
    let kind = FaultKind::Device(DeviceFault::Unknown(id));
    vec![Fault { line: None, place: Part::File.at("device"), kind }]
}

/// `hotdesk`, or the number of the owner.
pub fn mode_of(text: &str) -> Option<DeviceMode> {
    match text {
        "hotdesk" => Some(DeviceMode::HotDesk),
        number => number.parse().ok().map(DeviceMode::Owned),
    }
}

fn use_of(mode: &DeviceMode) -> String {
    match mode {
        DeviceMode::Unassigned => String::new(),
        DeviceMode::HotDesk => "hotdesk".to_owned(),
        DeviceMode::Owned(number) => number.to_string(),
    }
}

fn back_to(posted: &Posted, device: DeviceId) -> String {
    match posted.text("back") {
        "device" => format!("/devices/{device}"),
        _ => "/".to_owned(),
    }
}

async fn find(front: &Front, id: &str) -> Result<DeviceView, Trouble> {
    let id: DeviceId = id.parse().map_err(|_| Trouble::NotFound)?;
    let devices = front.control.devices().await?;
    devices.into_iter().find(|device| device.id == id).ok_or(Trouble::NotFound)
}

async fn device_page(
    front: &Front,
    visitor: &Visitor,
    found: DeviceView,
    (status, fields): (StatusCode, Fields),
    (password, note): (Option<String>, Option<&str>),
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let settings = &visitor.status.settings;
    let extensions = front.control.extensions().await?;
    let clock = Clock::new(&settings.timezone, words, Timestamp::now());
    let local = visitor.wire.local.ip();
    let sip = if found.provisioned || found.admission == DeviceAdmission::Waiting {
        None
    } else {
        let office = front.control.office().await?;
        office.devices.get(&found.id).and_then(Device::current).map(|credential| SipLogin {
            user: credential.account.to_string(),
            password,
            server: front.settings.lan.unwrap_or(local).to_canonical().to_string(),
            realm: settings.realm.clone(),
        })
    };
    let desk = desk(&found, &names_of(&extensions), &clock, words);
    let page = front.page(visitor, Nav::Phones, "device-title").titled(desk.title.clone()).noted(note);
    let page = DevicePage {
        page,
        maker: found.model.vendor(),
        open_url: format!("{}p/", front.address(local)),
        desk,
        fields,
        extensions,
        sip,
    };
    Ok(write(status, &page))
}
