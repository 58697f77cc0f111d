//! The exchange's side of the inbox: each request to its method, each answer when it is due.
//!
//! What must survive a power cut is answered when the store has it, or after [`PATIENCE`] with [`Kept::NotYet`].

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{EditRequest, Kept, LogInRequest, Request};
use crate::exchange::Exchange;
use crate::model::{Login, Now};

/// How long an answer waits for the disc.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// The answers that wait for the disc.
#[derive(Default)]
pub struct Inbox {
    saved_through: u64,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    change: u64,
    until: Instant,
    answer: Box<dyn FnOnce(Kept) + Send>,
}

impl Inbox {
    /// Does what a request asks and answers it, now or when the store has it. An asker who has gone is no fault.
    pub fn handle(&mut self, request: Request, exchange: &mut Exchange, now: Now) {
        match request {
            Request::Status(reply) => answer(reply, exchange.status(now)),
            Request::Devices(reply) => answer(reply, exchange.devices(now)),
            Request::Extensions(reply) => answer(reply, exchange.extensions(now)),
            Request::Logins(reply) => answer(reply, exchange.logins()),
            Request::Office(reply) => answer(reply, exchange.office().clone()),
            Request::Edit(EditRequest(edit), reply) => {
                let fresh = exchange.fresh();
                let changes = edit(exchange.office(), fresh);
                if changes.is_empty() {
                    answer(reply, Kept::Saved);
                } else {
                    exchange.adopt(changes, now);
                    self.when_saved(exchange, now, move |kept| answer(reply, kept));
                }
            }
            Request::LogIn(LogInRequest { extension, device, method, pin }, reply) => {
                let login = match &pin {
                    Some((pin, from)) => {
                        exchange.log_in_with_pin(&extension, device, (pin, *from), method, now)
                    }
                    None => exchange.log_in(&extension, device, method, now),
                };
                match login {
                    Err(refusal) => answer(reply, Err(refusal)),
                    Ok(login) => self.when_saved(exchange, now, move |kept| {
                        let login = Login { saved: kept == Kept::Saved, ..login };
                        answer(reply, Ok((login, kept)));
                    }),
                }
            }
            Request::LogOut(device, reason, reply) => {
                if exchange.log_out(device, reason, now) {
                    self.when_saved(exchange, now, move |kept| answer(reply, Some(kept)));
                } else {
                    answer(reply, None);
                }
            }
            Request::LogOutAll(reason, reply) => match exchange.log_out_all(reason, now) {
                0 => answer(reply, (0, Kept::Saved)),
                ended => self.when_saved(exchange, now, move |kept| answer(reply, (ended, kept))),
            },
            Request::OpenToLogins(locked, reply) => answer(reply, exchange.open_to_logins(locked, now)),
            Request::Messages(user, reply) => answer(reply, exchange.messages(&user)),
            Request::SetMessages(user, messages, reply) => {
                if exchange.set_messages(&user, messages, now) {
                    self.when_saved(exchange, now, move |kept| answer(reply, Some(kept)));
                } else {
                    answer(reply, None);
                }
            }
            Request::PhoneState(secret, (from, model), reply) => {
                answer(reply, exchange.phone_state(&secret, (from, model.as_ref()), now));
            }
            Request::OpenPath(announcement, reply) => answer(reply, exchange.open_path(&announcement, now)),
            Request::PhoneFetched(device, generation) => exchange.phone_fetched(device, generation, now),
        }
    }

    /// The store has everything up to `through`.
    pub fn handle_saved(&mut self, through: u64) {
        self.saved_through = through;
        while self.waiting.front().is_some_and(|one| one.change <= through) {
            let Some(one) = self.waiting.pop_front() else { break };
            (one.answer)(Kept::Saved);
        }
    }

    /// Answers those who have waited long enough.
    pub fn handle_timeout(&mut self, now: Instant) {
        while self.waiting.front().is_some_and(|one| one.until <= now) {
            let Some(one) = self.waiting.pop_front() else { break };
            (one.answer)(Kept::NotYet);
        }
    }

    /// When to call [`Inbox::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.waiting.front().map(|one| one.until)
    }

    fn when_saved(&mut self, exchange: &Exchange, now: Now, answer: impl FnOnce(Kept) + Send + 'static) {
        let change = exchange.last_change();
        if change <= self.saved_through {
            return answer(Kept::Saved);
        }
        self.waiting.push_back(Waiting { change, until: now.mono + PATIENCE, answer: Box::new(answer) });
    }
}

fn answer<A>(reply: oneshot::Sender<A>, value: A) {
    // The asker may have gone away meanwhile.
    drop(reply.send(value));
}
