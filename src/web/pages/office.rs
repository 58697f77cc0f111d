//! The office's own fields: name, country, language, time zone. Shared by set-up and settings.

use std::collections::BTreeMap;

use crate::model::{Country, Language, OfficeSettings};
use crate::web::fields::Fields;
use crate::web::front::Front;
use crate::web::visitor::Posted;
use crate::web::words::Words;

/// The fields' names, as the office file calls them.
pub const FIELDS: [&str; 4] = ["name", "country", "language", "timezone"];

/// Something to choose: its value and its name.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub text: String,
}

/// Some choices under one heading.
#[derive(Debug, Clone)]
pub struct Group {
    /// The heading.
    pub text: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// Everything to choose from.
#[derive(Debug, Clone)]
pub struct Choices {
    /// Countries, by their names.
    pub countries: Vec<Choice>,
    /// Languages.
    pub languages: Vec<Choice>,
    /// Time zones, by continent.
    pub zones: Vec<Group>,
}

impl Choices {
    /// The choices in this language.
    pub fn of(front: &Front, words: Words) -> Self {
        let mut countries: Vec<Choice> = front
            .countries
            .keys()
            .map(|country| Choice { value: country.to_string(), text: country_name(words, *country) })
            .collect();
        countries.sort_by_cached_key(|choice| choice.text.to_lowercase());
        let language = |language: Language| Choice {
            value: language.to_string(),
            text: words.say(&format!("language-{language}")),
        };
        Self { countries, languages: Language::ALL.into_iter().map(language).collect(), zones: zones() }
    }
}

/// A country's name; its code where the words lack it.
pub fn country_name(words: Words, country: Country) -> String {
    words.find(&format!("country-{country}")).unwrap_or_else(|| country.to_string())
}

/// What stands in the fields.
pub fn fields_of(settings: &OfficeSettings) -> Fields {
    Fields::new()
        .with("name", &settings.name)
        .with("country", settings.country.map(|country| country.to_string()).unwrap_or_default())
        .with("language", settings.language)
        .with("timezone", &settings.timezone)
}

/// The fields as values.
#[derive(Debug, Clone)]
pub struct OfficeWish {
    name: String,
    country: Country,
    language: Language,
    timezone: String,
}

impl OfficeWish {
    /// Puts them into settings, whose other values stay.
    pub fn put_into(self, settings: &mut OfficeSettings) {
        settings.name = self.name;
        settings.country = Some(self.country);
        settings.language = self.language;
        settings.timezone = self.timezone;
    }
}

/// Reads the fields; what is wrong is noted in `fields`.
pub fn read(words: Words, posted: &Posted, fields: &mut Fields) -> Option<OfficeWish> {
    let country: Option<Country> = posted.text("country").parse().ok();
    if country.is_none() {
        fields.fault("country", words.say("fault-country-missing"));
    }
    let language: Option<Language> = posted.text("language").parse().ok();
    if language.is_none() {
        fields.fault("language", words.say("fault-choice"));
    }
    let said = Some(posted.text("timezone").to_owned()).filter(|zone| !zone.is_empty());
    let timezone = said.or_else(|| country.and_then(only_zone_of).map(str::to_owned));
    if timezone.is_none() && country.is_some() {
        fields.fault("timezone", words.say("fault-timezone-missing"));
    }
    Some(OfficeWish {
        name: posted.text("name").to_owned(),
        country: country?,
        language: language?,
        timezone: timezone?,
    })
}

/// The time zone of a country whose offices share one (the capital's, where islands differ).
fn only_zone_of(country: Country) -> Option<&'static str> {
    ZONES.iter().find(|(code, _)| country.to_string() == *code).map(|(_, zone)| *zone)
}

const ZONES: [(&str, &str); 31] = [
    ("AT", "Europe/Vienna"),
    ("BE", "Europe/Brussels"),
    ("BG", "Europe/Sofia"),
    ("CH", "Europe/Zurich"),
    ("CY", "Asia/Nicosia"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DK", "Europe/Copenhagen"),
    ("EE", "Europe/Tallinn"),
    ("FI", "Europe/Helsinki"),
    ("FR", "Europe/Paris"),
    ("GB", "Europe/London"),
    ("GR", "Europe/Athens"),
    ("HR", "Europe/Zagreb"),
    ("HU", "Europe/Budapest"),
    ("IE", "Europe/Dublin"),
    ("IS", "Atlantic/Reykjavik"),
    ("IT", "Europe/Rome"),
    ("LI", "Europe/Vaduz"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("MT", "Europe/Malta"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("NZ", "Pacific/Auckland"),
    ("PL", "Europe/Warsaw"),
    ("RO", "Europe/Bucharest"),
    ("SE", "Europe/Stockholm"),
    ("SI", "Europe/Ljubljana"),
    ("SK", "Europe/Bratislava"),
];

/// All zones a place is in, by continent.
fn zones() -> Vec<Group> {
    const CONTINENTS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let mut groups: BTreeMap<&str, Vec<Choice>> = BTreeMap::new();
    for zone in jiff::tz::db().available() {
        let zone = zone.to_string();
        let Some((continent, place)) = zone.split_once('/') else { continue };
        if let Some(continent) = CONTINENTS.into_iter().find(|known| *known == continent) {
            let text = place.replace('_', " ");
            groups.entry(continent).or_default().push(Choice { value: zone, text });
        }
    }
    let mut groups: Vec<Group> = groups
        .into_iter()
        .map(|(continent, mut choices)| {
            choices.sort_by(|a, b| a.text.cmp(&b.text));
            Group { text: continent.to_owned(), choices }
        })
        .collect();
    groups.push(Group {
        text: "UTC".to_owned(),
        choices: vec![Choice { value: "Etc/UTC".to_owned(), text: "UTC".to_owned() }],
    });
    groups
}
