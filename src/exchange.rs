//! The telephone exchange: the story of one input, told once.

pub mod admission;
pub mod call;
pub mod cdr;
pub mod dialplan;
pub mod directory;
pub mod hotdesk;
pub mod ivr;
pub mod refresh;
pub mod registrar;
