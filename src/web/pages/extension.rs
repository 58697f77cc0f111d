//! One extension: its page, its form, its PIN, its end. The list is in `extensions`, the keys are in `keys`.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;

use super::confirm::ask_removal;
use super::extensions::{Row, find, pin_of};
use super::{Asked, keys, lockouts, note, values};
use crate::config::apply;
use crate::config::rules::RING_SECONDS;
use crate::control::{Gone, Kept};
use crate::model::{
    Extension, ExtensionNumber, Forwards, HotdeskId, Locked, OfficeSettings, Secret, TemplateName,
};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::page::{Nav, Page, show as write};
use crate::web::times::Clock;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted, Visitor};
use crate::web::words::Words;
use crate::web::{faults, notes, random};

#[derive(Template)]
#[template(path = "extension.html")]
pub struct ExtensionPage {
    page: Page,
    row: Row,
    hints: Vec<String>,
    lockout: Option<lockouts::Row>,
    fields: Fields,
    rows: Vec<values::Row>,
    templates: Vec<values::Choice>,
    has_hotdesk_pin: bool,
    pin: Option<String>,
    keys: Fields,
    key_rows: Vec<keys::Row>,
}

/// The fields of the form, but for the values.
const OWN_FIELDS: [&str; 10] = [
    "name",
    "pin",
    "template",
    "hotdesk_id",
    "hotdesk_pin",
    "always",
    "busy",
    "unanswered",
    "unreachable",
    "ring_seconds",
];

/// The fields of an extension's values.
const VALUE_FIELDS: [&str; 10] = [
    "hotdesk",
    "hotdesk_only",
    "phone_native",
    "pin_required",
    "busy_level",
    "max_calls",
    "language",
    "caller_id",
    "trunk",
    "account_template",
];

impl ExtensionPage {
    /// With the form as it was sent.
    fn filled(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// With the PIN in clear.
    fn with_pin(mut self, pin: Option<String>) -> Self {
        self.pin = pin;
        self
    }

    /// With a note.
    fn noted(mut self, note: Option<&str>) -> Self {
        self.page = self.page.noted(note);
        self
    }

    /// As an answer.
    pub fn written(self, status: StatusCode) -> Response {
        write(status, &self)
    }
}

/// `GET /extensions/{number}`.
pub async fn edit(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
    Query(query): Asked,
) -> Result<Response, Trouble> {
    let row = find(&front, &visitor.status, &number).await?;
    Ok(saved_page(&front, &visitor, row).await?.noted(note(&query)).written(StatusCode::OK))
}

/// `POST /extensions/{number}`: name, PIN, hot desking, limits and forwards.
pub async fn save(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = visitor.words;
    let row = find(&front, &visitor.status, &number).await?;
    let mut fields = VALUE_FIELDS
        .iter()
        .fold(Fields::sent(&posted, &OWN_FIELDS), |fields, name| fields.with(*name, posted.text(name)));
    let own = values::read_extension(words, &posted, &mut fields);
    let said = Said::read(words, &posted, &mut fields);
    if !fields.is_faulty() {
        let edited = put(&front, &row.number, move |extension| {
            extension.own = own;
            said.put_into(extension);
        });
        match edited.await? {
            Ok(kept) => {
                return Ok(notes::redirect(&format!("/extensions/{number}"), notes::of_kept(kept, "saved")));
            }
            Err(faults) => fields = fields.refused(words, &faults),
        }
    }
    let page = saved_page(&front, &visitor, row).await?.filled(fields);
    Ok(page.written(StatusCode::UNPROCESSABLE_ENTITY))
}

/// What the form says beside the values.
struct Said {
    name: String,
    template: Option<TemplateName>,
    pin: Option<Secret>,
    hotdesk_id: Option<HotdeskId>,
    hotdesk_pin: Option<Secret>,
    forwards: Forwards,
}

impl Said {
    fn read(words: Words, posted: &Posted, fields: &mut Fields) -> Self {
        let hotdesk_id = values::text(posted, "hotdesk_id").and_then(|id| {
            let id = id.parse().ok();
            if id.is_none() {
                fields.fault("hotdesk_id", words.say("fault-hotdesk-id"));
            }
            id
        });
        let seconds = values::number(words, posted, fields, ("ring_seconds", RING_SECONDS));
        let hotdesk_pin = match posted.is_ticked("hotdesk_pin_away") {
            // An empty secret takes the present one away.
            true => Some(Secret::new("")),
            false => values::text(posted, "hotdesk_pin").map(Secret::new),
        };
        Self {
            name: posted.text("name").to_owned(),
            template: values::chosen(posted, "template"),
            pin: pin_of(posted),
            hotdesk_id,
            hotdesk_pin,
            forwards: Forwards {
                always: values::text(posted, "always"),
                busy: values::text(posted, "busy"),
                unanswered: values::text(posted, "unanswered"),
                unreachable: values::text(posted, "unreachable"),
                ring_seconds: seconds.and_then(|seconds| u16::try_from(seconds).ok()),
            },
        }
    }

