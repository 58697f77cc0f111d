//! Attended transfer: an INVITE that takes the place of one side of a call under way (RFC 3891).
//!
//! ```text
//!   Ann speaks with Bob, asks Carl, and sends Bob to Carl (REFER with Replaces, which passes):
//!   Bob -> box   INVITE, Replaces: Ann's dialog with the box in her call to Carl
//!   box -> Carl  INVITE inside his dialog, with what Bob offers
//!   box <- Carl  200           then Bob gets it, and Ann a BYE
//! ```
//!
//! Only an answered leg can be replaced. The call stays one call: its record is the one it had. The one who stays is
//! told who it is now speaking with (P-Asserted-Identity).

use super::content::Content;
use super::incoming::Incoming;
use super::leg::{Leg, LegId, LegState, contact_on};
use super::output::{Output, Refusal, Side};
use super::ringing::{hops_left, shown};
use super::setup::Takeover;
use super::state::{Call, Pending, Relay, Stage};
use super::turn::Turn;
use crate::sip::dialog::{Dialog, State};
use crate::sip::message::Replaces;
use crate::sip::method::Method;

impl Call {
    /// The leg that a Replaces header names, as the phone at its other end sees it.
    pub fn leg_replaced(&self, replaces: &Replaces<'_>) -> Option<LegId> {
        let is_it = |leg: &Leg| {
            let id = leg.dialog.id();
            id.call_id == replaces.call_id
                && id.local_tag == replaces.to_tag
                && id.remote_tag == replaces.from_tag
        };
        self.legs.iter().find(|(_, leg)| is_it(leg)).map(|(id, _)| *id)
    }

    /// Asks the other side of `leg` to speak with whoever sent this INVITE.
    pub fn take_over(&mut self, leg: LegId, by: Takeover<'_>, turn: &mut Turn<'_>) -> Result<(), Refusal> {
        let Stage::Talking { caller, callee, .. } = self.stage else { return Err(Refusal::NothingToReplace) };
        let stays = match leg {
            leg if leg == caller => callee,
            leg if leg == callee => caller,
            _ => return Err(Refusal::NothingToReplace),
        };
        let is_inviting = self.relays().any(|(_, relay)| relay.method == Method::Invite);
        let is_settled =
            |leg: &Leg| leg.state == LegState::Open && leg.awaits_ack.is_none() && leg.owes_ack.is_none();
        if is_inviting || !is_settled(self.leg(leg)) || !is_settled(self.leg(stays)) {
            return Err(Refusal::Pending);
        }
        let new = LegId(self.count());
        let tag = turn.tag(self.id, new);
        let contact = contact_on(&by.flow);
        let dialog =
            Dialog::as_server(by.request, &tag, contact, State::Early).map_err(|_| Refusal::NoContact)?;
        let mut content = Content::of(by.request);
        content.fields.push(("P-Asserted-Identity", shown(&by.identity)));
        let hops = hops_left(by.request);
        let this = self.leg_mut(stays);
        let request = this.request(Method::Invite, content, hops);
        let (number, flow) = (this.dialog.local_number(), this.flow);

        let incoming = Incoming::of(by.invite, by.request, by.flow);
        let mut joining = Leg::new(dialog, by.flow, by.device, None);
        joining.peer = Some(stays);
        joining.invite_numbers = (incoming.number, number);
        self.legs.insert(new, joining);
        let relay = Relay {
            incoming: Some(incoming),
            from: new,
            to: stays,
            method: Method::Invite,
            number,
            replaces: Some(leg),
            client: None,
        };
        let token = self.expect(Pending::Relay(relay));
        turn.send(self.id, token, request, flow);
        Ok(())
    }

    /// The one who stays has agreed: `new` is in the place of `old`, who is let go.
    pub fn replaced(&mut self, old: LegId, new: LegId, stays: LegId, turn: &mut Turn<'_>) {
        if let Stage::Talking { caller, callee, .. } = &mut self.stage {
            let (leg, side) = if *caller == old { (caller, Side::Caller) } else { (callee, Side::Callee) };
            *leg = new;
            let device = self.leg(new).device;
            turn.tell(Output::Replaced { call: self.id, side, device });
        }
        self.leg_mut(old).peer = None;
        self.leg_mut(stays).peer = Some(new);
        let joined = self.leg_mut(new);
        joined.dialog.confirm();
        joined.state = LegState::Open;
        self.leave(old, turn);
    }

    /// The one who stays has agreed to speak with somebody who has hung up meanwhile, and its sound goes nowhere now.
    pub fn taken_over_by_nobody(&mut self, relay: &Relay, turn: &mut Turn<'_>) {
        if let Some(incoming) = &relay.incoming {
            turn.respond(incoming.key, self.plain_answer(relay.from, incoming, 487));
        }
        self.leg_mut(relay.to).owes_ack = Some(relay.number);
        self.acknowledge(relay.to, Content::default(), turn);
        self.hang_up(turn);
    }
}
