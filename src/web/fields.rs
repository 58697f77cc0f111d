//! A form as it is shown: what stands in each field, and what is wrong with it.

use super::faults;
use super::words::Words;
use crate::config::fault::{Fault, Place};

/// A form's fields.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    faults: Vec<(String, String)>,
}

impl Fields {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a field filled in.
    pub fn with(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.values.push((name.into(), value.to_string()));
        self
    }

    /// With these fields as they were sent.
    pub fn sent(posted: &super::visitor::Posted, names: &[&'static str]) -> Self {
        names.iter().fold(Self::new(), |fields, name| fields.with(*name, posted.text(name)))
    }

    /// Notes what is wrong with a field.
    pub fn fault(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.faults.push((name.into(), text.into()));
    }

    /// With the faults an edit was refused for; each stands at the field of its name.
    pub fn refused(self, words: Words, faults: &[Fault]) -> Self {
        self.refused_at(words, faults, |place| place.field.to_owned())
    }

    /// With the faults an edit was refused for; `field` says where each stands.
    pub fn refused_at(mut self, words: Words, faults: &[Fault], field: impl Fn(Place) -> String) -> Self {
        for fault in faults {
            self.fault(field(fault.place), faults::say(words, &fault.kind));
        }
        self
    }

    /// Whether anything is wrong.
    pub fn is_faulty(&self) -> bool {
        !self.faults.is_empty()
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }

    /// Whether this stands in a field.
    pub fn is(&self, name: &str, value: impl ToString) -> bool {
        self.value(name) == value.to_string()
    }

    /// What is wrong with a field; empty where nothing is.
    pub fn wrong(&self, name: &str) -> String {
        let texts: Vec<&str> =
            self.faults.iter().filter(|(field, _)| field == name).map(|(_, text)| text.as_str()).collect();
        texts.join(" ")
    }

    /// What is wrong with none of these fields: said above the form.
    pub fn wrong_elsewhere<const N: usize>(&self, names: &[&str; N]) -> Vec<&str> {
        self.faults
            .iter()
            .filter(|(field, _)| !names.contains(&field.as_str()))
            .map(|(_, text)| text.as_str())
            .collect()
    }
}
