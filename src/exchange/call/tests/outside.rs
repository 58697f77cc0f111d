//! Calls by a trunk: what it is shown, and how the box proves who it is.

use super::harness::{Office, header};
use crate::model::CallKind;
use crate::sip::digest::{Credentials, HashFunction, ha1};

const ASKS: &str =
    "Proxy-Authenticate: Digest realm=\"trunk.example\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\r\n";

fn by_trunk() -> Office {
    let mut office = Office::ringing(&["attic"]);
    office.trunk = Some("attic");
    office.kind = CallKind::Outside;
    office.invites("lab", "100");
    office
}

/// Whether these are the box's credentials for a request with that method, and how often the nonce was used.
fn proved(text: &str, method: &str) -> Option<String> {
    let value = header(text, "Proxy-Authorization")?;
    let credentials = Credentials::parse(&value).expect("credentials");
    let ha1 = ha1(HashFunction::Md5, "39061234", "trunk.example", "secret");
    assert!(credentials.verify(method, b"", &ha1), "{text}");
    value.split("nc=").nth(1).map(|count| count.chars().take(8).collect())
}

#[test]
fn a_trunk_that_asks_for_a_password_gets_it_for_the_whole_call() {
    let mut office = by_trunk();
    office.replies_with("attic", "", 407, ASKS, None);
    office.saw(
        "lab -> box INVITE [lab-1]
         box -> attic INVITE [lab-1]
         attic -> box 407
         box -> attic ACK
         box -> attic INVITE [lab-1]",
    );
    let again = office.last("attic", "INVITE");
    assert_eq!(proved(&again, "INVITE").as_deref(), Some("00000001"));
    assert_eq!(header(&again, "CSeq").as_deref(), Some("2 INVITE"));
    office.replies("attic", 180);
    office.replies("attic", 200);
    office.acks("lab");
    let ack = office.last("attic", "ACK");
    assert_eq!(proved(&ack, "INVITE").as_deref(), Some("00000001"), "the ACK repeats the INVITE's");
    assert_eq!(header(&ack, "CSeq").as_deref(), Some("2 ACK"));
    office.sends("lab", "BYE");
    let bye = office.last("attic", "BYE");
    assert_eq!(proved(&bye, "BYE").as_deref(), Some("00000002"));
    office.replies("attic", 200);
    assert!(office.calls.is_empty());
}

#[test]
fn a_trunk_that_does_not_take_the_password_has_refused() {
    let mut office = by_trunk();
    office.replies_with("attic", "", 407, ASKS, None);
    office.replies_with("attic", "", 407, &ASKS.replace("n1", "n2"), None);
    assert!(header(&office.last("lab", "SIP/2.0 403"), "To").is_some());
    assert!(office.calls.is_empty());
}

#[test]
fn a_nonce_that_is_too_old_is_no_refusal_once() {
    let mut office = by_trunk();
    office.replies_with("attic", "", 407, ASKS, None);
    let stale = ASKS.replace("n1", "n2").replace("qop", "stale=true, qop");
    office.replies_with("attic", "", 407, &stale, None);
    let again = office.last("attic", "INVITE");
    assert_eq!(header(&again, "CSeq").as_deref(), Some("3 INVITE"));
    assert_eq!(proved(&again, "INVITE").as_deref(), Some("00000001"));
    office.replies_with("attic", "", 407, &stale.replace("n2", "n3"), None);
    assert!(header(&office.last("lab", "SIP/2.0 403"), "To").is_some(), "but not for ever");
}

#[test]
fn a_caller_who_gives_up_before_the_proof_is_not_called_for() {
    let mut office = by_trunk();
    office.cancels("lab");
    office.skip();
    office.replies_with("attic", "INVITE", 407, ASKS, None);
    assert!(office.look().iter().all(|line| !line.contains("-> attic INVITE")));
}

#[test]
fn a_trunk_is_shown_the_number_that_is_for_it() {
    let office = by_trunk();
    let invite = office.last("attic", "INVITE");
    assert!(
        header(&invite, "From").is_some_and(|from| from.starts_with("<sip:+39061234@trunk.example>;tag="))
    );
    assert_eq!(header(&invite, "P-Asserted-Identity").as_deref(), Some("<sip:+39061234@trunk.example>"));
    assert!(header(&invite, "To").is_some_and(|to| to.contains("attic@")), "the address that is called");
}
