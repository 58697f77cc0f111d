//! Whole messages, read from the wire.

use smallvec::SmallVec;

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

fn fault(bytes: &[u8]) -> String {
    match Message::parse(bytes).expect("a message").validate() {
        Ok(()) => "valid".to_owned(),
        Err(fault) => fault.to_string(),
    }
}

fn fault_with(lines: &str) -> String {
    fault(format!("{HEAD}{lines}\r\n").as_bytes())
}

fn fault_without(name: &str) -> String {
    let is_kept = |line: &&str| !line.starts_with(name);
    let head: String = HEAD.split_inclusive("\r\n").filter(is_kept).collect();
    fault(format!("{head}\r\n").as_bytes())
}

#[test]
fn t07_a_request_without_max_forwards_is_accepted() {
    assert_eq!(fault_with(""), "valid");
}

#[test]
fn t08_t09_a_request_that_lacks_a_header_or_contradicts_itself_is_answered_400() {
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        assert_eq!(fault_without(name), format!("400 Missing {name}"));
    }
    let head = HEAD.replace("1 OPTIONS", "1 REGISTER");
    assert_eq!(fault(format!("{head}\r\n").as_bytes()), "400 CSeq Method Mismatch");
}

#[test]
fn single_headers_may_not_stand_twice() {
    for line in
        ["From: <sip:x@h>;tag=2", "t: <sip:x@h>", "i: d", "CSeq: 1 OPTIONS", "Expires: 1\r\nExpires: 1"]
    {
        let fault = fault_with(&format!("{line}\r\n"));
        assert!(fault.starts_with("400 Duplicate "), "{line}: {fault}");
    }
    assert_eq!(fault_with("Contact: <sip:a@h>\r\nContact: <sip:b@h>\r\nX: 1\r\nX: 2\r\n"), "valid");
}

#[test]
fn numbers_beyond_their_range_are_answered_400() {
    for (line, answer) in [
        ("Max-Forwards: 255", "valid"),
        ("Max-Forwards: 0068", "valid"),
        ("Max-Forwards: 256", "400 Malformed Max-Forwards"),
        ("Max-Forwards: -1", "400 Malformed Max-Forwards"),
        ("Max-Forwards:", "400 Malformed Max-Forwards"),
        ("Expires: 4294967296", "valid"),
        ("Expires: soon", "400 Malformed Expires"),
        ("Content-Length: 0", "valid"),
        ("Content-Length: +0", "400 Malformed Content-Length"),
        ("Content-Length: 1", "400 Content-Length Exceeds Message"),
        ("Content-Length: 99999999999999999999999", "400 Content-Length Exceeds Message"),
    ] {
        assert_eq!(fault_with(&format!("{line}\r\n")), answer, "{line}");
    }
    for (cseq, answer) in [
        ("2147483647", "valid"),
        ("0", "valid"),
        ("2147483648", "400 Malformed CSeq"),
        ("x", "400 Malformed CSeq"),
    ] {
        let head = HEAD.replace("CSeq: 1", &format!("CSeq: {cseq}"));
        assert_eq!(fault(format!("{head}\r\n").as_bytes()), answer, "{cseq}");
    }
}

#[test]
fn a_request_uri_must_be_one_the_box_can_serve() {
    for (uri, answer) in [
        ("sip:a@h", "valid"),
        ("sips:h", "valid"),
        ("tel:1002", "valid"),
        ("SIP:*11%23@h", "valid"),
        ("urn:service:sos", "valid"),
        ("http://h/", "416 Unsupported URI Scheme"),
        ("a@h", "400 Malformed Request-URI"),
        ("sip:a@h?Subject=x", "400 Malformed Request-URI"),
        ("sip:a@h\tx", "400 Malformed Start Line"),
    ] {
        let head = HEAD.replace("sip:h ", &format!("{uri} "));
        assert_eq!(fault(format!("{head}\r\n").as_bytes()), answer, "{uri}");
    }
}

#[test]
fn another_version_is_answered_505() {
    assert_eq!(
        fault(format!("{HEAD}\r\n").replace("h SIP/2.0", "h SIP/3.0").as_bytes()),
        "505 Version Not Supported"
    );
    let via = format!("{HEAD}\r\n").replace("Via: SIP/2.0", "Via: SIP/3.0");
    assert_eq!(fault(via.as_bytes()), "505 Version Not Supported");
    assert_eq!(fault(format!("{HEAD}\r\n").replace("h SIP/2.0", "h sip/2.0").as_bytes()), "valid");
}

#[test]
fn lines_that_are_no_headers_are_answered_400() {
    for line in ["no colon here", "two words: x", ": nameless", "N\u{e4}me: x"] {
        assert_eq!(fault_with(&format!("{line}\r\n")), "400 Malformed Header Line", "{line}");
    }
    let many = "X: 1\r\n".repeat(MAX_HEADERS);
    assert_eq!(fault_with(&many), "400 Too Many Headers");
    assert_eq!(fault(b"OPTIONS sip:h SIP/2.0\r\n folded\r\n\r\n"), "400 Malformed Start Line");
}

