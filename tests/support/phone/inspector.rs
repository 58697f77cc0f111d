//! The inspector: reads every message of the box by hand and strictly, so that a fault the crate's own tolerant reader
//! would forgive does not go by unseen.
//!
//! It shares no code with `perch::sip`. What it finds is kept as complaints in plain words; a story ends by asking that
//! there are none. RFC 3261 §8.1.1, §8.2.6, §9.1, §17.1.1.3, §20; RFC 3581 §4; RFC 8866 §5.

use std::collections::{BTreeMap, VecDeque};

/// What was seen of the box so far.
#[derive(Debug, Default)]
pub struct Inspector {
    complaints: Vec<String>,
    /// Our requests by branch and method: Via, From, To, Call-ID, CSeq as sent.
    sent: Memory<(String, String), [String; 5]>,
    /// The INVITEs of the box by branch: Request-URI, Call-ID, number.
    invites: Memory<String, (String, String, String)>,
    /// The To tag of final answers by branch and method.
    tags: Memory<(String, String), String>,
    /// The last session description by Call-ID: origin without its version, the version, the whole.
    described: Memory<String, (String, u64, String)>,
}

/// A message taken apart by line breaks alone.
struct Head<'a> {
    start: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

/// How much the inspector remembers of each kind; what is older is forgotten.
const MEMORY: usize = 512;

/// What a phone must never be asked to swallow over UDP.
const LONGEST: usize = 65_507;

