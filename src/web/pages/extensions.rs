//! Extensions: the list, and adding one. The page of one is in `extension`.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::list::{Pager, Search};
use super::{Asked, note};
use crate::config::apply;
use crate::control::{Gone, Kept};
use crate::model::{DeviceId, Extension, ExtensionNumber, ExtensionView, Locked, Secret, StatusView};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};

/// An extension as the list shows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Whether it may hot desk.
    pub hotdesk: bool,
    /// Whether it has a PIN.
    pub has_pin: bool,
    /// What its phones are called, those it is logged in at first.
    pub places: Vec<String>,
    /// Whether it can be called.
    pub reachable: bool,
    /// Whether wrong PINs have closed it to new logins.
    pub is_closed: bool,
}

#[derive(Template)]
#[template(path = "extensions.html")]
struct ExtensionsPage {
    page: Page,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "extension_new.html")]
struct NewPage {
    page: Page,
    fields: Fields,
}

/// The fields of an extension's form.
pub const FIELDS: [&str; 4] = ["number", "name", "hotdesk", "pin"];

/// The extensions that are looked for, as the list shows them: a page of them.
pub async fn rows(
    front: &Front,
    status: &StatusView,
    search: &Search,
    path: &'static str,
) -> Result<(Vec<Row>, Pager), Gone> {
    let mut extensions = front.control.extensions().await?;
    extensions.retain(|one| search.fits(&[&one.number.to_string(), &one.name]));
    let (extensions, pager) = search.cut(path, extensions);
    let titles = titles_of(front).await?;
    Ok((extensions.into_iter().map(|one| row(one, status, &titles)).collect(), pager))
}

fn row(one: ExtensionView, status: &StatusView, titles: &BTreeMap<DeviceId, String>) -> Row {
    let title = |id: &DeviceId| titles.get(id).cloned().unwrap_or_else(|| id.to_string());
    let locked = Locked::Extension(one.number.clone());
    Row {
        is_closed: status.lockouts.iter().any(|one| one.locked == locked),
        number: one.number.to_string(),
        name: one.name,
        hotdesk: one.hotdesk,
        has_pin: one.has_pin,
        places: one.logged_in_at.iter().chain(&one.owns).map(title).collect(),
        reachable: one.reachable,
    }
}

/// What each phone is called.
async fn titles_of(front: &Front) -> Result<BTreeMap<DeviceId, String>, Gone> {
    let devices = front.control.devices().await?;
    Ok(devices.into_iter().map(|device| (device.id, device.title)).collect())
}

/// `GET /extensions`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let page = front.page(&visitor, Nav::Extensions, "extensions-title").noted(note(&query));
    let (rows, pager) = rows(&front, &visitor.status, &Search::of(&query), "/extensions").await?;
    Ok(write(StatusCode::OK, &ExtensionsPage { page, rows, pager }))
}

/// `GET /extensions/new`.
pub async fn new(State(front): State<Shared>, Admin(visitor): Admin) -> Response {
    let page = front.page(&visitor, Nav::Extensions, "extension-new-title");
    write(StatusCode::OK, &NewPage { page, fields: Fields::new().with("hotdesk", "on") })
}

/// `POST /extensions/new`.
pub async fn add(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    match add_from(&front, &visitor, &posted).await? {
        Ok((number, kept)) => {
            Ok(notes::redirect(&format!("/extensions/{number}"), notes::of_kept(kept, "extension-added")))
        }
        Err(fields) => {
            let page = front.page(&visitor, Nav::Extensions, "extension-new-title");
            Ok(write(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { page, fields }))
        }
    }
}

/// Reads the form and adds the extension; the form with its faults where it will not do.
pub async fn add_from(
    front: &Front,
    visitor: &Visitor,
    posted: &Posted,
) -> Result<Result<(ExtensionNumber, Kept), Fields>, Trouble> {
    let words = visitor.words;
    let mut fields = Fields::sent(posted, &FIELDS);
    let Ok(number) = posted.text("number").parse::<ExtensionNumber>() else {
        fields.fault("number", words.say("fault-extension-number"));
        return Ok(Err(fields));
    };
    let mut extension = Extension::new(number.clone(), posted.text("name"));
    extension.own.hotdesk = Some(posted.is_ticked("hotdesk"));
    extension.pin = pin_of(posted);
    let edited =
        front.edit(move |office, rules, fresh| apply::add_extension(office, extension, rules, fresh)).await?;
    Ok(edited.map(|kept| (number, kept)).map_err(|faults| fields.refused(words, &faults)))
}

/// The extension of this number, as it is shown.
pub async fn find(front: &Front, status: &StatusView, number: &str) -> Result<Row, Trouble> {
    let extensions = front.control.extensions().await?;
    let found =
        extensions.into_iter().find(|one| one.number.to_string() == number).ok_or(Trouble::NotFound)?;
    Ok(row(found, status, &titles_of(front).await?))
}

/// The PIN a form says, if it says one.
pub fn pin_of(posted: &Posted) -> Option<Secret> {
    Some(posted.text("pin")).filter(|pin| !pin.is_empty()).map(Secret::new)
}
