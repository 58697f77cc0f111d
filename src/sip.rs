//! SIP: the protocol, as values.
//!
//! Knows nothing of this product and imports nothing of ours. What comes in is read by a reader of our own
//! ([`message`]: borrowed spans, tolerant of what phones do, strict where RFC 3261 is); what goes out is built of rsip's
//! types and printed by [`outgoing`]. No socket, clock or randomness: they come in as arguments.
//!
//! In reading order: [`text`] and [`params`] (the grammar), [`name`] and [`method`], [`uri`], [`message`],
//! [`outgoing`], [`flow`], [`framing`] and [`stun`] (the wire), [`transaction`] and [`dialog`],
//! [`digest`], [`multipart`], [`sdp`].

pub mod dialog;
pub mod digest;
pub mod flow;
pub mod framing;
pub mod message;
pub mod method;
pub mod multipart;
pub mod name;
pub mod outgoing;
pub mod params;
pub mod sdp;
pub mod stun;
pub mod text;
pub mod transaction;
pub mod uri;

pub use flow::{Flow, Transport};
pub use message::Message;
pub use method::Method;
pub use name::Name;
pub use outgoing::{Request, Response};

#[cfg(test)]
mod tests;
