//! The Host check: a page of a foreign site must not reach the box under a name of its own (DNS rebinding).
//!
//! Addresses, `localhost` and `*.local` cannot be pointed elsewhere by a foreign site; other names must be given.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, Uri, header};

/// Why a request is not for this box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongHost {
    /// It does not say once and readably for whom it is (RFC 9112 §3.2).
    Unclear,
    /// It is for somebody else.
    Foreign,
}

/// Whether a request is for this box.
pub fn judge(headers: &HeaderMap, uri: &Uri, names: &[String]) -> Result<(), WrongHost> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(WrongHost::Unclear) };
    let host = host.to_str().map_err(|_| WrongHost::Unclear)?;
    let target = uri.authority().map(|authority| authority.as_str());
    let is_ours = target.is_none_or(|target| target.eq_ignore_ascii_case(host)) && is_known(host, names);
    if is_ours { Ok(()) } else { Err(WrongHost::Foreign) }
}

fn is_known(host: &str, names: &[String]) -> bool {
    let Some(name) = without_port(host) else { return false };
    if let Some(v6) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        return v6.parse::<Ipv6Addr>().is_ok();
    }
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name.parse::<Ipv4Addr>().is_ok()
        || name == "localhost"
        || name.strip_suffix(".local").is_some_and(|label| !label.is_empty())
        || names.iter().any(|known| known.eq_ignore_ascii_case(&name))
}

/// The host without `:port`; `None` where the port is none.
fn without_port(host: &str) -> Option<&str> {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => port.parse::<u16>().ok().map(|_| name),
        _ => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_no_foreign_site_can_take_are_ours() {
        let names = vec!["phones.example.org".to_owned()];
        for host in [
            "192.0.2.7",
            "192.0.2.7:8080",
            "[2001:db8::1]:8080",
            "[::1]",
            "localhost:8080",
            "perch.local",
            "Perch.Local.:80",
            "phones.example.org:8080",
        ] {
            assert!(is_known(host, &names), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "local",
            ".local",
            "192.0.2.7.evil.example",
            "a:b",
            "[x]",
        ] {
            assert!(!is_known(host, &names), "{host}");
        }
    }
}
