//! Limits: in how many calls each extension is, over all its devices together (HOTDESK K8).
//!
//! Owns who takes part in which call, and as whom. A call counts once for an extension, however many of its phones ring,
//! and to its end for the extension it began with, whoever logs in or out meanwhile (B1).
//!
//! - For the *busy level* counts a call that the extension has made, rung or answered, and one that it has answered. One
//!   that only rings at it does not, so that below the level a second call rings while the first does (call waiting).
//! - For the *number of calls* all of these count, and those that ring.
//! - A login, a logout, anything else said to the box's voice, and a call for help are never told to this room: they count
//!   for nothing (B1), and nothing limits them (B8).
//! - Whoever takes somebody's place in an attended transfer is counted, and never refused: the other call of his ends by it.
//!
//! It also tells for whom something has changed, so that lamps can follow (B12).
//!
//! Not here: what becomes of a call that finds no room (`exchange`), how many calls the box has room for (`call`), and what
//! lamps show (`presence`).

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CallId, ExtensionNumber};

/// Who is in which call. As long as the table of calls, which is bounded.
#[derive(Debug, Default)]
pub struct Limits {
    calls: BTreeMap<CallId, Sides>,
    /// Whose calls are others than when last told. At most as long as the office has extensions.
    changed: BTreeSet<ExtensionNumber>,
}

/// The two sides of a call; nobody where it is no extension's.
#[derive(Debug, Default)]
struct Sides {
    caller: Option<ExtensionNumber>,
    callee: Option<ExtensionNumber>,
    stage: Stage,
}

/// How far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Nobody has answered.
    #[default]
    Rings,
    /// Somebody has.
    Answered,
}

/// Which side of a call an extension is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It makes the call.
    Caller,
    /// It is called.
    Callee,
}

/// How many calls an extension has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Engaged {
    /// Those it has made or answered.
    pub speaking: usize,
    /// Those that ring at it.
    pub ringing: usize,
}

impl Engaged {
    /// Whether it counts as busy: it has made or answered as many calls as `level` says, where that is more than none.
    pub fn is_busy(self, level: Option<u8>) -> bool {
        level.is_some_and(|level| level > 0 && self.speaking >= usize::from(level))
    }

    /// Whether it can have no further call: it has as many as `most` says, where that is more than none.
    pub fn is_full(self, most: Option<u8>) -> bool {
        most.is_some_and(|most| most > 0 && self.speaking + self.ringing >= usize::from(most))
    }
}

impl Limits {
    /// A call begins, made by this extension.
    pub fn begins(&mut self, call: CallId, caller: Option<ExtensionNumber>) {
        self.calls.insert(call, Sides { caller, ..Sides::default() });
        self.note(call);
    }

    /// It rings at this extension now, and nowhere else any more.
    pub fn rings(&mut self, call: CallId, at: Option<ExtensionNumber>) {
        self.change(call, |sides| (sides.callee, sides.stage) = (at, Stage::Rings));
    }

    /// It was answered, as this extension.
    pub fn answered(&mut self, call: CallId, by: Option<ExtensionNumber>) {
        self.change(call, |sides| (sides.callee, sides.stage) = (by, Stage::Answered));
    }

    /// Somebody has taken the caller's place.
    pub fn caller_replaced(&mut self, call: CallId, by: Option<ExtensionNumber>) {
        self.change(call, |sides| sides.caller = by);
    }

    /// The call has ended.
    pub fn ended(&mut self, call: CallId) {
        self.note(call);
        self.calls.remove(&call);
    }

    /// How many calls an extension has.
    pub fn engaged(&self, extension: &ExtensionNumber) -> Engaged {
        let mut engaged = Engaged::default();
        for (_, role, stage) in self.of(extension) {
            match (role, stage) {
                (Role::Caller, _) | (Role::Callee, Stage::Answered) => engaged.speaking += 1,
                (Role::Callee, Stage::Rings) => engaged.ringing += 1,
            }
        }
        engaged
    }

