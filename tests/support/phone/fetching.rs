//! Fetching: how the phone finds its files, in which order it asks for them, and when again (PHONES.md A3, B1.1, B2.1).
//!
//! ```text
//! Yealink  <mac>.boot, else y000000000000.boot, else the two files; with a boot file the files it names
//! Snom     the one file of an address with {mac}; below a folder <type>.htm and <type>-<MAC>.htm
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use perch::sip::outgoing::Outgoing;
use perch::sip::transaction::Class;
use perch::sip::{Flow, Method, Request};

use super::config::Maker;
use super::{CallState, MULTICAST, Output, Power, Purpose, Settings, SimPhone, TRY_AGAIN};

/// How far the phone is with its files.
#[derive(Debug, Default)]
pub struct Fetching {
    announcement: Announcement,
    /// The address in effect, by announcement or by the settings.
    url: Option<String>,
    todo: VecDeque<Want>,
    asked: Option<Want>,
    /// Each file as it came last; the same again is not read.
    read: BTreeMap<String, Vec<u8>>,
    due: Option<Instant>,
    poll: Option<Instant>,
    /// To be done when the calls are over.
    after_call: bool,
    rounds: u32,
}

/// How far an announcement has come.
#[derive(Debug, Default, PartialEq, Eq)]
enum Announcement {
    #[default]
    None,
    /// Sent, with this Call-ID.
    Sent(String),
}

/// A file to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Want {
    /// Yealink's boot file; the one of all phones is tried next.
    OwnBoot(String),
    /// Yealink's boot file of all phones; the two classic files are tried next.
    CommonBoot(String),
    /// A file that says something or is not there.
    File(String),
}

impl Want {
    fn url(&self) -> &str {
        match self {
            Self::OwnBoot(url) | Self::CommonBoot(url) | Self::File(url) => url,
        }
    }
}

impl Fetching {
    pub fn deadline(&self) -> Option<Instant> {
        if self.asked.is_some() || self.after_call {
            return None;
        }
        self.due.into_iter().chain(self.poll).min()
    }

    /// The announcement has had its answer, or not.
    pub fn announced(&mut self, class: Class) {
        if class == Class::Refusal {
            self.announcement = Announcement::None;
        }
    }

    /// Whether an answer to the announcement with this Call-ID is awaited.
    pub fn awaits(&self, call_id: &str) -> bool {
        self.announcement == Announcement::Sent(call_id.to_owned())
    }

    /// How often files were fetched since the phone has current.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }
}

impl SimPhone {
    /// The phone has started.
    pub(super) fn start(&mut self, now: Instant) {
        self.settle_accounts(now);
        let Settings::Files(config) = &self.settings else { return };
        let stored = config.provisioning_url().map(str::to_owned);
        let announces = config.announces_itself();
        if announces {
            self.announce(now);
        }
        if stored.is_some() {
            let wait = if announces { Duration::from_secs(2) } else { Duration::ZERO };
            self.fetching.due = Some(now + wait);
        }
        self.fetching.url = stored;
    }

    fn announce(&mut self, now: Instant) {
        let from = self.sip_address();
        let who = format!("<sip:MAC%3a{}@{}>", self.mac, MULTICAST.ip());
        let (call_id, tag) = (self.random_word(), self.random_word());
        let request = Request::new(Method::Subscribe, format!("sip:MAC%3a{}@{}", self.mac, MULTICAST.ip()))
            .with("From", format!("{who};tag={tag}"))
            .with("To", who)
            .with("Call-ID", call_id.clone())
            .with("CSeq", "1 SUBSCRIBE")
            .with("Contact", format!("<sip:{from}>"))
            .with("Event", self.kind.profile_event())
            .with("Expires", "0")
            .with("Accept", "application/url")
            .with("User-Agent", self.kind.sip_agent());
        self.fetching.announcement = Announcement::Sent(call_id);
        self.request(Purpose::Announce, request, Flow::udp(from, MULTICAST), now);
    }

    /// The box has said where the files are.
    pub(super) fn told_url(&mut self, url: &str, now: Instant) {
        self.fetching.announcement = Announcement::None;
        self.fetching.url = Some(url.to_owned());
        self.fetching.due = Some(now);
    }

    /// To fetch after the time the phone takes for it.
    pub(super) fn fetch_soon(&mut self, now: Instant) {
        self.fetching.url = match &self.settings {
            Settings::Files(config) => {
                config.provisioning_url().map(str::to_owned).or(self.fetching.url.take())
            }
            Settings::Typed(_) => None,
        };
        self.fetching.after_call = false;
        self.fetching.due = Some(now + self.quirks.fetch_after);
    }

