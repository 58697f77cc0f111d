//! Discovery: how a phone that announces itself by SIP PnP is answered (PHONES A3).
//!
//! The phone's SUBSCRIBE gets a 200, and in the same dialog a NOTIFY whose body is one URL. The From and To of the NOTIFY
//! are those of the SUBSCRIBE, not swapped: that is what the phones expect, whatever RFC 6665 says.

use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request, Response};
use crate::sip::uri::host_of;

/// What the NOTIFY says it reports.
const EVENT: &str = "ua-profile;profile-type=\"device\";vendor=\"OEM\";model=\"OEM\";version=\"1\"";

/// The 200 to the SUBSCRIBE; `tag` is ours.
pub fn accepted(request: &Message<'_>, flow: &Flow, tag: &str) -> Response {
    Response::answering(request, flow, 200, Some(tag)).with("Contact", contact(flow)).with("Expires", "0")
}

/// The NOTIFY with the URL; `None` where the SUBSCRIBE names nobody.
pub fn notify(request: &Message<'_>, flow: &Flow, tag: &str, url: &str) -> Option<Request> {
    let remote = flow.remote;
    let target = request
        .contact()
        .map(|contact| contact.uri.to_owned())
        .unwrap_or_else(|_| format!("sip:{}:{}", host_of(remote.ip()), remote.port()));
    let to = request.header("To")?;
    let to = if request.to().ok()?.tag().is_some() { to.to_owned() } else { format!("{to};tag={tag}") };
    let notify = Request::new(Method::Notify, target)
        .with("Max-Forwards", "20")
        .with("From", request.header("From")?)
        .with("To", to)
        .with("Call-ID", request.call_id().ok()?)
        .with("CSeq", "1 NOTIFY")
        .with("Contact", contact(flow))
        .with("Event", EVENT)
        .with("Subscription-State", "terminated;reason=timeout")
        .with_body("application/url", url);
    Some(notify)
}

fn contact(flow: &Flow) -> String {
    format!("<sip:perch@{}:{}>", host_of(flow.local.ip()), flow.local.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIBE: &[u8] = b"SUBSCRIBE sip:MAC%3a805ec0112233@224.0.1.75 SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.9:5059;branch=z9hG4bK1;rport\r\n\
        From: <sip:MAC%3a805ec0112233@224.0.1.75>;tag=7\r\nTo: <sip:MAC%3a805ec0112233@224.0.1.75>\r\n\
        Call-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:127.0.0.9:5059>\r\n\
        Event: ua-profile;profile-type=\"device\";vendor=\"Yealink\";model=\"T46U\";version=\"108\"\r\n\
        Expires: 0\r\nAccept: application/url\r\nContent-Length: 0\r\n\r\n";

    #[test]
    fn a_phone_that_announces_itself_is_accepted_and_told_one_url() {
        let message = Message::parse(SUBSCRIBE).expect("a message");
        let address = |text: &str| text.parse().expect("an address");
        let flow = Flow::udp(address("127.0.0.1:5060"), address("127.0.0.9:5059"));
        assert_eq!(accepted(&message, &flow, "t").header("Expires"), Some("0"));
        let notify = notify(&message, &flow, "t", "http://127.0.0.1:8080/p/").expect("a NOTIFY");
        assert_eq!(notify.uri, "sip:127.0.0.9:5059");
        assert_eq!(notify.header("From"), Some("<sip:MAC%3a805ec0112233@224.0.1.75>;tag=7"));
        assert_eq!(notify.header("To"), Some("<sip:MAC%3a805ec0112233@224.0.1.75>;tag=t"));
        assert_eq!(notify.body, b"http://127.0.0.1:8080/p/");
    }
}
