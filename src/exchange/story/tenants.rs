//! Which tenant is meant: by the domain of an address, by the digest user, by the device and its user (HOTDESK part 1).
//!
//! A domain names its tenant; an address of the box, or `perch.local`, means the tenant of the digest user, else the first
//! one. Nothing else crosses: a phone is heard in its own tenant, and while a guest of another tenant is logged in at it, in
//! the guest's too, whose plan then applies; emergency calls stay with the device's (rule 4).

use std::borrow::Cow;

use crate::exchange::Exchange;
use crate::exchange::directory::Speaker;
use crate::model::{DeviceId, ExtensionNumber, Feature, OfficeSettings, Plan, TenantId};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::uri::Uri;

/// Names of the box that are no tenant's.
const OWN_NAMES: [&str; 2] = ["perch.local", "localhost"];

impl Exchange {
    /// The settings of a tenant.
    pub(in crate::exchange) fn tenant(&self, tenant: &TenantId) -> &OfficeSettings {
        self.directory.office().settings_of(tenant)
    }

    /// The tenant whose realm a domain is.
    pub(super) fn tenant_named(&self, domain: &str) -> Option<TenantId> {
        let domain = domain.trim_end_matches('.');
        let mut all = self.directory.office().tenants();
        all.find(|(_, settings)| settings.realm.eq_ignore_ascii_case(domain))
            .map(|(tenant, _)| tenant.clone())
    }

    /// The tenant that a request is for: the one its address names, else that of its digest user, else the first.
    pub(super) fn tenant_asked(&self, message: &Message<'_>, uri: Option<&str>) -> TenantId {
        let named = uri.and_then(Uri::parse).and_then(|uri| self.tenant_named(uri.host));
        let by_user = || {
            let credentials =
                message.authorization(false).chain(message.authorization(true)).flatten().next()?;
            self.directory.known_as(&credentials.username).map(|known| self.tenant_at(known.who.device))
        };
        named.or_else(by_user).unwrap_or_default()
    }

    /// Whether an address names this box: a tenant's realm, `perch.local`, or an address of it.
    pub(in crate::exchange) fn is_ours_uri(&self, uri: &Uri<'_>, flow: &Flow) -> bool {
        self.is_box(uri, flow) || self.tenant_named(uri.host).is_some()
    }

    /// Whether an address names the box and no tenant.
    fn is_box(&self, uri: &Uri<'_>, flow: &Flow) -> bool {
        match uri.ip() {
            Some(ip) => {
                ip == flow.local.ip() || self.settings.lan == Some(ip) || ip == self.settings.main_address
            }
            None => OWN_NAMES.iter().any(|name| uri.host.trim_end_matches('.').eq_ignore_ascii_case(name)),
        }
    }

    /// Whether whoever speaks may address this: the box, the device's tenant, or that of the credentials.
    pub(super) fn is_in_reach(&self, uri: &Uri<'_>, speaker: &Speaker<'_>, flow: &Flow) -> bool {
        let named = || self.tenant_named(uri.host);
        self.is_box(uri, flow)
            || named().is_some_and(|tenant| tenant == speaker.device.tenant || tenant == *speaker.tenant())
    }

    /// The plan that applies at a phone: its user's, and the login and logout codes of the device's tenant besides.
    pub(super) fn plan_at(&self, device: DeviceId, user: Option<&ExtensionNumber>) -> Cow<'_, Plan> {
        let home = self.tenant_at(device);
        let tenant = user.map_or(&home, ExtensionNumber::tenant);
        let plan = &self.tenant(tenant).plan;
        if *tenant == home {
            return Cow::Borrowed(plan);
        }
        let is_new = |code: &str| plan.entries.iter().all(|entry| !entry.on || entry.code != code);
        let crosses = |feature| !matches!(feature, Feature::LoginByOwnExtension | Feature::Toggle);
        let others = self.tenant(&home).plan.entries.iter();
        let others = others.filter(|entry| entry.on && crosses(entry.feature) && is_new(&entry.code));
        Cow::Owned(Plan { entries: plan.entries.iter().chain(others).cloned().collect() })
    }
}
