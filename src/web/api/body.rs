//! The body of a request: one JSON object, whose fields are taken one by one.
//!
//! Every complaint names the field and says what to write; none repeats a value, which could be a secret.

use std::str::FromStr;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

use crate::model::IdError;
use crate::web::problem::Problem;

/// The largest body.
const LARGEST: usize = 64 * 1024;

/// How much of an unknown field's name is told, in characters.
const SHOWN: usize = 32;

/// A JSON object; an empty body is taken for `{}`, and a field that is `null` for one that is not there.
#[derive(Debug)]
pub struct Body {
    fields: Map<String, Value>,
    known: Vec<&'static str>,
}

impl Body {
    fn of(value: Value) -> Result<Self, Problem> {
        match value {
            Value::Object(fields) => Ok(Self { fields, known: Vec::new() }),
            _ => Err(Problem::invalid("an object is wanted here: write it in braces, {\"name\": \"value\"}")),
        }
    }

    /// A text.
    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Problem::invalid(format!("\"{name}\" must be a string: put it in quotes"))),
        }
    }

    /// `true` or `false`.
    pub fn yes_no(&mut self, name: &'static str) -> Result<Option<bool>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(Problem::invalid(format!("\"{name}\" must be true or false, without quotes"))),
        }
    }

    /// One of these words, as what it stands for.
    pub fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, meant)| Some(*meant)).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Problem::invalid(format!("\"{name}\" is one of \"{}\"", words.join("\", \"")))
        })
    }

    /// The number of a port.
    pub fn port(&mut self, name: &'static str) -> Result<Option<u16>, Problem> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let port = value.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        port.map(Some).ok_or_else(|| {
            Problem::invalid(format!("\"{name}\" must be a number from 1 to 65535, without quotes"))
        })
    }

    /// A whole number in a range.
    pub fn number(&mut self, name: &'static str, (from, to): (u32, u32)) -> Result<Option<u32>, Problem> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.filter(|number| (from..=to).contains(number)).map(Some).ok_or_else(|| {
            Problem::invalid(format!("\"{name}\" must be a whole number from {from} to {to}, without quotes"))
        })
    }

    /// What is written in one form, as a network or a time of day.
    pub fn parsed<T: FromStr<Err = IdError>>(&mut self, name: &'static str) -> Result<Option<T>, Problem> {
        let text = self.text(name)?;
        text.map(|text| text.trim().parse()).transpose().map_err(|error: IdError| Problem::invalid(error.0))
    }

    /// A value that has others behind it: `None` where nothing is said of it, `Some(None)` where it is `null`, so that what
    /// is behind it counts.
    pub fn said<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Self, &'static str) -> Result<Option<T>, Problem>,
    ) -> Result<Option<Option<T>>, Problem> {
        let is_said = self.fields.contains_key(name);
        let value = read(self, name)?;
        Ok(is_said.then_some(value))
    }

    /// Another object.
    pub fn object(&mut self, name: &'static str) -> Result<Option<Body>, Problem> {
        self.take(name).map(Self::of).transpose()
    }

    /// Several texts.
    pub fn texts(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Problem> {
        let wrong = || Problem::invalid(format!("\"{name}\" must be a list of strings, in brackets"));
        let Some(value) = self.take(name) else { return Ok(None) };
        let Value::Array(values) = value else { return Err(wrong()) };
        let text = |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(wrong()),
        };
        values.into_iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// Several objects.
    pub fn objects(&mut self, name: &'static str) -> Result<Option<Vec<Body>>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Array(values)) => {
                values.into_iter().map(Self::of).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(Problem::invalid(format!("\"{name}\" must be a list of objects, in brackets"))),
        }
    }

    /// Nothing but what was asked for may be in it.
    pub fn finish(self) -> Result<(), Problem> {
        let Some(name) = self.fields.keys().next() else { return Ok(()) };
        let name: String = name.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        let known = self.known.join("\", \"");
        Err(Problem::invalid(format!("there is no field \"{name}\" here: there may be \"{known}\"")))
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.fields.remove(name).filter(|value| !value.is_null())
    }
}

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).cloned();
        let body = to_bytes(request.into_body(), LARGEST).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The body is too large",
                "send at most 64 KiB",
            )
        })?;
        if !body.is_empty() && !kind.is_none_or(|kind| is_json(&kind)) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "The body is not JSON",
                "send JSON, with \"Content-Type: application/json\"",
            ));
        }
        let body = if body.iter().all(u8::is_ascii_whitespace) { Bytes::from_static(b"{}") } else { body };
        let value = serde_json::from_slice(&body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Problem::unreadable(format!("the body is not JSON: look at line {line}, column {column}"))
        })?;
        Self::of(value)
    }
}

fn is_json(kind: &HeaderValue) -> bool {
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}
