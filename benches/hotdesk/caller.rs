//! The caller who tries again and again, until the call rings at the new desk.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use perch::sip::message::Message;
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval};

use crate::message::{Account, Reply, Request};

/// Between two attempts.
const EVERY: Duration = Duration::from_millis(5);

/// Somebody who calls all the time.
pub struct Caller {
    account: Account,
    socket: UdpSocket,
    local: SocketAddr,
    server: SocketAddr,
    serial: u32,
}

impl Caller {
    /// A caller with this account.
    pub async fn new(account: Account, server: SocketAddr) -> Result<Caller> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(server).await?;
        let local = socket.local_addr()?;
        Ok(Caller { account, socket, local, server, serial: 0 })
    }

    /// Calls `number` every 5 ms until told to stop.
    pub async fn calls(&mut self, number: &str, stop: Rc<Cell<bool>>) -> Result<()> {
        let mut beat = interval(EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = vec![0; 4096];
        while !stop.get() {
            tokio::select! {
                _ = beat.tick() => {
                    self.serial += 1;
                    let call_id = format!("try-{}-{}", self.local.port(), self.serial);
                    self.invite(number, &call_id, 1, String::new()).await?;
                }
                read = self.socket.recv(&mut buffer) => self.hear(number, &buffer[..read?]).await?,
            }
        }
        Ok(())
    }

    async fn invite(&self, number: &str, call_id: &str, cseq: u32, proof: String) -> Result<()> {
        let uri = format!("sip:{number}@{}", self.server);
        let to = format!("<{uri}>");
        let extra = format!("{proof}Content-Type: application/sdp\r\n");
        let body = crate::phone::SDP;
        let request = Request { method: "INVITE", uri: &uri, to: &to, call_id, cseq, extra, body };
        self.send(&self.account.text(&request, "", self.local, self.server)).await
    }

    /// A refusal is acknowledged; a challenge is answered.
    async fn hear(&self, number: &str, bytes: &[u8]) -> Result<()> {
        let Ok(message) = Message::parse(bytes) else { return Ok(()) };
        let (Some(reply), Some(call_id)) = (Reply::of(&message), message.header("Call-ID")) else {
            return Ok(());
        };
        let cseq =
            message.header("CSeq").and_then(|value| value.split(' ').next()?.parse().ok()).unwrap_or(1);
        if reply.status < 300 {
            return Ok(());
        }
        let uri = format!("sip:{number}@{}", self.server);
        let (extra, body) = (String::new(), "");
        let ack = Request { method: "ACK", uri: &uri, to: &reply.to, call_id, cseq, extra, body };
        self.send(&self.account.text(&ack, "", self.local, self.server)).await?;
        if reply.status == 401 && cseq == 1 {
            let proof = self.account.proof(&reply, "INVITE", &uri)?;
            self.invite(number, call_id, 2, proof).await?;
        }
        Ok(())
    }

    async fn send(&self, text: &str) -> Result<()> {
        self.socket.send(text.as_bytes()).await?;
        Ok(())
    }
}
