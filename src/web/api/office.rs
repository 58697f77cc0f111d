//! The office in the API: its settings, its numbering plan, and where emergency calls go.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::devices::status_of;
use super::operation::{Field, Kind, Shape};
use super::refused;
use crate::config::apply;
use crate::config::fault::Fault;
use crate::control::{Gone, Kept};
use crate::model::{
    Country, ExtensionNumber, Feature, IdError, IdleCalls, Language, LoginPolicy, OfficeSettings, Plan,
    PlanEntry, TRUNK_PORT,
};
use crate::web::choices::{FEATURES, IDLE, POLICIES};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// What may be said of the office.
pub const OFFICE: Shape = &[
    Field::text("name", "Its name."),
    Field::text("country", "Its country, two letters: emergency numbers and tones follow from it."),
    Field::word::<Language>("language", "The language of voice, pages and phones."),
    Field::text("timezone", "Its time zone, as Europe/Rome."),
    Field::word::<LoginPolicy>(
        "login_policy",
        "What happens when somebody logs in who is logged in elsewhere.",
    ),
    Field::word::<IdleCalls>("idle_calls", "What a free hot-desk phone may call."),
];

/// The whole numbering plan.
pub const PLAN: Shape =
    &[Field::new("entries", Kind::Objects(ENTRY), "The codes, each with its own switch.").needed()];
const ENTRY: Shape = &[
    Field::text(
        "code",
        "What is dialled; X stands for an extension's digits. Empty for login-by-own-extension.",
    ),
    Field::word::<Feature>("feature", "What it does.").needed(),
    Field::new("on", Kind::YesNo, "Whether it is on; it is where nothing is said."),
];

/// Where emergency calls go.
pub const EMERGENCY: Shape = &[
    Field::new("trunk", Kind::Object(TRUNK), "The outside line, which is tried first."),
    Field::text(
        "extension",
        "The extension that rings where there is no outside line, or it does not take the call.",
    ),
];
const TRUNK: Shape = &[
    Field::text("host", "Its name or address.").needed(),
    Field::new("port", Kind::Port, "Its port; 5060 where nothing is said."),
];

/// The settings of the office.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Office")]
pub struct OfficeJson {
    name: String,
    /// Two letters, as `IT`; `null` until set-up.
    country: Option<Country>,
    language: Language,
    /// The IANA name, as `Europe/Rome`.
    timezone: String,
    /// The SIP domain of its phones.
    realm: String,
    /// What happens when somebody logs in who is logged in elsewhere.
    login_policy: LoginPolicy,
    /// What a free hot-desk phone may call.
    idle_calls: IdleCalls,
}

/// The numbering plan.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub struct PlanJson {
    /// The codes, each with its own switch.
    entries: Vec<PlanEntry>,
    /// What is worth saying about it, though nothing is wrong.
    notes: Vec<String>,
}

/// Where emergency calls go.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EmergencyCalls")]
pub struct EmergencyJson {
    /// The outside line, which is tried first.
    trunk: Option<TrunkJson>,
    /// The extension that rings where there is no outside line, or it does not take the call.
    extension: Option<ExtensionNumber>,
    /// The emergency numbers of the country.
    numbers: Vec<String>,
    /// Whether emergency calls can leave the building or ring somebody.
    ready: bool,
}

/// A line to the outside, reached by address.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Trunk")]
pub struct TrunkJson {
    /// Host name or address.
    host: String,
    /// The port.
    port: u16,
}

/// `GET /office`.
pub async fn office(State(front): State<Shared>) -> Result<Json<OfficeJson>, Problem> {
    office_document(&front).await.map(Json)
}

/// `PUT /office`: what is left out stays.
pub async fn put_office(State(front): State<Shared>, mut body: Body) -> Result<Response, Problem> {
    let (name, country) = (body.text("name")?, body.text("country")?);
    let (language, timezone) = (body.text("language")?, body.text("timezone")?);
    let policy = body.word("login_policy", &POLICIES)?;
    let idle = body.word("idle_calls", &IDLE)?;
    body.finish()?;
    let country: Option<Country> = country.map(|text| text.parse()).transpose().map_err(invalid)?;
    let language: Option<Language> = language.map(|text| text.parse()).transpose().map_err(invalid)?;
    let kept = put(&front, move |settings| {
        settings.name = name.unwrap_or_else(|| std::mem::take(&mut settings.name));
        settings.country = country.or(settings.country);
        settings.language = language.unwrap_or(settings.language);
        settings.timezone = timezone.unwrap_or_else(|| std::mem::take(&mut settings.timezone));
        settings.login_policy = policy.unwrap_or(settings.login_policy);
        settings.idle_calls = idle.unwrap_or(settings.idle_calls);
    });
    let kept = kept.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(office_document(&front).await?)).into_response())
}

