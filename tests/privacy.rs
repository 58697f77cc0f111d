//! What the log must not hold at any level: what was dialled, PINs, passwords, secret addresses. The box runs at trace.

#[allow(dead_code, reason = "the wire tests need more of it")]
#[path = "support/client.rs"]
mod client;
#[allow(dead_code, reason = "the tests of the command line need more of it")]
#[path = "support/running_box.rs"]
mod running_box;

use std::time::Duration;

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
