//! A hot-desk phone that does at once whatever it is told: it fetches its file, registers, and logs its user in by voice.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use perch::sip::message::Message;
use perch::sip::method::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{sleep, timeout_at};

use crate::message::{Account, Reply, Request, answer};

/// When a request is sent again.
const AGAIN: Duration = Duration::from_millis(500);

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two keys.
const KEY: Duration = Duration::from_millis(40);

/// How far the numbers of two calls are apart.
const CALL: u32 = 1000;

/// One phone.
pub struct Desk {
    account: Account,
    socket: UdpSocket,
    sound: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    /// Where its file is.
    file: String,
    serial: u32,
    buffer: Vec<u8>,
    seen: Seen,
}

/// When what was asked of it, since the last look.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    called: Option<Instant>,
    hung_up: Option<Instant>,
    notified: Option<Instant>,
}

/// How long the steps of a login took.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    /// From the first end packet of `#` to the first call, where somebody called.
    pub routed: Option<Duration>,
    /// From the BYE to the NOTIFY.
    pub notified: Duration,
    /// From the 200 to the NOTIFY to the 200 of the new registration.
    pub followed: Duration,
    /// When that was.
    pub done: Instant,
}

impl Desk {
    /// The phone whose provisioning address this is, with its current account registered.
    pub async fn starts(url: &str, mac: &str, server: SocketAddr) -> Result<Desk> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(server).await?;
        let local = socket.local_addr()?;
        let sound = UdpSocket::bind("127.0.0.1:0").await?;
        let file = format!("{url}{}.cfg", mac.replace(':', ""));
        let nobody = Account { user: String::new(), auth_name: String::new(), password: String::new() };
        let mut desk = Desk {
            account: nobody,
            socket,
            sound,
            local,
            server,
            file,
            serial: 0,
            buffer: vec![0; 8192],
            seen: Seen::default(),
        };
        desk.follows().await?;
        Ok(desk)
    }

    /// Logs somebody in, by calling for it and keying the PIN, and follows. A caller is told to stop when a call has come.
    pub async fn logs_in(&mut self, number: &str, pin: &str, caller: Option<&Cell<bool>>) -> Result<Login> {
        self.seen = Seen::default();
        let sound = self.calls(&format!("*77*{number}*")).await?;
        // The box hears keys once it speaks.
        timeout_at((Instant::now() + PATIENCE).into(), self.sound.recv(&mut [0; 512])).await??;
        let mut key = 0;
        for digit in pin.bytes().map(|digit| digit - b'0') {
            key += 1;
            self.presses(sound, digit, key, false).await?;
            sleep(KEY).await;
        }
        let keyed = self.presses(sound, 11, key + 1, true).await?;
        if let Some(stop) = caller {
            self.waits_for(|seen| seen.called).await.context("no call at the new desk")?;
            stop.set(true);
        }
        let hung_up = self.waits_for(|seen| seen.hung_up).await.context("the login call is not ended")?;
        let notified = self.waits_for(|seen| seen.notified).await.context("no NOTIFY")?;
        let told = Instant::now();
        self.follows().await?;
        ensure!(self.account.user == format!("hotdesk-{number}"), "{} is not logged in", number);
        Ok(Login {
            routed: self.seen.called.map(|called| called.saturating_duration_since(keyed)),
            notified: notified.saturating_duration_since(hung_up),
            followed: told.elapsed(),
            done: Instant::now(),
        })
    }

    /// Fetches its file and registers what that says.
    async fn follows(&mut self) -> Result<()> {
        let (status, text) = get(&self.file, None).await?;
        ensure!(status == 200, "the file is answered {status}");
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('='));
            line.map(|value| value.trim().to_owned()).with_context(|| format!("the file has no {key}"))
        };
        self.account = Account {
            user: value("account.1.user_name")?,
            auth_name: value("account.1.auth_name")?,
            password: value("account.1.password")?,
        };
        let uri = format!("sip:{}", self.server);
        let to = format!("<sip:{}@{}>", self.account.user, self.server);
        let reply = self.asks("REGISTER", (&uri, &to), "Expires: 600\r\n", "").await?;
        ensure!(reply.status == 200, "REGISTER is answered {}", reply.status);
        Ok(())
    }

    /// Calls the box: where its sound is heard.
    async fn calls(&mut self, dialled: &str) -> Result<SocketAddr> {
        let uri = format!("sip:{}@{}", dialled.replace('#', "%23"), self.server);
        let to = format!("<{uri}>");
        // A port of its own for each call: what is left of the former one is not heard.
        self.sound = UdpSocket::bind("127.0.0.1:0").await?;
        let port = self.sound.local_addr()?.port();
        let sdp = crate::phone::SDP.replace("40000", &port.to_string());
        let reply = self.asks("INVITE", (&uri, &to), "Content-Type: application/sdp\r\n", &sdp).await?;
        ensure!(reply.status == 200, "the login call is answered {}", reply.status);
        let target = reply.contact.clone().context("a 200 without Contact")?;
        let (extra, body) = (String::new(), "");
        let (call_id, cseq) = (self.call_id("INVITE"), self.serial);
        let ack =
            Request { method: "ACK", uri: &target, to: &reply.to, call_id: &call_id, cseq, extra, body };
        self.send(&self.account.text(&ack, "ack", self.local, self.server)).await?;
        let line = |start: &str| reply.body.lines().find_map(|line| line.strip_prefix(start));
        let address: IpAddr = line("c=IN IP4 ").context("no address of sound")?.trim().parse()?;
        let port = line("m=audio ").and_then(|rest| rest.split(' ').next()).context("no port of sound")?;
        Ok((address, port.parse()?).into())
    }

    /// Presses a key (RFC 4733): begins and ends it, or, as short as can be, ends it only. When the first end went out.
    async fn presses(&self, to: SocketAddr, event: u8, key: u16, ends_only: bool) -> Result<Instant> {
        let timestamp = u32::from(key) * 1600;
        let packet = |number: u16, end: u8| {
            let mut packet = vec![0x80, if number == 0 { 0x80 | 101 } else { 101 }];
            packet.extend((key * 8 + number).to_be_bytes());
            packet.extend(timestamp.to_be_bytes());
            packet.extend(0x0055_aa77_u32.to_be_bytes());
            packet.extend([event, end | 10, 1, 64]);
            packet
        };
        if !ends_only {
            self.sound.send_to(&packet(0, 0), to).await?;
        }
        let ended = Instant::now();
        for number in 1..4 {
            self.sound.send_to(&packet(number, 0x80), to).await?;
        }
        Ok(ended)
    }

    /// Sends a request until it has its final answer, with credentials where they are asked for.
    async fn asks(
        &mut self,
        method: &str,
        (uri, to): (&str, &str),
        extra: &str,
        body: &str,
    ) -> Result<Reply> {
        let mut proof = String::new();
        if method != "REGISTER" {
            self.serial += CALL;
        }
        for _ in 0..3 {
            self.serial += 1;
            let (call_id, cseq) = (self.call_id(method), self.serial);
            let extra = format!("{proof}{extra}");
            let request = Request { method, uri, to, call_id: &call_id, cseq, extra, body };
            let reply = self.waits_for_answer(&request).await?;
            if method == "INVITE" && reply.status >= 300 {
                let (extra, body) = (String::new(), "");
                let ack = Request { method: "ACK", to: &reply.to, extra, body, ..request };
                self.send(&self.account.text(&ack, "INVITE", self.local, self.server)).await?;
            }
            if reply.status != 401 {
                return Ok(reply);
            }
            proof = self.account.proof(&reply, method, uri)?;
        }
        bail!("{method} is challenged again and again")
    }

    async fn waits_for_answer(&mut self, request: &Request<'_>) -> Result<Reply> {
        let text = self.account.text(request, request.method, self.local, self.server);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            self.send(&text).await?;
            let again = Instant::now() + AGAIN;
            while let Some(length) = self.hears(again).await? {
                if let Some(reply) = self.takes(length, Some((request.call_id, request.cseq))).await? {
                    return Ok(reply);
                }
            }
        }
        bail!("{} is not answered", request.method)
    }

    async fn waits_for(&mut self, what: impl Fn(&Seen) -> Option<Instant>) -> Result<Instant> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = what(&self.seen) {
                return Ok(at);
            }
            let length = self.hears(end).await?.context("waited in vain")?;
            self.takes(length, None).await?;
        }
    }

    async fn hears(&mut self, until: Instant) -> Result<Option<usize>> {
        match timeout_at(until.into(), self.socket.recv(&mut self.buffer)).await {
            Ok(read) => Ok(Some(read?)),
            Err(_) => Ok(None),
        }
    }

    /// Takes in a message: a request is noted and answered; the final answer that is waited for is given.
    async fn takes(&mut self, length: usize, waited: Option<(&str, u32)>) -> Result<Option<Reply>> {
        let now = Instant::now();
        let Ok(message) = Message::parse(&self.buffer[..length]) else { return Ok(None) };
        let Some(method) = message.method() else {
            let is_waited = waited.is_some_and(|(call_id, cseq)| {
                let number = message.header("CSeq").and_then(|value| value.split(' ').next()?.parse().ok());
                message.header("Call-ID") == Some(call_id) && number == Some(cseq)
            });
            return Ok(Reply::of(&message).filter(|reply| is_waited && reply.status >= 200));
        };
        let status = match method {
            Method::Ack => return Ok(None),
            Method::Invite => {
                self.seen.called.get_or_insert(now);
                "486 Busy Here"
            }
            Method::Bye => {
                self.seen.hung_up.get_or_insert(now);
                "200 OK"
            }
            Method::Notify => {
                self.seen.notified.get_or_insert(now);
                "200 OK"
            }
            _ => "200 OK",
        };
        let text = answer(&message, status, self.local);
        self.send(&text).await?;
        Ok(None)
    }

    /// One Call-ID for each call, and one for all registrations.
    fn call_id(&self, method: &str) -> String {
        match method {
            "REGISTER" => format!("register-{}", self.local.port()),
            _ => format!("desk-{}-{}", self.local.port(), self.serial / CALL),
        }
    }

    async fn send(&self, text: &str) -> Result<()> {
        self.socket.send(text.as_bytes()).await?;
        Ok(())
    }
}

/// What an address of the box's page gives: status and text.
pub async fn get(url: &str, token: Option<&str>) -> Result<(u16, String)> {
    let rest = url.strip_prefix("http://").context("not an http address")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let mut stream = TcpStream::connect(host).await?;
    let request = format!(
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Yealink SIP-T46U 108.86.0.20\r\n\
         {token}Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").context("no head")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status")?;
    ensure!(!head.to_ascii_lowercase().contains("transfer-encoding"), "the answer comes in chunks");
    Ok((status, body.to_owned()))
}
