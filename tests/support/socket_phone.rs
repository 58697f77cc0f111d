//! The simulated phone on real sockets: a thread that carries bytes between one [`SimPhone`] and the network.
//!
//! Each phone has an IP address of its own (any of 127.0.0.0/8 serves), speaks SIP on port 5060 of it and RTP on
//! [`SOUND_PORT`], and fetches its files by HTTP from the same address, as the box expects. It is driven by
//! [`SocketPhone::does`] and watched by [`SocketPhone::waits_until`]; every message it sends or gets is told once, in words.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use socket2::{Domain, Socket, Type};

use super::phone::{self, Output, SIP_PORT, SOUND_PORT, SimPhone};

/// A phone on the network.
pub struct SocketPhone {
    name: String,
    commands: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

type Command = Box<dyn FnOnce(&mut SimPhone, Instant) + Send>;

/// A rung of the ladder: who, to whom, what; and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    pub from: String,
    pub to: String,
    pub what: String,
    pub at: Instant,
}

/// How long the thread sleeps at most, so that commands are not kept waiting.
const NAP: Duration = Duration::from_millis(4);

/// How long a file may take.
const FILE_PATIENCE: Duration = Duration::from_secs(5);

/// The largest file that is read.
const LARGEST_FILE: u64 = 1 << 20;

/// The answer to a GET: its address, the status, the file.
type Got = (String, u16, Vec<u8>);

struct Carrier {
    name: String,
    phone: SimPhone,
    sip: UdpSocket,
    sound: UdpSocket,
    commands: Receiver<Command>,
    files: (Sender<Got>, Receiver<Got>),
    tell: Box<dyn Fn(Rung) + Send>,
    told: HashSet<(String, Vec<u8>)>,
    heard: usize,
}

impl SocketPhone {
    /// Puts a phone on the network, without current yet. `tell` is called for each message.
    pub fn new(name: &str, phone: SimPhone, tell: impl Fn(Rung) + Send + 'static) -> io::Result<Self> {
        let address = phone.address();
        let sip = sip_socket(address)?;
        let sound = UdpSocket::bind((address, SOUND_PORT))?;
        sip.set_nonblocking(true)?;
        sound.set_nonblocking(true)?;
        let (commands, inbox) = channel();
        let carrier = Carrier {
            name: name.to_owned(),
            phone,
            sip,
            sound,
            commands: inbox,
            files: channel(),
            tell: Box::new(tell),
            told: HashSet::new(),
            heard: 0,
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || carrier.run())?;
        Ok(Self { name: name.to_owned(), commands: Some(commands), thread: Some(thread) })
    }

