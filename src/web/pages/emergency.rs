//! Where emergency calls go: a trunk, or an extension that answers them. Shared by set-up and settings.

use crate::config::apply;
use crate::control::{Gone, Kept};
use crate::model::{ExtensionNumber, OfficeSettings, TRUNK_PORT};
use crate::web::fields::Fields;
use crate::web::front::Front;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Posted, Visitor};

/// The fields' names.
pub const FIELDS: [&str; 3] = ["host", "port", "emergency_extension"];

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
        .with("host", trunk.map(|trunk| trunk.host.clone()).unwrap_or_default())
        .with("port", trunk.map(|trunk| trunk.port.to_string()).unwrap_or_default())
        .with(
            "emergency_extension",
            settings.emergency_extension.as_ref().map(ToString::to_string).unwrap_or_default(),
        )
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
    if port.is_none() {
        fields.fault("port", words.say("fault-port"));
    }
    if extension.is_none() {
        fields.fault("emergency_extension", words.say("fault-extension-number"));
    }
    let (Some(port), Some(extension)) = (port, extension) else { return Ok(Err(fields)) };
    let edited = front.edit(move |office, rules, fresh| {
        let mut settings = office.settings.clone();
        settings.put_first_trunk((!host.is_empty()).then_some((host, port)));
        settings.emergency_extension = extension;
        apply::put_settings(office, settings, rules, fresh)
    });
    Ok(edited.await?.map_err(|faults| fields.refused(words, &faults)))
}
