//! P01 to P26: calls between phones.

use std::time::{Duration, Instant};

use crate::client::{Dialog, Draft, Habit, Message, Phone, bracketed, connect, voice_sdp};
use crate::house::{Case, House};

#[test]
fn calls_go_as_the_lines_p01_to_p26_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("P01", "a number nobody has", p01),
    ("P02", "a phone that is not there", p02),
    ("P03", "INVITE without credentials bothers nobody", p03),
    ("P04", "100 Trying at once", p04),
    ("P05", "a call from ringing to the caller's BYE", p05),
    ("P06", "the callee's BYE", p06),
    ("P07", "the INVITE that the callee gets", p07),
    ("P08", "Record-Route, where there is one, leads to the box", p08),
    ("P09", "no hops left", p09),
    ("P10", "an unknown Proxy-Require", p10),
    ("P11", "a contact that leads back to its own name", p11),
    ("P12", "two contacts that lead back", p12),
    ("P13", "CANCEL while it rings", p13),
    ("P14", "CANCEL of nothing", p14),
    ("P15", "busy", p15),
    ("P16", "moved temporarily", p16),
    ("P17", "of two phones that ring one answers", p17),
    ("P18", "one phone is busy, the other answers later", p18),
    ("P19", "busy beats not found", p19),
    ("P20", "an INVITE that comes three times", p20),
    ("P21", "a 200 that comes until the ACK", p21),
    ("P22", "an INVITE that comes again behind its 200", p22),
    ("P23", "hold and resume from both sides", p23),
    ("P24", "BYE of a dialog nobody knows", p24),
    ("P25", "a call without an offer", p25),
    ("P26", "an INVITE of three kilobytes", p26),
];

/// A call whose password has been proved is refused once: a copy of it, which comes when the refusal was lost, is not asked
/// for the password anew.
#[test]
fn a_copy_of_a_refused_call_gets_the_same_refusal() {
    let house = House::open();
    let mut caller = house.registered();
    caller.habit = Habit::ShowsAll;
    for (name, status) in [("8765", 404), ("2001@elsewhere.example", 404)] {
        let mut draft = caller.invite_draft(name);
        if name.contains('@') {
            draft = Draft { start: format!("INVITE sip:{name} SIP/2.0"), ..draft };
        }
        let asked = caller.ask(draft.clone());
        let invite = caller.proving(&draft, &asked);
        let is_refused = |message: &Message| message.status() >= 200 && message.branch() == invite.branch();
        let answers = [(); 2].map(|()| {
            caller.send_bytes(&invite.to_bytes());
            let answer = caller.wait_for("refusal", is_refused);
            (answer.status(), answer.to_tag().map(str::to_owned))
        });
        assert_eq!(answers[0].0, status, "{name}");
        assert_eq!(answers[0], answers[1], "{name}");
        caller.send_bytes(&invite.to_bytes());
        caller.final_of(&invite);
    }
}

/// Two phones that are registered.
pub fn two(house: &House) -> (Phone, Phone) {
    (house.registered(), house.registered())
}

/// Calls, proving the password; the INVITE as it went out.
pub fn call(caller: &mut Phone, number: &str) -> Draft {
    let draft = caller.invite_draft(number);
    caller.invite(draft)
}

/// The status of a call to that number.
fn outcome(caller: &mut Phone, number: &str) -> u16 {
    let invite = call(caller, number);
    caller.final_of(&invite).status()
}

fn p01(house: &House) {
    assert_eq!(outcome(&mut house.registered(), "8765"), 404);
}

fn p02(house: &House) {
    let nobody = house.line();
    let start = Instant::now();
    assert_eq!(outcome(&mut house.registered(), &nobody.number), 480);
    assert!(start.elapsed() < Duration::from_secs(5));
}

