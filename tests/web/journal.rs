//! The journal in the page, in the API and as files.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::{Program, assert_problem};
use crate::browser::Browser;
use crate::house::{Answer, House};

/// An office with logins behind it: 100 has been at both phones, and 101 may not.
async fn busy(program: &Program<'_>) {
    program.furnish().await;
    for (path, wish) in [
        ("/devices/d1/login", json!({ "extension": "100" })),
        ("/devices/d2/login", json!({ "extension": "100" })),
        ("/devices/d2/logout", Value::Null),
        ("/devices/d1/login", json!({ "extension": "101" })),
    ] {
        program.ask("POST", path, Some(wish).filter(|wish| !wish.is_null())).await;
    }
}

/// What each entry tells, oldest first.
fn told(answer: &Answer) -> Vec<String> {
    let entries = answer.json();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| {
        let words = ["what", "extension", "device", "method", "reason", "refusal", "deed"];
        words.map(|name| text(entry, name)).into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>()
    };
    let lines = entries.as_array().expect("a list").iter().rev().map(|entry| line(entry).join(" "));
    lines.collect()
}

#[tokio::test]
async fn b14_the_api_tells_who_logged_in_where_and_how_and_why_it_ended() {
    let house = House::new();
    let program = Program::new(&house).await;
    busy(&program).await;
    let all = program.ask("GET", "/audit", None).await;
    assert_eq!(
        told(&all),
        [
            "extension 100 added",
            "extension 101 added",
            "device d1 added",
            "device d2 added",
            "logged-in 100 d1 api",
            "logged-out 100 d1 moved",
            "logged-in 100 d2 api",
            "logged-out 100 d2 api",
            "login-refused 101 d1 not-allowed",
        ]
    );
    let all = all.json();
    assert_eq!((&all[0]["number"], &all[8]["number"]), (&json!(9), &json!(1)), "newest first");
    assert!(all[0]["at"].is_string() && all[2]["title"] == "HD0002" && all[1]["since"].is_string());

    let some = program.ask("GET", "/audit?extension=100&device=d2", None).await;
    assert_eq!(told(&some), ["logged-in 100 d2 api", "logged-out 100 d2 api"]);
    let some = program.ask("GET", "/audit?limit=2&before=5", None).await;
    assert_eq!(told(&some), ["device d1 added", "device d2 added"]);
    assert!(told(&program.ask("GET", "/audit?to=2020-01-01", None).await).is_empty());
    assert_eq!(
        told(&program.ask("GET", "/audit?from=2020-01-01&to=2999-01-01T00:00:00Z", None).await).len(),
        9
    );
    for (query, word) in
        [("extension=ada", "extension"), ("from=x", "from"), ("before=x", "before"), ("limit=0", "limit")]
    {
        let refused = program.ask("GET", &format!("/audit?{query}"), None).await;
        assert_problem(&refused, StatusCode::BAD_REQUEST, word);
    }
}

#[tokio::test]
async fn b14_the_journal_is_given_as_csv_where_that_is_asked_for() {
    let house = House::new();
    let program = Program::new(&house).await;
    busy(&program).await;
    let by_format = program.ask("GET", "/audit?format=csv&extension=100", None).await;
    assert_eq!(by_format.header("content-type"), "text/csv; charset=utf-8; header=present");
    let lines: Vec<&str> = by_format.body.lines().collect();
    assert!(lines[0].starts_with("number,at,what,extension,device"), "{}", by_format.body);
    assert_eq!(lines.len(), 6, "{}", by_format.body);
    assert!(
        lines[1].starts_with("8,") && lines[1].contains(",logged-out,100,d2,HD0002,,,api,"),
        "{}",
        lines[1]
    );
    let request = axum::http::Request::builder()
        .uri("/api/v1/audit?extension=100")
        .header("host", "perch.local:8080")
        .header("accept", "text/csv")
        .header("authorization", format!("Bearer {}", program.token));
    let by_header = house.send(request.body(Body::empty()).expect("a request"), [192, 0, 2, 60]).await;
    assert_eq!(by_header.body, by_format.body);
}

#[tokio::test]
async fn b14_the_page_shows_the_journal_newest_first_and_gives_it_as_files() {
    let house = House::new();
    let program = Program::new(&house).await;
    let mut browser = Browser::of_owner(&house).await;
    busy(&program).await;
    browser.open("/journal").await;
    let place =
        |browser: &Browser, text: &str| browser.page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(place(&browser, "not allowed to use hot desks") < place(&browser, "logged in at another phone"));
    assert!(browser.says("100 Ada Rossi") && browser.says("HD0002") && browser.says("Phone accepted"));
    browser.open("/journal?extension=101&device=&from=&to=").await;
    assert!(
        browser.says("Login refused")
            && !browser.says("Logged in")
            && browser.says("/journal.csv?extension=101")
    );
    browser.open("/journal?extension=nobody").await;
    assert!(browser.says("Nothing fits"));

    let files =
        [("/journal.csv?extension=100", "logged-in"), ("/journal.json?extension=100", "\"logged-in\"")];
    for (path, word) in files {
        let request = browser.request("GET", path).body(Body::empty()).expect("a request");
        let file = browser.send(request).await;
        assert!(file.header("content-disposition").starts_with("attachment"), "{path}");
        assert!(file.body.contains(word) && !file.body.contains("not-allowed"), "{}", file.body);
    }
}

#[tokio::test]
async fn b14_the_journal_is_shown_a_page_at_a_time() {
    let house = House::new();
    let program = Program::new(&house).await;
    let mut browser = Browser::of_owner(&house).await;
    program.furnish().await;
    for _ in 0..60 {
        program.ask("POST", "/devices/d1/login", Some(json!({ "extension": "100" }))).await;
        program.ask("POST", "/devices/d1/logout", None).await;
    }
    browser.open("/journal?extension=100").await;
    let number: String = browser.page.split("before=").nth(1).expect("a link to older entries").into();
    let number: String = number.chars().take_while(char::is_ascii_digit).collect();
    let older = format!("/journal?extension=100&before={number}");
    browser.open(&older).await;
    assert!(browser.says("before="), "there are still older ones");
}

#[tokio::test]
async fn b14_the_command_line_is_given_the_whole_journal() {
    let house = House::new();
    let program = Program::new(&house).await;
    busy(&program).await;
    let json = house.tell("GET", "/control/audit", "").await;
    assert_eq!(told(&json), told(&program.ask("GET", "/audit", None).await));
    let csv = house.tell("GET", "/control/audit?format=csv", "").await;
    assert_eq!(csv.body, program.ask("GET", "/audit?format=csv", None).await.body);
}
