//! Ending: who leaves, who is told, and what must still be waited for.
//!
//! Whatever ends a call, each side gets what its leg needs: a final answer to the INVITE that is open, CANCEL where it
//! rings, ACK and BYE where it is answered. The end is told once.

use std::time::Duration;

use super::content::Content;
use super::fork::TryId;
use super::incoming::Incoming;
use super::leg::{Leg, LegId, LegState};
use super::output::Output;
use super::ringing::hops_left;
use super::setup::{Exhausted, Target};
use super::state::{Call, Pending, REST, Relay, Stage};
use super::turn::Turn;
use super::verdict::Refused;
use crate::model::CallOutcome;
use crate::sip::method::Method;
use crate::sip::outgoing::Outgoing;
use crate::sip::transaction::ServerKey;

impl Call {
    /// A side hangs up.
    pub fn handle_bye(&mut self, leg: LegId, incoming: &Incoming, turn: &mut Turn<'_>) {
        turn.respond(incoming.key, incoming.answer(200, None));
        let this = self.leg_mut(leg);
        let was = std::mem::replace(&mut this.state, LegState::Closed);
        if let Some((key, _)) = this.awaits_ack.take() {
            turn.tell(Output::Acked(key));
        }
        if !was.is_usable() {
            return;
        }
        match &self.stage {
            Stage::Talking { caller, callee, .. } if leg == *caller || leg == *callee => {
                let other = if leg == *caller { *callee } else { *caller };
                let request = incoming.request();
                let (content, hops) = (Content::of(&request), hops_left(&request));
                self.acknowledge(leg, Content::default(), turn);
                self.end(CallOutcome::Answered, turn);
                self.leave_with(other, content, hops, turn);
            }
            Stage::Voice(_) => self.end_of_voice_call(turn),
            Stage::Ringing { .. } | Stage::Exhausted { .. } => match self.branch_left(leg) {
                None => self.give_up(turn),
                Some(id) => self.revoke(id, turn),
            },
            // One that was about to take a side's place.
            Stage::Talking { .. } => self.cancel_relay(turn, |relay| relay.from == leg),
            Stage::Over { .. } => {}
        }
    }

    /// The branch of the fork that ends with a BYE on an early leg: the callee's own, or of several early dialogs that the
    /// caller was shown the one it leaves (RFC 3261 §15). `None` where the caller leaves the only one.
    fn branch_left(&self, leg: LegId) -> Option<TryId> {
        let this = self.leg(leg);
        if this.invitation.is_some() {
            return this.invitation;
        }
        let is_another = |other: &Leg| other.invitation.is_none() && other.state == LegState::Early;
        let is_one_of_several = self.legs.values().any(is_another);
        let branch = this.peer.and_then(|peer| self.leg(peer).invitation);
        branch.filter(|_| is_one_of_several)
    }

    /// The caller gives an INVITE up: the first, or one inside the call.
    pub fn handle_cancel(&mut self, invite: ServerKey, turn: &mut Turn<'_>) {
        if self.caller.invite.key == invite && !self.is_answered() {
            return self.give_up(turn);
        }
        self.cancel_relay(turn, |relay| {
            relay.incoming.as_ref().is_some_and(|incoming| incoming.key == invite)
        });
    }

    fn cancel_relay(&self, turn: &mut Turn<'_>, which: impl Fn(&Relay) -> bool) {
        let found = self.relays().find(|(_, relay)| relay.method == Method::Invite && which(relay));
        if let Some(client) = found.and_then(|(_, relay)| relay.client) {
            turn.tell(Output::Cancel { client, reason: None });
        }
    }

    /// The ACK for a 2xx of ours never came, or the stream of the caller is gone.
    pub fn handle_no_ack(&mut self, invite: ServerKey, turn: &mut Turn<'_>) {
        if self.caller.invite.key == invite && !self.is_answered() {
            return self.give_up(turn);
        }
        let waiting =
            self.legs.iter_mut().find(|(_, leg)| leg.awaits_ack.is_some_and(|(key, _)| key == invite));
        if let Some((id, leg)) = waiting {
            let id = *id;
            leg.awaits_ack = None;
            match leg.state {
                LegState::Leaving => self.leave(id, turn),
                LegState::Early | LegState::Open | LegState::Closing | LegState::Closed => self.hang_up(turn),
            }
        } else {
            self.handle_cancel(invite, turn);
        }
    }

    /// Whether the caller's INVITE has its final answer.
    pub fn is_answered(&self) -> bool {
        match &self.stage {
            Stage::Ringing { .. } | Stage::Exhausted { .. } => false,
            Stage::Voice(voice) => voice.is_answered(),
            Stage::Talking { .. } | Stage::Over { .. } => true,
        }
    }

    /// The caller has left before an answer.
    pub fn give_up(&mut self, turn: &mut Turn<'_>) {
        self.refuse_caller(Refused::own(487, "Request Terminated"), turn);
    }

    /// Tells the caller no, and whoever rings to stop.
    pub fn refuse_caller(&mut self, refused: Refused, turn: &mut Turn<'_>) {
        let outcome = refused.outcome();
        let mut answer = self.caller.invite.answer(refused.status, Some(&self.caller.tag));
        answer.reason = refused.reason.into();
        if refused.status == 503 {
            answer.push("Retry-After", RETRY_AFTER);
        }
        refused.content.write(&mut answer);
        turn.respond(self.caller.invite.key, answer);
        self.end(outcome, turn);
        self.stop_ringing(turn);
    }

