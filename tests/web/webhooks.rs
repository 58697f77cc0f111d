//! Webhooks: a program in the network is told what happens, from the API and from the page.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::api::{Program, assert_problem};
use crate::browser::Browser;
use crate::house::{Disc, House, until};

/// A program that takes events: answers each with the next of its statuses, 200 when they are used up.
struct Hook {
    url: String,
    taken: Arc<Mutex<Vec<Delivery>>>,
    at: SocketAddr,
    server: Option<std::thread::JoinHandle<()>>,
}

/// What was posted to it.
#[derive(Debug, Clone)]
struct Delivery {
    head: String,
    body: String,
}

impl Delivery {
    fn header(&self, name: &str) -> &str {
        let found = self.head.lines().filter_map(|line| line.split_once(": "));
        found
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
            .unwrap_or("")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// As docs/api.md tells a receiver to check it.
    fn is_signed_with(&self, secret: &str) -> bool {
        let signature = self.header("Perch-Signature");
        let (time, hex) =
            signature.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("a signature");
        let age = jiff::Timestamp::now().as_second() - time.parse::<i64>().expect("a time");
        let sent: Vec<u8> = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex"))
            .collect();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(format!("{time}.{}", self.body).as_bytes());
        mac.verify_slice(&sent).is_ok() && age.abs() <= 300
    }
}

impl Hook {
    fn answering(statuses: &[&'static str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let at = listener.local_addr().expect("bound");
        let taken: Arc<Mutex<Vec<Delivery>>> = Arc::default();
        let (kept, mut statuses) = (Arc::clone(&taken), VecDeque::from(statuses.to_vec()));
        let server = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(delivery) = read(&mut stream) else { return };
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
                let status = statuses.pop_front().unwrap_or("200 OK");
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).expect("the box listens");
            }
        });
        Self { url: format!("http://{at}/perch"), taken, at, server: Some(server) }
    }

    fn taken(&self) -> Vec<Delivery> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn events(&self) -> Vec<String> {
        self.taken().iter().map(|one| one.header("Perch-Event").to_owned()).collect()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        // A connection without a request ends it.
        drop(TcpStream::connect(self.at));
        if let Some(server) = self.server.take() {
            server.join().expect("the hook did not panic");
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<Delivery> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let length = stream.read(&mut part).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let delivery = Delivery { head: head.to_owned(), body: body.to_owned() };
        let length: usize = delivery.header("Content-Length").parse().unwrap_or_default();
        if body.len() >= length {
            return Some(delivery);
        }
    }
}

