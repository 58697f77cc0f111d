//! An office for ladders: the calls, the transactions, and phones that say what the test tells them to.
//!
//! Every message is a line of the ladder: who, to whom, method or status (with the method, unless it is an INVITE's), and
//! in brackets the name of the session description it carries. A message the box has sent before is marked `again`. What
//! the calls tell stands between, after a `*`.

mod phones;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

pub use phones::{Phone, sdp};

use phones::ack_of_refusal;

use crate::exchange::call::{
    Account, Calls, Exhausted, Handled, Identity, LegToken, Opening, Output, Route, Settings, Setup,
    Takeover, Target, Told, Way,
};
use crate::model::{CallId, CallKind, DeviceId, Now, Secret};
use crate::sip::flow::Flow;
use crate::sip::message::{Message, StartLine};
use crate::sip::outgoing::Response;
use crate::sip::sdp::NegotiatedVoice;
use crate::sip::transaction::{Arrival, Event, Layer, NewRequest};

/// The phones of the office and their device numbers; each has the address `10.0.0.<10 + number>`. `wire` speaks TCP.
pub const PHONES: [&str; 6] = ["lab", "kitchen", "desk", "attic", "wire", "guard"];

pub struct Office {
    pub now: Instant,
    pub calls: Calls,
    pub layer: Layer<LegToken>,
    pub phones: BTreeMap<&'static str, Phone>,
    /// What a dialled number means.
    pub plan: BTreeMap<String, Plan>,
    pub kind: CallKind,
    pub ladder: Vec<String>,
    /// Every message that reached the box (`true`) or left it, with the phone and the moment.
    pub wire: Vec<Wired>,
    pub last_voice: Option<CallId>,
    /// How many ports were asked for, and how many given back.
    pub ports: (usize, usize),
    pub exhausted: Option<CallId>,
    pub ended: BTreeMap<CallId, usize>,
    pub started: Vec<CallId>,
    sent: BTreeSet<(Flow, Vec<u8>)>,
    /// What every phone registered as its Path.
    pub path: Vec<String>,
    /// The ACKs that phones owe for refusals; they stand in no ladder.
    acks: Vec<(&'static str, String)>,
    /// Phones that neither get nor send anything.
    pub dead: BTreeSet<&'static str>,
    /// Whether nobody may be sent to where a phone redirects.
    pub forbids_redirections: bool,
    /// The one that is a trunk, with an account of the box's.
    pub trunk: Option<&'static str>,
}

/// A message on the wire.
pub struct Wired {
    pub phone: &'static str,
    pub way: Direction,
    pub at: Instant,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToBox,
    FromBox,
}

#[derive(Clone)]
pub enum Plan {
    Ring(Vec<Vec<&'static str>>, Exhausted),
    /// One device by several ways, each at another phone's address.
    Ways(Vec<&'static str>),
    Voice(Opening),
}

pub fn flow_of(name: &str) -> Flow {
    let number = PHONES.iter().position(|phone| *phone == name).expect("a phone of the office") + 11;
    let local = "10.0.0.1:5060".parse().expect("an address");
    let remote = format!("10.0.0.{number}:5062").parse().expect("an address");
    if name == "wire" { Flow::tcp(local, remote, 1) } else { Flow::udp(local, remote) }
}

pub fn device_of(name: &str) -> DeviceId {
    let number = PHONES.iter().position(|phone| *phone == name).expect("a phone of the office") + 1;
    DeviceId(u32::try_from(number).expect("few"))
}

fn phone_at(flow: &Flow) -> &'static str {
    PHONES.into_iter().find(|name| flow_of(name).remote == flow.remote).unwrap_or("nowhere")
}

/// A way to a phone; the one to `box` leads back to the box itself.
pub fn way_to(name: &str) -> Way {
    let flow = if name == "box" { flow_of("lab").towards(flow_of("lab").local) } else { flow_of(name) };
    Way {
        contact: format!("sip:{name}@{};line=x%23", flow.remote),
        path: Vec::new(),
        flow,
        told: Told::default(),
    }
}

impl Office {
    pub fn new() -> Self {
        Self {
            now: Instant::now(),
            calls: Calls::new(Settings::default(), 0, [7; 32]),
            layer: Layer::new([1, 2]),
            phones: PHONES.into_iter().map(|name| (name, Phone::default())).collect(),
            plan: BTreeMap::new(),
            kind: CallKind::Internal,
            ladder: Vec::new(),
            wire: Vec::new(),
            last_voice: None,
            ports: (0, 0),
            exhausted: None,
            ended: BTreeMap::new(),
            started: Vec::new(),
            sent: BTreeSet::new(),
            path: Vec::new(),
            acks: Vec::new(),
            dead: BTreeSet::new(),
            forbids_redirections: false,
            trunk: None,
        }
    }

