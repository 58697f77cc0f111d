//! T01 to T22: how messages arrive.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::client::{Draft, Message, PATIENCE, Phone, connect, parameter};
use crate::house::{Case, House};

#[test]
fn messages_are_taken_as_the_lines_t01_to_t22_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("T01", "rport and received are filled in", t01),
    ("T02", "received is added for a host name", t02),
    ("T03", "without rport the answer goes to the port of the Via", t03),
    ("T04", "compact form", t04),
    ("T05", "folds and odd spacing", t05),
    ("T06", "no Content-Length over UDP", t06),
    ("T07", "no Max-Forwards", t07),
    ("T08", "CSeq with another method", t08),
    ("T09", "no Call-ID, no From", t09),
    ("T10", "an unknown method is told so", t10),
    ("T11", "OPTIONS to the box", t11),
    ("T12", "stray ACK and stray response", t12),
    ("T13", "keep-alives", t13),
    ("T14", "surplus bytes behind the body", t14),
    ("T15", "a body that is not all there", t15),
    ("T16", "REGISTER over TCP", t16),
    ("T17", "two requests in one segment, one in three", t17),
    ("T18", "a ping on TCP gets its pong", t18),
    ("T19", "a phone registered over TCP is called on its connection", t19),
    ("T20", "garbage on TCP harms nobody else", t20),
    ("T21", "two hundred idle connections", t21),
    ("T22", "messages of 65,000 and 100,000 bytes", t22),
];

fn options(phone: &Phone) -> Draft {
    phone.draft("OPTIONS", &format!("sip:{}", phone.server))
}

fn t01(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone);
    let answer = phone.ask(draft);
    let via = answer.header("Via");
    assert_eq!(parameter(via, "rport"), Some(phone.local.port().to_string().as_str()), "{via}");
    assert_eq!(parameter(via, "received"), Some("127.0.0.1"), "{via}");
}

fn t02(house: &House) {
    let mut phone = house.phone();
    for sent_by in ["phone.example", "192.0.2.55:5060"] {
        let via = format!("SIP/2.0/UDP {sent_by};branch={};rport", crate::client::fresh("z9hG4bK"));
        let draft = options(&phone).set("Via", via);
        let answer = phone.ask(draft);
        assert_eq!(parameter(answer.header("Via"), "received"), Some("127.0.0.1"), "{answer:?}");
    }
}

fn t03(house: &House) {
    let mut elsewhere = house.phone();
    let draft = options(&elsewhere);
    let via = draft.header("Via").replace(";rport", "");
    let draft = draft.set("Via", via);
    let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    sender.send_to(&draft.to_bytes(), house.real.sip).expect("sent");
    assert_eq!(elsewhere.final_of(&draft).status(), 200);
}

fn t04(house: &House) {
    let mut phone = house.phone();
    let draft = phone.register_draft();
    let text = format!(
        "REGISTER sip:{server} SIP/2.0\r\nv: {via}\r\nf: {from}\r\nt: {to}\r\ni: {id}\r\ncseq: 1 REGISTER\r\nm: {contact}\r\n\
         Max-Forwards: 70\r\nl: 0\r\n\r\n",
        server = phone.server,
        via = draft.header("Via"),
        from = draft.header("From"),
        to = draft.header("To"),
        id = draft.header("Call-ID"),
        contact = phone.contact(),
    );
    phone.send_bytes(text.as_bytes());
    assert_eq!(phone.final_of(&draft.set("CSeq", "1 REGISTER")).status(), 401);
}

fn t05(house: &House) {
    let mut phone = house.phone();
    let draft = phone.register_draft();
    let text = format!(
        "REGISTER sip:{server} SIP/2.0\r\nVia:\r\n  {via}\r\nFrom :  {from}\r\nTo\t: {to}\r\nCall-ID:{id}\r\nCSeq: 1\r\n \
         REGISTER\r\nContact: {contact}\r\nMax-Forwards:   70\r\nContent-Length:  0\r\n\r\n",
        server = phone.server,
        via = draft.header("Via").replace(";branch", "\r\n\t;branch"),
        from = draft.header("From"),
        to = draft.header("To"),
        id = draft.header("Call-ID"),
        contact = phone.contact(),
    );
    phone.send_bytes(text.as_bytes());
    assert_eq!(phone.final_of(&draft.set("CSeq", "1 REGISTER")).status(), 401);
}

/// The bytes of a draft without the line of its length.
fn without_length(draft: &Draft) -> String {
    let text = String::from_utf8(draft.to_bytes()).expect("a text");
    let kept = text.split("\r\n").filter(|line| !line.starts_with("Content-Length"));
    kept.collect::<Vec<_>>().join("\r\n")
}

fn t06(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone);
    phone.send_bytes(without_length(&draft).as_bytes());
    assert_eq!(phone.final_of(&draft).status(), 200);
}

fn t07(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone).without("Max-Forwards");
    assert_eq!(phone.ask(draft).status(), 200);
}

fn t08(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone).set("CSeq", "1 REGISTER");
    phone.send(&draft);
    let answer = phone.wait_for("400", |message| message.status() >= 200);
    assert_eq!(answer.status(), 400);
}

fn t09(house: &House) {
    let mut phone = house.phone();
    for missing in ["Call-ID", "From"] {
        let draft = options(&phone).without(missing);
        phone.send(&draft);
    }
    phone.settle();
    while let Some(answer) = phone.find(Duration::ZERO, |message| message.status() >= 200) {
        assert_eq!(answer.status(), 400, "{answer:?}");
    }
}

