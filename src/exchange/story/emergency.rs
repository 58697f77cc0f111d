//! Emergency calls: the ways out, what whoever answers learns, what the page and the log are told (B8).

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::exchange::Exchange;
use crate::exchange::call::{Exhausted, Identity, Opening, Route, Target, Told};
use crate::media::Prompt;
use crate::model::{
    CallId, CallKind, Change, Device, DeviceId, EmergencyFate, EmergencyNotice, EmergencyRoute, Event,
    ExtensionNumber, Now, Trunk,
};

use super::callers::Caller;
use super::calls::Invite;
use super::outside::host_in_uri;
use super::voice::Script;

impl Exchange {
    pub(super) fn route_emergency(&mut self, invite: &Invite<'_>, number: &str, now: Now) {
        let device = invite.caller.device;
        let out = self.way_out_for_help(device, number);
        let home = self.tenant_at(device);
        let extension = self.tenant(&home).emergency_extension.clone();
        let inside = extension
            .map(|extension| (self.targets_for_help(&extension, device, now), extension))
            .filter(|(targets, _)| !targets.is_empty());
        let mut ways = Vec::new();
        ways.extend(out.map(|target| (EmergencyRoute::Trunk, vec![target])));
        ways.extend(inside.map(|(targets, extension)| (EmergencyRoute::Extension(extension), targets)));
        let (routes, attempts): (Vec<_>, Vec<_>) = ways.into_iter().unzip();
        let facts = self.facts(invite, CallKind::Emergency, None);
        let call = if attempts.is_empty() {
            self.start_voice(invite, Opening::Early, Script::Refuse(Prompt::NoOutsideLine, 503), now)
        } else {
            let route = Route::Ring { attempts, exhausted: Exhausted::Announce };
            self.start(invite, route, facts, number.to_owned(), now)
        };
        match call {
            Some(call) => self.note_emergency(invite, (call, number), routes),
            None => self.note_refused_emergency(invite, number),
        }
        self.expect_call_back(device, now);
    }

    /// A call for help that could not be begun is told of all the same.
    pub(super) fn note_refused_emergency(&mut self, invite: &Invite<'_>, number: &str) {
        let call = self.calls.number();
        self.note_emergency(invite, (call, number), Vec::new());
    }

    fn note_emergency(
        &mut self,
        invite: &Invite<'_>,
        (call, number): (CallId, &str),
        routes: Vec<EmergencyRoute>,
    ) {
        let notice = EmergencyNotice {
            call,
            at: invite.at.wall,
            device: invite.caller.device,
            extension: invite.caller.user.clone(),
            number: number.to_owned(),
            outcome: routes.first().cloned().unwrap_or(EmergencyRoute::NoOutsideLine),
            fate: if routes.is_empty() { EmergencyFate::Unanswered } else { EmergencyFate::UnderWay },
        };
        self.emergencies.begin(notice, routes);
        self.tell_emergency(call);
    }

    /// The way out for a call for help: the first trunk of the desk's tenant of which it is known where it is. It is shown
    /// the desk's number and where the desk stands, whoever is logged in (B8).
    fn way_out_for_help(&self, device: DeviceId, number: &str) -> Option<Target> {
        let desk = self.directory.device(device)?;
        let trunks = &self.tenant(&desk.tenant).trunks;
        trunks.iter().find_map(|trunk| {
            let identity = Identity {
                number: number_for_help(desk, trunk),
                name: place_of(desk),
                domain: host_in_uri(&trunk.host),
            };
            self.trunk_target(trunk, number, Told { identity: Some(identity), ..Told::default() })
        })
    }

    /// A call has ended: where it was one for help, that is told, and the desk is called back from now on.
    pub(super) fn emergency_ended(&mut self, call: CallId, now: Now) {
        let facts = self.ledger.facts(call).filter(|facts| facts.kind == CallKind::Emergency);
        if let Some(device) = facts.and_then(|facts| facts.caller.device) {
            self.expect_call_back(device, now);
        }
        if self.emergencies.ended(call) {
            self.tell_emergency(call);
        }
    }

    /// The desk is called back by the number it shows, for a while from now (B8).
    pub(super) fn expect_call_back(&mut self, device: DeviceId, now: Now) {
        for number in self.numbers_for_help(device) {
            self.callbacks.expects(device, &number, now);
        }
    }

