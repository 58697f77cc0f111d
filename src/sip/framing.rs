//! Framing: where one message ends and the next begins.
//!
//! On UDP a datagram is a message or a keep-alive ([`classify`]). In a stream Content-Length tells ([`Framer`], RFC 3261
//! §18.3), and line breaks between messages are pings and pongs (RFC 5626 §4.4.1). A stream that loses its framing cannot
//! be mended: the caller answers 400 if there is a head to answer, and closes.

use memchr::memchr;

use super::name::Name;
use super::{stun, text};

/// The most bytes of one message, head and body.
pub use super::message::MAX_MESSAGE;

/// What a datagram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// To be read as a message.
    Message(&'a [u8]),
    /// A STUN message: a keep-alive that may want an answer ([`super::stun`]).
    Stun(&'a [u8]),
    /// Line breaks, zeros or nothing: only there to keep a NAT open. Not answered.
    KeepAlive,
}

/// The shortest text that can have a start line.
const SHORTEST_MESSAGE: usize = 12;

/// Tells a message from a keep-alive.
pub fn classify(datagram: &[u8]) -> Datagram<'_> {
    let is_idle = datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0 | b' ' | b'\t'));
    if is_idle || datagram.len() < SHORTEST_MESSAGE {
        Datagram::KeepAlive
    } else if stun::is_stun(datagram) {
        Datagram::Stun(datagram)
    } else {
        Datagram::Message(datagram)
    }
}

/// What comes out of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// One whole message.
    Message(Vec<u8>),
    /// A ping (two line breaks): answer with [`PONG`].
    Ping,
    /// A pong (one line break), the answer to a ping of ours; or half a ping whose other half is still under way.
    Pong,
}

/// What a ping is answered with.
pub const PONG: &[u8] = b"\r\n";

/// Why a stream cannot be read any further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// What came is no SIP.
    #[error("no SIP in the stream")]
    Garbage,
    /// A message of more than [`MAX_MESSAGE`] bytes; the head, if it was whole, for a 513.
    #[error("a message too long for the stream")]
    TooLong(Option<Vec<u8>>),
    /// A head that does not say how long its body is, or says it twice differently; the head, for a 400.
    #[error("a message without a sound Content-Length in the stream")]
    NoLength(Vec<u8>),
}

/// Cuts a stream into messages.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// How much of the buffer has been searched for the end of the head.
    searched: usize,
    /// The length of the message at the front, once its head is whole.
    expected: Option<usize>,
    /// Whether the last frame was a line break that may be the first half of a ping.
    half_ping: bool,
    error: Option<FramingError>,
}

