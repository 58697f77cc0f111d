//! The program as its owner meets it: how it starts, what it refuses and with which words, how it ends, what it opens.

#[path = "support/running_box.rs"]
mod running_box;

use std::collections::BTreeSet;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;
use running_box::{Addresses, PERCH, RunningBox, Said, perch, perch_on, said};
use tempfile::TempDir;

const OFFICE: &str = r#"
[office]
name = "Rossi & Figli"
country = "IT"
language = "it"
timezone = "Europe/Rome"
[[extension]]
number = "100"
name = "Ada Rossi"
hotdesk = true
pin = "4071"
[[extension]]
number = "101"
name = "Reception"
[[device]]
name = "Lobby"
model = "generic"
extension = "101"
sip_user = "lobby"
sip_password = "a long one, kept"
"#;

/// A place for one box, removed with the test.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("box")
    }

    fn file(&self, text: &str) -> String {
        let path = self.0.path().join("office.toml");
        fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    }
}

// ---- Starting

#[test]
fn a_new_box_serves_at_once_and_says_where_and_with_which_code() {
    let place = Place::new();
    let running = RunningBox::on(&place.folder());
    println!("it served after {:?}", running.served_after);
    assert!(running.served_after < Duration::from_secs(5), "after {:?}", running.served_after);

    let (status, page) = running.page("/setup").expect("it serves");
    assert_eq!(status, 200, "{page}");
    let printed = running.printed();
    assert!(printed.contains(&format!("http://{}/", running.at.http)), "{printed}");
    let code = running.told(&["token", "--setup"]);
    assert_eq!(code.code, Some(0), "{code:?}");
    assert!(code.out.trim().len() >= 8 && printed.contains(code.out.trim()), "{printed}{code:?}");
}

#[test]
fn nobody_else_on_the_machine_may_look_into_the_folder() {
    let place = Place::new();
    let running = RunningBox::on(&place.folder());
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&running.folder), 0o700);
    assert_eq!(mode(&running.folder.join("control.sock")), 0o600);
    assert_eq!(mode(&running.folder.join("box.key")), 0o600);
}

#[test]
fn a_box_opens_these_ports_and_no_others() {
    let place = Place::new();
    let running = RunningBox::on(&place.folder());
    let found = open_ports(&running).join("\n") + "\n";
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/open-ports.txt");
    if std::env::var_os("PERCH_BLESS").is_some() {
        fs::write(&golden, &found).expect("written");
    }
    assert_eq!(found, fs::read_to_string(&golden).expect("the reviewed list is there"));
}

#[test]
fn the_service_manager_hears_that_the_box_is_ready_lives_and_stops() {
    let place = Place::new();
    let socket = place.0.path().join("notify");
    let manager = UnixDatagram::bind(&socket).expect("bound");
    manager.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let hears = || {
        let mut buffer = [0; 64];
        let length = manager.recv(&mut buffer).expect("the box says something");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let running = RunningBox::with(&place.folder(), Addresses::free(), |command| {
        command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "200000");
    });
    assert_eq!(hears(), "READY=1");
    assert_eq!([hears(), hears(), hears()], ["WATCHDOG=1"; 3]);
    running.ends_by(Signal::SIGTERM);
    let mut last = hears();
    while last == "WATCHDOG=1" {
        last = hears();
    }
    assert_eq!(last, "STOPPING=1");
}

// ---- Ending

#[test]
fn a_box_that_is_told_to_stop_ends_well_within_three_seconds() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let place = Place::new();
        let (status, after) = RunningBox::on(&place.folder()).ends_by(signal);
        assert_eq!(status.code(), Some(0), "{signal}: {status}");
        assert!(after < Duration::from_secs(3), "{signal}: it took {after:?}");
        assert!(!place.folder().join("control.sock").exists(), "{signal}: its socket is left");
    }
}

