//! What must not show: in the log at any level what was dialled, PINs, passwords, secret addresses; of PINs no trace anywhere.
//! The box runs at trace.

#[allow(dead_code, reason = "the wire tests need more of it")]
#[path = "support/client.rs"]
mod client;
#[allow(dead_code, reason = "the tests of the command line need more of it")]
#[path = "support/running_box.rs"]
mod running_box;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use client::voice::Voice;
use client::{Account, Phone, connect};
use running_box::{Addresses, RunningBox};

/// Digits that stand nowhere else: not in a port, not in a time.
const PIN: &str = "4079172";
const DIALLED: &str = "5550142998";

const OFFICE: &str = r#"
[office]
name = "Rossi & Figli"
country = "IT"
language = "en"
timezone = "Europe/Rome"
[[extension]]
number = "100"
name = "Ada Lovelace"
hotdesk = true
pin = "4079172"
[[extension]]
number = "101"
name = "Reception"
[[extension]]
number = "102"
name = "Lobby"
[[device]]
name = "Desk"
model = "generic"
hotdesk = true
sip_user = "desk"
sip_password = "desk-password-kept"
[[device]]
name = "Reception"
model = "generic"
extension = "101"
sip_user = "reception"
sip_password = "reception-password-kept"
[[device]]
name = "Lobby"
model = "generic"
extension = "102"
sip_user = "lobby"
sip_password = "lobby-password-kept"
"#;

fn phone(running: &RunningBox, number: &str, user: &str) -> Phone {
    let password = format!("{user}-password-kept");
    let mut phone =
        Phone::udp(running.at.sip, Account { number: number.into(), user: user.into(), password });
    phone.register();
    phone
}

/// Promises: B10.
#[test]
fn a_log_at_trace_tells_the_messages_and_holds_no_digit_that_was_dialled() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let office = dir.path().join("office.toml");
    std::fs::write(&office, OFFICE).expect("written");
    let running = RunningBox::with(&dir.path().join("box"), Addresses::free(), |command| {
        command.args(["--log", "trace"]);
    });
    let applied = running.told(&["apply", "--yes", &office.to_string_lossy()]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let token = running.told(&["token"]).out;
    let code = running.told(&["token", "--setup"]).out;
    let secret_path = format!("/p/{}/805ec0112233.cfg", "0123456789abcdef".repeat(2));
    running.page(&secret_path).expect("it answers");
    running.api("/api/v1/calls?limit=7", token.trim());

    let [mut desk, mut reception, mut lobby] = [("desk", "desk"), ("101", "reception"), ("102", "lobby")]
        .map(|(number, user)| phone(&running, number, user));
    let (mut calling, _) = connect(&mut reception, &mut lobby);
    reception.hang_up(&mut calling);
    for number in [DIALLED, &format!("*77*100*{PIN}"), PIN] {
        for caller in [&mut desk, &mut reception] {
            let draft = caller.invite_draft(number);
            caller.invite(draft);
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    std::thread::sleep(Duration::from_millis(500));

    let log = running.log();
    for told in
        ["received", "sent", "REGISTER", "INVITE", "200", "Authorization", "answered", "a call has ended"]
    {
        assert!(log.contains(told), "{told}: {log}");
    }
    let secrets = ["password-kept", token.trim(), code.trim(), "0123456789abcdef0123456789abcdef", "limit=7"];
    for secret in secrets.into_iter().chain([PIN, DIALLED, "nonce", "Lovelace"]) {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret}: {lines:#?}");
    }
}

/// A PIN of ten random digits that no rule refuses.
fn random_pin() -> String {
    let number = RandomState::new().hash_one("pin") % 9_000_000_000 + 1_000_000_000;
    number.to_string()
}

/// The office of a run, with these PINs: of ada, of her hot-desk entry, of eve.
fn office_with([ada, entry, eve]: [&str; 3]) -> String {
    OFFICE.replace("pin = \"4079172\"", &format!("pin = \"{ada}\"\nhotdesk_pin = \"{entry}\""))
        + &format!("[[extension]]\nnumber = \"104\"\nname = \"Eve\"\nhotdesk = true\npin = \"{eve}\"\n")
}

/// Dials for the voice and keys what it asks for.
fn dials_and_keys(phone: &mut Phone, dialled: &str, entries: &[&str]) {
    let mut voice = Voice::new();
    let draft = phone.draft("INVITE", &phone.at_box(dialled)).sdp(voice.sdp("sendrecv"));
    let invite = phone.invite(draft);
    let ok = phone.final_of(&invite);
    assert_eq!(ok.status(), 200, "{ok:?}");
    let mut dialog = phone.acknowledge(&invite, &ok, None);
    let there = SocketAddr::new(phone.server.ip(), ok.audio_port());
    for entry in entries {
        voice.listen(Duration::from_millis(700), |_| false);
        voice.press(there, &format!("{entry}#"));
    }
    voice.listen(Duration::from_millis(1500), |_| false);
    phone.hang_up(&mut dialog);
}

/// Everything the event stream says until the box is gone.
fn stream_of_events(at: SocketAddr, token: String) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(at).expect("the page listens");
        let ask =
            format!("GET /api/v1/events HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(ask.as_bytes()).expect("asked");
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        heard
    })
}

