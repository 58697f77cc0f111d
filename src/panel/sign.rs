//! What the panel shows of all that is the case: the most important thing, one at a time.
//!
//! The order of [`Sign`] is the order of importance. Each sign has a rhythm of its own, so that nobody needs to see
//! colours; red only when a person must do something.

use std::net::SocketAddr;

use crate::model::{DeviceView, Language, Secret, StoreTrouble};

use super::button::Window;
use super::lamp::{Light, Rhythm};
use super::settings::LampKind;

/// What is shown; the first that holds wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// The store or the hardware is at fault.
    Fault,
    /// Everything is being erased.
    Erasing,
    /// Somebody is on an emergency call.
    Emergency,
    /// The button is held.
    Held(Window),
    /// The box is going down to start anew.
    Rebooting,
    /// The box is starting.
    Starting,
    /// Nobody has set the box up yet.
    SetUp,
    /// There is no network.
    NoNetwork,
    /// Somebody should look, today.
    Attention,
    /// A phone rings.
    Ringing,
    /// A call is up.
    CallUp,
    /// All is well.
    AllWell,
}

/// What is the case.
#[derive(Debug, Default)]
pub struct Facts {
    /// The language of the screen.
    pub language: Language,
    /// The office's name.
    pub office: String,
    /// Where the box is on its way.
    pub phase: Phase,
    /// Whether the box is about to go down.
    pub departure: Departure,
    /// Where pages are served; `None` without a network.
    pub address: Option<SocketAddr>,
    /// What is wrong with the store.
    pub fault: Option<StoreTrouble>,
    /// The number of an emergency call that is up.
    pub emergency: Option<String>,
    /// Whether emergency calls can reach anybody.
    pub has_way_out: bool,
    /// Phones that can be reached, and all accepted phones.
    pub phones: (usize, usize),
    /// Phones that have not followed their last change.
    pub late: Absence,
    /// Phones whose login the disc has not taken (HOTDESK B1).
    pub unsaved: Absence,
    /// Phones that should be there and are not.
    pub away: Absence,
    /// The calls under way.
    pub calls: Calls,
}

/// Where the box is on its way.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It is starting.
    #[default]
    Starting,
    /// It waits for its owner, who needs this code.
    SetUp(Secret),
    /// It serves.
    Serving,
}

/// Whether the box is about to go down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Departure {
    /// It is not.
    #[default]
    None,
    /// To start anew.
    Rebooting,
    /// To start as from the factory.
    Erasing,
}

/// Phones that are missed: how many, and one of them by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Absence {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub first: String,
}

impl Absence {
    /// Counts devices.
    pub fn of<'a>(mut devices: impl Iterator<Item = &'a DeviceView>) -> Absence {
        match devices.next() {
            Some(first) => Absence { count: 1 + devices.count(), first: first.title.clone() },
            None => Absence::default(),
        }
    }
}

/// The calls under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Answered ones.
    pub up: usize,
    /// Those that ring.
    pub ringing: usize,
}

impl Facts {
    /// The most important of the facts; `window` while the button is held and its window is announced.
    pub fn sign(&self, window: Option<Window>) -> Sign {
        let missed = [&self.unsaved, &self.late, &self.away];
        let needs_attention = !self.has_way_out || missed.iter().any(|one| one.count > 0);
        let holds = [
            (self.fault.is_some(), Sign::Fault),
            (self.departure == Departure::Erasing, Sign::Erasing),
            (self.emergency.is_some(), Sign::Emergency),
            (window.is_some(), Sign::Held(window.unwrap_or(Window::Short))),
            (self.departure == Departure::Rebooting, Sign::Rebooting),
            (self.phase == Phase::Starting, Sign::Starting),
            // The address is half of what set-up needs to be shown.
            (matches!(self.phase, Phase::SetUp(_)) && self.address.is_some(), Sign::SetUp),
            (self.address.is_none(), Sign::NoNetwork),
            (needs_attention, Sign::Attention),
            (self.calls.ringing > 0, Sign::Ringing),
            (self.calls.up > 0, Sign::CallUp),
        ];
        let first = holds.into_iter().find(|(holds, _)| *holds);
        first.map_or(Sign::AllWell, |(_, sign)| sign)
    }
}

impl Sign {
    /// How the lamp says it.
    pub fn rhythm(self, lamp: LampKind) -> Rhythm {
        match lamp {
            LampKind::FullColour => self.colour_rhythm(),
            // Without blue, being ready for set-up needs a rhythm.
            LampKind::RedGreen if self == Sign::SetUp => Rhythm::Blink(Light::Green, 1_900, 100),
            LampKind::RedGreen => self.colour_rhythm(),
            LampKind::OneColour => self.plain_rhythm(),
        }
    }

    fn colour_rhythm(self) -> Rhythm {
        match self {
            Sign::Fault => Rhythm::Blink(Light::Red, 100, 100),
            Sign::Erasing => Rhythm::Alternate(Light::Red, Light::White, 250),
            Sign::Emergency => Rhythm::Steady(Light::Red),
            Sign::Held(Window::Reboot) => Rhythm::Blink(Light::White, 500, 500),
            Sign::Held(Window::Caution) => Rhythm::Blink(Light::Amber, 250, 250),
            Sign::Held(Window::Erase) => Rhythm::Blink(Light::Red, 100, 100),
            Sign::Rebooting | Sign::Starting => Rhythm::Blink(Light::White, 500, 500),
            Sign::SetUp => Rhythm::Steady(Light::Blue),
            Sign::NoNetwork => Rhythm::Blink(Light::Amber, 1_000, 1_000),
            Sign::Attention => Rhythm::Steady(Light::Amber),
            Sign::Ringing => Rhythm::Blink(Light::Green, 200, 200),
            Sign::CallUp => Rhythm::Blink(Light::Green, 900, 100),
            Sign::AllWell | Sign::Held(Window::Short | Window::Cancelled) => Rhythm::Steady(Light::Green),
        }
    }

