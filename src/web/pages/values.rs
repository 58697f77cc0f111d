//! Values with a template behind them, as a form: each field says what holds while it is empty, and where that comes from.
//!
//! For the pages of extensions and phones alike; which values there are, and what is behind them, `config` says.

use std::str::FromStr;

use crate::config::export::{self, Value};
use crate::config::rules::CALLS;
use crate::model::{
    Device, DeviceValues, Extension, ExtensionValues, IdleCalls, Language, OfficeSettings, Origin,
    ServerName, TemplateName,
};
use crate::web::choices::IDLE;
use crate::web::fields::Fields;
use crate::web::visitor::Posted;
use crate::web::words::Words;

/// One value as the form shows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The field's name.
    pub name: &'static str,
    /// What it is.
    pub label: String,
    /// What holds while the field is empty.
    pub empty: String,
    /// What may be chosen, beside nothing; a text is typed where there is no choice.
    pub options: Vec<Choice>,
    /// Whether the text has several lines.
    pub is_long: bool,
}

/// Something to choose.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub text: String,
}

impl Choice {
    fn new(value: impl ToString, text: impl ToString) -> Self {
        Self { value: value.to_string(), text: text.to_string() }
    }
}

/// The values of an extension.
pub fn rows_of_extension(words: Words, extension: &Extension, settings: &OfficeSettings) -> Vec<Row> {
    let behind = Extension { own: ExtensionValues::default(), ..extension.clone() };
    rows(words, export::of_extension(&behind, settings), settings)
}

/// The values of a device.
pub fn rows_of_device(words: Words, device: &Device, settings: &OfficeSettings) -> Vec<Row> {
    let behind = Device { own: DeviceValues::default(), ..device.clone() };
    rows(words, export::of_device(&behind, settings), settings)
}

/// Values, each with what holds while nothing is said.
pub fn rows(words: Words, behind: Vec<Value>, settings: &OfficeSettings) -> Vec<Row> {
    let row = |value: Value| Row {
        name: value.key,
        label: words.say(&format!("value-{}", value.key)),
        empty: empty(words, &value),
        options: options(words, value.key, settings),
        is_long: value.key == "extra",
    };
    behind.into_iter().map(row).collect()
}

/// What holds while nothing is said, in words.
fn empty(words: Words, value: &Value) -> String {
    let Some(text) = &value.text else { return words.say("value-none") };
    let text = shown(words, value.key, text.plain());
    match (value.origin, &value.template) {
        (Origin::Inherited, Some(name)) => {
            words.say2("value-from-template", ("value", &text), ("template", name))
        }
        (Origin::Inherited, None) | (Origin::Default | Origin::Own, _) => {
            words.say1("value-default", "value", text)
        }
    }
}

/// A value in the page's language.
fn shown(words: Words, key: &str, text: &str) -> String {
    match (key, text) {
        (_, "true") => words.say("yes"),
        (_, "false") => words.say("no"),
        ("language", code) => {
            code.parse().map_or_else(|_| code.to_owned(), |language| own_name(words, language))
        }
        ("idle_calls", word) => words.say(&format!("idle-{word}")),
        (_, text) => text.to_owned(),
    }
}

fn own_name(words: Words, language: Language) -> String {
    words.say(&format!("language-{language}"))
}

fn options(words: Words, key: &str, settings: &OfficeSettings) -> Vec<Choice> {
    match key {
        "hotdesk" | "hotdesk_only" | "phone_native" | "pin_required" | "borrowable" | "hotdesk_key"
        | "tcp" => {
            vec![Choice::new("true", words.say("yes")), Choice::new("false", words.say("no"))]
        }
        "language" => Language::ALL.map(|one| Choice::new(one, own_name(words, one))).to_vec(),
        "idle_calls" => {
            IDLE.iter().map(|(word, _)| Choice::new(word, words.say(&format!("idle-{word}")))).collect()
        }
        "account_template" => templates(settings.templates.accounts.keys()),
        _ => Vec::new(),
    }
}

