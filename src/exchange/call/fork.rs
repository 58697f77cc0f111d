//! The fork: whom a call rings, and what their answers add up to (RFC 3261 §16.7, seen from a back-to-back user agent).
//!
//! Attempts are tried one after another. In one attempt all devices ring at the same time, each through one way; the
//! device's next way is tried only when this one leads nowhere (404, 408, 480, 481) or nothing comes back (B5). The
//! first success wins and everyone else is cancelled; a 6xx ends the attempt; when nobody is left, the best refusal so
//! far is the verdict. Every INVITE sent is a *try*, and is followed until its final answer, however late.
//!
//! A redirection (P16) is not followed here: it is a refusal like others, passed to the caller with its Contact, so that
//! what it leads to goes through the numbering plan as the caller's own wish.
//!
//! Not here: messages. The fork says what to do in [`Action`]s; the call that owns it does it.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::setup::{Target, Way};
use super::verdict::{Refused, Verdict};
use crate::model::DeviceId;

/// One INVITE of a fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TryId(pub u32);

/// What the call must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Send an INVITE this way.
    Launch { id: TryId, way: Way },
    /// Cancel that INVITE.
    Cancel(TryId),
    /// The attempt of that number begins.
    Begin(usize),
    /// Nobody is left: this is the verdict.
    Over(Refused),
}

/// Whom a call rings.
#[derive(Debug)]
pub(super) struct Fork {
    /// Attempts not begun.
    attempts: VecDeque<Vec<Target>>,
    /// How many have begun.
    begun: usize,
    /// When the present attempt began.
    began: Instant,
    /// The ways not tried yet of the devices of the present attempt.
    untried: Vec<VecDeque<Way>>,
    tries: BTreeMap<TryId, Try>,
    verdict: Verdict,
    decision: Decision,
    /// Whether anybody was alerted since the fork began, or went on.
    has_rung: bool,
    rules: Rules,
    launched: u32,
}

/// What a fork is told about the office.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// How long phones ring at most.
    pub ringing: Duration,
    /// The host that means the box itself, beside its addresses.
    pub domain: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Open,
    Made,
}

#[derive(Debug)]
struct Try {
    device: Option<DeviceId>,
    /// Where in `untried` the device's other ways are.
    branch: usize,
    launched: Instant,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing has come back.
    Silent,
    /// The other side has the INVITE (100).
    Heard,
    /// Somebody is being alerted (101-199).
    Ringing,
    /// Cancelled; a final answer is still to come.
    Cancelled,
    /// It has its final answer.
    Over,
}

impl State {
    fn is_live(self) -> bool {
        match self {
            Self::Silent | Self::Heard | Self::Ringing => true,
            Self::Cancelled | Self::Over => false,
        }
    }
}

/// Whether a success decides the call.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Acceptance {
    /// It is the first: do this with the others.
    Wins(Vec<Action>),
    /// The call is decided already, or the caller has left.
    TooLate,
}

impl Fork {
    /// A fork over these attempts, each a list of devices that ring together.
    pub fn new(attempts: Vec<Vec<Target>>, rules: Rules, now: Instant) -> Self {
        Self {
            attempts: attempts.into_iter().take(ATTEMPTS).collect(),
            begun: 0,
            began: now,
            untried: Vec::new(),
            tries: BTreeMap::new(),
            verdict: Verdict::default(),
            decision: Decision::Open,
            has_rung: false,
            rules,
            launched: 0,
        }
    }

    /// Begins the first attempt.
    pub fn begin(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        self.next_attempt(&mut actions, now);
        actions
    }

    /// Goes on to other phones after everybody has failed.
    pub fn go_on(&mut self, attempts: Vec<Vec<Target>>, ringing: Duration, now: Instant) -> Vec<Action> {
        self.attempts = attempts.into_iter().take(ATTEMPTS).collect();
        self.rules.ringing = ringing;
        self.verdict = Verdict::default();
        self.decision = Decision::Open;
        self.has_rung = false;
        self.begin(now)
    }

    /// Whether anybody was alerted since the fork began, or went on.
    pub fn has_rung(&self) -> bool {
        self.has_rung
    }

    /// A provisional answer came.
    pub fn heard(&mut self, id: TryId, status: u16) {
        if let Some(attempt) = self.tries.get_mut(&id)
            && attempt.state.is_live()
        {
            self.has_rung |= status > 100;
            attempt.state = match (attempt.state, status) {
                (State::Ringing, _) | (_, 101..) => State::Ringing,
                _ => State::Heard,
            };
        }
    }

