//! Ladders: whole calls, phone by phone, with the transactions between and a clock turned by hand.

mod basic;
mod forks;
mod harness;
mod inside;
mod outside;
mod passing;
mod races;
mod random;
mod transfers;
mod voice_terms;
mod voices;

use harness::Office;

use super::{EndVoice, Exhausted, Opening};

/// lab calls 100, which rings at these phones; the last of them answers.
fn talking(phones: &[&'static str]) -> Office {
    let mut office = Office::ringing(phones);
    office.invites("lab", "100");
    office.replies(phones[phones.len() - 1], 200);
    office.acks("lab");
    office.skip();
    office
}
