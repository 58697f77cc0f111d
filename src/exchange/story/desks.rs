//! What a login changes: the device's account, what the phone is told, who hears of it; and how the phone follows.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::exchange::hotdesk::Turn;
use crate::exchange::presence::Reason;
use crate::exchange::refresh::notify::{self, Addressee};
use crate::exchange::refresh::{self, Reach};
use crate::exchange::registrar::{self, Registrant};
use crate::exchange::{Exchange, NotifyUnderWay, Ours, PROBE_EVERY};
use crate::model::{
    AccountPurpose, Change, Device, DeviceAdmission, DeviceId, DeviceMode, Event, Login, LoginMethod, Now,
    RefreshMethod,
};
use crate::sip::flow::{DEFAULT_PORT, Flow};
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request};
use crate::sip::uri::host_of;

impl Exchange {
    /// Goes on where the box stopped: logins that no restart survives end, phones that had not followed yet are told again, those that have not come since they
    /// were accepted may come again without their secret, and every stored binding is asked whether it still lives (HOTDESK
    /// B11).
    pub(in crate::exchange) fn begin(&mut self, now: Now) {
        let ended = self.end_logins_of_before();
        let devices = || self.directory.office().devices.values();
        let is_expected = |one: &&Device| one.admission == DeviceAdmission::Expected && one.is_provisioned();
        let expected: Vec<_> = devices().filter(is_expected).map(|one| (one.id, one.address)).collect();
        let is_behind = |one: &&Device| one.credentials.len() > 1 || is_expected(one);
        let behind: Vec<_> =
            devices().filter(is_behind).map(|one| one.id).filter(|id| !ended.contains(id)).collect();
        self.stranded = self.silent_phones(now);
        let desks: Vec<_> = self.hotdesk.all().into_iter().map(|login| login.device).collect();
        desks.into_iter().for_each(|device| self.note_loan(device));
        for (device, address) in expected {
            self.openings.open(device, address, now.mono);
        }
        for device in behind {
            self.refresh_phone(device, now);
        }
        let stored = self.registrar.all().map(|bound| (bound.binding.device, bound.binding.contact.clone()));
        self.probes = stored.collect();
        self.next_probe = self.probes.front().map(|_| now.mono + PROBE_EVERY);
        self.find_trunks();
        self.settle(now);
    }

    /// The phones that nobody has heard of since they were to become others: perhaps they can call nobody (rule 9).
    fn silent_phones(&self, now: Now) -> BTreeSet<DeviceId> {
        let is_behind =
            |one: &&Device| one.credentials.len() > 1 && one.admission != DeviceAdmission::Expected;
        let behind = self.directory.office().devices.values().filter(is_behind).map(|one| one.id);
        behind.filter(|device| !self.registrar.is_reachable(*device, now.mono)).collect()
    }

    /// A login was made or has ended.
    pub(in crate::exchange) fn handle_desk_turn(&mut self, turn: Turn, now: Now) {
        // A phone's own function has set it up for its user already, and sets it back.
        let by_itself = |login: &Login| login.method == LoginMethod::PhoneNative;
        let (Turn::LoggedIn(login) | Turn::LoggedOut(login, _)) = &turn;
        let (is_native, login_then) = (by_itself(login), login.clone());
        if let (Turn::LoggedOut(_, reason), true) = (&turn, is_native) {
            self.handle_native_end(&login_then, *reason, now);
        }
        let is_login = matches!(turn, Turn::LoggedIn(_));
        self.audit_turn(&turn, now);
        let (device, purpose, change, event) = match turn {
            Turn::LoggedIn(login) => {
                self.endings.login(login.device, now.mono);
                self.note_loan(login.device);
                let purpose = AccountPurpose::Login(login.extension.clone());
                let (extension, device, method) = (login.extension.clone(), login.device, login.method);
                (device, purpose, Change::LoggedIn(login), Event::LoggedIn { extension, device, method })
            }
            Turn::LoggedOut(login, reason) => {
                self.note_untold(&login.extension, reason);
                self.endings.logout(login.device);
                let (extension, device) = (login.extension, login.device);
                let event = Event::LoggedOut { extension, device, reason };
                (device, self.purpose_without_login(device), Change::LoggedOut(login.id, reason), event)
            }
        };
        self.tell(event);
        // What the phone has shown to whoever was there is not for whoever is there now (B10).
        self.presence.end_of(device, Reason::Deactivated, now.mono);
        // The journal's entry and the phone's new credentials first, the login last: once the login is on the disc, so is
        // what belongs to it.
        let is_desk =
            self.directory.device(device).is_some_and(|device| device.mode != DeviceMode::Unassigned);
        let renewed =
            if is_desk && !is_native { self.directory.renew(device, purpose, &mut self.rng) } else { None };
        if let Some(renewed) = renewed {
            self.keep(renewed);
        }
        self.keep(change);
        match (is_login, is_native) {
            // What it was to fetch before is not for whoever is there now.
            (true, true) => {
                self.refresh.forget(device);
                self.take_notify_back(device);
            }
            (true, false) => self.refresh_phone_when_saved(device),
            (false, _) => self.refresh_phone(device, now),
        }
    }

