//! What only shows on real sockets: the last byte, slow and broken clients, event streams, the end.

use std::sync::Arc;
use std::time::Duration;

use perch::config::apply;
use perch::config::rules::Rules;
use perch::model::{DeviceId, DeviceMode, Office, Stage};
use perch::web::{serve, serve_local};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::browser::Browser;
use crate::house::{House, until};

/// A house on a port.
struct Served {
    house: House,
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Served {
    async fn new() -> Self {
        let house = House::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = house.router.clone();
        let server = tokio::spawn(serve(listener, router, async {
            // The test's end is an end too.
            let _ = stopped.await;
        }));
        Self { house, port, stop: Some(stop), server }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("the box listens")
    }

    /// Asks on a connection of its own, until the box closes it.
    async fn ask(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Reads until the text has come.
async fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    let reading = async {
        while !text.contains(wanted) {
            let length = stream.read(&mut buffer).await.expect("read");
            assert_ne!(length, 0, "closed before {wanted:?}: {text}");
            text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    };
    tokio::time::timeout(Duration::from_secs(5), reading).await.expect("in time");
    text
}

async fn accepted_phone(house: &House) -> String {
    house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    let accept = |office: &Office, fresh| {
        apply::accept_device(office, DeviceId(1), DeviceMode::HotDesk, &Rules::standard(), fresh)
    };
    house.control.edit(accept).await.expect("runs").expect("accepted");
    let devices = house.control.devices().await.expect("runs");
    let url = devices[0].provisioning_url.as_ref().expect("an address").expose().to_owned();
    format!("{}805ec0112233.cfg", url.strip_prefix("http://192.0.2.1:8080").expect("the box's address"))
}

#[tokio::test]
async fn a_file_counts_as_fetched_when_it_has_left_by_the_socket() {
    let served = Served::new().await;
    let path = accepted_phone(&served.house).await;
    let stage = async || served.house.control.devices().await.expect("runs")[0].stage;
    let answer = served.ask(&format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("hotdesk-805ec0112233"), "{answer}");
    until(async || stage().await == Stage::Fetched).await;
    let etag = answer.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag");
    let again =
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nIf-None-Match: {etag}\r\nConnection: close\r\n\r\n");
    assert!(served.ask(&again).await.starts_with("HTTP/1.1 304 Not Modified"));
}

#[tokio::test]
async fn events_are_streamed_and_a_listener_that_comes_back_gets_what_it_missed() {
    let served = Served::new().await;
    let token = served.house.token().await;
    let listen = |last: &str| {
        format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{last}\r\n"
        )
    };
    let mut stream = served.connect().await;
    stream.write_all(listen("").as_bytes()).await.expect("sent");
    read_until(&mut stream, "listening").await;
    served.house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    let text = read_until(&mut stream, "\"device\":\"d1\"").await;
    assert!(text.contains("event: device-seen"), "{text}");
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).expect("an id").to_owned();
    drop(stream);

    served.house.phone_appears("80:5e:c0:11:22:44", "yealink-t46u", 21).await;
    let mut stream = served.connect().await;
    stream.write_all(listen(&format!("Last-Event-ID: {id}\r\n")).as_bytes()).await.expect("sent");
    let text = read_until(&mut stream, "\"device\":\"d2\"").await;
    assert!(!text.contains("\"d1\"") && !text.contains("reset"), "{text}");

    let mut stream = served.connect().await;
    stream.write_all(listen("Last-Event-ID: 0123456789ab-7\r\n").as_bytes()).await.expect("sent");
    read_until(&mut stream, "event: reset").await;
}

#[tokio::test]
async fn listeners_are_bounded() {
    let served = Served::new().await;
    let token = served.house.token().await;
    let request =
        format!("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut streams = Vec::new();
    for _ in 0..64 {
        let mut stream = served.connect().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        read_until(&mut stream, "listening").await;
        streams.push(stream);
    }
    let mut stream = served.connect().await;
    stream.write_all(request.as_bytes()).await.expect("sent");
    let refused = read_until(&mut stream, "problems/crowded").await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: 2"), "{refused}");
    drop(streams.pop());
    tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            let mut stream = served.connect().await;
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut head = [0; 12];
            stream.read_exact(&mut head).await.expect("read");
            if &head == b"HTTP/1.1 200" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("a place is free again");
}

#[tokio::test]
async fn an_open_page_hears_of_changes_until_its_session_ends() {
    let served = Served::new().await;
    let mut browser = Browser::of_owner(&served.house).await;
    let session = browser.cookies["perch-session"].clone();
    let request = format!("GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: perch-session={session}\r\n\r\n");
    let mut stream = served.connect().await;
    stream.write_all(request.as_bytes()).await.expect("sent");
    read_until(&mut stream, "listening").await;
    served.house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    read_until(&mut stream, "event: device-seen").await;
    browser.open("/").await;
    browser.submit("/logout", &[]).await;
    served.house.phone_appears("80:5e:c0:11:22:44", "yealink-t46u", 21).await;
    let rest = read_until(&mut stream, "0\r\n\r\n").await;
    assert!(!rest.contains("device-seen"), "{rest}");
}

#[tokio::test]
async fn nonsense_and_heads_without_end_are_refused_and_others_are_served() {
    let served = Served::new().await;
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = served.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await.expect("sent");
        slow.push(stream);
    }
    assert!(served.ask("this is not HTTP\r\n\r\n").await.starts_with("HTTP/1.1 400"));
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "x".repeat(40_000));
    let mut stream = served.connect().await;
    // The box may close while this is still being written.
    let _ = stream.write_all(long.as_bytes()).await;
    let mut head = [0; 12];
    if stream.read_exact(&mut head).await.is_ok() {
        assert_eq!(&head, b"HTTP/1.1 431");
    }
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X-A: b\r\n".repeat(200));
    assert!(served.ask(&many).await.starts_with("HTTP/1.1 431"));
    let health = served.ask("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(health.contains(r#"{"status":"ok"}"#), "{health}");
    drop(slow);
}

#[tokio::test]
async fn when_the_box_stops_connections_end_within_a_second() {
    let mut served = Served::new().await;
    let token = served.house.token().await;
    let mut stream = served.connect().await;
    let request =
        format!("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    read_until(&mut stream, "listening").await;
    let _idle = served.connect().await;
    drop(served.stop.take());
    let end = tokio::time::timeout(Duration::from_secs(2), &mut served.server).await;
    assert!(matches!(end, Ok(Ok(()))), "{end:?}");
}

#[tokio::test]
async fn the_control_socket_answers_on_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("control.sock");
    let house = House::new();
    let listener = UnixListener::bind(&path).expect("bound");
    let stop = Arc::new(tokio::sync::Notify::new());
    let stopped = Arc::clone(&stop);
    let server =
        tokio::spawn(serve_local(
            listener,
            house.web.control_router(),
            async move { stopped.notified().await },
        ));
    let mut stream = UnixStream::connect(&path).await.expect("the box listens");
    stream
        .write_all(b"GET /control/setup-code HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    assert!(answer.contains(&house.code()), "{answer}");
    stop.notify_one();
    assert!(tokio::time::timeout(Duration::from_secs(2), server).await.is_ok());
}
