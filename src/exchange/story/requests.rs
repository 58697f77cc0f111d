//! What comes by SIP: each request to the room that answers it, each fault to its answer.

use crate::exchange::admission::{Known, Verdict};
use crate::exchange::call::{Handled, refer_target};
use crate::exchange::dialplan::{self, Meaning};
use crate::exchange::directory::{KnownName, SpeakerId};
use crate::exchange::registrar::Registrant;
use crate::exchange::{ChallengeForm, Exchange, Output};
use crate::model::{AccountName, DeviceMode, Now};
use crate::sip::dialog::Dialog;
use crate::sip::digest::Stale;
use crate::sip::flow::{Flow, Transport};
use crate::sip::message::{Contacts, Message};
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Response};
use crate::sip::transaction::{Arrival, NewRequest};
use crate::sip::uri::Uri;

use super::presence::EVENTS;

/// The methods the box understands.
pub const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE, MESSAGE";

/// Those it understands outside calls.
const ALLOW_OUTSIDE: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, NOTIFY, SUBSCRIBE";

/// The extensions the box understands.
const SUPPORTED: &str = "path, outbound, 100rel, timer";

/// How many kinds of phones are remembered by what they say of themselves.
const MAX_FORMS: usize = 64;

/// The longest of what they say that is remembered, in bytes.
const MAX_AGENT: usize = 256;

/// The options a request may require of the registrar.
const REGISTRAR_OPTIONS: [&str; 2] = ["path", "outbound"];

impl Exchange {
    /// One whole message has come.
    pub(in crate::exchange) fn handle_bytes(&mut self, flow: Flow, bytes: &[u8], now: Now) {
        // What holds no SIP at all gets no answer: there is nothing to answer.
        let Ok(message) = Message::parse(bytes) else { return };
        if !message.is_request() {
            if let Arrival::Response { token, .. } = self.layer.handle_message(&message, flow, now.mono) {
                self.handle_answer(token, &message, flow, now);
            }
            return;
        }
        if message.via_top().is_err() {
            return self.answer_broken(flow, &message);
        }
        let fault = message.validate().err();
        match self.layer.handle_message(&message, flow, now.mono) {
            Arrival::Absorbed | Arrival::StrayResponse | Arrival::Response { .. } => {}
            Arrival::Ack { invite } => {
                if let Some(invite) = invite {
                    self.layer.acked(invite);
                }
                self.calls.handle_ack(&message, now);
            }
            Arrival::Cancel { cancel, invite } => {
                let mut answer = self.plain(&message, &flow, 200);
                if let Some(tag) = self.calls.tag_of(invite) {
                    answer = Response::answering(&message, &flow, 200, Some(tag));
                }
                self.layer.answer(cancel, &message, &answer, now.mono);
                self.calls.handle_cancel(invite, now);
            }
            Arrival::CancelWithoutMatch(request) => self.refuse(request, &message, &flow, 481),
            Arrival::Merged(request) => self.refuse(request, &message, &flow, 482),
            Arrival::Request(request) => match fault {
                Some(fault) => {
                    let response = self.plain(&message, &flow, fault.status).with_reason(fault.reason);
                    self.layer.stateless(request, &response);
                }
                None => self.handle_request(request, &message, flow, now),
            },
        }
    }

    /// A stream brought a message that cannot be framed: its head is answered, if it is a request.
    pub(in crate::exchange) fn handle_broken(&mut self, flow: Flow, head: &[u8]) {
        if let Ok(message) = Message::parse(head) {
            self.answer_broken(flow, &message);
        }
    }

    /// A request of which not even the Via can be read is told so where it came from (RFC 4475 §3.1.2.1). Without any
    /// Via there is nothing to answer, and an ACK is never answered.
    fn answer_broken(&mut self, flow: Flow, message: &Message<'_>) {
        let is_answered = message.method().is_some_and(|method| method != Method::Ack);
        if is_answered && message.header("Via").is_some() {
            let response = self.plain(message, &flow, 400);
            self.layer.transmit(flow, response.to_bytes().into());
        }
    }

    fn handle_request(&mut self, new: NewRequest, message: &Message<'_>, flow: Flow, now: Now) {
        let Some(method) = message.method() else { return };
        let in_dialog = message.to().is_ok_and(|to| to.tag().is_some());
        if in_dialog && method == Method::Subscribe && self.presence.knows(message) {
            return self.renew_subscription(new, message, flow, now);
        }
        if in_dialog && method != Method::Register {
            return self.handle_in_dialog(new, message, flow, now);
        }
        match method {
            Method::Register => self.handle_register(new, message, flow, now),
            Method::Invite => self.handle_invite(new, message, flow, now),
            Method::Options => self.handle_options(new, message, flow),
            Method::Subscribe => self.handle_subscribe(new, message, flow, now),
            Method::Notify | Method::Publish => self.handle_report(new, message, flow),
            Method::Message | Method::Info | Method::Update | Method::Prack | Method::Refer => {
                self.handle_stray(new, message, flow, now);
            }
            Method::Bye => self.refuse(new, message, &flow, 481),
            Method::Ack | Method::Cancel | Method::Other(_) => {
                let response = self.plain(message, &flow, 405).with("Allow", ALLOW);
                self.layer.stateless(new, &response);
            }
        }
    }

