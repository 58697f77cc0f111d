//! Races: what crosses on the wire.

use super::harness::{Office, Plan};
use super::{Exhausted, talking};

#[test]
fn a_200_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.cancels("lab");
    office.replies_with("kitchen", "INVITE", 200, "", Some("kitchen-1"));
    office.replies_with("kitchen", "BYE", 200, "", None);
    office.saw(
        "lab -> box CANCEL
         * ended: Cancelled
         * lab is free
         box -> lab 200 CANCEL
         box -> lab 487
         box -> kitchen CANCEL
         kitchen -> box 200 [kitchen-1]
         box -> kitchen ACK
         box -> kitchen BYE
         kitchen -> box 200 BYE
         * kitchen is free",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn a_cancel_that_crosses_the_200_changes_nothing() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 200);
    office.skip();
    office.cancels("lab");
    office.acks("lab");
    office.sends("lab", "BYE");
    office.saw(
        "lab -> box CANCEL
         box -> lab 200 CANCEL
         lab -> box ACK
         box -> kitchen ACK
         lab -> box BYE
         * ended: Answered
         * lab is free
         box -> lab 200 BYE
         box -> kitchen BYE",
    );
}

#[test]
fn two_phones_answer_at_once_and_the_second_is_let_go() {
    let mut office = Office::ringing(&["kitchen", "desk"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.replies("desk", 180);
    office.skip();
    office.replies("kitchen", 200);
    office.replies("desk", 200);
    office.acks("lab");
    office.replies_with("desk", "BYE", 200, "", None);
    office.replies_with("desk", "INVITE", 200, "", Some("desk-1"));
    office.saw(
        "kitchen -> box 200 [kitchen-1]
         * answered by kitchen
         box -> lab 200 [kitchen-1]
         box -> desk CANCEL
         desk -> box 200 [desk-1]
         box -> desk ACK
         box -> desk BYE
         lab -> box ACK
         box -> kitchen ACK
         desk -> box 200 BYE
         * desk is free
         desk -> box 200 [desk-1]
         box -> desk ACK",
    );
}

#[test]
fn one_phone_answers_twice_behind_a_forking_proxy_and_the_second_is_let_go() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 200);
    office.skip();
    office.replies_as("kitchen", "other", "INVITE", 200, "", Some("other"));
    office.saw(
        "kitchen -> box 200 [other]
         box -> kitchen ACK
         box -> kitchen BYE",
    );
    assert_eq!(office.calls.len(), 1);
}

#[test]
fn a_bye_that_overtakes_the_ack_ends_both_legs_in_order() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 200);
    office.skip();
    office.sends("lab", "BYE");
    office.acks("lab");
    office.replies("kitchen", 200);
    office.after(5_000);
    office.saw(
        "lab -> box BYE
         * ended: Answered
         * lab is free
         box -> lab 200 BYE
         box -> kitchen ACK
         box -> kitchen BYE
         lab -> box ACK
         kitchen -> box 200 BYE
         * kitchen is free",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn a_callee_that_hangs_up_before_the_ack_lets_the_caller_go_after_it() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 200);
    office.skip();
    office.sends("kitchen", "BYE");
    office.saw(
        "kitchen -> box BYE
         * ended: Answered
         * kitchen is free
         box -> kitchen 200 BYE
         box -> kitchen ACK",
    );
    office.acks("lab");
    office.replies("lab", 200);
    office.saw(
        "lab -> box ACK
         box -> lab BYE
         lab -> box 200 BYE
         * lab is free",
    );
}

#[test]
fn byes_that_cross_are_both_answered() {
    let mut office = talking(&["kitchen"]);
    office.sends("lab", "BYE");
    office.sends("kitchen", "BYE");
    office.replies_with("kitchen", "BYE", 481, "", None);
    office.saw(
        "lab -> box BYE
         * ended: Answered
         * lab is free
         box -> lab 200 BYE
         box -> kitchen BYE
         kitchen -> box BYE
         * kitchen is free
         box -> kitchen 200 BYE
         kitchen -> box 481 BYE",
    );
}

