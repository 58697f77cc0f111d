//! Moments and spans as people read them, in the office's time zone.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::words::Words;

/// Writes moments for one page.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
    /// The language.
    pub words: Words,
    now: Timestamp,
}

impl Clock {
    /// A clock in this zone; an unknown one is taken for UTC.
    pub fn new(zone: &str, words: Words, now: Timestamp) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), words, now }
    }

    /// `09:42` today, `3 March, 09:42` this year, `3 March 2025, 09:42` else; a dash where the clock was not trusted.
    pub fn moment(&self, at: Option<Timestamp>) -> String {
        let Some(at) = at else { return "–".to_owned() };
        let at = at.to_zoned(self.zone.clone());
        let now = self.now.to_zoned(self.zone.clone());
        let time = at.strftime("%H:%M").to_string();
        if at.date() == now.date() {
            return time;
        }
        format!("{}, {time}", self.date(&at, &now))
    }

    /// The day of a moment: `today`, `3 March`, or `3 March 2025`; a dash where there is none.
    pub fn day(&self, at: Option<Timestamp>) -> String {
        let Some(at) = at else { return "–".to_owned() };
        let at = at.to_zoned(self.zone.clone());
        let now = self.now.to_zoned(self.zone.clone());
        if at.date() == now.date() { self.words.say("today") } else { self.date(&at, &now) }
    }

    fn date(&self, at: &Zoned, now: &Zoned) -> String {
        let month = self.words.say(&format!("month-{}", at.month()));
        let year = if at.year() == now.year() { String::new() } else { format!(" {}", at.year()) };
        format!("{} {month}{year}", at.day())
    }

    /// The moment so many seconds from now.
    pub fn later(&self, seconds: u64) -> String {
        let span = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.moment(self.now.checked_add(span).ok())
    }
}

/// `0:07`, `12:30`, `1:02:03`.
pub fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;

    #[test]
    fn a_moment_is_told_the_shorter_the_nearer_it_is() {
        let now: Timestamp = "2026-03-03T12:00:00Z".parse().expect("a moment");
        let clock = Clock::new("Europe/Rome", Words(Language::It), now);
        let told = |text: &str| clock.moment(Some(text.parse().expect("a moment")));
        assert_eq!(told("2026-03-03T08:42:10Z"), "09:42");
        assert_eq!(told("2026-03-02T23:10:00Z"), "00:10");
        assert_eq!(told("2026-01-05T08:42:10Z"), "5 gennaio, 09:42");
        assert_eq!(told("2025-07-05T08:42:10Z"), "5 luglio 2025, 10:42");
        assert_eq!(clock.moment(None), "–");
        let days = ["2026-03-03T08:42:10Z", "2026-01-05T08:42:10Z", "2025-07-05T08:42:10Z"];
        let days = days.map(|text| clock.day(text.parse().ok()));
        assert_eq!(days, ["oggi", "5 gennaio", "5 luglio 2025"]);
        assert_eq!(
            (span(7_900), span(750_000), span(3_723_000)),
            ("0:07".into(), "12:30".into(), "1:02:03".into())
        );
    }
}
