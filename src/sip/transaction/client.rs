//! The client's side of a request that is no INVITE (RFC 3261 §17.1.2).
//!
//! ```text
//!   Trying --1xx--> Proceeding --200..699--> Completed --K--> Terminated
//!     E: send again     E: every T2            copies are dropped
//!     F: timed out      F: timed out
//! ```
//!
//! Holds the bytes of its request while they may be needed again. Knows neither the wire nor the user: see
//! [`Action`].

use std::mem;
use std::time::Instant;

use bytes::Bytes;
use smallvec::smallvec;

use super::step::{Action, Actions, Class, earlier};
use super::timer::{Copies, Timer};
use crate::sip::flow::Transport;

/// One request of ours, not an INVITE, from its first copy to the end of its echo.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Sent; nothing came back.
    Trying { request: Bytes, copies: Option<Copies>, until: Instant },
    /// A provisional answer came.
    Proceeding { request: Bytes, copies: Option<Copies>, until: Instant },
    /// The final answer came; its copies are dropped.
    Completed { until: Instant },
    /// Over.
    Terminated,
}

impl Client {
    /// Sends `request`.
    pub fn start(request: Bytes, transport: Transport, now: Instant) -> (Client, Actions) {
        let copies = Timer::E.span(transport).map(|_| Copies::doubling_to_t2(now));
        let until = Timer::F.end(transport, now).unwrap_or(now);
        let actions = smallvec![Action::Transmit(request.clone())];
        (Client { transport, state: State::Trying { request, copies, until } }, actions)
    }

    /// A response to the request has come.
    pub fn handle_response(&mut self, class: Class, now: Instant) -> Actions {
        let (state, actions) = match (mem::replace(&mut self.state, State::Terminated), class) {
            (State::Trying { request, copies, until }, Class::Provisional) => {
                let copies = copies.map(Copies::every_t2);
                (State::Proceeding { request, copies, until }, smallvec![Action::PassUp])
            }
            (state @ State::Proceeding { .. }, Class::Provisional) => (state, smallvec![Action::PassUp]),
            (State::Trying { .. } | State::Proceeding { .. }, Class::Success | Class::Refusal) => {
                (self.completed(now), smallvec![Action::PassUp])
            }
            (state @ (State::Completed { .. } | State::Terminated), _) => (state, smallvec![]),
        };
        self.state = state;
        actions
    }

