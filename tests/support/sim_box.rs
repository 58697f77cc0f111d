//! The box in a story: one exchange, with everything around it that `app` and `web` are in life, made of values.
//!
//! Bytes and requests go in, [`Deed`]s come out. Sound runs through the media room's own sessions, packet by packet, or
//! quickly: then a prompt is over when its time is, and no packet is sent. Phone files are rendered and counted exactly as
//! the web room does it. It can lose its current and start again from what its disc holds.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use perch::exchange::{
    ChallengeForm, Exchange, Input, Meant, ModelFacts, Output, Settings, SoundCommand, SoundNews,
};
use perch::media::{Language, PlayId, Prompt, PromptLibrary, Session};
use perch::model::{CallId, Event, ModelName, Now, OpenPath, Secret, Sighting, Vendor};
use perch::net::rtp::Peer;
use perch::provision::agent::Agent;
use perch::provision::{self, FileKind, SubscribeFacts};
use perch::sip::{Flow, Message};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::disc::Disc;

/// The address of the box.
pub const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
/// Its SIP port.
pub const SIP_PORT: u16 = 5060;
/// Its page.
pub const WEB_PORT: u16 = 8080;
/// A machine of which the network does not say that it is any phone.
pub const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 66));
/// Its first port of sound.
const SOUND_PORTS: std::ops::Range<u16> = 16384..16884;

/// One box.
pub struct SimBox {
    exchange: Option<Exchange>,
    /// What it has written.
    pub disc: Disc,
    sound: SoundMode,
    sounds: BTreeMap<CallId, Sound>,
    next_port: u16,
    last_play: u64,
    began: Instant,
    /// What its wall clock showed when it began; `None` while that is not trusted.
    clock: Option<Timestamp>,
    rng: ChaCha8Rng,
    events: Vec<Event>,
    deeds: VecDeque<Deed>,
}

/// Something the box does to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A SIP datagram.
    Send {
        /// Where to.
        to: SocketAddr,
        /// The message.
        bytes: Vec<u8>,
    },
    /// An RTP datagram.
    Sound {
        /// From which of its ports.
        from: SocketAddr,
        /// Where to.
        to: SocketAddr,
        /// The packet.
        bytes: Vec<u8>,
    },
    /// It begins to say something.
    Says {
        /// To whom.
        to: SocketAddr,
        /// What.
        prompt: Prompt,
        /// In which language.
        language: Language,
    },
    /// It tells whoever listens to the page's and the API's stream.
    Tells(Event),
}

/// How sound is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundMode {
    /// Every packet goes over the wire.
    Packets,
    /// Prompts take their time, but nobody hears them.
    Quick,
}

struct Sound {
    local: SocketAddr,
    peer: Peer,
    session: Option<Session>,
    /// Commands that came before the sound was agreed.
    early: Vec<(Prompt, Language)>,
    /// Quick sound: when the prompt is over.
    played: Option<(Instant, PlayId)>,
    next_tick: Instant,
}

/// The answer to a GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The file.
    pub body: Vec<u8>,
}

const TICK: Duration = Duration::from_millis(20);

impl SimBox {
    /// A new box with an empty disc.
    pub fn new(sound: SoundMode, seed: u64, now: Instant) -> Self {
        let mut one = Self {
            exchange: None,
            disc: Disc::default(),
            sound,
            sounds: BTreeMap::new(),
            next_port: SOUND_PORTS.start,
            last_play: 0,
            began: now,
            clock: Some(Timestamp::from_second(1_780_000_000).expect("a moment in the year 2026")),
            rng: ChaCha8Rng::seed_from_u64(seed),
            events: Vec::new(),
            deeds: VecDeque::new(),
        };
        one.starts(now);
        one
    }

    /// The moment as the exchange is told it: the wall clock runs with the other.
    pub fn now(&self, now: Instant) -> Now {
        Now { mono: now, wall: self.clock.map(|began| began + self.age(now)) }
    }

    /// Its wall clock is set to a moment, or is trusted no more.
    pub fn sets_clock(&mut self, wall: Option<Timestamp>, now: Instant) {
        self.clock = wall.map(|wall| wall - self.age(now));
    }

    fn age(&self, now: Instant) -> jiff::SignedDuration {
        jiff::SignedDuration::try_from(now - self.began).expect("a story of some days")
    }

    /// Starts it from what its disc holds.
    pub fn starts(&mut self, now: Instant) {
        let settings = Settings {
            lan: None,
            sip_address: ADDRESS,
            main_address: ADDRESS,
            sip_port: SIP_PORT,
            web_port: WEB_PORT,
            facts,
            challenge: challenge_form,
        };
        let seed = self.rng.random();
        self.exchange = Some(Exchange::new(settings, self.disc.snapshot(), seed, self.now(now)));
        self.drain(now);
    }

    /// The plug is pulled: all that was not written is gone.
    pub fn loses_current(&mut self) {
        self.exchange = None;
        self.sounds.clear();
        self.disc.lose_current();
        self.deeds.clear();
    }

    /// The exchange; there is none without current.
    pub fn exchange(&self) -> &Exchange {
        self.exchange.as_ref().expect("the story asks a box that runs")
    }

