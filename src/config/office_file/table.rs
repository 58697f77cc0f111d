//! The forms of values in an office file: takes a TOML document apart, notes the line of every value, and tells each
//! fault of form with its line.
//!
//! A value that is not what it should be is told once and read as if it were not there.

mod nested;

use std::collections::BTreeSet;
use std::str::FromStr;

use toml::de::{DeTable, DeValue, Error};

use super::MAX_FAULTS;
use super::keys::{NONE, TABLES};
use super::nearest::nearest;
use crate::config::check::{Findings, is_unprintable};
use crate::config::fault::{Fault, FaultKind, Form, Part, Place, TextFault};
use crate::model::{IdError, Secret};

/// The longest text of any kind, in characters; rules for each value are stricter.
const MAX_TEXT: usize = 256;

/// How much of a wrong word is shown, in characters.
const MAX_SHOWN: usize = 40;

/// How much of what the TOML reader says is shown, in characters.
const MAX_SAID: usize = 160;

/// A text being read: where its lines begin, and what has been found so far.
pub(super) struct Page {
    line_starts: Vec<usize>,
    found: Findings,
}

/// One table of the document.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    part: Part,
    line: usize,
    values: &'t DeTable<'t>,
}

impl<'t> Table<'t> {
    /// The document as a whole.
    pub(super) fn whole(values: &'t DeTable<'t>) -> Self {
        Self { part: Part::File, line: 1, values }
    }

    /// The same table in another place of the wish.
    pub(super) fn moved_to(self, part: Part) -> Self {
        Self { part, ..self }
    }

    pub(super) fn part(&self) -> Part {
        self.part
    }

    /// The line it begins in, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Whether the key is there, whatever its value.
    pub(super) fn has(&self, field: &str) -> bool {
        self.values.contains_key(field)
    }

    /// Whether the key's value is a text.
    pub(super) fn is_text(&self, field: &str) -> bool {
        self.values.get(field).is_some_and(|value| matches!(value.get_ref(), DeValue::String(_)))
    }

    /// The key's value, where it is well-formed; no fault is told where it is not.
    pub(super) fn as_parsed<T: FromStr>(&self, field: &str) -> Option<T> {
        let text = words(self.values.get(field)?.get_ref())?.trim();
        text.parse().ok().filter(|_| text.len() <= MAX_TEXT)
    }
}

