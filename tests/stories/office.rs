//! The office of a story: people, desks and phones by name, a box, and the wire between them.
//!
//! People have numbers and PINs by a fixed table ([`PEOPLE`]). The cast of a story names who and what is there: `ada`
//! (somebody without a phone of her own), `bob@lab` (somebody with a phone), `kitchen` (a hot desk); a kind may follow:
//! `hall:snom`. When the story ends, no phone may have a complaint and none may have restarted (B3).

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use perch::config::office_file;
use perch::config::rules::Rules;
use perch::exchange::Exchange;
use perch::media::Prompt;
use perch::model::{
    AuditEntry, AuditFact, DeviceId, DeviceView, DeviceWish, Event, Extension, ExtensionNumber, Locked,
    LockoutView, LoginMethod, LogoutReason, OfficeWish, Stage,
};

use crate::phone::config::Account;
use crate::phone::{CallState, Ending, KeysBy, Kind, Quirks, SimPhone};
use crate::sim_box::{ADDRESS, SIP_PORT, SoundMode};
use crate::wire::{Weather, Wire};

/// Who works here: name, number, full name, PIN; without a PIN there is no hot desking.
pub const PEOPLE: [(&str, &str, &str, Option<&str>); 5] = [
    ("ada", "100", "Ada Rossi", Some("4071")),
    ("bob", "101", "Bob Bianchi", Some("5182")),
    ("cleo", "102", "Cleo Verdi", None),
    ("dan", "103", "Dan Neri", Some("6293")),
    ("eve", "104", "Eve Gallo", Some("7304")),
];

/// How long anything may take that must happen.
const PATIENCE: Duration = Duration::from_secs(90);

/// An office with its telephones.
pub struct Office {
    pub wire: Wire,
    /// Where everybody's phone is.
    desks: Vec<Desk>,
    /// What phones may complain of in this story.
    forgiven: Vec<&'static str>,
}

/// A phone in the office.
#[derive(Debug, Clone)]
pub struct Desk {
    pub name: String,
    owner: Option<String>,
    pub kind: Kind,
    pub mac: String,
    address: IpAddr,
}

/// What an office is like before its story begins.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    pub cast: &'a [&'a str],
    pub weather: Weather,
    pub sound: SoundMode,
    pub seed: u64,
    /// Further lines of the office file: below `[office]`, then whole tables.
    pub settings: &'a str,
    pub tables: &'a str,
    pub quirks: Quirks,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Self {
            cast: &[],
            weather: Weather::FAIR,
            sound: SoundMode::Packets,
            seed: 1,
            settings: "",
            tables: "",
            quirks: Quirks::default(),
        }
    }
}

impl Office {
    /// An office in which everybody is at work and every phone registered.
    pub fn with(cast: &[&str]) -> Self {
        Self::opens(&Scene { cast, ..Scene::default() })
    }

    /// The same with more to say about it.
    pub fn opens(scene: &Scene<'_>) -> Self {
        let mut office = Self::with_phones_unplugged(scene);
        office.applies(&office.file(scene));
        let names: Vec<_> = office.desks.iter().map(|desk| desk.name.clone()).collect();
        for name in &names {
            office.wire.at(name, SimPhone::power_on);
        }
        for name in &names {
            office.waits_until("every phone is registered", |office| {
                !office.wire.phone(name).registered_as().is_empty()
            });
        }
        office.waits_until("every phone is confirmed", |office| {
            office.devices().iter().all(|device| !device.late && device.stage != Stage::Notified)
        });
        office.waits(2);
        office.wire.take_ladder();
        office
    }

    /// A box that knows nobody, and phones from the factory without current.
    pub fn with_phones_unplugged(scene: &Scene<'_>) -> Self {
        let mut wire = Wire::new(scene.weather, scene.sound, scene.seed);
        let desks: Vec<_> =
            scene.cast.iter().enumerate().filter_map(|(place, text)| desk(place, text)).collect();
        for (place, desk) in desks.iter().enumerate() {
            let seed = scene.seed.wrapping_mul(1000).wrapping_add(place as u64);
            let quirks = scene.quirks.clone();
            let mut phone = SimPhone::new(desk.kind, &desk.mac, desk.address, quirks, seed);
            if desk.kind == Kind::ByHand {
                phone.types_account(account_by_hand(desk));
            }
            wire.plugs_in(&desk.name, phone);
        }
        Self { wire, desks, forgiven: Vec::new() }
    }

