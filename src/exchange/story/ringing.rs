//! Ringing: a call to an extension, whoever makes it: the limits, the phones, and where it goes that is not taken.
//!
//! An extension is asked in this order: does it send every call on; is it busy, or has it as many calls as it may have; can
//! any phone of it be reached. What its phones then answer may send the call on as well (K2). Each place a call is sent on
//! to is asked the same, so that limits and forwards hold there too. Whom a call counts for and who makes it is settled
//! when it begins: who logs in or out meanwhile changes nothing about it (B1).
//!
//! Not here: what a dialled string means (`calls`), the rules of journeys (`forwarding`) and of counting (`limits`).

use std::time::Duration;

use crate::exchange::Exchange;
use crate::exchange::call::{Exhausted, Identity, Route, Setup, Side, Target};
use crate::exchange::cdr::Facts;
use crate::exchange::dialplan::{self, Meaning, emergency};
use crate::exchange::forwarding::{Journey, Place, Reason};
use crate::exchange::trunks;
use crate::model::{
    CallId, CallKind, CallOutcome, DeviceId, Event, ExtensionNumber, ExtensionValues, Forwards, Now, TenantId,
};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::transaction::ServerKey;

use super::callers::Caller;
use super::calls::Invite;

/// An INVITE from wherever, ready to become a call.
pub(super) struct Arrived<'m> {
    pub(super) key: ServerKey,
    pub(super) message: &'m Message<'m>,
    pub(super) flow: Flow,
    /// The phone it came from, where it came from one.
    pub(super) device: Option<DeviceId>,
    /// What callees see.
    pub(super) identity: Identity,
}

/// Who calls, as it was when the call began.
#[derive(Debug, Clone)]
pub struct Calling {
    /// The phone.
    pub(super) device: Option<DeviceId>,
    /// Who used it.
    pub(super) user: Option<ExtensionNumber>,
    /// In which tenant.
    pub(super) tenant: TenantId,
    /// The number of a caller from outside.
    pub(super) from_outside: Option<String>,
}

/// A call that rings, or has rung, and how it came there.
#[derive(Debug)]
pub struct Trip {
    calling: Calling,
    journey: Journey,
}

/// Whom a call rings at one place of its journey.
pub(super) struct Stop {
    pub(super) targets: Vec<Target>,
    pub(super) exhausted: Exhausted,
}

/// How long phones ring before a call counts as unanswered, where the owner has not said.
const UNANSWERED_AFTER: u16 = 20;

/// What a caller is told who has as many calls as the limit allows. Phones give the busy tone for it, and those that show
/// the words show these.
const TOO_MANY_CALLS: (u16, &str) = (486, "Too Many Calls");

impl Exchange {
    /// A phone calls an extension.
    pub(super) fn route_extension(&mut self, invite: &Invite<'_>, number: ExtensionNumber, now: Now) {
        if self.directory.extension(&number).is_none() {
            return self.route_outside(invite, number.digits(), now);
        }
        let facts = self.facts(invite, CallKind::Internal, Some(number.clone()));
        let calling = self.calling(&invite.caller);
        self.set_out(&self.arrived(invite), calling, (facts, Place::Extension(number)), now);
    }

    pub(super) fn calling(&self, caller: &Caller) -> Calling {
        Calling {
            device: Some(caller.device),
            user: caller.user.clone(),
            tenant: caller.tenant.clone(),
            from_outside: None,
        }
    }

    /// A call sets out for a place: it rings there, or where it is sent on to, or is turned away.
    pub(super) fn set_out(
        &mut self,
        arrived: &Arrived<'_>,
        calling: Calling,
        (facts, place): (Facts, Place),
        now: Now,
    ) {
        if calling.user.as_ref().is_some_and(|user| self.has_too_many_calls(user)) {
            return self.turn_away(arrived, facts, TOO_MANY_CALLS, now);
        }
        let called = match &place {
            Place::Extension(number) => number.digits().to_owned(),
            Place::Outside(number) => number.clone(),
        };
        let mut journey = Journey::to(place);
        let stop = match self.seek(&mut journey, &calling, now) {
            Ok(stop) => stop,
            Err(status) => {
                let reason = crate::sip::outgoing::reason_phrase(status);
                return self.turn_away(arrived, facts, (status, reason), now);
            }
        };
        let route = Route::Ring { attempts: vec![stop.targets], exhausted: stop.exhausted };
        let Some(call) = self.open_call(arrived, route, (facts, called), now) else { return };
        self.limits.begins(call, calling.user.clone());
        self.limits.rings(call, extension_at(&journey));
        self.trips.insert(call, Trip { calling, journey });
    }

