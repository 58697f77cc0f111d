//! Session descriptions: what two sides say of their sound (RFC 8866, RFC 3264).
//!
//! [`Session`] is a description taken apart and written again, whatever is in it. `voice` is the little the box itself
//! speaks: one stream of G.711 with telephone events, offered or answered. Descriptions that only pass through the box
//! (a call between two phones) are not touched here.

mod media;
mod session;
mod voice;

pub use media::{Crypto, Direction, Media, RtpMap};
pub use session::{MAX_LINES, MAX_MEDIA, Origin, SdpError, Session};
pub use voice::{
    Codec, LocalSession, NegotiatedVoice, NotAcceptable, answer_for_voice, negotiated_by_answer,
    offer_for_voice,
};

#[cfg(test)]
mod tests;
