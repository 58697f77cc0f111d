//! `perch audit`: the journal of the running box, as JSON or CSV (B14).

use super::reach::{self, DataFolder, Missing, Problem, Reach, reach, refusal};
use super::{Stop, Streams, write};

/// `perch audit`.
pub(super) fn audit(data: &DataFolder, csv: bool, streams: &mut Streams) -> Result<(), Stop> {
    match reach(data, Missing::Refuse, streams)? {
        Reach::Running(client) => {
            let target = if csv { "/control/audit?format=csv" } else { "/control/audit" };
            let answer = reach::ask(client, data, ("GET", target), b"")?;
            if answer.status != 200 {
                return Err(refusal(&Problem::read(&answer), answer.status));
            }
            write(streams.out, &String::from_utf8_lossy(&answer.body))
        }
        Reach::Stopped(opened) => {
            reach::close(&opened.store)?;
            Err(Stop::unable("Perch is not running: start it, and ask again"))
        }
    }
}