    /// A request inside a dialog goes to its call; one that belongs to nobody is told so.
    fn handle_in_dialog(&mut self, new: NewRequest, message: &Message<'_>, flow: Flow, now: Now) {
        let Ok(key) = self.layer.accept(new, message, now.mono) else {
            return self.overloaded(new, message, &flow);
        };
        if self.transfers_to_a_code(message) {
            return self.layer.respond(key, &self.plain(message, &flow, 403), now.mono);
        }
        if self.calls.handle_request(key, message, flow, now) == Handled::NoDialog {
            let response = match message.method() {
                Some(Method::Other(_)) => self.plain(message, &flow, 405).with("Allow", ALLOW),
                _ => self.plain(message, &flow, 481),
            };
            self.layer.respond(key, &response, now.mono);
        }
    }

    /// A copy of a 2xx to an INVITE of a call that is over: its phone has missed the ACK, and would say goodbye to nobody
    /// in the end (RFC 3261 §13.2.2.4). Everything the ACK needs stands in the 2xx.
    pub(in crate::exchange) fn acknowledge_late(&mut self, response: &Message<'_>, flow: Flow) {
        let is_accepted = response.status().is_some_and(|status| (200..300).contains(&status));
        let (Ok((number, "INVITE")), true) = (response.cseq_parts(), is_accepted) else { return };
        let Ok(contact) = response.contact() else { return };
        if let Ok(dialog) = Dialog::as_client(contact.uri, response, "") {
            self.layer.send_ack(dialog.ack(number), flow);
        }
    }

    /// Whether it is a REFER to a feature code, which is no transfer target (HOTDESK part 3, rule 1).
    fn transfers_to_a_code(&self, message: &Message<'_>) -> bool {
        let target =
            Some(message).filter(|message| message.method() == Some(Method::Refer)).and_then(refer_target);
        target.is_some_and(|target| self.is_code(&target))
    }

    /// Whether a phone sends its caller on to a feature code, which is no target of forwarding either.
    pub(in crate::exchange) fn redirects_to_a_code(&self, response: &Message<'_>) -> bool {
        response.status().is_some_and(|status| (300..400).contains(&status))
            && match response.contacts() {
                Ok(Contacts::List(contacts)) => contacts
                    .iter()
                    .filter_map(|contact| user_here(contact.uri))
                    .any(|user| self.is_code(&user)),
                Ok(Contacts::Star) | Err(_) => false,
            }
    }

    fn is_code(&self, dialled: &str) -> bool {
        let mut plans = self.directory.office().tenants();
        plans.any(|(_, settings)| {
            let meaning = dialplan::meaning(dialled, &settings.plan, settings);
            !matches!(meaning, Meaning::Emergency(_) | Meaning::Extension(_) | Meaning::Unknown)
        })
    }

    fn handle_register(&mut self, new: NewRequest, message: &Message<'_>, flow: Flow, now: Now) {
        if let Some(response) = self.unsupported(message, &flow, &REGISTRAR_OPTIONS) {
            return self.layer.stateless(new, &response);
        }
        let to = message.to().ok().and_then(|to| Uri::parse(to.uri));
        let Some((to, account)) = to.and_then(|to| Some((to, to.user_decoded()?))) else {
            return self.refuse(new, message, &flow, 404);
        };
        let is_ours = |uri: Uri<'_>| uri.host == to.host || self.is_ours_uri(&uri, &flow);
        if !(self.is_ours_uri(&to, &flow) && message.request_uri().and_then(Uri::parse).is_some_and(is_ours))
        {
            return self.refuse(new, message, &flow, 403);
        }
        let speaker = match self.credentials_in(message, &flow, now) {
            Verdict::Proved(speaker) => speaker,
            Verdict::Wanted(_) if self.handle_native(new, message, &account, &flow, now) => return,
            Verdict::Wanted(stale) => return self.challenge(new, message, &flow, stale, now),
        };
        let Some(speaker) = self.directory.speaker(speaker) else { return };
        let own_number =
            matches!(&speaker.device.mode, DeviceMode::Owned(number) if number.digits() == account);
        let is_own = speaker.credential.account.as_str() == account || own_number;
        if !is_own || !self.is_in_reach(&to, &speaker, &flow) {
            return self.decline(new, message, &flow, 403, now);
        }
        let Ok(account) = account.parse::<AccountName>() else {
            return self.decline(new, message, &flow, 404, now);
        };
        let account = account.within(speaker.tenant());
        let (device, generation, current) =
            (speaker.device.id, speaker.credential.generation, speaker.is_current());
        let registrant = Registrant { account, device, generation, longest: None };
        let was_reachable = self.registrar.is_reachable_at(&registrant.account, device, now.mono);
        let tag = self.admission.tag(message);
        let response = self.registrar.handle_register(message, &registrant, &flow, &tag, now);
        let bound =
            response.status == 200 && self.registrar.is_reachable_at(&registrant.account, device, now.mono);
        self.layer.answer(new, message, &response, now.mono);
        if bound {
            self.handle_registered(registrant, current, was_reachable, &flow, now);
        }
    }

