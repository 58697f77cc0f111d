//! The composition root: makes the parts, runs the loops, stops them. Nobody imports it.
//!
//! ```text
//! main thread    the switchboard: sockets, exchange, control inbox (one task, no lock)
//! web            pages, API, phone files, control socket, panel
//! sound          the 20 ms beat
//! store writer   the disc
//! ```

mod keep;
mod log;
mod networks;
mod pace;
mod panel;
mod phones;
mod prompts;
mod sound;
mod start;
mod switchboard;
mod trace;
mod web;

use std::time::Duration;

use tokio::sync::watch;

use crate::config::settings::ServeSettings;
use crate::host::{limits, service};

pub use start::StartError;

/// How long the store may take to write what waits when the box stops.
const CLOSING: Duration = Duration::from_secs(1);

/// Files that a busy box has open: every connection it takes, the sound of each voice call, and a few of its own.
const OPEN_FILES: u64 = 2048;

/// Serves until the box is told to stop (SIGTERM, Ctrl-C, the terminal closed).
pub fn run(settings: ServeSettings) -> Result<(), StartError> {
    log::begin(settings.log);
    if limits::open_files() < OPEN_FILES {
        tracing::warn!(
            "the machine allows Perch fewer than {OPEN_FILES} open files: raise the limit (`ulimit -Hn`), or many idle connections shut out phones"
        );
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::System)?;
    let (stop, stopping) = watch::channel(false);
    runtime.block_on(async {
        let parts = start::start(settings).await?;
        let (store, socket) = (parts.store.clone(), parts.control_socket.clone());
        let pages = web::start(parts.web, stopping.clone())?;
        tokio::spawn(stop_on_signal(stop));
        service::ready();
        parts.switchboard.run(stopping).await;
        // The pages have been told by the same word; they need a moment for their last answers.
        let _ = tokio::task::spawn_blocking(move || pages.join()).await;
        let _ = std::fs::remove_file(socket);
        let closed = tokio::task::spawn_blocking(move || store.flush_and_close(CLOSING)).await;
        if let Ok(Err(error)) = closed {
            tracing::warn!(%error, "the last changes may not have been written");
        }
        Ok(())
    })
}

async fn stop_on_signal(stop: watch::Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    // Asked before the signal is heard, which makes it one that is not ignored.
    let stays = service::outlives_its_terminal();
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard: stop Perch with kill -9");
        return std::future::pending().await;
    };
    let hangup = async {
        match signal(SignalKind::hangup()) {
            Ok(mut hangup) if !stays => drop(hangup.recv().await),
            Ok(_) | Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = hangup => {}
    }
    service::stopping();
    tracing::info!("stopping");
    stop.send_replace(true);
}
