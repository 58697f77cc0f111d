//! What callees get to see of a caller, and what passes untouched.

use super::harness::{Office, header, sdp};
use crate::exchange::call::Refusal;
use crate::model::CallKind;
use crate::sip::message::Message;

#[test]
fn sip_p07_the_callee_gets_an_invite_of_the_boxs_own() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    let invite = office.last("kitchen", "INVITE");
    assert!(invite.starts_with("INVITE sip:kitchen@10.0.0.12:5062;line=x%23 SIP/2.0\r\n"), "{invite}");
    assert_eq!(header(&invite, "Max-Forwards"), Some("69".to_owned()));
    let vias: Vec<_> = invite.lines().filter(|line| line.starts_with("Via:")).collect();
    assert!(matches!(vias[..], [via] if via.starts_with("Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK")));
    assert_eq!(header(&invite, "Contact"), Some("<sip:perch@10.0.0.1:5060>".to_owned()));
    assert_eq!(header(&invite, "To"), Some("<sip:100@office.example>".to_owned()));
    assert!(!invite.contains("lab-call"), "the Call-ID is the box's own: {invite}");
    assert!(invite.ends_with(&sdp("lab-1")));
}

#[test]
fn sip_p09_an_invite_out_of_hops_is_refused() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites_with("lab", "100", "Max-Forwards: 0\r\n", Some("lab-1"));
    office.saw("lab -> box INVITE [lab-1]\n box -> lab 483");
    office.invites_with("lab", "100", "Max-Forwards: 1\r\n", Some("lab-1"));
    assert_eq!(header(&office.last("kitchen", "INVITE"), "Max-Forwards"), Some("0".to_owned()));
}

#[test]
fn sip_p11_the_boxs_own_invite_that_comes_back_is_a_loop() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites("lab", "100");
    office.skip();
    let back = office.last("kitchen", "INVITE");
    let via = "Via: SIP/2.0/UDP 10.0.0.12:5062;branch=z9hG4bK-back;rport\r\nVia:";
    office.deliver("kitchen", back.replacen("Via:", via, 1));
    office.saw("kitchen -> box INVITE [lab-1]\n box -> kitchen 482");
    office.replies_with("kitchen", "INVITE", 482, "", None);
    assert!(office.look().contains(&"box -> lab 482".to_owned()));
}

#[test]
fn sip_p12_a_contact_that_points_at_the_box_is_never_called() {
    let mut office = Office::ringing(&["box", "box"]);
    office.invites("lab", "100");
    office.saw("lab -> box INVITE [lab-1]\n * ended: Failed\n box -> lab 482");
}

#[test]
fn sip_p31_p33_p34_the_callee_sees_who_calls_and_not_who_the_invite_claims() {
    let mut office = Office::ringing(&["kitchen"]);
    let forged = "P-Asserted-Identity: <sip:boss@office>\r\nRemote-Party-ID: <sip:boss@office>\r\n\
                  P-Preferred-Identity: <sip:boss@office>\r\nAuthorization: Digest x\r\n\
                  Proxy-Authorization: Digest y\r\nRoute: <sip:10.0.0.1;lr>\r\nUser-Agent: Lab/1\r\n\
                  Record-Route: <sip:10.0.0.77;lr>\r\nReferred-By: <sip:boss@office>\r\nDate: yesterday\r\n";
    office.invites_with("lab", "100", forged, Some("lab-1"));
    let invite = office.last("kitchen", "INVITE");
    assert!(
        header(&invite, "From")
            .is_some_and(|from| from.starts_with("\"Reception\" <sip:101@office.example>;tag="))
    );
    assert_eq!(
        header(&invite, "P-Asserted-Identity"),
        Some("\"Reception\" <sip:101@office.example>".to_owned())
    );
    for word in ["boss", "Claims", "Digest", "Route:", "User-Agent", "Remote-Party", "yesterday"] {
        assert!(!invite.contains(word), "{word} in {invite}");
    }
}

#[test]
fn sip_p32_a_caller_who_wants_privacy_is_anonymous_except_in_an_emergency() {
    for (kind, is_known) in [(CallKind::Internal, false), (CallKind::Emergency, true)] {
        let mut office = Office::ringing(&["kitchen"]);
        office.kind = kind;
        office.invites_with("lab", "100", "Privacy: critical;id\r\n", Some("lab-1"));
        let invite = office.last("kitchen", "INVITE");
        assert_eq!(invite.contains("sip:101@"), is_known, "{invite}");
        assert_eq!(invite.contains("P-Asserted-Identity"), is_known);
        assert_eq!(invite.contains("From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="), !is_known);
    }
}

