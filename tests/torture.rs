//! The torture corpus: messages at the edge of what SIP allows, and beyond it.
//!
//! `tests/corpus/index.toml` says of each what it is and what must come of it. Two more collections, the examples of RFC
//! 4475 and RFC 5118 themselves, are not part of the project; they are run too when they lie beside it.

use std::fs;
use std::path::{Path, PathBuf};

use perch::sip::message::{Contacts, Message};
use perch::sip::sdp::{Session, answer_for_voice};
use perch::sip::uri::Uri;
use serde::Deserialize;

#[derive(Deserialize)]
struct Index {
    message: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    point: String,
    what: String,
    valid: bool,
    answer: Option<u16>,
    #[serde(default)]
    unreadable: bool,
    #[serde(default)]
    then: Vec<u16>,
    #[serde(default)]
    expect: toml::Table,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn index() -> Vec<Entry> {
    let text = fs::read_to_string(corpus().join("index.toml")).expect("the index");
    toml::from_str::<Index>(&text).expect("a sound index").message
}

#[test]
fn every_message_of_the_corpus_gets_what_the_rfc_says() {
    let mut faults = Vec::new();
    for entry in index() {
        let bytes = fs::read(corpus().join(format!("{}.sip", entry.id))).expect("a message for each entry");
        let outcome = outcome(&bytes);
        let expected = match (entry.valid, entry.unreadable, entry.answer) {
            (true, false, None) => Outcome::Valid,
            (false, true, None) => Outcome::Unreadable,
            (false, false, Some(status)) => Outcome::Fault(status),
            odd => panic!("{}: the index contradicts itself: {odd:?}", entry.id),
        };
        if outcome != expected {
            faults.push(format!("{} ({}, {}): {outcome:?}", entry.id, entry.point, entry.what));
        }
        assert!(entry.then.iter().all(|status| (200..700).contains(status)));
        let Ok(message) = Message::parse(&bytes) else { continue };
        for (key, value) in &entry.expect {
            let seen = seen(&message, key);
            if seen != plain(value) {
                faults.push(format!("{} ({}): {key} is {seen}", entry.id, entry.point));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_corpus_has_a_message_for_each_point_and_an_entry_for_each_message() {
    let index = index();
    let points_of_rfc_4475 = (1..=13)
        .map(|n| format!("3.1.1.{n}"))
        .chain((1..=19).map(|n| format!("3.1.2.{n}")))
        .chain(["3.2.1".to_owned()])
        .chain((1..=15).map(|n| format!("3.3.{n}")))
        .chain(["3.4.1".to_owned()])
        .map(|point| format!("RFC 4475 {point}"));
    let points_of_rfc_5118 = (1..=10).map(|n| format!("RFC 5118 4.{n}"));
    for point in points_of_rfc_4475.chain(points_of_rfc_5118) {
        assert!(index.iter().any(|entry| entry.point == point), "nothing for {point}");
    }
    for file in fs::read_dir(corpus()).expect("the corpus") {
        let path = file.expect("a file").path();
        let is_message = path.extension().is_some_and(|extension| extension == "sip");
        let id = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(!is_message || index.iter().any(|entry| entry.id == id), "{id} is not in the index");
    }
}

#[test]
fn no_cut_and_no_changed_byte_of_the_corpus_makes_the_reader_panic() {
    for entry in index() {
        let bytes = fs::read(corpus().join(format!("{}.sip", entry.id))).expect("a message for each entry");
        let step = 1 + bytes.len() / 400;
        for at in (0..bytes.len()).step_by(step) {
            let _ = outcome(&bytes[..at]);
            for byte in [0, b'"', b'\n', b';', b'<', 0xff] {
                let mut changed = bytes.clone();
                changed[at] = byte;
                let _ = outcome(&changed);
            }
        }
    }
}

#[test]
fn the_examples_of_the_rfcs_get_what_the_rfcs_say_when_they_are_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/torture");
    if !folder.is_dir() {
        println!("skipped: the examples of RFC 4475 and RFC 5118 are not beside the project");
        return;
    }
    let mut faults = Vec::new();
    for (file, expected) in RFC_4475 {
        let bytes = fs::read(folder.join("rfc4475").join(format!("{file}.dat"))).expect("an example");
        faults.extend((outcome(&bytes) != *expected).then(|| format!("{file}: {:?}", outcome(&bytes))));
    }
    for (file, expected) in RFC_5118 {
        let text = fs::read_to_string(folder.join("rfc5118").join(file)).expect("an example");
        let outcome = outcome(as_on_the_wire(&text).as_bytes());
        faults.extend((outcome != *expected).then(|| format!("{file}: {outcome:?}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The examples of RFC 5118 are kept as text, so their line ends have changed and their lengths are not right.
fn as_on_the_wire(text: &str) -> String {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let body = body.replace('\n', "\r\n");
    let lines = head.trim_end().lines().filter(|line| !line.starts_with("Content-Length"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Valid,
    /// What the checks answer.
    Fault(u16),
    /// Dropped without a word.
    Unreadable,
}

fn outcome(bytes: &[u8]) -> Outcome {
    match Message::parse(bytes).map(|message| message.validate()) {
        Ok(Ok(())) => Outcome::Valid,
        Ok(Err(fault)) => Outcome::Fault(fault.status),
        Err(_) => Outcome::Unreadable,
    }
}

/// What a typed view finds, as text; `-` if nothing.
fn seen(message: &Message<'_>, key: &str) -> String {
    let text = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), str::to_owned);
    let from = message.from().ok();
    let via = message.via_top().ok();
    let uri = message.request_uri().and_then(Uri::parse);
    let contacts = match message.contacts() {
        Ok(Contacts::List(contacts)) => contacts.to_vec(),
        _ => Vec::new(),
    };
    match key {
        "method" => text(message.method().as_ref().map(|method| method.as_str())),
        "uri" => text(message.request_uri()),
        "user" => text(uri.and_then(|uri| uri.user_decoded()).as_deref()),
        "host" => text(uri.and_then(|uri| uri.ip()).map(|ip| ip.to_string()).as_deref()),
        "port" => text(uri.and_then(|uri| uri.port).map(|port| port.to_string()).as_deref()),
        "status" => text(message.status().map(|status| status.to_string()).as_deref()),
        "reason" => text(message.reason()),
        "from_tag" => text(from.as_ref().and_then(|from| from.tag())),
        "from_display" => text(from.as_ref().and_then(|from| from.display()).as_deref()),
        "to_tag" => text(message.to().ok().and_then(|to| to.tag())),
        "to_uri" => text(message.to().ok().map(|to| to.uri)),
        "call_id" => text(message.call_id().ok()),
        "cseq" => text(message.cseq().ok().map(|(number, _)| number.to_string()).as_deref()),
        "max_forwards" => text(message.max_forwards().ok().flatten().map(|hops| hops.to_string()).as_deref()),
        "expires" => text(message.expires().ok().flatten().map(|seconds| seconds.to_string()).as_deref()),
        "vias" => message.values("Via").count().to_string(),
        "top_branch" => text(via.and_then(|via| via.branch)),
        "transaction" => via.is_some_and(|via| via.transaction().is_some()).to_string(),
        "via_host" => text(via.map(|via| via.host)),
        "via_received" => text(via.and_then(|via| via.received).map(|ip| ip.to_string()).as_deref()),
        "contacts" => contacts.len().to_string(),
        "contact_uri" => text(contacts.first().map(|contact| contact.uri)),
        "contact_params" => text(contacts.first().map(|contact| contact.params.as_str())),
        "contact_expires" => text(
            contacts
                .first()
                .and_then(|contact| contact.expires)
                .map(|seconds| seconds.to_string())
                .as_deref(),
        ),
        "require" => message.require().collect::<Vec<_>>().join(", "),
        "credentials" => message.authorization(false).filter(Result::is_ok).count().to_string(),
        "body" => message.body().len().to_string(),
        "voice" => {
            let session = Session::parse(message.body()).expect("a session description");
            let ours = "198.51.100.1:16384".parse().expect("an address");
            let (_, voice) = answer_for_voice(&session, ours).expect("acceptable");
            voice.remote.to_string()
        }
        other => panic!("the index asks for {other}, which no view gives"),
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

use Outcome::{Fault, Unreadable, Valid};

/// What our reader and its checks make of the messages of RFC 4475, where the RFC leaves a choice the one we took.
const RFC_4475: &[(&str, Outcome)] = &[
    ("wsinv", Valid),
    ("intmeth", Valid),
    ("esc01", Valid),
    ("escnull", Valid),
    ("esc02", Valid),
    ("lwsdisp", Valid),
    ("longreq", Valid),
    ("dblreq", Valid),
    ("semiuri", Valid),
    ("transports", Valid),
    ("mpart01", Valid),
    ("unreason", Valid),
    ("noreason", Valid),
    ("badinv01", Fault(400)),
    ("clerr", Fault(400)),
    ("ncl", Fault(400)),
    ("scalar02", Fault(400)),
    ("scalarlg", Fault(400)),
    ("quotbal", Fault(400)),
    ("ltgtruri", Fault(400)),
    ("lwsruri", Fault(400)),
    ("lwsstart", Fault(400)),
    ("trws", Fault(400)),
    ("escruri", Fault(400)),
    ("baddate", Valid),
    ("regbadct", Fault(400)),
    ("badaspec", Valid),
    ("baddn", Valid),
    ("badvers", Fault(505)),
    ("mismatch01", Fault(400)),
    ("mismatch02", Fault(400)),
    ("bigcode", Unreadable),
    ("badbranch", Valid),
    ("insuf", Fault(400)),
    ("unkscm", Fault(416)),
    ("novelsc", Fault(416)),
    ("unksm2", Valid),
    ("bext01", Valid),
    ("invut", Valid),
    ("regaut01", Valid),
    ("multi01", Fault(400)),
    ("mcl01", Fault(400)),
    ("bcast", Valid),
    ("zeromf", Valid),
    ("cparam01", Valid),
    ("cparam02", Valid),
    ("regescrt", Valid),
    ("sdp01", Valid),
    ("inv2543", Valid),
    ("test", Unreadable),
];

/// The same for RFC 5118.
const RFC_5118: &[(&str, Outcome)] = &[
    ("ipv6-good", Valid),
    ("ipv6-bad", Fault(400)),
    ("port-ambiguous", Valid),
    ("port-unambiguous", Valid),
    ("via-received-param-no-delim", Valid),
    ("via-received-param-with-delim", Valid),
    ("ipv6-in-sdp", Valid),
    ("mult-ip-in-header", Valid),
    ("mult-ip-in-sdp", Valid),
    ("ipv4-mapped-ipv6", Valid),
    ("ipv6-bug-abnf-3-colons", Valid),
    ("ipv6-correct-abnf-2-colons", Valid),
];
