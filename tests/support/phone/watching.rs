//! Watching: the lamps beside the phone's keys and its message lamp: how it subscribes to them, and what it makes of the
//! reports (RFC 6665, RFC 4235, RFC 3842).
//!
//! A lamp whose subscription has ended shows what it was told last, as on real phones, until the key has another use. The
//! phone judges each report: its version, its form, and that it names nobody.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use perch::sip::outgoing::Outgoing;
use perch::sip::transaction::NewRequest;
use perch::sip::{Flow, Message, Method, Request};

use super::config::KeyAction;
use super::{ALLOW, OldAccount, Purpose, Settings, SimPhone};

/// How long the phone wants its subscriptions.
const WANTED: u32 = 1800;

/// What one subscription is and has brought.
#[derive(Debug)]
pub struct Watch {
    pub id: u32,
    pub line: u32,
    pub what: Watched,
    call_id: String,
    tag: String,
    number: u32,
    /// To and target, once the box has said them.
    remote: Option<(String, String)>,
    state: State,
    version: Option<u32>,
    /// The states of the calls last told of.
    calls: BTreeMap<String, String>,
    messages: Option<String>,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// The calls of this number.
    Lamp(String),
    /// What waits for the line's own account.
    Messages,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// A SUBSCRIBE is under way.
    Trying,
    /// It is granted, to be renewed then.
    Active { again: Instant },
    /// The phone has ended it and waits for the last report.
    Leaving,
    /// It has ended, or was refused with this status.
    Over(u16),
}

/// What a lamp shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lamp {
    Dark,
    Blinks,
    Lit,
}

impl SimPhone {
    /// What the lamp beside the key of that number shows; nothing where there is no such key, or nothing was told.
    pub fn lamp(&self, number: &str) -> Option<Lamp> {
        let watch = self.watches.iter().rev().find(|one| one.what == Watched::Lamp(number.to_owned()))?;
        watch.version?;
        let has = |state: &str| watch.calls.values().any(|one| one == state);
        Some(match (has("confirmed"), has("early")) {
            (true, _) => Lamp::Lit,
            (false, true) => Lamp::Blinks,
            (false, false) => Lamp::Dark,
        })
    }

    /// What the phone was told last of messages that wait: `yes 2/1`.
    pub fn messages(&self) -> Option<&str> {
        self.watches.iter().rev().find_map(|one| one.messages.as_deref())
    }

    /// With which status each subscription that was refused was refused.
    pub fn refused_watches(&self) -> Vec<(Watched, u16)> {
        let refused = |one: &Watch| match one.state {
            State::Over(status) if status >= 300 => Some((one.what.clone(), status)),
            _ => None,
        };
        self.watches.iter().filter_map(refused).collect()
    }

    /// Subscribes to a number's lamp by hand, whatever the keys say.
    pub fn watches_number(&mut self, number: &str, now: Instant) {
        if let Some(line) = self.lines.first().map(|line| line.id) {
            self.watch(line, Watched::Lamp(number.to_owned()), now);
            self.drain(now);
        }
    }

    /// Brings the subscriptions in step with keys and lines.
    pub(super) fn settle_watches(&mut self, now: Instant) {
        let Settings::Files(config) = &self.settings else { return };
        if !self.quirks.subscribes {
            return;
        }
        let lamps = config.keys().into_iter().filter_map(|key| match key.action {
            KeyAction::Watch(number) => Some(Watched::Lamp(number)),
            _ => None,
        });
        let messages = config.subscribes_to_messages().then_some(Watched::Messages);
        let wanted: Vec<_> = messages.into_iter().chain(lamps).collect();
        let line = self.lines.iter().find(|line| line.is_registered()).map(|line| line.id);
        let is_wanted = |one: &Watch| Some(one.line) == line && wanted.contains(&one.what);
        let old: Vec<_> = self.watches.iter().filter(|one| !is_wanted(one)).map(|one| one.id).collect();
        old.into_iter().for_each(|id| self.unwatch(id, now));
        let Some(line) = line else { return };
        for what in wanted {
            if !self.watches.iter().any(|one| one.line == line && one.what == what) {
                self.watch(line, what, now);
            }
        }
    }

    fn watch(&mut self, line: u32, what: Watched, now: Instant) {
        self.last_watch += 1;
        let (call_id, tag) = (self.random_word(), self.random_word());
        self.watches.push(Watch {
            id: self.last_watch,
            line,
            what,
            call_id,
            tag,
            number: 0,
            remote: None,
            state: State::Trying,
            version: None,
            calls: BTreeMap::new(),
            messages: None,
        });
        self.subscribe(self.last_watch, WANTED, now);
    }

