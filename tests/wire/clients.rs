//! Real SIP clients from Debian, run as processes: sipp, baresip and linphone's console.
//!
//! Each plays a [`Line`], has its files in the folder of its box and speaks on the loopback only. It ends with its test,
//! by its own process id. Where a program is missing, [`has`] says so, and the test that asked passes unless
//! PERCH_REQUIRE_TOOLS=1. Not here: what they are asked to do (`programs`, `styles`).

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::{Account, PATIENCE};
use crate::phone::config;
use crate::real_box::RealBox;

/// Whether the program is there; says so where it is not.
pub fn has(program: &str) -> bool {
    // No option that all of them know, but whatever they think of this one, they end.
    let found = Command::new(program).arg("-h").stdin(Stdio::null()).output().is_ok();
    assert!(found || std::env::var_os("PERCH_REQUIRE_TOOLS").is_none(), "{program} is missing");
    if !found {
        println!("skipped: {program} is not installed");
    }
    found
}

/// What a client is told of its account.
#[derive(Debug, Clone)]
pub struct Line {
    /// The name it registers.
    pub user: String,
    pub auth_name: String,
    pub password: String,
    pub domain: String,
    /// Where every request goes.
    pub proxy: SocketAddr,
}

impl Line {
    /// As somebody types it in who knows no more than the address of the box.
    pub fn by_hand(real: &RealBox, account: &Account) -> Line {
        Line {
            user: account.number.clone(),
            auth_name: account.user.clone(),
            password: account.password.clone(),
            domain: real.sip.to_string(),
            proxy: real.sip,
        }
    }

    /// As the file of a phone has it.
    pub fn in_file(account: &config::Account) -> Line {
        let (host, port) = &account.proxy;
        Line {
            user: account.user.clone(),
            auth_name: account.auth_name.clone(),
            password: account.password.clone(),
            domain: account.domain.clone(),
            proxy: SocketAddr::new(host.parse().expect("an address of the box"), *port),
        }
    }
}

/// A process that ends with the test.
pub struct Running {
    process: Child,
    name: String,
    output: PathBuf,
}

