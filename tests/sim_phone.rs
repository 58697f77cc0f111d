//! The simulated phone by itself: what stories and benches build on must be sound.

#[path = "support/phone.rs"]
mod phone;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use perch::media::{Agreement, Codec, MediaEvent, PlayId, Sending, Session, SessionConfig};
use perch::media::{Language, Prompt, PromptLibrary};
use perch::sip::outgoing::Outgoing;
use perch::sip::{Flow, Message, Method, Request, Response};
use phone::config::Account;
use phone::{CallState, DigestTaste, Ending, KeysBy, Kind, OldAccount, Output, Quirks, SimPhone};

/// A phone set up by hand and a peer that does as the test says.
struct Desk {
    phone: SimPhone,
    now: Instant,
}

const BOX: &str = "10.0.0.1:5060";

impl Desk {
    fn with(kind: Kind, quirks: Quirks) -> Self {
        let phone = SimPhone::new(kind, "00:04:13:aa:bb:cc", IpAddr::from([10, 0, 0, 7]), quirks, 1);
        Self { phone, now: Instant::now() }
    }

    fn registered() -> Self {
        let mut desk = Self::with(Kind::ByHand, Quirks::default());
        desk.phone.types_account(Account {
            number: 1,
            label: "102".into(),
            display_name: "Lobby".into(),
            user: "102".into(),
            auth_name: "102".into(),
            password: "a long one".into(),
            domain: "office.perch.local".into(),
            proxy: ("10.0.0.1".into(), 5060),
            register_every: 600,
            tcp: false,
        });
        desk.phone.power_on(desk.now);
        let register = desk.next_message();
        desk.answers(&register, 200, |answer| {
            answer.with("Contact", "<sip:102@10.0.0.7:5060;ob>;expires=600").with("Date", "x")
        });
        assert_eq!(desk.phone.registered_as(), ["102"]);
        desk
    }

    fn next(&mut self) -> Output {
        self.phone.poll_output().expect("the phone does something")
    }

    fn next_message(&mut self) -> Vec<u8> {
        match self.next() {
            Output::Send { bytes, .. } => bytes,
            other => panic!("no message but {other:?}"),
        }
    }

    fn flow(&self) -> Flow {
        Flow::udp(address(BOX), address("10.0.0.7:5060"))
    }

    fn answers(&mut self, request: &[u8], status: u16, more: impl Fn(Response) -> Response) {
        let message = Message::parse(request).expect("what the phone sends can be read");
        let answer = more(Response::answering(&message, &self.flow(), status, Some("box")));
        self.phone.handle_datagram(&answer.to_bytes(), address(BOX), self.now);
    }

    fn asks(&mut self, request: &Request) {
        self.phone.handle_datagram(&request.to_bytes(), address(BOX), self.now);
    }