    /// Notes where a login is at a phone that somebody else owns.
    fn note_loan(&mut self, device: DeviceId) {
        let is_owned = |one: &Device| matches!(one.mode, DeviceMode::Owned(_));
        if self.directory.device(device).is_some_and(is_owned) {
            self.endings.lent(device);
        }
    }

    /// What a device's account is for while nobody is logged in: a borrowed phone returns to its owner (B7).
    fn purpose_without_login(&self, device: DeviceId) -> AccountPurpose {
        match self.directory.device(device).map(|device| &device.mode) {
            Some(DeviceMode::Owned(owner)) => AccountPurpose::Owned(owner.clone()),
            Some(DeviceMode::HotDesk | DeviceMode::Unassigned) | None => AccountPurpose::Idle,
        }
    }

    /// Begins to tell a phone that its file has changed.
    pub(in crate::exchange) fn refresh_phone(&mut self, id: DeviceId, now: Now) {
        let Some(device) = self.directory.device(id) else { return };
        let reach = match self.refresh_method(device) {
            Some(RefreshMethod { patience, .. }) => Reach::Provisioned { patience },
            None => Reach::ByHand,
        };
        let generation = device.generation();
        self.take_notify_back(id);
        self.refresh.begin(id, generation, reach, self.calls.is_in_call(id), now.mono);
    }

    /// The same, once the login that has changed it is saved (B1).
    fn refresh_phone_when_saved(&mut self, id: DeviceId) {
        let Some(generation) = self.directory.device(id).map(Device::generation) else { return };
        self.take_notify_back(id);
        self.refresh.expect(id, generation);
    }

    /// No copy of the NOTIFY under way to a phone goes out any more.
    pub(super) fn take_notify_back(&mut self, id: DeviceId) {
        if let Some(under_way) = self.notifies.remove(&id) {
            self.layer.abandon(under_way.client);
        }
    }

    /// A phone has registered.
    pub(in crate::exchange) fn handle_registered(
        &mut self,
        registrant: Registrant,
        current: bool,
        was_reachable: bool,
        flow: &Flow,
        now: Now,
    ) {
        let device = registrant.device;
        if current {
            self.registrar.keep_only(device, &registrant.account);
        }
        if let Some(change) = self.directory.settle(device, registrant.generation) {
            self.keep(change);
        }
        self.refresh.registered(device, registrant.generation, now.mono);
        self.stranded.remove(&device);
        self.handle_proof(device, flow.remote.ip(), flow.local.ip());
        if !was_reachable {
            self.tell(Event::DeviceReachable { device, reachable: true });
        }
    }

    /// A binding was made or is gone.
    pub(in crate::exchange) fn handle_binding_turn(&mut self, turn: registrar::Turn, now: Now) {
        match turn {
            registrar::Turn::Bound(binding) => {
                self.keep(Change::Bound(*binding));
            }
            registrar::Turn::Unbound { device, contact } => {
                self.keep(Change::Unbound { device, contact });
                self.handle_native_unbound(device, now);
                if !self.registrar.is_reachable(device, now.mono) {
                    self.tell(Event::DeviceReachable { device, reachable: false });
                }
            }
        }
    }

    /// What following a phone asks for.
    pub(in crate::exchange) fn handle_refresh_output(&mut self, output: refresh::Output, now: Now) {
        match output {
            refresh::Output::Notify(device) => self.notify_phone(device, now),
            refresh::Output::Reached(device, stage) => self.tell(Event::StageReached { device, stage }),
            refresh::Output::Late(device) => self.tell(Event::PhoneLate { device }),
        }
    }

    /// Sends a phone its NOTIFY, after a call it is in: to its newest contact, or, if it has never registered, to where it was
    /// last seen.
    fn notify_phone(&mut self, id: DeviceId, now: Now) {
        if !self.refresh.is_asking(id) {
            return;
        }
        if self.calls.is_in_call(id) {
            return self.refresh.wait_for_call(id);
        }
        let token = self.token();
        let prepared = self.directory.device(id).and_then(|device| {
            let method = self.refresh_method(device)?;
            let addressee = self.addressee(device, now)?;
            let request = notify::notify(&addressee, &method, &token);
            Some((request, addressee.flow, device.generation()))
        });
        let Some((request, flow, generation)) = prepared else {
            return self.refresh.notify_ended(id, now.mono);
        };
        let Ok(client) = self.layer.send(Ours::Refresh(id), request.clone(), flow, now.mono) else {
            return self.refresh.notify_ended(id, now.mono);
        };
        self.notifies.insert(id, NotifyUnderWay { client, request, flow, generation, challenged: false });
    }

