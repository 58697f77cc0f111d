//! Answers as they leave the box: where to, and with which headers.

use super::*;
use crate::sip::flow::Flow;
use crate::sip::message::Message;

fn answer(via: &str, source: &str) -> String {
    let text = format!(
        "OPTIONS sip:h SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
    );
    let request = Message::parse(text.as_bytes()).expect("message");
    let flow = Flow::udp("10.0.0.1:5060".parse().expect("addr"), source.parse().expect("addr"));
    let response = Response::answering(&request, &flow, 200, Some("t"));
    assert_eq!(response.header("to"), Some("<sip:b@h>;tag=t"));
    response.header("Via").expect("via").to_owned()
}

#[test]
fn rport_brings_received_and_the_source_port() {
    assert_eq!(
        answer("SIP/2.0/UDP 10.0.0.9:5062;rport;branch=z9hG4bKa", "10.0.0.9:40000"),
        "SIP/2.0/UDP 10.0.0.9:5062;rport=40000;branch=z9hG4bKa;received=10.0.0.9"
    );
}

#[test]
fn received_is_added_when_sent_by_is_not_the_source() {
    assert_eq!(
        answer("SIP/2.0/UDP phone.example;branch=z9hG4bKa", "10.0.0.9:5060"),
        "SIP/2.0/UDP phone.example;branch=z9hG4bKa;received=10.0.0.9"
    );
    assert_eq!(
        answer("SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKa", "10.0.0.9:5060"),
        "SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKa"
    );
}

#[test]
fn a_received_the_sender_made_up_is_replaced() {
    assert_eq!(
        answer(
            "SIP/2.0/UDP 10.0.0.9;received=192.0.2.1;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb",
            "10.0.0.9:5060"
        ),
        "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKa;received=10.0.0.9, SIP/2.0/UDP b;branch=z9hG4bKb"
    );
}

#[test]
fn an_ipv6_source_is_stamped_without_brackets() {
    assert_eq!(
        answer("SIP/2.0/UDP [2001:db8::1];rport;branch=z9hG4bKa", "[2001:db8::9]:5060"),
        "SIP/2.0/UDP [2001:db8::1];rport=5060;branch=z9hG4bKa;received=2001:db8::9"
    );
}

#[test]
fn a_start_line_and_a_binary_body_go_out_verbatim() {
    let request = Request::new(Method::from("KDMQ"), "sip:*11%23@h;x=[y]?a=b")
        .with("Via", "SIP/2.0/UDP h;branch=z9hG4bKa")
        .with("X-Own", "1")
        .with_body("application/octet-stream", [0_u8, 255, 10]);
    let expected =
        b"KDMQ sip:*11%23@h;x=[y]?a=b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nX-Own: 1\r\n\
        Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\n\x00\xff\n";
    assert_eq!(request.to_bytes(), expected);
    let response = Response::new(486);
    assert_eq!(response.to_bytes(), b"SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn a_value_cannot_break_out_of_its_line() {
    let request = Request::new(Method::Info, "sip:h").with("Subject", "a\r\nEvil: yes");
    let text = String::from_utf8(request.to_bytes()).expect("text");
    assert!(text.contains("Subject: a  Evil: yes\r\n"), "{text}");
}

#[test]
fn a_via_is_put_on_top_of_the_others() {
    let mut request = Request::new(Method::Info, "sip:h").with("Max-Forwards", "70").with("Via", "old");
    request.push_front("Via", "new");
    let names: Vec<_> = request.headers.iter().map(name_and_value).collect();
    assert_eq!(names, [("Max-Forwards", "70"), ("Via", "new"), ("Via", "old")]);
    request.replace("max-forwards", "69");
    assert_eq!(request.header("Max-Forwards"), Some("69"));
}

#[test]
fn every_header_keeps_its_name() {
    for name in ["Via", "Call-ID", "CSeq", "WWW-Authenticate", "Subscription-State", "Path", "X-y"] {
        let made = header(name, "v");
        assert_eq!(name_and_value(&made), (name, "v"));
    }
}