    fn unwatch(&mut self, id: u32, now: Instant) {
        let Some(watch) = self.watches.iter().find(|one| one.id == id) else { return };
        self.former_watches.push(watch.call_id.clone());
        let has_line = self.lines.iter().any(|line| line.id == watch.line);
        let is_active = matches!(watch.state, State::Active { .. });
        if is_active && has_line && self.quirks.old_account == OldAccount::Unregisters {
            self.subscribe(id, 0, now);
        }
        self.watches.retain(|one| one.id != id);
    }

    fn subscribe(&mut self, id: u32, expires: u32, now: Instant) {
        let (kind, from) = (self.kind, self.sip_address());
        let Some(watch) = self.watches.iter_mut().find(|one| one.id == id) else { return };
        let Some(line) = self.lines.iter().find(|line| line.id == watch.line) else { return };
        let Some(server) = line.server() else { return };
        let (account, contact) = (&line.account, &line.contact);
        let me = format!("sip:{}@{}", account.user, account.domain);
        let uri = match &watch.what {
            Watched::Lamp(number) => format!("sip:{number}@{}", account.domain),
            Watched::Messages => me.clone(),
        };
        let (to, target) = watch.remote.clone().unwrap_or_else(|| (format!("<{uri}>"), uri));
        let (event, accept) = match &watch.what {
            Watched::Lamp(_) => ("dialog", "application/dialog-info+xml"),
            Watched::Messages => ("message-summary", "application/simple-message-summary"),
        };
        watch.number += 1;
        watch.state = if expires == 0 { State::Leaving } else { State::Trying };
        let request = Request::new(Method::Subscribe, target)
            .with("From", format!("<{me}>;tag={}", watch.tag))
            .with("To", to)
            .with("Call-ID", watch.call_id.clone())
            .with("CSeq", format!("{} SUBSCRIBE", watch.number))
            .with("Contact", format!("<{contact}>"))
            .with("Event", event)
            .with("Accept", accept)
            .with("Expires", expires.to_string())
            .with("Allow", ALLOW)
            .with("User-Agent", kind.sip_agent());
        self.request(Purpose::Subscribe(id), request, Flow::udp(from, server), now);
    }

    /// The line a subscription speaks for.
    pub(super) fn line_of_watch(&self, id: u32) -> Option<u32> {
        self.watches.iter().find(|one| one.id == id).map(|one| one.line)
    }

    /// The number of a subscription's next request.
    pub(super) fn next_number_of_watch(&mut self, id: u32) -> Option<u32> {
        let watch = self.watches.iter_mut().find(|one| one.id == id)?;
        watch.number += 1;
        Some(watch.number)
    }

    /// A SUBSCRIBE has had its final answer.
    pub(super) fn handle_subscribed(&mut self, id: u32, message: &Message<'_>, now: Instant) {
        let Some(watch) = self.watches.iter_mut().find(|one| one.id == id) else { return };
        let status = message.status().unwrap_or_default();
        let is_renewal = watch.remote.is_some();
        if !(200..300).contains(&status) {
            watch.state = State::Over(status);
            if status == 481 && is_renewal {
                self.watch_anew(id, now);
            }
            return;
        }
        let to = message.header("To").unwrap_or_default().to_owned();
        let granted = message.expires().ok().flatten();
        let Some(granted) = granted.filter(|granted| *granted <= WANTED) else {
            self.inspector.complain(format!("a subscription of {WANTED} s was granted {granted:?} s"));
            return;
        };
        let Ok(contact) = message.contact().map(|contact| contact.uri.to_owned()) else {
            self.inspector.complain("a subscription without the box's contact");
            return;
        };
        watch.remote = Some((to, contact));
        if watch.state == State::Trying {
            watch.state = State::Active { again: now + Duration::from_secs(u64::from(granted) * 3 / 4) };
        }
    }

    /// A subscription the box has ended, though the phone still wants it.
    fn watch_anew(&mut self, id: u32, now: Instant) {
        let Some(at) = self.watches.iter().position(|one| one.id == id) else { return };
        let old = self.watches.remove(at);
        self.former_watches.push(old.call_id.clone());
        let (line, what) = (old.line, old.what.clone());
        // What was told last is still to be seen until the next report.
        self.watch(line, what, now);
        if let Some(new) = self.watches.last_mut() {
            new.calls = old.calls;
            new.messages = old.messages;
        }
    }

