//! The machine underneath: its clock, its addresses, its service manager.

pub mod addresses;
pub mod clock;
pub mod service;
