//! The API, asked as a program asks.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use perch::model::{CallKind, CallOutcome};
use serde_json::{Value, json};

use crate::house::{Answer, Disc, House, Shelf};
use crate::pages::record;

/// A program with a token.
pub struct Program<'a> {
    pub house: &'a House,
    pub token: String,
}

impl<'a> Program<'a> {
    pub async fn new(house: &'a House) -> Self {
        Self { house, token: house.token().await }
    }

    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        self.say(method, path, "application/json", &text).await
    }

    async fn say(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header("host", "perch.local:8080")
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind);
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        self.house.send(request, [192, 0, 2, 60]).await
    }

    /// An office with two extensions and two hot desks.
    pub async fn furnish(&self) {
        for (number, name, hotdesk) in [("100", "Ada Rossi", true), ("101", "Reception", false)] {
            let wish = json!({ "number": number, "name": name, "hotdesk": hotdesk });
            let answer = self.ask("POST", "/extensions", Some(wish)).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        }
        for (id, mac) in [("d1", "80:5e:c0:11:22:33"), ("d2", "80:5e:c0:11:22:44")] {
            self.house.phone_appears(mac, "yealink-t46u", 20).await;
            let answer = self.ask("POST", &format!("/devices/{id}/accept"), None).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
    }
}

/// A problem document with this status, and words in its detail.
pub fn assert_problem(answer: &Answer, status: StatusCode, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["status"], status.as_u16());
    assert!(problem["type"].as_str().is_some_and(|kind| kind.starts_with("/problems/")), "{problem}");
    assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains(words), "{detail} lacks {words}");
}

/// Promises: F12, C6, C19.
#[tokio::test]
async fn a_waiting_phone_is_accepted_logged_in_at_and_logged_out() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let devices = program.ask("GET", "/devices", None).await.json();
    let first = &devices[0];
    assert_eq!(first["id"], "d1");
    assert_eq!(first["mac"], "80:5e:c0:11:22:33");
    assert_eq!(first["mode"], "hot-desk");
    assert_eq!(first["name"], Value::Null);
    assert_eq!(first["screen_name"], "HD0001");
    assert_eq!(first["admission"], "accepted");
    assert_eq!(first["model"], "yealink-t46u");
    assert_eq!(first["login"], Value::Null);
    assert_eq!(first["address"], "192.0.2.20");
    assert!(first["stage"].is_string() && first["late"].is_boolean() && first["reachable"].is_boolean());
    let url = first["provisioning_url"].as_str().expect("an address");
    assert!(url.starts_with("http://192.0.2.1:8080/p/") && url.len() > 50 && url.ends_with('/'), "{url}");

    let login = program.ask("POST", "/devices/d1/login", Some(json!({ "extension": "100" }))).await;
    assert_eq!(login.status, StatusCode::OK, "{}", login.body);
    assert_eq!((&login.json()["extension"], &login.json()["saved"]), (&json!("100"), &json!(true)));
    let device = program.ask("GET", "/devices/d1", None).await.json();
    assert_eq!(device["login"]["extension"], "100");
    assert_eq!(device["login"]["method"], "api");
    assert!(device["login"]["since"].is_string());
    let logins = program.ask("GET", "/logins", None).await.json();
    assert_eq!(logins[0]["device"], "d1");
    let extensions = program.ask("GET", "/extensions", None).await.json();
    assert_eq!(extensions[0]["logged_in_at"], json!(["d1"]));

    assert_eq!(program.ask("POST", "/devices/d1/logout", None).await.status, StatusCode::NO_CONTENT);
    assert_problem(&program.ask("POST", "/devices/d1/logout", None).await, StatusCode::CONFLICT, "nobody");
    assert_eq!(program.ask("GET", "/logins", None).await.json(), json!([]));
    assert_eq!(program.ask("DELETE", "/devices/d1", None).await.status, StatusCode::NO_CONTENT);
    assert_problem(&program.ask("GET", "/devices/d1", None).await, StatusCode::NOT_FOUND, "d1");
}

