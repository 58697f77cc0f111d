//! The box's own addresses on its networks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

/// Every IPv4 address of every interface that is up, loopback last.
pub fn ipv4() -> Vec<Ipv4Addr> {
    let mut found: Vec<Ipv4Addr> = getifaddrs()
        .map(|all| {
            all.filter(|one| one.flags.contains(InterfaceFlags::IFF_UP))
                .filter_map(|one| Some(one.address?.as_sockaddr_in()?.ip()))
                .collect()
        })
        .unwrap_or_default();
    found.sort_by_key(|address| address.is_loopback());
    found.dedup();
    found
}

/// The address people on the network reach the box by: that of the way out, else any, else loopback.
pub fn main_address() -> IpAddr {
    // Connecting a datagram socket sends nothing; it asks the kernel which address it would use (an address for documents,
    // RFC 5737, which nobody has).
    let way_out = UdpSocket::bind("0.0.0.0:0")
        .and_then(|socket| socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr()))
        .map(|address: SocketAddr| address.ip());
    way_out
        .ok()
        .filter(|address| !address.is_unspecified())
        .or_else(|| ipv4().first().copied().map(IpAddr::V4))
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_always_has_an_address_and_loopback_comes_last() {
        assert!(!main_address().is_unspecified());
        let all = ipv4();
        assert!(
            all.iter().skip_while(|address| !address.is_loopback()).all(|address| address.is_loopback()),
            "{all:?}"
        );
    }
}
