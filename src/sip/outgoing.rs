//! Outgoing messages: what the box writes.
//!
//! Every message the box sends is made of rsip's headers; the start line and the bytes are ours, because rsip cannot hold
//! a Request-URI or a reason phrase verbatim, nor print a binary body. No value can break out of its line: line breaks in
//! it become blanks. Content-Length is computed, never given.

mod answering;
mod header;
mod reason;

use std::borrow::Cow;

use rsip::Header;

pub use header::{make as header, name_and_value};
pub use reason::reason_phrase;

use super::method::Method;
use super::name::Name;

/// How many headers a message is given room for.
const USUAL_HEADERS: usize = 12;

/// How many bytes of head a message is given room for, its headers not counted.
const USUAL_START: usize = 128;

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The Request-URI, verbatim.
    pub uri: String,
    /// The headers in order, without Content-Length.
    pub headers: rsip::Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// A response to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status, 100 to 699.
    pub status: u16,
    /// The reason phrase.
    pub reason: Cow<'static, str>,
    /// The headers in order, without Content-Length.
    pub headers: rsip::Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// What requests and responses have in common: headers and a body.
pub trait Outgoing: Sized {
    /// The headers in order.
    fn headers(&self) -> &rsip::Headers;

    /// The headers, to be changed.
    fn headers_mut(&mut self) -> &mut rsip::Headers;

    /// The body, to be changed.
    fn body_mut(&mut self) -> &mut Vec<u8>;

    /// Adds a header at the end.
    fn push(&mut self, name: &str, value: impl Into<String>) {
        self.headers_mut().push(header(name, value));
    }

    /// The same message with one header more.
    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a header before all others of its name, or at the top: the Via of whoever sends a message on.
    fn push_front(&mut self, name: &str, value: impl Into<String>) {
        let mut all: Vec<Header> = std::mem::take(self.headers_mut()).into();
        let at = all.iter().position(|here| is_named(here, name)).unwrap_or(0);
        all.insert(at, header(name, value));
        *self.headers_mut() = all.into();
    }

    /// Puts one header in the place of all of its name.
    fn replace(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.push(name, value);
    }

    /// Takes all headers of that name away.
    fn remove(&mut self, name: &str) {
        self.headers_mut().retain(|here| !is_named(here, name));
    }

    /// The value of the first header of that name.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers().iter().find(|here| is_named(here, name)).map(|here| name_and_value(here).1)
    }

    /// Sets the body and its type.
    fn set_body(&mut self, content_type: &str, body: impl Into<Vec<u8>>) {
        self.replace("Content-Type", content_type);
        *self.body_mut() = body.into();
    }

    /// The same message with a body.
    fn with_body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.set_body(content_type, body);
        self
    }
}

fn is_named(header: &Header, name: &str) -> bool {
    let (here, _) = name_and_value(header);
    here.eq_ignore_ascii_case(name)
        || (name.len() == 1 && Name::of(name) != Name::Other && Name::of(here) == Name::of(name))
}

impl Request {
    /// A request without headers.
    pub fn new(method: Method, uri: impl Into<String>) -> Request {
        let headers = Vec::with_capacity(USUAL_HEADERS).into();
        Request { method, uri: uri.into(), headers, body: Vec::new() }
    }

    /// The bytes to send.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(room(&self.headers, &self.body));
        bytes.extend_from_slice(self.method.as_str().as_bytes());
        bytes.push(b' ');
        write_clean(&mut bytes, &self.uri);
        bytes.extend_from_slice(b" SIP/2.0\r\n");
        write_rest(&mut bytes, &self.headers, &self.body);
        bytes
    }
}

impl Response {
    /// A response without headers, with the usual reason phrase.
    pub fn new(status: u16) -> Response {
        let headers = Vec::with_capacity(USUAL_HEADERS).into();
        Response { status, reason: Cow::Borrowed(reason_phrase(status)), headers, body: Vec::new() }
    }

    /// The same response with another reason phrase.
    pub fn with_reason(mut self, reason: impl Into<Cow<'static, str>>) -> Response {
        self.reason = reason.into();
        self
    }

    /// Whether it ends its transaction.
    pub fn is_final(&self) -> bool {
        self.status >= 200
    }

    /// The bytes to send.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(room(&self.headers, &self.body));
        bytes.extend_from_slice(b"SIP/2.0 ");
        bytes.extend_from_slice(itoa::Buffer::new().format(self.status).as_bytes());
        bytes.push(b' ');
        write_clean(&mut bytes, &self.reason);
        bytes.extend_from_slice(b"\r\n");
        write_rest(&mut bytes, &self.headers, &self.body);
        bytes
    }
}

impl Outgoing for Request {
    fn headers(&self) -> &rsip::Headers {
        &self.headers
    }

    fn headers_mut(&mut self) -> &mut rsip::Headers {
        &mut self.headers
    }

    fn body_mut(&mut self) -> &mut Vec<u8> {
        &mut self.body
    }
}

impl Outgoing for Response {
    fn headers(&self) -> &rsip::Headers {
        &self.headers
    }

    fn headers_mut(&mut self) -> &mut rsip::Headers {
        &mut self.headers
    }

    fn body_mut(&mut self) -> &mut Vec<u8> {
        &mut self.body
    }
}

fn room(headers: &rsip::Headers, body: &[u8]) -> usize {
    let lines: usize =
        headers.iter().map(name_and_value).map(|(name, value)| name.len() + value.len() + 4).sum();
    USUAL_START + lines + body.len()
}

fn write_rest(bytes: &mut Vec<u8>, headers: &rsip::Headers, body: &[u8]) {
    for header in headers.iter() {
        let (name, value) = name_and_value(header);
        match header {
            Header::ContentLength(_) => continue,
            Header::Other(..) => write_clean(bytes, name),
            _ => bytes.extend_from_slice(name.as_bytes()),
        }
        bytes.extend_from_slice(b": ");
        write_clean(bytes, value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"Content-Length: ");
    bytes.extend_from_slice(itoa::Buffer::new().format(body.len()).as_bytes());
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(body);
}

/// Writes `text` with line breaks turned into blanks, so that no value can add a line.
fn write_clean(bytes: &mut Vec<u8>, text: &str) {
    if memchr::memchr2(b'\r', b'\n', text.as_bytes()).is_none() {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    bytes.extend(text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
}

#[cfg(test)]
mod tests;
