//! Extensions in the API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body::Body;
use super::devices::status_of;
use super::operation::{Field, Kind, Shape};
use super::values::{self, ExtensionValuesJson, ExtensionWish};
use super::{lockouts, refused};
use crate::config::apply;
use crate::config::fault::FaultKind;
use crate::config::rules::{RING_SECONDS, Rules};
use crate::control::Kept;
use crate::model::{
    Extension, ExtensionNumber, ExtensionView, Forwards, HotdeskId, IdError, KeyWish, Locked, LockoutView,
    Office, Secret, StatusView, TemplateName,
};
use crate::web::front::{Front, Shared};
use crate::web::pages::extension::draw_pin;
use crate::web::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;

/// What may be said of a new extension.
pub const NEW: Shape = &{
    let mut fields = WHOLE;
    fields[0] = NUMBER.needed();
    fields
};

/// What may be said of an extension; a value that is `null` is inherited.
pub const WISH: Shape = &WHOLE;

const WHOLE: [Field; 18] = [
    NUMBER,
    NAME,
    TEMPLATE,
    PIN,
    ID,
    HOTDESK_PIN,
    FORWARDS,
    KEYS,
    values::HOTDESK,
    values::HOTDESK_ONLY,
    values::NATIVE,
    values::PIN_NEEDED,
    values::BUSY,
    values::CALLS_AT_ONCE,
    values::LANGUAGE,
    values::CALLER,
    values::TRUNK,
    values::ACCOUNT,
];

const NUMBER: Field = Field::text("number", "Its number; it cannot change.");
const NAME: Field = Field::text("name", "The name shown on phones.");
const TEMPLATE: Field = Field::text("template", "The template behind its own values.");
const ID: Field = Field::text("hotdesk_id", "The ID keyed at a login; no two on the box are the same.");
const HOTDESK_PIN: Field =
    Field::text("hotdesk_pin", "A PIN for logins alone, in place of the PIN; null takes it away.");
const FORWARDS: Field =
    Field::new("forwards", Kind::Object(FORWARD), "Where calls go that its phones do not take; all of it.");
const FORWARD: Shape = &[
    Field::text("always", "The number for every call."),
    Field::text("busy", "The number for calls while it is busy."),
    Field::text("unanswered", "The number for calls that nobody answers."),
    Field::text("unreachable", "The number for calls while none of its phones is there."),
    Field::number("ring_seconds", RING_SECONDS, "For how long the phones ring before nobody has answered."),
];
const PIN: Field = Field::text("pin", "Its PIN; one is made where it is needed and none is said.");
const KEYS: Field = Field::new("keys", Kind::Objects(KEY), "All its keys, in order.");
const KEY: Shape = &[
    Field::text("lamp", "An extension whose state is shown and which is called; either this or speed."),
    Field::text("speed", "A number that is dialled."),
    Field::text("label", "What stands beside the key; the number where nothing is said."),
];

/// An extension as it is wished for; what is left out of a `PUT` stays.
#[derive(Debug)]
struct Wish {
    number: Option<String>,
    name: Option<String>,
    template: Option<Option<TemplateName>>,
    pin: Option<Secret>,
    hotdesk_id: Option<Option<HotdeskId>>,
    hotdesk_pin: Option<Option<Secret>>,
    forwards: Option<Option<Forwards>>,
    keys: Option<Vec<KeyWish>>,
    values: ExtensionWish,
}

impl Wish {
    fn read(mut body: Body) -> Result<Self, Problem> {
        let wish = Self {
            number: body.text("number")?,
            name: body.text("name")?,
            template: body.said("template", Body::parsed)?,
            pin: body.text("pin")?.map(Secret::new),
            hotdesk_id: body.said("hotdesk_id", Body::parsed)?,
            hotdesk_pin: body.said("hotdesk_pin", |body, name| Ok(body.text(name)?.map(Secret::new)))?,
            forwards: body.said("forwards", forwards)?,
            values: ExtensionWish::read(&mut body)?,
            keys: match body.objects("keys")? {
                Some(keys) => Some(keys.into_iter().map(key).collect::<Result<_, _>>()?),
                None => None,
            },
        };
        body.finish().map(|()| wish)
    }

    fn put_into(self, extension: &mut Extension) {
        let Self { number: _, name, template, pin, hotdesk_id, hotdesk_pin, forwards, keys, values } = self;
        extension.name = name.unwrap_or_else(|| std::mem::take(&mut extension.name));
        extension.template = template.unwrap_or_else(|| extension.template.take());
        extension.pin = pin.or_else(|| extension.pin.take());
        extension.hotdesk_id = hotdesk_id.unwrap_or_else(|| extension.hotdesk_id.take());
        // An empty secret takes the present one away.
        let said = hotdesk_pin.map(|pin| pin.unwrap_or_else(|| Secret::new("")));
        extension.hotdesk_pin = said.or_else(|| extension.hotdesk_pin.take());
        let former = std::mem::take(&mut extension.forwards);
        extension.forwards = forwards.map_or(former, Option::unwrap_or_default);
        values.put_into(&mut extension.own);
        extension.keys = keys.unwrap_or_else(|| std::mem::take(&mut extension.keys));
    }
}