    /// A final refusal came, or the INVITE failed (408).
    pub fn refused(&mut self, id: TryId, refused: Refused, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(this) = self.tries.get_mut(&id) else { return actions };
        let (was, branch) = (this.state, this.branch);
        this.state = State::Over;
        if was == State::Over || self.decision == Decision::Made {
            return actions;
        }
        let (is_global, is_about_the_way) = (refused.is_global(), refused.is_about_the_way());
        if was.is_live() || refused.status != 487 {
            self.verdict.weigh(refused);
        }
        if is_global {
            self.cancel_all(&mut actions);
            self.next_attempt(&mut actions, now);
        } else if was.is_live() {
            if is_about_the_way {
                self.next_way(branch, &mut actions, now);
            }
            if !self.is_live() {
                self.next_attempt(&mut actions, now);
            }
        }
        actions
    }

    /// A success came. The first decides, also when its cancellation was under way.
    pub fn accepted(&mut self, id: TryId) -> Acceptance {
        let Some(this) = self.tries.get_mut(&id) else { return Acceptance::TooLate };
        this.state = State::Over;
        match self.decision {
            Decision::Made => Acceptance::TooLate,
            Decision::Open => Acceptance::Wins(self.give_up()),
        }
    }

    /// The caller has left, or the call is decided: cancels whoever still rings.
    pub fn give_up(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        self.decision = Decision::Made;
        self.attempts.clear();
        self.untried.clear();
        self.cancel_all(&mut actions);
        actions
    }

    /// Moves on from whoever took too long.
    pub fn handle_timeout(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.decision {
            Decision::Made => {}
            Decision::Open if self.attempt_deadline() <= now => {
                self.cancel_all(&mut actions);
                self.next_attempt(&mut actions, now);
            }
            Decision::Open => self.leave_silent_ways(&mut actions, now),
        }
        actions
    }

    /// When to call [`Fork::handle_timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.decision {
            Decision::Made => None,
            Decision::Open => {
                let silent = self.tries.values().filter(|this| self.is_silent_with_choice(this));
                let silent = silent.map(|this| this.launched + SILENCE);
                silent.chain([self.attempt_deadline()]).min()
            }
        }
    }

    /// Whether every INVITE has its final answer.
    pub fn is_quiet(&self) -> bool {
        self.tries.values().all(|this| this.state == State::Over)
    }

    /// The device an INVITE went to.
    pub fn device_of(&self, id: TryId) -> Option<DeviceId> {
        self.tries.get(&id).and_then(|this| this.device)
    }

    /// The devices with an INVITE that has no final answer yet.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> {
        self.tries.values().filter(|this| this.state != State::Over).filter_map(|this| this.device)
    }

    /// Whether this INVITE still counts: it is neither cancelled nor answered.
    pub fn is_live_try(&self, id: TryId) -> bool {
        self.tries.get(&id).is_some_and(|this| this.state.is_live())
    }

    /// No answer is waited for any more.
    pub fn forget(&mut self) {
        for this in self.tries.values_mut() {
            this.state = State::Over;
        }
    }

    fn is_live(&self) -> bool {
        self.tries.values().any(|this| this.state.is_live())
    }

    fn is_silent_with_choice(&self, this: &Try) -> bool {
        this.state == State::Silent && self.untried.get(this.branch).is_some_and(|ways| !ways.is_empty())
    }

    /// Only an attempt with another behind it is given up early: when nobody has answered at all, or nobody rings.
    fn attempt_deadline(&self) -> Instant {
        let has_any = |wanted: fn(State) -> bool| self.tries.values().any(|this| wanted(this.state));
        let patience = if self.attempts.is_empty() || has_any(|state| state == State::Ringing) {
            self.rules.ringing
        } else if has_any(|state| state == State::Heard) {
            NO_RINGING
        } else {
            SILENCE
        };
        self.began + patience
    }

    fn leave_silent_ways(&mut self, actions: &mut Vec<Action>, now: Instant) {
        let due = |this: &Try| self.is_silent_with_choice(this) && this.launched + SILENCE <= now;
        let due: Vec<(TryId, usize)> =
            self.tries.iter().filter(|(_, this)| due(this)).map(|(id, this)| (*id, this.branch)).collect();
        for (id, branch) in due {
            self.cancel(id, actions);
            self.next_way(branch, actions, now);
        }
        if !self.is_live() {
            self.next_attempt(actions, now);
        }
    }

    fn next_attempt(&mut self, actions: &mut Vec<Action>, now: Instant) {
        while !self.is_live() {
            let Some(targets) = self.attempts.pop_front() else {
                self.decision = Decision::Made;
                actions.push(Action::Over(std::mem::take(&mut self.verdict).told()));
                return;
            };
            actions.push(Action::Begin(self.begun));
            self.begun += 1;
            self.began = now;
            self.untried.clear();
            for Target { device, ways } in targets.into_iter().take(DEVICES) {
                self.untried.push(ways.into_iter().take(WAYS).collect());
                self.next_way_of(device, self.untried.len() - 1, actions, now);
            }
        }
    }

    fn next_way(&mut self, branch: usize, actions: &mut Vec<Action>, now: Instant) {
        let device = self.tries.values().rev().find(|this| this.branch == branch).map(|this| this.device);
        if let Some(device) = device {
            self.next_way_of(device, branch, actions, now);
        }
    }

    fn next_way_of(
        &mut self,
        device: Option<DeviceId>,
        branch: usize,
        actions: &mut Vec<Action>,
        now: Instant,
    ) {
        while let Some(way) = self.untried.get_mut(branch).and_then(VecDeque::pop_front) {
            if way.leads_back(&self.rules.domain) {
                self.verdict.weigh(Refused::own(482, "Loop Detected"));
                continue;
            }
            let id = TryId(self.launched);
            self.launched += 1;
            self.tries.insert(id, Try { device, branch, launched: now, state: State::Silent });
            actions.push(Action::Launch { id, way });
            return;
        }
    }

    fn cancel_all(&mut self, actions: &mut Vec<Action>) {
        let live: Vec<TryId> =
            self.tries.iter().filter(|(_, this)| this.state.is_live()).map(|(id, _)| *id).collect();
        for id in live {
            self.cancel(id, actions);
        }
        self.untried.iter_mut().for_each(VecDeque::clear);
    }

    fn cancel(&mut self, id: TryId, actions: &mut Vec<Action>) {
        if let Some(this) = self.tries.get_mut(&id) {
            this.state = State::Cancelled;
            actions.push(Action::Cancel(id));
        }
    }
}

