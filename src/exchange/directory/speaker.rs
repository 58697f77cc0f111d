//! Speakers: who is meant by a digest user name, and with which rights.

use crate::model::{AccountPurpose, Credential, Device, DeviceId, Generation, Secret, TenantId};
use crate::sip::digest::Halves;

/// Which set of credentials of which device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeakerId {
    /// The device.
    pub device: DeviceId,
    /// The credentials.
    pub generation: Generation,
}

/// Whose a digest user name is, and what proves it.
#[derive(Debug, Clone, Copy)]
pub struct KnownName<'a> {
    /// Who.
    pub who: SpeakerId,
    /// The password.
    pub password: &'a Secret,
    /// Its stored halves for the name in `realm`.
    pub halves: &'a Halves,
    /// The realm of its tenant.
    pub realm: &'a str,
}

/// Who speaks, known from a digest user name.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// The phone.
    pub device: &'a Device,
    /// The credentials it uses.
    pub credential: &'a Credential,
}

impl Speaker<'_> {
    /// The tenant these credentials speak in: their user's, or the device's.
    pub fn tenant(&self) -> &TenantId {
        tenant_of(self.device, self.credential)
    }

    /// Whether these are the device's newest credentials.
    pub fn is_current(&self) -> bool {
        self.device.generation() == self.credential.generation
    }

    /// Whether calls made with these credentials are made by whoever is at the desk now: with the newest ones, with those
    /// before them, and with those the phone was heard with last, however often it was told of newer ones since (HOTDESK
    /// B1). Others have an idle phone's rights.
    pub fn serves_the_desk(&self) -> bool {
        let all = &self.device.credentials;
        let mut serving = all.iter().rev().take(2).chain(all.first());
        serving.any(|credential| credential.generation == self.credential.generation)
    }
}

/// The tenant that credentials speak in.
pub(super) fn tenant_of<'a>(device: &'a Device, credential: &'a Credential) -> &'a TenantId {
    match &credential.purpose {
        AccountPurpose::Login(user) | AccountPurpose::Owned(user) => user.tenant(),
        AccountPurpose::Idle => &device.tenant,
    }
}
