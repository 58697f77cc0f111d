//! Parameters: `;name=value` behind an address, a Via, an event.
//!
//! A borrowed, lazy view: looking one up walks the text, which for the handful of parameters on the wire is faster than
//! a table. Values may be quoted, hold `:`, `[`, `/`, or be missing; names compare without case (RFC 3261 §7.3.1).

use std::borrow::Cow;

use super::text::{self, Cursor};

/// The parameters behind a value; the text begins after the first `;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a> {
    text: &'a str,
}

impl<'a> Params<'a> {
    /// A view of `text`, the part after the first `;`. Fails (`None`) on an empty name or an open quote.
    pub fn parse(text: &'a str) -> Option<Params<'a>> {
        Params::read(text, |_, _| {})
    }

    /// The same, and shows `see` each name with its raw value on the way, so that whoever looks for some of them walks
    /// the text only once. What was seen counts only if the whole is sound.
    pub fn read(text: &'a str, mut see: impl FnMut(&'a str, Option<&'a str>)) -> Option<Params<'a>> {
        let params = Params { text: text::trim(text) };
        if params.text.is_empty() {
            return Some(params);
        }
        let mut cursor = Cursor::new(params.text);
        loop {
            cursor.blanks();
            let name = cursor.run(&IN_NAME);
            cursor.blanks();
            let value = if cursor.eat(b'=') { Some(text::trim(cursor.until_bare(b';')?)) } else { None };
            if name.is_empty() || !(cursor.rest().is_empty() || cursor.peek() == Some(b';')) {
                return None;
            }
            see(name, value);
            if !cursor.eat(b';') {
                return Some(params);
            }
        }
    }

    /// A view of text that [`Params::read`] has found sound before.
    pub(super) fn sound(text: &'a str) -> Params<'a> {
        Params { text }
    }

    /// The parameters as written, without the leading `;`; empty when there are none.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Name and raw value (quotes kept) of each parameter, in order; a flag has no value.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let text = if self.text.is_empty() { None } else { Some(self.text) };
        text.into_iter().flat_map(|text| text::split(text, b';')).map(name_and_value)
    }

    /// Whether the parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The raw value: `None` if the parameter is missing, `Some(None)` if it has no value.
    pub fn raw(&self, name: &str) -> Option<Option<&'a str>> {
        self.iter().find(|(here, _)| here.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value as written, quotes kept; `None` when the parameter is missing or has none.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.raw(name).flatten()
    }

    /// The value with its quotes and escapes undone.
    pub fn value(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).map(text::unquote)
    }
}

/// A name holds neither quotes nor brackets, so that the first `=` ends it.
fn name_and_value(piece: &str) -> (&str, Option<&str>) {
    match piece.as_bytes().iter().position(|byte| *byte == b'=') {
        Some(at) => (text::trim(&piece[..at]), Some(text::trim(&piece[at + 1..]))),
        None => (piece, None),
    }
}

/// Which bytes may stand in a parameter's name: those of a token, and in a URI's `[`, `]`, `/`, `:`, `&`, `$` as well
/// (RFC 3261 §25.1).
static IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte >= 128 || text::is_token_byte(byte as u8);
        byte += 1;
    }
    let more = b"[]/:&$()";
    let mut index = 0;
    while index < more.len() {
        table[more[index] as usize] = true;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_whatever_their_case_spacing_and_quoting() {
        let params =
            Params::parse(r#" TAG = abc ; x="a;b=\"c" ; lr;received=2001:db8::9;e="#).expect("params");
        assert_eq!(params.get("tag"), Some("abc"));
        assert_eq!(params.value("X").as_deref(), Some(r#"a;b="c"#));
        assert_eq!(params.raw("lr"), Some(None));
        assert_eq!(params.get("received"), Some("2001:db8::9"));
        assert_eq!(params.get("e"), Some(""));
        assert!(!params.has("nothing"));
    }

    #[test]
    fn empty_names_and_open_quotes_are_refused() {
        for bad in [";;", "a;;b", "=x", "a=\"x", ";"] {
            assert_eq!(Params::parse(bad), None, "{bad}");
        }
        assert!(Params::parse("").expect("none").is_empty());
    }
}
