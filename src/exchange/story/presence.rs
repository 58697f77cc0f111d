//! Presence: who may watch whom, and whom a subscription is about (HOTDESK B12).
//!
//! A phone watches as whoever uses it: its lamps show extensions of that user's tenant, its message lamp what waits for that
//! user. An idle desk has no keys (B10), so it watches nobody; that no messages wait it may be told. When somebody else comes
//! to a phone, or nobody is left there, what it watches ends with a report that shows nothing.
//!
//! Not here: the subscriptions (`presence`), what is known of calls (`limits`).

use std::collections::BTreeMap;

use crate::exchange::limits::{Role, Stage};
use crate::exchange::presence::{Line, LineStage, Output, Package, Reason, Side, Topic, Watcher, Wish};
use crate::exchange::{Exchange, Ours};
use crate::model::{Change, DeviceId, Event, ExtensionNumber, Messages, Now};
use crate::sip::flow::Flow;
use crate::sip::message::Message;
use crate::sip::outgoing::{Outgoing, Response};
use crate::sip::transaction::NewRequest;

use super::callers::Caller;
use super::phones::announces_itself;
use super::requests::user_here;

/// What can be subscribed to here.
pub(super) const EVENTS: &str = "dialog, message-summary, ua-profile";

impl Exchange {
    /// A SUBSCRIBE outside any dialog: a phone that announces itself to this box, or one that wants to watch something.
    pub(in crate::exchange) fn handle_subscribe(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: Flow,
        now: Now,
    ) {
        if let Some(response) = self.unsupported(message, &flow, &[]) {
            return self.layer.stateless(new, &response);
        }
        if announces_itself(message) {
            return self.handle_announcement(new, message, flow, now);
        }
        let Some(package) = message.event().ok().and_then(|event| Package::named(event.package)) else {
            return self.layer.stateless(new, &self.bad_event(message, &flow));
        };
        if !package.is_accepted(message.values("Accept")) {
            return self.refuse(new, message, &flow, 406);
        }
        let Some(entrant) = self.let_in(new, message, &flow, false, now) else { return };
        let Some(caller) = self
            .directory
            .device(entrant.device)
            .map(|device| self.caller_at(device, entrant.serves_the_desk))
        else {
            return self.decline(new, message, &flow, 403, now);
        };
        let topic = match self.topic(package, message.request_uri().unwrap_or_default(), &caller, &flow) {
            Ok(topic) => topic,
            Err(status) => return self.decline(new, message, &flow, status, now),
        };
        let tag = self.admission.tag(message);
        let watcher = Watcher { device: caller.device, user: caller.user };
        let entity = self.entity(&topic);
        let wish = Wish { request: message, flow, tag: &tag, watcher, topic, entity };
        let answer = self.presence.subscribe(wish, now.mono);
        let response = answer.unwrap_or_else(|refusal| refusal.response_to(message, &flow, &tag));
        self.layer.answer(new, message, &response, now.mono);
    }

    /// A SUBSCRIBE inside the dialog of a subscription.
    pub(super) fn renew_subscription(
        &mut self,
        new: NewRequest,
        message: &Message<'_>,
        flow: Flow,
        now: Now,
    ) {
        let answer = self.presence.renew(message, flow, now.mono);
        let tag = self.admission.tag(message);
        let response = answer.unwrap_or_else(|refusal| refusal.response_to(message, &flow, &tag));
        self.layer.answer(new, message, &response, now.mono);
    }

    /// 489: nobody here reports on that.
    pub(in crate::exchange) fn bad_event(&self, message: &Message<'_>, flow: &Flow) -> Response {
        self.plain(message, flow, 489).with("Allow-Events", EVENTS)
    }

