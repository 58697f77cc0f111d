//! The sound thread: one thread that keeps the 20 ms beat of every voice call.
//!
//! It owns a socket per call, hands packets to the call's [`Session`] and sends what the session gives, where the call's
//! [`Peer`] says. With no call it sleeps without a timer.

mod peer;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::media::session::PACKET_TIME;
use crate::media::{Agreement, MediaEvent, PlayId, PromptAudio, Session, SessionConfig};

pub use peer::Peer;

/// How many calls may have sound through the box at one time; a further one is refused.
pub const MAX_SESSIONS: usize = 250;

/// The largest packet that is looked at; longer ones are no voice.
const LARGEST: usize = 2048;

/// How many packets one call may bring in one beat before the others get their turn.
const MAX_BURST: usize = 16;

/// What the thread is asked to do.
#[derive(Debug)]
pub enum Command {
    /// Opens a port on `local` and begins to listen; answered by [`News::Opened`] or [`News::Refused`].
    Open {
        /// The caller's name for the call.
        call: u64,
        /// The address to use.
        local: IpAddr,
        /// The addresses the phone's signalling comes from.
        from: Vec<IpAddr>,
    },
    /// Codec and payload numbers are agreed: begins to send.
    Start {
        /// The call.
        call: u64,
        /// What was agreed.
        config: SessionConfig,
        /// Where the phone listens.
        remote: SocketAddr,
    },
    /// Says something, instead of what is being said.
    Play {
        /// The call.
        call: u64,
        /// What.
        audio: PromptAudio,
        /// Comes back when it has been said.
        id: PlayId,
    },
    /// Stops saying anything.
    Silence {
        /// The call.
        call: u64,
    },
    /// Something else was agreed: hold, resume, another codec or number, another place.
    Change {
        /// The call.
        call: u64,
        /// What was agreed.
        agreed: Agreement,
        /// Where the phone listens.
        remote: SocketAddr,
    },
    /// Ends the call's sound.
    Close {
        /// The call.
        call: u64,
    },
}

/// What the thread tells.
#[derive(Debug)]
pub enum News {
    /// The call's port is open.
    Opened {
        /// The call.
        call: u64,
        /// The box's end.
        local: SocketAddr,
    },
    /// No port could be had.
    Refused {
        /// The call.
        call: u64,
    },
    /// Something happened in the sound.
    Event {
        /// The call.
        call: u64,
        /// What.
        event: MediaEvent,
    },
}

/// The ports the thread may use, both ends included; only even ones are taken (RFC 3550 §11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

struct Call {
    socket: UdpSocket,
    peer: Peer,
    session: Option<Session>,
    waiting: Option<(PromptAudio, PlayId)>,
}

struct Beat {
    ports: PortRange,
    next_port: u16,
    calls: BTreeMap<u64, Call>,
    news: Box<dyn Fn(News) + Send>,
}

/// Starts the thread; it ends when every sender of the commands is gone. `news` must not block.
pub fn start(ports: PortRange, news: impl Fn(News) + Send + 'static) -> io::Result<Sender<Command>> {
    let (commands, inbox) = channel();
    let first = ports.first + ports.first % 2;
    let beat = Beat { ports, next_port: first, calls: BTreeMap::new(), news: Box::new(news) };
    std::thread::Builder::new()
        .name("sound".to_owned())
        .stack_size(256 * 1024)
        .spawn(move || beat.run(&inbox))?;
    Ok(commands)
}

