//! A SIP client of the tests' own: raw text over real sockets, knowing nothing of the box but what comes by the wire.
//!
//! It is polite by itself: a request that comes again gets the same answer again, a 200 that comes again the same ACK.
//! Every final answer it waits for is checked for what SIP.md P41 asks.

#[path = "client/message.rs"]
mod message;
#[path = "client/voice.rs"]
pub mod voice;

use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use perch::sip::digest::{Answer, Challenge, choose};

pub use message::{Draft, Message, bracketed, parameter, voice_sdp};

/// How long an answer may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// Who a phone is.
#[derive(Debug, Clone)]
pub struct Account {
    /// The number it is called by.
    pub number: String,
    pub user: String,
    pub password: String,
}

/// What carries the bytes.
enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

/// Whether repeated messages are dealt with silently or shown to the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    Polite,
    ShowsAll,
}

/// A phone.
pub struct Phone {
    wire: Wire,
    pub account: Account,
    pub server: SocketAddr,
    pub local: SocketAddr,
    pub agent: String,
    pub habit: Habit,
    waiting: VecDeque<Message>,
    seen: BTreeMap<String, Option<Vec<u8>>>,
    acks: BTreeMap<String, Vec<u8>>,
    call_id: String,
    cseq: u32,
}

/// One side of a dialog.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub call_id: String,
    pub local: String,
    pub remote: String,
    pub target: String,
    pub routes: Vec<String>,
    pub cseq: u32,
}