    fn put_into(self, extension: &mut Extension) {
        extension.name = self.name;
        extension.template = self.template;
        extension.pin = self.pin.or_else(|| extension.pin.take());
        extension.hotdesk_id = self.hotdesk_id;
        extension.hotdesk_pin = self.hotdesk_pin.or_else(|| extension.hotdesk_pin.take());
        extension.forwards = self.forwards;
    }
}

/// `POST /extensions/{number}/pin`: shows the PIN.
pub async fn show_pin(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let row = find(&front, &visitor.status, &number).await?;
    let pin = pin_at(&front, &row.number).await?;
    Ok(saved_page(&front, &visitor, row).await?.with_pin(pin).written(StatusCode::OK))
}

/// `POST /extensions/{number}/new-pin`: makes another PIN and shows it.
pub async fn new_pin(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let row = find(&front, &visitor.status, &number).await?;
    let number: ExtensionNumber = number.parse().map_err(|_| Trouble::NotFound)?;
    let (pin, _) = draw_pin(&front, &number).await?.ok_or(Trouble::Bug)?;
    let pin = Some(pin.expose().to_owned());
    let page = saved_page(&front, &visitor, row).await?.with_pin(pin).noted(Some("pin-changed"));
    Ok(page.written(StatusCode::OK))
}

/// Gives an extension another PIN; `None` where none that may be was drawn.
pub async fn draw_pin(front: &Front, number: &ExtensionNumber) -> Result<Option<(Secret, Kept)>, Gone> {
    // About one in 300 is too easy to guess: the rules refuse it, and the next is drawn.
    const DRAWS: usize = 20;
    for _ in 0..DRAWS {
        let (number, pin) = (number.clone(), Secret::new(random::word(b"0123456789", 4)));
        let drawn = pin.clone();
        let edited = front.edit(move |office, rules, fresh| {
            let Some(former) = office.extensions.get(&number) else { return Ok(Vec::new()) };
            apply::put_extension(office, Extension { pin: Some(drawn), ..former.clone() }, rules, fresh)
        });
        if let Ok(kept) = edited.await? {
            return Ok(Some((pin, kept)));
        }
    }
    Ok(None)
}

/// `GET /extensions/{number}/remove`: asks first.
pub async fn ask_remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
) -> Result<Response, Trouble> {
    let row = find(&front, &visitor.status, &number).await?;
    Ok(confirm_page(&front, &visitor, &row, None))
}

/// `POST /extensions/{number}/remove`.
pub async fn remove(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
    _: Posted,
) -> Result<Response, Trouble> {
    let row = find(&front, &visitor.status, &number).await?;
    let number: ExtensionNumber = number.parse().map_err(|_| Trouble::NotFound)?;
    let edited = front
        .edit(move |office, rules, fresh| apply::remove_extension(office, &number, rules, fresh))
        .await?;
    match edited {
        Ok(kept) => Ok(notes::redirect("/extensions", notes::of_kept(kept, "extension-removed"))),
        Err(found) => {
            let why: Vec<String> =
                found.iter().map(|fault| faults::say(visitor.words, &fault.kind)).collect();
            Ok(confirm_page(&front, &visitor, &row, Some(why.join(" "))))
        }
    }
}

