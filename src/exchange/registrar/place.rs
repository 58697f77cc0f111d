//! Places: what a binding says, how it is listed, and which way leads to it.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Bound, Registrant};
use crate::model::{Binding, Now};
use crate::sip::flow::{Flow, Transport};
use crate::sip::message::{Contact, Message};
use crate::sip::uri::{Scheme, Uri, host_ip};

/// Where a contact in a REGISTER says that a phone is.
pub(super) struct Placement<'a> {
    pub request: &'a Message<'a>,
    pub registrant: &'a Registrant,
    pub flow: &'a Flow,
    pub contact: &'a Contact<'a>,
    /// The contact's URI, taken apart.
    pub uri: &'a Uri<'a>,
    /// Seconds.
    pub lifetime: u32,
}

/// How much of a User-Agent is kept, in characters.
const MAX_AGENT: usize = 128;

impl Placement<'_> {
    /// The binding it asks for.
    pub fn binding(&self, now: Now) -> Binding {
        Binding {
            account: self.registrant.account.clone(),
            device: self.registrant.device,
            generation: self.registrant.generation,
            contact: self.contact.uri.to_owned(),
            path: self.path().map(str::to_owned).collect(),
            transport: self.flow.transport.as_param().to_owned(),
            local: self.flow.local,
            remote: self.flow.remote,
            call_id: self.call_id().to_owned(),
            cseq: self.cseq(),
            q: self.q(),
            instance: self.contact.instance.map(str::to_owned),
            reg_id: self.reg_id(),
            granted: self.lifetime,
            user_agent: self.user_agent().to_owned(),
            since: now.wall,
        }
    }

    /// Whether it only repeats what is known: such a refresh writes nothing. The Call-ID and the time do not count, a
    /// whole new lifetime does.
    pub fn repeats(&self, known: &Binding) -> bool {
        let Binding {
            account,
            device,
            generation,
            contact,
            path,
            transport,
            local,
            remote,
            call_id: _,
            cseq: _,
            q,
            instance,
            reg_id,
            granted,
            user_agent,
            since: _,
        } = known;
        let Registrant { account: its_account, device: its_device, generation: its_generation, longest: _ } =
            self.registrant;
        (account, device, generation) == (its_account, its_device, its_generation)
            && (*local, *remote, *granted) == (self.flow.local, self.flow.remote, self.lifetime)
            && (*q, *reg_id) == (self.q(), self.reg_id())
            && contact == self.contact.uri
            && transport == self.flow.transport.as_param()
            && instance.as_deref() == self.contact.instance
            && user_agent == self.user_agent()
            && path.iter().map(String::as_str).eq(self.path())
    }

    /// Notes in a binding that it was repeated.
    pub fn renew(&self, known: &mut Binding) {
        known.cseq = self.cseq();
        if known.call_id != self.call_id() {
            self.call_id().clone_into(&mut known.call_id);
        }
    }

    /// RFC 5626 §6: the same instance and reg-id replace the binding, whatever the contact says now.
    pub fn is_same_outbound(&self, known: &Binding) -> bool {
        self.contact.is_outbound()
            && (known.instance.as_deref(), known.reg_id) == (self.contact.instance, self.contact.reg_id)
    }

    /// The way that leads to the phone.
    ///
    /// With a Path: to its first element. On a stream: the stream. On UDP: to the contact, by the transport it names, as
    /// RFC 3261 says; but the way it came where the contact names a transport the box does not speak, or where the phone's
    /// own idea of its address is visibly wrong: its Via knows no better than its Contact, and it is somewhere else. Then
    /// it is behind a NAT.
    pub fn way(&self) -> Flow {
        if let Some(next) = self.path().next().and_then(address_in) {
            return Flow { connection: 0, ..self.flow.towards(next) };
        }
        let contact = self.uri.socket_addr().zip(transport_to(self.uri));
        match (self.flow.transport, contact) {
            (Transport::Udp, Some((contact, _))) if self.is_behind_nat(contact) => *self.flow,
            (Transport::Udp, Some((contact, transport))) => Flow { transport, ..self.flow.towards(contact) },
            (Transport::Tcp, _) | (Transport::Udp, None) => *self.flow,
        }
    }

    fn is_behind_nat(&self, contact: SocketAddr) -> bool {
        let source = self.flow.remote.ip();
        if contact.ip() == source {
            return false;
        }
        let Ok(via) = self.request.via_top() else { return false };
        let is_as_mistaken = host_ip(via.host).is_none_or(|sent_by| sent_by == contact.ip());
        (is_as_mistaken && via.rport.is_some()) || contact.ip().is_unspecified()
    }

    fn reg_id(&self) -> Option<u32> {
        self.contact.reg_id.filter(|_| self.contact.is_outbound())
    }

    fn path(&self) -> impl Iterator<Item = &str> {
        self.request.values("Path")
    }

    fn call_id(&self) -> &str {
        self.request.call_id().unwrap_or_default()
    }

    fn cseq(&self) -> u32 {
        self.request.cseq_parts().map_or(0, |(number, _)| number)
    }

    fn q(&self) -> u16 {
        self.contact.q.unwrap_or(1000)
    }

    fn user_agent(&self) -> &str {
        let whole = self.request.user_agent().unwrap_or_default();
        let end = whole.char_indices().nth(MAX_AGENT).map_or(whole.len(), |(end, _)| end);
        &whole[..end]
    }
}

/// The Contact value that lists a binding: the URI as it came, and the time that is left.
pub(super) fn listed(bound: &Bound, now: Instant) -> String {
    let left = bound.expires.saturating_duration_since(now).as_secs().max(1);
    let binding = &bound.binding;
    let mut text = String::with_capacity(binding.contact.len() + 24);
    for piece in ["<", &binding.contact, ">;expires=", itoa::Buffer::new().format(left)] {
        text.push_str(piece);
    }
    if binding.q != 1000 {
        text.push_str(&format!(";q={}.{:03}", binding.q / 1000, binding.q % 1000));
        text.truncate(text.trim_end_matches('0').len());
    }
    if let Some(instance) = &binding.instance {
        text.push_str(&format!(";+sip.instance=\"<{instance}>\""));
    }
    if let Some(reg_id) = binding.reg_id {
        text.push_str(&format!(";reg-id={reg_id}"));
    }
    text
}

/// The way to a binding that was stored: as it came, but no stream survives a restart, so a new one goes to the contact.
pub(super) fn stored_flow(binding: &Binding) -> Option<Flow> {
    let transport = Transport::of(&binding.transport)?;
    let contact = Uri::parse(&binding.contact).and_then(|uri| uri.socket_addr());
    let next = binding.path.first().and_then(|value| address_in(value));
    let remote = match (transport, next) {
        (_, Some(next)) => next,
        (Transport::Tcp, None) => contact.unwrap_or(binding.remote),
        (Transport::Udp, None) => binding.remote,
    };
    Some(Flow { transport, local: binding.local, remote, connection: 0 })
}

/// By which transport a contact is called: the one it names, UDP if it names none; `None` if the box does not speak it.
fn transport_to(uri: &Uri<'_>) -> Option<Transport> {
    match uri.params.get("transport") {
        _ if uri.scheme == Scheme::Sips => None,
        Some(name) => Transport::of(name),
        None => Some(Transport::Udp),
    }
}

/// The address a Route or Path value names, where it names one by number.
fn address_in(value: &str) -> Option<SocketAddr> {
    let uri = value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(uri, _)| uri);
    Uri::parse(uri)?.socket_addr()
}
