//! What other parsers of this field stumble over, numbered R1 to R23: rsip 0.4.0 fails each of them, which is why the
//! wire is read by a reader of our own and the start line and the bytes are written by us.

use crate::sip::digest::{Algorithm, Answer, Challenge, Credentials, Qop, Stale, challenges, ha1};
use crate::sip::message::{Contacts, HeaderError, Message};
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request, Response};
use crate::sip::uri::{Scheme, Uri};

/// A request with the header lines every request has, and `lines` (each ending in CRLF) after them.
fn with(lines: &str) -> Vec<u8> {
    with_start("OPTIONS sip:h SIP/2.0", "OPTIONS", lines)
}

fn with_start(start: &str, method: &str, lines: &str) -> Vec<u8> {
    format!(
        "{start}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n\
         Call-ID: c\r\nCSeq: 1 {method}\r\n{lines}\r\n"
    )
    .into_bytes()
}

fn read(bytes: &[u8]) -> Message<'_> {
    let message = Message::parse(bytes).expect("a message");
    assert_eq!(message.validate(), Ok(()));
    message
}

#[test]
fn r01_a_contact_with_an_instance_is_read() {
    let bytes =
        with("Contact: <sip:101@h>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-805EC0112233>\"\r\n");
    let message = read(&bytes);
    let contact = message.contact().expect("contact");
    assert_eq!(contact.instance, Some("urn:uuid:00000000-0000-1000-8000-805EC0112233"));
    assert_eq!(contact.uri, "sip:101@h");
}

#[test]
fn r02_a_dot_in_the_user_leaves_it_the_user() {
    let uri = Uri::parse("sip:john.doe@h").expect("uri");
    assert_eq!((uri.user, uri.host), (Some("john.doe"), "h"));
}

#[test]
fn r03_compact_names_are_the_headers_they_stand_for() {
    let bytes = b"OPTIONS sip:h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bKa\r\nf: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\n\
        i: c\r\ncseq: 1 OPTIONS\r\nm: <sip:a@x>\r\nk: timer\r\no: dialog\r\nc: text/plain\r\nl: 2\r\n\r\nhi";
    let message = read(bytes);
    assert_eq!(message.via_top().expect("via").host, "h");
    assert_eq!(message.from().expect("from").tag(), Some("1"));
    assert_eq!(message.call_id(), Ok("c"));
    assert_eq!(message.contact().expect("contact").uri, "sip:a@x");
    assert_eq!(message.event().expect("event").package, "dialog");
    assert!(message.supports("timer") && message.is_content_type("TEXT/plain"));
    assert_eq!(message.header("Content-Type"), Some("text/plain"));
    assert_eq!(message.header("c"), Some("text/plain"));
    assert_eq!(message.body(), b"hi");
}

#[test]
fn r04_folded_lines_and_a_blank_before_the_colon_are_read() {
    let bytes = b"OPTIONS sip:h SIP/2.0\r\nVia : SIP/2.0/UDP h\r\n ;branch=z9hG4bKa\r\nFrom\t:\r\n\t<sip:a@h>\r\n \t ;tag=1\r\n\
        To: <sip:b@h>\r\nCall-ID:\r\n c\r\nCSeq: 1\r\n OPTIONS\r\nSubject: one\r\n  two\r\n\t\r\n three\r\n\r\n";
    let message = read(bytes);
    assert_eq!(message.via_top().expect("via").branch, Some("z9hG4bKa"));
    assert_eq!(message.from().expect("from").tag(), Some("1"));
    assert_eq!(message.cseq(), Ok((1, Method::Options)));
    assert_eq!(
        message.header("subject").map(|s| s.split_whitespace().collect::<Vec<_>>()),
        Some(vec!["one", "two", "three"])
    );
}

