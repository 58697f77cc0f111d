//! Stories: the whole exchange with simulated phones on a simulated wire, told as call ladders.

mod boot;
mod by_hand;
mod calls;
#[path = "../support/disc.rs"]
mod disc;
mod emergency;
mod endings;
mod guessing;
mod journal;
mod ladders;
mod limits;
mod login;
mod measured;
mod model;
mod moving;
mod native;
mod office;
mod outside;
mod people;
#[path = "../support/phone.rs"]
mod phone;
mod presence;
mod reference;
mod restart;
mod rules;
#[path = "../support/sim_box.rs"]
mod sim_box;
mod steps;
mod templates;
mod ways;
mod weather;
#[path = "../support/wire.rs"]
mod wire;
