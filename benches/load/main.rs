//! The load of `benches/against-kamailio`: the same phones, the same rate, two servers in turn.
//!
//! Each round starts both servers afresh, looks at their memory while they idle, registers every phone for the first time,
//! then refreshes the registrations and makes calls, at a fixed rate, first against the one and then against the other.
//! What is compared is the processor time of the server's processes (user and system, all of them), over the number of
//! operations, and its memory. Medians over the rounds are printed, with the targets of the project.

mod kamailio;
mod measure;
mod perch;
#[allow(dead_code, reason = "the benchmark `hotdesk` makes other calls")]
mod phone;
mod report;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How often everything is measured.
    pub rounds: usize,
    /// How many phones there are; half of them call the other half.
    pub phones: usize,
    /// Registrations a second.
    pub rate: u32,
    /// How many registrations are refreshed in a round.
    pub refreshes: usize,
    /// Calls a second.
    pub call_rate: u32,
    /// How many calls are made in a round.
    pub calls: usize,
    /// Measure this server alone.
    pub only: Option<String>,
    /// The program to measure.
    pub perch: PathBuf,
}

impl Wanted {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
        let mut wanted = Wanted {
            rounds: 3,
            phones: 1000,
            rate: 2000,
            refreshes: 10_000,
            call_rate: 200,
            calls: 1500,
            only: None,
            perch: PathBuf::from("target/release/perch"),
        };
        while let Some(word) = words.next() {
            // Cargo adds this to every benchmark's command line.
            if word == "--bench" {
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            let number = || value.parse::<u32>().map_err(|_| format!("{word}: {value} is no number"));
            match word.as_str() {
                "--rounds" => wanted.rounds = number()?.max(1) as usize,
                "--phones" => wanted.phones = number()?.clamp(2, 8000) as usize & !1,
                "--rate" => wanted.rate = number()?.max(1),
                "--refreshes" => wanted.refreshes = number()? as usize,
                "--call-rate" => wanted.call_rate = number()?.max(1),
                "--calls" => wanted.calls = number()? as usize,
                "--only" => wanted.only = Some(value),
                "--perch" => wanted.perch = PathBuf::from(value),
                other => return Err(format!("{other} is unknown")),
            }
        }
        Ok(wanted)
    }
}

fn main() -> ExitCode {
    let wanted = match Wanted::read(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    match local.block_on(&runtime, run::run(&wanted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benchmark: {error:#}");
            ExitCode::FAILURE
        }
    }
}