#[test]
fn r05_an_unknown_method_is_read_and_can_be_answered() {
    let bytes = with_start("KDMQ sip:h;method=PING SIP/2.0", "KDMQ", "Allow: INVITE, PING\r\n");
    let message = read(&bytes);
    assert_eq!(message.method(), Some(Method::Other("KDMQ".into())));
    assert_eq!(message.cseq(), Ok((1, Method::Other("KDMQ".into()))));
    assert_eq!(
        message.values("Allow").map(Method::from).collect::<Vec<_>>(),
        [Method::Invite, Method::Other("PING".into())]
    );
}

#[test]
fn r06_ipv6_is_read_everywhere_and_written_in_brackets() {
    let bytes =
        b"OPTIONS sip:[2001:db8::1]:5070 SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::2]:5060;branch=z9hG4bKa\r\n\
        From: <sip:a@[2001:db8::2]>;tag=1\r\nTo: <sip:b@[2001:db8::1]>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\
        Contact: <sip:a@[2001:db8::2]:5060>\r\n\r\n";
    let message = read(bytes);
    let uri = Uri::parse(message.request_uri().expect("uri")).expect("uri");
    assert_eq!(uri.socket_addr(), "[2001:db8::1]:5070".parse().ok());
    let via = message.via_top().expect("via");
    assert_eq!((via.host, via.port), ("[2001:db8::2]", Some(5060)));
    let written = Request::new(Method::Bye, message.contact().expect("contact").uri).to_bytes();
    assert!(written.starts_with(b"BYE sip:a@[2001:db8::2]:5060 SIP/2.0\r\n"));
}

#[test]
fn r07_a_nonce_count_is_hexadecimal_and_32_bits_wide() {
    for (text, count) in [("0000000a", 10), ("00000010", 16), ("00000100", 256), ("ffffffff", u32::MAX)] {
        let value = format!(
            "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"x\", qop=auth, cnonce=\"c\", nc={text}"
        );
        assert_eq!(Credentials::parse(&value).expect("credentials").count, Some(count));
    }
}

#[test]
fn r08_sha_256_is_spelt_as_rfc_8760_spells_it() {
    assert_eq!(Algorithm::of("SHA-256"), Some(Algorithm::Sha256));
    assert!(challenges("r", "n", Stale::No, false)[0].contains("algorithm=SHA-256,"));
}

#[test]
fn r09_a_digest_uri_is_hashed_as_it_stands() {
    let challenge = Challenge::parse(&challenges("r", "n", Stale::No, true)[0]).expect("a challenge");
    let value = challenge.answer(&answer("ada", "sip:pbx;transport=udp"));
    let credentials = Credentials::parse(&value).expect("credentials");
    assert!(credentials.verify("REGISTER", b"", &ha1(Algorithm::Md5.hash(), "ada", "r", "secret")));
}

fn answer<'a>(username: &'a str, uri: &'a str) -> Answer<'a> {
    Answer { username, password: "secret", method: "REGISTER", uri, body: b"", cnonce: "c", count: 1 }
}

#[test]
fn r10_quoted_pairs_and_blanks_round_the_equals_sign_are_read() {
    let value = r#"Digest username = "a\"b" , realm= "r" ,nonce ="n", uri="sip:h", response="x""#;
    let credentials = Credentials::parse(value).expect("credentials");
    assert_eq!((&*credentials.username, &*credentials.realm, credentials.nonce), ("a\"b", "r", "n"));
}

#[test]
fn r11_two_contacts_in_one_line_are_two() {
    let bytes = with("Contact: \"A, B\" <sip:a@h>;expires=60, <sip:b@h>;q=0.5\r\nContact: sip:c@h\r\n");
    let message = read(&bytes);
    let Ok(Contacts::List(contacts)) = message.contacts() else { panic!("a list") };
    let uris: Vec<_> = contacts.iter().map(|contact| contact.uri).collect();
    assert_eq!(uris, ["sip:a@h", "sip:b@h", "sip:c@h"]);
    assert_eq!((contacts[0].expires, contacts[1].q), (Some(60), Some(500)));
}

