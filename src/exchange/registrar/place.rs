//! Places: what a binding says, how it is listed, and which way leads to it.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Bound, Registrant};
use crate::model::{Binding, Now};
use crate::sip::flow::{Flow, Transport};
use crate::sip::message::{Contact, Message};
use crate::sip::uri::Uri;

/// The binding that a contact in a REGISTER asks for.
pub(super) fn binding(
    request: &Message<'_>,
    registrant: &Registrant,
    flow: &Flow,
    contact: &Contact<'_>,
    lifetime: u32,
    now: Now,
) -> Binding {
    Binding {
        account: registrant.account.clone(),
        device: registrant.device,
        generation: registrant.generation,
        contact: contact.uri.to_owned(),
        path: request.values("Path").map(str::to_owned).collect(),
        transport: flow.transport.as_param().to_owned(),
        local: flow.local,
        remote: flow.remote,
        call_id: request.call_id().unwrap_or_default().to_owned(),
        cseq: request.cseq_parts().map_or(0, |(number, _)| number),
        q: contact.q.unwrap_or(1000),
        instance: contact.instance.map(str::to_owned),
        reg_id: contact.reg_id,
        granted: lifetime,
        user_agent: request.user_agent().unwrap_or_default().chars().take(128).collect(),
        since: now.wall,
    }
}

/// The Contact value that lists a binding: the URI as it came, and the time that is left.
pub(super) fn listed(bound: &Bound, now: Instant) -> String {
    let left = bound.expires.saturating_duration_since(now).as_secs().max(1);
    let binding = &bound.binding;
    let mut text = format!("<{}>;expires={left}", binding.contact);
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

/// Whether a REGISTER only repeats what is known: such a refresh writes nothing. The Call-ID and the time do not count,
/// a whole new lifetime does.
pub(super) fn differs_only_in_time(old: &Binding, new: &Binding) -> bool {
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
    } = old;
    (account, device, generation, contact) == (&new.account, &new.device, &new.generation, &new.contact)
        && (path, transport, local, remote) == (&new.path, &new.transport, &new.local, &new.remote)
        && (q, instance, reg_id) == (&new.q, &new.instance, &new.reg_id)
        && (granted, user_agent) == (&new.granted, &new.user_agent)
}

/// RFC 5626 §6: the same instance and reg-id replace the binding, whatever the contact says now.
pub(super) fn is_same_outbound(bound: &Bound, new: &Binding) -> bool {
    let old = &bound.binding;
    new.reg_id.is_some()
        && new.instance.is_some()
        && (&old.instance, old.reg_id) == (&new.instance, new.reg_id)
}

/// The way that leads to a binding.
///
/// With a Path: to its first element. On a stream: the stream. On UDP: to the contact, as RFC 3261 says, unless the
/// phone's own idea of its address is visibly wrong (its Via says the same as its Contact and neither is where the
/// request came from): then it is behind a NAT, and the way back is the way it came.
pub fn flow_to(binding: &Binding, request: &Message<'_>, flow: &Flow) -> Flow {
    if let Some(next) = binding.path.first().and_then(|value| address_in(value)) {
        return Flow { connection: 0, ..flow.towards(next) };
    }
    let contact = Uri::parse(&binding.contact).and_then(|uri| uri.socket_addr());
    match (flow.transport, contact) {
        (Transport::Udp, Some(contact)) => {
            let via = request.via_top().ok();
            let sent_by = via.as_ref().and_then(|via| {
                let ip = crate::sip::uri::host_ip(via.host)?;
                Some(SocketAddr::new(ip, via.port.unwrap_or(crate::sip::flow::DEFAULT_PORT)))
            });
            let mistaken = sent_by == Some(contact) && contact != flow.remote;
            let asks_source = via.is_some_and(|via| via.rport.is_some());
            if mistaken && asks_source { *flow } else { flow.towards(contact) }
        }
        (Transport::Tcp, _) | (Transport::Udp, None) => *flow,
    }
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

/// The address a Route or Path value names, where it names one by number.
fn address_in(value: &str) -> Option<SocketAddr> {
    let uri = value.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(value, |(uri, _)| uri);
    Uri::parse(uri)?.socket_addr()
}
