//! Signing in and out.

use std::time::{Duration, Instant};

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::setup::signed_in;
use super::{Asked, note};
use crate::model::Secret;
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::page::{Nav, Page, show as write};
use crate::web::trouble::Trouble;
use crate::web::visitor::{Posted, Visitor};
use crate::web::{cookies, notes};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    fields: Fields,
    next: String,
}

/// `GET /login`.
pub async fn show(State(front): State<Shared>, visitor: Visitor, Query(query): Asked) -> Response {
    let next = own_path(query.get("next").map_or("", String::as_str));
    if !front.vault.has_password() {
        return Redirect::to("/setup").into_response();
    }
    if visitor.is_admin() {
        return Redirect::to(&next).into_response();
    }
    login_page(&front, &visitor, StatusCode::OK, (Fields::new(), next), note(&query))
}

/// `POST /login`.
pub async fn sign_in(
    State(front): State<Shared>,
    visitor: Visitor,
    posted: Posted,
) -> Result<Response, Trouble> {
    let next = own_path(posted.text("next"));
    let Some(hash) = front.vault.password() else {
        return Ok(Redirect::to("/setup").into_response());
    };
    let source = visitor.wire.source();
    let words = visitor.words;
    if let Err(wait) = front.logins.enter(source, Instant::now()) {
        return Ok(wait_page(&front, &visitor, next, wait));
    }
    let fits =
        front.hasher.fits(Secret::new(posted.raw("password")), hash).await.map_err(|_| Trouble::Crowded)?;
    if fits {
        front.logins.succeeded(source, Instant::now());
        if let Some((former, _)) = &visitor.session {
            front.sessions.end(former);
        }
        return Ok(signed_in(&front, &next));
    }
    tracing::warn!(%source, "a wrong administrator password");
    let mut fields = Fields::new();
    fields.fault("password", words.say("login-wrong"));
    Ok(login_page(&front, &visitor, StatusCode::FORBIDDEN, (fields, next), None))
}

/// `POST /logout`.
pub async fn sign_out(State(front): State<Shared>, visitor: Visitor, _: Posted) -> Response {
    if let Some((id, _)) = &visitor.session {
        front.sessions.end(id);
    }
    let mut response = notes::redirect("/login", "signed-out");
    cookies::clear(response.headers_mut(), cookies::SESSION);
    response
}

fn wait_page(front: &Front, visitor: &Visitor, next: String, wait: Duration) -> Response {
    let seconds = usize::try_from(wait.as_secs() + 1).unwrap_or(usize::MAX);
    let mut fields = Fields::new();
    fields.fault("password", visitor.words.count("login-wait", seconds));
    let mut response = login_page(front, visitor, StatusCode::TOO_MANY_REQUESTS, (fields, next), None);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn login_page(
    front: &Front,
    visitor: &Visitor,
    status: StatusCode,
    (fields, next): (Fields, String),
    note: Option<&str>,
) -> Response {
    let page = front.page(visitor, Nav::None, "login-title").noted(note);
    write(status, &LoginPage { page, fields, next })
}

/// A path on this box; anything else is the first page, so that no link leads away through the login.
fn own_path(path: &str) -> String {
    let fits = path.len() <= 200
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'));
    if fits { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_login_leads_only_to_pages_of_this_box() {
        assert_eq!(own_path("/devices/d7"), "/devices/d7");
        for foreign in ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a?b", "/a\r\nb"] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }
}