/// Adds a receiver; its id and its secret.
async fn added(program: &Program<'_>, url: &str, events: &[&str]) -> (String, String) {
    let made = program.ask("POST", "/webhooks", Some(json!({ "url": url, "events": events }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let text = |name: &str| made.json()[name].as_str().expect("a text").to_owned();
    assert_eq!(made.header("location"), format!("/api/v1/webhooks/{}", text("id")));
    (text("id"), text("secret"))
}

#[tokio::test]
async fn b15_what_happens_is_posted_signed_and_in_order() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let (all, some) = (Hook::answering(&[]), Hook::answering(&["204 No Content"]));
    let (id, secret) = added(&program, &all.url, &[]).await;
    let (_, other_secret) = added(&program, &some.url, &["logged-out"]).await;

    let who = Some(json!({ "extension": "100" }));
    assert_eq!(program.ask("POST", "/devices/d1/login", who).await.status, StatusCode::OK);
    assert_eq!(program.ask("POST", "/devices/d1/logout", None).await.status, StatusCode::NO_CONTENT);
    until(async || all.events().contains(&"logged-out".to_owned()) && some.taken().len() == 1).await;

    let taken = all.taken();
    let numbers: Vec<u64> = taken
        .iter()
        .map(|one| one.header("Perch-Event-Id").rsplit_once('-').expect("an id").1.parse().expect("a number"))
        .collect();
    assert!(numbers.is_sorted_by(|one, next| *next == one + 1), "{numbers:?}");
    for one in &taken {
        assert!(one.is_signed_with(&secret) && !one.is_signed_with(&other_secret), "{one:?}");
        assert!(one.head.starts_with("POST /perch HTTP/1.1"), "{}", one.head);
        assert_eq!(one.header("Content-Type"), "application/json");
        assert_eq!(one.json()["id"], one.header("Perch-Event-Id"));
        assert_eq!(one.json()["event"], one.header("Perch-Event"));
        assert!(one.json()["time"].is_string() && one.json()["missed"].is_null(), "{}", one.body);
        assert!(one.header("Perch-Timestamp").parse::<i64>().is_ok());
    }
    let login = taken.iter().find(|one| one.header("Perch-Event") == "logged-in").expect("a login").json();
    assert_eq!(
        (&login["extension"], &login["device"], &login["method"]),
        (&json!("100"), &json!("d1"), &json!("api"))
    );
    assert_eq!(some.events(), ["logged-out"]);
    until(async || program.ask("GET", &format!("/webhooks/{id}"), None).await.json()["waiting"] == 0).await;
    let view = program.ask("GET", &format!("/webhooks/{id}"), None).await.json();
    assert!(view["delivered_at"].is_string() && view["failing_since"].is_null(), "{view}");
}

#[tokio::test]
async fn b15_a_receiver_that_fails_is_tried_again_and_holds_up_nobody() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let (weak, sound) = (Hook::answering(&["500 Internal Server Error"]), Hook::answering(&[]));
    let (id, secret) = added(&program, &weak.url, &["logged-in", "logged-out"]).await;
    added(&program, &sound.url, &["logged-in", "logged-out"]).await;
    let who = Some(json!({ "extension": "100" }));
    assert_eq!(program.ask("POST", "/devices/d1/login", who).await.status, StatusCode::OK);
    program.ask("POST", "/devices/d1/logout", None).await;
    until(async || sound.events() == ["logged-in", "logged-out"]).await;

    let view = async || program.ask("GET", &format!("/webhooks/{id}"), None).await.json();
    until(async || view().await["failing_since"].is_string()).await;
    let failing = view().await;
    assert_eq!(failing["waiting"], 2, "{failing}");
    assert!(failing["failure"].as_str().is_some_and(|why| why.contains("500")), "{failing}");
    until(async || weak.events() == ["logged-in", "logged-in", "logged-out"]).await;
    let taken = weak.taken();
    assert_eq!(taken[0].body, taken[1].body, "the same event again");
    assert!(taken.iter().all(|one| one.is_signed_with(&secret)));
    until(async || view().await["failing_since"].is_null()).await;
}

#[tokio::test]
async fn b15_a_receiver_is_tried_and_no_redirect_is_followed() {
    let house = House::new();
    let program = Program::new(&house).await;
    let elsewhere = Hook::answering(&[]);
    let moved = format!("302 Found\r\nLocation: {}", elsewhere.url);
    let hook = Hook::answering(&["200 OK", String::leak(moved)]);
    let (id, secret) = added(&program, &hook.url, &["emergency"]).await;
    let test = async || program.ask("POST", &format!("/webhooks/{id}/test"), None).await.json();
    assert_eq!(test().await, json!({ "delivered": true, "status": 200, "failure": null }));
    let tried = test().await;
    assert_eq!((&tried["delivered"], &tried["status"]), (&json!(false), &Value::Null));
    assert!(tried["failure"].as_str().is_some_and(|why| why.contains("302")), "{tried}");
    assert!(elsewhere.taken().is_empty());
    assert!(hook.taken().iter().all(|one| one.is_signed_with(&secret) && one.json()["event"] == "test"));
}

#[tokio::test]
async fn b15_receivers_are_bounded_kept_and_removed_and_the_secret_is_told_once() {
    let house = House::new();
    let program = Program::new(&house).await;
    let (first, secret) = added(&program, "https://example.org/0", &["logged-out", "logged-in"]).await;
    for number in 1..16 {
        added(&program, &format!("https://example.org/{number}"), &[]).await;
    }
    let more = program.ask("POST", "/webhooks", Some(json!({ "url": "https://example.org/" }))).await;
    assert_problem(&more, StatusCode::CONFLICT, "16");
    for (body, words) in [
        (json!({}), "say where"),
        (json!({ "url": "ftp://example.org/" }), "https://"),
        (json!({ "url": "https://ada:secret@example.org/" }), "user name"),
        (json!({ "url": "https://example.org/", "events": ["lunch"] }), "logged-in"),
        (json!({ "url": "https://example.org/", "events": "logged-in" }), "list"),
        (json!({ "url": "https://example.org/", "name": "x" }), "no field"),
    ] {
        let refused = program.ask("POST", "/webhooks", Some(body)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    let listed = program.ask("GET", "/webhooks", None).await;
    assert!(!listed.body.contains(&secret), "the secret is told once");
    assert_eq!(listed.json().as_array().map(Vec::len), Some(16));

    let again = House::with(Disc::Fast, Arc::clone(&house.keep));
    let after = Program::new(&again).await;
    assert_eq!(after.ask("GET", "/webhooks", None).await.json(), listed.json(), "they survive a restart");
    let path = format!("/webhooks/{first}");
    assert_eq!(after.ask("GET", &path, None).await.json()["events"], json!(["logged-in", "logged-out"]));
    assert_eq!(after.ask("DELETE", &path, None).await.status, StatusCode::NO_CONTENT);
    for (method, path) in [("DELETE", path.clone()), ("GET", path.clone()), ("POST", format!("{path}/test"))]
    {
        assert_problem(&after.ask(method, &path, None).await, StatusCode::NOT_FOUND, "webhook");
    }
    added(&after, "https://example.org/new", &[]).await;
}

#[tokio::test]
async fn b15_the_page_adds_a_receiver_tries_it_and_asks_before_it_removes_it() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let hook = Hook::answering(&["200 OK", "410 Gone"]);
    browser.open("/settings").await;
    browser.submit("/settings/webhooks", &[("url", "example.org"), ("logged-in", "on")]).await;
    assert!(browser.says("no address that events can be sent to"), "{}", browser.page);
    browser.submit("/settings/webhooks", &[("url", &hook.url)]).await;
    let secret =
        browser.page.split("whsec_").nth(1).and_then(|rest| rest.split('<').next()).expect("a secret");
    let secret = format!("whsec_{secret}");
    assert!(browser.says("nothing delivered since the start") && browser.says(&hook.url), "{}", browser.page);

    let action = browser.page.split("action=\"").filter_map(|rest| rest.split('"').next());
    let test = action.filter(|action| action.ends_with("/test")).map(str::to_owned).next().expect("a button");
    browser.submit(&test, &[]).await;
    assert!(browser.says("answered 200") && !browser.says(&secret), "{}", browser.page);
    browser.submit(&test, &[]).await;
    assert!(browser.says("it answered 410, not 200"), "{}", browser.page);
    assert!(hook.taken().iter().all(|one| one.is_signed_with(&secret)));

    let remove = test.replace("/test", "/remove");
    browser.open(&remove).await;
    assert!(browser.says("Remove this receiver?") && browser.says(&hook.url), "{}", browser.page);
    browser.submit(&remove, &[]).await;
    assert!(browser.says("sent nothing any more.") && !browser.says(&hook.url), "{}", browser.page);
    browser.open(&remove).await;
    assert_eq!(browser.status, StatusCode::NOT_FOUND);
}