/// A text that no other message has.
pub fn fresh(word: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{word}{:x}x{:x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Phone {
    pub fn udp(server: SocketAddr, account: Account) -> Phone {
        Phone::at(UdpSocket::bind("127.0.0.1:0").expect("a free port"), server, account)
    }

    /// One at a socket that was there before the box.
    pub fn at(socket: UdpSocket, server: SocketAddr, account: Account) -> Phone {
        let local = socket.local_addr().expect("an address");
        Phone::on(Wire::Udp(socket), local, server, account)
    }

    pub fn tcp(server: SocketAddr, account: Account) -> Phone {
        let stream = TcpStream::connect(server).expect("the box takes connections");
        stream.set_nodelay(true).expect("no delay");
        let local = stream.local_addr().expect("an address");
        Phone::on(Wire::Tcp(stream, Vec::new()), local, server, account)
    }

    fn on(wire: Wire, local: SocketAddr, server: SocketAddr, account: Account) -> Phone {
        Phone {
            wire,
            account,
            server,
            local,
            agent: "Wire Test 1.0".to_owned(),
            habit: Habit::Polite,
            waiting: VecDeque::new(),
            seen: BTreeMap::new(),
            acks: BTreeMap::new(),
            call_id: fresh("register-"),
            cseq: 0,
        }
    }

    fn transport(&self) -> &'static str {
        match self.wire {
            Wire::Udp(_) => "UDP",
            Wire::Tcp(..) => "TCP",
        }
    }

    /// The URI of `user` at the box.
    pub fn at_box(&self, user: &str) -> String {
        format!("sip:{user}@{}", self.server)
    }

    pub fn contact(&self) -> String {
        match self.wire {
            Wire::Udp(_) => format!("<sip:{}@{}>", self.account.user, self.local),
            Wire::Tcp(..) => format!("<sip:{}@{};transport=tcp>", self.account.user, self.local),
        }
    }

    pub fn via(&self) -> String {
        format!("SIP/2.0/{} {};branch={};rport", self.transport(), self.local, fresh("z9hG4bK"))
    }

    // Bytes.

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => drop(socket.send_to(bytes, self.server).expect("a datagram goes out")),
            Wire::Tcp(stream, _) => stream.write_all(bytes).expect("bytes go out"),
        }
    }

    /// The next bytes as they come: a datagram, or one framed message of a stream, or its pong.
    pub fn receive_bytes(&mut self, until: Instant) -> Option<Vec<u8>> {
        loop {
            if let Wire::Tcp(_, buffer) = &mut self.wire
                && let Some(one) = framed(buffer)
            {
                return Some(one);
            }
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            let mut bytes = vec![0; 70_000];
            let outcome = match &mut self.wire {
                Wire::Udp(socket) => {
                    socket.set_read_timeout(Some(left)).expect("a timeout");
                    socket.recv(&mut bytes)
                }
                Wire::Tcp(stream, _) => {
                    stream.set_read_timeout(Some(left)).expect("a timeout");
                    stream.read(&mut bytes)
                }
            };
            match (outcome, &mut self.wire) {
                (Ok(length), Wire::Udp(_)) => return Some(bytes[..length].to_vec()),
                (Ok(0), Wire::Tcp(..)) => return None,
                (Ok(length), Wire::Tcp(_, buffer)) => buffer.extend_from_slice(&bytes[..length]),
                (Err(error), _) if is_patience(error.kind()) => {}
                (Err(_), _) => return None,
            }
        }
    }

    // Messages.

    pub fn send(&mut self, draft: &Draft) {
        self.send_bytes(&draft.to_bytes());
    }

    fn receive(&mut self, until: Instant) -> Option<Message> {
        loop {
            let bytes = self.receive_bytes(until)?;
            let Some(message) = Message::parse(&bytes) else { continue };
            if self.habit == Habit::ShowsAll {
                return Some(message);
            }
            if message.status() == 0 {
                let key = format!("{} {}", message.method(), message.branch());
                match self.seen.get(&key) {
                    None => {
                        self.seen.insert(key, None);
                        return Some(message);
                    }
                    Some(Some(again)) => {
                        let again = again.clone();
                        self.send_bytes(&again);
                    }
                    Some(None) => {}
                }
            } else if let Some(ack) = self.acks.get(&ack_key(&message)).cloned() {
                self.send_bytes(&ack);
            } else {
                return Some(message);
            }
        }
    }

    /// The first message, of those that wait and those to come, that is as asked for.
    pub fn find(&mut self, within: Duration, is_it: impl Fn(&Message) -> bool) -> Option<Message> {
        if let Some(at) = self.waiting.iter().position(&is_it) {
            return self.waiting.remove(at);
        }
        let until = Instant::now() + within;
        while let Some(message) = self.receive(until) {
            if is_it(&message) {
                return Some(message);
            }
            self.waiting.push_back(message);
        }
        None
    }

    pub fn wait_for(&mut self, what: &str, is_it: impl Fn(&Message) -> bool) -> Message {
        let found = self.find(PATIENCE, is_it);
        found.unwrap_or_else(|| panic!("{}: no {what}; there came {:#?}", self.account.user, self.waiting))
    }

    /// The next request of that method.
    pub fn expect(&mut self, method: &str) -> Message {
        self.wait_for(method, |message| message.method() == method)
    }

    /// Takes in everything the box has sent so far, by a question whose answer comes behind it.
    pub fn settle(&mut self) {
        let question = self.draft("OPTIONS", &format!("sip:{}", self.server));
        let answer = self.ask(question);
        assert!((200..300).contains(&answer.status()), "OPTIONS gets {}", answer.start);
    }

    /// Whether such a message has come by now.
    pub fn has_seen(&mut self, is_it: impl Fn(&Message) -> bool) -> bool {
        self.settle();
        self.waiting.iter().any(is_it)
    }

    // Requests.

    /// A request outside any dialog, to oneself.
    pub fn draft(&self, method: &str, uri: &str) -> Draft {
        let me = self.at_box(&self.account.number);
        let to = if method == "REGISTER" { me.clone() } else { uri.to_owned() };
        Draft::new(format!("{method} {uri} SIP/2.0"))
            .with("Via", self.via())
            .with("Max-Forwards", "70")
            .with("From", format!("<{me}>;tag={}", fresh("f")))
            .with("To", format!("<{to}>"))
            .with("Call-ID", fresh("call-"))
            .with("CSeq", format!("1 {method}"))
            .with("Contact", self.contact())
            .with("User-Agent", self.agent.clone())
    }

    /// Sends a request and waits for its final answer.
    pub fn ask(&mut self, draft: Draft) -> Message {
        self.send(&draft);
        self.final_of(&draft)
    }

    /// The final answer to a request; one that is no success to an INVITE is acknowledged.
    pub fn final_of(&mut self, draft: &Draft) -> Message {
        let what = format!("final answer to {}", draft.start);
        self.final_within(draft, PATIENCE)
            .unwrap_or_else(|| panic!("no {what}; there came {:#?}", self.waiting))
    }

    pub fn final_within(&mut self, draft: &Draft, within: Duration) -> Option<Message> {
        let branch = draft.branch().to_owned();
        let method = draft.method().to_owned();
        let is_it = |message: &Message| {
            message.status() >= 200 && message.branch() == branch && message.cseq().1 == method
        };
        let answer = self.find(within, is_it)?;
        // SIP.md P41.
        assert!(answer.to_tag().is_some(), "P41: no To tag: {answer:?}");
        assert_eq!(answer.header("From"), draft.header("From"), "P41");
        assert_eq!(answer.header("Call-ID"), draft.header("Call-ID"), "P41");
        assert_eq!(answer.header("CSeq"), draft.header("CSeq"), "P41");
        assert_eq!(answer.values("Via").count(), 1, "P41: {answer:?}");
        if method == "INVITE" && answer.status() >= 300 {
            let ack = self.ack_of_refusal(draft, &answer);
            self.send(&ack);
        }
        Some(answer)
    }

    fn ack_of_refusal(&self, invite: &Draft, answer: &Message) -> Draft {
        Draft::new(format!("ACK {} SIP/2.0", invite.uri()))
            .with("Via", invite.header("Via"))
            .with("Max-Forwards", "70")
            .with("From", invite.header("From"))
            .with("To", answer.header("To"))
            .with("Call-ID", invite.header("Call-ID"))
            .with("CSeq", format!("{} ACK", invite.cseq()))
    }

    /// The same request once more, as a new transaction with credentials for the challenge of `answer`.
    pub fn proving(&self, draft: &Draft, answer: &Message) -> Draft {
        let (asked, name) = match answer.status() {
            407 => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => ("WWW-Authenticate", "Authorization"),
        };
        let challenge = choose(answer.values(asked)).unwrap_or_else(|| panic!("no challenge in {answer:?}"));
        self.again(draft).set(name, self.credentials(&challenge, draft, 1))
    }

    /// The same request as a new transaction.
    pub fn again(&self, draft: &Draft) -> Draft {
        let mut next = draft.clone().set("CSeq", format!("{} {}", draft.cseq() + 1, draft.method()));
        for (name, value) in &mut next.headers {
            if name == "Via" {
                *value = self.via();
            }
        }
        next
    }

    pub fn credentials(&self, challenge: &Challenge, draft: &Draft, count: u32) -> String {
        challenge.answer(&Answer {
            username: &self.account.user,
            password: &self.account.password,
            method: draft.method(),
            uri: draft.uri(),
            body: draft.body.as_bytes(),
            cnonce: "0a4f113b",
            count,
        })
    }

    /// Sends a request, proves the password when asked, and gives the final answer.
    pub fn ask_proving(&mut self, draft: Draft) -> Message {
        let first = self.ask(draft.clone());
        if !matches!(first.status(), 401 | 407) {
            return first;
        }
        let second = self.proving(&draft, &first);
        self.ask(second)
    }

    // Registration.

    /// A REGISTER with this phone's own Call-ID and its next number; no contact, no expiry.
    pub fn register_draft(&mut self) -> Draft {
        // Two numbers: the second is for the credentials.
        self.cseq += 2;
        let server = self.server;
        self.draft("REGISTER", &format!("sip:{server}"))
            .set("Call-ID", self.call_id.clone())
            .set("CSeq", format!("{} REGISTER", self.cseq - 1))
            .without("Contact")
    }

    /// Registers with these contacts and this Expires header, as far as given.
    pub fn register_as(&mut self, contacts: &[&str], expires: Option<&str>) -> Message {
        let mut draft = self.register_draft();
        for contact in contacts {
            draft = draft.with("Contact", *contact);
        }
        if let Some(expires) = expires {
            draft = draft.with("Expires", expires);
        }
        self.ask_proving(draft)
    }

    /// Registers as phones do; it must succeed.
    pub fn register(&mut self) -> Message {
        let contact = self.contact();
        let answer = self.register_as(&[&contact], Some("300"));
        assert_eq!(answer.status(), 200, "{answer:?}");
        answer
    }

    /// What is bound now.
    pub fn bindings(&mut self) -> Vec<String> {
        let answer = self.register_as(&[], None);
        assert_eq!(answer.status(), 200, "{answer:?}");
        answer.contacts()
    }

    // Calls.

    /// An INVITE to `number` at the box with a description.
    pub fn invite_draft(&self, number: &str) -> Draft {
        self.draft("INVITE", &self.at_box(number)).sdp(voice_sdp(self.local.port(), "sendrecv"))
    }

    /// Sends an INVITE, proving the password when asked; gives it as it went out last. The answers are still to come.
    pub fn invite(&mut self, draft: Draft) -> Draft {
        self.send(&draft);
        let branch = draft.branch().to_owned();
        let answer = self.wait_for("answer to INVITE", |message| {
            message.status() >= 100 && message.branch() == branch && message.status() != 100
        });
        if !matches!(answer.status(), 401 | 407) {
            self.waiting.push_back(answer);
            return draft;
        }
        let ack = self.ack_of_refusal(&draft, &answer);
        self.send(&ack);
        let second = self.proving(&draft, &answer);
        self.send(&second);
        second
    }

    /// The provisional answer with that status.
    pub fn provisional(&mut self, invite: &Draft, status: u16) -> Message {
        let branch = invite.branch().to_owned();
        self.wait_for(&status.to_string(), |message| message.status() == status && message.branch() == branch)
    }

    /// Acknowledges a 200 and keeps the ACK for its repetitions.
    pub fn acknowledge(&mut self, invite: &Draft, ok: &Message, sdp: Option<String>) -> Dialog {
        let dialog = Dialog::of_caller(invite, ok);
        let mut ack = dialog.draft(self, "ACK", invite.cseq());
        if let Some(sdp) = sdp {
            ack = ack.sdp(sdp);
        }
        self.acks.insert(ack_key(ok), ack.to_bytes());
        self.send(&ack);
        dialog
    }

    /// A request inside a dialog.
    pub fn within(&self, dialog: &mut Dialog, method: &str) -> Draft {
        dialog.cseq += 1;
        dialog.draft(self, method, dialog.cseq)
    }

    /// Answers a request; the To tag is this phone's own for the Call-ID.
    pub fn reply_draft(&self, request: &Message, status: u16) -> Draft {
        let mut draft = Draft::new(format!("SIP/2.0 {status} As Told"));
        for name in ["Via", "Record-Route"] {
            for value in request.values(name) {
                draft = draft.with(name, value);
            }
        }
        let mut to = request.header("To").to_owned();
        if parameter(&to, "tag").is_none() {
            to.push_str(&format!(";tag=t{}", self.local.port()));
        }
        draft = draft
            .with("From", request.header("From"))
            .with("To", to)
            .with("Call-ID", request.header("Call-ID"))
            .with("CSeq", request.header("CSeq"));
        if request.method() == "INVITE" { draft.with("Contact", self.contact()) } else { draft }
    }

    pub fn reply_with(&mut self, request: &Message, draft: &Draft) {
        let key = format!("{} {}", request.method(), request.branch());
        self.seen.insert(key, Some(draft.to_bytes()));
        self.send(draft);
    }

    pub fn reply(&mut self, request: &Message, status: u16) {
        let draft = self.reply_draft(request, status);
        self.reply_with(request, &draft);
    }

    /// Answers an INVITE with 200 and a description, and waits for the ACK.
    pub fn pick_up(&mut self, invite: &Message) -> Dialog {
        let draft = self.reply_draft(invite, 200).sdp(voice_sdp(self.local.port(), "sendrecv"));
        self.reply_with(invite, &draft);
        let call_id = invite.header("Call-ID").to_owned();
        self.wait_for("ACK", |message| message.method() == "ACK" && message.header("Call-ID") == call_id);
        Dialog::of_callee(invite, &draft)
    }

    /// Ends a dialog with BYE; it must succeed.
    pub fn hang_up(&mut self, dialog: &mut Dialog) {
        let bye = self.within(dialog, "BYE");
        let answer = self.ask(bye);
        assert_eq!(answer.status(), 200, "{answer:?}");
    }

    /// Waits to be hung up on.
    pub fn is_hung_up(&mut self) {
        let bye = self.expect("BYE");
        self.reply(&bye, 200);
    }
}

