//! On which terms the box's voice takes a call: the parts of a body, required extensions, session timers.

use super::harness::{Office, header, sdp};
use super::{EndVoice, Opening};
use crate::model::CallKind;

/// The voice is called with these headers and this body, and takes the call if it can.
fn called(kind: CallKind, more: &str, body: &str) -> Office {
    let mut office = Office::speaking(Opening::Early);
    office.kind = kind;
    office.invites_with("lab", "100", more, Some(body));
    if office.ports.0 > 0 {
        let call = office.last_voice.expect("a voice was asked for");
        office.calls.voice_opened(call, "10.0.0.1:16384".parse().expect("an address"), office.now());
        office.drain();
    }
    office
}

/// The status of the last answer.
fn status(office: &mut Office) -> String {
    let mut answers =
        office.look().into_iter().filter_map(|line| line.strip_prefix("box -> lab ").map(str::to_owned));
    answers.next_back().unwrap_or_default().replace(" [-]", "")
}

const SDP: &str = "Content-Type: application/sdp\r\n";
const MIXED: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;boundary=\"b 1\"\r\n";

/// A session description and the place of the caller, with these words about the latter.
fn with_location(words: &str) -> String {
    format!(
        "--b 1\r\nContent-Type: application/sdp\r\n\r\n{}--b 1\r\nContent-Type: application/pidf+xml\r\n{words}\r\n<presence/>\r\n--b 1--\r\n",
        sdp("mixed")
    )
}

#[test]
fn a_description_among_other_parts_is_found() {
    for words in
        ["", "Content-Disposition: render;handling=optional\r\n", "Content-Disposition: by-reference\r\n"]
    {
        for kind in [CallKind::Voice, CallKind::Emergency] {
            let mut office = called(kind, MIXED, &with_location(words));
            assert!(
                office.look().iter().any(|line| line.starts_with("* voice confirmed: PCMA 8")),
                "{words}"
            );
        }
    }
}

#[test]
fn parts_that_must_be_understood_and_bodies_that_cannot_be_read_are_refused() {
    let required = with_location("Content-Disposition: render;handling=required\r\n");
    let early = with_location("").replace("\r\n\r\nv=0", "\r\nContent-Disposition: early-session\r\n\r\nv=0");
    for (body, expected) in [(required, "415"), ("no parts\r\n".to_owned(), "400"), (early, "200")] {
        let mut office = called(CallKind::Voice, MIXED, &body);
        assert_eq!(status(&mut office), expected, "{body}");
    }
}

/// HOTDESK B8: whatever keeps the voice from speaking, the end of a call for help without a way out is 503.
#[test]
fn a_call_for_help_that_the_voice_cannot_answer_ends_with_503() {
    let srtp = sdp("x").replace("RTP/AVP", "RTP/SAVP");
    let g722 = sdp("x").replace("RTP/AVP 8 101", "RTP/AVP 9");
    let required = with_location("Content-Disposition: render;handling=required\r\n");
    let timer = format!("{SDP}Supported: timer\r\nSession-Expires: 20\r\n");
    let precondition = format!("{SDP}Require: precondition\r\n");
    for (more, body, otherwise) in [
        (SDP, &*srtp, "488"),
        (SDP, &*g722, "488"),
        (MIXED, &*required, "415"),
        (SDP, "hello\r\n", "400"),
        ("Content-Type: text/plain\r\n", "hello\r\n", "415"),
        (&*timer, &*sdp("x"), "422"),
        (&*precondition, &*sdp("x"), "420"),
    ] {
        assert_eq!(status(&mut called(CallKind::Voice, more, body)), otherwise, "{more}{body}");
        assert_eq!(status(&mut called(CallKind::Emergency, more, body)), "503", "{more}{body}");
    }
    let mut office = Office::speaking(Opening::Early);
    office.kind = CallKind::Emergency;
    office.invites("lab", "100");
    office.calls.voice_failed(office.started[0], office.now());
    office.drain();
    assert_eq!(status(&mut office), "503");
}

#[test]
fn what_the_voice_does_not_have_is_named() {
    let mut office =
        called(CallKind::Voice, &format!("{SDP}Require: precondition, 100rel, uui\r\n"), &sdp("x"));
    assert_eq!(status(&mut office), "420");
    let named = header(&office.last("lab", "SIP/2.0 420"), "Unsupported");
    assert_eq!(named.as_deref(), Some("precondition, uui"));
}

/// RFC 4028 §9.
#[test]
fn a_session_that_would_be_refreshed_too_often_is_refused() {
    let more = format!("{SDP}Supported: timer\r\nSession-Expires: 89\r\n");
    let mut office = called(CallKind::Voice, &more, &sdp("x"));
    assert_eq!(status(&mut office), "422");
    assert_eq!(header(&office.last("lab", "SIP/2.0 422"), "Min-SE").as_deref(), Some("90"));
}

