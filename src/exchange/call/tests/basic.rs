//! Calls between two phones: made, refused, cancelled, ended.

use super::harness::{Office, header};
use super::talking;
use crate::exchange::call::{Calls, Settings};
use crate::model::CallKind;

#[test]
fn sip_p02_a_call_to_nobody_is_refused_at_once() {
    let mut office = Office::ringing(&[]);
    office.invites("lab", "100");
    office.saw(
        "lab -> box INVITE [lab-1]
         * ended: NotAnswered
         box -> lab 480",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn sip_p05_a_basic_call_passes_end_to_end() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.replies("kitchen", 200);
    office.acks("lab");
    office.sends("lab", "BYE");
    office.replies("kitchen", 200);
    office.saw(
        "lab -> box INVITE [lab-1]
         box -> kitchen INVITE [lab-1]
         kitchen -> box 180
         box -> lab 180
         kitchen -> box 200 [kitchen-1]
         * answered by kitchen
         box -> lab 200 [kitchen-1]
         lab -> box ACK
         box -> kitchen ACK
         lab -> box BYE
         * ended: Answered
         * lab is free
         box -> lab 200 BYE
         box -> kitchen BYE
         kitchen -> box 200 BYE
         * kitchen is free",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn sip_p06_the_callee_hangs_up() {
    let mut office = talking(&["kitchen"]);
    office.sends("kitchen", "BYE");
    office.replies("lab", 200);
    office.saw(
        "kitchen -> box BYE
         * ended: Answered
         * kitchen is free
         box -> kitchen 200 BYE
         box -> lab BYE
         lab -> box 200 BYE
         * lab is free",
    );
}

#[test]
fn sip_p04_a_slow_callee_leaves_the_caller_with_100_trying() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.after(200);
    office.saw("lab -> box INVITE [lab-1]\n box -> kitchen INVITE [lab-1]\n box -> lab 100");
}

#[test]
fn sip_p13_the_caller_cancels_while_it_rings() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.cancels("lab");
    office.replies_with("kitchen", "CANCEL", 200, "", None);
    office.replies_with("kitchen", "INVITE", 487, "", None);
    office.saw(
        "lab -> box CANCEL
         * ended: Cancelled
         * lab is free
         box -> lab 200 CANCEL
         box -> lab 487
         box -> kitchen CANCEL
         kitchen -> box 200 CANCEL
         kitchen -> box 487
         * kitchen is free
         box -> kitchen ACK",
    );
    let via = |start| header(&office.last("kitchen", start), "Via");
    assert_eq!(via("CANCEL"), via("INVITE"));
    assert!(office.calls.is_empty());
}

#[test]
fn sip_p14_a_cancel_for_nothing_is_answered_481() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office
        .phones
        .get_mut("lab")
        .and_then(|lab| lab.talk.as_mut())
        .expect("a talk")
        .invite
        .1
        .insert("SIP/2.0/UDP 10.0.0.11:5062;branch=z9hG4bK".len(), 'x');
    office.skip();
    office.cancels("lab");
    office.saw("lab -> box CANCEL\n box -> lab 481 CANCEL");
}

#[test]
fn sip_p15_a_busy_phone_is_told_to_the_caller_and_gets_its_ack() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.skip();
    office.replies("kitchen", 486);
    office.saw(
        "kitchen -> box 486
         * ended: Busy
         * lab is free
         * kitchen is free
         box -> kitchen ACK
         box -> lab 486",
    );
    let answer = office.last("lab", "SIP/2.0 486");
    assert!(header(&answer, "To").is_some_and(|to| to.contains(";tag=")));
    assert_eq!(header(&answer, "Contact"), None);
}

#[test]
fn sip_p16_a_redirection_is_passed_on_with_its_contact() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.skip();
    office.replies_with("kitchen", "", 302, "Contact: <sip:102@office>;q=0.5\r\n", None);
    let answer = office.last("lab", "SIP/2.0 302");
    assert!(answer.contains("Contact: <sip:102@office>;q=0.5\r\n"), "{answer}");
}

#[test]
fn sip_p20_a_repeated_invite_gets_the_last_answer_again_and_calls_nobody_twice() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    for _ in 0..3 {
        office.repeats_its_invite("lab");
    }
    let one = "lab -> box INVITE [lab-1]\n box -> lab 180 again\n";
    office.saw(&one.repeat(3));
}

