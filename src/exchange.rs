//! The telephone exchange: the story of one input, told once.
//!
//! ```text
//! bytes ─> transactions ─> REGISTER ─> admission ─> registrar ─> refresh
//!                          INVITE   ─> admission ─> dialplan ─> call | ivr ─> hotdesk ─> refresh
//!                          SUBSCRIBE ─> admission ─> presence
//!                          the rest ─> the call it belongs to, or one plain answer
//! ```
//!
//! [`Exchange`] alone knows all sub-rooms; they know neither it nor one another. Each input is taken to its end: the
//! outputs of one room are handed to the next until all are silent, and what must leave the house waits in
//! [`Exchange::poll_output`]. Time and randomness come in as arguments.
//!
//! The chapters of the story are in `story/`: `requests` (what comes by SIP), `callers` (who calls), `calls` (where an INVITE
//! goes), `ringing` (whom it rings, and where it goes that is not taken), `outside` (calls by the trunks), `voice` (the box's
//! voice), `logins` (who may log in), `pins` (what is keyed), `native` (the phone's own function), `lockouts` (what wrong PINs
//! close), `desks` (what a login changes), `endings` (logins that end by themselves), `audit` (what the journal tells),
//! `phones` and `files` (what phones ask for and are told), `presence` (who may watch whom), `office` (what the owner
//! changes), `tenants` (whose a request is), `views` (what is shown).

pub mod admission;
pub mod call;
pub mod callbacks;
pub mod cdr;
pub mod dialplan;
pub mod directory;
pub mod discovery;
pub mod emergencies;
pub mod endings;
pub mod forwarding;
pub mod hotdesk;
pub mod ivr;
pub mod journal;
pub mod limits;
pub mod openings;
pub mod port;
pub mod presence;
pub mod refresh;
pub mod registrar;
mod story;
pub mod trunks;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::{
    CallId, Change, DeviceId, EmergencyNotice, Event, ExtensionNumber, Generation, LoginId, LogoutReason,
    Now, Snapshot, StartFinding, StoreTrouble,
};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::Request;
use crate::sip::transaction::{self, ClientKey, Layer};

use admission::Admission;
use admission::lockout::Lockout;
use admission::newcomers::Newcomers;
use call::{Calls, Handled, LegToken};
use callbacks::Callbacks;
use cdr::Ledger;
use directory::Directory;
use emergencies::Emergencies;
pub use emergencies::SHOWN as EMERGENCIES_SHOWN;
use endings::Endings;
use hotdesk::Hotdesk;
use ivr::Ivr;
use journal::Journal;
use limits::Limits;
use openings::Openings;
pub use port::{ChallengeForm, Input, Meant, ModelFacts, Output, Settings, SoundCommand, SoundNews};
use presence::{Presence, SubscriptionId};
use refresh::Refresh;
use registrar::Registrar;
use story::ringing::Trip;
use story::voice::Script;
use trunks::Trunks;

/// How long a login is waited for to reach the disc before it is confirmed all the same (HOTDESK B1).
pub const SAVE_PATIENCE: Duration = Duration::from_secs(3);

/// Between two questions to phones whose bindings were stored (HOTDESK B11).
const PROBE_EVERY: Duration = Duration::from_millis(50);

/// The telephone exchange of one office.
pub struct Exchange {
    settings: Settings,
    rng: ChaCha8Rng,
    layer: Layer<Ours>,
    admission: Admission,
    /// In which form phones are challenged that were challenged lately, by what they say of themselves.
    forms: BTreeMap<Box<str>, ChallengeForm>,
    lockout: Lockout,
    directory: Directory,
    registrar: Registrar,
    hotdesk: Hotdesk,
    endings: Endings,
    refresh: Refresh,
    calls: Calls,
    ledger: Ledger,
    limits: Limits,
    /// How each call to an extension, or sent on by one, came to where it is.
    trips: BTreeMap<CallId, Trip>,
    ivr: Ivr,
    /// What each voice call is to say or ask, until its sound runs.
    scripts: BTreeMap<CallId, Script>,
    /// The voice calls by the device they came from.
    talking: BTreeMap<CallId, DeviceId>,
    /// The wrong answers of phones that were tried as a PIN last.
    wrong_answers: story::WrongAnswers,
    /// Phones that have not come back since a login by their own function has ended.
    stranded: BTreeSet<DeviceId>,
    /// What users are to be told at their next login (HOTDESK B13); at most one thing for each extension.
    untold: BTreeMap<ExtensionNumber, LogoutReason>,
    /// Logins whose change is on its way to the disc: the change, and who waits.
    unsaved: VecDeque<Unsaved>,
    /// Phones that may fetch their file without a secret, for a while after they were accepted.
    openings: Openings,
    newcomers: Newcomers,
    /// The NOTIFY under way to each phone.
    notifies: BTreeMap<DeviceId, NotifyUnderWay>,
    trunks: Trunks,
    callbacks: Callbacks,
    emergencies: Emergencies,
    presence: Presence,
    journal: Journal,
    store_trouble: Option<StoreTrouble>,
    findings: Vec<StartFinding>,
    /// The bindings still to be asked after a restart, and when the next one is.
    probes: VecDeque<(DeviceId, String)>,
    next_probe: Option<Instant>,
    last_change: u64,
    outputs: VecDeque<Output>,
}