fn every_file_in(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            every_file_in(&path, into);
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
        }
    }
}

/// A log without the moments its lines begin with, which are full of digits.
fn without_moments(log: &str) -> String {
    log.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
}

/// The digits that stand alone in a log, in order: what keys logged one by one would look like.
fn lone_digits(log: &str) -> String {
    let words = log.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.len() == 1 && word.as_bytes()[0].is_ascii_digit()).collect()
}

/// A day with PINs keyed, dialled and sent; everything the box then shows or holds, and where a stretch of a PIN stands in it.
fn stretches_found(pins: [&str; 5]) -> BTreeSet<String> {
    let [ada, entry, eve, wrong, other] = pins;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let office = dir.path().join("office.toml");
    std::fs::write(&office, office_with([ada, entry, eve])).expect("written");
    let running = RunningBox::with(&dir.path().join("box"), Addresses::free(), |command| {
        command.args(["--log", "trace"]);
    });
    let applied = running.told(&["apply", "--yes", &office.to_string_lossy()]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let token = running.told(&["token"]).out.trim().to_owned();
    let events = stream_of_events(running.at.http, token.clone());

    let mut desk = phone(&running, "desk", "desk");
    dials_and_keys(&mut desk, "100", &[wrong, entry]);
    dials_and_keys(&mut desk, "*12", &[]);
    dials_and_keys(&mut desk, "*072", &["104", other, "104", eve]);
    dials_and_keys(&mut desk, "*073", &["104", eve]);
    for number in [ada, entry, &format!("*77*100*{entry}"), &format!("100{eve}"), &format!("*400{other}")] {
        let draft = desk.invite_draft(number);
        desk.invite(draft);
        std::thread::sleep(Duration::from_millis(300));
    }
    for pin in [wrong, entry] {
        let body = format!("{{\"extension\": \"100\", \"pin\": \"{pin}\"}}");
        let asked = ureq::post(format!("http://{}/api/v1/devices/d1/login", running.at.http))
            .config()
            .http_status_as_error(false)
            .build()
            .header("Authorization", format!("Bearer {token}"))
            .content_type("application/json")
            .send(body);
        asked.expect("the box answers");
    }
    std::thread::sleep(Duration::from_millis(800));

    let mut shown = vec![("the log".to_owned(), without_moments(&running.log()).into_bytes())];
    shown.push(("keys in the log".to_owned(), lone_digits(&without_moments(&running.log())).into_bytes()));
    for arguments in [&["export"][..], &["audit", "--json"], &["audit", "--csv"]] {
        shown.push((arguments.join(" "), running.told(arguments).out.into_bytes()));
    }
    for path in [
        "status",
        "devices",
        "extensions",
        "logins",
        "calls",
        "calls.csv",
        "audit",
        "lockouts",
        "office",
        "plan",
    ] {
        let (status, body) = running.api(&format!("/api/v1/{path}"), &token);
        assert_eq!(status, 200, "{path}: {body}");
        shown.push((path.to_owned(), body.into_bytes()));
    }
    assert!(running.api("/api/v1/audit", &token).1.contains("wrong-pin"), "the PINs were looked at");
    every_file_in(&running.folder, &mut shown);
    let (status, _) = running.ends_by(nix::sys::signal::Signal::SIGTERM);
    assert!(status.success());
    let heard = events.join().expect("the listener ends with the box");
    assert!(heard.windows(12).any(|window| window == b"login-refused".get(..12).expect("twelve letters")));
    shown.push(("events".to_owned(), heard));

    let stretches: Vec<&[u8]> = pins.iter().flat_map(|pin| pin.as_bytes().windows(5)).collect();
    let holds = |text: &[u8]| text.windows(5).any(|window| stretches.contains(&window));
    shown.into_iter().filter(|(_, text)| holds(text)).map(|(place, _)| place).collect()
}

/// No five digits of a PIN in a row, in no log, file, export, record, event, and not digit by digit either. Five digits may
/// stand somewhere by chance; not twice in the same place, with other PINs.
#[test]
fn b10_no_stretch_of_a_pin_shows_anywhere() {
    let pins: Vec<String> = std::iter::repeat_with(random_pin).take(10).collect();
    let run = |some: &[String]| {
        let [a, b, c, d, e] = some else { panic!("five PINs") };
        stretches_found([a, b, c, d, e])
    };
    let first = run(&pins[..5]);
    if !first.is_empty() {
        let again: Vec<_> = run(&pins[5..]).intersection(&first).cloned().collect();
        assert!(again.is_empty(), "stretches of PINs stand in {again:?}");
    }
}
