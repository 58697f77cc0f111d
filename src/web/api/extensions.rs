//! Extensions in the API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::devices::status_of;
use super::{Body, refused};
use crate::config::apply;
use crate::control::Kept;
use crate::model::{Extension, ExtensionNumber, ExtensionView, IdError, KeyWish, Secret};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// An extension as it is wished for; what is left out of a `PUT` stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionJson {
    number: Option<String>,
    name: Option<String>,
    hotdesk: Option<bool>,
    pin: Option<String>,
    keys: Option<Vec<KeyJson>>,
}

/// A key: `{"lamp": "101", "label": "Reception"}` or `{"speed": "0123456", "label": "Taxi"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyJson {
    lamp: Option<String>,
    speed: Option<String>,
    #[serde(default)]
    label: String,
}

impl KeyJson {
    fn wish(self) -> Result<KeyWish, Problem> {
        let Self { lamp, speed, label } = self;
        match (lamp, speed) {
            (Some(number), None) => {
                number.parse().map(|extension| KeyWish::Lamp { extension, label }).map_err(invalid)
            }
            (None, Some(number)) => Ok(KeyWish::Speed { number, label }),
            _ => Err(Problem::invalid("a key is either {\"lamp\": \"101\"} or {\"speed\": \"0123456\"}")),
        }
    }
}

impl ExtensionJson {
    fn put_into(self, extension: &mut Extension) -> Result<(), Problem> {
        if let Some(name) = self.name {
            extension.name = name;
        }
        if let Some(hotdesk) = self.hotdesk {
            extension.hotdesk = hotdesk;
        }
        if let Some(pin) = self.pin {
            extension.pin = Some(Secret::new(pin));
        }
        if let Some(keys) = self.keys {
            extension.keys = keys.into_iter().map(KeyJson::wish).collect::<Result<_, _>>()?;
        }
        Ok(())
    }
}

/// `GET /extensions`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<ExtensionView>>, Problem> {
    Ok(Json(front.control.extensions().await?))
}

/// `GET /extensions/{number}`.
pub async fn one(
    State(front): State<Shared>,
    Path(number): Path<String>,
) -> Result<Json<ExtensionView>, Problem> {
    find(&front, &number).await.map(Json)
}

/// `POST /extensions`.
pub async fn add(
    State(front): State<Shared>,
    Body(mut wish): Body<ExtensionJson>,
) -> Result<Response, Problem> {
    let number =
        wish.number.take().ok_or_else(|| Problem::invalid("say the number: {\"number\": \"100\"}"))?;
    let number: ExtensionNumber = number.parse().map_err(invalid)?;
    if front.control.extensions().await?.iter().any(|one| one.number == number) {
        let detail =
            format!("extension {number} is there already: PUT /api/v1/extensions/{number} changes it");
        return Err(Problem::conflict("exists", "It is there already", detail));
    }
    let mut extension = blank(number.clone());
    wish.put_into(&mut extension)?;
    let edited =
        front.edit(move |office, rules, fresh| apply::add_extension(office, extension, rules, fresh));
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let status = if kept == Kept::Saved { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    let location = [(header::LOCATION, format!("/api/v1/extensions/{number}"))];
    Ok((status, location, Json(find(&front, number.as_str()).await?)).into_response())
}

/// `PUT /extensions/{number}`: changes it, or adds it.
pub async fn put(
    State(front): State<Shared>,
    Path(number): Path<String>,
    Body(wish): Body<ExtensionJson>,
) -> Result<Response, Problem> {
    let number: ExtensionNumber = number.parse().map_err(invalid)?;
    if wish.number.as_ref().is_some_and(|other| *other != number.to_string()) {
        return Err(Problem::invalid("an extension's number cannot change: add another and remove this one"));
    }
    let is_new = !front.control.extensions().await?.iter().any(|one| one.number == number);
    // Keys that cannot be are told before anything is touched.
    let mut trial = blank(number.clone());
    let keys_given = wish.keys.is_some();
    let (name, hotdesk) = (wish.name.clone(), wish.hotdesk);
    wish.put_into(&mut trial)?;
    let wanted = number.clone();
    let edited = front.edit(move |office, rules, fresh| {
        let mut extension = office.extensions.get(&wanted).cloned().unwrap_or_else(|| blank(wanted));
        extension.name = name.unwrap_or(extension.name);
        extension.hotdesk = hotdesk.unwrap_or(extension.hotdesk);
        extension.pin = trial.pin.or(extension.pin);
        if keys_given {
            extension.keys = trial.keys;
        }
        apply::put_extension(office, extension, rules, fresh)
    });
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let status = if is_new && kept == Kept::Saved { StatusCode::CREATED } else { status_of(kept) };
    Ok((status, Json(find(&front, number.as_str()).await?)).into_response())
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
    Extension { name: number.to_string(), number, hotdesk: false, pin: None, keys: Vec::new() }
}

async fn find(front: &Front, number: &str) -> Result<ExtensionView, Problem> {
    let extensions = front.control.extensions().await?;
    extensions.into_iter().find(|one| one.number.as_str() == number).ok_or_else(|| {
        let number: String = number.chars().take(32).collect();
        Problem::not_found(format!("there is no extension \"{number}\": GET /api/v1/extensions lists them"))
    })
}

fn invalid(error: IdError) -> Problem {
    Problem::invalid(error.0)
}
