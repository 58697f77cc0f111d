//! Calls: the back-to-back user agent (RFC 7092 §3.1).
//!
//! Each call has legs; the box owns the dialog of each, with Call-ID, tags and Contact of its own. What the two phones
//! have to agree on passes untouched ([`content`]), and the sound flows between them directly. A call rings phones
//! ([`fork`], [`ringing`]), joins two legs ([`bridge`]), or is taken by the box's own voice ([`voice`]).
//!
//! Promises: every call ends, whatever the phones do; nobody is left with a call the other side has no part in; and the
//! end is told exactly once.
//!
//! Not here: who may call and what a dialled string means (`admission`, `dialplan`), where phones are (`registrar`),
//! copies and timers of requests ([`crate::sip::transaction`]), records (`cdr`). Feature codes are no transfer targets:
//! whoever passes a REFER in asks the numbering plan about [`refer_target`] before.

mod bridge;
mod content;
mod ending;
mod fork;
mod incoming;
mod leg;
mod output;
mod proof;
mod ringing;
mod setup;
mod state;
mod transfer;
mod turn;
mod verdict;
mod voice;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub use output::{EndVoice, Handled, LegToken, Output, Refusal, Side};
pub use setup::{Account, Exhausted, Identity, Opening, Route, Setup, Takeover, Target, Told, Way};

use fork::{Fork, Rules};
use incoming::Incoming;
use leg::LegId;
use state::{Call, Caller, Noted, Stage};
use turn::{Turn, call_of};

use crate::model::{CallId, CallKind, DeviceId, Now};
use crate::sip::dialog::DialogId;
use crate::sip::flow::Flow;
use crate::sip::message::{HeaderError, Message};
use crate::sip::outgoing::{Outgoing, Response};
use crate::sip::transaction::{ClientKey, ServerKey};
use crate::sip::uri::Uri;

/// What the owner may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long phones ring at most.
    pub ringing: Duration,
    /// How many calls there may be at a time, those included whose last messages are still under way.
    pub calls: usize,
    /// How many of them one phone may take part in; it cannot begin another then.
    pub calls_of_one: usize,
    /// How many emergency calls there may be besides.
    pub calls_for_help: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { ringing: Duration::from_secs(180), calls: 2_000, calls_of_one: 128, calls_for_help: 200 }
    }
}

/// All calls under way.
#[derive(Debug)]
pub struct Calls {
    settings: Settings,
    random: ChaCha8Rng,
    calls: BTreeMap<CallId, Call>,
    /// The calls that are under way by the INVITE that began each.
    by_invite: BTreeMap<ServerKey, CallId>,
    last: u64,
    deadlines: BTreeSet<(Instant, CallId)>,
    /// How many calls each device is busy with.
    busy: BTreeMap<DeviceId, usize>,
    outputs: VecDeque<Output>,
}

