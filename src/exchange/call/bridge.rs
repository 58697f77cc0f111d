//! The bridge: what one side asks inside the call is asked of the other, and answered with the other's answer.
//!
//! Hold and resume, session timers, reliable provisional answers, keys, texts and transfers all work because their
//! requests pass; the box changes only what belongs to one leg. CSeq numbers differ on the two legs, so RAck is
//! translated (RFC 3262); RSeq is not, for each early dialog has a To tag of its own and with it its own count.
//!
//! An INVITE in a dialog may meet another: towards a side that has just sent one, or whose last is not settled, it is
//! refused with 491, and a second one from the same side with 500 (RFC 3261 §14.2).

use std::time::Duration;

use super::content::{Content, unsupported};
use super::incoming::Incoming;
use super::leg::{LegId, LegState, contact_on};
use super::output::Output;
use super::ringing::hops_left;
use super::state::{Call, Pending, Relay, Stage};
use super::turn::Turn;
use crate::sip::dialog::Order;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Response};

/// The most requests of a call that are passed on and not answered.
const RELAYS: usize = 16;
/// How long one who asks too much is to wait.
const SOON: Duration = Duration::from_secs(2);

impl Call {
    /// What speaks against a request in a dialog, as the answer to it.
    pub fn objection(&mut self, leg: LegId, incoming: &Incoming, request: &Message<'_>) -> Option<Response> {
        match self.leg_mut(leg).dialog.handle_request(request) {
            Ok(Order::InOrder) => {}
            Ok(Order::OutOfOrder) => return Some(incoming.answer(500, None)),
            Err(_) => return Some(incoming.answer(400, None)),
        }
        if request.max_forwards().ok().flatten() == Some(0) {
            return Some(incoming.answer(483, None));
        }
        let options = unsupported(request);
        if !options.is_empty() {
            return Some(incoming.answer(420, None).with("Unsupported", options.join(", ")));
        }
        match request.method() {
            Some(Method::Invite) => self.glare(leg, incoming),
            Some(Method::Update) if !request.body().is_empty() && self.is_inviting(leg) => {
                Some(incoming.answer(491, None))
            }
            _ if self.relays().count() >= RELAYS => Some(retry_later(incoming)),
            _ => None,
        }
    }

    fn glare(&self, leg: LegId, incoming: &Incoming) -> Option<Response> {
        let this = self.leg(leg);
        if this.state == LegState::Early {
            // The INVITE that makes the dialog is itself not answered: ours, or theirs.
            let is_ours = this.invitation.is_some();
            return Some(if is_ours { incoming.answer(491, None) } else { retry_later(incoming) });
        }
        let is_unsettled =
            this.owes_ack.is_some() || this.peer.is_some_and(|peer| self.leg(peer).awaits_ack.is_some());
        if self.is_inviting(leg) || is_unsettled {
            return Some(incoming.answer(491, None));
        }
        let has_asked = |relay: &Relay| relay.from == leg && relay.method == Method::Invite;
        let is_second = this.awaits_ack.is_some() || self.relays().any(|(_, relay)| has_asked(relay));
        is_second.then(|| retry_later(incoming))
    }

    /// Whether an INVITE in the dialog is under way towards that side.
    fn is_inviting(&self, leg: LegId) -> bool {
        self.relays().any(|(_, relay)| relay.to == leg && relay.method == Method::Invite)
    }

    /// Passes a request on to the other side.
    pub fn relay(&mut self, from: LegId, incoming: Incoming, method: Method, turn: &mut Turn<'_>) {
        let peer = self.leg(from).peer.filter(|peer| self.leg(*peer).state.is_usable());
        let content = self.content_of(from, &incoming, &method);
        let (Some(to), Some(content)) = (peer, content) else {
            return turn.respond(incoming.key, incoming.answer(481, None));
        };
        let hops = hops_left(&incoming.request());
        let leg = self.leg_mut(to);
        let request = leg.request(method.clone(), content, hops);
        let (number, flow) = (leg.dialog.local_number(), leg.flow);
        match method {
            Method::Invite => self.leg_mut(from).invite_numbers = (incoming.number, number),
            Method::Refer => self.leg_mut(from).note_refer(incoming.number, number),
            _ => {}
        }
        let relay =
            Relay { incoming: Some(incoming), from, to, method, number, replaces: None, client: None };
        let token = self.expect(Pending::Relay(relay));
        turn.send(self.id, token, request, flow);
    }

