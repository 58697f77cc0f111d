//! The journal: logins and their ends, refusals and changes, newest first, a page at a time; and the whole of it as a file
//! (B14).

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::desk::method_key;
use super::status::party;
use super::{Asked, names_of};
use crate::model::{At, AuditEntry, AuditFact, Deed, ExtensionNumber, Locked, LogoutReason};
use crate::web::form::encode;
use crate::web::front::Shared;
use crate::web::journal::{ALL, Wanted, csv_file, json_file};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Visitor};

/// How many entries stand on a page.
const PER_PAGE: usize = 50;

/// What of a query is a filter, in the order of the form's fields.
const FILTERS: [&str; 4] = ["extension", "device", "from", "to"];

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    page: Page,
    rows: Vec<Row>,
    /// What the fields of the filter hold, as it was typed.
    asked: [String; 4],
    is_filtered: bool,
    /// What leads to the same entries as files.
    query: String,
    older: Option<String>,
    is_first: bool,
}

/// An entry as it is shown.
struct Row {
    at: String,
    what: String,
    is_bad: bool,
    who: String,
    place: String,
    why: String,
}

/// `GET /journal`, with `?before=17` for older ones.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let mut entries = read(&front, &visitor, &query, PER_PAGE + 1).await?;
    let has_more = entries.len() > PER_PAGE;
    entries.truncate(PER_PAGE);
    let asked = FILTERS.map(|name| query.get(name).cloned().unwrap_or_default());
    let is_first = !query.contains_key("before");
    let query = query_of(&asked);
    let address = |entry: &AuditEntry| format!("/journal?{query}before={}", entry.number);
    let older = entries.last().filter(|_| has_more).map(address);
    let names = names_of(&front.control.extensions().await?);
    let clock = Clock::new(&visitor.status.settings.timezone, visitor.words, Timestamp::now());
    let rows = entries.iter().map(|entry| row(entry, &names, &clock)).collect();
    let page = front.page(&visitor, Nav::Journal, "journal-title");
    let is_filtered = !query.is_empty();
    Ok(write(StatusCode::OK, &JournalPage { page, rows, asked, is_filtered, query, older, is_first }))
}

/// `GET /journal.csv`.
pub async fn csv(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    Ok(csv_file(&read(&front, &visitor, &query, ALL).await?))
}

/// `GET /journal.json`.
pub async fn json(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    Ok(json_file(&read(&front, &visitor, &query, ALL).await?))
}

/// The newest entries that fit; none fits what cannot be understood.
async fn read(
    front: &Shared,
    visitor: &Visitor,
    query: &BTreeMap<String, String>,
    limit: usize,
) -> Result<Vec<AuditEntry>, Trouble> {
    match Wanted::of(query, &visitor.status.settings.timezone) {
        Ok(wanted) => wanted.read(front, limit).await.ok_or(Trouble::Bug),
        Err(_) => Ok(Vec::new()),
    }
}

/// The filter as the begin of a query.
fn query_of(asked: &[String; 4]) -> String {
    let used = FILTERS.iter().zip(asked).filter(|(_, text)| !text.is_empty());
    used.map(|(name, text)| format!("{name}={}&", encode(text))).collect()
}

fn row(entry: &AuditEntry, names: &BTreeMap<ExtensionNumber, String>, clock: &Clock) -> Row {
    let words = clock.words;
    let called = |number: &ExtensionNumber| {
        party(Some(number.to_string()), names.get(number).map_or("", String::as_str))
    };
    let address = match &entry.what {
        AuditFact::LoginRefused { at: At::Address(address), .. } => Some(address.to_string()),
        AuditFact::LoginsClosed { locked } | AuditFact::LoginsOpened { locked } => {
            matches!(locked, Locked::Address(_)).then(|| locked.to_string())
        }
        _ => None,
    };
    let phone = entry.what.device().map(|(id, title)| match title {
        "" => id.to_string(),
        title => title.to_owned(),
    });
    let tenant = match &entry.what {
        AuditFact::Tenant { tenant, .. } => Some(tenant.to_string()),
        _ => None,
    };
    Row {
        at: clock.moment(entry.at),
        what: match &entry.what {
            AuditFact::MoreRefused { count } => words.count("journal-more-refused", *count as usize),
            AuditFact::MoreChanged { count } => words.count("journal-more-changed", *count as usize),
            what => words.say(key_of(what)),
        },
        is_bad: matches!(
            entry.what,
            AuditFact::LoginRefused { .. } | AuditFact::MoreRefused { .. } | AuditFact::LoginsClosed { .. }
        ),
        who: entry.what.extension().map(called).or(tenant).unwrap_or_default(),
        place: phone.or(address).unwrap_or_default(),
        why: match &entry.what {
            AuditFact::LoggedIn { method, .. } => words.say(method_key(*method)),
            AuditFact::LoggedOut { reason, since, .. } => words.say2(
                "journal-ended",
                ("why", &words.say(reason_key(*reason))),
                ("since", &clock.moment(*since)),
            ),
            AuditFact::LoginRefused { refusal, .. } => words.say(notes::of_refusal(*refusal)),
            _ => String::new(),
        },
    }
}

/// What happened, in a word or two.
fn key_of(what: &AuditFact) -> &'static str {
    match what {
        AuditFact::LoggedIn { .. } => "journal-logged-in",
        AuditFact::LoggedOut { .. } => "journal-logged-out",
        AuditFact::LoginRefused { .. } => "journal-refused",
        AuditFact::MoreRefused { .. } => "journal-more-refused",
        AuditFact::LoginsClosed { .. } => "journal-closed",
        AuditFact::LoginsOpened { .. } => "journal-opened",
        AuditFact::Tenant { deed: Deed::Added, .. } => "journal-tenant-added",
        AuditFact::Tenant { deed: Deed::Changed, .. } => "journal-tenant-changed",
        AuditFact::Tenant { deed: Deed::Removed, .. } => "journal-tenant-removed",
        AuditFact::Extension { deed: Deed::Added, .. } => "journal-extension-added",
        AuditFact::Extension { deed: Deed::Changed, .. } => "journal-extension-changed",
        AuditFact::Extension { deed: Deed::Removed, .. } => "journal-extension-removed",
        AuditFact::Device { deed: Deed::Added, .. } => "journal-phone-added",
        AuditFact::Device { deed: Deed::Changed, .. } => "journal-phone-changed",
        AuditFact::Device { deed: Deed::Removed, .. } => "journal-phone-removed",
        AuditFact::MoreChanged { .. } => "journal-more-changed",
    }
}

fn reason_key(reason: LogoutReason) -> &'static str {
    match reason {
        LogoutReason::Code => "ended-code",
        LogoutReason::Page => "ended-page",
        LogoutReason::Api => "ended-api",
        LogoutReason::Moved => "ended-moved",
        LogoutReason::Displaced => "ended-displaced",
        LogoutReason::ExtensionRemoved => "ended-extension-removed",
        LogoutReason::DeviceRemoved => "ended-device-removed",
        LogoutReason::OtherPhone => "ended-other-phone",
        LogoutReason::PhoneNative => "ended-phone-native",
        LogoutReason::Age => "ended-age",
        LogoutReason::Idle => "ended-idle",
        LogoutReason::Clock => "ended-clock",
        LogoutReason::Gone => "ended-gone",
        LogoutReason::Restart => "ended-restart",
    }
}
