//! The face of the box: one lamp, one button, one small screen.
//!
//! A pure machine: [`PanelEvent`]s go in, [`PanelAction`]s come out, `now` is an argument. Of all that is the case it
//! shows what matters most ([`sign::Sign`]); the button acts when it is let go, and only as the screen or lamp has
//! announced. On a machine without the parts the picture is drawn into the status page.
//!
//! Not here: which pin is which (`board`), opening the pins (`hw`), doing what the button asks (`control`).

pub mod button;
pub mod driver;
pub mod framebuffer;
pub mod lamp;
pub mod screen;
pub mod settings;
pub mod sign;
mod words;

use std::net::SocketAddr;
use std::time::Instant;

use crate::model::{DeviceView, Secret, StatusView};

use button::{Press, Window};
use framebuffer::Framebuffer;
use lamp::Light;
use screen::{Countdown, Screen};
use settings::PanelSettings;
use sign::{Absence, Calls, Departure, Facts, Phase, Sign};

/// What the panel knows, shows and waits for.
#[derive(Debug)]
pub struct Panel {
    settings: PanelSettings,
    facts: Facts,
    press: Press,
    /// What lamp and screen say that letting the button go does; nothing else is done.
    announced: Option<Window>,
    sign: Sign,
    /// When the sign was first shown; its rhythm begins there.
    sign_since: Instant,
    light: Light,
    picture: Framebuffer,
    pending: Pending,
}

/// What the panel is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PanelEvent {
    /// Where pages are served, or that there is no network.
    Network(Option<SocketAddr>),
    /// The box waits to be set up and this is its one-time code, which the screen shows.
    SetUpWaits(Secret),
    /// The owner has set the box up.
    SetUpDone,
    /// The state of the box; the first one ends the start.
    Status(Box<StatusView>),
    /// The devices, for those that lag behind or are away.
    Devices(Vec<DeviceView>),
    /// The button went down.
    ButtonPressed,
    /// The button was let go.
    ButtonReleased,
    /// A reboot or an erasure that the button asked for cannot be.
    Stays,
}

/// What the panel wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PanelAction {
    /// Set the lamp.
    Shine(Light),
    /// Show this picture.
    Draw(Box<Framebuffer>),
    /// Start the box anew.
    Reboot,
    /// Erase everything but the program, then start anew.
    EraseAll,
}

/// Actions not yet taken; a newer light or picture replaces the one that waits.
#[derive(Debug, Default)]
struct Pending {
    order: Option<PanelAction>,
    light: Option<Light>,
    picture: Option<Box<Framebuffer>>,
}

impl Panel {
    /// The panel of a box that is starting.
    pub fn new(settings: PanelSettings, now: Instant) -> Panel {
        let mut panel = Panel {
            settings,
            facts: Facts::default(),
            press: Press::Up,
            announced: None,
            sign: Sign::Starting,
            sign_since: now,
            light: Light::Dark,
            picture: Framebuffer::default(),
            pending: Pending::default(),
        };
        panel.show(now);
        panel
    }

    /// Takes what has happened.
    pub fn handle_event(&mut self, event: PanelEvent, now: Instant) {
        match event {
            PanelEvent::Network(address) => self.facts.address = address,
            PanelEvent::SetUpWaits(code) => self.facts.phase = Phase::SetUp(code),
            PanelEvent::SetUpDone => self.facts.phase = Phase::Serving,
            PanelEvent::Status(status) => self.take_status(*status),
            PanelEvent::Devices(devices) => self.take_devices(&devices),
            PanelEvent::ButtonPressed => {
                if self.press == Press::Up {
                    self.press = Press::Held { since: now };
                }
            }
            PanelEvent::ButtonReleased => self.release(),
            PanelEvent::Stays => self.facts.departure = Departure::None,
        }
        self.show(now);
    }

