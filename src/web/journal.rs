//! The journal as it leaves the box: which entries are asked for, and their form as JSON and as CSV (B14).
//!
//! The CSV is that of RFC 4180: a head, one line an entry, every entry with all columns. A cell that a spreadsheet would
//! take for a formula begins with an apostrophe, because names in it come from the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::csv::cell;
use super::front::Front;
use crate::model::{AuditEntry, DeviceId, ExtensionNumber};

/// More than the store keeps.
pub const ALL: usize = 100_000;

/// The columns of the CSV; each is a field of the JSON.
const COLUMNS: [&str; 14] = [
    "number",
    "at",
    "what",
    "extension",
    "device",
    "title",
    "address",
    "method",
    "reason",
    "since",
    "refusal",
    "tenant",
    "deed",
    "count",
];

/// Which entries are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// About this extension.
    pub extension: Option<ExtensionNumber>,
    /// About this phone.
    pub phone: Option<Phone>,
    /// Not before this moment.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
    /// Older than the entry with this number.
    pub before: Option<u64>,
}

/// How a phone is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// By its id.
    Id(DeviceId),
    /// By a part of what it is or was called, in lower case.
    Called(String),
}

impl Wanted {
    /// What a query asks for; days are those of this time zone. Else one sentence that says how to ask.
    pub fn of(query: &BTreeMap<String, String>, zone: &str) -> Result<Self, &'static str> {
        let text = |name: &str| query.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let extension = text("extension").map(str::parse).transpose();
        let before = text("before").map(str::parse).transpose();
        let phone = |text: &str| match text.parse() {
            Ok(id) => Phone::Id(id),
            Err(_) => Phone::Called(text.to_lowercase()),
        };
        Ok(Self {
            extension: extension.map_err(|_| "extension is a number, for example \"100\"")?,
            phone: text("device").map(phone),
            from: text("from").map(|text| moment(text, &zone, 0)).transpose()?,
            to: text("to").map(|text| moment(text, &zone, 1)).transpose()?,
            before: before.map_err(|_| "before is the number of an entry, for example \"17\"")?,
        })
    }

    /// Whether this is one of them, its number aside.
    pub fn fits(&self, entry: &AuditEntry) -> bool {
        let is_extensions =
            self.extension.as_ref().is_none_or(|number| entry.what.extension() == Some(number));
        let is_phones = self.phone.as_ref().is_none_or(|phone| match (phone, entry.what.device()) {
            (Phone::Id(id), Some((device, _))) => *id == device,
            (Phone::Called(text), Some((_, title))) => title.to_lowercase().contains(text),
            (_, None) => false,
        });
        let is_late = self.from.is_none_or(|from| entry.at.is_some_and(|at| at >= from));
        let is_early = self.to.is_none_or(|to| entry.at.is_some_and(|at| at < to));
        is_extensions && is_phones && is_late && is_early
    }

    /// The newest of them, at most `limit`; `None` where they cannot be read now.
    pub async fn read(self, front: &Front, limit: usize) -> Option<Vec<AuditEntry>> {
        let book = Arc::clone(&front.audit);
        let read = move || book.latest(self.before, limit, &|entry| self.fits(entry));
        tokio::task::spawn_blocking(read).await.ok()
    }
}

/// A moment, or the begin of a day so many days later.
fn moment(text: &str, zone: &TimeZone, days: i32) -> Result<Timestamp, &'static str> {
    const HOW: &str =
        "from and to are days or moments, for example \"2026-03-01\" or \"2026-03-01T08:00:00Z\"";
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let day = text.parse::<Date>().map_err(|_| HOW)?.checked_add(days.days()).map_err(|_| HOW)?;
    day.to_zoned(zone.clone()).map(|begin| begin.timestamp()).map_err(|_| HOW)
}

/// Whether CSV is asked for: by `format=csv`, or by the Accept header.
pub fn wants_csv(query: &BTreeMap<String, String>, headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match query.get("format").map(String::as_str) {
        Some(format) => format == "csv",
        None => accepts.split([',', ';']).any(|kind| kind.trim().eq_ignore_ascii_case("text/csv")),
    }
}

