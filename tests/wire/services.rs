//! P27 to P41, E03, E06, E07: what phones do in and beside calls, and what strangers try.
//!
//! P41 is no case of its own: the client checks every final answer it waits for.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use crate::calls::{call, cancel, two};
use crate::client::{Message, Phone, connect, voice_sdp};
use crate::house::{Case, House};

#[test]
fn calls_and_services_go_as_the_lines_p27_to_p41_and_e03_to_e07_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("P27", "a reliable provisional answer and its PRACK", p27),
    ("P28", "a session timer below the floor", p28),
    ("P29", "REFER in a call", p29),
    ("P30", "Replaces of nothing", p30),
    ("P31", "a forged identity does not arrive", p31),
    ("P32", "who asks for privacy gets it", p32),
    ("P33", "From does not say who calls", p33),
    ("P34", "credentials are not passed on", p34),
    ("P35", "nothing goes to foreign hosts for strangers", p35),
    ("P36", "the same user written otherwise", p36),
    ("P37", "tel: and an escaped hash", p37),
    ("P38", "MESSAGE gets a clean answer", p38),
    ("P39", "UPDATE, INFO and OPTIONS in a call", p39),
    ("P40", "a dead phone", p40),
    ("E03", "a subscription nobody offers", e03),
    ("E06", "a subscription to nothing", e06),
    ("E07", "reports outside any dialog are answered", e07),
];

fn p27(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft = caller.invite_draft(&callee.account.number).with("Supported", "100rel");
    let invite = caller.invite(draft);
    let arrived = callee.expect("INVITE");
    if !arrived.header("Supported").contains("100rel") {
        // The box ends 100rel itself; then nothing more is asked of it.
        callee.reply(&arrived, 486);
        return;
    }
    let early = callee
        .reply_draft(&arrived, 183)
        .with("Require", "100rel")
        .with("RSeq", "7001")
        .sdp(voice_sdp(callee.local.port(), "sendrecv"));
    callee.reply_with(&arrived, &early);
    let progress = caller.provisional(&invite, 183);
    let rseq = progress.header("RSeq").to_owned();
    assert!(!rseq.is_empty(), "{progress:?}");
    let mut dialog = crate::client::Dialog::of_caller(&invite, &progress);
    let prack = caller.within(&mut dialog, "PRACK").with("RAck", format!("{rseq} {} INVITE", invite.cseq()));
    caller.send(&prack);
    let arriving = callee.expect("PRACK");
    assert!(arriving.header("RAck").starts_with("7001 "), "{arriving:?}");
    callee.reply(&arriving, 200);
    assert_eq!(caller.final_of(&prack).status(), 200);
    let _ = cancel(&mut caller, &invite);
}

fn p28(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft =
        caller.invite_draft(&callee.account.number).with("Supported", "timer").with("Session-Expires", "20");
    let invite = caller.invite(draft);
    if let Some(arrived) = callee.find(Duration::from_secs(1), |message| message.method() == "INVITE") {
        assert!(arrived.header("Session-Expires").starts_with("20"), "{arrived:?}");
        callee.reply(&arrived, 486);
        return;
    }
    let answer = caller.final_of(&invite);
    assert_eq!(answer.status(), 422, "{answer:?}");
    assert!(answer.header("Min-SE").parse::<u32>().is_ok_and(|least| least >= 90), "{answer:?}");
}

fn p29(house: &House) {
    let (mut caller, mut callee) = two(house);
    let third = house.registered();
    let (mut calling, _) = connect(&mut caller, &mut callee);
    let target = format!("<{}>", caller.at_box(&third.account.number));
    let refer =
        caller.within(&mut calling, "REFER").with("Refer-To", target).with("Referred-By", caller.contact());
    caller.send(&refer);
    if let Some(arrived) = callee.find(Duration::from_secs(2), |message| message.method() == "REFER") {
        callee.reply(&arrived, 202);
    }
    let answer = caller.final_of(&refer);
    assert!((200..700).contains(&answer.status()) && answer.status() != 500, "{answer:?}");
    let mut bye = caller.within(&mut calling, "BYE");
    bye = bye.set("Max-Forwards", "70");
    caller.send(&bye);
    callee.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
}

