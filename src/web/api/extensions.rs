//! Extensions in the API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body::Body;
use super::devices::status_of;
use super::{lockouts, refused};
use crate::config::apply;
use crate::config::fault::FaultKind;
use crate::control::Kept;
use crate::model::{
    Extension, ExtensionNumber, ExtensionView, IdError, KeyWish, Locked, LockoutView, Secret, StatusView,
};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;
use serde::Serialize;

/// An extension as it is wished for; what is left out of a `PUT` stays.
#[derive(Debug)]
struct Wish {
    number: Option<String>,
    name: Option<String>,
    hotdesk: Option<bool>,
    pin: Option<Secret>,
    keys: Option<Vec<KeyWish>>,
}

impl Wish {
    fn read(mut body: Body) -> Result<Self, Problem> {
        let wish = Self {
            number: body.text("number")?,
            name: body.text("name")?,
            hotdesk: body.yes_no("hotdesk")?,
            pin: body.text("pin")?.map(Secret::new),
            keys: match body.objects("keys")? {
                Some(keys) => Some(keys.into_iter().map(key).collect::<Result<_, _>>()?),
                None => None,
            },
        };
        body.finish().map(|()| wish)
    }

    fn put_into(self, extension: &mut Extension) {
        let Self { number: _, name, hotdesk, pin, keys } = self;
        extension.name = name.unwrap_or_else(|| std::mem::take(&mut extension.name));
        extension.own.hotdesk = hotdesk.or(extension.own.hotdesk);
        extension.pin = pin.or_else(|| extension.pin.take());
        extension.keys = keys.unwrap_or_else(|| std::mem::take(&mut extension.keys));
    }
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
#[derive(Debug, Serialize)]
pub struct ExtensionJson {
    #[serde(flatten)]
    view: ExtensionView,
    /// Until when wrong PINs have closed it to new logins.
    lockout: Option<LockoutView>,
    /// What is worth saying about it, though nothing is wrong.
    notes: Vec<String>,
}

impl ExtensionJson {
    fn of(view: ExtensionView, status: &StatusView, notes: &[(ExtensionNumber, FaultKind)]) -> Self {
        let own = notes.iter().filter(|(number, _)| *number == view.number);
        Self {
            lockout: lockouts::of(status, &Locked::Extension(view.number.clone())),
            notes: own.map(|(_, note)| note.to_string()).collect(),
            view,
        }
    }
}

/// `GET /extensions`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<ExtensionJson>>, Problem> {
    let (extensions, status) = (front.control.extensions().await?, front.control.status().await?);
    let notes = front.notes().await?;
    Ok(Json(extensions.into_iter().map(|one| ExtensionJson::of(one, &status, &notes)).collect()))
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

fn blank(number: ExtensionNumber) -> Extension {
    Extension::new(number.clone(), number.digits())
}

async fn document(front: &Front, number: &str) -> Result<ExtensionJson, Problem> {
    let extension = find(front, number).await?;
    Ok(ExtensionJson::of(extension, &front.control.status().await?, &front.notes().await?))
}

async fn find(front: &Front, number: &str) -> Result<ExtensionView, Problem> {
    let extensions = front.control.extensions().await?;
    extensions.into_iter().find(|one| one.number.to_string() == number).ok_or_else(|| {
        let number: String = number.chars().take(32).collect();
        Problem::not_found(format!("there is no extension \"{number}\": GET /api/v1/extensions lists them"))
    })
}

fn invalid(error: IdError) -> Problem {
    Problem::invalid(error.0)
}
