//! Set-up, in five steps: the code, a password, the office, its extensions, where emergency calls go.
//!
//! The first two are for whoever holds the set-up code; from the password on it is the administrator who goes on. Each
//! step saves, so that set-up can be left and taken up again.

use std::collections::BTreeMap;
use std::time::Instant;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::extension::hints;
use super::list::{Pager, Search};
use super::{Asked, codes, emergency, extensions, note, office};
use crate::config::apply;
use crate::model::{Plan, Profile, Secret};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::page::{Nav, Page, show as write};
use crate::web::password::{self, Weakness};
use crate::web::sessions::Role;
use crate::web::setup_code::Try;
use crate::web::trouble::Trouble;
use crate::web::vault::FirstPasswordError;
use crate::web::visitor::{Admin, Posted, Visitor};
use crate::web::words::Words;
use crate::web::{cookies, notes};

#[derive(Template)]
#[template(path = "setup_code.html")]
struct CodePage {
    page: Page,
    step: usize,
    fields: Fields,
}

#[derive(Template)]
#[template(path = "setup_password.html")]
struct PasswordPage {
    page: Page,
    step: usize,
    fields: Fields,
    shortest: usize,
}

#[derive(Template)]
#[template(path = "setup_office.html")]
struct OfficePage {
    page: Page,
    step: usize,
    fields: Fields,
    choices: office::Choices,
    profiles: Vec<codes::Choice>,
}

#[derive(Template)]
#[template(path = "setup_extensions.html")]
struct ExtensionsPage {
    page: Page,
    step: usize,
    fields: Fields,
    rows: Vec<extensions::Row>,
    pager: Pager,
    hints: Vec<String>,
}

#[derive(Template)]
#[template(path = "setup_emergency.html")]
struct EmergencyPage {
    page: Page,
    step: usize,
    fields: Fields,
    choices: Vec<emergency::Choice>,
    numbers: emergency::Numbers,
}

/// `GET /setup`: the step that is next.
pub async fn show(State(front): State<Shared>, visitor: Visitor) -> Response {
    if front.vault.has_password() {
        let to = match visitor.status.settings.country {
            _ if !visitor.is_admin() => "/login?next=/setup",
            None => "/setup/office",
            Some(_) => "/",
        };
        return Redirect::to(to).into_response();
    }
    match visitor.session {
        Some((_, Role::SetUp)) => password_page(&front, &visitor, StatusCode::OK, Fields::new()),
        _ => code_page(&front, &visitor, StatusCode::OK, Fields::new()),
    }
}

/// `POST /setup/code`.
pub async fn code(State(front): State<Shared>, visitor: Visitor, posted: Posted) -> Response {
    if front.vault.has_password() {
        return notes::redirect("/login", "set-up-done");
    }
    let words = visitor.words;
    let mut fields = Fields::new();
    match front.setup.try_with(posted.text("code")) {
        Try::Right => {
            let id = front.sessions.begin(Role::SetUp, Instant::now());
            let mut response = Redirect::to("/setup").into_response();
            cookies::set(response.headers_mut(), cookies::SESSION, &id, None);
            return response;
        }
        Try::Wrong(left) => {
            tracing::warn!(source = %visitor.wire.source(), left, "a wrong set-up code");
            match left {
                0 => fields.fault("code", words.say("setup-code-spent")),
                _ => fields.fault("code", words.count("setup-code-wrong", usize::from(left))),
            }
        }
        Try::Spent => fields.fault("code", words.say("setup-code-spent")),
    }
    code_page(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields)
}

/// `POST /setup/password`.
pub async fn password(
    State(front): State<Shared>,
    visitor: Visitor,
    posted: Posted,
) -> Result<Response, Trouble> {
    if front.vault.has_password() {
        return Ok(notes::redirect("/login", "set-up-done"));
    }
    let Some((session, Role::SetUp)) = visitor.session.clone() else {
        return Ok(notes::redirect("/setup", "code-again"));
    };
    let fields = judged(visitor.words, &posted);
    if fields.is_faulty() {
        return Ok(password_page(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields));
    }
    let hash = front.hasher.hash(Secret::new(posted.raw("password"))).await.map_err(|_| Trouble::Crowded)?;
    match front.vault.set_first_password(hash).await {
        Ok(()) => {
            tracing::info!("the administrator's password was set");
            front.sessions.end(&session);
            front.logins.succeeded(visitor.wire.source(), Instant::now());
            Ok(signed_in(&front, "/setup/office"))
        }
        Err(FirstPasswordError::AlreadySet) => Ok(notes::redirect("/login", "set-up-done")),
        Err(FirstPasswordError::Keep(error)) => {
            tracing::error!(%error, "the password could not be saved");
            let mut fields = Fields::new();
            fields.fault("", visitor.words.say("fault-not-saved"));
            Ok(password_page(&front, &visitor, StatusCode::INSUFFICIENT_STORAGE, fields))
        }
    }
}

