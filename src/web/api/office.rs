//! The office in the API: its settings and its numbering plan. Not here: where emergency calls go (`emergency`).

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::devices::status_of;
use super::emergency;
use super::operation::{Field, Kind, Shape};
use super::refused;
use crate::config::apply;
use crate::config::fault::Fault;
use crate::config::rules::{LOCKOUT_MINUTES, LOGOUT_MINUTES};
use crate::control::{Gone, Kept};
use crate::model::{
    AfterRestart, AutoLogout, Country, EmergencyNumber, Feature, IdleCalls, Language, LoginPolicy,
    OfficeSettings, Plan, PlanEntry, Profile, Secret, TrustedNetwork,
};
use crate::web::choices::{AFTER_RESTART, FEATURES, IDLE, POLICIES};
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
    Field::text("realm", "The SIP domain of its phones; no two tenants have the same."),
    Field::text("company_pin", "One PIN for everybody; null takes it away."),
    Field::number("lockout_minutes", LOCKOUT_MINUTES, "For how long wrong PINs close to new logins."),
    Field::word::<AfterRestart>("after_restart", "What becomes of logins at a restart."),
    Field::new("auto_logout", Kind::Object(AUTO_LOGOUT), "When logins end by themselves; null for never."),
    Field::new(
        "trusted_networks",
        Kind::Objects(NETWORK),
        "From where phones may log in by a hot-desk function of their own; all of them.",
    ),
    Field::new(
        "emergency_numbers",
        Kind::Texts,
        "The numbers that call for help, all of them, the general one first; null for those of the country.",
    ),
    Field::new(
        "confirm_no_emergency_numbers",
        Kind::YesNo,
        "Confirms that emergency_numbers is meant to be an empty list; else that is refused.",
    ),
];
const AUTO_LOGOUT: Shape = &[
    Field::number("after", LOGOUT_MINUTES, "After so many minutes."),
    Field::number("idle", LOGOUT_MINUTES, "After so many minutes without a call."),
    Field::text("at", "At this time of day, as 20:00."),
    Field::text("days", "On these days, as `mon tue wed`; every day where nothing is said."),
    Field::number("gone", LOGOUT_MINUTES, "When the phone has been gone for so many minutes."),
];
const NETWORK: Shape = &[
    Field::text("network", "The range in CIDR, IPv4 or IPv6.").needed(),
    Field::text("description", "What it is."),
];

/// The whole numbering plan: a profile, or the codes.
pub const PLAN: Shape = &[
    Field::word::<Profile>("profile", "The codes of one system, or of all; either this or entries."),
    Field::new("entries", Kind::Objects(ENTRY), "The codes, each with its own switch."),
];
const ENTRY: Shape = &[
    Field::text(
        "code",
        "What is dialled; X stands for an extension's digits. Empty for login-by-own-extension.",
    ),
    Field::word::<Feature>("feature", "What it does.").needed(),
    Field::new("on", Kind::YesNo, "Whether it is on; it is where nothing is said."),
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
    /// Whether one PIN counts for everybody.
    has_company_pin: bool,
    /// For how many minutes wrong PINs close to new logins.
    lockout_minutes: u16,
    /// What becomes of logins at a restart.
    after_restart: AfterRestart,
    /// When logins end by themselves.
    auto_logout: AutoLogout,
    /// From where phones may log in by a hot-desk function of their own.
    trusted_networks: Vec<TrustedNetwork>,
    /// The numbers that call for help, where they are not those of the country; `GET /emergency` tells which count.
    emergency_numbers: Option<Vec<EmergencyNumber>>,
}

impl From<OfficeSettings> for OfficeJson {
    fn from(settings: OfficeSettings) -> Self {
        Self {
            name: settings.name,
            country: settings.country,
            language: settings.language,
            timezone: settings.timezone,
            realm: settings.realm,
            login_policy: settings.login_policy,
            idle_calls: settings.idle_calls,
            has_company_pin: settings.company_pin.is_some(),
            lockout_minutes: settings.lockout_minutes,
            after_restart: settings.after_restart,
            auto_logout: settings.auto_logout,
            trusted_networks: settings.trusted_networks,
            emergency_numbers: settings.emergency_numbers,
        }
    }
}

/// What a body says of the settings of a tenant; what is left out stays.
pub struct SettingsWish {
    name: Option<String>,
    country: Option<Country>,
    language: Option<Language>,
    timezone: Option<String>,
    realm: Option<String>,
    policy: Option<LoginPolicy>,
    idle: Option<IdleCalls>,
    company_pin: Option<Option<Secret>>,
    lockout_minutes: Option<u32>,
    after_restart: Option<AfterRestart>,
    auto_logout: Option<Option<AutoLogout>>,
    trusted_networks: Option<Option<Vec<TrustedNetwork>>>,
    emergency_numbers: Option<Option<Vec<EmergencyNumber>>>,
}

impl SettingsWish {
    /// Takes the settings out of a body.
    pub fn read(body: &mut Body) -> Result<Self, Problem> {
        Ok(Self {
            name: body.text("name")?,
            country: body.parsed("country")?,
            language: body.parsed("language")?,
            timezone: body.text("timezone")?,
            realm: body.text("realm")?,
            policy: body.word("login_policy", &POLICIES)?,
            idle: body.word("idle_calls", &IDLE)?,
            company_pin: body.said("company_pin", |body, name| Ok(body.text(name)?.map(Secret::new)))?,
            lockout_minutes: body.number("lockout_minutes", LOCKOUT_MINUTES)?,
            after_restart: body.word("after_restart", &AFTER_RESTART)?,
            auto_logout: body.said("auto_logout", auto_logout)?,
            trusted_networks: body.said("trusted_networks", networks)?,
            emergency_numbers: emergency::numbers(body)?,
        })
    }

