//! Perch, the program: reads the command line and does what it says.

use std::io;
use std::process::ExitCode;

use perch::cli::{self, Outcome, Streams};

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    match cli::run(std::env::args_os(), &mut Streams { out: &mut out, err: &mut err }) {
        Outcome::Exit(code) => ExitCode::from(code),
        Outcome::Serve(_) => {
            eprintln!("perch: this build cannot serve yet");
            ExitCode::from(2)
        }
    }
}