fn forwards(body: &mut Body, name: &'static str) -> Result<Option<Forwards>, Problem> {
    let Some(mut body) = body.object(name)? else { return Ok(None) };
    let forwards = Forwards {
        always: body.text("always")?,
        busy: body.text("busy")?,
        unanswered: body.text("unanswered")?,
        unreachable: body.text("unreachable")?,
        ring_seconds: body
            .number("ring_seconds", RING_SECONDS)?
            .and_then(|seconds| u16::try_from(seconds).ok()),
    };
    body.finish().map(|()| Some(forwards))
}

/// A key: `{"lamp": "101", "label": "Reception"}` or `{"speed": "0123456", "label": "Taxi"}`.
fn key(mut body: Body) -> Result<KeyWish, Problem> {
    let (lamp, speed, label) = (body.text("lamp")?, body.text("speed")?, body.text("label")?);
    body.finish()?;
    match (lamp, speed) {
        (Some(number), None) => {
            let label = label.unwrap_or_else(|| number.clone());
            number.parse().map(|extension| KeyWish::Lamp { extension, label }).map_err(invalid)
        }
        (None, Some(number)) => Ok(KeyWish::Speed { label: label.unwrap_or_else(|| number.clone()), number }),
        _ => Err(Problem::invalid("a key is either {\"lamp\": \"101\"} or {\"speed\": \"0123456\"}")),
    }
}

/// An extension.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Extension")]
pub struct ExtensionJson {
    #[serde(flatten)]
    view: ExtensionView,
    /// The template behind its own values.
    template: Option<TemplateName>,
    /// What holds for it, and where that comes from.
    values: Option<ExtensionValuesJson>,
    /// The ID keyed at a login.
    hotdesk_id: Option<HotdeskId>,
    /// Whether logins have a PIN of their own.
    has_hotdesk_pin: bool,
    /// Where calls go that its phones do not take.
    forwards: Forwards,
    /// Its keys, in order.
    keys: Vec<KeyJson>,
    /// Until when wrong PINs have closed it to new logins.
    lockout: Option<LockoutView>,
    /// What is worth saying about it, though nothing is wrong.
    notes: Vec<String>,
}

/// A key: `lamp` shows whether that extension is busy and calls it, `speed` dials a number.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Key")]
pub struct KeyJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    lamp: Option<ExtensionNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed: Option<String>,
    /// What stands beside it.
    label: String,
}

impl From<&KeyWish> for KeyJson {
    fn from(key: &KeyWish) -> Self {
        match key.clone() {
            KeyWish::Lamp { extension, label } => Self { lamp: Some(extension), speed: None, label },
            KeyWish::Speed { number, label } => Self { lamp: None, speed: Some(number), label },
        }
    }
}

/// A PIN.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Pin")]
pub struct PinJson {
    pin: Option<String>,
}

/// What the documents of extensions are made of besides.
struct Around {
    office: Office,
    status: StatusView,
    notes: Vec<(ExtensionNumber, FaultKind)>,
}

impl Around {
    async fn of(front: &Front) -> Result<Self, Problem> {
        let (office, status) = (front.control.office().await?, front.control.status().await?);
        Ok(Self { notes: apply::notes(&office, &Rules::standard()), office, status })
    }
}

impl ExtensionJson {
    fn of(view: ExtensionView, around: &Around) -> Self {
        let Around { office, status, notes } = around;
        let own = notes.iter().filter(|(number, _)| *number == view.number);
        let extension = office.extensions.get(&view.number);
        let keys = extension.map(|extension| extension.keys.iter());
        let settings = office.settings_of(view.number.tenant());
        Self {
            template: extension.and_then(|one| one.template.clone()),
            values: extension.map(|one| ExtensionValuesJson::of(one, settings)),
            hotdesk_id: extension.and_then(|one| one.hotdesk_id.clone()),
            has_hotdesk_pin: extension.is_some_and(|one| one.hotdesk_pin.is_some()),
            forwards: extension.map(|one| one.forwards.clone()).unwrap_or_default(),
            keys: keys.into_iter().flatten().map(KeyJson::from).collect(),
            lockout: lockouts::of(status, &Locked::Extension(view.number.clone())),
            notes: own.map(|(_, note)| note.to_string()).collect(),
            view,
        }
    }
}

/// `GET /extensions`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<ExtensionJson>>, Problem> {
    let (extensions, around) = (front.control.extensions().await?, Around::of(&front).await?);
    Ok(Json(extensions.into_iter().map(|one| ExtensionJson::of(one, &around)).collect()))
}

