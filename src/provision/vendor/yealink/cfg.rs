//! Yealink's file form: `key = value`, one a line, below a fixed first line.
//!
//! No value can break the form: it is brought to one line, an empty one is written as `%NULL%`, which clears (a blank would
//! keep what the phone had), and a text that would itself be read as a clearing word loses its percent signs.

use std::fmt::{Display, Write};

use crate::provision::text::long_line;

/// A file being written.
pub(super) struct Cfg {
    text: String,
}

impl Cfg {
    /// A file with the first line that Yealink demands.
    pub(super) fn new() -> Self {
        Self { text: "#!version:1.0.0.1\n".to_owned() }
    }

    /// A heading for people who read the file.
    pub(super) fn heading(&mut self, words: &'static str) {
        self.line(format_args!("\n# {words}"));
    }

    /// Sets a value; an empty one clears.
    pub(super) fn set(&mut self, key: impl Display, value: &str) {
        let value = long_line(value);
        match value.as_str() {
            "" => self.clear(key),
            text if is_clearing_word(text) => {
                let word = text.replace('%', "");
                self.line(format_args!("{key} = {word}"));
            }
            text => self.line(format_args!("{key} = {text}")),
        }
    }

    /// Sets a number.
    pub(super) fn number(&mut self, key: impl Display, value: u32) {
        self.line(format_args!("{key} = {value}"));
    }

    /// Clears a value explicitly.
    pub(super) fn clear(&mut self, key: impl Display) {
        self.line(format_args!("{key} = %NULL%"));
    }

    /// A line as it is: a word of a boot file, or one that was checked.
    pub(super) fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{line}").expect("a String takes every text");
    }

    /// The whole file.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

fn is_clearing_word(text: &str) -> bool {
    let text = text.replace(' ', "");
    text.eq_ignore_ascii_case("%null%") || text.eq_ignore_ascii_case("%empty%")
}
