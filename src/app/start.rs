//! The start: opens the folder, the sockets and the parts; every refusal is one sentence with its remedy.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::app::keep::{PageKeep, Records};
use crate::app::networks::Networks;
use crate::app::sound::Sound;
use crate::app::switchboard::Switchboard;
use crate::app::web::Pages;
use crate::app::{phones, prompts};
use crate::config::settings::ServeSettings;
use crate::control::Control;
use crate::exchange::dialplan::emergency;
use crate::exchange::{EMERGENCIES_SHOWN, Exchange, Settings};
use crate::host::{addresses, clock, neighbours};
use crate::net::rtp::{self, News, PortRange};
use crate::net::tcp::Tcp;
use crate::net::udp::Udp;
use crate::sip::uri::host_of;
use crate::store::{OpenError, Opened, Store, StoreSettings};
use crate::web::{WebParts, WebSettings};

/// Why the box cannot start; one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder cannot be used.
    #[error("{0}")]
    Store(#[from] OpenError),
    /// Somebody else has the port.
    #[error(
        "{what} {address} is in use by another program: stop that, or choose another with {flag} ADDR:PORT"
    )]
    Busy {
        /// What was to be served there.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// The port may not be used.
    #[error("{what} {address} may not be used by this user: choose a port above 1023 with {flag} ADDR:PORT")]
    Forbidden {
        /// What was to be served there.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// The address is not one of this machine's.
    #[error("{what} {address} is no address of this machine: choose another with {flag} ADDR:PORT")]
    NotHere {
        /// What was to be served there.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// The flag that chooses another.
        flag: &'static str,
    },
    /// The control socket cannot be made.
    #[error(
        "the control socket {path:?} cannot be made ({source}): choose a folder with a shorter name, or on another disc, with --data"
    )]
    Control {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The machine refuses something every program needs.
    #[error(
        "this machine refuses what Perch needs ({0}): restart it, or give Perch more memory and open files"
    )]
    System(#[source] io::Error),
}

/// The parts of a box about to serve.
pub struct Parts {
    /// The switchboard.
    pub switchboard: Switchboard,
    /// The pages.
    pub web: Pages,
    /// The disc.
    pub store: Store,
    /// The control socket's file.
    pub control_socket: PathBuf,
}

/// Opens everything.
pub async fn start(settings: ServeSettings) -> Result<Parts, StartError> {
    let data = settings.data.clone();
    let opened = tokio::task::spawn_blocking(move || Store::open(&data, StoreSettings::default())).await;
    let Opened { store, snapshot, findings, acks } =
        opened.map_err(|error| StartError::System(error.into()))??;
    for finding in &findings {
        tracing::warn!("{finding}");
    }
    let sip = |error| refused(&error, "the SIP port", settings.sip, "--sip");
    let udp = Udp::bind(settings.sip).map_err(sip)?;
    let tcp = Tcp::bind(SocketAddr::new(settings.sip.ip(), udp.local_addr().port())).await.map_err(sip)?;
    let http = std::net::TcpListener::bind(settings.http)
        .map_err(|error| refused(&error, "the page's port", settings.http, "--http"))?;
    http.set_nonblocking(true).map_err(StartError::System)?;
    let http_port = http.local_addr().map_err(StartError::System)?.port();

    let (control, requests, events) = Control::new();
    let (sound, sound_news) = sound(&settings)?;
    let main_address = fixed_address(&settings).unwrap_or_else(addresses::main_address);
    let exchange = Settings {
        lan: settings.lan,
        main_address,
        sip_address: udp.local_addr().ip(),
        sip_port: udp.local_addr().port(),
        web_port: http_port,
        facts: phones::facts,
        challenge: phones::challenge_form,
    };
    let mut exchange = Exchange::new(exchange, snapshot, seed()?, clock::now());
    exchange.recall_findings(findings);
    match store.emergencies(EMERGENCIES_SHOWN) {
        Ok(notices) => exchange.recall_emergencies(notices),
        Err(error) => tracing::warn!(%error, "earlier emergency calls could not be read"),
    }
    let (reached_at, network) = watch::channel(SocketAddr::new(main_address, http_port));
    let networks = Networks::open(&udp, fixed_address(&settings), reached_at);
    let (screen, shown) = watch::channel(None);
    let parts = WebParts {
        control,
        keep: Arc::new(PageKeep(store.web())),
        calls: Arc::new(Records(store.clone())),
        audit: Arc::new(Records(store.clone())),
        countries: countries(),
        screen: shown,
        settings: WebSettings { http_port, lan: settings.lan, names: Vec::new() },
        lives_at: neighbours::lives_at,
    };
    let (control_socket, local) = control_listener(&settings)?;
    let address = format!("http://{}:{http_port}/", host_of(main_address));
    let web = Pages { parts, http, control: local, screen, address, network };
    let (lan, web_port, kept) = (settings.lan, http_port, store.clone());
    let switchboard = Switchboard {
        exchange,
        udp,
        tcp,
        networks,
        sound,
        sound_news,
        store: kept,
        acks,
        requests,
        events,
        lan,
        web_port,
    };
    Ok(Parts { switchboard, web, store, control_socket })
}

/// The sound thread, and its news.
fn sound(settings: &ServeSettings) -> Result<(Sound, mpsc::UnboundedReceiver<News>), StartError> {
    let (told, news) = mpsc::unbounded_channel();
    let ports = PortRange { first: *settings.rtp.range().start(), last: *settings.rtp.range().end() };
    let is_free = |port| UdpSocket::bind((settings.sip.ip(), port)).is_ok();
    if !settings.rtp.even().any(is_free) {
        tracing::warn!(
            "every sound port from {} to {} is in use by other programs, so the voice menu cannot speak: stop them, or choose other ports with --rtp FROM-TO",
            ports.first,
            ports.last
        );
    }
    // A switchboard that is gone wants no news.
    let commands = rtp::start(ports, move |news| drop(told.send(news))).map_err(StartError::System)?;
    Ok((Sound::new(commands, prompts::library(&settings.data)), news))
}

/// The countries whose emergency numbers are known, with them.
fn countries() -> BTreeMap<crate::model::Country, Vec<String>> {
    let numbers = |country| emergency::numbers_of_country(country).into_iter().map(str::to_owned).collect();
    emergency::countries().into_iter().map(|country| (country, numbers(country))).collect()
}

fn seed() -> Result<[u8; 32], StartError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| StartError::System(io::Error::other(error.to_string())))?;
    Ok(seed)
}

/// The address people and phones reach the box by, where the owner has said it.
fn fixed_address(settings: &ServeSettings) -> Option<IpAddr> {
    let bound = [settings.http.ip(), settings.sip.ip()].into_iter().find(|ip| !ip.is_unspecified());
    settings.lan.or(bound)
}

fn control_listener(
    settings: &ServeSettings,
) -> Result<(PathBuf, std::os::unix::net::UnixListener), StartError> {
    let path = settings.control_socket();
    let failed = |source| StartError::Control { path: path.clone(), source };
    // The store's lock is held: a socket that is there belongs to a box that was killed.
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(failed(error));
    }
    let listener = std::os::unix::net::UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok((path.clone(), listener))
}

fn refused(error: &io::Error, what: &'static str, address: SocketAddr, flag: &'static str) -> StartError {
    match error.kind() {
        io::ErrorKind::AddrInUse => StartError::Busy { what, address, flag },
        io::ErrorKind::PermissionDenied => StartError::Forbidden { what, address, flag },
        io::ErrorKind::AddrNotAvailable => StartError::NotHere { what, address, flag },
        _ => StartError::System(io::Error::from(error.kind())),
    }
}
