//! Where an INVITE goes: who calls, what the dialled string means, whom it rings.

use crate::exchange::admission::Verdict;
use crate::exchange::call::{
    Exhausted, Identity, Opening, Output as CallOutput, Refusal, Route, Setup, Takeover, Target, Way,
};
use crate::exchange::cdr::Facts;
use crate::exchange::dialplan::{self, Meaning};
use crate::exchange::ivr::DigitSource;
use crate::exchange::registrar::Bound;
use crate::exchange::{Exchange, Ours};
use crate::media::Prompt;
use crate::model::{
    CallId, CallKind, CallOutcome, Change, Device, DeviceId, DeviceMode, Event, ExtensionNumber, IdleCalls,
    LoginMethod, Now, Party, TenantId,
};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::transaction::{NewRequest, ServerKey, Urgency};

use super::requests::user_here;
use super::voice::Script;

/// Who calls, and with which rights.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The phone.
    pub(super) device: DeviceId,
    /// Who uses it: the one logged in, or its owner; nobody at an idle hot desk.
    pub(super) user: Option<ExtensionNumber>,
}

/// An INVITE that has been let in.
pub(super) struct Invite<'m> {
    key: ServerKey,
    message: &'m Message<'m>,
    flow: Flow,
    dialled: String,
    pub(super) caller: Caller,
}

impl Exchange {
    /// An INVITE outside any dialog.
    pub(in crate::exchange) fn handle_invite(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: Flow,
        now: Now,
    ) {
        let Some(dialled) = message.request_uri().and_then(|uri| self.dialled_in(uri)) else {
            return self.refuse(new, message, &flow, 404);
        };
        let settings = self.directory.settings();
        let meaning = dialplan::meaning(&dialled, &settings.plan, settings.country);
        let is_emergency = matches!(meaning, Meaning::Emergency(_));
        let Some((device, desk_rights)) = self.let_in(new, message, &flow, is_emergency, now) else { return };
        let is_foreign = message.request_uri().is_some_and(|uri| !self.is_called_here(uri, &flow));
        if is_foreign && !is_emergency {
            return self.decline(new, message, &flow, 404, now);
        }
        let Some(caller) = self.directory.device(device).map(|device| self.caller_at(device, desk_rights))
        else {
            return self.decline(new, message, &flow, 403, now);
        };
        let urgency = if is_emergency { Urgency::Emergency } else { Urgency::Ordinary };
        let Ok(key) = self.layer.accept_as(urgency, new, message, now.mono) else {
            return self.overloaded(new, message, &flow);
        };
        let invite = Invite { key, message, flow, dialled, caller };
        if let Err(refusal) = self.calls.check(message) {
            return self.refuse_call(&invite, &refusal, now);
        }
        match message.headers("Replaces").count() {
            0 => self.route(&invite, meaning, now),
            1 => self.take_over(&invite, now),
            _ => self.answer(&invite, 400, now),
        }
    }

    /// The device an INVITE comes from, and whether it may call as whoever is at the desk; where nobody is let in, that has
    /// been said. HOTDESK B8: an emergency call from where a phone lives is not asked for a password.
    fn let_in(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: &Flow,
        is_emergency: bool,
        now: Now,
    ) -> Option<(DeviceId, bool)> {
        let near = if is_emergency {
            let account = message.from().ok().and_then(|from| user_here(from.uri));
            self.registrar.device_near(flow.remote, account.as_deref(), now.mono)
        } else {
            None
        };
        let speaker = match (self.credentials_in(message, flow, now), near) {
            (Verdict::Proved(speaker), _) => self.directory.speaker(speaker)?,
            (Verdict::Wanted(_), Some(device)) => return Some((device, true)),
            (Verdict::Wanted(stale), None) => {
                self.challenge(new, message, flow, stale, now);
                return None;
            }
        };
        Some((speaker.device.id, speaker.serves_the_desk()))
    }

    /// Whether an address is one of this office's, or a number that is of none.
    fn is_called_here(&self, uri: &str, flow: &Flow) -> bool {
        let scheme = uri.split(':').next().unwrap_or_default();
        ["tel", "urn"].iter().any(|numbers| scheme.eq_ignore_ascii_case(numbers)) || self.is_ours(uri, flow)
    }