fn p30(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft =
        caller.invite_draft(&callee.account.number).with("Replaces", "nobody-knows-this;to-tag=a;from-tag=b");
    let invite = caller.invite(draft);
    assert_eq!(caller.final_of(&invite).status(), 481);
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
}

/// The INVITE that arrives when `caller` sends it with these headers.
fn arriving(caller: &mut Phone, callee: &mut Phone, headers: &[(&str, &str)]) -> Message {
    let mut draft = caller.invite_draft(&callee.account.number);
    for (name, value) in headers {
        draft = draft.set(name, *value);
    }
    let invite = caller.invite(draft);
    let arrived = callee.expect("INVITE");
    callee.reply(&arrived, 486);
    caller.final_of(&invite);
    arrived
}

fn p31(house: &House) {
    let (mut caller, mut callee) = two(house);
    let forged = [
        ("P-Asserted-Identity", "\"The Boss\" <sip:boss@office.example>"),
        ("P-Preferred-Identity", "<sip:boss@office.example>"),
        ("Remote-Party-ID", "<sip:boss@office.example>;party=calling"),
    ];
    let arrived = arriving(&mut caller, &mut callee, &forged);
    assert!(!format!("{arrived:?}").contains("boss"), "{arrived:?}");
}

fn p32(house: &House) {
    let (mut caller, mut callee) = two(house);
    let anonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=hidden";
    let arrived = arriving(&mut caller, &mut callee, &[("Privacy", "id"), ("From", anonymous)]);
    assert!(!arrived.has("P-Asserted-Identity"), "{arrived:?}");
    let number = caller.account.number.clone();
    for name in ["From", "Contact", "Remote-Party-ID"] {
        assert!(!arrived.header(name).contains(&number), "{arrived:?}");
    }
}

fn p33(house: &House) {
    let (mut caller, mut callee) = two(house);
    let other = house.line();
    let from = format!("\"Somebody Else\" <{}>;tag=mask", caller.at_box(&other.number));
    let draft = caller.invite_draft(&callee.account.number).set("From", from);
    let invite = caller.invite(draft);
    match callee.find(Duration::from_secs(2), |message| message.method() == "INVITE") {
        Some(arrived) => {
            assert!(arrived.header("From").contains(&caller.account.number), "{arrived:?}");
            assert!(!format!("{arrived:?}").contains(&other.number), "{arrived:?}");
            assert!(!format!("{arrived:?}").contains("Somebody Else"), "{arrived:?}");
            callee.reply(&arrived, 486);
            caller.final_of(&invite);
        }
        None => assert!(matches!(caller.final_of(&invite).status(), 401 | 403)),
    }
}

fn p34(house: &House) {
    let (mut caller, mut callee) = two(house);
    let arrived = arriving(&mut caller, &mut callee, &[]);
    assert!(!arrived.has("Authorization") && !arrived.has("Proxy-Authorization"), "{arrived:?}");
}

fn p35(house: &House) {
    let mut stranger = house.phone();
    let foreign = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let there = foreign.local_addr().expect("an address");
    let routed = stranger
        .invite_draft("2000")
        .with("Route", format!("<sip:{};lr>", house.real.sip))
        .with("Route", format!("<sip:{there};lr>"));
    let mut direct = stranger.invite_draft("2000");
    direct.start = format!("INVITE sip:victim@{there} SIP/2.0");
    for draft in [routed, direct] {
        let answer = stranger.ask(draft);
        assert!(answer.status() >= 400, "{answer:?}");
    }
    stranger.settle();
    foreign.set_nonblocking(true).expect("a socket");
    assert!(foreign.recv(&mut [0; 2000]).is_err(), "something was sent to a foreign host");
}

/// The status of a call to that URI, where the callee, if rung, is busy.
fn outcome(caller: &mut Phone, callee: &mut Phone, uri: &str) -> (u16, bool) {
    let draft = caller.draft("INVITE", uri).sdp(voice_sdp(caller.local.port(), "sendrecv"));
    let invite = caller.invite(draft);
    let rung = callee.find(Duration::from_millis(800), |message| message.method() == "INVITE");
    if let Some(arrived) = &rung {
        callee.reply(arrived, 486);
    }
    (caller.final_of(&invite).status(), rung.is_some())
}

