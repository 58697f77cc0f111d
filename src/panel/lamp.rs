//! The lamp: colours and rhythms.

use std::time::Duration;

/// What the lamp shows at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// Off.
    Dark,
    /// A person must do something, now.
    Red,
    /// Somebody should look, today.
    Amber,
    /// Fine.
    Green,
    /// Ready to be set up.
    Blue,
    /// Working on it.
    White,
}

/// How the lamp changes; times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Always the same.
    Steady(Light),
    /// So long lit, so long dark.
    Blink(Light, u64, u64),
    /// Two colours, each so long.
    Alternate(Light, Light, u64),
    /// So many short flashes of white in two seconds.
    Flashes(u64),
}

impl Rhythm {
    /// The light so long after the rhythm began, and how long it will last.
    pub fn at(self, elapsed: Duration) -> (Light, Option<Duration>) {
        let elapsed = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        match self {
            Rhythm::Steady(light) => (light, None),
            Rhythm::Blink(light, lit, dark) => two(elapsed, (light, lit), (Light::Dark, dark)),
            Rhythm::Alternate(first, second, each) => two(elapsed, (first, each), (second, each)),
            Rhythm::Flashes(count) => {
                let into = elapsed % FLASHES_PERIOD;
                let flashing = count * 2 * FLASH;
                if into >= flashing {
                    (Light::Dark, Some(Duration::from_millis(FLASHES_PERIOD - into)))
                } else {
                    two(into, (Light::White, FLASH), (Light::Dark, FLASH))
                }
            }
        }
    }
}

/// Two lights in turn, each for its time.
fn two(elapsed: u64, first: (Light, u64), second: (Light, u64)) -> (Light, Option<Duration>) {
    let into = elapsed % (first.1 + second.1);
    let (light, end) = if into < first.1 { (first.0, first.1) } else { (second.0, first.1 + second.1) };
    (light, Some(Duration::from_millis(end - into)))
}

const FLASHES_PERIOD: u64 = 2_000;
const FLASH: u64 = 150;

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seconds of a rhythm, a letter for each 50 ms, found by jumping from change to change.
    fn seen(rhythm: Rhythm) -> String {
        let mut letters = String::new();
        let mut at = Duration::ZERO;
        while letters.len() < 40 {
            let (light, lasts) = rhythm.at(at);
            let letter = if light == Light::Dark { '.' } else { 'x' };
            let lasts = lasts.unwrap_or(Duration::from_secs(2));
            assert!(lasts > Duration::ZERO, "the lamp would be asked without end");
            letters.extend(std::iter::repeat_n(letter, lasts.as_millis() as usize / 50));
            at += lasts;
        }
        letters.truncate(40);
        letters
    }

    #[test]
    fn rhythms_look_as_they_are_drawn() {
        assert_eq!(seen(Rhythm::Steady(Light::Green)), "x".repeat(40));
        assert_eq!(seen(Rhythm::Blink(Light::Red, 100, 100)), "xx..".repeat(10));
        assert_eq!(seen(Rhythm::Blink(Light::Green, 900, 100)), "xxxxxxxxxxxxxxxxxx..".repeat(2));
        assert_eq!(seen(Rhythm::Flashes(3)), "xxx...xxx...xxx.........................");
        assert_eq!(seen(Rhythm::Flashes(5)), "xxx...xxx...xxx...xxx...xxx.............");
    }

    #[test]
    fn two_colours_take_turns() {
        let rhythm = Rhythm::Alternate(Light::Red, Light::White, 250);
        let at = |milliseconds| rhythm.at(Duration::from_millis(milliseconds)).0;
        assert_eq!([at(0), at(249), at(250), at(500)], [Light::Red, Light::Red, Light::White, Light::Red]);
    }
}
