//! Values with a template behind them: how a body says them, and how an answer shows where each comes from.

use schemars::JsonSchema;
use serde::Serialize;

use super::body::Body;
use super::operation::Field;
use crate::config::rules::{CALLS, REGISTER_EVERY};
use crate::model::{
    AccountValues, Device, DeviceValues, Extension, ExtensionValues, IdleCalls, Language, OfficeSettings,
    Origin, ServerName, TemplateName,
};
use crate::web::choices::IDLE;
use crate::web::problem::Problem;

/// Whether it may log in at hot desks.
pub const HOTDESK: Field = Field::yes_no("hotdesk", "Whether it may log in at hot desks.");
/// Rule 2.
pub const HOTDESK_ONLY: Field =
    Field::yes_no("hotdesk_only", "Whether its own phones are silent during a login elsewhere.");
/// I17.
pub const NATIVE: Field =
    Field::yes_no("phone_native", "Whether it may log in by a phone's own hot-desk function.");
/// P8.
pub const PIN_NEEDED: Field = Field::yes_no("pin_required", "Whether a login needs a PIN.");
/// K8.
pub const BUSY: Field =
    Field::number("busy_level", CALLS, "From how many calls on it counts as busy; 0 for never.");
/// K8.
pub const CALLS_AT_ONCE: Field =
    Field::number("max_calls", CALLS, "How many calls it may have at once; 0 for no limit.");
/// Of voice and phone.
pub const LANGUAGE: Field = Field::word::<Language>("language", "The language of voice and phone.");
/// Shown outside.
pub const CALLER: Field = Field::text("caller_id", "The number shown outside.");
/// The way out.
pub const TRUNK: Field = Field::text("trunk", "The host of the trunk that calls go by.");
/// K22.
pub const ACCOUNT: Field = Field::text("account_template", "The template of the SIP account.");

/// Rule 5.
pub const IDLE_CALLS: Field =
    Field::word::<IdleCalls>("idle_calls", "What it may call while nobody is logged in.");
/// B7.
pub const BORROWABLE: Field =
    Field::yes_no("borrowable", "Whether others may log in at it, of a phone with an owner.");
/// C8.
pub const SERVER: Field =
    Field::text("server", "The name or address by which a phone elsewhere reaches the box.");
/// I5.
pub const KEY: Field =
    Field::yes_no("hotdesk_key", "Whether it gets a key for the phone's own hot-desk function.");
/// Its maker's form.
pub const EXTRA: Field = Field::text("extra", "Lines for the end of its file, as its maker writes them.");

/// A value, and where it comes from.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Value<T> {
    /// What holds; `null` where there is no limit, no number, no template.
    value: Option<T>,
    /// Whether the thing says so itself, its template does, or neither.
    origin: Origin,
}

fn value<T: Clone>(own: &Option<T>, inherited: Option<&Option<T>>, default: Option<T>) -> Value<T> {
    let inherited = inherited.cloned().flatten();
    Value { origin: Origin::of(own, &inherited), value: own.clone().or(inherited).or(default) }
}

/// What holds for an extension.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ExtensionValues")]
pub struct ExtensionValuesJson {
    hotdesk: Value<bool>,
    hotdesk_only: Value<bool>,
    phone_native: Value<bool>,
    pin_required: Value<bool>,
    busy_level: Value<u8>,
    max_calls: Value<u8>,
    language: Value<Language>,
    caller_id: Value<String>,
    trunk: Value<String>,
    account_template: Value<TemplateName>,
}

impl ExtensionValuesJson {
    /// Of an extension.
    pub fn of(extension: &Extension, settings: &OfficeSettings) -> Self {
        let template = extension.template.as_ref();
        Self::over(
            &extension.own,
            template.and_then(|name| settings.templates.extensions.get(name)),
            settings,
        )
    }

    /// Of what a template says.
    pub fn of_template(own: &ExtensionValues, settings: &OfficeSettings) -> Self {
        Self::over(own, None, settings)
    }

    fn over(own: &ExtensionValues, behind: Option<&ExtensionValues>, settings: &OfficeSettings) -> Self {
        let no = Some(false);
        Self {
            hotdesk: value(&own.hotdesk, behind.map(|one| &one.hotdesk), no),
            hotdesk_only: value(&own.hotdesk_only, behind.map(|one| &one.hotdesk_only), no),
            phone_native: value(&own.phone_native, behind.map(|one| &one.phone_native), no),
            pin_required: value(&own.pin_required, behind.map(|one| &one.pin_required), Some(true)),
            busy_level: value(&own.busy_level, behind.map(|one| &one.busy_level), None),
            max_calls: value(&own.max_calls, behind.map(|one| &one.max_calls), None),
            language: value(&own.language, behind.map(|one| &one.language), Some(settings.language)),
            caller_id: value(&own.caller_id, behind.map(|one| &one.caller_id), None),
            trunk: value(&own.trunk, behind.map(|one| &one.trunk), None),
            account_template: value(&own.account_template, behind.map(|one| &one.account_template), None),
        }
    }
}

/// What holds for a device.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeviceValues")]
pub struct DeviceValuesJson {
    language: Value<Language>,
    idle_calls: Value<IdleCalls>,
    borrowable: Value<bool>,
    account_template: Value<TemplateName>,
    server: Value<String>,
    hotdesk_key: Value<bool>,
    extra: Value<String>,
}

impl DeviceValuesJson {
    /// Of a device.
    pub fn of(device: &Device, settings: &OfficeSettings) -> Self {
        let template = device.template.as_ref();
        Self::over(&device.own, template.and_then(|name| settings.templates.devices.get(name)), settings)
    }

