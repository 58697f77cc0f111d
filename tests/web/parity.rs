//! What the pages do, done by a program: phones, settings, tokens, everybody out.

use axum::http::StatusCode;
use perch::model::{CallKind, CallOutcome};
use serde_json::{Value, json};

use crate::api::{Program, assert_problem};
use crate::browser::Browser;
use crate::house::House;
use crate::pages::record;

#[tokio::test]
async fn b15_a_program_changes_the_office_and_says_where_emergency_calls_go() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let wish =
        json!({ "name": "Rossi", "country": "it", "timezone": "Europe/Rome", "login_policy": "several" });
    let office = program.ask("PUT", "/office", Some(wish)).await;
    assert_eq!(office.status, StatusCode::OK, "{}", office.body);
    let kept = json!({
        "name": "Rossi", "country": "IT", "language": "en", "timezone": "Europe/Rome", "realm": "office.perch.local",
        "login_policy": "several", "idle_calls": "emergency-only", "has_company_pin": false, "lockout_minutes": 15,
        "after_restart": "keep", "trusted_networks": [], "emergency_numbers": null,
        "auto_logout": {
            "after": null, "idle": null, "at": null, "days": "mon tue wed thu fri sat sun", "gone": null,
        },
    });
    assert_eq!(office.json(), kept);
    let one = program.ask("PUT", "/office", Some(json!({ "idle_calls": "internal" }))).await.json();
    assert_eq!(
        (&one["name"], &one["idle_calls"]),
        (&json!("Rossi"), &json!("internal")),
        "what is left out stays"
    );
    for (body, words) in [
        (json!({ "country": "Italy" }), "two letters"),
        (json!({ "timezone": "Rome" }), "Rome"),
        (json!({ "login_policy": "sofa" }), "\"move\", \"refuse\", \"several\""),
    ] {
        let refused = program.ask("PUT", "/office", Some(body)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, words);
    }

    let before = program.ask("GET", "/emergency", None).await.json();
    assert_eq!((&before["ready"], &before["trunk"]), (&json!(false), &Value::Null));
    assert!(before["numbers"].as_array().is_some_and(|numbers| numbers.contains(&json!("112"))), "{before}");
    let wish = json!({ "extension": "101", "trunk": { "host": "192.0.2.9" } });
    let after = program.ask("PUT", "/emergency", Some(wish)).await.json();
    assert_eq!((&after["ready"], &after["trunk"]["port"]), (&json!(true), &json!(5060)), "{after}");
    let unknown = program.ask("PUT", "/emergency", Some(json!({ "extension": "999" }))).await;
    assert_problem(&unknown, StatusCode::UNPROCESSABLE_ENTITY, "999");
    let none = program.ask("PUT", "/emergency", Some(json!({}))).await.json();
    assert_eq!((&none["ready"], &none["extension"]), (&json!(false), &Value::Null));
}