    /// Makes a call of an INVITE.
    pub(super) fn open_call(
        &mut self,
        arrived: &Arrived<'_>,
        route: Route,
        (facts, called): (Facts, String),
        now: Now,
    ) -> Option<CallId> {
        let setup = Setup {
            invite: arrived.key,
            request: arrived.message,
            flow: arrived.flow,
            device: arrived.device,
            identity: arrived.identity.clone(),
            called,
            kind: facts.kind,
            route,
        };
        match self.calls.start(setup, now) {
            Ok(call) => {
                self.uses_desk(facts.caller.device, facts.kind, now);
                self.ledger.open(call, facts, now);
                self.tell(Event::CallStarted { call });
                Some(call)
            }
            Err(refusal) => {
                let tag = self.admission.tag(arrived.message);
                let response = refusal.response_to(arrived.message, &arrived.flow, &tag);
                self.layer.respond(arrived.key, &response, now.mono);
                None
            }
        }
    }

    /// A call that rings nobody is refused, and stands in the history all the same (K3).
    pub(super) fn turn_away(
        &mut self,
        arrived: &Arrived<'_>,
        facts: Facts,
        (status, reason): (u16, &str),
        now: Now,
    ) {
        let response = self.plain(arrived.message, &arrived.flow, status).with_reason(reason.to_owned());
        self.layer.respond(arrived.key, &response, now.mono);
        let outcome = match (status, &facts.callee) {
            (486, _) => CallOutcome::Busy,
            (_, Some(_)) => CallOutcome::NotAnswered,
            (_, None) => CallOutcome::Failed,
        };
        let call = self.calls.number();
        self.uses_desk(facts.caller.device, facts.kind, now);
        self.ledger.open(call, facts, now);
        self.close_record(call, outcome, now);
    }

    /// Nobody has taken the call where it was: it is sent on, or the caller is told why.
    pub(super) fn send_on(&mut self, call: CallId, (status, rang): (u16, bool), now: Now) {
        let Some(mut trip) = self.trips.remove(&call) else { return self.calls.give_verdict(call, now) };
        let Trip { calling, journey } = &mut trip;
        let is_sent_on = match (Reason::of(status, rang), journey.here().clone()) {
            (Some(reason), Place::Extension(number)) => self.follows(journey, &number, reason),
            (None, _) | (Some(_), Place::Outside(_)) => false,
        };
        match is_sent_on.then(|| self.seek(journey, calling, now)) {
            None => self.calls.give_verdict(call, now),
            Some(Err(status)) => self.calls.refuse(call, status, now),
            Some(Ok(Stop { targets, exhausted })) => {
                self.limits.rings(call, extension_at(journey));
                self.calls.ring_on(call, vec![targets], exhausted, now);
            }
        }
        self.trips.insert(call, trip);
    }

    /// Somebody has answered a call: it counts for whoever was rung there.
    pub(super) fn count_answer(&mut self, call: CallId, device: Option<DeviceId>) {
        let trip = self.trips.get(&call);
        let owner = device.and_then(|device| trip?.journey.owner_of(device)).cloned();
        self.limits.answered(call, owner);
    }

    /// Somebody has taken a side's place in a call: from now on it counts for the one who is there.
    pub(super) fn count_replacement(&mut self, call: CallId, side: Side, device: Option<DeviceId>) {
        let device = device.and_then(|device| self.directory.device(device));
        let user = device.and_then(|device| self.caller_at(device, true).user);
        match side {
            Side::Caller => self.limits.caller_replaced(call, user),
            Side::Callee => self.limits.answered(call, user),
        }
    }

