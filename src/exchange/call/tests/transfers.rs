//! Attended transfers: one phone takes another's place in a call.

use super::harness::{Office, Plan, header};
use super::{Exhausted, talking};
use crate::exchange::call::refer_target;
use crate::sip::message::Message;

/// lab speaks with kitchen, and then with desk: what kitchen must replace to speak with desk.
fn consulting() -> (Office, String) {
    let mut office = talking(&["kitchen"]);
    office.plan.insert("200".into(), Plan::Ring(vec![vec!["desk"]], Exhausted::Answer));
    office.invites("lab", "200");
    office.replies("desk", 200);
    office.acks("lab");
    office.skip();
    let talk = office.talk("lab");
    let tag = |address: &str| address.split(";tag=").nth(1).expect("a tag").to_owned();
    let (to_tag, from_tag) = (tag(&talk.remote), tag(&talk.local));
    (
        office,
        format!("Replaces: {};to-tag={to_tag};from-tag={from_tag}\r\nRequire: replaces\r\n", talk.call_id),
    )
}

#[test]
fn whom_a_transfer_would_call_is_told_for_the_numbering_plan_to_judge() {
    for (refer_to, target) in [
        ("<sip:102@office>", Some("102")),
        ("sip:%2A77%2a100*@10.0.0.1", Some("*77*100*")),
        ("\"Login\" <sip:*400@office;user=phone?Subject=x>", Some("*400")),
        ("<tel:+39021234>", Some("+39021234")),
        ("<sip:102@office?Replaces=1%40x%3Bto-tag%3D2%3Bfrom-tag%3D3>", None),
        ("<sip:office>", None),
    ] {
        let text = format!("REFER sip:perch@10.0.0.1 SIP/2.0\r\nRefer-To: {refer_to}\r\n\r\n");
        let request = Message::parse(text.as_bytes()).expect("a REFER");
        assert_eq!(refer_target(&request).as_deref(), target, "{refer_to}");
    }
}

#[test]
fn kitchen_takes_the_place_of_lab_in_its_call_with_desk() {
    let (mut office, replaces) = consulting();
    office.invites_with("kitchen", "200", &replaces, Some("kitchen-2"));
    office.replies_with("desk", "", 200, "", Some("desk-2"));
    office.acks("kitchen");
    office.replies_with("lab", "BYE", 200, "", None);
    office.saw(
        "kitchen -> box INVITE [kitchen-2]
         box -> desk INVITE [kitchen-2]
         desk -> box 200 [desk-2]
         * Caller replaced by kitchen
         box -> lab BYE
         box -> kitchen 200 [desk-2]
         kitchen -> box ACK
         box -> desk ACK
         lab -> box 200 BYE",
    );
    let told = header(&office.last("desk", "INVITE"), "P-Asserted-Identity");
    assert_eq!(told.as_deref(), Some("\"Bob\" <sip:102@office.example>"));

    office.sends("desk", "BYE");
    office.replies_with("kitchen", "BYE", 200, "", None);
    office.saw(
        "desk -> box BYE
         * ended: Answered
         * desk is free
         box -> desk 200 BYE
         box -> kitchen BYE
         kitchen -> box 200 BYE",
    );
    assert_eq!(office.calls.len(), 1, "lab and kitchen still have their first call");
}

#[test]
fn a_takeover_that_is_refused_changes_nothing() {
    let (mut office, replaces) = consulting();
    office.invites_with("kitchen", "200", &replaces, Some("kitchen-2"));
    office.replies_with("desk", "", 488, "", None);
    office.skip();
    assert!(header(&office.last("kitchen", "SIP/2.0 488"), "To").is_some_and(|to| to.contains(";tag=")));
    office.sends("lab", "BYE");
    office.saw(
        "lab -> box BYE
         * ended: Answered
         box -> lab 200 BYE
         box -> desk BYE",
    );
}

