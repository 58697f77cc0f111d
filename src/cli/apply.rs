//! `perch check`, `perch apply`, `perch export`: office files in and out.

use std::path::Path;

use serde::Deserialize;

use super::office_file::{faulty, load, name_of, tell_faults, tell_notes};
use super::reach::{self, DataFolder, Missing, Problem, Reach, reach, refusal};
use super::token::now;
use super::{Confirmation, Stop, Streams, write, write_line};
use crate::config::apply::{after, entries, settle};
use crate::config::export::{self, Secrets};
use crate::config::fault::Fault;
use crate::config::office_file::{Draft, read_bytes};
use crate::config::rules::Rules;
use crate::model::{Fresh, Snapshot};
use crate::store::Opened;

/// `perch check FILE`.
pub(super) fn check(file: &Path, streams: &mut Streams) -> Result<(), Stop> {
    let draft = read(file, &load(file)?, streams)?;
    tell_notes(&draft.notes, streams)?;
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let extensions = count(draft.wish.extensions.len(), "extension");
    let devices = count(draft.wish.devices.len(), "device");
    write_line(streams.out, &format!("{} is good: {extensions}, {devices}", name_of(file)))
}

/// `perch apply FILE`.
pub(super) fn apply(
    file: &Path,
    data: &DataFolder,
    confirmation: Confirmation,
    streams: &mut Streams,
) -> Result<(), Stop> {
    let bytes = load(file)?;
    // Faults are told before the box is touched; a file that is good here is checked again by the box that runs.
    let draft = read(file, &bytes, streams)?;
    tell_notes(&draft.notes, streams)?;
    match reach(data, Missing::Make, streams)? {
        Reach::Running(client) => {
            let target = match confirmation {
                Confirmation::Given => "/control/apply?yes=1",
                Confirmation::Missing => "/control/apply",
            };
            let answer = reach::ask(client, data, ("POST", target), &bytes)?;
            if answer.status != 200 {
                return Err(declined(file, (answer.status, &Problem::read(&answer)), streams)?);
            }
            let applied: Applied = serde_json::from_slice(&answer.body).map_err(|_| {
                Stop::unable("the box answers in a way this perch does not know: restart it after an update")
            })?;
            tell_applied(&applied.lines, streams)?;
            match applied.saved {
                true => Ok(()),
                false => write_line(
                    streams.err,
                    "note: this holds from now on, but is not on the disc yet: look whether the disc is full",
                ),
            }
        }
        Reach::Stopped(opened) => {
            let done = apply_to_store(&draft, &opened, confirmation, streams);
            let closed = reach::close(&opened.store);
            tell_applied(&done?, streams)?;
            closed
        }
    }
}

/// `perch export`.
pub(super) fn export(data: &DataFolder, secrets: Secrets, streams: &mut Streams) -> Result<(), Stop> {
    match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let target = match secrets {
                Secrets::Shown => "/control/export?secrets=1",
                Secrets::LeftOut => "/control/export",
            };
            let answer = reach::ask(client, data, ("GET", target), b"")?;
            if answer.status != 200 {
                return Err(Stop::unable(Problem::read(&answer).detail));
            }
            write(streams.out, &String::from_utf8_lossy(&answer.body))
        }
        Reach::Stopped(opened) => {
            let office = &opened.snapshot.office;
            let file = export::is_set_up(office).then(|| export::export(office, secrets));
            reach::close(&opened.store)?;
            let file = file.ok_or_else(|| Stop::unable(export::NOT_SET_UP))?;
            write(streams.out, &file)
        }
    }
}

/// What the box says of a file that was applied.
#[derive(Debug, Deserialize)]
struct Applied {
    lines: Vec<String>,
    #[serde(default = "yes")]
    saved: bool,
}

fn yes() -> bool {
    true
}

fn read(file: &Path, bytes: &[u8], streams: &mut Streams) -> Result<Draft, Stop> {
    read_bytes(bytes, &Rules::standard()).or_else(|faults| {
        let said: Vec<String> = faults.iter().map(|fault: &Fault| fault.kind.to_string()).collect();
        let lines = faults.iter().zip(&said).map(|(fault, said)| (fault.line, said.as_str()));
        let count = tell_faults(lines, streams)?;
        Err(faulty(file, count))
    })
}

fn apply_to_store(
    draft: &Draft,
    opened: &Opened,
    confirmation: Confirmation,
    streams: &mut Streams,
) -> Result<Vec<String>, Stop> {
    let Snapshot { office, logins, .. } = &opened.snapshot;
    let diff = draft.plan_against(office, fresh(&opened.snapshot));
    if diff.removes_more_than_a_tenth && confirmation == Confirmation::Missing {
        tell_lines(&diff.lines(), streams)?;
        return Err(needs_confirmation());
    }
    let lines = diff.lines();
    let mut changes = diff.changes;
    let settled = settle(&after(office, &changes), logins, fresh(&opened.snapshot));
    let told = entries(&opened.snapshot, &changes, &settled, Some(now()));
    changes.extend(settled.into_iter().chain(told));
    if !changes.is_empty() {
        opened
            .store
            .apply_now(changes)
            .map_err(|error| Stop::unable(format!("nothing was changed, because {error}")))?;
    }
    Ok(lines)
}

fn declined(file: &Path, (status, problem): (u16, &Problem), streams: &mut Streams) -> Result<Stop, Stop> {
    if !problem.faults.is_empty() {
        let faults = problem.faults.iter().map(|fault| (fault.line, fault.message.as_str()));
        let count = tell_faults(faults, streams)?;
        return Ok(faulty(file, count));
    }
    if !problem.lines.is_empty() {
        tell_lines(&problem.lines, streams)?;
        return Ok(needs_confirmation());
    }
    Ok(refusal(problem, status))
}

fn needs_confirmation() -> Stop {
    Stop::declined(
        "this would remove more than a tenth of the office, and nothing was changed: if it is meant, say it again with --yes",
    )
}

fn tell_applied(lines: &[String], streams: &mut Streams) -> Result<(), Stop> {
    if lines.is_empty() {
        return write_line(streams.out, "nothing to change: the office is as the file says");
    }
    tell_lines(lines, streams)?;
    write_line(streams.out, "done: the office is as the file says")
}

fn tell_lines(lines: &[String], streams: &mut Streams) -> Result<(), Stop> {
    lines.iter().try_for_each(|line| write_line(streams.out, line))
}

fn fresh(snapshot: &Snapshot) -> Fresh {
    Fresh {
        last_device: snapshot.last_device,
        last_screen_name: snapshot.last_screen_name,
        seed: super::token::random_bytes(),
    }
}