    /// The office file of the cast.
    pub fn file(&self, scene: &Scene<'_>) -> String {
        let mut text = format!(
            "[office]\nname = \"Rossi & Figli\"\ncountry = \"IT\"\nlanguage = \"en\"\ntimezone = \"Europe/Rome\"\n{}\n",
            scene.settings
        );
        for (name, number, full_name, pin) in PEOPLE {
            if scene.cast.iter().any(|one| one.split(['@', ':']).next() == Some(name)) {
                let _ = write!(text, "[[extension]]\nnumber = \"{number}\"\nname = \"{full_name}\"\n");
                if let Some(pin) = pin {
                    let _ = write!(text, "hotdesk = true\npin = \"{pin}\"\n");
                }
            }
        }
        for desk in &self.desks {
            let _ = writeln!(text, "[[device]]\nname = \"{}\"\nmodel = \"{}\"", desk.name, desk.kind.model());
            if desk.kind == Kind::ByHand {
                let account = account_by_hand(desk);
                let _ = writeln!(
                    text,
                    "sip_user = \"{}\"\nsip_password = \"{}\"",
                    account.user, account.password
                );
            } else {
                let _ = writeln!(text, "mac = \"{}\"", desk.mac);
            }
            match &desk.owner {
                Some(owner) => drop(writeln!(text, "extension = \"{}\"", number(owner))),
                None => text.push_str("hotdesk = true\n"),
            }
        }
        text + scene.tables
    }