/// Calls from one phone to another that answers; both dialogs.
pub fn connect(caller: &mut Phone, callee: &mut Phone) -> (Dialog, Dialog) {
    let draft = caller.invite_draft(&callee.account.number);
    let invite = caller.invite(draft);
    let ringing = callee.expect("INVITE");
    callee.reply(&ringing, 180);
    caller.provisional(&invite, 180);
    let draft = callee.reply_draft(&ringing, 200).sdp(voice_sdp(callee.local.port(), "sendrecv"));
    callee.reply_with(&ringing, &draft);
    let ok = caller.final_of(&invite);
    assert_eq!(ok.status(), 200, "{ok:?}");
    let calling = caller.acknowledge(&invite, &ok, None);
    callee.expect("ACK");
    (calling, Dialog::of_callee(&ringing, &draft))
}

/// A call that is answered and ended by the caller.
pub fn talk_together(caller: &mut Phone, callee: &mut Phone, number: &str) {
    callee.account.number = number.to_owned();
    let (mut calling, _) = connect(caller, callee);
    let bye = caller.within(&mut calling, "BYE");
    caller.send(&bye);
    callee.is_hung_up();
    assert_eq!(caller.final_of(&bye).status(), 200);
}

impl Dialog {
    pub fn of_caller(invite: &Draft, ok: &Message) -> Dialog {
        let mut routes: Vec<_> = ok.values("Record-Route").map(str::to_owned).collect();
        routes.reverse();
        Dialog {
            call_id: invite.header("Call-ID").to_owned(),
            local: invite.header("From").to_owned(),
            remote: ok.header("To").to_owned(),
            target: bracketed(ok.header("Contact")).to_owned(),
            routes,
            cseq: invite.cseq(),
        }
    }

