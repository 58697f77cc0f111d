//! How fast calls and phones follow a login, on the real program, with simulated phones.
//!
//! On a box with calls up, one login after the other is made by voice, and measured:
//!
//! - (a) from the first end packet of `#` to the first call that rings at the new desk, while a caller places an INVITE
//!   every 5 ms;
//! - (b) from the BYE that ends the login call to the NOTIFY that tells the phone;
//! - (c) from the phone's 200 to the NOTIFY to the 200 of its new registration, the phone acting at once.
//!
//! Then many desks log in at a steady rate, each taken over by the next user, and it is counted how many logins were
//! granted and followed by their phones. Medians are printed, with the targets of the project.

#[allow(dead_code, reason = "of the calls, the benchmark `load` makes other ones")]
#[path = "../load/phone.rs"]
mod phone;

mod caller;
mod desk;
mod message;
mod office;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// How many calls are up meanwhile.
    pub calls: usize,
    /// How many logins are measured one by one.
    pub samples: usize,
    /// How many logins a minute are made afterwards.
    pub rate: u32,
    /// For how many seconds.
    pub seconds: u32,
    /// How many desks there are. A login by voice lasts some seconds: too few desks are busy when their turn comes.
    pub desks: usize,
    /// The program to measure.
    pub perch: PathBuf,
}

impl Wanted {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
        let perch = PathBuf::from("target/release/perch");
        let mut wanted = Wanted { calls: 200, samples: 30, rate: 1000, seconds: 60, desks: 250, perch };
        while let Some(word) = words.next() {
            // Cargo adds this to every benchmark's command line.
            if word == "--bench" {
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            let number = || value.parse::<u32>().map_err(|_| format!("{word}: {value} is no number"));
            match word.as_str() {
                "--calls" => wanted.calls = number()?.min(1000) as usize,
                "--samples" => wanted.samples = number()?.max(1) as usize,
                "--rate" => wanted.rate = number()?.clamp(1, 60_000),
                "--seconds" => wanted.seconds = number()?,
                "--desks" => wanted.desks = number()?.clamp(1, 250) as usize,
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
