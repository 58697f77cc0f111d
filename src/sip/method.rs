//! Methods: what a request asks for.
//!
//! Owns the names of RFC 3261 §7.1 and its extensions. Methods are case-sensitive tokens, and one this list does not
//! know is carried along as it came, so that it can be answered (405 or 501) instead of being dropped.

use std::fmt;

/// The method of a request, or of a CSeq.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Opens a session (RFC 3261 §13).
    Invite,
    /// Acknowledges the final answer to an INVITE (RFC 3261 §13, §17).
    Ack,
    /// Ends a session (RFC 3261 §15).
    Bye,
    /// Gives up a pending request (RFC 3261 §9).
    Cancel,
    /// Binds an address to contacts (RFC 3261 §10).
    Register,
    /// Asks what the other side can do (RFC 3261 §11).
    Options,
    /// Carries information inside a session (RFC 6086).
    Info,
    /// Reports an event (RFC 6665).
    Notify,
    /// Asks for reports of an event (RFC 6665).
    Subscribe,
    /// Changes a session before or after it is answered (RFC 3311).
    Update,
    /// Acknowledges a provisional answer (RFC 3262).
    Prack,
    /// Asks the other side to call a third (RFC 3515).
    Refer,
    /// Carries a text (RFC 3428).
    Message,
    /// Publishes a state (RFC 3903).
    Publish,
    /// A method this list does not know, verbatim.
    Other(String),
}

impl Method {
    /// The method as it is written on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Method::Invite => "INVITE",
            Method::Ack => "ACK",
            Method::Bye => "BYE",
            Method::Cancel => "CANCEL",
            Method::Register => "REGISTER",
            Method::Options => "OPTIONS",
            Method::Info => "INFO",
            Method::Notify => "NOTIFY",
            Method::Subscribe => "SUBSCRIBE",
            Method::Update => "UPDATE",
            Method::Prack => "PRACK",
            Method::Refer => "REFER",
            Method::Message => "MESSAGE",
            Method::Publish => "PUBLISH",
            Method::Other(name) => name,
        }
    }

    /// Whether the method is one this list does not know.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Method::Other(_))
    }
}

impl From<&str> for Method {
    fn from(name: &str) -> Method {
        match name {
            "INVITE" => Method::Invite,
            "ACK" => Method::Ack,
            "BYE" => Method::Bye,
            "CANCEL" => Method::Cancel,
            "REGISTER" => Method::Register,
            "OPTIONS" => Method::Options,
            "INFO" => Method::Info,
            "NOTIFY" => Method::Notify,
            "SUBSCRIBE" => Method::Subscribe,
            "UPDATE" => Method::Update,
            "PRACK" => Method::Prack,
            "REFER" => Method::Refer,
            "MESSAGE" => Method::Message,
            "PUBLISH" => Method::Publish,
            other => Method::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_case_sensitive_and_an_unknown_one_is_kept_verbatim() {
        assert_eq!(Method::from("INVITE"), Method::Invite);
        assert_eq!(Method::from("invite"), Method::Other("invite".into()));
        assert_eq!(Method::from("KDMQ").as_str(), "KDMQ");
        assert!(Method::from("KDMQ").is_unknown());
    }

    #[test]
    fn every_known_method_reads_back_as_itself() {
        for name in [
            "INVITE",
            "ACK",
            "BYE",
            "CANCEL",
            "REGISTER",
            "OPTIONS",
            "INFO",
            "NOTIFY",
            "SUBSCRIBE",
            "UPDATE",
            "PRACK",
            "REFER",
            "MESSAGE",
            "PUBLISH",
        ] {
            let method = Method::from(name);
            assert!(!method.is_unknown(), "{name}");
            assert_eq!(method.to_string(), name);
        }
    }
}
