//! Emergency calls: which numbers make one, and where they go: a trunk, or an extension that answers them. Shared by set-up and settings.

use crate::config::apply;
use crate::config::fault::{Fault, Place};
use crate::control::{Gone, Kept};
use crate::model::{EmergencyNumber, ExtensionNumber, OfficeSettings, TRUNK_PORT};
use crate::web::fields::Fields;
use crate::web::front::Front;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Posted, Visitor};

/// The fields' names.
pub const FIELDS: [&str; 4] = ["host", "port", "emergency_extension", "emergency_numbers"];

/// An extension to choose.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
}

/// What stands in the fields.
pub fn fields_of(settings: &OfficeSettings) -> Fields {
    let trunk = settings.trunks.first();
    Fields::new()
        .with("emergency_numbers", listed(settings.emergency_numbers.as_deref().unwrap_or_default()))
        .with("host", trunk.map(|trunk| trunk.host.clone()).unwrap_or_default())
        .with("port", trunk.map(|trunk| trunk.port.to_string()).unwrap_or_default())
        .with(
            "emergency_extension",
            settings.emergency_extension.as_ref().map(ToString::to_string).unwrap_or_default(),
        )
}

fn listed(numbers: &[EmergencyNumber]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What the page says of the numbers.
#[derive(Debug, Clone)]
pub struct Numbers {
    /// Those that call for help now.
    pub now: String,
    /// Those of the country.
    pub of_country: String,
    /// Those of the country that do not call for help here.
    pub left_out: String,
}

impl Numbers {
    /// The numbers of a tenant.
    pub fn of(front: &Front, settings: &OfficeSettings) -> Self {
        let (now, of_country) =
            (front.emergency_numbers(settings), front.numbers_of_country(settings.country));
        let left_out: Vec<_> = of_country.iter().filter(|number| !now.contains(number)).cloned().collect();
        Self { now: now.join(", "), of_country: of_country.join(", "), left_out: left_out.join(", ") }
    }
}

/// The numbers that stand in the field, with blanks or commas between; `None` is those of the country.
fn numbers_in(text: &str) -> Result<Option<Vec<EmergencyNumber>>, String> {
    let words = text.split([' ', ',', ';', '\n', '\t', '\r']).filter(|word| !word.is_empty());
    let numbers = words.map(|word| word.parse().map_err(|_| word.chars().take(20).collect()));
    numbers.collect::<Result<Vec<_>, String>>().map(|numbers| Some(numbers).filter(|all| !all.is_empty()))
}

/// The extensions to choose from.
pub async fn choices(front: &Front) -> Result<Vec<Choice>, Gone> {
    let extensions = front.control.extensions().await?;
    Ok(extensions.into_iter().map(|one| Choice { number: one.number.to_string(), name: one.name }).collect())
}

/// Reads and saves the fields; the form with its faults where they will not do.
pub async fn save(
    front: &Front,
    visitor: &Visitor,
    posted: &Posted,
) -> Result<Result<Kept, Fields>, Trouble> {
    let words = visitor.words;
    let mut fields = Fields::sent(posted, &FIELDS);
    let host = posted.text("host").to_owned();
    let port = match posted.text("port") {
        "" => Some(TRUNK_PORT),
        port => port.parse::<u16>().ok().filter(|port| *port > 0),
    };
    let extension = match posted.text("emergency_extension") {
        "" => Some(None),
        number => number.parse::<ExtensionNumber>().ok().map(Some),
    };
    let numbers = numbers_in(posted.text("emergency_numbers"));
    if let Err(wrong) = &numbers {
        fields.fault("emergency_numbers", words.say1("fault-emergency-digits", "number", wrong));
    }
    if port.is_none() {
        fields.fault("port", words.say("fault-port"));
    }
    if extension.is_none() {
        fields.fault("emergency_extension", words.say("fault-extension-number"));
    }
    let (Some(port), Some(extension), Ok(numbers)) = (port, extension, numbers) else {
        return Ok(Err(fields));
    };
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = office.settings.clone();
        settings.put_first_trunk((!host.is_empty()).then_some((host, port)));
        settings.emergency_extension = extension;
        settings.emergency_numbers = numbers;
        apply::put_settings(office, settings, rules, fresh)
    });
    // What an emergency number collides with is told at its field, whatever the place of the fault.
    let at = |place: Place| match FIELDS.contains(&place.field) {
        true => place.field.to_owned(),
        false => "emergency_numbers".to_owned(),
    };
    Ok(edited.await?.map_err(|faults| fields.refused_at(words, &faults, at)))
}

/// Leaves the office without any emergency number, which somebody has confirmed.
pub async fn remove_numbers(front: &Front) -> Result<Result<Kept, Vec<Fault>>, Gone> {
    let edited = front.edit(|office, rules, fresh| {
        let settings = OfficeSettings { emergency_numbers: Some(Vec::new()), ..office.settings.clone() };
        apply::put_settings(office, settings, rules, fresh)
    });
    edited.await
}
