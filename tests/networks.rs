//! The networks under a box with the default addresses: they come and go, and phones find the box on each.
//!
//! The trial runs in a network namespace of its own, where nothing it sends can leave this machine. Where none can be
//! made the test says so and passes.

#[allow(dead_code, reason = "each test takes what it needs")]
#[path = "support/running_box.rs"]
mod running_box;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use running_box::{Addresses, RunningBox};

/// Where phones call for a provisioner (SIP PnP).
const GROUP: (Ipv4Addr, u16) = (Ipv4Addr::new(224, 0, 1, 75), 5060);

/// How long a box may take to notice a new network; it looks every ten seconds.
const PATIENCE: Duration = Duration::from_secs(40);

#[test]
fn a_box_that_starts_before_its_network_is_found_on_it_by_multicast() {
    let program = std::env::current_exe().expect("this program has a path");
    let in_a_namespace = |how: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(how).arg("--");
        command
    };
    // As root without a namespace of users, else with one.
    let ways: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];
    let probe =
        ["sh", "-c", "ip link set lo up && (ip link add probe type dummy || ip tuntap add probe mode tap)"];
    let works =
        |how: &&[&str]| in_a_namespace(how).args(probe).output().is_ok_and(|out| out.status.success());
    let Some(how) = ways.into_iter().find(works) else {
        eprintln!("no network namespace can be made here (unshare, ip): skipped");
        return;
    };
    let inner = [
        "--exact",
        "--ignored",
        "--nocapture",
        "in_a_namespace_a_box_is_found_on_a_network_that_comes_later",
    ];
    let out = in_a_namespace(how).arg(program).args(inner).output().expect("unshare can be started");
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "it changes the networks of the machine: the test above runs it where there is nothing to lose"]
fn in_a_namespace_a_box_is_found_on_a_network_that_comes_later() {
    ip("link set lo up");
    let place = tempfile::tempdir().expect("a folder");
    let any = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let running =
        RunningBox::with(&place.path().join("data"), Addresses { sip: any(5060), http: any(8080) }, |_| {});
    plug_in();

    let told = found("192.168.77.1:5070", "192.168.77.1").expect("it answers on the network that came later");
    assert!(told.contains("http://192.168.77.1:8080/"), "{told}");
    let log = running.log();
    assert!(log.contains("the box is now reached at http://192.168.77.1:8080/"), "{log}");

    // The network goes away and comes back, as behind a switch that is restarted.
    ip("link del office");
    plug_in();
    let told = found("192.168.77.1:5071", "192.168.77.1").expect("it answers on the network that came back");
    assert!(told.contains("http://192.168.77.1:8080/"), "{told}");
}

/// A network with the box's own address. Kernels differ in which kinds that lead nowhere they know.
fn plug_in() {
    if !tried("link add office type dummy") {
        ip("tuntap add office mode tap");
    }
    ip("address add 192.168.77.1/24 dev office");
    ip("link set office up");
}

/// `ip <words>`, which must work.
fn ip(words: &str) {
    assert!(tried(words), "ip {words}");
}

fn tried(words: &str) -> bool {
    let out = Command::new("ip").args(words.split(' ')).output().expect("ip can be started");
    out.status.success()
}

/// What a phone at `address` is told when it calls for a provisioner over `interface`; it calls again and again.
fn found(address: &str, interface: &str) -> Option<String> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).expect("a socket");
    socket.bind(&address.parse::<SocketAddr>().expect("an address").into()).expect("bound");
    socket.set_multicast_if_v4(&interface.parse().expect("an address")).expect("chosen");
    let socket = UdpSocket::from(socket);
    socket.set_read_timeout(Some(Duration::from_millis(500))).expect("set");
    let begun = Instant::now();
    let mut calls = 0;
    let mut buffer = [0; 4096];
    while begun.elapsed() < PATIENCE {
        calls += 1;
        let subscribe = format!(
            "SUBSCRIBE sip:MAC%3a000413aabbcc@224.0.1.75 SIP/2.0\r\nVia: SIP/2.0/UDP {address};branch=z9hG4bKpnp{calls};rport\r\n\
             From: <sip:MAC%3a000413aabbcc@224.0.1.75>;tag=f{calls}\r\nTo: <sip:MAC%3a000413aabbcc@224.0.1.75>\r\n\
             Call-ID: pnp-{calls}@{address}\r\nCSeq: 1 SUBSCRIBE\r\nMax-Forwards: 70\r\nContact: <sip:{address}>\r\n\
             Event: ua-profile;profile-type=\"device\";vendor=\"snom\";model=\"snomD785\";version=\"10.1.73.15\"\r\n\
             Accept: application/url\r\nExpires: 0\r\nContent-Length: 0\r\n\r\n"
        );
        // There may be no way yet.
        let _ = socket.send_to(subscribe.as_bytes(), GROUP);
        while let Ok(length) = socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with("NOTIFY ") {
                return Some(text);
            }
        }
    }
    None
}
