//! What can be wrong with an office file or an edit: one fault, where it is, and a plain sentence that says what to do.
//!
//! A [`FaultKind`] carries its facts as fields, so that a page can say it in another language; `Display` is the English
//! of the command line and the API. No fault carries a secret. The kinds stand in [`mod@kinds`] and [`mod@text`], sorted by the part of the
//! office they are about.

mod kinds;
mod text;

use std::fmt;

pub use kinds::{DeviceFault, ExtensionFault, FaultKind, OfficeFault, PlanFault, TenantFault};
pub use text::{Form, TextFault, Thing};

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
    /// `[office]`, or a `[[tenant]]`.
    Office(Whose),
    /// The trunk at this position.
    Trunk(Whose, usize),
    /// The number at the second position of the trunk at the first.
    Inbound(Whose, usize, usize),
    /// The automatic logout.
    AutoLogout(Whose),
    /// The trusted network at this position.
    Network(Whose, usize),
    /// The template of a kind at this position, in the order of their names.
    Template(Whose, TemplateKind, usize),
    /// The extension at this position.
    Extension(usize),
    /// The forwards of the extension at this position.
    Forwards(usize),
    /// The key at the second position of the extension at the first.
    Key(usize, usize),
    /// The device at this position.
    Device(usize),
    /// `[plan]`.
    Plan(Whose),
    /// The code at this position.
    PlanEntry(Whose, usize),
}

/// Which tenant's: 0 for the one that every box has, then the others in the order of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose(pub usize);

impl Whose {
    /// The tenant that every box has.
    pub const FIRST: Self = Self(0);
}

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TemplateKind {
    /// Extensions.
    Extension,
    /// SIP accounts.
    Account,
    /// Devices.
    Device,
}

impl Part {
    /// The place of `field` in this table.
    pub fn at(self, field: &'static str) -> Place {
        Place { part: self, field }
    }
}