fn p03(house: &House) {
    let (mut caller, mut callee) = two(house);
    let invite = caller.invite_draft(&callee.account.number);
    caller.habit = Habit::ShowsAll;
    let answer = caller.ask(invite.clone());
    assert!(matches!(answer.status(), 401 | 407), "{answer:?}");
    assert!(answer.has("WWW-Authenticate") || answer.has("Proxy-Authenticate"));
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
    assert!(!caller.has_seen(|message| message.branch() == invite.branch()), "the ACK ends it");
}

fn p04(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft = caller.invite_draft(&callee.account.number);
    let asked = caller.ask(draft.clone());
    let invite = caller.proving(&draft, &asked);
    let start = Instant::now();
    caller.send(&invite);
    caller.provisional(&invite, 100);
    // 200 ms by the book; a busy machine may take its time.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let ringing = callee.expect("INVITE");
    callee.reply(&ringing, 486);
    caller.final_of(&invite);
}

fn p05(house: &House) {
    let (mut caller, mut callee) = two(house);
    let (mut calling, _) = connect(&mut caller, &mut callee);
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    callee.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
}

fn p06(house: &House) {
    let (mut caller, mut callee) = two(house);
    let (_, mut called) = connect(&mut caller, &mut callee);
    let bye = callee.within(&mut called, "BYE");
    callee.send(&bye);
    caller.is_hung_up();
    assert_eq!(callee.final_of(&bye).status(), 200);
}

fn p07(house: &House) {
    let (mut caller, mut callee) = two(house);
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    let hops: u32 = arrived.header("Max-Forwards").parse().expect("a number");
    assert!(hops <= 70, "{hops}");
    assert!(arrived.header("Via").contains(&house.real.sip.to_string()), "{arrived:?}");
    assert!(arrived.branch().starts_with("z9hG4bK"));
    assert_eq!(arrived.uri(), bracketed(&callee.contact()));
    callee.reply(&arrived, 486);
    caller.final_of(&invite);
}

fn p08(house: &House) {
    let (mut caller, mut callee) = two(house);
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    // A B2BUA has one Via and puts its own address in Contact.
    assert_eq!(arrived.values("Via").count(), 1);
    for route in arrived.values("Record-Route") {
        assert!(route.contains(";lr") && route.contains(&house.real.sip.to_string()), "{route}");
    }
    assert!(bracketed(arrived.header("Contact")).contains(&house.real.sip.to_string()), "{arrived:?}");
    callee.reply(&arrived, 486);
    caller.final_of(&invite);
}

fn p09(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft = caller.invite_draft(&callee.account.number).set("Max-Forwards", "0");
    let invite = caller.invite(draft);
    assert_eq!(caller.final_of(&invite).status(), 483);
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
}

fn p10(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft = caller.invite_draft(&callee.account.number).with("Proxy-Require", "nothing-supports-this");
    let invite = caller.invite(draft);
    if let Some(arrived) = callee.find(Duration::from_millis(500), |message| message.method() == "INVITE") {
        callee.reply(&arrived, 486);
    }
    let answer = caller.final_of(&invite);
    match answer.status() {
        420 => assert_eq!(answer.header("Unsupported"), "nothing-supports-this"),
        status => assert_eq!(status, 486),
    }
}

/// Calls a name whose contacts lead back to it, and asks meanwhile whether the box answers.
fn loops(house: &House, contacts: usize) {
    let (mut looping, mut caller) = (house.phone(), house.registered());
    let back = |n: usize| format!("<{};n={n}>", looping.at_box(&looping.account.number));
    let contacts: Vec<_> = (0..contacts).map(back).collect();
    let contacts: Vec<_> = contacts.iter().map(String::as_str).collect();
    assert_eq!(looping.register_as(&contacts, Some("300")).status(), 200);
    let invite = call(&mut caller, &looping.account.number);
    let start = Instant::now();
    house.is_alive();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let answer = caller.final_of(&invite);
    assert!((400..700).contains(&answer.status()), "{answer:?}");
}

fn p11(house: &House) {
    loops(house, 1);
}

