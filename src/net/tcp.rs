//! Streams: connections that phones open, and those the box opens towards them.
//!
//! Each connection is read by one small task that cuts the stream into messages, and written by another, so that a burst
//! of requests is answered however long it is. All readers report into one bounded channel: a flood slows its senders
//! down and nobody else.
//!
//! A connection whose peer has not proved who it is ([`Tcp::prove`]) is a guest: it is closed after a minute without a
//! message, and when there are too many connections the oldest guest goes first.

mod outbox;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use nix::errno::Errno;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout, timeout_at};

use crate::net::canonical;
use crate::sip::flow::{Flow, Transport};
use crate::sip::framing::{Frame, Framer, FramingError, PONG};

use outbox::{InAll, Inbox, Outbox, outbox};

/// How many connections may be open at one time.
pub const MAX_CONNECTIONS: usize = 1024;

/// How long a message may take from its first byte to its last.
pub const MESSAGE_TIME: Duration = Duration::from_secs(30);

/// How long a connection may be silent whose peer has not proved who it is.
pub const GUEST_TIME: Duration = Duration::from_secs(60);

/// How long any other may: longer than the longest registration.
pub const IDLE_TIME: Duration = Duration::from_secs(2 * 3600);

/// How long the box tries to open a connection, or to write one message.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How many guests leave when there are no file descriptors left.
const ROOM: usize = 32;

/// How many reports of all connections may wait.
const MAX_REPORTS: usize = 512;

/// The SIP streams.
pub struct Tcp {
    bound: SocketAddr,
    connections: BTreeMap<u64, Connection>,
    /// Those the box has closed by itself, to be told.
    cut_off: VecDeque<Flow>,
    last_connection: u64,
    waiting: InAll,
    reports: mpsc::Receiver<Report>,
    reporter: mpsc::Sender<Report>,
}

/// What a stream brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// One whole message.
    Message(Flow, Vec<u8>),
    /// A message that could not be framed; its head, if there is one to answer. The connection closes after the answer.
    Broken(Flow, Option<Vec<u8>>),
    /// The connection is gone, or could not be opened.
    Closed(Flow),
}

struct Connection {
    flow: Flow,
    outbox: Outbox,
    proved: Arc<AtomicBool>,
    /// The task that opens or reads it. The one that writes ends by itself, when all is written.
    task: Option<AbortHandle>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

enum Report {
    Accepted(TcpStream, SocketAddr),
    /// There are no file descriptors left for another connection.
    NoRoom,
    Message(u64, Vec<u8>),
    Broken(u64, Option<Vec<u8>>),
    Closed(u64),
}

impl Tcp {
    /// Listens on `address`.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        let (reporter, reports) = mpsc::channel(MAX_REPORTS);
        tokio::spawn(accept(listener, reporter.clone()));
        Ok(Self {
            bound,
            connections: BTreeMap::new(),
            cut_off: VecDeque::new(),
            last_connection: 0,
            waiting: InAll::default(),
            reports,
            reporter,
        })
    }

    /// The address bound.
    pub fn local_addr(&self) -> SocketAddr {
        self.bound
    }

    /// What comes next. May be dropped while it waits, without loss.
    pub async fn next(&mut self) -> Option<Arrival> {
        loop {
            if let Some(flow) = self.cut_off.pop_front() {
                return Some(Arrival::Closed(flow));
            }
            let flow_of = |id: &u64| self.connections.get(id).map(|connection| connection.flow);
            let arrival = match self.reports.recv().await? {
                Report::Accepted(stream, remote) => {
                    self.accepted(stream, canonical(remote));
                    None
                }
                Report::NoRoom => {
                    self.make_room();
                    None
                }
                Report::Message(id, bytes) => flow_of(&id).map(|flow| Arrival::Message(flow, bytes)),
                Report::Broken(id, head) => flow_of(&id).map(|flow| Arrival::Broken(flow, head)),
                Report::Closed(id) => {
                    self.connections.remove(&id).map(|connection| Arrival::Closed(connection.flow))
                }
            };
            if arrival.is_some() {
                return arrival;
            }
        }
    }

    /// Writes to a flow's connection; where that is gone or was never there, opens one to its remote end. Fails when the
    /// other side does not read, which ends the connection, or when there are too many connections.
    pub fn send(&mut self, flow: &Flow, bytes: Bytes) -> Result<(), Flow> {
        let is_known = self.connections.contains_key(&flow.connection);
        let found = || self.connections.iter().find(|(_, one)| one.flow.remote == flow.remote);
        let id = match is_known.then_some(flow.connection).or_else(|| found().map(|(id, _)| *id)) {
            Some(id) => id,
            None if self.connections.len() < MAX_CONNECTIONS || self.cut_off_a_guest() => self.open(flow),
            None => return Err(*flow),
        };
        let sent = self.connections[&id].outbox.push(bytes);
        sent.map_err(|_| {
            self.cut_off(id);
            *flow
        })
    }

