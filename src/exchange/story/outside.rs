//! The outside: calls that go out by a trunk, calls that come in by one, and what a trunk is shown.
//!
//! A call goes out by its user's trunk with its user's number, from the moment of the login to that of the logout (F14). A
//! call that comes in is let in by its address alone: what it dials is looked up among the numbers of that trunk and
//! nowhere else, so that it reaches no feature code (rule 1) and never goes out again. Where the extension it calls sends
//! it on, that is the extension's doing.

use std::net::{IpAddr, SocketAddr};

use crate::exchange::Exchange;
use crate::exchange::call::{Account, Exhausted, Identity, Route, Target, Told, Way};
use crate::exchange::cdr::Facts;
use crate::exchange::dialplan::emergency;
use crate::exchange::forwarding::{Journey, Place};
use crate::exchange::trunks;
use crate::model::{CallKind, DeviceId, ExtensionNumber, IdleCalls, Now, Party, TenantId, Trunk};
use crate::sip::flow::Flow;
use crate::sip::message::{Message, NameAddr};
use crate::sip::transaction::NewRequest;
use crate::sip::uri::{host_ip, host_of};

use super::calls::Invite;
use super::requests::user_here;
use super::ringing::{Arrived, Calling, Stop};

const ASSERTED: &str = "P-Asserted-Identity";

/// How much of a caller's number is shown, in characters.
const LONGEST_NUMBER: usize = 32;

impl Exchange {
    /// What was dialled is no code and no extension: a number outside, or nothing at all.
    pub(super) fn route_outside(&mut self, invite: &Invite<'_>, dialled: &str, now: Now) {
        let calling = self.calling(&invite.caller);
        let Some(number) = self.number_outside(&calling, dialled) else {
            return self.leads_nowhere(invite, None, 404, now);
        };
        let home = self.tenant_at(invite.caller.device);
        if let Some(help) = emergency::recognise(&number, self.tenant(&home)).map(str::to_owned) {
            return self.route_emergency(invite, &help, now);
        }
        if calling.user.is_none() && self.idle_calls_at(invite.caller.device) != IdleCalls::All {
            return self.leads_nowhere(invite, None, 403, now);
        }
        let facts = self.facts(invite, CallKind::Outside, None);
        self.set_out(&self.arrived(invite), calling, (facts, Place::Outside(number)), now);
    }

    /// The number outside that was dialled, where the caller has a trunk and it is one.
    pub(super) fn number_outside(&self, calling: &Calling, dialled: &str) -> Option<String> {
        let trunk =
            self.tenant(&calling.tenant).trunk(self.trunk_named_by(calling.user.as_ref()).as_deref())?;
        trunks::outside_number(dialled, trunk.prefix.as_deref())
    }

    /// Whom a call rings that goes out: the trunk of whoever sent it on, else of whoever makes it.
    pub(super) fn stop_outside(&self, number: &str, journey: &Journey, calling: &Calling) -> Option<Stop> {
        let payer = journey.diversion().map(|diversion| &diversion.by).or(calling.user.as_ref());
        let tenant = payer.map_or(&calling.tenant, ExtensionNumber::tenant);
        let trunk = self.tenant(tenant).trunk(self.trunk_named_by(payer).as_deref())?;
        let told = Told {
            identity: Some(Identity {
                number: match &calling.from_outside {
                    Some(number) => number.clone(),
                    None => self.shown_by(calling.user.as_ref(), trunk),
                },
                name: String::new(),
                domain: host_in_uri(&trunk.host),
            }),
            diversion: journey.diversion().map(|diversion| {
                let by = self.shown_by(Some(&diversion.by), trunk);
                let (host, reason) = (host_in_uri(&trunk.host), diversion.reason.word());
                format!("<sip:{by}@{host}>;reason={reason};counter={}", diversion.count)
            }),
            account: None,
        };
        let target = self.trunk_target(trunk, number, told)?;
        Some(Stop { targets: vec![target], exhausted: Exhausted::Answer })
    }

