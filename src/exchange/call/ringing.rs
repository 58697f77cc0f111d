//! Ringing: the INVITEs of the fork, and what their answers become for the caller.
//!
//! Every early dialog of every branch is shown to the caller as an early dialog of its own, under a To tag of ours, so
//! that the early media and the reliable provisional answers of several phones do not mix. The first 2xx makes the call.
//! One that comes too late is acknowledged and ended with BYE (RFC 3261 §13.2.2.4).

use super::content::Content;
use super::fork::{Acceptance, Action, TryId};
use super::incoming::Incoming;
use super::leg::{Leg, LegId, LegState, contact_on};
use super::output::Output;
use super::proof::Proof;
use super::setup::{Account, Identity, Way};
use super::state::{AUDIT, Audit, Call, Pending, Stage};
use super::turn::Turn;
use super::verdict::Refused;
use crate::model::CallKind;
use crate::sip::dialog::{Dialog, DialogId, State};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request};
use crate::sip::text::{percent_encode_user, quote};
use crate::sip::transaction::ClientKey;

/// An INVITE of the fork.
#[derive(Debug)]
pub(super) struct Invitation {
    pub uri: String,
    pub contact: String,
    pub flow: Flow,
    /// The tag in its From.
    pub tag: String,
    /// The number of its CSeq: one more for each time it was sent with credentials.
    pub number: u32,
    sending: Sending,
    /// What answers a trunk that asks who we are, with the INVITE to be sent again.
    ours: Option<(Account, Request)>,
    proof: Option<Proof>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// Handed out.
    Waiting,
    /// Handed out, and given up since.
    Revoked,
    /// On its way.
    Sent(ClientKey),
}

/// The CSeq number of an INVITE of a fork.
const FIRST: u32 = 1;
/// How often an INVITE goes out with credentials: once more where only the nonce was too old.
const PROOFS: u32 = 2;
/// The most early dialogs of one call the caller is shown.
const EARLY_DIALOGS: usize = 32;

impl Call {
    /// Does what the fork says.
    pub fn perform(&mut self, actions: Vec<Action>, turn: &mut Turn<'_>) {
        for action in actions {
            match action {
                Action::Launch { id, way } => self.launch(id, way, turn),
                Action::Cancel(id) => self.revoke(id, turn),
                Action::Begin(number) => turn.tell(Output::Attempt { call: self.id, number }),
                Action::Over(verdict) => self.exhausted(verdict, turn),
            }
        }
    }

    fn launch(&mut self, id: TryId, way: Way, turn: &mut Turn<'_>) {
        let leg = LegId(self.count());
        let tag = turn.tag(self.id, leg);
        let contact = contact_on(&way.flow);
        let mut request = Request::new(Method::Invite, way.contact.as_str());
        for hop in &way.path {
            request.push("Route", hop.as_str());
        }
        let incoming = self.caller.invite.request();
        let hops = hops_left(&incoming);
        let is_private = self.is_private(&incoming);
        request.push("Max-Forwards", hops.to_string());
        request.push("From", format!("{};tag={tag}", self.shown(&way, is_private)));
        request.push("To", self.addressed(id, &way));
        request.push("Call-ID", turn.call_id());
        request.push("CSeq", format!("{FIRST} INVITE"));
        request.push("Contact", contact.as_str());
        if !is_private {
            request.push("P-Asserted-Identity", self.shown(&way, false));
        }
        if let Some(diversion) = &way.told.diversion {
            request.push("Diversion", diversion.as_str());
        }
        Content::of(&incoming).write(&mut request);
        let number = self.expect(Pending::Invitation(id));
        let ours = way.told.account.map(|account| (account, request.clone()));
        turn.send(self.id, number, request, way.flow);
        let invitation = Invitation {
            uri: way.contact,
            contact,
            flow: way.flow,
            tag,
            number: FIRST,
            sending: Sending::Waiting,
            ours,
            proof: None,
        };
        self.invitations.insert(id, invitation);
    }