fn t10(house: &House) {
    let mut phone = house.phone();
    let to_box = format!("sip:{}", phone.server);
    let to_user = phone.at_box("2000");
    for uri in [to_box, to_user] {
        let draft = phone.draft("FOO", &uri);
        let answer = phone.ask(draft);
        match answer.status() {
            405 => assert!(answer.header("Allow").contains("INVITE"), "{answer:?}"),
            status => assert!(matches!(status, 501 | 401 | 403 | 404 | 407 | 480), "{answer:?}"),
        }
    }
}

fn t11(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone);
    let answer = phone.ask(draft);
    assert_eq!(answer.status(), 200);
    for name in ["Allow", "Accept", "Supported"] {
        assert!(answer.has(name), "{name} is missing in {answer:?}");
    }
}

fn t12(house: &House) {
    let mut phone = house.phone();
    let ack = options(&phone).set("CSeq", "1 ACK");
    let ack = Draft { start: ack.start.replace("OPTIONS", "ACK"), ..ack };
    let response = options(&phone);
    let response = Draft { start: "SIP/2.0 200 OK".to_owned(), ..response };
    phone.send(&ack);
    phone.send(&response);
    phone.settle();
    assert!(phone.find(Duration::ZERO, |_| true).is_none());
}

fn t13(house: &House) {
    let mut phone = house.phone();
    for bytes in [&b"\r\n\r\n"[..], b"\r\n", b"\0", b""] {
        phone.send_bytes(bytes);
    }
    phone.settle();
    assert!(phone.find(Duration::ZERO, |_| true).is_none());
}

fn t14(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone);
    let mut bytes = draft.to_bytes();
    bytes.extend_from_slice(b"REGISTER nonsense that is not part of it");
    phone.send_bytes(&bytes);
    assert_eq!(phone.final_of(&draft).status(), 200);
}

fn t15(house: &House) {
    let mut phone = house.phone();
    let draft = options(&phone).with("Content-Length", "500").with("Content-Type", "text/plain");
    phone.send(&draft);
    phone.settle();
    let other = phone.find(Duration::ZERO, |message| message.status() >= 200);
    assert!(other.is_none_or(|answer| answer.status() == 400));
}

fn t16(house: &House) {
    let mut phone = Phone::tcp(house.real.sip, house.line());
    phone.register();
}

fn t17(house: &House) {
    let mut phone = Phone::tcp(house.real.sip, house.line());
    let (first, second) = (options(&phone), options(&phone));
    phone.send_bytes(&[first.to_bytes(), second.to_bytes()].concat());
    assert_eq!(phone.final_of(&first).status(), 200);
    assert_eq!(phone.final_of(&second).status(), 200);
    let third = options(&phone).carrying("text/plain", "some words");
    let bytes = third.to_bytes();
    for part in [&bytes[..20], &bytes[20..bytes.len() - 4], &bytes[bytes.len() - 4..]] {
        phone.send_bytes(part);
        // The part must go out by itself; a pause is what makes segments.
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(phone.final_of(&third).status(), 200);
}

fn t18(house: &House) {
    let mut phone = Phone::tcp(house.real.sip, house.line());
    phone.send_bytes(b"\r\n\r\n");
    assert_eq!(phone.receive_bytes(Instant::now() + PATIENCE).as_deref(), Some(&b"\r\n"[..]));
    phone.settle();
}

fn t19(house: &House) {
    let mut callee = Phone::tcp(house.real.sip, house.line());
    callee.register();
    let mut caller = house.registered();
    let (mut calling, _) = connect(&mut caller, &mut callee);
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    callee.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
}

fn t20(house: &House) {
    let mut stream = TcpStream::connect(house.real.sip).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\x00\x01\x02 garbage\r\n\r\n").expect("sent");
    let mut bytes = [0; 2000];
    let closed = match stream.read(&mut bytes) {
        Ok(0) | Err(_) => true,
        Ok(length) => Message::parse(&bytes[..length]).is_some_and(|answer| answer.status() == 400),
    };
    assert!(closed, "neither closed nor 400");
    Phone::tcp(house.real.sip, house.line()).register();
}

fn t21(house: &House) {
    let idle: Vec<_> = (0..200)
        .filter_map(|n| {
            let mut stream = TcpStream::connect(house.real.sip).ok()?;
            stream.write_all(format!("OPTIONS sip:half-sent-{n} SIP/2.0\r\nVia: ").as_bytes()).ok()?;
            Some(stream)
        })
        .collect();
    house.phone().register();
    Phone::tcp(house.real.sip, house.line()).register();
    drop(idle);
}

fn t22(house: &House) {
    let mut phone = house.phone();
    let filled = |phone: &Phone, size: usize| options(phone).with("X-Long", "x".repeat(size - 600));
    let draft = filled(&phone, 65_000);
    phone.send(&draft);
    phone.settle();
    let answer =
        phone.find(Duration::ZERO, |message| message.status() >= 200 && message.branch() == draft.branch());
    assert!(answer.is_none_or(|answer| matches!(answer.status(), 200 | 400 | 413 | 513)));

    let mut stream = Phone::tcp(house.real.sip, house.line());
    let draft = filled(&stream, 100_000);
    stream.send(&draft);
    // A box that will not read so much may also close the connection.
    if let Some(answer) = stream.final_within(&draft, PATIENCE) {
        assert!(matches!(answer.status(), 200 | 400 | 413 | 513), "{answer:?}");
    }
    Phone::tcp(house.real.sip, house.line()).register();
}
