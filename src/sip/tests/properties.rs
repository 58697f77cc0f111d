//! What we write, we read back the same, and so does rsip wherever its grammar allows; and no input panics.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::sip::digest::{Challenge, Credentials, HashFunction, ha1};
use crate::sip::flow::{Flow, response_target};
use crate::sip::framing::{Frame, Framer, classify};
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request, Response, name_and_value};
use crate::sip::sdp::{Session, answer_for_voice};
use crate::sip::text::{percent_decode, percent_encode_user, quote};
use crate::sip::uri::{Uri, equivalent};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

/// A header value without blanks at its ends.
fn value() -> impl Strategy<Value = String> {
    "[!-~]([ -~é€]{0,40}[!-~])?"
}

/// A name none of our views reads, so that any value is allowed.
fn name() -> impl Strategy<Value = String> {
    "X-[A-Za-z0-9.!%*_+`'~-]{1,12}"
}

fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![
        select(vec![Method::Invite, Method::Register, Method::Prack, Method::Notify]),
        "[A-Z]{3,9}".prop_map(|name| Method::from(name.as_str())),
    ];
    let uri = select(vec![
        "sip:h",
        "sips:a.b@h:5061;lr",
        "sip:*11%23@[2001:db8::1]",
        "tel:+1-2",
        "urn:service:sos",
    ]);
    (method, uri, vec((name(), value()), 0..12), vec(any::<u8>(), 0..64)).prop_map(
        |(method, uri, headers, body)| {
            let mut request = Request::new(method, uri);
            request.push("Via", "SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKa;rport");
            request.push("From", "\"A \\\"B\\\"\" <sip:a@h>;tag=1");
            request.push("To", "<sip:b@h>");
            request.push("Call-ID", "c");
            let cseq = format!("1 {}", request.method);
            request.push("CSeq", cseq);
            for (name, value) in headers {
                request.push(&name, value);
            }
            request.body = body;
            request
        },
    )
}

