//! The service manager: tells systemd that the box serves, lives, and stops (sd_notify(3)). Without systemd nothing happens.

use std::env;
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
