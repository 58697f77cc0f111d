//! Answering: a response made from the request it answers (RFC 3261 §8.2.6).

use std::fmt::Write as _;
use std::net::IpAddr;

use rsip::Header;
use rsip::headers::UntypedHeader;

use super::Response;
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::name::Name;
use crate::sip::text;
use crate::sip::uri::host_ip;

impl Response {
    /// The response to `request`, which came over `flow`: its Vias in order, the topmost with `received` and `rport`
    /// (RFC 3261 §18.2.1, RFC 3581 §4), From, To with `to_tag` added unless it has a tag, Call-ID and CSeq.
    ///
    /// A request that is broken is answered with as much of this as it has.
    pub fn answering(request: &Message<'_>, flow: &Flow, status: u16, to_tag: Option<&str>) -> Response {
        let mut response = Response::new(status);
        let headers = &mut response.headers;
        for (index, line) in request.headers_of(Name::Via).enumerate() {
            let value = if index == 0 { stamped(request, line, flow) } else { line.to_owned() };
            headers.push(Header::Via(rsip::headers::Via::new(value)));
        }
        if let Some(from) = request.header_of(Name::From) {
            headers.push(Header::From(rsip::headers::From::new(from)));
        }
        if let Some(to) = request.header_of(Name::To) {
            headers.push(Header::To(rsip::headers::To::new(tagged(request, to, to_tag))));
        }
        if let Some(call_id) = request.header_of(Name::CallId) {
            headers.push(Header::CallId(rsip::headers::CallId::new(call_id)));
        }
        if let Some(cseq) = request.header_of(Name::CSeq) {
            headers.push(Header::CSeq(rsip::headers::CSeq::new(cseq)));
        }
        // So that the sender can measure the way (RFC 3261 §8.2.6.1).
        if let Some(timestamp) = request.header_of(Name::Timestamp).filter(|_| status == 100) {
            headers.push(Header::Timestamp(rsip::headers::Timestamp::new(timestamp)));
        }
        response
    }

    /// The same response with the Record-Route of the request, as one that opens a dialog must carry it (RFC 3261
    /// §12.1.1).
    pub fn with_record_route(mut self, request: &Message<'_>) -> Response {
        for line in request.headers_of(Name::RecordRoute) {
            self.headers.push(Header::RecordRoute(rsip::headers::RecordRoute::new(line)));
        }
        self
    }
}

fn tagged(request: &Message<'_>, to: &str, tag: Option<&str>) -> String {
    let has_tag = request.to().is_ok_and(|to| to.tag().is_some());
    match tag {
        Some(tag) if !has_tag => {
            let mut tagged = String::with_capacity(to.len() + tag.len() + 5);
            tagged.push_str(to);
            tagged.push_str(";tag=");
            tagged.push_str(tag);
            tagged
        }
        _ => to.to_owned(),
    }
}

/// The first Via line with its first element stamped; the rest of the line stays as it is.
fn stamped(request: &Message<'_>, line: &str, flow: &Flow) -> String {
    let (Ok(via), Some(top)) = (request.via_top(), request.via_top_text()) else { return line.to_owned() };
    let source = flow.remote.ip().to_canonical();
    let wants_rport = via.rport.is_some();
    let differs = host_ip(via.host).map(|ip: IpAddr| ip.to_canonical()) != Some(source);
    if !wants_rport && !differs && !via.params.has("received") {
        return line.to_owned();
    }
    let mut value = String::with_capacity(line.len() + 48);
    let head = text::cut(top, b';').map_or(top, |(head, _)| head);
    value.push_str(text::trim(head));
    for (name, param) in via.params.iter() {
        if name.eq_ignore_ascii_case("received") {
            continue;
        }
        value.push(';');
        value.push_str(name);
        if name.eq_ignore_ascii_case("rport") {
            value.push('=');
            value.push_str(itoa::Buffer::new().format(flow.remote.port()));
        } else if let Some(param) = param {
            value.push('=');
            value.push_str(param);
        }
    }
    value.push_str(";received=");
    match source {
        IpAddr::V4(_) if !differs => value.push_str(via.host),
        // Without brackets, as the grammar of RFC 3261 has it; RFC 5118 §4.5 tells readers to take both.
        source => drop(write!(value, "{source}")),
    }
    value.push_str(&line[top.len()..]);
    value
}