    /// The way out by a trunk, where it is known where that is.
    pub(super) fn trunk_target(&self, trunk: &Trunk, number: &str, told: Told) -> Option<Target> {
        let address = self.trunks.address_of(trunk)?;
        let local = SocketAddr::new(self.address_towards(address.ip()), self.settings.sip_port);
        let contact = format!("sip:{number}@{}:{}", host_in_uri(&trunk.host), trunk.port);
        let account = trunk.user.clone().zip(trunk.password.clone());
        let account = account.map(|(user, password)| Account { user, password });
        let flow = Flow::udp(local, address);
        Some(Target {
            device: None,
            ways: vec![Way { contact, path: Vec::new(), flow, told: Told { account, ..told } }],
        })
    }

    /// The number a user shows on a trunk: her own, else the trunk's, else its account.
    fn shown_by(&self, user: Option<&ExtensionNumber>, trunk: &Trunk) -> String {
        let own = user.and_then(|user| self.values_at(user).caller_id);
        let digits = || user.map_or("anonymous", ExtensionNumber::digits).to_owned();
        own.or_else(|| trunk.shown.clone()).or_else(|| trunk.user.clone()).unwrap_or_else(digits)
    }

    fn trunk_named_by(&self, user: Option<&ExtensionNumber>) -> Option<String> {
        user.and_then(|user| self.values_at(user).trunk)
    }

    /// Whether an INVITE comes from a trunk: from its address, and no phone lives at that very place.
    pub(super) fn is_from_trunk(&self, flow: &Flow) -> bool {
        let is_phone = || self.registrar.all().any(|bound| bound.flow.remote == flow.remote);
        self.trunks_at(flow.remote.ip()).next().is_some() && !is_phone()
    }

    fn trunks_at(&self, address: IpAddr) -> impl Iterator<Item = (&TenantId, &Trunk)> {
        let all = self.directory.office().tenants();
        let all = all.flat_map(|(tenant, settings)| settings.trunks.iter().map(move |trunk| (tenant, trunk)));
        all.filter(move |(_, trunk)| {
            self.trunks.address_of(trunk).is_some_and(|at| at.ip() == address.to_canonical())
        })
    }

    /// A call comes in by a trunk: for a number of that trunk, or back to a desk that has called for help.
    pub(super) fn handle_call_from_outside(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: Flow,
        now: Now,
    ) {
        let called: Vec<String> = [message.request_uri(), message.to().ok().map(|to| to.uri)]
            .into_iter()
            .flatten()
            .filter_map(|uri| user_here(uri)?.split(';').next().map(ToOwned::to_owned))
            .collect();
        // Some trunks ask for the box's account, and say in To who is called.
        let found = called.iter().find_map(|number| {
            let mut trunks = self.trunks_at(flow.remote.ip());
            trunks.find_map(|(tenant, trunk)| {
                let desks = self.desks_called_back(tenant, number, now);
                let callee = trunk.called_by(number);
                (callee.is_some() || !desks.is_empty())
                    .then(|| (tenant.clone(), number.clone(), callee.cloned(), desks))
            })
        });
        let prefix = self.trunks_at(flow.remote.ip()).next().and_then(|(_, trunk)| trunk.prefix.clone());
        let Ok(key) = self.layer.accept(new, message, now.mono) else {
            return self.overloaded(new, message, &flow);
        };
        let (tenant, number, callee, desks) = found
            .unwrap_or_else(|| (TenantId::FIRST, called.first().cloned().unwrap_or_default(), None, vec![]));
        let domain = self.tenant(&tenant).realm.clone();
        let (from, identity) = caller_outside(message, prefix.as_deref(), domain);
        let name = if identity.name.is_empty() { identity.number.clone() } else { identity.name.clone() };
        let arrived = Arrived { key, message, flow, device: None, identity };
        let dialled = number.chars().take(LONGEST_NUMBER).collect();
        let facts = Facts {
            caller: Party { extension: None, name, device: None },
            dialled,
            callee: callee.clone(),
            kind: CallKind::Outside,
        };
        if !desks.is_empty() {
            return self.call_back(&arrived, facts, &desks, now);
        }
        let calling = Calling { device: None, user: None, tenant, from_outside: Some(from) };
        match callee {
            Some(callee) => self.set_out(&arrived, calling, (facts, Place::Extension(callee)), now),
            None => self.turn_away(&arrived, facts, (404, "Not Found"), now),
        }
    }

