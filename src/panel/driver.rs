//! Lamps and buttons on the pins of any board, through the traits of embedded-hal.
//!
//! Not here: where the pins come from (`hw`).

use std::time::{Duration, Instant};

use embedded_hal::digital::{Error, ErrorKind, InputPin, OutputPin};

use super::PanelEvent;
use super::lamp::Light;

/// A pin that did not do what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pin of the panel does not answer ({0:?})")]
pub struct PinFault(ErrorKind);

impl PinFault {
    fn of(error: impl Error) -> PinFault {
        PinFault(error.kind())
    }
}

/// Which level of a pin means lit, or pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Active {
    /// The high one.
    High,
    /// The low one: the usual for a button against ground.
    Low,
}

/// A lamp of any kind.
pub trait Lamp {
    /// Shows a light, as nearly as the lamp can.
    fn shine(&mut self, light: Light) -> Result<(), PinFault>;
}

/// A lamp of red, green and blue.
#[derive(Debug)]
pub struct FullColourLamp<R, G, B> {
    /// The pin of the red part.
    pub red: R,
    /// The pin of the green part.
    pub green: G,
    /// The pin of the blue part.
    pub blue: B,
    /// The level that lights a part.
    pub active: Active,
}

impl<R: OutputPin, G: OutputPin, B: OutputPin> Lamp for FullColourLamp<R, G, B> {
    fn shine(&mut self, light: Light) -> Result<(), PinFault> {
        let (red, green, blue) = match light {
            Light::Dark => (Part::Dark, Part::Dark, Part::Dark),
            Light::Red => (Part::Lit, Part::Dark, Part::Dark),
            Light::Amber => (Part::Lit, Part::Lit, Part::Dark),
            Light::Green => (Part::Dark, Part::Lit, Part::Dark),
            Light::Blue => (Part::Dark, Part::Dark, Part::Lit),
            Light::White => (Part::Lit, Part::Lit, Part::Lit),
        };
        red.set(&mut self.red, self.active)?;
        green.set(&mut self.green, self.active)?;
        blue.set(&mut self.blue, self.active)
    }
}

/// A lamp of red and green.
#[derive(Debug)]
pub struct RedGreenLamp<R, G> {
    /// The pin of the red part.
    pub red: R,
    /// The pin of the green part.
    pub green: G,
    /// The level that lights a part.
    pub active: Active,
}

impl<R: OutputPin, G: OutputPin> Lamp for RedGreenLamp<R, G> {
    fn shine(&mut self, light: Light) -> Result<(), PinFault> {
        let (red, green) = match light {
            Light::Dark => (Part::Dark, Part::Dark),
            Light::Red => (Part::Lit, Part::Dark),
            Light::Amber | Light::White => (Part::Lit, Part::Lit),
            Light::Green | Light::Blue => (Part::Dark, Part::Lit),
        };
        red.set(&mut self.red, self.active)?;
        green.set(&mut self.green, self.active)
    }
}

/// A lamp of one colour.
#[derive(Debug)]
pub struct OneColourLamp<P> {
    /// Its pin.
    pub pin: P,
    /// The level that lights it.
    pub active: Active,
}

impl<P: OutputPin> Lamp for OneColourLamp<P> {
    fn shine(&mut self, light: Light) -> Result<(), PinFault> {
        let part = match light {
            Light::Dark => Part::Dark,
            Light::Red | Light::Amber | Light::Green | Light::Blue | Light::White => Part::Lit,
        };
        part.set(&mut self.pin, self.active)
    }
}

#[derive(Clone, Copy)]
enum Part {
    Lit,
    Dark,
}

impl Part {
    fn set(self, pin: &mut impl OutputPin, active: Active) -> Result<(), PinFault> {
        match (self, active) {
            (Part::Lit, Active::High) | (Part::Dark, Active::Low) => pin.set_high(),
            (Part::Lit, Active::Low) | (Part::Dark, Active::High) => pin.set_low(),
        }
        .map_err(PinFault::of)
    }
}

