//! R01 to R35: the registrar.

use std::time::Duration;

use crate::client::{Draft, Message, Phone, bracketed, fresh, parameter};
use crate::house::{Case, House};

#[test]
fn the_registrar_does_as_the_lines_r01_to_r35_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("R01", "REGISTER without credentials is challenged", r01),
    ("R02", "REGISTER with correct digest lists the contact with its time", r02),
    ("R03", "a wrong password binds nothing", r03),
    ("R04", "a made-up nonce binds nothing and brings a fresh one", r04),
    ("R05", "a replayed Authorization binds nothing", r05),
    ("R06", "REGISTER without Contact lists and changes nothing", r06),
    ("R07", "two phones of one name are both listed", r07),
    ("R08", "each contact has its own time", r08),
    ("R09", "the parameter beats the header", r09),
    ("R10", "without a time the default is told", r10),
    ("R11", "too short a time is refused with the least", r11),
    ("R12", "an hour is not too short", r12),
    ("R13", "the longest number is no overflow", r13),
    ("R14", "a time that is no number does no harm", r14),
    ("R15", "expires=0 removes the contact", r15),
    ("R16", "* with Expires: 0 removes all", r16),
    ("R17", "* with another time is refused", r17),
    ("R18", "* beside another contact is refused", r18),
    ("R19", "* without any time is refused", r19),
    ("R20", "an older CSeq removes nothing", r20),
    ("R21", "one contact too short binds none", r21),
    ("R22", "the same datagram gets the same answer", r22),
    ("R23", "nobody registers for another", r23),
    ("R24", "an unknown user is not registered", r24),
    ("R25", "a foreign domain is not served", r25),
    ("R26", "an unknown extension is refused by name", r26),
    ("R27", "an equal contact written otherwise is one binding", r27),
    ("R28", "q and +sip.instance come back", r28),
    ("R29", "the contact is kept letter by letter", r29),
    ("R30", "a binding that ran out is not called", r30),
    ("R31", "Path is kept and followed", r31),
    ("R32", "the same instance and reg-id replace the old contact", r32),
    ("R33", "the 200 has a Date", r33),
    ("R34", "twenty contacts of one name", r34),
    ("R35", "ten long contacts in one answer over UDP", r35),
];

/// The time left of one binding, as listed.
fn time_of(answer: &Message, part: &str) -> u32 {
    let contact = answer.contact_with(part).unwrap_or_else(|| panic!("no {part} in {answer:?}"));
    let time = parameter(&contact, "expires").unwrap_or_else(|| panic!("no time in {contact}"));
    time.parse().expect("a number of seconds")
}

fn r01(house: &House) {
    let mut phone = house.phone();
    let draft = phone.register_draft().with("Contact", phone.contact());
    let answer = phone.ask(draft.clone());
    assert_eq!(answer.status(), 401);
    let challenge = answer.header("WWW-Authenticate");
    assert!(
        challenge.starts_with("Digest ") && challenge.contains("realm=\"") && challenge.contains("nonce=\"")
    );
    assert!(answer.header("To").starts_with(draft.header("To")));
    assert_eq!(answer.branch(), draft.branch());
}

fn r02(house: &House) {
    let mut phone = house.phone();
    let contact = bracketed(&phone.contact()).to_owned();
    let answer = phone.register();
    assert!((1..=300).contains(&time_of(&answer, &contact)));
}

fn r03(house: &House) {
    let mut phone = house.phone();
    let right = phone.account.password.clone();
    phone.account.password = "a wrong one".to_owned();
    let contact = phone.contact();
    let answer = phone.register_as(&[&contact], Some("300"));
    assert!(matches!(answer.status(), 401 | 403), "{answer:?}");
    phone.account.password = right;
    assert_eq!(phone.bindings(), Vec::<String>::new());
}

fn r04(house: &House) {
    let mut phone = house.phone();
    let draft = phone.register_draft().with("Contact", phone.contact()).with("Expires", "300");
    let mut asked = phone.ask(draft.clone());
    let nonce = nonce_of(&asked);
    for (name, value) in &mut asked.headers {
        if name.eq_ignore_ascii_case("WWW-Authenticate") {
            *value = value.replace(&nonce, "bWFkZS11cC1ub25jZQ");
        }
    }
    let made_up = phone.proving(&draft, &asked);
    let answer = phone.ask(made_up);
    assert_eq!(answer.status(), 401);
    assert!(answer.header("WWW-Authenticate").contains("stale=true"), "{answer:?}");
    assert_ne!(nonce_of(&answer), nonce);
    assert_eq!(phone.bindings(), Vec::<String>::new());
}

