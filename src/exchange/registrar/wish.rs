//! Wishes: what a REGISTER asks for, before anything is changed.

use smallvec::SmallVec;

use super::{LONGEST, Refusal, SHORTEST};
use crate::sip::message::{Contact, Contacts, Message};

/// What is to become of a registrant's bindings.
pub(super) enum Wish<'m> {
    /// All are to go: `Contact: *` with `Expires: 0`.
    Forget,
    /// These are to be made, renewed or removed; none at all is a question.
    Bind(SmallVec<[Wanted<'m>; 1]>),
}

/// One contact to bind or remove.
pub(super) struct Wanted<'m> {
    pub contact: Contact<'m>,
    /// Seconds; 0 removes.
    pub lifetime: u32,
}

impl<'m> Wish<'m> {
    /// What `request` asks for. `*` may stand only alone and with `Expires: 0` (RFC 3261 §10.3 item 6); a lifetime that is
    /// too short refuses the whole.
    pub fn of(request: &'m Message<'_>) -> Result<Self, Refusal> {
        let default = request.expires().unwrap_or(None);
        let contacts = match request.contacts().map_err(|_| Refusal::BadContact)? {
            Contacts::Star if default == Some(0) => return Ok(Self::Forget),
            Contacts::Star => return Err(Refusal::BadContact),
            Contacts::List(contacts) => contacts,
        };
        let mut wanted = SmallVec::new();
        for contact in contacts {
            let asked = contact.expires.or(default).unwrap_or(LONGEST);
            if (1..SHORTEST).contains(&asked) {
                return Err(Refusal::TooBrief);
            }
            wanted.push(Wanted { contact, lifetime: asked.min(LONGEST) });
        }
        Ok(Self::Bind(wanted))
    }
}
