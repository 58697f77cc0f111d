//! The client's side of an INVITE (RFC 3261 §17.1.1 as corrected by RFC 6026 §7.2).
//!
//! ```text
//!   Calling --1xx--> Proceeding --300..699, ACK--> Completed --D--> Terminated
//!     A: send again       |                          copies get the ACK again
//!     B: timed out        +-----2xx-----> Accepted --M--> Terminated
//!                                          every 2xx is passed up
//! ```
//!
//! A CANCEL asked for too early is remembered until a provisional answer allows it (RFC 3261 §9.1); once it is out, the
//! INVITE gets 64 * T1 more to end. How long a call may ring (Timer C) is the user's to know.

use std::mem;
use std::time::Instant;

use bytes::Bytes;
use smallvec::smallvec;

use super::step::{Action, Actions, Class, earlier};
use super::timer::{Copies, Timer};
use crate::sip::flow::Transport;

/// One INVITE of ours, from its first copy to the end of its echo.
#[derive(Debug)]
pub struct InviteClient {
    transport: Transport,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Sent; nothing came back.
    Calling { invite: Bytes, copies: Option<Copies>, until: Instant, wish: Wish },
    /// A provisional answer came.
    Proceeding { invite: Bytes, cancel: Cancel },
    /// It was refused; copies of the refusal get the ACK again.
    Completed { ack: Bytes, until: Instant },
    /// It was accepted; more 2xx may come, copies or those of other branches.
    Accepted { until: Instant },
    /// Over.
    Terminated,
}

/// What the user wants of an INVITE nobody has answered yet.
#[derive(Debug, Clone, Copy)]
enum Wish {
    GoOn,
    Cancel,
}

/// Whether an INVITE has been cancelled.
#[derive(Debug, Clone, Copy)]
enum Cancel {
    No,
    Sent { until: Instant },
}

impl InviteClient {
    /// Sends `invite`.
    pub fn start(invite: Bytes, transport: Transport, now: Instant) -> (InviteClient, Actions) {
        let copies = Timer::A.span(transport).map(|_| Copies::doubling(now));
        let until = Timer::B.end(transport, now).unwrap_or(now);
        let actions = smallvec![Action::Transmit(invite.clone())];
        (
            InviteClient { transport, state: State::Calling { invite, copies, until, wish: Wish::GoOn } },
            actions,
        )
    }

    /// A response has come. `make_ack` makes the ACK for a refusal out of the INVITE.
    pub fn handle_response(
        &mut self,
        class: Class,
        make_ack: impl FnOnce(&Bytes) -> Bytes,
        now: Instant,
    ) -> Actions {
        let (state, actions) = match (mem::replace(&mut self.state, State::Terminated), class) {
            (State::Calling { invite, wish, .. }, Class::Provisional) => match wish {
                Wish::GoOn => (State::Proceeding { invite, cancel: Cancel::No }, smallvec![Action::PassUp]),
                Wish::Cancel => {
                    let actions = smallvec![Action::SendCancel(invite.clone()), Action::PassUp];
                    (State::Proceeding { invite, cancel: self.cancelled(now) }, actions)
                }
            },
            (state @ State::Proceeding { .. }, Class::Provisional) => (state, smallvec![Action::PassUp]),
            (State::Calling { .. } | State::Proceeding { .. }, Class::Success) => {
                let until = Timer::M.end(self.transport, now).unwrap_or(now);
                (State::Accepted { until }, smallvec![Action::PassUp])
            }
            (State::Calling { invite, .. } | State::Proceeding { invite, .. }, Class::Refusal) => {
                let ack = make_ack(&invite);
                let actions = smallvec![Action::Transmit(ack.clone()), Action::PassUp];
                match Timer::D.end(self.transport, now) {
                    Some(until) => (State::Completed { ack, until }, actions),
                    None => (State::Terminated, actions),
                }
            }
            (State::Completed { ack, until }, Class::Refusal) => {
                let actions = smallvec![Action::Transmit(ack.clone())];
                (State::Completed { ack, until }, actions)
            }
            (state @ State::Completed { .. }, Class::Provisional | Class::Success) => (state, smallvec![]),
            (state @ State::Accepted { .. }, Class::Success) => (state, smallvec![Action::PassUp]),
            (state @ State::Accepted { .. }, Class::Provisional | Class::Refusal) => (state, smallvec![]),
            (State::Terminated, _) => (State::Terminated, smallvec![]),
        };
        self.state = state;
        actions
    }

