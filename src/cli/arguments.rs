//! The arguments: what may be written behind `perch`, and one sentence for what may not.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::Confirmation;
use super::reach::DataFolder;
use crate::config::export::Secrets;
use crate::config::settings::{LogLevel, RtpPorts, ServeSettings};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Command {
    Serve(ServeSettings),
    Check { file: PathBuf },
    Apply { file: PathBuf, data: DataFolder, confirmation: Confirmation },
    Export { data: DataFolder, secrets: Secrets },
    Token { data: DataFolder },
    ListTokens { data: DataFolder },
    Revoke { data: DataFolder, id: String },
    SetupCode { data: DataFolder },
    Audit { data: DataFolder, csv: bool },
    Reset { data: DataFolder, confirmation: Confirmation },
}

/// What the arguments came to.
#[derive(Debug)]
pub(super) enum Parsed {
    /// A command.
    Command(Command),
    /// A text that was asked for: help, or the version.
    Show(String),
    /// Something is wrong; one sentence with the remedy.
    Wrong(String),
}

/// Reads the arguments, the program's name first.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Parsed {
    let read = Line::command().try_get_matches_from(arguments);
    match read.and_then(|matches| Line::from_arg_matches(&matches)) {
        Ok(line) => line.into_command().map_or_else(Parsed::Wrong, Parsed::Command),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Parsed::Show(error.to_string()),
            _ => Parsed::Wrong(sentence(&error)),
        },
    }
}

