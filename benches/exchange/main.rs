//! What the exchange alone needs for a registration, without sockets: `cargo bench --bench exchange [-- CASE [ROUNDS]]`.
//!
//! A thousand phones set up by hand register in turn, each with a new challenge (REGISTER, 401, REGISTER, 200), by MD5, by
//! SHA-256, and once more with the nonce they have (one REGISTER, 200). Each case is put in relation to an OPTIONS, the
//! cheapest request there is, measured in the same run. Under `valgrind --tool=callgrind` the same program counts
//! instructions; then name one case, so that nothing else is counted.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use perch::exchange::{ChallengeForm, Exchange, Input, ModelFacts, Output, Settings};
use perch::model::{
    AccountName, AccountPurpose, AuthName, Credential, Device, DeviceAdmission, DeviceId, DeviceMode,
    Extension, ExtensionNumber, Generation, ModelName, Now, Office, Secret, Snapshot,
};
use perch::sip::digest::{Algorithm, Answer, Challenge};
use perch::sip::flow::Flow;
use perch::sip::message::Message;

const PHONES: u16 = 1000;
const BOX: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1)), 5060);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Options,
    Md5,
    Sha256,
    Reused,
}

const CASES: [(Case, &str); 4] =
    [(Case::Options, "options"), (Case::Md5, "md5"), (Case::Sha256, "sha256"), (Case::Reused, "reused")];

struct Bench {
    exchange: Exchange,
    now: Now,
    serial: u32,
    /// The last challenge each phone has got by each algorithm, and how often it has used it.
    challenges: BTreeMap<u16, (Challenge, u32)>,
    spent: Duration,
}

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let wanted = words.next();
    let rounds: u32 = words.next().and_then(|word| word.parse().ok()).unwrap_or(20);
    let mut bench = Bench::new();
    let mut base = None;
    for (case, name) in CASES {
        if wanted.as_deref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        bench.round(case);
        bench.spent = Duration::ZERO;
        for _ in 0..rounds {
            bench.round(case);
        }
        let each = bench.spent.as_nanos() as f64 / f64::from(rounds) / f64::from(PHONES);
        let base = *base.get_or_insert(each);
        println!(
            "{name:8} {each:8.0} ns   {:5.2} times {}",
            each / base,
            wanted.as_deref().unwrap_or("options")
        );
    }
}

impl Bench {
    fn new() -> Self {
        let mut office = Office::default();
        for index in 0..PHONES {
            let number: ExtensionNumber = number(index).parse().expect("a number");
            let account = AccountName::owned(&number);
            let credential = Credential {
                generation: Generation(1),
                auth_name: AuthName::by_hand(&account),
                account,
                purpose: AccountPurpose::Owned(number.clone()),
                password: Secret::new(format!("password of {number}")),
            };
            let id = DeviceId(u32::from(index) + 1);
            office.devices.insert(id, device(id, &number, credential));
            let name = format!("Phone {number}");
            let extension = Extension::new(number, name);
            office.extensions.insert(extension.number.clone(), extension);
        }
        let settings = Settings {
            lan: None,
            sip_address: BOX.ip(),
            main_address: BOX.ip(),
            sip_port: BOX.port(),
            web_port: 8080,
            facts: |_| ModelFacts { refresh: None, has_hotdesk_key: false },
            challenge: |_| ChallengeForm::Md5First,
        };
        let mono = Instant::now();
        let now = Now { mono, wall: Timestamp::from_second(1_795_000_000).ok() };
        let snapshot = Snapshot { office, ..Snapshot::default() };
        let mut exchange = Exchange::new(settings, snapshot, [7; 32], now);
        while exchange.poll_output().is_some() {}
        Self { exchange, now, serial: 0, challenges: BTreeMap::new(), spent: Duration::ZERO }
    }