    /// The user gives the INVITE up.
    pub fn cancel(&mut self, now: Instant) -> Actions {
        let until = self.cancelled(now);
        match &mut self.state {
            State::Calling { wish, .. } => {
                *wish = Wish::Cancel;
                smallvec![]
            }
            State::Proceeding { invite, cancel } => match cancel {
                Cancel::No => {
                    *cancel = until;
                    smallvec![Action::SendCancel(invite.clone())]
                }
                Cancel::Sent { .. } => smallvec![],
            },
            State::Completed { .. } | State::Accepted { .. } | State::Terminated => smallvec![],
        }
    }

    /// The flow the INVITE went out on has failed.
    pub fn handle_transport_failed(&mut self) -> Actions {
        match mem::replace(&mut self.state, State::Terminated) {
            State::Calling { .. } | State::Proceeding { .. } => smallvec![Action::TransportFailed],
            State::Completed { .. } | State::Accepted { .. } | State::Terminated => smallvec![],
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) -> Actions {
        let mut actions = smallvec![];
        match &mut self.state {
            State::Calling { invite, copies, until, .. } => {
                if *until <= now {
                    self.state = State::Terminated;
                    actions.push(Action::TimedOut);
                } else if let Some(due) = copies.as_mut().filter(|copies| copies.is_due(now)) {
                    *due = due.after_one(now);
                    actions.push(Action::Transmit(invite.clone()));
                }
            }
            State::Proceeding { cancel: Cancel::No, .. } => {}
            State::Proceeding { cancel: Cancel::Sent { until }, .. } => {
                if *until <= now {
                    self.state = State::Terminated;
                    actions.push(Action::TimedOut);
                }
            }
            State::Completed { until, .. } | State::Accepted { until } => {
                if *until <= now {
                    self.state = State::Terminated;
                }
            }
            State::Terminated => {}
        }
        actions
    }

    /// When to call [`InviteClient::handle_timeout`] next.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Calling { copies, until, .. } => earlier(copies.map(|copies| copies.at), Some(*until)),
            State::Proceeding { cancel: Cancel::No, .. } => None,
            State::Proceeding { cancel: Cancel::Sent { until }, .. } => Some(*until),
            State::Completed { until, .. } | State::Accepted { until } => Some(*until),
            State::Terminated => None,
        }
    }

    /// Whether nothing more can happen.
    pub fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn cancelled(&self, now: Instant) -> Cancel {
        Cancel::Sent { until: Timer::Cancelled.end(self.transport, now).unwrap_or(now) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const INVITE: Bytes = Bytes::from_static(b"INVITE");
    const ACK: Bytes = Bytes::from_static(b"ACK");

    struct Bench {
        client: InviteClient,
        start: Instant,
    }

    impl Bench {
        fn on(transport: Transport) -> Bench {
            let start = Instant::now();
            let (client, actions) = InviteClient::start(INVITE, transport, start);
            assert_eq!(actions.as_slice(), [Action::Transmit(INVITE)]);
            Bench { client, start }
        }

        fn at(&self, milliseconds: u64) -> Instant {
            self.start + Duration::from_millis(milliseconds)
        }

        fn hears(&mut self, status: u16, milliseconds: u64) -> Vec<Action> {
            let now = self.at(milliseconds);
            self.client.handle_response(Class::of(status), |_| ACK, now).to_vec()
        }

        fn cancels(&mut self, milliseconds: u64) -> Vec<Action> {
            let now = self.at(milliseconds);
            self.client.cancel(now).to_vec()
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
    fn an_invite_nobody_answers_is_repeated_ever_more_slowly_and_given_up_after_32_seconds() {
        assert_eq!(
            Bench::on(Transport::Udp).runs_out(),
            "copy 500, copy 1500, copy 3500, copy 7500, copy 15500, copy 31500, timeout 32000, end 32000"
        );
    }

    #[test]
    fn on_a_stream_an_invite_is_sent_once() {
        assert_eq!(Bench::on(Transport::Tcp).runs_out(), "timeout 32000, end 32000");
    }

    #[test]
    fn a_ringing_invite_is_not_repeated_and_may_ring_as_long_as_the_user_lets_it() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.hears(180, 100), [Action::PassUp]);
        assert_eq!(bench.hears(183, 200), [Action::PassUp]);
        assert_eq!(bench.client.deadline(), None);
    }

    #[test]
    fn a_refusal_is_acknowledged_here_and_its_copies_too_for_32_seconds() {
        let mut bench = Bench::on(Transport::Udp);
        bench.hears(180, 100);
        assert_eq!(bench.hears(486, 1_000), [Action::Transmit(ACK), Action::PassUp]);
        assert_eq!(bench.hears(486, 1_500), [Action::Transmit(ACK)]);
        assert_eq!(bench.hears(180, 1_600), []);
        assert_eq!(bench.hears(200, 1_700), []);
        assert_eq!(bench.runs_out(), "end 33000");
    }

    #[test]
    fn a_refusal_may_come_with_no_ringing_before_it() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.hears(302, 100), [Action::Transmit(ACK), Action::PassUp]);
    }

    #[test]
    fn on_a_stream_a_refusal_ends_everything_at_once() {
        let mut bench = Bench::on(Transport::Tcp);
        assert_eq!(bench.hears(486, 100), [Action::Transmit(ACK), Action::PassUp]);
        assert!(bench.client.is_terminated());
    }

    #[test]
    fn each_2xx_is_passed_up_for_32_seconds_on_any_transport() {
        for transport in [Transport::Udp, Transport::Tcp] {
            let mut bench = Bench::on(transport);
            assert_eq!(bench.hears(200, 100), [Action::PassUp]);
            assert_eq!(bench.hears(200, 600), [Action::PassUp]);
            assert_eq!(bench.hears(180, 700), []);
            assert_eq!(bench.hears(486, 800), []);
            assert_eq!(bench.runs_out(), "end 32100");
            assert_eq!(bench.hears(200, 32_200), []);
        }
    }

    #[test]
    fn a_cancel_waits_for_the_first_provisional_answer() {
        let mut bench = Bench::on(Transport::Udp);
        assert_eq!(bench.cancels(10), []);
        assert_eq!(bench.hears(100, 100), [Action::SendCancel(INVITE), Action::PassUp]);
        assert_eq!(bench.hears(180, 200), [Action::PassUp]);
        assert_eq!(bench.cancels(300), []);
        assert_eq!(bench.hears(487, 400), [Action::Transmit(ACK), Action::PassUp]);
    }

    #[test]
    fn a_cancel_nobody_was_there_to_get_is_never_sent() {
        let mut bench = Bench::on(Transport::Udp);
        bench.cancels(10);
        assert!(bench.runs_out().ends_with("timeout 32000, end 32000"));

        let mut bench = Bench::on(Transport::Udp);
        bench.cancels(10);
        assert_eq!(bench.hears(486, 100), [Action::Transmit(ACK), Action::PassUp]);
    }

    #[test]
    fn a_cancelled_invite_without_a_final_answer_ends_after_32_seconds() {
        let mut bench = Bench::on(Transport::Udp);
        bench.hears(180, 100);
        assert_eq!(bench.cancels(1_000), [Action::SendCancel(INVITE)]);
        assert_eq!(bench.runs_out(), "timeout 33000, end 33000");
    }

    #[test]
    fn a_2xx_that_crosses_the_cancel_is_passed_up() {
        let mut bench = Bench::on(Transport::Udp);
        bench.hears(180, 100);
        bench.cancels(200);
        assert_eq!(bench.hears(200, 250), [Action::PassUp]);
        assert_eq!(bench.cancels(300), []);
        assert_eq!(bench.runs_out(), "end 32250");
    }

    #[test]
    fn a_failed_flow_is_told_only_while_an_answer_is_awaited() {
        let mut bench = Bench::on(Transport::Tcp);
        assert_eq!(bench.client.handle_transport_failed().to_vec(), [Action::TransportFailed]);
        assert!(bench.client.is_terminated());

        let mut bench = Bench::on(Transport::Tcp);
        bench.hears(180, 100);
        assert_eq!(bench.client.handle_transport_failed().to_vec(), [Action::TransportFailed]);

        let mut bench = Bench::on(Transport::Tcp);
        bench.hears(200, 100);
        assert_eq!(bench.client.handle_transport_failed().to_vec(), []);
    }
}
