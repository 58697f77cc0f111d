//! The torture corpus, and the examples of RFC 4475 and RFC 5118 where they are, sent to the running box.

use std::fs;
use std::net::UdpSocket;
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

/// One sender, whose messages name no port it could be answered at but by `rport` or their Via.
struct Sender {
    socket: UdpSocket,
    house: House,
}

impl Sender {
    /// Sends bytes and a question behind them; gives the final statuses that came before the question's answer.
    fn try_bytes(&self, bytes: &[u8]) -> Result<Vec<u16>, String> {
        let to = self.house.real.sip;
        // What is too long for a datagram cannot be sent in one.
        self.socket.send_to(bytes, to).map_err(|error| error.to_string())?;
        let local = self.socket.local_addr().map_err(|error| error.to_string())?;
        let mark = crate::client::fresh("z9hG4bKmark");
        let question = format!(
            "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={mark};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:q@{local}>;tag=q\r\nTo: <sip:{to}>\r\nCall-ID: {mark}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        self.socket.send_to(question.as_bytes(), to).map_err(|error| error.to_string())?;
        let until = Instant::now() + PATIENCE;
        let mut statuses = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1)))).expect("a timeout");
            let mut bytes = vec![0; 70_000];
            let Ok(length) = self.socket.recv(&mut bytes) else { continue };
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
    let text = String::from_utf8_lossy(bytes);
    let has_port = text.to_ascii_lowercase().contains("rport");
    let at = bytes.windows(8).position(|part| part.eq_ignore_ascii_case(b";branch="));
    match at.filter(|_| !has_port) {
        Some(at) => [&bytes[..at], b";rport", &bytes[at..]].concat(),
        None => bytes.to_vec(),
    }
}

#[test]
fn the_running_box_gives_each_message_of_the_corpus_its_answer() {
    let sender = sender();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let text = fs::read_to_string(folder.join("index.toml")).expect("the index");
    let mut faults = Vec::new();
    for entry in toml::from_str::<Index>(&text).expect("a sound index").message {
        let bytes = fs::read(folder.join(format!("{}.sip", entry.id))).expect("a message for each entry");
        let is_request = !bytes.starts_with(b"SIP/2.0 ");
        let mut right = entry.then.clone();
        right.extend(entry.answer);
        match sender.try_bytes(&answerable(&bytes)) {
            Err(why) => faults.push(format!("{}: {why}", entry.id)),
            Ok(statuses) => {
                let finals: Vec<_> = statuses.iter().copied().filter(|status| *status >= 200).collect();
                let is_right = match finals[..] {
                    [] => entry.unreadable || !is_request || (right.is_empty() && entry.answer.is_none()),
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

#[test]
fn the_examples_of_the_rfcs_do_the_running_box_no_harm_when_they_are_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/torture");
    if !folder.is_dir() {
        println!("skipped: the examples of RFC 4475 and RFC 5118 are not beside the project");
        return;
    }
    let sender = sender();
    let mut faults = Vec::new();
    for part in ["rfc4475", "rfc5118"] {
        let Ok(files) = fs::read_dir(folder.join(part)) else { continue };
        for file in files {
            let path = file.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            match sender.try_bytes(&answerable(&fs::read(&path).expect("an example"))) {
                Err(why) => faults.push(format!("{name}: {why}")),
                Ok(statuses) => println!("{name}: {statuses:?}"),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn sender() -> Sender {
    Sender { socket: UdpSocket::bind("127.0.0.1:0").expect("a free port"), house: House::open() }
}
