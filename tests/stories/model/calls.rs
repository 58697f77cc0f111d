//! Calls between phones: which of them ring, which of them talk, and that no other does.

use std::collections::BTreeSet;

use super::Measured;
use crate::office::Office;
use crate::people::{PHONES, Phone};
use crate::phone::{CallState, SimPhone};

impl Measured {
    pub(super) fn calls(&mut self, from: Phone, number: &str, answered: Option<u64>) {
        // An idle desk calls nobody; its attempts are logins.
        if self.model.user_at(from).is_none() || !self.is_free(from) {
            return;
        }
        if !self.is_fair {
            // A call given up may still be on its way to ring.
            self.waits_for_silence();
        }
        let may = self.model.rings(number, from);
        let must: Vec<_> = may.iter().copied().filter(|phone| self.is_free(phone)).collect();
        self.office.dials(from, number);
        self.model.uses(from, self.now());
        if self.is_fair {
            self.office.moment();
            let ringing = self.office.ringing();
            for phone in must {
                self.holds(ringing.iter().any(|one| one == phone), &format!("{phone} rings for {number}"));
            }
        } else {
            self.office.waits(3);
        }
        self.no_ghost_rings(&may);
        let ringing = PHONES.into_iter().find(|phone| self.office.ringing().iter().any(|one| one == phone));
        if let (Some(lasts), Some(phone)) = (answered, ringing) {
            self.office.answers(phone);
            self.office.waits_millis(500);
            self.talks(from, phone, lasts);
            self.office.hangs_up(phone);
            self.model.uses(phone, self.now());
        }
        self.hangs_up(from);
        self.model.uses(from, self.now());
        self.no_ghost_rings(&may);
        if self.is_fair {
            self.holds(self.office.ringing().is_empty(), "nothing rings after the call");
        }
        if may.iter().any(|phone| self.dark.contains_key(phone)) {
            // So long the box tries to reach a phone that is gone.
            self.office.waits(33);
        }
    }

    /// A desk in a call keeps its login, and others lose theirs meanwhile.
    fn talks(&mut self, from: Phone, phone: Phone, seconds: u64) {
        if !self.is_fair {
            return;
        }
        let talks = |office: &Office, name: &str| office.wire.phone(name).call_state() == Some(CallState::Up);
        self.holds(talks(&self.office, phone) && talks(&self.office, from), "both talk");
        self.holds(self.office.ringing().is_empty(), "the others have stopped ringing");
        self.model.uses(phone, self.now());
        self.waits(seconds, &[from, phone]);
        self.lets_edges_pass(self.blur(), &[from, phone]);
        self.compares();
        self.holds(talks(&self.office, phone) && talks(&self.office, from), "both still talk");
    }

    fn waits_for_silence(&mut self) {
        let is_silent = |office: &Office| {
            let state = |name: &Phone| office.wire.phone(name).call_state();
            // A phone rings on for a call whose box has lost its current, whatever came after it.
            office.ringing().is_empty()
                && PHONES.iter().all(|name| matches!(state(name), None | Some(CallState::Over(_))))
        };
        for _ in 0..30 {
            if is_silent(&self.office) {
                return;
            }
            for phone in PHONES {
                self.office.wire.at(phone, SimPhone::hangs_up);
            }
            self.office.waits(2);
        }
        self.holds(false, "every call ends at last");
    }

    fn no_ghost_rings(&mut self, may: &BTreeSet<Phone>) {
        let ghosts: Vec<_> =
            self.office.ringing().into_iter().filter(|name| !may.contains(name.as_str())).collect();
        self.holds(ghosts.is_empty(), &format!("no ghost rings, but {ghosts:?} did"));
    }
}
