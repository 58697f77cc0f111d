//! Calls to the box's own voice.

use super::harness::{Office, header};
use super::{EndVoice, Opening};

fn opened(office: &mut Office) {
    let call = office.last_voice.expect("a voice was asked for");
    office.calls.voice_opened(call, "10.0.0.1:16384".parse().expect("an address"), office.now());
    office.drain();
}

fn ends(office: &mut Office, how: EndVoice) {
    let call = office.last_voice.expect("a voice was asked for");
    office.calls.end_voice(call, how, office.now());
    office.drain();
}

/// lab has called the voice and listens.
fn listening() -> Office {
    let mut office = Office::speaking(Opening::Answered);
    office.invites("lab", "100");
    opened(&mut office);
    office.acks("lab");
    office.skip();
    office
}

fn body_of(text: &str) -> &str {
    text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

const INFO_5: &str = "Signal=5\r\nDuration=160\r\n";

#[test]
fn m01_the_voice_answers_an_offer_and_the_box_hangs_up() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites("lab", "100");
    opened(&mut office);
    office.acks("lab");
    ends(&mut office, EndVoice::HangUp);
    office.replies("lab", 200);
    office.saw(
        "lab -> box INVITE [lab-1]
         * open voice at 10.0.0.1
         * answered by the box
         box -> lab 200 [-]
         lab -> box ACK
         * voice confirmed: PCMA 8 events 101 10.0.0.99:4000 sendrecv
         * voice ended
         * ended: Answered
         box -> lab BYE
         lab -> box 200 BYE
         * lab is free",
    );
    assert!(body_of(&office.last("lab", "SIP/2.0 200")).contains("m=audio 16384 RTP/AVP 8 101\r\n"));
    assert!(office.calls.is_empty());
}

#[test]
fn m03_m11_an_offer_the_voice_cannot_speak_is_refused() {
    for media in ["m=audio 4000 RTP/AVP 18", "m=audio 4000 RTP/SAVP 8", "m=video 4000 RTP/AVP 31"] {
        let mut office = Office::speaking(Opening::Answered);
        let body =
            format!("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=x\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n{media}\r\n");
        office.invites_with("lab", "100", "Content-Type: application/sdp\r\n", Some(&body));
        office.saw(
            "lab -> box INVITE [x]
             * ended: Failed
             box -> lab 488",
        );
    }
}

#[test]
fn a_body_that_is_no_session_description_is_refused() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites_with("lab", "100", "Content-Type: text/plain\r\n", Some("hello\r\n"));
    assert_eq!(
        header(&office.last("lab", "SIP/2.0 415"), "Accept").as_deref(),
        Some("application/sdp, multipart/mixed")
    );
    office.invites_with("lab", "100", "Content-Type: application/sdp\r\n", Some("hello\r\n"));
    office.last("lab", "SIP/2.0 400");
}

#[test]
fn a_caller_without_an_offer_is_offered_one_and_answers_in_the_ack() {
    let mut office = Office::speaking(Opening::Early);
    office.invites_with("lab", "100", "", None);
    opened(&mut office);
    office.acks_with("lab", Some("lab-answer"));
    office.saw(
        "lab -> box INVITE
         * open voice at 10.0.0.1
         * answered by the box
         box -> lab 200 [-]
         lab -> box ACK [lab-answer]
         * voice confirmed: PCMA 8 events 101 10.0.0.99:4000 sendrecv",
    );
}

#[test]
fn a_caller_that_answers_our_offer_with_nothing_is_let_go() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites_with("lab", "100", "", None);
    opened(&mut office);
    office.skip();
    office.acks("lab");
    office.saw(
        "lab -> box ACK
         * voice ended
         * ended: Answered
         box -> lab BYE",
    );
}

