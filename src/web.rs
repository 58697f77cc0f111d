//! What the box serves over HTTP: set-up and pages for people, an API for programs, files for phones, and the control
//! socket for the command line.
//!
//! Everything is asked of the exchange through [`Control`]; what is kept here is who is signed in. The pages work
//! without JavaScript; with it they refresh themselves. Phone files are rendered by `provision` and sent by `phones`.
//!
//! Not here: who is logged in where (`exchange`), what a phone's file says (`provision`), what an office may be
//! (`config`), the sockets' addresses (`app`).

#![allow(clippy::disallowed_methods, reason = "above the I/O line: here the clock is read")]

mod api;
mod assets;
mod banners;
mod budget;
mod choices;
mod cookies;
mod csv;
mod faults;
mod feed;
mod fields;
mod flush;
mod form;
mod front;
mod headers;
mod host;
mod journal;
mod keep;
mod local;
mod metered;
mod notes;
mod page;
mod pages;
mod password;
mod phones;
mod problem;
mod random;
mod serve;
mod sessions;
mod setup_code;
mod throttle;
mod times;
mod trouble;
mod vault;
mod visitor;
mod webhooks;
mod wire;
mod words;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;

pub use front::WebSettings;
pub use keep::{AuditBook, CallBook, Keep, KeepError, Soon};
pub use serve::{CONNECTIONS, serve, serve_local};
pub use wire::Wire;

use crate::control::Control;
use crate::model::{Country, Mac, Secret};
use feed::Feed;
use front::{Front, Shared};
use trouble::Trouble;

/// What the pages are made of.
pub struct WebParts {
    /// The way to the exchange.
    pub control: Control,
    /// Where password and tokens are kept.
    pub keep: Arc<dyn Keep>,
    /// The call records.
    pub calls: Arc<dyn CallBook>,
    /// The journal.
    pub audit: Arc<dyn AuditBook>,
    /// The countries whose emergency numbers are known, with them.
    pub countries: BTreeMap<Country, Vec<String>>,
    /// The picture on the panel's screen, as SVG.
    pub screen: watch::Receiver<Option<String>>,
    /// How the pages are served.
    pub settings: WebSettings,
    /// Whether the network itself says that the machine with this MAC, and no other, has that address.
    pub lives_at: fn(Mac, IpAddr) -> bool,
}

/// The pages, the API, the downloads and the control socket over one state.
pub struct Web {
    front: Shared,
}

impl Web {
    /// Reads what is kept and begins to listen to the events. Must be called where tokio runs.
    pub fn open(parts: WebParts) -> Result<Self, KeepError> {
        let WebParts { control, keep, calls, audit, countries, screen, settings, lives_at } = parts;
        let (feed, hooks) = (Arc::new(Feed::new()), Arc::new(webhooks::Webhooks::open(Arc::clone(&keep))?));
        let told = Arc::clone(&hooks);
        tokio::spawn(Arc::clone(&feed).listen(control.events(), move |news| told.handle(&news)));
        let front = Front {
            control,
            calls,
            audit,
            vault: vault::Vault::open(keep)?,
            countries: Arc::new(countries),
            screen,
            settings,
            sessions: sessions::Sessions::new(),
            logins: throttle::Throttle::new(),
            setup: setup_code::SetupCode::new(),
            hasher: password::Hasher::new(),
            feed,
            hooks,
            budget: budget::Budget::new(),
            findings_read: AtomicBool::new(false),
            phones: phones::PhoneDesk::default(),
            lives_at,
        };
        Ok(Self { front: Arc::new(front) })
    }

    /// What the HTTP port serves.
    pub fn router(&self) -> Router {
        let front = &self.front;
        let seen = |router: Router<Shared>| {
            router
                .layer(from_fn(headers::private))
                .layer(from_fn_with_state(Arc::clone(front), visitor::visit))
        };
        let lost = seen(Router::new().fallback(async || Trouble::NotFound));
        Router::new()
            .merge(seen(pages::routes()))
            .merge(assets::routes())
            .merge(phones::routes())
            .route("/health", get(health))
            .nest("/api/v1", api::routes(front))
            .fallback_service(lost.with_state(Arc::clone(front)))
            .layer(from_fn_with_state(Arc::clone(front), phones::at_root))
            .layer(from_fn(headers::common))
            .layer(from_fn(serve::deadline))
            .layer(from_fn(api::problems))
            .with_state(Arc::clone(front))
    }

    /// What the control socket serves.
    pub fn control_router(&self) -> Router {
        let problems = map_response(async |response| api::told_as_problem(response));
        local::routes().layer(from_fn(serve::deadline)).layer(problems).with_state(Arc::clone(&self.front))
    }

    /// The set-up code, as it is shown to the owner; `None` once there is a password.
    pub fn setup_code(&self) -> Option<Secret> {
        (!self.front.vault.has_password()).then(|| Secret::new(self.front.setup.show()))
    }
}

/// `GET /health`: whether the exchange answers.
async fn health(State(front): State<Shared>) -> Response {
    let json = |status: axum::http::StatusCode, text: &'static str| {
        (status, [(axum::http::header::CONTENT_TYPE, "application/json")], text).into_response()
    };
    match front.control.status().await {
        Ok(_) => json(axum::http::StatusCode::OK, r#"{"status":"ok"}"#),
        Err(_) => json(axum::http::StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"stopping"}"#),
    }
}
