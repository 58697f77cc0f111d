//! The pace: what is urgent is written at once, and so is the first of the rest; in a burst the rest is gathered, so that a
//! thousand phones that register together cost a few writes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::store::StoreSettings;
use crate::store::pending::Haste;

/// When something was last written that could have waited.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: BTreeMap<Haste, Instant>,
}

impl Pace {
    /// When what waits is due; `None` where nothing does.
    pub fn due(&self, waiting: &BTreeSet<Haste>, settings: &StoreSettings, now: Instant) -> Option<Instant> {
        let due = |haste: &Haste| match (self.last.get(haste), gap(*haste, settings)) {
            (Some(last), gap) => (*last + gap).max(now),
            (None, _) => now,
        };
        waiting.iter().map(due).min()
    }

    /// Takes note that all that waited has been written. A write that had to be made anyway costs the rest no patience.
    pub fn wrote(&mut self, waited: &BTreeSet<Haste>, now: Instant) {
        if !waited.contains(&Haste::Urgent) {
            self.last.extend(waited.iter().map(|haste| (*haste, now)));
        }
    }
}

/// The least time between two writes for the sake of what may wait so long.
fn gap(haste: Haste, settings: &StoreSettings) -> Duration {
    match haste {
        Haste::Urgent => Duration::ZERO,
        Haste::Soon => settings.gather,
        Haste::Lazy => settings.lazy_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_goes_at_once_and_a_burst_is_gathered() {
        let (mut pace, settings, now) = (Pace::default(), StoreSettings::default(), Instant::now());
        let (soon, lazy) = (BTreeSet::from([Haste::Soon]), BTreeSet::from([Haste::Lazy]));
        let both = BTreeSet::from([Haste::Soon, Haste::Lazy]);
        let urgent = BTreeSet::from([Haste::Soon, Haste::Urgent]);
        assert_eq!(pace.due(&BTreeSet::new(), &settings, now), None);
        assert_eq!(pace.due(&soon, &settings, now), Some(now));

        pace.wrote(&soon, now);
        assert_eq!(pace.due(&soon, &settings, now), Some(now + settings.gather));
        assert_eq!(
            pace.due(&both, &settings, now),
            Some(now),
            "a phone that shows itself has not been written yet"
        );
        assert_eq!(pace.due(&urgent, &settings, now), Some(now));
        let later = now + settings.gather * 2;
        assert_eq!(pace.due(&soon, &settings, later), Some(later), "after a pause it is the first again");

        pace.wrote(&both, now);
        assert_eq!(pace.due(&lazy, &settings, now), Some(now + settings.lazy_after));
    }

    #[test]
    fn a_binding_after_a_login_does_not_wait_for_having_been_taken_along() {
        let (mut pace, settings, now) = (Pace::default(), StoreSettings::default(), Instant::now());
        pace.wrote(&BTreeSet::from([Haste::Soon, Haste::Urgent]), now);
        assert_eq!(pace.due(&BTreeSet::from([Haste::Soon]), &settings, now), Some(now));
    }
}