    /// A trunk asks who we are: the INVITE goes out once more, with the answer. `false` where there is none to give, and the
    /// question is a refusal.
    fn prove(&mut self, id: TryId, response: &Message<'_>, turn: &mut Turn<'_>) -> bool {
        let is_wanted = self.fork.is_live_try(id);
        let Some(invitation) = self.invitations.get_mut(&id).filter(|_| is_wanted) else { return false };
        let Some((account, request)) = &mut invitation.ours else { return false };
        let Some(mut proof) = Proof::of(account, response, turn.word()) else { return false };
        if invitation.proof.is_some() && (!proof.is_stale() || invitation.number > PROOFS) {
            return false;
        }
        invitation.number += 1;
        request.replace("CSeq", format!("{} INVITE", invitation.number));
        proof.sign(request);
        invitation.proof = Some(proof);
        invitation.sending = Sending::Waiting;
        let (request, flow) = (request.clone(), invitation.flow);
        let token = self.expect(Pending::Invitation(id));
        turn.send(self.id, token, request, flow);
        true
    }

    /// Whether the caller wants to stay unknown (RFC 3323, RFC 3325 §7), which an emergency centre does not grant.
    fn is_private(&self, invite: &Message<'_>) -> bool {
        let wanted =
            |value: &str| ["id", "user", "header"].iter().any(|kind| value.eq_ignore_ascii_case(kind));
        self.caller.kind != CallKind::Emergency
            && invite.headers("Privacy").flat_map(|value| value.split(';')).any(|value| wanted(value.trim()))
    }

    /// The caller as callees see it.
    fn shown(&self, way: &Way, is_private: bool) -> String {
        if is_private {
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned()
        } else {
            shown(way.told.identity.as_ref().unwrap_or(&self.caller.identity))
        }
    }

    /// Whom the callee sees called: for the outside its own address, inside the number that was called.
    fn addressed(&self, id: TryId, way: &Way) -> String {
        let is_inside = self.caller.kind != CallKind::Emergency && self.fork.device_of(id).is_some();
        if is_inside {
            let user = percent_encode_user(&self.caller.called);
            format!("<sip:{user}@{}>", self.caller.identity.domain)
        } else {
            format!("<{}>", way.contact)
        }
    }

    /// The INVITE is on its way; one given up meanwhile is cancelled now.
    pub fn invitation_sent(&mut self, id: TryId, client: ClientKey, turn: &mut Turn<'_>) {
        let reason = self.reason_to_cancel();
        let Some(invitation) = self.invitations.get_mut(&id) else { return };
        if invitation.sending == Sending::Revoked {
            turn.tell(Output::Cancel { client, reason });
        }
        invitation.sending = Sending::Sent(client);
    }

