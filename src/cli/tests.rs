//! The command line as a person uses it, on a box that stands still and on one that answers.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread::JoinHandle;

use super::*;
use crate::config::settings::control_socket;
use crate::store::{Store, StoreSettings};

const OFFICE: &str = "[office]\nname = \"Rossi\"\ncountry = \"IT\"\n\
    [[extension]]\nnumber = \"200\"\nname = \"Ada\"\nhotdesk = true\npin = \"4071\"\n\
    [[device]]\nmac = \"80:5e:c0:11:22:33\"\nmodel = \"yealink-t46u\"\nname = \"Desk-1\"\nhotdesk = true\n";

/// What a command came to.
struct Said {
    code: u8,
    out: String,
    err: String,
}

fn perch(arguments: &[&str]) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = std::iter::once("perch").chain(arguments.iter().copied()).map(OsString::from);
    let outcome = run(line, &mut Streams { out: &mut out, err: &mut err });
    let code = match outcome {
        Outcome::Exit(code) => code,
        Outcome::Serve(settings) => panic!("{settings:?}"),
    };
    let text = |bytes| String::from_utf8(bytes).expect("output is text");
    Said { code, out: text(out), err: text(err) }
}

fn settings(arguments: &[&str]) -> ServeSettings {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let line = std::iter::once("perch").chain(arguments.iter().copied()).map(OsString::from);
    match run(line, &mut Streams { out: &mut out, err: &mut err }) {
        Outcome::Serve(settings) => settings,
        Outcome::Exit(code) => panic!("{code}: {}", String::from_utf8_lossy(&err)),
    }
}

/// A folder with an office file in it, and the folder of a box that does not run.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, text: &str) -> String {
        let file = self.0.path().join("office.toml");
        std::fs::write(&file, text).expect("the file is written");
        file.display().to_string()
    }

    fn data(&self) -> String {
        self.0.path().join("data").display().to_string()
    }

    fn applies(&self, text: &str, more: &[&str]) -> Said {
        let (file, data) = (self.file(text), self.data());
        perch(&[&["apply", &file, "--data", &data], more].concat())
    }

    /// A box that answers one request.
    fn box_that_answers(&self, answer: &str) -> JoinHandle<String> {
        std::fs::create_dir_all(self.data()).expect("a folder");
        let listener = UnixListener::bind(control_socket(Path::new(&self.data()))).expect("a socket");
        let answer = answer.to_owned();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            let mut reader = BufReader::new(&stream);
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                reader.read_line(&mut request).expect("a head");
            }
            let length =
                request.lines().find_map(|line| line.strip_prefix("Content-Length: ")).expect("a length");
            let mut body = vec![0; length.parse().expect("a number")];
            reader.read_exact(&mut body).expect("a body");
            (&stream).write_all(answer.as_bytes()).expect("the client listens");
            request + &String::from_utf8(body).expect("text")
        })
    }
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// One sentence, to the person, with exit code 2.
#[track_caller]
fn refuses(arguments: &[&str], remedy: &str) {
    let said = perch(arguments);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}: {}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert!(said.err.starts_with("perch: ") && said.err.contains(remedy), "{}", said.err);
}

#[test]
fn without_a_command_perch_serves() {
    assert_eq!(settings(&[]), ServeSettings::default());
    assert_eq!(settings(&["serve"]), ServeSettings::default());
    let given = [
        "--data",
        "/d",
        "--sip",
        "127.0.0.1:5070",
        "--http",
        "[::1]:81",
        "--lan",
        "10.0.0.2",
        "--rtp",
        "20000-20099",
        "--log",
        "debug",
    ];
    let read = settings(&given);
    assert_eq!(read, settings(&[&["serve"], &given[..]].concat()));
    assert_eq!(read.data, Path::new("/d"));
    assert_eq!(read.sip.to_string(), "127.0.0.1:5070");
    assert_eq!(read.http.to_string(), "[::1]:81");
    assert_eq!(read.lan.map(|lan| lan.to_string()).as_deref(), Some("10.0.0.2"));
    assert_eq!(read.rtp.range(), 20000..=20099);
    assert_eq!(read.log.as_str(), "debug");
}

