//! Inside a call: hold, reliable provisional answers, transfers, keys, texts.

use super::harness::{Office, header};
use super::talking;

/// One side holds, and resumes; the other answers.
fn holds(office: &mut Office, who: &'static str, other: &'static str) {
    for session in ["hold", "resume"] {
        office.sends_with(who, "INVITE", "", Some(session));
        office.replies_with(other, "", 200, "", Some("answer"));
        office.acks(who);
        office.saw(&format!(
            "{who} -> box INVITE [{session}]
             box -> {other} INVITE [{session}]
             {other} -> box 200 [answer]
             box -> {who} 200 [answer]
             {who} -> box ACK
             box -> {other} ACK"
        ));
    }
}

#[test]
fn sip_p23_hold_and_resume_pass_from_both_sides() {
    let mut office = talking(&["kitchen"]);
    holds(&mut office, "lab", "kitchen");
    holds(&mut office, "kitchen", "lab");
}

#[test]
fn a_hold_that_is_refused_leaves_the_call_up() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.replies("kitchen", 488);
    office.skip();
    office.sends("lab", "OPTIONS");
    office.replies("kitchen", 200);
    office.saw(
        "lab -> box OPTIONS
         box -> kitchen OPTIONS
         kitchen -> box 200 OPTIONS
         box -> lab 200 OPTIONS",
    );
}

#[test]
fn a_hold_that_gets_no_answer_is_a_timeout_for_who_asked() {
    let mut office = talking(&["kitchen"]);
    office.dead.insert("kitchen");
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.after(33_000);
    assert_eq!(office.look().last().map(String::as_str), Some("box -> lab 408"));
}

#[test]
fn a_hold_can_be_cancelled() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.replies("kitchen", 180);
    office.skip();
    office.cancels("lab");
    office.replies_with("kitchen", "INVITE", 487, "", None);
    office.saw(
        "lab -> box CANCEL
         box -> lab 200 CANCEL
         box -> kitchen CANCEL
         kitchen -> box 487
         box -> kitchen ACK
         box -> lab 487",
    );
    assert_eq!(office.calls.len(), 1);
}

#[test]
fn a_new_contact_counts_once_it_is_accepted() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "UPDATE", "", Some("moved"));
    office.replies_with("kitchen", "", 200, "", Some("answer"));
    office.sends("kitchen", "BYE");
    assert!(office.last("lab", "BYE").starts_with("BYE sip:me@10.0.0.11:5062;line=y SIP/2.0"));
}

#[test]
fn sip_p25_an_offer_in_the_2xx_is_answered_in_the_ack() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites_with("lab", "100", "", None);
    office.replies("kitchen", 200);
    office.acks_with("lab", Some("lab-answer"));
    office.saw(
        "lab -> box INVITE
         box -> kitchen INVITE
         kitchen -> box 200 [kitchen-1]
         * answered by kitchen
         box -> lab 200 [kitchen-1]
         lab -> box ACK [lab-answer]
         box -> kitchen ACK [lab-answer]",
    );
}

#[test]
fn sip_p27_a_reliable_provisional_answer_and_its_prack_pass_with_their_numbers() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites_with("lab", "100", "Supported: 100rel\r\n", Some("lab-1"));
    office.replies_with("kitchen", "", 183, "Require: 100rel\r\nRSeq: 4711\r\n", Some("early"));
    let answer = office.last("lab", "SIP/2.0 183");
    assert_eq!(header(&answer, "RSeq").as_deref(), Some("4711"));
    assert_eq!(header(&answer, "Require").as_deref(), Some("100rel"));
    office.skip();
    office.sends_with("lab", "PRACK", "RAck: 4711 7 INVITE\r\n", None);
    assert_eq!(header(&office.last("kitchen", "PRACK"), "RAck").as_deref(), Some("4711 1 INVITE"));
    office.replies("kitchen", 200);
    office.replies_with("kitchen", "INVITE", 200, "", None);
    office.saw(
        "lab -> box PRACK
         box -> kitchen PRACK
         kitchen -> box 200 PRACK
         box -> lab 200 PRACK
         kitchen -> box 200
         * answered by kitchen
         box -> lab 200",
    );
}

