//! URIs: `sip:`, `sips:`, `tel:` and whatever else stands where a URI may (RFC 3261 §19.1, RFC 3966).
//!
//! A borrowed view of the text; the text itself is what is stored and sent, verbatim. Comparison by the rules of
//! §19.1.4 is [`equivalent`].

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::flow::Transport;
use super::params::Params;
use super::text::{self, Cursor};

/// What kind of URI it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme<'a> {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other, as written.
    Other(&'a str),
}

/// A URI, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The whole text.
    pub text: &'a str,
    /// What kind it is.
    pub scheme: Scheme<'a>,
    /// The user as written, escapes kept; the number of a `tel:`; `None` if there is none.
    pub user: Option<&'a str>,
    /// The password as written.
    pub password: Option<&'a str>,
    /// The host as written, an IPv6 address with its brackets; empty for `tel:` and other schemes.
    pub host: &'a str,
    /// The port.
    pub port: Option<u16>,
    /// The parameters.
    pub params: Params<'a>,
    /// What stands behind the `?`.
    pub headers: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Takes `text` apart; `None` if it is no URI, or a `sip:` one whose parts are not what they must be.
    pub fn parse(text: &'a str) -> Option<Uri<'a>> {
        let (scheme, rest) = split_scheme(text)?;
        if scheme.eq_ignore_ascii_case("sip") {
            Uri::sip(text, Scheme::Sip, rest)
        } else if scheme.eq_ignore_ascii_case("sips") {
            Uri::sip(text, Scheme::Sips, rest)
        } else if scheme.eq_ignore_ascii_case("tel") {
            Uri::tel(text, rest)
        } else {
            Some(Uri::opaque(text, Scheme::Other(scheme)))
        }
    }

    fn opaque(text: &'a str, scheme: Scheme<'a>) -> Uri<'a> {
        Uri {
            text,
            scheme,
            user: None,
            password: None,
            host: "",
            port: None,
            params: Params::default(),
            headers: None,
        }
    }

    fn sip(text: &'a str, scheme: Scheme<'a>, rest: &'a str) -> Option<Uri<'a>> {
        let (userinfo, rest) = match text::cut(rest, b'@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, rest),
        };
        let (user, password) = match userinfo.map(|info| text::cut(info, b':').ok_or(info)) {
            None => (None, None),
            Some(Ok((user, password))) => (Some(user), Some(password)),
            Some(Err(user)) => (Some(user), None),
        };
        if user == Some("") {
            return None;
        }
        let host_end = memchr::memchr2(b';', b'?', rest.as_bytes()).unwrap_or(rest.len());
        let (host, port) = host_port(&rest[..host_end])?;
        let (params, headers) = match text::cut(&rest[host_end..], b'?') {
            Some((params, headers)) => (params, Some(headers)),
            None => (&rest[host_end..], None),
        };
        let params = match params.strip_prefix(';') {
            Some("") => return None,
            Some(params) => Params::parse(params)?,
            None => Params::default(),
        };
        Some(Uri { text, scheme, user, password, host, port, params, headers })
    }

    fn tel(text: &'a str, rest: &'a str) -> Option<Uri<'a>> {
        let (number, params) = match rest.split_once(';') {
            Some((number, params)) => (number, Params::parse(params)?),
            None => (rest, Params::default()),
        };
        if number.is_empty() {
            return None;
        }
        Some(Uri { user: Some(number), params, ..Uri::opaque(text, Scheme::Tel) })
    }

    /// Whether it is a `sip:` or `sips:` URI.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The user with its escapes undone: `1002` for `%31002`.
    pub fn user_decoded(&self) -> Option<Cow<'a, str>> {
        self.user.map(text::percent_decode)
    }

    /// The host as an address, if it is one; an IPv6 address without its brackets.
    pub fn ip(&self) -> Option<IpAddr> {
        host_ip(self.host)
    }

    /// Where to send, if the host is an address: `maddr`, if there, stands for the host (RFC 3261 §19.1.1).
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        let host = self.params.get("maddr").and_then(host_ip).or_else(|| self.ip())?;
        Some(SocketAddr::new(host, self.port_or_default()))
    }

    /// The port, or the one of the scheme.
    pub fn port_or_default(&self) -> u16 {
        let of_scheme = if self.scheme == Scheme::Sips { 5061 } else { super::flow::DEFAULT_PORT };
        self.port.unwrap_or(of_scheme)
    }

    /// The `transport=` parameter, if it names one the box knows.
    pub fn transport(&self) -> Option<Transport> {
        self.params.get("transport").and_then(Transport::of)
    }

    /// Whether the parameter `user=phone` marks the user as a telephone number.
    pub fn is_phone(&self) -> bool {
        self.params.get("user").is_some_and(|user| user.eq_ignore_ascii_case("phone"))
    }

    /// Whether the host and port are those of `other`: names without case, addresses by value.
    pub fn is_same_host(&self, other: &Uri<'_>) -> bool {
        same_host(self.host, other.host) && self.port == other.port
    }
}

