//! Calls that ring at several phones.

use std::time::Duration;

use super::harness::{Office, Plan, header};
use super::{Exhausted, Opening};

#[test]
fn sip_p17_two_phones_ring_and_one_answers() {
    let mut office = Office::ringing(&["kitchen", "desk"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.replies("desk", 180);
    office.replies("desk", 200);
    office.acks("lab");
    office.replies_with("kitchen", "CANCEL", 200, "", None);
    office.replies_with("kitchen", "INVITE", 487, "", None);
    office.saw(
        "lab -> box INVITE [lab-1]
         box -> kitchen INVITE [lab-1]
         box -> desk INVITE [lab-1]
         kitchen -> box 180
         box -> lab 180
         desk -> box 180
         box -> lab 180
         desk -> box 200 [desk-1]
         * answered by desk
         box -> lab 200 [desk-1]
         box -> kitchen CANCEL
         lab -> box ACK
         box -> desk ACK
         kitchen -> box 200 CANCEL
         kitchen -> box 487
         * kitchen is free
         box -> kitchen ACK",
    );
    let reason = header(&office.last("kitchen", "CANCEL"), "Reason");
    assert_eq!(reason.as_deref(), Some("SIP;cause=200;text=\"Call completed elsewhere\""));
}

#[test]
fn each_ringing_phone_has_an_early_dialog_of_its_own_and_the_2xx_has_that_of_the_one_that_answered() {
    let mut office = Office::ringing(&["kitchen", "desk"]);
    office.invites("lab", "100");
    office.replies_with("kitchen", "", 183, "", Some("kitchen-early"));
    let kitchen = header(&office.last("lab", "SIP/2.0 183"), "To").expect("a To");
    office.replies_with("desk", "", 183, "", Some("desk-early"));
    let desk = header(&office.last("lab", "SIP/2.0 183"), "To").expect("a To");
    assert_ne!(kitchen, desk);
    office.replies("kitchen", 200);
    assert_eq!(header(&office.last("lab", "SIP/2.0 200"), "To"), Some(kitchen));
}

#[test]
fn sip_p18_busy_at_one_phone_is_not_told_while_the_other_rings() {
    let mut office = Office::ringing(&["kitchen", "desk"]);
    office.invites("lab", "100");
    office.replies("kitchen", 486);
    office.replies("desk", 180);
    office.skip();
    office.replies("desk", 200);
    office.saw("desk -> box 200 [desk-1]\n * answered by desk\n box -> lab 200 [desk-1]");
}

#[test]
fn sip_p19_of_busy_and_not_found_the_caller_is_told_busy_once() {
    for first in [404, 480, 486] {
        let second = if first == 486 { 404 } else { 486 };
        let mut office = Office::ringing(&["kitchen", "desk"]);
        office.invites("lab", "100");
        office.replies("kitchen", first);
        office.replies("desk", second);
        let finals: Vec<String> =
            office.look().into_iter().filter(|line| line.starts_with("box -> lab 4")).collect();
        assert_eq!(finals, ["box -> lab 486"]);
    }
}

#[test]
fn b5_the_older_way_to_a_device_rings_only_when_the_newer_leads_nowhere() {
    let mut office = Office::new();
    office.plan.insert("100".into(), Plan::Ways(vec!["kitchen", "attic"]));
    office.invites("lab", "100");
    office.skip();
    office.replies("kitchen", 404);
    office.replies("attic", 200);
    office.saw(
        "kitchen -> box 404
         box -> kitchen ACK
         box -> attic INVITE [lab-1]
         attic -> box 200 [attic-1]
         * answered by kitchen
         box -> lab 200 [attic-1]",
    );
}

#[test]
fn b5_a_silent_way_is_left_after_four_seconds() {
    let mut office = Office::new();
    office.plan.insert("100".into(), Plan::Ways(vec!["kitchen", "attic"]));
    office.dead.insert("kitchen");
    office.invites("lab", "100");
    office.after(4_000);
    assert!(office.look().contains(&"box -> attic INVITE [lab-1]".to_owned()));
    office.replies("attic", 200);
    office.acks("lab");
    office.sends("lab", "BYE");
    office.replies("attic", 200);
    office.after(40_000);
    assert!(office.calls.is_empty());
}

#[test]
fn b8_an_emergency_call_goes_to_the_guard_when_the_trunk_is_dead() {
    let mut office = Office::new();
    let attempts = vec![vec!["attic"], vec!["guard"]];
    office.plan.insert("112".into(), Plan::Ring(attempts, Exhausted::Announce));
    office.dead.insert("attic");
    office.invites("lab", "112");
    office.after(4_000);
    assert!(office.look().contains(&"box -> guard INVITE [lab-1]".to_owned()));
    office.replies("guard", 480);
    office.saw("guard -> box 480\n * exhausted 480\n * guard is free\n box -> guard ACK");
    let call = office.started[0];
    office.calls.announce(call, Opening::Early, office.now());
    office.drain();
    office.calls.voice_opened(call, "10.0.0.1:16384".parse().expect("an address"), office.now());
    office.drain();
    office.calls.end_voice(call, super::EndVoice::Refuse(503), office.now());
    office.drain();
    office.saw(
        "* open voice at 10.0.0.1
         * voice confirmed: PCMA 8 events 101 10.0.0.99:4000 sendrecv
         box -> lab 183 [-]
         * voice ended
         * ended: Failed
         * lab is free
         box -> lab 503",
    );
}

#[test]
fn k2_a_call_nobody_answers_in_time_goes_on_to_others() {
    let mut office = Office::new();
    let after = Some(Duration::from_secs(8));
    office.plan.insert("100".into(), Plan::Ring(vec![vec!["kitchen"]], Exhausted::GoOn { after }));
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.quietly_after(7_900);
    office.skip();
    office.quietly_after(200);
    office.saw("* exhausted 480, it rang\n box -> kitchen CANCEL");
    office.rings_on("desk");
    office.replies_with("kitchen", "INVITE", 487, "", None);
    office.replies("desk", 486);
    office.saw(
        "box -> desk INVITE [lab-1]
         kitchen -> box 487
         * kitchen is free
         box -> kitchen ACK
         desk -> box 486
         * exhausted 486
         * desk is free
         box -> desk ACK",
    );
    office.calls.give_verdict(office.started[0], office.now());
    office.drain();
    office.saw("* ended: Busy\n * lab is free\n box -> lab 486");
}

/// The phone that was given up and answers all the same has the call, as long as nobody else does.
#[test]
fn k2_a_phone_that_answers_while_its_call_goes_on_has_it() {
    let mut office = Office::new();
    let after = Some(Duration::from_secs(8));
    office.plan.insert("100".into(), Plan::Ring(vec![vec!["kitchen"]], Exhausted::GoOn { after }));
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.quietly_after(8_100);
    office.rings_on("desk");
    office.replies("desk", 180);
    office.skip();
    office.replies("kitchen", 200);
    office.saw(
        "kitchen -> box 200 [kitchen-1]
         * answered by kitchen
         box -> lab 200 [kitchen-1]
         box -> desk CANCEL",
    );
}

#[test]
fn a_call_nobody_takes_is_refused_when_no_announcement_is_made() {
    let mut office = Office::new();
    office.plan.insert("112".into(), Plan::Ring(Vec::new(), Exhausted::Announce));
    office.invites("lab", "112");
    office.saw("lab -> box INVITE [lab-1]\n * exhausted 480");
    office.after(5_000);
    office.saw("box -> lab 100\n * ended: NotAnswered\n * lab is free\n box -> lab 480");

    office.invites("desk", "112");
    office.calls.refuse(office.started[1], 503, office.now());
    office.drain();
    assert_eq!(header(&office.last("desk", "SIP/2.0 503"), "Retry-After"), Some("5".to_owned()));
}

#[test]
fn a_decline_silences_the_other_phones_and_is_told() {
    let mut office = Office::ringing(&["kitchen", "desk"]);
    office.invites("lab", "100");
    office.replies("desk", 180);
    office.skip();
    office.replies("kitchen", 603);
    office.saw(
        "kitchen -> box 603
         * ended: Busy
         * lab is free
         * kitchen is free
         box -> kitchen ACK
         box -> desk CANCEL
         box -> lab 603",
    );
}

#[test]
fn a_phone_whose_first_answers_have_no_tag_keeps_one_early_dialog() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies_as("kitchen", "", "", 180, "", None);
    let early = header(&office.last("lab", "SIP/2.0 180"), "To");
    office.replies("kitchen", 200);
    assert_eq!(header(&office.last("lab", "SIP/2.0 200"), "To"), early);
}

#[test]
fn what_one_phone_answers_has_one_tag_to_the_end() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies("kitchen", 180);
    office.replies("kitchen", 486);
    let tag_in = |status: &str| header(&office.last("lab", status), "To").expect("a To");
    assert_eq!(tag_in("SIP/2.0 180"), tag_in("SIP/2.0 486"));
}

