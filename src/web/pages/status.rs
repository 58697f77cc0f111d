//! The first page: who sits where, how far each phone has followed, calls, emergency calls, the panel.

use std::sync::atomic::Ordering;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::desk::{self, Desk};
use super::list::{Pager, Search};
use super::people::{self, Person};
use super::{Asked, lockouts, names_of, note};
use crate::model::{CallView, DeviceMode, DeviceView, EmergencyFate, EmergencyNotice, EmergencyRoute};
use crate::web::front::Shared;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted};
use crate::web::words::Words;
use crate::web::{notes, random};

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    page: Page,
    desks: Vec<Desk>,
    pager: Pager,
    anybody_in: bool,
    phones: Vec<Desk>,
    more_phones: usize,
    anybody: bool,
    people: Vec<Person>,
    waiting: usize,
    calls: Vec<CallRow>,
    more_calls: usize,
    lockouts: Vec<lockouts::Row>,
    emergencies: Vec<EmergencyRow>,
    panel: Option<String>,
}

/// How many rows the lists beside the hot desks show; the others are counted.
const BESIDE: usize = 50;

/// A call under way.
struct CallRow {
    caller: String,
    dialled: String,
    since: String,
    answered: bool,
}

/// An emergency call.
struct EmergencyRow {
    at: String,
    text: String,
    has_failed: bool,
}

/// `GET /`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let status = &visitor.status;
    let extensions = front.control.extensions().await?;
    let devices = front.control.devices().await?;
    let (names, search) = (names_of(&extensions), Search::of(&query));
    let clock = Clock::new(&status.settings.timezone, words, Timestamp::now());
    let waiting = devices.iter().filter(|device| device.admission.is_waiting()).count();
    let titles =
        |id| devices.iter().find(|one| one.id == id).map_or_else(|| id.to_string(), |one| one.title.clone());
    let emergencies = status.emergencies.iter().map(|notice| EmergencyRow {
        at: clock.moment(notice.at),
        text: emergency_text(words, notice, &titles(notice.device)),
        has_failed: notice.fate == EmergencyFate::Unanswered,
    });
    let accepted = devices.iter().filter(|device| device.admission.is_let_in());
    let found = accepted.filter(|device| desk::fits(&search, device, &names));
    let (hot, other): (Vec<_>, Vec<_>) = found.partition(|device| device.mode == DeviceMode::HotDesk);
    let (hot, pager) = search.cut("/", hot);
    let shown = |device: &&DeviceView| desk::desk(device, &names, status, &clock);
    let free = || extensions.iter().filter(|extension| extension.hotdesk);
    let page = StatusPage {
        page: front.page(&visitor, Nav::Status, "status-title").noted(note(&query)),
        desks: hot.iter().map(shown).collect(),
        pager,
        anybody_in: devices.iter().any(|device| device.login.is_some()),
        phones: other.iter().take(BESIDE).map(shown).collect(),
        more_phones: other.len().saturating_sub(BESIDE),
        anybody: free().next().is_some(),
        people: if visitor.refreshes { Vec::new() } else { people::listed(free()) },
        waiting,
        calls: status.calls.iter().take(BESIDE).map(|call| call_row(call, &clock)).collect(),
        more_calls: status.calls.len().saturating_sub(BESIDE),
        lockouts: lockouts::rows(status, (&extensions, &devices), &clock),
        emergencies: emergencies.collect(),
        panel: front.screen.borrow().as_deref().map(panel_address),
    };
    Ok(write(StatusCode::OK, &page))
}

fn call_row(call: &CallView, clock: &Clock) -> CallRow {
    CallRow {
        caller: party(call.caller.extension.as_ref().map(ToString::to_string), &call.caller.name),
        dialled: call.dialled.clone(),
        since: clock.moment(call.started),
        answered: call.answered,
    }
}

/// `POST /findings/read`: puts away what the start found.
pub async fn findings_read(State(front): State<Shared>, Admin(_): Admin, _: Posted) -> Response {
    front.findings_read.store(true, Ordering::Relaxed);
    notes::redirect("/", "findings-read")
}

/// `GET /panel.svg`: what the panel's screen shows.
pub async fn panel(State(front): State<Shared>, Admin(_): Admin) -> Result<Response, Trouble> {
    let picture = front.screen.borrow().clone().ok_or(Trouble::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response())
}

/// The picture's address changes with the picture, so that a page that refreshes itself sees it.
fn panel_address(picture: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(picture.as_bytes());
    format!("/panel.svg?v={}", random::hex(&digest[..6]))
}

/// `100 Ada Rossi`, or what of it is known.
pub fn party(number: Option<String>, name: &str) -> String {
    match number {
        Some(number) if name.is_empty() || name == number => number,
        Some(number) => format!("{number} {name}"),
        None if name.is_empty() => "–".to_owned(),
        None => name.to_owned(),
    }
}

fn emergency_text(words: Words, notice: &EmergencyNotice, device: &str) -> String {
    let place = match &notice.extension {
        Some(extension) => format!("{device} ({extension})"),
        None => device.to_owned(),
    };
    let key = match (&notice.outcome, notice.fate) {
        (EmergencyRoute::Trunk, EmergencyFate::UnderWay) => "emergency-out-under-way",
        (EmergencyRoute::Trunk, EmergencyFate::Answered) => "emergency-out-answered",
        (EmergencyRoute::Trunk, EmergencyFate::Unanswered) => "emergency-out-unanswered",
        (EmergencyRoute::Extension(_), EmergencyFate::UnderWay) => "emergency-inside-under-way",
        (EmergencyRoute::Extension(_), EmergencyFate::Answered) => "emergency-inside-answered",
        (EmergencyRoute::Extension(_), EmergencyFate::Unanswered) => "emergency-inside-unanswered",
        (EmergencyRoute::NoOutsideLine, _) => "emergency-nowhere",
    };
    words.say2(key, ("number", &notice.number), ("place", &place))
}
