//! The place a phone stands in: languages, time zones and tones in each maker's words.
//!
//! Every zone of the European Union, the United Kingdom, Switzerland, Norway, the United States, Canada, Australia and New
//! Zealand. Where a maker has no entry for a city, one with the same rules stands in. Sources: the makers' lists as
//! open-source provisioners carry them, the makers' own spelling mistakes included.

use crate::model::{Country, Language};

/// A time zone as phones know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone {
    /// Standard time's distance from UTC in minutes.
    minutes: i32,
    yealink: &'static str,
    snom: &'static str,
}

impl TimeZone {
    /// The zone of an IANA name; `Etc/GMT+5` and its like by their offset, anything unknown as UTC.
    pub fn of(name: &str) -> Self {
        Self::known(name).unwrap_or(Self::by_offset(0))
    }

    /// The zone of an IANA name, where phones can be told of it.
    pub fn known(name: &str) -> Option<Self> {
        let named = ZONES.iter().find(|(iana, ..)| *iana == name).map(|(_, minutes, yealink, snom)| Self {
            minutes: *minutes,
            yealink,
            snom,
        });
        named.or_else(|| etc_offset(name).map(Self::by_offset))
    }

    const fn by_offset(minutes: i32) -> Self {
        Self { minutes, yealink: "", snom: "" }
    }

    /// Yealink's offset: `+1`, `0`, `-3:30`.
    pub fn yealink_offset(&self) -> String {
        let sign = match self.minutes {
            0 => return "0".to_owned(),
            minutes if minutes < 0 => '-',
            _ => '+',
        };
        let (hours, minutes) = (self.minutes.abs() / 60, self.minutes.abs() % 60);
        if minutes == 0 { format!("{sign}{hours}") } else { format!("{sign}{hours}:{minutes:02}") }
    }

    /// Yealink's name for it; empty where there is none, and then without summer time.
    pub fn yealink_name(&self) -> &'static str {
        self.yealink
    }

    /// Snom's code for it; empty where there is none.
    pub fn snom_code(&self) -> &'static str {
        self.snom
    }

    /// The distance from UTC in seconds.
    pub fn offset_seconds(&self) -> i32 {
        self.minutes * 60
    }
}

/// `Etc/GMT+5` lies west of Greenwich: its sign is turned round.
fn etc_offset(name: &str) -> Option<i32> {
    if matches!(name, "UTC" | "GMT" | "Etc/UTC" | "Etc/GMT") {
        return Some(0);
    }
    let hours: i32 = name.strip_prefix("Etc/GMT")?.parse().ok()?;
    (-14..=12).contains(&hours).then_some(-hours * 60)
}

/// Whether clocks there show twelve hours and dates begin with the month.
pub fn uses_twelve_hours(country: Option<Country>) -> bool {
    country.is_some_and(|country| country.to_string() == "US")
}

/// Yealink's name for a language.
pub fn yealink_language(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::It => "Italian",
        Language::De => "German",
        Language::Fr => "French",
        Language::Es => "Spanish",
    }
}

/// Snom's name for a language.
pub fn snom_language(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::It => "Italiano",
        Language::De => "Deutsch",
        Language::Fr => "Français",
        Language::Es => "Español",
    }
}

/// Yealink's tones for a country, or those nearest to it.
pub fn yealink_tones(country: Country) -> &'static str {
    tones(country).0
}

/// Snom's tones for a country, or those nearest to it.
pub fn snom_tones(country: Country) -> &'static str {
    tones(country).1
}

fn tones(country: Country) -> (&'static str, &'static str) {
    match country.to_string().as_str() {
        "AT" => ("Austria", "AUT"),
        "AU" => ("Australia", "AUS"),
        "BE" => ("Belgium", "FRA"),
        "CH" | "LI" => ("Switzerland", "SWI"),
        "CZ" | "SK" => ("Czech", "AUT"),
        "DK" => ("Denmark", "DNK"),
        "ES" => ("Spain", "ESP"),
        "FI" => ("Finland", "SWE"),
        "FR" => ("France", "FRA"),
        "GB" | "IE" | "MT" | "CY" => ("Great Britain", "GBR"),
        "GR" => ("Greece", "GRE"),
        "HU" => ("Hungary", "AUT"),
        "IT" => ("Italy", "ITA"),
        "LT" => ("Lithuania", "GER"),
        "NL" => ("Netherlands", "NLD"),
        "NO" => ("Norway", "NOR"),
        "NZ" => ("New Zealand", "NZL"),
        "PT" => ("Portugal", "ESP"),
        "SE" => ("Sweden", "SWE"),
        "US" | "CA" => ("United States", "USA"),
        // One tone of 425 Hz, as most of the continent has it.
        _ => ("Germany", "GER"),
    }
}

