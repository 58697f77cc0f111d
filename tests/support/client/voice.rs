//! Sound of a test's phone: records what the box says, and sends digits as RFC 4733 has them.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// One packet that was heard.
#[derive(Debug, Clone)]
pub struct Packet {
    pub at: Instant,
    pub from: SocketAddr,
    pub kind: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub source: u32,
    pub payload: Vec<u8>,
}

/// A socket for sound.
pub struct Voice {
    socket: UdpSocket,
    pub port: u16,
    pub heard: Vec<Packet>,
    sequence: u16,
    timestamp: u32,
    /// The payload type of telephone-event.
    pub events: u8,
}

impl Voice {
    pub fn new() -> Voice {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("an address").port();
        Voice { socket, port, heard: Vec::new(), sequence: 100, timestamp: 8000, events: 101 }
    }

    /// Hears for so long, or until `enough`.
    pub fn listen(&mut self, within: Duration, enough: impl Fn(&[Packet]) -> bool) {
        let until = Instant::now() + within;
        while !enough(&self.heard) {
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            else {
                return;
            };
            self.socket.set_read_timeout(Some(left)).expect("a timeout");
            let mut bytes = [0; 2000];
            let Ok((length, from)) = self.socket.recv_from(&mut bytes) else { continue };
            self.heard.extend(read(&bytes[..length], from));
        }
    }

    fn event(&mut self, to: SocketAddr, digit: u8, (duration, marker, end): (u16, bool, bool)) {
        let code = match digit {
            b'*' => 10,
            b'#' => 11,
            digit => digit - b'0',
        };
        let kind = self.events | if marker { 0x80 } else { 0 };
        let mut packet = vec![0x80, kind];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(0x1234_5678_u32.to_be_bytes());
        packet.extend([code, if end { 0x8a } else { 0x0a }]);
        packet.extend(duration.to_be_bytes());
        self.socket.send_to(&packet, to).expect("a packet goes out");
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// Presses keys: each an event of its own with three end packets, all of them listened behind.
    pub fn press(&mut self, to: SocketAddr, keys: &str) {
        for key in keys.bytes() {
            for step in 1..=3_u16 {
                self.event(to, key, (step * 160, step == 1, false));
                self.listen(Duration::from_millis(20), |_| false);
            }
            for _ in 0..3 {
                self.event(to, key, (640, false, true));
            }
            self.timestamp += 1600;
            self.listen(Duration::from_millis(60), |_| false);
        }
    }

    /// Presses keys over a bad line: the two first packets of each key are lost and one end packet arrives.
    pub fn press_through_loss(&mut self, to: SocketAddr, keys: &str) {
        for key in keys.bytes() {
            self.sequence = self.sequence.wrapping_add(2);
            self.event(to, key, (480, false, true));
            self.timestamp += 960;
            self.listen(Duration::from_millis(120), |_| false);
        }
    }
}

fn read(bytes: &[u8], from: SocketAddr) -> Option<Packet> {
    let at = Instant::now();
    let head = bytes.get(..12)?;
    (head[0] >> 6 == 2).then(|| Packet {
        at,
        from,
        kind: head[1] & 0x7f,
        sequence: u16::from_be_bytes([head[2], head[3]]),
        timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        source: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
        payload: bytes[12..].to_vec(),
    })
}