/// `GET /plan`.
pub async fn plan(State(front): State<Shared>) -> Result<Json<PlanJson>, Problem> {
    plan_document(&front).await.map(Json)
}

/// `PUT /plan`: the whole plan; two codes that collide are refused, each with the other's name.
pub async fn put_plan(State(front): State<Shared>, mut body: Body) -> Result<Response, Problem> {
    let entries = body.objects("entries")?;
    body.finish()?;
    let entries = entries.ok_or_else(|| Problem::invalid("say the whole plan: {\"entries\": […]}"))?;
    let entries: Vec<PlanEntry> = entries.into_iter().map(entry).collect::<Result<_, _>>()?;
    let kept = put(&front, move |settings| settings.plan = Plan { entries });
    let kept = kept.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(plan_document(&front).await?)).into_response())
}

fn entry(mut body: Body) -> Result<PlanEntry, Problem> {
    let (code, feature) = (body.text("code")?, body.word("feature", &FEATURES)?);
    let on = body.yes_no("on")?;
    body.finish()?;
    let feature =
        feature.ok_or_else(|| Problem::invalid("say what each code does: {\"feature\": \"logout\"}"))?;
    let code = code.unwrap_or_default().to_ascii_uppercase();
    Ok(PlanEntry { code, feature, on: on.unwrap_or(true) })
}

/// `GET /emergency`.
pub async fn emergency(State(front): State<Shared>) -> Result<Json<EmergencyJson>, Problem> {
    emergency_document(&front).await.map(Json)
}

/// `PUT /emergency`: the whole of it; what is left out is none.
pub async fn put_emergency(State(front): State<Shared>, mut body: Body) -> Result<Response, Problem> {
    let (trunk, extension) = (body.object("trunk")?, body.text("extension")?);
    body.finish()?;
    let trunk = match trunk {
        None => None,
        Some(mut trunk) => {
            let (host, port) = (trunk.text("host")?, trunk.port("port")?);
            trunk.finish()?;
            let host = host
                .ok_or_else(|| Problem::invalid("say the trunk's host: {\"host\": \"sip.example.org\"}"))?;
            Some((host, port.unwrap_or(TRUNK_PORT)))
        }
    };
    let extension = extension.map(|text| text.parse()).transpose().map_err(invalid)?;
    let kept = put(&front, move |settings| {
        settings.put_first_trunk(trunk);
        settings.emergency_extension = extension;
    });
    let kept = kept.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(emergency_document(&front).await?)).into_response())
}

/// Changes the settings.
async fn put(
    front: &Front,
    change: impl FnOnce(&mut OfficeSettings) + Send + 'static,
) -> Result<Result<Kept, Vec<Fault>>, Gone> {
    front
        .edit(move |office, rules, fresh| {
            let mut settings = office.settings.clone();
            change(&mut settings);
            apply::put_settings(office, settings, rules, fresh)
        })
        .await
}

async fn office_document(front: &Front) -> Result<OfficeJson, Problem> {
    let OfficeSettings { name, country, language, timezone, realm, login_policy, idle_calls, .. } =
        front.control.status().await?.settings;
    Ok(OfficeJson { name, country, language, timezone, realm, login_policy, idle_calls })
}

async fn plan_document(front: &Front) -> Result<PlanJson, Problem> {
    let entries = front.control.status().await?.settings.plan.entries;
    let notes = front.notes().await?.into_iter().map(|(_, note)| note.to_string()).collect();
    Ok(PlanJson { entries, notes })
}

async fn emergency_document(front: &Front) -> Result<EmergencyJson, Problem> {
    let status = front.control.status().await?;
    let first = status.settings.trunks.first();
    Ok(EmergencyJson {
        numbers: front.emergency_numbers(status.settings.country),
        trunk: first.map(|first| TrunkJson { host: first.host.clone(), port: first.port }),
        extension: status.settings.emergency_extension,
        ready: status.emergency_ready,
    })
}

fn invalid(error: IdError) -> Problem {
    Problem::invalid(error.0)
}