/// Promises: B8.
#[tokio::test]
async fn a_program_sets_emergency_numbers_and_leaves_none_only_when_it_says_so() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    program.ask("PUT", "/office", Some(json!({ "name": "Rossi", "country": "IT" }))).await;
    let own = program.ask("PUT", "/office", Some(json!({ "emergency_numbers": ["911", "112"] }))).await;
    assert_eq!(own.json()["emergency_numbers"], json!(["911", "112"]), "{}", own.body);
    assert_eq!(program.ask("GET", "/emergency", None).await.json()["numbers"], json!(["911", "112"]));
    for (body, words) in [
        (json!({ "emergency_numbers": [] }), "confirm_no_emergency_numbers"),
        (json!({ "emergency_numbers": [], "confirm_no_emergency_numbers": false }), "confirm"),
        (json!({ "emergency_numbers": ["help"] }), "2 to 8 digits"),
        (json!({ "emergency_numbers": ["10"] }), "100"),
    ] {
        let refused = program.ask("PUT", "/office", Some(body)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    assert_eq!(program.ask("GET", "/emergency", None).await.json()["numbers"], json!(["911", "112"]));
    let none = json!({ "emergency_numbers": [], "confirm_no_emergency_numbers": true });
    assert_eq!(program.ask("PUT", "/office", Some(none)).await.status, StatusCode::OK);
    assert_eq!(program.ask("GET", "/emergency", None).await.json()["numbers"], json!([]));
    let back = program.ask("PUT", "/office", Some(json!({ "emergency_numbers": null }))).await.json();
    assert_eq!(back["emergency_numbers"], Value::Null);
    let numbers = program.ask("GET", "/emergency", None).await.json()["numbers"].clone();
    assert!(numbers.as_array().is_some_and(|numbers| numbers.contains(&json!("118"))), "{numbers}");

    let acme = json!({ "name": "Acme", "country": "GB", "emergency_numbers": ["999"] });
    let acme = program.ask("PUT", "/tenants/acme", Some(acme)).await;
    assert_eq!(acme.json()["emergency_numbers"], json!(["999"]), "{}", acme.body);
}

/// Promises: F4, K26, rule1.
#[tokio::test]
async fn a_box_that_nobody_has_set_up_has_no_code_on() {
    let house = House::new();
    let program = Program::new(&house).await;
    let plan = program.ask("GET", "/plan", None).await.json();
    assert_eq!(plan["profile"], "none", "{plan}");
    let all = program.ask("PUT", "/plan", Some(json!({ "profile": "all" }))).await.json();
    assert_eq!(all["profile"], "all", "{all}");
}

#[tokio::test]
async fn b15_two_codes_that_collide_are_refused_with_both_named_and_nothing_changes() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let before = program.ask("GET", "/plan", None).await.json();
    let entry = |code: &str, feature: &str| json!({ "code": code, "feature": feature });
    let entries = [entry("*8X", "login-with-extension"), entry("*81X", "login-with-extension")];
    let refused = program.ask("PUT", "/plan", Some(json!({ "entries": entries }))).await;
    assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "*8X");
    assert!(refused.json()["faults"][0]["message"].as_str().is_some_and(|text| text.contains("*81X")));
    let odd = program.ask("PUT", "/plan", Some(json!({ "entries": [entry("*4", "lunch")] }))).await;
    assert_problem(&odd, StatusCode::UNPROCESSABLE_ENTITY, "login-by-own-extension");
    assert_eq!(program.ask("GET", "/plan", None).await.json(), before);

    let mut off = entry("*500", "logout");
    off["on"] = json!(false);
    let plan = json!({ "entries": [entry("", "login-by-own-extension"), entry("*401", "logout"), off] });
    let plan = program.ask("PUT", "/plan", Some(plan)).await;
    assert_eq!(plan.status, StatusCode::OK, "{}", plan.body);
    let entries = &plan.json()["entries"];
    assert_eq!(
        (&entries[1]["code"], &entries[1]["on"], &entries[2]["on"]),
        (&json!("*401"), &json!(true), &json!(false))
    );
}

