//! The real binary, seen from outside: every line of the checklist by its id (R01 and so on), the torture corpus, and
//! real SIP clients, over real sockets.

#[path = "../support/client.rs"]
mod client;
#[path = "../support/real_box.rs"]
mod real_box;
#[path = "../support/recogniser.rs"]
mod recogniser;

mod calls;
mod clients;
mod corpus;
mod digest;
mod house;
mod path;
mod programs;
mod registrar;
mod services;
mod tones;
mod transport;
mod trunk;
mod voice_changes;
mod voices;