impl Calls {
    /// No calls. `last` is the highest call number ever given; `seed` is random, and new in each run.
    pub fn new(settings: Settings, last: u64, seed: [u8; 32]) -> Self {
        Self {
            settings,
            random: ChaCha8Rng::from_seed(seed),
            calls: BTreeMap::new(),
            by_invite: BTreeMap::new(),
            last,
            deadlines: BTreeSet::new(),
            busy: BTreeMap::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Begins a call for an INVITE outside any dialog. What becomes of it is told by outputs; the INVITE is answered.
    pub fn start(&mut self, setup: Setup<'_>, now: Now) -> Result<CallId, Refusal> {
        self.check(setup.request)?;
        if setup.request.header("Replaces").is_some() {
            return Err(Refusal::NothingToReplace);
        }
        if !self.has_room_for(&setup) {
            return Err(Refusal::Full);
        }
        let id = self.number();
        let mut turn = Turn { now, outputs: &mut self.outputs, random: &mut self.random };
        let (attempts, exhausted, voice) = match setup.route {
            Route::Ring { attempts, exhausted } => (attempts, exhausted, None),
            Route::Voice { opening } => (Vec::new(), Exhausted::Answer, Some(opening)),
        };
        let ringing = exhausted.ringing(self.settings.ringing);
        let rules = Rules { ringing, domain: setup.identity.domain.clone() };
        let caller = Caller {
            invite: Incoming::of(setup.invite, setup.request, setup.flow),
            tag: turn.tag(id, LegId(0)),
            device: setup.device,
            identity: setup.identity,
            called: setup.called,
            kind: setup.kind,
        };
        let call = Call {
            id,
            caller,
            fork: Fork::new(attempts, rules, now.mono),
            invitations: BTreeMap::new(),
            legs: BTreeMap::new(),
            pending: BTreeMap::new(),
            stage: Stage::Ringing { exhausted },
            counted: 0,
            noted: Noted::default(),
        };
        self.by_invite.insert(setup.invite, id);
        self.calls.insert(id, call);
        self.with(id, now, |call, turn| match voice {
            None => {
                let actions = call.fork.begin(turn.now.mono);
                call.perform(actions, turn);
            }
            Some(opening) => call.begin_voice(opening, turn),
        });
        Ok(id)
    }

    /// An INVITE with Replaces takes the place of one side of a call under way: the last step of an attended transfer.
    /// It never reaches the numbering plan.
    pub fn take_over(&mut self, by: Takeover<'_>, now: Now) -> Result<CallId, Refusal> {
        self.check(by.request)?;
        let replaces = by.request.replaces().ok().flatten().ok_or(Refusal::NothingToReplace)?;
        let id = call_of(replaces.to_tag).ok_or(Refusal::NothingToReplace)?;
        let leg = self.calls.get(&id).and_then(|call| call.leg_replaced(&replaces));
        let leg = leg.ok_or(Refusal::NothingToReplace)?;
        if replaces.early_only {
            return Err(Refusal::Answered);
        }
        let taken = self.with(id, now, |call, turn| call.take_over(leg, by, turn));
        taken.unwrap_or(Err(Refusal::NothingToReplace)).map(|()| id)
    }

    /// A number for a call, never given before.
    pub fn number(&mut self) -> CallId {
        self.last += 1;
        CallId(self.last)
    }

    /// An emergency call finds room where no other does, and no phone can fill the table by itself (HOTDESK B8).
    fn has_room_for(&self, setup: &Setup<'_>) -> bool {
        let Settings { calls, calls_of_one, calls_for_help, .. } = self.settings;
        if setup.kind == CallKind::Emergency {
            return self.calls.len() < calls + calls_for_help;
        }
        let of_this = setup.device.and_then(|device| self.busy.get(&device)).copied().unwrap_or(0);
        self.calls.len() < calls && of_this < calls_of_one
    }

    /// Whether a call can be begun for this INVITE, whatever it asks for.
    pub fn check(&self, request: &Message<'_>) -> Result<(), Refusal> {
        if request.max_forwards().ok().flatten() == Some(0) {
            return Err(Refusal::TooManyHops);
        }
        if self.is_ours(request) {
            return Err(Refusal::Loop);
        }
        let options = content::unsupported(request);
        if !options.is_empty() {
            return Err(Refusal::Unsupported(options));
        }
        match request.contact() {
            // Phones of RFC 2543 send none; their From serves.
            Err(HeaderError::Missing(_)) if is_as_old_as_rfc_2543(request) => Ok(()),
            contact => contact.map(|_| ()).map_err(|_| Refusal::NoContact),
        }
    }

    /// Whether an INVITE from outside carries a From tag of ours: it is one of our own that came back.
    fn is_ours(&self, request: &Message<'_>) -> bool {
        let Some(tag) = request.from().ok().and_then(|from| from.tag()) else { return false };
        call_of(tag).and_then(|call| self.calls.get(&call)).is_some_and(|call| call.has_called_as(tag))
    }

    /// The request with that token has gone out as this transaction.
    pub fn sent(&mut self, token: LegToken, client: ClientKey, now: Now) {
        self.with(token.call, now, |call, turn| call.sent(token.number, client, turn));
    }

    /// An answer to the request with that token; a 2xx to an INVITE as often as it comes. `NoDialog` if the call is gone.
    pub fn handle_response(&mut self, token: LegToken, response: &Message<'_>, now: Now) -> Handled {
        let heard =
            self.with(token.call, now, |call, turn| call.handle_response(token.number, response, turn));
        heard.map_or(Handled::NoDialog, |()| Handled::Taken)
    }

    /// The same for a redirection to where nobody may be sent: whoever sends there has refused the call.
    pub fn handle_forbidden_redirection(&mut self, token: LegToken, response: &Message<'_>, now: Now) {
        self.with(token.call, now, |call, turn| {
            call.handle_forbidden_redirection(token.number, response, turn);
        });
    }

    /// The request with that token got no final answer, or could not be sent.
    pub fn handle_failure(&mut self, token: LegToken, now: Now) {
        self.with(token.call, now, |call, turn| call.handle_failure(token.number, turn));
    }

    /// A request with a To tag, other than ACK and CANCEL.
    pub fn handle_request(&mut self, key: ServerKey, request: &Message<'_>, flow: Flow, now: Now) -> Handled {
        let Some((id, leg)) = self.leg_of(request) else { return Handled::NoDialog };
        self.with(id, now, |call, turn| call.handle_request(leg, (key, request, flow), turn))
            .unwrap_or(Handled::NoDialog)
    }

    /// An ACK that is not for a refusal.
    pub fn handle_ack(&mut self, request: &Message<'_>, now: Now) {
        if let Some((id, leg)) = self.leg_of(request) {
            self.with(id, now, |call, turn| call.handle_ack(leg, request, turn));
        }
    }

    /// A CANCEL for that INVITE has come; the CANCEL itself is answered by whoever took it.
    pub fn handle_cancel(&mut self, invite: ServerKey, now: Now) {
        if let Some(id) = self.call_with(invite) {
            self.with(id, now, |call, turn| call.handle_cancel(invite, turn));
        }
    }

    /// The ACK for our 2xx to that INVITE never came; or the stream it came by is gone.
    pub fn handle_no_ack(&mut self, invite: ServerKey, now: Now) {
        if let Some(id) = self.call_with(invite) {
            self.with(id, now, |call, turn| call.handle_no_ack(invite, turn));
        }
    }

    /// The port for the box's voice is open at `ours`.
    pub fn voice_opened(&mut self, call: CallId, ours: SocketAddr, now: Now) {
        self.with(call, now, |call, turn| call.voice_opened(ours, turn));
    }

    /// No port could be opened for the box's voice.
    pub fn voice_failed(&mut self, call: CallId, now: Now) {
        self.with(call, now, Call::voice_failed);
    }

    /// The box's voice has nothing more to say.
    pub fn end_voice(&mut self, call: CallId, how: EndVoice, now: Now) {
        self.with(call, now, |call, turn| call.end_voice(how, turn));
    }

    /// After [`Output::Exhausted`]: the box's voice takes the call.
    pub fn announce(&mut self, call: CallId, opening: Opening, now: Now) {
        self.with(call, now, |call, turn| {
            if matches!(call.stage, Stage::Exhausted { .. }) {
                call.begin_voice(opening, turn);
            }
        });
    }

    /// After [`Output::Exhausted`]: others are rung, attempt after attempt.
    pub fn ring_on(&mut self, call: CallId, attempts: Vec<Vec<Target>>, exhausted: Exhausted, now: Now) {
        let most = self.settings.ringing;
        self.with(call, now, |call, turn| call.ring_on((attempts, exhausted), most, turn));
    }

    /// After [`Output::Exhausted`]: the caller is told the best of the answers.
    pub fn give_verdict(&mut self, call: CallId, now: Now) {
        self.with(call, now, Call::give_verdict);
    }

    /// After [`Output::Exhausted`]: the caller is told this status.
    pub fn refuse(&mut self, call: CallId, status: u16, now: Now) {
        self.with(call, now, |call, turn| call.refuse_exhausted(status, turn));
    }

    /// Ends a call from the box's side.
    pub fn hang_up(&mut self, call: CallId, now: Now) {
        self.with(call, now, Call::hang_up);
    }

    /// Ends all calls: the box stops.
    pub fn hang_up_all(&mut self, now: Now) {
        let all: Vec<CallId> = self.calls.keys().copied().collect();
        for call in all {
            self.hang_up(call, now);
        }
    }

    /// Whether the device rings, speaks, or has not finished hanging up.
    pub fn is_in_call(&self, device: DeviceId) -> bool {
        self.busy.contains_key(&device)
    }

    /// How many calls there are whose people are still in them.
    pub fn len(&self) -> usize {
        self.calls.values().filter(|call| !call.is_over()).count()
    }

    /// Whether nothing is under way at all, not even the last messages of calls that are over.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The next thing to do or to know.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Calls::handle_timeout`] next, and for what.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        let (at, call) = self.deadlines.first()?;
        let reason = self.calls.get(call).and_then(Call::poll_timeout).map_or("a call", |(_, reason)| reason);
        Some((*at, reason))
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((at, call)) = self.deadlines.first().copied() {
            if at > now.mono {
                return;
            }
            self.with(call, now, Call::handle_timeout);
        }
    }

    /// Gives a turn to a call, and takes note of what it has become.
    fn with<A>(
        &mut self,
        id: CallId,
        now: Now,
        act: impl FnOnce(&mut Call, &mut Turn<'_>) -> A,
    ) -> Option<A> {
        let call = self.calls.get_mut(&id)?;
        let mut turn = Turn { now, outputs: &mut self.outputs, random: &mut self.random };
        let answer = act(call, &mut turn);
        self.note(id);
        Some(answer)
    }

    fn note(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let is_done = call.is_done();
        let deadline = if is_done { None } else { call.poll_timeout().map(|(at, _)| at) };
        if deadline != call.noted.deadline {
            if let Some(at) = call.noted.deadline {
                self.deadlines.remove(&(at, id));
            }
            if let Some(at) = deadline {
                self.deadlines.insert((at, id));
            }
            call.noted.deadline = deadline;
        }
        let devices = if is_done { Vec::new() } else { call.devices() };
        if devices != call.noted.devices {
            let former = std::mem::replace(&mut call.noted.devices, devices.clone());
            self.note_devices(&former, &devices);
        }
        if is_done && let Some(call) = self.calls.remove(&id) {
            self.by_invite.remove(&call.caller.invite.key);
        }
    }

    fn note_devices(&mut self, former: &[DeviceId], devices: &[DeviceId]) {
        for device in devices.iter().filter(|device| !former.contains(device)) {
            *self.busy.entry(*device).or_default() += 1;
        }
        for device in former.iter().filter(|device| !devices.contains(device)) {
            if let Some(count) = self.busy.get_mut(device) {
                *count -= 1;
                if *count == 0 {
                    self.busy.remove(device);
                    self.outputs.push_back(Output::DeviceFree(*device));
                }
            }
        }
    }

    fn leg_of(&self, request: &Message<'_>) -> Option<(CallId, LegId)> {
        let dialog = DialogId::of_request(request).ok()?;
        let id = call_of(&dialog.local_tag)?;
        self.calls.get(&id)?.leg_of(&dialog).map(|leg| (id, leg))
    }

    /// The To tag of the answers to an INVITE that began a call, for the answer to its CANCEL (RFC 3261 §9.2).
    pub fn tag_of(&self, invite: ServerKey) -> Option<&str> {
        self.by_invite.get(&invite).and_then(|id| self.calls.get(id)).map(|call| call.caller.tag.as_str())
    }

    fn call_with(&self, invite: ServerKey) -> Option<CallId> {
        let by_a_later_one =
            || self.calls.iter().find(|(_, call)| call.has_invite(invite)).map(|(id, _)| *id);
        self.by_invite.get(&invite).copied().or_else(by_a_later_one)
    }
}

impl Refusal {
    /// The status that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::Full => 503,
            Self::TooManyHops => 483,
            Self::Loop => 482,
            Self::Unsupported(_) => 420,
            Self::NoContact => 400,
            Self::NothingToReplace => 481,
            Self::Answered => 486,
            Self::Pending => 491,
        }
    }

