//! One phone of many: it registers, calls, and answers calls, one thing at a time, each over its own socket.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use perch::sip::digest::{Algorithm, Answer, Challenge};
use perch::sip::message::Message;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// When a request is sent again.
const AGAIN: Duration = Duration::from_millis(500);

/// How often it is sent before the phone gives up.
const TRIES: usize = 6;

/// What every phone offers.
pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";

/// The extension of a phone.
pub fn number(index: usize) -> String {
    (2000 + index).to_string()
}

/// The password of a phone.
pub fn password(index: usize) -> String {
    password_of(&number(index))
}

/// The password of an extension.
pub fn password_of(number: &str) -> String {
    format!("not-a-secret-{number}")
}

/// What a phone is told to do.
pub enum Task {
    /// Register, as one that has no nonce yet: REGISTER, 401, REGISTER, 200.
    Register,
    /// Call that number, and hang up as soon as it has answered.
    Call(String),
    /// Call that number, and stay in the call.
    Talk(String),
}

/// What becomes of a call that is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    HangUp,
    Stay,
}

/// A task, and where its end is told.
pub type Order = (Task, oneshot::Sender<Result<Ended>>);

/// How a task has ended well.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ended {
    /// How many requests had to be sent again.
    pub again: usize,
}

/// One phone.
pub struct Phone {
    socket: UdpSocket,
    server: SocketAddr,
    local: SocketAddr,
    number: String,
    password: String,
    serial: u32,
    again: usize,
    buffer: Vec<u8>,
}

/// One request about to be sent.
struct Request<'a> {
    method: &'a str,
    uri: &'a str,
    to: &'a str,
    call_id: &'a str,
    cseq: u32,
    authorization: Option<String>,
    extra: &'a str,
    body: &'a str,
}

/// What an answer tells.
struct Reply {
    status: u16,
    to: String,
    contact: Option<String>,
    routes: Vec<String>,
    challenges: Vec<String>,
}

