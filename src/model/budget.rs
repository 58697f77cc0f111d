//! Budgets: how often something may happen, with time as an argument.

use std::time::Instant;

/// So much at once, and so much more each second.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// How much there is at most.
    pub most: f64,
    /// How fast it fills again.
    pub per_second: f64,
}

/// What is left of a budget; at first the whole of it.
#[derive(Debug, Default, Clone, Copy)]
pub struct Purse(Option<(f64, Instant)>);

impl Budget {
    /// Whether one can be spent; else in how many seconds.
    pub fn allows(self, purse: Purse, now: Instant) -> Result<(), u64> {
        let left = self.left(purse, now);
        if left >= 1.0 { Ok(()) } else { Err(((1.0 - left) / self.per_second).ceil() as u64) }
    }

    /// Spends one, or what is left of one.
    pub fn spend(self, purse: &mut Purse, now: Instant) {
        purse.0 = Some(((self.left(*purse, now) - 1.0).max(0.0), now));
    }

    /// Whether nothing of it is spent.
    pub fn is_whole(self, purse: Purse, now: Instant) -> bool {
        self.left(purse, now) >= self.most
    }

    fn left(self, purse: Purse, now: Instant) -> f64 {
        let Some((left, at)) = purse.0 else { return self.most };
        let since = now.saturating_duration_since(at).as_secs_f64();
        (left + since * self.per_second).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_budget_is_spent_and_fills_again() {
        let (budget, mut purse, now) =
            (Budget { most: 2.0, per_second: 0.1 }, Purse::default(), Instant::now());
        assert!(budget.is_whole(purse, now));
        budget.spend(&mut purse, now);
        assert_eq!(budget.allows(purse, now), Ok(()));
        budget.spend(&mut purse, now);
        assert_eq!(budget.allows(purse, now), Err(10));
        assert_eq!(budget.allows(purse, now + Duration::from_secs(4)), Err(6));
        assert_eq!(budget.allows(purse, now + Duration::from_secs(10)), Ok(()));
        assert!(!budget.is_whole(purse, now + Duration::from_secs(10)));
        assert!(budget.is_whole(purse, now + Duration::from_secs(60)));
    }
}