    /// The same for calls of before the start; the notices begin with the newest.
    pub(in crate::exchange) fn recall_callbacks(&mut self, notices: &[EmergencyNotice]) {
        for notice in notices.iter().rev() {
            for number in self.numbers_for_help(notice.device) {
                if let Some(at) = notice.at {
                    self.callbacks.recall(notice.device, &number, at);
                }
            }
        }
    }

    /// The numbers by which a desk may have called for help: one for each trunk of its tenant, and one inside.
    fn numbers_for_help(&self, device: DeviceId) -> BTreeSet<String> {
        let Some(desk) = self.directory.device(device) else { return BTreeSet::new() };
        let trunks = &self.tenant(&desk.tenant).trunks;
        let outside = trunks.iter().map(|trunk| number_for_help(desk, trunk));
        outside.chain([number_inside(desk)]).collect()
    }

    /// The phones that ring for a call for help inside: all that the extension has, those too that its user has silenced
    /// (rule 7, rule 2), but none that somebody has borrowed.
    fn targets_for_help(&self, extension: &ExtensionNumber, but: DeviceId, now: Now) -> Vec<Target> {
        let owned = self.directory.owned_by(extension).filter(|one| self.hotdesk.at(one.id).is_none());
        self.targets_among(owned.map(|one| one.id).chain(self.hotdesk.devices_of(extension)), Some(but), now)
    }

    /// Tells whoever listens, and keeps, how an emergency call stands.
    pub(super) fn tell_emergency(&mut self, call: CallId) {
        if let Some(notice) = self.emergencies.of(call).cloned() {
            self.keep(Change::Emergency(notice.clone()));
            self.tell(Event::Emergency(notice));
        }
    }

    /// What whoever answers a call for help inside learns: at which desk it is, and its number, by which it is called back
    /// whoever is logged in there (B8); and who calls, in words.
    pub(super) fn identity_for_help(&self, caller: &Caller) -> Identity {
        let identity = self.identity(caller);
        let Some(desk) = self.directory.device(caller.device) else { return identity };
        let mut parts = vec![identity.name.clone(), desk.title(), desk.location.clone()];
        parts.dedup();
        parts.retain(|part| !part.is_empty());
        Identity { name: parts.join(", "), number: number_inside(desk), ..identity }
    }

    /// The address by which somebody outside reaches the box: the one it is bound to, where it is bound to one of that
    /// family.
    pub(super) fn address_towards(&self, remote: IpAddr) -> IpAddr {
        let candidates =
            [self.settings.lan, Some(self.settings.sip_address), Some(self.settings.main_address)];
        let is_usable = |ip: &IpAddr| ip.is_ipv4() == remote.is_ipv4() && !ip.is_unspecified();
        candidates.into_iter().flatten().find(is_usable).unwrap_or(self.settings.main_address)
    }

    /// Nobody has answered: where that was a call for help, the caller is told in words.
    pub(super) fn handle_exhausted(&mut self, call: CallId, (status, rang): (u16, bool), now: Now) {
        let emergency = self.ledger.facts(call).is_some_and(|facts| facts.kind == CallKind::Emergency);
        if emergency && let Some(device) = self.ledger.facts(call).and_then(|facts| facts.caller.device) {
            if self.emergencies.leads_nowhere(call) {
                self.tell_emergency(call);
            }
            self.scripts.insert(call, Script::Refuse(Prompt::NoOutsideLine, 503));
            self.talking.insert(call, device);
            self.calls.announce(call, Opening::Early, now);
        } else {
            self.send_on(call, (status, rang), now);
        }
    }
}

/// The number a desk shows to the emergency services on a trunk: its own, else the trunk's.
fn number_for_help(desk: &Device, trunk: &Trunk) -> String {
    let own = desk.emergency_caller.clone().or_else(|| trunk.shown.clone()).or_else(|| trunk.user.clone());
    own.unwrap_or_else(|| desk.title_in_address())
}

/// The number a desk shows inside when it calls for help: its own, else its name.
fn number_inside(desk: &Device) -> String {
    desk.emergency_caller.clone().unwrap_or_else(|| desk.title_in_address())
}

/// Where a desk is, as well as the owner has said.
fn place_of(desk: &Device) -> String {
    if desk.location.is_empty() { desk.title() } else { desk.location.clone() }
}