    /// The desks of a tenant that are meant by a call-back to this number.
    fn desks_called_back(&self, tenant: &TenantId, number: &str, now: Now) -> Vec<DeviceId> {
        let desks = self.callbacks.desks_behind(number, now);
        desks.into_iter().filter(|desk| self.tenant_at(*desk) == *tenant).collect()
    }

    /// A phone calls back a desk that has called for help inside; `false` where that number means no such desk.
    pub(super) fn calls_back_inside(&mut self, invite: &Invite<'_>, now: Now) -> bool {
        let tenant = &invite.caller.tenant;
        let mut desks = self.desks_called_back(tenant, &invite.dialled, now);
        desks.retain(|desk| *desk != invite.caller.device);
        if desks.is_empty() {
            return false;
        }
        let callee = ExtensionNumber::within(tenant, &invite.dialled).ok();
        let callee = callee.filter(|number| self.directory.extension(number).is_some());
        let facts = self.facts(invite, CallKind::Internal, callee);
        self.call_back(&self.arrived(invite), facts, &desks, now);
        true
    }

    /// Somebody calls back who was called for help: the desk rings, whoever is logged in there, and with it whomever the
    /// number means by itself. Nothing limits that or sends it on (B8).
    fn call_back(&mut self, arrived: &Arrived<'_>, facts: Facts, desks: &[DeviceId], now: Now) {
        let mut targets: Vec<_> = desks.iter().filter_map(|desk| self.target_at(*desk, now)).collect();
        if let Some(callee) = &facts.callee {
            let others = self.targets_of(callee, None, now);
            targets.extend(
                others.into_iter().filter(|other| !desks.iter().any(|desk| other.device == Some(*desk))),
            );
        }
        if targets.is_empty() {
            return self.turn_away(arrived, facts, (480, "Temporarily Unavailable"), now);
        }
        let called = facts.dialled.clone();
        let facts = Facts { kind: CallKind::Emergency, ..facts };
        let route = Route::Ring { attempts: vec![targets], exhausted: Exhausted::Answer };
        self.open_call(arrived, route, (facts, called), now);
    }
}

/// Who calls from outside: the number as it is, and what phones are shown. A trunk is trusted with P-Asserted-Identity.
fn caller_outside(message: &Message<'_>, prefix: Option<&str>, domain: String) -> (String, Identity) {
    let asserted = message.header(ASSERTED).and_then(|value| NameAddr::parse(value, ASSERTED).ok());
    let address = asserted.or_else(|| message.from().ok());
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | '*' | '#');
    let user = address.as_ref().and_then(|address| user_here(address.uri)).unwrap_or_default();
    let number: String = user.split(';').next().unwrap_or_default().chars().filter(|c| fits(*c)).collect();
    let number: String = number.chars().take(LONGEST_NUMBER).collect();
    let number = if number.is_empty() { "anonymous".to_owned() } else { number };
    let name =
        address.and_then(|address| address.display().map(|name| name.into_owned())).unwrap_or_default();
    let name = name.chars().filter(|c| !c.is_control()).take(LONGEST_NUMBER).collect();
    let shown = trunks::inside_number(&number, prefix);
    (number, Identity { number: shown, name, domain })
}

/// A host as it stands in an address.
pub(super) fn host_in_uri(host: &str) -> String {
    host_ip(host).map_or_else(|| host.to_owned(), host_of)
}
