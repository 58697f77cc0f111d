//! The scan: one pass over the head of a message.
//!
//! Finds the lines with memchr, the end of the head, and the name and value of each field. Spans are offsets into the
//! head. Nothing is copied; [`unfold`] makes the copy that a folded or non-UTF-8 head needs.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};
use smallvec::SmallVec;

use super::fault::{Defect, ParseError};
use crate::sip::name::Name;
use crate::sip::text::{is_token, is_token_byte};

/// The most header fields a message may have; one with more is answered 400.
pub const MAX_HEADERS: usize = 128;

/// The most bytes a message may have, head and body: as many as a datagram can, and as a [`Span`] can count.
pub const MAX_MESSAGE: usize = 65_535;

/// A piece of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u16,
    pub end: u16,
}

impl Span {
    fn at(range: Range<usize>) -> Span {
        let narrow = |at| u16::try_from(at).expect("a message is no longer than MAX_MESSAGE");
        Span { start: narrow(range.start), end: narrow(range.end) }
    }

    /// The place of `part` in `head`, of which it is a piece; an empty one may come from anywhere.
    pub fn within(head: &str, part: &str) -> Span {
        if part.is_empty() {
            return Span { start: 0, end: 0 };
        }
        let start = part.as_ptr().addr() - head.as_ptr().addr();
        Span::at(start..start + part.len())
    }

    /// The text at this place of `head`.
    pub fn of(self, head: &str) -> &str {
        head.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }
}

/// One header field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub id: Name,
    pub name: Span,
    pub value: Span,
}

/// The start line, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    Request { method: Span, uri: Span, version: Span },
    Response { status: u16, reason: Span },
}

/// What one pass over the head finds.
#[derive(Debug)]
pub(super) struct Scan {
    pub start_line: Span,
    pub fields: SmallVec<[Field; 24]>,
    /// Where the head ends; the blank line is not counted.
    pub head_length: usize,
    /// The length of the blank line.
    pub blank_length: usize,
    pub is_folded: bool,
    pub defect: Option<Defect>,
}

impl Scan {
    pub fn of(bytes: &[u8]) -> Scan {
        let mut scan = Scan {
            start_line: Span { start: 0, end: 0 },
            fields: SmallVec::new(),
            head_length: bytes.len(),
            blank_length: 0,
            is_folded: false,
            defect: Some(Defect::Truncated),
        };
        let mut at = 0;
        for end in memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            let line = &bytes[at..end];
            let length = line.len() - usize::from(line.ends_with(b"\r"));
            let next = (end + 1).min(bytes.len());
            if length == 0 && at < bytes.len() {
                scan.head_length = at;
                scan.blank_length = next - at;
                scan.settle(None);
                return scan;
            }
            if length > 0 {
                scan.line(bytes, at..at + length);
            }
            at = next;
        }
        scan
    }

    /// What a second pass, over the unfolded copy, adds: the copy has no blank line, so that it looks truncated means
    /// nothing.
    pub fn defect_of_copy(&self) -> Option<Defect> {
        self.defect.filter(|defect| *defect != Defect::Truncated)
    }

    fn line(&mut self, bytes: &[u8], line: Range<usize>) {
        if line.start == 0 {
            self.start_line = Span::at(line);
        } else if is_blank(bytes[line.start]) {
            self.is_folded = true;
            if self.fields.is_empty() {
                self.settle(Some(Defect::StartLine));
            }
        } else {
            self.field(bytes, line);
        }
    }

    fn field(&mut self, bytes: &[u8], line: Range<usize>) {
        let text = &bytes[line.clone()];
        let Some((name, colon)) = split_name(text) else { return self.settle(Some(Defect::HeaderLine)) };
        if self.fields.len() == MAX_HEADERS {
            return self.settle(Some(Defect::TooManyHeaders));
        }
        let id = Name::of_token(&text[..name]);
        let value = trimmed(text, colon + 1..text.len());
        let within = |range: Range<usize>| Span::at(line.start + range.start..line.start + range.end);
        self.fields.push(Field { id, name: within(0..name), value: within(value) });
    }

    /// Keeps the first defect; that the end was not reached is only the default.
    fn settle(&mut self, defect: Option<Defect>) {
        match self.defect {
            None | Some(Defect::Truncated) => self.defect = defect,
            Some(_) => {}
        }
    }
}