    fn reason_to_cancel(&self) -> Option<&'static str> {
        match self.stage {
            Stage::Talking { .. } => Some(ELSEWHERE),
            Stage::Ringing { .. } | Stage::Exhausted { .. } | Stage::Voice(_) | Stage::Over { .. } => None,
        }
    }

    /// Gives an INVITE up.
    pub fn revoke(&mut self, id: TryId, turn: &mut Turn<'_>) {
        let reason = self.reason_to_cancel();
        let Some(invitation) = self.invitations.get_mut(&id) else { return };
        match invitation.sending {
            Sending::Waiting | Sending::Revoked => invitation.sending = Sending::Revoked,
            Sending::Sent(client) => turn.tell(Output::Cancel { client, reason }),
        }
        self.close_early(|leg| leg.invitation == Some(id));
    }

    /// An answer to an INVITE of the fork.
    pub fn handle_invitation_response(&mut self, id: TryId, response: &Message<'_>, turn: &mut Turn<'_>) {
        match response.status() {
            None | Some(0..=99) => {}
            Some(100) => self.fork.heard(id, 100),
            Some(status @ 101..=199) => self.progress(id, status, response, turn),
            Some(200..=299) => self.accepted(id, response, turn),
            Some(401 | 407) if self.prove(id, response, turn) => {}
            Some(status) => {
                let content = match status {
                    300..=399 => Content::of_redirection(response),
                    _ => Content::of(response),
                };
                let reason = response.reason().unwrap_or_default().to_owned();
                self.invitation_refused(id, Refused { status, reason, content }, turn);
            }
        }
    }

    /// An INVITE of the fork was refused, or failed.
    pub fn invitation_refused(&mut self, id: TryId, refused: Refused, turn: &mut Turn<'_>) {
        self.close_early(|leg| leg.invitation == Some(id));
        let actions = self.fork.refused(id, refused, turn.now.mono);
        self.perform(actions, turn);
    }

    fn progress(&mut self, id: TryId, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        self.fork.heard(id, status);
        if !self.fork.is_live_try(id) || !matches!(self.stage, Stage::Ringing { .. }) {
            return;
        }
        let Some((caller, _)) = self.pair(id, response, turn) else { return };
        let leg = self.leg(caller);
        let tag = &leg.dialog.id().local_tag;
        let mut answer = self.caller.invite.answer_in_dialog(status, tag, &contact_on(&leg.flow));
        answer.reason = response.reason().unwrap_or_default().to_owned().into();
        Content::of(response).write(&mut answer);
        turn.respond(self.caller.invite.key, answer);
    }

    fn accepted(&mut self, id: TryId, response: &Message<'_>, turn: &mut Turn<'_>) {
        let known = DialogId::of_response(response).ok().and_then(|dialog| self.leg_of(&dialog));
        if let Some(leg) = known
            && self.leg(leg).state != LegState::Early
            && !(self.leg(leg).state == LegState::Closed && self.leg(leg).last_ack.is_none())
        {
            return self.acknowledge_again(leg, self.number_of(id), turn);
        }
        match self.fork.accepted(id) {
            Acceptance::Wins(actions) => match self.pair(id, response, turn) {
                Some((caller, callee)) => {
                    self.connect(caller, callee, response, turn);
                    self.perform(actions, turn);
                }
                None => {
                    self.perform(actions, turn);
                    self.refuse_caller(Refused::own(502, "Bad Gateway"), turn);
                }
            },
            Acceptance::TooLate => self.end_late(id, response, turn),
        }
    }

    /// The call is made: the caller gets the 2xx.
    fn connect(&mut self, caller: LegId, callee: LegId, response: &Message<'_>, turn: &mut Turn<'_>) {
        let device = self.leg(callee).device;
        let (key, number) = (self.caller.invite.key, self.caller.invite.number);
        let leg = self.leg_mut(callee);
        // A contact that cannot be read leaves the target as it was: the address that was called.
        let _ = leg.dialog.handle_response(response);
        leg.state = LegState::Open;
        leg.owes_ack = Some(leg.dialog.local_number());
        let leg = self.leg_mut(caller);
        leg.dialog.confirm();
        leg.state = LegState::Open;
        leg.awaits_ack = Some((key, number));
        let leg = self.leg(caller);
        let (tag, contact) = (leg.dialog.id().local_tag.clone(), contact_on(&leg.flow));
        let mut answer = self.caller.invite.answer_in_dialog(200, &tag, &contact);
        answer.status = response.status().unwrap_or(200);
        Content::of(response).write(&mut answer);
        turn.respond(key, answer);
        self.close_early(|_| true);
        let audit = Audit { due: turn.now.mono + AUDIT, silent: None };
        self.stage = Stage::Talking { caller, callee, audit };
        turn.tell(Output::Answered { call: self.id, device });
    }

    /// A 2xx that decides nothing any more: acknowledged, and ended.
    fn end_late(&mut self, id: TryId, response: &Message<'_>, turn: &mut Turn<'_>) {
        let Some(leg) = self.callee_leg(id, response) else { return };
        let callee = self.leg_mut(leg);
        let _ = callee.dialog.handle_response(response);
        callee.state = LegState::Open;
        callee.owes_ack = Some(callee.dialog.local_number());
        self.leave(leg, turn);
    }

    /// The early dialog of a branch and the one the caller is shown for it.
    fn pair(&mut self, id: TryId, response: &Message<'_>, turn: &mut Turn<'_>) -> Option<(LegId, LegId)> {
        let callee = self.callee_leg(id, response)?;
        if let Some(caller) = self.leg(callee).peer {
            return Some((caller, callee));
        }
        let leg = self.show_caller(turn)?;
        let number = self.number_of(id);
        let shown = self.leg_mut(leg);
        shown.peer = Some(callee);
        shown.invite_numbers.1 = number;
        self.leg_mut(callee).peer = Some(leg);
        Some((leg, callee))
    }

    /// A further early dialog for the caller. The first has the tag of every other answer to its INVITE (RFC 3261
    /// §8.2.6.2).
    pub fn show_caller(&mut self, turn: &mut Turn<'_>) -> Option<LegId> {
        let leg = LegId(self.count());
        let is_used = self.legs.values().any(|one| one.dialog.id().local_tag == self.caller.tag);
        let tag = if is_used { turn.tag(self.id, leg) } else { self.caller.tag.clone() };
        let Incoming { flow, number, .. } = self.caller.invite;
        let request = self.caller.invite.request();
        let dialog = Dialog::as_server(&request, &tag, contact_on(&flow), State::Early).ok()?;
        let mut shown = Leg::new(dialog, flow, self.caller.device, None);
        shown.invite_numbers = (number, 0);
        self.legs.insert(leg, shown);
        Some(leg)
    }

    /// The leg of the dialog that `response` belongs to or makes.
    fn callee_leg(&mut self, id: TryId, response: &Message<'_>) -> Option<LegId> {
        let dialog = DialogId::of_response(response).ok()?;
        if let Some(leg) = self.leg_of(&dialog) {
            return Some(leg);
        }
        let is_provisional = response.status().is_some_and(|status| status < 200);
        if is_provisional && self.legs.len() >= 2 * EARLY_DIALOGS {
            return None;
        }
        let invitation = self.invitations.get(&id)?;
        let (flow, proof) = (invitation.flow, invitation.proof.clone());
        let made = Dialog::as_client(&invitation.uri, response, invitation.contact.as_str()).ok()?;
        // A phone that put no tag into its first answers is the same phone when it does.
        let untagged = DialogId { remote_tag: String::new(), ..dialog };
        match self.leg_of(&untagged).filter(|leg| self.leg(*leg).state == LegState::Early) {
            Some(leg) => {
                self.leg_mut(leg).dialog = made;
                Some(leg)
            }
            None => {
                let leg = Leg::new(made, flow, self.fork.device_of(id), Some(id));
                Some(self.add(Leg { proof, ..leg }))
            }
        }
    }

    /// Closes early dialogs, and the ones the caller was shown for them.
    pub fn close_early(&mut self, which: impl Fn(&Leg) -> bool) {
        let early = |leg: &Leg| leg.state == LegState::Early;
        let closing: Vec<(LegId, Option<LegId>)> = self
            .legs
            .iter()
            .filter(|(_, leg)| early(leg) && which(leg))
            .map(|(id, leg)| (*id, leg.peer))
            .collect();
        for id in closing.into_iter().flat_map(|(leg, peer)| [Some(leg), peer]).flatten() {
            let leg = self.leg_mut(id);
            if early(leg) {
                leg.state = LegState::Closed;
            }
        }
    }

    /// The number of the INVITE as it was sent last.
    fn number_of(&self, id: TryId) -> u32 {
        self.invitations.get(&id).map_or(FIRST, |invitation| invitation.number)
    }
}

/// An identity as an address.
pub(super) fn shown(identity: &Identity) -> String {
    let uri = format!("<sip:{}@{}>", percent_encode_user(&identity.number), identity.domain);
    if identity.name.is_empty() { uri } else { format!("{} {uri}", quote(&identity.name)) }
}

/// How many hops a request may still take behind the box; one without the header may take the usual number.
pub(super) fn hops_left(request: &Message<'_>) -> u8 {
    request.max_forwards().ok().flatten().unwrap_or(USUAL_HOPS + 1).saturating_sub(1)
}

const USUAL_HOPS: u8 = 70;
/// What a phone is told that stops ringing because another was quicker.
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";
