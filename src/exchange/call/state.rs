//! One call: its legs, what it waits for, and what stage it is in.
//!
//! ```text
//!   Ringing --2xx--> Talking --BYE--> Over
//!      |  \--nobody left--> Exhausted --announce--> Voice --> Over
//!      \--refused, cancelled--> Over            (a call to the voice begins in Voice)
//! ```
//!
//! A call that is over for its people lives on until every INVITE has its final answer, every BYE is answered and every
//! 2xx acknowledged; then it is dropped.
//!
//! Here: what every stage needs. The stages: `ringing`, `bridge` (talking), `voice`, `ending`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::fork::{Fork, TryId};
use super::incoming::Incoming;
use super::leg::{Leg, LegId, LegState};
use super::output::{Handled, Output};
use super::ringing::Invitation;
use super::setup::{Exhausted, Identity};
use super::turn::Turn;
use super::verdict::Refused;
use super::voice::Voice;
use crate::model::{CallId, CallKind, DeviceId};
use crate::sip::dialog::DialogId;
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::transaction::{ClientKey, ServerKey};

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub id: CallId,
    pub caller: Caller,
    pub fork: Fork,
    pub invitations: BTreeMap<TryId, Invitation>,
    pub legs: BTreeMap<LegId, Leg>,
    /// Our requests under way, by the number in their token.
    pub pending: BTreeMap<u32, Pending>,
    pub stage: Stage,
    /// Counts legs and requests.
    pub counted: u32,
    /// What was told to the table last: when to be woken, and which devices are busy here.
    pub noted: Noted,
}

/// What the table of calls keeps of a call.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub deadline: Option<Instant>,
    pub devices: Vec<DeviceId>,
}

/// Who calls, and how.
#[derive(Debug)]
pub(super) struct Caller {
    pub invite: Incoming,
    /// Our tag in answers that make no dialog.
    pub tag: String,
    pub device: Option<DeviceId>,
    pub identity: Identity,
    pub called: String,
    pub kind: CallKind,
}

/// How far the call is.
#[derive(Debug)]
pub(super) enum Stage {
    /// Phones ring.
    Ringing { exhausted: Exhausted },
    /// Nobody answered; whether there is an announcement is not said yet.
    Exhausted { verdict: Refused, until: Instant },
    /// The box speaks.
    Voice(Box<Voice>),
    /// Two phones speak.
    Talking { caller: LegId, callee: LegId, audit: Audit },
    /// Over for its people.
    Over { until: Instant },
}

/// Whether both phones are still there: asked by OPTIONS, for two phones that lost their power never send a BYE.
#[derive(Debug)]
pub(super) struct Audit {
    pub due: Instant,
    pub silent: Option<LegId>,
}

/// What an answer to a request of ours is for.
#[derive(Debug)]
pub(super) enum Pending {
    /// An INVITE of the fork. Kept for the whole call, because its 2xx may come again.
    Invitation(TryId),
    /// A request of one side passed on to the other.
    Relay(Relay),
    /// An INVITE passed on and answered with 2xx, which may come again.
    Answered { leg: LegId, number: u32 },
    /// A BYE of ours.
    Bye(LegId),
    /// A question whether the phone is still there.
    Audit(LegId),
}

/// A request passed on from one leg to its peer.
#[derive(Debug)]
pub(super) struct Relay {
    /// The request, until it is answered.
    pub incoming: Option<Incoming>,
    pub from: LegId,
    pub to: LegId,
    pub method: Method,
    /// Its number on the other leg.
    pub number: u32,
    /// The leg that goes when it is answered with 2xx: the request is an INVITE with Replaces.
    pub replaces: Option<LegId>,
    pub client: Option<ClientKey>,
}

impl Call {
    /// The next number for a leg or a request.
    pub fn count(&mut self) -> u32 {
        self.counted += 1;
        self.counted
    }

    /// Remembers what the answer to the next request is for.
    pub fn expect(&mut self, pending: Pending) -> u32 {
        let number = self.count();
        self.pending.insert(number, pending);
        number
    }

    /// Adds a leg.
    pub fn add(&mut self, leg: Leg) -> LegId {
        let id = LegId(self.count());
        self.legs.insert(id, leg);
        id
    }

    /// The leg with that dialog.
    pub fn leg_of(&self, id: &DialogId) -> Option<LegId> {
        self.legs.iter().find(|(_, leg)| leg.dialog.id() == id).map(|(id, _)| *id)
    }

    /// The leg with that id.
    pub fn leg(&self, id: LegId) -> &Leg {
        self.legs.get(&id).expect("legs are kept as long as their call")
    }

