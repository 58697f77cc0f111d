//! Sockets: bytes from the network become `sip` and `media` values, and back.
//!
//! Each file owns one kind of socket. What the bytes mean is decided elsewhere.

#![allow(clippy::disallowed_methods, reason = "above the I/O line: here the clock is read")]

pub mod multicast;
pub mod rtp;
pub mod tcp;
pub mod udp;

use std::net::SocketAddr;

/// An IPv4 address that came by an IPv6 socket as what it is, so that it equals itself however it came; any other as it is.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip == address.ip() => address,
        ip => SocketAddr::new(ip, address.port()),
    }
}
