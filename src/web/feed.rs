//! The event stream: what happens, numbered, kept for a while, and sent as server-sent events.
//!
//! An id is `<start>-<number>`, where `<start>` is drawn when the box starts. A listener that comes back with its last id
//! gets what it missed; where that is not known any more (a restart, or too long ago) it gets one event `reset`, which
//! means: ask for everything anew.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::response::sse;
use futures_util::Stream;
use jiff::{Timestamp, Unit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::random;
use crate::control::NumberedEvent;

/// How many events are kept for listeners that come back.
pub const KEPT: usize = 512;

/// How many listeners there may be; a further one is told to come back later.
pub const LISTENERS: usize = 64;

/// How often a silent stream says that it is alive.
const ALIVE: Duration = Duration::from_secs(15);

/// The stream's source.
#[derive(Debug)]
pub struct Feed {
    start: String,
    ring: Mutex<Ring>,
    bell: watch::Sender<u64>,
    places: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Ring {
    kept: VecDeque<Arc<Item>>,
    /// From this number on nothing is missing.
    whole_from: u64,
    /// The number the next event is expected to have.
    next: u64,
}

/// How long events gather once all that came have been taken.
const GATHER: Duration = Duration::from_millis(20);

/// One event, ready to be sent.
#[derive(Debug)]
pub struct Item {
    /// Its place in the stream.
    pub number: u64,
    /// Its id, as listeners are told it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The event itself, one JSON object, with the moment it was heard of as `time`.
    pub json: String,
}

/// What others who follow the stream are told.
#[derive(Debug)]
pub enum News {
    /// An event.
    Event(Arc<Item>),
    /// So many went by unseen.
    Missed(u64),
}

/// Which events a listener wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    All,
    /// Those of these names.
    Some(Vec<&'static str>),
}

impl Wanted {
    fn has(&self, item: &Item) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|name| *name == item.name),
        }
    }
}

/// One listener: how far it has come, what it wants, and until when.
struct Listener<G> {
    feed: Arc<Feed>,
    /// The number to go on from; `None` where something is missing.
    cursor: Option<u64>,
    wanted: Wanted,
    goes_on: G,
    bell: watch::Receiver<u64>,
    is_new: bool,
    _place: OwnedSemaphorePermit,
}

/// What a listener finds when it looks.
enum Found {
    Event(Arc<Item>),
    /// Something is missing; go on from this number.
    Reset(u64),
    Nothing,
}

impl Ring {
    /// Some events went by unseen: whoever listens must ask for everything anew.
    fn forget(&mut self) {
        self.kept.clear();
        // The events missed had these numbers; how many they were does not matter.
        self.next += 1;
        self.whole_from = self.next;
    }
}

impl Feed {
    /// An empty stream.
    pub fn new() -> Self {
        Self {
            start: random::hex(&random::bytes::<6>()),
            // The first event is number 1.
            ring: Mutex::new(Ring { next: 1, ..Ring::default() }),
            bell: watch::Sender::new(0),
            places: Arc::new(Semaphore::new(LISTENERS)),
        }
    }

