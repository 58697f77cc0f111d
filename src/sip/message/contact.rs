//! Contacts: where somebody can be reached (RFC 3261 §20.10, §10.2.1).

use smallvec::SmallVec;

use super::Message;
use super::address::NameAddr;
use super::fault::HeaderError;
use crate::sip::name::Name;
use crate::sip::params::Params;
use crate::sip::text;

/// What a malformed `expires` parameter counts as, in seconds (RFC 3261 §10.2.1.1).
pub const MALFORMED_EXPIRES: u32 = 3600;

/// The Contact headers of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contacts<'m> {
    /// `Contact: *`, alone: all bindings.
    Star,
    /// The contacts in order; empty if there is no Contact header.
    List(SmallVec<[Contact<'m>; 1]>),
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact<'m> {
    /// The URI, verbatim.
    pub uri: &'m str,
    /// The `expires` parameter in seconds, clamped; a malformed one is [`MALFORMED_EXPIRES`].
    pub expires: Option<u32>,
    /// The `q` parameter in thousandths, 0 to 1000; a malformed one is none.
    pub q: Option<u16>,
    /// `+sip.instance` without its quotes and brackets: `urn:uuid:…` (RFC 5626 §4.1).
    pub instance: Option<&'m str>,
    /// The `reg-id` parameter (RFC 5626 §4.2).
    pub reg_id: Option<u32>,
    /// All parameters, those above included.
    pub params: Params<'m>,
}

impl<'m> Contact<'m> {
    /// Reads one contact.
    pub fn parse(value: &'m str) -> Result<Contact<'m>, HeaderError> {
        let mut contact = Contact::default();
        let NameAddr { uri, params, .. } =
            NameAddr::parse_showing(value, "Contact", |name, value| contact.take(name, value))?;
        Ok(Contact { uri, params, ..contact })
    }

    /// Whether it stands for one flow of one phone: both its instance and its number say so (RFC 5626 §4.2).
    pub fn is_outbound(&self) -> bool {
        self.instance.is_some() && self.reg_id.is_some()
    }

    fn take(&mut self, name: &str, value: Option<&'m str>) {
        match name.len() {
            7 if name.eq_ignore_ascii_case("expires") && self.expires.is_none() => {
                self.expires = Some(value.and_then(seconds).unwrap_or(MALFORMED_EXPIRES));
            }
            1 if name.eq_ignore_ascii_case("q") && self.q.is_none() => self.q = value.and_then(thousandths),
            13 if name.eq_ignore_ascii_case("+sip.instance") && self.instance.is_none() => {
                self.instance = value.map(bare_instance).filter(|urn| !urn.is_empty());
            }
            6 if name.eq_ignore_ascii_case("reg-id") && self.reg_id.is_none() => {
                self.reg_id = value.and_then(text::digits).and_then(|id| u32::try_from(id).ok());
            }
            _ => {}
        }
    }
}

impl Message<'_> {
    /// The contacts; fails on a `*` that is not alone (RFC 3261 §10.3 item 6) and on one that cannot be read.
    pub fn contacts(&self) -> Result<Contacts<'_>, HeaderError> {
        let (mut list, mut stars) = (SmallVec::new(), 0);
        for value in self.elements(Name::Contact) {
            match value {
                "*" => stars += 1,
                value => list.push(Contact::parse(value)?),
            }
        }
        match (stars, list.is_empty()) {
            (0, _) => Ok(Contacts::List(list)),
            (1, true) => Ok(Contacts::Star),
            _ => Err(HeaderError::Malformed("Contact")),
        }
    }

    /// The first contact of a message that must have one, as a request or answer that opens a dialog.
    pub fn contact(&self) -> Result<Contact<'_>, HeaderError> {
        let first = self.elements(Name::Contact).next().ok_or(HeaderError::Missing("Contact"))?;
        Contact::parse(first)
    }
}

/// Seconds, clamped to 2^32-1 (RFC 3261 §20.19).
pub(super) fn seconds(value: &str) -> Option<u32> {
    text::digits(value).map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// `0`, `1`, `0.5`, `1.000` in thousandths.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    if part.len() > 3 {
        return None;
    }
    let fraction = match part.len() {
        0 => 0,
        1 => text::digits(part)? * 100,
        2 => text::digits(part)? * 10,
        _ => text::digits(part)?,
    };
    let sum = text::digits(whole)?.saturating_mul(1000).saturating_add(fraction);
    u16::try_from(sum).ok().filter(|sum| *sum <= 1000)
}

fn bare_instance(value: &str) -> &str {
    value.trim_matches('"').trim_start_matches('<').trim_end_matches('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_with_an_instance_is_read() {
        let contact =
            Contact::parse("<sip:101@h;ob>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=1;q=0.5;expires=60")
                .expect("contact");
        assert_eq!(contact.instance, Some("urn:uuid:0-1"));
        assert_eq!((contact.reg_id, contact.q, contact.expires), (Some(1), Some(500), Some(60)));
        assert_eq!(contact.uri, "sip:101@h;ob");
    }

    #[test]
    fn a_malformed_expires_counts_as_an_hour_and_a_large_one_clamps() {
        let expires = |param: &str| Contact::parse(&format!("<sip:a@h>{param}")).expect("contact").expires;
        assert_eq!(expires(";expires=abc"), Some(3600));
        assert_eq!(expires(";expires=-1"), Some(3600));
        assert_eq!(expires(";expires"), Some(3600));
        assert_eq!(expires(";expires=280297596632815"), Some(u32::MAX));
        assert_eq!(expires(""), None);
    }

    #[test]
    fn a_quality_is_read_in_thousandths() {
        for (value, q) in
            [("1", Some(1000)), ("0.33", Some(330)), ("0", Some(0)), ("1.0", Some(1000)), ("1.5", None)]
        {
            assert_eq!(thousandths(value), q, "{value}");
        }
        for bad in ["", ".", "x", "0.1234", "-1"] {
            assert_eq!(thousandths(bad), None, "{bad}");
        }
    }
}