#[tokio::test]
async fn a_login_that_cannot_be_says_why() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let login = async |device: &str, body: Value| {
        program.ask("POST", &format!("/devices/{device}/login"), Some(body)).await
    };
    let at = json!({ "extension": "100" });
    assert_problem(&login("d9", at.clone()).await, StatusCode::NOT_FOUND, "phone");
    assert_problem(&login("nonsense", at.clone()).await, StatusCode::NOT_FOUND, "nonsense");
    assert_problem(&login("d1", json!({ "extension": "999" })).await, StatusCode::NOT_FOUND, "extension");
    assert_problem(
        &login("d1", json!({ "extension": "12a" })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "digits",
    );
    assert_problem(
        &login("d1", json!({ "extension": 100 })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "string",
    );
    assert_problem(&login("d1", json!({})).await, StatusCode::UNPROCESSABLE_ENTITY, "extension");
    assert_problem(&login("d1", json!({ "who": "x" })).await, StatusCode::UNPROCESSABLE_ENTITY, "who");
    assert_problem(&login("d1", json!({ "extension": "101" })).await, StatusCode::CONFLICT, "may not");
    let refuse = |office: &perch::model::Office, _| {
        let settings = perch::model::OfficeSettings {
            login_policy: perch::model::LoginPolicy::Refuse,
            ..office.settings.clone()
        };
        Ok::<_, ()>(vec![perch::model::Change::Settings(settings)])
    };
    house.control.edit(refuse).await.expect("runs").expect("edited");
    assert_eq!(login("d1", at.clone()).await.status, StatusCode::OK);
    assert_problem(&login("d2", at.clone()).await, StatusCode::CONFLICT, "does not allow a second login");
    assert_problem(&login("d1", at).await, StatusCode::CONFLICT, "already logged in at this phone");
}

#[tokio::test]
async fn a_phone_is_accepted_for_its_owner_or_not_at_all() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    house.phone_appears("00:04:13:aa:bb:cc", "snom-d785", 21).await;
    let accept = async |body: Value| program.ask("POST", "/devices/d3/accept", Some(body)).await;
    assert_problem(&accept(json!({ "mode": "sofa" })).await, StatusCode::UNPROCESSABLE_ENTITY, "hot-desk");
    assert_problem(
        &accept(json!({ "mode": "hot-desk", "extension": "101" })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "owner",
    );
    assert_problem(&accept(json!({ "extension": "555" })).await, StatusCode::UNPROCESSABLE_ENTITY, "555");
    let owned = accept(json!({ "extension": "101" })).await.json();
    assert_eq!((&owned["mode"], &owned["extension"]), (&json!("owned"), &json!("101")));
    assert_problem(&program.ask("DELETE", "/extensions/101", None).await, StatusCode::CONFLICT, "owns");
}

#[tokio::test]
async fn extensions_are_added_changed_and_removed() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let twice = program.ask("POST", "/extensions", Some(json!({ "number": "100", "name": "x" }))).await;
    assert_problem(&twice, StatusCode::CONFLICT, "100");
    let none = program.ask("POST", "/extensions", Some(json!({ "name": "x" }))).await;
    assert_problem(&none, StatusCode::UNPROCESSABLE_ENTITY, "number");
    let easy = program.ask("PUT", "/extensions/100", Some(json!({ "pin": "1234" }))).await;
    assert_problem(&easy, StatusCode::UNPROCESSABLE_ENTITY, "easy to guess");
    assert_eq!(easy.json()["faults"][0]["message"], easy.json()["detail"]);
    assert!(!easy.body.contains("1234"));

    let wish = json!({ "name": "Ada R.", "pin": "8063", "keys": [{ "lamp": "101", "label": "Desk" }] });
    assert_eq!(program.ask("PUT", "/extensions/100", Some(wish)).await.json()["name"], "Ada R.");
    let office = house.control.office().await.expect("runs");
    let ada = &office.extensions[&"100".parse().expect("a number")];
    assert!(ada.own.hotdesk == Some(true), "what is left out stays");
    assert!(ada.pin.as_ref().is_some_and(|pin| pin.is("8063")) && ada.keys.len() == 1);
    let moved = program.ask("PUT", "/extensions/100", Some(json!({ "number": "200" }))).await;
    assert_problem(&moved, StatusCode::UNPROCESSABLE_ENTITY, "cannot change");
    let new = program.ask("PUT", "/extensions/300", Some(json!({ "name": "New" }))).await;
    assert_eq!(new.status, StatusCode::CREATED);
    assert_eq!(program.ask("DELETE", "/extensions/300", None).await.status, StatusCode::NO_CONTENT);
    assert_problem(&program.ask("DELETE", "/extensions/300", None).await, StatusCode::NOT_FOUND, "300");
    assert!(!program.ask("GET", "/extensions/100", None).await.body.contains("8063"), "no PIN is told");
}

