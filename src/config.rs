//! What the owner can decide, as values: how the box serves, and what the office is.
//!
//! Pure: it reads texts and gives values, faults and changes; files and sockets are opened elsewhere. The faults of an
//! office file, a page and the API are the same ones.

pub mod api_tokens;
pub mod apply;
mod check;
pub mod export;
pub mod fault;
pub mod office_file;
pub mod rules;
pub mod settings;

#[cfg(test)]
mod test_office;