    pub(super) fn renew_watches(&mut self, now: Instant) {
        let is_due = |one: &Watch| matches!(one.state, State::Active { again } if again <= now);
        let due: Vec<_> = self.watches.iter().filter(|one| is_due(one)).map(|one| one.id).collect();
        due.into_iter().for_each(|id| self.subscribe(id, WANTED, now));
    }

    pub(super) fn next_renewal(&self) -> Option<Instant> {
        let again = |one: &Watch| match one.state {
            State::Active { again } => Some(again),
            State::Trying | State::Leaving | State::Over(_) => None,
        };
        self.watches.iter().filter_map(again).min()
    }

    pub(super) fn forget_watches(&mut self) {
        let watches = std::mem::take(&mut self.watches);
        self.former_watches.extend(watches.into_iter().map(|one| one.call_id));
    }

    /// A report.
    pub(super) fn handle_watched(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let call_id = message.call_id().unwrap_or_default();
        let Some(at) = self.watches.iter().position(|one| one.call_id == call_id) else {
            if !self.former_watches.iter().any(|one| one == call_id) {
                self.inspector.complain("a report nobody has asked for");
            }
            self.answer(request, message, 481, now);
            return;
        };
        self.answer(request, message, 200, now);
        let watch = &mut self.watches[at];
        let body = String::from_utf8_lossy(message.body()).into_owned();
        let faults = match &watch.what {
            Watched::Lamp(number) => {
                let number = number.clone();
                watch.reads_lamp(&number, &body)
            }
            Watched::Messages => watch.reads_messages(&body),
        };
        let id = watch.id;
        let mut complaints: Vec<String> = faults;
        let Ok(state) = message.subscription_state() else {
            self.inspector.complain("a report without Subscription-State");
            return;
        };
        if state.state == "terminated" {
            let is_wanted = self.watches[at].state != State::Leaving;
            self.watches[at].state = State::Over(0);
            match state.reason {
                Some("deactivated" | "timeout") if is_wanted => self.watch_anew(id, now),
                Some("deactivated" | "timeout" | "noresource") => {}
                other => complaints.push(format!("a subscription ends for {other:?}")),
            }
        }
        complaints.into_iter().for_each(|one| self.inspector.complain(one));
    }
}

impl Watch {
    fn reads_lamp(&mut self, number: &str, body: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let document = match roxmltree::Document::parse(body) {
            Ok(document) => document,
            Err(error) => return vec![format!("dialog-info that is no XML: {error}")],
        };
        let root = document.root_element();
        let name = (root.tag_name().namespace(), root.tag_name().name());
        if name != (Some("urn:ietf:params:xml:ns:dialog-info"), "dialog-info") {
            faults.push(format!("not dialog-info: {name:?}"));
        }
        let version = root.attribute("version").and_then(|text| text.parse().ok());
        let expected = self.version.map_or(0, |last| last + 1);
        if version != Some(expected) {
            faults.push(format!("version {version:?} after {:?}", self.version));
        }
        self.version = Some(expected);
        if root.attribute("state") != Some("full") {
            faults.push("a report that is not full".to_owned());
        }
        if !root.attribute("entity").is_some_and(|one| one.starts_with(&format!("sip:{number}@"))) {
            faults.push(format!("a report on {:?}", root.attribute("entity")));
        }
        if document.descendants().any(|node| ["remote", "identity"].contains(&node.tag_name().name())) {
            faults.push("a report that names somebody".to_owned());
        }
        self.calls.clear();
        for dialog in root.children().filter(|node| node.has_tag_name((name.0.unwrap_or_default(), "dialog")))
        {
            let state = dialog.descendants().find(|node| node.tag_name().name() == "state");
            let state = state.and_then(|node| node.text()).unwrap_or_default();
            if !["early", "confirmed", "terminated"].contains(&state) {
                faults.push(format!("a call in the state {state:?}"));
            }
            let id = dialog.attribute("id").unwrap_or_default();
            if self.calls.insert(id.to_owned(), state.to_owned()).is_some() {
                faults.push(format!("two calls by the name {id:?}"));
            }
        }
        faults
    }

    fn reads_messages(&mut self, body: &str) -> Vec<String> {
        let line = |name: &str| {
            let found = body.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.map(str::to_owned)
        };
        let (Some(waiting), Some(voice)) = (line("Messages-Waiting"), line("Voice-Message")) else {
            return vec![format!("a message summary without its lines: {body}")];
        };
        self.messages = Some(format!("{waiting} {}", voice.split(' ').next().unwrap_or_default()));
        Vec::new()
    }
}
