//! A01 to A08: digest.

use perch::sip::digest::{Algorithm, Challenge};

use crate::client::{Draft, Message, Phone, fresh};
use crate::house::{Case, House};

#[test]
fn digest_is_asked_for_and_checked_as_the_lines_a01_to_a08_say() {
    House::open().try_all(CASES);
}

const CASES: &[Case] = &[
    ("A01", "SHA-256 is offered before MD5, and the other way round to phones set up by hand", a01),
    ("A02", "parameters in any order, with and without quotes", a02),
    ("A03", "an answer in the form of RFC 2069", a03),
    ("A04", "credentials of a REGISTER do for no INVITE", a04),
    ("A05", "broken credentials do no harm", a05),
    ("A06", "a name in the wrong case is another name", a06),
    ("A07", "who exists cannot be found out", a07),
    ("A08", "SHA-256 is accepted", a08),
];

fn register(phone: &mut Phone) -> (Draft, Message) {
    let draft = phone.register_draft().with("Contact", phone.contact()).with("Expires", "300");
    let answer = phone.ask(draft.clone());
    assert_eq!(answer.status(), 401, "{answer:?}");
    (draft, answer)
}

fn algorithms(answer: &Message) -> Vec<Algorithm> {
    let challenges =
        answer.values("WWW-Authenticate").map(|value| Challenge::parse(value).expect("a challenge"));
    challenges.map(|challenge| challenge.algorithm).collect()
}

fn a01(house: &House) {
    let mut phone = house.phone();
    phone.agent = "sipp".to_owned();
    assert_eq!(algorithms(&register(&mut phone).1), [Algorithm::Md5, Algorithm::Sha256]);
    for agent in ["Yealink SIP-T46U 108.86.0.20", "snomD785/10.1.159.12"] {
        phone.agent = agent.to_owned();
        assert_eq!(algorithms(&register(&mut phone).1), [Algorithm::Sha256, Algorithm::Md5], "{agent}");
    }
}

/// The credentials as a list of name and value.
fn parts(credentials: &str) -> Vec<(String, String)> {
    let list = credentials.strip_prefix("Digest ").expect("Digest").split(", ");
    let part = |part: &str| part.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    list.filter_map(part).collect()
}

fn a02(house: &House) {
    let mut phone = house.phone();
    let (draft, asked) = register(&mut phone);
    let mut parts = parts(phone.proving(&draft, &asked).header("Authorization"));
    parts.reverse();
    for (name, value) in &mut parts {
        if matches!(name.as_str(), "qop" | "algorithm") {
            *value = format!("\"{}\"", value.trim_matches('"'));
        }
    }
    let odd: Vec<_> = parts.iter().map(|(name, value)| format!("{name} =  {value}")).collect();
    let odd = format!("digest   {}", odd.join("  ,\t"));
    let again = phone.again(&draft).with("Authorization", odd);
    assert_eq!(phone.ask(again).status(), 200);

    let (draft, asked) = register(&mut phone);
    let bare = phone.proving(&draft, &asked).header("Authorization").replace("qop=\"auth\"", "qop=auth");
    let again = phone.again(&draft).with("Authorization", bare);
    assert_eq!(phone.ask(again).status(), 200);
}

fn a03(house: &House) {
    let mut phone = house.phone();
    let (draft, mut asked) = register(&mut phone);
    for (_, value) in &mut asked.headers {
        *value = value.replace(", qop=\"auth\"", "");
    }
    let old = phone.proving(&draft, &asked);
    assert!(!old.header("Authorization").contains("qop"));
    let answer = phone.ask(old);
    assert!(matches!(answer.status(), 200 | 401), "{answer:?}");
}

fn a04(house: &House) {
    let (mut phone, mut callee) = (house.registered(), house.registered());
    let (draft, asked) = register(&mut phone);
    let stolen = phone.proving(&draft, &asked).header("Authorization").to_owned();
    let invite = phone.invite_draft(&callee.account.number).with("Authorization", stolen);
    let answer = phone.ask(invite);
    assert!(matches!(answer.status(), 401 | 403 | 407), "{answer:?}");
    assert!(!callee.has_seen(|message| message.method() == "INVITE"));
}