fn nonce_of(answer: &Message) -> String {
    let (_, after) = answer.header("WWW-Authenticate").split_once("nonce=\"").expect("a nonce");
    after.split('"').next().unwrap_or_default().to_owned()
}

fn r05(house: &House) {
    let mut phone = house.phone();
    let draft = phone.register_draft().with("Contact", phone.contact()).with("Expires", "300");
    let asked = phone.ask(draft.clone());
    let proving = phone.proving(&draft, &asked);
    assert_eq!(phone.ask(proving.clone()).status(), 200);
    let replay =
        phone.again(&proving).set("Contact", "<sip:thief@127.0.0.1:9>").set("Call-ID", fresh("thief"));
    let answer = phone.ask(replay);
    assert_eq!(answer.status(), 401);
    assert!(answer.header("WWW-Authenticate").contains("stale=true"), "{answer:?}");
    assert_eq!(phone.bindings().len(), 1);
}

fn r06(house: &House) {
    let mut phone = house.registered();
    let before = phone.bindings();
    assert_eq!(before.len(), 1);
    assert_eq!(phone.bindings().len(), 1);
}

fn r07(house: &House) {
    let mut first = house.registered();
    let mut second = Phone::udp(house.real.sip, first.account.clone());
    let answer = second.register();
    assert_eq!(answer.contacts().len(), 2, "{answer:?}");
    for phone in [&mut first, &mut second] {
        assert!(time_of(&answer, bracketed(&phone.contact())) <= 300);
    }
}

fn r08(house: &House) {
    let mut phone = house.phone();
    let contacts = ["<sip:a@127.0.0.1:9>;expires=120", "<sip:b@127.0.0.1:9>;expires=600"];
    let answer = phone.register_as(&contacts, Some("3600"));
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert!((100..=120).contains(&time_of(&answer, "sip:a@")));
    assert!((500..=600).contains(&time_of(&answer, "sip:b@")));
}

fn r09(house: &House) {
    let mut phone = house.phone();
    let contact = format!("{};expires=120", phone.contact());
    let answer = phone.register_as(&[&contact], Some("3000"));
    assert!((100..=120).contains(&time_of(&answer, "sip:")));
}

fn r10(house: &House) {
    let mut phone = house.phone();
    let contact = phone.contact();
    let answer = phone.register_as(&[&contact], None);
    assert_eq!(answer.status(), 200);
    assert!((60..=3600).contains(&time_of(&answer, "sip:")));
}

fn r11(house: &House) {
    let mut phone = house.phone();
    let contact = phone.contact();
    let answer = phone.register_as(&[&contact], Some("1"));
    assert_eq!(answer.status(), 423);
    assert_eq!(answer.header("Min-Expires"), "60");
    assert_eq!(phone.bindings(), Vec::<String>::new());
}

fn r12(house: &House) {
    let mut phone = house.phone();
    let contact = phone.contact();
    let answer = phone.register_as(&[&contact], Some("3600"));
    assert_eq!(answer.status(), 200);
    assert!(time_of(&answer, "sip:") <= 3600);
}

fn r13(house: &House) {
    let mut phone = house.phone();
    let contact = phone.contact();
    let answer = phone.register_as(&[&contact], Some("4294967295"));
    assert_eq!(answer.status(), 200);
    assert!((60..=3600).contains(&time_of(&answer, "sip:")));
}

fn r14(house: &House) {
    let mut phone = house.phone();
    let contact = format!("{};expires=abc", phone.contact());
    let answer = phone.register_as(&[&contact], None);
    assert!(matches!(answer.status(), 200 | 400), "{answer:?}");
}

fn r15(house: &House) {
    let mut phone = house.registered();
    let gone = format!("{};expires=0", phone.contact());
    let answer = phone.register_as(&[&gone], None);
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.contacts(), Vec::<String>::new());
}

/// A name with two contacts of two phones.
fn twice_bound(house: &House) -> Phone {
    let mut phone = house.registered();
    Phone::udp(house.real.sip, phone.account.clone()).register();
    assert_eq!(phone.bindings().len(), 2);
    phone
}