    /// Takes events in until their source ends, and tells `also` of each.
    pub async fn listen(
        self: Arc<Self>,
        mut events: broadcast::Receiver<NumberedEvent>,
        also: impl Fn(News) + Send,
    ) {
        loop {
            // While nobody waits for it, an event costs the switchboard nothing.
            if events.is_empty() {
                sleep(GATHER).await;
            }
            match events.recv().await {
                Ok(event) => {
                    if let Some(item) = self.push(&event) {
                        also(News::Event(item));
                    }
                }
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    self.ring().forget();
                    also(News::Missed(missed));
                }
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Takes one event in.
    pub fn push(&self, event: &NumberedEvent) -> Option<Arc<Item>> {
        let mut value = serde_json::to_value(&event.event).ok()?;
        let name = value.get("event").and_then(|name| name.as_str()).unwrap_or("event").to_owned();
        // Milliseconds: what every reader of times can read.
        let time = Timestamp::now().round(Unit::Millisecond).ok()?;
        value.as_object_mut()?.insert("time".to_owned(), time.to_string().into());
        let id = format!("{}-{}", self.start, event.number);
        let item = Arc::new(Item { number: event.number, id, name, json: value.to_string() });
        {
            let mut ring = self.ring();
            if ring.kept.len() == KEPT
                && let Some(oldest) = ring.kept.pop_front()
            {
                ring.whole_from = oldest.number + 1;
            }
            ring.next = event.number + 1;
            ring.kept.push_back(Arc::clone(&item));
        }
        self.bell.send_replace(event.number + 1);
        Some(item)
    }

    /// A place among the listeners, where one is free.
    pub fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// The stream for one listener, from `last_id` on where that is known, else from now on. It ends when `goes_on` says
    /// no, asked at least every 15 seconds. Each event has an id, and so have the greeting and the signs of life between
    /// them: who comes back goes on exactly where it was, though it wants few of the events.
    pub fn stream(
        self: Arc<Self>,
        place: OwnedSemaphorePermit,
        last_id: Option<&str>,
        wanted: Wanted,
        goes_on: impl Fn() -> bool + Send + 'static,
    ) -> impl Stream<Item = Result<sse::Event, Infallible>> + Send + 'static {
        let listener = Listener {
            cursor: self.cursor(last_id),
            bell: self.bell.subscribe(),
            feed: self,
            wanted,
            goes_on,
            is_new: true,
            _place: place,
        };
        futures_util::stream::unfold(listener, async |mut listener| {
            let event = listener.next().await?;
            Some((Ok(event), listener))
        })
    }

    /// The number to go on from; `None` where something is missing.
    fn cursor(&self, last_id: Option<&str>) -> Option<u64> {
        let Some(last_id) = last_id else { return Some(self.ring().next) };
        let (start, number) = last_id.rsplit_once('-')?;
        let next = number.parse::<u64>().ok()?.wrapping_add(1);
        (start == self.start && next <= self.ring().next).then_some(next)
    }

    fn look(&self, cursor: Option<u64>) -> Found {
        let ring = self.ring();
        let Some(cursor) = cursor else { return Found::Reset(ring.next) };
        if cursor >= ring.next {
            return Found::Nothing;
        }
        if cursor < ring.whole_from {
            return Found::Reset(ring.next);
        }
        let found = ring.kept.iter().find(|item| item.number >= cursor);
        found.map_or(Found::Nothing, |item| Found::Event(Arc::clone(item)))
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<G: Fn() -> bool> Listener<G> {
    /// What it is told next; `None` where that is the end.
    async fn next(&mut self) -> Option<sse::Event> {
        if std::mem::take(&mut self.is_new) {
            // Tells the listener at once that it is heard, and how soon to come back.
            let hello = sse::Event::default().retry(Duration::from_secs(3)).comment("listening");
            return Some(self.marked(hello));
        }
        let silent_until = Instant::now() + ALIVE;
        loop {
            if !(self.goes_on)() {
                return None;
            }
            self.bell.mark_unchanged();
            match self.feed.look(self.cursor) {
                Found::Event(item) => {
                    self.cursor = Some(item.number + 1);
                    if self.wanted.has(&item) {
                        return Some(sse::Event::default().id(&item.id).event(&item.name).data(&item.json));
                    }
                }
                Found::Reset(next) => {
                    self.cursor = Some(next);
                    let reset = sse::Event::default().event("reset").data(r#"{"event":"reset"}"#);
                    return Some(self.marked(reset));
                }
                Found::Nothing => match timeout_at(silent_until, self.bell.changed()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return None,
                    Err(_) => return Some(self.marked(sse::Event::default().comment("alive"))),
                },
            }
        }
    }

    /// With the id of the event before the one to come. Without an event's data a listener is told of nothing, and keeps
    /// the id.
    fn marked(&self, event: sse::Event) -> sse::Event {
        match self.cursor {
            Some(next) => event.id(format!("{}-{}", self.feed.start, next.wrapping_sub(1))),
            None => event,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::model::{DeviceId, Event};

    fn event(number: u64) -> NumberedEvent {
        NumberedEvent { number, event: Event::DeviceSeen { device: DeviceId(number as u32) } }
    }

    /// The next events as they are written, without the greeting.
    async fn hears(feed: &Arc<Feed>, last_id: Option<&str>, count: usize) -> String {
        let stream = Arc::clone(feed).stream(feed.place().expect("a place"), last_id, Wanted::All, || true);
        let events: Vec<_> = stream.skip(1).take(count).collect().await;
        events.iter().map(|event| format!("{event:?}")).collect()
    }

    #[tokio::test]
    async fn who_comes_back_too_late_or_after_a_restart_is_told_to_ask_anew() {
        let feed = Arc::new(Feed::new());
        for number in 1..=(KEPT as u64 + 10) {
            feed.push(&event(number));
        }
        let id = |number: u64| format!("{}-{number}", feed.start);
        assert!(hears(&feed, Some(&id(5)), 1).await.contains("reset"));
        assert!(hears(&feed, Some("000000000000-5"), 1).await.contains("reset"));
        assert!(hears(&feed, Some("nonsense"), 1).await.contains("reset"));
        assert!(hears(&feed, Some(&id(10)), 1).await.contains("d11"));
        let last_two = hears(&feed, Some(&id(KEPT as u64 + 8)), 2).await;
        assert!(last_two.contains("d521") && last_two.contains("d522"), "{last_two}");
    }

    #[tokio::test]
    async fn a_listener_that_falls_behind_its_source_is_told_so() {
        let feed = Arc::new(Feed::new());
        feed.push(&event(1));
        let id = format!("{}-1", feed.start);
        feed.ring().forget();
        assert!(hears(&feed, Some(&id), 1).await.contains("reset"));
    }

    #[tokio::test]
    async fn b15_who_wants_few_events_gets_those_and_goes_on_where_it_was() {
        let feed = Arc::new(Feed::new());
        let wanted = || Wanted::Some(vec!["office-changed"]);
        let place = feed.place().expect("a place");
        let mut stream = Box::pin(Arc::clone(&feed).stream(place, None, wanted(), || true));
        let hello = format!("{:?}", stream.next().await);
        assert!(
            hello.contains(&format!("{}-0", feed.start)),
            "who hears nothing yet can come back too: {hello}"
        );
        for number in 1..=3 {
            feed.push(&event(number));
        }
        feed.push(&NumberedEvent { number: 4, event: Event::OfficeChanged });
        let heard = format!("{:?}", stream.next().await);
        assert!(heard.contains("office-changed") && heard.contains(&format!("{}-4", feed.start)), "{heard}");
        drop(stream);

        feed.push(&event(5));
        let place = feed.place().expect("a place");
        let mut stream = Box::pin(Arc::clone(&feed).stream(place, Some("gone-9"), wanted(), || true));
        stream.next().await;
        let reset = format!("{:?}", stream.next().await);
        assert!(reset.contains("reset") && reset.contains(&format!("{}-5", feed.start)), "{reset}");
    }
}