/// Whose a request of the box's own is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ours {
    Call(LegToken),
    Refresh(DeviceId),
    Discovery,
    Probe(DeviceId, String),
    Report(SubscriptionId),
}

/// A login whose change is not on the disc yet.
#[derive(Debug)]
struct Unsaved {
    change: u64,
    login: LoginId,
    device: DeviceId,
    call: Option<CallId>,
    until: Instant,
}

/// The NOTIFY that tells a phone to fetch its file.
#[derive(Debug)]
struct NotifyUnderWay {
    client: ClientKey,
    request: Request,
    flow: Flow,
    generation: Generation,
    challenged: bool,
}

impl Exchange {
    /// An exchange that goes on where `snapshot` ends; `seed` is true randomness.
    pub fn new(settings: Settings, snapshot: Snapshot, seed: [u8; 32], now: Now) -> Self {
        let mut rng = ChaCha8Rng::from_seed(seed);
        let Snapshot { office, logins, bindings, lockouts, to_tell, messages, .. } = snapshot;
        let Snapshot { last_device, last_login, last_call, last_audit, last_screen_name, .. } = snapshot;
        let mut exchange = Self {
            layer: Layer::new(rng.random()),
            admission: Admission::new(rng.random(), rng.random(), now.mono),
            forms: BTreeMap::new(),
            lockout: Lockout::default(),
            directory: Directory::restored(office, last_device, last_screen_name),
            registrar: Registrar::restored(bindings, now.mono),
            endings: Endings::restored(&logins, now),
            hotdesk: Hotdesk::restored(logins, last_login),
            refresh: Refresh::default(),
            calls: Calls::new(call::Settings::default(), last_call, rng.random()),
            ledger: Ledger::new(),
            limits: Limits::default(),
            trips: BTreeMap::new(),
            ivr: Ivr::default(),
            scripts: BTreeMap::new(),
            talking: BTreeMap::new(),
            wrong_answers: VecDeque::new(),
            stranded: BTreeSet::new(),
            untold: to_tell,
            unsaved: VecDeque::new(),
            openings: Openings::default(),
            newcomers: Newcomers::default(),
            notifies: BTreeMap::new(),
            trunks: Trunks::default(),
            callbacks: Callbacks::default(),
            emergencies: Emergencies::default(),
            presence: Presence::restored(messages),
            journal: Journal::restored(last_audit),
            store_trouble: None,
            findings: Vec::new(),
            probes: VecDeque::new(),
            next_probe: None,
            last_change: 0,
            outputs: VecDeque::new(),
            settings,
            rng,
        };
        exchange.close_again(lockouts, now);
        exchange.begin(now);
        exchange
    }

    /// Remembers emergency calls of before the start, newest first, for the page.
    pub fn recall_emergencies(&mut self, notices: Vec<EmergencyNotice>) {
        self.recall_callbacks(&notices);
        self.emergencies.recall(notices);
    }

    /// Remembers what the start has found on the disc, for the page.
    pub fn recall_findings(&mut self, findings: Vec<StartFinding>) {
        self.findings = findings;
    }

    /// Takes one input to its end; drain [`Exchange::poll_output`] afterwards.
    pub fn handle(&mut self, input: Input<'_>, now: Now) {
        match input {
            Input::Message { flow, bytes } => self.handle_bytes(flow, bytes, now),
            Input::Broken { flow, head } => self.handle_broken(flow, head),
            Input::FlowClosed(flow) => {
                self.layer.handle_flow_closed(flow, now.mono);
                self.registrar.handle_flow_closed(&flow);
            }
            Input::SendFailed(flow) => self.layer.handle_send_failed(flow, now.mono),
            Input::Saved { through } => self.handle_saved(through, now),
            Input::StoreTrouble(trouble) => {
                self.store_trouble = trouble;
                self.tell(Event::StoreTrouble { trouble });
            }
            Input::Sound(news) => self.handle_sound(news, now),
            Input::Announced { flow, bytes } => self.handle_announced(flow, bytes, now),
            Input::Discovery { flow, request, meant, found } => {
                self.handle_discovery(flow, request, (meant, found), now);
            }
            Input::Address(address) => self.settings.main_address = address,
            Input::Resolved { host, address } => self.handle_resolved(&host, address),
        }
        self.settle(now);
    }

