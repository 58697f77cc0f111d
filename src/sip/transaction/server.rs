//! The server's side of a request that is no INVITE (RFC 3261 §17.2.2).
//!
//! ```text
//!   Trying --1xx--> Proceeding --200..699--> Completed --J--> Terminated
//!     copies are          copies get the last answer again
//!     dropped
//! ```
//!
//! Keeps the bytes of the last answer and nothing else. If we never answer, it ends when the client's Timer F must have
//! passed: then nobody waits for an answer any more.

use std::mem;
use std::time::Instant;

use bytes::Bytes;
use smallvec::smallvec;

use super::step::{Action, Actions, Class};
use super::timer::Timer;
use crate::sip::flow::Transport;

/// One request to us, not an INVITE, from its arrival to the end of its echo.
#[derive(Debug)]
pub struct Server {
    transport: Transport,
    state: State,
}

#[derive(Debug)]
enum State {
    /// We have said nothing yet.
    Trying { until: Instant },
    /// We have said that it will take a while.
    Proceeding { last: Bytes, until: Instant },
    /// We have given the final answer.
    Completed { last: Bytes, until: Instant },
    /// Over.
    Terminated,
}

impl Server {
    /// A request has arrived.
    pub fn start(transport: Transport, now: Instant) -> Server {
        let until = Timer::Unanswered.end(transport, now).unwrap_or(now);
        Server { transport, state: State::Trying { until } }
    }

    /// A copy of the request has come.
    pub fn handle_copy(&mut self) -> Actions {
        match &self.state {
            State::Trying { .. } | State::Terminated => smallvec![],
            State::Proceeding { last, .. } | State::Completed { last, .. } => {
                smallvec![Action::Transmit(last.clone())]
            }
        }
    }

    /// We answer. After a final answer nothing more is said.
    pub fn respond(&mut self, class: Class, response: Bytes, now: Instant) -> Actions {
        let (state, actions) = match (mem::replace(&mut self.state, State::Terminated), class) {
            (State::Trying { until } | State::Proceeding { until, .. }, Class::Provisional) => {
                let actions = smallvec![Action::Transmit(response.clone())];
                (State::Proceeding { last: response, until }, actions)
            }
            (State::Trying { .. } | State::Proceeding { .. }, Class::Success | Class::Refusal) => {
                let actions = smallvec![Action::Transmit(response.clone())];
                match Timer::J.end(self.transport, now) {
                    Some(until) => (State::Completed { last: response, until }, actions),
                    None => (State::Terminated, actions),
                }
            }
            (state @ (State::Completed { .. } | State::Terminated), _) => (state, smallvec![]),
        };
        self.state = state;
        actions
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.deadline().is_some_and(|until| until <= now) {
            self.state = State::Terminated;
        }
    }

    /// When to call [`Server::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Trying { until } | State::Proceeding { until, .. } | State::Completed { until, .. } => {
                Some(*until)
            }
            State::Terminated => None,
        }
    }

    /// Whether the final answer was given and only copies are waited for.
    pub fn is_completed(&self) -> bool {
        matches!(self.state, State::Completed { .. })
    }

    /// Whether nothing more can happen.
    pub fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TRYING: Bytes = Bytes::from_static(b"100");
    const OK: Bytes = Bytes::from_static(b"200");

    fn sent(bytes: Bytes) -> Vec<Action> {
        vec![Action::Transmit(bytes)]
    }

    #[test]
    fn a_copy_before_the_answer_is_dropped_and_after_it_gets_the_answer_again() {
        let start = Instant::now();
        let mut server = Server::start(Transport::Udp, start);
        assert!(server.handle_copy().is_empty());
        assert_eq!(server.respond(Class::Provisional, TRYING, start).to_vec(), sent(TRYING));
        assert_eq!(server.handle_copy().to_vec(), sent(TRYING));
        assert_eq!(server.respond(Class::Success, OK, start).to_vec(), sent(OK));
        assert_eq!(server.handle_copy().to_vec(), sent(OK));
        assert!(server.is_completed());
    }

    #[test]
    fn a_second_final_answer_and_a_late_provisional_one_are_not_sent() {
        let start = Instant::now();
        let mut server = Server::start(Transport::Udp, start);
        server.respond(Class::Refusal, OK, start);
        assert!(server.respond(Class::Success, TRYING, start).is_empty());
        assert!(server.respond(Class::Provisional, TRYING, start).is_empty());
        assert_eq!(server.handle_copy().to_vec(), sent(OK));
    }

    #[test]
    fn the_answer_is_kept_for_32_seconds_on_datagrams() {
        let start = Instant::now();
        let mut server = Server::start(Transport::Udp, start);
        server.respond(Class::Success, OK, start + Duration::from_secs(1));
        assert_eq!(server.deadline(), Some(start + Duration::from_secs(33)));
        server.handle_timeout(start + Duration::from_millis(32_999));
        assert!(!server.is_terminated());
        server.handle_timeout(start + Duration::from_secs(33));
        assert!(server.is_terminated());
        assert!(server.handle_copy().is_empty());
    }

    #[test]
    fn on_a_stream_nothing_is_kept_after_the_answer() {
        let start = Instant::now();
        let mut server = Server::start(Transport::Tcp, start);
        assert_eq!(server.respond(Class::Success, OK, start).to_vec(), sent(OK));
        assert!(server.is_terminated());
    }

    #[test]
    fn a_request_we_never_answer_is_forgotten_when_its_client_has_given_up() {
        for transport in [Transport::Udp, Transport::Tcp] {
            let start = Instant::now();
            let mut server = Server::start(transport, start);
            server.respond(Class::Provisional, TRYING, start);
            server.handle_timeout(start + Duration::from_secs(32));
            assert!(server.is_terminated());
            assert!(server.respond(Class::Success, OK, start + Duration::from_secs(33)).is_empty());
        }
    }
}