/// Text that looks like SIP now and then.
fn sipish() -> impl Strategy<Value = Vec<u8>> {
    let word = select(vec![
        "INVITE ",
        "sip:",
        "a@h",
        " SIP/2.0",
        "\r\n",
        "\r\n ",
        "\n",
        "Via: ",
        "v:",
        "SIP/2.0/UDP ",
        ";branch=z9hG4bK",
        ";rport",
        ";received=",
        "From: ",
        "To:",
        "<",
        ">",
        "\"",
        "\\",
        ";",
        ",",
        "=",
        ":",
        "tag",
        "Contact: *",
        "m:",
        "Call-ID: x",
        "CSeq: 1 INVITE",
        "l: 5",
        "Content-Length: -1",
        "99999999999999999999",
        "[2001:db8::1]",
        ":::",
        "%41",
        "%",
        "?",
        "é",
        "Authorization: Digest ",
        "nc=",
        "qop=auth",
        "Expires: ",
        "Route: ",
        "Max-Forwards: 70",
        "\0",
        "\t",
        "v=0\r\n",
        "o=- 1 1 IN IP4 h\r\n",
        "c=IN IP4 10.0.0.9\r\n",
        "m=audio 4000 RTP/AVP 0 8\r\n",
        "a=rtpmap:0 PCMU/8000\r\n",
    ]);
    let piece = prop_oneof![
        6 => word.prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Asks a message everything it can be asked.
fn ask_everything(bytes: &[u8]) {
    let _ = classify(bytes);
    let Ok(message) = Message::parse(bytes) else { return };
    let _ = message.validate();
    let _ = (message.method(), message.request_uri(), message.status(), message.reason(), message.raw());
    let _ = (message.from(), message.to(), message.call_id(), message.cseq(), message.max_forwards());
    let _ =
        (message.contacts(), message.contact(), message.expires(), message.route(), message.record_route());
    let _ = (message.path(), message.event(), message.subscription_state(), message.session_expires());
    let _ = (message.min_se(), message.rseq(), message.rack(), message.replaces(), message.refer_to());
    let _ = (message.referred_by(), message.content_type(), message.user_agent(), message.supports("x"));
    let _ = message.require().chain(message.proxy_require()).count();
    let _ = message.authorization(true).chain(message.authorization(false)).count();
    for (name, _) in message.fields() {
        let _ = message.values(name).count();
    }
    let flow = Flow::udp("10.0.0.1:5060".parse().expect("addr"), "10.0.0.9:5062".parse().expect("addr"));
    if let Ok(via) = message.via_top() {
        let _ = response_target(&via, &flow);
    }
    let answer = Response::answering(&message, &flow, 400, Some("t")).with_record_route(&message).to_bytes();
    Message::parse(&answer).expect("our own answer is a message");
    if let Ok(session) = Session::parse(message.body()) {
        let _ = answer_for_voice(&session, flow.local);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_we_write_our_reader_reads_back_the_same(request in request()) {
        let bytes = request.to_bytes();
        let message = Message::parse(&bytes).expect("our own");
        prop_assert_eq!(message.method(), Some(request.method.clone()));
        prop_assert_eq!(message.request_uri(), Some(request.uri.as_str()));
        prop_assert_eq!(message.body(), &request.body[..]);
        let written: Vec<_> = request.headers.iter().map(name_and_value).collect();
        let read: Vec<_> = message.fields().filter(|(name, _)| *name != "Content-Length").collect();
        prop_assert_eq!(written, read);
        prop_assert!(message.validate().is_ok() || request.uri.starts_with("urn:"));
    }

    #[test]
    fn what_we_write_rsip_reads_back_the_same_where_its_grammar_allows(
        written in request(),
        method in select(vec![Method::Invite, Method::Prack, Method::Notify]),
        uri in select(vec!["sip:h", "sip:a@h:5061;lr", "sips:a@10.0.0.1"]),
    ) {
        let request = Request { method, uri: uri.to_owned(), ..written };
        let read = rsip::Request::try_from(request.to_bytes()).expect("rsip reads it");
        prop_assert_eq!(read.method.to_string(), request.method.as_str());
        prop_assert_eq!(read.uri.to_string(), &request.uri[..]);
        prop_assert_eq!(&read.body, &request.body);
        let mut headers: Vec<rsip::Header> = read.headers.into();
        prop_assert_eq!(headers.pop(), Some(rsip::Header::ContentLength(request.body.len().to_string().as_str().into())));
        prop_assert_eq!(rsip::Headers::from(headers), request.headers);
    }

    #[test]
    fn an_answer_reads_back_and_is_for_its_request(request in request(), status in 100_u16..700) {
        let bytes = request.to_bytes();
        let message = Message::parse(&bytes).expect("our own");
        let flow = Flow::udp("[::1]:5060".parse().expect("addr"), "[2001:db8::9]:40000".parse().expect("addr"));
        let answer = Response::answering(&message, &flow, status, Some("mine")).to_bytes();
        let answer = Message::parse(&answer).expect("our own");
        prop_assert_eq!(answer.validate(), Ok(()));
        prop_assert_eq!(answer.status(), Some(status));
        prop_assert_eq!(answer.to().expect("to").tag(), Some("mine"));
        prop_assert_eq!(answer.header("From"), message.header("From"));
        prop_assert_eq!(answer.cseq(), message.cseq());
        prop_assert_eq!(answer.via_top().expect("via").rport, Some(Some(40000)));
        prop_assert_eq!(answer.via_top().expect("via").received, Some(flow.remote.ip()));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..400)) {
        ask_everything(&bytes);
    }

    #[test]
    fn no_likely_text_makes_the_reader_panic(bytes in sipish()) {
        ask_everything(&bytes);
        ask_everything(&[b"OPTIONS sip:h SIP/2.0\r\n", &bytes[..]].concat());
        let text = String::from_utf8_lossy(&bytes);
        let _ = Uri::parse(&text).map(|uri| (uri.user_decoded().is_some(), uri.socket_addr()));
        let _ = Credentials::parse(&text).map(|credentials| credentials.verify("INVITE", b"", &ha1(HashFunction::Md5, "", "", "x")));
        let _ = Credentials::parse(&format!("Digest {text}"));
        let _ = Challenge::parse(&format!("Digest {text}"));
        let _ = Session::parse(&[b"v=0\r\n", &bytes[..]].concat());
    }

    #[test]
    fn no_change_to_a_message_makes_the_reader_panic(
        request in request(),
        changes in vec((any::<Index>(), any::<u8>(), 0_u8..3), 1..8),
    ) {
        let mut bytes = request.to_bytes();
        for (at, byte, kind) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        ask_everything(&bytes);
    }

    #[test]
    fn a_stream_cut_anywhere_gives_the_same_messages(
        requests in vec(request(), 1..4),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let messages: Vec<_> = requests.iter().map(Request::to_bytes).collect();
        let stream = messages.concat();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.sort_unstable();
        cuts.push(stream.len());
        let mut framer = Framer::new();
        let (mut from, mut frames) = (0, Vec::new());
        for cut in cuts {
            framer.push(&stream[from..cut]);
            from = cut;
            while let Some(frame) = framer.poll().expect("our own") {
                frames.push(frame);
            }
        }
        prop_assert_eq!(frames, messages.into_iter().map(Frame::Message).collect::<Vec<_>>());
        prop_assert!(!framer.is_midway());
    }

    #[test]
    fn no_stream_makes_the_framer_panic_or_loop(bytes in sipish()) {
        let mut framer = Framer::new();
        for chunk in bytes.chunks(7) {
            framer.push(chunk);
            while let Ok(Some(_)) = framer.poll() {}
        }
    }

    #[test]
    fn a_user_survives_being_escaped(user in "[ -~é]{1,20}") {
        let uri = format!("sip:{}@h", percent_encode_user(&user));
        let read = Uri::parse(&uri).expect("uri");
        prop_assert_eq!(read.user_decoded().expect("user"), &user[..]);
        let escaped = percent_encode_user(&user);
        prop_assert_eq!(percent_decode(&escaped), &user[..]);
        prop_assert!(equivalent(&uri, &uri.replace("sip:", "SIP:")));
    }

    #[test]
    fn a_display_name_survives_being_quoted(name in "[ -~é]{1,20}") {
        let from = format!("{} <sip:a@h>;tag=1", quote(&name));
        let request = Request::new(Method::Info, "sip:h").with("From", from);
        let bytes = request.to_bytes();
        let message = Message::parse(&bytes).expect("our own");
        let from = message.from().expect("from");
        let display = from.display();
        prop_assert_eq!(display.as_deref(), Some(&name[..]));
    }

    #[test]
    fn a_description_of_any_sound_reads_back_as_it_was_written(text in sipish()) {
        if let Ok(session) = Session::parse(&[b"v=0\r\no=- 1 1 IN IP4 h\r\n", &text[..]].concat()) {
            let written = session.to_string();
            prop_assert_eq!(Session::parse(written.as_bytes()).expect("our own").to_string(), written);
        }
    }
}
