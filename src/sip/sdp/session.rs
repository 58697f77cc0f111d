//! The description as a whole: its origin, its address, its media.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use super::media::{Direction, Media};
use crate::sip::text;

/// The most lines a description may have.
pub const MAX_LINES: usize = 1024;

/// The most media a description may have.
pub const MAX_MEDIA: usize = 32;

/// Why bytes are no session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// It does not begin with `v=0`.
    #[error("no session description")]
    NotSdp,
    /// A line of this kind makes no sense.
    #[error("a malformed {0}= line")]
    Line(char),
    /// More than [`MAX_LINES`] lines or [`MAX_MEDIA`] media.
    #[error("a session description too long")]
    TooLong,
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who made it, and which version of it.
    pub origin: Origin,
    /// The s= line.
    pub name: String,
    /// The address of media that name none themselves: an address or a host name.
    pub address: Option<String>,
    /// The other lines above the media, a= excepted, in order: kind and value.
    pub lines: Vec<(char, String)>,
    /// The attributes above the media: name and value.
    pub attributes: Vec<(String, Option<String>)>,
    /// The media in order.
    pub media: Vec<Media>,
}

/// The o= line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The user's name, `-` for none.
    pub username: String,
    /// The session, kept as text because some write numbers of any length.
    pub id: String,
    /// The version, likewise.
    pub version: String,
    /// The maker's address: an address or a host name.
    pub address: String,
}

impl Session {
    /// Takes a description apart. Line feeds without carriage returns are taken, empty lines are skipped.
    pub fn parse(bytes: &[u8]) -> Result<Session, SdpError> {
        let body = String::from_utf8_lossy(bytes);
        let mut lines =
            body.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty());
        if lines.next().map(text::trim) != Some("v=0") {
            return Err(SdpError::NotSdp);
        }
        let mut session = Session {
            origin: Origin {
                username: "-".into(),
                id: "0".into(),
                version: "0".into(),
                address: String::new(),
            },
            name: "-".into(),
            address: None,
            lines: Vec::new(),
            attributes: Vec::new(),
            media: Vec::new(),
        };
        let mut has_origin = false;
        for (count, line) in lines.enumerate() {
            if count >= MAX_LINES {
                return Err(SdpError::TooLong);
            }
            let (kind, value) = split_line(line)?;
            has_origin |= kind == 'o';
            session.take(kind, value)?;
        }
        if has_origin { Ok(session) } else { Err(SdpError::Line('o')) }
    }

    fn take(&mut self, kind: char, value: &str) -> Result<(), SdpError> {
        if kind == 'm' {
            if self.media.len() == MAX_MEDIA {
                return Err(SdpError::TooLong);
            }
            self.media.push(Media::parse(value).ok_or(SdpError::Line('m'))?);
            return Ok(());
        }
        if let Some(media) = self.media.last_mut() {
            return media.take(kind, value);
        }
        match kind {
            'o' => self.origin = Origin::parse(value).ok_or(SdpError::Line('o'))?,
            's' => self.name = value.to_owned(),
            'c' => self.address = Some(read_connection(value).ok_or(SdpError::Line('c'))?),
            'a' => self.attributes.push(read_attribute(value)),
            other => self.lines.push((other, value.to_owned())),
        }
        Ok(())
    }

    /// The address of a medium: its own, else that of the session; `None` if it is missing or a name.
    pub fn address_of(&self, media: &Media) -> Option<IpAddr> {
        media.address.as_ref().or(self.address.as_ref())?.parse().ok()
    }

    /// The direction of a medium, as its sender sees it; both ways if none is said.
    pub fn direction_of(&self, media: &Media) -> Direction {
        let stated = media.direction().or_else(|| Direction::among(&self.attributes));
        let is_old_hold = self.address_of(media).is_some_and(|address| address.is_unspecified());
        match stated.unwrap_or(Direction::SendRecv) {
            // Hold as RFC 2543 wrote it: an address of zeros.
            Direction::SendRecv if is_old_hold => Direction::SendOnly,
            Direction::RecvOnly if is_old_hold => Direction::Inactive,
            direction => direction,
        }
    }
}

