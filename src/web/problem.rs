//! Errors of the API as RFC 9457 problem details: a status, a title, and a sentence that says what to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::keep::KeepError;
use crate::control::Gone;
use crate::model::LoginRefusal;

/// The Content-Type of problems.
pub const PROBLEM: &str = "application/problem+json";

/// A problem, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// A name of the kind of problem; a URI reference (RFC 9457 §3.1.1) below `/problems/`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in a few words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here and what to do.
    detail: String,
    /// One entry for each fault of what was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<ProblemFault>,
    /// What would happen if it were confirmed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lines: Vec<String>,
}

/// One fault of what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProblemFault {
    /// The line in the file, from 1, where it came in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem of this kind. `kind` is one word, used in the type URI.
    pub fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            faults: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// With the faults found.
    pub fn with_faults(mut self, faults: Vec<ProblemFault>) -> Self {
        self.faults = faults;
        self
    }

    /// With what would happen.
    pub fn with_lines(mut self, lines: Vec<String>) -> Self {
        self.lines = lines;
        self
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    /// 400: it cannot be read.
    pub fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", "The request cannot be read", detail)
    }

    /// 422: it can be read and cannot be done.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "The request says something impossible",
            detail,
        )
    }

    /// 409: it does not fit the present state.
    pub fn conflict(kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    /// The problem behind a status that something else than a handler gave.
    pub fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(
                "there is no such address in the API: it begins with /api/v1/devices, for example",
            ),
            StatusCode::METHOD_NOT_ALLOWED => Self::wrong_method(),
            StatusCode::MISDIRECTED_REQUEST => Self::wrong_host(),
            StatusCode::UNAUTHORIZED => Self::no_token(),
            StatusCode::REQUEST_TIMEOUT => {
                Self::new(status, "slow", "It took too long", "send the whole request at once, and try again")
            }
            StatusCode::SERVICE_UNAVAILABLE => Self::crowded("the box is busy: try again in a few seconds"),
            status if status.is_server_error() => Self::new(
                status,
                "fault",
                "A fault of Perch",
                "this is a fault of Perch, not yours: try again",
            ),
            status => {
                let detail = "the request cannot be read: look at its address, in percent-encoded UTF-8, and its headers";
                Self::new(status, "unreadable", "The request cannot be read", detail)
            }
        }
    }

    /// 401.
    pub fn no_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "token",
            "A token is needed",
            "send \"Authorization: Bearer <token>\"; make a token with \"perch token\" on the box",
        )
    }

    /// 421.
    pub fn wrong_host() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "host",
            "This is not the name of the box",
            "ask by the box's address, or by a name that ends in .local",
        )
    }

    /// 405.
    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "The method does not fit",
            "this address does not take this method: the Allow header says which ones it takes",
        )
    }

    /// 503: too many at once.
    pub fn crowded(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", "Too many at once", detail)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        // Strings and numbers always serialise; an empty body still has its status.
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"perch\""));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            _ => {}
        }
        response
    }
}

impl From<Gone> for Problem {
    fn from(gone: Gone) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "Perch is stopping", gone.to_string())
    }
}

impl From<KeepError> for Problem {
    fn from(error: KeepError) -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "not-saved", "It could not be saved", error.to_string())
    }
}

impl From<LoginRefusal> for Problem {
    fn from(refusal: LoginRefusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            LoginRefusal::UnknownExtension => Self::not_found(detail),
            LoginRefusal::UnknownDevice => Self::not_found(detail),
            LoginRefusal::NotAllowed => Self::conflict("not-allowed", "The login is refused", detail),
            LoginRefusal::NotAHotDesk => Self::conflict("not-a-hot-desk", "The login is refused", detail),
            LoginRefusal::WrongPin => Self::conflict("wrong-pin", "The login is refused", detail),
            LoginRefusal::Locked => Self::conflict("locked", "The login is refused", detail),
            LoginRefusal::BusyElsewhere => Self::conflict("busy-elsewhere", "The login is refused", detail),
            LoginRefusal::AlreadyHere => Self::conflict("already-here", "The login is refused", detail),
        }
    }
}