#[test]
fn what_was_applied_is_there_after_a_kill_and_the_folder_is_free() {
    let place = Place::new();
    let running = RunningBox::on(&place.folder());
    applies(&running.folder, &place.file(OFFICE));
    let before = running.told(&["export"]);
    running.ends_by(Signal::SIGKILL);

    let again = RunningBox::on(&place.folder());
    assert_eq!(again.told(&["export"]).out, before.out);
    assert!(before.out.contains("Ada Rossi"), "{before:?}");
}

// ---- Refusing

/// One sentence on the error output with `remedy` in it, nothing on the other, exit code 2.
#[track_caller]
fn refused(said: &Said, remedy: &str) {
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(said.out, "", "{said:?}");
    assert_eq!(said.err.lines().count(), 1, "{said:?}");
    assert!(said.err.starts_with("perch: ") && said.err.contains(remedy), "wants {remedy:?}: {said:?}");
}

fn serves(folder: &Path, at: Addresses) -> Said {
    said(Command::new(PERCH).arg("serve").arg("--data").arg(folder).args(at.options()))
}

#[test]
fn a_port_that_another_program_has_is_named_with_the_flag_that_chooses_another() {
    let place = Place::new();
    let at = Addresses::free();
    {
        let _other = UdpSocket::bind(at.sip).expect("free");
        refused(&serves(&place.folder(), at), &format!("{} is in use", at.sip));
        refused(&serves(&place.folder(), at), "--sip");
    }
    {
        let _other = TcpListener::bind(at.sip).expect("free");
        refused(&serves(&place.folder(), at), "--sip");
    }
    let _other = TcpListener::bind(at.http).expect("free");
    refused(&serves(&place.folder(), at), &format!("{} is in use", at.http));
    refused(&serves(&place.folder(), at), "--http");
}

#[test]
fn an_address_that_is_not_this_machines_is_named() {
    let place = Place::new();
    let at = Addresses { sip: "192.0.2.1:5060".parse().expect("an address"), ..Addresses::free() };
    refused(&serves(&place.folder(), at), "192.0.2.1:5060 is no address of this machine");
}

#[test]
fn a_second_box_on_the_same_folder_is_sent_away_and_the_first_goes_on() {
    let place = Place::new();
    let first = RunningBox::on(&place.folder());
    refused(&serves(&place.folder(), Addresses::free()), "another Perch is running on");
    assert!(first.page("/").is_ok());
    assert_eq!(first.told(&["token"]).code, Some(0));
}

#[test]
fn a_folder_that_may_not_be_written_is_named_with_the_flag_that_chooses_another() {
    let place = Place::new();
    let closed = place.0.path().join("closed");
    fs::create_dir(&closed).expect("made");
    // The superuser may write anywhere; nobody may not. The program must lie where nobody can read it.
    let program = place.0.path().join("perch");
    fs::copy(PERCH, &program).expect("copied");
    for (path, mode) in [(place.0.path(), 0o755), (&closed, 0o555), (&program, 0o755)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    }
    for folder in [closed.clone(), closed.join("box")] {
        let mut command = Command::new(&program);
        command.arg("serve").arg("--data").arg(&folder).args(Addresses::free().options());
        if nix::unistd::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        refused(&said(&mut command), "choose another folder with --data");
    }
}

#[test]
fn what_cannot_be_a_folder_is_named_too() {
    let place = Place::new();
    let file = place.file("a file");
    refused(&serves(Path::new(&file), Addresses::free()), "choose another folder with --data");
}

#[test]
fn an_unknown_word_or_flag_is_answered_with_what_was_meant() {
    refused(&perch(&["serve", "--sipp", "1.2.3.4:5"]), "\"--sip\"");
    refused(&perch(&["--xyzzy"]), "--help");
    refused(&perch(&["aply", "x.toml"]), "\"apply\"");
    refused(&perch(&["serve", "--http", "8080"]), "0.0.0.0");
    refused(&perch(&["serve", "--rtp", "9-1"]), "--rtp");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    refused(&perch(&["check", "/nowhere/office.toml"]), "/nowhere/office.toml");
    refused(&perch_on(&place.folder(), &["apply", "/nowhere/office.toml"]), "/nowhere/office.toml");
}

