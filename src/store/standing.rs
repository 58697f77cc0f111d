//! What the writer tells: how far it has come, and what is wrong.

use tokio::sync::watch;

use crate::model::StoreTrouble;

/// The writer's standing, replaced as it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Everything submitted up to this number is on the disc.
    pub through: u64,
    /// What is wrong.
    pub trouble: Option<StoreTrouble>,
}

/// What the store tells the one who submits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ack {
    /// Everything submitted up to this number survives a power cut.
    Saved {
        /// The highest such number.
        through: u64,
    },
    /// The store cannot write; or, with `None`, can again.
    Trouble(Option<StoreTrouble>),
}

/// The store's acknowledgements. They never pile up: whoever looks late sees the latest.
#[derive(Debug)]
pub struct Acks {
    standing: watch::Receiver<Standing>,
    told: Standing,
}

impl Acks {
    pub(super) fn new(standing: watch::Receiver<Standing>) -> Self {
        Self { standing, told: Standing::default() }
    }

    /// Waits for the next acknowledgement; `None` when the store is closed. Nothing is lost when the wait is dropped.
    pub async fn next(&mut self) -> Option<Ack> {
        loop {
            if let Some(ack) = self.try_next() {
                return Some(ack);
            }
            if self.standing.changed().await.is_err() {
                return self.try_next();
            }
        }
    }

    /// The next acknowledgement, if there is one now.
    pub fn try_next(&mut self) -> Option<Ack> {
        let standing = self.standing.borrow_and_update();
        if self.told.through != standing.through {
            self.told.through = standing.through;
            return Some(Ack::Saved { through: standing.through });
        }
        if self.told.trouble != standing.trouble {
            self.told.trouble = standing.trouble;
            return Some(Ack::Trouble(standing.trouble));
        }
        None
    }
}
