//! Messages as plain text: written by hand and read without the box's own reader, so that the two cannot err together.

use std::fmt;

/// A message that has come.
#[derive(Clone)]
pub struct Message {
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    /// Reads one message; `None` for anything else, a keep-alive for example.
    pub fn parse(bytes: &[u8]) -> Option<Message> {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let start = lines.next()?.to_owned();
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Some(Message { start, headers, body: bytes[end + 4..].to_vec() })
    }

    /// The status of a response, 0 for a request.
    pub fn status(&self) -> u16 {
        let mut words = self.start.split(' ');
        match words.next() {
            Some("SIP/2.0") => words.next().and_then(|status| status.parse().ok()).unwrap_or(0),
            _ => 0,
        }
    }

    /// The method of a request, empty for a response.
    pub fn method(&self) -> &str {
        if self.status() > 0 { "" } else { self.start.split(' ').next().unwrap_or_default() }
    }

    /// The Request-URI.
    pub fn uri(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// The first value of a header, empty where there is none.
    pub fn header<'a>(&'a self, name: &'a str) -> &'a str {
        self.values(name).next().unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    pub fn branch(&self) -> &str {
        parameter(self.header("Via"), "branch").unwrap_or_default()
    }

    pub fn to_tag(&self) -> Option<&str> {
        parameter(self.header("To"), "tag")
    }

    pub fn cseq(&self) -> (u32, &str) {
        let (number, method) = self.header("CSeq").split_once(' ').unwrap_or_default();
        (number.parse().unwrap_or(0), method)
    }

    /// Every contact with its parameters, one text each.
    pub fn contacts(&self) -> Vec<String> {
        self.values("Contact").flat_map(|value| value.split(", ")).map(str::to_owned).collect()
    }

    /// The contact whose text holds `part`.
    pub fn contact_with(&self, part: &str) -> Option<String> {
        self.contacts().into_iter().find(|contact| contact.contains(part))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The port of the first `m=audio`, where the other side hears.
    pub fn audio_port(&self) -> u16 {
        let text = self.text();
        let line = text.lines().find(|line| line.starts_with("m=audio ")).unwrap_or("m=audio 0");
        line.split(' ').nth(1).and_then(|port| port.parse().ok()).unwrap_or(0)
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.start)?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        write!(f, "  [{}]", String::from_utf8_lossy(&self.body))
    }
}

/// The value of a parameter in a header's value.
pub fn parameter<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    let parameters = value.rsplit_once('>').map_or(value, |(_, after)| after);
    let found = parameters.split(';').skip(1).find_map(|one| {
        let (known, value) = one.trim().split_once('=').unwrap_or((one.trim(), ""));
        known.eq_ignore_ascii_case(name).then_some(value)
    })?;
    Some(found.split(',').next().unwrap_or(found))
}

/// The URI inside the first pair of brackets.
pub fn bracketed(value: &str) -> &str {
    let inside = value.split_once('<').and_then(|(_, after)| after.split_once('>'));
    inside.map_or_else(|| value.split(';').next().unwrap_or(value), |(uri, _)| uri)
}

/// A message to be sent: a start line, headers in order, a body.
#[derive(Debug, Clone)]
pub struct Draft {
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Draft {
    pub fn new(start: impl Into<String>) -> Draft {
        Draft { start: start.into(), headers: Vec::new(), body: String::new() }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Draft {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces every header of that name, or adds it.
    pub fn set(self, name: &str, value: impl Into<String>) -> Draft {
        self.without(name).with(name, value)
    }

    pub fn without(mut self, name: &str) -> Draft {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub fn carrying(self, kind: &str, body: impl Into<String>) -> Draft {
        let mut draft = self.set("Content-Type", kind);
        draft.body = body.into();
        draft
    }

    pub fn sdp(self, body: impl Into<String>) -> Draft {
        self.carrying("application/sdp", body)
    }

    pub fn header(&self, name: &str) -> &str {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value.as_str())
    }

    pub fn method(&self) -> &str {
        self.start.split(' ').next().unwrap_or_default()
    }

    pub fn uri(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }

    pub fn branch(&self) -> &str {
        parameter(self.header("Via"), "branch").unwrap_or_default()
    }

    pub fn cseq(&self) -> u32 {
        self.header("CSeq").split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{}\r\n", self.start);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.header("Content-Length").is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        text.into_bytes()
    }
}

/// A description of a phone that speaks A-law and µ-law and sends digits as `telephone-event`.
pub fn voice_sdp(port: u16, way: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 8 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
         a={way}\r\n"
    )
}
