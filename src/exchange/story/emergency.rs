//! Emergency calls: the ways out, what whoever answers learns, what the page and the log are told (B8).

use std::net::{IpAddr, SocketAddr};

use crate::exchange::Exchange;
use crate::exchange::call::{Exhausted, Identity, Opening, Route, Target, Told, Way};
use crate::media::Prompt;
use crate::model::{
    CallId, CallKind, Change, Device, EmergencyFate, EmergencyNotice, EmergencyRoute, Event, Now,
};
use crate::sip::flow::Flow;
use crate::sip::uri::{host_ip, host_of};

use super::callers::Caller;
use super::calls::Invite;
use super::voice::Script;

impl Exchange {
    pub(super) fn route_emergency(&mut self, invite: &Invite<'_>, number: &str, now: Now) {
        let trunk = self.trunk_target(number);
        let extension = self.directory.settings().emergency_extension.clone();
        let inside = extension
            .map(|extension| (self.targets_of(&extension, Some(invite.caller.device), now), extension))
            .filter(|(targets, _)| !targets.is_empty());
        let mut ways = Vec::new();
        ways.extend(trunk.map(|target| (EmergencyRoute::Trunk, vec![target])));
        ways.extend(inside.map(|(targets, extension)| (EmergencyRoute::Extension(extension), targets)));
        let (routes, attempts): (Vec<_>, Vec<_>) = ways.into_iter().unzip();
        let facts = self.facts(invite, CallKind::Emergency, None);
        let call = if attempts.is_empty() {
            self.start_voice(invite, Opening::Early, Script::Refuse(Prompt::NoOutsideLine, 503), now)
        } else {
            let route = Route::Ring { attempts, exhausted: Exhausted::Announce };
            self.start(invite, route, facts, number.to_owned(), now)
        };
        let Some(call) = call else { return };
        let notice = EmergencyNotice {
            call,
            at: now.wall,
            device: invite.caller.device,
            extension: invite.caller.user.clone(),
            number: number.to_owned(),
            outcome: routes.first().cloned().unwrap_or(EmergencyRoute::NoOutsideLine),
            fate: if routes.is_empty() { EmergencyFate::Unanswered } else { EmergencyFate::UnderWay },
        };
        self.emergencies.begin(notice, routes);
        self.tell_emergency(call);
    }

    /// The way out by the trunk, where there is one and it is known where it leads.
    fn trunk_target(&self, number: &str) -> Option<Target> {
        let (address, trunk) = self.trunk.zip(self.directory.settings().trunk.as_ref())?;
        let local = SocketAddr::new(self.address_towards(address.ip()), self.settings.sip_port);
        let host = host_ip(&trunk.host).map_or_else(|| trunk.host.clone(), host_of);
        let contact = format!("sip:{number}@{host}:{}", trunk.port);
        let way = Way { contact, path: vec![], flow: Flow::udp(local, address), told: Told::default() };
        Some(Target { device: None, ways: vec![way] })
    }

    /// Tells whoever listens, and keeps, how an emergency call stands.
    pub(super) fn tell_emergency(&mut self, call: CallId) {
        if let Some(notice) = self.emergencies.of(call).cloned() {
            self.keep(Change::Emergency(notice.clone()));
            self.tell(Event::Emergency(notice));
        }
    }

    /// The same for an emergency call: whoever answers must learn at which desk it is (B8).
    pub(super) fn identity_for_help(&self, caller: &Caller) -> Identity {
        let identity = self.identity(caller);
        let desk = self.directory.device(caller.device).map(Device::title).unwrap_or_default();
        let name = if identity.name == desk { desk } else { format!("{}, {desk}", identity.name) };
        Identity { name, ..identity }
    }

    /// The address by which somebody outside reaches the box: the one it is bound to, where it is bound to one of that
    /// family.
    fn address_towards(&self, remote: IpAddr) -> IpAddr {
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
