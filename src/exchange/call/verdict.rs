//! The verdict: which one of all the refusals of a forked call the caller is told (RFC 3261 §16.7 item 6).
//!
//! A 6xx speaks for the user and wins. Then the lowest class; within 4xx *busy* says more than any other, and that a
//! phone could not be found or did not speak says least (P18, P19). What only one leg can understand is translated:
//! a phone's challenge is not the caller's to answer, and a 503 would make the caller's phone think that the box itself
//! is down.

use super::content::Content;
use crate::model::CallOutcome;

/// A final answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The status, 300 to 699.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// What passes of it.
    pub content: Content,
}

impl Refused {
    /// A refusal by the box itself.
    pub fn own(status: u16, reason: &str) -> Self {
        Self { status, reason: reason.to_owned(), content: Content::default() }
    }

    /// Nobody spoke, or nobody can be reached.
    pub fn silence() -> Self {
        Self::own(480, "Temporarily Unavailable")
    }

    /// What the caller is told of it.
    fn told(self) -> Self {
        match self.status {
            401 | 407 => Self::own(403, "Forbidden"),
            408 | 487 | 503 => Self::silence(),
            _ => self,
        }
    }

    /// What history says of a call that ended with it.
    pub fn outcome(&self) -> CallOutcome {
        match self.status {
            486 | 600 | 603 => CallOutcome::Busy,
            404 | 408 | 410 | 480 | 604 => CallOutcome::NotAnswered,
            487 => CallOutcome::Cancelled,
            _ => CallOutcome::Failed,
        }
    }

    /// Whether the same device may be tried another way: this one led to no phone, or to one that no longer knows the
    /// account (B5).
    pub fn is_about_the_way(&self) -> bool {
        matches!(self.status, 404 | 408 | 480 | 481)
    }

    /// Whether it speaks for the user and not for one phone.
    pub fn is_global(&self) -> bool {
        self.status >= 600
    }

    /// Lower is better.
    fn rank(&self) -> u8 {
        match self.status {
            600.. => 0,
            300..400 => 1,
            486 => 2,
            415 | 420 | 422 | 484 | 488 => 3,
            404 | 410 => 6,
            480 => 5,
            408 | 481 | 487 => 7,
            400..500 => 4,
            _ => 8,
        }
    }
}

/// The best refusal so far.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    best: Option<Refused>,
}

impl Verdict {
    /// Weighs one more refusal; of equals the first stays.
    pub fn weigh(&mut self, refused: Refused) {
        let is_better = self.best.as_ref().is_none_or(|best| refused.rank() < best.rank());
        if is_better {
            self.best = Some(refused);
        }
    }

    /// What the caller is told when nobody is left to wait for.
    pub fn told(self) -> Refused {
        self.best.map_or_else(Refused::silence, Refused::told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(statuses: &[u16]) -> u16 {
        let mut verdict = Verdict::default();
        for status in statuses {
            verdict.weigh(Refused::own(*status, ""));
        }
        verdict.told().status
    }

    #[test]
    fn the_caller_is_told_the_answer_that_says_most() {
        for (statuses, best) in [
            (&[486, 404][..], 486),
            (&[480, 486, 408], 486),
            (&[408, 480], 480),
            (&[404, 480], 480),
            (&[404, 408], 404),
            (&[500, 404], 404),
            (&[486, 603], 603),
            (&[302, 486], 302),
            (&[486, 488], 486),
            (&[480, 488], 488),
            (&[500, 502], 500),
        ] {
            assert_eq!(told(statuses), best, "{statuses:?}");
        }
    }

    #[test]
    fn what_only_one_leg_understands_is_translated() {
        assert_eq!(told(&[401]), 403);
        assert_eq!(told(&[407]), 403);
        assert_eq!(told(&[503]), 480);
        assert_eq!(told(&[487]), 480);
    }

    #[test]
    fn silence_everywhere_is_temporarily_unavailable() {
        assert_eq!(told(&[]), 480);
        assert_eq!(told(&[408]), 480);
    }
}
