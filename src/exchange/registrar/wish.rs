//! Wishes: what a REGISTER asks for, before anything is changed.

use smallvec::SmallVec;

use super::{LONGEST, Refusal, SHORTEST};
use crate::sip::message::{Contact, Contacts, Message};
use crate::sip::uri::Uri;

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
        let is_lasting = |contact: &Contact<'_>| contact.expires.or(default) != Some(0);
        // RFC 5626 §6: a flow is one contact; several at once cannot all be this flow.
        let flows = contacts.iter().any(|contact| contact.is_outbound() && is_lasting(contact));
        if flows && contacts.iter().filter(|contact| is_lasting(contact)).count() > 1 {
            return Err(Refusal::BadContact);
        }
        let mut wanted = SmallVec::new();
        for contact in contacts {
            if !can_be_called(contact.uri) {
                return Err(Refusal::BadContact);
            }
            let asked = contact.expires.or(default).unwrap_or(LONGEST);
            if (1..SHORTEST).contains(&asked) {
                return Err(Refusal::TooBrief);
            }
            wanted.push(Wanted { contact, lifetime: asked.min(LONGEST) });
        }
        Ok(Self::Bind(wanted))
    }
}

/// Whether calls can go to a contact: a SIP address, of a length that an answer with all of an account's contacts can hold.
fn can_be_called(contact: &str) -> bool {
    contact.len() <= MAX_CONTACT && Uri::parse(contact).is_some_and(|uri| uri.is_sip())
}

/// The longest contact, in bytes: as many as an account may have still fit into one datagram.
const MAX_CONTACT: usize = 1500;