    /// In a call with a voice, sound agreed.
    fn in_call() -> Self {
        let mut desk = Self::registered();
        desk.phone.dials("*77*100*", desk.now);
        let invite = desk.next_message();
        assert_eq!(phone::in_words(&invite), "INVITE *77*100*");
        let sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
                   m=audio 16384 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
                   a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";
        desk.answers(&invite, 200, |answer| {
            answer.with("Contact", "<sip:perch@10.0.0.1:5060>").with_body("application/sdp", sdp)
        });
        assert_eq!(phone::in_words(&desk.next_message()), "ACK");
        assert_eq!(desk.phone.call_state(), Some(CallState::Up));
        desk
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address of the test's own")
}

fn session(telephone_event: Option<u8>, now: Instant) -> Session {
    let codec = Codec::Pcma;
    let agreed = Agreement { codec, payload_type: 8, telephone_event, sending: Sending::On };
    let config = SessionConfig { agreed, ssrc: 1, first_sequence: 65_530, first_timestamp: u32::MAX - 300 };
    Session::new(config, now)
}

#[test]
fn a_new_phone_calls_for_a_provisioner() {
    let mut desk = Desk::with(Kind::D785, Quirks::default());
    desk.phone.power_on(desk.now);
    let Output::Send { to, bytes } = desk.next() else { panic!("nothing sent") };
    assert_eq!(to, phone::MULTICAST);
    let text = String::from_utf8(bytes).expect("text");
    assert!(text.starts_with("SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0\r\n"), "{text}");
}

#[test]
fn a_yealink_asks_for_its_files_in_the_makers_order() {
    let mut desk = Desk::with(Kind::T46U, Quirks::default());
    desk.phone.types_url("http://10.0.0.1:8080/p/");
    desk.phone.power_on(desk.now);
    desk.now += Duration::from_secs(3);
    desk.phone.handle_timeout(desk.now);
    let mut asked = Vec::new();
    while let Some(output) = desk.phone.poll_output() {
        let Output::Get { url, user_agent } = output else { continue };
        assert_eq!(user_agent, "Yealink SIP-T46U 108.86.0.20 00:04:13:aa:bb:cc");
        asked.push(url.rsplit('/').next().unwrap_or_default().to_owned());
        desk.phone.handle_http(&url, 404, b"", desk.now);
    }
    assert_eq!(asked, ["000413aabbcc.boot", "y000000000000.boot", "y000000000108.cfg", "000413aabbcc.cfg"]);
}

/// The phone gets a file with a key for its own hot-desk function, and registers by it.
fn registers_with_hotdesk_key(desk: &mut Desk) {
    let file = "#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.user_name = hotdesk-000413aabbcc\n\
         account.1.auth_name = d1-1\naccount.1.password = a long one\n\
         account.1.sip_server.1.address = office.perch.local\naccount.1.outbound_proxy.1.address = 10.0.0.1\n\
         account.1.sip_server.1.expires = 500\nlinekey.2.type = 34\nhotdesking.dsskey_password_enable = 1\n\
         hotdesking.dsskey_sip_server_enable = 0\nsip.notify_reboot_enable = 0\n";
    let mut messages = Vec::new();
    while let Some(output) = desk.phone.poll_output() {
        match output {
            Output::Get { url, .. } => {
                let is_own = url.ends_with("aabbcc.cfg");
                let (status, body) = if is_own { (200, file.as_bytes()) } else { (404, &b""[..]) };
                desk.phone.handle_http(&url, status, body, desk.now);
            }
            Output::Send { bytes, .. } => messages.push(bytes),
            Output::Sound { .. } => panic!("there is no call"),
        }
    }
    let [register] = &messages[..] else { panic!("not one message but {}", messages.len()) };
    assert_eq!(phone::in_words(register), "REGISTER hotdesk-000413aabbcc");
    desk.answers(register, 200, |answer| {
        answer.with("Contact", "<sip:hotdesk-000413aabbcc@10.0.0.7:5060>;expires=500").with("Date", "x")
    });
}

#[test]
fn a_phones_own_hot_desk_function_clears_the_account_asks_and_registers_and_the_same_key_leaves() {
    let mut desk = Desk::with(Kind::T46U, Quirks { old_account: OldAccount::Forgets, ..Quirks::default() });
    desk.phone.types_url("http://10.0.0.1:8080/p/");
    desk.phone.never_announces();
    desk.phone.power_on(desk.now);
    desk.phone.handle_timeout(desk.now);
    registers_with_hotdesk_key(&mut desk);

    desk.phone.presses_hotdesk_key(desk.now);
    assert_eq!(phone::in_words(&desk.next_message()), "REGISTER hotdesk-000413aabbcc off");
    assert!(desk.phone.config().expect("it has files").accounts().is_empty(), "the form comes first");
    desk.phone.fills_hotdesk_form("100", "4071", desk.now);
    let register = desk.next_message();
    assert_eq!(phone::in_words(&register), "REGISTER 100");
    desk.answers(&register, 401, |answer| {
        answer.with(
            "WWW-Authenticate",
            "Digest realm=\"office.perch.local\", nonce=\"1\", algorithm=MD5, qop=\"auth\"",
        )
    });
    let proved = String::from_utf8(desk.next_message()).expect("text");
    assert!(proved.contains("Digest username=\"100\""), "{proved}");
    desk.answers(proved.as_bytes(), 200, |answer| {
        answer.with("Contact", "<sip:100@10.0.0.7:5060>;expires=500").with("Date", "x")
    });
    assert_eq!(desk.phone.registered_as(), ["100"]);

    desk.phone.presses_hotdesk_key(desk.now);
    assert_eq!(phone::in_words(&desk.next_message()), "REGISTER 100 off");
    assert_eq!(desk.phone.registered_as(), [""; 0]);
    assert_eq!(desk.phone.complaints(), [""; 0]);
}

#[test]
fn a_phone_answers_the_challenge_of_its_taste() {
    for (taste, algorithm) in [(DigestTaste::Strongest, "SHA-256"), (DigestTaste::Md5, "MD5")] {
        let mut desk = Desk::registered();
        desk.phone.quirks_mut().digest = taste;
        desk.phone.dials("100", desk.now);
        let invite = desk.next_message();
        desk.answers(&invite, 401, |answer| {
            let challenge =
                |algorithm| format!("Digest realm=\"r\", nonce=\"n\", algorithm={algorithm}, qop=\"auth\"");
            answer.with("WWW-Authenticate", challenge("SHA-256")).with("WWW-Authenticate", challenge("MD5"))
        });
        assert_eq!(phone::in_words(&desk.next_message()), "ACK");
        let again = String::from_utf8(desk.next_message()).expect("text");
        assert!(again.contains(&format!("algorithm={algorithm},")), "{again}");
        assert!(again.contains("CSeq: 2 INVITE"), "{again}");
        desk.answers(again.as_bytes(), 401, |answer| {
            answer
                .with("WWW-Authenticate", "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"")
        });
        assert_eq!(desk.phone.ending(), Some(Ending::Refused(401)), "a wrong password is not tried for ever");
    }
}

#[test]
fn keys_are_understood_by_the_media_room_whichever_way_they_go() {
    for (by, telephone_event) in [(KeysBy::Rfc4733, Some(101)), (KeysBy::Inband, None)] {
        let mut desk = Desk::in_call();
        let mut session = session(telephone_event, desk.now);
        desk.phone.keys("4071#", by, desk.now);
        for _ in 0..100 {
            while let Some(output) = desk.phone.poll_output() {
                let Output::Sound { to, bytes } = output else { continue };
                assert_eq!(to, address("10.0.0.1:16384"));
                session.handle_packet(&bytes, desk.now).expect("RTP");
            }
            desk.now += Duration::from_millis(20);
            desk.phone.handle_timeout(desk.now);
        }
        let digits: String = std::iter::from_fn(|| session.poll_event())
            .filter_map(|event| match event {
                MediaEvent::Digit { digit, .. } => Some(digit),
                _ => None,
            })
            .collect();
        assert_eq!(digits, "4071#", "{by:?}");
    }
}

#[test]
fn keys_by_info_go_one_after_the_other() {
    let mut desk = Desk::in_call();
    desk.phone.keys("40", KeysBy::Info, desk.now);
    for key in ["4", "0"] {
        let info = desk.next_message();
        let text = String::from_utf8_lossy(&info).into_owned();
        assert!(text.ends_with(&format!("Signal={key}\r\nDuration=160\r\n")), "{text}");
        assert_eq!(desk.phone.poll_output(), None);
        desk.answers(&info, 200, |answer| answer);
    }
}

#[test]
fn every_prompt_is_recognised_in_every_language_even_with_losses() {
    let library = PromptLibrary::new();
    for (language, prompt) in
        Language::ALL.iter().flat_map(|one| Prompt::ALL.iter().map(move |two| (*one, *two)))
    {
        let mut desk = Desk::in_call();
        let mut session = session(Some(101), desk.now);
        session.play(library.audio(language, prompt), PlayId(1));
        let mut number = 0;
        while session.is_playing() {
            while let Some(packet) = session.handle_tick(desk.now) {
                number += 1;
                if number % 7 != 0 {
                    desk.phone.handle_sound(&packet, address("10.0.0.1:16384"), desk.now);
                }
            }
            desk.now += Duration::from_millis(20);
        }
        let heard = desk.phone.heard();
        assert_eq!(heard.len(), 1, "{language:?} {prompt:?}: {heard:?}");
        assert_eq!((heard[0].language, heard[0].prompt, heard[0].to_the_end), (language, prompt, true));
        assert_eq!(desk.phone.complaints(), [""; 0]);
    }
}

/// A message of the box, right in every way.
fn options() -> Request {
    Request::new(Method::Options, "sip:102@10.0.0.7:5060;ob")
        .with("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK77;rport")
        .with("Max-Forwards", "70")
        .with("From", "<sip:perch@10.0.0.1>;tag=1")
        .with("To", "<sip:102@10.0.0.7:5060;ob>")
        .with("Call-ID", "a")
        .with("CSeq", "1 OPTIONS")
}

#[test]
fn the_inspector_lets_a_right_message_pass() {
    let mut desk = Desk::registered();
    desk.asks(&options());
    assert_eq!(phone::in_words(&desk.next_message()), "200 OPTIONS");
    assert_eq!(desk.phone.complaints(), [""; 0]);
}

#[test]
fn the_inspector_sees_what_a_tolerant_reader_forgives() {
    type Spoiler = fn(String) -> String;
    let spoilers: [(&str, Spoiler); 7] = [
        ("Max-Forwards", |text| text.replace("Max-Forwards: 70\r\n", "")),
        ("CSeq", |text| text.replace("1 OPTIONS", "1 INVITE")),
        ("Content-Length", |text| text.replace("Content-Length: 0", "Content-Length: 3")),
        ("bare line feed", |text| text.replace("70\r\n", "70\n")),
        ("without a tag", |text| text.replace(";tag=1", "")),
        ("branch of RFC 3261", |text| text.replace("z9hG4bK77", "77")),
        ("Call-ID headers", |text| text.replace("Call-ID: a\r\n", "Call-ID: a\r\nCall-ID: b\r\n")),
    ];
    for (what, spoil) in spoilers {
        let mut desk = Desk::registered();
        let text = spoil(String::from_utf8(options().to_bytes()).expect("text"));
        desk.phone.handle_datagram(text.as_bytes(), address(BOX), desk.now);
        let complaints = desk.phone.complaints();
        assert!(complaints.iter().any(|complaint| complaint.contains(what)), "{what}: {complaints:?}");
    }
}

#[test]
fn the_inspector_sees_a_wrong_answer() {
    for (what, from, to) in [
        ("To went out", ";tag=box", ""),
        ("rport was asked", ";received=10.0.0.7", ""),
        ("repeat From", ";tag=", ";tag=x"),
    ] {
        let mut desk = Desk::registered();
        desk.phone.dials("100", desk.now);
        let invite = desk.next_message();
        let message = Message::parse(&invite).expect("a message");
        let answer = Response::answering(&message, &desk.flow(), 486, Some("box"));
        let text = String::from_utf8(answer.to_bytes()).expect("text").replacen(from, to, 1);
        desk.phone.handle_datagram(text.as_bytes(), address(BOX), desk.now);
        let complaints = desk.phone.complaints();
        let found = complaints.iter().any(|complaint| complaint.contains(what));
        assert!(found || what == "To went out" && complaints.len() == 1, "{what}: {complaints:?}");
    }
}
