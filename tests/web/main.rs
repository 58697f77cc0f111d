//! The web room against a real exchange: pages, API, downloads and control socket, asked as browsers, programs and phones
//! ask, without a socket except where the socket is the matter.

mod api;
mod browser;
mod examples;
mod house;
mod journal;
mod large;
mod local;
mod openapi;
mod pages;
mod parity;
mod phones;
mod security;
mod sockets;
mod values;
mod webhooks;