/// Where the name of a header field ends, and where the colon behind it stands; `None` if it is no header field.
fn split_name(line: &[u8]) -> Option<(usize, usize)> {
    let name = line.iter().position(|byte| !is_token_byte(*byte)).filter(|length| *length > 0)?;
    let blanks = line[name..].iter().position(|byte| !is_blank(*byte))?;
    (line[name + blanks] == b':').then_some((name, name + blanks))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl Start {
    /// Takes the start line apart. What is recognisably SIP but not as it should be is a defect.
    pub fn parse(head: &str, line: Span) -> Result<(Start, Option<Defect>), ParseError> {
        let (offset, text) = (usize::from(line.start), line.of(head));
        if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
            Start::response(text, offset)
        } else {
            Start::request(text, offset)
        }
    }

    fn response(text: &str, offset: usize) -> Result<(Start, Option<Defect>), ParseError> {
        let version_end = memchr2(b' ', b'\t', text.as_bytes()).unwrap_or(text.len());
        let rest = text[version_end..].trim_start_matches([' ', '\t']);
        let code_end = memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
        let is_code = code_end == 3 && rest.as_bytes()[..3].iter().all(u8::is_ascii_digit);
        let status = if is_code { rest[..3].parse::<u16>().unwrap_or_default() } else { 0 };
        if !(100..700).contains(&status) {
            return Err(ParseError::BadStatus);
        }
        let reason_start = (text.len() - rest.len() + code_end + 1).min(text.len());
        let reason = Span::at(offset + reason_start..offset + text.len());
        Ok((Start::Response { status, reason }, version_defect(&text[..version_end])))
    }

    fn request(text: &str, offset: usize) -> Result<(Start, Option<Defect>), ParseError> {
        let bytes = text.as_bytes();
        let all = trimmed(bytes, 0..bytes.len());
        let method_end = memchr2(b' ', b'\t', &bytes[all.clone()]).ok_or(ParseError::NotSip)? + all.start;
        let version_start = bytes[..all.end].iter().rposition(|byte| matches!(byte, b' ' | b'\t'));
        let version_start = version_start.ok_or(ParseError::NotSip)? + 1;
        let version = &text[version_start..all.end];
        if !version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
            return Err(ParseError::NotSip);
        }
        let method = &text[all.start..method_end];
        if !is_token(method) {
            return Err(ParseError::NotSip);
        }
        let between = method_end.min(version_start)..version_start.max(method_end);
        let uri = trimmed(bytes, between.clone());
        let is_exact = all == (0..bytes.len())
            && uri.start == between.start + 1
            && uri.end + 1 == between.end
            && !uri.is_empty()
            && !bytes[uri.clone()].iter().any(|byte| byte.is_ascii_whitespace())
            && bytes[method_end] == b' '
            && bytes[version_start - 1] == b' ';
        let defect = version_defect(version).or((!is_exact).then_some(Defect::StartLine));
        let within = |range: Range<usize>| Span::at(offset + range.start..offset + range.end);
        let start = Start::Request {
            method: within(all.start..method_end),
            uri: within(uri),
            version: within(version_start..all.end),
        };
        Ok((start, defect))
    }
}

fn version_defect(version: &str) -> Option<Defect> {
    (!version.eq_ignore_ascii_case("SIP/2.0")).then_some(Defect::Version)
}

/// `range` of `bytes` without the blanks at its ends.
fn trimmed(bytes: &[u8], range: Range<usize>) -> Range<usize> {
    let text = &bytes[range.clone()];
    let Some(first) = text.iter().position(|byte| !is_blank(*byte)) else { return range.end..range.end };
    let last = text.iter().rposition(|byte| !is_blank(*byte)).unwrap_or(first);
    range.start + first..range.start + last + 1
}

/// The head with every fold made one blank and every byte that is no UTF-8 replaced (RFC 3261 §7.3.1). What is folded
/// onto the start line, where nothing may be, is left out; the scan has noted it.
pub(super) fn unfold(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let mut plain = String::with_capacity(text.len());
    let start_line = text.find('\n').map_or(text.len(), |end| end + 1);
    for line in text.split_inclusive('\n') {
        if !line.starts_with([' ', '\t']) || plain.is_empty() {
            plain.push_str(line);
        } else if plain.len() > start_line {
            let kept = plain.trim_end_matches(['\r', '\n']).len();
            plain.truncate(kept);
            plain.push(' ');
            plain.push_str(line.trim_start_matches([' ', '\t']));
        }
    }
    plain
}
