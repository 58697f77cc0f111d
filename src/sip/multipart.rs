//! Bodies of several parts: `multipart/mixed` and its kin (RFC 2046 §5.1, RFC 5621).
//!
//! A phone that calls for help puts where it stands beside its session description (RFC 6442 §4). Parts are borrowed from
//! the body and bounded in number. Parts within parts are not taken apart: such a part is one of an unknown type. Reading
//! is tolerant of bare line feeds and of a missing last delimiter.

use std::borrow::Cow;

use super::message::Message;
use super::params::Params;
use super::text;

/// One part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'b> {
    content_type: String,
    disposition: String,
    encoding: String,
    /// What it holds, as it stands there.
    pub body: &'b [u8],
}

/// Why a body has no parts that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// The type names no boundary, or one that RFC 2046 does not allow.
    #[error("no boundary")]
    NoBoundary,
    /// The boundary never comes.
    #[error("no part")]
    NoPart,
    /// More than [`MAX_PARTS`], or a part with more than [`MAX_LINES`] lines of header.
    #[error("too many parts or lines")]
    TooMany,
}

impl Message<'_> {
    /// The parts of the body; `None` if it is one thing.
    pub fn parts(&self) -> Option<Result<Vec<Part<'_>>, MultipartError>> {
        let (media, params) = self.content_type()?;
        let (kind, _) = media.split_once('/')?;
        kind.trim().eq_ignore_ascii_case("multipart").then(|| {
            let boundary = params.value("boundary").unwrap_or(Cow::Borrowed(""));
            parts(self.body(), &boundary)
        })
    }
}

/// The parts of a body between the delimiters that are made of `boundary`.
pub fn parts<'b>(body: &'b [u8], boundary: &str) -> Result<Vec<Part<'b>>, MultipartError> {
    if boundary.is_empty() || boundary.len() > LONGEST_BOUNDARY || boundary.contains(['\r', '\n']) {
        return Err(MultipartError::NoBoundary);
    }
    let mut found = Vec::new();
    let mut part_begins = None;
    for (begins, ends) in lines(body) {
        let Some(delimiter) = delimiter(&body[begins..ends], boundary) else { continue };
        if let Some(start) = part_begins {
            if found.len() == MAX_PARTS {
                return Err(MultipartError::TooMany);
            }
            found.push(Part::read(without_line_break(&body[start..begins]))?);
        }
        match delimiter {
            Delimiter::Next => part_begins = Some(ends),
            Delimiter::Last => return Ok(found),
        }
    }
    match part_begins {
        Some(_) if found.len() == MAX_PARTS => Err(MultipartError::TooMany),
        Some(start) => {
            found.push(Part::read(&body[start..])?);
            Ok(found)
        }
        None => Err(MultipartError::NoPart),
    }
}

impl<'b> Part<'b> {
    fn read(bytes: &'b [u8]) -> Result<Part<'b>, MultipartError> {
        let mut part = Part {
            content_type: String::new(),
            disposition: String::new(),
            encoding: String::new(),
            body: b"",
        };
        // The field that a folded line goes on with.
        let mut current = None;
        for (count, (begins, ends)) in lines(bytes).enumerate() {
            if count == MAX_LINES {
                return Err(MultipartError::TooMany);
            }
            let line = String::from_utf8_lossy(without_line_break(&bytes[begins..ends]));
            if line.is_empty() {
                part.body = &bytes[ends..];
                return Ok(part);
            }
            if !line.starts_with([' ', '\t']) {
                current = line.split_once(':').map(|(name, _)| name.trim().to_ascii_lowercase());
            }
            let value = match line.split_once(':') {
                Some((_, value)) if !line.starts_with([' ', '\t']) => value,
                _ => line.as_ref(),
            };
            let field = match current.as_deref() {
                Some("content-type" | "c") => &mut part.content_type,
                Some("content-disposition") => &mut part.disposition,
                Some("content-transfer-encoding") => &mut part.encoding,
                _ => continue,
            };
            field.push_str(text::trim(value));
        }
        Ok(part)
    }

    /// Whether it is of this type, parameters aside, and stands there as it is.
    pub fn is_content_type(&self, wanted: &str) -> bool {
        let is_plain =
            ["", "binary", "8bit", "7bit"].iter().any(|plain| self.encoding.eq_ignore_ascii_case(plain));
        is_plain && word(&self.content_type).eq_ignore_ascii_case(wanted)
    }

    /// What it is for, in small letters: `session`, `render`, …; empty where it does not say.
    pub fn disposition(&self) -> String {
        word(&self.disposition).to_ascii_lowercase()
    }

    /// Whether it says that whoever does not understand it must refuse the message (RFC 3261 §20.11). A part that says
    /// nothing may be passed over, for phones that add their location seldom say more than its type.
    pub fn is_required(&self) -> bool {
        let params = self.disposition.split_once(';').and_then(|(_, params)| Params::parse(params));
        let handling = params.and_then(|params| params.value("handling"));
        handling.is_some_and(|handling| handling.eq_ignore_ascii_case("required"))
    }
}

/// What stands before the first parameter.
fn word(value: &str) -> &str {
    text::trim(value.split(';').next().unwrap_or_default())
}

enum Delimiter {
    Next,
    Last,
}

/// The delimiter in a line, if it is one: two hyphens, the boundary, two more after the last part, blanks.
fn delimiter(line: &[u8], boundary: &str) -> Option<Delimiter> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary.as_bytes())?;
    match rest.trim_ascii_end() {
        b"" => Some(Delimiter::Next),
        b"--" => Some(Delimiter::Last),
        _ => None,
    }
}