    /// Puts them where they belong.
    pub fn put_into(self, settings: &mut OfficeSettings) {
        settings.name = self.name.unwrap_or_else(|| std::mem::take(&mut settings.name));
        settings.country = self.country.or(settings.country);
        settings.language = self.language.unwrap_or(settings.language);
        settings.timezone = self.timezone.unwrap_or_else(|| std::mem::take(&mut settings.timezone));
        settings.realm = self.realm.unwrap_or_else(|| std::mem::take(&mut settings.realm));
        settings.login_policy = self.policy.unwrap_or(settings.login_policy);
        settings.idle_calls = self.idle.unwrap_or(settings.idle_calls);
        // An empty secret takes the present one away.
        let pin = self.company_pin.map(|pin| pin.unwrap_or_else(|| Secret::new("")));
        settings.company_pin = pin.or_else(|| settings.company_pin.take());
        let minutes = self.lockout_minutes.and_then(|minutes| u16::try_from(minutes).ok());
        settings.lockout_minutes = minutes.unwrap_or(settings.lockout_minutes);
        settings.after_restart = self.after_restart.unwrap_or(settings.after_restart);
        if let Some(auto_logout) = self.auto_logout {
            settings.auto_logout = auto_logout.unwrap_or_default();
        }
        if let Some(networks) = self.trusted_networks {
            settings.trusted_networks = networks.unwrap_or_default();
        }
        if let Some(numbers) = self.emergency_numbers {
            settings.emergency_numbers = numbers;
        }
    }
}

fn auto_logout(body: &mut Body, name: &'static str) -> Result<Option<AutoLogout>, Problem> {
    let Some(mut body) = body.object(name)? else { return Ok(None) };
    let auto_logout = AutoLogout {
        after: body.number("after", LOGOUT_MINUTES)?,
        idle: body.number("idle", LOGOUT_MINUTES)?,
        at: body.parsed("at")?,
        days: body.parsed("days")?.unwrap_or_default(),
        gone: body.number("gone", LOGOUT_MINUTES)?,
    };
    body.finish().map(|()| Some(auto_logout))
}

fn networks(body: &mut Body, name: &'static str) -> Result<Option<Vec<TrustedNetwork>>, Problem> {
    let Some(networks) = body.objects(name)? else { return Ok(None) };
    let network = |mut body: Body| {
        let (network, description) = (body.parsed("network")?, body.text("description")?);
        body.finish()?;
        let network =
            network.ok_or_else(|| Problem::invalid("say each range: {\"network\": \"192.168.1.0/24\"}"))?;
        Ok(TrustedNetwork { network, description: description.unwrap_or_default() })
    };
    networks.into_iter().map(network).collect::<Result<_, Problem>>().map(Some)
}

/// The numbering plan.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Plan")]
pub struct PlanJson {
    /// The profile that it is, where it is one.
    profile: Option<Profile>,
    /// The codes, each with its own switch.
    entries: Vec<PlanEntry>,
    /// What is worth saying about it, though nothing is wrong.
    notes: Vec<String>,
}

/// `GET /office`.
pub async fn office(State(front): State<Shared>) -> Result<Json<OfficeJson>, Problem> {
    office_document(&front).await.map(Json)
}

/// `PUT /office`: what is left out stays.
pub async fn put_office(State(front): State<Shared>, mut body: Body) -> Result<Response, Problem> {
    let wish = SettingsWish::read(&mut body)?;
    body.finish()?;
    let kept = put(&front, move |settings| wish.put_into(settings));
    let kept = kept.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(office_document(&front).await?)).into_response())
}

/// `GET /plan`.
pub async fn plan(State(front): State<Shared>) -> Result<Json<PlanJson>, Problem> {
    plan_document(&front).await.map(Json)
}

/// `PUT /plan`: the whole plan; two codes that collide are refused, each with the other's name.
pub async fn put_plan(State(front): State<Shared>, body: Body) -> Result<Response, Problem> {
    let plan = plan_in(body)?;
    let kept = put(&front, move |settings| settings.plan = plan);
    let kept = kept.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(plan_document(&front).await?)).into_response())
}

/// A whole plan: a profile, or the codes one by one.
pub fn plan_in(mut body: Body) -> Result<Plan, Problem> {
    let (profile, entries) = (body.parsed::<Profile>("profile")?, body.objects("entries")?);
    body.finish()?;
    match (profile, entries) {
        (Some(profile), None) => Ok(Plan::profile(profile)),
        (None, Some(entries)) => {
            entries.into_iter().map(entry).collect::<Result<_, _>>().map(|entries| Plan { entries })
        }
        _ => Err(Problem::invalid("say the whole plan: {\"entries\": […]}, or {\"profile\": \"all\"}")),
    }
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

/// Changes the settings.
pub async fn put(
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
    Ok(front.control.office().await?.settings.into())
}

async fn plan_document(front: &Front) -> Result<PlanJson, Problem> {
    let plan = front.control.status().await?.settings.plan;
    let notes = front.notes().await?.into_iter().map(|(_, note)| note.to_string()).collect();
    Ok(PlanJson { profile: plan.as_profile(), entries: plan.entries, notes })
}