impl Inspector {
    /// Everything that was wrong.
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Something is wrong that others have noticed.
    pub fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(what.into());
    }

    /// Notes what the phone sends.
    pub fn sends(&mut self, bytes: &[u8]) {
        let Some(head) = Head::read(bytes) else { return };
        if head.start.starts_with("SIP/2.0 ") {
            return;
        }
        let method = head.start.split(' ').next().unwrap_or_default().to_owned();
        let facts = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| head.one(name).to_owned());
        self.sent.keep((param(head.one("Via"), "branch").to_owned(), method), facts);
    }

    /// Checks what the box has sent.
    pub fn receives(&mut self, bytes: &[u8]) {
        let before = self.complaints.len();
        let Some(head) = Head::read(bytes) else {
            self.complaints.push(format!("not a SIP message: {}", String::from_utf8_lossy(bytes)));
            return;
        };
        self.check_form(bytes, &head);
        if head.start.starts_with("SIP/2.0 ") {
            self.check_response(&head);
        } else {
            self.check_request(&head);
        }
        self.check_description(&head);
        if self.complaints.len() > before {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if let Some(last) = self.complaints.last_mut() {
                last.push_str(&format!("\n---\n{text}\n---"));
            }
        }
    }

    fn check_form(&mut self, bytes: &[u8], head: &Head<'_>) {
        let text = &bytes[..bytes.len() - head.body.len()];
        let lone = |(index, byte): (usize, &u8)| *byte == b'\n' && (index == 0 || text[index - 1] != b'\r');
        if text.iter().enumerate().any(lone) {
            self.complain("a line ends in a bare line feed");
        }
        if bytes.len() > LONGEST {
            self.complain("too long for a datagram");
        }
        for name in ["From", "To", "Call-ID", "CSeq", "Content-Length"] {
            let count = head.all(name).count();
            if count != 1 {
                self.complain(format!("{count} {name} headers in {}", head.start));
            }
        }
        if head.one("Content-Length").parse() != Ok(head.body.len()) {
            self.complain(format!(
                "Content-Length {} of {} bytes",
                head.one("Content-Length"),
                head.body.len()
            ));
        }
        if head.body.is_empty() != (head.all("Content-Type").count() == 0) {
            self.complain(format!("body and Content-Type do not go together in {}", head.start));
        }
        if !param(head.one("Via"), "branch").starts_with("z9hG4bK") {
            self.complain("a Via without a branch of RFC 3261");
        }
        if param(head.one("From"), "tag").is_empty() {
            self.complain("a From without a tag");
        }
        if head.fields.iter().any(|(name, value)| name.is_empty() || value.is_empty() && !may_be_empty(name))
        {
            self.complain(format!("an empty header field in {}", head.start));
        }
    }

    fn check_request(&mut self, head: &Head<'_>) {
        let words: Vec<_> = head.start.split(' ').collect();
        let [method, uri, "SIP/2.0"] = words[..] else {
            self.complain(format!("not a request line: {}", head.start));
            return;
        };
        let (number, named) = head.one("CSeq").split_once(' ').unwrap_or_default();
        if number.parse::<u32>().is_err() || named != method {
            self.complain(format!("CSeq {} in {method}", head.one("CSeq")));
        }
        if head.all("Max-Forwards").count() != 1 || head.one("Max-Forwards").parse::<u8>().is_err() {
            self.complain(format!("Max-Forwards \"{}\" in {method}", head.one("Max-Forwards")));
        }
        if head.all("Via").count() != 1 {
            self.complain("more than one Via from a back-to-back user agent");
        }
        let branch = param(head.one("Via"), "branch").to_owned();
        let facts = (uri.to_owned(), head.one("Call-ID").to_owned(), number.to_owned());
        match method {
            "INVITE" => {
                if head.all("Contact").count() != 1 {
                    self.complain("an INVITE without exactly one Contact");
                }
                if !head.one("From").contains('<') {
                    self.complain("an INVITE whose From has no brackets");
                }
                self.invites.keep(branch, facts);
            }
            "CANCEL" => match self.invites.get(&branch) {
                Some(invite) if *invite == facts => {}
                Some(_) => self.complain("a CANCEL unlike its INVITE"),
                None => self.complain("a CANCEL with a branch of no INVITE"),
            },
            "ACK" => {
                // The ACK of a refusal repeats the branch; that of a 2xx has one of its own. Both repeat the number.
                let known = |(_, call_id, number): &(String, String, String)| {
                    *call_id == facts.1 && *number == facts.2
                };
                if !self.invites.values().any(known) {
                    self.complain("an ACK for no INVITE");
                }
            }
            "NOTIFY" => {
                for name in ["Event", "Subscription-State"] {
                    if head.all(name).count() != 1 {
                        self.complain(format!("a NOTIFY without {name}"));
                    }
                }
            }
            _ => {}
        }
        let in_dialog = ["BYE", "ACK", "INFO", "UPDATE", "PRACK"].contains(&method);
        if in_dialog && param(head.one("To"), "tag").is_empty() {
            self.complain(format!("a {method} outside any dialog"));
        }
    }

    fn check_response(&mut self, head: &Head<'_>) {
        let status: u16 = head.start[8..].split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let via = head.one("Via");
        let (_, method) = head.one("CSeq").split_once(' ').unwrap_or_default();
        let key = (param(via, "branch").to_owned(), method.to_owned());
        let Some([sent_via, from, to, call_id, cseq]) = self.sent.get(&key).cloned() else {
            self.complain(format!("an answer to nothing: {}", head.start));
            return;
        };
        if head.one("From") != from || head.one("Call-ID") != call_id || head.one("CSeq") != cseq {
            self.complain("an answer that does not repeat From, Call-ID and CSeq");
        }
        let tag = param(head.one("To"), "tag").to_owned();
        let asked = param(&to, "tag");
        if !head.one("To").starts_with(to.as_str()) || (!asked.is_empty() && tag != asked) {
            self.complain(format!("To went out as {to} and came back as {}", head.one("To")));
        }
        if status > 100 && tag.is_empty() {
            self.complain(format!("{status} {method} without a To tag"));
        }
        if status >= 200 {
            match self.tags.get(&key) {
                Some(known) if *known != tag => self.complain("two final answers with different tags"),
                _ => self.tags.keep(key, tag),
            }
        }
        // Behind a home router or on another port than Via says, only these two bring the answer back.
        let own = sent_via.split(';').next().unwrap_or_default();
        if via.split(';').next() != Some(own) || head.all("Via").count() != 1 {
            self.complain(format!("Via went out as {sent_via} and came back as {via}"));
        }
        if sent_via.contains(";rport")
            && (param(via, "rport").is_empty() || param(via, "received").is_empty())
        {
            self.complain(format!("rport was asked and the answer says {via}"));
        }
        self.check_status(status, method, head);
    }

    fn check_status(&mut self, status: u16, method: &str, head: &Head<'_>) {
        let missing = |name: &'static str| head.all(name).count() == 0;
        let needed: &[&str] = match (status, method) {
            (401, _) => &["WWW-Authenticate"],
            (407, _) => &["Proxy-Authenticate"],
            (405, _) => &["Allow"],
            (420, _) => &["Unsupported"],
            (423, _) => &["Min-Expires"],
            (489, _) => &["Allow-Events"],
            (200..=299, "INVITE") => &["Contact"],
            _ => &[],
        };
        for name in needed {
            if missing(name) {
                self.complain(format!("{status} {method} without {name}"));
            }
        }
        if method == "INVITE" && (101..300).contains(&status) && !missing("Contact") {
            let contact = head.one("Contact");
            if !contact.starts_with('<') && !contact.starts_with('"') && contact.contains(';') {
                self.complain("a Contact whose parameters belong to nobody knows what");
            }
        }
    }

    fn check_description(&mut self, head: &Head<'_>) {
        if !head.one("Content-Type").eq_ignore_ascii_case("application/sdp") {
            return;
        }
        let text = String::from_utf8_lossy(head.body).into_owned();
        if !text.ends_with("\r\n") || text.replace("\r\n", "").contains(['\r', '\n']) {
            self.complain("a session description whose lines do not end as they must");
        }
        let order: String = text.lines().filter_map(|line| line.chars().next()).collect();
        if !order.starts_with("vos") || !order.contains('t') || !order.contains('m') || !order.contains('c') {
            self.complain(format!("a session description in the order {order}"));
        }
        let origin: Vec<_> =
            text.lines().find_map(|line| line.strip_prefix("o=")).unwrap_or_default().split(' ').collect();
        let [user, id, version, net, family, address] = origin[..] else {
            self.complain("an o= line without its six parts");
            return;
        };
        let Ok(version) = version.parse::<u64>() else {
            self.complain("an o= line whose version is no number");
            return;
        };
        let maker = [user, id, net, family, address].join(" ");
        let (call_id, same_maker) = (head.one("Call-ID").to_owned(), maker.clone());
        if let Some((known, before, whole)) = self.described.get(&call_id)
            && *known == maker
        {
            let grew = version == before + 1 || (version == *before && *whole == text);
            if !grew {
                self.complain(format!("a session description went from version {before} to {version}"));
            }
        }
        self.described.keep(call_id, (same_maker, version, text));
    }
}

