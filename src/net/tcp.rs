//! Streams: connections that phones open, and those the box opens towards them.
//!
//! Each connection is one small task that cuts the stream into messages and writes what it is given; all of them report
//! into one bounded channel, so a flood slows its senders down and nobody else. A connection that brings nothing whole
//! within half a minute is closed; when there are too many, the oldest of those goes first.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::sip::flow::{Flow, Transport};
use crate::sip::framing::{Frame, Framer, FramingError, PONG};

/// How many connections may be open at one time.
pub const MAX_CONNECTIONS: usize = 1024;

/// How long a connection may take to bring its first whole message, or to finish one it has begun.
pub const MESSAGE_TIME: Duration = Duration::from_secs(30);

/// How long a connection may be silent: longer than the longest registration.
pub const IDLE_TIME: Duration = Duration::from_secs(2 * 3600);

/// How long the box tries to open a connection.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How many messages may wait to be written to one connection; a slower reader is cut off.
const MAX_WAITING: usize = 64;

/// How many reports of all connections may wait.
const MAX_REPORTS: usize = 512;

/// The SIP streams.
pub struct Tcp {
    bound: SocketAddr,
    connections: BTreeMap<u64, Connection>,
    last_connection: u64,
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
    writer: mpsc::Sender<Bytes>,
    proved: bool,
}

enum Report {
    Accepted(TcpStream, SocketAddr),
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
        Ok(Self { bound, connections: BTreeMap::new(), last_connection: 0, reports, reporter })
    }

    /// The address bound.
    pub fn local_addr(&self) -> SocketAddr {
        self.bound
    }

    /// What comes next. May be dropped while it waits, without loss.
    pub async fn next(&mut self) -> Option<Arrival> {
        loop {
            let arrival = match self.reports.recv().await? {
                Report::Accepted(stream, remote) => {
                    self.accepted(stream, remote);
                    None
                }
                Report::Message(id, bytes) => self.connections.get_mut(&id).map(|connection| {
                    connection.proved = true;
                    Arrival::Message(connection.flow, bytes)
                }),
                Report::Broken(id, head) => {
                    self.connections.get(&id).map(|connection| Arrival::Broken(connection.flow, head))
                }
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
    /// other side does not read, or there are too many connections.
    pub fn send(&mut self, flow: &Flow, bytes: Bytes) -> Result<(), Flow> {
        let known = self
            .connections
            .get(&flow.connection)
            .or_else(|| self.connections.values().find(|connection| connection.flow.remote == flow.remote));
        let writer = match known {
            Some(connection) => connection.writer.clone(),
            None if self.connections.len() < MAX_CONNECTIONS => self.open(flow),
            None => return Err(*flow),
        };
        writer.try_send(bytes).map_err(|_| *flow)
    }

    /// Closes a connection, once what waits in it is written.
    pub fn close(&mut self, flow: &Flow) {
        self.connections.remove(&flow.connection);
    }

    fn accepted(&mut self, stream: TcpStream, remote: SocketAddr) {
        if self.connections.len() >= MAX_CONNECTIONS {
            let idle = self.connections.iter().find(|(_, connection)| !connection.proved).map(|(id, _)| *id);
            // All of them are phones at work: the newcomer must wait.
            let Some(idle) = idle else { return };
            self.connections.remove(&idle);
        }
        let local = stream.local_addr().unwrap_or(self.bound);
        let (id, inbox) = self.enter(local, remote, false, None);
        tokio::spawn(serve(stream, id, inbox, self.reporter.clone()));
    }

    fn open(&mut self, flow: &Flow) -> mpsc::Sender<Bytes> {
        let (id, inbox) = self.enter(flow.local, flow.remote, true, Some(flow.connection));
        let (remote, reporter) = (flow.remote, self.reporter.clone());
        tokio::spawn(async move {
            match timeout(CONNECT_TIME, TcpStream::connect(remote)).await {
                Ok(Ok(stream)) => serve(stream, id, inbox, reporter).await,
                // Told in order with everything else; if nobody listens the box is stopping.
                Ok(Err(_)) | Err(_) => drop(reporter.send(Report::Closed(id)).await),
            }
        });
        self.connections[&id].writer.clone()
    }

    /// Makes an entry; a connection the box opens keeps the number its flow had, so that its end is known as theirs.
    fn enter(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        proved: bool,
        told_as: Option<u64>,
    ) -> (u64, mpsc::Receiver<Bytes>) {
        self.last_connection += 1;
        let id = self.last_connection;
        let (writer, inbox) = mpsc::channel(MAX_WAITING);
        let connection = told_as.unwrap_or(id);
        let flow = Flow { transport: Transport::Tcp, local, remote, connection };
        self.connections.insert(id, Connection { flow, writer, proved });
        (id, inbox)
    }
}

async fn accept(listener: TcpListener, reporter: mpsc::Sender<Report>) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                if reporter.send(Report::Accepted(stream, remote)).await.is_err() {
                    return;
                }
            }
            // Out of file descriptors, or a connection that died in the queue: the next one may be well.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Reads and writes one connection until either side ends it.
async fn serve(
    mut stream: TcpStream,
    id: u64,
    mut inbox: mpsc::Receiver<Bytes>,
    reporter: mpsc::Sender<Report>,
) {
    // A SIP message waits for nobody.
    let _ = stream.set_nodelay(true);
    let (mut framer, mut proved) = (Framer::new(), false);
    let mut buffer = vec![0; 8192];
    loop {
        let patience = if proved && !framer.is_midway() { IDLE_TIME } else { MESSAGE_TIME };
        tokio::select! {
            outgoing = inbox.recv() => match outgoing {
                Some(bytes) => if write(&mut stream, &bytes).await.is_err() { break },
                None => break,
            },
            read = timeout(patience, stream.read(&mut buffer)) => {
                let Ok(Ok(length @ 1..)) = read else { break };
                framer.push(&buffer[..length]);
                match drain(&mut framer, &mut stream, id, &reporter).await {
                    Step::Read { whole } => proved |= whole,
                    Step::End => break,
                    Step::Broken(head) => {
                        let _ = reporter.send(Report::Broken(id, head)).await;
                        // The answer, if there is one, and then the end.
                        if let Ok(Some(bytes)) = timeout(Duration::from_secs(1), inbox.recv()).await {
                            let _ = write(&mut stream, &bytes).await;
                        }
                        break;
                    }
                }
            }
        }
    }
    let _ = reporter.send(Report::Closed(id)).await;
}

enum Step {
    Read { whole: bool },
    Broken(Option<Vec<u8>>),
    End,
}

async fn drain(
    framer: &mut Framer,
    stream: &mut TcpStream,
    id: u64,
    reporter: &mpsc::Sender<Report>,
) -> Step {
    let mut whole = false;
    loop {
        match framer.poll() {
            Ok(Some(Frame::Message(bytes))) => {
                whole = true;
                if reporter.send(Report::Message(id, bytes)).await.is_err() {
                    return Step::End;
                }
            }
            Ok(Some(Frame::Ping)) => {
                if write(stream, PONG).await.is_err() {
                    return Step::End;
                }
            }
            Ok(Some(Frame::Pong)) => {}
            Ok(None) => return Step::Read { whole },
            Err(FramingError::Garbage) => return Step::Broken(None),
            Err(FramingError::TooLong(head)) => return Step::Broken(head),
            Err(FramingError::NoLength(head)) => return Step::Broken(Some(head)),
        }
    }
}

async fn write(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    timeout(CONNECT_TIME, stream.write_all(bytes))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
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
