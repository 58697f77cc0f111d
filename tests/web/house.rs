//! A box in memory: the real exchange behind its inbox, a disc that is fast, slow or full, and the web room in front.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use perch::control::{Control, Inbox, NumberedEvent, Request as Asked};
use perch::exchange::dialplan::emergency;
use perch::exchange::{ChallengeForm, Exchange, Input, ModelFacts, Output, Settings};
use perch::model::{
    Announcement, At, AuditEntry, CallId, CallRecord, Change, Country, DeviceId, Locked, LockoutView, Now,
    Sighting, Snapshot, StartFinding, StatusView, StoreTrouble,
};
use perch::provision;
use perch::web::{AuditBook, CallBook, Keep, KeepError, Soon, Web, WebParts, WebSettings, Wire};
use tokio::sync::watch;
use tower::ServiceExt;

/// The box's own address.
pub const BOX: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// How the disc is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disc {
    /// Everything is saved at once.
    Fast,
    /// Nothing ever is.
    Stuck,
    /// Nothing is, and the store says that the disc is full.
    Full,
}

/// A box.
pub struct House {
    pub control: Control,
    pub web: Web,
    pub router: Router,
    pub keep: Arc<Shelf>,
    pub calls: Arc<Book>,
    pub screen: watch::Sender<Option<String>>,
    /// What the exchange tells of besides as closed by wrong PINs; a story tells how it comes to that.
    pub lockouts: Arc<Mutex<Vec<LockoutView>>>,
}

/// Values by name, in memory; it can be made to refuse.
#[derive(Default)]
pub struct Shelf {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    pub is_full: AtomicBool,
}

impl Shelf {
    pub fn value(&self, name: &str) -> Option<Vec<u8>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

impl Keep for Shelf {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeepError> {
        Ok(self.value(name))
    }

    fn write<'a>(&'a self, name: &'a str, value: Vec<u8>) -> Soon<'a, Result<(), KeepError>> {
        Box::pin(async move {
            if self.is_full.load(Ordering::Relaxed) {
                return Err(KeepError("the disc is full".to_owned()));
            }
            self.values.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
            Ok(())
        })
    }
}

/// Call records in memory.
#[derive(Default)]
pub struct Book(pub Mutex<Vec<CallRecord>>);

impl CallBook for Book {
    fn latest(&self, before: Option<CallId>, limit: usize) -> Vec<CallRecord> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let older = records.iter().rev().filter(|one| before.is_none_or(|before| one.id < before));
        older.take(limit).cloned().collect()
    }
}

/// The journal in memory; the exchange of the house writes it.
#[derive(Default)]
pub struct Journal(Mutex<Vec<AuditEntry>>);

impl Journal {
    fn keep(&self, change: Change) {
        if let Change::Audit(entry) = change {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        }
    }
}

impl AuditBook for Journal {
    fn latest(
        &self,
        before: Option<u64>,
        limit: usize,
        fits: &dyn Fn(&AuditEntry) -> bool,
    ) -> Vec<AuditEntry> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let older = entries.iter().rev().filter(|one| before.is_none_or(|before| one.number < before));
        older.filter(|one| fits(one)).take(limit).cloned().collect()
    }
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// Where a redirect leads.
    pub fn goes_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location")
    }
}

pub fn now() -> Now {
    Now { mono: Instant::now(), wall: Some(Timestamp::now()) }
}

/// The countries Perch knows, as `app` gives them.
pub fn countries() -> BTreeMap<Country, Vec<String>> {
    let numbers = |country| emergency::numbers_of_country(country).iter().map(ToString::to_string).collect();
    emergency::countries().into_iter().map(|country| (country, numbers(country))).collect()
}

impl House {
    /// A new box with a good disc.
    pub fn new() -> Self {
        Self::with(Disc::Fast, Arc::new(Shelf::default()))
    }

    /// A box with this disc and what was kept on it.
    pub fn with(disc: Disc, keep: Arc<Shelf>) -> Self {
        Self::started(disc, keep, Vec::new())
    }

