//! The real program on free ports, with a folder of its own; ended when it goes out of scope.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Perch {
    child: Child,
    folder: TempDir,
    web: SocketAddr,
    code: String,
}

impl Perch {
    /// Starts the program and reads the set-up code it prints.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let web = free_port();
        let mut child = Command::new(env!("CARGO_BIN_EXE_perch"))
            .arg("serve")
            .args(["--data".as_ref(), folder.path().as_os_str()])
            .args(["--http", &web.to_string(), "--sip", &free_sip_port().to_string(), "--rtp", "29000-29019"])
            .args(["--lan", "127.0.0.1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let code = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("The set-up code is ").map(str::to_owned))
            .expect("a set-up code");
        Self { child, folder, web, code }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.web)
    }

    pub fn setup_code(&self) -> &str {
        &self.code
    }

    /// A Yealink phone asks for its file, as it does when it boots.
    pub async fn phone_boots(&self, mac: &str) {
        let url = self.url(&format!("/p/{}.cfg", mac.replace(':', "")));
        let agent = format!("Yealink SIP-T46U 108.86.0.20 {mac}");
        let ask = move || ureq::get(&url).header("user-agent", agent).call().map(|answer| answer.status());
        let status = tokio::task::spawn_blocking(ask).await.expect("asked").expect("answered");
        assert_eq!(status, 200);
    }

    /// A token, from the command line.
    pub fn token(&self) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_perch"))
            .arg("token")
            .args(["--data".as_ref(), self.folder.path().as_os_str()])
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("a text").trim().to_owned()
    }

    pub async fn logs_in_by_api(&self, token: &str, device: &str, extension: &str) {
        let url = self.url(&format!("/api/v1/devices/{device}/login"));
        let (token, body) = (format!("Bearer {token}"), serde_json::json!({ "extension": extension }));
        let ask =
            move || ureq::post(&url).header("authorization", token).send_json(body).map(|it| it.status());
        let status = tokio::task::spawn_blocking(ask).await.expect("asked").expect("answered");
        assert_eq!(status, 200);
    }
}

impl Drop for Perch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("bound")
}

/// A port that is free for both UDP and TCP.
fn free_sip_port() -> SocketAddr {
    let end = Instant::now() + Duration::from_secs(5);
    loop {
        let at = free_port();
        if UdpSocket::bind(at).is_ok() {
            return at;
        }
        assert!(Instant::now() < end, "no port is free");
    }
}
