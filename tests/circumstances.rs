//! The box in adverse circumstances: a terminal that is closed, a log that nobody reads, few open files, ports that are taken.

#[allow(dead_code, reason = "the tests of the command line need more of it")]
#[path = "support/running_box.rs"]
mod running_box;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use running_box::{Addresses, PERCH, RunningBox};
use tempfile::TempDir;

/// A place for one box, removed with the test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("box")
    }
}

#[test]
fn a_box_whose_terminal_is_closed_says_goodbye_and_ends() {
    let place = Place::new();
    let (status, after) = RunningBox::on(&place.folder()).ends_by(Signal::SIGHUP);
    assert_eq!(status.code(), Some(0), "{status}");
    assert!(after < Duration::from_secs(3), "it took {after:?}");
}

#[test]
fn a_box_under_nohup_goes_on_when_the_terminal_is_closed() {
    let place = Place::new();
    let at = Addresses::free();
    // The shell takes the box's place, and hands on what it ignores.
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh", PERCH, "serve", "--data"]).arg(place.folder());
    let mut child =
        shell.args(at.options()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut said = [0; 16];
    child.stdout.as_mut().expect("piped").read_exact(&mut said).expect("it says that it runs");
    let id = Pid::from_raw(child.id().cast_signed());
    std::thread::sleep(Duration::from_millis(300));
    kill(id, Signal::SIGHUP).expect("it is ours");
    std::thread::sleep(Duration::from_millis(500));
    let ended = child.try_wait().expect("it can be asked");
    kill(id, Signal::SIGKILL).expect("it is ours");
    child.wait().expect("it has ended");
    assert_eq!(ended, None, "it has ended");
}

#[test]
fn a_box_serves_on_when_nobody_reads_its_log_or_its_greeting() {
    let place = Place::new();
    let running = RunningBox::with(&place.folder(), Addresses::free(), |command| {
        let (_, nobody) = std::io::pipe().expect("a pipe");
        command.arg("--log").arg("trace").stdout(nobody.try_clone().expect("a pipe")).stderr(nobody);
    });
    for number in 0..20 {
        let (status, _) = running.page(&format!("/p/805ec00000{number:02}.cfg")).expect("it answers");
        assert_eq!(status, 200);
    }
}

/// A box started under `limit`, an option and a number for the shell's `ulimit`.
fn limited(place: &Place, limit: &str) -> RunningBox {
    // The connections of this test count too.
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("there is a limit");
    let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    let log = std::fs::File::create(place.folder().with_extension("log")).expect("there is room");
    RunningBox::with(&place.folder(), Addresses::free(), |command| {
        let words: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut wrapped = Command::new("sh");
        wrapped.arg("-c").arg(format!("ulimit {limit}; exec \"$0\" \"$@\"")).arg(PERCH).args(words);
        wrapped.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        *command = wrapped;
    })
}

#[test]
fn a_thousand_idle_connections_leave_the_page_its_place() {
    let place = Place::new();
    let running = limited(&place, "-Sn 512");
    let idle: Vec<_> = (0..800).map_while(|_| TcpStream::connect(running.at.sip).ok()).collect();
    assert_eq!(idle.len(), 800);
    std::thread::sleep(Duration::from_millis(500));
    assert!(running.page("/").is_ok());
}

#[test]
fn where_files_are_few_idle_connections_make_room_for_pages_and_phones() {
    let place = Place::new();
    let running = limited(&place, "-n 200");
    assert!(running.log().contains("fewer than 2048 open files"), "{}", running.log());
    let idle: Vec<_> = (0..500).map_while(|_| TcpStream::connect(running.at.sip).ok()).collect();
    assert_eq!(idle.len(), 500);
    assert!(running.page("/").is_ok());
    let mut phone = TcpStream::connect(running.at.sip).expect("connected");
    phone.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let asks = "OPTIONS sip:box SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:box>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
    phone.write_all(asks.as_bytes()).expect("written");
    let mut answer = [0; 7];
    phone.read_exact(&mut answer).expect("answered");
    assert_eq!(&answer, b"SIP/2.0");
}

#[test]
fn sound_ports_that_are_all_taken_are_told_at_the_start() {
    let place = Place::new();
    let at = Addresses::free();
    let taken: Vec<_> =
        (20_000..20_200).step_by(2).map(|port| UdpSocket::bind((at.sip.ip(), port)).expect("free")).collect();
    let running = RunningBox::with(&place.folder(), at, |_| {});
    let log = running.log();
    assert!(log.contains("every sound port from 20000 to 20199 is in use") && log.contains("--rtp"), "{log}");
    drop(taken);
}