    /// The leg with that id, to be changed.
    pub fn leg_mut(&mut self, id: LegId) -> &mut Leg {
        self.legs.get_mut(&id).expect("legs are kept as long as their call")
    }

    /// The request has gone out in this transaction.
    pub fn sent(&mut self, number: u32, client: ClientKey, turn: &mut Turn<'_>) {
        match self.pending.get_mut(&number) {
            Some(Pending::Invitation(id)) => {
                let id = *id;
                self.invitation_sent(id, client, turn);
            }
            Some(Pending::Relay(relay)) => relay.client = Some(client),
            Some(Pending::Answered { .. } | Pending::Bye(_) | Pending::Audit(_)) | None => {}
        }
    }

    /// An answer to a request of ours.
    pub fn handle_response(&mut self, number: u32, response: &Message<'_>, turn: &mut Turn<'_>) {
        match self.pending.get(&number) {
            Some(Pending::Invitation(id)) => self.handle_invitation_response(*id, response, turn),
            Some(Pending::Relay(_)) => self.handle_relay_response(number, response, turn),
            Some(Pending::Answered { leg, number }) => self.acknowledge_again(*leg, *number, turn),
            Some(Pending::Bye(leg)) if is_final(response) => {
                let leg = *leg;
                self.pending.remove(&number);
                self.leg_mut(leg).state = LegState::Closed;
            }
            Some(Pending::Audit(leg)) if is_final(response) => {
                let (leg, status) = (*leg, response.status());
                self.pending.remove(&number);
                self.handle_audit(leg, status, turn);
            }
            Some(Pending::Bye(_) | Pending::Audit(_)) | None => {}
        }
    }

    /// A redirection to where nobody may be sent. Inside a call no redirection passes anyway.
    pub fn handle_forbidden_redirection(&mut self, number: u32, response: &Message<'_>, turn: &mut Turn<'_>) {
        match self.pending.get(&number) {
            Some(Pending::Invitation(id)) => {
                let id = *id;
                self.invitation_refused(id, Refused::own(403, "Forbidden"), turn);
            }
            _ => self.handle_response(number, response, turn),
        }
    }

    /// A request of ours got no answer, or could not be sent.
    pub fn handle_failure(&mut self, number: u32, turn: &mut Turn<'_>) {
        match self.pending.get(&number) {
            Some(Pending::Invitation(id)) => {
                let id = *id;
                self.invitation_refused(id, Refused::own(408, "Request Timeout"), turn);
            }
            Some(Pending::Relay(_)) => self.handle_relay_failure(number, turn),
            Some(Pending::Bye(leg)) => {
                let leg = *leg;
                self.pending.remove(&number);
                self.leg_mut(leg).state = LegState::Closed;
            }
            Some(Pending::Audit(leg)) => {
                let leg = *leg;
                self.pending.remove(&number);
                self.handle_audit(leg, None, turn);
            }
            Some(Pending::Answered { .. }) | None => {}
        }
    }

