//! Via: where a message has been, and where its answer goes (RFC 3261 §20.42).

use std::net::IpAddr;

use super::fault::HeaderError;
use crate::sip::params::Params;
use crate::sip::text::{self, Cursor};
use crate::sip::uri::{self, host_ip};

/// One Via element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Via<'m> {
    /// The protocol and its version as written, the blanks inside left out only if there are none: `SIP/2.0`.
    pub protocol: &'m str,
    /// The transport as written: `UDP`; may be one nobody knows.
    pub transport: &'m str,
    /// The host of sent-by as written; an IPv6 address keeps its brackets.
    pub host: &'m str,
    /// The port of sent-by.
    pub port: Option<u16>,
    /// The branch; the transaction's name if it begins with [`MAGIC_COOKIE`] and goes on after it.
    pub branch: Option<&'m str>,
    /// `Some(None)`: rport asked for; `Some(Some(port))`: filled in (RFC 3581).
    pub rport: Option<Option<u16>>,
    /// The address the message came from, where it differed from sent-by.
    pub received: Option<IpAddr>,
    /// All parameters, those above included.
    pub params: Params<'m>,
}

/// What a branch of RFC 3261 begins with.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

impl<'m> Via<'m> {
    /// Reads one element of a Via header.
    pub fn parse(value: &'m str) -> Result<Via<'m>, HeaderError> {
        Via::read(value).ok_or(HeaderError::Malformed("Via"))
    }

    fn read(value: &'m str) -> Option<Via<'m>> {
        let mut cursor = Cursor::new(value);
        cursor.blanks();
        let start = cursor.at();
        cursor.token()?;
        let slash = |cursor: &mut Cursor<'_>| {
            cursor.blanks();
            let is_there = cursor.eat(b'/');
            cursor.blanks();
            is_there.then_some(())
        };
        slash(&mut cursor)?;
        cursor.token()?;
        let protocol = &value[start..cursor.at()];
        slash(&mut cursor)?;
        let transport = cursor.token()?;
        if !cursor.blanks() {
            return None;
        }
        let (sent_by, params) = match text::cut(cursor.rest(), b';') {
            Some((sent_by, params)) => (sent_by, Some(text::trim(params))),
            None => (cursor.rest(), None),
        };
        let (host, port) = uri::host_port(sent_by)?;
        let via = match params {
            Some("") => return None,
            Some(params) => Via::with_params(params)?,
            None => Via::default(),
        };
        Some(Via { protocol, transport, host, port, ..via })
    }

    /// The parameters alone, of each name the first.
    fn with_params(params: &'m str) -> Option<Via<'m>> {
        let mut via = Via::default();
        let mut is_sound = true;
        via.params = Params::read(params, |name, value| match name.len() {
            6 if via.branch.is_none() && name.eq_ignore_ascii_case("branch") => {
                via.branch = value.filter(|branch| !branch.is_empty());
            }
            5 if via.rport.is_none() && name.eq_ignore_ascii_case("rport") => match value {
                None | Some("") => via.rport = Some(None),
                Some(port) => match port.parse() {
                    Ok(port) => via.rport = Some(Some(port)),
                    Err(_) => is_sound = false,
                },
            },
            8 if via.received.is_none() && name.eq_ignore_ascii_case("received") => {
                via.received = value.and_then(host_ip);
            }
            _ => {}
        })?;
        is_sound.then_some(via)
    }

    /// The branch, if it names a transaction by the rules of RFC 3261: the magic cookie with something behind it. A
    /// message without one is matched by the rules of RFC 2543 (§17.2.3).
    pub fn transaction(&self) -> Option<&'m str> {
        self.branch.filter(|branch| branch.len() > MAGIC_COOKIE.len() && branch.starts_with(MAGIC_COOKIE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_via_is_read_with_spaces_round_its_slashes() {
        let via = Via::parse("SIP  / 2.0  / TCP     spindle.example.com   ; branch  =   z9hG4bK9ikj8")
            .expect("via");
        assert_eq!((via.transport, via.host, via.port), ("TCP", "spindle.example.com", None));
        assert_eq!(via.transaction(), Some("z9hG4bK9ikj8"));
    }

    #[test]
    fn a_via_with_ipv6_keeps_the_parameters_after_received() {
        let via = Via::parse("SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9;branch=z9hG4bKx;rport=5")
            .expect("via");
        assert_eq!((via.host, via.port), ("[2001:db8::9:1]", Some(6050)));
        assert_eq!(via.received, "2001:db8::9".parse().ok());
        assert_eq!((via.branch, via.rport), (Some("z9hG4bKx"), Some(Some(5))));
        let bracketed = Via::parse("SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255]").expect("via");
        assert_eq!(bracketed.received, "2001:db8::9:255".parse().ok());
    }

    #[test]
    fn a_bare_cookie_names_no_transaction() {
        let via = Via::parse("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK;rport").expect("via");
        assert_eq!((via.transaction(), via.rport), (None, Some(None)));
    }

    #[test]
    fn a_via_that_is_none_is_refused() {
        for bad in [
            "",
            "SIP/2.0/UDP",
            "SIP/2.0 UDP host",
            "SIP/2.0/UDP 192.0.2.15;;",
            "SIP/2.0/UDP host;",
            "SIP/2.0/UDP host:99999",
            "SIP/2.0/UDP host;rport=x",
            "SIP/2.0/UDP 2001:db8::1",
            "SIP/2.0/ UDP",
        ] {
            assert_eq!(Via::parse(bad), Err(HeaderError::Malformed("Via")), "{bad}");
        }
    }
}
