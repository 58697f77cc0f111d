//! The torture corpus, and the examples of RFC 4475 and RFC 5118 where they are, sent to the running box.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::client::{Message, PATIENCE};
use crate::house::House;

#[derive(Deserialize)]
struct Index {
    message: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(default)]
    then: Vec<u16>,
    answer: Option<u16>,
    #[serde(default)]
    unreadable: bool,
}

impl Entry {
    /// The final statuses that are right; any is, where there is none.
    fn right(&self) -> Vec<u16> {
        self.then.iter().copied().chain(self.answer).collect()
    }
}

/// Each message of the corpus, with what is said of it.
fn corpus() -> impl Iterator<Item = (Entry, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let text = fs::read_to_string(folder.join("index.toml")).expect("the index");
    let entries = toml::from_str::<Index>(&text).expect("a sound index").message;
    entries.into_iter().map(move |entry| {
        let bytes = fs::read(folder.join(format!("{}.sip", entry.id))).expect("a message for each entry");
        (entry, bytes)
    })
}

/// A sender, whose messages name no port it could be answered at but by `rport` or their Via. Each leaves by a port of its
/// own: the refusal of an INVITE that nobody acknowledges is repeated later.
struct Sender {
    house: House,
}

impl Sender {
    /// Sends bytes and a question behind them; gives the final statuses that came before the question's answer.
    fn try_bytes(&self, bytes: &[u8]) -> Result<Vec<u16>, String> {
        let to = self.house.real.sip;
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        // What is too long for a datagram cannot be sent in one.
        socket.send_to(bytes, to).map_err(|error| error.to_string())?;
        let local = socket.local_addr().map_err(|error| error.to_string())?;
        let mark = crate::client::fresh("z9hG4bKmark");
        let question = format!(
            "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={mark};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:q@{local}>;tag=q\r\nTo: <sip:{to}>\r\nCall-ID: {mark}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(question.as_bytes(), to).map_err(|error| error.to_string())?;
        let until = Instant::now() + PATIENCE;
        let mut statuses = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            socket.set_read_timeout(Some(left.max(Duration::from_millis(1)))).expect("a timeout");
            let mut bytes = vec![0; 70_000];
            let Ok(length) = socket.recv(&mut bytes) else { continue };
            let Some(message) = Message::parse(&bytes[..length]) else { continue };
            if message.branch() == mark {
                return Ok(statuses);
            }
            statuses.push(message.status());
        }
        Err("the box answers no OPTIONS any more".to_owned())
    }
}

/// The top Via asks for the answer to come back to where the message came from, whatever it names.
fn answerable(bytes: &[u8]) -> Vec<u8> {
    let lower = bytes.to_ascii_lowercase();
    let starts = [&b"\nvia"[..], b"\nv:", b"\nv "];
    let Some(line) = (0..lower.len()).find(|at| starts.iter().any(|start| lower[*at..].starts_with(start)))
    else {
        return bytes.to_vec();
    };
    // A line that goes on with a blank is folded.
    let ends = |at: &usize| match lower[*at..] {
        [b';' | b',', ..] => true,
        [b'\r', b'\n', next, ..] => next != b' ' && next != b'\t',
        _ => false,
    };
    let end = (line + 1..lower.len()).find(ends).unwrap_or(lower.len());
    if lower[line..].windows(5).take(200).any(|part| part == b"rport") {
        return bytes.to_vec();
    }
    [&bytes[..end], b";rport", &bytes[end..]].concat()
}