    /// 100 rings these phones, all at once.
    pub fn ringing(phones: &[&'static str]) -> Self {
        let mut office = Self::new();
        office.plan.insert("100".into(), Plan::Ring(vec![phones.to_vec()], Exhausted::Answer));
        office
    }

    /// 100 is the box's voice.
    pub fn speaking(opening: Opening) -> Self {
        let mut office = Self::new();
        office.plan.insert("100".into(), Plan::Voice(opening));
        office
    }

    pub fn now(&self) -> Now {
        Now { mono: self.now, wall: None }
    }

    // -- what the office sees --------------------------------------------------------------------------------------

    /// Turns the clock.
    pub fn after(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        loop {
            let next = [self.layer.poll_timeout(), self.calls.poll_timeout().map(|(at, _)| at)];
            let Some(at) = next.into_iter().flatten().min().filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            self.layer.handle_timeout(self.now);
            self.drain();
            self.calls.handle_timeout(self.now());
            self.drain();
        }
        self.now = end;
    }

    /// Turns the clock, and leaves the copies that are sent meanwhile out of the ladder.
    pub fn quietly_after(&mut self, ms: u64) {
        let before = std::mem::take(&mut self.ladder);
        self.after(ms);
        self.ladder.retain(|line| !line.ends_with(" again"));
        self.ladder.splice(0..0, before);
    }

    /// The ladder since the last look is this.
    #[track_caller]
    pub fn saw(&mut self, expected: &str) {
        let tidy = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected: Vec<String> = expected.lines().map(tidy).filter(|line| !line.is_empty()).collect();
        let seen: Vec<String> = self.look();
        assert!(seen == expected, "saw\n{}\n\nnot\n{}", seen.join("\n"), expected.join("\n"));
    }

    /// Takes the ladder since the last look.
    pub fn look(&mut self) -> Vec<String> {
        std::mem::take(&mut self.ladder)
    }

    /// Takes the ladder since the last look, and forgets it.
    pub fn skip(&mut self) {
        self.ladder.clear();
    }

    /// The call whose phones are exhausted rings this one.
    pub fn rings_on(&mut self, name: &'static str) {
        let target = Target { device: Some(device_of(name)), ways: vec![way_to(name)] };
        let call = self.exhausted.expect("a call that is exhausted");
        self.calls.ring_on(call, vec![vec![target]], Exhausted::GoOn { after: None }, self.now());
        self.drain();
    }

    // -- the box ---------------------------------------------------------------------------------------------------

    pub fn deliver(&mut self, name: &'static str, text: String) {
        if self.dead.contains(name) {
            return;
        }
        self.ladder.push(format!("{name} -> box {}", summary(&text)));
        self.note(name, Direction::ToBox, &text);
        let message = Message::parse(text.as_bytes()).expect("phones write what can be read");
        let flow = flow_of(name);
        match self.layer.handle_message(&message, flow, self.now) {
            Arrival::Request(request) => self.take(request, &message, flow),
            Arrival::Ack { .. } => self.calls.handle_ack(&message, self.now()),
            Arrival::Cancel { cancel, invite } => {
                let answer = Response::answering(&message, &flow, 200, Some("cancelled"));
                self.layer.answer(cancel, &message, &answer, self.now);
                self.calls.handle_cancel(invite, self.now());
            }
            Arrival::CancelWithoutMatch(cancel) => {
                let answer = Response::answering(&message, &flow, 481, Some("cancelled"));
                self.layer.answer(cancel, &message, &answer, self.now);
            }
            Arrival::Merged(request) => {
                let answer = Response::answering(&message, &flow, 482, Some("merged"));
                self.layer.answer(request, &message, &answer, self.now);
            }
            Arrival::Response { token, .. }
                if self.forbids_redirections && message.status().is_some_and(|status| status / 100 == 3) =>
            {
                self.calls.handle_forbidden_redirection(token, &message, self.now());
            }
            Arrival::Response { token, .. } => {
                self.calls.handle_response(token, &message, self.now());
            }
            Arrival::Absorbed | Arrival::StrayResponse => {}
        }
        self.drain();
    }

    fn note(&mut self, phone: &'static str, way: Direction, text: &str) {
        self.wire.push(Wired { phone, way, at: self.now, text: text.to_owned() });
    }

    fn take(&mut self, request: NewRequest, message: &Message<'_>, flow: Flow) {
        let key = self.layer.accept(request, message, self.now).expect("room");
        let is_inside = message.to().is_ok_and(|to| to.tag().is_some());
        if is_inside {
            if self.calls.handle_request(key, message, flow, self.now()) == Handled::NoDialog {
                self.layer.respond(key, &Response::answering(message, &flow, 481, None), self.now);
            }
            return;
        }
        if message.header("Replaces").is_some() {
            let identity =
                Identity { number: "102".into(), name: "Bob".into(), domain: "office.example".into() };
            let device = Some(device_of(phone_at(&flow)));
            let by = Takeover { invite: key, request: message, flow, device, identity };
            if let Err(refusal) = self.calls.take_over(by, self.now()) {
                let answer = refusal.response_to(message, &flow, "refused");
                self.layer.respond(key, &answer, self.now);
            }
            return;
        }
        let number = message.to().ok().and_then(|to| to.uri.split(['@', ':']).nth(1)).unwrap_or_default();
        let setup = Setup {
            invite: key,
            request: message,
            flow,
            device: Some(device_of(phone_at(&flow))),
            identity: Identity {
                number: "101".into(),
                name: "Reception".into(),
                domain: "office.example".into(),
            },
            called: number.to_owned(),
            kind: self.kind,
            route: self.route(number),
        };
        match self.calls.start(setup, self.now()) {
            Ok(call) => {
                self.started.push(call);
            }
            Err(refusal) => {
                let answer = refusal.response_to(message, &flow, "refused");
                self.layer.respond(key, &answer, self.now);
            }
        }
    }

    fn route(&self, number: &str) -> Route {
        let target = |name: &&'static str| {
            let is_trunk = self.trunk == Some(*name);
            let account = Account { user: "39061234".into(), password: Secret::new("secret") };
            let identity =
                Identity { number: "+39061234".into(), name: String::new(), domain: "trunk.example".into() };
            let told = Told { identity: Some(identity), diversion: None, account: Some(account) };
            Target {
                device: (*name != "box" && !is_trunk).then(|| device_of(name)),
                ways: vec![Way {
                    path: self.path.clone(),
                    told: if is_trunk { told } else { Told::default() },
                    ..way_to(name)
                }],
            }
        };
        match self.plan.get(number).cloned().unwrap_or_else(|| Plan::Ring(Vec::new(), Exhausted::Answer)) {
            Plan::Ring(attempts, exhausted) => {
                let attempts = attempts.iter().map(|names| names.iter().map(target).collect()).collect();
                Route::Ring { attempts, exhausted }
            }
            Plan::Ways(names) => {
                let ways = names.iter().map(|name| way_to(name)).collect();
                let target = Target { device: Some(device_of(names[0])), ways };
                Route::Ring { attempts: vec![vec![target]], exhausted: Exhausted::Answer }
            }
            Plan::Voice(opening) => Route::Voice { opening },
        }
    }

