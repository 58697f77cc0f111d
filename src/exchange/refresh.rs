//! Refresh: tells one phone to fetch its file, asks again, and follows it to `confirmed` (HOTDESK B2, B3).
//!
//! ```text
//! expect ── saved ──> begin ── in a call ──> waiting for the call ── over ──> notified ── GET ──> fetched ── REGISTER ──> confirmed
//!                       └── the box does not write this phone's file: stays at `routing`, which is complete
//! ```
//!
//! Without a GET the NOTIFY goes out again 6, 20 and 60 seconds after its final answer or timeout; any GET stops that. A
//! phone that is not confirmed within its model's patience is flagged; nothing is rolled back. A phone that comes back
//! with outdated credentials is told again.
//!
//! Not here: how the NOTIFY looks (`notify`), where it goes (`registrar`), the file (`provision`).

pub mod notify;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::model::{DeviceId, Generation, Stage};

/// How long after the final answer to a NOTIFY, or its timeout, the next one goes out if no GET has come.
pub const AGAIN: [Duration; 3] = [Duration::from_secs(6), Duration::from_secs(20), Duration::from_secs(60)];

/// How far every phone has followed.
#[derive(Debug, Default)]
pub struct Refresh {
    phones: BTreeMap<DeviceId, Phone>,
    /// The earliest deadline of all phones: it is asked for after every input, and most phones have none.
    next: Option<Instant>,
    outputs: VecDeque<Output>,
}

/// What others must do or know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Send the phone its NOTIFY; tell of the end by [`Refresh::notify_ended`].
    Notify(DeviceId),
    /// The phone has reached a stage.
    Reached(DeviceId, Stage),
    /// The phone has not followed within its patience.
    Late(DeviceId),
}

/// Whether and how the box can tell a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The box writes this phone's file; it is given this long before it is flagged.
    Provisioned {
        /// From the first NOTIFY on.
        patience: Duration,
    },
    /// The phone is set up by hand.
    ByHand,
}

#[derive(Debug)]
struct Phone {
    generation: Generation,
    patience: Duration,
    step: Step,
    late: bool,
    flag_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Its login is on the way to the disc: the phone is told when it is there (HOTDESK B1).
    Unsaved,
    /// The box does not write its file: nothing to follow.
    ByHand,
    /// To be told when its call is over.
    WaitingForCall,
    /// A NOTIFY is under way; so many went before it.
    Asking { before: usize },
    /// No GET yet; the next NOTIFY goes out then.
    Again { before: usize, at: Instant },
    /// Told as often as it will be; told again when it shows itself.
    Silent,
    /// It has its new file.
    Fetched,
    /// It has registered with its present credentials.
    Confirmed,
}

impl Refresh {
    /// A phone will have a new generation of its file to fetch, as soon as its login is saved; then it begins.
    pub fn expect(&mut self, device: DeviceId, generation: Generation) {
        let (patience, step) = (Duration::ZERO, Step::Unsaved);
        self.phones.insert(device, Phone { generation, patience, step, late: false, flag_at: None });
        self.look_ahead();
    }

    /// Whether a phone waits for its login to be saved.
    pub fn is_expected(&self, device: DeviceId) -> bool {
        self.step(device) == Some(Step::Unsaved)
    }

    /// A phone has a new generation of its file to fetch.
    pub fn begin(
        &mut self,
        device: DeviceId,
        generation: Generation,
        reach: Reach,
        in_call: bool,
        now: Instant,
    ) {
        let Reach::Provisioned { patience } = reach else {
            let step = Step::ByHand;
            let phone = Phone { generation, patience: Duration::ZERO, step, late: false, flag_at: None };
            self.phones.insert(device, phone);
            self.outputs.push_back(Output::Reached(device, Stage::Routing));
            return self.look_ahead();
        };
        let step = Step::WaitingForCall;
        self.phones.insert(device, Phone { generation, patience, step, late: false, flag_at: None });
        if in_call {
            self.outputs.push_back(Output::Reached(device, Stage::WaitingForCall));
            self.look_ahead();
        } else {
            self.tell(device, 0, now);
        }
    }

    /// It is time to tell a phone that is in a call: it is told anew, from the first NOTIFY on, when that is over (B3).
    pub fn wait_for_call(&mut self, device: DeviceId) {
        let Some(phone) = self.phones.get_mut(&device) else { return };
        if matches!(phone.step, Step::Asking { .. }) {
            phone.step = Step::WaitingForCall;
            phone.flag_at = None;
            self.outputs.push_back(Output::Reached(device, Stage::WaitingForCall));
            self.look_ahead();
        }
    }

    /// A phone's calls are over: one that waited for that is told now (B3).
    pub fn call_over(&mut self, device: DeviceId, now: Instant) {
        if self.step(device) == Some(Step::WaitingForCall) {
            self.tell(device, 0, now);
        }
    }

