//! Content: what of a message passes from one leg of a call to the other.
//!
//! The box is a party of its own in each leg, so nothing passes that belongs to one leg alone: Via, Route, Record-Route,
//! Contact (but a redirection's, P16), credentials (P34), and whatever the sender claims to be (P31, P33). What the two
//! phones have to agree on passes untouched, in order: bodies byte for byte, and the fields named in [`PASSED`].
//! An option tag passes only where the box does not break what it stands for ([`END_TO_END`]).

use crate::sip::message::Message;
use crate::sip::outgoing::Outgoing;

/// The part of a message that passes through the box.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Content {
    /// Header fields, in the order of [`PASSED`] and within one name in theirs.
    pub fields: Vec<(&'static str, String)>,
    /// The body, verbatim.
    pub body: Vec<u8>,
}

impl Content {
    /// What passes of `message`.
    pub fn of(message: &Message<'_>) -> Self {
        let mut content = Self { fields: Vec::new(), body: message.body().to_vec() };
        for name in PASSED {
            match *name {
                "Supported" => content.push_options(name, message.supported()),
                "Require" => content.push_options(name, message.require()),
                name => content.fields.extend(message.headers(name).map(|value| (name, value.to_owned()))),
            }
        }
        if content.body.is_empty() {
            content.fields.retain(|(name, _)| !name.starts_with("Content-"));
        }
        content
    }

    /// What passes of a redirection: the same, and where it points.
    pub fn of_redirection(message: &Message<'_>) -> Self {
        let mut content = Self::of(message);
        content.fields.extend(message.headers("Contact").map(|value| ("Contact", value.to_owned())));
        content
    }

    /// Only the body, with the fields that describe it: what passes in an ACK.
    pub fn of_body(message: &Message<'_>) -> Self {
        let mut content = Self::of(message);
        content.fields.retain(|(name, _)| name.starts_with("Content-"));
        content
    }

    /// Adds it to a message of ours.
    pub fn write(self, message: &mut impl Outgoing) {
        for (name, value) in self.fields {
            message.push(name, value);
        }
        *message.body_mut() = self.body;
    }

    fn push_options<'m>(&mut self, name: &'static str, options: impl Iterator<Item = &'m str>) {
        let options: Vec<&str> = options.filter(|option| is_end_to_end(option)).collect();
        if !options.is_empty() {
            self.fields.push((name, options.join(", ")));
        }
    }
}

/// The extensions a request requires that the box would break: answered 420 with this list (RFC 3261 §8.2.2.3).
pub(super) fn unsupported(request: &Message<'_>) -> Vec<String> {
    request.require().filter(|option| !is_end_to_end(option)).map(str::to_owned).collect()
}

/// The same for a call to the box's own voice, which must understand by itself what it answers.
pub(super) fn unsupported_by_voice(request: &Message<'_>) -> Vec<String> {
    let is_known = |option: &&str| VOICE.iter().any(|known| known.eq_ignore_ascii_case(option));
    request.require().filter(|option| !is_known(option)).map(str::to_owned).collect()
}

fn is_end_to_end(option: &str) -> bool {
    END_TO_END.iter().any(|known| known.eq_ignore_ascii_case(option))
}

/// Extensions that work between the phones through the box, because all they need passes.
const END_TO_END: &[&str] =
    &["100rel", "answermode", "early-session", "norefersub", "precondition", "replaces", "timer", "uui"];

/// Extensions that a call to the box's voice may require: those it has, and those that ask nothing of it.
const VOICE: &[&str] = &["100rel", "answermode", "norefersub", "replaces", "timer"];

/// Fields that pass. Everything that is not here does not.
const PASSED: &[&str] = &[
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Answer-Mode",
    "Call-Info",
    "Error-Info",
    "Event",
    "Expires",
    "Geolocation",
    "Geolocation-Routing",
    "Info-Package",
    "Min-SE",
    "Organization",
    "P-Early-Media",
    "Priority",
    "Reason",
    "Recv-Info",
    "Refer-Sub",
    "Refer-To",
    "Require",
    "Retry-After",
    "RSeq",
    "Session-Expires",
    "Subject",
    "Subscription-State",
    "Supported",
    "Unsupported",
    "User-to-User",
    "Warning",
    "MIME-Version",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
];
