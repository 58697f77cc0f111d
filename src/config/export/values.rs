//! Values with where they come from: own ones as lines, inherited and default ones as comments.

use super::{quoted, raw_line, word};
use crate::config::office_file::IDLE_CALLS;
use crate::model::{
    AccountValues, Device, DeviceValues, Extension, ExtensionValues, IdleCalls, Language, OfficeSettings,
    Origin, TemplateName,
};

/// One value as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its key.
    pub key: &'static str,
    /// What holds; `None` where nothing is said and there is no default that can be written.
    pub text: Option<Text>,
    /// Where it comes from.
    pub origin: Origin,
    /// The template behind the thing.
    pub template: Option<String>,
}

/// The text of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// A number, or yes or no.
    Bare(String),
    /// Words.
    Quoted(String),
}

impl Text {
    /// The text itself.
    pub fn plain(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Quoted(text) => text,
        }
    }

    /// The text in TOML.
    pub fn toml(&self) -> String {
        match self {
            Self::Bare(text) => text.clone(),
            Self::Quoted(text) => quoted(text),
        }
    }
}

impl Value {
    /// Writes it as a line, or as a comment where it is not the thing's own.
    pub(super) fn write(&self, file: &mut String) {
        let from = match (self.origin, &self.template) {
            (Origin::Own, _) => {
                return raw_line(file, self.key, &self.text.as_ref().map(Text::toml).unwrap_or_default());
            }
            (Origin::Inherited, Some(name)) => format!("from template {name}"),
            (Origin::Inherited, None) | (Origin::Default, _) => "default".to_owned(),
        };
        match &self.text {
            Some(text) => file.push_str(&format!("# {} = {}  # {from}\n", self.key, text.toml())),
            None => file.push_str(&format!("# {}: none  # {from}\n", self.key)),
        }
    }
}

/// Keys with what is said of them.
type Said = Vec<(&'static str, Option<Text>)>;

/// What holds for an extension, value by value.
pub fn of_extension(extension: &Extension, settings: &OfficeSettings) -> Vec<Value> {
    let template = extension.template.as_ref();
    let inherited = template.and_then(|name| settings.templates.extensions.get(name));
    let inherited = inherited.map(extension_said).unwrap_or_default();
    let named = template.map(TemplateName::to_string);
    join(extension_said(&extension.own), &inherited, &extension_defaults(settings.language), named)
}

/// What holds for a device, value by value.
pub fn of_device(device: &Device, settings: &OfficeSettings) -> Vec<Value> {
    let template = device.template.as_ref();
    let inherited = template.and_then(|name| settings.templates.devices.get(name));
    let inherited = inherited.map(device_said).unwrap_or_default();
    let named = template.map(TemplateName::to_string);
    let default = device_defaults(settings.language, settings.idle_calls);
    join(device_said(&device.own), &inherited, &default, named)
}

/// What an extension template says, and what holds where it says nothing.
pub fn of_extension_template(one: &ExtensionValues, settings: &OfficeSettings) -> Vec<Value> {
    join(extension_said(one), &Vec::new(), &extension_defaults(settings.language), None)
}

/// What a device template says, and what holds where it says nothing.
pub fn of_device_template(one: &DeviceValues, settings: &OfficeSettings) -> Vec<Value> {
    join(device_said(one), &Vec::new(), &device_defaults(settings.language, settings.idle_calls), None)
}

/// What a SIP account template says, and what holds where it says nothing.
pub fn of_account_template(one: &AccountValues) -> Vec<Value> {
    let said = |one: &AccountValues| -> Said {
        vec![("register_every", plain(one.register_every)), ("tcp", plain(one.tcp))]
    };
    let default = AccountValues { register_every: Some(AccountValues::REGISTER_EVERY), tcp: Some(false) };
    join(said(one), &Vec::new(), &said(&default), None)
}

fn join(own: Said, inherited: &Said, default: &Said, template: Option<String>) -> Vec<Value> {
    let find = |all: &Said, key: &str| {
        let found = all.iter().find(|(other, _)| *other == key);
        found.and_then(|(_, text)| text.clone())
    };
    let one = |(key, own): (&'static str, Option<Text>)| {
        let inherited = find(inherited, key);
        let origin = Origin::of(&own, &inherited);
        let text = own.or(inherited).or_else(|| find(default, key));
        Value { key, text, origin, template: template.clone() }
    };
    own.into_iter().map(one).collect()
}

fn extension_said(one: &ExtensionValues) -> Said {
    vec![
        ("hotdesk", plain(one.hotdesk)),
        ("hotdesk_only", plain(one.hotdesk_only)),
        ("phone_native", plain(one.phone_native)),
        ("pin_required", plain(one.pin_required)),
        ("busy_level", plain(one.busy_level)),
        ("max_calls", plain(one.max_calls)),
        ("language", one.language.map(|language| Text::Quoted(language.code().to_owned()))),
        ("caller_id", text(&one.caller_id)),
        ("trunk", text(&one.trunk)),
        ("account_template", text(&one.account_template)),
    ]
}

fn extension_defaults(language: Language) -> Said {
    extension_said(&ExtensionValues {
        hotdesk: Some(false),
        hotdesk_only: Some(false),
        phone_native: Some(false),
        pin_required: Some(true),
        language: Some(language),
        ..ExtensionValues::default()
    })
}

fn device_said(one: &DeviceValues) -> Said {
    vec![
        ("language", one.language.map(|language| Text::Quoted(language.code().to_owned()))),
        ("idle_calls", one.idle_calls.map(|idle| Text::Quoted(word(&IDLE_CALLS, idle).to_owned()))),
        ("borrowable", plain(one.borrowable)),
        ("account_template", text(&one.account_template)),
        ("server", text(&one.server)),
        ("hotdesk_key", plain(one.hotdesk_key)),
        ("extra", text(&one.extra)),
    ]
}

fn device_defaults(language: Language, idle_calls: IdleCalls) -> Said {
    device_said(&DeviceValues {
        language: Some(language),
        idle_calls: Some(idle_calls),
        borrowable: Some(false),
        hotdesk_key: Some(false),
        ..DeviceValues::default()
    })
}

fn plain(value: Option<impl ToString>) -> Option<Text> {
    value.map(|value| Text::Bare(value.to_string()))
}

fn text(value: &Option<impl ToString>) -> Option<Text> {
    value.as_ref().map(|value| Text::Quoted(value.to_string()))
}
