//! Discovery: the socket on which phones that have just been plugged in call for somebody to provision them.
//!
//! SIP PnP is a SUBSCRIBE to 224.0.1.75, port 5060. The group is joined on every interface the box has (or on the one it
//! is bound to), also on those that come up later: a box starts quicker than its network. Answers leave by the SIP socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use nix::errno::Errno;
use nix::sys::socket::sockopt::{IpAddMembership, Ipv4PacketInfo};
use nix::sys::socket::{IpMembershipRequest, setsockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// The group of SIP PnP (sip.mcast.net).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 75);

/// The longest announcement that is read, in bytes.
const LONGEST: usize = 4096;

/// The socket of the group.
pub struct Multicast {
    socket: UdpSocket,
    interfaces: Vec<Ipv4Addr>,
    buffer: Box<[u8]>,
}

impl Multicast {
    /// Opens the group's socket, joined nowhere yet. Whoever has the port already must allow it
    /// ([`super::udp::Udp::sharing`]).
    pub fn open(port: u16) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        setsockopt(&socket, Ipv4PacketInfo, &true)?;
        socket.bind(&SocketAddr::from((GROUP, port)).into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        Ok(Self { socket, interfaces: Vec::new(), buffer: vec![0; LONGEST].into() })
    }

    /// Joins the group on `interfaces`, named by their addresses, and forgets those that are gone. Gives how many it is
    /// joined on now.
    pub fn join(&mut self, interfaces: &[Ipv4Addr]) -> usize {
        self.interfaces.retain(|one| interfaces.contains(one));
        for interface in interfaces {
            let request = IpMembershipRequest::new(GROUP, Some(*interface));
            // An interface that was away and is back may have kept its membership.
            let is_joined = matches!(
                setsockopt(&self.socket, IpAddMembership, &request),
                Ok(()) | Err(Errno::EADDRINUSE)
            );
            if is_joined && !self.interfaces.contains(interface) {
                self.interfaces.push(*interface);
            }
        }
        self.interfaces.len()
    }

    /// The next datagram: its bytes, who sent it, and the box's address on the sender's side. May be dropped while it
    /// waits, without loss.
    pub async fn next(&mut self) -> io::Result<(Vec<u8>, SocketAddr, Ipv4Addr)> {
        loop {
            let (length, remote) = self.socket.recv_from(&mut self.buffer).await?;
            if let Some(local) = self.nearest(remote.ip()) {
                return Ok((self.buffer[..length].to_vec(), remote, local));
            }
        }
    }

    /// The box's address that shares most with the sender's: on one network that is the interface it came in by.
    fn nearest(&self, remote: IpAddr) -> Option<Ipv4Addr> {
        let IpAddr::V4(remote) = remote else { return self.interfaces.first().copied() };
        let shared = |one: &Ipv4Addr| (one.to_bits() ^ remote.to_bits()).leading_zeros();
        self.interfaces.iter().copied().max_by_key(shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::udp::Udp;

    async fn hears(discovery: &mut Multicast, port: u16) {
        let phone = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).expect("a socket");
        phone.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, 9), 0)).into()).expect("bound");
        phone.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).expect("chosen");
        if phone.send_to(b"SUBSCRIBE", &SocketAddr::from((GROUP, port)).into()).is_err() {
            eprintln!("multicast cannot be sent here: skipped");
            return;
        }
        let heard = tokio::time::timeout(std::time::Duration::from_secs(5), discovery.next()).await;
        let (bytes, remote, local) = heard.expect("heard in time").expect("heard");
        assert_eq!((bytes.as_slice(), local), (&b"SUBSCRIBE"[..], Ipv4Addr::LOCALHOST));
        assert_eq!(remote.ip(), IpAddr::from([127, 0, 0, 9]));
    }

    #[tokio::test]
    async fn a_phone_on_this_network_is_heard_with_the_address_of_the_box_on_its_side() {
        let mut discovery = Multicast::open(15_075).expect("opened");
        assert_eq!(discovery.join(&[Ipv4Addr::LOCALHOST]), 1);
        hears(&mut discovery, 15_075).await;
        // The same interface again, and one that is not there.
        assert_eq!(discovery.join(&[Ipv4Addr::LOCALHOST, Ipv4Addr::new(192, 0, 2, 7)]), 1);
    }

    #[tokio::test]
    async fn a_box_bound_to_every_address_hears_phones_and_keeps_its_port_to_itself() {
        let udp = Udp::bind("0.0.0.0:0".parse().expect("an address")).expect("bound");
        let port = udp.local_addr().port();
        let mut discovery = udp.sharing(|| Multicast::open(port)).expect("beside the SIP socket");
        assert_eq!(discovery.join(&[Ipv4Addr::LOCALHOST]), 1);
        hears(&mut discovery, port).await;
        assert!(Udp::bind(udp.local_addr()).is_err(), "another box may not have the port");
        assert!(Udp::bind(([127, 0, 0, 1], port).into()).is_err());
    }
}