#[tokio::test]
async fn an_extension_whose_login_code_means_logout_is_told_of() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.ask("PUT", "/plan", Some(json!({ "profile": "all" }))).await;
    let made = program.ask("POST", "/extensions", Some(json!({ "number": "5", "hotdesk": true }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let note = made.json()["notes"][0].as_str().unwrap_or_default().to_owned();
    assert!(note.contains("extension 5 cannot log in by code") && note.contains("*77*5*"), "{note}");
    program.ask("POST", "/extensions", Some(json!({ "number": "6", "hotdesk": true }))).await;
    let all = program.ask("GET", "/extensions", None).await.json();
    assert_eq!((&all[0]["notes"][0], &all[1]["notes"]), (&json!(note), &json!([])));
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let house = House::new();
    let token = house.token().await;
    let ask = async |path: &str, credentials: Option<&str>| {
        let mut request = Request::builder().uri(path).header("host", "192.0.2.1");
        if let Some(credentials) = credentials {
            request = request.header("authorization", credentials);
        }
        house.send(request.body(Body::empty()).expect("a request"), [192, 0, 2, 9]).await
    };
    let wrong = [None, Some("Bearer"), Some("Bearer x"), Some("Basic eA=="), Some(token.as_str())];
    for path in ["/api/v1/devices", "/api/v1/events", "/api/v1/nothing", "/api/v1/status"] {
        for credentials in wrong {
            let answer = ask(path, credentials).await;
            assert_problem(&answer, StatusCode::UNAUTHORIZED, "perch token");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"perch\"");
        }
    }
    let right = format!("bearer {token}");
    assert_eq!(ask("/api/v1/status", Some(&right)).await.status, StatusCode::OK);
    let kept = house.keep.value("tokens").expect("kept");
    assert!(!kept.windows(token.len()).any(|part| part == token.as_bytes()));
    let again = House::with(Disc::Fast, Arc::clone(&house.keep));
    let request =
        Request::builder().uri("/api/v1/status").header("host", "localhost").header("authorization", right);
    let answer = again.send(request.body(Body::empty()).expect("a request"), [192, 0, 2, 9]).await;
    assert_eq!(answer.status, StatusCode::OK, "tokens survive a restart");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_in_plain_words() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    assert_problem(&program.ask("GET", "/nothing", None).await, StatusCode::NOT_FOUND, "no such address");
    let method = program.ask("PATCH", "/devices/d1", None).await;
    assert_problem(&method, StatusCode::METHOD_NOT_ALLOWED, "Allow header");
    assert!(method.header("allow").contains("DELETE"), "{}", method.header("allow"));
    let login = "/devices/d1/login";
    let bad = program.say("POST", login, "application/json", "{not json").await;
    assert_problem(&bad, StatusCode::BAD_REQUEST, "not JSON");
    let form = program.say("POST", login, "text/plain", "{}").await;
    assert_problem(&form, StatusCode::UNSUPPORTED_MEDIA_TYPE, "application/json");
    let large = program.say("POST", login, "application/json", &" ".repeat(70_000)).await;
    assert_problem(&large, StatusCode::PAYLOAD_TOO_LARGE, "64 KiB");
    assert_problem(&program.ask("GET", "/calls?limit=0", None).await, StatusCode::BAD_REQUEST, "limit");
    assert_problem(&program.ask("GET", "/calls?limit=9999", None).await, StatusCode::BAD_REQUEST, "limit");
    assert_problem(&program.ask("GET", "/calls?before=17", None).await, StatusCode::BAD_REQUEST, "c17");
}

#[tokio::test]
async fn every_refusal_under_api_is_a_problem_document() {
    let house = House::new();
    let program = Program::new(&house).await;
    for path in [
        "/",
        "/devices/%ff%fe",
        "/devices/%ff/login",
        "/extensions/%ff",
        "/calls?limit=%ff",
        "//",
        "/nothing/",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = program.ask(method, path, None).await;
            let status = answer.status;
            assert!(status.is_client_error() || path.starts_with("/calls"), "{method} {path}: {status}");
            assert_problem(&answer, status, " ");
        }
    }
    for path in ["/api", "/api/", "/api/v2/devices", "/api/v1/"] {
        let request = Request::builder().uri(path).header("host", "localhost");
        let answer = house.send(request.body(Body::empty()).expect("a request"), [192, 0, 2, 60]).await;
        assert!(matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED), "{path}");
        assert_problem(&answer, answer.status, "");
    }
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_and_no_value_is_repeated() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    for body in [json!(["100"]), json!("100"), json!(100), json!(null)] {
        let answer = program.ask("POST", "/devices/d1/login", Some(body.clone())).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "object");
    }
    assert_eq!(program.ask("GET", "/logins", None).await.json(), json!([]));
    for body in [
        json!({ "pin": 4071 }),
        json!({ "pin": [4071] }),
        json!({ "pin": { "4071": "4071" } }),
        json!({ "hotdesk": "4071" }),
        json!({ "keys": "4071" }),
        json!({ "keys": [["4071"]] }),
        json!({ "keys": [{ "lamp": 4071 }] }),
        json!({ "pin": "40711111111111" }),
        json!({ "pin": "4071\u{200b}" }),
    ] {
        let answer = program.ask("PUT", "/extensions/100", Some(body.clone())).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "");
        let told = answer.body.to_lowercase();
        assert!(!told.contains("4071"), "{body}: {told}");
        for rust in ["struct", "json", "sequence", "integer", "variant", "expected"] {
            assert!(!told.contains(rust), "{body}: {told}");
        }
    }
    let twice = program.say("PUT", "/extensions/100", "application/json", "{\"pin\": \"4071").await;
    assert_problem(&twice, StatusCode::BAD_REQUEST, "line 1");
    assert!(!twice.body.contains("4071"), "{}", twice.body);
}

