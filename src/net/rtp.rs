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
use socket2::{Domain, Protocol, Socket, Type};

use crate::media::session::PACKET_TIME;
use crate::media::{Agreement, MediaEvent, PlayId, Priority, PromptAudio, Session, SessionConfig};

pub use peer::Peer;

/// How many calls may have sound through the box at one time; a further one is refused.
pub const MAX_SESSIONS: usize = 250;

/// How many of them are kept for calls for help, where there are ports enough.
pub const EMERGENCY_RESERVE: usize = 8;

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
        /// Whether it may have a port that is kept for calls for help.
        priority: Priority,
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

impl PortRange {
    /// The first port that a call may have.
    fn first_even(self) -> u16 {
        self.first.saturating_add(self.first % 2)
    }

    /// How many calls have room in it.
    fn calls(self) -> usize {
        match self.last.checked_sub(self.first_even()) {
            Some(wide) => usize::from(wide / 2) + 1,
            None => 0,
        }
    }
}

struct Call {
    socket: UdpSocket,
    /// The port beside it, for RTCP (RFC 3550 §11), held and never read: what the phone reports is dropped by the kernel
    /// without a word, instead of being answered with ICMP.
    _control: Option<Socket>,
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
    let beat = Beat { ports, next_port: ports.first_even(), calls: BTreeMap::new(), news: Box::new(news) };
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
            Command::Open { call, local, from, priority } => self.open(call, local, from, priority),
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

    fn open(&mut self, call: u64, local: IpAddr, from: Vec<IpAddr>, priority: Priority) {
        let ports = if self.calls.len() < self.room_for(priority) { self.free_ports(local) } else { None };
        match ports.and_then(|(socket, control)| Some((socket.local_addr().ok()?, socket, control))) {
            Some((local, socket, _control)) => {
                let peer = Peer::new(from);
                self.calls.insert(call, Call { socket, _control, peer, session: None, waiting: None });
                (self.news)(News::Opened { call, local });
            }
            None => (self.news)(News::Refused { call }),
        }
    }

    /// How many calls there may be for one of this priority to be let in.
    fn room_for(&self, priority: Priority) -> usize {
        let most = self.ports.calls().min(MAX_SESSIONS);
        match priority {
            Priority::Emergency => most,
            Priority::Ordinary => most - EMERGENCY_RESERVE.min(most / 4),
        }
    }

    /// The next free pair of ports, going round so that a port just closed rests.
    fn free_ports(&mut self, local: IpAddr) -> Option<(UdpSocket, Option<Socket>)> {
        for _ in 0..self.ports.calls() {
            let port = self.next_port;
            self.next_port = match port.checked_add(2) {
                Some(next) if next <= self.ports.last => next,
                _ => self.ports.first_even(),
            };
            let Ok(socket) = UdpSocket::bind((local, port)) else { continue };
            let control =
                if port < self.ports.last { control_port(local, port + 1).map(Some) } else { Ok(None) };
            if let (Ok(control), Ok(())) = (control, socket.set_nonblocking(true)) {
                return Some((socket, control));
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

/// A port that is only held, with the smallest buffer the kernel gives.
fn control_port(local: IpAddr, port: u16) -> io::Result<Socket> {
    let address = SocketAddr::new(local, port);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(1)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread with its ports on an address that nobody else on this machine uses, and what it tells.
    fn thread(local: &str, first: u16, last: u16) -> (IpAddr, Sender<Command>, Receiver<News>) {
        let (tell, told) = channel();
        let commands = start(PortRange { first, last }, move |news| {
            let _ = tell.send(news);
        });
        (local.parse().expect("an address"), commands.expect("a thread"), told)
    }

    fn opened(
        commands: &Sender<Command>,
        told: &Receiver<News>,
        call: u64,
        local: IpAddr,
        priority: Priority,
    ) -> Option<SocketAddr> {
        commands.send(Command::Open { call, local, from: Vec::new(), priority }).expect("the thread runs");
        match told.recv_timeout(Duration::from_secs(10)).expect("an answer") {
            News::Opened { local, .. } => Some(local),
            News::Refused { .. } | News::Event { .. } => None,
        }
    }

    #[test]
    fn calls_for_help_find_room_when_the_ordinary_ones_have_taken_theirs() {
        let (local, commands, told) = thread("127.70.1.1", 30_001, 30_026);
        let is_opened = |call, priority| opened(&commands, &told, call, local, priority).is_some();
        let ordinary = (1..=20).filter(|call| is_opened(*call, Priority::Ordinary)).count();
        let emergency = (21..=40).filter(|call| is_opened(*call, Priority::Emergency)).count();
        assert_eq!((ordinary, emergency), (10, 3));
        commands.send(Command::Close { call: 1 }).expect("the thread runs");
        assert!(!is_opened(41, Priority::Ordinary) && is_opened(42, Priority::Emergency));
    }

    #[test]
    fn the_reserve_is_whole_in_the_usual_range_and_small_in_a_small_one() {
        let room = |first, last, priority| {
            let ports = PortRange { first, last };
            let beat = Beat { ports, next_port: first, calls: BTreeMap::new(), news: Box::new(drop) };
            beat.room_for(priority)
        };
        for (first, last, ordinary, emergency) in [
            (16_384, 16_883, 242, 250),
            (16_384, 65_535, 242, 250),
            (16_384, 16_391, 3, 4),
            (16_384, 16_385, 1, 1),
            (16_385, 16_385, 0, 0),
        ] {
            assert_eq!(room(first, last, Priority::Ordinary), ordinary, "{first}-{last}");
            assert_eq!(room(first, last, Priority::Emergency), emergency, "{first}-{last}");
        }
    }

    #[test]
    fn the_port_for_rtcp_is_held_so_that_reports_are_not_answered_with_icmp() {
        let (local, commands, told) = thread("127.70.1.2", 30_000, 30_003);
        let ours = opened(&commands, &told, 1, local, Priority::Ordinary).expect("a port");
        let phone = UdpSocket::bind((local, 0)).expect("a port");
        // Only a connected socket is told of ICMP.
        phone.connect((local, ours.port() + 1)).expect("an address");
        for _ in 0..200 {
            phone.send(&[0x80, 201, 0, 1, 0, 0, 0, 1]).expect("nobody refuses it");
        }
        commands.send(Command::Close { call: 1 }).expect("the thread runs");
        assert_eq!(opened(&commands, &told, 2, local, Priority::Ordinary).map(|at| at.port()), Some(30_002));
        assert!(phone.send(&[0]).and_then(|_| phone.send(&[0])).is_err(), "the port is free again");
    }
}
