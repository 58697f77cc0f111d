//! The directory: the office as it is, and who is meant by a name that comes from the network.
//!
//! Owns the [`Office`] and the indexes over it, adopts every [`Change`] of settings, extensions and devices, and makes
//! what only the running box can make: numbers never given before, credentials, secrets. What it makes itself it hands
//! out as changes too, so that they are kept.
//!
//! Not here: logins (`hotdesk`), where devices can be reached (`registrar`).

mod speaker;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use rand::{Rng, RngExt};
use rustc_hash::FxBuildHasher;

use crate::model::{
    AccountPurpose, Announcement, Change, Credential, Device, DeviceAdmission, DeviceId, DeviceMode,
    Extension, ExtensionNumber, Fresh, Generation, Mac, ModelName, Office, OfficeSettings, Secret, Sighting,
    TenantId,
};
use crate::sip::digest::Halves;
use speaker::tenant_of;
pub use speaker::{KnownName, Speaker, SpeakerId};

/// How many phones may wait to be accepted; beyond that the one that waits longest is forgotten.
pub const MAX_WAITING: usize = 256;

/// The office and its indexes.
#[derive(Debug, Default)]
pub struct Directory {
    office: Office,
    by_auth_name: HashMap<String, Named, ByName>,
    by_mac: BTreeMap<Mac, DeviceId>,
    last_device: u32,
    last_screen_name: u16,
}

/// Whose a digest user name is, and what proves it.
#[derive(Debug)]
struct Named {
    speaker: SpeakerId,
    halves: Halves,
}

/// Digest names are made by the box or said by its owner: nobody else can choose them so that they collide.
type ByName = FxBuildHasher;

impl Directory {
    /// The directory as it was stored, with the highest numbers ever given.
    pub fn restored(office: Office, last_device: u32, last_screen_name: u16) -> Self {
        let mut directory = Self { office, last_device, last_screen_name, ..Self::default() };
        directory.index_all();
        directory
    }

    /// The whole office.
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// The settings.
    pub fn settings(&self) -> &OfficeSettings {
        &self.office.settings
    }

    /// An extension by its number.
    pub fn extension(&self, number: &ExtensionNumber) -> Option<&Extension> {
        self.office.extensions.get(number)
    }

    /// Whether an extension may log in at hot-desk phones (K21); `None` where there is no such extension.
    pub fn roams(&self, number: &ExtensionNumber) -> Option<bool> {
        self.extension(number).map(|extension| self.office.values_of(extension).may_hotdesk())
    }