const BERLIN: &str = "Germany(Berlin)";
const LONDON: &str = "United Kingdom(London)";
const ATHENS: &str = "Greece(Athens)";
const EASTERN: &str = "United States-Eastern Time";
const CENTRAL: &str = "United States-Central Time";
const MOUNTAIN: &str = "United States-Mountain Time";
const PACIFIC: &str = "United States-Pacific Time";
const ALASKA: &str = "United States-Alaska Time";
const SYDNEY: &str = "Australia(Sydney,Melboume,Canberra)";

/// IANA name, minutes from UTC, Yealink's name, Snom's code.
const ZONES: [(&str, i32, &str, &str); 117] = [
    ("Europe/Amsterdam", 60, "Netherlands(Amsterdam)", "NLD+1"),
    ("Europe/Berlin", 60, BERLIN, "GER+1"),
    ("Europe/Bratislava", 60, BERLIN, "SVK+1"),
    ("Europe/Brussels", 60, "Belgium(Brussels)", "BEL+1"),
    ("Europe/Budapest", 60, "Hungary(Budapest)", "HUN+1"),
    ("Europe/Busingen", 60, BERLIN, "GER+1"),
    ("Europe/Copenhagen", 60, "Denmark(Kopenhagen)", "DNK+1"),
    ("Europe/Ljubljana", 60, BERLIN, "GER+1"),
    ("Europe/Luxembourg", 60, "Luxembourg(Luxembourg)", "LUX+1"),
    ("Europe/Madrid", 60, "Spain(Madrid)", "ESP+1"),
    ("Africa/Ceuta", 60, "Spain(Madrid)", "ESP+1"),
    ("Europe/Malta", 60, BERLIN, "GER+1"),
    ("Europe/Oslo", 60, BERLIN, "NOR+1"),
    ("Arctic/Longyearbyen", 60, BERLIN, "NOR+1"),
    ("Europe/Paris", 60, "France(Paris)", "FRA+1"),
    ("Europe/Prague", 60, "Czech Republic(Prague)", "CZE+1"),
    ("Europe/Rome", 60, "Italy(Rome)", "ITA+1"),
    ("Europe/San_Marino", 60, "Italy(Rome)", "ITA+1"),
    ("Europe/Vatican", 60, "Italy(Rome)", "ITA+1"),
    ("Europe/Monaco", 60, "France(Paris)", "FRA+1"),
    ("Europe/Vaduz", 60, BERLIN, "CHE+1"),
    ("Europe/Stockholm", 60, BERLIN, "SWE+1"),
    ("Europe/Vienna", 60, "Austria(Vienna)", "AUT+1"),
    ("Europe/Warsaw", 60, BERLIN, "POL+1"),
    ("Europe/Zagreb", 60, "Croatia(Zagreb)", "HRV+1"),
    ("Europe/Zurich", 60, BERLIN, "CHE+1"),
    ("Asia/Nicosia", 120, ATHENS, "CYP+2"),
    ("Europe/Nicosia", 120, ATHENS, "CYP+2"),
    ("Europe/Athens", 120, ATHENS, "GRC+2"),
    ("Europe/Bucharest", 120, "Romania(Bucharest)", "ROU+2"),
    ("Europe/Helsinki", 120, "Finland(Helsinki)", "FIN+2"),
    ("Europe/Mariehamn", 120, "Finland(Helsinki)", "FIN+2"),
    ("Europe/Riga", 120, "Latvia(Riga)", "LVA+2"),
    ("Europe/Sofia", 120, ATHENS, "BGR+2"),
    ("Europe/Tallinn", 120, "Estonia(Tallinn)", "EST+2"),
    ("Europe/Vilnius", 120, "Estonia(Tallinn)", "EST+2"),
    ("Europe/Dublin", 0, "Ireland(Dublin)", "IRL-0"),
    ("Europe/Lisbon", 0, "Portugal(Lisboa,Porto,Funchal)", "PRT-0"),
    ("Atlantic/Madeira", 0, "Portugal(Lisboa,Porto,Funchal)", "PRT-0"),
    ("Atlantic/Canary", 0, "Spain-Canary Islands(Las Palmas)", "ESP-0"),
    ("Europe/London", 0, LONDON, "GBR-0"),
    ("Europe/Belfast", 0, LONDON, "GBR-0"),
    ("Europe/Guernsey", 0, LONDON, "GBR-0"),
    ("Europe/Isle_of_Man", 0, LONDON, "GBR-0"),
    ("Europe/Jersey", 0, LONDON, "GBR-0"),
    ("Atlantic/Azores", -60, "Portugal(Azores)", "PRT-1"),
    ("America/New_York", -300, EASTERN, "USA-5"),
    ("America/Detroit", -300, EASTERN, "USA-5"),
    ("America/Indiana/Indianapolis", -300, EASTERN, "USA-5"),
    ("America/Indiana/Marengo", -300, EASTERN, "USA-5"),
    ("America/Indiana/Petersburg", -300, EASTERN, "USA-5"),
    ("America/Indiana/Vevay", -300, EASTERN, "USA-5"),
    ("America/Indiana/Vincennes", -300, EASTERN, "USA-5"),
    ("America/Indiana/Winamac", -300, EASTERN, "USA-5"),
    ("America/Kentucky/Louisville", -300, EASTERN, "USA-5"),
    ("America/Kentucky/Monticello", -300, EASTERN, "USA-5"),
    ("America/Chicago", -360, CENTRAL, "USA-6"),
    ("America/Indiana/Knox", -360, CENTRAL, "USA-6"),
    ("America/Indiana/Tell_City", -360, CENTRAL, "USA-6"),
    ("America/Menominee", -360, CENTRAL, "USA-6"),
    ("America/North_Dakota/Beulah", -360, CENTRAL, "USA-6"),
    ("America/North_Dakota/Center", -360, CENTRAL, "USA-6"),
    ("America/North_Dakota/New_Salem", -360, CENTRAL, "USA-6"),
    ("America/Denver", -420, MOUNTAIN, "USA-7"),
    ("America/Boise", -420, MOUNTAIN, "USA-7"),
    ("America/Phoenix", -420, "United States-MST no DST", "USA2-7"),
    ("America/Los_Angeles", -480, PACIFIC, "USA-8"),
    ("America/Anchorage", -540, ALASKA, "USA-9"),
    ("America/Juneau", -540, ALASKA, "USA-9"),
    ("America/Metlakatla", -540, ALASKA, "USA-9"),
    ("America/Nome", -540, ALASKA, "USA-9"),
    ("America/Sitka", -540, ALASKA, "USA-9"),
    ("America/Yakutat", -540, ALASKA, "USA-9"),
    ("America/Adak", -600, "United States-Alaska-Aleutian", ""),
    ("Pacific/Honolulu", -600, "United States-Hawaii-Aleutian", "USA-10"),
    ("America/Toronto", -300, "Canada(Montreal,Ottawa,Quebec)", "CAN-5"),
    ("America/Montreal", -300, "Canada(Montreal,Ottawa,Quebec)", "CAN-5"),
    ("America/Iqaluit", -300, "Canada(Montreal,Ottawa,Quebec)", "CAN-5"),
    ("America/Thunder_Bay", -300, "Canada(Montreal,Ottawa,Quebec)", "CAN-5"),
    ("America/Nipigon", -300, "Canada(Montreal,Ottawa,Quebec)", "CAN-5"),
    ("America/Winnipeg", -360, "Canada-Manitoba(Winnipeg)", "CAN-6"),
    ("America/Rainy_River", -360, "Canada-Manitoba(Winnipeg)", "CAN-6"),
    ("America/Rankin_Inlet", -360, "Canada-Manitoba(Winnipeg)", "CAN-6"),
    ("America/Resolute", -360, "Canada-Manitoba(Winnipeg)", "CAN-6"),
    ("America/Edmonton", -420, "Canada(Edmonton,Calgary)", "CAN-7"),
    ("America/Cambridge_Bay", -420, "Canada(Edmonton,Calgary)", "CAN-7"),
    ("America/Inuvik", -420, "Canada(Edmonton,Calgary)", "CAN-7"),
    ("America/Yellowknife", -420, "Canada(Edmonton,Calgary)", "CAN-7"),
    ("America/Vancouver", -480, "Canada(Vancouver,Whitehorse)", "CAN-8"),
    ("America/Halifax", -240, "Canada(Halifax,Saint John)", "CAN-4"),
    ("America/Glace_Bay", -240, "Canada(Halifax,Saint John)", "CAN-4"),
    ("America/Goose_Bay", -240, "Canada(Halifax,Saint John)", "CAN-4"),
    ("America/Moncton", -240, "Canada(Halifax,Saint John)", "CAN-4"),
    ("America/St_Johns", -210, "Canada-New Foundland(St.Johns)", "CAN-3.5"),
    ("America/Atikokan", -300, "", ""),
    ("America/Blanc-Sablon", -240, "", ""),
    ("America/Regina", -360, "", ""),
    ("America/Swift_Current", -360, "", ""),
    ("America/Whitehorse", -420, "United States-MST no DST", "USA2-7"),
    ("America/Dawson", -420, "United States-MST no DST", "USA2-7"),
    ("America/Dawson_Creek", -420, "United States-MST no DST", "USA2-7"),
    ("America/Fort_Nelson", -420, "United States-MST no DST", "USA2-7"),
    ("America/Creston", -420, "United States-MST no DST", "USA2-7"),
    ("Australia/Adelaide", 570, "Australia(Adelaide)", "AUS+9.5"),
    ("Australia/Broken_Hill", 570, "Australia(Adelaide)", "AUS+9.5"),
    ("Australia/Darwin", 570, "Australia(Darwin)", "AUS2+9.5"),
    ("Australia/Perth", 480, "Australia(Perth)", "AUS+8"),
    ("Australia/Eucla", 525, "", ""),
    ("Australia/Sydney", 600, SYDNEY, "AUS+10"),
    ("Australia/Melbourne", 600, SYDNEY, "AUS+10"),
    ("Australia/Canberra", 600, SYDNEY, "AUS+10"),
    ("Australia/Brisbane", 600, "Australia(Brisbane)", "AUS2+10"),
    ("Australia/Lindeman", 600, "Australia(Brisbane)", "AUS2+10"),
    ("Australia/Hobart", 600, "Australia(Hobart)", "AUS3+10"),
    ("Australia/Lord_Howe", 630, "Australia(Lord Howe Islands)", "AUS+10.5"),
    ("Pacific/Auckland", 720, "New Zealand(Wellington,Auckland)", "NZL+12"),
    ("Pacific/Chatham", 765, "Chatham Islands", "NZL+12.75"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_maker_is_told_the_zone_in_its_own_words() {
        for (name, offset, yealink, snom) in [
            ("Europe/Rome", "+1", "Italy(Rome)", "ITA+1"),
            ("Europe/London", "0", "United Kingdom(London)", "GBR-0"),
            ("America/St_Johns", "-3:30", "Canada-New Foundland(St.Johns)", "CAN-3.5"),
            ("Pacific/Chatham", "+12:45", "Chatham Islands", "NZL+12.75"),
            ("Europe/Oslo", "+1", "Germany(Berlin)", "NOR+1"),
            ("America/Regina", "-6", "", ""),
        ] {
            let zone = TimeZone::of(name);
            assert_eq!(zone.yealink_offset(), offset, "{name}");
            assert_eq!((zone.yealink_name(), zone.snom_code()), (yealink, snom), "{name}");
        }
    }

    #[test]
    fn a_zone_without_a_name_is_told_by_its_offset_and_an_unknown_one_as_utc() {
        assert_eq!(TimeZone::of("Etc/GMT+5").yealink_offset(), "-5");
        assert_eq!(TimeZone::of("Etc/GMT-9").offset_seconds(), 9 * 3600);
        assert_eq!(TimeZone::of("Mars/Olympus").yealink_offset(), "0");
        assert_eq!(TimeZone::known("Mars/Olympus"), None);
        assert_eq!(TimeZone::known("Etc/GMT+99"), None);
    }

    #[test]
    fn a_snom_code_agrees_with_the_offset_beside_it() {
        for (name, minutes, _, snom) in ZONES {
            let Some(at) = snom.find(['+', '-']) else { continue };
            let hours: f64 = snom[at..].parse().expect("a code ends in its offset");
            assert!((hours * 60.0 - f64::from(minutes)).abs() < 0.01, "{name} {snom}");
        }
    }

    #[test]
    fn no_zone_stands_twice() {
        let names: std::collections::BTreeSet<&str> = ZONES.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names.len(), ZONES.len());
    }
}
