//! Datagrams: one socket, read and written in batches, that knows by which of the box's addresses each one came.
//!
//! A box with several networks must answer from the address it was asked at, and phone files must name that address; so
//! every datagram carries the local address it came to (IP_PKTINFO), and every answer goes out from it. Batches
//! (`recvmmsg`, `sendmmsg`) halve the processor time of a busy registrar.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::AsRawFd;

use bytes::Bytes;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg,
    setsockopt, sockopt,
};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::net::canonical;
use crate::sip::flow::Flow;

/// How many datagrams are read or written at a time.
pub const BATCH: usize = 64;

/// The largest datagram there is.
const LARGEST: usize = 65_535;

/// What the kernel may hold for us while we are busy, in bytes each way.
const KERNEL_BUFFER: usize = 1 << 20;

/// The SIP socket.
pub struct Udp {
    /// Watched for reading alone: the kernel would wake the box after each datagram sent, to say that there is room.
    socket: AsyncFd<Socket>,
    bound: SocketAddr,
    buffers: Vec<Box<[u8]>>,
    headers: MultiHeaders<SockaddrStorage>,
}

/// One datagram as it came.
#[derive(Debug, Clone, Copy)]
pub struct Datagram {
    /// Between whom.
    pub flow: Flow,
    /// Which buffer of the batch holds it; see [`Udp::bytes`].
    slot: usize,
    length: usize,
}

impl Udp {
    /// Binds `address`.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = open(address, false)?;
        socket.bind(&address.into())?;
        Self::over(socket)
    }

    fn over(socket: Socket) -> io::Result<Self> {
        let bound = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        #[allow(
            deprecated,
            reason = "what replaces it is unsafe to call; this socket is owned and stays open"
        )]
        let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
        // A datagram of this size is rare: a large buffer costs address space, and memory only once it is filled.
        let buffers = (0..BATCH).map(|_| vec![0; LARGEST].into_boxed_slice()).collect();
        let headers = MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(nix::libc::in6_pktinfo)));
        Ok(Self { socket, bound, buffers, headers })
    }

    /// The address bound.
    pub fn local_addr(&self) -> SocketAddr {
        self.bound
    }

    /// Lets `bind` bind a second socket to the same port, which must allow it too: the one of discovery. Before and after, the
    /// port is this socket's alone, so that two boxes on one machine cannot share it unseen.
    pub fn sharing<T>(&self, bind: impl FnOnce() -> T) -> T {
        // Refused, it only means that the other cannot be bound, which it says itself.
        let _ = self.socket.get_ref().set_reuse_address(true);
        let bound = bind();
        let _ = self.socket.get_ref().set_reuse_address(false);
        bound
    }

    /// Waits until there is something to read.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await?.retain_ready();
        Ok(())
    }

    /// Reads what is there into `arrived`, at most [`BATCH`] datagrams; an empty batch means there was nothing.
    pub fn receive(&mut self, arrived: &mut Vec<Datagram>) -> io::Result<()> {
        arrived.clear();
        let (bound, headers, buffers) = (self.bound, &mut self.headers, &mut self.buffers);
        let fd = self.socket.as_raw_fd();
        let read = self.socket.try_io(Interest::READABLE, |_| {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> =
                buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
            let messages = recvmmsg(fd, headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
            let mut read = 0;
            for (slot, message) in messages.enumerate() {
                read += 1;
                let Some(remote) = message.address.as_ref().and_then(socket_address) else { continue };
                let local = message.cmsgs().ok().and_then(|mut all| all.find_map(|one| local_address(&one)));
                let local = SocketAddr::new(local.unwrap_or(bound.ip()), bound.port());
                arrived.push(Datagram { flow: Flow::udp(local, remote), slot, length: message.bytes });
            }
            // A batch that is not full has emptied the socket: say so, and spare the call that would find nothing.
            if read < BATCH { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        match read {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            other => other,
        }
    }

    /// The bytes of a datagram of the batch read last.
    pub fn bytes(&self, datagram: &Datagram) -> &[u8] {
        &self.buffers[datagram.slot][..datagram.length]
    }

    /// Writes datagrams, each from the local address of its flow. What the kernel does not take at once is lost, as a
    /// network may lose it: SIP sends again. Gives the flows the kernel refused for good.
    pub fn send(&self, waiting: &[(Flow, Bytes)]) -> Vec<Flow> {
        let mut refused = Vec::new();
        let mut rest = waiting;
        while let Some((first, _)) = rest.first() {
            let from = (first.local.ip(), scope(first.remote));
            let is_same = |(flow, _): &&(Flow, Bytes)| (flow.local.ip(), scope(flow.remote)) == from;
            let run = rest.iter().take(BATCH).take_while(is_same).count();
            let (batch, after) = rest.split_at(run);
            match self.send_run(from, batch) {
                Ok(sent) if sent == batch.len() => rest = after,
                Ok(sent) if sent > 0 => rest = &rest[sent..],
                Ok(_) => rest = after,
                Err(error) => {
                    if error.kind() != io::ErrorKind::WouldBlock {
                        tracing::debug!(%error, flow = %first, "a datagram could not be sent");
                        refused.push(*first);
                    }
                    rest = &rest[1..];
                }
            }
        }
        refused
    }

    fn send_run(&self, (local, scope): (IpAddr, u32), batch: &[(Flow, Bytes)]) -> io::Result<usize> {
        let slices: Vec<[IoSlice<'_>; 1]> = batch.iter().map(|(_, bytes)| [IoSlice::new(bytes)]).collect();
        let targets: Vec<Option<SockaddrStorage>> =
            batch.iter().map(|(flow, _)| Some(self.family(flow.remote).into())).collect();
        let fd = self.socket.as_raw_fd();
        let flags = MsgFlags::MSG_DONTWAIT;
        let v4;
        let v6;
        let from: &[ControlMessage<'_>] = match local {
            // A fixed address is the socket's own: nothing to say.
            _ if !self.bound.ip().is_unspecified() || local.is_unspecified() => &[],
            IpAddr::V4(address) if self.bound.is_ipv4() => {
                let octets = u32::from_ne_bytes(address.octets());
                v4 = nix::libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: nix::libc::in_addr { s_addr: octets },
                    ipi_addr: nix::libc::in_addr { s_addr: 0 },
                };
                &[ControlMessage::Ipv4PacketInfo(&v4)]
            }
            address => {
                let address = match address {
                    IpAddr::V4(address) => address.to_ipv6_mapped(),
                    IpAddr::V6(address) => address,
                };
                v6 = nix::libc::in6_pktinfo {
                    ipi6_addr: nix::libc::in6_addr { s6_addr: address.octets() },
                    ipi6_ifindex: scope,
                };
                &[ControlMessage::Ipv6PacketInfo(&v6)]
            }
        };
        // Room for control messages that are not there would be sent as it lies in memory, and refused.
        let space = (!from.is_empty()).then(|| nix::cmsg_space!(nix::libc::in6_pktinfo));
        let mut headers = MultiHeaders::preallocate(batch.len(), space);
        let sent = sendmmsg(fd, &mut headers, &slices, &targets, from, flags)?;
        Ok(sent.count())
    }

    /// The address as this socket's family writes it: on an IPv6 socket an IPv4 address is mapped.
    fn family(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.bound.is_ipv6() => {
                SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port())
            }
            other => other,
        }
    }
}

/// A socket not bound yet: non-blocking, with room, telling local addresses.
pub(super) fn open(address: SocketAddr, shared: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    if shared {
        socket.set_reuse_address(true)?;
    }
    // The kernel may give less; then a burst is lost a little earlier.
    let _ = socket.set_recv_buffer_size(KERNEL_BUFFER);
    let _ = socket.set_send_buffer_size(KERNEL_BUFFER);
    if address.is_ipv4() {
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
        // Only groups this very socket joins: discovery has a socket of its own.
        let _ = socket.set_multicast_all_v4(false);
    } else {
        socket.set_only_v6(false)?;
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
    }
    Ok(socket)
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(v4), _) => Some(SocketAddr::new(IpAddr::V4(v4.ip()), v4.port())),
        (None, Some(v6)) => Some(canonical(SocketAddrV6::new(v6.ip(), v6.port(), 0, v6.scope_id()).into())),
        (None, None) => None,
    }
}