    /// The NOTIFY has had its final answer, has timed out, or could not be sent. A phone may answer anything, 481 and
    /// 489 too, and still fetch its file.
    pub fn notify_ended(&mut self, device: DeviceId, now: Instant) {
        let Some(phone) = self.phones.get_mut(&device) else { return };
        if let Step::Asking { before } = phone.step {
            phone.step = match AGAIN.get(before) {
                Some(wait) => Step::Again { before, at: now + *wait },
                None => Step::Silent,
            };
            self.look_ahead();
        }
    }

    /// The phone has asked for a file of any generation: it listens, and need not be told again for now.
    pub fn asked(&mut self, device: DeviceId) {
        let Some(phone) = self.phones.get_mut(&device) else { return };
        if matches!(phone.step, Step::Asking { .. } | Step::Again { .. }) {
            phone.step = Step::Silent;
            self.look_ahead();
        }
    }

    /// The phone has its personal file of `generation`, to the last byte.
    pub fn fetched(&mut self, device: DeviceId, generation: Generation) {
        let Some(phone) = self.phones.get_mut(&device) else { return };
        let open = !matches!(phone.step, Step::ByHand | Step::Fetched | Step::Confirmed);
        if open && generation == phone.generation {
            phone.step = Step::Fetched;
            self.outputs.push_back(Output::Reached(device, Stage::Fetched));
            self.look_ahead();
        }
    }

    /// The phone has registered with credentials of `generation`. With the present ones it is confirmed; with outdated
    /// ones it is told again, unless that is under way.
    pub fn registered(&mut self, device: DeviceId, generation: Generation, now: Instant) {
        let Some(phone) = self.phones.get_mut(&device) else { return };
        match phone.step {
            Step::ByHand | Step::Confirmed => {}
            _ if generation == phone.generation => {
                phone.step = Step::Confirmed;
                phone.late = false;
                phone.flag_at = None;
                self.outputs.push_back(Output::Reached(device, Stage::Confirmed));
                self.look_ahead();
            }
            Step::Silent => self.tell(device, AGAIN.len(), now),
            Step::Unsaved
            | Step::WaitingForCall
            | Step::Asking { .. }
            | Step::Again { .. }
            | Step::Fetched => {}
        }
    }

    /// How far a phone has followed, and whether it has run out of patience. A phone nobody asked anything of is
    /// confirmed.
    pub fn stage(&self, device: DeviceId) -> (Stage, bool) {
        let Some(phone) = self.phones.get(&device) else { return (Stage::Confirmed, false) };
        let stage = match phone.step {
            Step::Unsaved | Step::ByHand => Stage::Routing,
            Step::WaitingForCall => Stage::WaitingForCall,
            Step::Asking { .. } | Step::Again { .. } | Step::Silent => Stage::Notified,
            Step::Fetched => Stage::Fetched,
            Step::Confirmed => Stage::Confirmed,
        };
        (stage, phone.late)
    }

    /// A device is gone.
    pub fn forget(&mut self, device: DeviceId) {
        self.phones.remove(&device);
        self.look_ahead();
    }

