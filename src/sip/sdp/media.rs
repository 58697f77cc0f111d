//! One medium of a description: an m= line and what stands under it.

use std::fmt;

use super::session::{SdpError, connection, read_attribute, read_connection, write_attributes, write_lines};
use crate::sip::text;

/// A medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, …
    pub kind: String,
    /// The port; 0 declines the medium.
    pub port: u16,
    /// How many ports, where it says so.
    pub port_count: Option<u16>,
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, …
    pub protocol: String,
    /// The formats in order of liking: payload types for RTP.
    pub formats: Vec<String>,
    /// Its own address: an address or a host name.
    pub address: Option<String>,
    /// Its other lines, a= excepted, in order.
    pub lines: Vec<(char, String)>,
    /// Its attributes in order: name and value.
    pub attributes: Vec<(String, Option<String>)>,
}

/// Which way a medium flows, as the side sees it that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// The speaker only sends.
    SendOnly,
    /// The speaker only receives.
    RecvOnly,
    /// Neither way.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The same flow as the other side sees it: what is answered to an offer (RFC 3264 §6.1).
    pub fn reversed(self) -> Direction {
        match self {
            Direction::SendRecv => Direction::SendRecv,
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            Direction::Inactive => Direction::Inactive,
        }
    }

    /// Whether the speaker sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the speaker listens.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    pub(super) fn among(attributes: &[(String, Option<String>)]) -> Option<Direction> {
        let all = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        attributes.iter().find_map(|(name, _)| all.into_iter().find(|direction| direction.as_str() == name))
    }
}

/// What a payload type means: `a=rtpmap:8 PCMA/8000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// The name of the encoding.
    pub encoding: &'a str,
    /// Its clock in Hz.
    pub clock: u32,
    /// What stands behind the clock: the channels.
    pub channels: Option<&'a str>,
}

/// A key offered in the open (RFC 4568): `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto<'a> {
    /// Its number.
    pub tag: u32,
    /// How it encrypts.
    pub suite: &'a str,
    /// The keys and their parameters.
    pub keys: &'a str,
}

impl fmt::Debug for Crypto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crypto").field("tag", &self.tag).field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl Media {
    /// A medium without lines of its own.
    pub fn new(kind: &str, port: u16, protocol: &str, formats: &[&str]) -> Media {
        Media {
            kind: kind.to_owned(),
            port,
            port_count: None,
            protocol: protocol.to_owned(),
            formats: formats.iter().map(|format| (*format).to_owned()).collect(),
            address: None,
            lines: Vec::new(),
            attributes: Vec::new(),
        }
    }

    pub(super) fn parse(value: &str) -> Option<Media> {
        let mut words = value.split_ascii_whitespace();
        let (kind, port, protocol) = (words.next()?, words.next()?, words.next()?);
        let (port, count) = match port.split_once('/') {
            Some((port, count)) => (port, Some(count.parse().ok()?)),
            None => (port, None),
        };
        let port = text::digits(port).and_then(|port| u16::try_from(port).ok())?;
        let formats: Vec<_> = words.collect();
        if formats.is_empty() {
            return None;
        }
        Some(Media { port_count: count, ..Media::new(kind, port, protocol, &formats) })
    }

    pub(super) fn take(&mut self, kind: char, value: &str) -> Result<(), SdpError> {
        match kind {
            // A second c= names further addresses of a layered multicast; the first one counts.
            'c' if self.address.is_some() => {}
            'c' => self.address = Some(read_connection(value).ok_or(SdpError::Line('c'))?),
            'a' => self.attributes.push(read_attribute(value)),
            other => self.lines.push((other, value.to_owned())),
        }
        Ok(())
    }

    /// The value of the first attribute of that name; `Some("")` if it has none.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.values_of(name).next()
    }

    fn values_of(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_named = move |(here, _): &&(String, Option<String>)| here.eq_ignore_ascii_case(name);
        self.attributes.iter().filter(is_named).map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// Its own direction, if it states one.
    pub fn direction(&self) -> Option<Direction> {
        Direction::among(&self.attributes)
    }

    /// What a format means: its rtpmap, or the fixed meaning of RFC 3551 for the two of G.711.
    pub fn rtpmap(&self, format: &str) -> Option<RtpMap<'_>> {
        let stated = self.values_of("rtpmap").find_map(|value| {
            let (here, map) = value.split_once([' ', '\t'])?;
            (here == format).then_some(text::trim(map))
        });
        let Some(map) = stated else {
            return match format {
                "0" => Some(RtpMap { encoding: "PCMU", clock: 8000, channels: None }),
                "8" => Some(RtpMap { encoding: "PCMA", clock: 8000, channels: None }),
                _ => None,
            };
        };
        let mut parts = map.split('/');
        let (encoding, clock) = (parts.next()?, parts.next()?);
        let clock = text::digits(clock).and_then(|clock| u32::try_from(clock).ok())?;
        Some(RtpMap { encoding, clock, channels: parts.next() })
    }

    /// The parameters of a format: its fmtp.
    pub fn fmtp(&self, format: &str) -> Option<&str> {
        self.values_of("fmtp").find_map(|value| {
            let (here, parameters) = value.split_once([' ', '\t'])?;
            (here == format).then_some(text::trim(parameters))
        })
    }

    /// The milliseconds of sound in one packet it asks for.
    pub fn ptime(&self) -> Option<u32> {
        self.attribute("ptime").and_then(text::digits).and_then(|ptime| u32::try_from(ptime).ok())
    }

    /// The keys it offers in the open.
    pub fn crypto(&self) -> impl Iterator<Item = Crypto<'_>> {
        self.values_of("crypto").filter_map(|value| {
            let (tag, rest) = value.split_once([' ', '\t'])?;
            let (suite, keys) = text::trim(rest).split_once([' ', '\t'])?;
            let tag = text::digits(tag).and_then(|tag| u32::try_from(tag).ok())?;
            Some(Crypto { tag, suite, keys: text::trim(keys) })
        })
    }

    /// The same medium, declined: port 0, nothing said of it (RFC 3264 §6).
    pub fn declined(&self) -> Media {
        let formats: Vec<_> = self.formats.iter().map(String::as_str).take(1).collect();
        Media::new(&self.kind, 0, &self.protocol, &formats)
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {}", self.kind, self.port)?;
        if let Some(count) = self.port_count {
            write!(f, "/{count}")?;
        }
        write!(f, " {}", self.protocol)?;
        for format in &self.formats {
            write!(f, " {format}")?;
        }
        f.write_str("\r\n")?;
        write_lines(f, &self.lines, "i")?;
        if let Some(address) = &self.address {
            write!(f, "c={}\r\n", connection(address))?;
        }
        for (kind, value) in self.lines.iter().filter(|(kind, _)| *kind != 'i') {
            write!(f, "{kind}={value}\r\n")?;
        }
        write_attributes(f, &self.attributes)
    }
}