#[test]
fn sip_p21_a_2xx_is_repeated_until_the_late_ack_which_then_reaches_the_callee() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 200);
    office.skip();
    office.after(300);
    office.replies("kitchen", 200);
    office.after(700);
    office.replies("kitchen", 200);
    office.acks("lab");
    office.replies("kitchen", 200);
    office.after(3_000);
    office.saw(
        "kitchen -> box 200 [kitchen-1]
         box -> lab 200 [kitchen-1] again
         kitchen -> box 200 [kitchen-1]
         lab -> box ACK
         box -> kitchen ACK
         kitchen -> box 200 [kitchen-1]
         box -> kitchen ACK",
    );
}

#[test]
fn sip_p22_a_repeated_invite_after_the_2xx_is_absorbed() {
    let mut office = talking(&["kitchen"]);
    office.repeats_its_invite("lab");
    office.saw("lab -> box INVITE [lab-1]");
}

#[test]
fn sip_p24_a_bye_for_a_dialog_nobody_knows_is_answered_481() {
    let mut office = talking(&["kitchen"]);
    let talk = office.phones.get_mut("lab").and_then(|lab| lab.talk.as_mut()).expect("a talk");
    talk.remote.push('0');
    office.sends("lab", "BYE");
    office.saw("lab -> box BYE\n box -> lab 481 BYE");
}

#[test]
fn sip_p40_a_dead_phone_is_told_to_the_caller_within_35_seconds() {
    let mut office = Office::ringing(&["kitchen"]);
    office.dead.insert("kitchen");
    office.invites("lab", "100");
    office.after(35_000);
    let ladder = office.look();
    assert_eq!(ladder.last().map(String::as_str), Some("box -> lab 480"), "{ladder:?}");
    assert!(ladder.contains(&"* ended: NotAnswered".to_owned()));
    office.after(40_000);
    assert!(office.calls.is_empty());
}

#[test]
fn nobody_picks_up_for_three_minutes() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.after(179_000);
    office.skip();
    office.quietly_after(1_000);
    office.saw(
        "* ended: NotAnswered
         * lab is free
         box -> kitchen CANCEL
         box -> lab 480",
    );
}

#[test]
fn a_call_over_tcp_is_answered_on_its_connection_and_says_so_in_its_contact() {
    let mut office = Office::ringing(&["kitchen"]);
    office
        .plan
        .insert("200".into(), super::harness::Plan::Ring(vec![vec!["wire"]], super::Exhausted::Answer));
    office.invites("lab", "200");
    office.replies("wire", 200);
    office.acks("lab");
    let contact = |name, start| header(&office.last(name, start), "Contact").expect("a contact");
    assert_eq!(contact("wire", "INVITE"), "<sip:perch@10.0.0.1:5060;transport=tcp>");
    assert_eq!(contact("lab", "SIP/2.0 200"), "<sip:perch@10.0.0.1:5060>");
}

#[test]
fn the_box_hangs_up_on_both() {
    let mut office = talking(&["kitchen"]);
    office.calls.hang_up_all(office.now());
    office.drain();
    office.replies("lab", 200);
    office.replies("kitchen", 200);
    office.saw(
        "* ended: Answered
         box -> kitchen BYE
         box -> lab BYE
         lab -> box 200 BYE
         * lab is free
         kitchen -> box 200 BYE
         * kitchen is free",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn the_box_hangs_up_on_a_call_that_rings() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.calls.hang_up_all(office.now());
    office.drain();
    office.saw(
        "* ended: NotAnswered
         * lab is free
         box -> lab 480
         box -> kitchen CANCEL",
    );
}

#[test]
fn b8_when_all_places_are_taken_a_call_for_help_finds_one() {
    let mut office = Office::ringing(&["kitchen"]);
    let few = Settings { calls: 2, calls_for_help: 1, ..Settings::default() };
    office.calls = Calls::new(few, 0, [7; 32]);
    office.invites("lab", "100");
    office.invites("attic", "100");
    office.invites("desk", "100");
    assert_eq!(office.ladder.last().map(String::as_str), Some("box -> desk 503"));
    office.kind = CallKind::Emergency;
    office.invites("desk", "100");
    assert_eq!(office.ladder.last().map(String::as_str), Some("box -> kitchen INVITE [desk-1]"));
    office.invites("guard", "100");
    assert_eq!(office.ladder.last().map(String::as_str), Some("box -> guard 503"));
}

#[test]
fn no_phone_takes_all_the_places() {
    let mut office = Office::ringing(&["kitchen"]);
    office.calls = Calls::new(Settings { calls_of_one: 2, ..Settings::default() }, 0, [7; 32]);
    for _ in 0..3 {
        office.invites("lab", "100");
    }
    assert_eq!(office.ladder.last().map(String::as_str), Some("box -> lab 503"));
    office.invites("attic", "100");
    assert_eq!(office.ladder.last().map(String::as_str), Some("box -> kitchen INVITE [attic-1]"));
}
