//! Webhooks, under Settings: who is sent the events and how that goes; adding one, trying it, removing it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::confirm::{Question, ask};
use super::settings::with_webhooks;
use crate::model::Event;
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes::{self, Note};
use crate::web::page::Nav;
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted};
use crate::web::webhooks::{AddError, Failure, MOST, PATIENCE, View, WishFault};
use crate::web::words::Words;

/// The section as it is shown.
pub struct Section {
    /// The receivers.
    pub rows: Vec<Row>,
    /// The form that adds one.
    pub fields: Fields,
    /// The events to choose from.
    pub events: [&'static str; Event::NAMES.len()],
    /// Whether the form names some.
    pub names_some: bool,
    /// The secret of one just added.
    pub secret: Option<String>,
}

/// A receiver as it is shown.
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// Which events it is sent.
    pub events: String,
    /// How its deliveries go.
    pub lines: Vec<String>,
    /// Whether they fail.
    pub is_failing: bool,
}

/// What was just done to webhooks, for the page that follows at once.
#[derive(Default)]
pub struct Done {
    /// The form, where it was refused.
    pub fields: Fields,
    /// The secret of a new one, shown this once.
    pub secret: Option<String>,
    /// What became of a test.
    pub note: Option<Note>,
}

/// The section, after this was done.
pub fn section(front: &Front, clock: &Clock, done: Done) -> Section {
    Section {
        rows: front.hooks.views().into_iter().map(|view| row(view, clock)).collect(),
        names_some: Event::NAMES.iter().any(|name| done.fields.is(name, "on")),
        fields: done.fields,
        events: Event::NAMES,
        secret: done.secret,
    }
}

fn row(view: View, clock: &Clock) -> Row {
    let words = clock.words;
    let mut lines = Vec::new();
    match (&view.failing, view.delivered) {
        (Some((since, why)), _) => {
            let since = clock.moment(Some(*since));
            lines.push(words.say2("webhooks-failing", ("since", &since), ("why", &why_not(words, why))));
        }
        (None, None) => lines.push(words.say("webhooks-none-yet")),
        (None, at) => lines.push(words.say1("webhooks-good", "when", clock.moment(at))),
    }
    if view.waiting > 0 {
        lines.push(words.count("webhooks-waiting", view.waiting));
    }
    if view.missed > 0 {
        lines.push(words.count("webhooks-missed", usize::try_from(view.missed).unwrap_or(usize::MAX)));
    }
    Row {
        id: view.id,
        url: view.url,
        events: if view.events.is_empty() { words.say("webhooks-all") } else { view.events.join(", ") },
        lines,
        is_failing: view.failing.is_some(),
    }
}

fn why_not(words: Words, failure: &Failure) -> String {
    match failure {
        Failure::Status(status) => words.say1("hook-status", "status", status),
        Failure::Slow => words.say1("hook-slow", "seconds", PATIENCE.as_secs()),
        Failure::Name => words.say("hook-name"),
        Failure::Unreachable => words.say("hook-unreachable"),
        Failure::Certificate => words.say("hook-certificate"),
        Failure::Garbled => words.say("hook-garbled"),
    }
}

/// `POST /settings/webhooks`: adds one and shows its secret, once.
pub async fn add(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let events = Event::NAMES.into_iter().filter(|name| posted.is_ticked(name)).map(str::to_owned).collect();
    let error = match front.hooks.add(posted.text("url"), events).await {
        Ok(receiver) => {
            let secret = Some(receiver.secret.expose().to_owned());
            return with_webhooks(&front, &visitor, StatusCode::OK, Done { secret, ..Done::default() }).await;
        }
        Err(error) => error,
    };
    let sent = Fields::sent(&posted, &["url"]);
    let mut fields = Event::NAMES.iter().fold(sent, |fields, name| fields.with(*name, posted.text(name)));
    match error {
        AddError::Wish(WishFault::Url) => fields.fault("url", words.say("fault-webhook-url")),
        AddError::Wish(WishFault::Event(_)) => fields.fault("", words.say("fault-choice")),
        AddError::TooMany => fields.fault("", words.say1("fault-webhook-many", "most", MOST)),
        AddError::Keep(error) => {
            tracing::error!(%error, "a webhook could not be saved");
            fields.fault("", words.say("fault-not-saved"));
        }
    }
    let done = Done { fields, ..Done::default() };
    with_webhooks(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, done).await
}

/// `POST /settings/webhooks/{id}/test`.
pub async fn test(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let note = match front.hooks.test(&id).await.ok_or(Trouble::NotFound)? {
        Ok(status) => Note { text: words.say1("webhooks-tested", "status", status), is_bad: false },
        Err(failure) => {
            let text = words.say1("webhooks-test-failed", "why", why_not(words, &failure));
            Note { text, is_bad: true }
        }
    };
    with_webhooks(&front, &visitor, StatusCode::OK, Done { note: Some(note), ..Done::default() }).await
}

/// `GET /settings/webhooks/{id}/remove`: asks first.
pub async fn ask_remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    let receiver = front.hooks.receiver(&id).ok_or(Trouble::NotFound)?;
    let page = front.page(&visitor, Nav::Settings, "webhooks-remove-title");
    let question = Question {
        text: page.say1("webhooks-remove-text", "url", receiver.url),
        action: format!("/settings/webhooks/{}/remove", receiver.id),
        button: page.say("webhooks-remove"),
        back: "/settings#webhooks".to_owned(),
    };
    Ok(ask(StatusCode::OK, page, question))
}

/// `POST /settings/webhooks/{id}/remove`.
pub async fn remove(
    State(front): State<Shared>,
    Admin(_): Admin,
    Path(id): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    match front.hooks.remove(&id).await {
        Ok(true) => Ok(notes::redirect("/settings", "webhook-removed")),
        Ok(false) => Err(Trouble::NotFound),
        Err(error) => {
            tracing::error!(%error, "a webhook could not be removed");
            Ok(notes::redirect("/settings", "not-saved"))
        }
    }
}