#[test]
fn every_fault_of_an_office_file_is_told_with_its_line_and_nothing_changes() {
    let place = Place::new();
    let running = RunningBox::on(&place.folder());
    applies(&running.folder, &place.file(OFFICE));
    let before = running.told(&["export", "--secrets"]).out;

    let faulty = OFFICE.replace("\"IT\"", "\"ZZ\"").replace("4071", "none").replace("generic", "toaster");
    let file = place.file(&faulty);
    for said in [perch(&["check", &file]), running.told(&["apply", &file])] {
        assert_eq!(said.code, Some(1), "{said:?}");
        for (line, word) in [(4, "ZZ"), (11, "PIN"), (17, "toaster")] {
            let is_told = |told: &str| told.contains(word) && told.contains(&format!("{line}"));
            assert!(said.err.lines().any(is_told), "line {line}, {word}: {}", said.err);
        }
    }
    assert_eq!(running.told(&["export", "--secrets"]).out, before);
}

#[test]
fn help_and_version_are_answers() {
    for word in ["serve", "check", "apply", "export", "token", "reset"] {
        assert!(perch(&["--help"]).out.contains(word));
        assert_eq!(perch(&[word, "--help"]).code, Some(0));
    }
    let version = perch(&["--version"]);
    assert_eq!((version.code, version.out.trim()), (Some(0), concat!("perch ", env!("CARGO_PKG_VERSION"))));
}

// ---- Telling a box, running or not

#[track_caller]
fn applies(folder: &Path, file: &str) -> Said {
    let said = perch_on(folder, &["apply", file]);
    assert_eq!(said.code, Some(0), "{said:?}");
    said
}

#[test]
fn an_office_is_applied_and_exported_alike_while_the_box_runs_and_while_it_does_not() {
    let place = Place::new();
    let file = place.file(OFFICE);
    let folder = place.folder();

    // Prepared before the first start.
    let first = applies(&folder, &file);
    assert!(first.out.contains("100"), "{first:?}");
    let nothing = applies(&folder, &file);
    let export = perch_on(&folder, &["export", "--secrets"]);

    let running = RunningBox::on(&folder);
    assert_eq!(applies(&folder, &file).out, nothing.out, "applying twice changes nothing");
    assert_eq!(running.told(&["export", "--secrets"]).out, export.out);
    assert!(!running.told(&["export"]).out.contains("4071"), "a secret is shown that nobody asked for");
    applies(&folder, &place.file(&OFFICE.replace("Ada Rossi", "Ada Bianchi")));
    let changed = running.told(&["export", "--secrets"]).out;
    assert!(changed.contains("Ada Bianchi") && changed.contains("4071"), "{changed}");

    let (status, _) = running.ends_by(Signal::SIGTERM);
    assert_eq!(status.code(), Some(0));
    assert_eq!(perch_on(&folder, &["export", "--secrets"]).out, changed);
    // What was exported is an office file.
    assert_eq!(applies(&folder, &place.file(&changed)).out, nothing.out);
}