/// The most attempts of a call.
const ATTEMPTS: usize = 8;
/// The most devices that ring at once.
const DEVICES: usize = 32;
/// The most ways tried to one device.
const WAYS: usize = 4;
/// How long nothing at all may come back before another way, or another attempt, is tried: an INVITE and three
/// retransmissions.
const SILENCE: Duration = Duration::from_secs(4);
/// How long an attempt with another behind it may go without a phone that rings.
const NO_RINGING: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::call::setup::Told;
    use crate::sip::flow::Flow;

    fn way(name: &str) -> Way {
        let (local, remote) = ("10.0.0.1:5060", "10.0.0.9:5060");
        let flow = Flow::udp(local.parse().expect("an address"), remote.parse().expect("an address"));
        Way { contact: format!("sip:{name}@10.0.0.9"), path: Vec::new(), flow, told: Told::default() }
    }

    fn target(device: u32, ways: &[&str]) -> Target {
        Target { device: Some(DeviceId(device)), ways: ways.iter().map(|name| way(name)).collect() }
    }

    /// A fork with a clock; actions as words.
    struct Bench {
        fork: Fork,
        now: Instant,
    }

    impl Bench {
        fn with(attempts: Vec<Vec<Target>>) -> (Self, Vec<String>) {
            let now = Instant::now();
            let rules = Rules { ringing: Duration::from_secs(180), domain: "office.example".to_owned() };
            let mut fork = Fork::new(attempts, rules, now);
            let begun = words(fork.begin(now));
            (Self { fork, now }, begun)
        }

        fn refused(&mut self, id: u32, status: u16) -> Vec<String> {
            words(self.fork.refused(TryId(id), Refused::own(status, ""), self.now))
        }

        fn accepted(&mut self, id: u32) -> Option<Vec<String>> {
            match self.fork.accepted(TryId(id)) {
                Acceptance::Wins(actions) => Some(words(actions)),
                Acceptance::TooLate => None,
            }
        }

        fn after(&mut self, seconds: u64) -> Vec<String> {
            let end = self.now + Duration::from_secs(seconds);
            let mut seen = Vec::new();
            while let Some(at) = self.fork.poll_timeout().filter(|at| *at <= end) {
                self.now = at.max(self.now);
                seen.extend(words(self.fork.handle_timeout(self.now)));
            }
            self.now = end;
            seen
        }
    }

    fn words(actions: Vec<Action>) -> Vec<String> {
        let word = |action| match action {
            Action::Launch { id, way } => {
                Some(format!("{} {}", id.0, way.contact.split('@').next().unwrap_or_default()))
            }
            Action::Cancel(id) => Some(format!("cancel {}", id.0)),
            Action::Over(refused) => Some(format!("over {}", refused.status)),
            Action::Begin(_) => None,
        };
        actions.into_iter().filter_map(word).collect()
    }

    #[test]
    fn all_devices_ring_at_once_each_through_its_newest_way() {
        let (_, begun) = Bench::with(vec![vec![target(1, &["new", "old"]), target(2, &["desk"])]]);
        assert_eq!(begun, ["0 sip:new", "1 sip:desk"]);
    }

    #[test]
    fn the_older_way_is_tried_only_when_the_newer_leads_nowhere() {
        for status in [404, 408, 480, 481] {
            let (mut bench, _) = Bench::with(vec![vec![target(1, &["new", "old"])]]);
            assert_eq!(bench.refused(0, status), ["1 sip:old"]);
            assert_eq!(bench.refused(1, 486), ["over 486"]);
        }
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["new", "old"])]]);
        assert_eq!(bench.refused(0, 486), ["over 486"]);
    }

    #[test]
    fn a_silent_way_is_left_for_the_next_but_may_still_win() {
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["new", "old"])]]);
        assert_eq!(bench.after(5), ["cancel 0", "1 sip:old"]);
        assert_eq!(bench.accepted(0), Some(vec!["cancel 1".to_owned()]));
        assert_eq!(bench.accepted(1), None);
        assert!(bench.fork.is_quiet());
    }

    #[test]
    fn a_way_that_was_heard_of_is_not_left() {
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["new", "old"])]]);
        bench.fork.heard(TryId(0), 100);
        assert!(bench.after(30).is_empty());
    }

    #[test]
    fn the_first_success_cancels_the_others() {
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["a"]), target(2, &["b"]), target(3, &["c"])]]);
        assert!(bench.refused(2, 486).is_empty());
        assert_eq!(bench.accepted(1), Some(vec!["cancel 0".to_owned()]));
        assert!(!bench.fork.is_quiet());
        assert!(bench.refused(0, 487).is_empty());
        assert!(bench.fork.is_quiet());
    }

    #[test]
    fn busy_on_one_phone_waits_for_the_others() {
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["a"]), target(2, &["b"])]]);
        assert!(bench.refused(0, 486).is_empty());
        assert_eq!(bench.refused(1, 404), ["over 486"]);
    }

    #[test]
    fn a_decline_for_everybody_ends_the_ringing() {
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["a"]), target(2, &["b", "b2"])]]);
        assert_eq!(bench.refused(0, 603), ["cancel 1", "over 603"]);
        assert_eq!(bench.accepted(1), None);
    }

    #[test]
    fn ringing_ends_after_three_minutes() {
        let (mut bench, _) = Bench::with(vec![vec![target(1, &["a"])]]);
        bench.fork.heard(TryId(0), 180);
        assert!(bench.after(179).is_empty());
        assert_eq!(bench.after(1), ["cancel 0", "over 480"]);
    }

    #[test]
    fn the_next_attempt_begins_when_the_first_is_dead_silent_or_never_rings() {
        let attempts = || vec![vec![target(9, &["trunk"])], vec![target(1, &["guard"])]];
        let (mut bench, begun) = Bench::with(attempts());
        assert_eq!(begun, ["0 sip:trunk"]);
        assert_eq!(bench.after(5), ["cancel 0", "1 sip:guard"]);

        let (mut bench, _) = Bench::with(attempts());
        bench.fork.heard(TryId(0), 100);
        assert!(bench.after(10).is_empty());
        assert_eq!(bench.after(10), ["cancel 0", "1 sip:guard"]);

        let (mut bench, _) = Bench::with(attempts());
        assert_eq!(bench.refused(0, 603), ["1 sip:guard"]);
        assert_eq!(bench.refused(1, 486), ["over 603"]);
    }

    #[test]
    fn a_call_with_nobody_to_ring_is_over_at_once() {
        assert_eq!(Bench::with(Vec::new()).1, ["over 480"]);
        assert_eq!(Bench::with(vec![vec![target(1, &[])]]).1, ["over 480"]);
    }

    #[test]
    fn a_contact_that_points_at_the_box_is_a_loop_and_is_not_called() {
        let mut looping = target(1, &["me"]);
        looping.ways[0].flow.remote = looping.ways[0].flow.local;
        assert_eq!(Bench::with(vec![vec![looping]]).1, ["over 482"]);
        for contact in ["sip:me@10.0.0.1", "sip:me@10.0.0.1:5060;transport=tcp", "sip:me@Office.Example:5060"]
        {
            let mut looping = target(1, &["me"]);
            looping.ways[0].contact = contact.to_owned();
            assert_eq!(Bench::with(vec![vec![looping]]).1, ["over 482"], "{contact}");
        }
        let mut other = target(1, &["other"]);
        other.ways[0].contact = "sip:other@10.0.0.1:5070".to_owned();
        assert_eq!(Bench::with(vec![vec![other]]).1, ["0 sip:other"]);
    }
}