#[test]
fn what_cannot_be_written_is_one_sentence_with_the_remedy() {
    refuses(&["--dta", "x"], "did you mean \"--data\"?");
    refuses(&["--quite-unknown"], "\"perch --help\"");
    refuses(&["serve", "--sipp", "x"], "did you mean \"--sip\"?");
    refuses(&["aply", "x"], "did you mean \"apply\"?");
    refuses(&["frobnicate"], "\"perch --help\"");
    refuses(&["apply"], "<FILE> is missing");
    refuses(&["apply", "a", "b"], "\"b\"");
    refuses(&["--sip", "5060"], "0.0.0.0:5060");
    refuses(&["--sip"], "needs a value");
    refuses(&["--lan", "0.0.0.0"], "192.168.1.10");
    refuses(&["--rtp", "1-2-3"], "16384-16883");
    refuses(&["--log", "loud"], "error, warn, info, debug or trace");
    refuses(&["--data", "x", "--data", "y"], "is there twice: write it once");
    refuses(&["--data", "x", "token"], "stand behind the command");
    refuses(&["servee"], "did you mean \"serve\"?");
}

#[test]
fn help_and_version_are_printed_where_they_are_asked_for() {
    let help = perch(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for word in ["check", "apply", "export", "token", "reset", "--sip", "--rtp", "Exit code"] {
        assert!(help.out.contains(word), "{word}: {}", help.out);
    }
    assert!(perch(&["apply", "--help"]).out.contains("--yes"));
    assert_eq!(perch(&["--version"]).out, format!("perch {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_file_is_checked_without_a_box() {
    let desk = Desk::new();
    let file = desk.file(OFFICE);
    let said = perch(&["check", &file]);
    assert_eq!((said.code, said.out), (0, format!("{file} is good: 1 extension, 1 device\n")));

    let file = desk.file(&OFFICE.replace("4071", "1234").replace("yealink", "yaelink"));
    let said = perch(&["check", &file]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(lines.len(), 3, "{}", said.err);
    assert!(lines[0].starts_with("line 8: this PIN is too easy"), "{}", lines[0]);
    assert!(lines[1].starts_with("line 11: "), "{}", lines[1]);
    assert!(lines[2].ends_with("has 2 faults, and nothing was changed: mend what is said above"));
    assert!(!std::path::Path::new(&desk.data()).exists());
}

#[test]
fn a_file_that_is_not_there_is_told_by_name() {
    refuses(&["check", "/nowhere/office.toml"], "there is no file /nowhere/office.toml");
    refuses(&["check", "/"], "is a folder");
}

#[test]
fn a_box_that_does_not_run_is_changed_in_its_folder() {
    let desk = Desk::new();
    let said = desk.applies(OFFICE, &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains(
            "+ extension 200 Ada: may hot desk, new PIN\n+ device Desk-1: yealink-t46u, hot desk\n"
        )
    );

    let again = desk.applies(OFFICE, &[]);
    assert_eq!((again.code, again.out.as_str()), (0, "nothing to change: the office is as the file says\n"));

    let without_pin = OFFICE.replace("pin = \"4071\"\n", "");
    assert_eq!(desk.applies(&without_pin, &[]).out, again.out);

    let data = desk.data();
    let plain = perch(&["export", "--data", &data]);
    assert!(plain.code == 0 && !plain.out.contains("4071"), "{}", plain.out);
    let secrets = perch(&["export", "--secrets", "--data", &data]);
    assert!(secrets.out.contains("pin = \"4071\""), "{}", secrets.out);
    assert_eq!(desk.applies(&plain.out, &[]).out, again.out);
    assert_eq!(desk.applies(&secrets.out, &[]).out, again.out);
}

#[test]
fn removing_more_than_a_tenth_must_be_said_twice() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    let smaller = "[office]\nname = \"Rossi\"\ncountry = \"IT\"\n";
    let said = desk.applies(smaller, &[]);
    assert_eq!((said.code, said.out.as_str()), (1, "- extension 200 Ada\n- device Desk-1\n"));
    assert!(said.err.contains("--yes"), "{}", said.err);
    assert!(perch(&["export", "--data", &desk.data()]).out.contains("200"));
    let said = desk.applies(smaller, &["--yes"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!perch(&["export", "--data", &desk.data()]).out.contains("200"));
}

#[test]
fn a_faulty_file_does_not_touch_the_box() {
    let desk = Desk::new();
    let said = desk.applies("[office]\nname = 1\n", &[]);
    assert_eq!(said.code, 1);
    assert!(!Path::new(&desk.data()).exists());
}

#[test]
fn a_token_is_kept_only_as_a_hash() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    let said = perch(&["token", "--data", &desk.data()]);
    assert_eq!((said.code, said.out.trim().len()), (0, 64), "{}", said.err);
    perch(&["token", "--data", &desk.data()]);
    let opened = Store::open(Path::new(&desk.data()), StoreSettings::default()).expect("a store");
    let kept = opened.store.web().get("tokens").expect("readable").expect("two tokens");
    let token = said.out.trim().as_bytes();
    assert!(!kept.windows(token.len()).any(|part| part == token));
    let hash = <sha2::Sha256 as sha2::Digest>::digest(token);
    assert!(kept.windows(hash.len()).any(|part| part == &hash[..]));
}

#[test]
fn tokens_are_listed_by_ids_and_withdrawn_by_them_on_a_box_that_stands_still() {
    let desk = Desk::new();
    let data = desk.data();
    desk.applies(OFFICE, &[]);
    let listed = || perch(&["token", "--list", "--data", &data]);
    let none = listed();
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.contains("there are no tokens"), "{}", none.err);

    let tokens = [0, 1].map(|_| perch(&["token", "--data", &data]).out);
    let two = listed();
    let ids: Vec<&str> = two.out.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(two.out.lines().all(|line| line.contains("  made 2") && line.ends_with("last used –")));
    assert!(tokens.iter().all(|token| !two.out.contains(token.trim())), "{}", two.out);
    for id in ["12345678", "../../..", ""] {
        let said = perch(&["token", "--revoke", id, "--data", &data]);
        assert!(said.code == 1 && said.err.contains("there is no token"), "{id}: {}", said.err);
    }
    assert_eq!(perch(&["token", "--revoke", ids[0], "--data", &data]).code, 0);
    let one = listed().out;
    assert!(!one.contains(ids[0]) && one.contains(ids[1]), "{one}");
    refuses(&["token", "--list", "--setup", "--data", &data], "do not go together");
}

#[test]
fn there_is_no_token_beyond_the_largest_number() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    let mut tokens = crate::config::api_tokens::ApiTokens::default();
    for number in 0..crate::config::api_tokens::MOST {
        tokens.add(&number.to_string(), jiff::Timestamp::UNIX_EPOCH).expect("room");
    }
    let opened = Store::open(Path::new(&desk.data()), StoreSettings::default()).expect("a store");
    opened.store.web().put("tokens", &tokens.write()).expect("kept");
    drop(opened);
    let said = perch(&["token", "--data", &desk.data()]);
    assert_eq!((said.code, said.out.as_str()), (1, ""));
    assert!(said.err.contains("--revoke"), "{}", said.err);
}

#[test]
fn a_box_is_made_only_in_a_folder_that_is_empty_or_its_own() {
    let desk = Desk::new();
    let (file, data) = (desk.file(OFFICE), desk.data());
    std::fs::create_dir_all(Path::new(&data).join("photographs")).expect("a folder of somebody else");
    refuses(&["apply", &file, "--data", &data], "holds something that is no Perch");
    std::fs::remove_dir(Path::new(&data).join("photographs")).expect("removed");
    let said = perch(&["apply", &file, "--data", &data]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("a new one was made there"), "{}", said.err);
    assert_eq!(perch(&["apply", &file, "--data", &data]).err, "");
}

#[test]
fn a_box_without_an_office_has_none_to_export() {
    let desk = Desk::new();
    drop(Store::open(Path::new(&desk.data()), StoreSettings::default()).expect("a store"));
    refuses(&["export", "--data", &desk.data()], "finish the set-up");
}

#[test]
fn a_command_waits_for_another_that_is_about_to_end() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    let held = Store::open(Path::new(&desk.data()), StoreSettings::default()).expect("a store");
    let ends = std::thread::spawn(move || {
        std::thread::sleep(reach::AGAIN);
        drop(held);
    });
    let said = perch(&["export", "--data", &desk.data()]);
    ends.join().expect("ended");
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn addresses_that_cannot_be_served_are_refused_before_the_start() {
    refuses(&["--sip", "224.0.1.75:5060"], "address of a group");
    refuses(&["--http", "255.255.255.255:8080"], "0.0.0.0:8080");
    refuses(&["--lan", "255.255.255.255"], "192.168.1.10");
    refuses(&["--lan", "::ffff:224.0.1.75"], "192.168.1.10");
    refuses(&["--sip", "0.0.0.0:16400"], "ports for sound");
    refuses(&["--rtp", "5000-5100"], "ports for sound");
    refuses(&["--sip", "0.0.0.0:8080"], "on port 8080");
    assert_eq!(settings(&["--sip", "127.0.0.1:80", "--http", "127.0.0.2:80"]).sip.port(), 80);
    assert_eq!(settings(&["--sip", "127.0.0.1:0", "--http", "127.0.0.1:0"]).sip.port(), 0);
}

#[test]
fn a_folder_without_a_box_is_left_as_it_is() {
    let desk = Desk::new();
    std::fs::create_dir_all(Path::new(&desk.data()).join("store")).expect("a folder of somebody else");
    for command in ["export", "token", "reset"] {
        let more = if command == "reset" { vec!["--yes"] } else { vec![] };
        refuses(&[&[command, "--data", &desk.data()], &more[..]].concat(), "there is no Perch in");
        refuses(&[&[command, "--data", "/nowhere"], &more[..]].concat(), "there is no Perch in /nowhere");
    }
    assert!(Path::new(&desk.data()).join("store").exists());
}

#[test]
fn a_reset_must_be_meant() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    let said = perch(&["reset", "--data", &desk.data()]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("--yes") && said.err.contains("export --secrets"), "{}", said.err);
    assert!(perch(&["export", "--data", &desk.data()]).out.contains("200"));
    assert_eq!(perch(&["reset", "--yes", "--data", &desk.data()]).code, 0);
    assert_eq!(desk.applies(OFFICE, &[]).out.lines().count(), 6, "everything is new again");
}

