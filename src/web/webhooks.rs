//! Webhooks: each event, posted to the addresses the owner has named (HOTDESK B15).
//!
//! Each receiver has a queue of its own and a task that empties it, so that one which is slow or gone holds up neither
//! another nor the box. There are at most [`MOST`]; they are kept, each under a name of its own, by [`Keep`], which seals
//! them. Nothing is kept of events: those that wait when the box stops are lost, and the ids of the events after it begin
//! anew, which tells a receiver so.
//!
//! Not here: what is kept of a receiver (`receiver`), its queue (`lane`), the request itself and its signature (`post`).

mod lane;
mod post;
mod receiver;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::task::AbortHandle;
use ureq::tls::RootCerts;

use super::feed::News;
use super::keep::{Keep, KeepError};
use super::random;
use lane::Lane;
use post::{Letter, Post};

pub use lane::View;
pub use post::{Failure, PATIENCE};
pub use receiver::{Receiver, WishFault};

/// How many receivers there may be.
pub const MOST: usize = 16;

/// The event a receiver is sent to try it.
pub const TEST: &str = "test";

/// All receivers.
pub struct Webhooks {
    keep: Arc<dyn Keep>,
    post: Post,
    lanes: RwLock<BTreeMap<usize, Running>>,
    writing: tokio::sync::Mutex<()>,
}

/// A receiver's queue, and the task that empties it.
struct Running {
    lane: Arc<Lane>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why there is no new receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddError {
    /// The wish cannot be fulfilled.
    Wish(WishFault),
    /// There are [`MOST`] already.
    TooMany,
    /// The disc.
    Keep(KeepError),
}

impl Webhooks {
    /// Reads what is kept and begins to deliver. Must be called where tokio runs.
    pub fn open(keep: Arc<dyn Keep>) -> Result<Self, KeepError> {
        let hooks = Self {
            keep,
            post: Post::new(RootCerts::WebPki, post::PATIENCE),
            lanes: RwLock::default(),
            writing: tokio::sync::Mutex::default(),
        };
        for place in 0..MOST {
            let kept = hooks.keep.read(&name_of(place))?.filter(|bytes| !bytes.is_empty());
            match kept.map(|bytes| Receiver::read(&bytes)) {
                Some(Some(receiver)) => hooks.begin(place, receiver),
                Some(None) => {
                    tracing::warn!("a webhook's receiver cannot be read and is left out: add it again")
                }
                None => {}
            }
        }
        Ok(hooks)
    }

    /// Puts what happened into each queue that wants it.
    pub fn handle(&self, news: &News) {
        for running in self.lanes.read().unwrap_or_else(PoisonError::into_inner).values() {
            match news {
                News::Event(item) => running.lane.push(item),
                News::Missed(count) => running.lane.miss(*count),
            }
        }
    }

    /// Adds a receiver of these events, of all where none is named; its secret is told this once.
    pub async fn add(&self, url: &str, events: Vec<String>) -> Result<Receiver, AddError> {
        let receiver = Receiver::new(url, events).map_err(AddError::Wish)?;
        let _alone = self.writing.lock().await;
        let place = {
            let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
            (0..MOST).find(|place| !lanes.contains_key(place)).ok_or(AddError::TooMany)?
        };
        self.keep.write(&name_of(place), receiver.write()).await.map_err(AddError::Keep)?;
        self.begin(place, receiver.clone());
        Ok(receiver)
    }

    /// Removes the receiver with this id and all that waits for it; whether there was one.
    pub async fn remove(&self, id: &str) -> Result<bool, KeepError> {
        let _alone = self.writing.lock().await;
        let Some(place) = self.place_of(id) else { return Ok(false) };
        self.keep.write(&name_of(place), Vec::new()).await?;
        self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(&place);
        Ok(true)
    }

    /// Sends one event [`TEST`] at once, past the queue: the status of the answer, or why there is none that counts. `None`
    /// where there is no such receiver.
    pub async fn test(&self, id: &str) -> Option<Result<u16, Failure>> {
        let receiver = self.receiver(id)?;
        let id = format!("{TEST}-{}", random::hex(&random::bytes::<6>()));
        let time = jiff::Timestamp::now().round(jiff::Unit::Millisecond).unwrap_or_default();
        let body = format!(r#"{{"id":"{id}","event":"{TEST}","time":"{time}"}}"#);
        let letter = Letter { name: TEST.to_owned(), id, body };
        Some(self.post.send(&receiver, letter).await)
    }

    /// The receiver with this id.
    pub fn receiver(&self, id: &str) -> Option<Receiver> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.values().map(|running| running.lane.receiver()).find(|receiver| receiver.id == id).cloned()
    }

    /// Every receiver and how its deliveries go.
    pub fn views(&self) -> Vec<View> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.values().map(|running| running.lane.view()).collect()
    }

    fn begin(&self, place: usize, receiver: Receiver) {
        let lane = Arc::new(Lane::new(receiver));
        let task = tokio::spawn(Arc::clone(&lane).run(self.post.clone(), lane::AGAIN)).abort_handle();
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        lanes.insert(place, Running { lane, task });
    }

    fn place_of(&self, id: &str) -> Option<usize> {
        let lanes = self.lanes.read().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().find(|(_, running)| running.lane.receiver().id == id).map(|(place, _)| *place)
    }
}

/// Under which name a receiver is kept; an empty value means that there is none.
fn name_of(place: usize) -> String {
    format!("webhook-{place:02}")
}