#[test]
fn m05_hold_is_answered_with_hold_and_resume_with_both_ways() {
    let mut office = listening();
    for (theirs, ours) in [("sendonly", "recvonly"), ("inactive", "inactive"), ("sendrecv", "sendrecv")] {
        let body = format!("{}a={theirs}\r\n", super::harness::sdp("hold"));
        office.sends_with("lab", "INVITE", "Content-Type: application/sdp\r\n", Some(&body));
        office.acks("lab");
        office.saw(&format!(
            "lab -> box INVITE [hold]
             * voice changed: PCMA 8 events 101 10.0.0.99:4000 {ours}
             box -> lab 200 [-]
             lab -> box ACK"
        ));
        assert!(body_of(&office.last("lab", "SIP/2.0 200")).contains(&format!("a={ours}\r\n")));
    }
}

/// A re-INVITE and an UPDATE are used as soon as they are answered; a re-INVITE without an offer when its ACK answers ours.
#[test]
fn another_place_codec_and_number_are_used_whichever_way_they_are_agreed() {
    let body = super::harness::sdp("moved").replace("RTP/AVP 8 101", "RTP/AVP 0 97").replace("4000", "4002");
    let body = body.replace(":101 ", ":97 ").replace("10.0.0.99", "10.0.0.98");
    let changed = "* voice changed: PCMU 0 events 97 10.0.0.98:4002 sendrecv";
    for (method, answer) in [("INVITE", "200 [-]"), ("UPDATE", "200 UPDATE [-]")] {
        let mut office = listening();
        office.sends_with("lab", method, "Content-Type: application/sdp\r\n", Some(&body));
        office.saw(&format!("lab -> box {method} [moved]\n {changed}\n box -> lab {answer}"));
    }
    let mut office = listening();
    office.sends("lab", "INVITE");
    office.acks_with("lab", Some("moved"));
    let changed = "* voice changed: PCMA 8 events 101 10.0.0.99:4000 sendrecv";
    office.saw(&format!("lab -> box INVITE\n box -> lab 200 [-]\n lab -> box ACK [moved]\n {changed}"));
}

#[test]
fn an_update_before_the_ack_changes_what_the_voice_begins_with() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites("lab", "100");
    opened(&mut office);
    office.skip();
    let body = super::harness::sdp("moved").replace("4000", "4002");
    office.sends_with("lab", "UPDATE", "Content-Type: application/sdp\r\n", Some(&body));
    office.acks("lab");
    office.saw(
        "lab -> box UPDATE [moved]
         box -> lab 200 UPDATE [-]
         lab -> box ACK
         * voice confirmed: PCMA 8 events 101 10.0.0.99:4002 sendrecv",
    );
}

/// RFC 3311 §5.2.
#[test]
fn an_update_that_crosses_our_offer_has_to_wait() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites_with("lab", "100", "", None);
    opened(&mut office);
    office.skip();
    let body = super::harness::sdp("moved");
    office.sends_with("lab", "UPDATE", "Content-Type: application/sdp\r\n", Some(&body));
    office.saw("lab -> box UPDATE [moved]\n box -> lab 491 UPDATE");
}

#[test]
fn a_change_the_voice_cannot_follow_is_refused_and_the_call_stays() {
    let mut office = listening();
    let body = super::harness::sdp("x").replace("RTP/AVP 8 101", "RTP/AVP 18");
    office.sends_with("lab", "INVITE", "Content-Type: application/sdp\r\n", Some(&body));
    office.saw("lab -> box INVITE [x]\n box -> lab 488");
    office.sends("lab", "UPDATE");
    office.saw("lab -> box UPDATE\n box -> lab 200 UPDATE");
    assert_eq!(office.calls.len(), 1);
}

#[test]
fn m06_the_caller_hangs_up_on_the_voice() {
    let mut office = listening();
    office.sends("lab", "BYE");
    office.saw(
        "lab -> box BYE
         * voice ended
         * ended: Answered
         * lab is free
         box -> lab 200 BYE",
    );
    assert!(office.calls.is_empty());
}