    /// A device by its id.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.office.devices.get(&id)
    }

    /// A device by its hardware address.
    pub fn device_with(&self, mac: Mac) -> Option<&Device> {
        self.by_mac.get(&mac).and_then(|id| self.device(*id))
    }

    /// A device by the secret of its provisioning URL.
    pub fn device_by_url(&self, secret: &Secret) -> Option<&Device> {
        // Compared with every device in constant time each: no early end tells how much was right.
        let mut found = None;
        for device in self.office.devices.values() {
            if device.url_secret.as_ref().is_some_and(|own| own == secret) {
                found = Some(device);
            }
        }
        found
    }

    /// Who has this digest user name, with what proves it in the realm of the tenant it belongs to.
    pub fn known_as(&self, auth_name: &str) -> Option<KnownName<'_>> {
        let Named { speaker: who, halves } = self.by_auth_name.get(auth_name)?;
        let speaker = self.speaker(*who)?;
        let realm = &self.office.settings_of(speaker.tenant()).realm;
        Some(KnownName { who: *who, password: &speaker.credential.password, halves, realm })
    }

    /// Whether a device has credentials that speak in a tenant: its own, or that of a user who is or was there.
    pub fn speaks_in(&self, device: DeviceId, tenant: &TenantId) -> bool {
        self.device(device).is_some_and(|device| {
            device.credentials.iter().any(|credential| tenant_of(device, credential) == tenant)
        })
    }

    /// Who speaks by these credentials.
    pub fn speaker(&self, id: SpeakerId) -> Option<Speaker<'_>> {
        let device = self.device(id.device).filter(|device| device.admission.is_let_in())?;
        let credential =
            device.credentials.iter().find(|credential| credential.generation == id.generation)?;
        Some(Speaker { device, credential })
    }

    /// The devices an extension owns.
    pub fn owned_by<'a>(&'a self, number: &'a ExtensionNumber) -> impl Iterator<Item = &'a Device> {
        let owns =
            move |device: &&Device| matches!(&device.mode, DeviceMode::Owned(owner) if owner == number);
        self.office.devices.values().filter(owns)
    }

    /// The number of a device to be made.
    pub fn next_device(&self) -> DeviceId {
        DeviceId(self.last_device + 1)
    }

    /// What may be given out next.
    pub fn fresh(&self, rng: &mut impl Rng) -> Fresh {
        Fresh { last_device: self.last_device, last_screen_name: self.last_screen_name, seed: rng.random() }
    }

    /// Takes in a change of settings, extensions or devices; any other change is none of its business.
    pub fn adopt(&mut self, change: &Change) {
        match change {
            Change::Settings(settings) => {
                let had = std::mem::replace(&mut self.office.settings, settings.clone());
                if had.realm != settings.realm {
                    self.index_all();
                }
            }
            Change::Extension(extension) => {
                self.office.extensions.insert(extension.number.clone(), extension.clone());
            }
            Change::Tenant(tenant, settings) => {
                let had = self.office.others.insert(tenant.clone(), (**settings).clone());
                if had.is_some_and(|had| had.realm != settings.realm) {
                    self.index_all();
                }
            }
            Change::TenantRemoved(tenant) => {
                self.office.others.remove(tenant);
            }
            Change::ExtensionRemoved(number) => {
                self.office.extensions.remove(number);
            }
            Change::Device(device) | Change::DeviceSeen(device) => {
                self.unindex(device.id);
                self.office.devices.insert(device.id, (**device).clone());
                self.index(device.id);
            }
            Change::DeviceRemoved(id) | Change::DeviceForgotten(id) => {
                self.unindex(*id);
                self.office.devices.remove(id);
            }
            Change::LoggedIn(_)
            | Change::LoggedOut(..)
            | Change::Bound(_)
            | Change::Unbound { .. }
            | Change::Call(_)
            | Change::Emergency(_)
            | Change::LoginsClosed(_)
            | Change::LoginsOpened(_)
            | Change::ToTell(..)
            | Change::Messages(..)
            | Change::Told(_)
            | Change::Audit(_) => {}
        }
    }

    /// Notes that a phone has shown itself: a new one becomes a waiting device, and one that waits has moved to where it is
    /// seen now. About a phone that was let in, whoever has not proved to be it can say nothing. Gives the device and the
    /// changes to keep.
    pub fn announced(&mut self, announcement: &Announcement) -> (DeviceId, Vec<Change>) {
        let mut changes = Vec::new();
        let Sighting { address, local, .. } = announcement.sighting;
        let device = match self.device_with(announcement.mac) {
            Some(known) if known.admission.is_let_in() => return (known.id, changes),
            Some(known) => {
                let mut device = known.clone();
                device.address = Some(address);
                device.local_address = Some(local);
                learn_model(&mut device, &announcement.model);
                device
            }
            None => {
                changes.extend(self.longest_waiting().map(Change::DeviceForgotten));
                self.last_device += 1;
                let id = DeviceId(self.last_device);
                Device {
                    address: Some(address),
                    local_address: Some(local),
                    ..Device::new(id, Some(announcement.mac), announcement.model.clone())
                }
            }
        };
        let id = device.id;
        if self.device(id) != Some(&device) {
            changes.push(Change::DeviceSeen(Box::new(device)));
        }
        changes.iter().for_each(|change| self.adopt(change));
        (id, changes)
    }

    /// A phone has proved to be the one that was let in, by its password or by the secret in its URL: it is there, and
    /// whoever came in its name without the secret was another. Gives the change to keep, if the box writes its file and
    /// there is one.
    pub fn proved(&mut self, id: DeviceId, address: IpAddr, local: IpAddr) -> Option<Change> {
        let device = self.office.devices.get_mut(&id)?;
        let is_news = device.admission != DeviceAdmission::Accepted;
        device.admission = DeviceAdmission::Accepted;
        let moved = self.is_at(id, address, local);
        if is_news { self.device(id).map(|device| Change::Device(Box::new(device.clone()))) } else { moved }
    }

    /// Notes where a phone is; gives the change to keep if it has moved and the box writes its file.
    pub fn is_at(&mut self, id: DeviceId, address: IpAddr, local: IpAddr) -> Option<Change> {
        let device = self.office.devices.get_mut(&id)?;
        if (device.address, device.local_address) == (Some(address), Some(local)) {
            return None;
        }
        device.address = Some(address);
        device.local_address = Some(local);
        // Where a phone set up by hand is, its next registration tells again: not worth a write.
        device.is_provisioned().then(|| Change::DeviceSeen(Box::new(device.clone())))
    }

    /// Notes which model a phone says it is; some tell it only when they ask for a file. Gives the change to keep.
    pub fn says_its_model(&mut self, id: DeviceId, model: &ModelName) -> Option<Change> {
        let device = self.office.devices.get_mut(&id)?;
        learn_model(device, model).then(|| Change::Device(Box::new(device.clone())))
    }

    /// Lets a phone wait again that came back without its secret.
    pub fn waits_again(&mut self, id: DeviceId) -> Option<Change> {
        let device = self.office.devices.get_mut(&id)?;
        if !matches!(device.admission, DeviceAdmission::Accepted | DeviceAdmission::Expected) {
            return None;
        }
        device.admission = DeviceAdmission::WaitingAgain;
        Some(Change::Device(Box::new(device.clone())))
    }

    /// Gives a provisioned device a new set of credentials for `purpose`; none where its credentials already serve it, or
    /// where it is set up by hand.
    pub fn renew(&mut self, id: DeviceId, purpose: AccountPurpose, rng: &mut impl Rng) -> Option<Change> {
        let serves = self.device(id)?.current().is_some_and(|now| now.purpose == purpose);
        if serves { None } else { self.renew_for(id, purpose, rng) }
    }

    /// Gives a provisioned device a new set of credentials for what it already is, because its file has changed.
    pub fn renew_again(&mut self, id: DeviceId, rng: &mut impl Rng) -> Option<Change> {
        let purpose = self.device(id)?.current()?.purpose.clone();
        self.renew_for(id, purpose, rng)
    }

    fn renew_for(&mut self, id: DeviceId, purpose: AccountPurpose, rng: &mut impl Rng) -> Option<Change> {
        let mut device = self.office.devices.get(&id).filter(|device| device.is_provisioned())?.clone();
        device.renew(purpose, random_secret(rng));
        let change = Change::Device(Box::new(device));
        self.adopt(&change);
        Some(change)
    }

    /// Notes which file a phone has fetched; gives the change to keep if it need not remember others any more.
    pub fn fetched(&mut self, id: DeviceId, generation: Generation) -> Option<Change> {
        let former = self.office.devices.get(&id)?;
        let mut device = former.clone();
        device.has_fetched(generation);
        if device == *former {
            return None;
        }
        let change = Change::Device(Box::new(device));
        self.adopt(&change);
        Some(change)
    }

    /// Forgets the credentials older than those of `generation`, with which the device has registered.
    pub fn settle(&mut self, id: DeviceId, generation: Generation) -> Option<Change> {
        let is_older = |credential: &Credential| credential.generation < generation;
        let device = self.office.devices.get(&id).filter(|device| device.credentials.iter().any(is_older))?;
        let mut device = device.clone();
        device.credentials.retain(|credential| !is_older(credential));
        let change = Change::Device(Box::new(device));
        self.adopt(&change);
        Some(change)
    }

    fn longest_waiting(&self) -> Option<DeviceId> {
        let waiting = || self.office.devices.values().filter(|one| one.admission == DeviceAdmission::Waiting);
        if waiting().count() < MAX_WAITING { None } else { waiting().map(|device| device.id).min() }
    }

    fn index(&mut self, id: DeviceId) {
        let Some(device) = self.office.devices.get(&id) else { return };
        for credential in &device.credentials {
            let speaker = SpeakerId { device: id, generation: credential.generation };
            let name = credential.auth_name.as_str();
            let realm = &self.office.settings_of(tenant_of(device, credential)).realm;
            let halves = Halves::new(name, realm, credential.password.expose());
            self.by_auth_name.insert(name.to_owned(), Named { speaker, halves });
        }
        if let Some(mac) = device.mac {
            self.by_mac.insert(mac, id);
        }
        self.last_device = self.last_device.max(id.0);
        self.last_screen_name = self.last_screen_name.max(device.screen_name.map_or(0, |name| name.0));
    }

    fn index_all(&mut self) {
        let all: Vec<_> = self.office.devices.keys().copied().collect();
        for id in all {
            self.index(id);
        }
    }

    fn unindex(&mut self, id: DeviceId) {
        let Some(device) = self.office.devices.get(&id) else { return };
        for credential in &device.credentials {
            let name = credential.auth_name.as_str();
            // While an edit is taken in, another device may have the name already.
            if self.by_auth_name.get(name).is_some_and(|named| named.speaker.device == id) {
                self.by_auth_name.remove(name);
            }
        }
        if let Some(mac) = device.mac.filter(|mac| self.by_mac.get(mac) == Some(&id)) {
            self.by_mac.remove(&mac);
        }
    }
}

