//! One device: its own page, and everything that can be done to it. How it is shown everywhere is in `desk`.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::confirm::ask_removal;
use super::desk::{Desk, desk};
use super::people::{self, Person};
use super::{Asked, lockouts, names_of, note, values};
use crate::config::apply;
use crate::config::fault::{DeviceFault, FaultKind};
use crate::control::LogInRequest;
use crate::model::{
    Device, DeviceAdmission, DeviceId, DeviceMode, DeviceView, DeviceWish, ExtensionView, Locked,
    LoginMethod, LogoutReason, Office, Vendor,
};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage {
    page: Page,
    desk: Desk,
    lockout: Option<lockouts::Row>,
    fields: Fields,
    extensions: Vec<ExtensionView>,
    anybody: bool,
    people: Vec<Person>,
    sip: Option<SipLogin>,
    maker: Vendor,
    open_url: String,
    rows: Vec<values::Row>,
    templates: Vec<values::Choice>,
}

/// What is keyed into a phone that is set up by hand.
struct SipLogin {
    user: String,
    password: Option<String>,
    server: String,
    realm: String,
}

/// The fields of its own page.
const OWN_FIELDS: [&str; 12] = [
    "name",
    "use",
    "location",
    "emergency_caller",
    "template",
    "language",
    "idle_calls",
    "borrowable",
    "account_template",
    "server",
    "hotdesk_key",
    "extra",
];

/// `GET /devices/{id}`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let found = find(&front, &id).await?;
    let fields = fields_of(&front.control.office().await?, &found);
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
    let mut fields = Fields::sent(&posted, &OWN_FIELDS);
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
    let own = values::read_device(words, &posted, &mut fields);
    if let (Some(mode), false) = (mode, fields.is_faulty()) {
        let id = found.id;
        let template = values::chosen(&posted, "template");
        let emergency_caller = values::text(&posted, "emergency_caller");
        let location = posted.text("location").to_owned();
        let edited = front.edit(move |office, rules, fresh| {
            let Some(device) = office.devices.get(&id) else { return Err(unknown(id)) };
            // A phone that gets an owner goes to the owner's tenant.
            let tenant = match &mode {
                DeviceMode::Owned(owner) => owner.tenant().clone(),
                DeviceMode::HotDesk | DeviceMode::Unassigned => device.tenant.clone(),
            };
            let wish = DeviceWish {
                name,
                mode,
                tenant,
                own,
                template,
                location,
                emergency_caller,
                ..wish_for(device)
            };
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
    let extensions = front.control.extensions().await?;
    let owner = || people::meant(&extensions, posted.text("use")).map(DeviceMode::Owned);
    let Some(mode) = mode_of(posted.text("use")).or_else(owner) else {
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
    Ok(ask_removal(StatusCode::OK, page, text, button, format!("/devices/{}", found.id)))
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
    let note = if !found.admission.is_waiting() { "removed" } else { "dismissed" };
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
    let office = front.control.office().await?;
    let fields = fields_of(&office, &found);
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
    let extensions = front.control.extensions().await?;
    let Some(extension) = people::meant(&extensions, posted.text("extension")) else {
        return Ok(notes::redirect(&back, "refused-unknown-extension"));
    };
    let request = LogInRequest { extension, device, method: LoginMethod::Page, pin: None };
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
    DeviceWish::as_it_is(device)
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

fn fields_of(office: &Office, found: &DeviceView) -> Fields {
    let fields =
        Fields::new().with("name", found.name.clone().unwrap_or_default()).with("use", use_of(&found.mode));
    let Some(device) = office.devices.get(&found.id) else { return fields };
    let fields = fields
        .with("location", &device.location)
        .with("emergency_caller", device.emergency_caller.clone().unwrap_or_default())
        .with("template", device.template.as_ref().map(ToString::to_string).unwrap_or_default());
    values::with_device(fields, device, office.settings_of(&device.tenant))
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
        _ => match posted.text("here") {
            here if is_query(here) => format!("/?{here}"),
            _ => "/".to_owned(),
        },
    }
}

/// Whether this is a query as a list of ours writes it, and nothing that could lead elsewhere.
fn is_query(here: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'%' | b'=' | b'&' | b'-' | b'_' | b'.');
    (1..=400).contains(&here.len()) && here.bytes().all(fits)
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
    let office = front.control.office().await?;
    let device = office.devices.get(&found.id).ok_or(Trouble::NotFound)?;
    let of_tenant = office.settings_of(&device.tenant);
    let rows = values::rows_of_device(words, device, of_tenant);
    let templates = values::templates(of_tenant.templates.devices.keys());
    let sip = if found.provisioned || found.admission == DeviceAdmission::Waiting {
        None
    } else {
        office.devices.get(&found.id).and_then(Device::current).map(|credential| SipLogin {
            user: credential.account.to_string(),
            password,
            server: front.settings.lan.unwrap_or(local).to_canonical().to_string(),
            realm: of_tenant.realm.clone(),
        })
    };
    let desk = desk(&found, &names_of(&extensions), &visitor.status, &clock);
    let lockout = lockouts::of(&visitor.status, &Locked::Device(found.id), &desk.title, &clock);
    let page = front
        .page(visitor, Nav::Phones, "device-title")
        .titled(desk.title.clone())
        .about(found.id)
        .noted(note);
    let page = DevicePage {
        page,
        maker: found.model.vendor(),
        open_url: format!("{}p/", front.address(local)),
        desk,
        lockout,
        fields,
        anybody: extensions.iter().any(|extension| extension.hotdesk),
        people: people::listed(extensions.iter().filter(|extension| extension.hotdesk)),
        extensions,
        sip,
        rows,
        templates,
    };
    Ok(write(status, &page))
}