    /// The calls an extension has, each once, in the order of their beginning. A call to oneself is one that is made.
    pub fn of<'a>(
        &'a self,
        extension: &'a ExtensionNumber,
    ) -> impl Iterator<Item = (CallId, Role, Stage)> + use<'a> {
        self.calls.iter().filter_map(move |(call, sides)| {
            let role = match sides {
                Sides { caller: Some(caller), .. } if caller == extension => Role::Caller,
                Sides { callee: Some(callee), .. } if callee == extension => Role::Callee,
                Sides { .. } => return None,
            };
            Some((*call, role, sides.stage))
        })
    }

    /// An extension whose calls are others than they were; drain it after every call that takes `&mut self`.
    pub fn poll_changed(&mut self) -> Option<ExtensionNumber> {
        self.changed.pop_first()
    }

    fn change(&mut self, call: CallId, how: impl FnOnce(&mut Sides)) {
        self.note(call);
        if let Some(sides) = self.calls.get_mut(&call) {
            how(sides);
        }
        self.note(call);
    }

    /// Notes who has a part in a call: for them something changes.
    fn note(&mut self, call: CallId) {
        if let Some(Sides { caller, callee, .. }) = self.calls.get(&call) {
            self.changed.extend(caller.iter().chain(callee).cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> ExtensionNumber {
        text.parse().expect("a number")
    }

    fn engaged(limits: &Limits, text: &str) -> (usize, usize) {
        let engaged = limits.engaged(&number(text));
        (engaged.speaking, engaged.ringing)
    }

    #[test]
    fn k8_a_call_counts_for_whoever_makes_and_for_whoever_gets_it() {
        let (mut limits, call) = (Limits::default(), CallId(1));
        limits.begins(call, Some(number("100")));
        limits.rings(call, Some(number("101")));
        assert_eq!((engaged(&limits, "100"), engaged(&limits, "101")), ((1, 0), (0, 1)));
        limits.answered(call, Some(number("101")));
        assert_eq!((engaged(&limits, "100"), engaged(&limits, "101")), ((1, 0), (1, 0)));
        limits.ended(call);
        assert_eq!((engaged(&limits, "100"), engaged(&limits, "101")), ((0, 0), (0, 0)));
    }

    #[test]
    fn k8_what_only_rings_makes_nobody_busy_and_takes_a_place() {
        for (speaking, ringing, level, most, busy, full) in [
            (0, 1, Some(1), Some(2), false, false),
            (0, 2, Some(1), Some(2), false, true),
            (1, 0, Some(1), Some(2), true, false),
            (1, 1, Some(2), Some(2), false, true),
            (9, 9, None, None, false, false),
            (9, 9, Some(0), Some(0), false, false),
        ] {
            let engaged = Engaged { speaking, ringing };
            assert_eq!((engaged.is_busy(level), engaged.is_full(most)), (busy, full), "{engaged:?}");
        }
    }

    #[test]
    fn k8_a_call_to_oneself_is_one_call() {
        let mut limits = Limits::default();
        limits.begins(CallId(1), Some(number("100")));
        limits.rings(CallId(1), Some(number("100")));
        assert_eq!(engaged(&limits, "100"), (1, 0));
    }

    #[test]
    fn k8_a_call_that_is_forwarded_or_handed_over_counts_where_it_is() {
        let (mut limits, call) = (Limits::default(), CallId(1));
        limits.begins(call, None);
        limits.rings(call, Some(number("100")));
        limits.rings(call, Some(number("101")));
        assert_eq!((engaged(&limits, "100"), engaged(&limits, "101")), ((0, 0), (0, 1)));
        limits.answered(call, Some(number("101")));
        limits.answered(call, Some(number("102")));
        limits.caller_replaced(call, Some(number("103")));
        assert_eq!((engaged(&limits, "101"), engaged(&limits, "102")), ((0, 0), (1, 0)));
        assert_eq!(engaged(&limits, "103"), (1, 0));
        limits.rings(CallId(2), Some(number("100")));
        assert_eq!(engaged(&limits, "100"), (0, 0), "a call that was never begun here");
    }

    #[test]
    fn whose_calls_change_is_told_once() {
        let (mut limits, call) = (Limits::default(), CallId(1));
        let told = |limits: &mut Limits| -> Vec<String> {
            std::iter::from_fn(|| limits.poll_changed()).map(|one| one.to_string()).collect()
        };
        limits.begins(call, Some(number("100")));
        limits.rings(call, Some(number("101")));
        assert_eq!(told(&mut limits), ["100", "101"]);
        limits.rings(call, Some(number("102")));
        assert_eq!(told(&mut limits), ["100", "101", "102"], "the one it rings at no more, too");
        limits.answered(call, Some(number("102")));
        limits.ended(call);
        assert_eq!(told(&mut limits), ["100", "102"]);
        assert_eq!(limits.of(&number("100")).count(), 0);
    }

    #[test]
    fn a_call_that_the_outside_has_answered_is_answered_for_its_caller() {
        let (mut limits, call) = (Limits::default(), CallId(1));
        limits.begins(call, Some(number("100")));
        limits.rings(call, None);
        assert!(limits.of(&number("100")).eq([(call, Role::Caller, Stage::Rings)]));
        limits.answered(call, None);
        assert!(limits.of(&number("100")).eq([(call, Role::Caller, Stage::Answered)]));
    }
}
