//! The real program, started on a loopback address and free ports of its own, and ended by its own process number.
//!
//! Every [`RunningBox`] has a folder of its own unless it is given one, so tests run side by side. Whatever the test does, the
//! process ends with it.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// The program.
pub const PERCH: &str = env!("CARGO_BIN_EXE_perch");

/// How long a box may take to serve on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a box is to listen.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub sip: SocketAddr,
    pub http: SocketAddr,
}

impl Addresses {
    /// An address of this machine that no other test uses, with ports that are free.
    pub fn free() -> Self {
        static TAKEN: AtomicU16 = AtomicU16::new(0);
        let [high, low] = (std::process::id() as u16).to_be_bytes();
        let [.., number] = TAKEN.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let ip = Ipv4Addr::new(127, high.max(1), low, number.max(1));
        loop {
            let tcp = TcpListener::bind((ip, 0)).expect("loopback has free ports");
            let sip = tcp.local_addr().expect("it is bound");
            let http = TcpListener::bind((ip, 0)).and_then(|http| http.local_addr()).expect("one more");
            if UdpSocket::bind(sip).is_ok() {
                return Self { sip, http };
            }
        }
    }

    /// The options that say so. A box at every address finds out by itself by which of them it is reached.
    pub fn options(&self) -> Vec<String> {
        let mut words =
            vec!["--sip".to_owned(), self.sip.to_string(), "--http".to_owned(), self.http.to_string()];
        if !self.sip.ip().is_unspecified() {
            words.extend(["--lan".to_owned(), self.sip.ip().to_string()]);
        }
        words.extend(["--rtp", "20000-20199"].map(str::to_owned));
        words
    }
}

/// A box that serves.
#[derive(Debug)]
pub struct RunningBox {
    child: Child,
    pub folder: PathBuf,
    pub at: Addresses,
    /// From the start of the process to the first answer of its page.
    pub served_after: Duration,
}

impl RunningBox {
    /// Starts a box on `folder` and waits until its page answers.
    pub fn on(folder: &Path) -> Self {
        Self::with(folder, Addresses::free(), |_| {})
    }

    /// The same at `at`, with what `more` adds to the command.
    pub fn with(folder: &Path, at: Addresses, more: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(PERCH);
        command.arg("serve").arg("--data").arg(folder).args(at.options());
        let log =
            |name: &str| fs::File::create(folder.with_extension(name)).expect("beside the folder is room");
        command.stdin(Stdio::null()).stdout(log("out")).stderr(log("log"));
        more(&mut command);
        let begun = Instant::now();
        let child = command.spawn().expect("the program can be started");
        let mut running = Self { child, folder: folder.to_owned(), at, served_after: Duration::ZERO };
        while running.page("/").is_err() {
            let ended = running.child.try_wait().expect("it can be asked");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "it does not serve: {}", running.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        running.served_after = begun.elapsed();
        running
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The status and the body of a page; an error where nobody answers.
    pub fn page(&self, path: &str) -> Result<(u16, String), ureq::Error> {
        self.asks(path, None)
    }

    /// The same from the API, with a token.
    pub fn api(&self, path: &str, token: &str) -> (u16, String) {
        self.asks(path, Some(token)).expect("the box answers")
    }

    fn asks(&self, path: &str, token: Option<&str>) -> Result<(u16, String), ureq::Error> {
        let settings = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(10)));
        let agent = ureq::Agent::new_with_config(settings.build());
        let mut request = agent.get(format!("http://{}{path}", self.at.http));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {}", token.trim()));
        }
        let mut answer = request.call()?;
        let body = answer.body_mut().read_to_string()?;
        Ok((answer.status().as_u16(), body))
    }

    /// `perch <arguments> --data <its folder>`.
    pub fn told(&self, arguments: &[&str]) -> Said {
        perch_on(&self.folder, arguments)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.with_extension("log")).unwrap_or_default()
    }

    /// What it has printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(self.folder.with_extension("out")).unwrap_or_default()
    }

    /// Sends `signal` (`TERM`, `INT`, `KILL`) and waits for the end: how it ended, and after how long.
    pub fn ends_by(mut self, signal: nix::sys::signal::Signal) -> (ExitStatus, Duration) {
        let begun = Instant::now();
        let id = nix::unistd::Pid::from_raw(self.id().cast_signed());
        nix::sys::signal::kill(id, signal).expect("it is ours");
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for RunningBox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command said, and its exit code.
#[derive(Debug)]
pub struct Said {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

/// `perch <arguments>`, run to its end.
pub fn perch(arguments: &[&str]) -> Said {
    said(Command::new(PERCH).args(arguments))
}

/// `perch <arguments> --data <folder>`.
pub fn perch_on(folder: &Path, arguments: &[&str]) -> Said {
    said(Command::new(PERCH).args(arguments).arg("--data").arg(folder))
}

/// A command that is expected to end by itself; one that does not is ended.
pub fn said(command: &mut Command) -> Said {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .expect("the program can be started");
    let begun = Instant::now();
    while child.try_wait().expect("it can be asked").is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().expect("it is ours");
            let mut err = String::new();
            let _ = child.stderr.take().map(|mut stream| stream.read_to_string(&mut err));
            panic!("it does not end: {err}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it has ended");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    Said { out: text(stdout), err: text(stderr), code: status.code() }
}