    /// The peer at the other end of that flow has proved who it is: its connection may stay.
    pub fn prove(&mut self, flow: &Flow) {
        if let Some(connection) = self.connections.get(&flow.connection) {
            connection.proved.store(true, Ordering::Relaxed);
        }
    }

    fn accepted(&mut self, stream: TcpStream, remote: SocketAddr) {
        // Where all are phones at work, the newcomer must wait.
        if self.connections.len() >= MAX_CONNECTIONS && !self.cut_off_a_guest() {
            return;
        }
        let local = canonical(stream.local_addr().unwrap_or(self.bound));
        let (id, inbox) = self.enter(local, remote, false, None);
        let connection = self.connections.get_mut(&id).expect("it was just entered");
        let (outbox, proved, reporter) =
            (connection.outbox.clone(), connection.proved.clone(), self.reporter.clone());
        let reading = tokio::spawn(serve(stream, id, (outbox, inbox), proved, reporter));
        connection.task = Some(reading.abort_handle());
    }

    fn open(&mut self, flow: &Flow) -> u64 {
        let (id, inbox) = self.enter(flow.local, flow.remote, true, Some(flow.connection));
        let connection = self.connections.get_mut(&id).expect("it was just entered");
        let (outbox, proved, reporter) =
            (connection.outbox.clone(), connection.proved.clone(), self.reporter.clone());
        let (from, remote) = (flow.local.ip(), flow.remote);
        let opening = tokio::spawn(async move {
            match timeout(CONNECT_TIME, connect(from, remote)).await {
                Ok(Ok(stream)) => serve(stream, id, (outbox, inbox), proved, reporter).await,
                // Told in order with everything else; if nobody listens the box is stopping.
                Ok(Err(_)) | Err(_) => drop(reporter.send(Report::Closed(id)).await),
            }
        });
        connection.task = Some(opening.abort_handle());
        id
    }

    /// Makes an entry; a connection the box opens keeps the number its flow had, so that its end is known as theirs.
    fn enter(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        proved: bool,
        told_as: Option<u64>,
    ) -> (u64, Inbox) {
        self.last_connection += 1;
        let id = self.last_connection;
        let (outbox, inbox) = outbox(&self.waiting);
        let connection = told_as.unwrap_or(id);
        let flow = Flow { transport: Transport::Tcp, local, remote, connection };
        let proved = Arc::new(AtomicBool::new(proved));
        self.connections.insert(id, Connection { flow, outbox, proved, task: None });
        (id, inbox)
    }

    /// Ends the oldest connection of a guest; `false` where there is none.
    fn cut_off_a_guest(&mut self) -> bool {
        let is_guest = |connection: &Connection| !connection.proved.load(Ordering::Relaxed);
        let guest = self.connections.iter().find(|(_, one)| is_guest(one)).map(|(id, _)| *id);
        guest.is_some_and(|guest| {
            self.cut_off(guest);
            true
        })
    }

    /// Ends the oldest guests, several at once: pages and voices need descriptors too, and must not race for each.
    fn make_room(&mut self) {
        let _ = (0..ROOM).take_while(|_| self.cut_off_a_guest()).count();
    }

    fn cut_off(&mut self, id: u64) {
        if let Some(connection) = self.connections.remove(&id) {
            self.cut_off.push_back(connection.flow);
        }
    }
}

/// Opens a connection from that address of the box.
async fn connect(from: IpAddr, remote: SocketAddr) -> io::Result<TcpStream> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if from.is_ipv4() == remote.is_ipv4() {
        socket.bind((from, 0).into())?;
    }
    socket.connect(remote).await
}

async fn accept(listener: TcpListener, reporter: mpsc::Sender<Report>) {
    loop {
        let report = match listener.accept().await {
            Ok((stream, remote)) => Report::Accepted(stream, remote),
            Err(error) => {
                // A connection that died in the queue is nothing; the next one may be well.
                tokio::time::sleep(Duration::from_millis(100)).await;
                let errno = error.raw_os_error().map(Errno::from_raw);
                if !matches!(errno, Some(Errno::EMFILE | Errno::ENFILE)) {
                    continue;
                }
                Report::NoRoom
            }
        };
        if reporter.send(report).await.is_err() {
            return;
        }
    }
}

/// Reads one connection until it ends, and has it written meanwhile. What was read before its end is still answered.
async fn serve(
    stream: TcpStream,
    id: u64,
    (outbox, inbox): (Outbox, Inbox),
    proved: Arc<AtomicBool>,
    reporter: mpsc::Sender<Report>,
) {
    // A SIP message waits for nobody.
    let _ = stream.set_nodelay(true);
    let (reading, writing) = stream.into_split();
    tokio::spawn(write(writing, inbox, id, reporter.clone()));
    read(reading, id, outbox, &proved, &reporter).await;
    let _ = reporter.send(Report::Closed(id)).await;
}

