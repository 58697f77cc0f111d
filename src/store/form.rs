//! Forms: what settings, extensions and devices look like between the model and the seal.
//!
//! Their model types hold secrets and have no serde for them on purpose. A form exists only on the way to or from a sealed record,
//! and borrows what it can.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{
    AccountName, AccountPurpose, AccountValues, AuthName, Credential, Device, DeviceAdmission, DeviceId,
    DeviceMode, DeviceName, DeviceValues, Extension, ExtensionNumber, ExtensionValues, Forwards, Generation,
    HotdeskId, Inbound, Mac, ModelName, OfficeSettings, PlanEntry, ScreenName, Secret, TemplateName,
    TenantId, Trunk, TrustedNetwork,
};

pub(super) mod v1;

/// A tenant's settings without what there may be much of, their secrets in the open.
#[derive(Serialize, Deserialize)]
pub(super) struct SettingsForm {
    #[serde(flatten)]
    settings: OfficeSettings,
    #[serde(default)]
    company_pin: Option<String>,
    /// The only trunk of a tenant, as it was written while there could be one.
    #[serde(default, skip_serializing)]
    trunk: Option<Trunk>,
}

/// Some of what there may be much of.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SettingsPart {
    Codes(Vec<PlanEntry>),
    Trusted(Vec<TrustedNetwork>),
    /// A trunk without its numbers, its password in the open.
    Trunk {
        trunk: Trunk,
        password: Option<String>,
    },
    /// Numbers of the trunk that was read last.
    Inbound(Vec<Inbound>),
    ExtensionTemplate(TemplateName, ExtensionValues),
    AccountTemplate(TemplateName, AccountValues),
    DeviceTemplate(TemplateName, DeviceValues),
}

/// How many codes make one record.
const TOGETHER: usize = 16;

/// How many networks make one record: each may have a description of 256 bytes.
const NETWORKS_TOGETHER: usize = 8;

impl SettingsForm {
    /// What is written of some settings, and the parts of them that are written apart.
    pub fn of(settings: &OfficeSettings) -> (Self, Vec<SettingsPart>) {
        let mut settings = settings.clone();
        let company_pin = settings.company_pin.as_ref().map(|pin| pin.expose().to_owned());
        let codes = std::mem::take(&mut settings.plan.entries);
        let trusted = std::mem::take(&mut settings.trusted_networks);
        let trunks = std::mem::take(&mut settings.trunks);
        let templates = std::mem::take(&mut settings.templates);
        let mut parts: Vec<_> =
            codes.chunks(TOGETHER).map(|some| SettingsPart::Codes(some.to_vec())).collect();
        parts.extend(trusted.chunks(NETWORKS_TOGETHER).map(|some| SettingsPart::Trusted(some.to_vec())));
        parts.extend(trunks.into_iter().flat_map(trunk_parts));
        parts.extend(
            templates.extensions.into_iter().map(|(name, one)| SettingsPart::ExtensionTemplate(name, one)),
        );
        parts.extend(
            templates.accounts.into_iter().map(|(name, one)| SettingsPart::AccountTemplate(name, one)),
        );
        parts
            .extend(templates.devices.into_iter().map(|(name, one)| SettingsPart::DeviceTemplate(name, one)));
        (Self { settings, company_pin, trunk: None }, parts)
    }
}

impl From<SettingsForm> for OfficeSettings {
    fn from(form: SettingsForm) -> Self {
        let mut settings = Self { company_pin: form.company_pin.map(Secret::new), ..form.settings };
        settings.trunks.extend(form.trunk);
        settings
    }
}

impl SettingsPart {
    /// Puts the part back where it was.
    pub fn put_into(self, settings: &mut OfficeSettings) {
        let templates = &mut settings.templates;
        match self {
            Self::Codes(codes) => settings.plan.entries.extend(codes),
            Self::Trusted(networks) => settings.trusted_networks.extend(networks),
            Self::Trunk { trunk, password } => {
                settings.trunks.push(Trunk { password: password.map(Secret::new), ..trunk });
            }
            Self::Inbound(numbers) => {
                if let Some(trunk) = settings.trunks.last_mut() {
                    trunk.inbound.extend(numbers);
                }
            }
            Self::ExtensionTemplate(name, one) => drop(templates.extensions.insert(name, one)),
            Self::AccountTemplate(name, one) => drop(templates.accounts.insert(name, one)),
            Self::DeviceTemplate(name, one) => drop(templates.devices.insert(name, one)),
        }
    }
}

/// A trunk, and after it its numbers, because there may be many.
fn trunk_parts(mut trunk: Trunk) -> Vec<SettingsPart> {
    let inbound = std::mem::take(&mut trunk.inbound);
    let password = trunk.password.as_ref().map(|password| password.expose().to_owned());
    let numbers = inbound.chunks(TOGETHER).map(|some| SettingsPart::Inbound(some.to_vec()));
    std::iter::once(SettingsPart::Trunk { trunk, password }).chain(numbers).collect()
}

/// An extension without its keys, its PIN in the open; it exists only on the way into or out of the seal.
#[derive(Serialize, Deserialize)]
pub(super) struct ExtensionForm<'a> {
    number: Cow<'a, ExtensionNumber>,
    name: Cow<'a, str>,
    #[serde(default)]
    template: Option<Cow<'a, TemplateName>>,
    #[serde(default)]
    own: Cow<'a, ExtensionValues>,
    pin: Option<Cow<'a, str>>,
    #[serde(default)]
    hotdesk_id: Option<Cow<'a, HotdeskId>>,
    #[serde(default)]
    hotdesk_pin: Option<Cow<'a, str>>,
    #[serde(default)]
    forwards: Cow<'a, Forwards>,
}