    /// Of what a template says.
    pub fn of_template(own: &DeviceValues, settings: &OfficeSettings) -> Self {
        Self::over(own, None, settings)
    }

    fn over(own: &DeviceValues, behind: Option<&DeviceValues>, settings: &OfficeSettings) -> Self {
        Self {
            language: value(&own.language, behind.map(|one| &one.language), Some(settings.language)),
            idle_calls: value(&own.idle_calls, behind.map(|one| &one.idle_calls), Some(settings.idle_calls)),
            borrowable: value(&own.borrowable, behind.map(|one| &one.borrowable), Some(false)),
            account_template: value(&own.account_template, behind.map(|one| &one.account_template), None),
            server: value(&text(&own.server), behind.map(|one| text(&one.server)).as_ref(), None),
            hotdesk_key: value(&own.hotdesk_key, behind.map(|one| &one.hotdesk_key), Some(false)),
            extra: value(&own.extra, behind.map(|one| &one.extra), None),
        }
    }
}

/// What a SIP account template says.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AccountValues")]
pub struct AccountValuesJson {
    register_every: Value<u32>,
    tcp: Value<bool>,
}

impl AccountValuesJson {
    /// Of what a template says.
    pub fn of_template(own: &AccountValues) -> Self {
        Self {
            register_every: value(&own.register_every, None, Some(AccountValues::REGISTER_EVERY)),
            tcp: value(&own.tcp, None, Some(false)),
        }
    }
}

fn text(value: &Option<impl ToString>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

/// What is said of one value: nothing, or that it is this, or that what is behind it counts.
type Said<T> = Option<Option<T>>;

fn put<T>(said: Said<T>, into: &mut Option<T>) {
    if let Some(value) = said {
        *into = value;
    }
}

fn calls(body: &mut Body, name: &'static str) -> Result<Option<u8>, Problem> {
    Ok(body.number(name, CALLS)?.and_then(|calls| u8::try_from(calls).ok()))
}

/// What a body says of an extension's values; what is left out stays.
#[derive(Debug)]
pub struct ExtensionWish {
    switches: [Said<bool>; 4],
    limits: [Said<u8>; 2],
    language: Said<Language>,
    caller_id: Said<String>,
    trunk: Said<String>,
    account_template: Said<TemplateName>,
}

impl ExtensionWish {
    /// Takes the values out of a body.
    pub fn read(body: &mut Body) -> Result<Self, Problem> {
        let mut yes_no = |field: Field| body.said(field.name, Body::yes_no);
        let switches = [yes_no(HOTDESK)?, yes_no(HOTDESK_ONLY)?, yes_no(NATIVE)?, yes_no(PIN_NEEDED)?];
        Ok(Self {
            switches,
            limits: [body.said(BUSY.name, calls)?, body.said(CALLS_AT_ONCE.name, calls)?],
            language: body.said(LANGUAGE.name, Body::parsed)?,
            caller_id: body.said(CALLER.name, Body::text)?,
            trunk: body.said(TRUNK.name, Body::text)?,
            account_template: body.said(ACCOUNT.name, Body::parsed)?,
        })
    }

    /// Puts them where they belong.
    pub fn put_into(self, own: &mut ExtensionValues) {
        let [hotdesk, hotdesk_only, phone_native, pin_required] = self.switches;
        let [busy_level, max_calls] = self.limits;
        put(hotdesk, &mut own.hotdesk);
        put(hotdesk_only, &mut own.hotdesk_only);
        put(phone_native, &mut own.phone_native);
        put(pin_required, &mut own.pin_required);
        put(busy_level, &mut own.busy_level);
        put(max_calls, &mut own.max_calls);
        put(self.language, &mut own.language);
        put(self.caller_id, &mut own.caller_id);
        put(self.trunk, &mut own.trunk);
        put(self.account_template, &mut own.account_template);
    }
}

/// What a body says of a device's values; what is left out stays.
#[derive(Debug)]
pub struct ValuesOfDevice {
    language: Said<Language>,
    idle_calls: Said<IdleCalls>,
    borrowable: Said<bool>,
    account_template: Said<TemplateName>,
    server: Said<ServerName>,
    hotdesk_key: Said<bool>,
    extra: Said<String>,
}

impl ValuesOfDevice {
    /// Takes the values out of a body.
    pub fn read(body: &mut Body) -> Result<Self, Problem> {
        Ok(Self {
            language: body.said(LANGUAGE.name, Body::parsed)?,
            idle_calls: body.said(IDLE_CALLS.name, |body, name| body.word(name, &IDLE))?,
            borrowable: body.said(BORROWABLE.name, Body::yes_no)?,
            account_template: body.said(ACCOUNT.name, Body::parsed)?,
            server: body.said(SERVER.name, Body::parsed)?,
            hotdesk_key: body.said(KEY.name, Body::yes_no)?,
            extra: body.said(EXTRA.name, Body::text)?,
        })
    }

    /// Puts them where they belong.
    pub fn put_into(self, own: &mut DeviceValues) {
        put(self.language, &mut own.language);
        put(self.idle_calls, &mut own.idle_calls);
        put(self.borrowable, &mut own.borrowable);
        put(self.account_template, &mut own.account_template);
        put(self.server, &mut own.server);
        put(self.hotdesk_key, &mut own.hotdesk_key);
        put(self.extra, &mut own.extra);
    }
}

/// Puts what a body says of a SIP account into its values.
pub fn put_account(body: &mut Body, own: &mut AccountValues) -> Result<(), Problem> {
    put(
        body.said("register_every", |body, name| body.number(name, REGISTER_EVERY))?,
        &mut own.register_every,
    );
    put(body.said("tcp", Body::yes_no)?, &mut own.tcp);
    Ok(())
}
