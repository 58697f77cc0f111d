//! Trunks: where each line to the outside is, and which numbers pass over it.
//!
//! Owns the addresses behind the trunks' host names. A name is looked up once it is needed; until it is known, calls go
//! past that trunk and none is taken from it.
//!
//! Not here: who uses which trunk (`exchange`), passwords on the wire (`call`).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::model::Trunk;
use crate::sip::uri::host_ip;

/// Where the trunks are.
#[derive(Debug, Default)]
pub struct Trunks {
    hosts: BTreeMap<String, Host>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    /// It is being looked up.
    Sought,
    At(IpAddr),
}

impl Trunks {
    /// These are the trunks' hosts now: gives the names to look up.
    pub fn are_at<'a>(&mut self, hosts: impl Iterator<Item = &'a str>) -> Vec<String> {
        let former = std::mem::take(&mut self.hosts);
        let mut sought = Vec::new();
        for host in hosts {
            let place = match (former.get(host), host_ip(host)) {
                (_, Some(address)) => Host::At(address),
                (Some(known), None) => *known,
                (None, None) => Host::Sought,
            };
            let is_new = self.hosts.insert(host.to_owned(), place).is_none();
            if is_new && place == Host::Sought && !former.contains_key(host) {
                sought.push(host.to_owned());
            }
        }
        sought
    }

    /// A name has been looked up.
    pub fn found(&mut self, host: &str, address: IpAddr) {
        if let Some(place) = self.hosts.get_mut(host) {
            *place = Host::At(address);
        }
    }

    /// Where a trunk is, once that is known.
    pub fn address_of(&self, trunk: &Trunk) -> Option<SocketAddr> {
        match self.hosts.get(&trunk.host)? {
            Host::At(address) => Some(SocketAddr::new(*address, trunk.port)),
            Host::Sought => None,
        }
    }
}

/// The number a trunk is given for what was dialled; `None` where that is no telephone number, or lacks the prefix for an
/// outside line. A number that begins with `+` says by itself that it is outside.
pub fn outside_number(dialled: &str, prefix: Option<&str>) -> Option<String> {
    let is_readable = |c: &char| !matches!(c, ' ' | '-' | '(' | ')' | '.');
    let dialled: String = dialled.chars().filter(is_readable).collect();
    let dialled = dialled.trim_end_matches('#');
    let (plus, digits) = match dialled.strip_prefix('+') {
        Some(digits) => ("+", digits),
        None => ("", dialled.strip_prefix(prefix.unwrap_or_default())?),
    };
    let is_number = DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{plus}{digits}"))
}

/// A number from outside as somebody in the office would dial it, so that phones can call back whoever called.
pub fn inside_number(number: &str, prefix: Option<&str>) -> String {
    let is_national = number.starts_with(|c: char| c.is_ascii_digit());
    let prefix = prefix.filter(|_| is_national).unwrap_or_default();
    format!("{prefix}{number}")
}

/// How many digits a telephone number has: short ones of services, up to the longest of ITU-T E.164 behind `00` and some.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_told_from_what_is_none() {
        for (dialled, prefix, number) in [
            ("0612345678", None, Some("0612345678")),
            ("+39 06-1234", None, Some("+39061234")),
            ("187#", None, Some("187")),
            ("0612345", Some("0"), Some("612345")),
            ("00612345", Some("0"), Some("0612345")),
            ("+39061234", Some("0"), Some("+39061234")),
            ("612345", Some("0"), None),
            ("12", None, None),
            ("ada", None, None),
            ("*99", None, None),
            ("012", Some("0"), None),
            ("", None, None),
        ] {
            assert_eq!(outside_number(dialled, prefix).as_deref(), number, "{dialled}");
        }
    }

    #[test]
    fn a_caller_from_outside_can_be_called_back_from_the_list_of_calls() {
        assert_eq!(inside_number("061234", Some("9")), "9061234");
        assert_eq!(inside_number("+39061234", Some("9")), "+39061234");
        assert_eq!(inside_number("anonymous", Some("9")), "anonymous");
        assert_eq!(inside_number("061234", None), "061234");
    }

    #[test]
    fn a_name_is_looked_up_once_and_kept_while_a_trunk_has_it() {
        let (mut trunks, trunk) = (Trunks::default(), Trunk::at("sip.example.com", 5070));
        let hosts = ["sip.example.com", "192.0.2.7", "sip.example.com"];
        assert_eq!(trunks.are_at(hosts.into_iter()), ["sip.example.com"]);
        assert_eq!(trunks.address_of(&trunk), None);
        assert_eq!(trunks.are_at(hosts.into_iter()), Vec::<String>::new(), "it is being looked up");
        trunks.found("sip.example.com", [192, 0, 2, 9].into());
        trunks.found("gone.example.com", [192, 0, 2, 10].into());
        assert_eq!(trunks.address_of(&trunk), Some(([192, 0, 2, 9], 5070).into()));
        assert_eq!(trunks.address_of(&Trunk::at("192.0.2.7", 5060)), Some(([192, 0, 2, 7], 5060).into()));
        assert_eq!(trunks.are_at([].into_iter()), Vec::<String>::new());
        assert_eq!(trunks.address_of(&trunk), None);
    }
}