/// Templates to choose from.
pub fn templates<'t>(names: impl Iterator<Item = &'t TemplateName>) -> Vec<Choice> {
    names.map(|name| Choice::new(name, name)).collect()
}

/// The form with what an extension says itself.
pub fn with_extension(fields: Fields, extension: &Extension, settings: &OfficeSettings) -> Fields {
    with_own(fields, export::of_extension(extension, settings))
}

/// The form with what a device says itself.
pub fn with_device(fields: Fields, device: &Device, settings: &OfficeSettings) -> Fields {
    with_own(fields, export::of_device(device, settings))
}

/// The form with the values that are a thing's own.
pub fn with_own(fields: Fields, values: Vec<Value>) -> Fields {
    let own = values.into_iter().filter(|value| value.origin == Origin::Own);
    own.fold(fields, |fields, value| {
        fields.with(value.key, value.text.map_or_else(String::new, |text| text.plain().to_owned()))
    })
}

/// What the form says of an extension's values.
pub fn read_extension(words: Words, posted: &Posted, fields: &mut Fields) -> ExtensionValues {
    ExtensionValues {
        hotdesk: yes_no(posted, "hotdesk"),
        hotdesk_only: yes_no(posted, "hotdesk_only"),
        phone_native: yes_no(posted, "phone_native"),
        pin_required: yes_no(posted, "pin_required"),
        busy_level: calls(words, posted, fields, "busy_level"),
        max_calls: calls(words, posted, fields, "max_calls"),
        language: chosen::<Language>(posted, "language"),
        caller_id: text(posted, "caller_id"),
        trunk: text(posted, "trunk"),
        account_template: chosen::<TemplateName>(posted, "account_template"),
    }
}

/// What the form says of a device's values.
pub fn read_device(words: Words, posted: &Posted, fields: &mut Fields) -> DeviceValues {
    if text(posted, "server").is_some_and(|server| server.parse::<ServerName>().is_err()) {
        fields.fault("server", words.say("fault-host"));
    }
    let idle = IDLE.iter().find(|(word, _)| *word == posted.text("idle_calls"));
    DeviceValues {
        language: chosen::<Language>(posted, "language"),
        idle_calls: idle.map(|(_, idle): &(&str, IdleCalls)| *idle),
        borrowable: yes_no(posted, "borrowable"),
        account_template: chosen::<TemplateName>(posted, "account_template"),
        server: chosen::<ServerName>(posted, "server"),
        hotdesk_key: yes_no(posted, "hotdesk_key"),
        extra: text(posted, "extra").map(|extra| extra.replace("\r\n", "\n")),
    }
}

/// What stands in a field, where something does.
pub fn text(posted: &Posted, name: &str) -> Option<String> {
    Some(posted.text(name).to_owned()).filter(|text| !text.is_empty())
}

/// What was chosen, where something was.
pub fn chosen<T: FromStr>(posted: &Posted, name: &str) -> Option<T> {
    posted.text(name).parse().ok()
}

fn yes_no(posted: &Posted, name: &str) -> Option<bool> {
    chosen(posted, name)
}

fn calls(words: Words, posted: &Posted, fields: &mut Fields, name: &'static str) -> Option<u8> {
    number(words, posted, fields, (name, CALLS)).and_then(|calls| u8::try_from(calls).ok())
}

/// A number in a range, where one is said; what is wrong with it stands at its field.
pub fn number(
    words: Words,
    posted: &Posted,
    fields: &mut Fields,
    (name, (from, to)): (&'static str, (u32, u32)),
) -> Option<u32> {
    let said = text(posted, name)?;
    let number = said.parse().ok().filter(|number| (from..=to).contains(number));
    if number.is_none() {
        fields.fault(name, words.say2("fault-range", ("from", &from), ("to", &to)));
    }
    number
}