    /// The flow the request went out on has failed.
    pub fn handle_transport_failed(&mut self) -> Actions {
        match mem::replace(&mut self.state, State::Terminated) {
            State::Trying { .. } | State::Proceeding { .. } => smallvec![Action::TransportFailed],
            State::Completed { .. } | State::Terminated => smallvec![],
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Actions {
        let mut actions = smallvec![];
        match &mut self.state {
            State::Trying { request, copies, until } | State::Proceeding { request, copies, until } => {
                if *until <= now {
                    self.state = State::Terminated;
                    actions.push(Action::TimedOut);
                } else if let Some(due) = copies.as_mut().filter(|copies| copies.is_due(now)) {
                    *due = due.after_one(now);
                    actions.push(Action::Transmit(request.clone()));
                }
            }
            State::Completed { until } => {
                if *until <= now {
                    self.state = State::Terminated;
                }
            }
            State::Terminated => {}
        }
        actions
    }

    /// When to call [`Client::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Trying { copies, until, .. } | State::Proceeding { copies, until, .. } => {
                earlier(copies.map(|copies| copies.at), Some(*until))
            }
            State::Completed { until } => Some(*until),
            State::Terminated => None,
        }
    }

    /// Whether nothing more can happen.
    pub fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn completed(&self, now: Instant) -> State {
        match Timer::K.end(self.transport, now) {
            Some(until) => State::Completed { until },
            None => State::Terminated,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const REQUEST: Bytes = Bytes::from_static(b"NOTIFY");

    struct Bench {
        client: Client,
        start: Instant,
    }

    impl Bench {
        fn on(transport: Transport) -> Bench {
            let start = Instant::now();
            let (client, actions) = Client::start(REQUEST, transport, start);
            assert_eq!(actions.as_slice(), [Action::Transmit(REQUEST)]);
            Bench { client, start }
        }

        fn at(&self, milliseconds: u64) -> Instant {
            self.start + Duration::from_millis(milliseconds)
        }

        fn hears(&mut self, status: u16, milliseconds: u64) -> Actions {
            let now = self.at(milliseconds);
            self.client.handle_response(Class::of(status), now)
        }

        /// Runs to the end and tells what happened when, in milliseconds.
        fn runs_out(&mut self) -> String {
            let mut story = Vec::new();
            while let Some(now) = self.client.deadline() {
                let moment = (now - self.start).as_millis();
                for action in self.client.handle_timeout(now) {
                    let word = match action {
                        Action::Transmit(_) => "copy",
                        Action::TimedOut => "timeout",
                        other => panic!("{other:?}"),
                    };
                    story.push(format!("{word} {moment}"));
                }
                if self.client.is_terminated() {
                    story.push(format!("end {moment}"));
                }
            }
            story.join(", ")
        }
    }

    #[test]
    fn a_request_without_an_answer_is_repeated_up_to_every_four_seconds_and_given_up_after_32() {
        assert_eq!(
            Bench::on(Transport::Udp).runs_out(),
            "copy 500, copy 1500, copy 3500, copy 7500, copy 11500, copy 15500, copy 19500, copy 23500, copy 27500, \
             copy 31500, timeout 32000, end 32000"
        );
    }

    #[test]
    fn on_a_stream_a_request_is_sent_once() {
        assert_eq!(Bench::on(Transport::Tcp).runs_out(), "timeout 32000, end 32000");
    }

    #[test]
    fn after_a_provisional_answer_the_request_is_repeated_every_four_seconds() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.hears(100, 100).as_slice(), [Action::PassUp]);
        assert_eq!(bench.hears(100, 200).as_slice(), [Action::PassUp]);
        assert!(bench.runs_out().starts_with("copy 500, copy 4500, copy 8500"));
    }

    #[test]
    fn a_final_answer_is_passed_up_once_and_its_copies_are_dropped_for_t4() {
        for status in [200, 302, 486, 503, 603] {
            let mut bench = Bench::on(Transport::Udp);
            assert_eq!(bench.hears(status, 100).as_slice(), [Action::PassUp]);
            assert!(bench.hears(status, 200).is_empty());
            assert!(bench.hears(100, 300).is_empty());
            assert_eq!(bench.runs_out(), "end 5100");
        }
    }

    #[test]
    fn on_a_stream_a_final_answer_ends_everything_at_once() {
        let mut bench = Bench::on(Transport::Tcp);
        bench.hears(200, 100);
        assert!(bench.client.is_terminated());
        assert!(bench.hears(200, 200).is_empty());
    }

    #[test]
    fn a_failed_flow_is_told_once_and_only_while_an_answer_is_awaited() {
        let mut bench = Bench::on(Transport::Tcp);
        assert_eq!(bench.client.handle_transport_failed().as_slice(), [Action::TransportFailed]);
        assert!(bench.client.handle_transport_failed().is_empty());
        assert!(bench.client.is_terminated());

        let mut bench = Bench::on(Transport::Udp);
        bench.hears(180, 100);
        assert_eq!(bench.client.handle_transport_failed().as_slice(), [Action::TransportFailed]);

        let mut bench = Bench::on(Transport::Udp);
        bench.hears(200, 100);
        assert!(bench.client.handle_transport_failed().is_empty());
        assert!(bench.client.is_terminated());
    }

    #[test]
    fn nothing_happens_before_its_time() {
        let mut bench = Bench::on(Transport::Udp);
        let early = bench.at(499);
        assert!(bench.client.handle_timeout(early).is_empty());
        bench.hears(200, 499);
        let early = bench.at(5_498);
        assert!(bench.client.handle_timeout(early).is_empty());
        assert!(!bench.client.is_terminated());
    }
}
