//! What the phones of the office do: each says what the test tells it to, with the headers a phone must get right.

use super::{Office, flow_of};
use crate::sip::message::Message;
use crate::sip::outgoing::Response;

#[derive(Default)]
pub struct Phone {
    pub inbox: Vec<String>,
    pub talk: Option<Talk>,
    pub count: u32,
    /// The last INVITE it began a call with.
    pub invite: String,
}

/// A dialog as the phone sees it.
#[derive(Clone, Debug)]
pub struct Talk {
    pub call_id: String,
    pub local: String,
    pub remote: String,
    pub target: String,
    pub cseq: u32,
    /// The last INVITE the phone sent: its number and its Via.
    pub invite: (u32, String),
}

impl Office {
    pub fn invites(&mut self, name: &'static str, number: &str) {
        self.invites_with(name, number, "", Some(&format!("{name}-1")));
    }

    pub fn invites_with(&mut self, name: &'static str, number: &str, more: &str, body: Option<&str>) {
        let flow = flow_of(name);
        let phone = self.phones.get_mut(name).expect("a phone");
        phone.count += 1;
        let count = phone.count;
        let (transport, at) = (flow.transport, flow.remote);
        let talk = Talk {
            call_id: format!("{name}-call-{count}"),
            local: format!("\"Claims\" <sip:{name}@office>;tag={name}-{count}"),
            remote: format!("<sip:{number}@office>"),
            target: format!("sip:{number}@office"),
            cseq: 7,
            invite: (7, format!("SIP/2.0/{transport} {at};branch=z9hG4bK-{name}-{count};rport")),
        };
        let text = write(&talk, "INVITE", 7, &talk.invite.1, at, more, body);
        phone.talk = Some(talk);
        phone.invite.clone_from(&text);
        self.deliver(name, text);
    }

    /// The phone sends its INVITE once more.
    pub fn repeats_its_invite(&mut self, name: &'static str) {
        let text = self.phones[name].invite.clone();
        self.deliver(name, text);
    }

    pub fn cancels(&mut self, name: &'static str) {
        let talk = self.talk(name);
        let (number, via) = talk.invite.clone();
        let talk = Talk { remote: talk.remote.split(";tag").next().unwrap_or_default().to_owned(), ..talk };
        let text = write(&talk, "CANCEL", number, &via, flow_of(name).remote, "", None);
        self.deliver(name, text);
    }

    pub fn acks(&mut self, name: &'static str) {
        self.acks_with(name, None);
    }

    pub fn acks_with(&mut self, name: &'static str, body: Option<&str>) {
        let talk = self.talk(name);
        let phone = self.phones.get_mut(name).expect("a phone");
        phone.count += 1;
        let via = format!("SIP/2.0/UDP {};branch=z9hG4bK-{name}-{};rport", flow_of(name).remote, phone.count);
        let text = write(&talk, "ACK", talk.invite.0, &via, flow_of(name).remote, "", body);
        self.deliver(name, text);
    }

    pub fn sends(&mut self, name: &'static str, method: &str) {
        self.sends_with(name, method, "", None);
    }

    pub fn sends_with(&mut self, name: &'static str, method: &str, more: &str, body: Option<&str>) {
        let flow = flow_of(name);
        let phone = self.phones.get_mut(name).expect("a phone");
        phone.count += 1;
        let via =
            format!("SIP/2.0/{} {};branch=z9hG4bK-{name}-{};rport", flow.transport, flow.remote, phone.count);
        let talk = phone.talk.as_mut().expect("the phone is in a call");
        talk.cseq += 1;
        if method == "INVITE" {
            talk.invite = (talk.cseq, via.clone());
        }
        let talk = talk.clone();
        let text = write(&talk, method, talk.cseq, &via, flow.remote, more, body);
        self.deliver(name, text);
    }

    /// Answers the last request that is neither ACK nor CANCEL.
    pub fn replies(&mut self, name: &'static str, status: u16) {
        let body =
            (status == 200 && self.last_request(name, "").starts_with("INVITE")).then(|| format!("{name}-1"));
        self.replies_with(name, "", status, "", body.as_deref());
    }

    /// Answers the last request of that method; of any but ACK and CANCEL for an empty one.
    pub fn replies_with(
        &mut self,
        name: &'static str,
        method: &str,
        status: u16,
        more: &str,
        body: Option<&str>,
    ) {
        self.replies_as(name, name, method, status, more, body);
    }

    /// The same, with another To tag.
    pub fn replies_as(
        &mut self,
        name: &'static str,
        tag: &str,
        method: &str,
        status: u16,
        more: &str,
        body: Option<&str>,
    ) {
        let raw = self.last_request(name, method);
        self.replies_to(name, &raw, tag, status, more, body);
    }