/// Takes in a model that says more than the maker, which was all that was known. Whether it did.
fn learn_model(device: &mut Device, model: &ModelName) -> bool {
    let is_news =
        device.model.is_maker_only() && device.model != *model && device.model.vendor() == model.vendor();
    if is_news {
        device.model = model.clone();
    }
    is_news
}

/// A password of 128 random bits, in letters and digits only.
fn random_secret(rng: &mut impl Rng) -> Secret {
    let bytes: [u8; 16] = rng.random();
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::model::MAX_CREDENTIALS;

    fn speaker<'a>(directory: &'a Directory, auth_name: &str) -> Option<Speaker<'a>> {
        directory.speaker(directory.known_as(auth_name)?.who)
    }

    fn announcement(last_byte: u8) -> Announcement {
        Announcement {
            mac: Mac([0x80, 0x5e, 0xc0, 0, 0, last_byte]),
            model: "yealink-t46u".parse().expect("a model"),
            sighting: Sighting::heard(IpAddr::from([127, 0, 0, last_byte]), IpAddr::from([127, 0, 0, 1])),
        }
    }

    fn accepted(directory: &mut Directory) -> DeviceId {
        let (id, _) = directory.announced(&announcement(1));
        let mut device = directory.device(id).expect("announced").clone();
        device.admission = DeviceAdmission::Accepted;
        device.mode = DeviceMode::HotDesk;
        directory.adopt(&Change::Device(Box::new(device)));
        id
    }

    #[test]
    fn a_phone_that_shows_itself_waits_and_is_kept_once() {
        let mut directory = Directory::default();
        let (id, changes) = directory.announced(&announcement(1));
        assert_eq!(changes.len(), 1);
        assert_eq!(directory.announced(&announcement(1)), (id, vec![]));
        assert_eq!(directory.device(id).map(|device| device.admission), Some(DeviceAdmission::Waiting));
    }

    #[test]
    fn a_model_that_a_phone_tells_later_is_taken_over_and_a_known_one_stays() {
        let mut directory = Directory::default();
        let told = |model: &str| Announcement { model: model.parse().expect("a model"), ..announcement(1) };
        let (id, _) = directory.announced(&told("yealink-unknown"));
        for model in ["snom-d785", "yealink-t46u", "yealink-unknown", "yealink-t31p"] {
            directory.announced(&told(model));
        }
        assert_eq!(directory.device(id).map(|device| device.model.to_string()), Some("yealink-t46u".into()));
    }

    #[test]
    fn phones_that_wait_are_bounded_and_numbers_are_never_given_twice() {
        let mut directory = Directory::default();
        for number in 0..=MAX_WAITING {
            let mut one = announcement(0);
            one.mac = Mac([0x80, 0x5e, 0xc0, 1, (number >> 8) as u8, number as u8]);
            directory.announced(&one);
        }
        assert_eq!(directory.office().devices.len(), MAX_WAITING);
        assert!(directory.device(DeviceId(1)).is_none());
        directory.adopt(&Change::DeviceRemoved(DeviceId(MAX_WAITING as u32 + 1)));
        assert_eq!(directory.announced(&announcement(9)).0, DeviceId(MAX_WAITING as u32 + 2));
    }

    #[test]
    fn outdated_credentials_speak_for_their_device_until_the_new_ones_have() {
        let mut directory = Directory::default();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let id = accepted(&mut directory);
        assert!(directory.renew(id, AccountPurpose::Idle, &mut rng).is_some());
        assert!(directory.renew(id, AccountPurpose::Idle, &mut rng).is_none());
        let ada = AccountPurpose::Login("100".parse().expect("a number"));
        directory.renew(id, ada, &mut rng).expect("a new set");

        let old = speaker(&directory, "d1-1").expect("still valid");
        assert!(!old.is_current());
        assert_eq!(
            speaker(&directory, "d1-2").map(|one| one.credential.account.to_string()),
            Some("hotdesk-100".into())
        );
        directory.settle(id, Generation(2));
        assert!(speaker(&directory, "d1-1").is_none());
        assert!(speaker(&directory, "d1-2").is_some_and(|one| one.is_current()));
    }

    #[test]
    fn a_phone_that_lags_behind_many_logins_is_not_locked_out() {
        let mut directory = Directory::default();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let id = accepted(&mut directory);
        directory.renew(id, AccountPurpose::Idle, &mut rng).expect("a first set");
        let renews = |directory: &mut Directory, rng: &mut ChaCha8Rng| {
            for number in ["100", "101", "102", "103", "104"] {
                let user = AccountPurpose::Login(number.parse().expect("a number"));
                directory.renew(id, user, rng).expect("a new set");
            }
        };
        renews(&mut directory, &mut rng);
        assert!(speaker(&directory, "d1-1").is_some(), "the phone knows nothing newer");

        // What it has fetched last is kept too, though it has not come back with it yet.
        directory.fetched(id, Generation(6)).expect("others are forgotten");
        renews(&mut directory, &mut rng);
        assert!(speaker(&directory, "d1-1").is_some() && speaker(&directory, "d1-6").is_some());
        assert_eq!(directory.device(id).map(|device| device.credentials.len()), Some(MAX_CREDENTIALS));

        // Once it has, the older ones go.
        directory.settle(id, Generation(6));
        assert!(speaker(&directory, "d1-1").is_none() && speaker(&directory, "d1-6").is_some());
        assert!(speaker(&directory, "d1-11").is_some_and(|one| one.is_current()));
    }
}
