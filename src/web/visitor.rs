//! Who asks for a page: language, session, cookies; and the guards that stand before every page.
//!
//! [`visit`] is the layer around all pages: it refuses foreign hosts (DNS rebinding), finds the visitor, and turns a
//! [`Trouble`] into its page. [`Admin`] lets only the administrator through; [`Posted`] reads a form that carries its
//! token and comes from a page of ours.

use std::sync::Arc;
use std::time::Instant;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};

use super::banners::Banners;
use super::cookies;
use super::front::Shared;
use super::host::{self, WrongHost};
use super::random;
use super::sessions::{Role, Touch};
use super::trouble::Trouble;
use super::wire::Wire;
use super::words::{Words, preferred};
use crate::model::{Language, StatusView};

/// The header the page's own script sends when it refreshes.
pub const REFRESH_HEADER: &str = "x-perch-refresh";

/// The largest form.
pub const LARGEST_FORM: usize = 64 * 1024;

/// The step of set-up without which nothing else is shown.
const OFFICE: &str = "/setup/office";

/// Who asks.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The language: what the visitor chose, else the office's, else (before set-up, or where the pages do not speak the
    /// office's) what the browser asks for.
    pub words: Words,
    /// The language the visitor chose or the browser asks for, those of the voice alone included.
    pub asks_for: Language,
    /// The state of the box when the request came.
    pub status: Arc<StatusView>,
    /// The session's cookie and what it may do.
    pub session: Option<(String, Role)>,
    /// The cookie that stands in for a session before there is one.
    pub visit: String,
    /// The connection.
    pub wire: Wire,
    /// The path asked for.
    pub path: String,
    /// Whether an open page asks by itself, to exchange what has changed.
    pub refreshes: bool,
}

impl Visitor {
    /// Whether the administrator is signed in.
    pub fn is_admin(&self) -> bool {
        matches!(self.session, Some((_, Role::Administrator)))
    }

    /// The cookie that forms are tied to.
    pub fn cookie(&self) -> &str {
        self.session.as_ref().map_or(&self.visit, |(id, _)| id)
    }
}

/// The layer around all pages.
pub async fn visit(State(front): State<Shared>, mut request: Request, next: Next) -> Response {
    let asked_for = asked_language(&request);
    if let Err(wrong) = host::judge(request.headers(), request.uri(), &front.settings.names) {
        let trouble = match wrong {
            WrongHost::Unclear => Trouble::Unreadable,
            WrongHost::Foreign => Trouble::WrongHost,
        };
        return trouble.page(Words(asked_for.unwrap_or_default()), Banners::default());
    }
    let Ok(status) = front.control.status().await else {
        return Trouble::Stopping.page(Words(asked_for.unwrap_or_default()), Banners::default());
    };
    let (visitor, new_visit) = read_visitor(&front, &request, status);
    let link = query_language(request.uri().query());
    let shown = request.headers().get(header::IF_NONE_MATCH).filter(|_| visitor.refreshes).cloned();
    request.extensions_mut().insert(visitor.clone());
    let mut response = front.budget.hold(next.run(request).await).await;
    if let Some(trouble) = trouble_in(&response) {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = trouble.page(visitor.words, Banners::of(visitor.words, &visitor.status));
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    if visitor.refreshes && response.status() == StatusCode::OK {
        response = unless_shown(response, shown).await;
    }
    if let Some(language) = link {
        cookies::set(response.headers_mut(), cookies::LANGUAGE, language.code(), Some(cookies::YEAR));
    }
    if new_visit && response.headers().get(header::SET_COOKIE).is_none() {
        cookies::set(response.headers_mut(), cookies::VISIT, &visitor.visit, None);
    }
    response
}

/// A page that refreshes itself is spared what it shows already.
async fn unless_shown(response: Response, shown: Option<HeaderValue>) -> Response {
    if response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| *kind != super::page::HTML) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else { return Trouble::Bug.into_response() };
    let digest = Sha256::digest(&body);
    let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", random::hex(&digest[..12]))) else {
        return Response::from_parts(parts, body.into());
    };
    if shown.as_ref() == Some(&tag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    parts.headers.insert(header::ETAG, tag);
    Response::from_parts(parts, body.into())
}

/// What went wrong, where the answer is not a page yet.
fn trouble_in(response: &Response) -> Option<Trouble> {
    if let Some(trouble) = response.extensions().get::<Trouble>() {
        return Some(*trouble);
    }
    let html = HeaderValue::from_static(super::page::HTML);
    (response.headers().get(header::CONTENT_TYPE) != Some(&html))
        .then(|| Trouble::of(response.status()))
        .flatten()
}