    pub fn drain(&mut self) {
        loop {
            if let Some(output) = self.calls.poll_output() {
                self.carry_out(output);
            } else if let Some(transmit) = self.layer.poll_transmit() {
                self.transmit(transmit.flow, transmit.bytes.to_vec());
            } else if let Some(event) = self.layer.poll_event() {
                match event {
                    Event::Timeout(token) | Event::TransportFailed(token) => {
                        self.calls.handle_failure(token, self.now());
                    }
                    Event::NoAck(key) | Event::CallerLost(key) => self.calls.handle_no_ack(key, self.now()),
                }
            } else if let Some((name, ack)) = self.acks.pop() {
                let message = Message::parse(ack.as_bytes()).expect("an ACK");
                let arrival = self.layer.handle_message(&message, flow_of(name), self.now);
                assert!(arrival == Arrival::Absorbed, "the ACK of a refusal ends in the transaction");
            } else {
                return;
            }
        }
    }

    fn carry_out(&mut self, output: Output) {
        let note = match output {
            Output::Respond { key, response } => return self.layer.respond(key, &response, self.now),
            Output::Send { token, request, flow } => {
                match self.layer.send(token, request, flow, self.now) {
                    Ok(client) => self.calls.sent(token, client, self.now()),
                    Err(_) => self.calls.handle_failure(token, self.now()),
                }
                return;
            }
            Output::Cancel { client, reason: None } => return self.layer.cancel(client, self.now),
            Output::Cancel { client, reason: Some(reason) } => {
                return self.layer.cancel_because(client, reason, self.now);
            }
            Output::Ack { request, flow } => return self.layer.send_ack(request, flow),
            Output::Acked(key) => return self.layer.acked(key),
            Output::OpenVoice { call, local } => {
                self.last_voice = Some(call);
                self.ports.0 += 1;
                format!("open voice at {local}")
            }
            Output::VoiceConfirmed { voice, .. } => format!("voice confirmed: {}", agreed(voice)),
            Output::VoiceChanged { voice, .. } => format!("voice changed: {}", agreed(voice)),
            Output::VoiceDigit { digit, .. } => format!("digit {digit}"),
            Output::VoiceEnded { .. } => {
                self.ports.1 += 1;
                "voice ended".to_owned()
            }
            Output::Exhausted { call, status, rang } => {
                self.exhausted = Some(call);
                format!("exhausted {status}{}", if rang { ", it rang" } else { "" })
            }
            Output::Replaced { side, device, .. } => {
                format!("{side:?} replaced by {}", device.map_or("nobody", name_of))
            }
            Output::Answered { device, .. } => {
                format!(
                    "answered by {}",
                    device.map_or("the box".to_owned(), |device| name_of(device).to_owned())
                )
            }
            Output::DeviceFree(device) => format!("{} is free", name_of(device)),
            Output::Attempt { .. } => return,
            Output::Ended { call, outcome } => {
                *self.ended.entry(call).or_default() += 1;
                format!("ended: {outcome:?}")
            }
        };
        self.ladder.push(format!("* {note}"));
    }

