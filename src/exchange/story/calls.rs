//! Where an INVITE goes: who calls, what the dialled string means, whom it rings.

use std::collections::BTreeSet;

use crate::exchange::call::{Opening, Output as CallOutput, Refusal, Route, Takeover, Target, Told, Way};
use crate::exchange::cdr::Facts;
use crate::exchange::dialplan::{self, Meaning};
use crate::exchange::ivr::{DigitSource, Question};
use crate::exchange::registrar::Bound;
use crate::exchange::{Exchange, Ours};
use crate::media::Prompt;
use crate::model::{
    At, CallId, CallKind, CallOutcome, Change, Device, DeviceId, Event, ExtensionNumber, IdleCalls,
    LoginMethod, Now, TenantId,
};
use crate::sip::digest::Stale;
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::reason_phrase;
use crate::sip::transaction::{NewRequest, ServerKey, Urgency};

use super::callers::Caller;
use super::ringing::Arrived;
use super::voice::{Script, Wants};

/// An INVITE that has been let in.
pub(super) struct Invite<'m> {
    key: ServerKey,
    message: &'m Message<'m>,
    flow: Flow,
    pub(super) dialled: String,
    pub(super) caller: Caller,
    /// When it came.
    pub(super) at: Now,
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
        let uri = message.request_uri().unwrap_or_default();
        let sounds_like_emergency = self.is_dialled_for_help(uri);
        if !sounds_like_emergency && self.dialled_in(uri, &TenantId::FIRST).is_none() {
            return self.refuse(new, message, &flow, 404);
        }
        if self.is_from_trunk(&flow) {
            return self.handle_call_from_outside(new, message, flow, now);
        }
        let Some(entrant) = self.let_in(new, message, &flow, sounds_like_emergency, now) else { return };
        let device = entrant.device;
        let Some(caller) =
            self.directory.device(device).map(|device| self.caller_at(device, entrant.serves_the_desk))
        else {
            return self.decline(new, message, &flow, 403, now);
        };
        let home = self.tenant_at(device);
        let Some(dialled) = self.dialled_in(uri, &home) else {
            return self.decline(new, message, &flow, 404, now);
        };
        let plan = self.plan_at(device, caller.user.as_ref());
        // Emergency calls stay with the device's tenant, whoever is logged in (rule 4).
        let meaning = dialplan::meaning(&dialled, &plan, self.tenant(&home));
        let is_emergency = matches!(meaning, Meaning::Emergency(_));
        if !is_emergency && !entrant.is_proved {
            return self.challenge(new, message, &flow, Stale::No, now);
        }
        let is_foreign = !self.is_called_here(uri, &caller, &flow);
        if is_foreign && !is_emergency {
            return self.decline(new, message, &flow, 404, now);
        }
        let urgency = if is_emergency { Urgency::Emergency } else { Urgency::Ordinary };
        let Ok(key) = self.layer.accept_as(urgency, new, message, now.mono) else {
            return self.overloaded(new, message, &flow);
        };
        let invite = Invite { key, message, flow, dialled, caller, at: now };
        if let Err(refusal) = self.calls.check(message) {
            if let Meaning::Emergency(number) = &meaning {
                self.note_refused_emergency(&invite, number);
            }
            return self.refuse_call(&invite, &refusal, now);
        }
        match message.headers("Replaces").count() {
            0 => self.route(&invite, meaning, now),
            1 => self.take_over(&invite, now),
            _ => self.answer(&invite, 400, now),
        }
    }

    /// The last step of an attended transfer: no dialled string is looked at, so that no feature code can be reached so.
    fn take_over(&mut self, invite: &Invite<'_>, now: Now) {
        if invite.caller.user.is_none()
            && self.idle_calls_at(invite.caller.device) == IdleCalls::EmergencyOnly
        {
            return self.answer(invite, 403, now);
        }
        let by = Takeover {
            invite: invite.key,
            request: invite.message,
            flow: invite.flow,
            device: Some(invite.caller.device),
            identity: self.identity(&invite.caller),
        };
        match self.calls.take_over(by, now) {
            Ok(_) => self.uses_desk(Some(invite.caller.device), CallKind::Internal, now),
            Err(refusal) => self.refuse_call(invite, &refusal, now),
        }
    }

    fn refuse_call(&mut self, invite: &Invite<'_>, refusal: &Refusal, now: Now) {
        let tag = self.admission.tag(invite.message);
        let response = refusal.response_to(invite.message, &invite.flow, &tag);
        self.layer.respond(invite.key, &response, now.mono);
    }

    fn route(&mut self, invite: &Invite<'_>, meaning: Meaning, now: Now) {
        let caller = &invite.caller;
        let own_extension = dialplan::own_extension_logs_in(&self.tenant(&caller.tenant).plan);
        let idle = caller.user.is_none();
        let policy = self.idle_calls_at(caller.device);
        match meaning {
            Meaning::Emergency(number) => self.route_emergency(invite, &number, now),
            Meaning::Extension(_) | Meaning::Unknown if !idle && self.calls_back_inside(invite, now) => {}
            Meaning::LogOut => {
                self.start_voice(invite, Opening::Answered, Script::LogOut, now);
            }
            Meaning::LogIn(text) => self.start_login(invite, &text, LoginMethod::Code, now),
            Meaning::LogInWithPrompts => {
                self.ask_who(invite, Wants::LogIn(LoginMethod::Prompts), now);
            }
            Meaning::LogOutWithPrompts => self.ask_who(invite, Wants::LogOut, now),
            Meaning::Toggle => match &caller.user {
                Some(user) => {
                    self.start_voice(invite, Opening::Answered, Script::Toggle(user.clone()), now);
                }
                None => self.ask_who(invite, Wants::Toggle, now),
            },
            Meaning::Extension(digits) if idle && own_extension => {
                let number = ExtensionNumber::within(&caller.tenant, &digits).ok();
                let hot = number.as_ref().and_then(|number| self.directory.roams(number));
                match (hot, policy, number) {
                    (Some(false), IdleCalls::Internal | IdleCalls::All, Some(number)) => {
                        self.route_extension(invite, number, now)
                    }
                    (None, IdleCalls::All, _)
                        if self.number_outside(&self.calling(caller), &digits).is_some() =>
                    {
                        self.route_outside(invite, &digits, now);
                    }
                    _ => self.start_login(invite, &digits, LoginMethod::OwnExtension, now),
                }
            }
            Meaning::Extension(_) | Meaning::Unknown if idle && policy == IdleCalls::EmergencyOnly => {
                let script = Script::Refuse(Prompt::OnlyEmergencyAndLogin, 403);
                self.start_voice(invite, Opening::Early, script, now);
            }
            Meaning::Extension(digits) => match ExtensionNumber::within(&caller.tenant, &digits) {
                Ok(number) => self.route_extension(invite, number, now),
                Err(_) => self.leads_nowhere(invite, None, 404, now),
            },
            Meaning::Unknown => self.route_outside(invite, &invite.dialled, now),
        }
    }

    /// A call that rings nobody is refused, and stands in the history all the same (K3).
    pub(super) fn leads_nowhere(
        &mut self,
        invite: &Invite<'_>,
        callee: Option<ExtensionNumber>,
        status: u16,
        now: Now,
    ) {
        let facts = self.facts(invite, CallKind::Internal, callee);
        self.turn_away(&self.arrived(invite), facts, (status, reason_phrase(status)), now);
    }

    pub(super) fn close_record(&mut self, call: CallId, outcome: CallOutcome, now: Now) {
        if let Some(record) = self.ledger.close(call, outcome, now) {
            self.keep(Change::Call(record.clone()));
            self.tell(Event::CallEnded { record });
        }
    }

    /// Whom a call to an extension rings: its own phones and the desk it is logged in at, but not the phone that calls
    /// (K6, K7). Each by its newest live binding (B5).
    pub(super) fn targets_of(
        &self,
        number: &ExtensionNumber,
        but: Option<DeviceId>,
        now: Now,
    ) -> Vec<Target> {
        let values = self.directory.extension(number).map(|user| self.directory.office().values_of(user));
        let desks: Vec<_> = self.hotdesk.devices_of(number).collect();
        let only_desks = !desks.is_empty() && values.is_some_and(|values| values.hotdesk_only == Some(true));
        // An own phone that is switched off, or that somebody has borrowed, is not the user's to ring (P14, B7).
        let rings =
            |device: &&Device| !only_desks && !device.is_switched_off && self.hotdesk.at(device.id).is_none();
        let owned = self.directory.owned_by(number).filter(rings).map(|device| device.id);
        self.targets_among(owned.chain(desks), but, now)
    }

    /// Those of some phones that can be reached, each once, but not this one.
    pub(super) fn targets_among(
        &self,
        devices: impl Iterator<Item = DeviceId>,
        but: Option<DeviceId>,
        now: Now,
    ) -> Vec<Target> {
        let devices: BTreeSet<_> = devices.filter(|id| Some(*id) != but).collect();
        devices.into_iter().filter_map(|device| self.target_at(device, now)).collect()
    }

    /// A phone to ring, where it can be reached.
    pub(super) fn target_at(&self, device: DeviceId, now: Now) -> Option<Target> {
        let ways: Vec<_> = self.registrar.of_device(device, now.mono).into_iter().map(way_to).collect();
        (!ways.is_empty()).then_some(Target { device: Some(device), ways })
    }

    /// A login asked for by voice: refused at once where no PIN could help, else the PIN is asked for.
    fn start_login(&mut self, invite: &Invite<'_>, dialled: &str, method: LoginMethod, now: Now) {
        let device = invite.caller.device;
        let script = match self.may_ask_pin(dialled, device, now) {
            Ok(user) if self.asks_nothing(&user, device) => Script::LogIn(user, method),
            Ok(user) => Script::Ask { first: Question::Pin, wants: Wants::LogIn(method), who: Some(user) },
            Err(Prompt::Locked) => self.closed_out(self.meant_at(dialled, device), device, now),
            Err(prompt) => Script::Say(prompt),
        };
        self.start_voice(invite, Opening::Answered, script, now);
    }

    /// Something is asked for by a code that does not say who asks: ID and PIN are asked for (F11, F13, P14).
    fn ask_who(&mut self, invite: &Invite<'_>, wants: Wants, now: Now) {
        let device = invite.caller.device;
        let script = match self.is_closed_at(None, At::Device(device), now) {
            true => self.closed_out(None, device, now),
            false => Script::Ask { first: Question::Id, wants, who: None },
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
        self.open_call(&Arrived { identity, ..self.arrived(invite) }, route, (facts, called), now)
    }

    pub(super) fn arrived<'m>(&self, invite: &Invite<'m>) -> Arrived<'m> {
        Arrived {
            key: invite.key,
            message: invite.message,
            flow: invite.flow,
            device: Some(invite.caller.device),
            identity: self.identity(&invite.caller),
        }
    }

    fn answer(&mut self, invite: &Invite<'_>, status: u16, now: Now) {
        let response = self.plain(invite.message, &invite.flow, status);
        self.layer.respond(invite.key, &response, now.mono);
    }

    pub(super) fn facts(
        &self,
        invite: &Invite<'_>,
        kind: CallKind,
        callee: Option<ExtensionNumber>,
    ) -> Facts {
        let is_extension = |number: &str| {
            let number = |tenant| ExtensionNumber::within(tenant, number).ok();
            let mut tenants = self.directory.office().tenants();
            tenants
                .any(|(tenant, _)| number(tenant).is_some_and(|one| self.directory.extension(&one).is_some()))
        };
        let plan = self.plan_at(invite.caller.device, invite.caller.user.as_ref());
        let dialled = match self.is_somebodys_pin(&invite.dialled) {
            true => dialplan::MASK.to_owned(),
            false => dialplan::masked(&invite.dialled, &plan, is_extension),
        };
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
            CallOutput::Exhausted { call, status, rang } => self.handle_exhausted(call, (status, rang), now),
            CallOutput::Replaced { call, side, device } => self.count_replacement(call, side, device),
            CallOutput::Attempt { call, number } => {
                if self.emergencies.goes_on(call, number) {
                    self.tell_emergency(call);
                }
            }
            CallOutput::Answered { call, device } => {
                self.ledger.answered(call, device, now);
                self.uses_desk(device, CallKind::Internal, now);
                self.count_answer(call, device);
                if self.emergencies.answered(call) {
                    self.tell_emergency(call);
                }
            }
            CallOutput::DeviceFree(device) => self.handle_device_free(device, now),
            CallOutput::Ended { call, outcome } => {
                self.ivr.forget(call);
                self.scripts.remove(&call);
                self.talking.remove(&call);
                self.emergency_ended(call, now);
                self.trips.remove(&call);
                self.limits.ended(call);
                self.close_record(call, outcome, now);
            }
        }
    }
}

fn way_to(bound: &Bound) -> Way {
    Way {
        contact: bound.binding.contact.clone(),
        path: bound.binding.path.clone(),
        flow: bound.flow,
        told: Told::default(),
    }
}