    /// Whose credentials are proved; where none are, the challenge has gone out.
    pub(in crate::exchange) fn proved(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: &Flow,
        now: Now,
    ) -> Option<SpeakerId> {
        match self.credentials_in(message, flow, now) {
            Verdict::Proved(speaker) => Some(speaker),
            Verdict::Wanted(stale) => {
                self.challenge(new, message, flow, stale, now);
                None
            }
        }
    }

    /// What the credentials in a request prove.
    pub(in crate::exchange) fn credentials_in(
        &mut self,
        message: &Message<'_>,
        flow: &Flow,
        now: Now,
    ) -> Verdict<SpeakerId> {
        let directory = &self.directory;
        let who = |name: &str, realm: &str| {
            let KnownName { who, password, halves, realm: own } = directory.known_as(name)?;
            Some(Known { who, password, halves: (own == realm).then_some(halves) })
        };
        let is_realm = |realm: &str| directory.office().tenants().any(|(_, one)| one.realm == realm);
        let verdict = self.admission.check(message, is_realm, who, now.mono);
        if flow.transport == Transport::Tcp && matches!(verdict, Verdict::Proved(_)) {
            self.outputs.push_back(Output::Proved(*flow));
        }
        verdict
    }

    pub(in crate::exchange) fn challenge(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: &Flow,
        stale: Stale,
        now: Now,
    ) {
        let form = self.form_for(message.user_agent());
        let asked = match message.method() {
            Some(Method::Register) => message.to().ok().map(|to| to.uri),
            _ => message.request_uri(),
        };
        let realm = self.tenant(&self.tenant_asked(message, asked)).realm.clone();
        let response = self.admission.challenge(message, flow, &realm, (stale, form), now.mono);
        self.layer.stateless(new, &response);
    }

    /// In which form a phone is challenged. An office has few kinds of phones, and telling them apart takes long.
    fn form_for(&mut self, user_agent: Option<&str>) -> ChallengeForm {
        let Some(text) = user_agent.filter(|text| text.len() <= MAX_AGENT) else {
            return (self.settings.challenge)(user_agent);
        };
        if let Some(form) = self.forms.get(text) {
            return *form;
        }
        if self.forms.len() == MAX_FORMS {
            self.forms.clear();
        }
        let form = (self.settings.challenge)(user_agent);
        self.forms.insert(text.into(), form);
        form
    }

    fn handle_options(&mut self, new: NewRequest, message: &Message<'_>, flow: Flow) {
        if let Some(response) = self.unsupported(message, &flow, &[]) {
            return self.layer.stateless(new, &response);
        }
        let response = self
            .plain(message, &flow, 200)
            .with("Allow", ALLOW)
            .with("Accept", "application/sdp, application/dtmf-relay, application/dtmf, message/sipfrag")
            .with("Accept-Encoding", "identity")
            .with("Accept-Language", "en, it, de, fr, es")
            .with("Allow-Events", EVENTS)
            .with("Supported", SUPPORTED);
        self.layer.stateless(new, &response);
    }

    /// A NOTIFY or PUBLISH outside any dialog: keep-alives are welcome, anything else is for nobody.
    fn handle_report(&mut self, new: NewRequest, message: &Message<'_>, flow: Flow) {
        if let Some(response) = self.unsupported(message, &flow, &[]) {
            return self.layer.stateless(new, &response);
        }
        let event = message.header("Event").map(|value| value.split(';').next().unwrap_or_default().trim());
        let keep_alive = message.method() == Some(Method::Notify)
            && event.is_some_and(|event| event.eq_ignore_ascii_case("keep-alive"));
        let response =
            if keep_alive { self.plain(message, &flow, 200) } else { self.bad_event(message, &flow) };
        self.layer.stateless(new, &response);
    }

