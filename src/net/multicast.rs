//! Discovery: the socket on which phones that have just been plugged in call for somebody to provision them.
//!
//! SIP PnP is a SUBSCRIBE to 224.0.1.75, port 5060. The group is joined on every interface the box has (or on the one it
//! is bound to); answers leave by the SIP socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use nix::sys::socket::sockopt::{IpAddMembership, Ipv4PacketInfo};
use nix::sys::socket::{IpMembershipRequest, setsockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// The group of SIP PnP (sip.mcast.net).
pub const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 75);

/// The socket of the group.
pub struct Multicast {
    socket: UdpSocket,
    interfaces: Vec<Ipv4Addr>,
}

impl Multicast {
    /// Joins the group on `interfaces`, named by their addresses. Fails where none can be joined.
    pub fn join(port: u16, interfaces: &[Ipv4Addr]) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        setsockopt(&socket, Ipv4PacketInfo, &true)?;
        socket.bind(&SocketAddr::from((GROUP, port)).into())?;
        let mut joined = Vec::new();
        for interface in interfaces {
            let request = IpMembershipRequest::new(GROUP, Some(*interface));
            if setsockopt(&socket, IpAddMembership, &request).is_ok() {
                joined.push(*interface);
            }
        }
        if joined.is_empty() {
            return Err(io::Error::from(io::ErrorKind::AddrNotAvailable));
        }
        Ok(Self { socket: UdpSocket::from_std(socket.into())?, interfaces: joined })
    }

    /// The next datagram: its bytes, who sent it, and the box's address on the sender's side.
    pub async fn next(&self) -> io::Result<(Vec<u8>, SocketAddr, Ipv4Addr)> {
        let mut buffer = vec![0; 4096];
        let (length, remote) = self.socket.recv_from(&mut buffer).await?;
        buffer.truncate(length);
        Ok((buffer, remote, self.nearest(remote.ip())))
    }

    /// The box's address that shares most with the sender's: on one network that is the interface it came in by.
    fn nearest(&self, remote: IpAddr) -> Ipv4Addr {
        let IpAddr::V4(remote) = remote else { return self.interfaces[0] };
        let shared = |one: &Ipv4Addr| (one.to_bits() ^ remote.to_bits()).leading_zeros();
        self.interfaces.iter().copied().max_by_key(shared).unwrap_or(self.interfaces[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_phone_on_this_network_is_heard_with_the_address_of_the_box_on_its_side() {
        let Ok(discovery) = Multicast::join(15_075, &[Ipv4Addr::LOCALHOST]) else {
            eprintln!("no multicast here: skipped");
            return;
        };
        let phone = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)).expect("a socket");
        phone.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, 9), 0)).into()).expect("bound");
        phone.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).expect("chosen");
        if phone.send_to(b"SUBSCRIBE", &SocketAddr::from((GROUP, 15_075)).into()).is_err() {
            eprintln!("multicast cannot be sent here: skipped");
            return;
        }
        let heard = tokio::time::timeout(std::time::Duration::from_secs(5), discovery.next()).await;
        let (bytes, remote, local) = heard.expect("heard in time").expect("heard");
        assert_eq!((bytes.as_slice(), local), (&b"SUBSCRIBE"[..], Ipv4Addr::LOCALHOST));
        assert_eq!(remote.ip(), IpAddr::from([127, 0, 0, 9]));
    }
}
