//! The server's side of an INVITE (RFC 3261 §17.2.1 as corrected by RFC 6026 §7.1).
//!
//! ```text
//!   Proceeding --300..699--> Completed --ACK--> Confirmed --I--> Terminated
//!     100 by itself            G: send again      copies are dropped
//!     copies get the           H: no ACK came
//!     last 1xx         --2xx--> Accepted --ACK--> Acknowledged --L--> Terminated
//!                                 send again        copies are dropped
//!                                 L: no ACK came
//! ```
//!
//! The 2xx is sent again from here until its ACK has come (RFC 3261 §13.3.1.4 gives that to the user; it is the same
//! work for every user), on streams too, for the way behind the first hop may be datagrams.

use std::mem;
use std::time::Instant;

use bytes::Bytes;
use smallvec::smallvec;

use super::step::{Action, Actions, Class, earlier};
use super::timer::{Copies, Timer};
use crate::sip::flow::Transport;

/// One INVITE to us, from its arrival to the end of its echo.
#[derive(Debug)]
pub struct InviteServer {
    transport: Transport,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No final answer yet. `last` is what a copy of the INVITE is told, `next` when it is told unasked.
    Proceeding { last: Bytes, next: Option<Instant> },
    /// Refused; the ACK is awaited.
    Completed { refusal: Bytes, copies: Option<Copies>, until: Instant },
    /// Refused and acknowledged.
    Confirmed { until: Instant },
    /// Accepted; the ACK is awaited.
    Accepted { success: Bytes, copies: Copies, until: Instant },
    /// Accepted and acknowledged.
    Acknowledged { until: Instant },
    /// Over.
    Terminated,
}

/// What an ACK that matches the transaction was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledged {
    /// For a refusal: nobody else needs it.
    Refusal,
    /// For a 2xx: the dialog's user needs it.
    Success,
}

impl InviteServer {
    /// An INVITE has arrived; `trying` is the 100 for it.
    pub fn start(trying: Bytes, transport: Transport, now: Instant) -> InviteServer {
        let next = Timer::Trying.end(transport, now);
        InviteServer { transport, state: State::Proceeding { last: trying, next } }
    }

    /// A copy of the INVITE has come.
    pub fn handle_copy(&mut self) -> Actions {
        match &mut self.state {
            State::Proceeding { last, .. } => smallvec![Action::Transmit(last.clone())],
            State::Completed { refusal, .. } => smallvec![Action::Transmit(refusal.clone())],
            State::Accepted { .. }
            | State::Acknowledged { .. }
            | State::Confirmed { .. }
            | State::Terminated => smallvec![],
        }
    }

    /// We answer. After a final answer nothing more is said.
    pub fn respond(&mut self, class: Class, response: Bytes, now: Instant) -> Actions {
        let transmit = smallvec![Action::Transmit(response.clone())];
        let (state, actions) = match (mem::replace(&mut self.state, State::Terminated), class) {
            (State::Proceeding { .. }, Class::Provisional) => {
                let next = Timer::Reminder.end(self.transport, now);
                (State::Proceeding { last: response, next }, transmit)
            }
            (State::Proceeding { .. }, Class::Success) => {
                let until = Timer::L.end(self.transport, now).unwrap_or(now);
                let copies = Copies::doubling_to_t2(now);
                (State::Accepted { success: response, copies, until }, transmit)
            }
            (State::Proceeding { .. }, Class::Refusal) => {
                let until = Timer::H.end(self.transport, now).unwrap_or(now);
                let copies = Timer::G.span(self.transport).map(|_| Copies::doubling_to_t2(now));
                (State::Completed { refusal: response, copies, until }, transmit)
            }
            (state @ (State::Completed { .. } | State::Confirmed { .. }), _) => (state, smallvec![]),
            (state @ (State::Accepted { .. } | State::Acknowledged { .. }), _) => (state, smallvec![]),
            (State::Terminated, _) => (State::Terminated, smallvec![]),
        };
        self.state = state;
        actions
    }

    /// An ACK with the branch of the INVITE has come.
    pub fn handle_ack(&mut self, now: Instant) -> Acknowledged {
        let (state, acknowledged) = match mem::replace(&mut self.state, State::Terminated) {
            State::Completed { .. } => match Timer::I.end(self.transport, now) {
                Some(until) => (State::Confirmed { until }, Acknowledged::Refusal),
                None => (State::Terminated, Acknowledged::Refusal),
            },
            state @ (State::Proceeding { .. } | State::Confirmed { .. } | State::Terminated) => {
                (state, Acknowledged::Refusal)
            }
            state @ (State::Accepted { .. } | State::Acknowledged { .. }) => (state, Acknowledged::Success),
        };
        self.state = state;
        acknowledged
    }