    /// A phone that has begun a call hears no copy of its NOTIFY any more, and is told anew after it (B3). `false` where there
    /// was none.
    pub(in crate::exchange) fn withhold_notifies(&mut self) -> bool {
        let Some(id) = self.notifies.keys().copied().find(|id| self.calls.is_in_call(*id)) else {
            return false;
        };
        self.take_notify_back(id);
        self.refresh.wait_for_call(id);
        true
    }

    fn addressee(&self, device: &Device, now: Now) -> Option<Addressee> {
        if let Some(bound) = self.registrar.of_device(device.id, now.mono).first() {
            let account = &bound.binding.account;
            let aor = format!("sip:{}@{}", account.user(), self.tenant(&account.tenant()).realm);
            let (contact, path) = (bound.binding.contact.clone(), bound.binding.path.clone());
            return Some(Addressee { contact, path, flow: bound.flow, aor });
        }
        let (address, local) = (device.address?, device.local_address?);
        let flow = Flow::udp((local, self.settings.sip_port).into(), (address, DEFAULT_PORT).into());
        let contact = format!("sip:{}:{DEFAULT_PORT}", host_of(address));
        let user = device.current().map_or("phone", |credential| credential.account.as_str());
        let realm = &self.tenant(&device.tenant).realm;
        Some(Addressee { contact, path: vec![], flow, aor: format!("sip:{user}@{realm}") })
    }

    /// A phone has answered its NOTIFY; one that asks for credentials gets those it knows.
    pub(in crate::exchange) fn handle_notify_answer(
        &mut self,
        id: DeviceId,
        response: &Message<'_>,
        now: Now,
    ) {
        if response.status().is_none_or(|status| status < 200) {
            return;
        }
        let cnonce = self.token();
        let under_way = self.notifies.remove(&id);
        let again = under_way.filter(|one| !one.challenged).and_then(|one| {
            let device = self.directory.device(id)?;
            // The phone knows the credentials it has registered with, not those it is about to fetch.
            let bound = self.registrar.of_device(id, now.mono).first().map(|bound| bound.binding.generation);
            let generation = bound.unwrap_or(one.generation);
            let credential =
                device.credentials.iter().find(|credential| credential.generation == generation)?;
            let request = notify::answered(&one.request, response, credential, &cnonce)?;
            let sent = self.layer.send(Ours::Refresh(id), request.clone(), one.flow, now.mono);
            sent.ok().map(|client| NotifyUnderWay { client, request, challenged: true, ..one })
        });
        match again {
            Some(again) => drop(self.notifies.insert(id, again)),
            None => self.refresh.notify_ended(id, now.mono),
        }
    }

    /// Asks the next stored binding whether its phone lives: a few a second, so that a restart is no storm.
    pub(in crate::exchange) fn probe(&mut self, now: Now) {
        if self.next_probe.is_none_or(|at| at > now.mono) {
            return;
        }
        let next = self.probes.pop_front();
        self.next_probe = self.probes.front().map(|_| now.mono + PROBE_EVERY);
        let Some((device, contact)) = next else { return };
        let found =
            self.registrar.of_device(device, now.mono).into_iter().find(|one| one.binding.contact == contact);
        let Some((flow, path)) = found.map(|bound| (bound.flow, bound.binding.path.clone())) else { return };
        let token = self.token();
        let host = host_of(flow.local.ip());
        let mut request = Request::new(Method::Options, contact.clone());
        for path in path {
            request.push("Route", path);
        }
        let request = request
            .with("Max-Forwards", "70")
            .with("From", format!("<sip:perch@{host}>;tag={token}"))
            .with("To", format!("<{contact}>"))
            .with("Call-ID", format!("{token}@{host}"))
            .with("CSeq", "1 OPTIONS")
            .with("Contact", format!("<sip:perch@{host}:{}>", flow.local.port()))
            .with("Accept", "application/sdp");
        // No room now means no question now; the binding rings without it.
        let _ = self.layer.send(Ours::Probe(device, contact), request, flow, now.mono);
    }

    pub(in crate::exchange) fn refresh_method(&self, device: &Device) -> Option<RefreshMethod> {
        if device.is_provisioned() { (self.settings.facts)(&device.model).refresh } else { None }
    }

    /// How long a phone is given to follow, where it is told at all.
    pub(in crate::exchange) fn patience(&self, device: &Device) -> Option<Duration> {
        self.refresh_method(device).map(|method| method.patience)
    }
}
