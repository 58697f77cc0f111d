//! A user's keys: busy lamps and speed dials that follow to whatever phone is in use.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::extension::{extension_page, put};
use super::extensions::find;
use crate::config::fault::{Part, Place};
use crate::model::{ExtensionNumber, KeyWish};
use crate::web::fields::Fields;
use crate::web::front::{Front, Shared};
use crate::web::notes;
use crate::web::trouble::Trouble;
use crate::web::visitor::{Admin, Posted};
use crate::web::words::Words;

/// How many empty rows stand below the keys.
const SPARE: usize = 3;

/// The most rows read from a form; an extension has fewer keys than this.
const MOST: usize = 200;

/// The names of one row's fields.
#[derive(Debug, Clone)]
pub struct Row {
    /// What kind of key.
    pub kind: String,
    /// Whom it shows or dials.
    pub number: String,
    /// What stands beside it.
    pub label: String,
    /// Its place, from 1.
    pub place: usize,
}

/// The keys of an extension, as fields.
pub async fn fields_at(front: &Front, number: &str) -> Result<Fields, Trouble> {
    let number: ExtensionNumber = number.parse().map_err(|_| Trouble::NotFound)?;
    let office = front.control.office().await?;
    let keys = office.extensions.get(&number).map(|extension| extension.keys.as_slice()).unwrap_or_default();
    Ok(fields_of(keys))
}

fn fields_of(keys: &[KeyWish]) -> Fields {
    keys.iter().enumerate().fold(Fields::new(), |fields, (index, key)| {
        let row = row(index);
        let (kind, number, label) = match key {
            KeyWish::Lamp { extension, label } => ("lamp", extension.to_string(), label),
            KeyWish::Speed { number, label } => ("speed", number.clone(), label),
        };
        fields.with(row.kind, kind).with(row.number, number).with(row.label, label)
    })
}

/// The rows of the form: one for each key, and some to fill in.
pub fn rows(fields: &Fields) -> Vec<Row> {
    let used = (0..MOST).filter(|index| !fields.value(&row(*index).number).is_empty()).max();
    let count = used.map_or(0, |last| last + 1) + SPARE;
    (0..count.min(MOST)).map(row).collect()
}

/// `POST /extensions/{number}/keys`: all keys as the form has them; a row without a number is no key.
pub async fn save(
    State(front): State<Shared>,
    Admin(visitor): Admin,
    Path(number): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let extension = find(&front, &visitor.status, &number).await?;
    let words = visitor.words;
    let (mut fields, keys) = read(words, &posted);
    if !fields.is_faulty() {
        // A key's place in the list differs from its row where rows were left empty.
        let at: Vec<usize> = keys.iter().map(|(row, _)| *row).collect();
        let wish = keys.into_iter().map(|(_, key)| key).collect();
        match put(&front, &extension.number, move |extension| extension.keys = wish).await? {
            Ok(kept) => {
                let note = notes::of_kept(kept, "saved");
                return Ok(notes::redirect(&format!("/extensions/{number}"), note));
            }
            Err(faults) => {
                let field = |place: Place| match place.part {
                    Part::Key(_, key) => match place.field {
                        "label" => row(at.get(key).copied().unwrap_or_default()).label,
                        _ => row(at.get(key).copied().unwrap_or_default()).number,
                    },
                    _ => String::new(),
                };
                fields = fields.refused_at(words, &faults, field);
            }
        }
    }
    let page = extension_page(&front, &visitor, extension, fields).await?;
    Ok(page.written(StatusCode::UNPROCESSABLE_ENTITY))
}

/// The form as it was sent, and its keys with their rows.
fn read(words: Words, posted: &Posted) -> (Fields, Vec<(usize, KeyWish)>) {
    let mut fields = Fields::new();
    let mut keys = Vec::new();
    for index in 0..MOST {
        let Row { kind, number, label, .. } = row(index);
        let (what, whom, text) =
            (posted.text(&kind).to_owned(), posted.text(&number).to_owned(), posted.text(&label).to_owned());
        if whom.is_empty() {
            continue;
        }
        let beside = if text.is_empty() { whom.clone() } else { text.clone() };
        let key = match what.as_str() {
            "lamp" => whom.parse().ok().map(|extension| KeyWish::Lamp { extension, label: beside }),
            _ => Some(KeyWish::Speed { number: whom.clone(), label: beside }),
        };
        match key {
            Some(key) => keys.push((index, key)),
            None => fields.fault(number.clone(), words.say("fault-extension-number")),
        }
        fields = fields.with(kind, what).with(number, whom).with(label, text);
    }
    (fields, keys)
}

fn row(index: usize) -> Row {
    let field = |name: &str| format!("{name}-{index}");
    Row { kind: field("kind"), number: field("number"), label: field("label"), place: index + 1 }
}
