//! Events: what is subscribed to, and how a subscription stands (RFC 6665 §8.2).

use super::Message;
use super::contact::seconds;
use super::fault::HeaderError;
use crate::sip::name::Name;
use crate::sip::params::Params;
use crate::sip::text;

/// The Event header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'m> {
    /// The event package with its template: `dialog`, `message-summary`, `presence.winfo`.
    pub package: &'m str,
    /// Its parameters, `id` among them.
    pub params: Params<'m>,
}

/// The Subscription-State header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionState<'m> {
    /// `active`, `pending` or `terminated`, or a word from an extension.
    pub state: &'m str,
    /// Seconds left.
    pub expires: Option<u32>,
    /// Why it ended.
    pub reason: Option<&'m str>,
    /// All parameters, those above included.
    pub params: Params<'m>,
}

impl Message<'_> {
    /// The event package and its parameters.
    pub fn event(&self) -> Result<Event<'_>, HeaderError> {
        let (package, params) = self.token_with_params(Name::Event)?;
        Ok(Event { package, params })
    }

    /// How the subscription stands that a NOTIFY reports on.
    pub fn subscription_state(&self) -> Result<SubscriptionState<'_>, HeaderError> {
        let (state, params) = self.token_with_params(Name::SubscriptionState)?;
        let expires = params.get("expires").and_then(seconds);
        Ok(SubscriptionState { state, expires, reason: params.get("reason"), params })
    }

    fn token_with_params(&self, name: Name) -> Result<(&str, Params<'_>), HeaderError> {
        let value = self.header_of(name).ok_or(HeaderError::Missing(name.as_str()))?;
        let (token, params) = value.split_once(';').unwrap_or((value, ""));
        let token = text::trim(token);
        let params = Params::parse(params).filter(|_| text::is_token(token));
        params.map(|params| (token, params)).ok_or(HeaderError::Malformed(name.as_str()))
    }
}