    pub fn of_callee(invite: &Message, ok: &Draft) -> Dialog {
        Dialog {
            call_id: invite.header("Call-ID").to_owned(),
            local: ok.header("To").to_owned(),
            remote: invite.header("From").to_owned(),
            target: bracketed(invite.header("Contact")).to_owned(),
            routes: invite.values("Record-Route").map(str::to_owned).collect(),
            cseq: 100,
        }
    }

    fn draft(&self, phone: &Phone, method: &str, cseq: u32) -> Draft {
        let mut draft = Draft::new(format!("{method} {} SIP/2.0", self.target))
            .with("Via", phone.via())
            .with("Max-Forwards", "70")
            .with("From", self.local.clone())
            .with("To", self.remote.clone())
            .with("Call-ID", self.call_id.clone())
            .with("CSeq", format!("{cseq} {method}"))
            .with("Contact", phone.contact());
        for route in &self.routes {
            draft = draft.with("Route", route.clone());
        }
        draft
    }
}

/// What makes one 200 to an INVITE known again.
fn ack_key(answer: &Message) -> String {
    let (number, method) = answer.cseq();
    format!("{} {number} {method} {} {}", answer.header("Call-ID"), answer.status(), answer.header("To"))
}

fn is_patience(kind: ErrorKind) -> bool {
    // ConnectionRefused: an earlier datagram found nobody, which UDP tells late.
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::ConnectionRefused
    )
}

/// Cuts the first whole message, or pong, from the bytes of a stream.
fn framed(buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    if buffer.starts_with(b"\r\n") {
        return Some(buffer.drain(..2).collect());
    }
    let head = buffer.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let message = Message::parse(&buffer[..head])?;
    let length: usize = message.header("Content-Length").parse().unwrap_or(0);
    (buffer.len() >= head + length).then(|| buffer.drain(..head + length).collect())
}