    /// A request inside one of the dialogs.
    pub fn handle_request(
        &mut self,
        leg: LegId,
        (key, request, flow): (ServerKey, &Message<'_>, Flow),
        turn: &mut Turn<'_>,
    ) -> Handled {
        let incoming = Incoming::of(key, request, flow);
        let Some(method) = request.method() else { return Handled::NoDialog };
        if method == Method::Bye {
            self.handle_bye(leg, &incoming, turn);
            return Handled::Taken;
        }
        if !self.leg(leg).state.is_usable() {
            return Handled::NoDialog;
        }
        if let Some(response) = self.objection(leg, &incoming, request) {
            turn.respond(key, response);
            return Handled::Taken;
        }
        self.leg_mut(leg).flow = flow;
        match &self.stage {
            Stage::Voice(_) => self.handle_voice_request(leg, incoming, method, turn),
            Stage::Ringing { .. } | Stage::Exhausted { .. } | Stage::Talking { .. } | Stage::Over { .. } => {
                self.relay(leg, incoming, method, turn);
            }
        }
        Handled::Taken
    }

    /// An ACK for a 2xx of ours.
    pub fn handle_ack(&mut self, leg: LegId, request: &Message<'_>, turn: &mut Turn<'_>) {
        let Ok((number, _)) = request.cseq_parts() else { return };
        let Some((key, _)) = self.leg_mut(leg).awaits_ack.take_if(|(_, awaited)| *awaited == number) else {
            return;
        };
        turn.tell(Output::Acked(key));
        match self.leg(leg).state {
            LegState::Leaving => self.leave(leg, turn),
            LegState::Early | LegState::Open | LegState::Closing | LegState::Closed => {}
        }
        match &self.stage {
            Stage::Voice(_) => self.handle_voice_ack(leg, request, turn),
            Stage::Ringing { .. } | Stage::Exhausted { .. } | Stage::Talking { .. } | Stage::Over { .. } => {
                if let Some(peer) = self.leg(leg).peer {
                    self.acknowledge(peer, super::content::Content::of_body(request), turn);
                }
            }
        }
    }

    /// Whether an INVITE of the fork has that From tag.
    pub fn has_called_as(&self, tag: &str) -> bool {
        self.invitations.values().any(|invitation| invitation.tag == tag)
    }

    /// Whether `invite` is an INVITE of this call that came to us and is not settled.
    pub fn has_invite(&self, invite: ServerKey) -> bool {
        let is_awaited = |leg: &Leg| leg.awaits_ack.is_some_and(|(key, _)| key == invite);
        self.caller.invite.key == invite
            || self.legs.values().any(is_awaited)
            || self.relays().any(|(_, relay)| relay.incoming.as_ref().is_some_and(|it| it.key == invite))
    }

    /// The requests passed on and not answered yet.
    pub fn relays(&self) -> impl Iterator<Item = (u32, &Relay)> {
        self.pending.iter().filter_map(|(number, pending)| match pending {
            Pending::Relay(relay) => Some((*number, relay)),
            Pending::Invitation(_) | Pending::Answered { .. } | Pending::Bye(_) | Pending::Audit(_) => None,
        })
    }

    /// When to be woken, and for what.
    pub fn poll_timeout(&self) -> Option<(Instant, &'static str)> {
        match &self.stage {
            Stage::Ringing { .. } => self.fork.poll_timeout().map(|at| (at, "a call has rung long enough")),
            Stage::Exhausted { until, .. } => Some((*until, "an announcement was not made")),
            Stage::Voice(voice) => Some(voice.poll_timeout()),
            Stage::Talking { audit, .. } => Some((audit.due, "ask whether both phones are still there")),
            Stage::Over { until } => Some((*until, "the rest of a call does not end")),
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.mono;
        if self.poll_timeout().is_none_or(|(at, _)| now < at) {
            return;
        }
        match &mut self.stage {
            Stage::Ringing { .. } => {
                let actions = self.fork.handle_timeout(now);
                self.perform(actions, turn);
            }
            Stage::Exhausted { verdict, .. } => {
                let verdict = verdict.clone();
                self.refuse_caller(verdict, turn);
            }
            Stage::Voice(_) => self.handle_voice_timeout(turn),
            Stage::Talking { caller, callee, audit } => {
                let (caller, callee) = (*caller, *callee);
                *audit = Audit { due: now + AUDIT, silent: None };
                self.ask_whether_there(caller, turn);
                self.ask_whether_there(callee, turn);
            }
            Stage::Over { .. } => self.drop_rest(),
        }
    }

    /// Whether nothing is left to wait for.
    pub fn is_done(&self) -> bool {
        let is_waiting = |pending: &Pending| match pending {
            Pending::Relay(_) | Pending::Bye(_) => true,
            Pending::Invitation(_) | Pending::Answered { .. } | Pending::Audit(_) => false,
        };
        match self.stage {
            Stage::Over { .. } => {
                self.fork.is_quiet()
                    && !self.pending.values().any(is_waiting)
                    && !self.legs.values().any(|leg| leg.state == LegState::Leaving)
            }
            Stage::Ringing { .. } | Stage::Exhausted { .. } | Stage::Voice(_) | Stage::Talking { .. } => {
                false
            }
        }
    }

    /// Whether it is over for its people.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over { .. })
    }

    /// The devices that are busy with this call: ringing, speaking, or not done with hanging up.
    pub fn devices(&self) -> Vec<DeviceId> {
        let caller = self.caller.device.filter(|_| !self.is_answered());
        let in_legs = self.legs.values().filter(|leg| leg.state.is_busy()).filter_map(|leg| leg.device);
        let mut devices: Vec<DeviceId> =
            caller.into_iter().chain(in_legs).chain(self.fork.devices()).collect();
        devices.sort_unstable();
        devices.dedup();
        devices
    }
}

fn is_final(response: &Message<'_>) -> bool {
    response.status().is_some_and(|status| status >= 200)
}

/// How often two phones that speak are asked whether they are still there.
pub(super) const AUDIT: Duration = Duration::from_secs(15 * 60);
/// How long the rest of a call may take to end: an ACK that never comes, then a BYE that is never answered.
pub(super) const REST: Duration = Duration::from_secs(100);
