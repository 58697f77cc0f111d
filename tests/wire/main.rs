//! The real binary, seen from outside: every line of the checklist by its id (R01 and so on), the torture corpus, and
//! real SIP clients, over real sockets.

#[path = "../support/client.rs"]
mod client;
#[path = "../support/phone.rs"]
mod phone;
#[path = "../support/real_box.rs"]
mod real_box;
#[path = "../support/socket_phone.rs"]
mod socket_phone;

mod calls;
mod clients;
mod corpus;
mod desk_phone;
mod digest;
mod guessing;
mod house;
mod path;
mod programs;
mod registrar;
mod services;
mod styles;
mod subscriptions;
mod tones;
mod transport;
mod trunk;
mod voice_changes;
mod voices;

use phone::recogniser;