    /// The answer to the INVITE.
    pub fn response_to(&self, request: &Message<'_>, flow: &Flow, to_tag: &str) -> Response {
        let response = Response::answering(request, flow, self.status(), Some(to_tag));
        match self {
            Self::Full => response.with("Retry-After", ending::RETRY_AFTER),
            Self::Unsupported(options) => response.with("Unsupported", options.join(", ")),
            Self::TooManyHops
            | Self::Loop
            | Self::NoContact
            | Self::NothingToReplace
            | Self::Answered
            | Self::Pending => response,
        }
    }
}

fn is_as_old_as_rfc_2543(request: &Message<'_>) -> bool {
    request.via_top().is_ok_and(|via| via.transaction().is_none())
}

/// Whom a REFER asks to call, its escapes undone: what the numbering plan is asked about, for a feature code is refused
/// with 403. `None` when it is no number or name at a SIP address, and for a transfer to a call under way (`Replaces`).
pub fn refer_target(request: &Message<'_>) -> Option<String> {
    let address = request.refer_to().ok()?;
    let uri = Uri::parse(address.uri)?;
    let names_a_call = uri.headers.is_some_and(|headers| headers.to_ascii_lowercase().contains("replaces="));
    if names_a_call {
        return None;
    }
    uri.user_decoded().map(|user| user.into_owned())
}

#[cfg(test)]
mod tests;
