//! Where a request came in: put into each request by `serve`, read by pages and downloads.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::flush::Flushes;

/// Both ends of the connection a request came by.
#[derive(Debug, Clone)]
pub struct Wire {
    /// The other end.
    pub peer: SocketAddr,
    /// The box's own end.
    pub local: SocketAddr,
    /// Tells when what was written has left; `None` where nobody counts.
    pub flushes: Option<Arc<Flushes>>,
}

impl Wire {
    /// The other end's address, IPv4 where it is one in disguise.
    pub fn source(&self) -> IpAddr {
        self.peer.ip().to_canonical()
    }
}

/// A request that came by no connection (the control socket, a test) is taken for one from the box itself.
impl Default for Wire {
    fn default() -> Self {
        let own = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { peer: own, local: own, flushes: None }
    }
}

impl<S: Sync> FromRequestParts<S> for Wire {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
