//! Presence: who watches what, and what they are told of it (RFC 6665).
//!
//! Owns the subscriptions of phones to lamps (RFC 4235) and to waiting messages (RFC 3842), the calls that lamps show, and
//! how many messages wait for whom. It promises a report at once to whoever subscribes, each change to all who watch, one
//! NOTIFY under way to each, and one last report to each whose subscription ends.
//!
//! ```text
//! phone -> box    SUBSCRIBE          box -> phone  200, NOTIFY (active)
//!                                    box -> phone  NOTIFY (active)       each change
//! phone -> box    SUBSCRIBE          box -> phone  200, NOTIFY           before it expires
//!                                    box -> phone  NOTIFY (terminated)   expired, or somebody else is at the phone
//! ```
//!
//! Not here: who may watch whom (`exchange`), which calls there are (`limits`), sending and retransmission
//! ([`crate::sip::transaction`]). Nobody is told anything who has not subscribed: an unsolicited NOTIFY harms naive phones.

mod dialog_info;
mod message_summary;
mod package;
mod subscription;
mod wish;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

pub use dialog_info::{Line, Side, Stage as LineStage};
pub use package::Package;
pub use subscription::{BURST, Reason, SPACING};
pub use wish::{Refusal, Topic, Watcher, Wish};

use subscription::{News, Stage, Subscription};
use wish::asked;

use crate::model::{DeviceId, ExtensionNumber, Messages};
use crate::sip::dialog::{Dialog, DialogId, Order, State};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::{Outgoing, Request, Response};

/// The user part of the box's Contact.
const USER: &str = "perch";

/// How many subscriptions there may be; whoever wants one more is asked to come later.
pub const MOST: usize = 16_384;

/// How many of them one phone may have. Where it wants one more, the oldest to the same thing gives way, as a phone that
/// has restarted asks anew for what it had; else it is refused.
pub const MOST_OF_ONE: usize = 128;

/// How many NOTIFYs may be under way at a time, so that a lamp everybody watches leaves room for calls; the others wait.
pub const MOST_AT_ONCE: usize = 1_024;

/// How short a subscription may be, in seconds; whoever wants less is told so (423).
pub const SHORTEST: u32 = 60;

/// How long one lasts at most, and where nothing else is asked for, in seconds. After a restart of the box a phone learns
/// within this time that its subscriptions are gone.
pub const LONGEST: u32 = 600;

/// The subscriptions, and what there is to tell.
#[derive(Debug, Default)]
pub struct Presence {
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    last: u64,
    by_dialog: BTreeMap<DialogId, SubscriptionId>,
    by_topic: BTreeMap<Topic, BTreeSet<SubscriptionId>>,
    by_device: BTreeMap<DeviceId, BTreeSet<SubscriptionId>>,
    /// When each that has something to tell, or may have, is looked at.
    queue: BTreeSet<(Instant, SubscriptionId)>,
    expiries: BTreeSet<(Instant, SubscriptionId)>,
    under_way: usize,
    /// The calls of each extension that has any.
    lamps: BTreeMap<ExtensionNumber, Vec<Line>>,
    /// For whom messages are known of. At most as long as the office has extensions.
    messages: BTreeMap<ExtensionNumber, Messages>,
    outputs: VecDeque<Output>,
}

/// Which subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubscriptionId(u64);

/// A NOTIFY to be sent; its fate is to be told by [`Presence::handle_answer`] or [`Presence::handle_failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Whose it is.
    pub subscription: SubscriptionId,
    /// The NOTIFY.
    pub request: Request,
    /// The way.
    pub flow: Flow,
}

impl Presence {
    /// Nobody watches yet, and these messages wait.
    pub fn restored(messages: BTreeMap<ExtensionNumber, Messages>) -> Self {
        Self { messages, ..Self::default() }
    }

    /// Begins a subscription, or answers a single question (`Expires: 0`); gives the 200.
    pub fn subscribe(&mut self, wish: Wish<'_>, now: Instant) -> Result<Response, Refusal> {
        let Wish { request, flow, tag, watcher, topic, entity } = wish;
        let (seconds, stage) = asked(request, now)?;
        let event = request.header("Event").ok_or(Refusal::Malformed)?.to_owned();
        let contact = flow.contact(USER);
        let dialog = Dialog::as_server(request, tag, contact.as_str(), State::Confirmed)
            .map_err(|_| Refusal::Malformed)?;
        if self.by_dialog.contains_key(dialog.id()) {
            return Err(Refusal::Malformed);
        }
        self.make_room(watcher.device, &topic, now)?;

        self.last += 1;
        let id = SubscriptionId(self.last);
        self.by_dialog.insert(dialog.id().clone(), id);
        self.by_topic.entry(topic.clone()).or_default().insert(id);
        self.by_device.entry(watcher.device).or_default().insert(id);
        let one = Subscription::new((watcher, topic), (dialog, flow), (event, entity), stage, now);
        self.subscriptions.insert(id, one);
        self.enter_expiry(id);
        self.look_at(id, now);
        self.send_due(now);
        let response = Response::answering(request, &flow, 200, Some(tag)).with_record_route(request);
        Ok(response.with("Contact", contact).with("Expires", seconds.to_string()))
    }

