//! Session headers: timers, reliable provisional answers, replacing a dialog (RFC 4028, RFC 3262, RFC 3891).

use super::Message;
use super::fault::HeaderError;
use crate::sip::method::Method;
use crate::sip::name::Name;
use crate::sip::params::Params;
use crate::sip::text;

/// Who refreshes a session (RFC 4028 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answered it.
    Uas,
}

/// The Session-Expires header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds.
    pub seconds: u32,
    /// Who refreshes; `None` leaves the choice to the other side.
    pub refresher: Option<Refresher>,
}

/// The RAck header of a PRACK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq that is acknowledged.
    pub rseq: u32,
    /// The CSeq number of the request answered.
    pub cseq: u32,
    /// The method of the request answered.
    pub method: Method,
}

/// The Replaces header: the dialog that an INVITE takes the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaces<'m> {
    /// Its Call-ID.
    pub call_id: &'m str,
    /// The tag of the side that gets this INVITE.
    pub to_tag: &'m str,
    /// The tag of the other side.
    pub from_tag: &'m str,
    /// Whether a confirmed dialog must not be replaced.
    pub early_only: bool,
}

impl<'m> Replaces<'m> {
    /// Reads the value of a Replaces header, also as it stands unescaped in a Refer-To.
    pub fn parse(value: &'m str) -> Result<Replaces<'m>, HeaderError> {
        Replaces::read(value).ok_or(HeaderError::Malformed("Replaces"))
    }

    fn read(value: &'m str) -> Option<Replaces<'m>> {
        let (call_id, params) = value.split_once(';')?;
        let params = Params::parse(params)?;
        let replaces = Replaces {
            call_id: text::trim(call_id),
            to_tag: params.get("to-tag")?,
            from_tag: params.get("from-tag")?,
            early_only: params.has("early-only"),
        };
        (!replaces.call_id.is_empty()).then_some(replaces)
    }
}

impl Message<'_> {
    /// How long the session lasts without a refresh; `None` if the header is not there.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, HeaderError> {
        let Some(value) = self.header_of(Name::SessionExpires) else { return Ok(None) };
        let (seconds, params) = value.split_once(';').unwrap_or((value, ""));
        let seconds = number(text::trim(seconds)).ok_or(HeaderError::Malformed("Session-Expires"))?;
        let params = Params::parse(params).ok_or(HeaderError::Malformed("Session-Expires"))?;
        let refresher = match params.get("refresher") {
            Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            _ => None,
        };
        Ok(Some(SessionExpires { seconds, refresher }))
    }

    /// The shortest session timer this side can bear, in seconds.
    pub fn min_se(&self) -> Result<Option<u32>, HeaderError> {
        let Some(value) = self.header_of(Name::MinSe) else { return Ok(None) };
        let seconds = value.split(';').next().map(text::trim).and_then(number);
        seconds.map(Some).ok_or(HeaderError::Malformed("Min-SE"))
    }

    /// The number of a reliable provisional answer.
    pub fn rseq(&self) -> Result<Option<u32>, HeaderError> {
        let Some(value) = self.header_of(Name::RSeq) else { return Ok(None) };
        number(value).map(Some).ok_or(HeaderError::Malformed("RSeq"))
    }

    /// Which provisional answer a PRACK acknowledges.
    pub fn rack(&self) -> Result<RAck, HeaderError> {
        let value = self.header_of(Name::RAck).ok_or(HeaderError::Missing("RAck"))?;
        let mut words = value.split_ascii_whitespace();
        let mut read = || {
            let rack = RAck {
                rseq: number(words.next()?)?,
                cseq: number(words.next()?)?,
                method: words.next()?.into(),
            };
            words.next().is_none().then_some(rack)
        };
        read().ok_or(HeaderError::Malformed("RAck"))
    }

    /// The dialog this INVITE replaces; `None` if the header is not there.
    pub fn replaces(&self) -> Result<Option<Replaces<'_>>, HeaderError> {
        self.header_of(Name::Replaces).map(Replaces::parse).transpose()
    }
}

fn number(value: &str) -> Option<u32> {
    text::digits(value).and_then(|number| u32::try_from(number).ok())
}