    /// What the phone is called here.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does something at the phone, or asks it something.
    pub fn does<A: Send + 'static>(
        &self,
        act: impl FnOnce(&mut SimPhone, Instant) -> A + Send + 'static,
    ) -> A {
        let (answer, answered) = channel();
        let command: Command = Box::new(move |phone, now| {
            // The asker waits below.
            let _ = answer.send(act(phone, now));
        });
        let commands = self.commands.as_ref().expect("a phone that is not taken away");
        commands.send(command).expect("the phone's thread runs as long as the phone");
        answered.recv().expect("the phone's thread answers")
    }

    /// Waits until something is so; `false` if it is not within `patience`.
    pub fn waits_until(
        &self,
        patience: Duration,
        so: impl Fn(&SimPhone) -> bool + Send + Clone + 'static,
    ) -> bool {
        let end = Instant::now() + patience;
        loop {
            let so = so.clone();
            if self.does(move |phone, _| so(phone)) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for SocketPhone {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Carrier {
    fn run(mut self) {
        loop {
            let now = Instant::now();
            match self.commands.try_recv() {
                Ok(command) => command(&mut self.phone, now),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => self.wait(now),
            }
            self.receive();
            let now = Instant::now();
            while let Ok((url, status, body)) = self.files.1.try_recv() {
                self.rung("box", None, &format!("{status} GET"));
                self.phone.handle_http(&url, status, &body, now);
            }
            if self.phone.poll_timeout().is_some_and(|at| at <= now) {
                self.phone.handle_timeout(now);
            }
            self.send();
        }
    }

    fn wait(&self, now: Instant) {
        let due = self.phone.poll_timeout().map_or(NAP, |at| at.saturating_duration_since(now).min(NAP));
        let time = PollTimeout::try_from(due).unwrap_or(PollTimeout::ZERO);
        let mut both = [&self.sip, &self.sound].map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN));
        // Interrupted or not, the sockets are looked at next.
        let _ = poll(&mut both, time);
    }

    fn receive(&mut self) {
        let mut buffer = [0; 65_536];
        while let Ok((length, from)) = self.sip.recv_from(&mut buffer) {
            self.told(&buffer[..length], "box", None);
            self.phone.handle_datagram(&buffer[..length], from, Instant::now());
        }
        while let Ok((length, from)) = self.sound.recv_from(&mut buffer) {
            self.phone.handle_sound(&buffer[..length], from, Instant::now());
            let prompts = self.phone.heard_prompts();
            if prompts.len() < self.heard {
                self.heard = 0;
            }
            for prompt in prompts.iter().skip(self.heard) {
                self.rung("box", None, &format!("says {}", prompt.name()));
            }
            self.heard = prompts.len();
        }
    }

    fn send(&mut self) {
        while let Some(output) = self.phone.poll_output() {
            match output {
                Output::Send { to, bytes } => {
                    let receiver = if to == phone::MULTICAST { "all" } else { "box" };
                    self.told(&bytes, "", Some(receiver));
                    // A message that cannot be sent is a message that is lost.
                    let _ = self.sip.send_to(&bytes, to);
                }
                Output::Sound { to, bytes } => drop(self.sound.send_to(&bytes, to)),
                Output::Get { url, user_agent } => {
                    let file = url.rsplit('/').next().unwrap_or_default();
                    self.rung("", Some("box"), &format!("GET {file}"));
                    let (answer, from) = (self.files.0.clone(), self.phone.address());
                    std::thread::spawn(move || {
                        let (status, body) = get(&url, &user_agent, from).unwrap_or_default();
                        // A phone that is gone needs no file.
                        let _ = answer.send((url, status, body));
                    });
                }
            }
        }
    }

    /// Tells of a message, but not of its copies.
    fn told(&mut self, bytes: &[u8], from: &str, to: Option<&str>) {
        if self.told.insert((from.to_owned(), bytes.to_vec())) {
            self.rung(from, to, &phone::in_words(bytes));
        }
    }

    /// Without `to` the rung leads to this phone, else from it.
    fn rung(&self, from: &str, to: Option<&str>, what: &str) {
        let (from, to) = match to {
            Some(to) => (self.name.clone(), to.to_owned()),
            None => (from.to_owned(), self.name.clone()),
        };
        (self.tell)(Rung { from, to, what: what.to_owned(), at: Instant::now() });
    }
}

/// The SIP socket of a phone, which can call the multicast group on its own interface.
fn sip_socket(address: IpAddr) -> io::Result<UdpSocket> {
    let domain = if address.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::DGRAM, None)?;
    if let IpAddr::V4(address) = address {
        let interface = if address.is_loopback() { Ipv4Addr::LOCALHOST } else { address };
        socket.set_multicast_if_v4(&interface)?;
        socket.set_multicast_ttl_v4(1)?;
    }
    socket.bind(&SocketAddr::new(address, SIP_PORT).into())?;
    Ok(socket.into())
}

/// Fetches a file from the phone's own address: status and body.
fn get(url: &str, user_agent: &str, from: IpAddr) -> io::Result<(u16, Vec<u8>)> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let rest = url.strip_prefix("http://").ok_or_else(|| wrong("not an http address"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let server: SocketAddr =
        host.parse().or_else(|_| format!("{host}:80").parse()).map_err(|_| wrong("no address"))?;
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(from, 0).into())?;
    socket.connect_timeout(&server.into(), FILE_PATIENCE)?;
    let mut stream: std::net::TcpStream = socket.into();
    stream.set_read_timeout(Some(FILE_PATIENCE))?;
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {user_agent}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(LARGEST_FILE).read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| wrong("no head"))?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status =
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| wrong("no status"))?;
    let body = answer.split_off(end + 4);
    let is_chunked = head.to_ascii_lowercase().contains("\r\ntransfer-encoding: chunked");
    Ok((status, if is_chunked { unchunked(&body).ok_or_else(|| wrong("broken chunks"))? } else { body }))
}

/// The body behind chunks (RFC 9112 §7.1).
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}
