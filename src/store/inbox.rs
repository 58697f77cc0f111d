//! The queue between those who ask for something to be written and the one thread that writes.
//!
//! Promises: order is kept; nobody who submits ever waits; a full queue says so.

use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::SubmitError;
use super::database::Fault;
use super::record::Step;
use crate::model::Change;

/// A wish addressed to the writer.
#[derive(Debug)]
pub(super) enum Command {
    /// Write these changes down together, and say so under the highest of their numbers.
    Changes(Vec<(u64, Change)>),
    /// Write these changes down and answer when they are on the disc, or have failed.
    Now(Vec<Change>, Reply),
    /// The same for single records.
    Steps(Vec<Step>, Reply),
    /// Export a snapshot now.
    Export(Reply),
}

impl Command {
    /// How much room it takes.
    fn weight(&self) -> usize {
        match self {
            Self::Changes(changes) => changes.len(),
            Self::Now(..) | Self::Steps(..) | Self::Export(_) => 1,
        }
    }
}

/// Where the answer goes.
pub(super) type Reply = SyncSender<Result<(), Fault>>;

/// The queue.
#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    arrived: Condvar,
    bound: usize,
}

#[derive(Debug, Default)]
struct State {
    commands: VecDeque<Command>,
    weight: usize,
    closed: bool,
}

/// What the writer finds when it looks.
#[derive(Debug)]
pub(super) struct Taken {
    /// What has arrived, in order.
    pub commands: Vec<Command>,
    /// Whether nothing more is let in.
    pub closed: bool,
    /// Whether nothing is left.
    pub drained: bool,
}

impl Inbox {
    /// An empty queue for about `bound` changes: what belongs together is let in while there is room for any of it.
    pub fn new(bound: usize) -> Self {
        Self { state: Mutex::default(), arrived: Condvar::new(), bound }
    }

    /// Adds a command; gives it back with the reason where that cannot be.
    pub fn submit(&self, command: Command) -> Result<(), SubmitError> {
        let mut state = self.lock();
        if state.closed {
            return Err(SubmitError::Closed);
        }
        if state.weight >= self.bound {
            return Err(SubmitError::Full);
        }
        state.weight += command.weight();
        state.commands.push_back(command);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Refuses everything from now on; what is there is still taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_one();
    }

    /// Waits until something arrives, the queue is closed, or it is `until`; takes about `room` changes, so that with
    /// room for none they stay and the queue fills.
    pub fn take(&self, until: Option<Instant>, room: usize) -> Taken {
        let mut state = self.lock();
        while (state.commands.is_empty() || room == 0) && !state.closed {
            let now = Instant::now();
            state = match until {
                Some(until) if until <= now => break,
                Some(until) => {
                    let waited = self.arrived.wait_timeout(state, until - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        let mut commands = Vec::new();
        let mut taken = 0;
        while taken < room
            && let Some(command) = state.commands.pop_front()
        {
            taken += command.weight();
            commands.push(command);
        }
        state.weight -= taken;
        Taken { commands, closed: state.closed, drained: state.commands.is_empty() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
