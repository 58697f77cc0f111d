//! Addresses: From, To, Contact, Route and their like (RFC 3261 §20.10).

use std::borrow::Cow;

use super::fault::HeaderError;
use crate::sip::params::Params;
use crate::sip::text;

/// A URI with a display name before it and parameters behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameAddr<'m> {
    /// The display name, its quotes and escapes undone; `None` if there is none or it is empty.
    pub display: Option<Cow<'m, str>>,
    /// The URI, verbatim, without its angle brackets.
    pub uri: &'m str,
    /// The header's parameters; those inside the angle brackets belong to the URI.
    pub params: Params<'m>,
}

impl<'m> NameAddr<'m> {
    /// Reads one address; `header` names it in the error.
    ///
    /// Without angle brackets everything behind the first `;` belongs to the header, and a URI with `?` or `,` is
    /// refused because it must not be written so (RFC 3261 §20.10).
    pub fn parse(value: &'m str, header: &'static str) -> Result<NameAddr<'m>, HeaderError> {
        let value = text::trim(value);
        let address = match bracket(value) {
            Some(open) => NameAddr::bracketed(value, open),
            None => NameAddr::bare(value),
        };
        address.ok_or(HeaderError::Malformed(header))
    }

    fn bracketed(value: &'m str, open: usize) -> Option<NameAddr<'m>> {
        let close = open + 1 + memchr::memchr(b'>', &value.as_bytes()[open + 1..])?;
        let uri = text::trim(&value[open + 1..close]);
        let behind = text::trim(&value[close + 1..]);
        let params = match behind.strip_prefix(';') {
            Some(params) if text::trim(params).is_empty() => return None,
            Some(params) => Params::parse(params)?,
            None if behind.is_empty() => Params::default(),
            None => return None,
        };
        let display = display_name(text::trim(&value[..open]))?;
        is_uri(uri).then_some(NameAddr { display, uri, params })
    }

    fn bare(value: &'m str) -> Option<NameAddr<'m>> {
        let (uri, params) = match value.find(';') {
            Some(at) => (text::trim(&value[..at]), Params::parse(&value[at + 1..])?),
            None => (value, Params::default()),
        };
        let is_sound = is_uri(uri) && !uri.contains(['?', ',', '"']) && !value.ends_with(';');
        is_sound.then_some(NameAddr { display: None, uri, params })
    }

    /// The `tag` parameter: this side's half of the dialog's name.
    pub fn tag(&self) -> Option<&'m str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }
}

/// Where the `<` that opens the URI stands: outside a quoted display name.
fn bracket(value: &str) -> Option<usize> {
    text::find_bare(value, b'<')
}

/// `Some(None)`: no display name; `None`: one that cannot be read.
fn display_name(text: &str) -> Option<Option<Cow<'_, str>>> {
    if text.starts_with('"') {
        let is_whole = text::quoted_length(text) == Some(text.len());
        return is_whole.then(|| Some(text::unquote(text)).filter(|name| !name.is_empty()));
    }
    if text.contains('"') {
        return None;
    }
    Some((!text.is_empty()).then_some(Cow::Borrowed(text)))
}

/// Whether `uri` has a scheme and nothing a URI cannot hold.
fn is_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = text::cut(uri, b':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme && !rest.is_empty() && text::is_fit_for_uri(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(Option<String>, String, String)> {
        let address = NameAddr::parse(value, "To").ok()?;
        Some((address.display.map(Cow::into_owned), address.uri.into(), address.params.as_str().into()))
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
