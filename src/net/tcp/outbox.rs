//! What waits to be written to one stream: in order, and bounded in bytes.
//!
//! The box answers a whole burst of requests before the stream is written to once, so messages are not counted; a peer
//! that does not read is known by the bytes that wait for it. All streams together have a bound as well, so that a
//! thousand such peers cannot fill the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How many bytes may wait for one stream.
pub const MAX_WAITING: usize = 256 * 1024;

/// How many bytes may wait for all streams together.
pub const MAX_WAITING_IN_ALL: usize = 8 * 1024 * 1024;

/// The end that is written into; dropped, the other end still gives what was written.
#[derive(Debug, Clone)]
pub struct Outbox {
    messages: UnboundedSender<Bytes>,
    waiting: Arc<Waiting>,
}

/// The end that is read from.
#[derive(Debug)]
pub struct Inbox {
    messages: UnboundedReceiver<Bytes>,
    waiting: Arc<Waiting>,
}

/// Nobody reads, or not quickly enough.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused;

/// How many bytes wait for all streams of the box.
#[derive(Debug, Clone, Default)]
pub struct InAll(Arc<AtomicUsize>);

#[derive(Debug)]
struct Waiting {
    here: AtomicUsize,
    in_all: InAll,
}

/// Both ends of an outbox whose bytes count towards `in_all`.
pub fn outbox(in_all: &InAll) -> (Outbox, Inbox) {
    let (sender, receiver) = unbounded_channel();
    let waiting = Arc::new(Waiting { here: AtomicUsize::new(0), in_all: in_all.clone() });
    (Outbox { messages: sender, waiting: waiting.clone() }, Inbox { messages: receiver, waiting })
}

impl Outbox {
    /// Adds a message.
    pub fn push(&self, bytes: Bytes) -> Result<(), Refused> {
        let length = bytes.len();
        let here = self.waiting.here.load(Ordering::Relaxed) + length;
        let in_all = self.waiting.in_all.0.load(Ordering::Relaxed) + length;
        if here > MAX_WAITING || in_all > MAX_WAITING_IN_ALL {
            return Err(Refused);
        }
        // Counted before it is there, so that it is never taken off before.
        self.waiting.here.fetch_add(length, Ordering::Relaxed);
        self.waiting.in_all.0.fetch_add(length, Ordering::Relaxed);
        self.messages.send(bytes).map_err(|_| {
            self.waiting.take(length);
            Refused
        })
    }
}

impl Inbox {
    /// The next message; `None` when there are no more and there will be none. It counts until it is given back by
    /// [`Inbox::written`].
    pub async fn next(&mut self) -> Option<Bytes> {
        self.messages.recv().await
    }

    /// A message of that length has been written.
    pub fn written(&self, length: usize) {
        self.waiting.take(length);
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.messages.close();
        while let Ok(bytes) = self.messages.try_recv() {
            self.waiting.take(bytes.len());
        }
    }
}

impl Waiting {
    fn take(&self, length: usize) {
        self.here.fetch_sub(length, Ordering::Relaxed);
        self.in_all.0.fetch_sub(length, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_waits_is_bounded_in_bytes_and_room_comes_back_with_each_message_written() {
        let in_all = InAll::default();
        let (outbox, mut inbox) = outbox(&in_all);
        let half = Bytes::from(vec![0; MAX_WAITING / 2]);
        assert_eq!((outbox.push(half.clone()), outbox.push(half.clone())), (Ok(()), Ok(())));
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Refused));
        let first = inbox.next().await.expect("a message");
        inbox.written(first.len());
        assert_eq!(outbox.push(half), Ok(()));
        drop(inbox);
        assert_eq!(in_all.0.load(Ordering::Relaxed), 0);
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Refused), "nobody reads");
        assert_eq!(in_all.0.load(Ordering::Relaxed), 0);
    }
}
