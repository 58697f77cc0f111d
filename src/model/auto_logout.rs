//! Automatic logout (B6): by age, by idle time, by the clock, and when the phone has been gone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::IdError;

/// When a login ends by itself; what is `None` never ends one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AutoLogout {
    /// After so many minutes, whatever happens.
    pub after: Option<u32>,
    /// After so many minutes without a call.
    pub idle: Option<u32>,
    /// At this time of day, on [`AutoLogout::days`].
    pub at: Option<ClockTime>,
    /// On which days of the week the clock counts.
    pub days: Weekdays,
    /// When the phone has been gone for so many minutes.
    pub gone: Option<u32>,
}

impl AutoLogout {
    /// Whether any login may ever end by it.
    pub fn is_set(&self) -> bool {
        let Self { after, idle, at, days: _, gone } = self;
        after.is_some() || idle.is_some() || at.is_some() || gone.is_some()
    }
}

/// A time of day in the office's time zone, printed `20:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime {
    /// 0 to 23.
    pub hour: i8,
    /// 0 to 59.
    pub minute: i8,
}

impl FromStr for ClockTime {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let number = |text: &str, below: i8| {
            let is_plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<i8>().ok().filter(|number| is_plain && *number < below)
        };
        text.split_once(':')
            .filter(|(_, minute)| minute.len() == 2)
            .and_then(|(hour, minute)| Some(Self { hour: number(hour, 24)?, minute: number(minute, 60)? }))
            .ok_or_else(|| IdError(format!("\"{text}\" is not a time of day: write it like \"20:00\"")))
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl TryFrom<String> for ClockTime {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> String {
        time.to_string()
    }
}

/// Days of the week; every day by default. Printed as `mon tue wed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Weekdays(u8);

/// The days by their English beginnings, Monday first.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Weekdays {
    /// Whether a day is among them.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

impl Default for Weekdays {
    fn default() -> Self {
        Self(0b111_1111)
    }
}

impl FromStr for Weekdays {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let mut days = 0;
        for word in text.split([' ', ',']).filter(|word| !word.is_empty()) {
            let day = WEEKDAYS.iter().position(|day| word.eq_ignore_ascii_case(day)).ok_or_else(|| {
                IdError(format!("\"{word}\" is not a day of the week: write \"mon tue wed thu fri sat sun\""))
            })?;
            days |= 1 << day;
        }
        match days {
            0 => {
                Err(IdError("no day of the week is named: write for example \"mon tue wed thu fri\"".into()))
            }
            days => Ok(Self(days)),
        }
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = WEEKDAYS.iter().enumerate().filter(|(day, _)| self.0 & (1 << day) != 0);
        f.write_str(&named.map(|(_, name)| *name).collect::<Vec<_>>().join(" "))
    }
}

impl TryFrom<String> for Weekdays {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Weekdays> for String {
    fn from(days: Weekdays) -> String {
        days.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_read_and_printed_in_one_form() {
        assert_eq!("8:05".parse::<ClockTime>().map(|time| time.to_string()), Ok("08:05".into()));
        for wrong in ["24:00", "20.00", "20:60", "20", "+8:00", "8:5", ""] {
            assert!(wrong.parse::<ClockTime>().is_err(), "{wrong}");
        }
        assert_eq!("Fri, mon".parse::<Weekdays>().map(|days| days.to_string()), Ok("mon fri".into()));
        assert!("friday".parse::<Weekdays>().is_err() && "".parse::<Weekdays>().is_err());
        assert!(Weekdays::default().has(Weekday::Sunday));
    }
}
