//! The queue of one receiver: what waits for it, in order, and how its deliveries go.
//!
//! At most [`WAITING`] events wait; a further one pushes the oldest out. An event that fails is tried again after 1 s, 5 s,
//! 30 s, 2 min and 10 min, then given up. Whatever was lost either way is counted, and the next event that is delivered
//! says how many were missed before it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use super::post::{Failure, Letter, Post};
use super::receiver::Receiver;
use crate::web::feed::Item;

/// How many events may wait.
pub const WAITING: usize = 1000;

/// How long after each failure an event is tried again: a receiver that restarts needs seconds, one that is repaired minutes.
pub const AGAIN: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];

/// One receiver's queue.
#[derive(Debug)]
pub struct Lane {
    receiver: Receiver,
    state: Mutex<State>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Arc<Item>>,
    /// Whether one more has been taken out and is on its way.
    on_its_way: bool,
    /// How many were lost since the last that was delivered.
    missed: u64,
    delivered: Option<Timestamp>,
    failing: Option<(Timestamp, Failure)>,
}

/// A receiver and how its deliveries go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What it is called.
    pub id: String,
    /// Where events are posted.
    pub url: String,
    /// The names of the events it wants; all where there are none.
    pub events: Vec<String>,
    /// How many events wait, the one on its way included.
    pub waiting: usize,
    /// How many were lost since the last that was delivered.
    pub missed: u64,
    /// When an event was delivered last since the box started.
    pub delivered: Option<Timestamp>,
    /// Since when deliveries have failed, and why the last did.
    pub failing: Option<(Timestamp, Failure)>,
}

impl Lane {
    /// An empty queue.
    pub fn new(receiver: Receiver) -> Self {
        Self { receiver, state: Mutex::default(), bell: Notify::new() }
    }

    /// Whose queue it is.
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Takes an event in, where its receiver wants it.
    pub fn push(&self, item: &Arc<Item>) {
        if !self.receiver.wants(&item.name) {
            return;
        }
        let mut state = self.state();
        if state.waiting.len() >= WAITING {
            state.waiting.pop_front();
            state.missed += 1;
        }
        state.waiting.push_back(Arc::clone(item));
        drop(state);
        self.bell.notify_one();
    }

    /// So many events went by before anybody saw them; what they were is not known.
    pub fn miss(&self, count: u64) {
        self.state().missed += count;
    }

    /// How it goes.
    pub fn view(&self) -> View {
        let Receiver { id, url, events, .. } = self.receiver.clone();
        let state = self.state();
        View {
            id,
            url,
            events,
            waiting: state.waiting.len() + usize::from(state.on_its_way),
            missed: state.missed,
            delivered: state.delivered,
            failing: state.failing.clone(),
        }
    }

    /// Empties the queue, one event after the other, for as long as the task lives; `again` says how long after each failure
    /// an event is tried again.
    pub async fn run(self: Arc<Self>, post: Post, again: [Duration; 5]) {
        loop {
            let (item, missed) = self.next().await;
            let letter =
                Letter { name: item.name.clone(), id: item.id.clone(), body: body_of(&item, missed) };
            let is_delivered = self.deliver(&post, letter, again).await;
            let mut state = self.state();
            state.on_its_way = false;
            if !is_delivered {
                state.missed += missed + 1;
            }
        }
    }