fn p12(house: &House) {
    loops(house, 2);
}

fn p13(house: &House) {
    let (mut caller, mut callee) = two(house);
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    callee.reply(&arrived, 180);
    let ringing = caller.provisional(&invite, 180);
    let tag = cancel(&mut caller, &invite);
    assert_eq!(tag.as_deref(), ringing.to_tag(), "RFC 3261 §9.2");
    let cancelled = callee.expect("CANCEL");
    assert_eq!(cancelled.branch(), arrived.branch());
    assert_eq!(cancelled.uri(), arrived.uri());
    callee.reply(&cancelled, 200);
    callee.reply(&arrived, 487);
    assert_eq!(caller.final_of(&invite).status(), 487);
    callee.expect("ACK");
}

/// Takes an INVITE back; the answer to the CANCEL is 200, and has this tag.
pub fn cancel(caller: &mut Phone, invite: &Draft) -> Option<String> {
    let cancel = Draft::new(format!("CANCEL {} SIP/2.0", invite.uri()))
        .with("Via", invite.header("Via"))
        .with("Max-Forwards", "70")
        .with("From", invite.header("From"))
        .with("To", invite.header("To"))
        .with("Call-ID", invite.header("Call-ID"))
        .with("CSeq", format!("{} CANCEL", invite.cseq()));
    let answer = caller.ask(cancel);
    assert_eq!(answer.status(), 200, "{answer:?}");
    answer.to_tag().map(str::to_owned)
}

fn p14(house: &House) {
    let mut phone = house.phone();
    let draft = phone.draft("CANCEL", &phone.at_box("2000")).without("Contact");
    assert_eq!(phone.ask(draft).status(), 481);
}

fn p15(house: &House) {
    let (mut caller, mut callee) = two(house);
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    callee.reply(&arrived, 486);
    assert_eq!(caller.final_of(&invite).status(), 486);
    let ack = callee.expect("ACK");
    assert_eq!(ack.branch(), arrived.branch());
}

fn p16(house: &House) {
    let (mut caller, mut callee) = two(house);
    let mut third = house.registered();
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    let there = format!("<{}>", callee.at_box(&third.account.number));
    let moved = callee.reply_draft(&arrived, 302).set("Contact", there.clone());
    callee.reply_with(&arrived, &moved);
    if let Some(answer) = caller.final_within(&invite, Duration::from_secs(3)) {
        assert_eq!(answer.status(), 302, "{answer:?}");
        assert!(answer.header("Contact").contains(bracketed(&there)), "{answer:?}");
    } else {
        let arrived = third.expect("INVITE");
        third.reply(&arrived, 486);
        assert_eq!(caller.final_of(&invite).status(), 486);
    }
}

/// A phone that sends its callers on to a feature code has refused them.
/// Promises: rule1.
#[test]
fn nobody_is_sent_on_to_a_feature_code() {
    let house = House::open();
    let (mut caller, mut callee) = two(&house);
    for code in ["*77*4000*", "%2A400"] {
        let invite = call(&mut caller, &callee.account.number);
        let arrived = callee.expect("INVITE");
        let moved = callee.reply_draft(&arrived, 302).set("Contact", format!("<{}>", callee.at_box(code)));
        callee.reply_with(&arrived, &moved);
        let answer = caller.final_of(&invite);
        assert_eq!((answer.status(), answer.has("Contact")), (403, false), "{code}: {answer:?}");
    }
}

/// A caller and the two registered phones of one extension, both of which ring.
fn forked(house: &House) -> (Phone, Draft, [(Phone, Message); 2]) {
    let pair = house.pair().map(|account| {
        let mut phone = Phone::udp(house.real.sip, account);
        phone.register();
        phone
    });
    let mut caller = house.registered();
    let invite = call(&mut caller, &pair[0].account.number);
    let rings = pair.map(|mut phone| {
        let arrived = phone.expect("INVITE");
        phone.reply(&arrived, 180);
        (phone, arrived)
    });
    caller.provisional(&invite, 180);
    (caller, invite, rings)
}

