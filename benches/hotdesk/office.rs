//! The office of the benchmark: phones that talk, one that calls, people who log in, and desks.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::desk;
use crate::message::Account;
use crate::phone;

/// The PIN of everybody.
pub const PIN: &str = "40719";

/// How long the box may take to serve.
const STARTING: Duration = Duration::from_secs(20);

/// Where a box serves.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub sip: SocketAddr,
    pub http: SocketAddr,
}

/// A box that runs; ended when dropped.
pub struct Server {
    child: Child,
    pub at: Addresses,
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        let _ = kill(pid, Signal::SIGTERM);
        let patience = Instant::now() + Duration::from_secs(5);
        while Instant::now() < patience {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The account of who calls.
pub fn caller() -> Account {
    Account { user: "1999".into(), auth_name: "1999".into(), password: phone::password_of("1999") }
}

/// The number of somebody who logs in.
pub fn user(index: usize) -> String {
    (7000 + index).to_string()
}

/// The hardware address of a desk.
pub fn mac(index: usize) -> String {
    format!("80:5e:c0:00:{:02x}:{:02x}", index / 256, index % 256)
}

/// Makes the box's folder: so many phones that talk, people who log in, and desks. Gives a token of the API.
pub fn prepare(
    program: &Path,
    folder: &Path,
    (phones, users, desks): (usize, usize, usize),
) -> Result<String> {
    let mut office = String::from("[office]\nname = \"Benchmark\"\ncountry = \"IT\"\nlanguage = \"en\"\n");
    let talking = (0..phones).map(|index| (phone::number(index), phone::password(index)));
    for (number, password) in talking.chain([(caller().user, caller().password)]) {
        write!(
            office,
            "[[extension]]\nnumber = \"{number}\"\nname = \"Phone {number}\"\n\
             [[device]]\nname = \"Phone-{number}\"\nmodel = \"generic\"\nextension = \"{number}\"\n\
             sip_user = \"{number}\"\nsip_password = \"{password}\"\n"
        )?;
    }
    for number in (0..users).map(user) {
        write!(
            office,
            "[[extension]]\nnumber = \"{number}\"\nname = \"User {number}\"\nhotdesk = true\npin = \"{PIN}\"\n"
        )?;
    }
    for mac in (0..desks).map(mac) {
        write!(office, "[[device]]\nmac = \"{mac}\"\nmodel = \"yealink-t46u\"\nhotdesk = true\n")?;
    }
    let file = folder.join("office.toml");
    fs::write(&file, office)?;
    let run = |words: &[&str]| {
        let mut command = Command::new(program);
        command.args(words).arg("--data").arg(folder.join("data")).stderr(Stdio::inherit());
        command.output().with_context(|| format!("{} cannot be run", program.display()))
    };
    let applied = run(&["apply", "--yes", &file.to_string_lossy()])?;
    ensure!(applied.status.success(), "perch apply has failed");
    let token = run(&["token"])?;
    ensure!(token.status.success(), "perch token has failed");
    Ok(String::from_utf8(token.stdout)?.trim().to_owned())
}

/// Starts the box and waits until its page answers.
pub async fn start(program: &Path, folder: &Path) -> Result<Server> {
    let free = || std::net::TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr());
    let at = Addresses { sip: free()?, http: free()? };
    let log = fs::File::create(folder.join("perch.log"))?;
    let child = Command::new(program)
        .arg("serve")
        .arg("--data")
        .arg(folder.join("data"))
        .args(["--sip", &at.sip.to_string(), "--http", &at.http.to_string(), "--lan", "127.0.0.1"])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .with_context(|| format!("{} cannot be run", program.display()))?;
    let mut server = Server { child, at };
    let began = Instant::now();
    while desk::get(&format!("http://{}/", at.http), None).await.is_err() {
        if let Some(status) = server.child.try_wait()? {
            bail!("the box has ended: {status}");
        }
        ensure!(began.elapsed() < STARTING, "no answer in {STARTING:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(server)
}

/// The provisioning address of each desk, by hardware address.
pub async fn addresses(at: Addresses, token: &str) -> Result<Vec<(String, String)>> {
    let (status, text) = desk::get(&format!("http://{}/api/v1/devices", at.http), Some(token)).await?;
    ensure!(status == 200, "the list of devices is answered {status}");
    let devices: Vec<serde_json::Value> = serde_json::from_str(&text)?;
    let address = |device: &serde_json::Value| {
        Some((device["mac"].as_str()?.to_owned(), device["provisioning_url"].as_str()?.to_owned()))
    };
    Ok(devices.iter().filter_map(address).collect())
}
