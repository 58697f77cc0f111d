//! Faults: what can be wrong with a message, and what is answered.

use std::fmt;

/// Why bytes are no message at all. Nothing can be answered to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but line breaks: a keep-alive.
    #[error("an empty message")]
    Empty,
    /// The first line is no SIP start line.
    #[error("no SIP start line")]
    NotSip,
    /// A response whose status is not 100 to 699.
    #[error("a response with a status that is none")]
    BadStatus,
    /// Longer than any message may be.
    #[error("a message of more than {} bytes", super::MAX_MESSAGE)]
    TooLong,
}

/// Why a request is refused before anyone looks at what it asks; for a response, why it is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The status to answer with.
    pub status: u16,
    /// The reason phrase to answer with, which names the fault.
    pub reason: &'static str,
}

impl Fault {
    pub(super) const fn bad(reason: &'static str) -> Fault {
        Fault { status: 400, reason }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}

/// A header that is missing or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The header is not there.
    #[error("no {0} header")]
    Missing(&'static str),
    /// The header is there and makes no sense.
    #[error("a malformed {0} header")]
    Malformed(&'static str),
}

impl HeaderError {
    /// The header it is about.
    pub fn header(self) -> &'static str {
        match self {
            HeaderError::Missing(header) | HeaderError::Malformed(header) => header,
        }
    }
}

/// A fault seen while the message was taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// The start line has blanks where none may be, or an unreadable part.
    StartLine,
    /// A version other than `SIP/2.0`.
    Version,
    /// The blank line that ends the head is missing.
    Truncated,
    /// A line of the head that is no header field.
    HeaderLine,
    /// More than [`super::MAX_HEADERS`] header fields.
    TooManyHeaders,
}

impl Defect {
    pub(super) fn fault(self) -> Fault {
        match self {
            Defect::StartLine => Fault::bad("Malformed Start Line"),
            Defect::Version => Fault { status: 505, reason: "Version Not Supported" },
            Defect::Truncated => Fault::bad("Truncated Message"),
            Defect::HeaderLine => Fault::bad("Malformed Header Line"),
            Defect::TooManyHeaders => Fault::bad("Too Many Headers"),
        }
    }
}