fn p36(house: &House) {
    let (mut caller, mut callee) = two(house);
    let (number, server) = (callee.account.number.clone(), caller.server);
    let escaped = format!("%3{}{}", &number[..1], &number[1..]);
    for uri in [
        format!("sip:{escaped}@{server}"),
        format!("sip:{number}@{server};user=phone"),
        format!("SIP:{number}@{server}"),
    ] {
        assert_eq!(outcome(&mut caller, &mut callee, &uri), (486, true), "{uri}");
    }
}

fn p37(house: &House) {
    let (mut caller, mut callee) = two(house);
    let (number, server) = (callee.account.number.clone(), caller.server);
    for uri in [format!("tel:{number}"), format!("sip:*11%23@{server}")] {
        let (status, rung) = outcome(&mut caller, &mut callee, &uri);
        // `*11` asks for a login where the plan has it: the voice answers.
        assert!(rung || matches!(status, 200 | 404 | 416 | 480..=489), "{uri}: {status}");
    }
}

fn p38(house: &House) {
    let (mut phone, mut other) = two(house);
    let absent = house.line().number;
    for number in [other.account.number.clone(), absent] {
        let draft = phone.draft("MESSAGE", &phone.at_box(&number)).without("Contact");
        let draft = draft.carrying("text/plain", "hello");
        let answer = phone.ask_proving(draft);
        assert!(matches!(answer.status(), 405 | 415 | 403 | 488 | 404 | 480), "{answer:?}");
    }
    assert!(!other.has_seen(|message| message.method() == "MESSAGE"));
}

fn p39(house: &House) {
    let (mut caller, mut callee) = two(house);
    let (mut calling, _) = connect(&mut caller, &mut callee);
    for method in ["OPTIONS", "INFO", "UPDATE"] {
        let mut draft = caller.within(&mut calling, method);
        match method {
            "INFO" => draft = draft.carrying("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"),
            "UPDATE" => draft = draft.sdp(voice_sdp(caller.local.port(), "sendrecv")),
            _ => {}
        }
        caller.send(&draft);
        if let Some(arrived) = callee.find(Duration::from_secs(1), |message| message.method() == method) {
            let mut answer = callee.reply_draft(&arrived, 200);
            if method == "UPDATE" {
                answer =
                    answer.with("Contact", callee.contact()).sdp(voice_sdp(callee.local.port(), "sendrecv"));
            }
            callee.reply_with(&arrived, &answer);
        }
        let answer = caller.final_of(&draft);
        assert!(matches!(answer.status(), 200 | 405 | 415 | 469 | 488), "{method}: {answer:?}");
    }
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    callee.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
}

fn p40(house: &House) {
    let (mut caller, dead) = two(house);
    let start = Instant::now();
    let invite = call(&mut caller, &dead.account.number);
    let answer = caller.final_within(&invite, Duration::from_secs(40)).expect("an answer for a dead phone");
    assert!(matches!(answer.status(), 408 | 480 | 503), "{answer:?}");
    assert!(start.elapsed() <= Duration::from_secs(36), "{:?}", start.elapsed());
    drop(dead);
}

fn e03(house: &House) {
    let mut phone = house.registered();
    let draft = phone.draft("SUBSCRIBE", &phone.at_box("2000")).with("Event", "nothing-supports-this");
    let answer = phone.ask_proving(draft);
    match answer.status() {
        489 => assert!(answer.header("Allow-Events").contains("dialog"), "{answer:?}"),
        status => assert!(matches!(status, 405 | 501), "{answer:?}"),
    }
}

fn e06(house: &House) {
    let mut phone = house.registered();
    let draft = phone.draft("SUBSCRIBE", &phone.at_box("2000"));
    let answer = phone.ask_proving(draft);
    assert!(matches!(answer.status(), 400 | 489), "{answer:?}");
}

fn e07(house: &House) {
    let mut phone = house.registered();
    let server = format!("sip:{}", phone.server);
    let keep_alive = phone.draft("NOTIFY", &server).with("Event", "keep-alive");
    let report = phone.draft("PUBLISH", &server).with("Event", "vq-rtcpxr");
    let report = report.carrying("application/vq-rtcpxr", "VQSessionReport: CallTerm\r\n");
    for draft in [keep_alive, report] {
        let answer = phone.ask_proving(draft);
        assert!(matches!(answer.status(), 200 | 401 | 405 | 407 | 481 | 489 | 501), "{answer:?}");
    }
}