impl<'a> Head<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let text = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = text.split("\r\n");
        let start = lines.next()?;
        let fields: Option<Vec<_>> =
            lines.map(|line| line.split_once(':').map(|(name, value)| (name, value.trim()))).collect();
        Some(Self { start, fields: fields?, body: &bytes[end + 4..] })
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(here, _)| here.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    fn one(&self, name: &str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }
}

/// The value of a header parameter, outside the brackets.
fn param<'a>(value: &'a str, name: &str) -> &'a str {
    let outside = value.rfind('>').map_or(value, |end| &value[end..]);
    outside
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='))
        .find(|(here, _)| here.eq_ignore_ascii_case(name))
        .map_or("", |(_, value)| value)
}

fn may_be_empty(name: &str) -> bool {
    ["Supported", "Accept", "Subject", "Allow", "Organization"]
        .iter()
        .any(|one| one.eq_ignore_ascii_case(name))
}

/// A map that forgets what it has kept longest.
#[derive(Debug)]
struct Memory<K, V> {
    map: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Ord + Clone, V> Memory<K, V> {
    fn keep(&mut self, key: K, value: V) {
        if self.map.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        if self.order.len() > MEMORY
            && let Some(oldest) = self.order.pop_front()
        {
            self.map.remove(&oldest);
        }
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    fn values(&self) -> impl Iterator<Item = &V> {
        self.map.values()
    }
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self { map: BTreeMap::new(), order: VecDeque::new() }
    }
}
