//! The service manager: tells systemd that the box serves, lives, and stops (sd_notify(3)), and what the one who
//! started the box wants of it. Without systemd nothing happens.

use std::env;
use std::fs;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The box serves.
pub fn ready() {
    notify("READY=1");
}

/// The box is ending.
pub fn stopping() {
    notify("STOPPING=1");
}

/// The box lives; to be called from the loop that does the work, so that a box that hangs is started again.
pub fn alive() {
    notify("WATCHDOG=1");
}

/// How often [`alive`] should be called, if the service manager watches: half of what it allows.
pub fn watchdog_interval() -> Option<Duration> {
    let micros: u64 = env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    Some(Duration::from_micros(micros) / 2).filter(|interval| !interval.is_zero())
}

/// Whether whoever started this process has it go on when the terminal is closed, as `nohup` does.
pub fn outlives_its_terminal() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    // The mask has a bit for each signal; hanging up is the first.
    ignored & 1 == 1
}

fn notify(state: &str) {
    let Some(path) = env::var_os("NOTIFY_SOCKET").and_then(|path| path.into_string().ok()) else { return };
    let address = match path.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    // Nobody to tell is no fault of the box.
    if let (Ok(socket), Ok(address)) = (UnixDatagram::unbound(), address) {
        let _ = socket.send_to_addr(state.as_bytes(), &address);
    }
}