impl Page {
    /// A page of this text, in which the TOML reader found these errors.
    pub(super) fn new(text: &str, errors: &[Error]) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        let mut page = Self { line_starts, found: Findings::default() };
        let mut told = BTreeSet::new();
        for error in errors {
            // One mistake often leads to several errors in the same line; the first says it.
            let line = error.span().map(|span| page.line_at(span.start));
            if told.len() < MAX_FAULTS && told.insert(line) {
                // The reader says nothing of the text itself but its own fixed words, so no secret can be in it.
                let kind = TextFault::NotToml(shortened(error.message(), MAX_SAID)).into();
                page.found.faults.push(Fault { line, place: Part::File.at(""), kind });
            }
        }
        page
    }

    /// All that was found.
    pub(super) fn into_found(self) -> Findings {
        self.found
    }

    /// Whether anything is wrong so far.
    pub(super) fn is_faulty(&self) -> bool {
        !self.found.faults.is_empty()
    }

    /// Where checks write what they find.
    pub(super) fn found(&mut self) -> &mut Findings {
        &mut self.found
    }

    /// Tells a fault of the value in `place`, once its line is known.
    pub(super) fn fault(&mut self, place: Place, kind: impl Into<FaultKind>) {
        self.found.fault(place, kind);
    }

    /// Tells a fault in a line.
    pub(super) fn fault_in_line(&mut self, line: usize, place: Place, kind: impl Into<FaultKind>) {
        self.found.faults.push(Fault { line: Some(line), place, kind: kind.into() });
    }

    /// Tells that a key must be there, with an example.
    pub(super) fn missing(&mut self, table: &Table, field: &'static str, example: &'static str) {
        self.fault_in_line(table.line, table.part.at(field), TextFault::Missing(example));
    }

    /// Begins a table: notes the lines of its values, and tells those that are in none of the lists of known ones.
    pub(super) fn know(&mut self, table: &Table, known: &[&'static [&'static str]]) {
        let known = &known.concat();
        self.found.lines.note(table.part.at(""), table.line);
        let mut unknown = Vec::new();
        for key in table.values.keys() {
            let line = self.line_at(key.span().start);
            match known.iter().find(|known| **known == key.get_ref().as_ref()) {
                Some(known) => self.found.lines.note(table.part.at(known), line),
                None => unknown.push((line, key.get_ref().as_ref())),
            }
        }
        for (line, key) in unknown {
            let kind = match TABLES.iter().find(|table| table.trim_matches(['[', ']']) == key) {
                Some(table) => TextFault::Nested(table),
                None => TextFault::UnknownKey { key: shown(key), nearest: nearest(key, known) },
            };
            self.fault_in_line(line, table.part.at(""), kind);
        }
    }

    /// A text, without the blanks around it; it may be empty.
    pub(super) fn any_text(&mut self, table: &Table, field: &'static str) -> Option<String> {
        let text = self.raw_text(table, field)?.trim().to_owned();
        if text.chars().count() > MAX_TEXT {
            self.fault(table.part.at(field), TextFault::TooLong(MAX_TEXT));
            None
        } else if text.chars().any(is_unprintable) {
            self.fault(table.part.at(field), TextFault::Unprintable);
            None
        } else {
            Some(text)
        }
    }

    /// A text, without the blanks around it.
    pub(super) fn text(&mut self, table: &Table, field: &'static str) -> Option<String> {
        let text = self.any_text(table, field)?;
        if text.is_empty() {
            self.fault(table.part.at(field), TextFault::Empty);
            return None;
        }
        Some(text)
    }

    /// A secret, exactly as written.
    pub(super) fn secret(&mut self, table: &Table, field: &'static str) -> Option<Secret> {
        let text = self.raw_text(table, field)?;
        if text.is_empty() {
            self.fault(table.part.at(field), TextFault::Empty);
            return None;
        }
        Some(Secret::new(text))
    }

    /// A secret that the word `none` takes away: it is then empty.
    pub(super) fn removable_secret(&mut self, table: &Table, field: &'static str) -> Option<Secret> {
        let secret = self.secret(table, field)?;
        Some(if secret.is(NONE) { Secret::new("") } else { secret })
    }

    /// A text of several lines, as it is written but for the blank lines at its end.
    pub(super) fn lines(&mut self, table: &Table, field: &'static str) -> Option<String> {
        let text = self.raw_text(table, field)?.replace("\r\n", "\n");
        Some(text.trim_end().to_owned())
    }

    /// An identifier.
    pub(super) fn parsed<T: FromStr<Err = IdError>>(
        &mut self,
        table: &Table,
        field: &'static str,
    ) -> Option<T> {
        let text = self.text(table, field)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(IdError(advice)) => {
                let advice = advice.replace(&text, &shown(&text));
                self.fault(table.part.at(field), TextFault::Malformed(advice));
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        table: &Table,
        field: &'static str,
        words: &'static [(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(table, field)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words = words.iter().map(|(word, _)| *word).collect();
        self.fault(table.part.at(field), TextFault::NotOneOf { word: shown(&text), words });
        None
    }

    /// `true` or `false`.
    pub(super) fn yes_no(&mut self, table: &Table, field: &'static str) -> Option<bool> {
        match table.values.get(field)?.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_form(table, field, Form::YesNo),
        }
    }

    /// A port number.
    pub(super) fn port(&mut self, table: &Table, field: &'static str) -> Option<u16> {
        let port = match table.values.get(field)?.get_ref() {
            DeValue::Integer(value) if value.radix() == 10 => value.as_str().parse().ok(),
            _ => None,
        };
        match port {
            Some(port) if port > 0 => Some(port),
            _ => self.wrong_form(table, field, Form::Port),
        }
    }

    /// A whole number in a range.
    pub(super) fn number(
        &mut self,
        table: &Table,
        field: &'static str,
        (from, to): (u32, u32),
    ) -> Option<u32> {
        let number: u32 = match table.values.get(field)?.get_ref() {
            DeValue::Integer(value) if value.radix() == 10 => value.as_str().parse().unwrap_or(u32::MAX),
            _ => return self.wrong_form(table, field, Form::Number(from, to)),
        };
        if !(from..=to).contains(&number) {
            self.fault(table.part.at(field), TextFault::OutOfRange(from, to));
            return None;
        }
        Some(number)
    }

    fn raw_text<'t>(&mut self, table: &Table<'t>, field: &'static str) -> Option<&'t str> {
        let value = table.values.get(field)?.get_ref();
        if !matches!(value, DeValue::String(_)) {
            self.fault(table.part.at(field), TextFault::WrongForm(Form::Text));
        }
        words(value)
    }

    fn wrong_form<T>(&mut self, table: &Table, field: &'static str, form: Form) -> Option<T> {
        self.fault(table.part.at(field), TextFault::WrongForm(form));
        None
    }

    fn line_at(&self, byte: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= byte)
    }
}

/// The words of a value; a number where a text should be is taken by its digits, so that what refers to it is found.
fn words<'t>(value: &'t DeValue<'t>) -> Option<&'t str> {
    match value {
        DeValue::String(text) => Some(text.as_ref()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        _ => None,
    }
}

fn shown(text: &str) -> String {
    shortened(text, MAX_SHOWN)
}

/// The beginning of a text, fit for a line of output.
fn shortened(text: &str, longest: usize) -> String {
    let visible = text.chars().map(|c| if is_unprintable(c) { '?' } else { c });
    let mut shown: String = visible.clone().take(longest).collect();
    if visible.count() > longest {
        shown.push('…');
    }
    shown
}
