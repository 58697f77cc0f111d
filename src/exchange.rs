//! The telephone exchange: the story of one input, told once.

pub mod dialplan;
pub mod hotdesk;
pub mod ivr;