/// What is wrong with a new password and its repetition.
pub fn judged(words: Words, posted: &Posted) -> Fields {
    let mut fields = Fields::new();
    let wrong = match password::judge(posted.raw("password")) {
        Ok(()) => None,
        Err(Weakness::Short) => Some(words.say1("password-short", "shortest", password::SHORTEST)),
        Err(Weakness::Long) => Some(words.say1("password-long", "longest", password::LONGEST)),
        Err(Weakness::Simple) => Some(words.say("password-simple")),
        Err(Weakness::Common) => Some(words.say("password-common")),
    };
    match wrong {
        Some(sentence) => fields.fault("password", sentence),
        None if posted.raw("password") != posted.raw("again") => {
            fields.fault("again", words.say("password-differs"));
        }
        None => {}
    }
    fields
}

/// Goes to a page as the administrator, with a new session.
pub fn signed_in(front: &Front, to: &str) -> Response {
    let id = front.sessions.begin(Role::Administrator, Instant::now());
    let mut response = Redirect::to(to).into_response();
    cookies::set(response.headers_mut(), cookies::SESSION, &id, None);
    cookies::clear(response.headers_mut(), cookies::VISIT);
    response
}

/// `GET /setup/office`.
pub async fn office(State(front): State<Shared>, Admin(visitor): Admin) -> Response {
    let settings = &visitor.status.settings;
    let fields = match settings.country {
        Some(_) => office::fields_of(settings),
        None => Fields::new().with("language", visitor.asks_for),
    };
    office_page(&front, &visitor, StatusCode::OK, fields.with("plan", "all"))
}

/// `POST /setup/office`.
pub async fn save_office(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let mut fields = Fields::sent(&posted, &office::FIELDS).with("plan", posted.text("plan"));
    let wish = office::read(words, &posted, &mut fields);
    if let (Some(wish), false) = (wish, fields.is_faulty()) {
        let profile = posted.text("plan").parse().unwrap_or(Profile::All);
        let edited = front.edit(move |office, rules, fresh| {
            let mut settings = office.settings.clone();
            let is_first = settings.country.is_none();
            wish.put_into(&mut settings);
            if is_first {
                settings.plan = Plan::profile(profile);
            }
            apply::put_settings(office, settings, rules, fresh)
        });
        match edited.await? {
            Ok(_) => return Ok(Redirect::to("/setup/extensions").into_response()),
            Err(faults) => fields = fields.refused(words, &faults),
        }
    }
    Ok(office_page(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields))
}

/// `GET /setup/extensions`.
pub async fn extensions(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let fields = Fields::new().with("hotdesk", "on");
    extensions_page(&front, &visitor, StatusCode::OK, fields, &query).await
}

/// `POST /setup/extensions`.
pub async fn add_extension(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    match extensions::add_from(&front, &visitor, &posted).await? {
        Ok(_) => Ok(notes::redirect("/setup/extensions", "extension-added")),
        Err(fields) => {
            extensions_page(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields, &BTreeMap::new())
                .await
        }
    }
}

/// `GET /setup/emergency`.
pub async fn emergency(State(front): State<Shared>, Admin(visitor): Admin) -> Result<Response, Trouble> {
    let fields = emergency::fields_of(&visitor.status.settings);
    emergency_page(&front, &visitor, StatusCode::OK, fields).await
}

/// `POST /setup/emergency`.
pub async fn save_emergency(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    match emergency::save(&front, &visitor, &posted).await? {
        Ok(_) => Ok(notes::redirect("/devices", "welcome")),
        Err(fields) => emergency_page(&front, &visitor, StatusCode::UNPROCESSABLE_ENTITY, fields).await,
    }
}

fn code_page(front: &Front, visitor: &Visitor, status: StatusCode, fields: Fields) -> Response {
    let page = front.page(visitor, Nav::None, "setup-code-title");
    write(status, &CodePage { page, step: 1, fields })
}

fn password_page(front: &Front, visitor: &Visitor, status: StatusCode, fields: Fields) -> Response {
    let page = front.page(visitor, Nav::None, "setup-password-title");
    write(status, &PasswordPage { page, step: 2, fields, shortest: password::SHORTEST })
}

fn office_page(front: &Front, visitor: &Visitor, status: StatusCode, fields: Fields) -> Response {
    let page = front.page(visitor, Nav::None, "setup-office-title");
    let choices = office::Choices::of(front, page.words);
    let profiles = codes::profiles(page.words);
    write(status, &OfficePage { page, step: 3, fields, choices, profiles })
}

async fn extensions_page(
    front: &Front,
    visitor: &Visitor,
    status: StatusCode,
    fields: Fields,
    query: &BTreeMap<String, String>,
) -> Result<Response, Trouble> {
    let page = front.page(visitor, Nav::None, "setup-extensions-title").noted(note(query));
    let hints = hints(front, visitor.words, |_| true).await?;
    let (rows, pager) =
        extensions::rows(front, &visitor.status, &Search::of(query), "/setup/extensions").await?;
    Ok(write(status, &ExtensionsPage { page, step: 4, fields, rows, pager, hints }))
}

async fn emergency_page(
    front: &Front,
    visitor: &Visitor,
    status: StatusCode,
    fields: Fields,
) -> Result<Response, Trouble> {
    let page = front.page(visitor, Nav::None, "setup-emergency-title");
    let choices = emergency::choices(front).await?;
    let numbers = emergency::Numbers::of(front, &visitor.status.settings);
    Ok(write(status, &EmergencyPage { page, step: 5, fields, choices, numbers }))
}
