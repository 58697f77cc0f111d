//! The thread of the pages: HTTP, the control socket, the panel. Apart from the switchboard, so that a page never delays a
//! call.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::thread::JoinHandle;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

use crate::app::{StartError, panel, trace};
use crate::model::Secret;
use crate::web::{Web, WebParts, serve, serve_local};

/// What the pages need.
pub struct Pages {
    /// The parts of the pages.
    pub parts: WebParts,
    /// Where pages are served.
    pub http: std::net::TcpListener,
    /// Where the command line asks.
    pub control: std::os::unix::net::UnixListener,
    /// Where the panel's picture goes.
    pub screen: watch::Sender<Option<String>>,
    /// The address that is printed.
    pub address: String,
    /// The same for the panel.
    pub network: watch::Receiver<SocketAddr>,
}

/// Starts the thread; it ends after `stopping` has said so.
pub fn start(pages: Pages, stopping: watch::Receiver<bool>) -> Result<JoinHandle<()>, StartError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::System)?;
    let run = move || {
        if let Err(error) = runtime.block_on(run(pages, stopping)) {
            tracing::error!(%error, "the pages cannot be served; calls go on");
        }
    };
    std::thread::Builder::new().name("web".to_owned()).spawn(run).map_err(StartError::System)
}

async fn run(pages: Pages, stopping: watch::Receiver<bool>) -> io::Result<()> {
    let Pages { parts, http, control, screen, address, network } = pages;
    let (http, local) = (TcpListener::from_std(http)?, UnixListener::from_std(control)?);
    let asked = parts.control.clone();
    let web = Web::open(parts).map_err(io::Error::other)?;
    let code = web.setup_code();
    say_where(&address, code.as_ref());
    tokio::spawn(panel::run(asked, screen, network, code));
    let stop = |mut stopping: watch::Receiver<bool>| async move {
        // The sender gone means the same.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    tokio::join!(
        serve(http, trace::requests(web.router()), stop(stopping.clone())),
        serve_local(local, trace::requests(web.control_router()), stop(stopping)),
    );
    Ok(())
}

/// What a person sees who has just started the box; nobody may be looking.
fn say_where(address: &str, code: Option<&Secret>) {
    let mut out = io::stdout();
    let _ = match code {
        Some(code) => {
            writeln!(out, "Perch is running. Set it up at {address}\nThe set-up code is {}", code.expose())
        }
        None => writeln!(out, "Perch is running at {address}"),
    };
}