impl<'a> From<&'a Extension> for ExtensionForm<'a> {
    fn from(extension: &'a Extension) -> Self {
        Self {
            number: Cow::Borrowed(&extension.number),
            name: Cow::Borrowed(&extension.name),
            template: extension.template.as_ref().map(Cow::Borrowed),
            own: Cow::Borrowed(&extension.own),
            pin: open_option(&extension.pin),
            hotdesk_id: extension.hotdesk_id.as_ref().map(Cow::Borrowed),
            hotdesk_pin: open_option(&extension.hotdesk_pin),
            forwards: Cow::Borrowed(&extension.forwards),
        }
    }
}

impl From<ExtensionForm<'_>> for Extension {
    fn from(form: ExtensionForm<'_>) -> Self {
        Self {
            number: form.number.into_owned(),
            name: form.name.into_owned(),
            template: form.template.map(Cow::into_owned),
            own: form.own.into_owned(),
            pin: form.pin.map(Secret::new),
            hotdesk_id: form.hotdesk_id.map(Cow::into_owned),
            hotdesk_pin: form.hotdesk_pin.map(Secret::new),
            forwards: form.forwards.into_owned(),
            keys: Vec::new(),
        }
    }
}

/// A device with its secrets in the open; it exists only on the way into or out of the seal.
#[derive(Serialize, Deserialize)]
pub(super) struct DeviceForm<'a> {
    id: DeviceId,
    #[serde(default)]
    tenant: Cow<'a, TenantId>,
    mac: Option<Mac>,
    name: Option<Cow<'a, DeviceName>>,
    screen_name: Option<ScreenName>,
    model: Cow<'a, ModelName>,
    mode: Cow<'a, DeviceMode>,
    #[serde(default)]
    template: Option<Cow<'a, TemplateName>>,
    #[serde(default)]
    own: Cow<'a, DeviceValues>,
    #[serde(default)]
    location: Cow<'a, str>,
    #[serde(default)]
    emergency_caller: Option<Cow<'a, str>>,
    #[serde(default)]
    is_switched_off: bool,
    #[serde(default)]
    barred_call_id: Option<Cow<'a, str>>,
    admission: DeviceAdmission,
    address: Option<IpAddr>,
    local_address: Option<IpAddr>,
    credentials: Vec<CredentialForm<'a>>,
    url_secret: Option<Cow<'a, str>>,
    admin_password: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Device> for DeviceForm<'a> {
    fn from(device: &'a Device) -> Self {
        Self {
            id: device.id,
            mac: device.mac,
            name: device.name.as_ref().map(Cow::Borrowed),
            screen_name: device.screen_name,
            model: Cow::Borrowed(&device.model),
            tenant: Cow::Borrowed(&device.tenant),
            mode: Cow::Borrowed(&device.mode),
            template: device.template.as_ref().map(Cow::Borrowed),
            own: Cow::Borrowed(&device.own),
            location: Cow::Borrowed(&device.location),
            emergency_caller: device.emergency_caller.as_deref().map(Cow::Borrowed),
            is_switched_off: device.is_switched_off,
            barred_call_id: device.barred_call_id.as_deref().map(Cow::Borrowed),
            admission: device.admission,
            address: device.address,
            local_address: device.local_address,
            credentials: device.credentials.iter().map(CredentialForm::from).collect(),
            url_secret: open_option(&device.url_secret),
            admin_password: open_option(&device.admin_password),
        }
    }
}

impl From<DeviceForm<'_>> for Device {
    fn from(form: DeviceForm<'_>) -> Self {
        Self {
            id: form.id,
            mac: form.mac,
            name: form.name.map(Cow::into_owned),
            screen_name: form.screen_name,
            model: form.model.into_owned(),
            tenant: form.tenant.into_owned(),
            mode: form.mode.into_owned(),
            template: form.template.map(Cow::into_owned),
            own: form.own.into_owned(),
            location: form.location.into_owned(),
            emergency_caller: form.emergency_caller.map(Cow::into_owned),
            is_switched_off: form.is_switched_off,
            barred_call_id: form.barred_call_id.map(Cow::into_owned),
            admission: form.admission,
            address: form.address,
            local_address: form.local_address,
            credentials: form.credentials.into_iter().map(Credential::from).collect(),
            url_secret: form.url_secret.map(Secret::new),
            admin_password: form.admin_password.map(Secret::new),
        }
    }
}

/// Credentials with the password in the open.
#[derive(Serialize, Deserialize)]
struct CredentialForm<'a> {
    generation: Generation,
    account: Cow<'a, AccountName>,
    purpose: Cow<'a, AccountPurpose>,
    auth_name: Cow<'a, AuthName>,
    password: Cow<'a, str>,
}

impl<'a> From<&'a Credential> for CredentialForm<'a> {
    fn from(credential: &'a Credential) -> Self {
        Self {
            generation: credential.generation,
            account: Cow::Borrowed(&credential.account),
            purpose: Cow::Borrowed(&credential.purpose),
            auth_name: Cow::Borrowed(&credential.auth_name),
            password: Cow::Borrowed(credential.password.expose()),
        }
    }
}

impl From<CredentialForm<'_>> for Credential {
    fn from(form: CredentialForm<'_>) -> Self {
        Self {
            generation: form.generation,
            account: form.account.into_owned(),
            purpose: form.purpose.into_owned(),
            auth_name: form.auth_name.into_owned(),
            password: Secret::new(form.password),
        }
    }
}

fn open_option(secret: &Option<Secret>) -> Option<Cow<'_, str>> {
    secret.as_ref().map(|secret| Cow::Borrowed(secret.expose()))
}
