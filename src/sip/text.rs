//! Text: the small grammar all headers share.
//!
//! Tokens, quoted strings, percent escapes, and splitting at a separator that stands outside quotes and angle brackets
//! (RFC 3261 §25.1). Everything borrows; nothing here can fail on odd input, it only answers `None`.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

/// Which bytes may stand in a token (RFC 3261 §25.1).
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        byte += 1;
    }
    table
};

/// Whether `byte` may stand in a token (RFC 3261 §25.1).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// Whether `text` is a token: one or more token characters.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// `text` without the blanks round it. Line breaks are gone by then: the reader unfolds.
pub(crate) fn trim(text: &str) -> &str {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let bytes = text.as_bytes();
    let Some(start) = bytes.iter().position(|byte| !is_blank(byte)) else { return "" };
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// `text` before and after the first `separator`, an ASCII character.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = memchr(separator, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

/// Which bytes a URI cannot hold as it stands in a header: blanks, control characters, and what ends it there.
static UNFIT_FOR_URI: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte <= b' ' {
        table[byte as usize] = true;
        byte += 1;
    }
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[b'"' as usize] = true;
    table[127] = true;
    table
};

/// Whether nothing in `text` is unfit for a URI.
pub(crate) fn is_fit_for_uri(text: &str) -> bool {
    text.bytes().all(|byte| !UNFIT_FOR_URI[usize::from(byte)])
}

/// A place in a text that is read from left to right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The start of `text`.
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// How many bytes have been passed.
    pub(crate) fn at(self) -> usize {
        self.at
    }

    /// What is still to be read.
    pub(crate) fn rest(self) -> &'a str {
        &self.text[self.at..]
    }

    /// The next byte.
    pub(crate) fn peek(self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes the ASCII character `byte` if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes blanks; whether there were any.
    pub(crate) fn blanks(&mut self) -> bool {
        let from = self.at;
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.at > from
    }

    /// The longest run of bytes that `table` allows. It must allow every byte that is not ASCII, or none of them.
    pub(crate) fn run(&mut self, table: &[bool; 256]) -> &'a str {
        let rest = self.rest();
        let is_end = |byte: &u8| !table[usize::from(*byte)];
        let length = rest.as_bytes().iter().position(is_end).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The token that is next.
    pub(crate) fn token(&mut self) -> Option<&'a str> {
        Some(self.run(&TOKEN)).filter(|token| !token.is_empty())
    }

    /// The quoted string that is next, both quotes counted.
    pub(crate) fn quoted(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let length = quoted_length(rest)?;
        self.at += length;
        Some(&rest[..length])
    }

    /// Everything up to the first `separator` outside quotes and angle brackets, or to the end; `None` if a quote or
    /// bracket before it is never closed.
    pub(crate) fn until_bare(&mut self, separator: u8) -> Option<&'a str> {
        let (before, _) = cut_bare(self.rest(), separator)?;
        self.at += before.len();
        Some(before)
    }
}

/// Splits `text` at `separator` where it stands outside quotes and angle brackets; the pieces are trimmed.
pub(crate) fn split(text: &str, separator: u8) -> Split<'_> {
    Split { rest: Some(text), separator }
}

/// The first place of `wanted` in `text` outside quoted strings and angle brackets. What follows a quote or bracket that
/// is never closed belongs to it.
pub(crate) fn find_bare(text: &str, wanted: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let found = at + memchr3(wanted, b'"', b'<', &bytes[at..])?;
        if bytes[found] == wanted {
            return Some(found);
        }
        at = skip(bytes, found)?;
    }
}

/// What stands before and behind the first `separator` outside quotes and angle brackets; no behind if there is none.
/// `None` if a quote or bracket before it is never closed.
pub(crate) fn cut_bare(text: &str, separator: u8) -> Option<(&str, Option<&str>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr3(separator, b'"', b'<', &bytes[at..]) {
        let found = at + found;
        if bytes[found] == separator {
            return Some((&text[..found], Some(&text[found + 1..])));
        }
        at = skip(bytes, found)?;
    }
    Some((text, None))
}

/// The pieces of a list; made by [`split`].
#[derive(Debug, Clone)]
pub(crate) struct Split<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        match find_bare(rest, self.separator) {
            Some(at) => {
                self.rest = Some(&rest[at + 1..]);
                Some(trim(&rest[..at]))
            }
            None => {
                self.rest = None;
                Some(trim(rest))
            }
        }
    }
}

