//! Header names: the ones the box reads by name, with their compact forms.
//!
//! Recognised once, while a message is read, so that a later look-up compares one byte. Names have no case, and the
//! compact forms (`v:`, `f:`, …) are the same header (RFC 3261 §7.3.3). All other headers are [`Name::Other`] and are
//! found by their text.

/// A header's name, recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the header of that name; the RFCs define them")]
pub enum Name {
    Via,
    From,
    To,
    CallId,
    CSeq,
    MaxForwards,
    Contact,
    ContentLength,
    ContentType,
    ContentEncoding,
    ContentDisposition,
    Expires,
    MinExpires,
    Authorization,
    ProxyAuthorization,
    WwwAuthenticate,
    ProxyAuthenticate,
    AuthenticationInfo,
    Route,
    RecordRoute,
    Path,
    Require,
    ProxyRequire,
    Supported,
    Unsupported,
    Event,
    AllowEvents,
    SubscriptionState,
    Subject,
    ReferTo,
    ReferredBy,
    Replaces,
    Allow,
    Accept,
    SessionExpires,
    MinSe,
    RSeq,
    RAck,
    UserAgent,
    Server,
    Date,
    RetryAfter,
    Warning,
    Timestamp,
    Reason,
    Privacy,
    PAssertedIdentity,
    /// A header of another name.
    Other,
}

impl Name {
    /// The name of a header field, full or compact, in any case.
    pub fn of(name: &str) -> Name {
        Name::of_token(name.as_bytes())
    }

    /// The same, of bytes.
    pub fn of_token(name: &[u8]) -> Name {
        if let [letter] = name {
            return Name::of_compact(*letter);
        }
        let (Some(first), Some(candidates)) = (name.first(), BY_LENGTH.get(name.len())) else {
            return Name::Other;
        };
        // Most phones write names as the RFCs do, which is quickly seen.
        let is_it = |(full, _): &&(&[u8], Name)| {
            full[0].eq_ignore_ascii_case(first) && (*full == name || full.eq_ignore_ascii_case(name))
        };
        candidates.iter().find(is_it).map_or(Name::Other, |(_, name)| *name)
    }

    fn of_compact(letter: u8) -> Name {
        match letter.to_ascii_lowercase() {
            b'v' => Name::Via,
            b'f' => Name::From,
            b't' => Name::To,
            b'i' => Name::CallId,
            b'm' => Name::Contact,
            b'l' => Name::ContentLength,
            b'c' => Name::ContentType,
            b'e' => Name::ContentEncoding,
            b'k' => Name::Supported,
            b'o' => Name::Event,
            b'u' => Name::AllowEvents,
            b's' => Name::Subject,
            b'r' => Name::ReferTo,
            b'b' => Name::ReferredBy,
            b'x' => Name::SessionExpires,
            _ => Name::Other,
        }
    }

    /// The full name as it is written; empty for [`Name::Other`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Name::Via => "Via",
            Name::From => "From",
            Name::To => "To",
            Name::CallId => "Call-ID",
            Name::CSeq => "CSeq",
            Name::MaxForwards => "Max-Forwards",
            Name::Contact => "Contact",
            Name::ContentLength => "Content-Length",
            Name::ContentType => "Content-Type",
            Name::ContentEncoding => "Content-Encoding",
            Name::ContentDisposition => "Content-Disposition",
            Name::Expires => "Expires",
            Name::MinExpires => "Min-Expires",
            Name::Authorization => "Authorization",
            Name::ProxyAuthorization => "Proxy-Authorization",
            Name::WwwAuthenticate => "WWW-Authenticate",
            Name::ProxyAuthenticate => "Proxy-Authenticate",
            Name::AuthenticationInfo => "Authentication-Info",
            Name::Route => "Route",
            Name::RecordRoute => "Record-Route",
            Name::Path => "Path",
            Name::Require => "Require",
            Name::ProxyRequire => "Proxy-Require",
            Name::Supported => "Supported",
            Name::Unsupported => "Unsupported",
            Name::Event => "Event",
            Name::AllowEvents => "Allow-Events",
            Name::SubscriptionState => "Subscription-State",
            Name::Subject => "Subject",
            Name::ReferTo => "Refer-To",
            Name::ReferredBy => "Referred-By",
            Name::Replaces => "Replaces",
            Name::Allow => "Allow",
            Name::Accept => "Accept",
            Name::SessionExpires => "Session-Expires",
            Name::MinSe => "Min-SE",
            Name::RSeq => "RSeq",
            Name::RAck => "RAck",
            Name::UserAgent => "User-Agent",
            Name::Server => "Server",
            Name::Date => "Date",
            Name::RetryAfter => "Retry-After",
            Name::Warning => "Warning",
            Name::Timestamp => "Timestamp",
            Name::Reason => "Reason",
            Name::Privacy => "Privacy",
            Name::PAssertedIdentity => "P-Asserted-Identity",
            Name::Other => "",
        }
    }
}

