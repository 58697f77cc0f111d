//! Views: the headers every request has, and lists of addresses and tokens.
//!
//! Each reads its header when asked and says which one it could not read.

use super::Message;
use super::address::NameAddr;
use super::contact::seconds;
use super::fault::HeaderError;
use super::via::Via;
use crate::sip::digest::Credentials;
use crate::sip::method::Method;
use crate::sip::name::Name;
use crate::sip::params::Params;
use crate::sip::text;

impl Message<'_> {
    /// Every element of a comma-separated list, empty ones too, so that a view can refuse them.
    pub(super) fn elements(&self, name: Name) -> impl Iterator<Item = &str> {
        self.headers_of(name).flat_map(|value| text::split(value, b','))
    }

    fn required(&self, name: Name) -> Result<&str, HeaderError> {
        self.header_of(name).ok_or(HeaderError::Missing(name.as_str()))
    }

    /// The topmost Via: the peer's own.
    pub fn via_top(&self) -> Result<Via<'_>, HeaderError> {
        self.essentials.via.map(|via| via.of(&self.head))
    }

    /// The topmost Via as it is written, without those behind it in the same header field.
    pub fn via_top_text(&self) -> Option<&str> {
        self.essentials.via.ok().map(|via| self.text(via.element))
    }

    /// The Vias below the topmost, as they are written.
    pub(super) fn vias_below_top(&self) -> impl Iterator<Item = &str> {
        let mut lines = self.headers_of(Name::Via);
        let first = lines.next().unwrap_or_default();
        let behind = self.via_top_text().and_then(|top| first[top.len()..].split_once(','));
        behind.into_iter().map(|(_, rest)| rest).chain(lines).flat_map(|line| text::split(line, b','))
    }

    /// All Vias, topmost first.
    pub fn vias(&self) -> Result<Vec<Via<'_>>, HeaderError> {
        self.elements(Name::Via).map(Via::parse).collect()
    }

    /// Who asks.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        self.essentials.from.map(|from| from.of(&self.head))
    }

    /// Whom.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        self.essentials.to.map(|to| to.of(&self.head))
    }

    /// The Call-ID, verbatim.
    pub fn call_id(&self) -> Result<&str, HeaderError> {
        self.essentials.call_id.map(|call_id| self.text(call_id))
    }

    /// The number and the method of the CSeq.
    pub fn cseq(&self) -> Result<(u32, Method), HeaderError> {
        let (number, method) = self.cseq_parts()?;
        Ok((number, Method::from(method)))
    }

    /// The CSeq with its method borrowed.
    pub fn cseq_parts(&self) -> Result<(u32, &str), HeaderError> {
        self.essentials.cseq.map(|(number, method)| (number, self.text(method)))
    }

    /// How many hops are left, 0 to 255; `None` if the header is not there.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        let Some(value) = self.header_of(Name::MaxForwards) else { return Ok(None) };
        let hops = text::digits(value).and_then(|hops| u8::try_from(hops).ok());
        hops.map(Some).ok_or(HeaderError::Malformed("Max-Forwards"))
    }

    /// The Expires header in seconds, clamped to 2^32-1; `None` if it is not there.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        let Some(value) = self.header_of(Name::Expires) else { return Ok(None) };
        seconds(value).map(Some).ok_or(HeaderError::Malformed("Expires"))
    }

    /// Each set of digest credentials, from Proxy-Authorization if `proxy`, else from Authorization.
    pub fn authorization(&self, proxy: bool) -> impl Iterator<Item = Result<Credentials<'_>, HeaderError>> {
        let name = if proxy { Name::ProxyAuthorization } else { Name::Authorization };
        self.headers_of(name)
            .map(move |value| Credentials::parse(value).ok_or(HeaderError::Malformed(name.as_str())))
    }

    /// The Route set, topmost first.
    pub fn route(&self) -> Result<Vec<NameAddr<'_>>, HeaderError> {
        self.addresses(Name::Route)
    }

    /// The Record-Route set, topmost first.
    pub fn record_route(&self) -> Result<Vec<NameAddr<'_>>, HeaderError> {
        self.addresses(Name::RecordRoute)
    }

    /// The Path of a REGISTER, topmost first (RFC 3327).
    pub fn path(&self) -> Result<Vec<NameAddr<'_>>, HeaderError> {
        self.addresses(Name::Path)
    }

    fn addresses(&self, name: Name) -> Result<Vec<NameAddr<'_>>, HeaderError> {
        self.elements(name).map(|value| NameAddr::parse(value, name.as_str())).collect()
    }

    /// The extensions that must be understood.
    pub fn require(&self) -> impl Iterator<Item = &str> {
        self.tokens(Name::Require)
    }

    /// The extensions that a proxy must understand.
    pub fn proxy_require(&self) -> impl Iterator<Item = &str> {
        self.tokens(Name::ProxyRequire)
    }

    /// The extensions that the sender understands.
    pub fn supported(&self) -> impl Iterator<Item = &str> {
        self.tokens(Name::Supported)
    }

    /// Whether the sender understands `option`.
    pub fn supports(&self, option: &str) -> bool {
        self.supported().chain(self.require()).any(|here| here.eq_ignore_ascii_case(option))
    }

    fn tokens(&self, name: Name) -> impl Iterator<Item = &str> {
        self.elements(name).filter(|value| !value.is_empty())
    }

    /// The type of the body, lower or upper case as written, and its parameters; `None` if there is none.
    pub fn content_type(&self) -> Option<(&str, Params<'_>)> {
        let value = self.header_of(Name::ContentType)?;
        let (media, params) = value.split_once(';').unwrap_or((value, ""));
        Some((text::trim(media), Params::parse(params).unwrap_or_default()))
    }

    /// Whether the body is of this type, parameters aside: `application/sdp`.
    pub fn is_content_type(&self, wanted: &str) -> bool {
        self.content_type().is_some_and(|(media, _)| media.eq_ignore_ascii_case(wanted))
    }

    /// What the sender calls itself: User-Agent, or Server in a response.
    pub fn user_agent(&self) -> Option<&str> {
        self.header_of(Name::UserAgent).or_else(|| self.header_of(Name::Server))
    }

    /// Whom to call, of a REFER.
    pub fn refer_to(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::parse(self.required(Name::ReferTo)?, "Refer-To")
    }

    /// Who sent the REFER.
    pub fn referred_by(&self) -> Result<Option<NameAddr<'_>>, HeaderError> {
        self.header_of(Name::ReferredBy).map(|value| NameAddr::parse(value, "Referred-By")).transpose()
    }
}