fn r16(house: &House) {
    let mut phone = twice_bound(house);
    let answer = phone.register_as(&["*"], Some("0"));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.contacts(), Vec::<String>::new());
    assert_eq!(phone.bindings(), Vec::<String>::new());
}

fn r17(house: &House) {
    let mut phone = twice_bound(house);
    assert_eq!(phone.register_as(&["*"], Some("300")).status(), 400);
    assert_eq!(phone.bindings().len(), 2);
}

fn r18(house: &House) {
    let mut phone = twice_bound(house);
    assert_eq!(phone.register_as(&["*", "<sip:x@127.0.0.1:9>"], Some("0")).status(), 400);
    assert_eq!(phone.bindings().len(), 2);
}

fn r19(house: &House) {
    let mut phone = twice_bound(house);
    assert_eq!(phone.register_as(&["*"], None).status(), 400);
    assert_eq!(phone.bindings().len(), 2);
}

fn r20(house: &House) {
    let mut phone = house.phone();
    let early = phone.register_draft();
    phone.register();
    let gone = early.with("Contact", format!("{};expires=0", phone.contact()));
    phone.ask_proving(gone);
    assert_eq!(phone.bindings().len(), 1);
}

fn r21(house: &House) {
    let mut phone = house.phone();
    let contacts = ["<sip:a@127.0.0.1:9>;expires=3600", "<sip:b@127.0.0.1:9>;expires=1"];
    let answer = phone.register_as(&contacts, None);
    assert_eq!(answer.status(), 423);
    assert!(answer.has("Min-Expires"));
    assert_eq!(phone.bindings(), Vec::<String>::new());
}

fn r22(house: &House) {
    let mut phone = house.phone();
    let draft = phone.register_draft().with("Contact", phone.contact()).with("Expires", "300");
    let asked = phone.ask(draft.clone());
    let proving = phone.proving(&draft, &asked);
    let (first, second) = (phone.ask(proving.clone()), phone.ask(proving));
    assert_eq!((first.status(), second.status()), (200, 200));
    assert_eq!(first.to_tag(), second.to_tag());
    assert_eq!(phone.bindings().len(), 1);
}

fn r23(house: &House) {
    let (mut phone, mut victim) = (house.phone(), house.phone());
    let victims = phone.at_box(&victim.account.number);
    let draft = phone.register_draft().set("To", format!("<{victims}>")).with("Contact", phone.contact());
    let answer = phone.ask_proving(draft);
    assert!(matches!(answer.status(), 401 | 403), "{answer:?}");
    assert_eq!(victim.bindings(), Vec::<String>::new());
}

fn r24(house: &House) {
    let mut phone = house.phone();
    phone.account.number = "8765".to_owned();
    phone.account.user = "8765".to_owned();
    let contact = phone.contact();
    let answer = phone.register_as(&[&contact], Some("300"));
    assert!(matches!(answer.status(), 401 | 403 | 404), "{answer:?}");
}

fn r25(house: &House) {
    let mut phone = house.phone();
    let mut draft = phone.register_draft().with("Contact", phone.contact());
    draft.start = "REGISTER sip:foreign.example SIP/2.0".to_owned();
    let draft = draft.set("To", format!("<sip:{}@foreign.example>", phone.account.number));
    let answer = phone.ask_proving(draft);
    assert!(answer.status() >= 400, "{answer:?}");
    assert_eq!(phone.bindings(), Vec::<String>::new());
}

fn r26(house: &House) {
    let mut phone = house.phone();
    let draft =
        phone.register_draft().with("Contact", phone.contact()).with("Require", "nothing-supports-this");
    let answer = phone.ask_proving(draft);
    assert_eq!(answer.status(), 420);
    assert_eq!(answer.header("Unsupported"), "nothing-supports-this");
}

fn r27(house: &House) {
    let mut phone = house.phone();
    phone.register_as(&["<sip:me@Phone.Example:5070;transport=udp;line=1>"], Some("300"));
    let answer = phone.register_as(&["<sip:me@phone.EXAMPLE:5070;line=1;transport=UDP>"], Some("300"));
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.contacts().len(), 1, "{answer:?}");
}

fn r28(house: &House) {
    let mut phone = house.phone();
    let contact = format!(
        "{};q=0.5;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"",
        phone.contact()
    );
    let answer = phone.register_as(&[&contact], Some("300"));
    let listed = answer.header("Contact");
    assert!(listed.contains(";q=0.5"), "{answer:?}");
    let instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"";
    assert!(listed.contains(instance), "{answer:?}");
}

