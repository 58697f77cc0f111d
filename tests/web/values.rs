//! Templates, tenants and all that the owner can say of extensions, phones and the office, said and read by a program.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::{Program, assert_problem};
use crate::house::House;

async fn furnished(house: &House) -> Program<'_> {
    let program = Program::new(house).await;
    program.furnish().await;
    program
}

#[tokio::test]
async fn k21_k23_k25_a_program_sees_which_values_are_own_inherited_and_default() {
    let house = House::new();
    let program = furnished(&house).await;
    let quick = json!({ "register_every": 60 });
    let made = program.ask("PUT", "/tenants/office/templates/account/quick", Some(quick)).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let sales = json!({ "hotdesk": true, "language": "it", "account_template": "quick" });
    let made = program.ask("PUT", "/tenants/office/templates/extension/sales", Some(sales)).await;
    assert_eq!(made.json()["extensions"]["sales"]["language"], json!({ "value": "it", "origin": "own" }));

    let wish = json!({ "template": "sales", "language": null, "hotdesk": null, "busy_level": 2 });
    let one = program.ask("PUT", "/extensions/100", Some(wish)).await;
    assert_eq!(one.status, StatusCode::OK, "{}", one.body);
    let values = one.json()["values"].clone();
    assert_eq!(values["hotdesk"], json!({ "value": true, "origin": "inherited" }));
    assert_eq!(values["account_template"], json!({ "value": "quick", "origin": "inherited" }));
    assert_eq!(values["busy_level"], json!({ "value": 2, "origin": "own" }));
    assert_eq!(values["pin_required"], json!({ "value": true, "origin": "default" }));
    assert_eq!(values["max_calls"], json!({ "value": null, "origin": "default" }));

    let one = program.ask("PUT", "/extensions/100", Some(json!({ "language": "en" }))).await.json();
    assert_eq!(one["values"]["language"], json!({ "value": "en", "origin": "own" }));
    assert_eq!(one["values"]["busy_level"]["value"], 2, "what is left out stays");
    let one = program.ask("PUT", "/extensions/100", Some(json!({ "language": null }))).await.json();
    assert_eq!(one["values"]["language"], json!({ "value": "it", "origin": "inherited" }));

    let used = program.ask("DELETE", "/tenants/office/templates/extension/sales", None).await;
    assert_problem(&used, StatusCode::CONFLICT, "100");
    let free = program.ask("PUT", "/extensions/100", Some(json!({ "max_calls": 0 }))).await.json();
    assert_eq!(free["values"]["max_calls"], json!({ "value": 0, "origin": "own" }));
    let range = program.ask("PUT", "/extensions/100", Some(json!({ "max_calls": 100 }))).await;
    assert_problem(&range, StatusCode::UNPROCESSABLE_ENTITY, "from 0 to 99");
}