#[test]
fn a_prack_for_nothing_is_refused() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.sends_with("lab", "PRACK", "RAck: 4711 8 INVITE\r\n", None);
    office.saw("lab -> box PRACK\n box -> lab 481 PRACK");
}

#[test]
fn sip_p29_a_transfer_passes_and_its_progress_comes_back() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "REFER", "Refer-To: <sip:102@office>\r\n", None);
    assert_eq!(header(&office.last("kitchen", "REFER"), "Refer-To").as_deref(), Some("<sip:102@office>"));
    office.replies("kitchen", 202);
    let sipfrag =
        "Event: refer\r\nSubscription-State: active;expires=60\r\nContent-Type: message/sipfrag\r\n";
    office.sends_with("kitchen", "NOTIFY", sipfrag, Some("SIP/2.0 100 Trying\r\n"));
    let notify = office.last("lab", "NOTIFY");
    assert!(notify.ends_with("SIP/2.0 100 Trying\r\n"), "{notify}");
    assert_eq!(header(&notify, "Event").as_deref(), Some("refer"));
    office.replies("lab", 200);
    office.saw(
        "lab -> box REFER
         box -> kitchen REFER
         kitchen -> box 202 REFER
         box -> lab 202 REFER
         kitchen -> box NOTIFY
         box -> lab NOTIFY
         lab -> box 200 NOTIFY
         box -> kitchen 200 NOTIFY",
    );
}

#[test]
fn sip_p38_p39_what_is_said_inside_a_call_passes_with_its_answer() {
    let mut office = talking(&["kitchen"]);
    for (method, status) in [("INFO", 415), ("MESSAGE", 200), ("UPDATE", 200), ("OPTIONS", 200), ("FOO", 501)]
    {
        office.sends_with("kitchen", method, "Content-Type: text/plain\r\n", Some("hello\r\n"));
        assert!(office.last("lab", method).ends_with("hello\r\n"));
        office.replies_with("lab", method, status, "Accept: application/x\r\n", None);
        office.saw(&format!(
            "kitchen -> box {method}
             box -> lab {method}
             lab -> box {status} {method}
             box -> kitchen {status} {method}"
        ));
    }
    assert_eq!(header(&office.last("kitchen", "SIP/2.0 415"), "Accept").as_deref(), Some("application/x"));
}

#[test]
fn an_old_number_is_refused_and_no_hop_left_too() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INFO", "Max-Forwards: 0\r\n", None);
    office.phones.get_mut("lab").and_then(|lab| lab.talk.as_mut()).expect("a talk").cseq = 2;
    office.sends("lab", "INFO");
    office.saw("lab -> box INFO\n box -> lab 483 INFO\n lab -> box INFO\n box -> lab 500 INFO");
}

#[test]
fn two_phones_that_lost_their_power_are_noticed() {
    let mut office = talking(&["kitchen"]);
    office.dead.extend(["lab", "kitchen"]);
    office.after(16 * 60_000);
    let ladder = office.look();
    assert!(ladder.contains(&"* ended: Answered".to_owned()), "{ladder:?}");
    office.after(2 * 60_000);
    assert!(office.calls.is_empty());
}

#[test]
fn a_phone_that_knows_nothing_of_the_call_any_more_ends_it() {
    let mut office = talking(&["kitchen"]);
    office.after(15 * 60_000);
    office.replies("lab", 405);
    office.skip();
    office.replies("kitchen", 481);
    office.saw(
        "kitchen -> box 481 OPTIONS
         * ended: Answered
         box -> kitchen BYE
         box -> lab BYE",
    );
}

#[test]
fn a_phone_that_cannot_answer_options_keeps_its_call() {
    let mut office = talking(&["kitchen"]);
    office.dead.insert("kitchen");
    office.after(15 * 60_000);
    office.replies("lab", 501);
    office.after(60_000);
    assert_eq!(office.calls.len(), 1);
}

#[test]
fn too_many_questions_at_once_are_put_off() {
    let mut office = talking(&["kitchen"]);
    for _ in 0..16 {
        office.sends("lab", "INFO");
    }
    office.skip();
    office.sends("lab", "INFO");
    office.saw("lab -> box INFO\n box -> lab 500 INFO");
    assert_eq!(header(&office.last("lab", "SIP/2.0 500"), "Retry-After").as_deref(), Some("2"));
}