/// Changes one extension.
pub async fn put(
    front: &Front,
    number: &str,
    change: impl FnOnce(&mut Extension) + Send + 'static,
) -> Result<Result<Kept, Vec<crate::config::fault::Fault>>, Trouble> {
    let number: ExtensionNumber = number.parse().map_err(|_| Trouble::NotFound)?;
    let edited = front.edit(move |office, rules, fresh| {
        let Some(former) = office.extensions.get(&number) else { return Ok(Vec::new()) };
        let mut extension = former.clone();
        change(&mut extension);
        apply::put_extension(office, extension, rules, fresh)
    });
    Ok(edited.await?)
}

async fn pin_at(front: &Front, number: &str) -> Result<Option<String>, Trouble> {
    let number: ExtensionNumber = number.parse().map_err(|_| Trouble::NotFound)?;
    let office = front.control.office().await?;
    Ok(office.extensions.get(&number).and_then(|one| one.pin.as_ref()).map(|pin| pin.expose().to_owned()))
}

fn fields_of(extension: &Extension, settings: &OfficeSettings) -> Fields {
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let forwards = &extension.forwards;
    let fields = Fields::new()
        .with("name", &extension.name)
        .with("template", extension.template.as_ref().map(ToString::to_string).unwrap_or_default())
        .with("hotdesk_id", extension.hotdesk_id.as_ref().map(ToString::to_string).unwrap_or_default())
        .with("always", said(&forwards.always))
        .with("busy", said(&forwards.busy))
        .with("unanswered", said(&forwards.unanswered))
        .with("unreachable", said(&forwards.unreachable))
        .with("ring_seconds", forwards.ring_seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
    values::with_extension(fields, extension, settings)
}

/// The page of one extension, with its keys as `keys` has them.
pub async fn extension_page(
    front: &Front,
    visitor: &Visitor,
    row: Row,
    keys: Fields,
) -> Result<ExtensionPage, Trouble> {
    let title = format!("{} {}", row.number, row.name);
    let page = front.page(visitor, Nav::Extensions, "extension-title").titled(title);
    let key_rows = keys::rows(&keys);
    let clock = Clock::new(&visitor.status.settings.timezone, visitor.words, Timestamp::now());
    let number: ExtensionNumber = row.number.parse().map_err(|_| Trouble::NotFound)?;
    let hints = hints(front, visitor.words, |one| *one == number).await?;
    let office = front.control.office().await?;
    let extension = office.extensions.get(&number).ok_or(Trouble::NotFound)?;
    let settings = office.settings_of(number.tenant());
    let lockout = lockouts::of(&visitor.status, &Locked::Extension(number.clone()), &page.title, &clock);
    Ok(ExtensionPage {
        rows: values::rows_of_extension(visitor.words, extension, settings),
        templates: values::templates(settings.templates.extensions.keys()),
        has_hotdesk_pin: extension.hotdesk_pin.is_some(),
        fields: fields_of(extension, settings),
        page,
        row,
        hints,
        lockout,
        pin: None,
        keys,
        key_rows,
    })
}

async fn saved_page(front: &Front, visitor: &Visitor, row: Row) -> Result<ExtensionPage, Trouble> {
    let keys = keys::fields_at(front, &row.number).await?;
    extension_page(front, visitor, row, keys).await
}

/// What is worth saying about these extensions, though nothing is wrong.
pub async fn hints(
    front: &Front,
    words: Words,
    about: impl Fn(&ExtensionNumber) -> bool,
) -> Result<Vec<String>, Trouble> {
    let notes = front.notes().await?;
    Ok(notes.iter().filter(|(number, _)| about(number)).map(|(_, note)| faults::say(words, note)).collect())
}

fn confirm_page(front: &Front, visitor: &Visitor, row: &Row, why: Option<String>) -> Response {
    let mut page = front.page(visitor, Nav::Extensions, "remove-extension-title");
    let text = page.words.say2("remove-extension-text", ("number", &row.number), ("name", &row.name));
    let button = page.say("remove-extension");
    let status = if why.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    page.note = why.map(|text| notes::Note { text, is_bad: true });
    ask_removal(status, page, text, button, format!("/extensions/{}", row.number))
}