impl Beat {
    fn run(mut self, inbox: &Receiver<Command>) {
        let mut due = Instant::now();
        loop {
            if self.calls.is_empty() {
                let Ok(command) = inbox.recv() else { return };
                self.handle_command(command);
                due = Instant::now();
            }
            loop {
                match inbox.try_recv() {
                    Ok(command) => self.handle_command(command),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            let now = Instant::now();
            if now >= due {
                self.tick(now);
                // After a stall the beat begins anew instead of rushing.
                due = if now - due > 5 * PACKET_TIME { now + PACKET_TIME } else { due + PACKET_TIME };
            }
            self.wait(due.saturating_duration_since(Instant::now()), inbox);
        }
    }

    fn handle_command(&mut self, command: Command) {
        match command {
            Command::Open { call, local, from } => self.open(call, local, from),
            Command::Start { call, config, remote } => {
                let Some(held) = self.calls.get_mut(&call) else { return };
                let now = Instant::now();
                let mut session = Session::new(config, now);
                if let Some((audio, id)) = held.waiting.take() {
                    session.play(audio, id);
                }
                held.peer.told(remote, now);
                held.session = Some(session);
            }
            Command::Change { call, agreed, remote } => {
                let Some(held) = self.calls.get_mut(&call) else { return };
                let now = Instant::now();
                held.peer.told(remote, now);
                if let Some(session) = &mut held.session {
                    session.change(agreed, now);
                }
            }
            Command::Play { call, audio, id } => {
                let Some(held) = self.calls.get_mut(&call) else { return };
                match &mut held.session {
                    Some(session) => {
                        session.stop_playing();
                        session.play(audio, id);
                    }
                    None => held.waiting = Some((audio, id)),
                }
            }
            Command::Silence { call } => {
                let Some(held) = self.calls.get_mut(&call) else { return };
                held.waiting = None;
                if let Some(session) = &mut held.session {
                    session.stop_playing();
                }
            }
            Command::Close { call } => {
                self.calls.remove(&call);
            }
        }
    }

    fn open(&mut self, call: u64, local: IpAddr, from: Vec<IpAddr>) {
        let socket = if self.calls.len() < MAX_SESSIONS { self.free_port(local) } else { None };
        match socket.and_then(|socket| socket.local_addr().ok().map(|local| (socket, local))) {
            Some((socket, local)) => {
                let peer = Peer::new(from);
                self.calls.insert(call, Call { socket, peer, session: None, waiting: None });
                (self.news)(News::Opened { call, local });
            }
            None => (self.news)(News::Refused { call }),
        }
    }

    /// The next free even port, going round so that a port just closed rests.
    fn free_port(&mut self, local: IpAddr) -> Option<UdpSocket> {
        let tries = usize::from(self.ports.last.saturating_sub(self.ports.first)) / 2 + 1;
        for _ in 0..tries {
            let port = self.next_port;
            self.next_port = match port.checked_add(2) {
                Some(next) if next <= self.ports.last => next,
                _ => self.ports.first + self.ports.first % 2,
            };
            let Ok(socket) = UdpSocket::bind((local, port)) else { continue };
            if socket.set_nonblocking(true).is_ok() {
                return Some(socket);
            }
        }
        None
    }

    fn tick(&mut self, now: Instant) {
        for (call, held) in &mut self.calls {
            let Some(session) = &mut held.session else { continue };
            if let (Some(packet), Some(remote)) = (session.handle_tick(now), held.peer.destination()) {
                // A packet the network does not take is a packet lost.
                let _ = held.socket.send_to(&packet, remote);
            }
            while let Some(event) = session.poll_event() {
                (self.news)(News::Event { call: *call, event });
            }
        }
    }

    /// Waits for packets, a command, or the next beat, and hears what came.
    fn wait(&mut self, until_beat: Duration, inbox: &Receiver<Command>) {
        let mut ready = Vec::new();
        {
            let mut fds: Vec<PollFd<'_>> =
                self.calls.values().map(|held| PollFd::new(held.socket.as_fd(), PollFlags::POLLIN)).collect();
            if fds.is_empty() {
                match inbox.recv_timeout(until_beat) {
                    Ok(command) => self.handle_command(command),
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
                }
                return;
            }
            let millis = u16::try_from(until_beat.as_millis()).unwrap_or(20).saturating_add(1).min(20);
            if poll(&mut fds, PollTimeout::from(millis)).unwrap_or(0) > 0 {
                let readable = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
                ready.extend(
                    self.calls.keys().zip(&fds).filter(|(_, fd)| readable(fd)).map(|(call, _)| *call),
                );
            }
        }
        for call in ready {
            self.hear(call);
        }
    }

    fn hear(&mut self, call: u64) {
        let Some(held) = self.calls.get_mut(&call) else { return };
        let mut buffer = [0; LARGEST];
        for _ in 0..MAX_BURST {
            let Ok((length, source)) = held.socket.recv_from(&mut buffer) else { break };
            if !held.peer.is_heard(source.ip()) {
                continue;
            }
            let Some(session) = &mut held.session else { continue };
            let now = Instant::now();
            if session.handle_packet(&buffer[..length], now).is_ok() {
                held.peer.heard_from(source, now);
            }
            while let Some(event) = session.poll_event() {
                (self.news)(News::Event { call, event });
            }
        }
    }
}
