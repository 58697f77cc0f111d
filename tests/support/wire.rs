//! The simulated wire: one box, many phones, a clock turned by hand, and a network that loses, doubles, delays and reorders
//! as a seed says.
//!
//! Nothing happens by itself: [`Wire::runs`] and [`Wire::runs_until`] turn the clock from one event to the next. Every
//! message is written down as a [`Rung`] of a ladder; copies of it are counted on its rung, and one that comes when that has
//! been taken is a rung `again`.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use perch::model::Event;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::phone::{self, MULTICAST, Output, SOUND_PORT, SimPhone};
use super::sim_box::{ADDRESS, Deed, SIP_PORT, SimBox, SoundMode};

/// How the network treats datagrams.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// How many of a hundred datagrams are lost.
    pub lost: u32,
    /// How many of a hundred come twice.
    pub doubled: u32,
    /// The shortest way.
    pub quickest: Duration,
    /// How much longer a way may be: with more than the pause between two messages they overtake one another.
    pub jitter: Duration,
    /// How many of a hundred requests for a file, and of the answers to them, are lost.
    pub lost_files: u32,
}

impl Weather {
    /// A good office network.
    pub const FAIR: Self = Self {
        lost: 0,
        doubled: 0,
        quickest: Duration::from_millis(1),
        jitter: Duration::ZERO,
        lost_files: 0,
    };

    /// A bad one: one in seven lost, one in ten doubled, much out of order.
    pub const FOUL: Self = Self {
        lost: 14,
        doubled: 10,
        quickest: Duration::from_millis(1),
        jitter: Duration::from_millis(120),
        lost_files: 0,
    };
}

/// The network with all that is on it.
pub struct Wire {
    now: Instant,
    began: Instant,
    rng: ChaCha8Rng,
    weather: Weather,
    office: SimBox,
    phones: BTreeMap<String, SimPhone>,
    names: BTreeMap<IpAddr, String>,
    parcels: BTreeMap<(Instant, u64), Parcel>,
    last_parcel: u64,
    ladder: Vec<Rung>,
    /// How many rungs were taken before those.
    taken: usize,
    /// The rung of each message, counted from the first there was.
    written: BTreeMap<u64, usize>,
}

/// Something that went from one end to another, or that the box has told.
#[derive(Debug, Clone)]
pub struct Rung {
    pub at: Instant,
    pub from: String,
    pub to: String,
    /// What it is.
    pub words: String,
    /// The message of SIP, or the file that a phone gets.
    pub bytes: Vec<u8>,
    /// How often it was sent.
    pub copies: u32,
    /// What the box has told whoever listens; then nothing has gone over the wire.
    pub event: Option<Event>,
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} {}", self.from, self.to, self.words)?;
        if self.copies > 1 { write!(f, ", {} times", self.copies) } else { Ok(()) }
    }
}

/// Something on its way.
#[derive(Debug, Clone)]
enum Parcel {
    ToBox { from: SocketAddr, bytes: Vec<u8> },
    ToPhone { name: String, from: SocketAddr, bytes: Vec<u8> },
    SoundToBox { from: SocketAddr, to: SocketAddr, bytes: Vec<u8> },
    SoundToPhone { name: String, from: SocketAddr, bytes: Vec<u8> },
    Get { name: String, url: String, user_agent: String },
    Got { name: String, url: String, status: u16, body: Vec<u8> },
}

