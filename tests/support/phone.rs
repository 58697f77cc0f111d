//! The simulated phone: what a Yealink, a Snom or a phone set up by hand does, as a value without sockets or clock.
//!
//! It announces itself, fetches and obeys its files, registers, rings, calls, keys digits and listens, with the habits
//! (and bad habits, [`Quirks`]) of real phones. Bytes go in by [`SimPhone::handle_datagram`], [`SimPhone::handle_sound`]
//! and [`SimPhone::handle_http`]; what it does in turn is drained from [`SimPhone::poll_output`]. A person's hands are the
//! methods in `actions`; what a person sees are the questions in `questions`.
//!
//! It stands on the crate's own reader, writer and transactions, but judges every message of the box by an inspector of
//! its own that shares nothing with them ([`SimPhone::complaints`]).

#![allow(dead_code, reason = "each test takes what it needs")]

#[path = "phone/actions.rs"]
mod actions;
#[path = "phone/call.rs"]
mod call;
#[path = "phone/calls.rs"]
mod calls;
#[path = "phone_config.rs"]
pub mod config;
#[path = "phone/description.rs"]
mod description;
#[path = "phone/fetching.rs"]
mod fetching;
#[path = "phone/inspector.rs"]
mod inspector;
#[path = "phone/kind.rs"]
mod kind;
#[path = "phone/line.rs"]
mod line;
#[path = "phone/lines.rs"]
mod lines;
#[path = "phone/notified.rs"]
mod notified;
#[path = "phone/questions.rs"]
mod questions;
#[path = "recogniser.rs"]
pub mod recogniser;
#[path = "phone/sound.rs"]
mod sound;
#[path = "phone/watching.rs"]
pub mod watching;

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use perch::sip::message::StartLine;
use perch::sip::transaction::{Arrival, Class, ClientKey, Event, Layer, NewRequest};
use perch::sip::{Flow, Message, Method, Request, Response};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use call::{CallState, Ending};
pub use kind::{CalledAs, DigestTaste, KeysBy, Kind, OldAccount, OnCall, OnNotify, Quirks};
pub use recogniser::Heard;

use call::Call;
use config::{Account, PhoneConfig};
use fetching::Fetching;
use inspector::Inspector;
use line::Line;
use watching::Watch;

/// The port a phone speaks SIP on.
pub const SIP_PORT: u16 = 5060;

/// The port a phone has its sound on.
pub const SOUND_PORT: u16 = 11_780;

/// Where phones call for a provisioner.
pub const MULTICAST: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(224, 0, 1, 75)), 5060);

/// One telephone.
#[derive(Debug)]
pub struct SimPhone {
    kind: Kind,
    /// Twelve hexadecimal digits, small.
    mac: String,
    address: IpAddr,
    quirks: Quirks,
    rng: ChaCha8Rng,
    power: Power,
    settings: Settings,
    /// The settings before the newest file that brought another account.
    former: Option<PhoneConfig>,
    layer: Layer<Token>,
    pending: BTreeMap<Token, Pending>,
    last_token: Token,
    lines: Vec<Line>,
    last_line: u32,
    /// Every contact it ever had.
    contacts: Vec<String>,
    /// The NOTIFY it was told by last: Call-ID and number.
    last_notify: Option<(String, u32)>,
    calls: Vec<Call>,
    last_call: u32,
    watches: Vec<Watch>,
    last_watch: u32,
    /// The Call-IDs of subscriptions it has given up.
    former_watches: Vec<String>,
    /// The 180 of each call that came in, of which its final answer is made.
    ringing: BTreeMap<u32, Response>,
    fetching: Fetching,
    /// Whether the form of its own hot-desk function is open.
    is_form_open: bool,
    inspector: Inspector,
    reboots: u32,
    outputs: VecDeque<Output>,
}

/// Something the phone wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A SIP datagram from its SIP port.
    Send {
        /// Where to.
        to: SocketAddr,
        /// The message.
        bytes: Vec<u8>,
    },
    /// An RTP datagram from its sound port.
    Sound {
        /// Where to.
        to: SocketAddr,
        /// The packet.
        bytes: Vec<u8>,
    },
    /// Fetch this and tell by [`SimPhone::handle_http`].
    Get {
        /// The whole address.
        url: String,
        /// The User-Agent to send.
        user_agent: String,
    },
}

