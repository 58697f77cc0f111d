//! The switchboard: one task that owns the exchange and everything it touches, one input at a time.
//!
//! Inputs are taken in batches where they come in batches; after each, the exchange's outputs are drained to the end and
//! what is to be sent leaves together.

use std::future::pending;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Interval, Sleep, interval, sleep_until};

use crate::app::networks::{self, Networks};
use crate::app::pace::Pace;
use crate::app::sound::{self, Sound};
use crate::app::{log, phones, trace};
use crate::control::{Inbox, NumberedEvent, Request};
use crate::exchange::{Exchange, Input, Output};
use crate::host::{clock, service};
use crate::model::{Change, Event, Now};
use crate::net::rtp::News;
use crate::net::tcp::{Arrival, Tcp};
use crate::net::udp::{Datagram, Udp};
use crate::sip::flow::{Flow, Transport};
use crate::sip::framing::{self, classify};
use crate::sip::stun;
use crate::store::{Ack, Acks, Store};

/// How long calls are given to end when the box stops.
const PARTING: Duration = Duration::from_millis(1200);

/// How often a failed look-up of the trunk's name is tried again.
const RESOLVE_AGAIN: Duration = Duration::from_secs(30);

/// The parts the switchboard owns.
pub struct Switchboard {
    /// The exchange.
    pub exchange: Exchange,
    /// The SIP socket.
    pub udp: Udp,
    /// The SIP streams.
    pub tcp: Tcp,
    /// The networks the box is on.
    pub networks: Networks,
    /// The way to the sound thread, and its news.
    pub sound: Sound,
    /// The sound thread's news.
    pub sound_news: mpsc::UnboundedReceiver<News>,
    /// The disc.
    pub store: Store,
    /// What the disc says.
    pub acks: Acks,
    /// What is asked from outside.
    pub requests: mpsc::Receiver<Request>,
    /// Who listens to events.
    pub events: broadcast::Sender<NumberedEvent>,
    /// The address written into files, where the owner has named one.
    pub lan: Option<IpAddr>,
    /// The port of the page.
    pub web_port: u16,
}

/// A name that was looked up, and where it leads.
type Resolved = (String, Option<IpAddr>);

/// What the loop holds beside its parts.
struct Running {
    board: Switchboard,
    inbox: Inbox,
    resolved: (mpsc::Sender<Resolved>, mpsc::Receiver<Resolved>),
    waiting: Vec<(Flow, Bytes)>,
    /// What one input has changed: it reaches the disc together.
    changes: Vec<(u64, Change)>,
    last_event: u64,
    watchdog: Option<Interval>,
    alarm: Alarm,
    pace: Pace,
    /// How long to wait before datagrams are read again.
    breath: Option<Duration>,
}

/// What woke the loop.
enum Woken {
    Datagrams,
    Stream(Option<Arrival>),
    Network(networks::News),
    Sound(Option<News>),
    Store(Option<Ack>),
    Asked(Option<Request>),
    Resolved(String, Option<IpAddr>),
    Time,
    Watchdog,
    Stop,
}

impl Switchboard {
    /// Runs until `stop` says so; then ends the calls and returns.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let watchdog = service::watchdog_interval().map(interval);
        let resolved = mpsc::channel(16);
        let mut running = Running {
            board: self,
            inbox: Inbox::default(),
            resolved,
            waiting: Vec::new(),
            changes: Vec::new(),
            last_event: 0,
            watchdog,
            alarm: Alarm::new(),
            pace: Pace::default(),
            breath: None,
        };
        let mut batch = Vec::new();
        running.drain();
        loop {
            match running.wake(&mut stop).await {
                Woken::Stop => break,
                woken => running.act(woken, &mut batch),
            }
            running.drain();
            running.take_breath();
        }
        running.part(&mut batch).await;
    }
}

