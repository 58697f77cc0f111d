//! Phones that come for their files: how they announce themselves, what they are told, when the open path closes.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::exchange::dialplan::{self, emergency};
use crate::exchange::{Exchange, Meant, Ours, discovery};
use crate::model::{
    Announcement, Device, DeviceAdmission, DeviceId, DeviceMode, Event, Extension, ExtensionNumber,
    Generation, Now, OpenPath, PhoneState, Secret,
};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::uri::host_of;

/// How long a phone that was accepted may fetch its file by the path without a secret.
pub const OPEN_FOR: Duration = Duration::from_secs(600);

/// How often phones register, in seconds.
const REGISTER_EVERY: u32 = 600;

/// The open path of one phone.
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    address: Option<IpAddr>,
    until: Instant,
}

impl Opening {
    /// When it closes by itself.
    pub fn until(&self) -> Instant {
        self.until
    }
}

impl Exchange {
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
        self.announce(&announcement);
        if let Some(notify) = discovery::notify(&message, &flow, &tag, &answer) {
            // No room for it now: the phone asks again.
            let _ = self.layer.send(Ours::Discovery, notify, flow, now.mono);
        }
    }

    fn announce(&mut self, announcement: &Announcement) -> DeviceId {
        let (device, changes) = self.directory.announced(announcement);
        if !changes.is_empty() {
            self.tell(Event::DeviceSeen { device });
        }
        for change in changes {
            self.keep(change);
        }
        device
    }

    /// What a phone is told that asks without a secret.
    pub fn open_path(&mut self, announcement: &Announcement, now: Now) -> OpenPath {
        let id = self.announce(announcement);
        let opening = self.openings.get(&id).copied();
        let is_open = opening.is_some_and(|opening| {
            now.mono < opening.until && opening.address.is_none_or(|address| address == announcement.address)
        });
        let state = self.directory.device(id).filter(|_| is_open).and_then(|device| self.state_of(device));
        let answer = match state {
            Some(state) => {
                // A phone that was let in before it was ever seen: from now on the path is open for this one alone.
                if let Some(opening) = self.openings.get_mut(&id) {
                    opening.address = Some(announcement.address);
                }
                OpenPath::Open(Box::new(state))
            }
            None => {
                if opening.is_none()
                    && let Some(change) = self.directory.waits_again(id)
                {
                    self.keep(change);
                    self.tell(Event::DeviceSeen { device: id });
                }
                OpenPath::Bootstrap
            }
        };
        self.refresh.asked(id);
        self.settle(now);
        answer
    }

    /// What the phone with this URL secret must be told. Its coming closes the open path.
    pub fn phone_state(&mut self, secret: &Secret, now: Now) -> Option<PhoneState> {
        let device = self.directory.device_by_url(secret)?;
        let (id, state) = (device.id, self.state_of(device));
        self.openings.remove(&id);
        self.refresh.asked(id);
        self.settle(now);
        state
    }

    /// A phone has its personal file, to the last byte.
    pub fn phone_fetched(&mut self, device: DeviceId, generation: Generation, now: Now) {
        self.refresh.fetched(device, generation);
        if let Some(change) = self.directory.fetched(device, generation) {
            self.keep(change);
        }
        self.settle(now);
    }

    /// Opens the path for a phone that has just been accepted, and tells it to come.
    pub(in crate::exchange) fn open_for(&mut self, device: DeviceId, address: Option<IpAddr>, now: Now) {
        self.openings.insert(device, Opening { address, until: now.mono + OPEN_FOR });
    }

    pub(in crate::exchange) fn close_openings(&mut self, now: Now) {
        self.openings.retain(|_, opening| now.mono < opening.until);
    }

    fn state_of(&self, device: &Device) -> Option<PhoneState> {
        let credential = device.current().filter(|_| device.is_provisioned())?;
        let settings = self.directory.settings();
        let user = self.user_of(device);
        let local = self.settings.lan.or(device.local_address).unwrap_or(self.settings.main_address);
        let url_secret = device.url_secret.as_ref()?;
        let host = host_of(local);
        let screen = match (&user, device.screen_name) {
            (Some(extension), _) => extension.number.to_string(),
            (None, Some(name)) => name.to_string(),
            (None, None) => device.title(),
        };
        let logged_in = self.hotdesk.at(device.id).is_some();
        Some(PhoneState {
            device: device.id,
            mac: device.mac?,
            model: device.model.clone(),
            generation: device.generation(),
            screen,
            display_name: user.map_or_else(|| settings.name.clone(), |extension| extension.name.clone()),
            account: credential.account.clone(),
            auth_name: credential.auth_name.clone(),
            password: credential.password.clone(),
            realm: settings.realm.clone(),
            server: (local, self.settings.sip_port),
            register_every: REGISTER_EVERY,
            provisioning_url: format!("http://{host}:{}/p/{}/", self.settings.web_port, url_secret.expose()),
            admin_password: device.admin_password.clone()?,
            language: settings.language,
            country: settings.country,
            timezone: settings.timezone.clone(),
            emergency_numbers: emergency::numbers(settings.country).into_iter().map(str::to_owned).collect(),
            keys: user.map(|extension| extension.keys.clone()).unwrap_or_default(),
            logout_code: dialplan::logout_code(&settings.plan).filter(|_| logged_in).map(str::to_owned),
        })
    }

    /// Who uses a device: the one logged in, or its owner.
    pub(in crate::exchange) fn user_of(&self, device: &Device) -> Option<&Extension> {
        let number: &ExtensionNumber = match &device.mode {
            DeviceMode::Owned(number) => number,
            DeviceMode::HotDesk | DeviceMode::Unassigned => &self.hotdesk.at(device.id)?.extension,
        };
        self.directory.extension(number)
    }

    /// The provisioning URL of a device, with its secret.
    pub(in crate::exchange) fn provisioning_url(&self, device: &Device) -> Option<Secret> {
        let secret = device.url_secret.as_ref().filter(|_| device.is_provisioned())?;
        let accepted = device.admission != DeviceAdmission::Waiting;
        let local = self.settings.lan.or(device.local_address).unwrap_or(self.settings.main_address);
        let url = format!("http://{}:{}/p/{}/", host_of(local), self.settings.web_port, secret.expose());
        accepted.then(|| Secret::new(url))
    }
}