    /// What was dialled: the user part of a sip address, the number of a tel address, both without their parameters; for
    /// the emergency services (RFC 5031) the country's general number.
    fn dialled_in(&self, uri: &str) -> Option<String> {
        let (scheme, rest) = uri.split_once(':')?;
        if scheme.eq_ignore_ascii_case("urn") {
            let country = self.directory.settings().country;
            return dialplan::emergency::number_of_service(rest, country).map(ToString::to_string);
        }
        let number = if scheme.eq_ignore_ascii_case("tel") { Some(rest.to_owned()) } else { user_here(uri) };
        number.map(|number| number.split(';').next().unwrap_or_default().to_owned())
    }

    /// The last step of an attended transfer: no dialled string is looked at, so that no feature code can be reached so.
    fn take_over(&mut self, invite: &Invite<'_>, now: Now) {
        if invite.caller.user.is_none() && self.directory.settings().idle_calls == IdleCalls::EmergencyOnly {
            return self.answer(invite, 403, now);
        }
        let by = Takeover {
            invite: invite.key,
            request: invite.message,
            flow: invite.flow,
            device: Some(invite.caller.device),
            identity: self.identity(&invite.caller),
        };
        if let Err(refusal) = self.calls.take_over(by, now) {
            self.refuse_call(invite, &refusal, now);
        }
    }

    fn refuse_call(&mut self, invite: &Invite<'_>, refusal: &Refusal, now: Now) {
        let tag = self.admission.tag(invite.message);
        let response = refusal.response_to(invite.message, &invite.flow, &tag);
        self.layer.respond(invite.key, &response, now.mono);
    }

    fn caller_at(&self, device: &Device, desk_rights: bool) -> Caller {
        let user = match &device.mode {
            DeviceMode::Owned(number) => Some(number.clone()),
            DeviceMode::HotDesk | DeviceMode::Unassigned => {
                self.hotdesk.at(device.id).filter(|_| desk_rights).map(|login| login.extension.clone())
            }
        };
        Caller { device: device.id, user }
    }

    fn route(&mut self, invite: &Invite<'_>, meaning: Meaning, now: Now) {
        let plan = &self.directory.settings().plan;
        let own_extension = dialplan::own_extension_logs_in(plan);
        let idle = invite.caller.user.is_none();
        let policy = self.directory.settings().idle_calls;
        match meaning {
            Meaning::Emergency(number) => self.route_emergency(invite, &number, now),
            Meaning::LogOut => {
                self.start_voice(invite, Opening::Answered, Script::LogOut, now);
            }
            Meaning::LogIn(text) => self.start_login(invite, &text, LoginMethod::Code, now),
            Meaning::Extension(digits) if idle && own_extension => {
                let number = ExtensionNumber::within(&TenantId::FIRST, &digits).ok();
                let hot = number.as_ref().and_then(|number| self.directory.roams(number));
                match (hot, policy, number) {
                    (Some(false), IdleCalls::Internal | IdleCalls::All, Some(number)) => {
                        self.route_extension(invite, number, now)
                    }
                    _ => self.start_login(invite, &digits, LoginMethod::OwnExtension, now),
                }
            }
            Meaning::Extension(_) | Meaning::Unknown if idle && policy == IdleCalls::EmergencyOnly => {
                let script = Script::Refuse(Prompt::OnlyEmergencyAndLogin, 403);
                self.start_voice(invite, Opening::Early, script, now);
            }
            Meaning::Extension(digits) => match ExtensionNumber::within(&TenantId::FIRST, &digits) {
                Ok(number) => self.route_extension(invite, number, now),
                Err(_) => self.leads_nowhere(invite, None, 404, now),
            },
            Meaning::Unknown => self.leads_nowhere(invite, None, 404, now),
            Meaning::LogInWithPrompts | Meaning::LogOutWithPrompts | Meaning::Toggle => {
                self.leads_nowhere(invite, None, 404, now);
            }
        }
    }

