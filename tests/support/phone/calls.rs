//! Calling and being called (RFC 3261 §12-§15).

use std::time::Instant;

use perch::sip::dialog::{Dialog, State, with_credentials};
use perch::sip::outgoing::Outgoing;
use perch::sip::sdp::Direction;
use perch::sip::transaction::{NewRequest, ServerKey};
use perch::sip::{Flow, Message, Method, Request, Response};
use rand::RngExt;

use super::call::{Call, CallState, Ending, Invite};
use super::description::{self, Agreed};
use super::{ALLOW, CalledAs, OnCall, Purpose, SOUND_PORT, SimPhone, Token, user_of};

/// How many calls that are over the phone remembers.
const REMEMBERED: usize = 16;

impl SimPhone {
    pub(super) fn call(&mut self, id: u32) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.id == id)
    }

    /// Dials a number on the first line.
    pub(super) fn dial(&mut self, number: &str, now: Instant) {
        let line = self.lines.iter().find(|line| line.is_registered()).or(self.lines.first());
        let Some(line) = line else {
            self.inspector.complain(format!("dialled {number} on a phone without a line"));
            return;
        };
        let (line, contact, account, server) =
            (line.id, line.contact.clone(), line.account.clone(), line.server());
        let flow = Flow::udp(self.sip_address(), server.expect("a line with an address"));
        self.last_call += 1;
        let id = self.last_call;
        let mut call = Call::new(id, line, CallState::Calling, Invite::Ours(0), flow);
        call.number = number.to_owned();
        let at = std::net::SocketAddr::new(self.address, SOUND_PORT);
        call.direction = self.quirks.offers;
        let offer = call.described.offer(at, self.quirks.telephone_event, call.direction);
        let uri = format!("sip:{}@{}", number.replace('#', "%23"), account.domain);
        let from = format!("\"{}\" <sip:{}@{}>", account.display_name, account.user, account.domain);
        let request = Request::new(Method::Invite, uri.clone())
            .with("From", format!("{from};tag={}", self.random_word()))
            .with("To", format!("<{uri}>"))
            .with("Call-ID", self.random_word())
            .with("CSeq", format!("{} INVITE", call.next_number(&Method::Invite)))
            .with("Contact", format!("<{contact}>"))
            .with("Allow", ALLOW)
            .with("User-Agent", self.kind.sip_agent())
            .with_body("application/sdp", offer);
        self.calls.push(call);
        self.forget_old_calls();
        let token = self.request(Purpose::Invite(id), request, flow, now);
        self.note_invite(id, token);
    }

    fn note_invite(&mut self, call: u32, token: Token) {
        if let Some(call) = self.call(call) {
            call.invite = Invite::Ours(token);
        }
    }

    /// An answer to the phone's own INVITE has come.
    pub(super) fn handle_invite_answer(
        &mut self,
        id: u32,
        token: Token,
        message: &Message<'_>,
        now: Instant,
    ) {
        let status = message.status().unwrap_or(500);
        self.note_invite(id, token);
        let Some(pending) = self.pending.get(&token) else { return };
        let invite = pending.request.clone();
        let Some(call) = self.calls.iter_mut().find(|call| call.id == id) else { return };
        if status >= 300 {
            let ending = if call.given_up { Ending::Cancelled } else { Ending::Refused(status) };
            self.pending.remove(&token);
            self.end(id, ending);
            return;
        }
        if status == 100 {
            return;
        }
        let tag = message.to().ok().and_then(|to| to.tag().map(str::to_owned));
        let known = call.dialog.as_ref().map(|dialog| dialog.id().remote_tag.clone());
        let is_up = call.dialog.as_ref().is_some_and(|dialog| dialog.state() == State::Confirmed);
        if is_up && known != tag {
            self.inspector.complain("a second answer with another tag: two calls for one");
            return;
        }
        if known == tag
            && let Some(dialog) = &mut call.dialog
        {
            let _ = dialog.handle_response(message);
        } else if tag.is_some() {
            let contact = invite.header("Contact").unwrap_or_default().to_owned();
            match Dialog::as_client(&invite.uri, message, contact) {
                Ok(dialog) => call.dialog = Some(dialog),
                Err(error) => {
                    self.inspector.complain(format!("no dialog can be made of a {status}: {error}"))
                }
            }
        }
        if !message.body().is_empty() {
            agree(call, description::settled(message.body()));
        }
        if status < 200 {
            call.state = CallState::RingingBack;
            return;
        }
        let Some(dialog) = &call.dialog else { return };
        let number = message.cseq().map_or(1, |(number, _)| number);
        let ack = with_credentials(dialog.ack(number), &invite);
        let (way, given_up, was_up) = (call.way(), call.given_up, call.state == CallState::Up);
        let is_over = call.is_over();
        if !is_over {
            call.comes_up(now);
        }
        self.layer.send_ack(ack, way);
        if call_is_without_sound(self.calls.iter().find(|call| call.id == id)) {
            self.inspector.complain("answered without a description the phone can use");
        }
        if given_up && !was_up && !is_over {
            // The answer crossed the CANCEL.
            self.bye(id, now);
        }
    }

    /// Gives up what the phone has dialled, or ends or refuses a call.
    pub(super) fn hang_up(&mut self, id: u32, now: Instant) {
        let Some(call) = self.call(id) else { return };
        match (call.state, call.invite) {
            (CallState::Up, _) => self.bye(id, now),
            (CallState::Calling | CallState::RingingBack, Invite::Ours(token)) => {
                call.given_up = true;
                if let Some(pending) = self.pending.get(&token) {
                    self.layer.cancel(pending.client, now);
                }
            }
            (CallState::Ringing, Invite::Theirs(key)) => {
                self.respond_to_invite(id, key, 486, now);
                self.end(id, Ending::Declined);
            }
            _ => {}
        }
        self.drain(now);
    }

    fn bye(&mut self, id: u32, now: Instant) {
        let Some(call) = self.call(id) else { return };
        let Some(dialog) = &mut call.dialog else { return };
        let request = dialog.request(Method::Bye);
        let way = call.way();
        self.request(Purpose::Bye(id), request, way, now);
        self.end(id, Ending::HungUpHere);
    }

    pub(super) fn end(&mut self, id: u32, ending: Ending) {
        let Some(call) = self.call(id) else { return };
        if call.is_over() {
            return;
        }
        call.state = CallState::Over(ending);
        call.keying.stop();
        call.info_keys.clear();
        call.hearing.stop();
        if let Invite::Ours(token) = call.invite {
            // Kept while a late copy of the 2xx may still ask for its ACK.
            if ending != Ending::HungUpHere && ending != Ending::HungUpThere {
                self.pending.remove(&token);
            }
        }
    }

    // Calls that come in

    pub(super) fn handle_invite(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        if message.to().is_ok_and(|to| to.tag().is_some()) {
            self.handle_reinvite(request, message, now);
            return;
        }
        let uri = message.request_uri().unwrap_or_default();
        let line = match self.quirks.called_as {
            CalledAs::ItsContacts => {
                self.lines.iter().find(|line| line.contact == uri).map(|line| (line.id, line.contact.clone()))
            }
            CalledAs::Anybody => Some((0, uri.to_owned())),
        };
        let Some((line, contact)) = line else {
            self.answer(request, message, 404, now);
            return;
        };
        match self.quirks.on_call {
            OnCall::Dead => return,
            OnCall::Refuses(status) => return self.answer(request, message, status, now),
            OnCall::Rings => {}
        }
        if self.calls.iter().filter(|call| !call.is_over()).count() >= self.quirks.most_calls {
            return self.answer(request, message, 486, now);
        }
        let Ok(key) = self.layer.accept(request, message, now) else { return };
        let tag = format!("{:08x}", self.rng.random::<u32>());
        let dialog = match Dialog::as_server(message, &tag, format!("<{contact}>"), State::Early) {
            Ok(dialog) => dialog,
            Err(error) => {
                self.inspector.complain(format!("no dialog can be made of an INVITE: {error}"));
                return;
            }
        };
        self.last_call += 1;
        let flow = Flow::udp(self.sip_address(), request.reply().remote);
        let mut call = Call::new(self.last_call, line, CallState::Ringing, Invite::Theirs(key), flow);
        (call.number, call.name) = caller(message);
        call.diversion = message.header("Diversion").map(str::to_owned);
        call.offer = message.body().to_vec();
        call.dialog = Some(dialog);
        let ringing = Response::answering(message, &request.reply(), 180, Some(&tag))
            .with_record_route(message)
            .with("Contact", format!("<{contact}>"))
            .with("User-Agent", self.kind.sip_agent());
        self.layer.respond(key, &ringing, now);
        self.ringing.insert(call.id, ringing);
        self.calls.push(call);
        self.forget_old_calls();
    }

    /// Answers the call that rings.
    pub(super) fn take(&mut self, id: u32, now: Instant) {
        let Some(call) = self.call(id) else { return };
        let Invite::Theirs(key) = call.invite else { return };
        if call.state == CallState::Ringing {
            self.respond_to_invite(id, key, 200, now);
        }
        self.drain(now);
    }

    fn respond_to_invite(&mut self, id: u32, key: ServerKey, status: u16, now: Instant) {
        let at = std::net::SocketAddr::new(self.address, SOUND_PORT);
        let telephone_event = self.quirks.telephone_event;
        let Some(mut response) = self.ringing.get(&id).cloned() else { return };
        let Some(call) = self.calls.iter_mut().find(|call| call.id == id) else { return };
        (response.status, response.reason) = (status, perch::sip::outgoing::reason_phrase(status).into());
        if status == 200 {
            let body = if call.offer.is_empty() {
                call.described.offer(at, telephone_event, Direction::SendRecv)
            } else {
                match call.described.answer(at, &call.offer, Direction::SendRecv) {
                    Some((body, agreed)) => {
                        agree(call, Some(agreed));
                        body
                    }
                    None => return self.refuse_codecs(id, key, now),
                }
            };
            response.set_body("application/sdp", body);
            response.push("Allow", ALLOW);
            call.comes_up(now);
            if let Some(dialog) = &mut call.dialog {
                dialog.confirm();
            }
        }
        self.layer.respond(key, &response, now);
    }

    fn refuse_codecs(&mut self, id: u32, key: ServerKey, now: Instant) {
        self.inspector.complain("an offer without a codec the phone has");
        self.respond_to_invite(id, key, 488, now);
        self.end(id, Ending::Declined);
    }

    pub(super) fn handle_ack(&mut self, invite: Option<ServerKey>, message: &Message<'_>, now: Instant) {
        let Some(key) = invite else { return };
        let Some(call) = self.calls.iter_mut().find(|call| call.is_of(message)) else {
            self.inspector.complain("an ACK whose tags are of no call");
            return;
        };
        if !message.body().is_empty() {
            agree(call, description::settled(message.body()));
        }
        self.layer.acked(key);
        if call_is_without_sound(self.calls.iter().find(|call| call.is_of(message))) {
            self.inspector.complain("a call without an agreed sound");
        }
        let _ = now;
    }

    pub(super) fn handle_no_ack(&mut self, invite: ServerKey, now: Instant) {
        let call = self.calls.iter().find(|call| call.invite == Invite::Theirs(invite)).map(|call| call.id);
        if let Some(id) = call {
            self.inspector.complain("an answer that was never acknowledged");
            self.bye(id, now);
        }
    }

    pub(super) fn handle_cancel(&mut self, invite: ServerKey, now: Instant) {
        let rings = |call: &&Call| call.invite == Invite::Theirs(invite) && call.state == CallState::Ringing;
        if let Some(id) = self.calls.iter().find(rings).map(|call| call.id) {
            self.respond_to_invite(id, invite, 487, now);
            self.end(id, Ending::Cancelled);
        }
    }

    pub(super) fn handle_bye(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let Some(id) = self.calls.iter().find(|call| call.is_of(message)).map(|call| call.id) else {
            self.inspector.complain("a BYE for no call");
            self.answer(request, message, 481, now);
            return;
        };
        self.answer(request, message, 200, now);
        self.end(id, Ending::HungUpThere);
    }

    // Within calls

    /// Offers the sound anew: held, or running again.
    pub(super) fn reoffer(&mut self, id: u32, direction: Direction, now: Instant) {
        let at = std::net::SocketAddr::new(self.address, SOUND_PORT);
        let telephone_event = self.quirks.telephone_event;
        let agent = self.kind.sip_agent();
        let Some(call) = self.call(id).filter(|call| call.state == CallState::Up) else { return };
        call.direction = direction;
        let offer = call.described.offer(at, telephone_event, direction);
        let Some(dialog) = &mut call.dialog else { return };
        let request = dialog
            .request(Method::Invite)
            .with("Allow", ALLOW)
            .with("User-Agent", agent)
            .with_body("application/sdp", offer);
        let way = call.way();
        self.request(Purpose::Reinvite(id), request, way, now);
        self.drain(now);
    }

    pub(super) fn handle_reinvite_answer(&mut self, id: u32, message: &Message<'_>) {
        let status = message.status().unwrap_or(500);
        let Some(call) = self.call(id) else { return };
        if status >= 300 {
            self.inspector.complain(format!("holding or taking up a call was refused with {status}"));
            return;
        }
        if status < 200 {
            return;
        }
        agree(call, description::settled(message.body()));
        let Some(dialog) = &mut call.dialog else { return };
        let _ = dialog.handle_response(message);
        let ack = dialog.ack(message.cseq().map_or(1, |(number, _)| number));
        let way = call.way();
        self.layer.send_ack(ack, way);
    }

    fn handle_reinvite(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let at = std::net::SocketAddr::new(self.address, SOUND_PORT);
        let telephone_event = self.quirks.telephone_event;
        let mut response = self.response(request, message, 200);
        let Some(call) = self.calls.iter_mut().find(|call| call.is_of(message) && !call.is_over()) else {
            self.answer(request, message, 481, now);
            return;
        };
        let Some(dialog) = &mut call.dialog else { return };
        let contact = self.lines.iter().find(|line| line.id == call.line).map(|line| line.contact.clone());
        let _ = dialog.handle_request(message);
        let body = if message.body().is_empty() {
            Some(call.described.offer(at, telephone_event, call.direction))
        } else {
            let answer = call.described.answer(at, message.body(), call.direction);
            answer.map(|(body, agreed)| {
                agree(call, Some(agreed));
                body
            })
        };
        let Some(body) = body else { return self.answer(request, message, 488, now) };
        if let (Some(dialog), Ok((number, _))) = (&mut call.dialog, message.cseq()) {
            dialog.handle_accepted(number);
        }
        response.push("Contact", format!("<{}>", contact.unwrap_or_default()));
        response.set_body("application/sdp", body);
        self.layer.answer(request, message, &response, now);
    }

    pub(super) fn handle_in_call(&mut self, request: NewRequest, message: &Message<'_>, now: Instant) {
        let is_known = self.calls.iter().any(|call| call.is_of(message) && !call.is_over());
        self.answer(request, message, if is_known { 200 } else { 481 }, now);
    }

    fn forget_old_calls(&mut self) {
        while self.calls.len() > REMEMBERED
            && let Some(old) = self.calls.iter().position(Call::is_over)
        {
            let call = self.calls.remove(old);
            self.ringing.remove(&call.id);
            if let Invite::Ours(token) = call.invite {
                self.pending.remove(&token);
            }
        }
    }
}

fn agree(call: &mut Call, agreed: Option<Agreed>) {
    if let Some(agreed) = agreed {
        call.agreed = Some(agreed);
        call.hearing.agreed(agreed);
    }
}

fn call_is_without_sound(call: Option<&Call>) -> bool {
    call.is_some_and(|call| call.agreed.is_none() && !call.is_over())
}

/// Who calls, as the display shows it: P-Asserted-Identity before From.
fn caller(message: &Message<'_>) -> (String, String) {
    let asserted = message
        .header("P-Asserted-Identity")
        .and_then(|value| perch::sip::message::NameAddr::parse(value, "P-Asserted-Identity").ok());
    let Some(address) = asserted.or_else(|| message.from().ok()) else { return Default::default() };
    let name = address.display().map(|name| name.into_owned()).unwrap_or_default();
    (user_of(address.uri).to_owned(), name)
}
