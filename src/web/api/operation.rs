//! One operation of the API: what routes it and what describes it stand in one value, so that neither is there without the
//! other.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::web::front::Shared;

/// Makes the schema of a type, or a reference to it.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// An operation.
pub struct Operation {
    /// Its method, in lower case as OpenAPI has it.
    pub method: &'static str,
    /// Its path below `/api/v1`.
    pub path: &'static str,
    /// Its name for programs.
    pub id: &'static str,
    /// What it does.
    pub says: &'static str,
    /// What may stand in its query, or in its headers.
    pub asks: Vec<Parameter>,
    /// What its body may hold.
    pub takes: Option<Shape>,
    /// What comes back when it is done.
    pub answers: Vec<Answer>,
    /// What does it.
    pub route: MethodRouter<Shared>,
}

/// Something that may be said beside path and body.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// `query` or `header`.
    pub place: &'static str,
    /// What it means.
    pub says: &'static str,
}

/// An answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// When it is given.
    pub says: &'static str,
    /// What is in it.
    pub content: Content,
}

/// What is in an answer.
#[derive(Debug, Clone, Copy)]
pub enum Content {
    /// Nothing.
    Nothing,
    /// A JSON document.
    Json(SchemaOf),
    /// Text of this type.
    Text(&'static str),
}

/// The fields of a body.
pub type Shape = &'static [Field];

/// A field of a body.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub says: &'static str,
    /// What may stand in it.
    pub kind: Kind,
    /// Whether it must be there.
    pub is_needed: bool,
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// `true` or `false`.
    YesNo,
    /// The number of a port.
    Port,
    /// A whole number from the first of these to the second.
    Number(u32, u32),
    /// One of the words of a type.
    Word(SchemaOf),
    /// Several texts.
    Texts,
    /// An object.
    Object(Shape),
    /// Several objects.
    Objects(Shape),
}

impl Field {
    /// A field of any kind.
    pub const fn new(name: &'static str, kind: Kind, says: &'static str) -> Self {
        Self { name, says, kind, is_needed: false }
    }

    /// A text.
    pub const fn text(name: &'static str, says: &'static str) -> Self {
        Self::new(name, Kind::Text, says)
    }

    /// `true` or `false`.
    pub const fn yes_no(name: &'static str, says: &'static str) -> Self {
        Self::new(name, Kind::YesNo, says)
    }

    /// A whole number in a range.
    pub const fn number(name: &'static str, (from, to): (u32, u32), says: &'static str) -> Self {
        Self::new(name, Kind::Number(from, to), says)
    }

    /// One of the words of a type.
    pub const fn word<T: JsonSchema>(name: &'static str, says: &'static str) -> Self {
        Self::new(name, Kind::Word(schema_of::<T>), says)
    }

    /// The same, where it must be there.
    pub const fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }
}

impl Operation {
    /// An operation that reads.
    pub fn get<T: 'static>(
        path: &'static str,
        id: &'static str,
        says: &'static str,
        does: impl Handler<T, Shared>,
    ) -> Self {
        Self::by("get", (path, id, says), on(MethodFilter::GET, does))
    }

    /// An operation that adds or does something.
    pub fn post<T: 'static>(
        path: &'static str,
        id: &'static str,
        says: &'static str,
        does: impl Handler<T, Shared>,
    ) -> Self {
        Self::by("post", (path, id, says), on(MethodFilter::POST, does))
    }

    /// An operation that changes.
    pub fn put<T: 'static>(
        path: &'static str,
        id: &'static str,
        says: &'static str,
        does: impl Handler<T, Shared>,
    ) -> Self {
        Self::by("put", (path, id, says), on(MethodFilter::PUT, does))
    }

    /// An operation that removes.
    pub fn delete<T: 'static>(
        path: &'static str,
        id: &'static str,
        says: &'static str,
        does: impl Handler<T, Shared>,
    ) -> Self {
        Self::by("delete", (path, id, says), on(MethodFilter::DELETE, does))
    }

    fn by(
        method: &'static str,
        (path, id, says): (&'static str, &'static str, &'static str),
        route: MethodRouter<Shared>,
    ) -> Self {
        Self { method, path, id, says, asks: Vec::new(), takes: None, answers: Vec::new(), route }
    }

    /// With a body of this shape.
    pub fn takes(mut self, shape: Shape) -> Self {
        self.takes = Some(shape);
        self
    }

    /// With something that may stand in its query.
    pub fn asks(self, name: &'static str, says: &'static str) -> Self {
        self.hears(Parameter { name, place: "query", says })
    }

    /// With something that may be said beside path and body.
    pub fn hears(mut self, parameter: Parameter) -> Self {
        self.asks.push(parameter);
        self
    }

    /// It answers with this document.
    pub fn gives<T: JsonSchema>(self) -> Self {
        self.answer(200, "As it is now.", Content::Json(schema_of::<T>))
    }

    /// It answers with a text of this type.
    pub fn gives_text(self, kind: &'static str) -> Self {
        self.answer(200, "As it is now.", Content::Text(kind))
    }

    /// It answers with this document when it is done, whether it is on the disc by then or not.
    pub fn saves<T: JsonSchema>(self) -> Self {
        self.answer(200, "It is done and saved.", Content::Json(schema_of::<T>)).answer(
            202,
            NOT_YET,
            Content::Json(schema_of::<T>),
        )
    }

    /// The same, where something new may come of it.
    pub fn makes<T: JsonSchema>(self) -> Self {
        self.makes_new::<T>().answer(202, NOT_YET, Content::Json(schema_of::<T>))
    }

    /// It answers with this document when something new is on the disc.
    pub fn makes_new<T: JsonSchema>(self) -> Self {
        self.answer(201, "It is made and saved.", Content::Json(schema_of::<T>))
    }

    /// It answers with nothing when it is done.
    pub fn ends(self) -> Self {
        self.answer(204, "It is done and saved.", Content::Nothing)
    }

    /// The same, whether it is on the disc by then or not.
    pub fn ends_in_time(self) -> Self {
        self.ends().answer(202, NOT_YET, Content::Nothing)
    }

    /// With a further answer.
    pub fn answer(mut self, status: u16, says: &'static str, content: Content) -> Self {
        self.answers.push(Answer { status, says, content });
        self
    }
}

const NOT_YET: &str = "It is done, but not on the disc yet, which is full or slow.";

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}
