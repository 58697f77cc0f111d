//! Templates in the API: named values for extensions, SIP accounts and devices of a tenant.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::devices::status_of;
use super::operation::{Field, Shape};
use super::values::{
    self, AccountValuesJson, DeviceValuesJson, ExtensionValuesJson, ExtensionWish, ValuesOfDevice,
    put_account,
};
use super::{refused, tenants};
use crate::config::apply;
use crate::config::fault::TemplateKind;
use crate::config::rules::REGISTER_EVERY;
use crate::control::Kept;
use crate::model::{AccountValues, IdError, OfficeSettings, TemplateName};
use crate::web::front::Shared;
use crate::web::problem::Problem;

/// What may be said of a template: the values of its kind; what is `null` is the default.
pub const TEMPLATE: Shape = &[
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
    values::IDLE_CALLS,
    values::BORROWABLE,
    values::SERVER,
    values::KEY,
    values::EXTRA,
    Field::number("register_every", REGISTER_EVERY, "How often the phone registers, in seconds."),
    Field::yes_no("tcp", "Whether it speaks TCP in place of UDP."),
];

/// The templates of a tenant, by kind and name.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Templates")]
pub struct TemplatesJson {
    /// For extensions.
    extensions: BTreeMap<String, ExtensionValuesJson>,
    /// For SIP accounts.
    accounts: BTreeMap<String, AccountValuesJson>,
    /// For devices.
    devices: BTreeMap<String, DeviceValuesJson>,
}

impl TemplatesJson {
    fn of(settings: &OfficeSettings) -> Self {
        let templates = &settings.templates;
        let extension = |(name, one): (&TemplateName, _)| {
            (name.to_string(), ExtensionValuesJson::of_template(one, settings))
        };
        let account =
            |(name, one): (&TemplateName, _)| (name.to_string(), AccountValuesJson::of_template(one));
        let device = |(name, one): (&TemplateName, _)| {
            (name.to_string(), DeviceValuesJson::of_template(one, settings))
        };
        Self {
            extensions: templates.extensions.iter().map(extension).collect(),
            accounts: templates.accounts.iter().map(account).collect(),
            devices: templates.devices.iter().map(device).collect(),
        }
    }
}

/// What a body says of a template.
enum Wish {
    Extension(ExtensionWish),
    Account(AccountValues),
    Device(ValuesOfDevice),
}

/// `GET /tenants/{tenant}/templates`.
pub async fn list(
    State(front): State<Shared>,
    Path(tenant): Path<String>,
) -> Result<Json<TemplatesJson>, Problem> {
    let (tenant, office) = tenants::find(&front, &tenant).await?;
    Ok(Json(TemplatesJson::of(office.settings_of(&tenant))))
}

/// `PUT /tenants/{tenant}/templates/{kind}/{name}`: adds one, or changes it; what is left out stays.
pub async fn put(
    State(front): State<Shared>,
    Path((tenant, kind, name)): Path<(String, String, String)>,
    mut body: Body,
) -> Result<Response, Problem> {
    let (tenant, office) = tenants::find(&front, &tenant).await?;
    let (kind, name) = (kind_in(&kind)?, name_in(&name)?);
    let wish = match kind {
        TemplateKind::Extension => Wish::Extension(ExtensionWish::read(&mut body)?),
        TemplateKind::Device => Wish::Device(ValuesOfDevice::read(&mut body)?),
        TemplateKind::Account => {
            let former = office.settings_of(&tenant).templates.accounts.get(&name);
            let mut values = former.cloned().unwrap_or_default();
            put_account(&mut body, &mut values)?;
            Wish::Account(values)
        }
    };
    body.finish()?;
    let wanted = tenant.clone();
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = office.settings_of(&wanted).clone();
        let templates = &mut settings.templates;
        match wish {
            Wish::Extension(wish) => wish.put_into(templates.extensions.entry(name).or_default()),
            Wish::Device(wish) => wish.put_into(templates.devices.entry(name).or_default()),
            Wish::Account(values) => drop(templates.accounts.insert(name, values)),
        }
        apply::put_tenant(office, &wanted, settings, rules, fresh)
    });
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let office = front.control.office().await?;
    Ok((status_of(kept), Json(TemplatesJson::of(office.settings_of(&tenant)))).into_response())
}

/// `DELETE /tenants/{tenant}/templates/{kind}/{name}`.
pub async fn remove(
    State(front): State<Shared>,
    Path((tenant, kind, name)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let (tenant, office) = tenants::find(&front, &tenant).await?;
    let (kind, name) = (kind_in(&kind)?, name_in(&name)?);
    let templates = &office.settings_of(&tenant).templates;
    let is_there = match kind {
        TemplateKind::Extension => templates.extensions.contains_key(&name),
        TemplateKind::Account => templates.accounts.contains_key(&name),
        TemplateKind::Device => templates.devices.contains_key(&name),
    };
    if !is_there {
        return Err(no_such());
    }
    let edited = front
        .edit(move |office, rules, fresh| {
            apply::remove_template(office, &tenant, (kind, &name), rules, fresh)
        })
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

fn kind_in(text: &str) -> Result<TemplateKind, Problem> {
    match text {
        "extension" => Ok(TemplateKind::Extension),
        "account" => Ok(TemplateKind::Account),
        "device" => Ok(TemplateKind::Device),
        _ => Err(Problem::not_found("templates are of the kinds extension, account and device")),
    }
}

fn name_in(text: &str) -> Result<TemplateName, Problem> {
    text.parse().map_err(|error: IdError| Problem::invalid(error.0))
}

fn no_such() -> Problem {
    Problem::not_found(
        "there is no such template: GET /api/v1/tenants/office/templates lists those of the office",
    )
}