#[test]
fn m09_keys_come_by_info_and_an_unknown_kind_is_named() {
    let mut office = listening();
    office.sends_with("lab", "INFO", "Content-Type: application/dtmf-relay\r\n", Some(INFO_5));
    office.sends_with("lab", "INFO", "Content-Type: application/dtmf\r\n", Some("#\r\n"));
    office.sends_with("lab", "INFO", "Content-Type: application/x-unknown\r\n", Some("5\r\n"));
    office.sends("lab", "INFO");
    office.sends_with("lab", "INFO", "Info-Package: foo\r\n", None);
    office.saw(
        "lab -> box INFO
         * digit 5
         box -> lab 200 INFO
         lab -> box INFO
         * digit #
         box -> lab 200 INFO
         lab -> box INFO
         box -> lab 415 INFO
         lab -> box INFO
         box -> lab 200 INFO
         lab -> box INFO
         box -> lab 469 INFO",
    );
    let accept = header(&office.last("lab", "SIP/2.0 415"), "Accept");
    assert_eq!(accept.as_deref(), Some("application/dtmf-relay, application/dtmf"));
}

#[test]
fn m10_a_200_never_acknowledged_is_repeated_and_then_ended() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites("lab", "100");
    opened(&mut office);
    office.skip();
    office.after(31_000);
    let copies = office.look();
    assert!(copies.len() > 8 && copies.iter().all(|line| line == "box -> lab 200 [-] again"), "{copies:?}");
    office.quietly_after(2_000);
    office.saw(
        "* voice ended
         * ended: Answered
         box -> lab BYE",
    );
}

#[test]
fn a_hang_up_before_the_ack_waits_for_it() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites("lab", "100");
    opened(&mut office);
    office.skip();
    ends(&mut office, EndVoice::HangUp);
    office.saw("* voice ended\n * ended: Answered");
    office.acks("lab");
    office.saw("lab -> box ACK\n box -> lab BYE");
}

#[test]
fn a_caller_that_leaves_during_early_media_is_told_487() {
    let mut office = Office::speaking(Opening::Early);
    office.invites("lab", "100");
    opened(&mut office);
    office.skip();
    office.cancels("lab");
    office.saw(
        "lab -> box CANCEL
         * voice ended
         * ended: Cancelled
         * lab is free
         box -> lab 200 CANCEL
         box -> lab 487",
    );
}

#[test]
fn early_media_is_an_answer_where_every_provisional_answer_must_be_reliable() {
    let mut office = Office::speaking(Opening::Early);
    office.invites_with("lab", "100", "Require: 100rel\r\n", Some("lab-1"));
    opened(&mut office);
    assert!(office.look().contains(&"box -> lab 200 [-]".to_owned()));
    office.acks("lab");
    office.skip();
    ends(&mut office, EndVoice::Refuse(503));
    office.saw("* voice ended\n * ended: Answered\n box -> lab BYE");
}

#[test]
fn a_voice_without_a_port_refuses_the_call() {
    let mut office = Office::speaking(Opening::Answered);
    office.invites("lab", "100");
    office.skip();
    office.calls.voice_failed(office.started[0], office.now());
    office.drain();
    office.saw("* voice ended\n * ended: Failed\n * lab is free\n box -> lab 503");
    office.invites("lab", "100");
    office.skip();
    office.after(5_000);
    office.saw("box -> lab 100\n * voice ended\n * ended: Failed\n * lab is free\n box -> lab 503");
}

#[test]
fn a_transfer_and_a_text_to_the_voice_are_not_allowed() {
    let mut office = listening();
    for method in ["REFER", "MESSAGE", "NOTIFY", "FOO"] {
        office.sends("lab", method);
        office.saw(&format!("lab -> box {method}\n box -> lab 405 {method}"));
    }
    office.sends("lab", "OPTIONS");
    assert!(header(&office.last("lab", "SIP/2.0 200"), "Allow").is_some_and(|allow| allow.contains("INFO")));
}

#[test]
fn a_call_to_the_voice_does_not_last_for_ever() {
    let mut office = listening();
    office.dead.insert("lab");
    office.after(11 * 60_000);
    assert!(office.look().contains(&"* ended: Answered".to_owned()));
    assert!(office.calls.is_empty());
}