fn read_visitor(front: &Shared, request: &Request, status: StatusView) -> (Visitor, bool) {
    let headers = request.headers();
    let by_itself =
        headers.contains_key(REFRESH_HEADER) || matches!(request.uri().path(), "/live" | "/panel.svg");
    let touch = if by_itself { Touch::Refresh } else { Touch::Use };
    let session = cookies::find(headers, cookies::SESSION)
        .and_then(|id| front.sessions.role_of(&id, touch, Instant::now()).map(|role| (id, role)));
    let visit = cookies::find(headers, cookies::VISIT).filter(|value| value.len() == 64);
    let new_visit = visit.is_none() && session.is_none();
    let office = status.settings.country.map(|_| status.settings.language).filter(|one| Words::speak(*one));
    let chosen = chosen_language(request);
    let accepted = accepted_language(request, &Words::LANGUAGES);
    let visitor = Visitor {
        words: Words(chosen.or(office).or(accepted).unwrap_or_default()),
        asks_for: chosen.or(accepted_language(request, &Language::ALL)).unwrap_or_default(),
        status: Arc::new(status),
        session,
        visit: visit.unwrap_or_else(random::token),
        wire: request.extensions().get::<Wire>().cloned().unwrap_or_default(),
        path: request.uri().path().to_owned(),
        refreshes: by_itself,
    };
    (visitor, new_visit)
}

/// The language before the office's own is known.
fn asked_language(request: &Request) -> Option<Language> {
    chosen_language(request).or_else(|| accepted_language(request, &Words::LANGUAGES))
}

fn chosen_language(request: &Request) -> Option<Language> {
    query_language(request.uri().query())
        .or_else(|| cookies::find(request.headers(), cookies::LANGUAGE).and_then(|code| page_language(&code)))
}

fn accepted_language(request: &Request, among: &[Language]) -> Option<Language> {
    let asked = request.headers().get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    preferred(asked, among)
}

fn query_language(query: Option<&str>) -> Option<Language> {
    query?.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(page_language)
}

fn page_language(code: &str) -> Option<Language> {
    code.parse().ok().filter(|language| Words::speak(*language))
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Trouble;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts.extensions.get::<Self>().cloned().ok_or(Trouble::Bug)
    }
}

/// A visitor who is the administrator.
#[derive(Debug, Clone)]
pub struct Admin(pub Visitor);

impl FromRequestParts<Shared> for Admin {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, front: &Shared) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, front).await.map_err(IntoResponse::into_response)?;
        if visitor.is_admin() {
            return if visitor.status.settings.country.is_none() && visitor.path != OFFICE {
                Err(Redirect::to(OFFICE).into_response())
            } else {
                Ok(Self(visitor))
            };
        }
        if !front.vault.has_password() {
            return Err(Redirect::to("/setup").into_response());
        }
        let back = match parts.method {
            Method::GET | Method::HEAD if visitor.path != "/" => format!("/login?next={}", visitor.path),
            _ => "/login".to_owned(),
        };
        Err(Redirect::to(&back).into_response())
    }
}

/// The fields of a form that carries its token.
#[derive(Debug, Clone, Default)]
pub struct Posted(Vec<(String, String)>);

impl Posted {
    /// A field's text, trimmed; empty where it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// A field's text as it was typed.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Whether a box was ticked.
    pub fn is_ticked(&self, name: &str) -> bool {
        !self.raw(name).is_empty()
    }
}

impl FromRequest<Shared> for Posted {
    type Rejection = Trouble;
    async fn from_request(request: Request, front: &Shared) -> Result<Self, Trouble> {
        let visitor = request.extensions().get::<Visitor>().cloned().ok_or(Trouble::Bug)?;
        if !is_own_origin(request.headers()) {
            return Err(Trouble::Forged);
        }
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
        if !is_form {
            return Err(Trouble::Unreadable);
        }
        let body = to_bytes(request.into_body(), LARGEST_FORM).await.map_err(|_| Trouble::TooLarge)?;
        let posted = Self(super::form::fields(&body).ok_or(Trouble::Unreadable)?);
        if front.sessions.csrf_fits(visitor.cookie(), posted.raw("csrf")) {
            Ok(posted)
        } else {
            Err(Trouble::Forged)
        }
    }
}

/// Whether a request with effects comes from a page of ours, as far as the browser says.
fn is_own_origin(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or(""));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
    }
}