impl Running {
    fn start(real: &RealBox, name: &str, command: &mut Command) -> Running {
        let output = real.path(&format!("{name}.out"));
        let file = fs::File::create(&output).expect("a file for its output");
        let process = command
            .current_dir(output.parent().expect("a folder"))
            .stderr(file.try_clone().expect("the same file"))
            .stdout(file)
            .spawn()
            .expect("it starts");
        Running { process, name: name.to_owned(), output }
    }

    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// Waits until it has said that so many times.
    pub fn says(&self, what: &str, times: usize) {
        let until = Instant::now() + PATIENCE + PATIENCE;
        while self.said().matches(what).count() < times {
            assert!(Instant::now() < until, "{} does not say \"{what}\" {times} times", self.name);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Types a line into it.
    pub fn types(&mut self, line: &str) {
        let keyboard = self.process.stdin.as_mut().expect("it has a keyboard");
        writeln!(keyboard, "{line}").expect("it reads");
    }

    /// Waits for its end, which must be a success.
    pub fn succeeds(mut self) {
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
        if std::thread::panicking() {
            eprintln!("-- {} --\n{}", self.name, self.said());
        }
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn free_port() -> u16 {
    loop {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = socket.local_addr().expect("an address").port();
        // Some programs listen by TCP at the same port.
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

// sipp

/// sipp plays a scenario as `line`, from `port`, towards `service`: once, or up to nine times where its name ends so.
pub fn sipp(real: &RealBox, (scenario, service): (&str, &str), line: &Line, port: u16) -> Running {
    let times = if scenario == "answer-many" { "9" } else { "1" };
    let (scenario, expires) = match scenario.trim_end_matches("-many") {
        "leave" => ("register", "0"),
        scenario => (scenario, "300"),
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/wire/sipp/{scenario}.xml"));
    let mut command = Command::new("sipp");
    command
        .arg(line.proxy.to_string())
        .arg("-sf")
        .arg(file)
        .args(["-s", service, "-au", &line.auth_name, "-ap", &line.password])
        .args(["-key", "user", &line.user, "-key", "domain", &line.domain, "-key", "expires", expires])
        .args(["-m", times, "-nostdin", "-timeout", "50", "-timeout_error", "-i", "127.0.0.1"])
        .args(["-trace_err", "-p", &port.to_string(), "-mp", &free_port().to_string()])
        .stdin(Stdio::null());
    Running::start(real, &format!("sipp-{scenario}-{}-{service}", line.user), &mut command)
}

/// A phone of sipp's is registered at that port.
pub fn sipp_registers(real: &RealBox, line: &Line) -> u16 {
    let port = free_port();
    sipp(real, ("register", &line.user), line, port).succeeds();
    port
}

/// The phone at that port lets its registration go.
pub fn sipp_leaves(real: &RealBox, line: &Line, port: u16) {
    sipp(real, ("leave", &line.user), line, port).succeeds();
}

// baresip

/// baresip runs as `line` and answers every call; it is registered.
pub fn baresip(real: &RealBox, line: &Line, commands: &[&str]) -> Running {
    let folder = real.path(&format!("baresip-{}", line.auth_name));
    fs::create_dir(&folder).expect("a folder");
    let account = format!(
        "<sip:{}@{}>;auth_user={};auth_pass={};outbound=\"sip:{}\";answermode=auto;regint=300;audio_codecs=pcma\n",
        line.user, line.domain, line.auth_name, line.password, line.proxy
    );
    fs::write(folder.join("accounts"), account).expect("its accounts");
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
    command.arg("-4").arg("-f").arg(&folder).args(["-n", "127.0.0.1", "-t", "50"]).stdin(Stdio::null());
    for one in commands {
        command.args(["-e", one]);
    }
    let running = Running::start(real, &format!("baresip-{}", line.auth_name), &mut command);
    running.says("200 OK () [", 1);
    running
}

const MODULES: &str = "/usr/lib/baresip/modules";

// linphone

/// linphone's console runs as `line`, its sound in files, and answers every call; it is registered. It must find that the
/// machine has a network before it registers anywhere, the loopback included.
pub fn linphone(real: &RealBox, line: &Line) -> Running {
    let folder = real.path(&format!("linphone-{}", line.auth_name));
    // Its data base has a place below the home, which it does not make.
    fs::create_dir_all(folder.join(".local/share/linphone")).expect("a home");
    let config = format!(
        "[sip]\nsip_port={}\nsip_tcp_port=0\nsip_tls_port=0\nbind_address=127.0.0.1\nuse_ipv6=0\nguess_hostname=0\n\
         default_proxy=0\n[rtp]\naudio_rtp_port={}\nbind_address=127.0.0.1\n\
         [proxy_0]\nreg_proxy=<sip:{proxy}>\nreg_route=<sip:{proxy};lr>\nreg_identity=<sip:{user}@{domain}>\n\
         reg_expires=300\nreg_sendregister=1\n\
         [auth_info_0]\nusername={user}\nuserid={}\npasswd={}\nrealm={domain}\ndomain={domain}\n",
        free_port(),
        free_port() & !1,
        line.auth_name,
        line.password,
        proxy = line.proxy,
        user = line.user,
        domain = line.domain
    );
    let file = folder.join("linphonerc");
    fs::write(&file, config).expect("its settings");
    let mut command = Command::new("linphonec");
    command.arg("-a").arg("-c").arg(&file).env("HOME", &folder).env("LC_ALL", "C");
    command.env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME").stdin(Stdio::piped());
    let mut running = Running::start(real, &format!("linphone-{}", line.auth_name), &mut command);
    running.types("soundcard use files");
    let until = Instant::now() + PATIENCE + PATIENCE;
    while !running.said().contains("registered, identity=") {
        assert!(Instant::now() < until, "linphone does not register:\n{}", running.said());
        running.types("status register");
        std::thread::sleep(Duration::from_millis(200));
    }
    running
}
