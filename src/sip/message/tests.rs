//! Whole messages, read from the wire.

use super::*;

fn read(text: &str) -> Message<'_> {
    Message::parse(text.as_bytes()).expect("a message")
}

const HEAD: &str = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n";

#[test]
fn a_plain_request_is_read_without_copying() {
    let text = format!("{HEAD}Max-Forwards: 70\r\nContent-Length: 2\r\n\r\nhi there");
    let message = read(&text);
    assert!(matches!(message.head, Cow::Borrowed(_)));
    assert_eq!(message.method(), Some(Method::Options));
    assert_eq!(message.request_uri(), Some("sip:h"));
    assert_eq!(message.via_top().expect("via").branch, Some("z9hG4bKa"));
    assert_eq!(message.cseq(), Ok((1, Method::Options)));
    assert_eq!(message.body(), b"hi");
    assert_eq!(message.validate(), Ok(()));
}