fn p17(house: &House) {
    let (mut caller, invite, [(mut first, one), (mut second, other)]) = forked(house);
    let draft = first.reply_draft(&one, 200).sdp(voice_sdp(first.local.port(), "sendrecv"));
    first.reply_with(&one, &draft);
    let ok = caller.final_of(&invite);
    assert_eq!(ok.status(), 200);
    let mut calling = caller.acknowledge(&invite, &ok, None);
    first.expect("ACK");
    let cancelled = second.expect("CANCEL");
    assert_eq!(cancelled.branch(), other.branch());
    second.reply(&cancelled, 200);
    second.reply(&other, 487);
    second.expect("ACK");
    assert!(!caller.has_seen(|message| message.status() == 200 && message.cseq().1 == "INVITE"));
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    first.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
    assert!(!second.has_seen(|message| message.method() == "BYE"));
}

fn p18(house: &House) {
    let (mut caller, invite, [(mut busy, one), (mut answering, other)]) = forked(house);
    busy.reply(&one, 486);
    busy.expect("ACK");
    assert!(!caller.has_seen(|message| message.status() >= 300 && message.cseq().1 == "INVITE"));
    let draft = answering.reply_draft(&other, 200).sdp(voice_sdp(answering.local.port(), "sendrecv"));
    answering.reply_with(&other, &draft);
    let ok = caller.final_of(&invite);
    assert_eq!(ok.status(), 200);
    let mut calling = caller.acknowledge(&invite, &ok, None);
    answering.expect("ACK");
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    answering.is_hung_up();
    caller.final_of(&bye);
}

fn p19(house: &House) {
    let (mut caller, invite, [(mut busy, one), (mut absent, other)]) = forked(house);
    busy.reply(&one, 486);
    absent.reply(&other, 404);
    assert_eq!(caller.final_of(&invite).status(), 486);
    let is_more = |message: &Message| message.status() >= 200 && message.branch() == invite.branch();
    assert!(!caller.has_seen(is_more));
}

fn p20(house: &House) {
    let (mut caller, mut callee) = two(house);
    callee.habit = Habit::ShowsAll;
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    callee.reply(&arrived, 180);
    caller.provisional(&invite, 180);
    for _ in 0..3 {
        caller.send(&invite);
        caller.provisional(&invite, 180);
    }
    let is_another = |message: &Message| message.method() == "INVITE" && message.branch() != arrived.branch();
    assert!(!callee.has_seen(is_another));
    callee.reply(&arrived, 486);
    caller.final_of(&invite);
}

fn p21(house: &House) {
    let (mut caller, mut callee) = two(house);
    caller.habit = Habit::ShowsAll;
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    let draft = callee.reply_draft(&arrived, 200).sdp(voice_sdp(callee.local.port(), "sendrecv"));
    callee.reply_with(&arrived, &draft);
    let ok = caller.final_of(&invite);
    // The ACK waits; the 200 comes again, and again.
    callee.send(&draft);
    for _ in 0..2 {
        let again = caller.final_of(&invite);
        assert_eq!(again.text(), ok.text());
        assert_eq!(again.to_tag(), ok.to_tag());
    }
    caller.acknowledge(&invite, &ok, None);
    callee.expect("ACK");
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
}

fn p22(house: &House) {
    let (mut caller, mut callee) = two(house);
    let invite = call(&mut caller, &callee.account.number);
    let arrived = callee.expect("INVITE");
    let draft = callee.reply_draft(&arrived, 200).sdp(voice_sdp(callee.local.port(), "sendrecv"));
    callee.reply_with(&arrived, &draft);
    let ok = caller.final_of(&invite);
    callee.habit = Habit::ShowsAll;
    caller.send(&invite);
    caller.acknowledge(&invite, &ok, None);
    caller.send(&invite);
    caller.settle();
    let is_another = |message: &Message| message.method() == "INVITE" && message.branch() != arrived.branch();
    assert!(!callee.has_seen(is_another));
}

