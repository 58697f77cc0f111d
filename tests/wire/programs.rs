//! Real SIP clients from Debian, sipp and baresip, against the real binary.
//!
//! Where one is missing its tests say so and pass, unless PERCH_REQUIRE_TOOLS=1.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::{Account, PATIENCE, Phone};
use crate::house::House;

/// Whether the program is there; says so where it is not.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("-h").stdin(Stdio::null()).output().is_ok();
    assert!(found || std::env::var_os("PERCH_REQUIRE_TOOLS").is_none(), "{program} is missing");
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// A process that ends with the test.
struct Running {
    process: Child,
    name: String,
    output: std::path::PathBuf,
}

impl Running {
    fn start(house: &House, name: &str, command: &mut Command) -> Running {
        let output = house.real.path(&format!("{name}.out"));
        let file = fs::File::create(&output).expect("a file for its output");
        let process = command
            .current_dir(output.parent().expect("a folder"))
            .stdin(Stdio::null())
            .stderr(file.try_clone().expect("the same file"))
            .stdout(file)
            .spawn()
            .expect("it starts");
        Running { process, name: name.to_owned(), output }
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// Waits for its end, which must be a success.
    fn succeeds(mut self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            match self.process.try_wait().expect("its state") {
                Some(status) if status.success() => return,
                Some(status) => panic!("{} ends with {status}:\n{}", self.name, self.said()),
                None if Instant::now() > until => panic!("{} does not end:\n{}", self.name, self.said()),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("an address").port()
}

/// sipp plays a scenario as `account`, from `port`, towards `service`: once, or up to nine times where its name ends so.
fn sipp(house: &House, (scenario, service): (&str, &str), account: &Account, port: u16) -> Running {
    let times = if scenario == "answer-many" { "9" } else { "1" };
    let scenario = scenario.trim_end_matches("-many");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/wire/sipp/{scenario}.xml"));
    let mut command = Command::new("sipp");
    command
        .arg(house.real.sip.to_string())
        .arg("-sf")
        .arg(file)
        .args(["-s", service, "-au", &account.user, "-ap", &account.password])
        .args(["-m", times, "-nostdin", "-timeout", "50", "-timeout_error", "-i", "127.0.0.1"])
        .args(["-trace_err", "-p", &port.to_string(), "-mp", &free_port().to_string()]);
    Running::start(house, &format!("sipp-{scenario}-{}-{service}", account.user), &mut command)
}

/// A phone of sipp's is registered at that port.
fn sipp_registers(house: &House, account: &Account) -> u16 {
    let port = free_port();
    sipp(house, ("register", &account.number), account, port).succeeds();
    port
}

/// What is bound to the name of an account.
fn bindings(house: &House, account: &Account) -> Vec<String> {
    Phone::udp(house.real.sip, account.clone()).bindings()
}

/// baresip runs as `account` and answers every call; it is registered.
fn baresip(house: &House, account: &Account, commands: &[&str]) -> Running {
    let folder = house.real.path(&format!("baresip-{}", account.user));
    fs::create_dir(&folder).expect("a folder");
    let line = format!(
        "<sip:{}@{}>;auth_user={};auth_pass={};answermode=auto;regint=300;audio_codecs=pcma\n",
        account.number, house.real.sip, account.user, account.password
    );
    fs::write(folder.join("accounts"), line).expect("its accounts");
    let sound = free_port() & !1;
    let config = format!(
        "sip_listen 127.0.0.1:{}\nrtp_ports {sound}-{}\naudio_source aubridge,a\naudio_player aubridge,a\n\
         audio_alert aubridge,b\nring_aufile none\nmodule_path {MODULES}\nmodule g711.so\nmodule aubridge.so\n\
         module_app account.so\nmodule_app menu.so\n",
        free_port(),
        sound + 20
    );
    fs::write(folder.join("config"), config).expect("its settings");
    fs::write(folder.join("contacts"), "").expect("its contacts");
    let mut command = Command::new("baresip");
    command.arg("-4").arg("-f").arg(&folder).args(["-n", "127.0.0.1", "-t", "50"]);
    for one in commands {
        command.args(["-e", one]);
    }
    let running = Running::start(house, &format!("baresip-{}", account.user), &mut command);
    let until = Instant::now() + PATIENCE + PATIENCE;
    while !running.said().contains("200 OK () [") {
        assert!(Instant::now() < until, "baresip does not register:\n{}", running.said());
        std::thread::sleep(Duration::from_millis(200));
    }
    running
}

const MODULES: &str = "/usr/lib/baresip/modules";

#[test]
fn sipp_registers_with_digest() {
    if !has("sipp") {
        return;
    }
    let house = House::open();
    let account = house.line();
    let port = sipp_registers(&house, &account);
    let bound = bindings(&house, &account);
    assert!(matches!(&bound[..], [one] if one.contains(&format!("127.0.0.1:{port}"))), "{bound:?}");
}

#[test]
fn sipp_calls_sipp() {
    if !has("sipp") {
        return;
    }
    let house = House::open();
    let (caller, callee) = (house.line(), house.line());
    let port = sipp_registers(&house, &callee);
    let answering = sipp(&house, ("answer", &callee.number), &callee, port);
    let calling = sipp(&house, ("call", &callee.number), &caller, free_port());
    calling.succeeds();
    answering.succeeds();
    assert_eq!(house.real.count("calls"), 1);
}

#[test]
fn sipp_logs_in_by_info_is_called_and_called_again_after_a_kill() {
    if !has("sipp") {
        return;
    }
    let mut house = House::open();
    let (desk, extension) = house.desk();
    let port = sipp_registers(&house, &desk);
    sipp(&house, ("login-by-info", &format!("*77*{extension}*")), &desk, port).succeeds();
    assert_eq!(house.real.count("logins"), 1);
    let caller = house.line();
    for is_killed in [false, true] {
        if is_killed {
            house.real.kill_and_restart();
        }
        let answering = sipp(&house, ("answer-many", &extension), &desk, port);
        // After the restart the box may ask by OPTIONS whether the phone is there, and sipp counts that as a call: so
        // it is not waited for, and what the caller saw is enough.
        sipp(&house, ("call", &extension), &caller, free_port()).succeeds();
        drop(answering);
        assert_eq!(house.real.count("logins"), 1);
    }
}

#[test]
fn baresip_registers_with_digest_and_is_called_by_sipp() {
    if !has("sipp") || !has("baresip") {
        return;
    }
    let house = House::open();
    let (caller, callee) = (house.line(), house.line());
    let answering = baresip(&house, &callee, &[]);
    sipp(&house, ("call", &callee.number), &caller, free_port()).succeeds();
    drop(answering);
}

#[test]
fn baresip_answers_and_the_sipp_that_rang_along_is_released() {
    if !has("sipp") || !has("baresip") {
        return;
    }
    let house = House::open();
    let [ringing, answering] = house.pair();
    let port = sipp_registers(&house, &ringing);
    let rings = sipp(&house, ("ring", &ringing.number), &ringing, port);
    let answers = baresip(&house, &answering, &[]);
    sipp(&house, ("call", &ringing.number), &house.line(), free_port()).succeeds();
    rings.succeeds();
    drop(answers);
}

#[test]
fn baresip_calls_and_is_hung_up_on() {
    if !has("baresip") {
        return;
    }
    let house = House::open();
    let (caller, callee) = (house.line(), house.line());
    let mut phone = Phone::udp(house.real.sip, callee.clone());
    phone.register();
    let dial = format!("/dial sip:{}@{}", callee.number, house.real.sip);
    let calling = baresip(&house, &caller, &[&dial]);
    let arrived = phone.expect("INVITE");
    let mut dialog = phone.pick_up(&arrived);
    phone.hang_up(&mut dialog);
    drop(calling);
}