#[test]
fn bare_line_feeds_and_leading_line_breaks_are_taken() {
    let text = format!("\r\n\r\n{HEAD}l: 2\n\nhi").replace("\r\nFrom", "\nFrom");
    let message = read(&text);
    assert_eq!((message.validate(), message.body()), (Ok(()), &b"hi"[..]));
    assert_eq!(message.from().expect("from").tag(), Some("1"));
}

#[test]
fn what_is_no_sip_is_no_message() {
    for (bytes, error) in [
        (&b""[..], ParseError::Empty),
        (b"\r\n\r\n", ParseError::Empty),
        (b"GET / HTTP/1.1\r\n\r\n", ParseError::NotSip),
        (b"INVITE sip:h\r\n\r\n", ParseError::NotSip),
        (b"SIP/2.0\r\n\r\n", ParseError::BadStatus),
        (b"SIP/2.0 99 Low\r\n\r\n", ParseError::BadStatus),
        (b"SIP/2.0 700 High\r\n\r\n", ParseError::BadStatus),
        (b"SIP/2.0 +20 Odd\r\n\r\n", ParseError::BadStatus),
        (b"\xff\xfe\xfd", ParseError::NotSip),
        (b" ", ParseError::NotSip),
        (b"SIP/2.0 SIP/2.0 SIP/2.0\r\n\r\n", ParseError::BadStatus),
        (&[b'x'; MAX_MESSAGE + 1], ParseError::TooLong),
    ] {
        assert_eq!(Message::parse(bytes).map(|message| message.raw().len()), Err(error));
    }
}

#[test]
fn a_response_is_read_with_its_reason() {
    let message = read("SIP/2.0 180 Ringing now\r\n\r\n");
    assert!(!message.is_request());
    assert_eq!(
        (message.status(), message.reason(), message.method()),
        (Some(180), Some("Ringing now"), None)
    );
    assert_eq!(read("SIP/2.0 200\r\n\r\n").reason(), Some(""));
}

#[test]
fn the_headers_of_events_sessions_and_transfers_are_read() {
    let text = format!(
        "{HEAD}o: dialog ; sla ;id=7\r\nSubscription-State: terminated;reason=timeout;expires=0\r\nx: 1800;refresher=UAC\r\n\
         Min-SE: 90\r\nRSeq: 9\r\nRAck: 9\t3 INVITE\r\nReplaces: a@b;from-tag=f;to-tag=t;early-only\r\n\
         r: \"C\" <sip:c@h?Replaces=x>\r\nb: <sip:a@h>\r\nRequire: a\r\nRequire: b, c\r\nk:\r\nRoute: <sip:1;lr>,<sip:2;lr>\r\n\r\n"
    );
    let message = read(&text);
    let event = message.event().expect("event");
    assert_eq!((event.package, event.params.get("id"), event.params.has("sla")), ("dialog", Some("7"), true));
    let state = message.subscription_state().expect("state");
    assert_eq!((state.state, state.reason, state.expires), ("terminated", Some("timeout"), Some(0)));
    let timer = message.session_expires().expect("timer").expect("there");
    assert_eq!(
        (timer.seconds, timer.refresher, message.min_se()),
        (1800, Some(Refresher::Uac), Ok(Some(90)))
    );
    assert_eq!(message.rseq(), Ok(Some(9)));
    assert_eq!(message.rack(), Ok(RAck { rseq: 9, cseq: 3, method: Method::Invite }));
    let replaces = message.replaces().expect("replaces").expect("there");
    assert_eq!(
        (replaces.call_id, replaces.to_tag, replaces.from_tag, replaces.early_only),
        ("a@b", "t", "f", true)
    );
    assert_eq!(message.refer_to().expect("refer-to").uri, "sip:c@h?Replaces=x");
    assert_eq!(message.referred_by().expect("referred-by").map(|by| by.uri), Some("sip:a@h"));
    assert_eq!(message.require().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(message.supported().count(), 0);
    assert!(message.supports("C") && !message.supports("d"));
    let route: Vec<_> = message.route().expect("route").iter().map(|hop| hop.uri).collect();
    assert_eq!(route, ["sip:1;lr", "sip:2;lr"]);
}

#[test]
fn headers_that_are_missing_or_nonsense_are_named() {
    let text =
        format!("{HEAD}Session-Expires: x\r\nRAck: 1 2\r\nReplaces: a\r\nEvent: a b\r\nRoute: ,\r\n\r\n");
    let message = read(&text);
    assert_eq!(message.session_expires(), Err(HeaderError::Malformed("Session-Expires")));
    assert_eq!(message.rack(), Err(HeaderError::Malformed("RAck")));
    assert_eq!(message.replaces(), Err(HeaderError::Malformed("Replaces")));
    assert_eq!(message.event(), Err(HeaderError::Malformed("Event")));
    assert_eq!(message.route().map(|route| route.len()), Err(HeaderError::Malformed("Route")));
    assert_eq!(message.refer_to().map(|to| to.uri), Err(HeaderError::Missing("Refer-To")));
    assert_eq!(
        message.subscription_state().map(|state| state.state),
        Err(HeaderError::Missing("Subscription-State"))
    );
    assert_eq!(message.contact().map(|contact| contact.uri), Err(HeaderError::Missing("Contact")));
    assert_eq!(message.contacts(), Ok(Contacts::List(SmallVec::new())));
    assert_eq!(HeaderError::Missing("Contact").to_string(), "no Contact header");
}