    /// Answers that request.
    pub fn replies_to(
        &mut self,
        name: &'static str,
        raw: &str,
        tag: &str,
        status: u16,
        more: &str,
        body: Option<&str>,
    ) {
        let request = Message::parse(raw.as_bytes()).expect("the box writes what can be read");
        let tag = if tag.is_empty() { None } else { Some(tag) };
        let response = Response::answering(&request, &flow_of(name), status, tag);
        let mut text = String::from_utf8(response.to_bytes()).expect("text");
        let at = flow_of(name).remote;
        let head = text.find("Content-Length").expect("a length");
        text.truncate(head);
        if status > 100 {
            text.push_str(&format!("Contact: <sip:{name}@{at};ob>\r\n"));
        }
        text.push_str(more);
        push_body(&mut text, body);
        if request.method().is_some_and(|method| method.as_str() == "INVITE") && tag.is_some() {
            self.note_answered(name, &request, &text);
        }
        self.deliver(name, text);
    }

    fn note_answered(&mut self, name: &'static str, request: &Message<'_>, answer: &str) {
        let answer = Message::parse(answer.as_bytes()).expect("ours");
        let phone = self.phones.get_mut(name).expect("a phone");
        if request.to().is_ok_and(|to| to.tag().is_some()) {
            return;
        }
        phone.talk = Some(Talk {
            call_id: request.call_id().expect("a Call-ID").to_owned(),
            local: answer.header("To").expect("a To").to_owned(),
            remote: request.header("From").expect("a From").to_owned(),
            target: request.contact().expect("a contact").uri.to_owned(),
            cseq: 100,
            invite: (0, String::new()),
        });
    }

    pub fn talk(&self, name: &str) -> Talk {
        self.phones[name].talk.clone().expect("the phone is in a call")
    }

    /// The last request that came to the phone, of that method; of any but ACK and CANCEL for an empty one.
    pub fn last_request(&self, name: &str, method: &str) -> String {
        let is_wanted = |text: &&String| {
            let first = text.split(' ').next().unwrap_or_default();
            let usual = !first.starts_with("SIP/") && first != "ACK" && first != "CANCEL";
            if method.is_empty() { usual } else { first == method }
        };
        self.phones[name]
            .inbox
            .iter()
            .rev()
            .find(is_wanted)
            .cloned()
            .unwrap_or_else(|| panic!("{name} was asked nothing"))
    }

    /// The last message of that start that came to the phone: `INVITE`, `SIP/2.0 183`.
    pub fn last(&self, name: &str, start: &str) -> String {
        let found = self.phones[name].inbox.iter().rev().find(|text| text.starts_with(start));
        found.cloned().unwrap_or_else(|| panic!("{name} has seen no {start}"))
    }
}

pub fn sdp(name: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 10.0.0.99\r\ns={name}\r\nc=IN IP4 10.0.0.99\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
}

fn write(
    talk: &Talk,
    method: &str,
    cseq: u32,
    via: &str,
    at: std::net::SocketAddr,
    more: &str,
    body: Option<&str>,
) -> String {
    let hops = if more.contains("Max-Forwards") { "" } else { "Max-Forwards: 70\r\n" };
    let mut text = format!(
        "{method} {} SIP/2.0\r\nVia: {via}\r\n{hops}From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n",
        talk.target, talk.local, talk.remote, talk.call_id
    );
    if method != "CANCEL" && method != "ACK" {
        text.push_str(&format!("Contact: <sip:me@{at};line=y>\r\n"));
    }
    text.push_str(more);
    push_body(&mut text, body);
    text
}

pub fn ack_of_refusal(refusal: &Message<'_>) -> String {
    let header = |name| refusal.header(name).expect("a refusal has it").to_owned();
    let number = refusal.cseq_parts().expect("a number").0;
    format!(
        "ACK sip:perch@10.0.0.1 SIP/2.0\r\nVia: {}\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {number} ACK\r\n\r\n",
        header("Via"),
        header("From"),
        header("To"),
        header("Call-ID")
    )
}

/// A name becomes a description of that name; anything with a line break is the body itself, its type given in `more`.
fn push_body(text: &mut String, body: Option<&str>) {
    match body {
        None => text.push_str("Content-Length: 0\r\n\r\n"),
        Some(raw) if raw.contains('\n') || text.contains("Content-Type") => {
            text.push_str(&format!("Content-Length: {}\r\n\r\n{raw}", raw.len()));
        }
        Some(name) => {
            let body = sdp(name);
            text.push_str(&format!(
                "Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        }
    }
}
