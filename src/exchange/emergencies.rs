//! Emergencies: the latest emergency calls, and the truth about each.
//!
//! Owns the notices that page and log show. A notice says where the call goes now, and in the end whether anybody answered;
//! it never says that a call went out because it was sent. Not here: where it goes (`exchange`), the signalling (`call`).

use std::collections::VecDeque;

use crate::model::{CallId, EmergencyFate, EmergencyNotice, EmergencyRoute};

/// How many emergency calls are remembered for the page.
pub const SHOWN: usize = 20;

/// The latest emergency calls, newest first.
#[derive(Debug, Default)]
pub struct Emergencies {
    latest: VecDeque<Emergency>,
}

#[derive(Debug)]
struct Emergency {
    notice: EmergencyNotice,
    /// The ways out, in the order in which they are tried.
    routes: Vec<EmergencyRoute>,
}

impl Emergencies {
    /// Remembers calls of before the start, newest first. What was under way then has ended with the box.
    pub fn recall(&mut self, notices: Vec<EmergencyNotice>) {
        for mut notice in notices {
            if notice.fate == EmergencyFate::UnderWay {
                notice.fate = EmergencyFate::Unanswered;
            }
            self.latest.push_back(Emergency { notice, routes: Vec::new() });
        }
        self.latest.truncate(SHOWN);
    }

    /// A call has begun; `routes` are its ways out, in the order in which they are tried.
    pub fn begin(&mut self, notice: EmergencyNotice, routes: Vec<EmergencyRoute>) {
        self.latest.push_front(Emergency { notice, routes });
        self.latest.truncate(SHOWN);
    }

    /// The call tries its next way, counted from 0. Whether that says anything new, here and below.
    pub fn goes_on(&mut self, call: CallId, attempt: usize) -> bool {
        self.change(call, |one| {
            if let Some(route) = one.routes.get(attempt) {
                one.notice.outcome = route.clone();
            }
        })
    }

    /// Every way has failed.
    pub fn leads_nowhere(&mut self, call: CallId) -> bool {
        self.change(call, |one| {
            one.notice.outcome = EmergencyRoute::NoOutsideLine;
            one.notice.fate = EmergencyFate::Unanswered;
        })
    }

    /// Somebody has answered; the box's own voice is nobody.
    pub fn answered(&mut self, call: CallId) -> bool {
        self.change(call, |one| {
            if one.notice.outcome != EmergencyRoute::NoOutsideLine {
                one.notice.fate = EmergencyFate::Answered;
            }
        })
    }

    /// The call has ended.
    pub fn ended(&mut self, call: CallId) -> bool {
        self.change(call, |one| {
            if one.notice.fate == EmergencyFate::UnderWay {
                one.notice.fate = EmergencyFate::Unanswered;
            }
        })
    }

    /// How a call stands.
    pub fn of(&self, call: CallId) -> Option<&EmergencyNotice> {
        self.notices().find(|notice| notice.call == call)
    }

    /// How all of them stand, newest first.
    pub fn notices(&self) -> impl Iterator<Item = &EmergencyNotice> {
        self.latest.iter().map(|one| &one.notice)
    }

    fn change(&mut self, call: CallId, change: impl FnOnce(&mut Emergency)) -> bool {
        let Some(one) = self.latest.iter_mut().find(|one| one.notice.call == call) else { return false };
        let former = one.notice.clone();
        change(one);
        one.notice != former
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviceId;

    fn notice(outcome: EmergencyRoute) -> EmergencyNotice {
        EmergencyNotice {
            call: CallId(1),
            at: None,
            device: DeviceId(1),
            extension: None,
            number: "112".to_owned(),
            outcome,
            fate: EmergencyFate::UnderWay,
        }
    }

    fn stands(all: &Emergencies) -> (EmergencyRoute, EmergencyFate) {
        let notice = all.of(CallId(1)).expect("remembered");
        (notice.outcome.clone(), notice.fate)
    }

    #[test]
    fn a_notice_tells_where_the_call_went_in_the_end_and_whether_anybody_answered() {
        let inside = EmergencyRoute::Extension("101".parse().expect("a number"));
        let mut all = Emergencies::default();
        all.begin(notice(EmergencyRoute::Trunk), vec![EmergencyRoute::Trunk, inside.clone()]);
        assert!(!all.goes_on(CallId(1), 0), "that is known already");
        assert!(all.goes_on(CallId(1), 1));
        assert_eq!(stands(&all), (inside.clone(), EmergencyFate::UnderWay));
        assert!(all.answered(CallId(1)));
        assert!(!all.ended(CallId(1)));
        assert_eq!(stands(&all), (inside, EmergencyFate::Answered));
    }

    #[test]
    fn a_call_that_nobody_answered_says_so_and_the_boxs_own_voice_is_nobody() {
        let mut all = Emergencies::default();
        all.begin(notice(EmergencyRoute::Trunk), vec![EmergencyRoute::Trunk]);
        all.leads_nowhere(CallId(1));
        all.answered(CallId(1));
        assert_eq!(stands(&all), (EmergencyRoute::NoOutsideLine, EmergencyFate::Unanswered));

        let mut all = Emergencies::default();
        all.begin(notice(EmergencyRoute::Trunk), vec![EmergencyRoute::Trunk]);
        assert!(all.ended(CallId(1)));
        assert_eq!(stands(&all), (EmergencyRoute::Trunk, EmergencyFate::Unanswered));
        assert!(!all.ended(CallId(2)), "some other call");
    }

    #[test]
    fn what_was_under_way_before_the_start_has_ended_with_the_box() {
        let mut all = Emergencies::default();
        all.recall(vec![notice(EmergencyRoute::Trunk); SHOWN + 5]);
        assert_eq!(all.notices().count(), SHOWN);
        assert_eq!(stands(&all).1, EmergencyFate::Unanswered);
    }
}