/// Where each line begins and ends, its line break included.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut begins = 0;
    std::iter::from_fn(move || {
        if begins == bytes.len() {
            return None;
        }
        let ends = memchr::memchr(b'\n', &bytes[begins..]).map_or(bytes.len(), |at| begins + at + 1);
        let line = (begins, ends);
        begins = ends;
        Some(line)
    })
}

fn without_line_break(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The most parts that are read.
pub const MAX_PARTS: usize = 16;
/// The most lines the header of a part may have.
pub const MAX_LINES: usize = 32;
/// RFC 2046 §5.1.1.
const LONGEST_BOUNDARY: usize = 70;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<Part<'_>> {
        parts(text.as_bytes(), "b 1").expect("parts")
    }

    #[test]
    fn the_parts_of_a_call_for_help_are_told_apart() {
        let text = "preamble\r\n--b 1\r\nContent-Type: Application/SDP;charset=utf-8\r\n\r\nv=0\r\no=x\r\n\r\n--b 1  \r\n\
                    content-type :application/pidf+xml\r\nContent-Disposition: render;\r\n handling=\"Required\"\r\n\
                    Content-ID: <a@b>\r\n\r\n<p/>\r\n--b 1--\r\nepilogue\r\n--b 1\r\n\r\nnot this\r\n";
        let parts = read(text);
        assert_eq!(parts.len(), 2);
        assert!(parts[0].is_content_type("application/sdp"));
        assert_eq!((parts[0].body, parts[0].is_required()), (&b"v=0\r\no=x\r\n"[..], false));
        assert_eq!(parts[0].disposition(), "");
        assert!(parts[1].is_content_type("application/pidf+xml"));
        assert_eq!((parts[1].body, parts[1].is_required()), (&b"<p/>"[..], true));
        assert_eq!(parts[1].disposition(), "render");
    }

    #[test]
    fn bare_line_feeds_no_header_and_no_last_delimiter_are_forgiven() {
        let parts = read("--b 1\n\nplain\n--b 1\nc:application/sdp\n\nv=0\n");
        let bodies: Vec<_> = parts.iter().map(|part| part.body).collect();
        assert_eq!(bodies, [&b"plain"[..], b"v=0\n"]);
        assert!(!parts[0].is_content_type("application/sdp") && parts[1].is_content_type("application/sdp"));
    }

    #[test]
    fn a_line_that_only_begins_like_the_delimiter_is_none() {
        let parts = read("--b 1\r\n\r\n--b 10\r\n --b 1\r\n--b 1--");
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].body, b"--b 10\r\n --b 1");
    }

    #[test]
    fn a_part_packed_for_mail_is_not_taken_for_what_it_holds() {
        let parts = read(
            "--b 1\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0w\r\n--b 1--",
        );
        assert!(!parts[0].is_content_type("application/sdp"));
    }

    #[test]
    fn what_has_no_parts_or_too_many_is_refused() {
        let many = "--b\r\n\r\n".repeat(MAX_PARTS + 1);
        let long = format!("--b\r\n{}\r\n", "X: y\r\n".repeat(MAX_LINES + 1));
        for (body, boundary, error) in [
            ("--b\r\n\r\nx", "", MultipartError::NoBoundary),
            ("--b\r\n\r\nx", &"b".repeat(71), MultipartError::NoBoundary),
            ("", "b", MultipartError::NoPart),
            ("v=0\r\n", "b", MultipartError::NoPart),
            (&many, "b", MultipartError::TooMany),
            (&long, "b", MultipartError::TooMany),
        ] {
            assert_eq!(parts(body.as_bytes(), boundary), Err(error), "{body:.40}");
        }
        assert_eq!(parts(b"--b--\r\n", "b"), Ok(Vec::new()));
    }

    #[test]
    fn a_message_says_by_its_type_whether_it_has_parts() {
        let message = |kind: &str| {
            format!("INVITE sip:a@b SIP/2.0\r\nContent-Type: {kind}\r\n\r\n--x;y\r\n\r\none\r\n--x;y--\r\n")
        };
        for (kind, count) in [
            ("Multipart/Mixed;boundary=\"x;y\"", Some(Ok(1))),
            ("multipart/related; type=\"a/b\" ;boundary=\"x;y\"", Some(Ok(1))),
            ("multipart/mixed", Some(Err(MultipartError::NoBoundary))),
            ("application/sdp;boundary=x", None),
        ] {
            let text = message(kind);
            let message = Message::parse(text.as_bytes()).expect("a message");
            assert_eq!(message.parts().map(|parts| parts.map(|parts| parts.len())), count, "{kind}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_read_as_they_were_written(bodies in prop::collection::vec("[ -~\r\n]{0,60}", 1..5)) {
            let mut text = String::new();
            for body in &bodies {
                text.push_str(&format!("--=_7/b\r\nContent-Type: text/plain\r\n\r\n{body}\r\n"));
            }
            text.push_str("--=_7/b--\r\n");
            prop_assume!(bodies.iter().all(|body| !body.contains("--=_7/b")));
            let parts = parts(text.as_bytes(), "=_7/b").expect("parts");
            let read: Vec<_> = parts.iter().map(|part| part.body).collect();
            prop_assert_eq!(read, bodies.iter().map(String::as_bytes).collect::<Vec<_>>());
        }

        #[test]
        fn no_body_makes_the_reader_fall(body in "(--b|--|b|\r|\n|:|x|c:| ){0,60}") {
            let _ = parts(body.as_bytes(), "b");
        }
    }
}
