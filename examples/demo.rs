//! A day in the office in twenty seconds: a box in a temporary folder, four simulated phones on real sockets of this
//! machine, and every message between them with a line of plain words.
//!
//! ```text
//! cargo run --release --example demo
//! ```
//!
//! Two hot-desk phones are found and accepted, somebody logs in at one and then at the other, calls follow her, and she logs
//! out by key and from afar. The demo ends by itself: with 0 when all went as it should, else with 1 and the step that
//! failed.

#[path = "../tests/support/phone.rs"]
mod phone;
#[path = "../tests/support/socket_phone.rs"]
mod socket_phone;

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use perch::cli::{self, Outcome, Streams};
use perch::config::settings::{LogLevel, ServeSettings};
use perch::media::Prompt;
use phone::{CallState, Ending, KeysBy, Kind, Quirks, SimPhone};
use serde_json::Value;
use socket_phone::{Rung, SocketPhone};

/// How long any one thing may take.
const PATIENCE: Duration = Duration::from_secs(8);

const OFFICE: &str = r#"
[office]
name = "Rossi & Figli"
country = "IT"
language = "en"
timezone = "Europe/Rome"
emergency_extension = "101"

[[extension]]
number = "100"
name = "Ada Rossi"
hotdesk = true
pin = "4071"

[[extension]]
number = "101"
name = "Reception"

[[device]]
mac = "00:04:13:0d:e0:03"
model = "snom-d785"
name = "reception"
extension = "101"

[[device]]
mac = "80:5e:c0:0d:e0:04"
model = "yealink-t46u"
name = "ada-desk"
extension = "100"
"#;

/// What went wrong, in one sentence.
type Step = Result<(), String>;

fn main() -> ExitCode {
    let began = Instant::now();
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("no temporary folder could be made: {error}");
            return ExitCode::FAILURE;
        }
    };
    let settings = settings(folder.path());
    let serving = {
        let settings = settings.clone();
        std::thread::spawn(move || perch::app::run(settings))
    };
    let done = Demo::begins(&settings, &serving).and_then(|demo| demo.runs());
    // The box ends as by Ctrl-C: calls with BYE, the store flushed.
    let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGTERM);
    let served = serving.join();
    match (done, served) {
        (Ok(()), Ok(Ok(()))) => {
            println!("\nAll went as it should, in {:.1} seconds.", began.elapsed().as_secs_f32());
            ExitCode::SUCCESS
        }
        (_, Ok(Err(error))) => {
            eprintln!("\nThe box did not start: {error}");
            ExitCode::FAILURE
        }
        (Err(failed), _) => {
            eprintln!("\nThe demo failed: {failed}");
            ExitCode::FAILURE
        }
        (Ok(()), Err(_)) => {
            eprintln!("\nThe box has fallen over.");
            ExitCode::FAILURE
        }
    }
}

/// A box on a loopback address that no other demo uses at this moment.
fn settings(folder: &Path) -> ServeSettings {
    let address = of_this_run(1);
    ServeSettings {
        data: folder.join("perch-data"),
        sip: SocketAddr::new(address, ServeSettings::SIP_PORT),
        http: SocketAddr::new(address, ServeSettings::HTTP_PORT),
        lan: Some(address),
        log: LogLevel::Error,
        ..ServeSettings::default()
    }
}

/// 127.x.y.last, where x and y come of the process's number.
fn of_this_run(last: u8) -> IpAddr {
    let [.., high, low] = std::process::id().to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, high.max(1), low, last))
}

/// The office of the demo.
struct Demo {
    http: SocketAddr,
    token: String,
    kitchen: SocketPhone,
    hall: SocketPhone,
    reception: SocketPhone,
    ada_desk: SocketPhone,
    printer: Arc<Mutex<Instant>>,
}

impl Demo {
    fn begins(
        settings: &ServeSettings,
        serving: &std::thread::JoinHandle<Result<(), perch::app::StartError>>,
    ) -> Result<Self, String> {
        let printer = Arc::new(Mutex::new(Instant::now()));
        let plug = |name: &str, kind, mac: &str, last| {
            let phone = SimPhone::new(kind, mac, of_this_run(last), Quirks::default(), u64::from(last));
            let printer = Arc::clone(&printer);
            SocketPhone::new(name, phone, move |rung| print(&printer, &rung))
                .map_err(|error| format!("{name} has no socket: {error}"))
        };
        let control = settings.control_socket();
        let is_up = || control.exists() || serving.is_finished();
        if !wait(is_up) || serving.is_finished() {
            return Err("the box does not start".to_owned());
        }
        let token = perch(&settings.data, &["token"], "")?;
        perch(&settings.data, &["apply"], OFFICE)?;
        Ok(Self {
            http: settings.http,
            token: token.trim().to_owned(),
            kitchen: plug("kitchen", Kind::T46U, "80:5e:c0:0d:e0:01", 11)?,
            hall: plug("hall", Kind::D785, "00:04:13:0d:e0:02", 12)?,
            reception: plug("reception", Kind::D785, "00:04:13:0d:e0:03", 13)?,
            ada_desk: plug("ada-desk", Kind::T46U, "80:5e:c0:0d:e0:04", 14)?,
            printer,
        })
    }