#[test]
fn the_running_box_gives_each_message_of_the_corpus_its_answer() {
    let sender = sender();
    let mut faults = Vec::new();
    for (entry, bytes) in corpus() {
        let (is_request, right) = (!bytes.starts_with(b"SIP/2.0 "), entry.right());
        match sender.try_bytes(&answerable(&bytes)) {
            Err(why) => faults.push(format!("{}: {why}", entry.id)),
            Ok(statuses) => {
                let finals: Vec<_> = statuses.iter().copied().filter(|status| *status >= 200).collect();
                let is_right = match finals[..] {
                    [] => entry.unreadable || !is_request,
                    [status] => {
                        is_request && !entry.unreadable && (right.is_empty() || right.contains(&status))
                    }
                    _ => false,
                };
                if !is_right {
                    faults.push(format!("{}: {statuses:?}, right are {right:?}", entry.id));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// On a stream a message that does not say its true length takes what follows for itself, or is no message at all: then
/// 400 or a closed connection is right too.
#[test]
fn the_running_box_gives_each_message_of_the_corpus_its_answer_on_a_stream() {
    let sender = sender();
    let mut faults = Vec::new();
    let mut answered = 0;
    for (entry, bytes) in corpus() {
        let (is_request, right) = (!bytes.starts_with(b"SIP/2.0 "), entry.right());
        let is_framed = says_its_length(&bytes);
        let finals = on_a_stream(sender.house.real.sip, &bytes);
        answered += finals.len();
        let is_right = match finals[..] {
            _ if !is_framed => finals.iter().all(|status| *status == 400 || right.contains(status)),
            [] => entry.unreadable || !is_request,
            [status] => is_request && !entry.unreadable && (right.is_empty() || right.contains(&status)),
            _ => false,
        };
        if !is_right {
            faults.push(format!("{}: {finals:?}, right are {right:?}", entry.id));
        }
        if let Err(why) = sender.try_bytes(b"\r\n\r\n") {
            faults.push(format!("after {}: {why}", entry.id));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(answered > 20, "{answered} were answered");
}

/// The final statuses that come back for bytes alone on a stream, which is then closed for writing.
fn on_a_stream(to: SocketAddr, bytes: &[u8]) -> Vec<u16> {
    let mut stream = TcpStream::connect(to).expect("the box takes connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // A box that has seen enough may close the connection at any moment.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer).into_owned();
    let statuses = text.lines().filter_map(|line| line.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok());
    statuses.filter(|status| *status >= 200).collect()
}

/// Whether a message says how long its body is, once and truly.
fn says_its_length(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let lengths: Vec<_> = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| matches!(name.trim(), "content-length" | "l"))
        .map(|(_, value)| value.trim().parse::<usize>().ok())
        .collect();
    lengths == [Some(bytes.len() - end - 4)]
}

#[test]
fn the_running_box_gives_the_examples_of_the_rfcs_their_answers_when_they_are_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/torture");
    if !folder.is_dir() {
        println!("skipped: the examples of RFC 4475 and RFC 5118 are not beside the project");
        return;
    }
    let sender = sender();
    let mut faults = Vec::new();
    for (part, is_text) in [("rfc4475", false), ("rfc5118", true)] {
        for file in fs::read_dir(folder.join(part)).expect("a folder of examples") {
            let path = file.expect("a file").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let mut bytes = fs::read(&path).expect("an example");
            if is_text {
                bytes = as_on_the_wire(&String::from_utf8_lossy(&bytes));
            }
            let is_request = !bytes.starts_with(b"SIP/2.0 ");
            let refused = REFUSED.iter().find(|(_, names)| names.contains(&name.as_str()));
            match sender.try_bytes(&answerable(&bytes)) {
                Err(why) => faults.push(format!("{name}: {why}")),
                Ok(statuses) => {
                    let finals: Vec<_> = statuses.iter().filter(|status| **status >= 200).copied().collect();
                    let is_right = match (refused, is_request && name != "test") {
                        (Some((status, _)), true) => finals == [*status],
                        (None, true) => matches!(finals[..], [status] if status != 400 && status < 500),
                        (_, false) => statuses.is_empty(),
                    };
                    if !is_right {
                        faults.push(format!("{name}: {statuses:?}"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The examples that are refused for what they are; every other request is understood. `test` holds no message.
const REFUSED: &[(u16, &[&str])] = &[
    (
        400,
        &[
            "badinv01",
            "clerr",
            "ncl",
            "scalar02",
            "quotbal",
            "ltgtruri",
            "lwsruri",
            "lwsstart",
            "trws",
            "escruri",
            "regbadct",
            "mismatch01",
            "mismatch02",
            "insuf",
            "multi01",
            "mcl01",
            "ipv6-bad",
        ],
    ),
    (505, &["badvers"]),
    (416, &["unkscm", "novelsc"]),
    (420, &["bext01"]),
];

/// The examples of RFC 5118 are kept as text, so their line ends have changed and their lengths are not right.
fn as_on_the_wire(text: &str) -> Vec<u8> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let body = body.replace('\n', "\r\n");
    let lines = head.trim_end().lines().filter(|line| !line.starts_with("Content-Length"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn sender() -> Sender {
    Sender { house: House::open() }
}
