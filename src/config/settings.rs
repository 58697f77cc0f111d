//! How the box serves: its folder, its addresses and ports. Given on the command line, not in the office file.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// How the box serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSettings {
    /// The folder that holds everything.
    pub data: PathBuf,
    /// Where SIP is heard, UDP and TCP.
    pub sip: SocketAddr,
    /// Where pages, the API and phone files are served.
    pub http: SocketAddr,
    /// The address that phones are told; `None` takes that of the interface a phone came in by.
    pub lan: Option<IpAddr>,
    /// The UDP ports for sound.
    pub rtp: RtpPorts,
    /// How much is logged.
    pub log: LogLevel,
}

impl ServeSettings {
    /// The port where SIP is heard when nothing is said.
    pub const SIP_PORT: u16 = 5060;
    /// The port of the pages when nothing is said.
    pub const HTTP_PORT: u16 = 8080;
    /// The folder when nothing is said.
    pub const DATA: &str = "./perch-data";

    /// Whether the addresses go together.
    pub fn check(&self) -> Result<(), SettingError> {
        let (sip, http) = (self.sip, self.http);
        let meet =
            |one: IpAddr, other: IpAddr| one == other || one.is_unspecified() || other.is_unspecified();
        if self.rtp.range().contains(&sip.port()) {
            return Err(SettingError::SipAmongSound(sip.port()));
        }
        if sip.port() == http.port() && sip.port() != 0 && meet(sip.ip(), http.ip()) {
            return Err(SettingError::SamePort(sip.port()));
        }
        Ok(())
    }

    /// The socket by which the command line reaches the running box.
    pub fn control_socket(&self) -> PathBuf {
        control_socket(&self.data)
    }
}

/// The socket by which the command line reaches the box that runs on a folder.
pub fn control_socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

impl Default for ServeSettings {
    fn default() -> Self {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        Self {
            data: PathBuf::from(Self::DATA),
            sip: SocketAddr::new(any, Self::SIP_PORT),
            http: SocketAddr::new(any, Self::HTTP_PORT),
            lan: None,
            rtp: RtpPorts::default(),
            log: LogLevel::default(),
        }
    }
}

/// A range of UDP ports for sound; the first is even, because RTP takes the even ones and RTCP the odd ones above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpPorts {
    first: u16,
    last: u16,
}

impl RtpPorts {
    /// Both ends, included.
    pub fn range(self) -> RangeInclusive<u16> {
        self.first..=self.last
    }

    /// The even ports, in order.
    pub fn even(self) -> impl Iterator<Item = u16> {
        self.range().step_by(2)
    }
}

impl Default for RtpPorts {
    fn default() -> Self {
        Self { first: 16384, last: 16883 }
    }
}

impl FromStr for RtpPorts {
    type Err = SettingError;
    fn from_str(text: &str) -> Result<Self, SettingError> {
        let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port >= 1024);
        let ends = text.split_once('-').and_then(|(first, last)| Some((port(first)?, port(last)?)));
        let Some((first, last)) = ends else { return Err(SettingError::NoPortRange(text.to_owned())) };
        match first.checked_next_multiple_of(2) {
            Some(first) if first < last => Ok(Self { first, last }),
            Some(_) | None => Err(SettingError::PortRangeTooSmall(text.to_owned())),
        }
    }
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LogLevel {
    /// Only what stops the box.
    Error,
    /// What somebody should look at today.
    Warn,
    /// What a person would care about.
    #[default]
    Info,
    /// Each turn in the path, with numbers and names.
    Debug,
    /// Each packet.
    Trace,
}

impl LogLevel {
    /// Every level, the quietest first.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl FromStr for LogLevel {
    type Err = SettingError;
    fn from_str(text: &str) -> Result<Self, SettingError> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| SettingError::NoLogLevel(text.to_owned()))
    }
}

/// Why a setting on the command line is not what it should be; the sentence says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not two ports with a dash.
    #[error("\"{0}\" is not a range of ports: write for example 16384-16883 (ports from 1024 on)")]
    NoPortRange(String),
    /// No even port in it.
    #[error(
        "\"{0}\" has no room for a call: a call takes two ports, and the first must be even, for example 16384-16883"
    )]
    PortRangeTooSmall(String),
    /// SIP would be heard on a port for sound.
    #[error(
        "the SIP port {0} is one of the ports for sound: choose another with --sip, or other ports for sound with --rtp"
    )]
    SipAmongSound(u16),
    /// SIP and the pages want the same port.
    #[error("SIP and the pages cannot both be served on port {0}: choose another with --sip or --http")]
    SamePort(u16),
    /// Not a level.
    #[error("\"{0}\" is not a log level: use error, warn, info, debug or trace")]
    NoLogLevel(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_range_begins_with_an_even_port_and_holds_a_call() {
        let ports = |text: &str| text.parse::<RtpPorts>().map(RtpPorts::range);
        assert_eq!(ports("16384-16883"), Ok(16384..=16883));
        assert_eq!(ports("20001-20010"), Ok(20002..=20010));
        assert!(matches!(ports("20000-20000"), Err(SettingError::PortRangeTooSmall(_))));
        assert!(matches!(ports("30000-20000"), Err(SettingError::PortRangeTooSmall(_))));
        assert!(matches!(ports("65535-65535"), Err(SettingError::PortRangeTooSmall(_))));
        for wrong in ["", "-", "16384", "a-b", "80-90", "16384-99999"] {
            assert!(matches!(ports(wrong), Err(SettingError::NoPortRange(_))), "{wrong}");
        }
    }

    #[test]
    fn a_log_level_is_a_word_in_any_case() {
        assert_eq!("Debug".parse(), Ok(LogLevel::Debug));
        assert!("loud".parse::<LogLevel>().is_err());
    }
}