fn r29(house: &House) {
    let (mut callee, mut caller) = (house.phone(), house.registered());
    let uri = format!("sip:{}@{};ob;line=abc123", callee.account.user, callee.local);
    let answer = callee.register_as(&[&format!("<{uri}>")], Some("300"));
    assert!(answer.header("Contact").contains(&format!("<{uri}>")), "{answer:?}");
    let draft = caller.invite_draft(&callee.account.number);
    caller.invite(draft);
    let invite = callee.expect("INVITE");
    assert_eq!(invite.uri(), uri);
    callee.reply(&invite, 486);
}

fn r30(house: &House) {
    let (mut callee, mut caller) = (house.phone(), house.phone());
    let contact = callee.contact();
    let answer = callee.register_as(&[&contact], Some("60"));
    let granted = Duration::from_secs(time_of(&answer, "sip:").into());
    assert!(granted <= Duration::from_secs(65));
    assert!(callee.find(granted + Duration::from_secs(2), |message| message.method() == "INVITE").is_none());
    caller.register();
    let draft = caller.invite_draft(&callee.account.number);
    let invite = caller.invite(draft);
    let answer = caller.final_of(&invite);
    assert!(matches!(answer.status(), 480 | 404), "{answer:?}");
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
}

fn r31(house: &House) {
    let (mut edge, mut callee, mut caller) = (house.phone(), house.phone(), house.registered());
    let path = format!("<sip:{};lr>", edge.local);
    let draft = callee
        .register_draft()
        .with("Contact", "<sip:far@192.0.2.77:5060>")
        .with("Path", path.clone())
        .with("Supported", "path");
    let answer = callee.ask_proving(draft);
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.header("Path"), path);
    let draft = caller.invite_draft(&callee.account.number);
    let invite = caller.invite(draft);
    let arrived = edge.expect("INVITE");
    assert_eq!(arrived.header("Route"), path);
    assert_eq!(arrived.uri(), "sip:far@192.0.2.77:5060");
    edge.reply(&arrived, 486);
    assert_eq!(caller.final_of(&invite).status(), 486);
}

fn r32(house: &House) {
    let mut phone = house.phone();
    let instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\";reg-id=1";
    let mut register = |port: u16| -> Message {
        let contact = format!("<sip:me@127.0.0.1:{port}>;{instance}");
        let draft: Draft =
            phone.register_draft().with("Contact", contact).with("Supported", "outbound, path");
        phone.ask_proving(draft)
    };
    let first = register(5071);
    assert_eq!(first.status(), 200, "{first:?}");
    let second = register(5072);
    if second.header("Require").contains("outbound") {
        assert_eq!(second.contacts().len(), 1, "{second:?}");
        assert!(second.header("Contact").contains(":5072"));
    }
}

fn r33(house: &House) {
    let answer = house.phone().register();
    assert!(answer.header("Date").ends_with(" GMT"), "{answer:?}");
}

fn r34(house: &House) {
    let mut phone = house.phone();
    let mut kept = 0;
    for n in 0..20 {
        let contact = format!("<sip:c{n}@127.0.0.1:{}>", phone.local.port());
        let draft = phone.register_draft().set("Call-ID", fresh("many-")).with("Contact", contact);
        match phone.ask_proving(draft).status() {
            200 => kept += 1,
            status => assert!(matches!(status, 403 | 500 | 503), "{status}"),
        }
    }
    let mut caller = house.registered();
    assert!(kept >= 1);
    let draft = caller.invite_draft(&phone.account.number);
    caller.invite(draft);
    let arrived = phone.expect("INVITE");
    phone.reply(&arrived, 486);
}

fn r35(house: &House) {
    let mut phone = house.phone();
    let long = "x".repeat(180);
    let contacts: Vec<_> = (0..10).map(|n| format!("<sip:c{n}@127.0.0.1:9;{long}={n}>")).collect();
    let contacts: Vec<_> = contacts.iter().map(String::as_str).collect();
    let answer = phone.register_as(&contacts, Some("300"));
    assert_eq!(answer.status(), 200, "{answer:?}");
    assert_eq!(answer.contacts().len(), 10, "{answer:?}");
    let length: usize = answer.header("Content-Length").parse().expect("a length");
    assert_eq!(length, answer.body.len());
}
