//! Validation: what a request must be before anyone looks at what it asks (RFC 3261 §8.1.1, §8.2, §16.3).
//!
//! The answers are those RFC 4475 §3 names. A missing Max-Forwards is accepted, as phones of RFC 2543 send none.

use super::address::NameAddr;
use super::essentials::Essentials;
use super::fault::{Fault, HeaderError};
use super::{ContentLength, Message, StartLine};
use crate::sip::name::Name;
use crate::sip::text;
use crate::sip::uri::{Scheme, Uri};

/// Headers that may stand only once, each with the answer when they stand twice.
const SINGLE: &[(Name, &str)] = &[
    (Name::From, "Duplicate From"),
    (Name::To, "Duplicate To"),
    (Name::CallId, "Duplicate Call-ID"),
    (Name::CSeq, "Duplicate CSeq"),
    (Name::MaxForwards, "Duplicate Max-Forwards"),
    (Name::ContentLength, "Duplicate Content-Length"),
    (Name::ContentType, "Duplicate Content-Type"),
    (Name::Expires, "Duplicate Expires"),
    (Name::Event, "Duplicate Event"),
];

impl Message<'_> {
    /// Whether the message is one that RFC 3261 allows; if not, what to answer (a request) or why to drop it (a
    /// response).
    pub fn validate(&self) -> Result<(), Fault> {
        if let Some(defect) = self.defect {
            return Err(defect.fault());
        }
        self.check_single()?;
        self.check_mandatory()?;
        self.check_body()?;
        self.check_optional()?;
        match self.start_line() {
            StartLine::Request { method, uri, .. } => {
                let (_, cseq_method) = self.cseq_parts().map_err(fault_of)?;
                if cseq_method != method {
                    return Err(Fault::bad("CSeq Method Mismatch"));
                }
                check_request_uri(uri)
            }
            StartLine::Response { .. } => Ok(()),
        }
    }

    fn check_single(&self) -> Result<(), Fault> {
        let mut seen = 0_u64;
        for field in &self.fields {
            let bit = 1_u64 << (field.id as u32);
            if seen & bit != 0
                && let Some((_, reason)) = SINGLE.iter().find(|(name, _)| *name == field.id)
            {
                return Err(Fault::bad(reason));
            }
            seen |= bit;
        }
        Ok(())
    }

    fn check_mandatory(&self) -> Result<(), Fault> {
        check_version(&self.via_top().map_err(fault_of)?)?;
        for via in self.vias_below_top() {
            check_version(&super::Via::parse(via).map_err(fault_of)?)?;
        }
        let Essentials { via: _, from, to, call_id, cseq } = &self.essentials;
        let missing = [from.err(), to.err(), call_id.err(), cseq.err()];
        missing.into_iter().flatten().next().map_or(Ok(()), |error| Err(fault_of(error)))
    }

    fn check_optional(&self) -> Result<(), Fault> {
        self.max_forwards().map_err(fault_of)?;
        self.expires().map_err(fault_of)?;
        let mut contacts = 0;
        for field in &self.fields {
            match field.id {
                Name::Contact => contacts += 1,
                Name::Route | Name::RecordRoute | Name::Path => {
                    for value in text::split(self.text(field.value), b',') {
                        NameAddr::parse(value, field.id.as_str()).map_err(fault_of)?;
                    }
                }
                _ => {}
            }
        }
        if contacts > 0 { self.contacts().map(|_| ()).map_err(fault_of) } else { Ok(()) }
    }

    fn check_body(&self) -> Result<(), Fault> {
        match self.content_length {
            ContentLength::Missing => Ok(()),
            ContentLength::Malformed => Err(Fault::bad("Malformed Content-Length")),
            ContentLength::Stated(length) if length > self.body.len() as u64 => {
                Err(Fault::bad("Content-Length Exceeds Message"))
            }
            ContentLength::Stated(_) => Ok(()),
        }
    }
}

/// `SIP/2.0`, with blanks round the slash allowed.
fn check_version(via: &super::Via<'_>) -> Result<(), Fault> {
    let is_ours = via.protocol.split_once('/').is_some_and(|(name, version)| {
        name.trim_ascii_end().eq_ignore_ascii_case("SIP") && version.trim_ascii_start() == "2.0"
    });
    if is_ours { Ok(()) } else { Err(Fault { status: 505, reason: "Version Not Supported" }) }
}

fn check_request_uri(uri: &str) -> Result<(), Fault> {
    let bad = Fault::bad("Malformed Request-URI");
    let parsed = Uri::parse(uri).ok_or(bad)?;
    match parsed.scheme {
        Scheme::Sip | Scheme::Sips if parsed.headers.is_some() => Err(bad),
        Scheme::Sip | Scheme::Sips | Scheme::Tel => Ok(()),
        // A service, such as urn:service:sos (RFC 5031); which ones are known is said elsewhere.
        Scheme::Other(scheme) if scheme.eq_ignore_ascii_case("urn") => Ok(()),
        Scheme::Other(_) => Err(Fault { status: 416, reason: "Unsupported URI Scheme" }),
    }
}

/// The answer to a header that is missing or cannot be read.
fn fault_of(error: HeaderError) -> Fault {
    Fault::bad(match error {
        HeaderError::Missing("Via") => "Missing Via",
        HeaderError::Missing("From") => "Missing From",
        HeaderError::Missing("To") => "Missing To",
        HeaderError::Missing("Call-ID") => "Missing Call-ID",
        HeaderError::Missing("CSeq") => "Missing CSeq",
        HeaderError::Missing(_) => "Missing Header",
        HeaderError::Malformed("Via") => "Malformed Via",
        HeaderError::Malformed("From") => "Malformed From",
        HeaderError::Malformed("To") => "Malformed To",
        HeaderError::Malformed("Call-ID") => "Malformed Call-ID",
        HeaderError::Malformed("CSeq") => "Malformed CSeq",
        HeaderError::Malformed("Max-Forwards") => "Malformed Max-Forwards",
        HeaderError::Malformed("Expires") => "Malformed Expires",
        HeaderError::Malformed("Contact") => "Malformed Contact",
        HeaderError::Malformed("Route") => "Malformed Route",
        HeaderError::Malformed("Record-Route") => "Malformed Record-Route",
        HeaderError::Malformed("Path") => "Malformed Path",
        HeaderError::Malformed(_) => "Malformed Header",
    })
}

impl From<HeaderError> for Fault {
    fn from(error: HeaderError) -> Fault {
        fault_of(error)
    }
}
