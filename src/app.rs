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
use crate::host::service;

pub use start::StartError;

/// How long the store may take to write what waits when the box stops.
const CLOSING: Duration = Duration::from_secs(1);

/// Serves until the box is told to stop (SIGTERM, Ctrl-C).
pub fn run(settings: ServeSettings) -> Result<(), StartError> {
    log::begin(settings.log);
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
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard: stop Perch with kill -9");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    service::stopping();
    tracing::info!("stopping");
    stop.send_replace(true);
}