#[tokio::test]
async fn b15_a_program_adds_a_phone_by_hand_reads_its_account_changes_it_and_removes_it() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let wish = json!({ "name": "Softphone", "mode": "hot-desk" });
    let made = program.ask("POST", "/devices", Some(wish)).await;
    assert_eq!(
        (made.status, made.header("location")),
        (StatusCode::CREATED, "/api/v1/devices/d3"),
        "{}",
        made.body
    );
    let account = program.ask("GET", "/devices/d3/sip", None).await.json();
    assert_eq!(account["user"], "Softphone");
    assert!(account["password"].as_str().is_some_and(|password| password.len() >= 8));
    assert!(
        !program
            .ask("GET", "/devices/d3", None)
            .await
            .body
            .contains(account["password"].as_str().expect("a text"))
    );
    assert_problem(&program.ask("GET", "/devices/d1/sip", None).await, StatusCode::NOT_FOUND, "by hand");

    let owned =
        program.ask("PUT", "/devices/d3", Some(json!({ "extension": "101", "name": "Lab" }))).await.json();
    assert_eq!(
        (&owned["mode"], &owned["extension"], &owned["name"]),
        (&json!("owned"), &json!("101"), &json!("Lab"))
    );
    let named = program.ask("PUT", "/devices/d1", Some(json!({ "name": "Window" }))).await.json();
    assert_eq!(
        (&named["title"], &named["mode"], &named["model"]),
        (&json!("Window"), &json!("hot-desk"), &json!("yealink-t46u"))
    );
    let bare = program.ask("PUT", "/devices/d1", Some(json!({ "name": "" }))).await.json();
    assert_eq!(bare["name"], Value::Null);
    for (body, words) in [
        (json!({ "name": "two words" }), "two words"),
        (json!({ "mac": "nonsense" }), "nonsense"),
        (json!({ "mode": "hot-desk" }), "name"),
        (json!({ "mac": "80:5e:c0:11:22:33" }), "already"),
    ] {
        let refused = program.ask("POST", "/devices", Some(body)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    assert_eq!(program.ask("DELETE", "/devices/d3", None).await.status, StatusCode::NO_CONTENT);
    assert_problem(&program.ask("PUT", "/devices/d3", None).await, StatusCode::NOT_FOUND, "d3");
}

#[tokio::test]
async fn b15_a_program_reads_keys_and_pins_and_makes_a_pin() {
    let house = House::new();
    let program = Program::new(&house).await;
    program.furnish().await;
    let keys = json!([{ "lamp": "101", "label": "Desk" }, { "speed": "0123456", "label": "0123456" }]);
    let wish = json!({ "keys": [{ "lamp": "101", "label": "Desk" }, { "speed": "0123456" }], "pin": "8063" });
    assert_eq!(program.ask("PUT", "/extensions/100", Some(wish)).await.json()["keys"], keys);
    assert_eq!(program.ask("GET", "/extensions/100/pin", None).await.json(), json!({ "pin": "8063" }));
    let made = program.ask("POST", "/extensions/100/pin", None).await.json();
    assert!(made["pin"].as_str().is_some_and(|pin| pin.len() == 4), "{made}");
    assert_eq!(program.ask("GET", "/extensions/100/pin", None).await.json(), made);
    assert_problem(&program.ask("GET", "/extensions/999/pin", None).await, StatusCode::NOT_FOUND, "999");
}

#[tokio::test]
async fn b15_everybody_is_logged_out_by_the_api_and_by_the_page_which_asks_first() {
    let house = House::new();
    let mut browser = Browser::of_owner(&house).await;
    let program = Program::new(&house).await;
    program.furnish().await;
    program.ask("PUT", "/extensions/101", Some(json!({ "hotdesk": true }))).await;
    let everybody = async || {
        for (device, extension) in [("d1", "100"), ("d2", "101")] {
            let login = Some(json!({ "extension": extension }));
            let answer = program.ask("POST", &format!("/devices/{device}/login"), login).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        }
    };
    everybody().await;
    assert_eq!(program.ask("POST", "/logins/end", None).await.json(), json!({ "ended": 2 }));
    assert_eq!(program.ask("GET", "/logins", None).await.json(), json!([]));
    assert_eq!(program.ask("POST", "/logins/end", None).await.json(), json!({ "ended": 0 }));
    browser.open("/").await;
    assert!(!browser.says("Log everybody out"));

    everybody().await;
    browser.open("/").await;
    assert!(browser.says("Log everybody out"));
    browser.open("/logins/end").await;
    assert!(browser.says("2 people are logged in."), "{}", browser.page);
    assert_eq!(house.control.logins().await.expect("runs").len(), 2, "a question ends nothing");
    browser.submit("/logins/end", &[]).await;
    assert!(browser.says("Everybody is logged out."), "{}", browser.page);
    assert!(house.control.logins().await.expect("runs").is_empty());
    browser.open("/logins/end").await;
    assert!(browser.says("Nobody was logged in anywhere."), "{}", browser.page);
}

#[tokio::test]
async fn b15_a_withdrawn_token_opens_nothing_and_its_stream_ends() {
    let house = House::new();
    let (program, other) = (Program::new(&house).await, Program::new(&house).await);
    let tokens = program.ask("GET", "/tokens", None).await.json();
    assert!(tokens[1]["made"].is_string(), "{tokens}");
    let withdrawn = format!("/tokens/{}", tokens[1]["id"].as_str().expect("an id"));
    let (stream, ()) = tokio::join!(other.ask("GET", "/events?events=office-changed", None), async {
        assert_eq!(program.ask("DELETE", &withdrawn, None).await.status, StatusCode::NO_CONTENT);
        // What happens next is not told any more.
        program.ask("PUT", "/office", Some(json!({ "name": "Rossi" }))).await;
    });
    assert!(stream.body.contains("listening") && !stream.body.contains("office-changed"), "{}", stream.body);
    assert_eq!(other.ask("GET", "/status", None).await.status, StatusCode::UNAUTHORIZED);
    assert_problem(&program.ask("DELETE", &withdrawn, None).await, StatusCode::NOT_FOUND, "token");
    let odd = program.ask("GET", "/events?events=lunch", None).await;
    assert_problem(&odd, StatusCode::BAD_REQUEST, "logged-in");
}

#[tokio::test]
async fn b15_call_records_come_as_csv_too() {
    let house = House::new();
    let program = Program::new(&house).await;
    for number in 1..=3 {
        let record = record(number, CallOutcome::Answered, CallKind::Internal);
        house.calls.0.lock().expect("no panic").push(record);
    }
    let csv = program.ask("GET", "/calls.csv?limit=2", None).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = csv.body.split("\r\n").collect();
    assert!(lines[0].starts_with("id,started,caller,") && lines[0].split(',').count() == 12, "{lines:?}");
    assert!(
        lines[1].starts_with("c3,")
            && lines[1].contains(",answered,internal,")
            && lines[2].starts_with("c2,")
    );
    assert_eq!((lines.len(), lines[3]), (4, ""));
    assert_problem(&program.ask("GET", "/calls.csv?limit=0", None).await, StatusCode::BAD_REQUEST, "limit");
}
