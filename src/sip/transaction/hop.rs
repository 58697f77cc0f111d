//! Messages of one hop: what the layer writes by itself.
//!
//! The Via of a request, the 100 of an INVITE, the ACK of a refusal and the CANCEL concern the next hop alone and are made
//! here. The ACK for a 2xx and everything else is the user's.

use bytes::Bytes;

use super::key::ClientKey;
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::name::Name;
use crate::sip::outgoing::{Outgoing, Request, Response};

/// How many hops a request of ours may take (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: &str = "70";

/// Puts our Via on top of `request`, with the branch of `key`; and Max-Forwards, if it has none.
pub fn stamp(request: &mut Request, flow: &Flow, key: ClientKey) {
    request.push_front("Via", via(flow, &key.branch()));
    if request.header("Max-Forwards").is_none() {
        request.push("Max-Forwards", MAX_FORWARDS);
    }
}

/// The value of our Via on `flow`.
pub fn via(flow: &Flow, branch: &str) -> String {
    let sent_by = std::net::SocketAddr::new(flow.local.ip().to_canonical(), flow.local.port());
    format!("SIP/2.0/{} {sent_by};branch={branch};rport", flow.transport)
}

/// The 100 for an INVITE, with its Timestamp (RFC 3261 §8.2.6.1).
pub fn trying(invite: &Message<'_>, flow: &Flow) -> Bytes {
    exact(Response::answering(invite, flow, 100, None).to_bytes())
}

/// The ACK for a refusal (RFC 3261 §17.1.1.3): the INVITE's own head with the To of the refusal.
pub fn ack(invite: &Bytes, refusal: &Message<'_>) -> Bytes {
    exact(like(invite, Method::Ack, refusal.header_of(Name::To)).to_bytes())
}

/// The CANCEL for an INVITE (RFC 3261 §9.1), with a Reason where there is one (RFC 3326).
pub fn cancel(invite: &Bytes, reason: Option<&str>) -> Bytes {
    let mut cancel = like(invite, Method::Cancel, None);
    if let Some(reason) = reason {
        cancel.push("Reason", reason);
    }
    exact(cancel.to_bytes())
}

/// A request that goes the way of `invite`, which we have written ourselves: the same Request-URI, Via, Route, From,
/// Call-ID and CSeq number.
fn like(invite: &Bytes, method: Method, to: Option<&str>) -> Request {
    let invite = Message::parse(invite).expect("what we have written ourselves can be read");
    let mut request = Request::new(method, invite.request_uri().unwrap_or_default());
    if let Some(via) = invite.header_of(Name::Via) {
        request.push("Via", via);
    }
    for route in invite.headers_of(Name::Route) {
        request.push("Route", route);
    }
    request.push("Max-Forwards", MAX_FORWARDS);
    for name in [Name::From, Name::To, Name::CallId] {
        let value = to.filter(|_| name == Name::To).or_else(|| invite.header_of(name));
        request.push(name.as_str(), value.unwrap_or_default());
    }
    let number = invite.cseq_parts().map_or(1, |(number, _)| number);
    request.push("CSeq", format!("{number} {}", request.method));
    request
}

/// A copy of the bytes with no room left over, for they may be kept for half a minute. The room they were written in is
/// free for the next message at once; cutting it down instead would leave a small hole behind each of them.
pub fn exact(bytes: Vec<u8>) -> Bytes {
    Bytes::copy_from_slice(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> Flow {
        Flow::udp("10.0.0.1:5060".parse().expect("addr"), "10.0.0.9:40000".parse().expect("addr"))
    }

    fn invite() -> Bytes {
        let request = Request::new(Method::Invite, "sip:bob@10.0.0.9:40000;line=abc%23")
            .with("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0000000000000001;rport")
            .with("Route", "<sip:10.0.0.2;lr>")
            .with("Route", "<sip:10.0.0.3;lr>")
            .with("From", "\"Ann\" <sip:ann@box>;tag=1")
            .with("To", "<sip:bob@box>")
            .with("Call-ID", "call")
            .with("CSeq", "7 INVITE")
            .with("Authorization", "Digest x")
            .with_body("application/sdp", "v=0\r\n");
        exact(request.to_bytes())
    }

    #[test]
    fn the_ack_of_a_refusal_is_the_invites_head_with_the_to_of_the_refusal() {
        let refusal = b"SIP/2.0 486 Busy Here\r\nt: <sip:bob@box>;tag=9\r\n\r\n";
        let refusal = Message::parse(refusal).expect("a response");
        assert_eq!(
            String::from_utf8_lossy(&ack(&invite(), &refusal)).replace("\r\n", "\n"),
            "ACK sip:bob@10.0.0.9:40000;line=abc%23 SIP/2.0\n\
             Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0000000000000001;rport\n\
             Route: <sip:10.0.0.2;lr>\n\
             Route: <sip:10.0.0.3;lr>\n\
             Max-Forwards: 70\n\
             From: \"Ann\" <sip:ann@box>;tag=1\n\
             To: <sip:bob@box>;tag=9\n\
             Call-ID: call\n\
             CSeq: 7 ACK\n\
             Content-Length: 0\n\n"
        );
    }

    #[test]
    fn the_cancel_has_the_branch_the_number_and_the_to_of_the_invite() {
        let bytes = cancel(&invite(), Some("SIP;cause=200"));
        let cancel = Message::parse(&bytes).expect("a request");
        assert_eq!(
            cancel.header("Via"),
            Some("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK0000000000000001;rport")
        );
        assert_eq!(cancel.header("To"), Some("<sip:bob@box>"));
        assert_eq!(cancel.header("CSeq"), Some("7 CANCEL"));
        assert_eq!(cancel.headers("Route").count(), 2);
        assert_eq!(cancel.header("Authorization"), None);
        assert_eq!(cancel.header("Reason"), Some("SIP;cause=200"));
    }

    #[test]
    fn our_via_names_the_end_of_the_flow_an_ipv4_address_as_such() {
        assert_eq!(via(&flow(), "z9hG4bKx"), "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport");
        let mapped = Flow { local: "[::ffff:10.0.0.1]:5060".parse().expect("addr"), ..flow() };
        assert_eq!(via(&mapped, "z9hG4bKx"), "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport");
        let six = Flow { local: "[2001:db8::1]:5060".parse().expect("addr"), ..flow() };
        assert_eq!(via(&six, "z9hG4bKx"), "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;rport");
    }

    #[test]
    fn a_100_says_once_when_the_request_was_sent() {
        let text = "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\n\
                    To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nTimestamp: 54\r\n\r\n";
        let invite = Message::parse(text.as_bytes()).expect("a message");
        let flow = Flow::udp(([10, 0, 0, 1], 5060).into(), ([10, 0, 0, 9], 5060).into());
        let bytes = trying(&invite, &flow);
        let answer = Message::parse(&bytes).expect("a message");
        assert_eq!(answer.headers("Timestamp").collect::<Vec<_>>(), ["54"]);
    }
}