/// The entries as a file of CSV.
pub fn csv_file(entries: &[AuditEntry]) -> Response {
    let kind = "text/csv; charset=utf-8; header=present";
    let file = "attachment; filename=\"perch-journal.csv\"";
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, file)], csv(entries)).into_response()
}

/// The entries as a file of JSON.
pub fn json_file(entries: &[AuditEntry]) -> Response {
    let file = "attachment; filename=\"perch-journal.json\"";
    ([(header::CONTENT_DISPOSITION, file)], Json(entries)).into_response()
}

fn csv(entries: &[AuditEntry]) -> String {
    let mut text = COLUMNS.join(",");
    text.push_str("\r\n");
    for entry in entries {
        let fields = serde_json::to_value(entry).unwrap_or_default();
        for (index, column) in COLUMNS.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            match fields.get(column) {
                Some(Value::String(value)) => text.push_str(&cell(value)),
                Some(Value::Number(value)) => text.push_str(&value.to_string()),
                _ => {}
            }
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AuditFact, Locked, LoginMethod};

    fn entry(number: u64, at: &str, title: &str) -> AuditEntry {
        let what = AuditFact::LoggedIn {
            extension: "100".parse().expect("a number"),
            device: DeviceId(7),
            title: title.into(),
            method: LoginMethod::Code,
        };
        AuditEntry { number, at: at.parse().ok(), what }
    }

    fn wanted(query: &[(&str, &str)]) -> Result<Wanted, &'static str> {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Wanted::of(&query.collect(), "Europe/Rome")
    }

    #[test]
    fn b14_the_csv_holds_every_field_and_no_formula() {
        let address = "2001:db8::".parse().expect("an address");
        let closed = AuditFact::LoginsClosed { locked: Locked::Address(address) };
        let entries = [
            entry(2, "2026-03-03T08:42:10Z", "=HYPERLINK(\"x\"), and\r\nmore"),
            AuditEntry { number: 1, at: None, what: closed },
        ];
        assert_eq!(
            csv(&entries),
            "number,at,what,extension,device,title,address,method,reason,since,refusal,tenant,deed,count\r\n\
             2,2026-03-03T08:42:10Z,logged-in,100,d7,\"'=HYPERLINK(\"\"x\"\"), and\r\nmore\",,code,,,,,,\r\n\
             1,,logins-closed,,,,2001:db8::,,,,,,,\r\n"
        );
        for formula in ["=1", "+1", "-1", "@x"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        assert_eq!(cell("Ada Rossi"), "Ada Rossi");
    }

    #[test]
    fn b14_entries_are_asked_for_by_extension_phone_and_day() {
        let one = entry(5, "2026-03-03T08:42:10Z", "HD0001");
        for (query, fits) in [
            (vec![], true),
            (vec![("extension", "100"), ("device", "d7")], true),
            (vec![("extension", "101")], false),
            (vec![("device", "hd00")], true),
            (vec![("device", "d70")], false),
            (vec![("from", "2026-03-03"), ("to", "2026-03-03")], true),
            (vec![("to", "2026-03-02")], false),
            (vec![("from", "2026-03-03T08:42:11Z")], false),
            (vec![("to", "2026-03-03T08:42:10Z")], false),
            (vec![("extension", " "), ("from", "")], true),
        ] {
            assert_eq!(wanted(&query).map(|wanted| wanted.fits(&one)), Ok(fits), "{query:?}");
        }
        let timeless = AuditEntry { at: None, ..one };
        assert!(!wanted(&[("from", "2026-03-03")]).expect("wanted").fits(&timeless));
        for (name, value) in [("extension", "ada"), ("from", "yesterday"), ("to", "3/3/26"), ("before", "x")]
        {
            assert!(wanted(&[(name, value)]).expect_err(value).contains(name));
        }
    }
}
