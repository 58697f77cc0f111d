//! Tenants: the organisations on the box; adding, renaming, their SIP domain, removing.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::confirm::ask_removal;
use super::{Asked, note, office, values};
use crate::config::apply;
use crate::model::{Office, OfficeSettings, Plan, TenantId};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::page::{Nav, Page, show as write};
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};
use crate::web::{faults, notes};

/// A tenant as the list shows it.
struct Row {
    id: TenantId,
    name: String,
    realm: String,
    extensions: usize,
    phones: usize,
}

#[derive(Template)]
#[template(path = "tenants.html")]
struct TenantsPage {
    page: Page,
    rows: Vec<Row>,
    fields: Fields,
    choices: office::Choices,
}

#[derive(Template)]
#[template(path = "tenant.html")]
struct TenantPage {
    page: Page,
    id: TenantId,
    fields: Fields,
    choices: office::Choices,
}

const NEW: [&str; 3] = ["id", "name", "country"];
const FIELDS: [&str; 3] = ["name", "country", "realm"];

/// `GET /tenants`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    list(&front, &visitor, (StatusCode::OK, Fields::new()), note(&query)).await
}

/// `POST /tenants`: adds one, with every code off (F4).
pub async fn add(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let mut fields = Fields::sent(&posted, &NEW);
    let country = values::chosen(&posted, "country");
    if country.is_none() {
        fields.fault("country", words.say("fault-country-missing"));
    }
    let office = front.control.office().await?;
    let id = values::chosen::<TenantId>(&posted, "id");
    match &id {
        None => fields.fault("id", words.say("fault-tenant-id")),
        Some(id) if office.has_tenant(id) => fields.fault("id", words.say1("fault-twice", "value", id)),
        Some(_) => {}
    }
    if let (Some(id), false) = (id, fields.is_faulty()) {
        let settings = OfficeSettings {
            name: posted.text("name").to_owned(),
            country,
            realm: OfficeSettings::default_realm(&id),
            timezone: office.settings.timezone.clone(),
            language: office.settings.language,
            plan: Plan::off(),
            ..OfficeSettings::default()
        };
        let edited =
            front.edit(move |office, rules, fresh| apply::put_tenant(office, &id, settings, rules, fresh));
        match edited.await? {
            Ok(kept) => return Ok(notes::redirect("/tenants", notes::of_kept(kept, "saved"))),
            Err(faults) => fields = fields.refused(words, &faults),
        }
    }
    list(&front, &visitor, (StatusCode::UNPROCESSABLE_ENTITY, fields), None).await
}

/// `GET /tenants/{id}`.
pub async fn edit(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let (id, office) = find(&front, &id).await?;
    let settings = office.settings_of(&id);
    let fields = Fields::new()
        .with("name", &settings.name)
        .with("country", settings.country.map(|country| country.to_string()).unwrap_or_default())
        .with("realm", &settings.realm);
    Ok(tenant_page(&front, &visitor, id, (StatusCode::OK, fields)))
}

/// `POST /tenants/{id}`: name, country and SIP domain.
pub async fn save(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let (id, _) = find(&front, &id).await?;
    let mut fields = Fields::sent(&posted, &FIELDS);
    let (name, realm) = (posted.text("name").to_owned(), posted.text("realm").to_owned());
    let country = values::chosen(&posted, "country");
    let wanted = id.clone();
    let edited = front.edit(move |office, rules, fresh| {
        let former = office.settings_of(&wanted).clone();
        let country = country.or(former.country);
        let settings = OfficeSettings { name, realm, country, ..former };
        apply::put_tenant(office, &wanted, settings, rules, fresh)
    });
    match edited.await? {
        Ok(kept) => Ok(notes::redirect("/tenants", notes::of_kept(kept, "saved"))),
        Err(faults) => {
            fields = fields.refused(visitor.words, &faults);
            Ok(tenant_page(&front, &visitor, id, (StatusCode::UNPROCESSABLE_ENTITY, fields)))
        }
    }
}

/// `GET /tenants/{id}/remove`: asks first.
pub async fn ask_remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let (id, office) = find(&front, &id).await?;
    Ok(confirm_page(&front, &visitor, (&id, &office), None))
}

/// `POST /tenants/{id}/remove`: one that is empty.
pub async fn remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let (id, office) = find(&front, &id).await?;
    let wanted = id.clone();
    let edited =
        front.edit(move |office, rules, fresh| apply::remove_tenant(office, &wanted, rules, fresh)).await?;
    match edited {
        Ok(kept) => Ok(notes::redirect("/tenants", notes::of_kept(kept, "saved"))),
        Err(found) => {
            let why = found.iter().map(|fault| faults::say(visitor.words, &fault.kind));
            let why = why.collect::<Vec<_>>().join(" ");
            Ok(confirm_page(&front, &visitor, (&id, &office), Some(why)))
        }
    }
}

/// The tenant of this word, and the office as it is.
pub async fn find(front: &Front, id: &str) -> Result<(TenantId, Office), Trouble> {
    let office = front.control.office().await?;
    let id: TenantId = id.parse().map_err(|_| Trouble::NotFound)?;
    if office.has_tenant(&id) { Ok((id, office)) } else { Err(Trouble::NotFound) }
}

async fn list(
    front: &Front,
    visitor: &Visitor,
    (status, fields): (StatusCode, Fields),
    note: Option<&str>,
) -> Result<Response, Trouble> {
    let office = front.control.office().await?;
    let row = |(id, settings): (&TenantId, &OfficeSettings)| Row {
        id: id.clone(),
        name: settings.name.clone(),
        realm: settings.realm.clone(),
        extensions: office.extensions.keys().filter(|number| number.tenant() == id).count(),
        phones: office.devices.values().filter(|device| device.tenant == *id).count(),
    };
    let page = front.page(visitor, Nav::Settings, "tenants-title").noted(note);
    let choices = office::Choices::of(front, page.words);
    let rows = office.tenants().map(row).collect();
    Ok(write(status, &TenantsPage { page, rows, fields, choices }))
}

fn tenant_page(
    front: &Front,
    visitor: &Visitor,
    id: TenantId,
    (status, fields): (StatusCode, Fields),
) -> Response {
    let page = front.page(visitor, Nav::Settings, "tenant-title").titled(fields.value("name").to_owned());
    let choices = office::Choices::of(front, page.words);
    write(status, &TenantPage { page, id, fields, choices })
}

fn confirm_page(
    front: &Front,
    visitor: &Visitor,
    (id, office): (&TenantId, &Office),
    why: Option<String>,
) -> Response {
    let mut page = front.page(visitor, Nav::Settings, "remove-tenant-title");
    let text = page.say1("remove-tenant-text", "name", &office.settings_of(id).name);
    let button = page.say("remove-tenant");
    let status = if why.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    page.note = why.map(|text| notes::Note { text, is_bad: true });
    ask_removal(status, page, text, button, format!("/tenants/{id}"))
}