#[test]
fn what_the_phones_agree_on_passes() {
    let mut office = Office::ringing(&["kitchen"]);
    let passing = "Alert-Info: <http://ring>\r\nCall-Info: <sip:x>;answer-after=0\r\nSubject: hello\r\n\
                   Allow: INVITE, BYE, INFO\r\nAccept: application/sdp\r\nSession-Expires: 1800\r\nMin-SE: 90\r\n\
                   Supported: timer, 100rel, outbound, replaces, path\r\nSupported: gruu\r\n";
    office.invites_with("lab", "100", passing, Some("lab-1"));
    let invite = office.last("kitchen", "INVITE");
    for (name, value) in [
        ("Alert-Info", "<http://ring>"),
        ("Call-Info", "<sip:x>;answer-after=0"),
        ("Subject", "hello"),
        ("Allow", "INVITE, BYE, INFO"),
        ("Accept", "application/sdp"),
        ("Session-Expires", "1800"),
        ("Min-SE", "90"),
        ("Supported", "timer, 100rel, replaces"),
    ] {
        assert_eq!(header(&invite, name).as_deref(), Some(value), "{invite}");
    }
    office.replies_with(
        "kitchen",
        "",
        200,
        "Session-Expires: 900;refresher=uac\r\nRequire: timer\r\nServer: K\r\n",
        Some("k"),
    );
    let answer = office.last("lab", "SIP/2.0 200");
    assert_eq!(header(&answer, "Session-Expires").as_deref(), Some("900;refresher=uac"));
    assert_eq!(header(&answer, "Require").as_deref(), Some("timer"));
    assert_eq!(header(&answer, "Server"), None);
}

#[test]
fn sip_p10_an_extension_the_box_would_break_is_refused_by_name() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites_with("lab", "100", "Require: timer, nothing-supports-this\r\n", Some("lab-1"));
    office.saw("lab -> box INVITE [lab-1]\n box -> lab 420");
    assert_eq!(
        header(&office.last("lab", "SIP/2.0 420"), "Unsupported"),
        Some("nothing-supports-this".to_owned())
    );
}

#[test]
fn sip_p26_a_long_invite_arrives_complete() {
    let mut office = Office::ringing(&["kitchen"]);
    let body = format!("{}a=x:{}\r\n", sdp("long"), "y".repeat(3_000));
    office.invites_with("lab", "100", "Content-Type: application/sdp\r\n", Some(&body));
    assert!(office.last("kitchen", "INVITE").ends_with(&body));
}

#[test]
fn sip_p28_a_session_interval_too_small_for_the_callee_is_told_with_its_minimum() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites_with("lab", "100", "Session-Expires: 20\r\nSupported: timer\r\n", Some("lab-1"));
    assert_eq!(header(&office.last("kitchen", "INVITE"), "Session-Expires").as_deref(), Some("20"));
    office.replies_with("kitchen", "", 422, "Min-SE: 90\r\n", None);
    assert_eq!(header(&office.last("lab", "SIP/2.0 422"), "Min-SE").as_deref(), Some("90"));
}

#[test]
fn sip_p30_an_invite_that_would_replace_what_is_not_here_is_refused() {
    let mut office = Office::ringing(&["kitchen"]);
    office.invites_with("lab", "100", "Replaces: 1@x;to-tag=2;from-tag=3\r\n", Some("lab-1"));
    office.saw("lab -> box INVITE [lab-1]\n box -> lab 481");
}

#[test]
fn a_phone_that_challenges_or_is_overloaded_does_not_speak_for_the_box() {
    for (status, told) in [(401, 403), (407, 403), (503, 480)] {
        let mut office = Office::ringing(&["kitchen"]);
        office.invites("lab", "100");
        office.replies_with(
            "kitchen",
            "",
            status,
            "WWW-Authenticate: Digest realm=\"k\", nonce=\"1\"\r\n",
            None,
        );
        let answer = office.last("lab", &format!("SIP/2.0 {told}"));
        assert!(!answer.contains("Digest"));
    }
}

#[test]
fn too_many_calls_are_refused_with_a_time_to_try_again() {
    let text = "INVITE sip:100@o SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11;branch=z9hG4bKx\r\nFrom: <sip:a@o>;tag=1\r\n\
                To: <sip:100@o>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:a@10.0.0.11>\r\n\r\n";
    let request = Message::parse(text.as_bytes()).expect("an INVITE");
    let answer = Refusal::Full.response_to(&request, &super::harness::flow_of("lab"), "t");
    assert_eq!(answer.status, 503);
    assert!(String::from_utf8_lossy(&answer.to_bytes()).contains("Retry-After: 5"));
}

/// Promises: C8.
#[test]
fn a_registered_path_becomes_the_route() {
    let mut office = Office::ringing(&["kitchen"]);
    office.path = vec!["<sip:10.0.0.50;lr>".into(), "<sip:10.0.0.51;lr>".into()];
    office.invites("lab", "100");
    let invite = office.last("kitchen", "INVITE");
    let routes: Vec<_> = invite.lines().filter(|line| line.starts_with("Route:")).collect();
    assert_eq!(routes, ["Route: <sip:10.0.0.50;lr>", "Route: <sip:10.0.0.51;lr>"]);
}