    pub(super) fn fetch_when_due(&mut self, now: Instant) {
        let is_idle = self.calls.iter().all(|call| matches!(call.state, CallState::Over(_)));
        if self.fetching.after_call && is_idle {
            self.fetch_soon(now);
            self.fetching.due = Some(now);
        }
        let Some(at) = self.fetching.deadline() else { return };
        if at > now {
            return;
        }
        if !is_idle {
            self.fetching.after_call = true;
            return;
        }
        if self.fetching.poll.is_some_and(|at| at <= now) && self.fetching.due.is_none() {
            self.fetch_soon(now);
        }
        self.fetching.due = None;
        self.fetching.poll = None;
        let Some(url) = self.fetching.url.clone() else { return };
        self.fetching.todo = self.plan(&url);
        self.ask_next(now);
    }

    fn plan(&self, url: &str) -> VecDeque<Want> {
        let Settings::Files(_) = &self.settings else { return VecDeque::new() };
        match self.kind.maker() {
            Some(Maker::Yealink) => [Want::OwnBoot(below(url, &format!("{}.boot", self.mac)))].into(),
            Some(Maker::Snom) if url.contains("{mac}") => {
                [Want::File(url.replace("{mac}", &self.mac.to_ascii_uppercase()))].into()
            }
            Some(Maker::Snom) => {
                let word = self.kind.snom_word();
                let own = format!("{word}-{}.htm", self.mac.to_ascii_uppercase());
                [Want::File(below(url, &format!("{word}.htm"))), Want::File(below(url, &own))].into()
            }
            None => VecDeque::new(),
        }
    }

    fn ask_next(&mut self, now: Instant) {
        let Some(want) = self.fetching.todo.pop_front() else {
            self.fetched_all(now);
            return;
        };
        let user_agent = self.kind.http_agent(&self.mac);
        self.outputs.push_back(Output::Get { url: want.url().to_owned(), user_agent });
        self.fetching.asked = Some(want);
    }

    /// A file has come, or an error; 0 where there was no answer at all.
    pub fn handle_http(&mut self, url: &str, status: u16, body: &[u8], now: Instant) {
        if self.power != Power::On || self.fetching.asked.as_ref().is_none_or(|want| want.url() != url) {
            return;
        }
        let Some(want) = self.fetching.asked.take() else { return };
        let folder = url.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        match (status, want) {
            (200, _) => self.take_file(url, body, &folder),
            (404, Want::OwnBoot(_)) => {
                self.fetching.todo = [Want::CommonBoot(format!("{folder}/y000000000000.boot"))].into();
            }
            (404, Want::CommonBoot(_)) => {
                let common = format!("{folder}/y{:012}.cfg", self.kind.hardware());
                let own = format!("{folder}/{}.cfg", self.mac);
                self.fetching.todo = [Want::File(common), Want::File(own)].into();
            }
            (404 | 304, Want::File(_)) => {}
            _ => {
                self.fetching.todo.clear();
                self.fetching.poll = Some(now + TRY_AGAIN);
                return;
            }
        }
        self.ask_next(now);
        self.drain(now);
    }

    fn take_file(&mut self, url: &str, body: &[u8], folder: &str) {
        if self.fetching.read.get(url).is_some_and(|before| before == body) && !url.ends_with(".boot") {
            return;
        }
        let Settings::Files(config) = &mut self.settings else { return };
        let before = config.clone();
        match config.apply(body) {
            Ok(applied) => {
                if !before.accounts().is_empty() && before.accounts() != config.accounts() {
                    self.former = Some(before);
                }
                for name in applied.fetch_next.iter().rev() {
                    let url = if name.contains("://") { name.clone() } else { format!("{folder}/{name}") };
                    self.fetching.todo.push_front(Want::File(url));
                }
                self.fetching.read.insert(url.to_owned(), body.to_vec());
            }
            Err(error) => self.inspector.complain(format!("{url} is no file of the right form: {error}")),
        }
    }

    fn fetched_all(&mut self, now: Instant) {
        self.fetching.rounds += 1;
        let Settings::Files(config) = &self.settings else { return };
        self.fetching.poll = config.asks_every().map(|every| now + Duration::from_secs(every.into()));
        self.settle_accounts(now);
    }
}

/// A file in a folder.
fn below(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}