#[test]
fn reinvites_that_cross_are_both_put_off() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.sends_with("kitchen", "INVITE", "", Some("hold"));
    office.saw(
        "lab -> box INVITE [hold]
         box -> kitchen INVITE [hold]
         kitchen -> box INVITE [hold]
         box -> kitchen 491",
    );
    office.replies_with("kitchen", "INVITE", 491, "", None);
    office.saw(
        "kitchen -> box 491
         box -> kitchen ACK
         box -> lab 491",
    );
    office.sends_with("kitchen", "INVITE", "", Some("hold"));
    assert!(office.look().contains(&"box -> lab INVITE [hold]".to_owned()));
}

#[test]
fn a_second_reinvite_before_the_first_is_answered_is_put_off() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.skip();
    office.sends_with("lab", "INVITE", "", Some("other"));
    office.saw("lab -> box INVITE [other]\n box -> lab 500");
}

#[test]
fn the_ack_of_a_reinvite_comes_late_and_its_200_is_repeated() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.replies_with("kitchen", "", 200, "", Some("answer"));
    office.skip();
    office.after(1_600);
    office.acks("lab");
    office.replies_with("kitchen", "INVITE", 200, "", Some("answer"));
    office.saw(
        "box -> lab 200 [answer] again
         box -> lab 200 [answer] again
         lab -> box ACK
         box -> kitchen ACK
         kitchen -> box 200 [answer]
         box -> kitchen ACK",
    );
}

#[test]
fn a_caller_that_never_acknowledges_is_let_go_with_the_callee() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 200);
    office.after(31_000);
    office.skip();
    office.quietly_after(2_000);
    office.replies("lab", 200);
    office.replies("kitchen", 200);
    office.saw(
        "* ended: Answered
         box -> kitchen ACK
         box -> kitchen BYE
         box -> lab BYE
         lab -> box 200 BYE
         * lab is free
         kitchen -> box 200 BYE
         * kitchen is free",
    );
}

#[test]
fn a_hang_up_during_a_hold_answers_the_hold_first() {
    let mut office = talking(&["kitchen"]);
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.skip();
    office.sends("kitchen", "BYE");
    office.replies_with("kitchen", "INVITE", 200, "", Some("answer"));
    office.saw(
        "kitchen -> box BYE
         * ended: Answered
         * kitchen is free
         box -> kitchen 200 BYE
         box -> lab 487
         box -> lab BYE
         kitchen -> box 200 [answer]
         box -> kitchen ACK",
    );
}

#[test]
fn a_phone_that_answers_after_the_caller_has_left_and_was_silent_before_is_let_go() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.cancels("lab");
    office.skip();
    office.replies_with("kitchen", "INVITE", 200, "", Some("kitchen-1"));
    office.replies_with("kitchen", "BYE", 200, "", None);
    office.saw(
        "kitchen -> box 200 [kitchen-1]
         box -> kitchen ACK
         box -> kitchen BYE
         kitchen -> box 200 BYE
         * kitchen is free",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn a_caller_that_hangs_up_with_bye_while_it_rings_is_cancelled() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.sends("lab", "BYE");
    office.saw(
        "lab -> box BYE
         * ended: Cancelled
         * lab is free
         box -> lab 200 BYE
         box -> lab 487
         box -> kitchen CANCEL",
    );
}

#[test]
fn a_caller_whose_stream_breaks_while_it_rings_has_left() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("wire", "100");
    office.replies("kitchen", 180);
    office.skip();
    office.layer.handle_flow_closed(super::harness::flow_of("wire"), office.now);
    office.drain();
    office.saw(
        "* ended: Cancelled
         * wire is free
         box -> kitchen CANCEL",
    );
}

#[test]
fn the_same_phone_calls_and_is_called() {
    let mut office = Office::ringing(&["kitchen"]);
    office.plan.insert("200".into(), Plan::Ring(vec![vec!["lab"]], Exhausted::Answer));
    office.invites("lab", "100");
    office.replies("kitchen", 486);
    assert!(!office.calls.is_in_call(super::harness::device_of("lab")));
    office.invites("lab", "100");
    office.invites("desk", "200");
    office.skip();
    office.replies_with("lab", "INVITE", 486, "", None);
    let ladder = office.look();
    assert!(!ladder.contains(&"* lab is free".to_owned()), "lab still calls: {ladder:?}");
    assert!(office.calls.is_in_call(super::harness::device_of("lab")));
}
