//! Sockets: bytes from the network become `sip` and `media` values, and back.
//!
//! Each file owns one kind of socket. What the bytes mean is decided elsewhere.

#![allow(clippy::disallowed_methods, reason = "above the I/O line: here the clock is read")]

pub mod multicast;
pub mod rtp;
pub mod tcp;
pub mod udp;