    /// The same, where the start found something in the store.
    pub fn started(disc: Disc, keep: Arc<Shelf>, findings: Vec<StartFinding>) -> Self {
        let settings = Settings {
            lan: None,
            sip_address: IpAddr::V4(BOX),
            main_address: IpAddr::V4(BOX),
            sip_port: 5060,
            web_port: 8080,
            facts: |model| ModelFacts {
                refresh: provision::refresh_method(model),
                has_hotdesk_key: provision::models::has_hotdesk_key(model),
            },
            challenge: |_| ChallengeForm::Sha256First,
        };
        let (control, mut requests, events) = Control::new();
        let mut exchange = Exchange::new(settings, Snapshot::default(), [7; 32], now());
        if disc == Disc::Full {
            exchange.handle(Input::StoreTrouble(Some(StoreTrouble::Full)), now());
        }
        exchange.recall_findings(findings);
        let lockouts = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::clone(&lockouts);
        let journal = Arc::new(Journal::default());
        let written = Arc::clone(&journal);
        tokio::spawn(async move {
            let mut inbox = Inbox::default();
            let mut number = 0;
            while let Some(request) = requests.recv().await {
                match with_lockouts(request, &closed, &exchange) {
                    Some(request) => inbox.handle(request, &mut exchange, now()),
                    None => continue,
                }
                let mut saved = None;
                while let Some(output) = exchange.poll_output() {
                    match output {
                        Output::Save { number, change } => {
                            written.keep(change);
                            saved = Some(number);
                        }
                        Output::Event(event) => {
                            number += 1;
                            // Nobody may be listening.
                            drop(events.send(NumberedEvent { number, event }));
                        }
                        _ => {}
                    }
                }
                if disc != Disc::Fast {
                    inbox.handle_timeout(Instant::now() + perch::control::PATIENCE);
                } else if let Some(through) = saved {
                    exchange.handle(Input::Saved { through }, now());
                    inbox.handle_saved(through);
                }
            }
        });
        let calls = Arc::new(Book::default());
        let (screen, shown) = watch::channel(None);
        let web = Web::open(WebParts {
            control: control.clone(),
            keep: Arc::clone(&keep) as Arc<dyn Keep>,
            calls: Arc::clone(&calls) as Arc<dyn CallBook>,
            audit: journal as Arc<dyn AuditBook>,
            countries: countries(),
            screen: shown,
            settings: WebSettings {
                http_port: 8080,
                lan: None,
                names: vec!["phones.example.org".to_owned()],
            },
            lives_at: |_, address| address.is_loopback(),
        })
        .expect("the shelf can be read");
        let router = web.router();
        Self { control, web, router, keep, calls, screen, lockouts }
    }

    /// The set-up code as the owner reads it.
    pub fn code(&self) -> String {
        self.web.setup_code().expect("no password yet").expose().to_owned()
    }

    /// Sends a request as it came by a connection from `peer`.
    pub async fn send(&self, mut request: Request<Body>, peer: [u8; 4]) -> Answer {
        let wire = Wire {
            peer: SocketAddr::from((peer, 40_000)),
            local: SocketAddr::from((BOX, 8080)),
            flushes: None,
        };
        request.extensions_mut().insert(wire);
        read(self.router.clone(), request).await
    }

    /// Sends a request to the control socket.
    pub async fn tell(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "localhost");
        read(self.web.control_router(), request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// A phone is seen on the network.
    pub async fn phone_appears(&self, mac: &str, model: &str, last: u8) {
        let announcement = Announcement {
            mac: mac.parse().expect("a MAC"),
            model: model.parse().expect("a model"),
            sighting: Sighting::heard(IpAddr::from([192, 0, 2, last]), IpAddr::V4(BOX)),
        };
        self.control.open_path(announcement).await.expect("the exchange runs");
    }

    /// Wrong PINs have closed extension 100, the first phone and a network of IPv6 a minute ago.
    pub fn closes_after_wrong_pins(&self) {
        let seconds_left = 14 * 60;
        let until = Timestamp::now().checked_add(SignedDuration::from_secs(14 * 60)).ok();
        let address = At::Address("2001:db8:1:2::7".parse().expect("an address"));
        let locked = [
            Locked::Extension("100".parse().expect("a number")),
            Locked::Device(DeviceId(1)),
            address.locked(),
        ];
        let views = locked.map(|locked| LockoutView { locked, until, seconds_left });
        self.lockouts.lock().unwrap_or_else(PoisonError::into_inner).extend(views);
    }

    /// A token for the API.
    pub async fn token(&self) -> String {
        let answer = self.tell("POST", "/control/token", "").await;
        answer.json()["token"].as_str().expect("a token").to_owned()
    }
}

/// Answers a question about lock-outs from the list of the test; gives back any other.
fn with_lockouts(request: Asked, closed: &Mutex<Vec<LockoutView>>, exchange: &Exchange) -> Option<Asked> {
    let mut closed = closed.lock().unwrap_or_else(PoisonError::into_inner);
    match request {
        Asked::Status(reply) => {
            let status = StatusView { lockouts: closed.clone(), ..exchange.status(now()) };
            // The asker may have gone.
            let _ = reply.send(status);
        }
        Asked::OpenToLogins(locked, reply) => {
            let before = closed.len();
            closed.retain(|one| one.locked != locked);
            let _ = reply.send(closed.len() < before);
        }
        other => return Some(other),
    }
    None
}

async fn read(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.expect("routers do not fail");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// Waits until something is so, for at most five seconds.
pub async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let end = Instant::now() + Duration::from_secs(5);
    while !holds().await {
        assert!(Instant::now() < end, "it did not become so in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