    /// What passes of a request; `None` for a PRACK of nothing the other side has sent.
    fn content_of(&self, from: LegId, incoming: &Incoming, method: &Method) -> Option<Content> {
        let request = incoming.request();
        let mut content = Content::of(&request);
        if *method == Method::Prack {
            let rack = request.rack().ok()?;
            let (here, there) = self.leg(from).invite_numbers;
            if rack.cseq != here {
                return None;
            }
            content.fields.push(("RAck", format!("{} {there} {}", rack.rseq, rack.method)));
        }
        if matches!(method, Method::Notify | Method::Subscribe) {
            self.translate_refer(from, method, &mut content);
        }
        Some(content)
    }

    /// Which REFER a report is on, or is asked for, is told by the REFER's number (RFC 3515 §2.4.6), which is another on the
    /// other leg. A number of no REFER that is known passes as it is.
    fn translate_refer(&self, from: LegId, method: &Method, content: &mut Content) {
        let Some(event) =
            content.fields.iter_mut().find(|(name, _)| *name == "Event").map(|(_, value)| value)
        else {
            return;
        };
        let mut parts: Vec<String> = event.split(';').map(|part| part.trim().to_owned()).collect();
        if !parts[0].eq_ignore_ascii_case("refer") {
            return;
        }
        let refers = |leg: LegId| self.leg(leg).refers.iter().copied();
        let translated = |number: u32| match method {
            Method::Subscribe => refers(from).find(|(here, _)| *here == number).map(|(_, there)| there),
            _ => {
                let peer = self.leg(from).peer?;
                refers(peer).find(|(_, there)| *there == number).map(|(here, _)| here)
            }
        };
        for part in &mut parts[1..] {
            let Some((name, value)) = part.split_once('=') else { continue };
            let number =
                if name.trim().eq_ignore_ascii_case("id") { value.trim().parse().ok() } else { None };
            if let Some(number) = number.and_then(translated) {
                *part = format!("id={number}");
            }
        }
        *event = parts.join(";");
    }

    /// The other side has answered.
    pub fn handle_relay_response(&mut self, token: u32, response: &Message<'_>, turn: &mut Turn<'_>) {
        let Some(status) = response.status() else { return };
        if status < 200 {
            return self.pass_provisional(token, status, response, turn);
        }
        let Some(Pending::Relay(relay)) = self.pending.remove(&token) else { return };
        let is_success = status < 300;
        if is_success && relay.replaces.is_some() && self.leg(relay.from).state == LegState::Closed {
            return self.taken_over_by_nobody(&relay, turn);
        }
        if is_success {
            // A contact that cannot be read leaves the target as it was.
            let _ = self.leg_mut(relay.to).dialog.handle_response(response);
        }
        if is_success && relay.method == Method::Invite {
            self.leg_mut(relay.to).owes_ack = Some(relay.number);
            let leg = relay.to;
            self.pending.retain(|_, it| !matches!(it, Pending::Answered { leg: of, .. } if *of == leg));
            self.pending.insert(token, Pending::Answered { leg, number: relay.number });
        }
        let Some(incoming) = relay.incoming else {
            return self.acknowledge(relay.to, Content::default(), turn);
        };
        let mut answer = self.answer_of(relay.from, &incoming, &relay.method, response);
        Content::of(response).write(&mut answer);
        match relay.replaces {
            Some(old) if is_success => self.replaced(old, relay.from, relay.to, turn),
            Some(_) => self.leg_mut(relay.from).state = LegState::Closed,
            None => {}
        }
        if is_success {
            let from = self.leg_mut(relay.from);
            from.dialog.handle_accepted(incoming.number);
            if relay.method == Method::Invite {
                from.awaits_ack = Some((incoming.key, incoming.number));
            }
        }
        turn.respond(incoming.key, answer);
    }

