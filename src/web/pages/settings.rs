//! Settings: the office, emergency calls, hot desks, the password, tokens and webhooks.

use std::time::Instant;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;

use super::confirm::{Question, ask};
use super::extension::hints;
use super::setup::{judged, signed_in};
use super::{Asked, codes, desks, emergency, note, office, tokens, webhooks};
use crate::config::apply;
use crate::config::fault::Part;
use crate::model::{OfficeSettings, Plan, Profile, Secret};
use crate::web::faults;
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    page: Page,
    office: Fields,
    choices: office::Choices,
    emergency: Fields,
    extensions: Vec<emergency::Choice>,
    numbers: emergency::Numbers,
    section: desks::Section,
    password: Fields,
    tokens: Vec<tokens::Row>,
    hooks: webhooks::Section,
    plan: Fields,
    codes: Vec<codes::Row>,
    features: Vec<codes::Choice>,
    profiles: Vec<codes::Choice>,
    hints: Vec<String>,
    version: &'static str,
}

/// The forms of this page; the one that was refused shows what was sent.
#[derive(Default)]
struct Forms {
    office: Option<Fields>,
    emergency: Option<Fields>,
    desks: Option<Fields>,
    logout: Option<Fields>,
    networks: Option<Fields>,
    password: Option<Fields>,
    plan: Option<Fields>,
    hook: Option<webhooks::Done>,
}

/// `GET /settings`.
pub async fn show(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    settings_page(&front, &visitor, StatusCode::OK, Forms::default(), note(&query)).await
}

/// `POST /settings/office`.
pub async fn save_office(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let mut fields = Fields::sent(&posted, &office::FIELDS);
    let wish = office::read(visitor.words, &posted, &mut fields);
    if let (Some(wish), false) = (wish, fields.is_faulty()) {
        match put(&front, move |settings| wish.put_into(settings)).await? {
            Ok(note) => return Ok(notes::redirect("/settings", note)),
            Err(faults) => fields = fields.refused(visitor.words, &faults),
        }
    }
    refused(&front, &visitor, Forms { office: Some(fields), ..Forms::default() }).await
}

/// `POST /settings/hot-desks`.
pub async fn save_hot_desks(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    const SENT: [&str; 4] = ["login_policy", "idle_calls", "after_restart", "lockout_minutes"];
    let read = desks::read_desks(visitor.words, &posted);
    match change(&front, &visitor, read, Fields::sent(&posted, &SENT)).await? {
        Ok(done) => Ok(done),
        Err(fields) => refused(&front, &visitor, Forms { desks: Some(fields), ..Forms::default() }).await,
    }
}

/// `POST /settings/auto-logout`.
pub async fn save_auto_logout(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let read = desks::read_logout(visitor.words, &posted);
    match change(&front, &visitor, read, Fields::sent(&posted, &["after", "idle", "at", "gone"])).await? {
        Ok(done) => Ok(done),
        Err(fields) => refused(&front, &visitor, Forms { logout: Some(fields), ..Forms::default() }).await,
    }
}

/// `POST /settings/networks`.
pub async fn save_networks(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let read = desks::read_networks(visitor.words, &posted);
    match change(&front, &visitor, read, Fields::sent(&posted, &["networks"])).await? {
        Ok(done) => Ok(done),
        Err(fields) => refused(&front, &visitor, Forms { networks: Some(fields), ..Forms::default() }).await,
    }
}

/// Makes a change that was read from a form; the form with its faults where it will not do.
async fn change(
    front: &Front,
    visitor: &Visitor,
    read: Result<desks::Change, Fields>,
    sent: Fields,
) -> Result<Result<Response, Fields>, Trouble> {
    let read = match read {
        Ok(read) => read,
        Err(fields) => return Ok(Err(fields)),
    };
    Ok(match put(front, read).await? {
        Ok(note) => Ok(notes::redirect("/settings", note)),
        Err(faults) => Err(sent.refused_at(visitor.words, &faults, |place| match place.part {
            Part::Network(..) => "networks".to_owned(),
            _ => place.field.to_owned(),
        })),
    })
}

/// `POST /settings/profile`: takes the codes of a profile.
pub async fn save_profile(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let mut fields = codes::fields_of(&visitor.status.settings.plan);
    match posted.text("profile").parse::<Profile>() {
        Ok(profile) => match put(&front, move |settings| settings.plan = Plan::profile(profile)).await? {
            Ok(note) => return Ok(notes::redirect("/settings", note)),
            Err(faults) => fields = fields.refused_at(words, &faults, |_| String::new()),
        },
        Err(_) => fields.fault("", words.say("fault-choice")),
    }
    refused(&front, &visitor, Forms { plan: Some(fields), ..Forms::default() }).await
}

/// `POST /settings/codes`.
pub async fn save_codes(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    match codes::save(&front, &visitor, &posted).await? {
        Ok(kept) => Ok(notes::redirect("/settings", notes::of_kept(kept, "saved"))),
        Err(fields) => refused(&front, &visitor, Forms { plan: Some(fields), ..Forms::default() }).await,
    }
}

/// `POST /settings/emergency`.
pub async fn save_emergency(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    match emergency::save(&front, &visitor, &posted).await? {
        Ok(kept) => Ok(notes::redirect("/settings", notes::of_kept(kept, "saved"))),
        Err(fields) => refused(&front, &visitor, Forms { emergency: Some(fields), ..Forms::default() }).await,
    }
}