/// Whether the phone has current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Off,
    On,
    Starting { until: Instant },
}

/// What the phone remembers without current.
#[derive(Debug, Clone)]
enum Settings {
    /// What its files say.
    Files(PhoneConfig),
    /// What somebody typed in.
    Typed(Vec<Account>),
}

type Token = u64;

/// A request that waits for its final answer.
#[derive(Debug)]
struct Pending {
    purpose: Purpose,
    request: Request,
    flow: Flow,
    client: ClientKey,
    /// How often it was sent with credentials.
    proofs: u8,
}

/// Why a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Announce,
    Register(u32),
    Unregister(u32),
    Invite(u32),
    Reinvite(u32),
    Info(u32),
    Bye(u32),
    Subscribe(u32),
}

impl SimPhone {
    /// A phone as it leaves the factory, without current. `mac` in any writing; all that is random comes of `seed`.
    pub fn new(kind: Kind, mac: &str, address: IpAddr, quirks: Quirks, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let layer = Layer::new(rng.random());
        let settings = match kind.maker() {
            Some(maker) => Settings::Files(PhoneConfig::factory(maker)),
            None => Settings::Typed(Vec::new()),
        };
        Self {
            kind,
            mac: mac.to_ascii_lowercase().replace([':', '-'], ""),
            address,
            quirks,
            rng,
            power: Power::Off,
            settings,
            former: None,
            layer,
            pending: BTreeMap::new(),
            last_token: 0,
            lines: Vec::new(),
            last_line: 0,
            contacts: Vec::new(),
            last_notify: None,
            calls: Vec::new(),
            last_call: 0,
            watches: Vec::new(),
            last_watch: 0,
            former_watches: Vec::new(),
            ringing: BTreeMap::new(),
            fetching: Fetching::default(),
            is_form_open: false,
            inspector: Inspector::default(),
            reboots: 0,
            outputs: VecDeque::new(),
        }
    }

    /// A datagram has come to the SIP port.
    pub fn handle_datagram(&mut self, bytes: &[u8], from: SocketAddr, now: Instant) {
        if self.power != Power::On {
            return;
        }
        self.inspector.receives(bytes);
        let Ok(message) = Message::parse(bytes) else { return };
        let flow = Flow::udp(self.sip_address(), from);
        match self.layer.handle_message(&message, flow, now) {
            Arrival::Absorbed | Arrival::StrayResponse => {}
            Arrival::Request(request) => self.handle_request(request, &message, now),
            Arrival::Merged(request) => {
                self.inspector.complain("the same INVITE came by two ways");
                self.answer(request, &message, 482, now);
            }
            Arrival::Ack { invite } => self.handle_ack(invite, &message, now),
            Arrival::Cancel { cancel, invite } => {
                self.answer(cancel, &message, 200, now);
                self.handle_cancel(invite, now);
            }
            Arrival::CancelWithoutMatch(request) => self.answer(request, &message, 481, now),
            Arrival::Response { token, class, .. } => self.handle_response(token, class, &message, now),
        }
        self.drain(now);
    }

