//! Tables and lists that stand in a table.

use std::collections::BTreeMap;
use std::str::FromStr;

use toml::de::DeValue;

use super::{Page, Table, shown, words};
use crate::config::fault::{Form, Part, TextFault};
use crate::model::IdError;

impl Page {
    /// A table in single brackets.
    pub(in crate::config::office_file) fn table<'t>(
        &mut self,
        table: &Table<'t>,
        field: &'static str,
        part: Part,
    ) -> Option<Table<'t>> {
        let value = table.values.get(field)?;
        match value.get_ref() {
            DeValue::Table(values) => Some(Table { part, line: self.line_at(value.span().start), values }),
            _ => self.wrong_form(table, field, Form::Table(field)),
        }
    }

    /// The tables in a table that a person gives names to, in the order of the names.
    pub(in crate::config::office_file) fn named_tables<'t, N: FromStr<Err = IdError> + Ord>(
        &mut self,
        table: &Table<'t>,
        field: &'static str,
    ) -> BTreeMap<N, Table<'t>> {
        let mut named = BTreeMap::new();
        for (name, value) in table.values.iter() {
            let line = self.line_at(name.span().start);
            let place = table.part.at(field);
            match (name.get_ref().parse::<N>(), value.get_ref()) {
                (Ok(name), DeValue::Table(values)) => {
                    named.insert(name, Table { part: table.part, line, values });
                }
                (Ok(_), _) => self.fault_in_line(line, place, TextFault::WrongForm(Form::Table(field))),
                (Err(IdError(advice)), _) => {
                    let advice = advice.replace(name.get_ref().as_ref(), &shown(name.get_ref()));
                    self.fault_in_line(line, place, TextFault::Malformed(advice));
                }
            }
        }
        named
    }

    /// The tables in double brackets of this name, in the order of the file.
    pub(in crate::config::office_file) fn tables<'t>(
        &mut self,
        table: &Table<'t>,
        field: &'static str,
        part: impl Fn(usize) -> Part,
    ) -> Vec<Table<'t>> {
        self.all_tables(table, field, Form::Tables(field), part)
    }

    /// The tables in a list, which is written like the example.
    pub(in crate::config::office_file) fn list<'t>(
        &mut self,
        table: &Table<'t>,
        (field, example): (&'static str, &'static str),
        part: impl Fn(usize) -> Part,
    ) -> Vec<Table<'t>> {
        self.all_tables(table, field, Form::List(example), part)
    }

    fn all_tables<'t>(
        &mut self,
        table: &Table<'t>,
        field: &'static str,
        form: Form,
        part: impl Fn(usize) -> Part,
    ) -> Vec<Table<'t>> {
        let Some(value) = table.values.get(field) else { return Vec::new() };
        let line = self.line_at(value.span().start);
        let mut tables = Vec::new();
        match value.get_ref() {
            DeValue::Array(values) => {
                for value in values.iter() {
                    let line = self.line_at(value.span().start);
                    match value.get_ref() {
                        DeValue::Table(values) => {
                            tables.push(Table { part: part(tables.len()), line, values });
                        }
                        _ => self.fault_in_line(line, table.part.at(field), TextFault::WrongForm(form)),
                    }
                }
            }
            DeValue::Table(values) => {
                self.fault_in_line(line, table.part.at(field), TextFault::WrongForm(form));
                tables.push(Table { part: part(0), line, values });
            }
            _ => self.fault_in_line(line, table.part.at(field), TextFault::WrongForm(form)),
        }
        tables
    }

    /// A list of identifiers, where each can be read.
    pub(in crate::config::office_file) fn parsed_list<T: FromStr<Err = IdError>>(
        &mut self,
        table: &Table,
        (field, example): (&'static str, &'static str),
    ) -> Option<Vec<T>> {
        let place = table.part.at(field);
        let DeValue::Array(values) = table.values.get(field)?.get_ref() else {
            return self.wrong_form(table, field, Form::Texts(example));
        };
        let mut all = Vec::new();
        for value in values.iter() {
            let line = self.line_at(value.span().start);
            let Some(text) = words(value.get_ref()) else {
                self.fault_in_line(line, place, TextFault::WrongForm(Form::Texts(example)));
                continue;
            };
            match text.trim().parse() {
                Ok(value) => all.push(value),
                Err(IdError(advice)) => {
                    self.fault_in_line(line, place, TextFault::Malformed(advice.replace(text, &shown(text))));
                }
            }
        }
        (all.len() == values.len()).then_some(all)
    }
}
