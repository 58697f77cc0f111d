//! How much memory all answers together may take while they wait for their readers.
//!
//! A page is written in one go and then leaves as fast as its reader takes it, so many slow readers of large pages could
//! hold any amount. Each large answer takes its size from one budget and gives it back when its last byte is gone;
//! without that an answer says to come back later. One page is written at a time: the web has one thread.

use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::trouble::Trouble;

/// The budget, in KiB.
const ALL: usize = 12 * 1024;

/// Answers below this, in KiB, are not counted: there are few connections.
const SMALL: u64 = 16;

/// What is left.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Semaphore>);

/// An answer's bytes and what they took from the budget.
struct Held {
    bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Budget {
    /// A whole budget.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(ALL)))
    }

    /// The answer, holding its share of the budget until its last byte is gone; or, where nothing is left, that the box is
    /// busy. An answer that grows while it is sent, as an event stream does, holds little and is let through.
    pub async fn hold(&self, response: Response) -> Response {
        let Some(size) = response.body().size_hint().exact().map(|bytes| bytes.div_ceil(1024)) else {
            return response;
        };
        if size < SMALL {
            return response;
        }
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        let Ok(share) = Arc::clone(&self.0).try_acquire_many_owned(size) else {
            return Trouble::Crowded.into_response();
        };
        let (parts, body) = response.into_parts();
        match to_bytes(body, usize::MAX).await {
            Ok(bytes) => {
                Response::from_parts(parts, Body::from(Bytes::from_owner(Held { bytes, _share: share })))
            }
            Err(_) => Trouble::Bug.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[tokio::test]
    async fn large_answers_wait_in_a_bounded_memory_and_small_ones_always_get_through() {
        let budget = Budget::new();
        let large = || "x".repeat(ALL * 1024 / 4).into_response();
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(budget.hold(large()).await);
        }
        assert!(held.iter().all(|one| one.status() == StatusCode::OK));
        assert_eq!(budget.hold(large()).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(budget.hold("small".into_response()).await.status(), StatusCode::OK);

        // What a connection still has to send counts, even where the answer itself is gone.
        let rest =
            to_bytes(held.pop().expect("one").into_body(), usize::MAX).await.expect("a body").slice(..1);
        assert_eq!(budget.hold(large()).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(rest);
        assert_eq!(budget.hold(large()).await.status(), StatusCode::OK);
    }
}