    fn route_extension(&mut self, invite: &Invite<'_>, number: ExtensionNumber, now: Now) {
        if self.directory.extension(&number).is_none() {
            return self.leads_nowhere(invite, None, 404, now);
        }
        let targets = self.targets_of(&number, invite.caller.device, now);
        if targets.is_empty() {
            return self.leads_nowhere(invite, Some(number), 480, now);
        }
        let route = Route::Ring { attempts: vec![targets], exhausted: Exhausted::Answer };
        let facts = self.facts(invite, CallKind::Internal, Some(number.clone()));
        self.start(invite, route, facts, number.to_string(), now);
    }

    /// A call that rings nobody is refused, and stands in the history all the same (K3).
    fn leads_nowhere(&mut self, invite: &Invite<'_>, callee: Option<ExtensionNumber>, status: u16, now: Now) {
        self.answer(invite, status, now);
        let outcome = if callee.is_some() { CallOutcome::NotAnswered } else { CallOutcome::Failed };
        let (call, facts) = (self.calls.number(), self.facts(invite, CallKind::Internal, callee));
        self.ledger.open(call, facts, now);
        self.close_record(call, outcome, now);
    }

    fn close_record(&mut self, call: CallId, outcome: CallOutcome, now: Now) {
        if let Some(record) = self.ledger.close(call, outcome, now) {
            self.keep(Change::Call(record.clone()));
            self.tell(Event::CallEnded { record });
        }
    }

    /// Whom a call to an extension rings: its own phones and the desk it is logged in at, but not the phone that calls
    /// (K6, K7). Each by its newest live binding (B5).
    pub(super) fn targets_of(&self, number: &ExtensionNumber, but: DeviceId, now: Now) -> Vec<Target> {
        let owned = self.directory.owned_by(number).map(|device| device.id);
        let mut devices: Vec<_> =
            owned.chain(self.hotdesk.devices_of(number)).filter(|id| *id != but).collect();
        devices.sort_unstable();
        devices.dedup();
        let target = |device| {
            let ways: Vec<_> = self.registrar.of_device(device, now.mono).into_iter().map(way_to).collect();
            (!ways.is_empty()).then_some(Target { device: Some(device), ways })
        };
        devices.into_iter().filter_map(target).collect()
    }

    /// A login asked for by voice: refused at once where no PIN could help, else the PIN is asked for.
    fn start_login(&mut self, invite: &Invite<'_>, dialled: &str, method: LoginMethod, now: Now) {
        let script = match self.may_ask_pin(dialled, invite.caller.device, now) {
            Ok(extension) => Script::AskPin(extension, method),
            Err(prompt) => Script::Say(prompt),
        };
        self.start_voice(invite, Opening::Answered, script, now);
    }

    pub(super) fn start_voice(
        &mut self,
        invite: &Invite<'_>,
        opening: Opening,
        script: Script,
        now: Now,
    ) -> Option<CallId> {
        let kind = match script {
            Script::Refuse(Prompt::NoOutsideLine, _) => CallKind::Emergency,
            _ => CallKind::Voice,
        };
        let facts = self.facts(invite, kind, None);
        let call = self.start(invite, Route::Voice { opening }, facts, "perch".to_owned(), now)?;
        self.scripts.insert(call, script);
        self.talking.insert(call, invite.caller.device);
        Some(call)
    }

    pub(super) fn start(
        &mut self,
        invite: &Invite<'_>,
        route: Route,
        facts: Facts,
        called: String,
        now: Now,
    ) -> Option<CallId> {
        let identity = match facts.kind {
            CallKind::Emergency => self.identity_for_help(&invite.caller),
            CallKind::Internal | CallKind::Outside | CallKind::Voice => self.identity(&invite.caller),
        };
        let setup = Setup {
            invite: invite.key,
            request: invite.message,
            flow: invite.flow,
            device: Some(invite.caller.device),
            identity,
            called,
            kind: facts.kind,
            route,
        };
        match self.calls.start(setup, now) {
            Ok(call) => {
                self.ledger.open(call, facts, now);
                self.tell(Event::CallStarted { call });
                Some(call)
            }
            Err(refusal) => {
                self.refuse_call(invite, &refusal, now);
                None
            }
        }
    }

