//! One subscription: its dialog, how it stands, and its reports.
//!
//! ```text
//! Active ──(expired, Expires: 0, the watcher or the watched is gone)──> Ending ──(the last NOTIFY)──> Ended ──(its answer)──> gone
//! ```
//!
//! Versions count each report by one (RFC 4235 §4.1), so at most one NOTIFY is under way: what changes meanwhile is in the
//! next one.

use std::time::{Duration, Instant};

use super::dialog_info::{Line, Shown};
use super::{Topic, Watcher, message_summary};
use crate::model::Messages;
use crate::sip::dialog::Dialog;
use crate::sip::flow::Flow;
use crate::sip::method::Method;
use crate::sip::outgoing::{Outgoing, Request};

/// Between two reports of one subscription, in the long run, where nobody has asked for one (RFC 4235 §3.10).
pub const SPACING: Duration = Duration::from_secs(1);

/// How many may follow one another at once: each step of a call that is answered and ended quickly is told.
pub const BURST: u32 = 5;

/// One subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub watcher: Watcher,
    pub topic: Topic,
    pub dialog: Dialog,
    pub flow: Flow,
    pub stage: Stage,
    /// When it is looked at next; nothing while a NOTIFY is under way.
    pub queued: Option<Instant>,
    pub is_under_way: bool,
    /// The Event header, as the phone wrote it.
    event: String,
    entity: String,
    /// A report is owed, whether or not anything has changed.
    owes: bool,
    /// When reports one by one, in their distance, would have had their last.
    spent_until: Instant,
    version: u32,
    shown: Shown,
    told: Option<Messages>,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It lives, until then unless it is renewed.
    Active { until: Instant },
    /// It has ended, which is still to be said.
    Ending(Reason),
    /// It has ended, and that is said.
    Ended,
}

/// Why a subscription ends (RFC 6665 §4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody has renewed it, or the subscriber has ended it.
    Timeout,
    /// Somebody else is at the phone now, or nobody: whoever is there may ask anew.
    Deactivated,
    /// What was watched, or who did, is no more.
    NoResource,
}

impl Reason {
    fn word(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Deactivated => "deactivated",
            Self::NoResource => "noresource",
        }
    }
}

/// What there is to report.
pub(super) enum News<'a> {
    Lamp(&'a [Line]),
    Messages(Messages),
}

impl Subscription {
    pub fn new(
        (watcher, topic): (Watcher, Topic),
        (dialog, flow): (Dialog, Flow),
        (event, entity): (String, String),
        stage: Stage,
        now: Instant,
    ) -> Self {
        Self {
            watcher,
            topic,
            dialog,
            flow,
            stage,
            queued: None,
            is_under_way: false,
            event,
            entity,
            owes: true,
            spent_until: now,
            version: 0,
            shown: Shown::default(),
            told: None,
        }
    }

    pub fn is_active(&self) -> bool {
        matches!(self.stage, Stage::Active { .. })
    }

    /// Whether a renewal that names this event is for it.
    pub fn is_for(&self, event: &str) -> bool {
        let plain = |text: &str| text.replace([' ', '\t'], "").to_ascii_lowercase();
        plain(event) == plain(&self.event)
    }

    /// The subscriber has asked again: a report is owed.
    pub fn renew(&mut self, stage: Stage) {
        self.stage = stage;
        self.owes = true;
    }

    /// When the next report may go out.
    pub fn ready_at(&self, now: Instant) -> Instant {
        if self.owes || !self.is_active() {
            return now;
        }
        self.spent_until.checked_sub(SPACING * (BURST - 1)).map_or(now, |at| at.max(now))
    }

    /// The NOTIFY that is due, if there is anything to say. The last one of a subscription that others have ended tells the
    /// phone that nothing is to be seen: its next user must not find the lamps of this one (HOTDESK B10).
    pub fn notify(&mut self, news: News<'_>, now: Instant) -> Option<Request> {
        let (state, news) = match (self.stage, news) {
            (Stage::Ended, _) => return None,
            (Stage::Active { until }, news) if self.owes || self.is_new(&news) => {
                let left = until.saturating_duration_since(now).as_secs();
                (format!("active;expires={left}"), news)
            }
            (Stage::Active { .. }, _) => return None,
            (Stage::Ending(reason), news) => {
                self.stage = Stage::Ended;
                let news = match (reason, news) {
                    (Reason::Timeout, news) => news,
                    (Reason::Deactivated | Reason::NoResource, News::Lamp(_)) => News::Lamp(&[]),
                    (Reason::Deactivated | Reason::NoResource, News::Messages(_)) => {
                        News::Messages(Messages::default())
                    }
                };
                (format!("terminated;reason={}", reason.word()), news)
            }
        };
        self.owes = false;
        self.spent_until = self.spent_until.max(now) + SPACING;
        self.is_under_way = true;
        let mut request = self.dialog.request(Method::Notify);
        request.push("Event", self.event.as_str());
        request.push("Subscription-State", state);
        let body = self.report(news);
        request.set_body(self.topic.package().content_type(), body);
        Some(request)
    }

    fn is_new(&self, news: &News<'_>) -> bool {
        match news {
            News::Lamp(lines) => self.shown.differs(lines),
            News::Messages(messages) => self.told != Some(*messages),
        }
    }

    fn report(&mut self, news: News<'_>) -> String {
        match news {
            News::Lamp(lines) => {
                let version = self.version;
                self.version += 1;
                self.shown.report(&self.entity, version, lines)
            }
            News::Messages(messages) => {
                self.told = Some(messages);
                message_summary::body(&self.entity, messages)
            }
        }
    }
}