    fn runs(self) -> Step {
        self.phones_are_found()?;
        self.ada_logs_in()?;
        self.calls_follow()?;
        self.she_moves()?;
        self.she_leaves()?;
        for phone in [&self.kitchen, &self.hall, &self.reception, &self.ada_desk] {
            let complaints = phone.does(|phone, _| phone.complaints().to_vec());
            holds(complaints.is_empty(), || {
                format!("{} complains: {}", phone.name(), complaints.join("; "))
            })?;
        }
        Ok(())
    }

    /// Step 3: two phones boot, one finds the box by multicast and one by a typed address; both are accepted.
    fn phones_are_found(&self) -> Step {
        self.says("Two owned phones and two new ones are plugged in.");
        for phone in [&self.reception, &self.ada_desk] {
            phone.does(SimPhone::power_on);
        }
        self.kitchen.does(SimPhone::power_on);
        let url = format!("http://{}/p/", self.http);
        self.hall.does(move |phone, now| {
            phone.types_url(&url);
            phone.never_announces();
            phone.power_on(now);
        });
        for (desk, screen) in [(&self.kitchen, "HD0001"), (&self.hall, "HD0002")] {
            let mac = desk.does(|phone, _| phone.mac().to_owned());
            let is_there = || self.device(&mac).is_ok();
            if !wait_for(Duration::from_secs(3), is_there) {
                self.says("(No multicast on this machine: the address is typed in.)");
                let url = format!("http://{}/p/", self.http);
                desk.does(move |phone, now| {
                    phone.power_off();
                    phone.types_url(&url);
                    phone.never_announces();
                    phone.power_on(now);
                });
            }
            holds(wait(is_there), || format!("{} does not appear", desk.name()))?;
            self.says(&format!("The owner accepts the {} as a hot desk.", desk.name()));
            let id = self.device(&mac)?["id"].as_str().unwrap_or_default().to_owned();
            self.api(&format!("/devices/{id}/accept"), Some("{\"mode\": \"hot-desk\"}"))?;
            registers(desk, &format!("hotdesk-{mac}"))?;
            shows(desk, screen)?;
        }
        registers(&self.reception, "101")?;
        registers(&self.ada_desk, "100")
    }

    /// Step 4: she calls her own number, keys her PIN, and the phone becomes hers.
    fn ada_logs_in(&self) -> Step {
        self.says("Ada sits down in the kitchen, calls her own number and keys her PIN.");
        self.kitchen.does(|phone, now| phone.dials("100", now));
        hears(&self.kitchen, Prompt::EnterPin)?;
        self.keys(&self.kitchen, "4071#");
        hears(&self.kitchen, Prompt::LoggedIn)?;
        self.says("Already now, while the voice still speaks, calls to her ring here too.");
        self.reception.does(|phone, now| phone.dials("100", now));
        rings(&self.kitchen, "101", "Reception")?;
        rings(&self.ada_desk, "101", "Reception")?;
        self.reception.does(SimPhone::hangs_up);
        holds(self.kitchen.waits_until(PATIENCE, |phone| phone.is_ringing().is_none()), || {
            "it rings on".to_owned()
        })?;
        registers(&self.kitchen, "hotdesk-100")?;
        shows(&self.kitchen, "100 Ada Rossi")
    }

    /// Step 5: calls from here are hers, calls to her ring here.
    fn calls_follow(&self) -> Step {
        self.says("She calls reception from the kitchen; reception sees her name.");
        self.kitchen.does(|phone, now| phone.dials("101", now));
        rings(&self.reception, "100", "Ada Rossi")?;
        self.reception.does(SimPhone::answers);
        talk(&self.kitchen)?;
        self.reception.does(SimPhone::hangs_up);
        ends(&self.kitchen, Ending::HungUpThere)
    }