/// A button that is looked at again and again; its contacts may bounce.
#[derive(Debug)]
pub struct Button<P> {
    pin: P,
    active: Active,
    settled: Contact,
    /// A contact other than the settled one, and since when it has been seen.
    changing: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contact {
    Open,
    Closed,
}

impl<P: InputPin> Button<P> {
    /// A button that is up.
    pub fn new(pin: P, active: Active) -> Button<P> {
        Button { pin, active, settled: Contact::Open, changing: None }
    }

    /// Looks at the pin; call it at least every [`BOUNCE`]. Tells a change when it has lasted.
    pub fn handle_look(&mut self, now: Instant) -> Result<Option<PanelEvent>, PinFault> {
        let level = self.pin.is_high().map_err(PinFault::of)?;
        let contact = match (level, self.active) {
            (true, Active::High) | (false, Active::Low) => Contact::Closed,
            (true, Active::Low) | (false, Active::High) => Contact::Open,
        };
        if contact == self.settled {
            self.changing = None;
            return Ok(None);
        }
        let since = *self.changing.get_or_insert(now);
        if now.saturating_duration_since(since) < BOUNCE {
            return Ok(None);
        }
        self.settled = contact;
        self.changing = None;
        Ok(Some(match contact {
            Contact::Closed => PanelEvent::ButtonPressed,
            Contact::Open => PanelEvent::ButtonReleased,
        }))
    }
}

/// A contact that lasts so long is meant.
pub const BOUNCE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// A pin that remembers its level.
    #[derive(Debug, Default)]
    struct Wire {
        high: bool,
    }

    impl embedded_hal::digital::ErrorType for Wire {
        type Error = Infallible;
    }

    impl OutputPin for Wire {
        fn set_low(&mut self) -> Result<(), Infallible> {
            self.high = false;
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            self.high = true;
            Ok(())
        }
    }

    impl InputPin for Wire {
        fn is_high(&mut self) -> Result<bool, Infallible> {
            Ok(self.high)
        }

        fn is_low(&mut self) -> Result<bool, Infallible> {
            Ok(!self.high)
        }
    }

    #[test]
    fn colours_are_mixed_on_three_pins() {
        let wire = Wire::default;
        let mut lamp = FullColourLamp { red: wire(), green: wire(), blue: wire(), active: Active::High };
        let cases = [
            (Light::Dark, [false, false, false]),
            (Light::Red, [true, false, false]),
            (Light::Amber, [true, true, false]),
            (Light::Green, [false, true, false]),
            (Light::Blue, [false, false, true]),
            (Light::White, [true, true, true]),
        ];
        for (light, levels) in cases {
            lamp.shine(light).expect("a wire cannot fail");
            assert_eq!([lamp.red.high, lamp.green.high, lamp.blue.high], levels, "{light:?}");
        }
    }

    #[test]
    fn a_lamp_that_lights_on_low_is_dark_on_high() {
        let mut lamp = RedGreenLamp { red: Wire::default(), green: Wire::default(), active: Active::Low };
        lamp.shine(Light::Red).expect("a wire cannot fail");
        assert_eq!([lamp.red.high, lamp.green.high], [false, true]);
        let mut lamp = OneColourLamp { pin: Wire::default(), active: Active::Low };
        lamp.shine(Light::Dark).expect("a wire cannot fail");
        assert!(lamp.pin.high);
    }

    #[test]
    fn a_bouncing_contact_is_one_press_and_one_release() {
        let mut button = Button::new(Wire { high: true }, Active::Low);
        let began = Instant::now();
        // One letter for each 5 ms: `_` is pressed.
        let contact = "----_-_--____________-_------------";
        let mut told = Vec::new();
        for (n, letter) in (0u64..).zip(contact.chars()) {
            button.pin.high = letter == '-';
            let event = button.handle_look(began + Duration::from_millis(5 * n)).expect("a wire cannot fail");
            told.extend(event.map(|event| (n, event)));
        }
        assert_eq!(told, [(13, PanelEvent::ButtonPressed), (27, PanelEvent::ButtonReleased)]);
    }
}