/// The scheme of a URI and what stands behind it; `None` if `text` has none, nothing behind it, or anything that no URI can
/// hold as it stands in a header.
pub(super) fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let mut cursor = Cursor::new(text);
    let scheme = cursor.run(&IN_SCHEME);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && cursor.eat(b':');
    let rest = cursor.rest();
    (is_scheme && !rest.is_empty() && text::is_fit_for_uri(rest)).then_some((scheme, rest))
}

/// Which bytes may stand in the name of a scheme (RFC 3261 §25.1).
static IN_SCHEME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        byte += 1;
    }
    table
};

/// Whether two URIs name the same thing by RFC 3261 §19.1.4. URIs of other schemes must be equal to the letter.
pub fn equivalent(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (Some(a), Some(b)) = (Uri::parse(a), Uri::parse(b)) else { return false };
    let is_same_address = a.scheme == b.scheme
        && same_user(&a, &b)
        && a.user.is_some() == b.user.is_some()
        && a.password.map(text::percent_decode) == b.password.map(text::percent_decode)
        && a.is_same_host(&b);
    is_same_address
        && matches!(a.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel)
        && same_params(&a, &b)
        && same_headers(a.headers, b.headers)
}

/// Parameters that must stand in both URIs or in neither (RFC 3261 §19.1.4).
const BINDING: &[&str] = &["user", "ttl", "method", "maddr", "transport"];

fn same_params(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    let one_way = |from: &Uri<'_>, to: &Uri<'_>| {
        from.params.iter().all(|(name, value)| match to.params.raw(name) {
            Some(other) => {
                same_escaped(value.unwrap_or_default(), other.unwrap_or_default(), Case::Insensitive)
            }
            None => {
                from.scheme != Scheme::Tel
                    && !BINDING.iter().any(|binding| binding.eq_ignore_ascii_case(name))
            }
        })
    };
    one_way(a, b) && one_way(b, a)
}

fn same_headers(a: Option<&str>, b: Option<&str>) -> bool {
    let sorted = |headers: Option<&str>| {
        let pairs = headers.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let split = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut pairs: Vec<_> = split
            .map(|(name, value)| (name.to_ascii_lowercase(), text::percent_decode(value).into_owned()))
            .collect();
        pairs.sort();
        pairs
    };
    sorted(a) == sorted(b)
}

/// Users compare with case; in a telephone number the signs that only make it readable do not count (RFC 3966 §4).
fn same_user(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    let (first, second) = (a.user.unwrap_or_default(), b.user.unwrap_or_default());
    if a.scheme != Scheme::Tel {
        return same_escaped(first, second, Case::Sensitive);
    }
    let dialled = |number: &str| number.replace(['-', '.', '(', ')'], "");
    dialled(first).eq_ignore_ascii_case(&dialled(second))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Sensitive,
    Insensitive,
}

fn same_escaped(a: &str, b: &str, case: Case) -> bool {
    let (a, b) = (text::percent_decode(a), text::percent_decode(b));
    match case {
        Case::Sensitive => a == b,
        Case::Insensitive => a.eq_ignore_ascii_case(&b),
    }
}

