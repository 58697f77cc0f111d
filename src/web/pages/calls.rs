//! Call records, newest first, a page at a time.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::status::party;
use super::{Asked, names_of};
use crate::model::{CallKind, CallOutcome, CallRecord};
use crate::web::front::Shared;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::{Clock, span};
use crate::web::trouble::Trouble;
use crate::web::visitor::Admin;

/// How many records stand on a page.
const PER_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "calls.html")]
struct CallsPage {
    page: Page,
    rows: Vec<Row>,
    older: Option<String>,
    is_first: bool,
}

/// A record as it is shown.
struct Row {
    at: String,
    caller: String,
    callee: String,
    outcome: String,
    outcome_class: &'static str,
    lasted: String,
    is_emergency: bool,
}

/// `GET /calls`, with `?before=c17` for older ones.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let before = query.get("before").and_then(|text| text.parse().ok());
    let book = Arc::clone(&front.calls);
    let mut records = tokio::task::spawn_blocking(move || book.latest(before, PER_PAGE + 1))
        .await
        .map_err(|_| Trouble::Bug)?;
    let has_more = records.len() > PER_PAGE;
    records.truncate(PER_PAGE);
    let older = records.last().filter(|_| has_more).map(|record| format!("/calls?before={}", record.id));
    let names = names_of(&front.control.extensions().await?);
    let words = visitor.words;
    let clock = Clock::new(&visitor.status.settings.timezone, words, Timestamp::now());
    let row = |record: CallRecord| {
        let outcome = outcome(record.outcome);
        let talked = record.answered_after_ms.map(|after| span(record.lasted_ms.saturating_sub(after)));
        let callee = match &record.callee {
            Some(number) => party(Some(number.to_string()), names.get(number).map_or("", String::as_str)),
            None => record.dialled.clone(),
        };
        Row {
            at: clock.moment(record.started),
            caller: party(record.caller.extension.map(|number| number.to_string()), &record.caller.name),
            callee: if record.kind == CallKind::Voice { words.say("call-voice") } else { callee },
            outcome: words.say(outcome.0),
            outcome_class: outcome.1,
            lasted: talked.unwrap_or_default(),
            is_emergency: record.kind == CallKind::Emergency,
        }
    };
    let rows = records.into_iter().map(row).collect();
    let page = front.page(&visitor, Nav::Calls, "calls-title");
    Ok(write(StatusCode::OK, &CallsPage { page, rows, older, is_first: before.is_none() }))
}

fn outcome(outcome: CallOutcome) -> (&'static str, &'static str) {
    match outcome {
        CallOutcome::Answered => ("outcome-answered", "good"),
        CallOutcome::Cancelled => ("outcome-cancelled", "quiet"),
        CallOutcome::NotAnswered => ("outcome-not-answered", "quiet"),
        CallOutcome::Busy => ("outcome-busy", "quiet"),
        CallOutcome::Failed => ("outcome-failed", "bad"),
    }
}