#[tokio::test]
async fn b9_a_lock_out_is_told_and_cleared() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    assert_eq!(program.ask("GET", "/devices/d1", None).await.json()["lockout"], Value::Null);
    house.closes_after_wrong_pins();
    let told = program.ask("GET", "/lockouts", None).await.json();
    assert_eq!((&told[0]["extension"], &told[1]["device"]), (&json!("100"), &json!("d1")), "{told}");
    assert_eq!(told[0]["seconds_left"], 840);
    let ada = program.ask("GET", "/extensions/100", None).await.json();
    assert_eq!((&ada["number"], &ada["lockout"]["seconds_left"]), (&json!("100"), &json!(840)));
    assert!(program.ask("GET", "/devices", None).await.json()[0]["lockout"]["until"].is_string());
    assert_eq!(told[2]["address"], "2001:db8:1:2::");
    for path in ["/extensions/100/lockout", "/devices/d1/lockout", "/addresses/2001:db8:1:2::9/lockout"] {
        assert_eq!(program.ask("DELETE", path, None).await.status, StatusCode::NO_CONTENT, "{path}");
        assert_problem(&program.ask("DELETE", path, None).await, StatusCode::NOT_FOUND, "not closed");
    }
    assert_eq!(program.ask("GET", "/lockouts", None).await.json(), json!([]));
}

