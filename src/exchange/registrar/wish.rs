//! Wishes: what a REGISTER asks for, before anything is changed.

use super::{Refusal, SHORTEST};
use crate::sip::message::{Contact, Contacts, Message};
use crate::sip::uri::Uri;

/// What is to become of a registrant's bindings.
pub(super) enum Wish<'m> {
    /// All are to go: `Contact: *` with `Expires: 0`.
    Forget,
    /// These are to be made, renewed or removed; none at all is a question.
    Bind(Vec<Wanted<'m>>),
}

/// One contact to bind or remove.
pub(super) struct Wanted<'m> {
    pub contact: Contact<'m>,
    /// The contact's URI, taken apart.
    pub uri: Uri<'m>,
    /// Seconds; 0 removes.
    pub lifetime: u32,
}

impl<'m> Wish<'m> {
    /// What `request` asks for. `*` may stand only alone and with `Expires: 0` (RFC 3261 §10.3 item 6); a lifetime that is
    /// too short refuses the whole, one longer than `longest` is cut.
    pub fn of(request: &'m Message<'_>, longest: u32) -> Result<Self, Refusal> {
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
        let mut wanted = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let uri = callable(contact.uri).ok_or(Refusal::BadContact)?;
            let asked = contact.expires.or(default).unwrap_or(longest);
            if (1..SHORTEST).contains(&asked) {
                return Err(Refusal::TooBrief);
            }
            wanted.push(Wanted { contact, uri, lifetime: asked.min(longest) });
        }
        Ok(Self::Bind(wanted))
    }
}

/// A contact that calls can go to: a SIP address, of a length that an answer with all of an account's contacts can hold.
fn callable(contact: &str) -> Option<Uri<'_>> {
    Uri::parse(contact).filter(|uri| uri.is_sip() && contact.len() <= MAX_CONTACT)
}

/// The longest contact, in bytes: as many as an account may have still fit into one datagram.
const MAX_CONTACT: usize = 1500;