fn same_host(a: &str, b: &str) -> bool {
    match (host_ip(a), host_ip(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.eq_ignore_ascii_case(b),
        _ => false,
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`: the host as written and the port. `None` if it is none of these.
pub fn host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let mut cursor = Cursor::new(text);
    cursor.blanks();
    let host = match cursor.peek()? {
        b'[' => bracketed(&mut cursor)?,
        _ => cursor.run(&IN_HOST),
    };
    cursor.blanks();
    let port = if cursor.eat(b':') {
        let port = text::digits(text::trim(cursor.rest()))?;
        Some(u16::try_from(port).ok()?)
    } else if cursor.rest().is_empty() {
        None
    } else {
        return None;
    };
    (!host.is_empty()).then_some((host, port))
}

/// An IPv6 address with its brackets.
fn bracketed<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let rest = cursor.rest();
    let host = &rest[..rest.find(']')? + 1];
    *cursor = Cursor::new(&rest[host.len()..]);
    host_ip(host).is_some().then_some(host)
}

/// Which bytes may stand in a host name or an IPv4 address; underscores are let pass, as many name their phones so.
static IN_HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        byte += 1;
    }
    table
};

/// `host` as an address: IPv4, IPv6 with or without brackets. The three colons that the grammar of RFC 3261 wrongly
/// makes (RFC 5118 §4.10) are read as two.
pub fn host_ip(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => {
            v6.parse::<Ipv6Addr>().or_else(|_| v6.replacen(":::", "::", 1).parse()).ok().map(IpAddr::V6)
        }
        None => host.parse().ok(),
    }
}

/// An address as it stands in a URI or a Via: IPv6 in brackets.
pub fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_with_dots_is_a_user() {
        let uri = Uri::parse("sip:john.doe@h").expect("uri");
        assert_eq!((uri.user, uri.host, uri.port), (Some("john.doe"), "h", None));
    }

    #[test]
    fn every_part_of_a_sip_uri_is_found() {
        let uri = Uri::parse("SIP:%31002:pw@[2001:db8::1]:5070;user=phone;lr;transport=foo?Subject=x&b=%20")
            .expect("uri");
        assert_eq!(uri.scheme, Scheme::Sip);
        assert_eq!(uri.user_decoded().as_deref(), Some("1002"));
        assert_eq!((uri.password, uri.host, uri.port), (Some("pw"), "[2001:db8::1]", Some(5070)));
        assert_eq!(uri.ip(), "2001:db8::1".parse().ok());
        assert!(uri.is_phone() && uri.params.has("lr"));
        assert_eq!((uri.transport(), uri.headers), (None, Some("Subject=x&b=%20")));
    }

    #[test]
    fn odd_but_valid_uris_are_read() {
        for (text, user, host) in [
            ("sip:sips%3Auser%40example.com@example.net", Some("sips%3Auser%40example.com"), "example.net"),
            ("sip:user;par=u%40example.net@example.com", Some("user;par=u%40example.net"), "example.com"),
            (
                "sip:1_u.URI~(to-be!)&isn't+it$/crazy?,/;;*:&it+has=1@example.com",
                Some("1_u.URI~(to-be!)&isn't+it$/crazy?,/;;*"),
                "example.com",
            ),
            ("sip:user@[2001:db8:::192.0.2.1]", Some("user"), "[2001:db8:::192.0.2.1]"),
            ("tel:+49-30;phone-context=x", Some("+49-30"), ""),
            ("sip:1234;phone-context=+49@h", Some("1234;phone-context=+49"), "h"),
            ("urn:service:sos", None, ""),
            ("soap.beep://192.0.2.103:3002", None, ""),
        ] {
            let uri = Uri::parse(text).expect(text);
            assert_eq!((uri.user, uri.host), (user, host), "{text}");
        }
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for bad in [
            "",
            "sip:",
            "user@host",
            "sip:2001:db8::10",
            "sip:[2001:db8::10",
            "sip:a@b@c",
            "sip:@h",
            "sip:h:99999",
            "sip:h:",
            "sip:h;",
            "<sip:h>",
            "sip:u@h h",
            "1sip:h",
            "tel:",
        ] {
            assert_eq!(Uri::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn uris_compare_by_the_rules_of_rfc_3261() {
        for (a, b) in [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40b.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40b.com",
            ),
            ("sip:a@b.com?subject=x&priority=urgent", "sip:a@b.com?priority=urgent&subject=x"),
            ("sip:a@[2001:DB8:0::1]", "sip:a@[2001:db8::1]"),
            ("tel:+1-201-555-0123", "TEL:+12015550123"),
        ] {
            assert!(equivalent(a, b) && equivalent(b, a), "{a} = {b}");
        }
        for (a, b) in [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@h", "sips:a@h"),
            ("sip:a@h", "sip:h"),
        ] {
            assert!(!equivalent(a, b) && !equivalent(b, a), "{a} != {b}");
        }
    }
}