impl Phone {
    /// The phone of that index, which speaks to `server` only.
    pub async fn new(index: usize, server: SocketAddr) -> Result<Phone> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(server).await?;
        let local = socket.local_addr()?;
        let buffer = vec![0; 4096];
        Ok(Phone {
            socket,
            server,
            local,
            number: number(index),
            password: password(index),
            serial: 0,
            again: 0,
            buffer,
        })
    }

    /// Does what it is told and answers who calls, for ever.
    pub async fn live(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            tokio::select! {
                order = orders.recv() => {
                    let Some((task, done)) = order else { return };
                    self.again = 0;
                    let result = match task {
                        Task::Register => self.register().await,
                        Task::Call(number) => self.call(&number, Then::HangUp).await,
                        Task::Talk(number) => self.call(&number, Then::Stay).await,
                    };
                    let _ = done.send(result.map(|()| Ended { again: self.again }));
                }
                read = self.socket.recv(&mut self.buffer) => {
                    let Ok(length) = read else { continue };
                    for answer in self.answers(length) {
                        let _ = self.socket.send(answer.as_bytes()).await;
                    }
                }
            }
        }
    }

    async fn register(&mut self) -> Result<()> {
        let uri = format!("sip:{}", self.server);
        let to = format!("<sip:{}@{}>", self.number, self.server);
        let call_id = format!("register-{}-{}", self.number, self.local.port());
        let contact = format!("Contact: <sip:{}@{}>\r\nExpires: 3600\r\n", self.number, self.local);
        let mut authorization = None;
        for _ in 0..3 {
            self.serial += 1;
            let request = Request {
                method: "REGISTER",
                uri: &uri,
                to: &to,
                call_id: &call_id,
                cseq: self.serial,
                authorization: authorization.take(),
                extra: &contact,
                body: "",
            };
            let reply = self.ask(&request).await?;
            match reply.status {
                200 => return Ok(()),
                401 => authorization = Some(self.prove(&reply, "REGISTER", &uri)?),
                other => bail!("REGISTER answered {other}"),
            }
        }
        bail!("REGISTER is challenged again and again")
    }

    async fn call(&mut self, number: &str, then: Then) -> Result<()> {
        let uri = format!("sip:{number}@{}", self.server);
        let to = format!("<{uri}>");
        self.serial += 1;
        let call_id = format!("call-{}-{}-{}", self.number, self.local.port(), self.serial);
        let contact = format!(
            "Contact: <sip:{}@{}>\r\nContent-Type: application/sdp\r\n\
             Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nSupported: replaces\r\n",
            self.number, self.local
        );
        let (mut authorization, mut tries) = (None, 0);
        let (reply, cseq) = loop {
            self.serial += 1;
            let cseq = self.serial;
            let request = Request {
                method: "INVITE",
                uri: &uri,
                to: &to,
                call_id: &call_id,
                cseq,
                authorization: authorization.take(),
                extra: &contact,
                body: SDP,
            };
            let reply = self.ask(&request).await?;
            match reply.status {
                200 => break (reply, cseq),
                401 if tries < 2 => {
                    tries += 1;
                    self.acknowledge(&request, &reply).await?;
                    authorization = Some(self.prove(&reply, "INVITE", &uri)?);
                }
                other => {
                    self.acknowledge(&request, &reply).await?;
                    bail!("INVITE answered {other}")
                }
            }
        };
        let target = reply.contact.clone().ok_or_else(|| anyhow!("a 200 without Contact"))?;
        let routes: String = reply.routes.iter().rev().map(|route| format!("Route: {route}\r\n")).collect();
        let inside = |method, cseq| Request {
            method,
            uri: &target,
            to: &reply.to,
            call_id: &call_id,
            cseq,
            authorization: None,
            extra: &routes,
            body: "",
        };
        let ack = self.text(&inside("ACK", cseq), "ack");
        self.socket.send(ack.as_bytes()).await?;
        if then == Then::Stay {
            return Ok(());
        }
        self.serial += 1;
        let ended = self.ask(&inside("BYE", self.serial)).await?;
        if ended.status == 200 { Ok(()) } else { bail!("BYE answered {}", ended.status) }
    }

    /// The ACK of a refusal belongs to the INVITE's own transaction.
    async fn acknowledge(&mut self, invite: &Request<'_>, reply: &Reply) -> Result<()> {
        let ack = Request {
            method: "ACK",
            uri: invite.uri,
            to: &reply.to,
            call_id: invite.call_id,
            cseq: invite.cseq,
            authorization: None,
            extra: "",
            body: "",
        };
        let text = self.text(&ack, "INVITE");
        self.socket.send(text.as_bytes()).await?;
        Ok(())
    }

    /// Sends a request until its final answer has come.
    async fn ask(&mut self, request: &Request<'_>) -> Result<Reply> {
        let text = self.text(request, request.method);
        for attempt in 0..TRIES {
            self.again += usize::from(attempt > 0);
            self.socket.send(text.as_bytes()).await?;
            let mut patience = AGAIN;
            while let Ok(read) = timeout(patience, self.socket.recv(&mut self.buffer)).await {
                match reply_to(&self.buffer[..read?], request.call_id, request.cseq, request.method) {
                    Some(reply) if reply.status >= 200 => return Ok(reply),
                    // A call that rings is waited for.
                    Some(_) => patience = Duration::from_secs(10),
                    None => {}
                }
            }
        }
        bail!("{} is not answered", request.method)
    }

    fn text(&self, request: &Request<'_>, branch: &str) -> String {
        let Request { method, uri, to, call_id, cseq, authorization, extra, body } = request;
        let (number, server, local) = (&self.number, self.server, self.local);
        let authorization =
            authorization.as_ref().map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{branch}{number}{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: \"Phone {number}\" <sip:{number}@{server}>;tag=f{number}\r\nTo: {to}\r\n\
             Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n{authorization}{extra}User-Agent: Load 1.0\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Answers an MD5 challenge, the one both servers know.
    fn prove(&self, reply: &Reply, method: &str, uri: &str) -> Result<String> {
        let challenge = reply
            .challenges
            .iter()
            .filter_map(|value| Challenge::parse(value))
            .find(|challenge| challenge.algorithm == Algorithm::Md5)
            .ok_or_else(|| anyhow!("no MD5 challenge"))?;
        Ok(challenge.answer(&Answer {
            username: &self.number,
            password: &self.password,
            method,
            uri,
            body: &[],
            cnonce: "0a4f113b",
            count: 1,
        }))
    }

    /// What a called phone answers: it rings, and is picked up at once.
    fn answers(&self, length: usize) -> Vec<String> {
        let Ok(message) = Message::parse(&self.buffer[..length]) else { return Vec::new() };
        let Some(method) = message.method() else { return Vec::new() };
        match method.as_str() {
            "INVITE" => vec![self.answer(&message, "180 Ringing", ""), self.answer(&message, "200 OK", SDP)],
            "ACK" => Vec::new(),
            _ => vec![self.answer(&message, "200 OK", "")],
        }
    }

    fn answer(&self, request: &Message<'_>, status: &str, body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for (name, value) in request.fields() {
            let is_to = name.eq_ignore_ascii_case("To");
            let kept = ["Via", "From", "To", "Call-ID", "CSeq", "Record-Route"];
            if kept.iter().any(|one| name.eq_ignore_ascii_case(one)) {
                text.push_str(name);
                text.push_str(": ");
                text.push_str(value);
                if is_to && !value.contains(";tag=") {
                    text.push_str(";tag=t");
                    text.push_str(&self.number);
                }
                text.push_str("\r\n");
            }
        }
        text.push_str(&format!("Contact: <sip:{}@{}>\r\n", self.number, self.local));
        if !body.is_empty() {
            text.push_str("Content-Type: application/sdp\r\n");
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        text
    }
}

/// Reads an answer to that very request; anything else is passed over.
fn reply_to(bytes: &[u8], call_id: &str, cseq: u32, method: &str) -> Option<Reply> {
    let message = Message::parse(bytes).ok()?;
    let status = message.status()?;
    let wanted = format!("{cseq} {method}");
    if message.header("Call-ID") != Some(call_id) || message.header("CSeq") != Some(&wanted) {
        return None;
    }
    let contact = message.header("Contact").map(|value| {
        let inner = value.split_once('<').map_or(value, |(_, rest)| rest);
        inner.split_once('>').map_or(inner, |(uri, _)| uri).to_owned()
    });
    Some(Reply {
        status,
        to: message.header("To")?.to_owned(),
        contact,
        routes: message.values("Record-Route").map(str::to_owned).collect(),
        challenges: message.headers("WWW-Authenticate").map(str::to_owned).collect(),
    })
}
