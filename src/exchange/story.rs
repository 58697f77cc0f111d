//! The chapters of the exchange's story: parts of [`super::Exchange`], one for each kind of happening.
//!
//! A chapter may use every sub-room; no sub-room may use a chapter.

mod audit;
mod callers;
mod calls;
mod desks;
mod emergency;
mod endings;
mod files;
mod lockouts;
mod logins;
mod native;
mod office;
mod outside;
mod phones;
mod pins;
mod presence;
mod requests;
pub(super) mod ringing;
mod tenants;
mod views;
pub(super) mod voice;

pub(super) use native::WrongAnswers;
