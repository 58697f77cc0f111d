//! Addresses: From, To, Contact, Route and their like (RFC 3261 §20.10).

use std::borrow::Cow;

use super::fault::HeaderError;
use crate::sip::params::Params;
use crate::sip::text;
use crate::sip::uri;

/// A URI with a display name before it and parameters behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameAddr<'m> {
    /// The URI, verbatim, without its angle brackets.
    pub uri: &'m str,
    /// The header's parameters; those inside the angle brackets belong to the URI.
    pub params: Params<'m>,
    /// The display name as written, quotes and all; empty if there is none.
    pub(super) display: &'m str,
    pub(super) tag: &'m str,
}

impl<'m> NameAddr<'m> {
    /// Reads one address; `header` names it in the error.
    ///
    /// Without angle brackets everything behind the first `;` belongs to the header, and a URI with `?` or `,` is
    /// refused because it must not be written so (RFC 3261 §20.10).
    pub fn parse(value: &'m str, header: &'static str) -> Result<NameAddr<'m>, HeaderError> {
        NameAddr::parse_showing(value, header, |_, _| {})
    }

    /// The same, and shows `see` each parameter on the way.
    pub(super) fn parse_showing(
        value: &'m str,
        header: &'static str,
        see: impl FnMut(&'m str, Option<&'m str>),
    ) -> Result<NameAddr<'m>, HeaderError> {
        let value = text::trim(value);
        // Most addresses have no display name.
        let open = if value.starts_with('<') { Some(0) } else { text::find_bare(value, b'<') };
        let address = match open {
            Some(open) => NameAddr::bracketed(value, open, see),
            None => NameAddr::bare(value, see),
        };
        address.ok_or(HeaderError::Malformed(header))
    }

    fn bracketed(
        value: &'m str,
        open: usize,
        see: impl FnMut(&'m str, Option<&'m str>),
    ) -> Option<NameAddr<'m>> {
        let close = open + 1 + memchr::memchr(b'>', &value.as_bytes()[open + 1..])?;
        let uri = text::trim(&value[open + 1..close]);
        let behind = text::trim(&value[close + 1..]);
        let (params, tag) = match behind.strip_prefix(';') {
            Some(params) if text::trim(params).is_empty() => return None,
            Some(params) => with_tag(params, see)?,
            None if behind.is_empty() => (Params::default(), ""),
            None => return None,
        };
        let display = text::trim(&value[..open]);
        let is_sound = is_display_name(display) && uri::split_scheme(uri).is_some();
        is_sound.then_some(NameAddr { uri, params, display, tag })
    }

    fn bare(value: &'m str, see: impl FnMut(&'m str, Option<&'m str>)) -> Option<NameAddr<'m>> {
        let (uri, (params, tag)) = match text::cut(value, b';') {
            Some((uri, params)) => (text::trim(uri), with_tag(params, see)?),
            None => (value, (Params::default(), "")),
        };
        let is_sound = uri::split_scheme(uri).is_some() && !uri.contains(['?', ',', '"']);
        (is_sound && !value.ends_with(';')).then_some(NameAddr { uri, params, display: "", tag })
    }

    /// The `tag` parameter: this side's half of the dialog's name.
    pub fn tag(&self) -> Option<&'m str> {
        Some(self.tag).filter(|tag| !tag.is_empty())
    }

    /// The display name, its quotes and escapes undone; `None` if there is none or it is empty.
    pub fn display(&self) -> Option<Cow<'m, str>> {
        Some(text::unquote(self.display)).filter(|name| !name.is_empty())
    }
}

/// The parameters, and the value of the first `tag` among them; empty if there is none.
fn with_tag<'m>(
    text: &'m str,
    mut see: impl FnMut(&'m str, Option<&'m str>),
) -> Option<(Params<'m>, &'m str)> {
    let mut tag = None;
    let params = Params::read(text, |name, value| {
        if tag.is_none() && name.eq_ignore_ascii_case("tag") {
            tag = Some(value.unwrap_or_default());
        }
        see(name, value);
    })?;
    Some((params, tag.unwrap_or_default()))
}

/// Whether it is one quoted string, or words without any quote, or nothing.
fn is_display_name(text: &str) -> bool {
    match text.as_bytes() {
        [b'"', ..] => text::quoted_length(text) == Some(text.len()),
        bytes => !bytes.contains(&b'"'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(Option<String>, String, String)> {
        let address = NameAddr::parse(value, "To").ok()?;
        Some((address.display().map(Cow::into_owned), address.uri.into(), address.params.as_str().into()))
    }

    fn is(value: &str, display: Option<&str>, uri: &str, params: &str) {
        assert_eq!(
            read(value),
            Some((display.map(str::to_owned), uri.to_owned(), params.to_owned())),
            "{value}"
        );
    }

    #[test]
    fn an_address_is_read_however_it_is_written() {
        is("sip:a@h;tag=1", None, "sip:a@h", "tag=1");
        is("<sip:a@h;lr>", None, "sip:a@h;lr", "");
        is("\"Doe <x>\" <sip:a@h>;tag=1", Some("Doe <x>"), "sip:a@h", "tag=1");
        is(r#""J \"R\" <x>" <sip:a@h>  ;tag = 1"#, Some("J \"R\" <x>"), "sip:a@h", "tag = 1");
        is("caller<sip:a@h>;tag=3", Some("caller"), "sip:a@h", "tag=3");
        is("Bell, Alexander <sip:a@h>", Some("Bell, Alexander"), "sip:a@h", "");
        is("\"W\" < sip:a@h >", Some("W"), "sip:a@h", "");
        is("\"\" <sip:a@h>", None, "sip:a@h", "");
        is("<tel:+49-30-1234;phone-context=x>;tag=q", None, "tel:+49-30-1234;phone-context=x", "tag=q");
        is("<sip:a@h?Subject=x&y=%20z>", None, "sip:a@h?Subject=x&y=%20z", "");
        is("isbn:2983792873", None, "isbn:2983792873", "");
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        for bad in [
            "",
            "<>",
            "sip:",
            "\"open <sip:a@h>",
            "sip:a@h?Route=x",
            "<sip:a@h",
            "<sip:a@h>;;",
            "<sip:a@h>;",
            "<sip:a@h> tag=1",
            "a@h",
            "\"a\" b <sip:a@h>",
            "<sip:a h>",
            "\"Joe\" <sip:joe@example.org>;;;;",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
