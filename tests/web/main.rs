//! The web room against a real exchange: pages, API, downloads and control socket, asked as browsers, programs and phones
//! ask, without a socket except where the socket is the matter.

mod browser;
mod house;
mod pages;
mod security;