/// `GET /settings/emergency/none`: asks whether the office is to have no emergency number at all.
pub async fn ask_no_numbers(State(front): State<Shared>, Admin(visitor): Admin) -> Response {
    no_numbers_page(&front, &visitor, None)
}

/// `POST /settings/emergency/none`.
pub async fn save_no_numbers(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    _: Posted,
) -> Result<Response, Trouble> {
    Ok(match emergency::remove_numbers(&front).await? {
        Ok(kept) => notes::redirect("/settings", notes::of_kept(kept, "saved")),
        Err(faults) => {
            let why = faults.first().map(|fault| faults::say(visitor.words, &fault.kind));
            no_numbers_page(&front, &visitor, why)
        }
    })
}

fn no_numbers_page(front: &Front, visitor: &Visitor, why: Option<String>) -> Response {
    let mut page = front.page(visitor, Nav::Settings, "emergency-none-title");
    let numbers = emergency::Numbers::of(front, &visitor.status.settings);
    let question = Question {
        text: page.say1("emergency-none-text", "numbers", numbers.now),
        action: "/settings/emergency/none".to_owned(),
        button: page.say("emergency-none"),
        back: "/settings".to_owned(),
    };
    let status = if why.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    page.note = why.map(|text| notes::Note { text, is_bad: true });
    ask(status, page, question)
}

/// `POST /settings/password`: asks for the present one, ends every other session.
pub async fn change_password(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let source = visitor.wire.source();
    let mut fields = judged(words, &posted);
    let mut wait = None;
    if !fields.is_faulty() {
        match front.logins.enter(source, Instant::now()) {
            Ok(()) => {
                let hash = front.vault.password().ok_or(Trouble::Bug)?;
                let present = Secret::new(posted.raw("present"));
                if front.hasher.fits(present, hash).await.map_err(|_| Trouble::Crowded)? {
                    front.logins.succeeded(source, Instant::now());
                } else {
                    fields.fault("present", words.say("login-wrong"));
                }
            }
            Err(left) => {
                let seconds = usize::try_from(left.as_secs() + 1).unwrap_or(usize::MAX);
                fields.fault("present", words.count("login-wait", seconds));
                wait = Some(seconds);
            }
        }
    }
    if !fields.is_faulty() {
        let password = Secret::new(posted.raw("password"));
        let hash = front.hasher.hash(password).await.map_err(|_| Trouble::Crowded)?;
        match front.vault.set_password(hash).await {
            Ok(()) => {
                tracing::info!("the administrator's password was changed");
                front.sessions.end_all();
                return Ok(signed_in(&front, "/settings?note=password-changed"));
            }
            Err(error) => {
                tracing::error!(%error, "the password could not be saved");
                fields.fault("", words.say("fault-not-saved"));
            }
        }
    }
    let mut response =
        refused(&front, &visitor, Forms { password: Some(fields), ..Forms::default() }).await?;
    if let Some(seconds) = wait {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// The page after something was done to webhooks.
pub async fn with_webhooks(
    front: &Front,
    visitor: &Visitor,
    status: StatusCode,
    done: webhooks::Done,
) -> Result<Response, Trouble> {
    settings_page(front, visitor, status, Forms { hook: Some(done), ..Forms::default() }, None).await
}

/// Changes the settings; the name of the note to show.
async fn put(
    front: &Front,
    change: impl FnOnce(&mut OfficeSettings) + Send + 'static,
) -> Result<Result<&'static str, Vec<crate::config::fault::Fault>>, Trouble> {
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = office.settings.clone();
        change(&mut settings);
        apply::put_settings(office, settings, rules, fresh)
    });
    Ok(edited.await?.map(|kept| notes::of_kept(kept, "saved")))
}

async fn refused(front: &Front, visitor: &Visitor, forms: Forms) -> Result<Response, Trouble> {
    settings_page(front, visitor, StatusCode::UNPROCESSABLE_ENTITY, forms, None).await
}

async fn settings_page(
    front: &Front,
    visitor: &Visitor,
    status: StatusCode,
    forms: Forms,
    note: Option<&str>,
) -> Result<Response, Trouble> {
    let mut page = front.page(visitor, Nav::Settings, "settings-title").noted(note);
    let settings = &visitor.status.settings;
    let clock = Clock::new(&settings.timezone, page.words, Timestamp::now());
    let mut hook = forms.hook.unwrap_or_default();
    page.note = hook.note.take().or(page.note);
    let mut section = desks::Section::of(page.words, settings);
    section.desks = forms.desks.unwrap_or(section.desks);
    section.logout = forms.logout.unwrap_or(section.logout);
    section.networks = forms.networks.unwrap_or(section.networks);
    let page = SettingsPage {
        choices: office::Choices::of(front, page.words),
        office: forms.office.unwrap_or_else(|| office::fields_of(settings)),
        emergency: forms.emergency.unwrap_or_else(|| emergency::fields_of(settings)),
        extensions: emergency::choices(front).await?,
        numbers: emergency::Numbers::of(front, settings),
        section,
        features: codes::features(page.words),
        profiles: codes::profiles(page.words),
        password: forms.password.unwrap_or_default(),
        tokens: tokens::rows(front, page.words, &clock),
        hooks: webhooks::section(front, &clock, hook),
        plan: forms.plan.unwrap_or_else(|| codes::fields_of(&settings.plan)),
        hints: hints(front, page.words, |_| true).await?,
        codes: codes::rows(page.words, &settings.plan),
        version: env!("CARGO_PKG_VERSION"),
        page,
    };
    Ok(write(status, &page))
}