#[test]
fn a_box_that_is_held_by_another_is_told_of() {
    let desk = Desk::new();
    let held = Store::open(Path::new(&desk.data()), StoreSettings::default()).expect("a store");
    let (file, data) = (desk.file(OFFICE), desk.data());
    refuses(&["apply", &file, "--data", &data], "does not answer here");
    refuses(&["export", "--data", &data], "does not answer here");
    refuses(&["reset", "--yes", "--data", &data], "does not answer here");
    drop(held);
}

#[test]
fn a_box_that_runs_is_asked_over_its_socket() {
    let desk = Desk::new();
    let asked =
        desk.box_that_answers(&http("200 OK", "{\"lines\":[\"+ extension 200 Ada\"],\"applied\":true}"));
    let said = desk.applies(OFFICE, &["--yes"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(said.out, "+ extension 200 Ada\ndone: the office is as the file says\n");
    let request = asked.join().expect("a request");
    assert!(request.starts_with("POST /control/apply?yes=1 HTTP/1.1\r\nHost: localhost\r\n"), "{request}");
    assert!(request.ends_with(OFFICE));
}

#[test]
fn what_is_not_on_the_disc_yet_is_told() {
    let desk = Desk::new();
    let asked = desk.box_that_answers(&http("200 OK", "{\"lines\":[],\"applied\":true,\"saved\":false}"));
    let said = desk.applies(OFFICE, &[]);
    asked.join().expect("a request");
    assert!(said.code == 0 && said.err.contains("not on the disc yet"), "{}", said.err);
}

#[test]
fn what_a_running_box_declines_is_told_as_it_says_it() {
    let answered = |status: &str, body: &str, code: u8| {
        let desk = Desk::new();
        let asked = desk.box_that_answers(&http(status, body));
        let said = desk.applies(OFFICE, &[]);
        asked.join().expect("a request");
        assert_eq!(said.code, code, "{}", said.err);
        said
    };
    let declined = |status: &str, body: &str| answered(status, body, 1);
    let said = declined("422 No", "{\"detail\":\"x\",\"faults\":[{\"line\":8,\"message\":\"too easy\"}]}");
    assert!(
        said.err.starts_with("line 8: too easy\nperch: ") && said.err.contains("a fault"),
        "{}",
        said.err
    );
    let said = declined("409 No", "{\"detail\":\"x\",\"lines\":[\"- extension 100\"]}");
    assert_eq!(said.out, "- extension 100\n");
    assert!(said.err.contains("--yes"), "{}", said.err);
    let said = answered("503 No", "{\"detail\":\"Perch is stopping\"}", 2);
    assert_eq!(said.err, "perch: Perch is stopping\n");
    let said = answered("500 No", "what?", 2);
    assert!(said.err.contains("status 500"), "{}", said.err);
}

#[test]
fn tokens_and_codes_come_from_the_running_box() {
    let asks = |arguments: &[&str], answer: &str| {
        let desk = Desk::new();
        let asked = desk.box_that_answers(&http("200 OK", answer));
        let said = perch(&[arguments, &["--data", &desk.data()]].concat());
        (said.code, said.out, asked.join().expect("a request"))
    };
    let (code, out, request) = asks(&["token"], "{\"token\":\"abc\"}");
    assert_eq!((code, out.as_str()), (0, "abc\n"));
    assert!(request.starts_with("POST /control/token HTTP/1.1"));
    let (code, out, request) =
        asks(&["token", "--setup"], "{\"code\":\"ABCD-EFGH\",\"address\":\"http://10.0.0.2:8080/\"}");
    assert_eq!((code, out.as_str()), (0, "ABCD-EFGH\n"));
    assert!(request.starts_with("GET /control/setup-code HTTP/1.1"));
    let listed = "{\"tokens\":[{\"id\":\"0123abcd\",\"made\":\"2026-11-26T09:00:00Z\",\"used\":null}]}";
    let (code, out, request) = asks(&["token", "--list"], listed);
    assert_eq!((code, out.as_str()), (0, "0123abcd  made 2026-11-26  last used –\n"));
    assert!(request.starts_with("GET /control/tokens HTTP/1.1"));
    let (code, out, request) = asks(&["token", "--revoke", "0123abcd"], "{\"withdrawn\":true}");
    assert_eq!((code, out.as_str()), (0, "done: the token 0123abcd opens nothing any more\n"));
    assert!(request.starts_with("DELETE /control/tokens/0123abcd HTTP/1.1"));
    let (code, out, request) = asks(&["export", "--secrets"], "[office]\n");
    assert_eq!((code, out.as_str()), (0, "[office]\n"));
    assert!(request.starts_with("GET /control/export?secrets=1 HTTP/1.1"));
}

#[test]
fn a_setup_code_needs_a_running_box() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    refuses(&["token", "--setup", "--data", &desk.data()], "start it");
}

#[test]
fn a_socket_that_a_killed_box_left_behind_is_no_box() {
    let desk = Desk::new();
    desk.applies(OFFICE, &[]);
    drop(UnixListener::bind(control_socket(Path::new(&desk.data()))).expect("a socket"));
    assert_eq!(perch(&["export", "--data", &desk.data()]).code, 0);
}

#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut err = Vec::new();
    let line = ["perch", "--help"].map(OsString::from);
    let outcome = run(line, &mut Streams { out: &mut Closed, err: &mut err });
    assert!(matches!(outcome, Outcome::Exit(0)));
    assert_eq!(err, b"");
}