    /// Does something with the exchange, as a page or the API would.
    pub fn does<A>(&mut self, now: Instant, act: impl FnOnce(&mut Exchange, Now) -> A) -> A {
        let moment = self.now(now);
        let answer = act(self.exchange.as_mut().expect("the story asks a box that runs"), moment);
        self.drain(now);
        answer
    }

    /// What it has told so far.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// A SIP datagram has come, to one of its addresses or to the multicast group.
    pub fn handle_datagram(&mut self, bytes: &[u8], from: SocketAddr, now: Instant) {
        let flow = Flow::udp(SocketAddr::new(ADDRESS, SIP_PORT), from);
        self.input(Input::Message { flow, bytes }, now);
    }

    /// An RTP datagram has come.
    pub fn handle_sound(&mut self, bytes: &[u8], from: SocketAddr, to: SocketAddr, now: Instant) {
        let heard = self.sounds.iter_mut().find(|(_, sound)| sound.local == to);
        if let Some((call, sound)) = heard
            && sound.peer.is_heard(from.ip())
            && let Some(session) = &mut sound.session
        {
            let call = *call;
            if session.handle_packet(bytes, now).is_ok() {
                sound.peer.heard_from(from, now);
            }
            self.tell_sound(call, now);
        }
    }

    /// A phone asks for a file, as the web room answers it.
    pub fn get(&mut self, url: &str, user_agent: &str, from: IpAddr, now: Instant) -> Answer {
        let missing = Answer { status: 404, body: Vec::new() };
        if self.exchange.is_none() {
            return Answer { status: 0, body: Vec::new() };
        }
        let base = format!("http://{ADDRESS}:{WEB_PORT}/");
        let Some(path) = url.strip_prefix(&base) else { return missing };
        let Ok(request) = provision::identify(path, Some(user_agent)) else { return missing };
        let parts: Vec<_> = path.split('/').collect();
        let sighting =
            Sighting { reads: true, is_vouched_for: from != STRANGER, ..Sighting::heard(from, ADDRESS) };
        let state = match parts[..] {
            ["p", secret, _] => {
                let state = self.does(now, |exchange, now| {
                    exchange.phone_state(&Secret::new(secret), (sighting, request.model.as_ref()), now)
                });
                match state.filter(|state| request.mac.is_none_or(|mac| mac == state.mac)) {
                    Some(state) => Some(state),
                    None => return missing,
                }
            }
            ["p", _] | [_] => match request.announcement(sighting) {
                Some(who) => match self.does(now, |exchange, now| exchange.open_path(&who, now)) {
                    OpenPath::Open(state) => Some(*state),
                    OpenPath::Bootstrap => None,
                    OpenPath::Later { .. } => return Answer { status: 429, body: Vec::new() },
                },
                None => None,
            },
            _ => return missing,
        };
        let file = match &state {
            Some(state) => provision::render(state, &request),
            None => provision::render_bootstrap(&request, &format!("{base}p/")),
        };
        let Some(file) = file else { return missing };
        if let Some(state) = state.filter(|_| request.kind == FileKind::Personal) {
            self.does(now, |exchange, now| exchange.phone_fetched(state.device, state.generation, now));
        }
        Answer { status: 200, body: file.body }
    }

