//! The machine underneath: its clock, its addresses, its limits, its service manager.

#![allow(clippy::disallowed_methods, reason = "above the I/O line: here the clock is read")]

pub mod addresses;
pub mod clock;
pub mod limits;
pub mod neighbours;
pub mod service;
