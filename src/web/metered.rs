//! A connection that tells when everything written has left, and breaks when its reader takes nothing for too long, or
//! takes what was written for it too slowly.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::flush::Flushes;

/// How much patience there is with a reader.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long it may take nothing.
    pub stall: Duration,
    /// How long it may lag behind before it has taken everything that was written.
    pub lag: Duration,
}

/// The wrapped connection.
pub struct Metered<S> {
    stream: S,
    flushes: Arc<Flushes>,
    patience: Patience,
    stalled: Option<Pin<Box<Sleep>>>,
    behind_since: Option<Instant>,
}

impl<S> Metered<S> {
    /// Wraps a connection.
    pub fn new(stream: S, flushes: Arc<Flushes>, patience: Patience) -> Self {
        Self { stream, flushes, patience, stalled: None, behind_since: None }
    }

    /// Passes an outcome on, and runs out of patience with a reader that takes nothing or lags behind.
    fn watch<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let now = Instant::now();
        let behind_since = *self.behind_since.get_or_insert(now);
        let until = (now + self.patience.stall).min(behind_since + self.patience.lag);
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        match stalled.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(outcome, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.watch(outcome, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(outcome, Poll::Ready(Ok(()))) {
            self.behind_since = None;
            self.flushes.flushed();
        }
        self.watch(outcome, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(outcome, cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const STALL: Duration = Duration::from_millis(50);
    const PATIENCE: Patience = Patience { stall: STALL, lag: Duration::from_secs(60) };

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_dropped_and_a_slow_one_is_not() {
        let (near, mut far) = tokio::io::duplex(8);
        let mut stream = Metered::new(near, Arc::default(), PATIENCE);
        let reading = tokio::spawn(async move {
            let mut taken = [0; 4];
            for _ in 0..8 {
                tokio::time::sleep(STALL / 4).await;
                far.read_exact(&mut taken).await.expect("something to read");
            }
            far
        });
        stream.write_all(&[1; 32]).await.expect("the reader is slow, not gone");
        let _far = reading.await.expect("no panic");
        stream.write_all(&[1; 8]).await.expect("there is room");
        let stalled = stream.write_all(&[1; 8]).await;
        assert_eq!(stalled.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }

    #[tokio::test]
    async fn a_reader_that_takes_a_byte_now_and_then_cannot_hold_an_answer_for_ever() {
        let (near, mut far) = tokio::io::duplex(8);
        let patience = Patience { stall: STALL, lag: STALL * 4 };
        let mut stream = Metered::new(near, Arc::default(), patience);
        let reading = tokio::spawn(async move {
            let mut taken = [0; 1];
            while far.read_exact(&mut taken).await.is_ok() {
                tokio::time::sleep(STALL / 4).await;
            }
        });
        let lagged = stream.write_all(&[1; 1000]).await;
        assert_eq!(lagged.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
        drop(stream);
        reading.await.expect("no panic");
    }

    #[tokio::test]
    async fn work_left_for_the_flush_is_done_by_it_once() {
        let (near, _far) = tokio::io::duplex(64);
        let flushes = Arc::new(Flushes::default());
        let mut stream = Metered::new(near, Arc::clone(&flushes), PATIENCE);
        let done = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&done);
        flushes.after(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        stream.write_all(b"a file").await.expect("written");
        assert_eq!(done.load(Ordering::Relaxed), 0);
        stream.flush().await.expect("flushed");
        stream.flush().await.expect("flushed");
        assert_eq!(done.load(Ordering::Relaxed), 1);
    }
}
