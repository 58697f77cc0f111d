//! What can be wrong with an office file or an edit: one fault, where it is, and a plain sentence that says what to do.
//!
//! A [`FaultKind`] carries its facts as fields, so that a page can say it in another language; `Display` is the English
//! of the command line and the API. No fault carries a secret. The kinds stand in [`kinds`], sorted by the part of the
//! office they are about.

mod kinds;

use std::fmt;

pub use kinds::{DeviceFault, ExtensionFault, FaultKind, Form, OfficeFault, PlanFault, TextFault, Thing};

/// One fault, or one note: a thing worth saying that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line in the file, counted from 1; `None` where there is no file.
    pub line: Option<usize>,
    /// What it is about.
    pub place: Place,
    /// What is wrong.
    pub kind: FaultKind,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.kind),
            None => write!(f, "{}", self.kind),
        }
    }
}

impl std::error::Error for Fault {}

/// Which value of the wish something is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The table.
    pub part: Part,
    /// The key in it, as the office file names it; empty for the table as a whole.
    pub field: &'static str,
}

/// Which table of the wish something is in; positions count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The file as a whole.
    File,
    /// `[office]`.
    Office,
    /// `[[trunk]]`.
    Trunk,
    /// The extension at this position.
    Extension(usize),
    /// The key at the second position of the extension at the first.
    Key(usize, usize),
    /// The device at this position.
    Device(usize),
    /// `[plan]`.
    Plan,
    /// The code at this position.
    PlanEntry(usize),
}

impl Part {
    /// The place of `field` in this table.
    pub fn at(self, field: &'static str) -> Place {
        Place { part: self, field }
    }
}