async fn read(
    mut stream: OwnedReadHalf,
    id: u64,
    outbox: Outbox,
    proved: &AtomicBool,
    reporter: &mpsc::Sender<Report>,
) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 8192];
    // When the last whole message came, and when the one that is under way began.
    let (mut heard, mut begun) = (Instant::now(), Instant::now());
    loop {
        let was_midway = framer.is_midway();
        let is_guest = !proved.load(Ordering::Relaxed);
        let until = match (was_midway, is_guest) {
            (true, _) => begun + MESSAGE_TIME,
            (false, true) => heard + GUEST_TIME,
            (false, false) => heard + IDLE_TIME,
        };
        match timeout_at(until, stream.read(&mut buffer)).await {
            Ok(Ok(length @ 1..)) => framer.push(&buffer[..length]),
            // It may have been proved while it was waited for.
            Err(_) if !was_midway && is_guest && proved.load(Ordering::Relaxed) => continue,
            Ok(Ok(0) | Err(_)) | Err(_) => return,
        }
        let Ok(whole) = report(&mut framer, id, &outbox, reporter).await else { return };
        if whole {
            heard = Instant::now();
        }
        if whole || !was_midway {
            begun = Instant::now();
        }
    }
}

/// Reports every frame that is whole; whether there was a message among them. Fails where nothing more can be read.
async fn report(
    framer: &mut Framer,
    id: u64,
    outbox: &Outbox,
    reporter: &mpsc::Sender<Report>,
) -> Result<bool, ()> {
    let mut whole = false;
    loop {
        let head = match framer.poll() {
            Ok(Some(Frame::Message(bytes))) => {
                whole = true;
                reporter.send(Report::Message(id, bytes)).await.map_err(|_| ())?;
                continue;
            }
            Ok(Some(Frame::Ping)) => {
                outbox.push(Bytes::from_static(PONG)).map_err(|_| ())?;
                continue;
            }
            Ok(Some(Frame::Pong)) => continue,
            Ok(None) => return Ok(whole),
            Err(FramingError::Garbage) => None,
            Err(FramingError::TooLong(head)) => head,
            Err(FramingError::NoLength(head)) => Some(head),
        };
        let _ = reporter.send(Report::Broken(id, head)).await;
        return Err(());
    }
}