    /// Whether a request belongs to a subscription.
    pub fn knows(&self, request: &Message<'_>) -> bool {
        DialogId::of_request(request).is_ok_and(|id| self.by_dialog.contains_key(&id))
    }

    /// A SUBSCRIBE inside the dialog of a subscription renews or ends it; gives the 200.
    pub fn renew(&mut self, request: &Message<'_>, flow: Flow, now: Instant) -> Result<Response, Refusal> {
        let dialog = DialogId::of_request(request).map_err(|_| Refusal::Malformed)?;
        let id = *self.by_dialog.get(&dialog).ok_or(Refusal::Unknown)?;
        let one = self.subscriptions.get_mut(&id).ok_or(Refusal::Unknown)?;
        if !one.is_active() || !request.header("Event").is_some_and(|event| one.is_for(event)) {
            return Err(Refusal::Unknown);
        }
        let (seconds, stage) = asked(request, now)?;
        match one.dialog.handle_request(request) {
            Ok(Order::InOrder) => {}
            Ok(Order::OutOfOrder) => return Err(Refusal::OutOfOrder),
            Err(_) => return Err(Refusal::Malformed),
        }
        one.dialog.handle_accepted(request.cseq_parts().map_or(0, |(number, _)| number));
        let contact = flow.contact(USER);
        one.dialog.set_contact(contact.as_str());
        one.flow = flow;
        let former = one.stage;
        one.renew(stage);
        if let Stage::Active { until } = former {
            self.expiries.remove(&(until, id));
        }
        self.enter_expiry(id);
        self.look_at(id, now);
        self.send_due(now);
        let response = Response::answering(request, &flow, 200, None);
        Ok(response.with("Contact", contact).with("Expires", seconds.to_string()))
    }

    /// An extension has these calls now.
    pub fn lamp(&mut self, extension: ExtensionNumber, lines: Vec<Line>, now: Instant) {
        let topic = Topic::Lamp(extension.clone());
        if lines.is_empty() {
            self.lamps.remove(&extension);
        } else {
            self.lamps.insert(extension, lines);
        }
        self.tell(&topic, now);
    }

    /// How many messages wait for a user.
    pub fn messages(&self, user: &ExtensionNumber) -> Messages {
        self.messages.get(user).copied().unwrap_or_default()
    }

    /// So many messages wait for a user now; whether that is news.
    pub fn set_messages(&mut self, user: &ExtensionNumber, messages: Messages, now: Instant) -> bool {
        if self.messages(user) == messages {
            return false;
        }
        if messages == Messages::default() {
            self.messages.remove(user);
        } else {
            self.messages.insert(user.clone(), messages);
        }
        self.tell(&Topic::Messages(Some(user.clone())), now);
        true
    }

    /// Ends every subscription of a phone, with a report that shows nothing.
    pub fn end_of(&mut self, device: DeviceId, reason: Reason, now: Instant) {
        let all: Vec<_> = self.by_device.get(&device).into_iter().flatten().copied().collect();
        all.into_iter().for_each(|id| self.end(id, reason, now));
        self.send_due(now);
    }

    /// Ends every subscription for which there is a reason, in the same way.
    pub fn end_where(&mut self, why: impl Fn(&Watcher, &Topic) -> Option<Reason>, now: Instant) {
        let live = self.subscriptions.iter().filter(|(_, one)| one.is_active());
        let ends: Vec<_> = live.filter_map(|(id, one)| Some((*id, why(&one.watcher, &one.topic)?))).collect();
        ends.into_iter().for_each(|(id, reason)| self.end(id, reason, now));
        self.send_due(now);
    }

    /// A NOTIFY was answered. A subscriber that does not know its subscription has none (RFC 6665 §4.2.2, RFC 5057 §5.1).
    pub fn handle_answer(&mut self, id: SubscriptionId, status: u16, now: Instant) {
        if status < 200 {
            return;
        }
        let Some(one) = self.subscriptions.get_mut(&id).filter(|one| one.is_under_way) else { return };
        one.is_under_way = false;
        self.under_way -= 1;
        if one.stage == Stage::Ended || ends_subscription(status) {
            self.forget(id);
        } else {
            self.look_at(id, now);
        }
        self.send_due(now);
    }