    /// The owner applies an office file.
    pub fn applies(&mut self, file: &str) {
        let draft = office_file::read(file, &Rules::standard()).unwrap_or_else(|faults| {
            panic!("{}\n{file}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        self.wire.with_box(|office, now| {
            office.does(now, |exchange, now| {
                let fresh = exchange.fresh();
                let changes = perch::config::apply::changes(exchange.office(), &draft.wish, fresh);
                exchange.adopt(changes, now);
            });
        });
    }

    /// The owner changes something.
    pub fn owner_changes(&mut self, change: impl Fn(&mut OfficeWish)) {
        self.wire.with_box(|office, now| {
            office.does(now, |exchange, now| {
                let mut wish = perch::config::apply::wish_of(exchange.office());
                change(&mut wish);
                let fresh = exchange.fresh();
                let changes = perch::config::apply::changes(exchange.office(), &wish, fresh);
                exchange.adopt(changes, now);
            });
        });
        self.waits(2);
    }

    /// The owner changes what is said of somebody.
    pub fn owner_changes_user(&mut self, who: &str, change: impl Fn(&mut Extension)) {
        let number = extension(who);
        self.owner_changes(|wish| {
            change(
                wish.extensions.iter_mut().find(|one| one.number == number).expect("somebody of the cast"),
            );
        });
    }

    /// The owner changes what is said of a phone.
    pub fn owner_changes_phone(&mut self, desk: &str, change: impl Fn(&mut DeviceWish)) {
        let mac = self.desk(desk).mac.clone();
        self.owner_changes(|wish| {
            let is_meant = |one: &&mut DeviceWish| one.mac.is_some_and(|one| one.to_string() == mac);
            change(wish.devices.iter_mut().find(is_meant).expect("a phone of the cast"));
        });
    }

    // What people do

    /// Somebody dials a number, or a person's, at a phone of this name or at her own.
    pub fn dials(&mut self, who: &str, whom: &str) {
        let (at, number) = (self.phone_of(who), number(whom));
        self.wire.at(&at, |phone, now| phone.dials(&number, now));
        self.moment();
    }

    pub fn answers(&mut self, who: &str) {
        let at = self.phone_of(who);
        self.wire.at(&at, SimPhone::answers);
        self.moment();
    }

    pub fn hangs_up(&mut self, who: &str) {
        let at = self.phone_of(who);
        self.wire.at(&at, SimPhone::hangs_up);
        self.moment();
    }

    pub fn holds(&mut self, who: &str) {
        let at = self.phone_of(who);
        self.wire.at(&at, SimPhone::holds);
        self.moment();
    }

    pub fn resumes(&mut self, who: &str) {
        let at = self.phone_of(who);
        self.wire.at(&at, SimPhone::resumes);
        self.moment();
    }

    /// Somebody keys digits, and waits until they are sent.
    pub fn keys(&mut self, who: &str, keys: &str, by: KeysBy) {
        let at = self.phone_of(who);
        self.wire.note(&at, "box", &format!("keys {}", "*".repeat(keys.len())));
        self.wire.at(&at, |phone, now| phone.keys(keys, by, now));
        self.waits_millis(u64::try_from(keys.len()).expect("a few keys") * 260 + 300);
    }

    /// Somebody calls her own number at a hot desk, hears the voice, keys her PIN and waits until the phone is hers.
    pub fn logs_in(&mut self, who: &str, desk: &str) {
        self.asks_for_login(who, desk, &number(who));
        self.keys(desk, &format!("{}#", pin(who)), KeysBy::Rfc4733);
        self.is_let_in(who, desk);
    }

    /// Somebody asks for a login of `who` and keys three wrong PINs, by which person and desk are closed out.
    pub fn guesses_three_times(&mut self, who: &str, desk: &str) {
        self.asks_for_login(who, desk, &number(who));
        for _ in 0..3 {
            self.keys(desk, "9999#", KeysBy::Rfc4733);
            self.waits(4);
        }
    }

    /// Somebody dials for a login and is asked for the PIN.
    pub fn asks_for_login(&mut self, who: &str, desk: &str, dialled: &str) {
        self.dials(desk, dialled);
        self.waits_until(&format!("{who} is in a call with the box"), |office| {
            office.wire.phone(desk).call_state() == Some(CallState::Up)
        });
    }

    /// The login is granted, told, and followed by the phone.
    pub fn is_let_in(&mut self, who: &str, desk: &str) {
        let account = format!("hotdesk-{}", number(who));
        self.waits_until(&format!("{who} is logged in at {desk}"), |office| {
            office.user_at(desk).as_deref() == Some(&number(who))
        });
        self.waits_until(&format!("{desk} has hung up"), |office| office.wire.phone(desk).ending().is_some());
        self.waits_until(&format!("{desk} registers {account}"), |office| {
            office.wire.phone(desk).registered_as() == [account.clone()]
        });
    }

    /// Somebody dials the logout code and waits until the phone is idle again.
    pub fn logs_out(&mut self, desk: &str, code: &str) {
        self.dials(desk, code);
        self.is_let_go(desk);
    }

    /// The login has ended and the phone has followed.
    pub fn is_let_go(&mut self, desk: &str) {
        let account = self.idle_account(desk);
        self.waits_until(&format!("nobody is logged in at {desk}"), |office| office.user_at(desk).is_none());
        self.waits_until(&format!("{desk} registers {account}"), |office| {
            office.wire.phone(desk).registered_as() == [account.clone()]
        });
    }

    /// The administrator ends a login with a click.
    pub fn administrator_logs_out(&mut self, desk: &str) -> bool {
        let id = self.device(desk).id;
        let ended = self
            .wire
            .with_box(|office, now| office.does(now, |one, now| one.log_out(id, LogoutReason::Page, now)));
        self.moment();
        ended
    }

    /// The administrator logs somebody in with a click, or a program does.
    pub fn administrator_logs_in(&mut self, who: &str, desk: &str, method: LoginMethod) {
        let (id, who) = (self.device(desk).id, extension(who));
        let granted = self
            .wire
            .with_box(|office, now| office.does(now, |one, now| one.log_in(&who, id, method, now).is_ok()));
        assert!(granted, "{who} at {desk}");
        self.waits(10);
    }

    /// The administrator opens what wrong PINs have closed.
    pub fn administrator_opens(&mut self, locked: Locked) -> bool {
        let open = |one: &mut Exchange, now| one.open_to_logins(locked, now);
        let opened = self.wire.with_box(|office, now| office.does(now, open));
        self.moment();
        opened
    }

    // What there is to see

    /// Forgets the ladder so far.
    pub fn looks_away(&mut self) {
        self.wire.take_ladder();
    }

    /// The number of who is logged in at a desk.
    pub fn user_at(&self, desk: &str) -> Option<String> {
        self.device(desk).login.map(|login| login.extension.to_string())
    }

    /// What the page shows of a phone.
    pub fn device(&self, name: &str) -> DeviceView {
        let mac = self.desk(name).mac.clone();
        self.devices()
            .into_iter()
            .find(|device| device.mac.is_some_and(|one| one.to_string() == mac) || device.title == name)
            .unwrap_or_else(|| panic!("the box knows no {name}"))
    }

    /// Who is logged in where: number and desk, in the order of the logins.
    pub fn the_logins(&self) -> Vec<(String, String)> {
        let logins = self.wire.the_box().exchange().logins();
        logins.into_iter().map(|login| (login.extension.to_string(), self.name_of(login.device))).collect()
    }

    /// What the journal tells of logins: one line an entry, oldest first.
    pub fn journal(&self) -> Vec<String> {
        let line = |entry: &AuditEntry| match &entry.what {
            AuditFact::LoggedIn { extension, title, method, .. } => {
                Some(format!("{extension} in at {title}: {method:?}"))
            }
            AuditFact::LoggedOut { extension, title, reason, .. } => {
                Some(format!("{extension} out of {title}: {reason:?}"))
            }
            AuditFact::LoginRefused { extension, title, refusal, .. } => {
                let extension = extension.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
                Some(format!("{extension} refused at {title}: {refusal:?}"))
            }
            AuditFact::LoginsClosed { locked } => Some(format!("{locked} closed")),
            AuditFact::LoginsOpened { locked } => Some(format!("{locked} opened")),
            AuditFact::MoreRefused { .. } | AuditFact::MoreChanged { .. } => None,
            AuditFact::Tenant { .. } | AuditFact::Extension { .. } | AuditFact::Device { .. } => None,
        };
        self.wire.the_box().disc.journal().iter().filter_map(line).collect()
    }

    /// What wrong PINs have closed, as the page shows it.
    pub fn lockouts(&self) -> Vec<LockoutView> {
        let the_box = self.wire.the_box();
        the_box.exchange().status(the_box.now(self.wire.now())).lockouts
    }

    pub fn devices(&self) -> Vec<DeviceView> {
        let the_box = self.wire.the_box();
        the_box.exchange().devices(the_box.now(self.wire.now()))
    }

    /// The page's device of that id, by the story's name.
    pub fn name_of(&self, id: DeviceId) -> String {
        let Some(device) = self.devices().into_iter().find(|device| device.id == id) else {
            return id.to_string();
        };
        let mac = device.mac.map(|mac| mac.to_string());
        let found =
            self.desks.iter().find(|desk| Some(&desk.mac) == mac.as_ref() || desk.name == device.title);
        found.map_or_else(|| id.to_string(), |desk| desk.name.clone())
    }

    /// The prompts a phone has heard in its newest call.
    pub fn heard(&self, who: &str) -> Vec<Prompt> {
        self.wire.phone(&self.phone_of(who)).heard_prompts()
    }

    /// The number and name a phone shows of who calls.
    pub fn rings(&self, who: &str) -> Option<(String, String)> {
        self.wire.phone(&self.phone_of(who)).is_ringing()
    }

    pub fn ending(&self, who: &str) -> Option<Ending> {
        self.wire.phone(&self.phone_of(who)).ending()
    }

    /// The phones that ring now.
    pub fn ringing(&self) -> Vec<String> {
        self.wire
            .phones()
            .filter(|(_, phone)| phone.is_ringing().is_some())
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    pub fn events(&self) -> &[Event] {
        self.wire.the_box().events()
    }

    pub fn idle_account(&self, desk: &str) -> String {
        format!("hotdesk-{}", self.desk(desk).mac.replace(':', ""))
    }

    // Time

    /// Long enough for a message to arrive and be answered, in fair weather.
    pub fn moment(&mut self) {
        self.wire.runs(Duration::from_millis(100));
    }

    pub fn waits(&mut self, seconds: u64) {
        self.wire.runs(Duration::from_secs(seconds));
    }

    pub fn waits_millis(&mut self, millis: u64) {
        self.wire.runs(Duration::from_millis(millis));
    }

    /// Waits for what must happen.
    pub fn waits_until(&mut self, what: &str, so: impl Fn(&Office) -> bool) {
        let end = self.wire.now() + PATIENCE;
        while !so(self) {
            assert!(self.wire.now() < end, "waited in vain until {what}\n{}", self.state());
            self.waits_millis(20);
        }
    }

    /// What phones complain of and may not.
    pub fn complaints(&self) -> Vec<String> {
        let is_grave = |complaint: &&String| !self.forgiven.iter().any(|one| complaint.contains(one));
        let of = |(name, phone): (&str, &SimPhone)| -> Vec<String> {
            phone.complaints().iter().filter(is_grave).map(|what| format!("{name}: {what}")).collect()
        };
        self.wire.phones().flat_map(of).collect()
    }

    /// In this story phones may complain of this.
    pub fn forgives(&mut self, complaint: &'static str) {
        self.forgiven.push(complaint);
    }

    /// Everything, for whoever must find out why.
    pub fn state(&mut self) -> String {
        let mut text = String::from("the ladder's end:\n");
        let ladder = self.wire.take_ladder();
        text.push_str(&crate::ladders::drawn(&ladder[ladder.len().saturating_sub(60)..]));
        for (name, phone) in self.wire.phones() {
            let _ = writeln!(
                text,
                "\n{name}: shows {:?}, registered as {:?}, call {:?}, heard {:?}, complains {:?}",
                phone.screen(),
                phone.registered_as(),
                phone.call_state(),
                phone.heard_prompts(),
                phone.complaints()
            );
        }
        let journal = self.journal();
        for line in &journal[journal.len().saturating_sub(JOURNAL_SHOWN)..] {
            let _ = writeln!(text, "journal: {line}");
        }
        for binding in self.wire.the_box().disc.snapshot().bindings {
            let _ = writeln!(text, "on disc: {} {} {}", binding.device, binding.contact, binding.call_id);
        }
        for device in self.devices() {
            let _ = writeln!(
                text,
                "{} {}: login {:?}, stage {:?}, reachable {}",
                device.id,
                device.title,
                device.login.map(|login| login.extension.to_string()),
                device.stage,
                device.reachable
            );
        }
        text
    }

    /// The phone somebody uses: the one of this name, else the person's own, else where she is logged in.
    fn phone_of(&self, who: &str) -> String {
        if self.wire.phones().any(|(name, _)| name == who) {
            return who.to_owned();
        }
        let own = self.desks.iter().find(|desk| desk.owner.as_deref() == Some(who));
        let at = || self.desks.iter().find(|desk| self.user_at(&desk.name) == Some(number(who)));
        own.or_else(at).unwrap_or_else(|| panic!("{who} is at no phone")).name.clone()
    }

    pub fn desk(&self, name: &str) -> &Desk {
        self.desks.iter().find(|desk| desk.name == name).unwrap_or_else(|| panic!("there is no {name}"))
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let complaints = self.complaints();
        if !complaints.is_empty() {
            let ladder = self.wire.take_ladder();
            let end = &ladder[ladder.len().saturating_sub(LADDER_SHOWN)..];
            panic!("complaints:\n{}\nthe ladder's end:\n{}", complaints.join("\n"), end.join("\n"));
        }
        for (name, phone) in self.wire.phones() {
            assert_eq!(phone.reboots(), 0, "{name} has restarted (B3)");
        }
    }
}

/// How much of the journal is shown where a story fails.
const JOURNAL_SHOWN: usize = 12;

/// How much of what was said is shown where a story ends with complaints.
const LADDER_SHOWN: usize = 100;

/// The extension of a person; anything else is dialled as it is.
pub fn number(whom: &str) -> String {
    PEOPLE.iter().find(|(name, ..)| *name == whom).map_or(whom, |(_, number, ..)| number).to_owned()
}

pub fn extension(whom: &str) -> ExtensionNumber {
    number(whom).parse().expect("people have numbers")
}

pub fn pin(who: &str) -> &'static str {
    PEOPLE.iter().find(|(name, ..)| *name == who).and_then(|(.., pin)| *pin).expect("somebody with a PIN")
}

fn desk(place: usize, text: &str) -> Option<Desk> {
    let (text, kind) = text.split_once(':').map_or((text, ""), |(text, kind)| (text, kind));
    let (owner, name) =
        text.split_once('@').map_or((None, text), |(owner, name)| (Some(owner.to_owned()), name));
    if PEOPLE.iter().any(|(person, ..)| *person == name) {
        return None;
    }
    let kind = match kind {
        "yealink" => Kind::T46U,
        "small-yealink" => Kind::T31P,
        "snom" => Kind::D785,
        "small-snom" => Kind::D120,
        "by-hand" => Kind::ByHand,
        _ => [Kind::T46U, Kind::D785, Kind::T31P, Kind::D120][place % 4],
    };
    let block = if matches!(kind, Kind::D785 | Kind::D120) { "00:04:13" } else { "80:5e:c0" };
    let last = u8::try_from(place + 1).expect("an office of less than 255 phones");
    Some(Desk {
        name: name.to_owned(),
        owner,
        kind,
        mac: format!("{block}:00:00:{last:02x}"),
        address: IpAddr::from([10, 0, 0, 9 + last]),
    })
}

fn account_by_hand(desk: &Desk) -> Account {
    Account {
        number: 1,
        label: desk.name.clone(),
        display_name: desk.name.clone(),
        user: desk.name.clone(),
        auth_name: desk.name.clone(),
        password: "a long one".to_owned(),
        domain: "office.perch.local".to_owned(),
        proxy: (ADDRESS.to_string(), SIP_PORT),
        register_every: 500,
        tcp: false,
    }
}
