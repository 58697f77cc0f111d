//! What the owner wants the office to be: the whole of it, without what the box makes by itself.
//!
//! An office file or a page says a wish; `config::apply` compares it with the [`Office`](super::Office) that is there and
//! gives the [`Change`](super::Change)s that lead from one to the other, making device ids, credentials and secrets as
//! needed.

use std::collections::BTreeMap;

use super::{
    AccountName, Device, DeviceMode, DeviceName, DeviceValues, Extension, Mac, ModelName, OfficeSettings,
    Secret, TemplateName, TenantId,
};

/// The whole office as its owner wants it: what is not in it is to go. A secret that is `None` stays as it is; an empty
/// one takes the present one away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfficeWish {
    /// The settings of the first tenant.
    pub settings: OfficeSettings,
    /// The other tenants.
    pub others: BTreeMap<TenantId, OfficeSettings>,
    /// The extensions. One that may hot desk and needs a PIN is given one by the box where it has none.
    pub extensions: Vec<Extension>,
    /// The devices that are to be let in. Devices that only wait stay, whether they are named or not.
    pub devices: Vec<DeviceWish>,
}

impl OfficeWish {
    /// The settings of a tenant; those of the first where there is no such tenant.
    pub fn settings_of(&self, tenant: &TenantId) -> &OfficeSettings {
        self.others.get(tenant).filter(|_| !tenant.is_first()).unwrap_or(&self.settings)
    }

    /// Whether there is to be such a tenant.
    pub fn has_tenant(&self, tenant: &TenantId) -> bool {
        tenant.is_first() || self.others.contains_key(tenant)
    }

    /// Every tenant with its settings, the first one first.
    pub fn tenants(&self) -> impl Iterator<Item = (&TenantId, &OfficeSettings)> {
        std::iter::once((&TenantId::FIRST, &self.settings)).chain(&self.others)
    }
}

/// One device as its owner wants it; known by its MAC, else by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceWish {
    /// Its hardware address.
    pub mac: Option<Mac>,
    /// Its nickname; required where there is no MAC.
    pub name: Option<DeviceName>,
    /// Whose it is to be.
    pub tenant: TenantId,
    /// Maker and model.
    pub model: ModelName,
    /// Who it is to belong to.
    pub mode: DeviceMode,
    /// The template behind its own values.
    pub template: Option<TemplateName>,
    /// What it says itself.
    pub own: DeviceValues,
    /// Where it stands.
    pub location: String,
    /// The number shown to the emergency services.
    pub emergency_caller: Option<String>,
    /// The SIP user name, for a phone set up by hand; `None` keeps the present one or lets the box make one.
    pub sip_user: Option<AccountName>,
    /// The SIP password, for a phone set up by hand; `None` keeps the present one or lets the box make one.
    pub sip_password: Option<Secret>,
}

impl DeviceWish {
    /// A device of which nothing is said but its model.
    pub fn new(model: ModelName) -> Self {
        Self {
            mac: None,
            name: None,
            tenant: TenantId::FIRST,
            model,
            mode: DeviceMode::Unassigned,
            template: None,
            own: DeviceValues::default(),
            location: String::new(),
            emergency_caller: None,
            sip_user: None,
            sip_password: None,
        }
    }

    /// The wish that the device as it is fulfils; name and password of its account stay as they are.
    pub fn as_it_is(device: &Device) -> Self {
        Self {
            mac: device.mac,
            name: device.name.clone(),
            tenant: device.tenant.clone(),
            mode: device.mode.clone(),
            template: device.template.clone(),
            own: device.own.clone(),
            location: device.location.clone(),
            emergency_caller: device.emergency_caller.clone(),
            ..Self::new(device.model.clone())
        }
    }

    /// Whether the owner sets the phone up by hand: the box writes no file for it.
    pub fn is_by_hand(&self) -> bool {
        self.mac.is_none() || self.model.vendor() == super::Vendor::Generic
    }
}

/// What the box may give out next, never given before: numbers to count on from, and a seed for secrets.
#[derive(Clone)]
pub struct Fresh {
    /// The highest device number ever given.
    pub last_device: u32,
    /// The highest screen name ever given.
    pub last_screen_name: u16,
    /// True random bytes, for one use.
    pub seed: [u8; 32],
}

/// Prints the numbers and not the seed, from which secrets are made.
impl std::fmt::Debug for Fresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fresh")
            .field("last_device", &self.last_device)
            .field("last_screen_name", &self.last_screen_name)
            .finish_non_exhaustive()
    }
}
