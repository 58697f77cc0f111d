//! The tenants of the box in the API. The first, `office`, is there always; `office` has its settings too.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::devices::status_of;
use super::emergency::{TRUNK, TrunkJson, trunk_in};
use super::office::{OFFICE, OfficeJson, PLAN, SettingsWish, plan_in};
use super::operation::{Field, Kind, Shape};
use super::refused;
use crate::config::apply;
use crate::control::Kept;
use crate::model::{ExtensionNumber, IdError, Office, OfficeSettings, Plan, Profile, TenantId};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// What may be said of a tenant.
pub const TENANT: Shape = &{
    let mut fields = [
        OFFICE[0], OFFICE[1], OFFICE[2], OFFICE[3], OFFICE[4], OFFICE[5], OFFICE[6], OFFICE[7], OFFICE[8],
        OFFICE[9], OFFICE[10], OFFICE[11], OFFICE[12], OFFICE[13], OFFICE[0], OFFICE[0], OFFICE[0],
    ];
    fields[14] =
        Field::new("plan", Kind::Object(PLAN), "Its codes; a new tenant starts with all of them off.");
    fields[15] = Field::new("trunk", Kind::Object(TRUNK), "Its line to the outside; null for none.");
    fields[16] = Field::text("emergency_extension", "Who rings for an emergency call without a trunk.");
    fields
};

/// A tenant.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Tenant")]
pub struct TenantJson {
    /// The word by which its extensions are written, as in `100@acme`.
    id: TenantId,
    #[serde(flatten)]
    settings: OfficeJson,
    /// The profile that its codes are, where they are one.
    profile: Option<Profile>,
    /// Its codes.
    plan: Plan,
    /// Its line to the outside.
    trunk: Option<TrunkJson>,
    /// Who rings for an emergency call without a trunk.
    emergency_extension: Option<ExtensionNumber>,
    /// How many extensions it has.
    extensions: usize,
    /// How many phones it has.
    devices: usize,
}

impl TenantJson {
    fn of(tenant: &TenantId, office: &Office) -> Self {
        let settings = office.settings_of(tenant).clone();
        Self {
            id: tenant.clone(),
            profile: settings.plan.as_profile(),
            plan: settings.plan.clone(),
            trunk: settings.trunks.first().map(TrunkJson::of),
            emergency_extension: settings.emergency_extension.clone(),
            extensions: office.extensions.keys().filter(|number| number.tenant() == tenant).count(),
            devices: office.devices.values().filter(|device| device.tenant == *tenant).count(),
            settings: settings.into(),
        }
    }
}

/// `GET /tenants`.
pub async fn list(State(front): State<Shared>) -> Result<Json<Vec<TenantJson>>, Problem> {
    let office = front.control.office().await?;
    Ok(Json(office.tenants().map(|(tenant, _)| TenantJson::of(tenant, &office)).collect()))
}

/// `GET /tenants/{tenant}`.
pub async fn one(State(front): State<Shared>, Path(id): Path<String>) -> Result<Json<TenantJson>, Problem> {
    let (tenant, office) = find(&front, &id).await?;
    Ok(Json(TenantJson::of(&tenant, &office)))
}

/// `PUT /tenants/{tenant}`: adds it, or changes it; what is left out stays.
pub async fn put(
    State(front): State<Shared>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Response, Problem> {
    let tenant: TenantId = id.parse().map_err(|error: IdError| Problem::invalid(error.0))?;
    let wish = SettingsWish::read(&mut body)?;
    let plan = body.object("plan")?.map(plan_in).transpose()?;
    let trunk = body.said("trunk", |body, name| body.object(name)?.map(trunk_in).transpose())?;
    let emergency = body.said("emergency_extension", Body::parsed)?;
    body.finish()?;
    let is_new = !front.control.office().await?.has_tenant(&tenant);
    let wanted = tenant.clone();
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = match office.has_tenant(&wanted) {
            true => office.settings_of(&wanted).clone(),
            false => new_tenant(&wanted),
        };
        wish.put_into(&mut settings);
        settings.plan = plan.unwrap_or(settings.plan);
        if let Some(trunk) = trunk {
            settings.put_first_trunk(trunk);
        }
        settings.emergency_extension = emergency.unwrap_or(settings.emergency_extension);
        apply::put_tenant(office, &wanted, settings, rules, fresh)
    });
    let kept = edited.await?.map_err(|faults| refused(&faults))?;
    let status = if is_new && kept == Kept::Saved { StatusCode::CREATED } else { status_of(kept) };
    let office = front.control.office().await?;
    Ok((status, Json(TenantJson::of(&tenant, &office))).into_response())
}

/// `DELETE /tenants/{tenant}`.
pub async fn remove(State(front): State<Shared>, Path(id): Path<String>) -> Result<Response, Problem> {
    let (tenant, _) = find(&front, &id).await?;
    let edited =
        front.edit(move |office, rules, fresh| apply::remove_tenant(office, &tenant, rules, fresh)).await?;
    match edited {
        Ok(Kept::Saved) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(Kept::NotYet) => Ok(StatusCode::ACCEPTED.into_response()),
        Err(faults) => {
            let detail = faults.first().map(|fault| fault.kind.to_string()).unwrap_or_default();
            Err(Problem::conflict("in-use", "It is still in use", detail))
        }
    }
}

/// A tenant of which nothing is said: called by its word, with every code off (F4).
fn new_tenant(tenant: &TenantId) -> OfficeSettings {
    OfficeSettings {
        name: tenant.to_string(),
        realm: OfficeSettings::default_realm(tenant),
        plan: Plan::off(),
        ..OfficeSettings::default()
    }
}

/// The tenant of this word, and the office as it is.
pub async fn find(front: &Front, id: &str) -> Result<(TenantId, Office), Problem> {
    let office = front.control.office().await?;
    let tenant = id.parse().ok().filter(|tenant| office.has_tenant(tenant));
    tenant.map(|tenant| (tenant, office)).ok_or_else(|| {
        let id: String = id.chars().take(32).collect();
        Problem::not_found(format!("there is no tenant \"{id}\": GET /api/v1/tenants lists them"))
    })
}