    fn answer(&mut self, invite: &Invite<'_>, status: u16, now: Now) {
        let response = self.plain(invite.message, &invite.flow, status);
        self.layer.respond(invite.key, &response, now.mono);
    }

    /// What callees see of a caller: number and name of the user, whatever the phone claims (B1, P33).
    pub(super) fn identity(&self, caller: &Caller) -> Identity {
        let domain = self.directory.settings().realm.clone();
        let party = self.party(caller);
        let number = match (&party.extension, self.directory.device(caller.device)) {
            (Some(extension), _) => extension.to_string(),
            (None, Some(device)) => device.title().replace(' ', "-"),
            (None, None) => "anonymous".to_owned(),
        };
        Identity { number, name: party.name, domain }
    }

    fn party(&self, caller: &Caller) -> Party {
        let extension = caller.user.as_ref().and_then(|number| self.directory.extension(number));
        let title = || self.directory.device(caller.device).map(Device::title).unwrap_or_default();
        Party {
            extension: caller.user.clone(),
            name: extension.map_or_else(title, |extension| extension.name.clone()),
            device: Some(caller.device),
        }
    }

    pub(super) fn facts(
        &self,
        invite: &Invite<'_>,
        kind: CallKind,
        callee: Option<ExtensionNumber>,
    ) -> Facts {
        let is_extension = |number: &str| {
            number.parse().is_ok_and(|number: ExtensionNumber| self.directory.extension(&number).is_some())
        };
        let dialled = dialplan::masked(&invite.dialled, &self.directory.settings().plan, is_extension);
        Facts { caller: self.party(&invite.caller), dialled, callee, kind }
    }

    /// What a call wants done.
    pub(in crate::exchange) fn handle_call_output(&mut self, output: CallOutput, now: Now) {
        match output {
            CallOutput::Respond { key, response } => self.layer.respond(key, &response, now.mono),
            CallOutput::Send { token, request, flow } => {
                match self.layer.send(Ours::Call(token), request, flow, now.mono) {
                    Ok(client) => self.calls.sent(token, client, now),
                    Err(_) => self.calls.handle_failure(token, now),
                }
            }
            CallOutput::Cancel { client, reason: None } => self.layer.cancel(client, now.mono),
            CallOutput::Cancel { client, reason: Some(reason) } => {
                self.layer.cancel_because(client, reason, now.mono);
            }
            CallOutput::Ack { request, flow } => self.layer.send_ack(request, flow),
            CallOutput::Acked(key) => self.layer.acked(key),
            CallOutput::OpenVoice { call, local } => self.open_voice(call, local),
            CallOutput::VoiceConfirmed { call, voice } => self.begin_voice(call, &voice, now),
            CallOutput::VoiceChanged { call, voice } => self.change_voice(call, &voice, now),
            CallOutput::VoiceDigit { call, digit } => {
                self.ivr.handle_digit(call, digit, DigitSource::Info, now.mono);
            }
            CallOutput::VoiceEnded { call } => self.end_voice(call),
            CallOutput::Exhausted { call, status } => self.handle_exhausted(call, status, now),
            CallOutput::Attempt { call, number } => {
                if self.emergencies.goes_on(call, number) {
                    self.tell_emergency(call);
                }
            }
            CallOutput::Answered { call, device } => {
                self.ledger.answered(call, device, now);
                if self.emergencies.answered(call) {
                    self.tell_emergency(call);
                }
            }
            CallOutput::DeviceFree(device) => self.refresh.call_over(device, now.mono),
            CallOutput::Ended { call, outcome } => {
                self.ivr.forget(call);
                self.scripts.remove(&call);
                self.talking.remove(&call);
                if self.emergencies.ended(call) {
                    self.tell_emergency(call);
                }
                self.close_record(call, outcome, now);
            }
        }
    }
}

fn way_to(bound: &Bound) -> Way {
    Way { contact: bound.binding.contact.clone(), path: bound.binding.path.clone(), flow: bound.flow }
}