impl Wire {
    /// A box alone on the network.
    pub fn new(weather: Weather, sound: SoundMode, seed: u64) -> Self {
        let now = Instant::now();
        Self {
            now,
            began: now,
            rng: ChaCha8Rng::seed_from_u64(seed),
            weather,
            office: SimBox::new(sound, seed, now),
            phones: BTreeMap::new(),
            names: BTreeMap::new(),
            parcels: BTreeMap::new(),
            last_parcel: 0,
            ladder: Vec::new(),
            taken: 0,
            written: BTreeMap::new(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Plugs a phone into the network, without current yet.
    pub fn plugs_in(&mut self, name: &str, phone: SimPhone) {
        self.names.insert(phone.address(), name.to_owned());
        self.phones.insert(name.to_owned(), phone);
    }

    /// The network changes.
    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    /// The box.
    pub fn the_box(&self) -> &SimBox {
        &self.office
    }

    /// Does something with the box, now.
    pub fn with_box<A>(&mut self, act: impl FnOnce(&mut SimBox, Instant) -> A) -> A {
        let answer = act(&mut self.office, self.now);
        self.collect();
        answer
    }

    /// A phone by its name.
    pub fn phone(&self, name: &str) -> &SimPhone {
        self.phones.get(name).unwrap_or_else(|| panic!("there is no phone called {name}"))
    }

    /// All phones.
    pub fn phones(&self) -> impl Iterator<Item = (&str, &SimPhone)> {
        self.phones.iter().map(|(name, phone)| (name.as_str(), phone))
    }

    /// Does something at a phone, now.
    pub fn at<A>(&mut self, name: &str, act: impl FnOnce(&mut SimPhone, Instant) -> A) -> A {
        let phone = self.phones.get_mut(name).unwrap_or_else(|| panic!("there is no phone called {name}"));
        let answer = act(phone, self.now);
        self.collect();
        answer
    }

    /// Turns the clock.
    pub fn runs(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    /// Turns the clock until something is so; `false` if it is not within `patience`.
    pub fn runs_until(&mut self, patience: Duration, so: impl Fn(&Self) -> bool) -> bool {
        let end = self.now + patience;
        loop {
            if so(self) {
                return true;
            }
            if !self.step(end) {
                self.now = end;
                return so(self);
            }
        }
    }

    /// The rungs of the wire since the last time they were taken, in words.
    pub fn take_ladder(&mut self) -> Vec<String> {
        self.take_rungs().iter().filter(|rung| rung.event.is_none()).map(Rung::to_string).collect()
    }

    /// The rungs since the last time they were taken, with what the box has told.
    pub fn take_rungs(&mut self) -> Vec<Rung> {
        self.taken += self.ladder.len();
        std::mem::take(&mut self.ladder)
    }

    /// The rungs since the last time they were taken, which stay.
    pub fn rungs(&self) -> &[Rung] {
        &self.ladder
    }

    /// The rung written last, if it was not taken.
    pub fn last_rung(&self) -> Option<&Rung> {
        self.ladder.last()
    }

    /// Writes a rung of what goes beside SIP.
    pub fn note(&mut self, from: &str, to: &str, words: &str) {
        self.rung(from, to, words);
    }

    /// Does the next thing before `end`; `false` if there is none.
    fn step(&mut self, end: Instant) -> bool {
        let parcel = self.parcels.first_key_value().map(|((at, _), _)| *at);
        let phones = self.phones.values().filter_map(SimPhone::poll_timeout);
        let Some(at) = phones.chain(parcel).chain(self.office.poll_timeout()).min().filter(|at| *at <= end)
        else {
            return false;
        };
        self.now = self.now.max(at);
        let now = self.now;
        if let Some(entry) = self.parcels.first_entry().filter(|entry| entry.key().0 <= now) {
            let parcel = entry.remove();
            self.deliver(parcel);
        } else {
            self.office.handle_timeout(now);
            for phone in self.phones.values_mut() {
                if phone.poll_timeout().is_some_and(|at| at <= now) {
                    phone.handle_timeout(now);
                }
            }
        }
        self.collect();
        true
    }

    fn deliver(&mut self, parcel: Parcel) {
        let now = self.now;
        match parcel {
            Parcel::ToBox { from, bytes } => self.office.handle_datagram(&bytes, from, now),
            Parcel::SoundToBox { from, to, bytes } => self.office.handle_sound(&bytes, from, to, now),
            Parcel::ToPhone { name, from, bytes } => {
                self.phone_mut(&name).handle_datagram(&bytes, from, now);
            }
            Parcel::SoundToPhone { name, from, bytes } => {
                self.phone_mut(&name).handle_sound(&bytes, from, now);
            }
            Parcel::Get { name, url, user_agent } => {
                let from = self.phone(&name).address();
                let answer = self.office.get(&url, &user_agent, from, now);
                self.rung("box", &name, &format!("{} GET", answer.status));
                if let Some(rung) = self.ladder.last_mut() {
                    rung.bytes.clone_from(&answer.body);
                }
                let got = Parcel::Got { name, url, status: answer.status, body: answer.body };
                self.carry(got);
            }
            Parcel::Got { name, url, status, body } => {
                self.phone_mut(&name).handle_http(&url, status, &body, now);
            }
        }
    }

    fn phone_mut(&mut self, name: &str) -> &mut SimPhone {
        self.phones.get_mut(name).expect("parcels are addressed to phones that are here")
    }

    /// Takes what the box and the phones do, and puts it on its way.
    fn collect(&mut self) {
        while let Some(deed) = self.office.poll_deed() {
            match deed {
                Deed::Send { to, bytes } => {
                    let Some(name) = self.names.get(&to.ip()).cloned() else { continue };
                    self.write_down(&bytes, "box", &name);
                    let from = SocketAddr::new(ADDRESS, SIP_PORT);
                    if to.port() == phone::SIP_PORT {
                        self.throw(Parcel::ToPhone { name, from, bytes });
                    }
                }
                Deed::Sound { from, to, bytes } => {
                    let Some(name) = self.names.get(&to.ip()).cloned() else { continue };
                    if to.port() == SOUND_PORT {
                        self.throw(Parcel::SoundToPhone { name, from, bytes });
                    }
                }
                Deed::Tells(event) => {
                    self.rung("box", "all", "");
                    if let Some(rung) = self.ladder.last_mut() {
                        rung.event = Some(event);
                    }
                }
                Deed::Says { to, prompt, .. } => {
                    let name = self.names.get(&to.ip()).cloned().unwrap_or_default();
                    self.rung("box", &name, &format!("says {}", prompt.name()));
                }
            }
        }
        let mut outputs = Vec::new();
        for (name, phone) in &mut self.phones {
            while let Some(output) = phone.poll_output() {
                outputs.push((name.clone(), output));
            }
        }
        for (name, output) in outputs {
            self.take_from_phone(&name, output);
        }
    }

    fn take_from_phone(&mut self, name: &str, output: Output) {
        let address = self.phone(name).address();
        match output {
            Output::Send { to, bytes } => {
                let from = SocketAddr::new(address, phone::SIP_PORT);
                let receiver = if to.ip() == ADDRESS { Some("box".to_owned()) } else { None };
                let receiver = receiver.or_else(|| self.names.get(&to.ip()).cloned());
                if to == MULTICAST {
                    self.write_down(&bytes, name, "all");
                    self.throw(Parcel::ToBox { from, bytes });
                } else if let Some(receiver) = receiver {
                    self.write_down(&bytes, name, &receiver);
                    self.throw(match receiver.as_str() {
                        "box" => Parcel::ToBox { from, bytes },
                        _ => Parcel::ToPhone { name: receiver, from, bytes },
                    });
                }
            }
            Output::Sound { to, bytes } => {
                let from = SocketAddr::new(address, SOUND_PORT);
                if to.ip() == ADDRESS {
                    self.throw(Parcel::SoundToBox { from, to, bytes });
                } else if let Some(name) = self.names.get(&to.ip()).cloned() {
                    self.throw(Parcel::SoundToPhone { name, from, bytes });
                }
            }
            Output::Get { url, user_agent } => {
                let file = url.rsplit('/').next().unwrap_or_default().to_owned();
                self.rung(name, "box", &format!("GET {file}"));
                self.carry(Parcel::Get { name: name.to_owned(), url, user_agent });
            }
        }
    }

    /// Puts a datagram on the wire, which may do with it what it likes.
    fn throw(&mut self, parcel: Parcel) {
        let copies = if self.rng.random_ratio(self.weather.doubled, 100) { 2 } else { 1 };
        for _ in 0..copies {
            if self.rng.random_ratio(self.weather.lost, 100) {
                continue;
            }
            let jitter = u64::try_from(self.weather.jitter.as_micros()).unwrap_or(0);
            let more = Duration::from_micros(self.rng.random_range(0..=jitter));
            self.post(parcel.clone(), self.weather.quickest + more);
        }
    }

    /// Puts a request for a file or its answer on the wire; where it is lost, the phone has no answer at all.
    fn carry(&mut self, parcel: Parcel) {
        let lost = self.weather.lost_files;
        match parcel {
            Parcel::Get { name, url, .. } | Parcel::Got { name, url, .. }
                if lost > 0 && self.rng.random_ratio(lost, 100) =>
            {
                let nothing = Parcel::Got { name, url, status: 0, body: Vec::new() };
                self.post(nothing, Duration::from_secs(3));
            }
            parcel => self.post(parcel, Duration::from_millis(2)),
        }
    }

    fn post(&mut self, parcel: Parcel, takes: Duration) {
        self.last_parcel += 1;
        self.parcels.insert((self.now + takes, self.last_parcel), parcel);
    }

    /// A rung for a message; a copy is counted on it.
    fn write_down(&mut self, bytes: &[u8], from: &str, to: &str) {
        let mut hasher = DefaultHasher::new();
        (bytes, from, to).hash(&mut hasher);
        let name = hasher.finish();
        let known = self.written.get(&name).copied();
        if let Some(rung) = known.and_then(|place| self.ladder.get_mut(place.checked_sub(self.taken)?)) {
            rung.copies += 1;
            return;
        }
        self.written.insert(name, self.taken + self.ladder.len());
        let again = if known.is_some() { " again" } else { "" };
        self.rung(from, to, &format!("{}{again}", phone::in_words(bytes)));
        if let Some(rung) = self.ladder.last_mut() {
            rung.bytes = bytes.to_vec();
        }
    }

    fn rung(&mut self, from: &str, to: &str, words: &str) {
        self.ladder.push(Rung {
            at: self.now,
            from: from.to_owned(),
            to: to.to_owned(),
            words: words.to_owned(),
            bytes: Vec::new(),
            copies: 1,
            event: None,
        });
    }
}