    fn stop_ringing(&mut self, turn: &mut Turn<'_>) {
        let actions = self.fork.give_up();
        self.perform(actions, turn);
        self.close_early(|_| true);
    }

    /// Ends the call from the box's side.
    pub fn hang_up(&mut self, turn: &mut Turn<'_>) {
        match &self.stage {
            Stage::Ringing { .. } | Stage::Exhausted { .. } => self.refuse_caller(Refused::silence(), turn),
            Stage::Voice(_) => self.hang_up_voice(turn),
            Stage::Talking { caller, callee, .. } => {
                let (caller, callee) = (*caller, *callee);
                self.end(CallOutcome::Answered, turn);
                self.leave(callee, turn);
                self.leave(caller, turn);
            }
            Stage::Over { .. } => {}
        }
    }

    /// The call is over for its people: what they still ask is answered, and its end is told.
    pub fn end(&mut self, outcome: CallOutcome, turn: &mut Turn<'_>) {
        let until = turn.now.mono + REST;
        match std::mem::replace(&mut self.stage, Stage::Over { until }) {
            Stage::Over { until } => {
                self.stage = Stage::Over { until };
                return;
            }
            Stage::Voice(_) => turn.tell(Output::VoiceEnded { call: self.id }),
            Stage::Ringing { .. } | Stage::Exhausted { .. } | Stage::Talking { .. } => {}
        }
        for pending in self.pending.values_mut() {
            if let Pending::Relay(relay) = pending
                && let Some(incoming) = relay.incoming.take()
            {
                let tag = self.legs.get(&relay.from).map(|leg| leg.dialog.id().local_tag.as_str());
                turn.respond(incoming.key, incoming.answer(487, tag));
            }
        }
        self.close_early(|_| true);
        turn.tell(Output::Ended { call: self.id, outcome });
    }

    /// Leaves a leg.
    pub fn leave(&mut self, leg: LegId, turn: &mut Turn<'_>) {
        self.leave_with(leg, Content::default(), LEAVING_HOPS, turn);
    }

    fn leave_with(&mut self, id: LegId, content: Content, hops: u8, turn: &mut Turn<'_>) {
        let leg = self.leg_mut(id);
        match leg.state {
            LegState::Open | LegState::Leaving if leg.awaits_ack.is_some() => leg.state = LegState::Leaving,
            LegState::Open | LegState::Leaving => {
                self.acknowledge(id, Content::default(), turn);
                let leg = self.leg_mut(id);
                leg.state = LegState::Closing;
                let (request, flow) = (leg.request(Method::Bye, content, hops), leg.flow);
                let number = self.expect(Pending::Bye(id));
                turn.send(self.id, number, request, flow);
            }
            LegState::Early => leg.state = LegState::Closed,
            LegState::Closing | LegState::Closed => {}
        }
    }

    /// Nothing more is waited for.
    pub fn drop_rest(&mut self) {
        self.fork.forget();
        self.pending.clear();
        for leg in self.legs.values_mut() {
            leg.state = LegState::Closed;
        }
    }

    /// Nobody answered, and the call goes on to others.
    pub fn ring_on(&mut self, (attempts, exhausted): Onward, most: Duration, turn: &mut Turn<'_>) {
        if matches!(self.stage, Stage::Exhausted { .. }) {
            self.stage = Stage::Ringing { exhausted };
            let actions = self.fork.go_on(attempts, exhausted.ringing(most), turn.now.mono);
            self.perform(actions, turn);
        }
    }

    /// Nobody is left to ring.
    pub fn exhausted(&mut self, verdict: Refused, turn: &mut Turn<'_>) {
        match self.stage {
            Stage::Ringing { exhausted: Exhausted::Announce | Exhausted::GoOn { .. } } => {
                self.close_early(|_| true);
                let (status, rang) = (verdict.status, self.fork.has_rung());
                self.stage = Stage::Exhausted { verdict, until: turn.now.mono + DECIDING };
                turn.tell(Output::Exhausted { call: self.id, status, rang });
            }
            Stage::Ringing { exhausted: Exhausted::Answer } => self.refuse_caller(verdict, turn),
            Stage::Exhausted { .. } | Stage::Voice(_) | Stage::Talking { .. } | Stage::Over { .. } => {}
        }
    }

    /// Nobody answered, and the call goes nowhere else: the caller is told the best of the answers.
    pub fn give_verdict(&mut self, turn: &mut Turn<'_>) {
        if let Stage::Exhausted { verdict, .. } = &self.stage {
            let verdict = verdict.clone();
            self.refuse_caller(verdict, turn);
        }
    }

    /// Nobody answered, and nothing is announced: the caller is told this.
    pub fn refuse_exhausted(&mut self, status: u16, turn: &mut Turn<'_>) {
        match self.stage {
            Stage::Exhausted { .. } | Stage::Ringing { exhausted: Exhausted::Announce } => {
                self.refuse_caller(Refused::own(status, crate::sip::outgoing::reason_phrase(status)), turn);
            }
            Stage::Ringing { .. } | Stage::Voice(_) | Stage::Talking { .. } | Stage::Over { .. } => {}
        }
    }
}

/// Whom to ring instead, and what comes after.
pub(super) type Onward = (Vec<Vec<Target>>, Exhausted);

/// How long may be thought about what comes next.
const DECIDING: Duration = Duration::from_secs(5);
/// How many hops a BYE of the box's own may take.
const LEAVING_HOPS: u8 = 70;
/// After how many seconds a caller may try again whom the box could not serve.
pub(super) const RETRY_AFTER: &str = "5";