fn a05(house: &House) {
    let mut phone = house.phone();
    let (_, asked) = register(&mut phone);
    let nonce =
        asked.header("WWW-Authenticate").split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
    let nonce = nonce.expect("a nonce").to_owned();
    let long = "u".repeat(4096);
    let broken = [
        String::new(),
        "Digest".to_owned(),
        "Digest ,,,,=,=\"".to_owned(),
        format!("Digest username=\"2000\", realm=\"office.perch.local\", nonce=\"{nonce}\", uri=\"sip:x\""),
        "Bearer abcdef".to_owned(),
        format!(
            "Digest username=\"{long}\", realm=\"office.perch.local\", nonce=\"{nonce}\", uri=\"sip:x\", response=\"00\""
        ),
        format!(
            "Digest username=\"2000, realm=\"office.perch.local, nonce=\"{nonce}\", uri=\"sip:x\", response=\"00"
        ),
        "Digest username=\"\\".to_owned(),
    ];
    for credentials in broken {
        let draft = phone.register_draft().with("Contact", phone.contact());
        let answer = phone.ask(draft.with("Authorization", credentials.clone()));
        assert!(matches!(answer.status(), 400 | 401 | 403), "{credentials}: {answer:?}");
    }
    // Right but for the URI, of which there is none.
    let (draft, asked) = register(&mut phone);
    let challenge = asked.values("WWW-Authenticate").find_map(Challenge::parse).expect("a challenge");
    let nameless = Draft { start: "REGISTER  SIP/2.0".to_owned(), ..draft.clone() };
    let credentials = phone.credentials(&challenge, &nameless, 1);
    let again = phone.again(&draft).with("Authorization", credentials);
    assert_eq!(phone.ask(again).status(), 401);
    phone.register();
}

fn a06(house: &House) {
    let mut phone = Phone::udp(house.real.sip, house.pair()[1].clone());
    let right = phone.account.user.clone();
    for wrong in [right.to_uppercase(), "nobody-at-all".to_owned()] {
        phone.account.user = wrong;
        let contact = phone.contact();
        let answer = phone.register_as(&[&contact], Some("300"));
        assert!(matches!(answer.status(), 401 | 403), "{answer:?}");
    }
}

fn a07(house: &House) {
    let (mut real, mut unreal) = (house.phone(), house.phone());
    unreal.account.user = "8123".to_owned();
    unreal.account.number = "8123".to_owned();
    real.account.password = "wrong".to_owned();
    let shape = |phone: &mut Phone, method: &str| {
        let draft = match method {
            "REGISTER" => phone.register_draft().with("Contact", "<sip:x@127.0.0.1:9>"),
            _ => phone.invite_draft("2001").set("Call-ID", fresh("shape")),
        };
        let first = phone.ask(draft.clone());
        let second = phone.proving(&draft, &first);
        let second = phone.ask(second);
        [first, second].map(|answer| {
            let names: Vec<_> =
                answer.headers.iter().map(|(name, value)| (name.clone(), value.len())).collect();
            let stale = answer.header("WWW-Authenticate").contains("stale");
            (
                answer.start.clone(),
                stale,
                names.into_iter().filter(|(name, _)| name == "WWW-Authenticate").collect::<Vec<_>>(),
                answer.headers.len(),
            )
        })
    };
    for method in ["REGISTER", "INVITE"] {
        assert_eq!(shape(&mut real, method), shape(&mut unreal, method), "{method}");
    }
}

fn a08(house: &House) {
    let mut phone = house.phone();
    phone.agent = "Yealink SIP-T46U 108.86.0.20".to_owned();
    let (draft, asked) = register(&mut phone);
    let proving = phone.proving(&draft, &asked);
    assert!(proving.header("Authorization").contains("algorithm=SHA-256"));
    assert_eq!(phone.ask(proving).status(), 200);
}