    /// What a phone asks to watch; else the status that says why it may not.
    fn topic(&self, package: Package, uri: &str, caller: &Caller, flow: &Flow) -> Result<Topic, u16> {
        if !self.is_called_here(uri, caller, flow) {
            return Err(404);
        }
        match package {
            Package::Dialog => {
                if caller.user.is_none() {
                    return Err(403);
                }
                let dialled = self.dialled_in(uri, &self.tenant_at(caller.device)).ok_or(404_u16)?;
                let number = ExtensionNumber::within(&caller.tenant, &dialled).map_err(|_| 404_u16)?;
                self.directory.extension(&number).map(|_| Topic::Lamp(number)).ok_or(404)
            }
            Package::MessageSummary => {
                let asked = user_here(uri).unwrap_or_default();
                let device = self.directory.device(caller.device).ok_or(403_u16)?;
                let is_account = || device.credentials.iter().any(|one| one.account.as_str() == asked);
                let is_own = caller.user.as_ref().is_some_and(|user| user.digits() == asked);
                if !asked.is_empty() && !is_own && !is_account() {
                    return Err(403);
                }
                Ok(Topic::Messages(caller.user.clone()))
            }
        }
    }

    /// The address of what is watched.
    fn entity(&self, topic: &Topic) -> String {
        let (Topic::Lamp(number) | Topic::Messages(Some(number))) = topic else { return String::new() };
        format!("sip:{}@{}", number.digits(), self.tenant(number.tenant()).realm)
    }

    /// The calls of an extension are others now: its lamp follows.
    pub(in crate::exchange) fn light(&mut self, extension: ExtensionNumber, now: Now) {
        let line = |(call, role, stage)| Line {
            call,
            side: match role {
                Role::Caller => Side::Initiator,
                Role::Callee => Side::Recipient,
            },
            stage: match stage {
                Stage::Rings => LineStage::Early,
                Stage::Answered => LineStage::Confirmed,
            },
        };
        let lines = self.limits.of(&extension).map(line).collect();
        self.presence.lamp(extension, lines, now.mono);
    }

    /// Sends a report. Where there is no room for it now, the next one brings what is new.
    pub(in crate::exchange) fn send_report(&mut self, output: Output, now: Now) {
        let Output { subscription, request, flow } = output;
        if self.layer.send(Ours::Report(subscription), request, flow, now.mono).is_err() {
            self.presence.handle_answer(subscription, 503, now.mono);
        }
    }

    /// After an edit: what is watched by a phone that is somebody else's now, or no more, ends; so does what is about an
    /// extension that is no more.
    pub(super) fn end_subscriptions_without_a_place(&mut self, now: Now) {
        let user_at = |device: DeviceId| {
            let device = self.directory.device(device).filter(|device| device.admission.is_let_in())?;
            Some(self.caller_at(device, true).user)
        };
        let users: BTreeMap<_, _> =
            self.directory.office().devices.keys().filter_map(|id| Some((*id, user_at(*id)?))).collect();
        let directory = &self.directory;
        let why = |watcher: &Watcher, topic: &Topic| {
            let user = users.get(&watcher.device);
            let is_gone = matches!(topic, Topic::Lamp(number) if directory.extension(number).is_none());
            match user {
                None => Some(Reason::NoResource),
                Some(_) if is_gone => Some(Reason::NoResource),
                Some(user) => (*user != watcher.user).then_some(Reason::Deactivated),
            }
        };
        self.presence.end_where(why, now.mono);
    }

    /// How many messages wait for a user, as the office's voicemail has said; `None` where there is no such extension.
    pub fn messages(&self, user: &ExtensionNumber) -> Option<Messages> {
        self.directory.extension(user).map(|_| self.presence.messages(user))
    }

    /// The office's voicemail says how many messages wait for a user; whether there is such an extension.
    pub fn set_messages(&mut self, user: &ExtensionNumber, messages: Messages, now: Now) -> bool {
        if self.directory.extension(user).is_none() {
            return false;
        }
        self.note_messages(user, messages, now);
        self.settle(now);
        true
    }

    /// So many messages wait for a user, which is told and remembered if it is news.
    pub(super) fn note_messages(&mut self, user: &ExtensionNumber, messages: Messages, now: Now) {
        if self.presence.set_messages(user, messages, now.mono) {
            self.keep(Change::Messages(user.clone(), messages));
            self.tell(Event::MessagesChanged { extension: user.clone(), messages });
        }
    }
}
