//! The makers: one file each for what its phones must be told and how it is written.

pub mod snom;
pub mod yealink;