/// `GET /extensions/{number}`.
pub async fn one(
    State(front): State<Shared>,
    Path(number): Path<String>,
) -> Result<Json<ExtensionJson>, Problem> {
    document(&front, &number).await.map(Json)
}

/// `POST /extensions`.
pub async fn add(State(front): State<Shared>, body: Body) -> Result<Response, Problem> {
    let mut wish = Wish::read(body)?;
    let number =
        wish.number.take().ok_or_else(|| Problem::invalid("say the number: {\"number\": \"100\"}"))?;
    let number: ExtensionNumber = number.parse().map_err(invalid)?;
    if front.control.extensions().await?.iter().any(|one| one.number == number) {
        let detail =
            format!("extension {number} is there already: PUT /api/v1/extensions/{number} changes it");
        return Err(Problem::conflict("exists", "It is there already", detail));
    }
    let mut extension = blank(number.clone());
    wish.put_into(&mut extension);
    let edited =
        front.edit(move |office, rules, fresh| apply::add_extension(office, extension, rules, fresh));
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let status = if kept == Kept::Saved { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    let location = [(header::LOCATION, format!("/api/v1/extensions/{number}"))];
    Ok((status, location, Json(document(&front, &number.to_string()).await?)).into_response())
}

/// `PUT /extensions/{number}`: changes it, or adds it.
pub async fn put(
    State(front): State<Shared>,
    Path(number): Path<String>,
    body: Body,
) -> Result<Response, Problem> {
    let wish = Wish::read(body)?;
    let number: ExtensionNumber = number.parse().map_err(invalid)?;
    if wish.number.as_ref().is_some_and(|other| *other != number.to_string()) {
        return Err(Problem::invalid("an extension's number cannot change: add another and remove this one"));
    }
    let is_new = !front.control.extensions().await?.iter().any(|one| one.number == number);
    let wanted = number.clone();
    let edited = front.edit(move |office, rules, fresh| {
        let mut extension = office.extensions.get(&wanted).cloned().unwrap_or_else(|| blank(wanted));
        wish.put_into(&mut extension);
        apply::put_extension(office, extension, rules, fresh)
    });
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let status = if is_new && kept == Kept::Saved { StatusCode::CREATED } else { status_of(kept) };
    Ok((status, Json(document(&front, &number.to_string()).await?)).into_response())
}

/// `DELETE /extensions/{number}`.
pub async fn remove(State(front): State<Shared>, Path(number): Path<String>) -> Result<Response, Problem> {
    let number = find(&front, &number).await?.number;
    let edited = front
        .edit(move |office, rules, fresh| apply::remove_extension(office, &number, rules, fresh))
        .await?;
    match edited {
        Ok(Kept::Saved) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Kept::NotYet) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(faults) => {
            let detail = faults.first().map(|fault| fault.kind.to_string()).unwrap_or_default();
            Err(Problem::conflict("in-use", "It is still in use", detail))
        }
    }
}

/// `GET /extensions/{number}/pin`: tells the PIN.
pub async fn pin(State(front): State<Shared>, Path(number): Path<String>) -> Result<Json<PinJson>, Problem> {
    let number = find(&front, &number).await?.number;
    let office = front.control.office().await?;
    let pin = office.extensions.get(&number).and_then(|extension| extension.pin.as_ref());
    Ok(Json(PinJson { pin: pin.map(|pin| pin.expose().to_owned()) }))
}

/// `POST /extensions/{number}/pin`: makes another PIN and tells it.
pub async fn new_pin(State(front): State<Shared>, Path(number): Path<String>) -> Result<Response, Problem> {
    let number = find(&front, &number).await?.number;
    match draw_pin(&front, &number).await? {
        Some((pin, kept)) => {
            let pin = Some(pin.expose().to_owned());
            Ok((status_of(kept), Json(PinJson { pin })).into_response())
        }
        None => Err(Problem::of(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

fn blank(number: ExtensionNumber) -> Extension {
    Extension::new(number.clone(), number.digits())
}

async fn document(front: &Front, number: &str) -> Result<ExtensionJson, Problem> {
    let extension = find(front, number).await?;
    Ok(ExtensionJson::of(extension, &Around::of(front).await?))
}

async fn find(front: &Front, number: &str) -> Result<ExtensionView, Problem> {
    let extensions = front.control.extensions().await?;
    extensions.into_iter().find(|one| one.number.to_string() == number).ok_or_else(|| unknown(number))
}

/// There is no extension of that number.
pub fn unknown(number: &str) -> Problem {
    let number: String = number.chars().take(32).collect();
    Problem::not_found(format!("there is no extension \"{number}\": GET /api/v1/extensions lists them"))
}

fn invalid(error: IdError) -> Problem {
    Problem::invalid(error.0)
}
