//! A login moves the calls, and nothing that was acknowledged is lost by a kill.

use std::time::Duration;

use perch::media::Prompt;

use crate::client::{Phone, talk_together};
use crate::house::{House, PIN};
use crate::voices::Talk;

/// Logs in at a desk phone by code, PIN and hash in RFC 4733.
fn logs_in(phone: Phone, number: &str) -> Phone {
    let mut talk = Talk::dial(phone, &format!("*77*{number}*"));
    talk.hears(Prompt::EnterPin);
    talk.presses(&format!("{PIN}#"));
    talk.hears(Prompt::LoggedIn);
    talk.phone.is_hung_up();
    talk.phone
}

/// Promises: C12, P2, P12, B1, B11.
#[test]
fn a_login_moves_the_calls_and_survives_a_kill() {
    let mut house = House::open();
    let (account, number) = house.desk();
    let mut desk = Phone::udp(house.real.sip, account);
    desk.register();
    let mut other = house.registered();

    let mut desk = {
        // Nobody has logged in: the extension has no phone.
        let draft = other.invite_draft(&number);
        let invite = other.invite(draft);
        assert_eq!(other.final_of(&invite).status(), 480);
        logs_in(desk, &number)
    };
    talk_together(&mut other, &mut desk, &number);
    shows_the_user(&mut desk, &mut other, &number);
    let calls = house.real.count("calls");
    assert!(calls >= 2, "{}", house.real.api("calls"));
    assert_eq!(house.real.count("logins"), 1);

    house.real.kill_and_restart();
    // No REGISTER: the binding was kept.
    talk_together(&mut other, &mut desk, &number);
    assert_eq!(house.real.count("logins"), 1);
    assert!(house.real.count("calls") > calls, "{}", house.real.api("calls"));

    logs_out(desk, &number, &mut other);
    assert_eq!(house.real.count("logins"), 0);
}

/// A call from the desk shows who is logged in there (B1).
fn shows_the_user(desk: &mut Phone, other: &mut Phone, number: &str) {
    let draft = desk.draft("INVITE", &desk.at_box(&other.account.number));
    let draft = draft.sdp(crate::client::voice_sdp(desk.local.port(), "sendrecv"));
    let invite = desk.invite(draft);
    let arrived = other.expect("INVITE");
    assert!(arrived.header("From").contains(&format!("sip:{number}@")), "{arrived:?}");
    assert!(arrived.header("From").contains(&format!("User {number}")), "{arrived:?}");
    other.reply(&arrived, 486);
    desk.final_of(&invite);
}

fn logs_out(desk: Phone, number: &str, other: &mut Phone) {
    let mut talk = Talk::dial(desk, "*400");
    talk.hears(Prompt::LoggedOut);
    talk.phone.is_hung_up();
    let draft = other.invite_draft(number);
    let invite = other.invite(draft);
    assert_eq!(other.final_of(&invite).status(), 480);
    assert!(!talk.phone.has_seen(|message| message.method() == "INVITE"));
}

/// Promises: C5, B9.
#[test]
fn each_refusal_has_a_voice_of_its_own() {
    let house = House::open();
    let (account, number) = house.desk();
    let mut phone = Phone::udp(house.real.sip, account);
    phone.register();

    let mut talk = Talk::dial(phone, &number);
    talk.hears(Prompt::EnterPin);
    talk.presses("9999#");
    talk.hears(Prompt::WrongPin);
    talk.presses("9998#");
    talk.presses("9997#");
    // The third wrong PIN closes the extension and the desk (B9).
    talk.hears(Prompt::Locked);
    talk.phone.is_hung_up();

    let refused = |phone: Phone, dialled: &str, prompt: Prompt| {
        let mut talk = Talk::dial(phone, dialled);
        talk.hears(prompt);
        talk.phone.is_hung_up();
        talk.phone
    };
    let phone = refused(talk.phone, "*77*8765*", Prompt::UnknownExtension);
    let phone = refused(phone, "*77*2000*", Prompt::NotAllowed);
    let phone = refused(phone, "*400", Prompt::NotLoggedIn);
    refused(phone, &number, Prompt::Locked);
    assert_eq!(house.real.count("logins"), 0);
}

/// Promises: K5, B1.
#[test]
fn a_second_login_takes_the_first_desk_its_calls_at_once() {
    let house = House::open();
    let ((first, number), (second, _)) = (house.desk(), house.desk());
    let [first, second] = [first, second].map(|account| {
        let mut phone = Phone::udp(house.real.sip, account);
        phone.register();
        phone
    });
    let mut first = logs_in(first, &number);
    let mut second = logs_in(second, &number);
    let mut other = house.registered();
    talk_together(&mut other, &mut second, &number);
    assert!(!first.has_seen(|message| message.method() == "INVITE"));
    assert!(first.find(Duration::ZERO, |message| message.method() == "INVITE").is_none());
    assert_eq!(house.real.count("logins"), 1);
}