    /// When to call [`SimBox::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let exchange = self.exchange.as_ref()?;
        let sounds = self.sounds.values().filter_map(|sound| match self.sound {
            SoundMode::Packets => sound.session.as_ref().map(|_| sound.next_tick),
            SoundMode::Quick => sound.played.map(|(at, _)| at),
        });
        exchange.poll_timeout().map(|(at, _)| at).into_iter().chain(self.disc.deadline()).chain(sounds).min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.exchange.is_none() {
            return;
        }
        if let Some(through) = self.disc.write(now) {
            self.input(Input::Saved { through }, now);
        }
        self.tick(now);
        if self.exchange().poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.does(now, Exchange::handle_timeout);
        }
    }

    /// The next thing it does.
    pub fn poll_deed(&mut self) -> Option<Deed> {
        self.deeds.pop_front()
    }

    fn input(&mut self, input: Input<'_>, now: Instant) {
        let moment = self.now(now);
        if let Some(exchange) = &mut self.exchange {
            exchange.handle(input, moment);
            self.drain(now);
        }
    }

    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.exchange.as_mut().and_then(Exchange::poll_output) {
            match output {
                Output::Transmit { flow, bytes } => {
                    self.deeds.push_back(Deed::Send { to: flow.remote, bytes: bytes.to_vec() });
                }
                Output::Save { number, change } => self.disc.submit(number, change, now),
                Output::Sound(command) => self.command(command, now),
                Output::Event(event) => {
                    self.events.push(event.clone());
                    self.deeds.push_back(Deed::Tells(event));
                }
                Output::Discovered { flow, request, meant } => self.discovered(flow, (&request, meant), now),
                Output::Resolve { .. } | Output::Proved(_) => {}
            }
        }
    }

    fn discovered(&mut self, flow: Flow, (request, meant): (&[u8], Meant), now: Instant) {
        let Ok(message) = Message::parse(request) else { return };
        let found = provision::discover(SubscribeFacts {
            request_uri: message.request_uri().unwrap_or_default(),
            from_uri: message.from().map(|from| from.uri).unwrap_or_default(),
            event: message.header("Event").unwrap_or_default(),
            user_agent: message.user_agent(),
        });
        let base = format!("http://{}:{WEB_PORT}/p/", flow.local.ip());
        let found = found.and_then(|found| {
            let answer = provision::discovery_body(found.vendor, &base)?;
            Some((found.at(flow.remote.ip(), flow.local.ip()), answer))
        });
        self.input(Input::Discovery { flow, request, meant, found }, now);
    }

    fn command(&mut self, command: SoundCommand, now: Instant) {
        match command {
            SoundCommand::Open { call, local, from, .. } => {
                let local = SocketAddr::new(local, self.next_port);
                self.next_port += 2;
                if self.next_port >= SOUND_PORTS.end {
                    self.next_port = SOUND_PORTS.start;
                }
                let sound = Sound {
                    local,
                    peer: Peer::new(from),
                    session: None,
                    early: Vec::new(),
                    played: None,
                    next_tick: now,
                };
                self.sounds.insert(call, sound);
                self.input(Input::Sound(SoundNews::Opened { call, local }), now);
            }
            SoundCommand::Start { call, config, remote } => {
                let Some(sound) = self.sounds.get_mut(&call) else { return };
                sound.peer.told(remote, now);
                sound.session = Some(Session::new(config, now));
                sound.next_tick = now;
                for (prompt, language) in std::mem::take(&mut sound.early) {
                    self.play(call, prompt, language, now);
                }
            }
            SoundCommand::Play { call, prompt, language } => {
                let language = language.code().parse().expect("a voice for every language of an office");
                self.play(call, prompt, language, now);
            }
            SoundCommand::Silence { call } => {
                let Some(sound) = self.sounds.get_mut(&call) else { return };
                sound.played = None;
                sound.session.iter_mut().for_each(Session::stop_playing);
            }
            SoundCommand::Change { call, agreed, remote } => {
                let Some(sound) = self.sounds.get_mut(&call) else { return };
                sound.peer.told(remote, now);
                sound.session.iter_mut().for_each(|session| session.change(agreed, now));
            }
            SoundCommand::Close { call } => drop(self.sounds.remove(&call)),
        }
    }

    fn play(&mut self, call: CallId, prompt: Prompt, language: Language, now: Instant) {
        self.last_play += 1;
        let id = PlayId(self.last_play);
        let Some(sound) = self.sounds.get_mut(&call) else { return };
        let (Some(session), Some(to)) = (&mut sound.session, sound.peer.destination()) else {
            sound.early.push((prompt, language));
            return;
        };
        let audio = PromptLibrary::new().audio(language, prompt);
        match self.sound {
            SoundMode::Packets => {
                session.stop_playing();
                session.play(audio, id);
            }
            SoundMode::Quick => sound.played = Some((now + audio.duration(), id)),
        }
        self.deeds.push_back(Deed::Says { to, prompt, language });
    }

    fn tick(&mut self, now: Instant) {
        let calls: Vec<_> = self.sounds.keys().copied().collect();
        for call in calls {
            let Some(sound) = self.sounds.get_mut(&call) else { continue };
            match self.sound {
                SoundMode::Packets => {
                    let (Some(session), Some(to)) = (&mut sound.session, sound.peer.destination()) else {
                        continue;
                    };
                    while let Some(bytes) = session.handle_tick(now) {
                        self.deeds.push_back(Deed::Sound { from: sound.local, to, bytes });
                    }
                    while sound.next_tick <= now {
                        sound.next_tick += TICK;
                    }
                    self.tell_sound(call, now);
                }
                SoundMode::Quick => {
                    if let Some((_, id)) = sound.played.take_if(|(at, _)| *at <= now) {
                        let event = perch::media::MediaEvent::PlayFinished(id);
                        self.input(Input::Sound(SoundNews::Event { call, event }), now);
                    }
                }
            }
        }
    }

    fn tell_sound(&mut self, call: CallId, now: Instant) {
        while let Some(event) =
            self.sounds.get_mut(&call).and_then(|sound| sound.session.as_mut()).and_then(Session::poll_event)
        {
            self.input(Input::Sound(SoundNews::Event { call, event }), now);
        }
    }
}

/// What is known of a model, as `app` tells the exchange.
fn facts(model: &ModelName) -> ModelFacts {
    ModelFacts {
        refresh: provision::refresh_method(model),
        has_hotdesk_key: provision::models::has_hotdesk_key(model),
    }
}

/// In which form a phone is challenged, as `app` tells the exchange.
fn challenge_form(user_agent: Option<&str>) -> ChallengeForm {
    match user_agent.and_then(|text| Agent::read(text).model) {
        Some(model) if model.vendor() == Vendor::Generic => ChallengeForm::Md5First,
        Some(model) if provision::may_need_md5_only(&model) => ChallengeForm::Md5Only,
        Some(_) => ChallengeForm::Sha256First,
        None => ChallengeForm::Md5First,
    }
}