/// Promises: B12.
#[tokio::test]
async fn the_offices_voicemail_tells_how_many_messages_wait() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let path = "/extensions/100/messages";
    assert_eq!(program.ask("GET", path, None).await.json(), json!({ "new": 0, "old": 0 }));
    let told = program.ask("PUT", path, Some(json!({ "new": 2, "old": 1 }))).await;
    assert_eq!((told.status, told.json()), (StatusCode::OK, json!({ "new": 2, "old": 1 })));
    assert_eq!(program.ask("GET", path, None).await.json(), json!({ "new": 2, "old": 1 }));
    program.ask("PUT", path, Some(json!({ "new": 1 }))).await;
    assert_eq!(program.ask("GET", path, None).await.json(), json!({ "new": 1, "old": 0 }));
    for (path, body, status, words) in [
        (path, json!({ "old": 1 }), StatusCode::UNPROCESSABLE_ENTITY, "how many are new"),
        (path, json!({ "new": -1 }), StatusCode::UNPROCESSABLE_ENTITY, "whole number"),
        (path, json!({ "new": 1, "urgent": 1 }), StatusCode::UNPROCESSABLE_ENTITY, "urgent"),
        ("/extensions/199/messages", json!({ "new": 1 }), StatusCode::NOT_FOUND, "no extension"),
        ("/extensions/ada/messages", json!({ "new": 1 }), StatusCode::NOT_FOUND, "no extension"),
    ] {
        assert_problem(&program.ask("PUT", path, Some(body)).await, status, words);
    }
    assert_eq!(program.ask("DELETE", "/extensions/100", None).await.status, StatusCode::NO_CONTENT);
    assert_problem(&program.ask("GET", path, None).await, StatusCode::NOT_FOUND, "no extension");
}

#[tokio::test]
async fn calls_are_listed_newest_first_and_a_page_at_a_time() {
    let house = House::new();
    let program = Program::new(&house).await;
    for number in 1..=60 {
        let record = record(number, CallOutcome::Answered, CallKind::Internal);
        house.calls.0.lock().expect("no panic").push(record);
    }
    let calls = program.ask("GET", "/calls", None).await.json();
    assert_eq!(calls.as_array().map(Vec::len), Some(50));
    assert_eq!((&calls[0]["id"], &calls[0]["outcome"]), (&json!("c60"), &json!("answered")));
    let older = program.ask("GET", "/calls?limit=5&before=c11", None).await.json();
    assert_eq!((&older[0]["id"], older.as_array().map(Vec::len)), (&json!("c10"), Some(5)));
}

#[tokio::test]
async fn what_is_done_but_not_saved_is_accepted_and_not_called_done() {
    let house = House::with(Disc::Stuck, Arc::new(Shelf::default()));
    let program = Program::new(&house).await;
    let wish = json!({ "number": "100", "name": "Ada" });
    assert_eq!(program.ask("POST", "/extensions", Some(wish)).await.status, StatusCode::ACCEPTED);
    let status = program.ask("GET", "/status", None).await.json();
    assert_eq!(status["emergency_ready"], false);
    let wish = json!({ "number": "101", "name": "Bob", "hotdesk": true });
    assert_eq!(program.ask("POST", "/extensions", Some(wish)).await.status, StatusCode::ACCEPTED);
    house.phone_appears("80:5e:c0:11:22:33", "yealink-t46u", 20).await;
    assert_eq!(program.ask("POST", "/devices/d1/accept", None).await.status, StatusCode::ACCEPTED);
    let login = program.ask("POST", "/devices/d1/login", Some(json!({ "extension": "101" }))).await;
    assert_eq!((login.status, &login.json()["saved"]), (StatusCode::ACCEPTED, &json!(false)));
}

#[tokio::test]
async fn a_further_token_takes_none_away_and_is_refused_when_there_are_too_many() {
    let house = House::new();
    let first = house.token().await;
    for _ in 1..64 {
        house.token().await;
    }
    let refused = house.tell("POST", "/control/token", "").await;
    assert_problem(&refused, StatusCode::CONFLICT, "--revoke");
    let program = Program { house: &house, token: first };
    assert_eq!(program.ask("GET", "/status", None).await.status, StatusCode::OK);
}