    /// Step 6: a second login moves the calls; her own phone rings along.
    fn she_moves(&self) -> Step {
        self.says("She moves on to the hall, this time by code.");
        self.hall.does(|phone, now| phone.dials("*77*100*", now));
        holds(self.hall.waits_until(PATIENCE, |phone| phone.in_call()), || {
            "no voice in the hall".to_owned()
        })?;
        self.keys(&self.hall, "4071#");
        registers(&self.hall, "hotdesk-100")?;
        let mac = self.kitchen.does(|phone, _| phone.mac().to_owned());
        registers(&self.kitchen, &format!("hotdesk-{mac}"))?;
        shows(&self.kitchen, "HD0001")?;
        self.says("A call to her rings in the hall and at her own desk, and no longer in the kitchen.");
        self.reception.does(|phone, now| phone.dials("100", now));
        rings(&self.hall, "101", "Reception")?;
        rings(&self.ada_desk, "101", "Reception")?;
        holds(self.kitchen.does(|phone, _| phone.is_ringing().is_none()), || "the kitchen rings".to_owned())?;
        self.hall.does(SimPhone::answers);
        ends(&self.ada_desk, Ending::Cancelled)?;
        talk(&self.reception)?;
        self.hall.does(SimPhone::hangs_up);
        ends(&self.reception, Ending::HungUpThere)
    }

    /// Step 7: she logs out by key; an administrator logs her in and out from afar; the idle desk calls for help.
    fn she_leaves(&self) -> Step {
        self.says("She presses the logout key.");
        self.hall.does(SimPhone::presses_logout_key);
        hears(&self.hall, Prompt::LoggedOut)?;
        let mac = self.hall.does(|phone, _| phone.mac().to_owned());
        registers(&self.hall, &format!("hotdesk-{mac}"))?;
        shows(&self.hall, "HD0002")?;

        self.says("The administrator logs her in at the hall from afar, and out again.");
        let id = self.device(&mac)?["id"].as_str().unwrap_or_default().to_owned();
        self.api(&format!("/devices/{id}/login"), Some("{\"extension\": \"100\"}"))?;
        registers(&self.hall, "hotdesk-100")?;
        self.api(&format!("/devices/{id}/logout"), Some(""))?;
        registers(&self.hall, &format!("hotdesk-{mac}"))?;

        self.says("The idle hall calls for help, and reception rings; it can call nobody else.");
        self.hall.does(|phone, now| phone.dials("112", now));
        holds(self.reception.waits_until(PATIENCE, |phone| phone.is_ringing().is_some()), || {
            "the emergency call reaches nobody".to_owned()
        })?;
        self.hall.does(SimPhone::hangs_up);
        ends(&self.hall, Ending::Cancelled)?;
        self.hall.does(|phone, now| phone.dials("0612345678", now));
        hears(&self.hall, Prompt::OnlyEmergencyAndLogin)?;
        self.hall.does(SimPhone::hangs_up);
        ends(&self.hall, Ending::Cancelled)
    }

    fn keys(&self, phone: &SocketPhone, keys: &'static str) {
        let rung = Rung {
            from: phone.name().to_owned(),
            to: "box".to_owned(),
            what: "keys ****#".to_owned(),
            at: Instant::now(),
        };
        print(&self.printer, &rung);
        phone.does(move |phone, now| phone.keys(keys, KeysBy::Rfc4733, now));
    }

    /// A line between the rungs.
    fn says(&self, words: &str) {
        let _printing = self.printer.lock().unwrap_or_else(PoisonError::into_inner);
        println!("\n{words}");
    }

    /// A device of the API by its MAC.
    fn device(&self, mac: &str) -> Result<Value, String> {
        let all = self.api("/devices", None)?;
        let is_it =
            |device: &&Value| device["mac"].as_str().map(|one| one.replace(':', "")).as_deref() == Some(mac);
        all.as_array()
            .and_then(|all| all.iter().find(is_it))
            .cloned()
            .ok_or_else(|| format!("the box does not know {mac}"))
    }

    /// GET, or POST with a body.
    fn api(&self, path: &str, body: Option<&str>) -> Result<Value, String> {
        let url = format!("http://{}/api/v1{path}", self.http);
        let bearer = format!("Bearer {}", self.token);
        let answer = match body {
            None => ureq::get(&url).header("Authorization", &bearer).call(),
            Some(body) => ureq::post(&url)
                .header("Authorization", &bearer)
                .header("Content-Type", "application/json")
                .send(body),
        };
        let mut answer = answer.map_err(|error| format!("{path}: {error}"))?;
        let text = answer.body_mut().read_to_string().map_err(|error| format!("{path}: {error}"))?;
        if text.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&text).map_err(|error| error.to_string())
        }
    }
}