/// Writes what is given until there is no more, then closes.
async fn write(mut stream: OwnedWriteHalf, mut inbox: Inbox, id: u64, reporter: mpsc::Sender<Report>) {
    while let Some(bytes) = inbox.next().await {
        let written = timeout(CONNECT_TIME, stream.write_all(&bytes)).await;
        inbox.written(bytes.len());
        if !matches!(written, Ok(Ok(()))) {
            let _ = reporter.send(Report::Closed(id)).await;
            return;
        }
    }
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn listening() -> (Tcp, TcpStream) {
        let tcp = Tcp::bind("127.0.0.1:0".parse().expect("an address")).await.expect("bound");
        let phone = TcpStream::connect(tcp.local_addr()).await.expect("connected");
        (tcp, phone)
    }

    const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

    #[tokio::test]
    async fn t17_a_message_in_pieces_is_whole_and_is_answered_on_its_connection() {
        let (mut tcp, mut phone) = listening().await;
        for piece in OPTIONS.chunks(9) {
            phone.write_all(piece).await.expect("written");
            tokio::task::yield_now().await;
        }
        let Some(Arrival::Message(flow, bytes)) = tcp.next().await else { panic!("no message") };
        assert_eq!(bytes, OPTIONS);
        tcp.send(&flow, Bytes::from_static(b"yes")).expect("sent");
        let mut answer = [0; 3];
        phone.read_exact(&mut answer).await.expect("answered");
    }

    #[tokio::test]
    async fn t18_a_ping_is_answered_with_a_pong_and_the_connection_stays() {
        let (mut tcp, mut phone) = listening().await;
        phone.write_all(b"\r\n\r\n").await.expect("written");
        let serving = tokio::spawn(async move { tcp.next().await });
        let mut pong = [0; 2];
        phone.read_exact(&mut pong).await.expect("a pong");
        phone.write_all(OPTIONS).await.expect("written");
        assert!(matches!(serving.await.expect("served"), Some(Arrival::Message(..))));
    }

    #[tokio::test]
    async fn t20_garbage_closes_its_connection_and_no_other() {
        let (mut tcp, mut phone) = listening().await;
        phone.write_all(b"\x16\x03\x01\x02\x00").await.expect("written");
        assert!(matches!(tcp.next().await, Some(Arrival::Broken(_, None))));
        assert!(matches!(tcp.next().await, Some(Arrival::Closed(_))));
        let mut other = TcpStream::connect(tcp.local_addr()).await.expect("connected");
        other.write_all(OPTIONS).await.expect("written");
        assert!(matches!(tcp.next().await, Some(Arrival::Message(..))));
    }

    #[tokio::test]
    async fn t17_a_burst_of_any_length_is_answered_whole() {
        let (mut tcp, phone) = listening().await;
        let (mut reading, mut writing) = phone.into_split();
        let sending = tokio::spawn(async move {
            for _ in 0..500 {
                writing.write_all(OPTIONS).await.expect("written");
            }
            writing
        });
        for _ in 0..500 {
            let Some(Arrival::Message(flow, _)) = tcp.next().await else { panic!("no message") };
            tcp.send(&flow, Bytes::from_static(&[b'.'; 400])).expect("sent");
        }
        let mut answers = vec![0; 500 * 400];
        reading.read_exact(&mut answers).await.expect("all answered");
        drop(sending.await);
    }

    #[tokio::test]
    async fn a_request_is_answered_though_its_sender_has_nothing_more_to_say() {
        let (mut tcp, mut phone) = listening().await;
        phone.write_all(OPTIONS).await.expect("written");
        phone.shutdown().await.expect("half closed");
        let Some(Arrival::Message(flow, _)) = tcp.next().await else { panic!("no message") };
        tcp.send(&flow, Bytes::from_static(b"yes")).expect("sent");
        assert_eq!(tcp.next().await, Some(Arrival::Closed(flow)));
        let mut answer = Vec::new();
        phone.read_to_end(&mut answer).await.expect("read");
        assert_eq!(answer, b"yes");
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_cut_off_and_its_end_is_told() {
        let (mut tcp, mut phone) = listening().await;
        phone.write_all(OPTIONS).await.expect("written");
        let Some(Arrival::Message(flow, _)) = tcp.next().await else { panic!("no message") };
        let piece = Bytes::from(vec![b'.'; 60_000]);
        let refused = (0..200).find(|_| tcp.send(&flow, piece.clone()).is_err());
        assert!(refused.is_some(), "twelve megabytes wait for nobody");
        assert_eq!(tcp.next().await, Some(Arrival::Closed(flow)));
    }

    #[tokio::test]
    async fn t21_a_guest_makes_room_for_a_newcomer_and_a_phone_at_work_does_not() {
        let (mut tcp, mut guest) = listening().await;
        guest.write_all(OPTIONS).await.expect("written");
        let Some(Arrival::Message(first, _)) = tcp.next().await else { panic!("no message") };
        let mut phone = TcpStream::connect(tcp.local_addr()).await.expect("connected");
        phone.write_all(OPTIONS).await.expect("written");
        let Some(Arrival::Message(second, _)) = tcp.next().await else { panic!("no message") };
        tcp.prove(&second);
        assert!(tcp.cut_off_a_guest());
        assert_eq!(tcp.next().await, Some(Arrival::Closed(first)));
        assert!(!tcp.cut_off_a_guest(), "nobody is left who has not proved who it is");
        assert_eq!(guest.read(&mut [0; 8]).await.expect("closed"), 0);
    }

    #[tokio::test]
    async fn t16_an_ipv4_phone_on_an_ipv6_socket_is_known_by_its_ipv4_address() {
        let Ok(mut tcp) = Tcp::bind("[::]:0".parse().expect("an address")).await else {
            eprintln!("no IPv6 here: skipped");
            return;
        };
        let port = tcp.local_addr().port();
        let mut phone = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
        phone.write_all(OPTIONS).await.expect("written");
        let Some(Arrival::Message(flow, _)) = tcp.next().await else { panic!("no message") };
        assert_eq!(
            (flow.local, flow.remote),
            (([127, 0, 0, 1], port).into(), phone.local_addr().expect("bound"))
        );
    }

    #[tokio::test]
    async fn a_flow_without_a_connection_gets_one_and_a_dead_end_is_told() {
        let (mut tcp, _phone) = listening().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let open = Flow::tcp(tcp.local_addr(), listener.local_addr().expect("bound"), 0);
        tcp.send(&open, Bytes::from_static(OPTIONS)).expect("sent");
        let (mut stream, _) = listener.accept().await.expect("connected");
        let mut read = vec![0; OPTIONS.len()];
        stream.read_exact(&mut read).await.expect("read");

        let dead = { TcpListener::bind("127.0.0.1:0").await.expect("bound").local_addr().expect("bound") };
        let dead = Flow::tcp(tcp.local_addr(), dead, 0);
        tcp.send(&dead, Bytes::from_static(OPTIONS)).expect("queued");
        assert_eq!(tcp.next().await, Some(Arrival::Closed(dead)));
    }
}
