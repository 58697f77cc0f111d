//! Phones that come for their files: how they announce themselves, what they are told, when the open path closes.

use std::net::IpAddr;

use crate::exchange::{Exchange, Meant, Ours, Output, discovery};
use crate::model::{
    Announcement, DeviceAdmission, DeviceId, Event, Generation, ModelName, Now, OpenPath, PhoneState, Secret,
    Sighting,
};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::method::Method;
use crate::sip::transaction::NewRequest;

impl Exchange {
    /// A phone announces itself to this box alone.
    pub(super) fn handle_announcement(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: Flow,
        now: Now,
    ) {
        if !self.newcomers.may_announce(flow.remote.ip(), now.mono) {
            return self.overloaded(new, message, &flow);
        }
        // Answered when it is known who asks.
        let request = message.raw().to_vec().into();
        self.outputs.push_back(Output::Discovered { flow, request, meant: Meant::Box });
    }

    /// A message that was said to everybody: phones that announce themselves are heard, nothing else is.
    pub(in crate::exchange) fn handle_announced(&mut self, flow: Flow, bytes: &[u8], now: Now) {
        let Ok(message) = Message::parse(bytes) else { return };
        let is_heard = message.method() == Some(Method::Subscribe) && announces_itself(&message);
        if is_heard && message.validate().is_ok() && self.newcomers.may_announce(flow.remote.ip(), now.mono) {
            let request = bytes.to_vec().into();
            self.outputs.push_back(Output::Discovered { flow, request, meant: Meant::Anybody });
        }
    }

    /// A phone that announced itself is answered, and waits if it is new. One that nobody here knows is told so, if it
    /// asked this box and no other.
    pub(in crate::exchange) fn handle_discovery(
        &mut self,
        flow: Flow,
        request: &[u8],
        (meant, found): (Meant, Option<(Announcement, String)>),
        now: Now,
    ) {
        let Ok(message) = Message::parse(request) else { return };
        let tag = self.admission.tag(&message);
        let response = match (&found, meant) {
            (Some(_), _) => discovery::accepted(&message, &flow, &tag),
            (None, Meant::Box) => self.bad_event(&message, &flow),
            (None, Meant::Anybody) => return,
        };
        let reply = message.via_top().map(|via| crate::sip::flow::response_target(&via, &flow));
        self.layer.transmit(reply.map_or(flow, |target| flow.towards(target)), response.to_bytes().into());
        let Some((announcement, answer)) = found else { return };
        if self.announce(&announcement, now).is_err() {
            return;
        }
        if let Some(notify) = discovery::notify(&message, &flow, &tag, &answer) {
            // No room for it now: the phone asks again.
            let _ = self.layer.send(Ours::Discovery, notify, flow, now.mono);
        }
    }

    /// Notes that a phone has shown itself; an error, in seconds, where its place has brought too many lately.
    fn announce(&mut self, announcement: &Announcement, now: Now) -> Result<DeviceId, u64> {
        if self.directory.device_with(announcement.mac).is_none() {
            self.newcomers.bring(announcement.sighting.address, now.mono)?;
        }
        let (device, changes) = self.directory.announced(announcement);
        if !changes.is_empty() {
            // One that the owner has let in has only told where it is.
            let waits = self.directory.device(device).is_none_or(|device| device.admission.is_waiting());
            self.tell(if waits { Event::DeviceSeen { device } } else { Event::DeviceChanged { device } });
        }
        for change in changes {
            self.keep(change);
        }
        Ok(device)
    }

    /// What a phone is told that asks without a secret.
    pub fn open_path(&mut self, announcement: &Announcement, now: Now) -> OpenPath {
        let from = announcement.sighting;
        let id = match self.announce(announcement, now) {
            Ok(id) => id,
            Err(seconds) => return OpenPath::Later { seconds },
        };
        let is_let_in = self.directory.device(id).is_some_and(|device| device.admission.is_let_in());
        if is_let_in && self.openings.admits(id, &from, now.mono) {
            if let Some(learnt) = self.directory.says_its_model(id, &announcement.model) {
                self.keep(learnt);
            }
            if from.reads {
                self.refresh.asked(id);
            }
            if let Some(state) = self.directory.device(id).and_then(|device| self.state_of(device)) {
                return OpenPath::Open(Box::new(state));
            }
        } else if is_let_in && from.reads && !self.openings.is_settled(id, now.mono) {
            self.openings.claim(id, from);
            if let Some(change) = self.directory.waits_again(id) {
                self.keep(change);
                self.tell(Event::DeviceSeen { device: id });
            }
        }
        self.settle(now);
        OpenPath::Bootstrap
    }

    /// What the phone with this URL secret must be told, which came so and says it is of that model. Its coming closes the
    /// open path.
    pub fn phone_state(
        &mut self,
        secret: &Secret,
        (from, model): (Sighting, Option<&ModelName>),
        now: Now,
    ) -> Option<PhoneState> {
        let id = self.directory.device_by_url(secret)?.id;
        if from.reads {
            if let Some(learnt) = model.and_then(|model| self.directory.says_its_model(id, model)) {
                self.keep(learnt);
            }
            self.handle_proof(id, from.address, from.local);
            self.refresh.asked(id);
        }
        let state = self.directory.device(id).and_then(|device| self.state_of(device));
        self.settle(now);
        state
    }

    /// A phone has proved to be the one that was let in: it is there, and nobody comes without the secret any more.
    pub(in crate::exchange) fn handle_proof(&mut self, id: DeviceId, address: IpAddr, local: IpAddr) {
        self.openings.close(id);
        let before = self.directory.device(id).map(|device| device.admission);
        if let Some(change) = self.directory.proved(id, address, local) {
            self.keep(change);
        }
        if before.is_some_and(|before| before != DeviceAdmission::Accepted) {
            self.tell(Event::DeviceChanged { device: id });
        }
    }

    /// A phone has its personal file, to the last byte.
    pub fn phone_fetched(&mut self, device: DeviceId, generation: Generation, now: Now) {
        self.refresh.fetched(device, generation);
        if let Some(change) = self.directory.fetched(device, generation) {
            self.keep(change);
        }
        self.settle(now);
    }
}

/// Whether it is a phone's SUBSCRIBE for what it is to be told (PHONES A3).
pub(super) fn announces_itself(message: &Message<'_>) -> bool {
    let package = message.header("Event").and_then(|event| event.split(';').next());
    package.is_some_and(|package| package.trim().eq_ignore_ascii_case("ua-profile"))
}