    fn pass_provisional(&mut self, token: u32, status: u16, response: &Message<'_>, turn: &mut Turn<'_>) {
        let Some(Pending::Relay(relay)) = self.pending.get(&token) else { return };
        let Some(incoming) =
            relay.incoming.as_ref().filter(|_| relay.method == Method::Invite && status > 100)
        else {
            return;
        };
        let mut answer = self.answer_of(relay.from, incoming, &relay.method, response);
        Content::of(response).write(&mut answer);
        turn.respond(incoming.key, answer);
    }

    /// The answer to `incoming` with the status of `response`. A challenge is for the box alone, which has nothing to
    /// answer it with; a 503 would speak for the box.
    fn answer_of(
        &self,
        leg: LegId,
        incoming: &Incoming,
        method: &Method,
        response: &Message<'_>,
    ) -> Response {
        match response.status().unwrap_or(500) {
            401 | 407 => self.plain_answer(leg, incoming, 403),
            503 => self.plain_answer(leg, incoming, 500),
            status => {
                let mut answer = self.plain_answer(leg, incoming, status);
                answer.reason = response.reason().unwrap_or_default().to_owned().into();
                let renews = matches!(
                    method,
                    Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer
                );
                if *method == Method::Invite && status < 300 {
                    answer = answer.with_record_route(&incoming.request());
                }
                if renews && status < 300 {
                    answer.push("Contact", contact_on(&self.leg(leg).flow));
                }
                answer
            }
        }
    }

    /// The other side has not answered.
    pub fn handle_relay_failure(&mut self, token: u32, turn: &mut Turn<'_>) {
        let Some(Pending::Relay(relay)) = self.pending.remove(&token) else { return };
        if let Some(incoming) = relay.incoming {
            turn.respond(incoming.key, self.plain_answer(relay.from, &incoming, 408));
        }
        if relay.replaces.is_some() {
            self.leg_mut(relay.from).state = LegState::Closed;
        }
    }

    /// An answer to a request that came by a leg, with the leg's tag if it has none.
    pub fn plain_answer(&self, leg: LegId, incoming: &Incoming, status: u16) -> Response {
        incoming.answer(status, Some(&self.leg(leg).dialog.id().local_tag))
    }

    /// Sends the ACK that a leg owes.
    pub fn acknowledge(&mut self, leg: LegId, content: Content, turn: &mut Turn<'_>) {
        let leg = self.leg_mut(leg);
        if let Some(request) = leg.acknowledge(content) {
            turn.tell(Output::Ack { request, flow: leg.flow });
        }
    }

    /// Sends the ACK for a 2xx again that has come again.
    pub fn acknowledge_again(&mut self, leg: LegId, number: u32, turn: &mut Turn<'_>) {
        let leg = self.leg(leg);
        if let Some(request) = leg.acknowledged(number) {
            turn.tell(Output::Ack { request, flow: leg.flow });
        }
    }

    /// Asks a phone whether it is still in the call.
    pub fn ask_whether_there(&mut self, leg: LegId, turn: &mut Turn<'_>) {
        let this = self.leg_mut(leg);
        let (request, flow) = (this.dialog.request(Method::Options), this.flow);
        let token = self.expect(Pending::Audit(leg));
        turn.send(self.id, token, request, flow);
    }

    /// A phone has said whether it is still in the call, or nothing. A phone that knows nothing of the call ends it; two
    /// that are silent have both gone. One that is silent may only be unable to answer OPTIONS.
    pub fn handle_audit(&mut self, leg: LegId, status: Option<u16>, turn: &mut Turn<'_>) {
        if let Stage::Voice(_) = self.stage {
            return self.handle_refreshed(status, turn);
        }
        let Stage::Talking { audit, .. } = &mut self.stage else { return };
        let other = audit.silent.filter(|silent| *silent != leg);
        match status {
            Some(481) => self.hang_up(turn),
            None | Some(408) if other.is_some() => self.hang_up(turn),
            None | Some(408) => audit.silent = Some(leg),
            Some(_) => {}
        }
    }
}

fn retry_later(incoming: &Incoming) -> Response {
    incoming.answer(500, None).with("Retry-After", SOON.as_secs().to_string())
}
