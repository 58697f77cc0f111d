//! Validation: what a request must be before anyone looks at what it asks (RFC 3261 §8.1.1, §8.2, §16.3).
//!
//! The answers are those RFC 4475 §3 names. A missing Max-Forwards is accepted, as phones of RFC 2543 send none.

use super::fault::{Fault, HeaderError};
use super::{ContentLength, Message, StartLine};
use crate::sip::name::Name;
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
        self.from().map_err(fault_of)?;
        self.to().map_err(fault_of)?;
        self.call_id().map_err(fault_of)?;
        self.cseq_parts().map_err(fault_of)?;
        Ok(())
    }

    fn check_optional(&self) -> Result<(), Fault> {
        self.max_forwards().map_err(fault_of)?;
        self.expires().map_err(fault_of)?;
        self.contacts().map_err(fault_of)?;
        for name in [Name::Route, Name::RecordRoute, Name::Path] {
            for value in self.elements(name) {
                super::NameAddr::parse(value, name.as_str()).map_err(fault_of)?;
            }
        }
        Ok(())
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
