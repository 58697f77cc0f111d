//! Sound of a test's phone: records what the box says, and sends digits as RFC 4733 has them, or any sound.

use std::f32::consts::TAU;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use perch::media::Codec;

use super::voice_sdp;

/// One packet that was heard.
#[derive(Debug, Clone)]
pub struct Packet {
    pub at: Instant,
    pub from: SocketAddr,
    pub kind: u8,
    pub marker: bool,
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
        Voice::at(Ipv4Addr::LOCALHOST.into())
    }

    /// A socket at another address of this machine.
    pub fn at(address: IpAddr) -> Voice {
        let socket = UdpSocket::bind((address, 0)).expect("a free port");
        let port = socket.local_addr().expect("an address").port();
        Voice { socket, port, heard: Vec::new(), sequence: 100, timestamp: 8000, events: 101 }
    }

    /// The description of a phone that listens here.
    pub fn sdp(&self, way: &str) -> String {
        let address = self.socket.local_addr().expect("an address").ip().to_string();
        voice_sdp(self.port, way).replace("127.0.0.1", &address).replace("101", &self.events.to_string())
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

    /// Sends sound in packets of 20 ms as time goes by, and hears meanwhile.
    pub fn say(&mut self, to: SocketAddr, codec: Codec, sound: &[i16]) {
        let began = Instant::now();
        for (place, samples) in (1..).zip(sound.chunks(160)) {
            let payload: Vec<u8> = samples.iter().map(|sample| codec.encode(*sample)).collect();
            self.send(to, codec.static_payload_type(), &payload);
            let due = began + Duration::from_millis(20) * place;
            self.listen(due.saturating_duration_since(Instant::now()), |_| false);
        }
    }

    /// Sends a comfort noise packet (RFC 3389), which takes its place in the order of packets.
    pub fn comfort_noise(&mut self, to: SocketAddr) {
        self.send(to, 13, &[40]);
        self.timestamp = self.timestamp.wrapping_sub(160);
    }

    /// Sends bytes that are no packet of the stream.
    pub fn send_bytes(&self, to: SocketAddr, bytes: &[u8]) {
        self.socket.send_to(bytes, to).expect("a packet goes out");
    }

    /// Sends one packet of 20 ms.
    pub fn send(&mut self, to: SocketAddr, kind: u8, payload: &[u8]) {
        let mut packet = vec![0x80, kind];
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.timestamp.to_be_bytes());
        packet.extend(0x1234_5678_u32.to_be_bytes());
        packet.extend(payload);
        self.socket.send_to(&packet, to).expect("a packet goes out");
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
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

/// A keypad that sends tones: levels in dB below full scale.
#[derive(Debug, Clone, Copy)]
pub struct Keypad {
    pub row: f32,
    pub column: f32,
    /// White noise under and between the tones.
    pub noise: f32,
}

impl Keypad {
    /// The keys, 80 ms each with pauses of 80 ms.
    pub fn press(self, keys: &str) -> Vec<i16> {
        const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
        const COLUMNS: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
        let gain = |decibel: f32| 10f32.powf(decibel / 20.0) * 32_767.0;
        let (row, column, noise) = (gain(self.row), gain(self.column), gain(self.noise) * 3f32.sqrt());
        let mut random = 1u32;
        let mut hiss = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (f32::from((random >> 16) as u16) / 32_768.0 - 1.0) * noise
        };
        let mut sound: Vec<i16> = (0..800).map(|_| hiss() as i16).collect();
        for key in keys.chars() {
            let place = "123A456B789C*0#D".find(key).expect("a key of the keypad");
            let wave = |n: u16, frequency: f32| (TAU * frequency * f32::from(n) / 8_000.0).sin();
            let tone = |n| row * wave(n, ROWS[place / 4]) + column * wave(n, COLUMNS[place % 4]);
            sound.extend((0..640).map(|n| (tone(n) + hiss()) as i16));
            sound.extend((0..640).map(|_| hiss() as i16));
        }
        sound
    }
}

fn read(bytes: &[u8], from: SocketAddr) -> Option<Packet> {
    let at = Instant::now();
    let head = bytes.get(..12)?;
    (head[0] >> 6 == 2).then(|| Packet {
        at,
        from,
        kind: head[1] & 0x7f,
        marker: head[1] & 0x80 != 0,
        sequence: u16::from_be_bytes([head[2], head[3]]),
        timestamp: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        source: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
        payload: bytes[12..].to_vec(),
    })
}
