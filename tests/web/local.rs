//! The control socket's routes, asked as the command line asks.

use axum::http::StatusCode;
use serde_json::json;

use crate::browser::Browser;
use crate::house::House;

const OFFICE: &str = r#"
[office]
name = "Rossi & Figli"
country = "IT"
language = "it"
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
name = "Lobby"
model = "generic"
extension = "101"
"#;

#[tokio::test]
async fn an_office_file_is_applied_whole_exported_and_changes_nothing_the_second_time() {
    let house = House::new();
    let applied = house.tell("POST", "/control/apply", OFFICE).await;
    assert_eq!(applied.status, StatusCode::OK, "{}", applied.body);
    let applied = applied.json();
    assert_eq!((&applied["applied"], &applied["saved"]), (&json!(true), &json!(true)));
    let lines = applied["lines"].to_string();
    assert!(lines.contains("extension 100") && lines.contains("Lobby") && !lines.contains("4071"), "{lines}");
    assert_eq!(house.tell("POST", "/control/apply", OFFICE).await.json()["lines"], json!([]));

    let plain = house.tell("GET", "/control/export", "").await;
    assert!(plain.body.contains("[[extension]]") && !plain.body.contains("4071"));
    let whole = house.tell("GET", "/control/export?secrets=1", "").await.body;
    assert!(whole.contains("4071") && whole.contains("sip_password"));
    assert_eq!(house.tell("POST", "/control/apply", &whole).await.json()["lines"], json!([]));
    assert_eq!(house.tell("POST", "/control/apply", &plain.body).await.json()["lines"], json!([]));
}

#[tokio::test]
async fn a_faulty_office_file_changes_nothing_and_names_each_line() {
    let house = House::new();
    let faulty = OFFICE.replace("\"IT\"", "\"XX\"").replace("\"4071\"", "\"1111\"");
    let answer = house.tell("POST", "/control/apply?yes=1", &faulty).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let faults = answer.json()["faults"].clone();
    let line = |index: usize| faults[index]["line"].as_u64().expect("a line");
    assert_eq!((line(0), line(1)), (4, 13), "{faults}");
    assert!(faults[0]["message"].as_str().is_some_and(|text| text.contains("XX")));
    assert!(house.control.extensions().await.expect("runs").is_empty());
    let large =
        house.tell("POST", "/control/apply", &"#".repeat(perch::config::office_file::MAX_FILE + 1)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_file_that_removes_much_needs_a_yes() {
    let house = House::new();
    house.tell("POST", "/control/apply", OFFICE).await;
    let start = OFFICE.find("[[extension]]\nnumber = \"100\"").expect("there");
    let end = OFFICE.find("[[extension]]\nnumber = \"101\"").expect("there");
    let without = format!("{}{}", &OFFICE[..start], &OFFICE[end..]);
    let answer = house.tell("POST", "/control/apply", &without).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.json()["lines"][0].as_str().is_some_and(|line| line.contains("extension 100")));
    assert_eq!(house.control.extensions().await.expect("runs").len(), 2);
    let answer = house.tell("POST", "/control/apply?yes=1", &without).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(house.control.extensions().await.expect("runs").len(), 1);
}

#[tokio::test]
async fn the_set_up_code_is_shown_until_set_up_is_done() {
    let house = House::new();
    let shown = house.tell("GET", "/control/setup-code", "").await.json();
    assert_eq!(shown["code"], house.code());
    assert!(shown["address"].as_str().is_some_and(|address| address.starts_with("http://")));
    Browser::of_owner(&house).await;
    let answer = house.tell("GET", "/control/setup-code", "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.json()["detail"].as_str().is_some_and(|text| text.contains("set-up is done")));
}

#[tokio::test]
async fn the_control_routes_are_not_on_the_network() {
    let house = House::new();
    for path in ["/control/export", "/control/token", "/control/setup-code"] {
        let request = axum::http::Request::builder().uri(path).header("host", "localhost");
        let request = request.body(axum::body::Body::empty()).expect("a request");
        assert_eq!(house.send(request, [127, 0, 0, 1]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(house.tell("GET", "/control/apply", "").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(house.tell("GET", "/devices", "").await.status, StatusCode::NOT_FOUND);
}