    /// What makes sense only inside a dialog, or is not carried: a plain word instead of silence.
    fn handle_stray(&mut self, new: NewRequest, message: &Message<'_>, flow: Flow, now: Now) {
        if message.method() == Some(Method::Message) {
            // Strangers learn nothing: who is proved is told that texts are carried inside calls alone.
            if self.proved(new, message, &flow, now).is_some() {
                let response = self.plain(message, &flow, 405).with("Allow", ALLOW_OUTSIDE);
                self.layer.answer(new, message, &response, now.mono);
            }
            return;
        }
        self.refuse(new, message, &flow, 481);
    }

    /// A refusal of somebody who has proved who it is: its copies get the same answer, for their credentials are used up
    /// (RFC 3261 §17.2.2).
    pub(in crate::exchange) fn decline(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: &Flow,
        status: u16,
        now: Now,
    ) {
        let response = self.plain(message, flow, status);
        self.layer.answer(new, message, &response, now.mono);
    }

    /// A refusal that keeps nothing.
    pub(in crate::exchange) fn refuse(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: &Flow,
        status: u16,
    ) {
        let response = self.plain(message, flow, status);
        self.layer.stateless(new, &response);
    }

    pub(in crate::exchange) fn overloaded(&mut self, new: NewRequest, message: &Message<'_>, flow: &Flow) {
        let response = self.plain(message, flow, 503).with("Retry-After", "5");
        self.layer.stateless(new, &response);
    }

    /// An answer with nothing but what every answer has, its tag the same for every copy of the request.
    pub(in crate::exchange) fn plain(&self, message: &Message<'_>, flow: &Flow, status: u16) -> Response {
        Response::answering(message, flow, status, Some(&self.admission.tag(message)))
    }

    /// 420 where a request requires what the box does not know (RFC 3261 §8.2.2.3).
    pub(in crate::exchange) fn unsupported(
        &self,
        message: &Message<'_>,
        flow: &Flow,
        known: &[&str],
    ) -> Option<Response> {
        let unknown: Vec<_> = message
            .require()
            .filter(|option| !known.iter().any(|one| one.eq_ignore_ascii_case(option)))
            .collect();
        if unknown.is_empty() {
            return None;
        }
        Some(self.plain(message, flow, 420).with("Unsupported", unknown.join(", ")))
    }
}

/// The user part of an address, unescaped.
pub(in crate::exchange) fn user_here(uri: &str) -> Option<String> {
    Uri::parse(uri)?.user_decoded().map(|user| user.into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};
    use std::time::Instant;

    use super::*;
    use crate::exchange::{Input, ModelFacts, Settings};
    use crate::model::Snapshot;

    /// What a box without an office sends when these bytes come by UDP.
    fn answers(text: &str) -> Vec<String> {
        let now = Now { mono: Instant::now(), wall: None };
        let settings = Settings {
            lan: None,
            sip_address: IpAddr::from([192, 0, 2, 1]),
            main_address: IpAddr::from([192, 0, 2, 1]),
            sip_port: 5060,
            web_port: 8080,
            facts: |_| ModelFacts { refresh: None, has_hotdesk_key: false },
            challenge: |_| ChallengeForm::Sha256First,
        };
        let mut exchange = Exchange::new(settings, Snapshot::default(), [7; 32], now);
        let address = |last| SocketAddr::from(([192, 0, 2, last], 5060));
        let flow = Flow::udp(address(1), address(2));
        exchange.handle(Input::Message { flow, bytes: text.as_bytes() }, now);
        let mut sent = Vec::new();
        while let Some(output) = exchange.poll_output() {
            if let Output::Transmit { bytes, .. } = output {
                sent.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        sent
    }

    #[test]
    fn a_request_whose_via_cannot_be_read_is_not_met_with_silence() {
        let request = |method: &str, via: &str| {
            format!(
                "{method} sip:a@192.0.2.1 SIP/2.0\r\n{via}From: <sip:b@c>;tag=1\r\nTo: <sip:a@c>\r\n\
                 Call-ID: x\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            )
        };
        let odd = "Via: SIP/2.0/UDP 198.51.100.7;,;;,\r\n";
        let sent = answers(&request("INVITE", odd));
        assert!(matches!(&sent[..], [one] if one.starts_with("SIP/2.0 400 ")), "{sent:?}");
        assert_eq!(answers(&request("ACK", odd)), Vec::<String>::new());
        assert_eq!(answers(&request("INVITE", "")), Vec::<String>::new());
    }

    #[test]
    fn options_names_no_extension_that_an_invite_may_not_require() {
        assert!(!SUPPORTED.contains("replaces"));
    }
}