/// Perch: a hot-desking phone appliance. Without a command it serves.
#[derive(Debug, Parser)]
#[command(
    name = "perch",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Exit code: 0 done; 1 declined, for example a faulty office file; 2 could not be carried out."
)]
struct Line {
    #[command(subcommand)]
    command: Option<Word>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Word {
    /// Serve phones and pages (what Perch does without a command)
    Serve(ServeArgs),
    /// Read an office file and say what is wrong with it; changes nothing
    Check {
        /// The office file; - reads it from the input
        file: PathBuf,
    },
    /// Make the office what an office file says, and print what changes
    Apply {
        /// The office file; - reads it from the input
        file: PathBuf,
        /// Also when more than a tenth of the extensions or devices goes
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        at: DataArg,
    },
    /// Print the office as an office file
    Export {
        /// With PINs and passwords
        #[arg(long)]
        secrets: bool,
        #[command(flatten)]
        at: DataArg,
    },
    /// Make a token for the API and print it
    Token {
        /// Print the set-up code instead, while the box has no password
        #[arg(long)]
        setup: bool,
        /// List the tokens instead: the id of each, when it was made, the day it was used last
        #[arg(long, conflicts_with = "setup")]
        list: bool,
        /// Withdraw the token with this id instead
        #[arg(long, value_name = "ID", conflicts_with_all = ["setup", "list"])]
        revoke: Option<String>,
        #[command(flatten)]
        at: DataArg,
    },
    /// Print the journal of the running box: who logged in where, when, how, and why it ended
    Audit {
        /// As CSV, for a spreadsheet
        #[arg(long)]
        csv: bool,
        /// As JSON (what is done without a flag)
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        #[command(flatten)]
        at: DataArg,
    },
    /// Remove everything from the box's folder: the office, logins, call records, passwords
    Reset {
        /// Really do it
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        at: DataArg,
    },
}

#[derive(Debug, Args)]
struct DataArg {
    /// The box's folder [default: ./perch-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    at: DataArg,
    /// Where SIP is heard, UDP and TCP [default: 0.0.0.0:5060]
    #[arg(long, value_name = "ADDR:PORT", value_parser = socket_address)]
    sip: Option<SocketAddr>,
    /// Where pages and phone files are served [default: 0.0.0.0:8080]
    #[arg(long, value_name = "ADDR:PORT", value_parser = socket_address)]
    http: Option<SocketAddr>,
    /// The address that phones are told [default: that of the network a phone is in]
    #[arg(long, value_name = "ADDR", value_parser = lan_address)]
    lan: Option<IpAddr>,
    /// The UDP ports for sound [default: 16384-16883]
    #[arg(long, value_name = "FROM-TO")]
    rtp: Option<RtpPorts>,
    /// How much is logged: error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<LogLevel>,
}

impl Line {
    fn into_command(self) -> Result<Command, String> {
        let confirmation = |yes| if yes { Confirmation::Given } else { Confirmation::Missing };
        Ok(match self.command {
            None => Command::Serve(self.serve.into_settings()?),
            Some(Word::Serve(serve)) => Command::Serve(serve.into_settings()?),
            Some(Word::Check { file }) => Command::Check { file },
            Some(Word::Apply { file, yes, at }) => {
                Command::Apply { file, data: at.folder(), confirmation: confirmation(yes) }
            }
            Some(Word::Export { secrets, at }) => {
                let secrets = if secrets { Secrets::Shown } else { Secrets::LeftOut };
                Command::Export { data: at.folder(), secrets }
            }
            Some(Word::Token { setup, list, revoke, at }) => match (setup, list, revoke) {
                (true, _, _) => Command::SetupCode { data: at.folder() },
                (false, true, _) => Command::ListTokens { data: at.folder() },
                (false, false, Some(id)) => Command::Revoke { data: at.folder(), id },
                (false, false, None) => Command::Token { data: at.folder() },
            },
            Some(Word::Audit { csv, at, .. }) => Command::Audit { data: at.folder(), csv },
            Some(Word::Reset { yes, at }) => {
                Command::Reset { data: at.folder(), confirmation: confirmation(yes) }
            }
        })
    }
}

impl DataArg {
    fn folder(self) -> DataFolder {
        DataFolder::of(self.data)
    }
}

impl ServeArgs {
    fn into_settings(self) -> Result<ServeSettings, String> {
        let default = ServeSettings::default();
        let settings = ServeSettings {
            data: self.at.folder().dir,
            sip: self.sip.unwrap_or(default.sip),
            http: self.http.unwrap_or(default.http),
            lan: self.lan,
            rtp: self.rtp.unwrap_or(default.rtp),
            log: self.log.unwrap_or(default.log),
        };
        settings.check().map_err(|error| error.to_string())?;
        Ok(settings)
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(address) if is_of_many(address.ip()) => Err(format!(
            "\"{text}\" is the address of a group, not of a machine: write this machine's own, or 0.0.0.0:{} for all of them",
            address.port()
        )),
        Ok(address) => Ok(address),
        Err(_) => Err(format!(
            "\"{text}\" is not an address with a port: write for example 0.0.0.0:5060 or [::]:5060"
        )),
    }
}

/// Multicast and broadcast: what is sent there reaches many, and nobody is there alone.
fn is_of_many(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_multicast() || matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
}

fn lan_address(text: &str) -> Result<IpAddr, String> {
    match text.parse::<IpAddr>() {
        Ok(address) if !address.is_unspecified() && !is_of_many(address) => Ok(address),
        Ok(_) | Err(_) => Err(format!(
            "\"{text}\" is not an address that phones can reach: write this machine's own, for example 192.168.1.10"
        )),
    }
}

/// One sentence for what is wrong, with the remedy.
fn sentence(error: &clap::Error) -> String {
    // Of several suggestions the last is the nearest.
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.last().cloned(),
        _ => None,
    };
    let meant = |what: Option<String>| match what {
        Some(word) => format!("did you mean \"{word}\"?"),
        None => "\"perch --help\" lists what there is".to_owned(),
    };
    let argument = || context(ContextKind::InvalidArg).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => {
            format!("there is no \"{}\" here: {}", argument(), meant(context(ContextKind::SuggestedArg)))
        }
        ErrorKind::InvalidSubcommand => {
            let word = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("there is no command \"{word}\": {}", meant(context(ContextKind::SuggestedSubcommand)))
        }
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            Some(cause) => format!("{}: {cause}", argument()),
            None => format!("{} has a value that cannot be: \"perch --help\" shows one that can", argument()),
        },
        ErrorKind::InvalidValue => format!("{} needs a value behind it", argument()),
        ErrorKind::MissingRequiredArgument => {
            format!("{} is missing: write it behind the command", argument())
        }
        ErrorKind::ArgumentConflict => {
            match (context(ContextKind::InvalidArg), context(ContextKind::PriorArg)) {
                (Some(one), Some(other)) if one != other => {
                    format!("{one} and {other} do not go together: write one of them")
                }
                (Some(argument), _) => format!("{argument} is there twice: write it once"),
                (None, _) => "options stand behind the command: write for example \"perch token --data DIR\""
                    .to_owned(),
            }
        }
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::NoEquals => {
            format!("{} has too many values or too few: \"perch --help\" shows how it is written", argument())
        }
        _ => {
            let said = error.to_string();
            let said = said.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("{said}: \"perch --help\" shows what can be written")
        }
    }
}