    async fn deliver(&self, post: &Post, letter: Letter, again: [Duration; 5]) -> bool {
        for wait in again.into_iter().map(Some).chain([None]) {
            match post.send(&self.receiver, letter.clone()).await {
                Ok(_) => {
                    let mut state = self.state();
                    state.delivered = Some(Timestamp::now());
                    state.failing = None;
                    return true;
                }
                Err(failure) => self.note(failure),
            }
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return false,
            }
        }
        false
    }

    fn note(&self, failure: Failure) {
        let id = &self.receiver.id;
        let mut state = self.state();
        let since = state.failing.as_ref().map(|(since, _)| *since);
        if since.is_none() {
            tracing::warn!(webhook = %id, %failure, "events cannot be delivered to a webhook; it is tried again");
        } else {
            tracing::debug!(webhook = %id, %failure, "a webhook failed again");
        }
        state.failing = Some((since.unwrap_or_else(Timestamp::now), failure));
    }

    /// The oldest event that waits, and how many were lost before it.
    async fn next(&self) -> (Arc<Item>, u64) {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.bell.notified().await;
        }
    }

    fn take(&self) -> Option<(Arc<Item>, u64)> {
        let mut state = self.state();
        let item = state.waiting.pop_front()?;
        state.on_its_way = true;
        Some((item, std::mem::take(&mut state.missed)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is posted: the event as the stream tells it, with its id, and how many were missed before it where any were.
fn body_of(item: &Item, missed: u64) -> String {
    let missed = if missed > 0 { format!("\"missed\":{missed},") } else { String::new() };
    let rest = item.json.strip_prefix('{').unwrap_or(&item.json);
    format!("{{\"id\":\"{}\",{missed}{rest}", item.id)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    fn item(number: u64, name: &str) -> Arc<Item> {
        let json = format!("{{\"event\":\"{name}\"}}");
        Arc::new(Item { number, id: format!("s-{number}"), name: name.to_owned(), json })
    }

    fn lane(events: &[&str]) -> Lane {
        let events = events.iter().map(|name| (*name).to_owned()).collect();
        Lane::new(Receiver::new("https://example.org/", events).expect("a receiver"))
    }

    #[tokio::test]
    async fn b15_a_queue_that_is_full_loses_its_oldest_and_the_next_body_says_how_many() {
        let lane = lane(&[]);
        for number in 1..=(WAITING as u64 + 3) {
            lane.push(&item(number, "emergency"));
        }
        let view = lane.view();
        assert_eq!((view.waiting, view.missed), (WAITING, 3));
        let (first, missed) = lane.next().await;
        assert_eq!(body_of(&first, missed), r#"{"id":"s-4","missed":3,"event":"emergency"}"#);
        let (second, missed) = lane.next().await;
        assert_eq!(body_of(&second, missed), r#"{"id":"s-5","event":"emergency"}"#);
    }

    #[tokio::test]
    async fn b15_a_receiver_of_few_events_loses_none_of_them_to_others() {
        let lane = lane(&["emergency"]);
        lane.push(&item(1, "emergency"));
        for number in 2..5000 {
            lane.push(&item(number, "device-reachable"));
        }
        assert_eq!((lane.view().waiting, lane.view().missed), (1, 0));
        lane.miss(7);
        let (first, missed) = lane.next().await;
        assert_eq!((first.number, missed), (1, 7));
    }

    #[tokio::test]
    async fn b15_an_event_is_given_up_after_its_last_try_and_the_next_says_that_it_is_missing() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let server = std::thread::spawn(move || {
            let mut bodies = Vec::new();
            for try_number in 1..=AGAIN.len() + 2 {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut read = Vec::new();
                // The body ends with its brace, and has no other.
                while read.last() != Some(&b'}') {
                    let mut part = [0; 1024];
                    let length = stream.read(&mut part).expect("a request");
                    read.extend_from_slice(&part[..length]);
                }
                let status = if try_number <= AGAIN.len() + 1 { "503 No" } else { "200 OK" };
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").expect("the box listens");
                let text = String::from_utf8(read).expect("text");
                bodies.push(text.split("\r\n\r\n").nth(1).expect("a body").to_owned());
            }
            bodies
        });
        let lane = Arc::new(Lane::new(Receiver::new(&url, Vec::new()).expect("a receiver")));
        lane.push(&item(1, "emergency"));
        lane.push(&item(2, "emergency"));
        let post = Post::new(ureq::tls::RootCerts::WebPki, super::super::post::PATIENCE);
        let run = tokio::spawn(Arc::clone(&lane).run(post, [Duration::from_millis(1); 5]));
        while lane.view().delivered.is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        run.abort();
        let bodies = server.join().expect("no panic");
        assert!(bodies[..6].iter().all(|body| body == r#"{"id":"s-1","event":"emergency"}"#), "{bodies:?}");
        assert_eq!(bodies[6], r#"{"id":"s-2","missed":1,"event":"emergency"}"#);
        assert_eq!((lane.view().waiting, lane.view().missed, lane.view().failing), (0, 0, None));
    }
}