/// The place after the quoted string or the angle brackets that open at `at`; `None` if they are never closed.
fn skip(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes[at] == b'"' { skip_quoted(bytes, at) } else { skip_angle(bytes, at) }
}

fn skip_quoted(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Quotes count within angle brackets too, as URIs with quoted parameters are seen.
fn skip_angle(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr2(b'>', b'"', bytes.get(at..)?)?;
        if bytes[at] == b'>' {
            return Some(at + 1);
        }
        at = skip_quoted(bytes, at)?;
    }
}

/// The length of the quoted string at the start of `text`, both quotes counted.
pub(crate) fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.first() == Some(&b'"') { skip_quoted(bytes, 0) } else { None }
}

/// The content of a quoted string with its escapes undone; any other text as it is.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = quoted_length(text).filter(|length| *length == text.len()).map(|n| &text[1..n - 1])
    else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.extend(chars.next()),
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// `text` as a quoted string, with `"` and `\` escaped and line breaks turned into blanks.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(char);
            }
            '\r' | '\n' | '\0' => quoted.push(' '),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// `text` with its percent escapes undone; an escape that is none is kept as it stands, and bytes that make no UTF-8
/// become the replacement character.
pub fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match escape_at(bytes, at) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    match String::from_utf8(plain) {
        Ok(plain) => Cow::Owned(plain),
        Err(bad) => Cow::Owned(String::from_utf8_lossy(bad.as_bytes()).into_owned()),
    }
}

/// The byte the percent escape at `at` stands for.
pub(crate) fn escape_at(bytes: &[u8], at: usize) -> Option<u8> {
    match bytes.get(at..at + 3)? {
        [b'%', high, low] => {
            let high = char::from(*high).to_digit(16)?;
            let low = char::from(*low).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        }
        _ => None,
    }
}

/// `text` as it may stand as the user of a SIP URI: what RFC 3261 §25.1 does not allow there becomes an escape.
pub fn percent_encode_user(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte);
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if is_plain(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            for nibble in [byte >> 4, byte & 15] {
                escaped.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
            }
        }
    }
    Cow::Owned(escaped)
}

/// A whole number of decimal digits and nothing else; too large ones clamp at `u64::MAX`.
pub(crate) fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let step = |sum: u64, byte: u8| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
    Some(text.bytes().fold(0, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_only_outside_quotes_and_angle_brackets() {
        let pieces: Vec<_> = split(r#""a,b" <sip:x,y@h>;p="1,2" , <sip:z@h>"#, b',').collect();
        assert_eq!(pieces, [r#""a,b" <sip:x,y@h>;p="1,2""#, "<sip:z@h>"]);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_quoted_string() {
        assert_eq!(quoted_length(r#""a\"b" rest"#), Some(6));
        assert_eq!(quoted_length(r#""open"#), None);
        assert_eq!(unquote(r#""a\"b\\""#), r#"a"b\"#);
        assert_eq!(unquote("bare"), "bare");
    }

    #[test]
    fn a_quoted_string_reads_back_as_it_was_written() {
        for text in ["", "plain", r#"a "b" \c"#, "Žofie"] {
            assert_eq!(unquote(&quote(text)), text);
        }
    }

    #[test]
    fn percent_escapes_are_undone_and_broken_ones_kept() {
        assert_eq!(percent_decode("%31002"), "1002");
        assert_eq!(percent_decode("*11%23"), "*11#");
        assert_eq!(percent_decode("%Z%45%4"), "%ZE%4");
        assert_eq!(percent_decode("%C3%A9"), "é");
        assert_eq!(percent_decode("%ff"), "\u{fffd}");
    }

    #[test]
    fn a_user_is_escaped_only_where_it_must_be() {
        assert_eq!(percent_encode_user("*77*100*"), "*77*100*");
        assert_eq!(percent_encode_user("*11#"), "*11%23");
    }

    #[test]
    fn a_number_is_digits_only_and_clamps() {
        assert_eq!(digits("0068"), Some(68));
        assert_eq!(digits("-1"), None);
        assert_eq!(digits(""), None);
        assert_eq!(digits("99999999999999999999999"), Some(u64::MAX));
    }
}
