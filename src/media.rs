//! Sound as values: RTP packets, G.711, keypad digits, spoken prompts, and the one voice call that uses them.
//!
//! [`Session`] is the face of the room: bytes of RTP go in, bytes of RTP and [`MediaEvent`]s come out, and `now` is an
//! argument. It sees no address and no socket.
//!
//! Not here: which codec was agreed (`sip`), sockets and the 20 ms thread (`net`), what the voice asks and what the keys
//! mean (`exchange`), reading the owner's WAV files from their folder (`app`).

pub mod g711;
pub mod inband;
pub mod info_digit;
pub mod prompt;
pub mod reorder;
pub mod rtp;
pub mod session;
pub mod telephone_event;
pub mod tone_receiver;
pub mod wav;

pub use g711::Codec;
pub use info_digit::info_digit;
pub use prompt::{Language, Prompt, PromptAudio, PromptLibrary};
pub use session::{Agreement, DigitSource, MediaEvent, PlayId, Priority, Sending, Session, SessionConfig};
