//! The wire in the log, at trace: who speaks to whom, the method or the status, and which headers there are.
//!
//! No header's value, no body, no query: they hold credentials, and what was dialled. Of an address only the host is told,
//! because its user is what was dialled too, and of a path nothing that may be a secret. While trace is off, none of this
//! costs more than asking whether it is on.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tracing::Level;

use crate::sip::flow::Flow;

/// A SIP message that came.
pub fn received(flow: &Flow, bytes: &[u8]) {
    if tracing::enabled!(Level::TRACE) {
        let Outline { start, headers } = Outline::of(bytes);
        tracing::trace!(%flow, start, headers, "received");
    }
}

/// A SIP message that goes out.
pub fn sent(flow: &Flow, bytes: &[u8]) {
    if tracing::enabled!(Level::TRACE) {
        let Outline { start, headers } = Outline::of(bytes);
        tracing::trace!(%flow, start, headers, "sent");
    }
}

/// The router with its requests told, where anybody wants to know.
pub fn requests(router: Router) -> Router {
    if tracing::enabled!(Level::TRACE) { router.layer(from_fn(request)) } else { router }
}

async fn request(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), masked(request.uri().path()));
    let response = next.run(request).await;
    tracing::trace!(%method, path, status = response.status().as_u16(), "answered");
    response
}

/// What may be told of a message.
#[derive(Debug, PartialEq, Eq)]
struct Outline {
    start: String,
    headers: String,
}

impl Outline {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_BYTES)]);
        let mut lines = text.split("\r\n").flat_map(|line| line.split('\n'));
        let start = start(lines.next().unwrap_or_default());
        let is_head = |line: &&str| !line.is_empty();
        let names = lines.take_while(is_head).filter_map(|line| line.split_once(':')).map(|(name, _)| name);
        // A folded line begins with a blank, and is no name.
        let names: Vec<_> =
            names.map(str::trim_end).filter(|name| is_name(name)).take(MOST_HEADERS).collect();
        Self { start, headers: names.join(" ") }
    }
}

fn start(line: &str) -> String {
    let words: Vec<_> = line.split(' ').collect();
    match words[..] {
        ["SIP/2.0", status, ..] if status.len() == 3 && status.parse::<u16>().is_ok() => status.to_owned(),
        [method, uri, "SIP/2.0"] if is_method(method) => format!("{method} {}", host(uri)),
        _ => "unreadable".to_owned(),
    }
}

fn is_method(word: &str) -> bool {
    (1..=20).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether it may be told as a header's name; what is mostly digits may not.
fn is_name(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_token = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (1..=40).contains(&word.len()) && is_token && digits < 2
}

/// The host of an address, and nothing else of it; none that may be a number put in its place.
fn host(uri: &str) -> &str {
    let uri = uri.trim_start_matches('<');
    let Some(rest) = uri.strip_prefix("sip:").or_else(|| uri.strip_prefix("sips:")) else { return HIDDEN };
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split([';', '?', '>']).next().unwrap_or_default();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let is_name = host.contains('.') && host.len() < 100 && host.bytes().all(is_word);
    let is_named = is_name && host.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_address =
        host.parse::<SocketAddr>().is_ok() || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    if is_named || is_address { host } else { HIDDEN }
}

/// A path without what may be a secret: the folder of a phone, and every long word.
fn masked(path: &str) -> String {
    let words: Vec<&str> = path.split('/').collect();
    let is_secret = |(place, word): (usize, &&str)| {
        let is_folder = place == 2 && words.get(1) == Some(&"p") && words.len() > 3;
        is_folder || word.len() > LONGEST_WORD
    };
    let told =
        words.iter().enumerate().map(|(place, word)| if is_secret((place, word)) { HIDDEN } else { word });
    told.collect::<Vec<_>>().join("/")
}

const HIDDEN: &str = "*";
/// Bytes of a message that are looked at; a head is hardly ever longer.
const MOST_BYTES: usize = 8192;
const MOST_HEADERS: usize = 64;
/// Words of a path that are longer may be secrets; the longest that is none is a file with a phone's address in its name.
const LONGEST_WORD: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, start: &str, headers: &str) {
        let expected = Outline { start: start.to_owned(), headers: headers.to_owned() };
        assert_eq!(Outline::of(message.as_bytes()), expected);
    }

    #[test]
    fn a_message_is_told_without_what_was_dialled_and_without_credentials() {
        check(
            "INVITE sip:*77*100*4071@192.168.1.1:5060;user=phone SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1\r\nTo: <sip:4071@x>\r\n\
             Authorization: Digest username=\"d1-1\"\r\n folded: 4071\r\n4071: odd\r\n\r\nSignal: 4",
            "INVITE 192.168.1.1:5060",
            "Via To Authorization",
        );
        check("SIP/2.0 200 4071\r\nv: x\r\n\r\n", "200", "v");
        check("REGISTER sips:office.perch.local SIP/2.0\n\n", "REGISTER office.perch.local", "");
        check("OPTIONS sip:[2001:db8::1]:5060 SIP/2.0\r\n\r\n", "OPTIONS [2001:db8::1]:5060", "");
    }

    #[test]
    fn a_number_that_stands_elsewhere_is_not_told_either() {
        for uri in
            ["tel:4071", "tel:40.71", "sip:4071", "sip:40.71", "sip:%34071%40box", "4071", "<sip:4071>"]
        {
            check(&format!("INVITE {uri} SIP/2.0\r\n\r\n"), "INVITE *", "");
        }
        for line in [
            "4071 sip:a@b.c SIP/2.0",
            "INVITE 4071",
            "4071",
            "",
            "SIP/2.0 4071 x",
            "INVITE  sip:4071@a.b SIP/2.0",
        ] {
            check(&format!("{line}\r\n\r\n"), "unreadable", "");
        }
    }

    #[test]
    fn a_path_is_told_without_secrets() {
        for (path, told) in [
            ("/p/805ec0112233.cfg", "/p/805ec0112233.cfg"),
            ("/p/short/805ec0112233.cfg", "/p/*/805ec0112233.cfg"),
            ("/p/0123456789abcdef0123456789abcdef", "/p/*"),
            ("/api/v1/devices/12/accept", "/api/v1/devices/12/accept"),
            ("/0123456789abcdef0123456789abcdef/x", "/*/x"),
        ] {
            assert_eq!(masked(path), told);
        }
    }
}
