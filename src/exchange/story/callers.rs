//! Callers: who an INVITE comes from, with which rights, what it may address, and what others see of the caller.
//!
//! Not here: where the call then goes (`calls`), what proves a caller (`admission`).

use crate::exchange::Exchange;
use crate::exchange::admission::Verdict;
use crate::exchange::call::Identity;
use crate::exchange::dialplan::emergency;
use crate::model::{Device, DeviceId, DeviceMode, ExtensionNumber, IdleCalls, Now, Party, TenantId};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::transaction::NewRequest;
use crate::sip::uri::Uri;

use super::requests::user_here;

/// Who calls, and with which rights.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The phone.
    pub(super) device: DeviceId,
    /// Who uses it: the one logged in, or its owner; nobody at an idle hot desk.
    pub(super) user: Option<ExtensionNumber>,
    /// In which tenant: the user's, else the device's.
    pub(super) tenant: TenantId,
}

/// The device an INVITE comes from.
pub(super) struct Entrant {
    pub(super) device: DeviceId,
    /// Whether it may call as whoever is at the desk.
    pub(super) serves_the_desk: bool,
    /// Whether it has proved to be the device.
    pub(super) is_proved: bool,
}

impl Exchange {
    /// The device an INVITE comes from; where nobody is let in, that has been said. HOTDESK B8: an emergency call from where
    /// a phone lives is not asked for a password.
    pub(super) fn let_in(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: &Flow,
        is_emergency: bool,
        now: Now,
    ) -> Option<Entrant> {
        let near = if is_emergency {
            let account = message.from().ok().and_then(|from| user_here(from.uri));
            self.registrar.device_near(flow.remote, account.as_deref(), now.mono)
        } else {
            None
        };
        let verdict = self.credentials_in(message, flow, now);
        if matches!(verdict, Verdict::Wanted(_))
            && let Some(device) = self.native_speaker(message, flow, now)
        {
            return Some(Entrant { device, serves_the_desk: true, is_proved: true });
        }
        let speaker = match (verdict, near) {
            (Verdict::Proved(speaker), _) => self.directory.speaker(speaker)?,
            (Verdict::Wanted(_), Some(device)) => {
                return Some(Entrant { device, serves_the_desk: true, is_proved: false });
            }
            (Verdict::Wanted(stale), None) => {
                self.challenge(new, message, flow, stale, now);
                return None;
            }
        };
        let (device, serves_the_desk) = (speaker.device.id, speaker.serves_the_desk());
        Some(Entrant { device, serves_the_desk, is_proved: true })
    }

    /// Who calls from a device.
    pub(super) fn caller_at(&self, device: &Device, desk_rights: bool) -> Caller {
        let user = match (self.hotdesk.at(device.id), &device.mode) {
            (Some(login), _) => Some(&login.extension).filter(|_| desk_rights),
            (None, DeviceMode::Owned(owner)) => Some(owner),
            (None, DeviceMode::HotDesk | DeviceMode::Unassigned) => None,
        };
        let tenant = user.map_or(&device.tenant, ExtensionNumber::tenant).clone();
        Caller { device: device.id, user: user.cloned(), tenant }
    }

    /// What a phone may call while nobody is logged in (rule 5).
    pub(super) fn idle_calls_at(&self, device: DeviceId) -> IdleCalls {
        let office = self.directory.office();
        let Some(device) = self.directory.device(device) else { return IdleCalls::EmergencyOnly };
        let own = office.values_of_device(device).idle_calls;
        own.unwrap_or(office.settings_of(&device.tenant).idle_calls)
    }

    /// Whether an address is one of this office's, or a number that is of none. A phone that has not followed yet addresses
    /// the tenant of the login before.
    pub(super) fn is_called_here(&self, uri: &str, caller: &Caller, flow: &Flow) -> bool {
        let scheme = uri.split(':').next().unwrap_or_default();
        let is_number = ["tel", "urn"].iter().any(|numbers| scheme.eq_ignore_ascii_case(numbers));
        let home = self.tenant_at(caller.device);
        is_number
            || Uri::parse(uri).is_some_and(|uri| match self.tenant_named(uri.host) {
                Some(tenant) => {
                    tenant == caller.tenant
                        || tenant == home
                        || self.directory.speaks_in(caller.device, &tenant)
                }
                None => self.is_ours_uri(&uri, flow),
            })
    }

    /// What was dialled at a phone of this tenant: the user part of a sip address, the number of a tel address, both without
    /// their parameters; for the emergency services (RFC 5031) the tenant's general number.
    pub(super) fn dialled_in(&self, uri: &str, home: &TenantId) -> Option<String> {
        let (scheme, rest) = uri.split_once(':')?;
        if scheme.eq_ignore_ascii_case("urn") {
            return emergency::number_of_service(rest, self.tenant(home)).map(ToString::to_string);
        }
        let number = if scheme.eq_ignore_ascii_case("tel") { Some(rest.to_owned()) } else { user_here(uri) };
        number.map(|number| number.split(';').next().unwrap_or_default().to_owned())
    }

    /// Whether any tenant would take an address for a call for help: whose phone it comes from is not known yet.
    pub(super) fn is_dialled_for_help(&self, uri: &str) -> bool {
        self.directory.office().tenants().any(|(tenant, settings)| {
            let dialled = self.dialled_in(uri, tenant);
            dialled.is_some_and(|dialled| emergency::recognise_dialled(&dialled, settings).is_some())
        })
    }

    /// What callees see of a caller: number and name of the user, whatever the phone claims (B1, P33).
    pub(super) fn identity(&self, caller: &Caller) -> Identity {
        let domain = self.tenant(&caller.tenant).realm.clone();
        let party = self.party(caller);
        let number = match (&party.extension, self.directory.device(caller.device)) {
            (Some(extension), _) => extension.digits().to_owned(),
            (None, Some(device)) => device.title_in_address(),
            (None, None) => "anonymous".to_owned(),
        };
        Identity { number, name: party.name, domain }
    }

    pub(super) fn party(&self, caller: &Caller) -> Party {
        let extension = caller.user.as_ref().and_then(|number| self.directory.extension(number));
        let title = || self.directory.device(caller.device).map(Device::title).unwrap_or_default();
        Party {
            extension: caller.user.clone(),
            name: extension.map_or_else(title, |extension| extension.name.clone()),
            device: Some(caller.device),
        }
    }
}