/// Runs a command of `perch` on the running box; what it prints.
fn perch(data: &Path, words: &[&str], file: &str) -> Result<String, String> {
    let mut arguments: Vec<OsString> = vec!["perch".into()];
    arguments.extend(words.iter().map(OsString::from));
    if !file.is_empty() {
        let path = data.join("office.toml");
        std::fs::write(&path, file).map_err(|error| error.to_string())?;
        arguments.push(path.into());
    }
    arguments.extend(["--data".into(), data.into()]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outcome = cli::run(arguments, &mut Streams { out: &mut out, err: &mut err });
    match outcome {
        Outcome::Exit(0) => Ok(String::from_utf8_lossy(&out).into_owned()),
        _ => Err(format!("perch {}: {}", words.join(" "), String::from_utf8_lossy(&err))),
    }
}

fn wait(so: impl Fn() -> bool) -> bool {
    wait_for(PATIENCE, so)
}

fn wait_for(patience: Duration, so: impl Fn() -> bool) -> bool {
    let end = Instant::now() + patience;
    while !so() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

fn holds(so: bool, what: impl FnOnce() -> String) -> Step {
    if so { Ok(()) } else { Err(what()) }
}

fn registers(phone: &SocketPhone, account: &str) -> Step {
    let wanted = [account.to_owned()];
    let so = phone.waits_until(PATIENCE, move |phone| phone.registered_as() == wanted);
    holds(so, || format!("{} does not register as {account}", phone.name()))
}

fn shows(phone: &SocketPhone, text: &str) -> Step {
    let screen = phone.does(|phone, _| phone.screen()).unwrap_or_default();
    holds(screen == text, || format!("{} shows \"{screen}\" and not \"{text}\"", phone.name()))
}

fn hears(phone: &SocketPhone, prompt: Prompt) -> Step {
    let so = phone.waits_until(PATIENCE, move |phone| phone.heard_prompts().contains(&prompt));
    holds(so, || format!("{} does not hear {prompt}", phone.name()))
}

fn rings(phone: &SocketPhone, number: &str, name: &str) -> Step {
    let wanted = Some((number.to_owned(), name.to_owned()));
    let so = phone.waits_until(PATIENCE, move |phone| phone.is_ringing() == wanted);
    holds(so, || format!("{} does not ring with {number} {name}", phone.name()))
}

fn talk(phone: &SocketPhone) -> Step {
    let so = phone.waits_until(PATIENCE, |phone| phone.call_state() == Some(CallState::Up));
    holds(so, || format!("{} is in no call", phone.name()))
}

fn ends(phone: &SocketPhone, ending: Ending) -> Step {
    let so = phone.waits_until(PATIENCE, move |phone| phone.ending() == Some(ending));
    holds(so, || format!("the call at {} does not end as it should ({ending:?})", phone.name()))
}

/// Prints one rung with its plain words.
fn print(printer: &Mutex<Instant>, rung: &Rung) {
    let began = printer.lock().unwrap_or_else(PoisonError::into_inner);
    let Rung { from, to, what, at } = rung;
    let seconds = at.saturating_duration_since(*began).as_secs_f32();
    println!("{seconds:6.2}  {from:9} -> {to:9} {what:32} {}", plain(rung));
}

/// What a rung means.
fn plain(rung: &Rung) -> String {
    let from_box = rung.from == "box";
    let (word, rest) = rung.what.split_once(' ').unwrap_or((&rung.what, ""));
    let words = match (word, rest) {
        ("SUBSCRIBE", _) => "a new phone calls: who sets me up?",
        ("NOTIFY", "ua-profile") => "your file is at this address",
        ("NOTIFY", _) => "your file has changed, fetch it",
        ("GET", _) => "may I have my file?",
        ("200", "GET") => "here it is",
        ("REGISTER", rest) if rest.ends_with(" off") => "I am no longer this",
        ("REGISTER", rest) if rest.len() > 18 => "I am here, an idle hot desk",
        ("REGISTER", _) => "I am here, as somebody's phone",
        ("401", _) => "prove that it is you",
        ("200", "REGISTER") => "I know where you are",
        ("INVITE", _) if from_box => "it rings",
        ("INVITE", rest) => return format!("somebody dials {rest}"),
        ("100", _) => "one moment",
        ("180", _) if from_box => "it is ringing over there",
        ("180", _) => "I ring",
        ("183", _) => "listen",
        ("200", "") => "answered",
        ("ACK", _) => "understood",
        ("CANCEL", _) => "stop ringing",
        ("487", _) => "nobody was to answer any more",
        ("403" | "404" | "480" | "486" | "503", _) => "this call cannot be",
        ("BYE", _) => "hung up",
        ("says", "enter_pin") => "\"Please enter your pin\"",
        ("says", "logged_in") => "\"You are logged in\"",
        ("says", "logged_out") => "\"You are logged out\"",
        ("says", "only_emergency_and_login") => "\"Only emergency numbers until someone logs in\"",
        ("says", _) => "the voice speaks",
        ("keys", _) => "her PIN",
        ("200", _) => "yes",
        _ => "",
    };
    words.to_owned()
}
