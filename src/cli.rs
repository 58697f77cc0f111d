//! The command line: checks and applies office files, exports the office, makes tokens, resets the box.
//!
//! `apply`, `export` and `token` ask the running box over the control socket in its folder; where none runs they open
//! the store themselves. `audit` asks the running box alone. Serving is not done here: [`run`] hands the settings back, and `app` serves.
//!
//! Whatever goes wrong is one sentence with its remedy. The exit code is 0 when all is done, 1 when what was asked for is
//! declined (a faulty file, a removal that was not confirmed), and 2 when the command could not be carried out.

mod apply;
mod arguments;
mod audit;
mod client;
mod office_file;
mod owner;
mod reach;
mod reset;
mod token;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};

use arguments::{Command, Parsed};

use crate::config::settings::ServeSettings;

/// What is to be done after the arguments were read.
#[derive(Debug)]
pub enum Outcome {
    /// Serve.
    Serve(ServeSettings),
    /// Nothing more: leave with this exit code.
    Exit(u8),
}

/// Where a command writes.
pub struct Streams<'s> {
    /// What was asked for.
    pub out: &'s mut dyn Write,
    /// What a person is told about it.
    pub err: &'s mut dyn Write,
}

impl fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streams")
    }
}

/// Reads the arguments, the program's name first, and does what they say, unless that is to serve.
pub fn run(arguments: impl IntoIterator<Item = OsString>, streams: &mut Streams) -> Outcome {
    let command = match arguments::parse(arguments) {
        Parsed::Command(command) => command,
        Parsed::Show(text) => return Outcome::Exit(finish(write(streams.out, &text), streams)),
        Parsed::Wrong(sentence) => {
            return Outcome::Exit(finish(Err(Stop::unable(sentence)), streams));
        }
    };
    let done = match command {
        Command::Serve(settings) => return Outcome::Serve(settings),
        Command::Check { file } => apply::check(&file, streams),
        Command::Apply { file, data, confirmation } => apply::apply(&file, &data, confirmation, streams),
        Command::Export { data, secrets } => apply::export(&data, secrets, streams),
        Command::Token { data } => token::token(&data, streams),
        Command::ListTokens { data } => token::list(&data, streams),
        Command::Revoke { data, id } => token::revoke(&data, &id, streams),
        Command::SetupCode { data } => token::setup_code(&data, streams),
        Command::Audit { data, csv } => audit::audit(&data, csv, streams),
        Command::Reset { data, confirmation } => reset::reset(&data, confirmation, streams),
    };
    Outcome::Exit(finish(done, streams))
}

/// Whether somebody has said yes to a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Confirmation {
    /// `--yes` was there.
    Given,
    /// It was not.
    Missing,
}

/// Why a command ends before it is done.
#[derive(Debug)]
enum Stop {
    /// What was asked for is declined, and why has been said.
    Declined(String),
    /// The command could not be carried out; the sentence says what to do.
    Unable(String),
    /// Nobody reads the output any more, as under `head`.
    NobodyReads,
}

impl Stop {
    fn unable(sentence: impl Into<String>) -> Self {
        Self::Unable(sentence.into())
    }

    fn declined(sentence: impl Into<String>) -> Self {
        Self::Declined(sentence.into())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Unable(format!("the output could not be written ({error}): check where it goes")),
        }
    }
}

fn finish(done: Result<(), Stop>, streams: &mut Streams) -> u8 {
    let (code, sentence) = match done {
        Ok(()) | Err(Stop::NobodyReads) => return 0,
        Err(Stop::Declined(sentence)) => (1, sentence),
        Err(Stop::Unable(sentence)) => (2, sentence),
    };
    // Where even this cannot be written, the exit code says it.
    let _ = writeln!(streams.err, "perch: {sentence}");
    code
}

fn write(to: &mut dyn Write, text: &str) -> Result<(), Stop> {
    to.write_all(text.as_bytes())?;
    to.flush()?;
    Ok(())
}

fn write_line(to: &mut dyn Write, text: &str) -> Result<(), Stop> {
    write(to, &format!("{text}\n"))
}

#[cfg(test)]
mod tests;
