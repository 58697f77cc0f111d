//! The NOTIFY that makes a phone fetch its file: to that phone's contact only (HOTDESK B4), outside any dialog.
//!
//! Phones answer it with 200, 481, 489 or nothing, and some challenge it: then it is sent once more with the account's own
//! credentials, which the phone knows.

use crate::model::{Credential, RefreshMethod};
use crate::sip::digest::{self, Answer};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request};
use crate::sip::uri::host_of;

/// To whom a NOTIFY goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The Request-URI: the contact, verbatim.
    pub contact: String,
    /// The route towards it, verbatim.
    pub path: Vec<String>,
    /// The way it takes.
    pub flow: Flow,
    /// The account's address of record.
    pub aor: String,
}

/// The NOTIFY for `addressee`; `token` makes Call-ID and tag its own.
pub fn notify(addressee: &Addressee, method: &RefreshMethod, token: &str) -> Request {
    let local = addressee.flow.local;
    let host = host_of(local.ip());
    let transport = match addressee.flow.transport.as_param() {
        "udp" => String::new(),
        other => format!(";transport={other}"),
    };
    let mut request = Request::new(Method::Notify, addressee.contact.clone());
    for path in &addressee.path {
        request.push("Route", path.clone());
    }
    request.push("Max-Forwards", "70");
    request.push("From", format!("<{}>;tag={token}", addressee.aor));
    request.push("To", format!("<{}>", addressee.aor));
    request.push("Call-ID", format!("{token}@{host}"));
    request.push("CSeq", "1 NOTIFY");
    request.push("Contact", format!("<sip:perch@{host}:{}{transport}>", local.port()));
    request.push("Event", method.event.clone());
    request.push("Subscription-State", "terminated;reason=timeout");
    if let Some(content_type) = &method.content_type {
        request.set_body(content_type, method.body.clone());
    }
    request
}

/// The same NOTIFY with credentials, where `response` asks for them; `None` where it does not, or cannot be answered.
pub fn answered(
    request: &Request,
    response: &Message<'_>,
    credential: &Credential,
    cnonce: &str,
) -> Option<Request> {
    let (asks, answers) = match response.status()? {
        401 => ("WWW-Authenticate", "Authorization"),
        407 => ("Proxy-Authenticate", "Proxy-Authorization"),
        _ => return None,
    };
    let challenge = digest::choose(response.headers(asks))?;
    let value = challenge.answer(&Answer {
        username: credential.auth_name.as_str(),
        password: credential.password.expose(),
        method: request.method.as_str(),
        uri: &request.uri,
        body: &request.body,
        cnonce,
        count: 1,
    });
    let mut again = request.clone();
    again.replace("CSeq", "2 NOTIFY");
    again.push(answers, value);
    Some(again)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{AccountName, AccountPurpose, AuthName, DeviceId, Generation, Secret};

    fn addressee() -> Addressee {
        let address = |text: &str| text.parse().expect("an address");
        Addressee {
            contact: "sip:hotdesk-805ec0112233@127.0.0.9:5062;line=1".into(),
            path: vec![],
            flow: Flow::udp(address("127.0.0.1:5060"), address("127.0.0.9:5062")),
            aor: "sip:hotdesk-805ec0112233@office.perch.local".into(),
        }
    }

    fn check_sync() -> RefreshMethod {
        RefreshMethod {
            event: "check-sync;reboot=false".into(),
            content_type: None,
            body: String::new(),
            may_reboot: false,
            patience: Duration::from_secs(20),
        }
    }

    #[test]
    fn b4_the_notify_goes_to_the_contact_as_the_phone_wrote_it() {
        let text = String::from_utf8(notify(&addressee(), &check_sync(), "t1").to_bytes()).expect("text");
        assert!(
            text.starts_with("NOTIFY sip:hotdesk-805ec0112233@127.0.0.9:5062;line=1 SIP/2.0\r\n"),
            "{text}"
        );
        assert!(text.contains("Event: check-sync;reboot=false\r\n"), "{text}");
    }

    #[test]
    fn a_phone_that_challenges_the_notify_gets_the_accounts_credentials() {
        let request = notify(&addressee(), &check_sync(), "t1");
        let raw = b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n\
            WWW-Authenticate: Digest realm=\"phone\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"\r\n\r\n";
        let response = Message::parse(raw).expect("a response");
        let credential = Credential {
            generation: Generation(1),
            account: AccountName::login(&"100".parse().expect("a number")),
            purpose: AccountPurpose::Idle,
            auth_name: AuthName::generated(DeviceId(1), Generation(1)),
            password: Secret::new("secret"),
        };
        let again = answered(&request, &response, &credential, "c").expect("an answer");
        let value = again.header("Authorization").expect("credentials").to_owned();
        let credentials = crate::sip::digest::Credentials::parse(&value).expect("credentials");
        let ha1 = digest::ha1(digest::HashFunction::Md5, "d1-1", "phone", "secret");
        assert!(credentials.verify("NOTIFY", b"", &ha1));
        assert_eq!(again.header("CSeq"), Some("2 NOTIFY"));
    }
}