    /// Goes on along the journey to the first place where the call rings; else the status that says why there is none.
    fn seek(&self, journey: &mut Journey, calling: &Calling, now: Now) -> Result<Stop, u16> {
        // Ends, because a journey does.
        loop {
            let number = match journey.here() {
                Place::Extension(number) => number.clone(),
                Place::Outside(number) => return self.stop_outside(number, journey, calling).ok_or(480),
            };
            let Some(extension) = self.directory.extension(&number) else { return Err(480) };
            if self.follows(journey, &number, Reason::Always) {
                continue;
            }
            if self.is_busy(&number) {
                if self.follows(journey, &number, Reason::Busy) {
                    continue;
                }
                return Err(486);
            }
            let mut targets = self.targets_of(&number, calling.device, now);
            if targets.is_empty() {
                if self.follows(journey, &number, Reason::Unreachable) {
                    continue;
                }
                return Err(480);
            }
            let diversion = self.diversion_inside(journey);
            for way in targets.iter_mut().flat_map(|target| &mut target.ways) {
                way.told.diversion.clone_from(&diversion);
            }
            journey.rings(targets.iter().filter_map(|target| target.device), &number);
            return Ok(Stop { targets, exhausted: patience(&extension.forwards) });
        }
    }

    /// Sends the call on where the extension's forwards say so, and that may be followed.
    fn follows(&self, journey: &mut Journey, number: &ExtensionNumber, reason: Reason) -> bool {
        let target =
            self.directory.extension(number).and_then(|extension| reason.target_in(&extension.forwards));
        let place = target.and_then(|target| self.forwarded_to(target, number));
        place.is_some_and(|place| journey.goes_on(place, number.clone(), reason))
    }

    /// Where a forward leads: to what the number would mean if its user dialled it. It never leads to a feature code (rule
    /// 1), nor to an emergency number.
    fn forwarded_to(&self, target: &str, user: &ExtensionNumber) -> Option<Place> {
        let settings = self.tenant(user.tenant());
        let outside = || {
            let trunk = settings.trunk(self.values_at(user).trunk.as_deref())?;
            let number = trunks::outside_number(target, trunk.prefix.as_deref())?;
            emergency::recognise(&number, settings).is_none().then_some(Place::Outside(number))
        };
        match dialplan::meaning(target, &settings.plan, settings) {
            Meaning::Extension(digits) => {
                let number = ExtensionNumber::within(user.tenant(), &digits).ok()?;
                match self.directory.extension(&number) {
                    Some(_) => Some(Place::Extension(number)),
                    None => outside(),
                }
            }
            Meaning::Unknown => outside(),
            Meaning::Emergency(_)
            | Meaning::LogIn(_)
            | Meaning::LogInWithPrompts
            | Meaning::LogOut
            | Meaning::LogOutWithPrompts
            | Meaning::Toggle => None,
        }
    }

    /// What phones are told of who sent the call on (RFC 5806).
    fn diversion_inside(&self, journey: &Journey) -> Option<String> {
        let diversion = journey.diversion()?;
        let realm = &self.tenant(diversion.by.tenant()).realm;
        let (by, reason, count) = (diversion.by.digits(), diversion.reason.word(), diversion.count);
        Some(format!("<sip:{by}@{realm}>;reason={reason};counter={count}"))
    }

    fn has_too_many_calls(&self, user: &ExtensionNumber) -> bool {
        let most = self.values_at(user).max_calls;
        most.is_some() && self.limits.engaged(user).is_full(most)
    }

    fn is_busy(&self, user: &ExtensionNumber) -> bool {
        let ExtensionValues { busy_level, max_calls, .. } = self.values_at(user);
        if busy_level.is_none() && max_calls.is_none() {
            return false;
        }
        let engaged = self.limits.engaged(user);
        engaged.is_busy(busy_level) || engaged.is_full(max_calls)
    }

    /// What holds for an extension.
    pub(super) fn values_at(&self, number: &ExtensionNumber) -> ExtensionValues {
        let extension = self.directory.extension(number);
        extension.map(|extension| self.directory.office().values_of(extension)).unwrap_or_default()
    }
}

/// The extension a call is at.
fn extension_at(journey: &Journey) -> Option<ExtensionNumber> {
    match journey.here() {
        Place::Extension(number) => Some(number.clone()),
        Place::Outside(_) => None,
    }
}

/// What comes when nobody takes the call: the best of the answers, or first a look at where it is sent on to.
fn patience(forwards: &Forwards) -> Exhausted {
    let Forwards { busy, unanswered, unreachable, ring_seconds, .. } = forwards;
    if busy.is_none() && unanswered.is_none() && unreachable.is_none() {
        return Exhausted::Answer;
    }
    let seconds = unanswered.as_ref().map(|_| ring_seconds.unwrap_or(UNANSWERED_AFTER));
    Exhausted::GoOn { after: seconds.map(|seconds| Duration::from_secs(seconds.into())) }
}