    /// Moves the lamp and the countdown on.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.show(now);
    }

    /// When to call [`Panel::handle_timeout`] next, and for what.
    pub fn poll_timeout(&self, now: Instant) -> Option<(Instant, &'static str)> {
        let rhythm = self.sign.rhythm(self.settings.lamp);
        let (_, blink) = rhythm.at(now.saturating_duration_since(self.sign_since));
        let blink = blink.map(|wait| (now + wait, "the lamp changes"));
        let count = self.press.next_second(now).map(|at| (at, "the countdown goes on"));
        blink.into_iter().chain(count).min()
    }

    /// The next thing to do; drain it after every call that takes `&mut self`.
    pub fn poll_action(&mut self) -> Option<PanelAction> {
        let pending = &mut self.pending;
        pending
            .order
            .take()
            .or_else(|| pending.light.take().map(PanelAction::Shine))
            .or_else(|| pending.picture.take().map(PanelAction::Draw))
    }

    /// What the screen shows. It may hold the set-up code: for the administrator's eyes.
    pub fn picture(&self) -> &Framebuffer {
        &self.picture
    }

    /// What the lamp shows.
    pub fn light(&self) -> Light {
        self.light
    }

    fn take_status(&mut self, status: StatusView) {
        let emergency = status.emergencies.iter().find(|notice| {
            let is_up = |call: &crate::model::CallView| call.id == notice.call;
            status.calls.iter().any(is_up)
        });
        self.facts.emergency = emergency.map(|notice| notice.number.clone());
        let up = status.calls.iter().filter(|call| call.answered).count();
        self.facts.calls = Calls { up, ringing: status.calls.len() - up };
        self.facts.phones = status.reachable;
        self.facts.has_way_out = status.emergency_ready;
        self.facts.fault = status.store_trouble;
        self.facts.language = status.settings.language;
        self.facts.office = status.settings.name;
        if self.facts.phase == Phase::Starting {
            self.facts.phase = Phase::Serving;
        }
    }

    fn take_devices(&mut self, devices: &[DeviceView]) {
        let accepted = || devices.iter().filter(|device| !device.admission.is_waiting());
        self.facts.late = Absence::of(accepted().filter(|device| device.late));
        let is_unsaved = |device: &&DeviceView| device.login.as_ref().is_some_and(|login| !login.saved);
        self.facts.unsaved = Absence::of(accepted().filter(is_unsaved));
        self.facts.away = Absence::of(accepted().filter(|device| !device.reachable));
    }

    fn release(&mut self) {
        self.press = Press::Up;
        match self.announced.take() {
            Some(Window::Reboot) => {
                self.facts.departure = Departure::Rebooting;
                self.pending.order = Some(PanelAction::Reboot);
            }
            Some(Window::Erase) => {
                self.facts.departure = Departure::Erasing;
                self.pending.order = Some(PanelAction::EraseAll);
            }
            Some(Window::Short | Window::Caution | Window::Cancelled) | None => {}
        }
    }

    /// What letting the button go would do now, if anything: not while a life may hang on the box.
    fn offer(&self, now: Instant) -> Option<Window> {
        let is_free = self.facts.emergency.is_none() && self.facts.departure == Departure::None;
        self.press.window(now).filter(|&window| is_free && self.settings.button.announces(window))
    }

    /// Brings lamp and screen to what is the case now.
    fn show(&mut self, now: Instant) {
        self.announced = self.offer(now);
        let sign = self.facts.sign(self.announced);
        if sign != self.sign {
            self.sign = sign;
            self.sign_since = now;
        }

        let (light, _) = sign.rhythm(self.settings.lamp).at(now.saturating_duration_since(self.sign_since));
        if light != self.light {
            self.light = light;
            self.pending.light = Some(light);
        }
        let countdown = self.announced.zip(self.press.seconds_left(now));
        let countdown =
            countdown.map(|(window, seconds)| Countdown { window, seconds, button: self.settings.button });
        let picture = Screen::of(sign, &self.facts, countdown).draw();
        if picture != self.picture {
            self.pending.picture = Some(Box::new(picture.clone()));
            self.picture = picture;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        CallId, CallView, DeviceId, EmergencyFate, EmergencyNotice, EmergencyRoute, ExtensionNumber,
        OfficeSettings, Party,
    };
    use settings::{ButtonUse, LampKind};
    use std::time::Duration;

    /// A panel with a clock turned by hand.
    struct Desk {
        panel: Panel,
        now: Instant,
        orders: Vec<PanelAction>,
    }

    impl Desk {
        fn with(button: ButtonUse) -> Desk {
            let now = Instant::now();
            let settings = PanelSettings { lamp: LampKind::FullColour, button };
            let mut desk = Desk { panel: Panel::new(settings, now), now, orders: Vec::new() };
            desk.drain();
            desk
        }

        /// A box that serves and is fine.
        fn serving(button: ButtonUse) -> Desk {
            let mut desk = Desk::with(button);
            desk.told(PanelEvent::Network(Some(SocketAddr::from(([192, 168, 1, 50], 8080)))));
            desk.told(status(&[], None));
            desk
        }

        fn told(&mut self, event: PanelEvent) {
            self.panel.handle_event(event, self.now);
            self.drain();
        }

        /// Lets time go by, stopping wherever the panel asks to be called.
        fn waits(&mut self, milliseconds: u64) {
            let end = self.now + Duration::from_millis(milliseconds);
            while let Some((at, _)) = self.panel.poll_timeout(self.now).filter(|&(at, _)| at <= end) {
                assert!(at > self.now, "the panel would be called without end");
                self.now = at;
                self.panel.handle_timeout(at);
                self.drain();
            }
            self.now = end;
        }

        fn holds(&mut self, milliseconds: u64) {
            self.told(PanelEvent::ButtonPressed);
            self.waits(milliseconds);
            self.told(PanelEvent::ButtonReleased);
        }

        fn drain(&mut self) {
            while let Some(action) = self.panel.poll_action() {
                match action {
                    PanelAction::Shine(light) => assert_eq!(light, self.panel.light()),
                    PanelAction::Draw(picture) => assert_eq!(*picture, *self.panel.picture()),
                    PanelAction::Reboot | PanelAction::EraseAll => self.orders.push(action),
                }
            }
        }
    }

    fn call(id: u64, answered: bool) -> CallView {
        let caller = Party { extension: None, name: String::new(), device: None };
        CallView { id: CallId(id), caller, dialled: "100".to_owned(), started: None, answered }
    }

    fn status(calls: &[CallView], emergency: Option<u64>) -> PanelEvent {
        let notice = |id| EmergencyNotice {
            call: CallId(id),
            at: None,
            device: DeviceId(1),
            extension: None::<ExtensionNumber>,
            number: "112".to_owned(),
            outcome: EmergencyRoute::Trunk,
            fate: EmergencyFate::UnderWay,
        };
        PanelEvent::Status(Box::new(StatusView {
            settings: OfficeSettings { name: "Rossi & Figli".to_owned(), ..OfficeSettings::default() },
            reachable: (2, 2),
            calls: calls.to_vec(),
            emergencies: emergency.map(notice).into_iter().collect(),
            emergency_ready: true,
            store_trouble: None,
            lockouts: Vec::new(),
            findings: Vec::new(),
        }))
    }

    #[test]
    fn the_box_starts_waits_for_its_owner_and_serves() {
        let mut desk = Desk::with(ButtonUse::default());
        assert_eq!(desk.panel.light(), Light::White);
        desk.waits(500);
        assert_eq!(desk.panel.light(), Light::Dark);
        desk.told(PanelEvent::Network(Some(SocketAddr::from(([192, 168, 1, 50], 8080)))));
        desk.told(PanelEvent::SetUpWaits(Secret::new("K7QF-2M9X")));
        desk.told(status(&[], None));
        assert_eq!(desk.panel.light(), Light::Blue);
        desk.told(PanelEvent::SetUpDone);
        assert_eq!(desk.panel.light(), Light::Green);
        assert_eq!(desk.panel.poll_timeout(desk.now), None, "a steady lamp wakes nobody");
        desk.told(PanelEvent::Network(None));
        assert_eq!(desk.panel.light(), Light::Amber);
    }

    #[test]
    fn calls_make_the_lamp_blink() {
        let mut desk = Desk::serving(ButtonUse::default());
        desk.told(status(&[call(1, false)], None));
        desk.waits(200);
        assert_eq!(desk.panel.light(), Light::Dark);
        desk.told(status(&[call(1, true)], None));
        desk.waits(899);
        assert_eq!(desk.panel.light(), Light::Green);
        desk.waits(1);
        assert_eq!(desk.panel.light(), Light::Dark);
    }

    #[test]
    fn the_button_acts_when_it_is_let_go_and_only_in_its_windows() {
        let cases = [
            (500, None),
            (999, None),
            (1_500, Some(PanelAction::Reboot)),
            (4_900, Some(PanelAction::Reboot)),
            (7_000, None),
            (10_500, Some(PanelAction::EraseAll)),
            (19_900, Some(PanelAction::EraseAll)),
            (20_500, None),
            (60_000, None),
        ];
        for (held, order) in cases {
            let mut desk = Desk::serving(ButtonUse::RestartAndErase);
            desk.holds(held);
            assert_eq!(desk.orders, order.into_iter().collect::<Vec<_>>(), "held {held} ms");
        }
    }

    #[test]
    fn the_lamp_tells_what_letting_go_would_do() {
        let mut desk = Desk::serving(ButtonUse::RestartAndErase);
        desk.told(PanelEvent::ButtonPressed);
        let mut seen = Vec::new();
        for _ in 0..5 {
            desk.waits(1);
            seen.push(desk.panel.light());
            desk.waits([999, 4_000, 5_000, 10_000, 0][seen.len() - 1]);
        }
        assert_eq!(seen, [Light::Green, Light::White, Light::Amber, Light::Red, Light::Green]);
        assert_eq!(desk.orders, []);
    }

    #[test]
    fn a_button_that_may_not_erase_does_not() {
        let mut desk = Desk::serving(ButtonUse::RestartOnly);
        desk.holds(12_000);
        assert_eq!(desk.orders, []);
        desk.holds(2_000);
        assert_eq!(desk.orders, [PanelAction::Reboot]);
        let mut desk = Desk::serving(ButtonUse::Nothing);
        desk.holds(2_000);
        desk.holds(12_000);
        assert_eq!(desk.orders, []);
    }

    #[test]
    fn the_button_rests_while_an_emergency_call_is_up() {
        let mut desk = Desk::serving(ButtonUse::RestartAndErase);
        desk.told(PanelEvent::ButtonPressed);
        desk.waits(12_000);
        desk.told(status(&[call(7, true)], Some(7)));
        assert_eq!(desk.panel.light(), Light::Red);
        desk.told(PanelEvent::ButtonReleased);
        desk.holds(2_000);
        assert_eq!(desk.orders, []);
        desk.told(status(&[], Some(7)));
        assert_eq!(desk.panel.light(), Light::Green, "the call is over, the notice stays in the list");
    }

    #[test]
    fn nothing_is_done_that_was_not_shown() {
        let mut desk = Desk::serving(ButtonUse::RestartAndErase);
        desk.told(PanelEvent::ButtonPressed);
        // Nobody called the panel in all this time.
        desk.now += Duration::from_secs(12);
        desk.told(PanelEvent::ButtonReleased);
        assert_eq!(desk.orders, []);
    }

    #[test]
    fn an_order_that_cannot_be_obeyed_is_taken_back() {
        let mut desk = Desk::serving(ButtonUse::RestartAndErase);
        desk.holds(2_000);
        assert_eq!(desk.panel.light(), Light::White);
        desk.holds(2_000);
        assert_eq!(desk.orders, [PanelAction::Reboot], "it is on its way down already");
        desk.told(PanelEvent::Stays);
        assert_eq!(desk.panel.light(), Light::Green);
    }

    #[test]
    fn actions_that_nobody_takes_do_not_pile_up() {
        let mut desk = Desk::serving(ButtonUse::default());
        for n in 0..100 {
            desk.panel.handle_event(status(&[call(n, n % 2 == 0)], None), desk.now);
        }
        let waiting = std::iter::from_fn(|| desk.panel.poll_action()).count();
        assert!(waiting <= 2, "{waiting} wait");
    }
}
