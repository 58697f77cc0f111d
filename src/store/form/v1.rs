//! The forms of version 1 (postcard), which boxes out there may still hold; read only.

use std::net::IpAddr;

use serde::Deserialize;

use super::CredentialForm;
use crate::model::{
    Country, Device, DeviceAdmission, DeviceId, DeviceMode, DeviceName, Extension, ExtensionNumber,
    ExtensionValues, IdleCalls, Language, LoginPolicy, Mac, ModelName, OfficeSettings, Plan, ScreenName,
    Secret, Trunk,
};

/// Settings before there were tenants, templates and automatic logout.
#[derive(Deserialize)]
pub(in crate::store) struct SettingsV1 {
    name: String,
    country: Option<Country>,
    language: Language,
    timezone: String,
    realm: String,
    emergency_extension: Option<ExtensionNumber>,
    trunk: Option<TrunkV1>,
    login_policy: LoginPolicy,
    idle_calls: IdleCalls,
    plan: Plan,
}

/// A trunk before it had an account and numbers.
#[derive(Deserialize)]
struct TrunkV1 {
    host: String,
    port: u16,
}

impl From<SettingsV1> for OfficeSettings {
    fn from(old: SettingsV1) -> Self {
        Self {
            name: old.name,
            country: old.country,
            language: old.language,
            timezone: old.timezone,
            realm: old.realm,
            emergency_extension: old.emergency_extension,
            trunks: old.trunk.map(|old| Trunk::at(old.host, old.port)).into_iter().collect(),
            login_policy: old.login_policy,
            idle_calls: old.idle_calls,
            plan: old.plan,
            ..Self::default()
        }
    }
}

/// An extension before it had values with a template behind them.
#[derive(Deserialize)]
pub(in crate::store) struct ExtensionV1 {
    number: ExtensionNumber,
    name: String,
    hotdesk: bool,
    pin: Option<String>,
}

impl From<ExtensionV1> for Extension {
    fn from(old: ExtensionV1) -> Self {
        let own = ExtensionValues { hotdesk: Some(old.hotdesk), ..ExtensionValues::default() };
        Self { own, pin: old.pin.map(Secret::new), ..Self::new(old.number, old.name) }
    }
}

/// A device before it had a tenant and values.
#[derive(Deserialize)]
pub(in crate::store) struct DeviceV1<'a> {
    id: DeviceId,
    mac: Option<Mac>,
    name: Option<DeviceName>,
    screen_name: Option<ScreenName>,
    model: ModelName,
    mode: DeviceMode,
    admission: DeviceAdmission,
    address: Option<IpAddr>,
    local_address: Option<IpAddr>,
    #[serde(borrow)]
    credentials: Vec<CredentialForm<'a>>,
    url_secret: Option<String>,
    admin_password: Option<String>,
}

impl From<DeviceV1<'_>> for Device {
    fn from(old: DeviceV1<'_>) -> Self {
        Self {
            name: old.name,
            screen_name: old.screen_name,
            mode: old.mode,
            admission: old.admission,
            address: old.address,
            local_address: old.local_address,
            credentials: old.credentials.into_iter().map(Into::into).collect(),
            url_secret: old.url_secret.map(Secret::new),
            admin_password: old.admin_password.map(Secret::new),
            ..Self::new(old.id, old.mac, old.model)
        }
    }
}