    /// The rhythm of a lamp of one colour, where white stands for lit.
    fn plain_rhythm(self) -> Rhythm {
        match self {
            Sign::Fault => Rhythm::Flashes(3),
            Sign::Erasing | Sign::Held(Window::Erase) => Rhythm::Blink(Light::White, 100, 100),
            Sign::Emergency => Rhythm::Flashes(5),
            Sign::Held(Window::Reboot) | Sign::Rebooting | Sign::Starting => {
                Rhythm::Blink(Light::White, 500, 500)
            }
            Sign::Held(Window::Caution) => Rhythm::Blink(Light::White, 250, 250),
            Sign::SetUp => Rhythm::Blink(Light::White, 1_900, 100),
            Sign::NoNetwork => Rhythm::Blink(Light::White, 1_000, 1_000),
            Sign::Attention => Rhythm::Flashes(2),
            Sign::Ringing => Rhythm::Blink(Light::White, 200, 200),
            Sign::CallUp => Rhythm::Blink(Light::White, 900, 100),
            Sign::AllWell | Sign::Held(Window::Short | Window::Cancelled) => Rhythm::Steady(Light::White),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything at once.
    fn worst() -> Facts {
        Facts {
            phase: Phase::Serving,
            departure: Departure::Erasing,
            address: None,
            fault: Some(StoreTrouble::Full),
            emergency: Some("112".to_owned()),
            has_way_out: false,
            calls: Calls { up: 1, ringing: 1 },
            ..Facts::default()
        }
    }

    #[test]
    fn the_most_important_thing_is_shown_and_then_the_next() {
        let address = Some(SocketAddr::from(([192, 168, 1, 50], 8080)));
        let mut facts = worst();
        let mut window = Some(Window::Erase);
        assert_eq!(facts.sign(window), Sign::Fault);
        facts.fault = None;
        assert_eq!(facts.sign(window), Sign::Erasing);
        facts.departure = Departure::Rebooting;
        assert_eq!(facts.sign(window), Sign::Emergency);
        facts.emergency = None;
        assert_eq!(facts.sign(window), Sign::Held(Window::Erase));
        window = None;
        assert_eq!(facts.sign(window), Sign::Rebooting);
        (facts.departure, facts.phase) = (Departure::None, Phase::Starting);
        assert_eq!(facts.sign(window), Sign::Starting);
        (facts.phase, facts.address) = (Phase::SetUp(Secret::new("K7QF-2M9X")), address);
        assert_eq!(facts.sign(window), Sign::SetUp);
        facts.address = None;
        assert_eq!(facts.sign(window), Sign::NoNetwork, "without an address nobody can set it up");
        (facts.phase, facts.address) = (Phase::Serving, address);
        assert_eq!(facts.sign(window), Sign::Attention);
        facts.has_way_out = true;
        assert_eq!(facts.sign(window), Sign::Ringing);
        facts.calls.ringing = 0;
        assert_eq!(facts.sign(window), Sign::CallUp);
        facts.calls.up = 0;
        assert_eq!(facts.sign(window), Sign::AllWell);
        facts.late = Absence { count: 1, first: "HD0002".to_owned() };
        assert_eq!(facts.sign(window), Sign::Attention);
        facts.late = Absence::default();
        facts.away = Absence { count: 1, first: "Lobby".to_owned() };
        assert_eq!(facts.sign(window), Sign::Attention);
    }

    #[test]
    fn the_rhythms_are_those_of_the_manual() {
        let cases = [
            (Sign::Fault, "red 100/100", "3 flashes"),
            (Sign::Erasing, "red+white 250", "white 100/100"),
            (Sign::Emergency, "red", "5 flashes"),
            (Sign::Held(Window::Reboot), "white 500/500", "white 500/500"),
            (Sign::Held(Window::Caution), "amber 250/250", "white 250/250"),
            (Sign::Held(Window::Erase), "red 100/100", "white 100/100"),
            (Sign::Starting, "white 500/500", "white 500/500"),
            (Sign::SetUp, "blue", "white 1900/100"),
            (Sign::NoNetwork, "amber 1000/1000", "white 1000/1000"),
            (Sign::Attention, "amber", "2 flashes"),
            (Sign::Ringing, "green 200/200", "white 200/200"),
            (Sign::CallUp, "green 900/100", "white 900/100"),
            (Sign::AllWell, "green", "white"),
        ];
        for (sign, colours, plain) in cases {
            assert_eq!(written(sign.rhythm(LampKind::FullColour)), colours, "{sign:?}");
            assert_eq!(written(sign.rhythm(LampKind::OneColour)), plain, "{sign:?}");
        }
        assert_eq!(written(Sign::SetUp.rhythm(LampKind::RedGreen)), "green 1900/100");
    }

    fn written(rhythm: Rhythm) -> String {
        let colour = |light: Light| format!("{light:?}").to_lowercase();
        match rhythm {
            Rhythm::Steady(light) => colour(light),
            Rhythm::Blink(light, lit, dark) => format!("{} {lit}/{dark}", colour(light)),
            Rhythm::Alternate(first, second, each) => format!("{}+{} {each}", colour(first), colour(second)),
            Rhythm::Flashes(count) => format!("{count} flashes"),
        }
    }
}