    /// Acts on every deadline that has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next.is_none_or(|next| next > now) {
            return;
        }
        let mut again = Vec::new();
        for (device, phone) in &mut self.phones {
            if phone.flag_at.is_some_and(|at| at <= now) {
                phone.flag_at = None;
                phone.late = true;
                self.outputs.push_back(Output::Late(*device));
            }
            if let Step::Again { before, at } = phone.step
                && at <= now
            {
                again.push((*device, before + 1));
            }
        }
        for (device, before) in again {
            self.tell(device, before, now);
        }
        self.look_ahead();
    }

    /// When to call [`Refresh::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    /// The next thing to do; drain it after every call that takes `&mut self`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether a phone is to have its NOTIFY.
    pub fn is_asking(&self, device: DeviceId) -> bool {
        matches!(self.step(device), Some(Step::Asking { .. }))
    }

    fn step(&self, device: DeviceId) -> Option<Step> {
        self.phones.get(&device).map(|phone| phone.step)
    }

    /// Finds the earliest deadline anew, after one has come, gone or moved.
    fn look_ahead(&mut self) {
        let again = |phone: &Phone| match phone.step {
            Step::Again { at, .. } => Some(at),
            _ => None,
        };
        self.next = self.phones.values().flat_map(|phone| [phone.flag_at, again(phone)]).flatten().min();
    }

    fn tell(&mut self, device: DeviceId, before: usize, now: Instant) {
        let Some(phone) = self.phones.get_mut(&device) else { return };
        phone.step = Step::Asking { before };
        if before == 0 {
            phone.flag_at = Some(now + phone.patience);
            self.outputs.push_back(Output::Reached(device, Stage::Notified));
        }
        self.outputs.push_back(Output::Notify(device));
        self.look_ahead();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: DeviceId = DeviceId(1);
    const NEW: Generation = Generation(2);
    const OLD: Generation = Generation(1);
    const PATIENT: Reach = Reach::Provisioned { patience: Duration::from_secs(20) };

    struct Box_ {
        refresh: Refresh,
        now: Instant,
    }

    impl Box_ {
        fn begins(in_call: bool) -> Self {
            let mut one = Self { refresh: Refresh::default(), now: Instant::now() };
            one.refresh.begin(PHONE, NEW, PATIENT, in_call, one.now);
            one
        }

        fn saw(&mut self) -> Vec<Output> {
            std::iter::from_fn(|| self.refresh.poll_output()).collect()
        }

        fn after(&mut self, seconds: u64) -> Vec<Output> {
            self.now += Duration::from_secs(seconds);
            self.refresh.handle_timeout(self.now);
            self.saw()
        }
    }

    #[test]
    fn b2_a_phone_goes_from_notified_over_fetched_to_confirmed() {
        let mut one = Box_::begins(false);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::Notified), Output::Notify(PHONE)]);
        one.refresh.notify_ended(PHONE, one.now);
        one.refresh.asked(PHONE);
        one.refresh.fetched(PHONE, NEW);
        one.refresh.registered(PHONE, NEW, one.now);
        assert_eq!(
            one.saw(),
            [Output::Reached(PHONE, Stage::Fetched), Output::Reached(PHONE, Stage::Confirmed)]
        );
        assert_eq!(one.after(600), []);
    }

    #[test]
    fn b1_b2_a_phone_whose_login_is_not_saved_is_told_nothing_yet() {
        let mut one = Box_ { refresh: Refresh::default(), now: Instant::now() };
        one.refresh.expect(PHONE, NEW);
        assert!(one.saw().is_empty() && one.refresh.is_expected(PHONE));
        assert_eq!(one.refresh.stage(PHONE), (Stage::Routing, false));
        one.refresh.registered(PHONE, OLD, one.now);
        one.refresh.call_over(PHONE, one.now);
        assert_eq!(one.after(600), []);
        one.refresh.begin(PHONE, NEW, PATIENT, false, one.now);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::Notified), Output::Notify(PHONE)]);
        assert!(!one.refresh.is_expected(PHONE));
    }

    #[test]
    fn b2_without_a_get_the_notify_goes_out_again_after_6_20_and_60_seconds() {
        let mut one = Box_::begins(false);
        one.saw();
        one.refresh.notify_ended(PHONE, one.now);
        assert_eq!(one.after(5), []);
        assert_eq!(one.after(1), [Output::Notify(PHONE)]);
        one.refresh.notify_ended(PHONE, one.now);
        assert_eq!(one.after(20), [Output::Late(PHONE), Output::Notify(PHONE)]);
        one.refresh.notify_ended(PHONE, one.now);
        assert_eq!(one.after(60), [Output::Notify(PHONE)]);
        one.refresh.notify_ended(PHONE, one.now);
        assert_eq!(one.after(6000), []);
        assert_eq!(one.refresh.stage(PHONE), (Stage::Notified, true));
    }

    #[test]
    fn b2_any_get_stops_the_repetition() {
        let mut one = Box_::begins(false);
        one.saw();
        one.refresh.notify_ended(PHONE, one.now);
        one.refresh.asked(PHONE);
        assert_eq!(one.after(6), []);
        one.refresh.fetched(PHONE, OLD);
        assert_eq!(one.saw(), []);
    }

    #[test]
    fn b3_a_phone_in_a_call_is_told_after_it() {
        let mut one = Box_::begins(true);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::WaitingForCall)]);
        assert_eq!(one.after(3600), []);
        one.refresh.call_over(PHONE, one.now);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::Notified), Output::Notify(PHONE)]);
    }

    #[test]
    fn b3_what_falls_due_during_a_call_waits_for_its_end() {
        let mut one = Box_::begins(false);
        one.saw();
        one.refresh.notify_ended(PHONE, one.now);
        assert_eq!(one.after(6), [Output::Notify(PHONE)]);
        one.refresh.wait_for_call(PHONE);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::WaitingForCall)]);
        assert_eq!(one.after(3600), []);
        one.refresh.call_over(PHONE, one.now);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::Notified), Output::Notify(PHONE)]);
    }

    #[test]
    fn b11_a_phone_that_comes_back_with_old_credentials_is_told_again() {
        let mut one = Box_::begins(false);
        one.saw();
        one.refresh.notify_ended(PHONE, one.now);
        one.refresh.asked(PHONE);
        one.refresh.registered(PHONE, OLD, one.now);
        assert_eq!(one.saw(), [Output::Notify(PHONE)]);
        one.refresh.registered(PHONE, NEW, one.now);
        assert_eq!(one.refresh.stage(PHONE), (Stage::Confirmed, false));
    }

    #[test]
    fn a_phone_set_up_by_hand_is_complete_at_routing() {
        let mut one = Box_ { refresh: Refresh::default(), now: Instant::now() };
        one.refresh.begin(PHONE, NEW, Reach::ByHand, false, one.now);
        assert_eq!(one.saw(), [Output::Reached(PHONE, Stage::Routing)]);
        assert_eq!(one.refresh.poll_timeout(), None);
    }
}