impl Framer {
    /// A framer at the start of a stream.
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Adds what was read. Drain [`Framer::poll`] afterwards; bytes after an error are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether part of a message is waiting for the rest.
    pub fn is_midway(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next frame; `Ok(None)` when more bytes are needed. After an error always the same error.
    pub fn poll(&mut self) -> Result<Option<Frame>, FramingError> {
        if let Some(error) = &self.error {
            return Err(error.clone());
        }
        let outcome = self.advance();
        if let Err(error) = &outcome {
            self.error = Some(error.clone());
            self.buffer = Vec::new();
        }
        outcome
    }

    fn advance(&mut self) -> Result<Option<Frame>, FramingError> {
        if self.expected.is_none() {
            match self.buffer.as_slice() {
                [] | [b'\r'] | [b'\r', b'\n', b'\r'] => return Ok(None),
                [b'\r', b'\n', b'\r', b'\n', ..] => return Ok(Some(self.cut(4, Frame::Ping))),
                [b'\r', b'\n', ..] if self.half_ping => return Ok(Some(self.cut(2, Frame::Ping))),
                [b'\r', b'\n', ..] => {
                    let half = self.cut(2, Frame::Pong);
                    self.half_ping = true;
                    return Ok(Some(half));
                }
                [b'\n', ..] => return Ok(Some(self.cut(1, Frame::Pong))),
                [first, ..] if !text::is_token_byte(*first) => return Err(FramingError::Garbage),
                _ => {}
            }
            self.expected = self.measure()?;
        }
        match self.expected {
            Some(length) if self.buffer.len() >= length => {
                let message = self.buffer[..length].to_vec();
                Ok(Some(self.cut(length, Frame::Message(message))))
            }
            _ => Ok(None),
        }
    }

    fn cut(&mut self, length: usize, frame: Frame) -> Frame {
        self.buffer.drain(..length);
        self.searched = 0;
        self.expected = None;
        self.half_ping = false;
        frame
    }

    /// The length of the message at the front, `None` while its head is not whole.
    fn measure(&mut self) -> Result<Option<usize>, FramingError> {
        let Some(head) = self.head_length() else {
            if !looks_like_sip(&self.buffer) {
                return Err(FramingError::Garbage);
            }
            let is_too_long = self.buffer.len() >= MAX_MESSAGE;
            return if is_too_long { Err(FramingError::TooLong(None)) } else { Ok(None) };
        };
        if !looks_like_sip(&self.buffer[..head]) {
            return Err(FramingError::Garbage);
        }
        let Some(body) = content_length(&self.buffer[..head]) else {
            return Err(FramingError::NoLength(self.buffer[..head].to_vec()));
        };
        match usize::try_from(body).ok().and_then(|body| head.checked_add(body)) {
            Some(length) if length <= MAX_MESSAGE => Ok(Some(length)),
            _ => Err(FramingError::TooLong(Some(self.buffer[..head].to_vec()))),
        }
    }

    /// Where the head ends, its blank line counted.
    fn head_length(&mut self) -> Option<usize> {
        let mut at = self.searched;
        while let Some(found) = memchr(b'\n', &self.buffer[at..]) {
            let end = at + found + 1;
            match &self.buffer[end..] {
                [b'\n', ..] => return Some(end + 1),
                [b'\r', b'\n', ..] => return Some(end + 2),
                [] | [b'\r'] => {
                    self.searched = end - 1;
                    return None;
                }
                _ => at = end,
            }
        }
        self.searched = self.buffer.len();
        None
    }
}

/// Whether the first line, as far as it is there, may be a start line.
fn looks_like_sip(bytes: &[u8]) -> bool {
    let Some(end) = memchr(b'\n', bytes) else { return true };
    let line = &bytes[..end];
    memchr::memmem::find(line, b"SIP/").or_else(|| memchr::memmem::find(line, b"sip/")).is_some()
}

/// What the head says of the length of the body; `None` if nothing, nonsense, or two different things.
fn content_length(head: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(head);
    let mut stated = None;
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r')).peekable();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if Name::of(text::trim(name)) != Name::ContentLength || line.starts_with([' ', '\t']) {
            continue;
        }
        let mut value = text::trim(value);
        if let (true, Some(folded)) =
            (value.is_empty(), lines.peek().filter(|line| line.starts_with([' ', '\t'])))
        {
            value = text::trim(folded);
        }
        let length = text::digits(value)?;
        if stated.is_some_and(|stated| stated != length) {
            return None;
        }
        stated = Some(length);
    }
    stated
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &str = "OPTIONS sip:h SIP/2.0\r\nContent-Length: 4\r\n\r\nbody";

    fn all(bytes: &[&[u8]]) -> Vec<Result<Frame, FramingError>> {
        let mut framer = Framer::new();
        let mut frames = Vec::new();
        for bytes in bytes {
            framer.push(bytes);
            loop {
                match framer.poll() {
                    Ok(Some(frame)) => frames.push(Ok(frame)),
                    Ok(None) => break,
                    Err(error) => {
                        frames.push(Err(error));
                        return frames;
                    }
                }
            }
        }
        frames
    }

    fn message(text: &str) -> Result<Frame, FramingError> {
        Ok(Frame::Message(text.as_bytes().to_vec()))
    }

    #[test]
    fn two_messages_in_one_segment_are_two() {
        let both = format!("{OPTIONS}{OPTIONS}");
        assert_eq!(all(&[both.as_bytes()]), [message(OPTIONS), message(OPTIONS)]);
    }

    #[test]
    fn a_message_in_single_bytes_is_one() {
        let bytes: Vec<_> = OPTIONS.as_bytes().chunks(1).collect();
        assert_eq!(all(&bytes), [message(OPTIONS)]);
    }

    #[test]
    fn compact_folded_and_spaced_lengths_are_understood() {
        for length in
            ["l: 4", "L:4", "Content-Length   :\t4", "CONTENT-LENGTH:\r\n 4", "l: 4\r\nContent-Length: 4"]
        {
            let text = format!("OPTIONS sip:h SIP/2.0\r\n{length}\r\n\r\nbody");
            assert_eq!(all(&[text.as_bytes()]), [message(&text)], "{length}");
        }
    }

    #[test]
    fn bare_line_feeds_end_a_head_too() {
        let text = "OPTIONS sip:h SIP/2.0\nl: 4\n\nbody";
        assert_eq!(all(&[text.as_bytes()]), [message(text)]);
    }

    #[test]
    fn a_ping_in_two_segments_is_one() {
        assert_eq!(all(&[b"\r\n", b"\r\n"]), [Ok(Frame::Pong), Ok(Frame::Ping)]);
        assert_eq!(all(&[b"\r", b"\n\r", b"\n"]), [Ok(Frame::Ping)]);
        let text = format!("\r\n{OPTIONS}\r\n");
        assert_eq!(all(&[text.as_bytes()]), [Ok(Frame::Pong), message(OPTIONS), Ok(Frame::Pong)]);
    }

    #[test]
    fn pings_and_pongs_are_told_apart_from_messages() {
        let text = format!("\r\n\r\n{OPTIONS}\r\n{OPTIONS}");
        assert_eq!(
            all(&[text.as_bytes()]),
            [Ok(Frame::Ping), message(OPTIONS), Ok(Frame::Pong), message(OPTIONS)]
        );
    }

    #[test]
    fn a_stream_without_sip_is_given_up() {
        for garbage in [&b"\x16\x03\x01\x02"[..], b"GET / HTTP/1.1\r\n", b"<xml/>"] {
            assert_eq!(all(&[garbage]), [Err(FramingError::Garbage)]);
        }
    }

    #[test]
    fn a_message_without_a_sound_length_is_given_up_with_its_head() {
        for head in [
            "OPTIONS sip:h SIP/2.0\r\n\r\n",
            "OPTIONS sip:h SIP/2.0\r\nl: -1\r\n\r\n",
            "OPTIONS sip:h SIP/2.0\r\nl: 4\r\nl: 5\r\n\r\n",
        ] {
            assert_eq!(all(&[head.as_bytes()]), [Err(FramingError::NoLength(head.into()))]);
        }
    }

    #[test]
    fn a_message_too_long_is_given_up() {
        let head = "OPTIONS sip:h SIP/2.0\r\nl: 100000\r\n\r\n";
        assert_eq!(all(&[head.as_bytes()]), [Err(FramingError::TooLong(Some(head.into())))]);
        let endless = [b"OPTIONS sip:h SIP/2.0\r\nX: ".as_slice(), &[b'x'; MAX_MESSAGE]].concat();
        assert_eq!(all(&[&endless]), [Err(FramingError::TooLong(None))]);
        assert_eq!(all(&[&[b'x'; MAX_MESSAGE]]), [Err(FramingError::TooLong(None))]);
    }

    #[test]
    fn keep_alives_on_udp_are_no_messages() {
        let stun = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for idle in [&b""[..], b"\r\n", b"\r\n\r\n", b"\0", b"\0\0\0\0", b"jaK"] {
            assert_eq!(classify(idle), Datagram::KeepAlive);
        }
        assert_eq!(classify(&stun), Datagram::Stun(&stun));
        assert_eq!(classify(OPTIONS.as_bytes()), Datagram::Message(OPTIONS.as_bytes()));
    }
}