impl Running {
    async fn wake(&mut self, stop: &mut watch::Receiver<bool>) -> Woken {
        let deadline = [self.board.exchange.poll_timeout().map(|(at, _)| at), self.inbox.poll_timeout()];
        let deadline = deadline.into_iter().flatten().min();
        let board = &mut self.board;
        tokio::select! {
            biased;
            _ = stop.changed() => Woken::Stop,
            _ = self.alarm.until(deadline) => Woken::Time,
            // Before the work: a box that has much to do is alive.
            _ = tick(self.watchdog.as_mut()) => Woken::Watchdog,
            _ = board.udp.readable() => Woken::Datagrams,
            arrival = board.tcp.next() => Woken::Stream(arrival),
            news = board.sound_news.recv() => Woken::Sound(news),
            ack = board.acks.next() => Woken::Store(ack),
            request = board.requests.recv() => Woken::Asked(request),
            Some((host, address)) = self.resolved.1.recv() => Woken::Resolved(host, address),
            news = board.networks.next() => Woken::Network(news),
        }
    }

    fn act(&mut self, woken: Woken, batch: &mut Vec<Datagram>) {
        let now = clock::now();
        let exchange = &mut self.board.exchange;
        match woken {
            Woken::Datagrams => {
                if let Err(error) = self.board.udp.receive(batch) {
                    tracing::debug!(%error, "a datagram could not be read");
                }
                self.breath = self.pace.handle_batch(batch.len(), now.mono);
                for datagram in batch.iter() {
                    let flow = datagram.flow;
                    match classify(self.board.udp.bytes(datagram)) {
                        framing::Datagram::Message(bytes) => {
                            trace::received(&flow, bytes);
                            exchange.handle(Input::Message { flow, bytes }, now);
                        }
                        framing::Datagram::Stun(bytes) => {
                            let response = stun::binding_response(bytes, flow.remote);
                            self.waiting.extend(response.map(|bytes| (flow, bytes.into())));
                        }
                        framing::Datagram::KeepAlive => {}
                    }
                }
            }
            Woken::Stream(Some(Arrival::Message(flow, bytes))) => {
                trace::received(&flow, &bytes);
                exchange.handle(Input::Message { flow, bytes: &bytes }, now);
            }
            Woken::Stream(Some(Arrival::Broken(flow, head))) => {
                trace::received(&flow, head.as_deref().unwrap_or_default());
                exchange.handle(Input::Broken { flow, head: &head.unwrap_or_default() }, now);
            }
            Woken::Stream(Some(Arrival::Closed(flow))) => exchange.handle(Input::FlowClosed(flow), now),
            Woken::Network(networks::News::Announcement(bytes, flow)) => {
                trace::received(&flow, &bytes);
                exchange.handle(Input::Announced { flow, bytes: &bytes }, now);
            }
            Woken::Network(networks::News::Address(address)) => exchange.handle(Input::Address(address), now),
            Woken::Sound(Some(news)) => exchange.handle(Input::Sound(sound::news(news)), now),
            Woken::Store(Some(Ack::Saved { through })) => {
                exchange.handle(Input::Saved { through }, now);
                self.inbox.handle_saved(through);
            }
            Woken::Store(Some(Ack::Trouble(trouble))) => exchange.handle(Input::StoreTrouble(trouble), now),
            Woken::Asked(Some(request)) => self.inbox.handle(request, exchange, now),
            Woken::Resolved(host, address) => exchange.handle(Input::Resolved { host, address }, now),
            Woken::Time => {
                exchange.handle_timeout(now);
                self.inbox.handle_timeout(now.mono);
            }
            Woken::Watchdog => service::alive(),
            Woken::Stream(None)
            | Woken::Sound(None)
            | Woken::Store(None)
            | Woken::Asked(None)
            | Woken::Stop => {}
        }
    }

    /// Lets datagrams gather. The thread sleeps: setting a timer of the runtime would cost what is to be spared.
    fn take_breath(&mut self) {
        if let Some(breath) = self.breath.take() {
            std::thread::sleep(breath);
        }
    }

