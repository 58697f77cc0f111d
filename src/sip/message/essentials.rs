//! Essentials: the headers every message must have, read once (RFC 3261 §8.1.1).
//!
//! Everybody on the way asks for the Via, From, To, Call-ID and CSeq of a message, some of them five times. They are read
//! when the message is, and kept as spans of its head; a view of one is put together from its spans.

use super::address::NameAddr;
use super::fault::HeaderError;
use super::scan::{Field, Span};
use super::via::Via;
use crate::sip::name::Name;
use crate::sip::params::Params;
use crate::sip::text;

/// A CSeq number is below this (RFC 3261 §8.1.1.5).
const CSEQ_BOUND: u64 = 1 << 31;

/// The essential headers of one message, each as it could be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Essentials {
    pub via: Result<TopVia, HeaderError>,
    pub from: Result<Address, HeaderError>,
    pub to: Result<Address, HeaderError>,
    pub call_id: Result<Span, HeaderError>,
    pub cseq: Result<(u32, Span), HeaderError>,
}

/// The topmost Via.
#[derive(Debug, Clone, Copy)]
pub(super) struct TopVia {
    /// Everything that is no text.
    plain: Via<'static>,
    protocol: Span,
    transport: Span,
    host: Span,
    branch: Option<Span>,
    params: Span,
    /// The whole element, within its header field.
    pub element: Span,
}

/// A From or To.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address {
    uri: Span,
    params: Span,
    display: Span,
    tag: Span,
}

impl Essentials {
    /// Reads them from the header fields of `head`; of several the first counts.
    pub fn of(head: &str, fields: &[Field]) -> Essentials {
        let (mut via, mut from, mut to, mut call_id, mut cseq) = (None, None, None, None, None);
        for field in fields {
            let place = match field.id {
                Name::Via => &mut via,
                Name::From => &mut from,
                Name::To => &mut to,
                Name::CallId => &mut call_id,
                Name::CSeq => &mut cseq,
                _ => continue,
            };
            place.get_or_insert_with(|| field.value.of(head));
        }
        Essentials {
            via: found(via, "Via").and_then(|value| TopVia::read(head, value)),
            from: found(from, "From").and_then(|value| Address::read(head, value, "From")),
            to: found(to, "To").and_then(|value| Address::read(head, value, "To")),
            call_id: found(call_id, "Call-ID").and_then(|value| read_call_id(head, value)),
            cseq: found(cseq, "CSeq").and_then(|value| read_cseq(head, value)),
        }
    }
}

fn found<'h>(value: Option<&'h str>, name: &'static str) -> Result<&'h str, HeaderError> {
    value.ok_or(HeaderError::Missing(name))
}

impl TopVia {
    fn read(head: &str, line: &str) -> Result<TopVia, HeaderError> {
        let element = text::split(line, b',').next().unwrap_or_default();
        let via = Via::parse(element)?;
        let span = |part| Span::within(head, part);
        Ok(TopVia {
            plain: Via { port: via.port, rport: via.rport, received: via.received, ..Via::default() },
            protocol: span(via.protocol),
            transport: span(via.transport),
            host: span(via.host),
            branch: via.branch.map(span),
            params: span(via.params.as_str()),
            element: span(element),
        })
    }

    /// The view of it.
    pub fn of<'m>(&self, head: &'m str) -> Via<'m> {
        Via {
            protocol: self.protocol.of(head),
            transport: self.transport.of(head),
            host: self.host.of(head),
            branch: self.branch.map(|branch| branch.of(head)),
            params: Params::sound(self.params.of(head)),
            ..self.plain
        }
    }
}

impl Address {
    fn read(head: &str, value: &str, name: &'static str) -> Result<Address, HeaderError> {
        let NameAddr { uri, params, display, tag } = NameAddr::parse(value, name)?;
        let span = |part| Span::within(head, part);
        Ok(Address { uri: span(uri), params: span(params.as_str()), display: span(display), tag: span(tag) })
    }

    /// The view of it.
    pub fn of<'m>(&self, head: &'m str) -> NameAddr<'m> {
        NameAddr {
            uri: self.uri.of(head),
            params: Params::sound(self.params.of(head)),
            display: self.display.of(head),
            tag: self.tag.of(head),
        }
    }
}

fn read_call_id(head: &str, value: &str) -> Result<Span, HeaderError> {
    let is_sound = !value.is_empty() && !value.contains([' ', '\t']);
    is_sound.then(|| Span::within(head, value)).ok_or(HeaderError::Malformed("Call-ID"))
}

fn read_cseq(head: &str, value: &str) -> Result<(u32, Span), HeaderError> {
    let read = || {
        let (number, method) = value.split_once([' ', '\t'])?;
        let number = text::digits(number).filter(|number| *number < CSEQ_BOUND)?;
        let method = Some(text::trim(method)).filter(|method| text::is_token(method))?;
        Some((u32::try_from(number).ok()?, Span::within(head, method)))
    };
    read().ok_or(HeaderError::Malformed("CSeq"))
}