/// A re-INVITE from one side to the other with this way of sound; gives the answer.
pub fn reinvite(from: (&mut Phone, &mut Dialog), to: &mut Phone, way: &str, answered: &str) -> Message {
    let (from, dialog) = from;
    let port = from.local.port();
    let sdp = voice_sdp(port, way).replace("o=- 1 1", &format!("o=- 1 {}", dialog.cseq + 1));
    let draft = from.within(dialog, "INVITE").sdp(sdp);
    from.send(&draft);
    let arrived = to.expect("INVITE");
    assert!(arrived.text().contains(&format!("a={way}")), "{arrived:?}");
    let ok = to.reply_draft(&arrived, 200).sdp(voice_sdp(to.local.port(), answered));
    to.reply_with(&arrived, &ok);
    let answer = from.final_of(&draft);
    from.acknowledge(&draft, &answer, None);
    to.expect("ACK");
    answer
}

fn p23(house: &House) {
    let (mut caller, mut callee) = two(house);
    let (mut calling, mut called) = connect(&mut caller, &mut callee);
    for (way, answered) in [("sendonly", "recvonly"), ("sendrecv", "sendrecv")] {
        let answer = reinvite((&mut caller, &mut calling), &mut callee, way, answered);
        assert_eq!(answer.status(), 200);
        assert!(answer.text().contains(&format!("a={answered}")), "{answer:?}");
    }
    for (way, answered) in [("sendonly", "recvonly"), ("sendrecv", "sendrecv")] {
        let answer = reinvite((&mut callee, &mut called), &mut caller, way, answered);
        assert_eq!(answer.status(), 200);
        assert!(answer.text().contains(&format!("a={answered}")), "{answer:?}");
    }
}

fn p24(house: &House) {
    let mut phone = house.registered();
    let uri = format!("sip:{}", phone.server);
    let draft = phone.draft("BYE", &uri).set("To", format!("<{uri}>;tag=nobody-knows"));
    assert_eq!(phone.ask(draft).status(), 481);
}

fn p25(house: &House) {
    let (mut caller, mut callee) = two(house);
    let draft = caller.draft("INVITE", &caller.at_box(&callee.account.number));
    let invite = caller.invite(draft);
    let arrived = callee.expect("INVITE");
    let ok = callee.reply_draft(&arrived, 200).sdp(voice_sdp(callee.local.port(), "sendrecv"));
    callee.reply_with(&arrived, &ok);
    let ok = caller.final_of(&invite);
    assert_eq!(ok.status(), 200);
    assert_eq!(ok.audio_port(), callee.local.port(), "{ok:?}");
    caller.acknowledge(&invite, &ok, Some(voice_sdp(caller.local.port(), "sendrecv")));
    let ack = callee.expect("ACK");
    assert_eq!(ack.audio_port(), caller.local.port(), "{ack:?}");
}

fn p26(house: &House) {
    let (mut caller, mut callee) = two(house);
    let mut sdp = voice_sdp(caller.local.port(), "sendrecv");
    for n in 0..40 {
        sdp.push_str(&format!("a=x-long-{n}:{}\r\n", "y".repeat(40)));
    }
    let mut draft = caller.draft("INVITE", &caller.at_box(&callee.account.number)).sdp(sdp.clone());
    for n in 0..20 {
        draft = draft.with(&format!("X-Header-{n}"), "z".repeat(40));
    }
    assert!(draft.to_bytes().len() > 3000);
    let invite = caller.invite(draft);
    let arrived = callee.expect("INVITE");
    assert!(arrived.text().contains("a=x-long-39:"), "{arrived:?}");
    let length: usize = arrived.header("Content-Length").parse().expect("a length");
    assert_eq!(length, arrived.body.len());
    callee.reply(&arrived, 486);
    caller.final_of(&invite);
}
