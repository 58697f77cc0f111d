//! What every page has in common: language, office, navigation, warnings, the note about what was just done.

use std::sync::atomic::Ordering;

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::assets;
use super::banners::Banners;
use super::front::Front;
use super::notes;
use super::times::Clock;
use super::visitor::Visitor;
use super::words::Words;
use crate::model::DeviceId;

/// The Content-Type of pages.
pub const HTML: &str = "text/html; charset=utf-8";

/// Which part of the pages one is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    /// None: set-up and login.
    None,
    /// Who is where.
    Status,
    /// Devices.
    Phones,
    /// Extensions.
    Extensions,
    /// Call records.
    Calls,
    /// The journal.
    Journal,
    /// Settings.
    Settings,
}

impl Nav {
    /// The links, with their addresses and the keys of their names.
    const LINKS: [(Self, &'static str, &'static str); 6] = [
        (Self::Status, "/", "nav-status"),
        (Self::Phones, "/devices", "nav-phones"),
        (Self::Extensions, "/extensions", "nav-extensions"),
        (Self::Calls, "/calls", "nav-calls"),
        (Self::Journal, "/journal", "nav-journal"),
        (Self::Settings, "/settings", "nav-settings"),
    ];

    /// The events that change what pages of this part show; warnings stand on each.
    fn events(self) -> String {
        const DESKS: &str =
            "device-seen device-changed device-reachable logged-in logged-out stage-reached phone-late";
        let own = match self {
            Self::None | Self::Settings => "",
            Self::Status => &format!("{DESKS} logins-closed logins-opened call-started call-ended emergency"),
            Self::Phones => &format!("{DESKS} logins-closed logins-opened"),
            Self::Extensions => {
                "device-changed device-reachable logged-in logged-out logins-closed logins-opened"
            }
            Self::Calls => "call-ended",
            Self::Journal => "logged-in logged-out login-refused logins-closed logins-opened device-changed",
        };
        format!("{own} office-changed store-trouble").trim_start().to_owned()
    }
}

/// A link of the navigation.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub text: String,
    /// Whether it is the page one is on.
    pub here: bool,
}

/// What every page has in common.
#[derive(Debug, Clone)]
pub struct Page {
    /// The language.
    pub words: Words,
    /// The page's own title.
    pub title: String,
    /// The token of its forms.
    pub csrf: String,
    /// The office's name.
    pub office: String,
    /// The navigation; empty where nobody is signed in.
    pub links: Vec<Link>,
    /// Whether the administrator is signed in.
    pub signed_in: bool,
    /// What every page warns of.
    pub banners: Banners,
    /// What was just done, or why it was not.
    pub note: Option<notes::Note>,
    /// The links to the other languages.
    pub languages: Vec<Link>,
    /// The events that may change what this page shows.
    pub events: String,
    /// The one phone this page is about; empty where it is about more.
    pub device: String,
    /// The style sheet's address.
    pub css: &'static str,
    /// The script's address.
    pub script: &'static str,
}

impl Page {
    /// The page of this visitor, in this state of the box.
    pub fn new(front: &Front, visitor: &Visitor, nav: Nav, title: &str) -> Self {
        let Visitor { words, status, .. } = visitor;
        let words = *words;
        let signed_in = visitor.is_admin();
        let is_set_up = signed_in && nav != Nav::None && status.settings.country.is_some();
        let link = |(of, href, key): &(Nav, &str, &str)| Link {
            href: (*href).to_owned(),
            text: words.say(key),
            here: *of == nav,
        };
        Self {
            words,
            title: words.say(title),
            csrf: front.sessions.csrf_of(visitor.cookie()),
            office: status.settings.name.clone(),
            links: if is_set_up { Nav::LINKS.iter().map(link).collect() } else { Vec::new() },
            signed_in,
            banners: front.banners(visitor),
            note: None,
            languages: Words::LANGUAGES
                .into_iter()
                .map(|language| Link {
                    href: format!("{}?lang={language}", visitor.path),
                    text: words.say(&format!("language-{language}")),
                    here: language == words.0,
                })
                .collect(),
            events: nav.events(),
            device: String::new(),
            css: assets::css_address(),
            script: assets::script_address(),
        }
    }

    /// With a title of its own.
    pub fn titled(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// About one phone alone.
    pub fn about(mut self, device: DeviceId) -> Self {
        self.device = device.to_string();
        self
    }

    /// With the note that a redirect asked for.
    pub fn noted(mut self, name: Option<&str>) -> Self {
        self.note = name.and_then(|name| notes::find(self.words, name));
        self
    }

    /// The sentence of this key.
    pub fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// The sentence of this key with one value in it.
    pub fn say1(&self, key: &str, name: &'static str, value: impl ToString) -> String {
        self.words.say1(key, name, value)
    }

    /// The sentence of this key with a range of rows in it, and of how many.
    pub fn range(&self, key: &str, from: &usize, to: &usize, total: &usize) -> String {
        self.words.range(key, *from, *to, *total)
    }

    /// The sentence of this key for this many things.
    pub fn count(&self, key: &str, n: &usize) -> String {
        self.words.count(key, *n)
    }

    /// The two-letter code of the language.
    pub fn code(&self) -> &'static str {
        self.words.0.code()
    }
}

impl Front {
    /// What this visitor is warned of.
    fn banners(&self, visitor: &Visitor) -> Banners {
        let Visitor { words, status, .. } = visitor;
        let banners = Banners::of(*words, status);
        if !visitor.is_admin() || self.findings_read.load(Ordering::Relaxed) {
            return banners;
        }
        let clock = Clock::new(&status.settings.timezone, *words, Timestamp::now());
        banners.with_findings(*words, &clock, status)
    }

    /// A page for this visitor.
    pub fn page(&self, visitor: &Visitor, nav: Nav, title: &str) -> Page {
        Page::new(self, visitor, nav, title)
    }
}

/// Writes a page.
pub fn show(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            // A string grows by doubling; a slow reader is to hold what it needs, no more.
            let mut response = (status, html.into_boxed_str().into_string()).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML));
            response
        }
        // Only a failing Display can do this, and ours do not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