    /// Every phone once.
    fn round(&mut self, case: Case) {
        // Old transactions end, as they would in a busy day.
        self.now.mono += Duration::from_secs(40);
        self.exchange.handle_timeout(self.now);
        while self.exchange.poll_output().is_some() {}
        for index in 0..PHONES {
            match case {
                Case::Options => {
                    self.serial += 1;
                    let request = self.request("OPTIONS", index, "");
                    self.ask(index, &request);
                }
                Case::Md5 => self.registers(index, Algorithm::Md5),
                Case::Sha256 => self.registers(index, Algorithm::Sha256),
                Case::Reused => self.refreshes(index),
            }
        }
    }

    fn registers(&mut self, index: u16, algorithm: Algorithm) {
        self.serial += 1;
        let request = self.request("REGISTER", index, "");
        let answer = self.ask(index, &request);
        let answer = Message::parse(&answer).expect("an answer");
        assert_eq!(answer.status(), Some(401));
        let challenge = answer
            .headers("WWW-Authenticate")
            .filter_map(Challenge::parse)
            .find(|challenge| challenge.algorithm == algorithm)
            .expect("a challenge");
        self.proves(index, challenge, 1);
    }

    fn refreshes(&mut self, index: u16) {
        match self.challenges.get(&index).cloned() {
            Some((challenge, count)) if count < 12 => self.proves(index, challenge, count + 1),
            _ => self.registers(index, Algorithm::Md5),
        }
    }

    fn proves(&mut self, index: u16, challenge: Challenge, count: u32) {
        self.serial += 1;
        let value = challenge.answer(&Answer {
            username: &number(index),
            password: &format!("password of {}", number(index)),
            method: "REGISTER",
            uri: "sip:127.0.0.1",
            body: &[],
            cnonce: "0a4f113b",
            count,
        });
        let request = self.request("REGISTER", index, &format!("Authorization: {value}\r\n"));
        let answer = self.ask(index, &request);
        assert!(answer.starts_with(b"SIP/2.0 200"), "{}", String::from_utf8_lossy(&answer));
        self.challenges.insert(index, (challenge, count));
    }

    /// One request to its answer; only this is counted.
    fn ask(&mut self, index: u16, request: &str) -> Bytes {
        let flow = Flow::udp(BOX, phone(index));
        let mut answer = None;
        let began = Instant::now();
        self.exchange.handle(Input::Message { flow, bytes: request.as_bytes() }, self.now);
        let _ = self.exchange.poll_timeout();
        while let Some(output) = self.exchange.poll_output() {
            if let Output::Transmit { bytes, .. } = output {
                answer = Some(bytes);
            }
        }
        self.spent += began.elapsed();
        answer.expect("every request is answered")
    }

    fn request(&self, method: &str, index: u16, authorization: &str) -> String {
        let (number, phone, serial) = (number(index), phone(index), self.serial);
        format!(
            "{method} sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {phone};branch=z9hG4bK-{serial}-{index};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Phone {number}\" <sip:{number}@127.0.0.1>;tag=f{number}\r\n\
             To: \"Phone {number}\" <sip:{number}@127.0.0.1>\r\nCall-ID: a84b4c76e66710-{number}@phone\r\n\
             CSeq: {serial} {method}\r\n{authorization}Contact: <sip:{number}@{phone}>\r\nExpires: 3600\r\n\
             Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER, INFO\r\nUser-Agent: Bench 1.0\r\n\
             Content-Length: 0\r\n\r\n"
        )
    }
}

fn device(id: DeviceId, number: &ExtensionNumber, credential: Credential) -> Device {
    Device {
        name: format!("Phone-{number}").parse().ok(),
        mode: DeviceMode::Owned(number.clone()),
        admission: DeviceAdmission::Accepted,
        credentials: vec![credential],
        ..Device::new(id, None, ModelName::generic())
    }
}

fn number(index: u16) -> String {
    (2000 + u32::from(index)).to_string()
}

fn phone(index: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 20_000 + index)
}
