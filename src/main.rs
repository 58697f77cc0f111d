//! Perch, the program: reads the command line and does what it says.

use std::io;
use std::process::ExitCode;

use perch::app;
use perch::cli::{self, Outcome, Streams};

fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    match cli::run(std::env::args_os(), &mut Streams { out: &mut out, err: &mut err }) {
        Outcome::Exit(code) => ExitCode::from(code),
        Outcome::Serve(settings) => match app::run(settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("perch: {error}");
                ExitCode::from(2)
            }
        },
    }
}
