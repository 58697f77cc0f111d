//! The nouns of the house, as values: what an office has, who is logged in where, what a phone must be told, what happened.
//!
//! Nothing here acts. Every identifier is a type of its own that can only hold a well-formed value; secrets are
//! [`Secret`], which neither prints nor serialises. Every change that must survive is one small named value,
//! [`Change`], so that a store can write it and a later start can replay it.

mod account;
mod audit;
mod auto_logout;
mod budget;
mod call_record;
mod change;
mod device;
mod event;
mod extension;
mod finding;
mod ids;
mod lockout;
mod login;
mod messages;
mod network;
mod office;
mod phone;
mod plan;
mod secret;
mod server;
mod source;
mod time;
mod trouble;
mod trunk;
mod values;
mod view;
mod wish;

pub use account::*;
pub use audit::*;
pub use auto_logout::*;
pub use budget::*;
pub use call_record::*;
pub use change::*;
pub use device::*;
pub use event::*;
pub use extension::*;
pub use finding::*;
pub use ids::*;
pub use lockout::*;
pub use login::*;
pub use messages::*;
pub use network::*;
pub use office::*;
pub use phone::*;
pub use plan::*;
pub use secret::*;
pub use server::*;
pub use source::*;
pub use time::*;
pub use trouble::*;
pub use trunk::*;
pub use values::*;
pub use view::*;
pub use wish::*;