#[test]
fn a_bye_on_one_of_two_early_dialogs_ends_that_one_alone() {
    let mut office = Office::ringing(&["kitchen", "desk"]);
    office.invites("lab", "100");
    office.replies_with("kitchen", "", 183, "", Some("kitchen-early"));
    office.replies_with("desk", "", 183, "", Some("desk-early"));
    office.skip();
    office.sends("lab", "BYE");
    office.replies_with("kitchen", "CANCEL", 200, "", None);
    office.replies_with("kitchen", "INVITE", 487, "", None);
    office.replies("desk", 200);
    office.saw(
        "lab -> box BYE
         box -> lab 200 BYE
         box -> kitchen CANCEL
         kitchen -> box 200 CANCEL
         kitchen -> box 487
         * kitchen is free
         box -> kitchen ACK
         desk -> box 200 [desk-1]
         * answered by desk
         box -> lab 200 [desk-1]",
    );
}

#[test]
fn a_bye_on_the_only_early_dialog_ends_the_call() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.replies_with("kitchen", "", 183, "", Some("kitchen-early"));
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
fn a_redirection_to_where_nobody_may_be_sent_is_a_refusal() {
    let mut office = Office::ringing(&["kitchen"]);
    office.forbids_redirections = true;
    office.invites("lab", "100");
    office.replies_with("kitchen", "", 302, "", None);
    office.saw(
        "lab -> box INVITE [lab-1]
         box -> kitchen INVITE [lab-1]
         kitchen -> box 302
         * ended: Failed
         * lab is free
         * kitchen is free
         box -> kitchen ACK
         box -> lab 403",
    );
}
