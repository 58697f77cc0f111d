//! The door of the exchange: what comes in, what goes out, and what it is told once at its making.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

pub use super::admission::Form as ChallengeForm;

use crate::media::{Agreement, MediaEvent, Priority, Prompt, SessionConfig};
use crate::model::{Announcement, CallId, Change, Event, Language, ModelName, RefreshMethod, StoreTrouble};
use crate::sip::flow::Flow;

/// What the exchange is told at its making.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The address written into files and session descriptions, where the owner has named one.
    pub lan: Option<IpAddr>,
    /// The box's address towards the outside.
    pub main_address: IpAddr,
    /// The address SIP is bound to; unspecified where it is bound to all.
    pub sip_address: IpAddr,
    /// The port of SIP.
    pub sip_port: u16,
    /// The port of the page, from which phones fetch their files.
    pub web_port: u16,
    /// What is known of a phone's model (`provision` knows it; the exchange may not ask there).
    pub facts: fn(&ModelName) -> ModelFacts,
    /// How a phone is asked for credentials, by its User-Agent. It depends on what the phone says of itself alone, so that
    /// the form tells a stranger nothing about who exists.
    pub challenge: fn(Option<&str>) -> ChallengeForm,
}

/// What is known of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFacts {
    /// How it is told to fetch its file; `None` for a phone set up by hand.
    pub refresh: Option<RefreshMethod>,
    /// Whether it has a key for a hot-desk function of its own (I4).
    pub has_hotdesk_key: bool,
}

/// Something that has happened outside.
#[derive(Debug)]
pub enum Input<'a> {
    /// One whole SIP message.
    Message {
        /// The way it came.
        flow: Flow,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A stream brought what cannot be framed; the head, if there is one to answer.
    Broken {
        /// The stream.
        flow: Flow,
        /// The head.
        head: &'a [u8],
    },
    /// A stream is gone.
    FlowClosed(Flow),
    /// Something could not be sent.
    SendFailed(Flow),
    /// Every change up to this number is on the disc.
    Saved {
        /// The number.
        through: u64,
    },
    /// The store cannot write, or can again.
    StoreTrouble(Option<StoreTrouble>),
    /// News from the sound.
    Sound(SoundNews),
    /// A message has come that was said to everybody on the network: only a phone that announces itself is heard.
    Announced {
        /// The way to its sender.
        flow: Flow,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The answer to [`Output::Discovered`].
    Discovery {
        /// The way the SUBSCRIBE came.
        flow: Flow,
        /// The SUBSCRIBE.
        request: &'a [u8],
        /// Who was meant by it, as [`Output::Discovered`] said.
        meant: Meant,
        /// What the phone told of itself, and the body of the NOTIFY, which is one URL; `None` where nobody here knows the
        /// phone.
        found: Option<(Announcement, String)>,
    },
    /// The outside reaches the box by this address now.
    Address(IpAddr),
    /// The answer to [`Output::Resolve`].
    Resolved {
        /// The name asked for.
        host: String,
        /// Where it leads, if anywhere.
        address: Option<IpAddr>,
    },
}

/// Who is meant by a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// The box: whatever comes is answered.
    Box,
    /// Whoever can help: who cannot is silent.
    Anybody,
}

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// The way.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// Whoever is at the other end of this stream has proved who it is.
    Proved(Flow),
    /// Keep this change; changes are numbered from 1 in each run.
    Save {
        /// Its number.
        number: u64,
        /// The change.
        change: Change,
    },
    /// Do something with the sound of a call.
    Sound(SoundCommand),
    /// Tell whoever listens.
    Event(Event),
    /// A phone announces itself by SIP PnP: find out who it is and come back with [`Input::Discovery`].
    Discovered {
        /// The way the SUBSCRIBE came.
        flow: Flow,
        /// The SUBSCRIBE.
        request: Bytes,
        /// Who was meant by it.
        meant: Meant,
    },
    /// Look a host name up and come back with [`Input::Resolved`].
    Resolve {
        /// The name.
        host: String,
    },
}

/// Something to be done with the sound of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundCommand {
    /// Open a port.
    Open {
        /// The call.
        call: CallId,
        /// On this address of the box.
        local: IpAddr,
        /// The addresses the phone's signalling comes from.
        from: Vec<IpAddr>,
        /// Whether it may have a port that is kept for calls for help.
        priority: Priority,
    },
    /// Begin to send.
    Start {
        /// The call.
        call: CallId,
        /// What was agreed.
        config: SessionConfig,
        /// Where the phone listens.
        remote: SocketAddr,
    },
    /// Say something.
    Play {
        /// The call.
        call: CallId,
        /// What.
        prompt: Prompt,
        /// In which language.
        language: Language,
    },
    /// Stop saying anything.
    Silence {
        /// The call.
        call: CallId,
    },
    /// Something else was agreed: hold, resume, another codec or number, another place.
    Change {
        /// The call.
        call: CallId,
        /// What was agreed.
        agreed: Agreement,
        /// Where the phone listens.
        remote: SocketAddr,
    },
    /// Close the port.
    Close {
        /// The call.
        call: CallId,
    },
}

/// News from the sound of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundNews {
    /// The port is open.
    Opened {
        /// The call.
        call: CallId,
        /// The box's end.
        local: SocketAddr,
    },
    /// No port could be had.
    Refused {
        /// The call.
        call: CallId,
    },
    /// Something was heard, or has been said.
    Event {
        /// The call.
        call: CallId,
        /// What.
        event: MediaEvent,
    },
}
