//! The API's description against the API: the committed copy, the routes, what is answered, and what bodies may hold.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::StatusCode;
use perch::model::{CallKind, CallOutcome, Event};
use serde_json::{Map, Value, json};

use crate::api::Program;
use crate::house::{Answer, House};
use crate::pages::record;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// The description as the box serves it.
async fn description() -> Value {
    let house = House::new();
    Program::new(&house).await.ask("GET", "/openapi.json", None).await.json()
}

/// Every operation: its path, its method, and what is described of it.
fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let paths = description["paths"].as_object().expect("paths");
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().expect("methods").clone();
        let path = path.clone();
        methods.into_iter().map(move |(method, described)| (path.clone(), method, described))
    };
    paths.iter().flat_map(of_path).collect()
}

/// A furnished box where somebody is logged in, a phone is set up by hand, and logins are closed; and what stands for the
/// ids in paths.
async fn furnished(house: &House) -> (Program<'_>, Map<String, Value>) {
    let program = Program::new(house).await;
    program.furnish().await;
    let by_hand = json!({ "name": "Softphone", "mode": "hot-desk" });
    assert_eq!(program.ask("POST", "/devices", Some(by_hand)).await.status, StatusCode::CREATED);
    let login = Some(json!({ "extension": "100" }));
    assert_eq!(program.ask("POST", "/devices/d1/login", login).await.status, StatusCode::OK);
    house.closes_after_wrong_pins();
    house.phone_appears("00:04:13:aa:bb:cc", "snom-d785", 21).await;
    house.calls.0.lock().expect("no panic").push(record(1, CallOutcome::Answered, CallKind::Internal));
    let hook = json!({ "url": "http://127.0.0.1:1/" });
    let hook = program.ask("POST", "/webhooks", Some(hook)).await.json()["id"].clone();
    for tenant in ["acme", "beta"] {
        let made = program.ask("PUT", &format!("/tenants/{tenant}"), Some(json!({ "country": "GB" }))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    }
    let path = "/tenants/acme/templates/account/spare";
    assert_eq!(program.ask("PUT", path, Some(json!({ "tcp": true }))).await.status, StatusCode::OK);
    let token = house.tell("GET", "/control/tokens", "").await.json()["tokens"][0]["id"].clone();
    let ids = [("webhooks", hook), ("tokens", token), ("devices", json!("d1")), ("extensions", json!("100"))];
    (program, ids.map(|(name, id)| (name.to_owned(), id)).into_iter().collect())
}

/// A path with something that is there for each `{…}`; some operations want another thing.
fn filled(path: &str, id: &str, ids: &Map<String, Value>) -> String {
    let thing = path.split('/').nth(1).unwrap_or_default();
    let name = match id {
        "acceptDevice" => "d4",
        "getSipLogin" => "d3",
        "removeExtension" => "101",
        _ => ids.get(thing).and_then(Value::as_str).unwrap_or_default(),
    };
    let template = path.replace("{kind}", "account").replace("{name}", "spare");
    let tenant = if id == "removeTenant" { "beta" } else { "acme" };
    let filled = template.replace("{tenant}", tenant).replace("{id}", name).replace("{number}", name);
    // `closes_after_wrong_pins` closes this one, whose whole /64 counts.
    filled.replace("{address}", "2001:db8:1:2::7")
}

/// A body that does.
fn example(id: &str) -> Option<Value> {
    let body = match id {
        "addDevice" => json!({ "mac": "80:5e:c0:11:22:55", "model": "yealink-t46u", "name": "Lab" }),
        "changeDevice" => json!({ "name": "Window" }),
        "logIn" => json!({ "extension": "100" }),
        "addExtension" => json!({ "number": "200", "name": "Bob", "keys": [{ "speed": "115" }] }),
        "putExtension" => json!({ "name": "Ada", "keys": [{ "lamp": "101", "label": "Desk" }] }),
        "putMessages" => json!({ "new": 2, "old": 1 }),
        "changeOffice" => json!({
            "name": "Rossi",
            "country": "IT",
            "timezone": "Europe/Rome",
            "trusted_networks": [{ "network": "192.0.2.0/24", "description": "Desks" }],
        }),
        "putPlan" => json!({ "entries": [{ "code": "*400", "feature": "logout" }] }),
        "putEmergency" => json!({ "extension": "101", "trunk": { "host": "192.0.2.9" } }),
        "putTenant" => json!({
            "name": "Acme",
            "country": "GB",
            "plan": { "entries": [{ "code": "*400", "feature": "logout" }] },
            "trusted_networks": [{ "network": "192.0.2.0/24", "description": "Desks" }],
        }),
        "putTemplate" => json!({ "register_every": 60 }),
        "addWebhook" => json!({ "url": "https://example.org/", "events": ["emergency"] }),
        _ => return None,
    };
    Some(body)
}

async fn asked(
    program: &Program<'_>,
    (path, method, described): &(String, String, Value),
    ids: &Map<String, Value>,
) -> Answer {
    let id = described["operationId"].as_str().expect("a name");
    if id == "logIn" {
        program.ask("POST", "/logins/end", None).await;
    }
    program.ask(&method.to_uppercase(), &filled(path, id, ids), example(id)).await
}

#[tokio::test]
async fn b15_the_committed_description_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
    let served = serde_json::to_string_pretty(&description().await).expect("JSON") + "\n";
    if std::env::var_os("PERCH_BLESS").is_some() {
        std::fs::write(&path, &served).expect("the copy can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(served.lines()).find(|(old, new)| old != new);
    assert!(
        committed == served,
        "docs/openapi.json is not what the box serves, first in {differs:?}; \
         `PERCH_BLESS=1 cargo test --test web openapi` writes it anew"
    );
}

#[tokio::test]
async fn b15_every_described_operation_answers_as_it_is_described() {
    let description = description().await;
    for operation in operations(&description) {
        let (path, method, described) = &operation;
        // The stream does not end; tests/web/sockets.rs listens to it.
        if path == "/events" {
            continue;
        }
        let house = House::new();
        let (program, ids) = furnished(&house).await;
        let answer = asked(&program, &operation, &ids).await;
        let answers = described["responses"].as_object().expect("answers");
        let found = answers.get(answer.status.as_str());
        let found = found.unwrap_or_else(|| panic!("{method} {path}: {} {}", answer.status, answer.body));
        match found["content"].as_object().and_then(|content| content.iter().next()) {
            None => assert!(answer.body.is_empty(), "{method} {path}: {}", answer.body),
            Some((kind, content)) => {
                assert!(answer.header("content-type").starts_with(kind.as_str()), "{method} {path}");
                if let Some(schema) = content.get("schema") {
                    let fits = fits(&description, schema, &answer.json(), path);
                    assert!(fits.is_ok(), "{method} {path}: {fits:?}\n{}", answer.body);
                }
            }
        }
    }
}

#[tokio::test]
async fn b15_every_route_is_described() {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut routing = std::fs::read_to_string(api.join("api.rs")).expect("the API's source");
    for file in std::fs::read_dir(api.join("api")).expect("the API's folder") {
        routing += &std::fs::read_to_string(file.expect("a file").path()).expect("source is text");
    }
    assert_eq!(routing.matches(".route(").count(), 1, "only what is described is routed");

    let description = description().await;
    let house = House::new();
    let (program, ids) = furnished(&house).await;
    for (path, methods) in description["paths"].as_object().expect("paths") {
        let described = |method: &&str| methods.get(method).is_some();
        for method in METHODS.iter().filter(|method| !described(method)) {
            let answer = program.ask(&method.to_uppercase(), &filled(path, "", &ids), None).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let allowed: BTreeSet<_> =
                answer.header("allow").split(',').filter(|name| *name != "HEAD").collect();
            let told = METHODS.iter().filter(|method| described(method)).map(|method| method.to_uppercase());
            assert_eq!(allowed, told.collect::<Vec<_>>().iter().map(String::as_str).collect(), "{path}");
        }
    }
}

#[tokio::test]
async fn b15_a_body_may_hold_what_is_described_and_nothing_else() {
    for (path, method, described) in operations(&description().await) {
        let Some(schema) = described["requestBody"]["content"]["application/json"].get("schema") else {
            continue;
        };
        let house = House::new();
        let (program, ids) = furnished(&house).await;
        let id = described["operationId"].as_str().expect("a name");
        let send = async |body: Value| {
            program.ask(&method.to_uppercase(), &filled(&path, id, &ids), Some(body)).await
        };
        for (place, shape) in shapes(schema, Vec::new()) {
            let known: BTreeSet<&str> =
                shape["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
            let refused = send(within(&place, example(id), json!({ "nonsense": 1 }))).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{method} {path}: {}", refused.body);
            let detail = refused.json()["detail"].as_str().expect("a detail").to_owned();
            let (_, list) =
                detail.split_once("there may be ").unwrap_or_else(|| panic!("{method} {path}: {detail}"));
            let taken = list.split(", ").map(|name| name.trim_matches('"')).collect::<BTreeSet<_>>();
            // What a template takes depends on its kind; the description lists what any of them does.
            let known =
                if id == "putTemplate" { known.intersection(&taken).copied().collect() } else { known };
            assert_eq!(taken, known, "{path}");
            for name in known {
                let wrong =
                    if shape["properties"][name]["type"] == "boolean" { json!("x") } else { json!(-1) };
                let refused = send(within(&place, example(id), json!({ name: wrong }))).await;
                assert_eq!(
                    refused.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{method} {path} {name}: {}",
                    refused.body
                );
            }
        }
    }
}

/// Every object a body may hold, with the fields that lead to it.
fn shapes(schema: &Value, place: Vec<String>) -> Vec<(Vec<String>, Value)> {
    let mut found = vec![(place.clone(), schema.clone())];
    for (name, field) in schema["properties"].as_object().expect("fields") {
        let inner = if field["type"] == "array" { &field["items"] } else { field };
        if inner["type"] == "object" {
            found.extend(shapes(inner, [place.clone(), vec![name.clone()]].concat()));
        }
    }
    found
}

/// The example with fields put into the object at a place, in a list where the example has one.
fn within(place: &[String], example: Option<Value>, fields: Value) -> Value {
    let mut body = example.unwrap_or_else(|| json!({}));
    let mut at = &mut body;
    for name in place {
        at = &mut at[name.as_str()];
        if at.is_array() {
            at = &mut at[0];
        }
    }
    for (name, value) in fields.as_object().expect("fields") {
        at[name.as_str()] = value.clone();
    }
    body
}

#[tokio::test]
async fn b15_the_events_are_those_that_can_be_asked_for() {
    let description = description().await;
    let variants = description["components"]["schemas"]["Event"]["oneOf"].as_array().expect("events").clone();
    let names: Vec<&str> =
        variants.iter().filter_map(|one| one["properties"]["event"]["const"].as_str()).collect();
    assert_eq!(names, Event::NAMES);
    for variant in &variants {
        for taken in ["id", "time", "missed"] {
            assert!(variant["properties"].get(taken).is_none(), "{taken} is the envelope's: {variant}");
        }
    }
}

/// Whether a value is as a schema says: every field known, every needed one there, every type right.
fn fits(description: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(object) = value.as_object() {
        let mut known = BTreeSet::new();
        collect(description, schema, &mut known);
        if let Some(unknown) = object.keys().find(|key| !known.is_empty() && !known.contains(*key)) {
            return Err(format!("{at}/{unknown} is not described"));
        }
    }
    holds(description, schema, value, at)
}

fn collect(description: &Value, schema: &Value, known: &mut BTreeSet<String>) {
    if let Some(other) = resolved(description, schema) {
        collect(description, other, known);
    }
    known.extend(schema["properties"].as_object().into_iter().flat_map(|fields| fields.keys().cloned()));
    for list in ["allOf", "anyOf", "oneOf"] {
        schema[list].as_array().into_iter().flatten().for_each(|one| collect(description, one, known));
    }
}

fn resolved<'d>(description: &'d Value, schema: &Value) -> Option<&'d Value> {
    description.pointer(schema["$ref"].as_str()?.strip_prefix('#')?)
}

fn holds(description: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(other) = resolved(description, schema) {
        holds(description, other, value, at)?;
    }
    for one in schema["allOf"].as_array().into_iter().flatten() {
        holds(description, one, value, at)?;
    }
    for list in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[list].as_array() {
            let tried: Vec<_> = choices.iter().map(|one| holds(description, one, value, at)).collect();
            if tried.iter().all(Result::is_err) {
                return Err(format!("{at}: none of {tried:?}"));
            }
        }
    }
    let is_of = |kind: &Value| match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" | "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    let has_type = match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(is_of),
        kind => is_of(kind),
    };
    let is_word = schema["enum"].as_array().is_none_or(|words| words.contains(value))
        && schema.get("const").is_none_or(|word| word == value);
    if !has_type || !is_word {
        return Err(format!("{at}: {value} is not {schema}"));
    }
    if let Some(object) = value.as_object() {
        for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            object.get(needed).ok_or_else(|| format!("{at}/{needed} is missing"))?;
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = object.get(name) {
                fits(description, field, value, &format!("{at}/{name}"))?;
            }
        }
    }
    for (index, one) in value.as_array().into_iter().flatten().enumerate() {
        fits(description, &schema["items"], one, &format!("{at}/{index}"))?;
    }
    Ok(())
}
