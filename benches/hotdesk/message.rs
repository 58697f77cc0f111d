//! SIP as the phones of this benchmark write it.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use perch::sip::digest::{Answer, choose};
use perch::sip::message::Message;

/// Who speaks.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user of its address.
    pub user: String,
    /// The digest user name.
    pub auth_name: String,
    /// The digest password.
    pub password: String,
}

/// One request about to be sent.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    /// The value of To, with its tag where there is one.
    pub to: &'a str,
    pub call_id: &'a str,
    pub cseq: u32,
    /// Whole header lines.
    pub extra: String,
    pub body: &'a str,
}

/// The first answer worth a step.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub to: String,
    pub contact: Option<String>,
    pub body: String,
    challenges: Vec<String>,
}

impl Account {
    /// The bytes of a request from `local` to `server`; `branch` tells its transaction from others of the same number.
    pub fn text(&self, request: &Request<'_>, branch: &str, local: SocketAddr, server: SocketAddr) -> String {
        let Request { method, uri, to, call_id, cseq, extra, body } = request;
        let user = &self.user;
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{branch}{call_id}{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@{server}>;tag=f{call_id}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\nContact: <sip:{user}@{local}>\r\n{extra}User-Agent: Benchmark 1.0\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// The header line that answers a challenge.
    pub fn proof(&self, reply: &Reply, method: &str, uri: &str) -> Result<String> {
        let challenge =
            choose(reply.challenges.iter().map(String::as_str)).context("no challenge to answer")?;
        let value = challenge.answer(&Answer {
            username: &self.auth_name,
            password: &self.password,
            method,
            uri,
            body: &[],
            cnonce: "0a4f113b",
            count: 1,
        });
        Ok(format!("Authorization: {value}\r\n"))
    }
}

impl Reply {
    /// What an answer tells.
    pub fn of(message: &Message<'_>) -> Option<Reply> {
        let contact = message.header("Contact").map(|value| {
            let inner = value.split_once('<').map_or(value, |(_, rest)| rest);
            inner.split_once('>').map_or(inner, |(uri, _)| uri).to_owned()
        });
        Some(Reply {
            status: message.status()?,
            to: message.header("To")?.to_owned(),
            contact,
            body: String::from_utf8_lossy(message.body()).into_owned(),
            challenges: message.headers("WWW-Authenticate").map(str::to_owned).collect(),
        })
    }
}

/// The answer to a request, without a body.
pub fn answer(request: &Message<'_>, status: &str, local: SocketAddr) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for (name, value) in request.fields() {
        let kept = ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"];
        if kept.iter().any(|one| name.eq_ignore_ascii_case(one)) {
            let tag = if name.eq_ignore_ascii_case("To") && !value.contains(";tag=") { ";tag=t" } else { "" };
            text.push_str(&format!("{name}: {value}{tag}\r\n"));
        }
    }
    text.push_str(&format!("Contact: <sip:desk@{local}>\r\nContent-Length: 0\r\n\r\n"));
    text
}
