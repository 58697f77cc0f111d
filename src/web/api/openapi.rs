//! The description of the API, in OpenAPI 3.1: made of the operations as they are routed and of the types as they are
//! written. `docs/openapi.json` is its committed copy; a test compares the two.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{Content, Kind, Operation, Shape};
use super::operations::operations;
use crate::model::Event;
use crate::web::problem::{PROBLEM, Problem};

static DESCRIPTION: LazyLock<String> = LazyLock::new(|| describe(&operations()).to_string());

/// `GET /openapi.json`.
pub async fn give() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION.as_str()).into_response()
}

/// The description of these operations.
fn describe(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation, &mut generator);
    }
    let problem = generator.subschema_for::<Problem>();
    let event = generator.subschema_for::<Event>();
    let mut schemas = Value::Object(generator.take_definitions(true));
    say_as_json_does(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Perch",
            "version": "1",
            "description": "All that the web page does, for programs. Refusals are problem documents (RFC 9457).",
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "webhooks": { "event": { "post": webhook(event.to_value()) } },
        "components": {
            "schemas": schemas,
            "responses": {
                "problem": {
                    "description": "It is refused, or cannot be done: what is wrong, and what to do.",
                    "content": { PROBLEM: { "schema": problem } },
                },
            },
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "\"perch token\" on the box makes one." },
            },
        },
    })
}

/// What is said of Rust's types, said of JSON's.
fn say_as_json_does(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace("`None`", "`null`").replace('\n', " ");
            }
            fields.values_mut().for_each(say_as_json_does);
        }
        Value::Array(values) => values.iter_mut().for_each(say_as_json_does),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn described(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut answers: Map<String, Value> = Map::new();
    for answer in &operation.answers {
        let content = match answer.content {
            Content::Nothing => json!({}),
            Content::Json(schema_of) => json!({ "application/json": { "schema": schema_of(generator) } }),
            Content::Text(kind) => json!({ kind: {} }),
        };
        let mut described = json!({ "description": answer.says });
        if content.as_object().is_some_and(|content| !content.is_empty()) {
            described["content"] = content;
        }
        answers.insert(answer.status.to_string(), described);
    }
    answers.insert("default".to_owned(), json!({ "$ref": "#/components/responses/problem" }));
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.says,
        "responses": answers,
    });
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(shape) = operation.takes {
        let is_needed = shape.iter().any(|field| field.is_needed);
        let content = json!({ "application/json": { "schema": body(shape, generator) } });
        described["requestBody"] = json!({ "required": is_needed, "content": content });
    }
    described
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let names = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = names.map(|name| {
        let says = match (operation.path.split('/').nth(1), name) {
            (Some("devices"), _) => "The id of a phone, as d7.",
            (Some("addresses"), _) => "An address on the network, as 192.0.2.7.",
            (Some("extensions"), _) => "The number of an extension, as 100, or 100@acme in another tenant.",
            (_, "tenant") => "The word of a tenant; office for the first.",
            (_, "kind") => "What the template is for: extension, account or device.",
            (_, "name") => "The template's name.",
            _ => "Its id, as the list tells it.",
        };
        json!({ "name": name, "in": "path", "required": true, "description": says, "schema": { "type": "string" } })
    });
    let beside = operation.asks.iter().map(|one| {
        json!({ "name": one.name, "in": one.place, "description": one.says, "schema": { "type": "string" } })
    });
    in_path.chain(beside).collect()
}

/// The schema of a body; a field that is `null` counts as one that is not there.
fn body(shape: Shape, generator: &mut SchemaGenerator) -> Value {
    let mut properties = Map::new();
    for field in shape {
        let mut schema = match field.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::YesNo => json!({ "type": "boolean" }),
            Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
            Kind::Number(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
            Kind::Word(schema_of) => schema_of(generator).to_value(),
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Object(shape) => body(shape, generator),
            Kind::Objects(shape) => json!({ "type": "array", "items": body(shape, generator) }),
        };
        schema["description"] = field.says.into();
        properties.insert(field.name.to_owned(), schema);
    }
    let needed: Vec<&str> = shape.iter().filter(|field| field.is_needed).map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !needed.is_empty() {
        schema["required"] = needed.into();
    }
    schema
}

/// What is posted to a receiver of webhooks.
fn webhook(event: Value) -> Value {
    let header = |name: &str, says: &str| json!({ "name": name, "in": "header", "description": says, "schema": { "type": "string" } });
    let around = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "description": "The event's id, as in the stream. One that comes again has the same." },
            "time": { "type": "string", "format": "date-time", "description": "When it happened." },
            "missed": { "type": "integer", "description": "How many events before this one were lost; left out where none was." },
        },
        "required": ["id", "time"],
    });
    json!({
        "summary": "An event, posted to a receiver.",
        "parameters": [
            header("Perch-Event", "The event's name."),
            header("Perch-Event-Id", "The event's id."),
            header("Perch-Timestamp", "When it was sent, in seconds since 1970."),
            header("Perch-Signature", "t=<seconds>,v1=<HMAC-SHA-256 over \"<t>.<body>\" in hexadecimal>."),
        ],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": { "allOf": [event, around] } } },
        },
        "responses": { "2XX": { "description": "It is taken." } },
    })
}