    /// The user has seen the ACK for its 2xx: it need not be sent again.
    pub fn acked(&mut self) {
        match mem::replace(&mut self.state, State::Terminated) {
            State::Accepted { until, .. } => self.state = State::Acknowledged { until },
            state @ (State::Proceeding { .. }
            | State::Completed { .. }
            | State::Confirmed { .. }
            | State::Acknowledged { .. }
            | State::Terminated) => self.state = state,
        }
    }

    /// The flow the answers go back on has failed.
    pub fn handle_transport_failed(&mut self) -> Actions {
        match mem::replace(&mut self.state, State::Terminated) {
            State::Proceeding { .. } | State::Accepted { .. } => smallvec![Action::TransportFailed],
            State::Completed { .. }
            | State::Confirmed { .. }
            | State::Acknowledged { .. }
            | State::Terminated => smallvec![],
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Actions {
        let mut actions = smallvec![];
        match &mut self.state {
            State::Proceeding { last, next } => {
                if next.is_some_and(|next| next <= now) {
                    *next = Timer::Reminder.end(self.transport, now);
                    actions.push(Action::Transmit(last.clone()));
                }
            }
            State::Completed { refusal, copies, until } => {
                if *until <= now {
                    self.state = State::Terminated;
                } else if let Some(due) = copies.as_mut().filter(|copies| copies.is_due(now)) {
                    *due = due.after_one(now);
                    actions.push(Action::Transmit(refusal.clone()));
                }
            }
            State::Accepted { success, copies, until } => {
                if *until <= now {
                    self.state = State::Terminated;
                    actions.push(Action::NoAck);
                } else if copies.is_due(now) {
                    *copies = copies.after_one(now);
                    actions.push(Action::Transmit(success.clone()));
                }
            }
            State::Confirmed { until } | State::Acknowledged { until } => {
                if *until <= now {
                    self.state = State::Terminated;
                }
            }
            State::Terminated => {}
        }
        actions
    }

    /// When to call [`InviteServer::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Proceeding { next, .. } => *next,
            State::Completed { copies, until, .. } => earlier(copies.map(|copies| copies.at), Some(*until)),
            State::Accepted { copies, until, .. } => Some(copies.at.min(*until)),
            State::Confirmed { until } | State::Acknowledged { until } => Some(*until),
            State::Terminated => None,
        }
    }