    /// Does what the exchange wants done, until it wants nothing more.
    fn drain(&mut self) {
        loop {
            while let Some(output) = self.board.exchange.poll_output() {
                self.output(output);
            }
            self.save();
            let waiting = std::mem::take(&mut self.waiting);
            let refused = self.board.udp.send(&waiting);
            self.waiting = waiting;
            self.waiting.clear();
            if refused.is_empty() {
                break;
            }
            for flow in refused {
                self.board.exchange.handle(Input::SendFailed(flow), clock::now());
            }
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Transmit { flow, bytes } if flow.transport == Transport::Udp => {
                trace::sent(&flow, &bytes);
                self.waiting.push((flow, bytes));
            }
            Output::Transmit { flow, bytes } => {
                trace::sent(&flow, &bytes);
                if let Err(flow) = self.board.tcp.send(&flow, bytes) {
                    self.board.exchange.handle(Input::SendFailed(flow), clock::now());
                }
            }
            Output::Proved(flow) => self.board.tcp.prove(&flow),
            Output::Save { number, change } => self.changes.push((number, change)),
            Output::Sound(command) => self.board.sound.command(command),
            Output::Event(event) => self.publish(event),
            Output::Discovered { flow, request, meant } => {
                let found = phones::announced(&request, &flow, self.board.lan, self.board.web_port);
                let input = Input::Discovery { flow, request: &request, meant, found };
                self.board.exchange.handle(input, clock::now());
            }
            Output::Resolve { host } => {
                let answer = self.resolved.0.clone();
                tokio::spawn(async move {
                    loop {
                        let address = phones::resolve(host.clone()).await;
                        if address.is_some() {
                            let _ = answer.send((host, address)).await;
                            return;
                        }
                        tracing::warn!("the trunk's name leads nowhere: check its spelling and the network");
                        tokio::time::sleep(RESOLVE_AGAIN).await;
                    }
                });
            }
        }
    }

    /// Hands to the disc what has changed.
    fn save(&mut self) {
        let changes = std::mem::take(&mut self.changes);
        if !changes.is_empty()
            && let Err(error) = self.board.store.submit_together(changes)
        {
            tracing::error!(%error, "a change could not be handed to the disc");
        }
    }

    fn publish(&mut self, event: Event) {
        log::event(&event);
        self.last_event += 1;
        // Nobody listens: nobody is told.
        let _ = self.board.events.send(NumberedEvent { number: self.last_event, event });
    }

    /// Ends the calls and waits a moment for the other sides to say goodbye.
    async fn part(mut self, batch: &mut Vec<Datagram>) {
        let Now { mono, .. } = clock::now();
        self.board.exchange.stop(clock::now());
        self.drain();
        let (_never, mut stop) = watch::channel(false);
        while !self.board.exchange.is_idle() && mono.elapsed() < PARTING {
            let left = PARTING.saturating_sub(mono.elapsed());
            match tokio::time::timeout(left, self.wake(&mut stop)).await {
                Ok(woken) => self.act(woken, batch),
                Err(_) => break,
            }
            self.drain();
        }
    }
}

/// The one timer. It is set anew only for an earlier deadline, and may ring too early: most deadlines pass away before
/// they come, and every setting costs a call into the kernel.
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    set: Option<Instant>,
}

impl Alarm {
    fn new() -> Self {
        Self { sleep: Box::pin(sleep_until(clock::now().mono.into())), set: None }
    }

    async fn until(&mut self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return pending().await };
        if self.set.is_none_or(|set| deadline < set) {
            self.sleep.as_mut().reset(deadline.into());
            self.set = Some(deadline);
        }
        self.sleep.as_mut().await;
        self.set = None;
    }
}

async fn tick(interval: Option<&mut Interval>) {
    match interval {
        Some(interval) => drop(interval.tick().await),
        None => pending().await,
    }
}