#[test]
fn a_takeover_of_what_is_not_here_or_not_answered_so_is_refused() {
    let (mut office, replaces) = consulting();
    office.invites_with("kitchen", "200", &replaces.replace("from-tag=", "from-tag=x"), Some("k"));
    office.saw("kitchen -> box INVITE [k]\n box -> kitchen 481");
    office.invites_with("kitchen", "200", &replaces.replace("\r\nReq", ";early-only\r\nReq"), Some("k"));
    office.saw("kitchen -> box INVITE [k]\n box -> kitchen 486");
    office.sends_with("lab", "INVITE", "", Some("hold"));
    office.skip();
    office.invites_with("kitchen", "200", &replaces, Some("k"));
    office.saw("kitchen -> box INVITE [k]\n box -> kitchen 491");
}

#[test]
fn a_takeover_is_given_up_when_the_call_ends_before() {
    let (mut office, replaces) = consulting();
    office.invites_with("kitchen", "200", &replaces, Some("kitchen-2"));
    office.skip();
    office.sends("desk", "BYE");
    office.replies_with("desk", "INVITE", 200, "", Some("late"));
    office.saw(
        "desk -> box BYE
         * ended: Answered
         * desk is free
         box -> desk 200 BYE
         box -> kitchen 487
         box -> lab BYE
         desk -> box 200 [late]
         box -> desk ACK",
    );
}

#[test]
fn a_takeover_is_cancelled() {
    let (mut office, replaces) = consulting();
    office.invites_with("kitchen", "200", &replaces, Some("kitchen-2"));
    office.replies_with("desk", "INVITE", 180, "", None);
    office.skip();
    office.cancels("kitchen");
    office.replies_with("desk", "INVITE", 487, "", None);
    office.saw(
        "kitchen -> box CANCEL
         box -> kitchen 200 CANCEL
         box -> desk CANCEL
         desk -> box 487
         box -> desk ACK
         box -> kitchen 487",
    );
    assert_eq!(office.calls.len(), 2);
}

#[test]
fn one_who_hangs_up_while_taking_over_leaves_nobody_in_silence() {
    let (mut office, replaces) = consulting();
    office.invites_with("kitchen", "200", &replaces, Some("kitchen-2"));
    office.replies_with("desk", "INVITE", 180, "", None);
    office.skip();
    office.sends("kitchen", "BYE");
    office.replies_with("desk", "INVITE", 200, "", Some("desk-2"));
    office.saw(
        "kitchen -> box BYE
         box -> kitchen 200 BYE
         box -> desk CANCEL
         desk -> box 200 [desk-2]
         * ended: Answered
         box -> kitchen 487
         box -> desk ACK
         box -> desk BYE
         box -> lab BYE",
    );
}

#[test]
fn a_report_on_a_transfer_names_the_refer_by_the_number_it_had_on_that_side() {
    let mut office = talking(&["kitchen"]);
    for number in ["102", "103"] {
        office.sends_with("lab", "REFER", &format!("Refer-To: <sip:{number}@office>\r\n"), None);
        office.replies_with("kitchen", "REFER", 202, "", None);
    }
    let number_in = |text: String| {
        let cseq = header(&text, "CSeq").expect("a CSeq");
        cseq.split(' ').next().expect("a number").to_owned()
    };
    let (there, here) = (number_in(office.last("kitchen", "REFER")), office.talk("lab").cseq.to_string());
    assert_ne!(there, here);
    let report = |id: &str| format!("Event: refer;id={id}\r\nSubscription-State: active\r\n");
    office.sends_with("kitchen", "NOTIFY", &report(&there), Some("trying"));
    office.replies_with("lab", "NOTIFY", 200, "", None);
    assert_eq!(header(&office.last("lab", "NOTIFY"), "Event"), Some(format!("refer;id={here}")));

    office.sends_with("lab", "SUBSCRIBE", &format!("Event: refer; ID={here}\r\nExpires: 0\r\n"), None);
    office.replies_with("kitchen", "SUBSCRIBE", 200, "", None);
    assert_eq!(header(&office.last("kitchen", "SUBSCRIBE"), "Event"), Some(format!("refer;id={there}")));

    office.sends_with("kitchen", "NOTIFY", &report("999"), Some("trying"));
    assert_eq!(header(&office.last("lab", "NOTIFY"), "Event").as_deref(), Some("refer;id=999"));
}