    /// When to call [`SimPhone::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let starting = match self.power {
            Power::Off => return None,
            Power::Starting { until } => return Some(until),
            Power::On => None,
        };
        let lines = self.lines.iter().filter_map(Line::deadline);
        let calls = self.calls.iter().filter_map(Call::deadline);
        [starting, self.layer.poll_timeout(), self.fetching.deadline(), self.next_renewal()]
            .into_iter()
            .flatten()
            .chain(lines)
            .chain(calls)
            .min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.power {
            Power::Off => return,
            Power::Starting { until } if until <= now => {
                self.power = Power::On;
                self.start(now);
            }
            Power::Starting { .. } => return,
            Power::On => {}
        }
        self.layer.handle_timeout(now);
        self.refresh_lines(now);
        self.renew_watches(now);
        self.fetch_when_due(now);
        self.key_when_due(now);
        self.drain(now);
    }

    /// The next thing to do; drain it after every call that takes `&mut self`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn sip_address(&self) -> SocketAddr {
        SocketAddr::new(self.address, SIP_PORT)
    }

    fn handle_request(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        match message.method() {
            Some(Method::Invite) => self.handle_invite(request, message, now),
            Some(Method::Bye) => self.handle_bye(request, message, now),
            Some(Method::Notify) => self.handle_notify(request, message, now),
            Some(Method::Options) => self.answer(request, message, 200, now),
            Some(Method::Info | Method::Update) => self.handle_in_call(request, message, now),
            _ => {
                self.inspector.complain("a method the phone never said it knows");
                self.answer(request, message, 501, now);
            }
        }
    }

    fn handle_response(&mut self, token: Token, class: Class, message: &Message<'_>, now: Instant) {
        if matches!(message.status(), Some(401 | 407)) && self.prove(token, message, now) {
            return;
        }
        let Some(pending) = self.pending.get(&token) else { return };
        let purpose = pending.purpose;
        match purpose {
            Purpose::Announce => self.fetching.announced(class),
            Purpose::Register(line) if class.is_final() => self.handle_registered(line, message, now),
            Purpose::Unregister(line) if class.is_final() => self.lines.retain(|one| one.id != line),
            Purpose::Register(_) | Purpose::Unregister(_) => {}
            Purpose::Invite(call) => self.handle_invite_answer(call, token, message, now),
            Purpose::Reinvite(call) => self.handle_reinvite_answer(call, message),
            Purpose::Info(call) if class.is_final() => self.handle_info_answer(call, message, now),
            Purpose::Subscribe(watch) if class.is_final() => self.handle_subscribed(watch, message, now),
            Purpose::Info(_) | Purpose::Bye(_) | Purpose::Subscribe(_) => {}
        }
        // A 2xx to an INVITE may come again, and is acknowledged each time.
        if class.is_final() && !matches!(purpose, Purpose::Invite(_) | Purpose::Reinvite(_)) {
            self.pending.remove(&token);
        }
    }

    /// Sends the request again with credentials; `false` where there are none, or they were refused.
    fn prove(&mut self, token: Token, message: &Message<'_>, now: Instant) -> bool {
        let Some(pending) = self.pending.get(&token) else { return false };
        let Some(line) = self.line_of(pending.purpose) else { return false };
        let stale = line::is_stale(message);
        // A line may be gone by the time its request is answered.
        let is_there = self.lines.iter().any(|one| one.id == line);
        if !is_there || pending.proofs > 3 || (pending.proofs > 0 && !stale) {
            return false;
        }
        let Some(mut pending) = self.pending.remove(&token) else { return false };
        let cnonce = format!("{:016x}", self.rng.random::<u64>());
        let number = match pending.purpose {
            Purpose::Subscribe(watch) => self.next_number_of_watch(watch),
            _ => None,
        };
        let Some(line) = self.lines.iter_mut().find(|one| one.id == line) else { return false };
        if !line.learn(message, self.quirks.digest) {
            self.inspector.complain("a challenge the phone cannot answer");
            return false;
        }
        let call = self.calls.iter_mut().find(|call| Some(call.id) == call_of(pending.purpose));
        let number = match (number, call) {
            (Some(number), _) => number,
            (None, Some(call)) => call.next_number(&pending.request.method),
            (None, None) => line.next_number(),
        };
        line::renumber(&mut pending.request, number);
        line.authorize(&mut pending.request, message.status() == Some(407), &cnonce);
        let proofs = pending.proofs + 1;
        let sent = self.request(pending.purpose, pending.request, pending.flow, now);
        if let Some(again) = self.pending.get_mut(&sent) {
            again.proofs = proofs;
        }
        true
    }

    /// Which line a request speaks for.
    fn line_of(&self, purpose: Purpose) -> Option<u32> {
        match purpose {
            Purpose::Announce => None,
            Purpose::Register(line) | Purpose::Unregister(line) => Some(line),
            Purpose::Subscribe(watch) => self.line_of_watch(watch),
            Purpose::Invite(_) | Purpose::Reinvite(_) | Purpose::Info(_) | Purpose::Bye(_) => {
                let call = call_of(purpose)?;
                self.calls.iter().find(|one| one.id == call).map(|one| one.line)
            }
        }
    }

    fn handle_gave_up(&mut self, token: Token, now: Instant) {
        let Some(pending) = self.pending.remove(&token) else { return };
        match pending.purpose {
            Purpose::Announce => {}
            Purpose::Register(line) => self.handle_register_failed(line, now),
            Purpose::Unregister(line) => self.lines.retain(|one| one.id != line),
            Purpose::Invite(call) => self.end(call, Ending::Refused(408)),
            Purpose::Reinvite(call) | Purpose::Info(call) => self.end(call, Ending::Lost),
            Purpose::Bye(_) | Purpose::Subscribe(_) => {}
        }
    }

    /// Sends a request and remembers why.
    fn request(&mut self, purpose: Purpose, request: Request, flow: Flow, now: Instant) -> Token {
        self.last_token += 1;
        let token = self.last_token;
        let client =
            self.layer.send(token, request.clone(), flow, now).expect("a phone has few transactions");
        self.pending.insert(token, Pending { purpose, request, flow, client, proofs: 0 });
        token
    }

    /// Answers a request at once, with the least there must be.
    fn answer(&mut self, request: NewRequest, message: &Message<'_>, status: u16, now: Instant) {
        let response = self.response(request, message, status);
        self.layer.answer(request, message, &response, now);
    }

    fn response(&mut self, request: NewRequest, message: &Message<'_>, status: u16) -> Response {
        use perch::sip::outgoing::Outgoing;
        let tag = format!("{:08x}", self.rng.random::<u32>());
        Response::answering(message, &request.reply(), status, Some(&tag))
            .with("User-Agent", self.kind.sip_agent())
            .with("Allow", ALLOW)
    }

    fn drain(&mut self, now: Instant) {
        loop {
            while let Some(event) = self.layer.poll_event() {
                match event {
                    Event::Timeout(token) | Event::TransportFailed(token) => self.handle_gave_up(token, now),
                    Event::NoAck(invite) => self.handle_no_ack(invite, now),
                    Event::CallerLost(_) => {}
                }
            }
            let Some(transmit) = self.layer.poll_transmit() else { break };
            self.inspector.sends(&transmit.bytes);
            self.outputs.push_back(Output::Send { to: transmit.flow.remote, bytes: transmit.bytes.to_vec() });
        }
        self.calls.iter_mut().for_each(|call| call.hearing.report(&mut self.inspector));
    }

    fn random_word(&mut self) -> String {
        format!("{:012x}", self.rng.random::<u64>() >> 16)
    }
}

