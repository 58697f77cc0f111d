//! Takes an office file from the disc or the input, and prints its faults.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Stop, Streams, write_line};
use crate::config::fault::Fault;
use crate::config::office_file::MAX_FILE;

/// The bytes of a file, no more than a reader will take and one, so that a larger one is told.
pub(super) fn load(file: &Path) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE as u64 + 1;
    let read = if file == Path::new(INPUT) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|open| open.take(limit).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => {
            let name = name_of(file);
            let remedy = match error.kind() {
                io::ErrorKind::NotFound => format!("there is no file {name}: check its name and folder"),
                io::ErrorKind::PermissionDenied => {
                    format!("the file {name} may not be read by this user: change its rights, or use sudo")
                }
                io::ErrorKind::IsADirectory => {
                    format!("{name} is a folder: name the office file in it")
                }
                _ => format!("the file {name} cannot be read ({error}): check the disc it is on"),
            };
            Err(Stop::unable(remedy))
        }
    }
}

/// Prints the faults of a file, a line each.
pub(super) fn tell_faults<'f>(
    faults: impl Iterator<Item = (Option<usize>, &'f str)>,
    streams: &mut Streams,
) -> Result<usize, Stop> {
    let mut count = 0;
    for (line, message) in faults {
        match line {
            Some(line) => write_line(streams.err, &format!("line {line}: {message}"))?,
            None => write_line(streams.err, message)?,
        }
        count += 1;
    }
    Ok(count)
}

/// Prints what is worth saying about a good file.
pub(super) fn tell_notes(notes: &[Fault], streams: &mut Streams) -> Result<(), Stop> {
    notes.iter().try_for_each(|note| write_line(streams.err, &format!("note: {note}")))
}

/// Says that a file is faulty and nothing was done.
pub(super) fn faulty(file: &Path, count: usize) -> Stop {
    let faults = if count == 1 { "a fault".to_owned() } else { format!("{count} faults") };
    Stop::declined(format!(
        "{} has {faults}, and nothing was changed: mend what is said above",
        name_of(file)
    ))
}

/// What a file is called in a sentence.
pub(super) fn name_of(file: &Path) -> String {
    if file == Path::new(INPUT) { "the input".to_owned() } else { file.display().to_string() }
}

/// The name that stands for the input.
const INPUT: &str = "-";
