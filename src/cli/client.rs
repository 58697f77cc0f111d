//! A small HTTP client for the box's control socket: one request a connection (RFC 9112), answers of bounded size.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long the box may take. It answers at the latest three seconds after it has changed something, saved or not.
const PATIENCE: Duration = Duration::from_secs(15);

/// The longest answer, in bytes; an export of the greatest office stays below.
const MAX_ANSWER: u64 = 16 * 1024 * 1024;

/// The longest line of an answer's head, in bytes.
const MAX_LINE: u64 = 8 * 1024;

/// The most lines of an answer's head.
const MAX_LINES: usize = 64;

/// A connection to the running box.
#[derive(Debug)]
pub(super) struct Client(UnixStream);

/// What the box answers.
#[derive(Debug)]
pub(super) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// Connects to the box that listens on this socket.
    pub(super) fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(stream))
    }

    /// Asks one thing.
    pub(super) fn ask(mut self, method: &str, target: &str, body: &[u8]) -> io::Result<Answer> {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/toml\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // A box that refuses a body may answer and close before it has read all of it: then the answer says why.
        let sent = self.0.write_all(head.as_bytes()).and_then(|()| self.0.write_all(body));
        let answer = read_answer(BufReader::new(&self.0));
        match (sent, answer) {
            (_, Ok(answer)) => Ok(answer),
            (Err(error), Err(_)) | (Ok(()), Err(error)) => Err(error),
        }
    }
}

fn read_answer(mut from: impl BufRead) -> io::Result<Answer> {
    let first = read_line(&mut from)?;
    let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
    let status: u16 = status.ok_or_else(|| odd("no status"))?;
    let mut length = None;
    let mut chunked = false;
    for _ in 0..MAX_LINES {
        let line = read_line(&mut from)?;
        if line.is_empty() {
            let body = match (chunked, length) {
                (true, _) => read_chunks(&mut from)?,
                (false, Some(length)) => read_exactly(&mut from, length)?,
                (false, None) => read_to_end(&mut from)?,
            };
            return Ok(Answer { status, body });
        }
        let (name, value) = line.split_once(':').ok_or_else(|| odd("a header without a colon"))?;
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse().map_err(|_| odd("no length"))?);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.trim().eq_ignore_ascii_case("chunked");
        }
    }
    Err(odd("too many headers"))
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| odd("no chunk size"))?;
        if size == 0 {
            return Ok(body);
        }
        if size.saturating_add(body.len() as u64) > MAX_ANSWER {
            return Err(odd("too long"));
        }
        body.extend(read_exactly(from, size)?);
        read_line(from)?;
    }
}

fn read_exactly(from: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    if length > MAX_ANSWER {
        return Err(odd("too long"));
    }
    let mut body = Vec::new();
    from.take(length).read_to_end(&mut body)?;
    if body.len() as u64 == length { Ok(body) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn read_to_end(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.take(MAX_ANSWER + 1).read_to_end(&mut body)?;
    if body.len() as u64 > MAX_ANSWER { Err(odd("too long")) } else { Ok(body) }
}

fn read_line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.take(MAX_LINE).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    String::from_utf8(line).map_err(|_| odd("no text"))
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(u16, String)> {
        let answer = read_answer(text.as_bytes()).ok()?;
        Some((answer.status, String::from_utf8(answer.body).ok()?))
    }

    #[test]
    fn an_answer_is_read_however_its_length_is_told() {
        let seven = |text: &str| assert_eq!(read(text), Some((200, "perched".to_owned())), "{text}");
        seven("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nperched and more");
        seven("HTTP/1.1 200 OK\r\n\r\nperched");
        seven("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nper\r\n4;x=y\r\nched\r\n0\r\n\r\n");
        assert_eq!(read("HTTP/1.1 204 \r\nContent-Length: 0\r\n\r\n"), Some((204, String::new())));
    }

    #[test]
    fn an_answer_that_is_none_is_an_error_and_never_endless() {
        for wrong in [
            "",
            "\r\n",
            "SIP/2.0 200 OK\r\n\r\n",
            "HTTP/1.1 2",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
            "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(100))), None);
        assert_eq!(read(&format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(10_000))), None);
    }
}
