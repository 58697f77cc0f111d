//! Emergency calls in the API: which numbers make one, and where they go.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::devices::status_of;
use super::office;
use super::operation::{Field, Kind, Shape};
use super::refused;
use crate::model::{EmergencyNumber, ExtensionNumber, IdError, TRUNK_PORT, Trunk};
use crate::web::front::{Front, Shared};
use crate::web::problem::Problem;

/// Where emergency calls go.
pub const EMERGENCY: Shape = &[
    Field::new("trunk", Kind::Object(TRUNK), "The outside line, which is tried first."),
    Field::text(
        "extension",
        "The extension that rings where there is no outside line, or it does not take the call.",
    ),
];
/// A line to the outside.
pub const TRUNK: Shape = &[
    Field::text("host", "Its name or address.").needed(),
    Field::new("port", Kind::Port, "Its port; 5060 where nothing is said."),
];

/// Where emergency calls go.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EmergencyCalls")]
pub struct EmergencyJson {
    /// The outside line, which is tried first.
    trunk: Option<TrunkJson>,
    /// The extension that rings where there is no outside line, or it does not take the call.
    extension: Option<ExtensionNumber>,
    /// The numbers that call for help: those of the country, or the office's own.
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

/// `GET /emergency`.
pub async fn show(State(front): State<Shared>) -> Result<Json<EmergencyJson>, Problem> {
    document(&front).await.map(Json)
}

/// `PUT /emergency`: the whole of it; what is left out is none.
pub async fn put(State(front): State<Shared>, mut body: Body) -> Result<Response, Problem> {
    let (trunk, extension) = (body.object("trunk")?, body.text("extension")?);
    body.finish()?;
    let trunk = trunk.map(trunk_in).transpose()?;
    let extension = extension.map(|text| text.parse()).transpose().map_err(invalid)?;
    let kept = office::put(&front, move |settings| {
        settings.put_first_trunk(trunk);
        settings.emergency_extension = extension;
    });
    let kept = kept.await?.map_err(|faults| refused(&faults))?;
    Ok((status_of(kept), Json(document(&front).await?)).into_response())
}

impl TrunkJson {
    /// Where a trunk is.
    pub fn of(trunk: &Trunk) -> Self {
        Self { host: trunk.host.clone(), port: trunk.port }
    }
}

/// Where a line to the outside is.
pub fn trunk_in(mut body: Body) -> Result<(String, u16), Problem> {
    let (host, port) = (body.text("host")?, body.port("port")?);
    body.finish()?;
    let host =
        host.ok_or_else(|| Problem::invalid("say the trunk's host: {\"host\": \"sip.example.org\"}"))?;
    Ok((host, port.unwrap_or(TRUNK_PORT)))
}

/// The emergency numbers, where anything is said of them; that there are to be none must be confirmed (B8).
pub fn numbers(body: &mut Body) -> Result<Option<Option<Vec<EmergencyNumber>>>, Problem> {
    let said = body.said("emergency_numbers", Body::texts)?;
    let is_confirmed = body.yes_no("confirm_no_emergency_numbers")? == Some(true);
    let Some(Some(numbers)) = said else { return Ok(said.map(|_| None)) };
    if numbers.is_empty() && !is_confirmed {
        return Err(Problem::invalid(
            "no emergency number would be left: say \"confirm_no_emergency_numbers\": true if that is meant, or null to have those of the country",
        ));
    }
    let numbers = numbers.iter().map(|number| number.parse().map_err(invalid));
    numbers.collect::<Result<Vec<_>, _>>().map(|numbers| Some(Some(numbers)))
}

async fn document(front: &Front) -> Result<EmergencyJson, Problem> {
    let status = front.control.status().await?;
    let first = status.settings.trunks.first();
    Ok(EmergencyJson {
        numbers: front.emergency_numbers(&status.settings),
        trunk: first.map(TrunkJson::of),
        extension: status.settings.emergency_extension,
        ready: status.emergency_ready,
    })
}

fn invalid(error: IdError) -> Problem {
    Problem::invalid(error.0)
}