#[test]
fn a_token_opens_the_api_whether_it_was_made_before_the_start_or_after() {
    let place = Place::new();
    applies(&place.folder(), &place.file(OFFICE));
    let early = perch_on(&place.folder(), &["token"]);
    assert_eq!(early.code, Some(0), "{early:?}");

    let running = RunningBox::on(&place.folder());
    let late = running.told(&["token"]);
    for token in [&early.out, &late.out] {
        let (status, extensions) = running.api("/api/v1/extensions", token);
        assert_eq!(status, 200, "{extensions}");
        assert!(extensions.contains("Ada Rossi"), "{extensions}");
    }
    let (status, body) = running.api("/api/v1/extensions", "0123456789abcdef");
    assert_eq!(status, 401, "{body}");

    let listed = running.told(&["token", "--list"]).out;
    assert!(listed.lines().count() == 2 && !listed.contains("last used –"), "{listed}");
    let id = listed.split(' ').next().expect("an id");
    assert_eq!(running.told(&["token", "--revoke", id]).code, Some(0));
    assert_eq!(running.told(&["token", "--revoke", id]).code, Some(1));
    assert_eq!(running.api("/api/v1/extensions", &early.out).0, 401);
    assert_eq!(running.api("/api/v1/extensions", &late.out).0, 200);
}

#[test]
fn an_office_goes_to_no_new_box_that_nobody_asked_for() {
    let place = Place::new();
    let file = place.file(OFFICE);
    let mut command = Command::new(PERCH);
    refused(&said(command.current_dir(place.0.path()).args(["apply", &file])), "/var/lib/perch");
    assert!(!place.0.path().join("perch-data").exists());
}

#[test]
fn a_reset_needs_a_stopped_box_and_a_second_word() {
    let place = Place::new();
    let running = RunningBox::on(&place.folder());
    applies(&running.folder, &place.file(OFFICE));
    refused(&running.told(&["reset", "--yes"]), "stop it");
    running.ends_by(Signal::SIGTERM);

    let asked = perch_on(&place.folder(), &["reset"]);
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(perch_on(&place.folder(), &["export"]).out.contains("Ada Rossi"));
    assert_eq!(perch_on(&place.folder(), &["reset", "--yes"]).code, Some(0));

    let new = RunningBox::on(&place.folder());
    refused(&new.told(&["export"]), "finish the set-up");
    assert!(new.printed().contains("code"), "{}", new.printed());
}

// ---- Open ports

/// Every socket on which somebody else can reach the process, one a line, its ports and folder by name.
fn open_ports(running: &RunningBox) -> Vec<String> {
    let inodes = socket_inodes(running.id());
    let named = |port: u16| match port {
        port if port == running.at.sip.port() => "SIP".to_owned(),
        port if port == running.at.http.port() => "HTTP".to_owned(),
        port => port.to_string(),
    };
    let mut found = BTreeSet::new();
    for protocol in ["tcp", "tcp6", "udp", "udp6", "udplite", "raw", "raw6"] {
        for row in table(running.id(), protocol) {
            let (address, state, inode) = (&row[1], &row[3], &row[9]);
            let takes_strangers = !protocol.starts_with("tcp") || state == "0A";
            if inodes.contains(inode) && takes_strangers {
                let (ip, port) = address.split_once(':').expect("address:port");
                let port = u16::from_str_radix(port, 16).expect("a port in hex");
                // The kernel writes an IPv4 address as a number in the order of this machine.
                let is_discovery = ip == "4B0100E0";
                let ip = if is_discovery { "224.0.1.75" } else { "ADDRESS" };
                found.insert(format!("{protocol} {ip}:{}", named(port)));
            }
        }
    }
    let folder = running.folder.to_string_lossy().into_owned();
    for row in table(running.id(), "unix") {
        // Connected and unnamed pairs are the program's own affair.
        if let (true, Some(path)) = (inodes.contains(&row[6]), row.get(7)) {
            found.insert(format!("unix {}", path.replace(&folder, "DATA")));
        }
    }
    found.into_iter().collect()
}

fn socket_inodes(id: u32) -> BTreeSet<String> {
    let descriptors = fs::read_dir(format!("/proc/{id}/fd")).expect("our own process can be read");
    let links = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let inode = |link: PathBuf| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(inode).collect()
}

/// The rows of a table of `/proc/<id>/net`, without its head.
fn table(id: u32, name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/net/{name}")).unwrap_or_default();
    let row = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    text.lines().skip(1).map(row).collect()
}
