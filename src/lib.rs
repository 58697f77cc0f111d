//! Perch: a hot-desking phone appliance.
//!
//! The rooms in reading order; what stands above the I/O line is a pure value machine, what stands below it may touch
//! the world. `tests/architecture.rs` holds the law of imports.

pub mod config;
pub mod media;
pub mod model;
pub mod panel;
pub mod provision;
pub mod sip;

pub mod app;
pub mod cli;
pub mod control;
pub mod exchange;
pub mod host;
pub mod net;
pub mod store;
pub mod web;
