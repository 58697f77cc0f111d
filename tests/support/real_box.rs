//! The real binary, run in a folder of its own on free ports of the loopback, and ended by its process id in any case.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// A running box.
pub struct RealBox {
    process: Child,
    folder: TempDir,
    pub sip: SocketAddr,
    pub http: SocketAddr,
    rtp: String,
    token: OnceLock<String>,
}

/// A port that UDP and TCP both have free.
fn free_address() -> SocketAddr {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let address = udp.local_addr().expect("an address");
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Ports for sound below those the system gives out, apart from those of the boxes of other tests.
fn sound_ports() -> String {
    static BOXES: AtomicU32 = AtomicU32::new(0);
    let number = std::process::id().wrapping_mul(7) + BOXES.fetch_add(1, Ordering::Relaxed);
    let first = 17_000 + (number % 78) * 200;
    format!("{first}-{}", first + 199)
}

impl RealBox {
    /// Starts a box whose office is `office`.
    pub fn with(office: &str) -> RealBox {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("office.toml");
        fs::write(&file, office).expect("the office file is written");
        let (sip, http, rtp) = (free_address(), free_address(), sound_ports());
        let data = folder.path().join("data");
        let apply = perch(&["apply", &text(&file), "--yes", "--data", &text(&data)]).output();
        let apply = apply.expect("apply runs");
        assert!(apply.status.success(), "apply: {}", String::from_utf8_lossy(&apply.stderr));
        let process = start(&folder, sip, http, &rtp);
        RealBox { process, folder, sip, http, rtp, token: OnceLock::new() }
    }

    fn data(&self) -> String {
        text(&self.folder.path().join("data"))
    }

    /// A place for files of the test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Kills the box as a power cut would, and starts it again.
    pub fn kill_and_restart(&mut self) {
        self.process.kill().expect("the box is killed");
        self.process.wait().expect("the box has ended");
        self.process = start(&self.folder, self.sip, self.http, &self.rtp);
    }

    /// What a program shows to use the API.
    fn bearer(&self) -> String {
        let token = self.token.get_or_init(|| {
            let output = perch(&["token", "--data", &self.data()]).output().expect("token runs");
            String::from_utf8(output.stdout).expect("a text").trim().to_owned()
        });
        format!("Bearer {token}")
    }

    fn url(&self, what: &str) -> String {
        format!("http://{}/api/v1/{what}", self.http)
    }

    /// A list of the API.
    pub fn api(&self, what: &str) -> Value {
        let asked = ureq::get(self.url(what)).header("Authorization", self.bearer()).call();
        asked.expect("the API answers").into_body().read_json().expect("an answer in JSON")
    }

    /// Asks the API to do something: the status, and what it says.
    pub fn asks(&self, what: &str, body: &Value) -> (u16, Value) {
        let asked = ureq::post(self.url(what))
            .config()
            .http_status_as_error(false)
            .build()
            .header("Authorization", self.bearer())
            .send_json(body);
        let answer = asked.expect("the API answers");
        let status = answer.status().as_u16();
        (status, answer.into_body().read_json().unwrap_or_default())
    }

    /// The device of the API with that MAC or that name.
    pub fn device(&self, known_by: &str) -> Value {
        let plain = |text: &Value| text.as_str().unwrap_or_default().replace(':', "");
        let all = self.api("devices");
        let is_it = |one: &&Value| plain(&one["mac"]) == known_by || plain(&one["name"]) == known_by;
        let found = all.as_array().and_then(|all| all.iter().find(is_it)).cloned();
        found.unwrap_or_else(|| panic!("no {known_by} in {all}"))
    }

    /// How many entries a list of the API has, whichever way it is wrapped.
    pub fn count(&self, what: &str) -> usize {
        let answer = self.api(what);
        let list = answer.as_array().or_else(|| answer.get(what).and_then(Value::as_array));
        list.unwrap_or_else(|| panic!("no list of {what} in {answer}")).len()
    }

    /// What the box has logged, for a test that failed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for RealBox {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("-- the log of the box --\n{}", self.log());
        }
        // The process may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn perch(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perch"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Starts the box and waits until it says that it serves.
fn start(folder: &TempDir, sip: SocketAddr, http: SocketAddr, rtp: &str) -> Child {
    let log = fs::File::options().create(true).append(true).open(folder.path().join("log"));
    let (data, sip, http) = (text(&folder.path().join("data")), sip.to_string(), http.to_string());
    let mut process = perch(&["serve", "--data", &data, "--sip", &sip, "--http", &http, "--rtp", rtp])
        .args(["--log", "debug"])
        .stdout(Stdio::piped())
        .stderr(log.expect("a log file"))
        .spawn()
        .expect("the box starts");
    let said = process.stdout.take().expect("its output is a pipe");
    let (tell, told) = std::sync::mpsc::channel();
    // Reads to the end, so that the box never waits for a full pipe; ends with the box.
    std::thread::spawn(move || {
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            let _ = tell.send(line);
        }
    });
    loop {
        match told.recv_timeout(Duration::from_secs(60)) {
            Ok(line) if line.contains("running") => return process,
            Ok(_) => {}
            Err(error) => {
                let _ = process.kill();
                let _ = process.wait();
                let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
                panic!("the box does not start ({error}): {log}");
            }
        }
    }
}

fn text(path: &std::path::Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}