/// An answered call to the voice with these words about timers.
fn timed(words: &str) -> Office {
    let mut office = Office::speaking(Opening::Answered);
    office.invites_with("lab", "100", &format!("{SDP}{words}"), Some(&sdp("x")));
    let call = office.last_voice.expect("a voice was asked for");
    office.calls.voice_opened(call, "10.0.0.1:16384".parse().expect("an address"), office.now());
    office.drain();
    office.acks("lab");
    office.skip();
    office
}

#[test]
fn a_session_timer_is_agreed_where_the_phone_knows_of_them() {
    for (words, agreed) in [
        ("Supported: timer\r\nSession-Expires: 90\r\n", Some("90;refresher=uac")),
        ("Require: timer\r\nSession-Expires: 1800;refresher=uac\r\n", Some("1800;refresher=uac")),
        ("Require: timer\r\nMin-SE: 3600\r\n", Some("3600;refresher=uac")),
        ("Require: timer\r\n", Some("1800;refresher=uac")),
        (
            "Allow: BYE, UPDATE\r\nSupported: timer\r\nSession-Expires: 120;refresher=uas\r\n",
            Some("120;refresher=uas"),
        ),
        ("Supported: timer\r\nSession-Expires: 120;refresher=uas\r\n", None),
        ("Supported: timer\r\n", None),
        ("Session-Expires: 20\r\n", None),
        ("", None),
    ] {
        let office = timed(words);
        let ok = office.last("lab", "SIP/2.0 200");
        assert_eq!(header(&ok, "Session-Expires").as_deref(), agreed, "{words}");
        assert_eq!(header(&ok, "Require").as_deref(), agreed.map(|_| "timer"), "{words}");
        assert_eq!(header(&ok, "Supported").as_deref(), Some("timer"), "{words}");
    }
}

#[test]
fn a_session_that_the_phone_does_not_refresh_is_ended() {
    let terms = "Supported: timer\r\nSession-Expires: 90\r\n";
    let mut office = timed(terms);
    office.after(50_000);
    office.sends_with("lab", "UPDATE", terms, None);
    assert_eq!(
        header(&office.last("lab", "SIP/2.0 200"), "Session-Expires").as_deref(),
        Some("90;refresher=uac")
    );
    office.skip();
    office.after(59_000);
    office.saw("");
    office.dead.insert("lab");
    office.after(1_000);
    assert_eq!(office.look()[..3], ["* voice ended", "* ended: Answered", "box -> lab BYE"]);
}

#[test]
fn a_phone_that_gives_its_timer_up_is_not_ended_for_it() {
    let mut office = timed("Supported: timer\r\nSession-Expires: 90\r\n");
    office.sends("lab", "UPDATE");
    office.skip();
    office.after(120_000);
    office.saw("");
}

#[test]
fn the_box_refreshes_where_the_phone_leaves_it_to_the_box() {
    let terms = "Allow: UPDATE\r\nSupported: timer\r\nSession-Expires: 100;refresher=uas\r\n";
    let mut office = timed(terms);
    for _ in 0..3 {
        office.after(50_000);
        office.saw("box -> lab UPDATE");
        let update = office.last("lab", "UPDATE");
        assert_eq!(header(&update, "Session-Expires").as_deref(), Some("100;refresher=uac"));
        assert!(header(&update, "Contact").is_some(), "{update}");
        office.replies("lab", 200);
        office.skip();
    }
    // A phone that knows nothing of the call any more.
    office.after(50_000);
    office.replies("lab", 481);
    let seen = office.look();
    assert!(seen.contains(&"* ended: Answered".to_owned()), "{seen:?}");

    // One that says neither yes nor no in time.
    let mut office = timed(terms);
    office.after(50_000);
    office.replies("lab", 500);
    office.skip();
    office.after(18_000);
    assert_eq!(office.look()[..2], ["* voice ended", "* ended: Answered"]);
}

#[test]
fn a_call_under_way_is_held_to_the_same_terms() {
    let mut office = timed("");
    for (more, answer) in [
        ("Require: precondition\r\n", "420"),
        ("Supported: timer\r\nSession-Expires: 20\r\n", "422"),
        ("Content-Type: text/plain\r\n", "415"),
    ] {
        let body = (answer == "415").then_some("hello\r\n");
        office.sends_with("lab", "UPDATE", more, body);
        assert_eq!(office.look().last(), Some(&format!("box -> lab {answer} UPDATE")));
    }
    office.sends_with("lab", "INVITE", MIXED, Some(&with_location("")));
    assert!(office.look().contains(&"box -> lab 200 [-]".to_owned()));
    let call = office.last_voice.expect("a voice was asked for");
    office.acks("lab");
    office.calls.end_voice(call, EndVoice::HangUp, office.now());
    office.drain();
}