macro_rules! by_length {
    ($([$($name:ident),*],)*) => { [$(&[$((Name::$name.as_str().as_bytes(), Name::$name)),*],)*] };
}

/// The full names by their length: the first list holds those of no letter.
const BY_LENGTH: [&[(&[u8], Name)]; 20] = by_length![
    [],
    [],
    [To],
    [Via],
    [From, CSeq, Path, RSeq, RAck, Date],
    [Route, Event, Allow],
    [Accept, MinSe, Server, Reason],
    [CallId, Contact, Expires, Require, Subject, Warning, Privacy],
    [ReferTo, Replaces],
    [Supported, Timestamp],
    [UserAgent],
    [MinExpires, Unsupported, ReferredBy, RetryAfter],
    [MaxForwards, ContentType, RecordRoute, AllowEvents],
    [Authorization, ProxyRequire],
    [ContentLength],
    [SessionExpires],
    [ContentEncoding, WwwAuthenticate],
    [],
    [ProxyAuthenticate, SubscriptionState],
    [ContentDisposition, ProxyAuthorization, AuthenticationInfo, PAssertedIdentity],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_recognised_in_any_case_and_in_its_compact_form() {
        for (text, name) in [
            ("VIA", Name::Via),
            ("v", Name::Via),
            ("V", Name::Via),
            ("cseq", Name::CSeq),
            ("i", Name::CallId),
            ("m", Name::Contact),
            ("l", Name::ContentLength),
            ("www-authenticate", Name::WwwAuthenticate),
            ("x-unknown", Name::Other),
            ("z", Name::Other),
            ("", Name::Other),
        ] {
            assert_eq!(Name::of(text), name, "{text}");
        }
    }

    #[test]
    fn every_name_is_found_by_its_own_text() {
        for name in ALL {
            assert_eq!(Name::of(name.as_str()), *name);
        }
    }

    const ALL: &[Name] = &[
        Name::Via,
        Name::From,
        Name::To,
        Name::CallId,
        Name::CSeq,
        Name::MaxForwards,
        Name::Contact,
        Name::ContentLength,
        Name::ContentType,
        Name::ContentEncoding,
        Name::ContentDisposition,
        Name::Expires,
        Name::MinExpires,
        Name::Authorization,
        Name::ProxyAuthorization,
        Name::WwwAuthenticate,
        Name::ProxyAuthenticate,
        Name::AuthenticationInfo,
        Name::Route,
        Name::RecordRoute,
        Name::Path,
        Name::Require,
        Name::ProxyRequire,
        Name::Supported,
        Name::Unsupported,
        Name::Event,
        Name::AllowEvents,
        Name::SubscriptionState,
        Name::Subject,
        Name::ReferTo,
        Name::ReferredBy,
        Name::Replaces,
        Name::Allow,
        Name::Accept,
        Name::SessionExpires,
        Name::MinSe,
        Name::RSeq,
        Name::RAck,
        Name::UserAgent,
        Name::Server,
        Name::Date,
        Name::RetryAfter,
        Name::Warning,
        Name::Timestamp,
        Name::Reason,
        Name::Privacy,
        Name::PAssertedIdentity,
    ];
}