    /// Whether the INVITE is neither refused nor over.
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Proceeding { .. } | State::Accepted { .. } | State::Acknowledged { .. } => true,
            State::Completed { .. } | State::Confirmed { .. } | State::Terminated => false,
        }
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
    const RINGING: Bytes = Bytes::from_static(b"180");
    const OK: Bytes = Bytes::from_static(b"200");
    const BUSY: Bytes = Bytes::from_static(b"486");

    struct Bench {
        server: InviteServer,
        start: Instant,
    }

    impl Bench {
        fn on(transport: Transport) -> Bench {
            let start = Instant::now();
            Bench { server: InviteServer::start(TRYING, transport, start), start }
        }

        fn at(&self, milliseconds: u64) -> Instant {
            self.start + Duration::from_millis(milliseconds)
        }

        fn says(&mut self, status: u16, milliseconds: u64) -> Vec<Action> {
            let now = self.at(milliseconds);
            let response = match status {
                180 => RINGING,
                200 => OK,
                _ => BUSY,
            };
            self.server.respond(Class::of(status), response, now).to_vec()
        }

        fn is_acked(&mut self, milliseconds: u64) -> Acknowledged {
            let now = self.at(milliseconds);
            self.server.handle_ack(now)
        }

        /// Runs to the end, or for two minutes, and tells what happened when, in milliseconds.
        fn runs_out(&mut self) -> String {
            let mut story = Vec::new();
            while let Some(now) = self.server.deadline().filter(|now| *now < self.at(120_000)) {
                let moment = (now - self.start).as_millis();
                for action in self.server.handle_timeout(now) {
                    let word = match action {
                        Action::Transmit(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                        Action::NoAck => "no ACK".to_owned(),
                        other => panic!("{other:?}"),
                    };
                    story.push(format!("{word} {moment}"));
                }
                if self.server.is_terminated() {
                    story.push(format!("end {moment}"));
                }
            }
            story.join(", ")
        }
    }

    #[test]
    fn a_caller_who_hears_nothing_gets_a_100_within_200_milliseconds_and_then_once_a_minute() {
        assert_eq!(Bench::on(Transport::Udp).runs_out(), "100 150, 100 60150");
        assert_eq!(Bench::on(Transport::Tcp).runs_out(), "100 150, 100 60150");
    }

    #[test]
    fn a_ringing_answer_takes_the_place_of_the_100_and_is_repeated_once_a_minute() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.says(180, 100), [Action::Transmit(RINGING)]);
        assert_eq!(bench.runs_out(), "180 60100");
    }

    #[test]
    fn a_copy_of_the_invite_gets_the_last_provisional_answer() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.server.handle_copy().to_vec(), [Action::Transmit(TRYING)]);
        bench.says(180, 100);
        assert_eq!(bench.server.handle_copy().to_vec(), [Action::Transmit(RINGING)]);
    }

    #[test]
    fn a_refusal_is_repeated_until_its_ack() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.says(486, 0), [Action::Transmit(BUSY)]);
        assert_eq!(bench.server.handle_copy().to_vec(), [Action::Transmit(BUSY)]);
        let now = bench.at(500);
        assert_eq!(bench.server.handle_timeout(now).to_vec(), [Action::Transmit(BUSY)]);
        assert_eq!(bench.is_acked(1_000), Acknowledged::Refusal);
        assert_eq!(bench.is_acked(1_100), Acknowledged::Refusal);
        assert_eq!(bench.server.handle_copy().to_vec(), []);
        assert_eq!(bench.runs_out(), "end 6000");
    }

    #[test]
    fn a_refusal_nobody_acknowledges_is_given_up_after_32_seconds() {
        let mut bench = Bench::on(Transport::Udp);
        bench.says(486, 0);
        assert_eq!(
            bench.runs_out(),
            "486 500, 486 1500, 486 3500, 486 7500, 486 11500, 486 15500, 486 19500, 486 23500, 486 27500, \
             486 31500, end 32000"
        );
    }

    #[test]
    fn on_a_stream_a_refusal_is_sent_once_and_its_ack_ends_everything() {
        let mut bench = Bench::on(Transport::Tcp);
        bench.says(486, 0);
        assert_eq!(bench.runs_out(), "end 32000");

        let mut bench = Bench::on(Transport::Tcp);
        bench.says(486, 0);
        bench.is_acked(10);
        assert!(bench.server.is_terminated());
    }

    #[test]
    fn a_2xx_is_repeated_on_any_transport_until_the_user_has_its_ack() {
        for transport in [Transport::Udp, Transport::Tcp] {
            let mut bench = Bench::on(transport);
            assert_eq!(bench.says(200, 0), [Action::Transmit(OK)]);
            for moment in [500, 1_500] {
                let now = bench.at(moment);
                assert_eq!(bench.server.handle_timeout(now).to_vec(), [Action::Transmit(OK)]);
            }
            assert_eq!(bench.is_acked(2_000), Acknowledged::Success);
            bench.server.acked();
            assert_eq!(bench.runs_out(), "end 32000");
        }
    }

    #[test]
    fn a_2xx_nobody_acknowledges_is_told_after_32_seconds() {
        let mut bench = Bench::on(Transport::Udp);
        bench.says(200, 0);
        assert!(bench.runs_out().ends_with("200 27500, 200 31500, no ACK 32000, end 32000"));
    }

    #[test]
    fn a_copy_of_an_accepted_invite_is_dropped() {
        let mut bench = Bench::on(Transport::Udp);
        bench.says(200, 0);
        assert_eq!(bench.server.handle_copy().to_vec(), []);
        bench.server.acked();
        assert_eq!(bench.server.handle_copy().to_vec(), []);
        assert_eq!(bench.is_acked(3_000), Acknowledged::Success);
    }

    #[test]
    fn nothing_is_said_after_a_final_answer() {
        for first in [200, 486] {
            for second in [180, 200, 487] {
                let mut bench = Bench::on(Transport::Udp);
                bench.says(first, 0);
                assert_eq!(bench.says(second, 10), []);
            }
        }
    }

    #[test]
    fn a_failed_flow_is_told_while_the_caller_waits_or_owes_an_ack() {
        let mut bench = Bench::on(Transport::Tcp);
        assert_eq!(bench.server.handle_transport_failed().to_vec(), [Action::TransportFailed]);
        assert!(bench.server.is_terminated());

        let mut bench = Bench::on(Transport::Tcp);
        bench.says(200, 0);
        assert_eq!(bench.server.handle_transport_failed().to_vec(), [Action::TransportFailed]);

        let mut bench = Bench::on(Transport::Tcp);
        bench.says(486, 0);
        assert_eq!(bench.server.handle_transport_failed().to_vec(), []);
    }
}
