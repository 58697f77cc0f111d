//! Messages: what came in, read without copying.
//!
//! [`Message::parse`] takes one whole message as it was framed (a datagram, or a frame of a stream), finds its start line,
//! header fields and body in one pass, and keeps them as spans of the text. It is tolerant: folded lines, compact names,
//! odd spacing, bare line feeds, bytes that are no UTF-8, unknown methods and schemes are all read. What is wrong is
//! remembered, not thrown away, so that a broken request can still be answered; [`Message::validate`] says with what.
//!
//! Values are read on demand by the typed views: [`Via`], [`NameAddr`], [`Contacts`] and the rest in `message/`.
//! Only where a line is folded or not UTF-8 is the head copied once, unfolded and with replacement characters
//! (RFC 3261 §7.3.1 makes a fold the same as one blank).

mod address;
mod contact;
mod essentials;
mod event;
mod fault;
mod scan;
mod session;
mod validate;
mod via;
mod views;

use std::borrow::Cow;

use smallvec::SmallVec;

pub use address::NameAddr;
pub use contact::{Contact, Contacts, MALFORMED_EXPIRES};
pub use event::{Event, SubscriptionState};
pub use fault::{Fault, HeaderError, ParseError};
pub use scan::{MAX_HEADERS, MAX_MESSAGE};
pub use session::{RAck, Refresher, Replaces, SessionExpires};
pub use via::{MAGIC_COOKIE, Via};

use essentials::Essentials;
use fault::Defect;
use scan::{Field, Scan, Span, Start};

use super::method::Method;
use super::name::Name;
use super::text;

/// One message as it came from the wire.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    raw: &'a [u8],
    head: Cow<'a, str>,
    start: Start,
    fields: SmallVec<[Field; 24]>,
    essentials: Essentials,
    body: &'a [u8],
    content_length: ContentLength,
    defect: Option<Defect>,
}

/// The start line of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartLine<'m> {
    /// A request.
    Request {
        /// The method as written.
        method: &'m str,
        /// The Request-URI as written.
        uri: &'m str,
        /// The version as written: `SIP/2.0`.
        version: &'m str,
    },
    /// A response.
    Response {
        /// The status, 100 to 699.
        status: u16,
        /// The reason phrase; may be empty.
        reason: &'m str,
    },
}

/// What the head says of the body's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContentLength {
    Missing,
    Stated(u64),
    Malformed,
}

impl<'a> Message<'a> {
    /// Reads a whole message. Fails only if `raw` holds no SIP start line at all or is too long; every other fault is
    /// kept for [`Message::validate`].
    pub fn parse(raw: &'a [u8]) -> Result<Message<'a>, ParseError> {
        if raw.len() > MAX_MESSAGE {
            return Err(ParseError::TooLong);
        }
        let leading = raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let rest = &raw[leading..];
        if rest.is_empty() {
            return Err(ParseError::Empty);
        }
        let first = Scan::of(rest);
        let (head_bytes, after) = rest.split_at(first.head_length);
        let body = &after[first.blank_length..];
        let (head, scan) = match std::str::from_utf8(head_bytes) {
            Ok(head) if !first.is_folded => (Cow::Borrowed(head), first),
            _ => {
                let head = scan::unfold(head_bytes);
                let again = Scan::of(head.as_bytes());
                (Cow::Owned(head), Scan { defect: first.defect.or(again.defect_of_copy()), ..again })
            }
        };
        let (start, start_defect) = Start::parse(&head, scan.start_line)?;
        let defect = start_defect.or(scan.defect);
        let essentials = Essentials::of(&head, &scan.fields);
        let content_length = ContentLength::Missing;
        let fields = scan.fields;
        let mut message = Message { raw, head, start, fields, essentials, body, content_length, defect };
        message.cut_body();
        message.forgive_missing_blank_line();
        Ok(message)
    }

    /// A datagram that ends with a whole line and says that it has no body misses nothing but its blank line.
    fn forgive_missing_blank_line(&mut self) {
        let has_whole_lines = self.raw.ends_with(b"\n") && self.content_length == ContentLength::Stated(0);
        if self.defect == Some(Defect::Truncated) && has_whole_lines {
            self.defect = None;
        }
    }

    /// Applies Content-Length to the body: what is beyond it in a datagram is no part of the message (RFC 3261 §18.3).
    fn cut_body(&mut self) {
        self.content_length = match self.header_of(Name::ContentLength) {
            None => ContentLength::Missing,
            Some(value) => text::digits(value).map_or(ContentLength::Malformed, ContentLength::Stated),
        };
        if let ContentLength::Stated(length) = self.content_length
            && let Ok(length) = usize::try_from(length)
            && length < self.body.len()
        {
            self.body = &self.body[..length];
        }
    }

    /// The bytes this was read from.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The start line.
    pub fn start_line(&self) -> StartLine<'_> {
        match self.start {
            Start::Request { method, uri, version } => StartLine::Request {
                method: self.text(method),
                uri: self.text(uri),
                version: self.text(version),
            },
            Start::Response { status, reason } => StartLine::Response { status, reason: self.text(reason) },
        }
    }

    /// Whether this is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// The method of a request.
    pub fn method(&self) -> Option<Method> {
        match self.start_line() {
            StartLine::Request { method, .. } => Some(Method::from(method)),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI of a request, verbatim.
    pub fn request_uri(&self) -> Option<&str> {
        match self.start_line() {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// The status of a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status, .. } => Some(status),
        }
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> Option<&str> {
        match self.start_line() {
            StartLine::Request { .. } => None,
            StartLine::Response { reason, .. } => Some(reason),
        }
    }

    /// The body, cut to Content-Length; empty if there is none.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Every header field in order: its name as written and its value, unfolded and trimmed.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|field| (self.text(field.name), self.text(field.value)))
    }

    /// The value of the first header field of that name (full or compact, any case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }

    /// The value of each header field of that name, unsplit, in order.
    pub fn headers<'m>(&'m self, name: &str) -> impl Iterator<Item = &'m str> {
        let known = Name::of(name);
        let is_wanted = move |field: &&Field| match known {
            Name::Other => field.id == Name::Other && self.text(field.name).eq_ignore_ascii_case(name),
            known => field.id == known,
        };
        self.fields.iter().filter(is_wanted).map(|field| self.text(field.value))
    }

    /// Each element of the comma-separated lists under that name, over all its header fields, in order; empty elements
    /// are left out. Not for headers whose value may hold a bare comma (Date, Subject, Authorization).
    pub fn values<'m>(&'m self, name: &str) -> impl Iterator<Item = &'m str> {
        self.headers(name).flat_map(|value| text::split(value, b',')).filter(|value| !value.is_empty())
    }

    /// The value of the first header field of a known name; quicker than [`Message::header`].
    pub fn header_of(&self, name: Name) -> Option<&str> {
        self.headers_of(name).next()
    }

    /// The value of each header field of a known name, unsplit, in order.
    pub fn headers_of(&self, name: Name) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |field| field.id == name).map(|field| self.text(field.value))
    }

    fn text(&self, span: Span) -> &str {
        span.of(&self.head)
    }
}

#[cfg(test)]
mod tests;