#[tokio::test]
async fn f6_f7_f8_p7_an_id_and_a_hot_desk_pin_are_said_and_taken_back() {
    let house = House::new();
    let program = furnished(&house).await;
    let put = async |number: &str, body: Value| {
        program.ask("PUT", &format!("/extensions/{number}"), Some(body)).await
    };
    let one = put("100", json!({ "hotdesk_id": "408317", "hotdesk_pin": "918273" })).await;
    assert_eq!(one.json()["hotdesk_id"], "408317", "{}", one.body);
    assert_eq!(one.json()["has_hotdesk_pin"], true);
    assert!(!one.body.contains("918273"));
    assert_problem(
        &put("101", json!({ "hotdesk_id": "408317" })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "408317",
    );
    assert_problem(
        &put("101", json!({ "hotdesk_id": "100" })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "100",
    );
    assert_problem(
        &put("101", json!({ "hotdesk_pin": "1234" })).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "guess",
    );
    assert_eq!(put("101", json!({ "hotdesk_id": "101" })).await.status, StatusCode::OK);
    let one = put("100", json!({ "hotdesk_id": null, "hotdesk_pin": null })).await.json();
    assert_eq!((&one["hotdesk_id"], &one["has_hotdesk_pin"]), (&Value::Null, &json!(false)));
    let away = put("100", json!({ "forwards": { "busy": "101", "ring_seconds": 20 } })).await.json();
    assert_eq!((&away["forwards"]["busy"], &away["forwards"]["always"]), (&json!("101"), &Value::Null));
}

#[tokio::test]
async fn f9_i15_i16_i18_a_program_says_company_pin_networks_and_when_logins_end() {
    let house = House::new();
    let program = furnished(&house).await;
    let wish = json!({
        "company_pin": "730461", "lockout_minutes": 30, "after_restart": "end",
        "auto_logout": { "at": "20:00", "days": "mon tue", "idle": 60 },
        "trusted_networks": [{ "network": "2001:db8::/64", "description": "First floor" }],
    });
    let office = program.ask("PUT", "/office", Some(wish)).await;
    assert_eq!(office.status, StatusCode::OK, "{}", office.body);
    assert!(!office.body.contains("730461"));
    let office = office.json();
    assert_eq!((&office["has_company_pin"], &office["lockout_minutes"]), (&json!(true), &json!(30)));
    assert_eq!(
        (&office["auto_logout"]["at"], &office["auto_logout"]["gone"]),
        (&json!("20:00"), &Value::Null)
    );
    assert_eq!(office["trusted_networks"][0]["description"], "First floor");
    for (body, words) in [
        (json!({ "trusted_networks": [{ "network": "192.168.1.7/24" }] }), "192.168.1.0/24"),
        (json!({ "company_pin": "1111" }), "guess"),
        (json!({ "auto_logout": { "at": "25:00" } }), "20:00"),
    ] {
        let refused = program.ask("PUT", "/office", Some(body)).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, words);
    }
    let none = json!({ "company_pin": null, "auto_logout": null, "trusted_networks": null });
    let office = program.ask("PUT", "/office", Some(none)).await.json();
    assert_eq!((&office["has_company_pin"], &office["trusted_networks"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn f4_a_new_tenant_starts_with_every_code_off_and_goes_only_when_it_is_empty() {
    let house = House::new();
    let program = furnished(&house).await;
    let made = program.ask("PUT", "/tenants/acme", Some(json!({ "name": "Acme", "country": "GB" }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let acme = made.json();
    assert_eq!((&acme["profile"], &acme["realm"]), (&json!("none"), &json!("acme.perch.local")));
    let kazoo = json!({ "plan": { "profile": "kazoo" } });
    assert_eq!(program.ask("PUT", "/tenants/acme", Some(kazoo)).await.json()["profile"], "kazoo");
    let same = program.ask("PUT", "/tenants/acme", Some(json!({ "realm": "office.perch.local" }))).await;
    assert_problem(&same, StatusCode::UNPROCESSABLE_ENTITY, "office.perch.local");

    let eve = json!({ "number": "100@acme", "name": "Eve" });
    assert_eq!(program.ask("POST", "/extensions", Some(eve)).await.status, StatusCode::CREATED);
    assert_eq!(program.ask("GET", "/tenants", None).await.json()[1]["extensions"], 1);
    let used = program.ask("DELETE", "/tenants/acme", None).await;
    assert_problem(&used, StatusCode::CONFLICT, "100@acme");
    assert_eq!(program.ask("DELETE", "/extensions/100@acme", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.ask("DELETE", "/tenants/acme", None).await.status, StatusCode::NO_CONTENT);
    assert_problem(
        &program.ask("DELETE", "/tenants/office", None).await,
        StatusCode::CONFLICT,
        "not removed",
    );
}

#[tokio::test]
async fn k24_c5_a_program_says_what_a_phone_is_for() {
    let house = House::new();
    let program = furnished(&house).await;
    let far = json!({ "idle_calls": "internal", "server": "192.0.2.7" });
    let made = program.ask("PUT", "/tenants/office/templates/device/far", Some(far)).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let wish = json!({ "template": "far", "location": "Ground floor", "emergency_caller": "+390612345" });
    let phone = program.ask("PUT", "/devices/d1", Some(wish)).await;
    assert_eq!(phone.status, StatusCode::OK, "{}", phone.body);
    let phone = phone.json();
    assert_eq!((&phone["location"], &phone["tenant"]), (&json!("Ground floor"), &json!("office")));
    assert_eq!(phone["values"]["idle_calls"], json!({ "value": "internal", "origin": "inherited" }));
    let owned = program.ask("PUT", "/devices/d1", Some(json!({ "borrowable": true }))).await;
    assert_problem(&owned, StatusCode::UNPROCESSABLE_ENTITY, "borrowable");
}
