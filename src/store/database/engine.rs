//! The engine's bad days: it may panic, hang, or still be held by a handle of this process.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Once, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::Fault;
use crate::store::WRITER;

/// Opens sled, waiting a little where a handle of this very process has not let go yet (the folder's lock is ours, so
/// nobody else can hold it).
pub(super) fn open_unlocked(path: &Path, cache: u64) -> Result<sled::Db, Fault> {
    // An index that was being written when the power went would be taken for a damaged one; the log has all it had.
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().ends_with(".generating") {
            std::fs::remove_file(entry.path())?;
        }
    }
    let give_up = Instant::now() + LET_GO;
    loop {
        let config = sled::Config::new()
            .path(path)
            .mode(sled::Mode::LowSpace)
            .cache_capacity(cache)
            .flush_every_ms(None);
        match config.open() {
            Err(sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                if Instant::now() >= give_up {
                    return Err(Fault::Disc(error));
                }
                thread::sleep(Duration::from_millis(20));
            }
            opened => return Ok(opened?),
        }
    }
}

/// Runs `work` where a panic or a wait without end inside sled does no harm. (It has been seen to wait without end for a
/// write that had failed.)
pub(in crate::store) fn guarded<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    quieten_panics();
    let (done, outcome) = mpsc::sync_channel(1);
    let guard = thread::Builder::new().name(GUARD.to_owned()).spawn(move || {
        let _ = done.send(work());
    });
    let guard = guard.map_err(Fault::Disc)?;
    match outcome.recv_timeout(patience) {
        Ok(result) => {
            let _ = guard.join();
            Ok(result)
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(Fault::Damaged("the database engine gave up on it".to_owned()))
        }
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Fault::Stuck),
    }
}

/// Runs `work` and turns a panic inside sled into a fault.
pub(in crate::store) fn caught<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    quieten_panics();
    panic::catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Fault::Damaged("the database engine gave up on it".to_owned())))
}

/// Panics on sled's threads and on ours are caught and answered; their message goes to the log instead of the screen.
fn quieten_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let current = thread::current();
            match current.name() {
                Some(name) if name == GUARD || name == WRITER || name.starts_with("sled-io-") => {
                    tracing::warn!(cause = %panic, "the database engine gave up; Perch deals with it");
                }
                _ => usual(panic),
            }
        }));
    });
}

const GUARD: &str = "perch-store-open";
const LET_GO: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_or_an_endless_wait_becomes_a_fault() {
        let patience = Duration::from_millis(50);
        assert!(matches!(guarded(patience, || 7), Ok(7)));
        assert!(matches!(guarded(patience, || panic!("as sled does")), Err::<(), _>(Fault::Damaged(_))));
        let stuck = guarded(patience, || thread::sleep(Duration::from_secs(2)));
        assert!(matches!(stuck, Err(Fault::Stuck)));
        assert!(matches!(caught(|| -> Result<(), Fault> { panic!("as sled does") }), Err(Fault::Damaged(_))));
    }
}