#[test]
fn r12_two_vias_in_one_line_are_two() {
    let bytes = with("Via: SIP/2.0/TCP b;branch=z9hG4bKb , SIP/2.0/UDP c;branch=z9hG4bKc\r\n");
    let message = read(&bytes);
    let hosts: Vec<_> = message.vias().expect("vias").iter().map(|via| via.host).collect();
    assert_eq!(hosts, ["h", "b", "c"]);
    assert_eq!(message.values("v").count(), 3);
}

#[test]
fn r13_no_parameter_behind_an_ipv6_address_is_lost() {
    let bytes = with("Via: SIP/2.0/UDP b;received=2001:db8::9;x=\"a;b\";y=[z];branch=z9hG4bKb\r\n");
    let message = read(&bytes);
    let via = message.vias().expect("vias")[1];
    assert_eq!((via.branch, via.params.value("x").as_deref()), (Some("z9hG4bKb"), Some("a;b")));
    assert_eq!(via.received, "2001:db8::9".parse().ok());
}

#[test]
fn r14_display_names_with_brackets_quotes_and_blanks_are_read() {
    for (from, display, tag) in [
        ("\"Doe <x>\" <sip:a@h>;tag=1", "Doe <x>", "1"),
        ("Doe <sip:a@h> ;tag= 2", "Doe", "2"),
        (r#""J \"R\" <x>" <sip:a@h>;tag=3"#, "J \"R\" <x>", "3"),
    ] {
        let bytes = format!("OPTIONS sip:h SIP/2.0\r\nFrom: {from}\r\n\r\n").into_bytes();
        let message = Message::parse(&bytes).expect("message");
        let address = message.from().expect("from");
        assert_eq!((address.display().as_deref(), address.tag()), (Some(display), Some(tag)));
    }
}

#[test]
fn r15_other_schemes_headers_and_odd_parameters_are_read() {
    let uri = Uri::parse("tel:+49-30-1234;phone-context=example.com").expect("uri");
    assert_eq!((uri.scheme, uri.user), (Scheme::Tel, Some("+49-30-1234")));
    assert_eq!(Uri::parse("urn:service:sos").expect("uri").scheme, Scheme::Other("urn"));
    let uri = Uri::parse("sip:a@h;x=[1:2]/&+$?Subject=x&Route=%3Csip:b%3E").expect("uri");
    assert_eq!((uri.host, uri.params.get("x")), ("h", Some("[1:2]/&+$")));
    assert_eq!(uri.headers, Some("Subject=x&Route=%3Csip:b%3E"));
    let bytes = with_start("OPTIONS tel:1002 SIP/2.0", "OPTIONS", "");
    assert_eq!(read(&bytes).request_uri(), Some("tel:1002"));
}

#[test]
fn r16_unknown_transports_are_read() {
    let bytes = with("Via: SIP/2.0/FOO b;branch=z9hG4bKb\r\nContact: <sip:a@h;transport=foo>\r\n");
    let message = read(&bytes);
    assert_eq!(message.vias().expect("vias")[1].transport, "FOO");
    let contact = message.contact().expect("contact");
    assert_eq!(Uri::parse(contact.uri).expect("uri").params.get("transport"), Some("foo"));
}

#[test]
fn r17_a_byte_that_is_no_utf_8_spoils_nothing_else() {
    let mut bytes = with("User-Agent: T\u{e9}l\u{e9}phone\r\nSubject: after\r\n");
    while let Some(at) = bytes.windows(2).position(|pair| pair == "\u{e9}".as_bytes()) {
        bytes.splice(at..at + 2, [0xe9]);
    }
    let message = read(&bytes);
    assert_eq!(message.user_agent(), Some("T\u{fffd}l\u{fffd}phone"));
    assert_eq!(message.header("Subject"), Some("after"));
    assert_eq!(message.from().expect("from").tag(), Some("1"));
}

#[test]
fn r18_reason_phrases_are_written_as_they_are_meant() {
    for (status, reason) in [(486, "Busy Here"), (404, "Not Found"), (202, "Accepted")] {
        let bytes = Response::new(status).to_bytes();
        assert!(bytes.starts_with(format!("SIP/2.0 {status} {reason}\r\n").as_bytes()));
    }
    let bytes = Response::new(480).with_reason("Nobody Is Logged In").to_bytes();
    assert_eq!(Message::parse(&bytes).expect("response").reason(), Some("Nobody Is Logged In"));
}

#[test]
fn r19_content_length_is_obeyed_both_ways_and_a_cut_off_head_is_noticed() {
    let longer = [with("Content-Length: 4\r\n"), b"body and more".to_vec()].concat();
    assert_eq!(read(&longer).body(), b"body");
    let shorter = [with("Content-Length: 9\r\n"), b"body".to_vec()].concat();
    assert_eq!(status_of(&shorter), 400);
    let none = [with(""), b"body".to_vec()].concat();
    assert_eq!(read(&none).body(), b"body");
    let whole = with("Subject: x\r\n");
    for cut in 22..whole.len() - 1 {
        assert_eq!(status_of(&whole[..cut]), 400, "{cut}");
    }
}

#[test]
fn a_missing_blank_line_is_forgiven_when_nothing_else_can_be_missing() {
    let whole = with("Content-Length: 0\r\n");
    assert_eq!(read(&whole[..whole.len() - 2]).body(), b"");
    assert_eq!(status_of(&whole[..whole.len() - 4]), 400);
}

fn status_of(bytes: &[u8]) -> u16 {
    Message::parse(bytes).expect("a message").validate().expect_err("a fault").status
}

#[test]
fn r20_a_binary_body_is_written_and_read_unchanged() {
    let body: Vec<u8> = (0..=255).collect();
    let request = Request::new(Method::Message, "sip:h").with_body("application/octet-stream", body.clone());
    assert_eq!(Message::parse(&request.to_bytes()).expect("message").body(), body);
}

#[test]
fn r21_blanks_and_tabs_round_values_do_not_count() {
    let bytes = b"REGISTER sip:h SIP/2.0\r\nVia:\tSIP/2.0/UDP\th;branch=z9hG4bKa \r\nFrom: <sip:a@h>;tag=1\t\r\nTo:<sip:b@h>\r\n\
        Call-ID: c \r\nCSeq: 1\tREGISTER \r\nExpires: 0 \r\nContact: *\r\n\r\n";
    let message = read(bytes);
    assert_eq!(message.call_id(), Ok("c"));
    assert_eq!(message.expires(), Ok(Some(0)));
    assert_eq!(message.cseq(), Ok((1, Method::Register)));
    assert_eq!(message.contacts(), Ok(Contacts::Star));
    let mixed = with("Contact: *, <sip:a@h>\r\n");
    assert_eq!(Message::parse(&mixed).expect("message").contacts(), Err(HeaderError::Malformed("Contact")));
}

#[test]
fn r22_a_method_in_lower_case_is_another_method() {
    let bytes = with_start("invite sip:h SIP/2.0", "invite", "");
    assert_eq!(read(&bytes).method(), Some(Method::Other("invite".into())));
    let mixed = with_start("INVITE sip:h SIP/2.0", "invite", "");
    assert_eq!(status_of(&mixed), 400);
}

#[test]
fn r23_session_algorithms_and_body_protection_are_computed_as_the_rfc_says() {
    let challenge = Challenge {
        realm: "r".into(),
        nonce: "n".into(),
        algorithm: Algorithm::Md5Sess,
        stale: Stale::No,
        qop: vec![Qop::AuthInt],
        opaque: None,
    };
    let value = challenge.answer(&Answer { body: b"v=0", ..answer("ada", "sip:h") });
    let credentials = Credentials::parse(&value).expect("credentials");
    // H(H(H(ada:r:secret):n:c):n:00000001:c:auth-int:H(REGISTER:sip:h:H(v=0))), computed with another program.
    assert_eq!(credentials.response, "6071ce91ba43fe65f1c69b9f7afd2c98");
    assert!(credentials.verify("REGISTER", b"v=0", &ha1(Algorithm::Md5.hash(), "ada", "r", "secret")));
    assert!(!credentials.verify("REGISTER", b"", &ha1(Algorithm::Md5.hash(), "ada", "r", "secret")));
}
