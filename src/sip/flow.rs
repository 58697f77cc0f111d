//! Flows: the way a message came, and the way an answer takes back.
//!
//! A flow is a transport with its two ends and, on a stream, the connection it runs in. Owns the rule by which the
//! target of a response is found (RFC 3261 §18.2.2 with RFC 3581 §4). Sockets themselves are elsewhere (`net`).

use std::fmt;
use std::net::SocketAddr;

use super::message::Via;

/// The port SIP is spoken on when none is named (RFC 3261 §19.1.2).
pub const DEFAULT_PORT: u16 = 5060;

/// How messages are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

impl Transport {
    /// The word in a Via header: `UDP`.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// The value of a `transport=` parameter: `udp`.
    pub fn as_param(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        }
    }

    /// The transport a Via header or a `transport=` parameter names, in any case.
    pub fn of(name: &str) -> Option<Transport> {
        if name.eq_ignore_ascii_case("UDP") {
            Some(Transport::Udp)
        } else if name.eq_ignore_ascii_case("TCP") {
            Some(Transport::Tcp)
        } else {
            None
        }
    }

    /// Whether what is sent arrives, so that nothing need be retransmitted.
    pub fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp => true,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The way between the box and one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// How messages are carried.
    pub transport: Transport,
    /// Our end.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
    /// Which stream it is, a number never used twice in one run; 0 on UDP.
    pub connection: u64,
}

impl Flow {
    /// A flow of datagrams.
    pub fn udp(local: SocketAddr, remote: SocketAddr) -> Flow {
        Flow { transport: Transport::Udp, local, remote, connection: 0 }
    }

    /// A flow in one TCP connection.
    pub fn tcp(local: SocketAddr, remote: SocketAddr, connection: u64) -> Flow {
        Flow { transport: Transport::Tcp, local, remote, connection }
    }

    /// A Contact of that user by which the other end reaches us on this flow (RFC 3261 §8.1.1.8).
    pub fn contact(&self, user: &str) -> String {
        let local = SocketAddr::new(self.local.ip().to_canonical(), self.local.port());
        match self.transport {
            Transport::Udp => format!("<sip:{user}@{local}>"),
            Transport::Tcp => format!("<sip:{user}@{local};transport=tcp>"),
        }
    }

    /// The same flow with another far end, for a response that goes elsewhere than where the request came from.
    pub fn towards(self, remote: SocketAddr) -> Flow {
        Flow { remote, ..self }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} <-> {}", self.transport, self.local, self.remote)
    }
}

/// Where the answer to a request goes that came over `flow` with `via` on top.
///
/// On a stream: back into it. On UDP with `rport`: to the source port (RFC 3581 §4). Else to the source address and
/// the port of sent-by (RFC 3261 §18.2.2; `received` is the source address whenever it is added). A `maddr` is not
/// followed: it would let anyone point our answers at a third party.
pub fn response_target(via: &Via<'_>, flow: &Flow) -> SocketAddr {
    if flow.transport.is_reliable() || via.rport.is_some() {
        return flow.remote;
    }
    SocketAddr::new(flow.remote.ip(), via.port.unwrap_or(DEFAULT_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(via: &str, flow: &Flow) -> String {
        response_target(&Via::parse(via).expect("a via"), flow).to_string()
    }

    fn udp() -> Flow {
        Flow::udp("10.0.0.1:5060".parse().expect("addr"), "10.0.0.9:40000".parse().expect("addr"))
    }

    #[test]
    fn an_answer_goes_to_the_source_port_when_rport_is_asked_for() {
        assert_eq!(target("SIP/2.0/UDP 10.0.0.9:5062;rport;branch=z9hG4bK1", &udp()), "10.0.0.9:40000");
    }

    #[test]
    fn without_rport_an_answer_goes_to_the_port_of_sent_by() {
        assert_eq!(target("SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bK1", &udp()), "10.0.0.9:5062");
        assert_eq!(target("SIP/2.0/UDP phone.example;branch=z9hG4bK1", &udp()), "10.0.0.9:5060");
    }

    #[test]
    fn on_a_stream_an_answer_goes_back_into_the_connection() {
        let flow = Flow { transport: Transport::Tcp, connection: 7, ..udp() };
        assert_eq!(target("SIP/2.0/TCP 10.0.0.9:5062;branch=z9hG4bK1", &flow), "10.0.0.9:40000");
    }

    #[test]
    fn a_maddr_cannot_point_an_answer_at_a_third_party() {
        assert_eq!(target("SIP/2.0/UDP 10.0.0.9;maddr=192.0.2.1", &udp()), "10.0.0.9:5060");
    }
}
