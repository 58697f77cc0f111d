//! What can go wrong with a page, and the plain page that says so.
//!
//! A handler answers with a [`Trouble`]; the `visit` layer, which knows the visitor's language, writes the page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::assets;
use super::banners::Banners;
use super::page::show;
use super::words::Words;
use crate::control::Gone;

/// Why there is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No such page or thing.
    NotFound,
    /// The form did not come from a page of ours, or is from yesterday.
    Forged,
    /// The request was for another host.
    WrongHost,
    /// The form could not be read.
    Unreadable,
    /// More than fits.
    TooLarge,
    /// The page takes other methods.
    WrongMethod,
    /// The box is stopping.
    Stopping,
    /// Too many at once.
    Crowded,
    /// A fault of Perch itself.
    Bug,
}

impl Trouble {
    /// Its HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Stopping | Self::Crowded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The trouble behind a status that axum gave by itself.
    pub fn of(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::NOT_FOUND => Some(Self::NotFound),
            StatusCode::METHOD_NOT_ALLOWED => Some(Self::WrongMethod),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::TooLarge),
            status if status.is_client_error() => Some(Self::Unreadable),
            status if status.is_server_error() => Some(Self::Bug),
            _ => None,
        }
    }

    /// The page.
    pub fn page(self, words: Words, banners: Banners) -> Response {
        let (title, text) = match self {
            Self::NotFound => ("trouble-not-found", "trouble-not-found-text"),
            Self::Forged => ("trouble-forged", "trouble-forged-text"),
            Self::WrongHost => ("trouble-host", "trouble-host-text"),
            Self::Unreadable => ("trouble-unreadable", "trouble-unreadable-text"),
            Self::TooLarge => ("trouble-large", "trouble-large-text"),
            Self::WrongMethod => ("trouble-method", "trouble-method-text"),
            Self::Stopping => ("trouble-stopping", "trouble-stopping-text"),
            Self::Crowded => ("trouble-crowded", "trouble-crowded-text"),
            Self::Bug => ("trouble-bug", "trouble-bug-text"),
        };
        let page = Plain {
            words,
            banners,
            title: words.say(title),
            text: words.say(text),
            css: assets::css_address(),
        };
        show(self.status(), &page)
    }
}

/// Leaves only a mark; the `visit` layer writes the page.
impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Gone> for Trouble {
    fn from(_: Gone) -> Self {
        Self::Stopping
    }
}

#[derive(Template)]
#[template(path = "plain.html")]
struct Plain {
    words: Words,
    banners: Banners,
    css: &'static str,
    title: String,
    text: String,
}