/// The interface that an address of one link only is behind; 0 for any other address.
fn scope(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V6(v6) => v6.scope_id(),
        SocketAddr::V4(_) => 0,
    }
}

fn local_address(control: &ControlMessageOwned) -> Option<IpAddr> {
    match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(IpAddr::from(info.ipi_spec_dst.s_addr.to_ne_bytes()))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => {
            Some(IpAddr::from(info.ipi6_addr.s6_addr).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UdpSocket;

    use super::*;

    async fn read_one(udp: &mut Udp) -> (Flow, Vec<u8>) {
        let mut arrived = Vec::new();
        while arrived.is_empty() {
            udp.readable().await.expect("readable");
            udp.receive(&mut arrived).expect("received");
        }
        (arrived[0].flow, udp.bytes(&arrived[0]).to_vec())
    }

    #[tokio::test]
    async fn a_datagram_is_answered_from_the_address_it_was_sent_to() {
        let mut udp = Udp::bind("0.0.0.0:0".parse().expect("an address")).expect("bound");
        let phone = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
        let box_address: SocketAddr =
            format!("127.0.0.7:{}", udp.local_addr().port()).parse().expect("an address");
        phone.send_to(b"hello", box_address).await.expect("sent");
        let (flow, bytes) = read_one(&mut udp).await;
        assert_eq!((flow.local, bytes.as_slice()), (box_address, &b"hello"[..]));

        assert_eq!(udp.send(&[(flow, Bytes::from_static(b"welcome"))]), []);
        let mut buffer = [0; 64];
        let (length, from) = phone.recv_from(&mut buffer).await.expect("answered");
        assert_eq!((from, &buffer[..length]), (box_address, &b"welcome"[..]));
    }

    #[tokio::test]
    async fn a_socket_bound_to_one_address_answers_too() {
        let mut udp = Udp::bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
        let phone = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
        phone.send_to(b"hello", udp.local_addr()).await.expect("sent");
        let (flow, _) = read_one(&mut udp).await;
        assert_eq!(udp.send(&[(flow, Bytes::from_static(b"welcome"))]), []);
        let mut buffer = [0; 64];
        assert_eq!(phone.recv(&mut buffer).await.expect("answered"), 7);
    }

    #[tokio::test]
    async fn one_socket_serves_ipv6_and_ipv4() {
        let Ok(mut udp) = Udp::bind("[::]:0".parse().expect("an address")) else {
            eprintln!("no IPv6 here: skipped");
            return;
        };
        for (bind, target) in [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "[::1]")] {
            let phone = UdpSocket::bind(bind).await.expect("bound");
            phone.send_to(b"hi", format!("{target}:{}", udp.local_addr().port())).await.expect("sent");
            let (flow, _) = read_one(&mut udp).await;
            assert_eq!(flow.remote, phone.local_addr().expect("bound"));
            assert_eq!(udp.send(&[(flow, Bytes::from_static(b"yes"))]), []);
            let mut buffer = [0; 8];
            assert_eq!(phone.recv(&mut buffer).await.expect("answered"), 3);
        }
    }
}