/// The call a request belongs to.
fn call_of(purpose: Purpose) -> Option<u32> {
    match purpose {
        Purpose::Invite(call) | Purpose::Reinvite(call) | Purpose::Info(call) | Purpose::Bye(call) => {
            Some(call)
        }
        Purpose::Announce | Purpose::Register(_) | Purpose::Unregister(_) | Purpose::Subscribe(_) => None,
    }
}

/// What the phone says it understands.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY";

/// How long a phone waits before it tries again what has failed.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// One line about a message, as ladders show it: `INVITE 100`, `180`, `200 BYE`.
pub fn in_words(bytes: &[u8]) -> String {
    let Ok(message) = Message::parse(bytes) else { return "?".to_owned() };
    match message.start_line() {
        StartLine::Response { status, .. } => match message.cseq_parts() {
            Ok((_, "INVITE")) | Err(_) => status.to_string(),
            Ok((_, method)) => format!("{status} {method}"),
        },
        StartLine::Request { method, uri, .. } => match method {
            "REGISTER" => {
                let user = message.to().map(|to| user_of(to.uri).to_owned()).unwrap_or_default();
                let leaving = message.header("Expires") == Some("0");
                format!("REGISTER {user}{}", if leaving { " off" } else { "" })
            }
            "INVITE" => format!("INVITE {}", user_of(uri)),
            "NOTIFY" | "SUBSCRIBE" => {
                let package = message.event().map(|event| event.package.to_owned()).unwrap_or_default();
                format!("{method} {package}")
            }
            _ => method.to_owned(),
        },
    }
}

/// The user part of a SIP URI.
fn user_of(uri: &str) -> &str {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    rest.split_once('@').map_or("", |(user, _)| user)
}