    /// A NOTIFY has reached nobody.
    pub fn handle_failure(&mut self, id: SubscriptionId, now: Instant) {
        self.handle_answer(id, 408, now);
    }

    /// Ends what has expired and tells what had to wait.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((_, id)) = self.expiries.first().copied().filter(|(at, _)| *at <= now) {
            self.end(id, Reason::Timeout, now);
        }
        self.send_due(now);
    }

    /// When to call [`Presence::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let has_room = self.under_way < MOST_AT_ONCE;
        let next = self.queue.first().filter(|_| has_room);
        next.into_iter().chain(self.expiries.first()).map(|(at, _)| *at).min()
    }

    /// The next NOTIFY to send; drain it after every call that takes `&mut self`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn make_room(&mut self, device: DeviceId, topic: &Topic, now: Instant) -> Result<(), Refusal> {
        if self.subscriptions.len() >= MOST {
            return Err(Refusal::Full);
        }
        let all = self.by_device.get(&device).into_iter().flatten();
        let live = all.filter_map(|id| Some((*id, self.subscriptions.get(id)?)));
        let live: Vec<_> = live.filter(|(_, one)| one.is_active()).collect();
        if live.len() < MOST_OF_ONE {
            return Ok(());
        }
        let oldest = live.iter().find(|(_, one)| one.topic == *topic).map(|(id, _)| *id);
        self.end(oldest.ok_or(Refusal::TooMany)?, Reason::NoResource, now);
        Ok(())
    }

    fn tell(&mut self, topic: &Topic, now: Instant) {
        let watching: Vec<_> = self.by_topic.get(topic).into_iter().flatten().copied().collect();
        watching.into_iter().for_each(|id| self.look_at(id, now));
        self.send_due(now);
    }

    fn end(&mut self, id: SubscriptionId, reason: Reason, now: Instant) {
        let Some(one) = self.subscriptions.get_mut(&id) else { return };
        if let Stage::Active { until } = one.stage {
            one.stage = Stage::Ending(reason);
            self.expiries.remove(&(until, id));
            self.look_at(id, now);
        }
    }

    fn enter_expiry(&mut self, id: SubscriptionId) {
        if let Some(Stage::Active { until }) = self.subscriptions.get(&id).map(|one| one.stage) {
            self.expiries.insert((until, id));
        }
    }

    /// A subscription may have something to tell, as soon as it may.
    fn look_at(&mut self, id: SubscriptionId, now: Instant) {
        let Some(one) = self.subscriptions.get_mut(&id).filter(|one| !one.is_under_way) else { return };
        let at = one.ready_at(now);
        match one.queued {
            Some(earlier) if earlier <= at => return,
            Some(later) => drop(self.queue.remove(&(later, id))),
            None => {}
        }
        one.queued = Some(at);
        self.queue.insert((at, id));
    }

    fn send_due(&mut self, now: Instant) {
        while self.under_way < MOST_AT_ONCE {
            let Some((_, id)) = self.queue.first().copied().filter(|(at, _)| *at <= now) else { break };
            self.queue.pop_first();
            let Some(one) = self.subscriptions.get_mut(&id) else { continue };
            one.queued = None;
            let news = match &one.topic {
                Topic::Lamp(extension) => News::Lamp(self.lamps.get(extension).map_or(&[], Vec::as_slice)),
                Topic::Messages(user) => {
                    let waiting = user.as_ref().and_then(|user| self.messages.get(user));
                    News::Messages(waiting.copied().unwrap_or_default())
                }
            };
            if let Some(request) = one.notify(news, now) {
                self.under_way += 1;
                self.outputs.push_back(Output { subscription: id, request, flow: one.flow });
            }
        }
    }

    fn forget(&mut self, id: SubscriptionId) {
        let Some(one) = self.subscriptions.remove(&id) else { return };
        self.by_dialog.remove(one.dialog.id());
        if let Stage::Active { until } = one.stage {
            self.expiries.remove(&(until, id));
        }
        if let Some(at) = one.queued {
            self.queue.remove(&(at, id));
        }
        take_out(&mut self.by_topic, &one.topic, id);
        take_out(&mut self.by_device, &one.watcher.device, id);
    }
}

fn take_out<K: Ord>(index: &mut BTreeMap<K, BTreeSet<SubscriptionId>>, key: &K, id: SubscriptionId) {
    if let Some(all) = index.get_mut(key) {
        all.remove(&id);
        if all.is_empty() {
            index.remove(key);
        }
    }
}

/// Whether an answer to a NOTIFY says that there is no subscription, and not only that this one report was not taken.
fn ends_subscription(status: u16) -> bool {
    matches!(status, 404 | 405 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 604)
}

#[cfg(test)]
mod tests;
