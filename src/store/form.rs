//! Forms: what extensions and devices look like between the model and the seal.
//!
//! Their model types hold secrets and have no serde on purpose. A form exists only on the way to or from a sealed record,
//! and borrows what it can.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::model::{
    AccountName, AccountPurpose, AuthName, Credential, Device, DeviceAdmission, DeviceId, DeviceMode,
    DeviceName, Extension, ExtensionNumber, Generation, Mac, ModelName, ScreenName, Secret,
};

/// An extension without its keys, its PIN in the open; it exists only on the way into or out of the seal.
#[derive(Serialize, Deserialize)]
pub(super) struct ExtensionForm<'a> {
    number: Cow<'a, ExtensionNumber>,
    name: Cow<'a, str>,
    hotdesk: bool,
    pin: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Extension> for ExtensionForm<'a> {
    fn from(extension: &'a Extension) -> Self {
        Self {
            number: Cow::Borrowed(&extension.number),
            name: Cow::Borrowed(&extension.name),
            hotdesk: extension.hotdesk,
            pin: open_option(&extension.pin),
        }
    }
}

impl From<ExtensionForm<'_>> for Extension {
    fn from(form: ExtensionForm<'_>) -> Self {
        Self {
            number: form.number.into_owned(),
            name: form.name.into_owned(),
            hotdesk: form.hotdesk,
            pin: form.pin.map(Secret::new),
            keys: Vec::new(),
        }
    }
}

/// A device with its secrets in the open; it exists only on the way into or out of the seal.
#[derive(Serialize, Deserialize)]
pub(super) struct DeviceForm<'a> {
    id: DeviceId,
    mac: Option<Mac>,
    name: Option<Cow<'a, DeviceName>>,
    screen_name: Option<ScreenName>,
    model: Cow<'a, ModelName>,
    mode: Cow<'a, DeviceMode>,
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
            mode: Cow::Borrowed(&device.mode),
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
            mode: form.mode.into_owned(),
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