impl fmt::Display for Session {
    /// The description in the order of RFC 8866 §5.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { username, id, version, address } = &self.origin;
        write!(f, "v=0\r\no={username} {id} {version} {}\r\n", connection(address))?;
        write!(f, "s={}\r\n", if self.name.is_empty() { " " } else { &self.name })?;
        write_lines(f, &self.lines, "iuep")?;
        if let Some(address) = &self.address {
            write!(f, "c={}\r\n", connection(address))?;
        }
        write_lines(f, &self.lines, "b")?;
        if !self.lines.iter().any(|(kind, _)| *kind == 't') {
            f.write_str("t=0 0\r\n")?;
        }
        let is_later = |kind: &char| !"iuepb".contains(*kind);
        for (kind, value) in self.lines.iter().filter(|(kind, _)| is_later(kind)) {
            write!(f, "{kind}={value}\r\n")?;
        }
        write_attributes(f, &self.attributes)?;
        self.media.iter().try_for_each(|media| media.fmt(f))
    }
}

pub(super) fn write_lines(f: &mut fmt::Formatter<'_>, lines: &[(char, String)], kinds: &str) -> fmt::Result {
    for (kind, value) in lines.iter().filter(|(kind, _)| kinds.contains(*kind)) {
        write!(f, "{kind}={value}\r\n")?;
    }
    Ok(())
}

pub(super) fn write_attributes(
    f: &mut fmt::Formatter<'_>,
    attributes: &[(String, Option<String>)],
) -> fmt::Result {
    for (name, value) in attributes {
        match value {
            Some(value) => write!(f, "a={name}:{value}\r\n")?,
            None => write!(f, "a={name}\r\n")?,
        }
    }
    Ok(())
}

impl Origin {
    fn parse(value: &str) -> Option<Origin> {
        // A user name with blanks in it is none by the grammar, but phones write one.
        let words: Vec<_> = value.split_ascii_whitespace().collect();
        let (username, rest) = words.split_at_checked(words.len().checked_sub(5)?.max(1))?;
        let [id, version, net, family, address] = rest else { return None };
        let is_known = net.eq_ignore_ascii_case("IN") && is_family(family);
        is_known.then(|| Origin {
            username: username.join(" "),
            id: (*id).to_owned(),
            version: (*version).to_owned(),
            address: (*address).to_owned(),
        })
    }
}

fn is_family(family: &str) -> bool {
    family.eq_ignore_ascii_case("IP4") || family.eq_ignore_ascii_case("IP6")
}

fn split_line(line: &str) -> Result<(char, &str), SdpError> {
    let mut chars = line.chars();
    let kind = chars.next().unwrap_or('?');
    match chars.as_str().strip_prefix('=') {
        Some(value) if kind.is_ascii_lowercase() => Ok((kind, value)),
        _ => Err(SdpError::Line(kind)),
    }
}

/// `IN IP4 192.0.2.1`: the address; a time-to-live behind a multicast address is left off.
pub(super) fn read_connection(value: &str) -> Option<String> {
    let words: Vec<_> = value.split_ascii_whitespace().collect();
    let [net, family, address] = words.as_slice() else { return None };
    let address = address.split('/').next().unwrap_or_default();
    (net.eq_ignore_ascii_case("IN") && is_family(family) && !address.is_empty()).then(|| address.to_owned())
}

/// `IN IP4 …` or `IN IP6 …`, by what the address is.
pub(super) fn connection(address: &str) -> String {
    let family = match address.parse() {
        Ok(IpAddr::V6(_)) => "IP6",
        Ok(IpAddr::V4(_)) | Err(_) => "IP4",
    };
    let mut text = String::with_capacity(8 + address.len());
    let _ = write!(text, "IN {family} {address}");
    text
}

pub(super) fn read_attribute(value: &str) -> (String, Option<String>) {
    match value.split_once(':') {
        Some((name, value)) => (text::trim(name).to_owned(), Some(text::trim(value).to_owned())),
        None => (text::trim(value).to_owned(), None),
    }
}