    /// Acts on every deadline that has come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.layer.handle_timeout(now.mono);
        self.registrar.handle_timeout(now.mono);
        self.refresh.handle_timeout(now.mono);
        self.calls.handle_timeout(now);
        self.ivr.handle_timeout(now.mono);
        self.lockout.handle_timeout(now.mono);
        self.give_up_waiting_for_the_disc(now);
        self.openings.handle_timeout(now.mono);
        self.count_refusals(now);
        self.probe(now);
        self.end_due_logins(now);
        self.presence.handle_timeout(now.mono);
        self.settle(now);
    }

    /// When to call [`Exchange::handle_timeout`] next, and for what.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        let deadlines = [
            (self.layer.poll_timeout(), "transaction"),
            (self.registrar.poll_timeout(), "binding"),
            (self.refresh.poll_timeout(), "refresh"),
            (self.calls.poll_timeout().map(|(at, _)| at), "call"),
            (self.ivr.poll_timeout(), "voice"),
            (self.lockout.poll_timeout(), "lock-out"),
            (self.unsaved.front().map(|one| one.until), "save"),
            (self.openings.poll_timeout(), "opening"),
            (self.journal.poll_timeout(), "journal"),
            (self.next_probe, "probe"),
            (self.next_ending(), "ending"),
            (self.presence.poll_timeout(), "subscription"),
        ];
        deadlines.into_iter().filter_map(|(at, reason)| Some((at?, reason))).min()
    }

    /// The next thing to do outside; drain it after every call that takes `&mut self`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The number of the change handed out last: what was just done is on the disc once this is.
    pub fn last_change(&self) -> u64 {
        self.last_change
    }

    /// Whether no call is left.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// Ends every call, because the box stops.
    pub fn stop(&mut self, now: Now) {
        self.calls.hang_up_all(now);
        self.settle(now);
    }

    /// Hands the outputs of each room to the next until all are silent.
    fn settle(&mut self, now: Now) {
        loop {
            if let Some(event) = self.layer.poll_event() {
                self.handle_transaction_event(event, now);
            } else if let Some(output) = self.calls.poll_output() {
                self.handle_call_output(output, now);
            } else if let Some(turn) = self.lockout.poll_turn() {
                self.handle_lockout_turn(turn, now);
            } else if let Some(output) = self.ivr.poll_output() {
                self.handle_voice_output(output, now);
            } else if let Some(turn) = self.hotdesk.poll_turn() {
                self.handle_desk_turn(turn, now);
            } else if let Some(output) = self.refresh.poll_output() {
                self.handle_refresh_output(output, now);
            } else if let Some(turn) = self.registrar.poll_turn() {
                self.handle_binding_turn(turn, now);
            } else if let Some(extension) = self.limits.poll_changed() {
                self.light(extension, now);
            } else if let Some(output) = self.presence.poll_output() {
                self.send_report(output, now);
            } else if !self.withhold_notifies() {
                break;
            }
        }
        while let Some(transaction::Transmit { flow, bytes }) = self.layer.poll_transmit() {
            self.outputs.push_back(Output::Transmit { flow, bytes });
        }
    }

    fn handle_transaction_event(&mut self, event: transaction::Event<Ours>, now: Now) {
        use transaction::Event::{CallerLost, NoAck, Timeout, TransportFailed};
        match event {
            Timeout(ours) | TransportFailed(ours) => self.handle_no_answer(ours, now),
            // A caller whose stream is gone hears nothing any more: as if it had hung up.
            NoAck(key) | CallerLost(key) => self.calls.handle_no_ack(key, now),
        }
    }

    fn handle_no_answer(&mut self, ours: Ours, now: Now) {
        match ours {
            Ours::Call(token) => self.calls.handle_failure(token, now),
            Ours::Refresh(device) => {
                self.notifies.remove(&device);
                self.refresh.notify_ended(device, now.mono);
            }
            // Discovery is asked again by the phone; a stored binding that does not answer still rings.
            Ours::Discovery | Ours::Probe(..) => {}
            Ours::Report(subscription) => self.presence.handle_failure(subscription, now.mono),
        }
    }

    fn handle_answer(&mut self, ours: Ours, response: &Message<'_>, flow: Flow, now: Now) {
        match ours {
            Ours::Call(token) if self.redirects_to_a_code(response) => {
                self.calls.handle_forbidden_redirection(token, response, now);
            }
            Ours::Call(token) => {
                if self.calls.handle_response(token, response, now) == Handled::NoDialog {
                    self.acknowledge_late(response, flow);
                }
            }
            Ours::Refresh(device) => self.handle_notify_answer(device, response, now),
            Ours::Discovery => {}
            Ours::Probe(device, contact) => self.registrar.heard(device, &contact),
            Ours::Report(subscription) => {
                self.presence.handle_answer(subscription, response.status().unwrap_or_default(), now.mono);
            }
        }
    }

    /// Numbers a change, adopts it where it concerns the directory, and hands it out to be kept.
    fn keep(&mut self, change: Change) -> u64 {
        self.last_change += 1;
        let number = self.last_change;
        self.outputs.push_back(Output::Save { number, change });
        number
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// A short random word: a tag, a Call-ID, a client nonce.
    fn token(&mut self) -> String {
        format!("{:016x}", self.rng.random::<u64>())
    }
}