    fn transmit(&mut self, flow: Flow, bytes: Vec<u8>) {
        let name = phone_at(&flow);
        let text = String::from_utf8(bytes.clone()).expect("text");
        let again = if self.sent.insert((flow, bytes)) { "" } else { " again" };
        self.ladder.push(format!("box -> {name} {}{again}", summary(&text)));
        self.note(name, Direction::FromBox, &text);
        if self.dead.contains(name) || name == "nowhere" {
            return;
        }
        let phone = self.phones.get_mut(name).expect("a phone");
        let message = Message::parse(text.as_bytes()).expect("the box writes what can be read");
        let to = message.to().ok().and_then(|to| to.tag());
        if let (Some(status @ 101..=299), Some(_), Some(talk)) = (message.status(), to, &mut phone.talk)
            && message.call_id().is_ok_and(|id| id == talk.call_id)
            && message.cseq_parts().is_ok_and(|(_, method)| method == "INVITE")
        {
            let is_first = !talk.remote.contains(";tag=");
            if is_first || status >= 200 {
                talk.remote = message.header("To").expect("a To").to_owned();
                talk.target = message.contact().map_or(talk.target.clone(), |contact| contact.uri.to_owned());
            }
        }
        if message.status().is_some_and(|status| status >= 300)
            && message.cseq_parts().is_ok_and(|(_, method)| method == "INVITE")
        {
            self.acks.push((name, ack_of_refusal(&message)));
        }
        if again.is_empty() {
            phone.inbox.push(text);
        }
    }
}

fn name_of(device: DeviceId) -> &'static str {
    PHONES[device.0 as usize - 1]
}

fn agreed(voice: NegotiatedVoice) -> String {
    let NegotiatedVoice { codec, payload, telephone_event, remote, direction } = voice;
    let events = telephone_event.map_or("no events".to_owned(), |number| format!("events {number}"));
    format!("{} {payload} {events} {remote} {}", codec.as_str(), direction.as_str())
}

/// One line of the ladder.
pub fn summary(text: &str) -> String {
    let message = Message::parse(text.as_bytes()).expect("a message");
    let what = match message.start_line() {
        StartLine::Request { method, .. } => method.to_owned(),
        StartLine::Response { status, .. } => match message.cseq_parts() {
            Ok((_, "INVITE")) | Err(_) => status.to_string(),
            Ok((_, method)) => format!("{status} {method}"),
        },
    };
    let body = String::from_utf8_lossy(message.body());
    match body.lines().find_map(|line| line.strip_prefix("s=")) {
        Some(name) => format!("{what} [{name}]"),
        None => what,
    }
}

/// A header of a message as text.
pub fn header(text: &str, name: &str) -> Option<String> {
    Message::parse(text.as_bytes()).expect("a message").header(name).map(str::to_owned)
}
