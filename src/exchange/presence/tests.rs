//! Subscriptions with a clock turned by hand: their lives, their limits, and what is told when.

use std::time::Duration;

use super::*;
use crate::model::CallId;

/// A room, a phone that subscribes, and the time.
struct Bench {
    presence: Presence,
    now: Instant,
    calls: u32,
}

impl Bench {
    fn new() -> Self {
        Self { presence: Presence::default(), now: Instant::now(), calls: 0 }
    }

    /// A SUBSCRIBE outside any dialog with these headers, by this device for this topic.
    fn subscribe(&mut self, device: u32, topic: Topic, headers: &str) -> Result<Response, Refusal> {
        self.calls += 1;
        let text = request(&format!("c{}", self.calls), "", 1, topic.package().name(), headers);
        let message = Message::parse(text.as_bytes()).expect("a message");
        let watcher = Watcher { device: DeviceId(device), user: Some(number("101")) };
        let entity = "sip:100@office.perch.local".to_owned();
        let wish = Wish { request: &message, flow: flow(), tag: "box", watcher, topic, entity };
        self.presence.subscribe(wish, self.now)
    }

    /// A SUBSCRIBE in the dialog of the subscription made as the n-th.
    fn renew(&mut self, nth: u32, cseq: u32, package: &str, headers: &str) -> Result<Response, Refusal> {
        let text = request(&format!("c{nth}"), ";tag=box", cseq, package, headers);
        let message = Message::parse(text.as_bytes()).expect("a message");
        self.presence.renew(&message, flow(), self.now)
    }

    fn lamp(&mut self, lines: &[Line]) {
        self.presence.lamp(number("100"), lines.to_vec(), self.now);
    }

    fn waits(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.presence.handle_timeout(self.now);
    }

    /// The NOTIFYs sent since the last look: Subscription-State and what the body says, in short. Each is answered with
    /// `status`, or with nothing where that is 0.
    fn told(&mut self, status: u16) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(Output { subscription, request, .. }) = self.presence.poll_output() {
            told.push(in_short(&request));
            if status > 0 {
                self.presence.handle_answer(subscription, status, self.now);
            }
        }
        told
    }
}

fn number(text: &str) -> ExtensionNumber {
    text.parse().expect("a number")
}

fn flow() -> Flow {
    let address = |text: &str| text.parse().expect("an address");
    Flow::udp(address("192.0.2.1:5060"), address("192.0.2.9:5060"))
}

fn request(call_id: &str, tag: &str, cseq: u32, package: &str, headers: &str) -> String {
    format!(
        "SUBSCRIBE sip:100@office.perch.local SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK{cseq}\r\n\
         From: <sip:101@office.perch.local>;tag=phone\r\nTo: <sip:100@office.perch.local>{tag}\r\n\
         Call-ID: {call_id}\r\nCSeq: {cseq} SUBSCRIBE\r\nContact: <sip:101@192.0.2.9>\r\nEvent: {package}\r\n\
         Max-Forwards: 70\r\n{headers}Content-Length: 0\r\n\r\n"
    )
}

fn in_short(request: &Request) -> String {
    assert_eq!(request.uri, "sip:101@192.0.2.9", "to the contact");
    let body = String::from_utf8(request.body.clone()).expect("text");
    let part = |from: &str, to: &str| {
        let rest = body.split_once(from).map_or("", |(_, rest)| rest);
        rest.split_once(to).map_or("", |(part, _)| part).to_owned()
    };
    let state = request.header("Subscription-State").expect("a state");
    if body.starts_with("Messages-Waiting") {
        return format!("{state} {} {}", part("Waiting: ", "\r\n"), part("Voice-Message: ", " "));
    }
    let states: Vec<_> =
        body.split("<state>").skip(1).map(|one| one.split('<').next().unwrap_or_default()).collect();
    let version = part("dialog-info\" version=\"", "\"");
    format!("{state} v{version} [{}]", states.join(" "))
}

fn lamp() -> Topic {
    Topic::Lamp(number("100"))
}

fn messages() -> Topic {
    Topic::Messages(Some(number("100")))
}

const RINGS: Line = Line { call: CallId(1), side: Side::Recipient, stage: LineStage::Early };
const SPEAKS: Line = Line { stage: LineStage::Confirmed, ..RINGS };

/// Promises: B12.
#[test]
fn a_lamp_follows_a_call_version_by_version() {
    let mut bench = Bench::new();
    let answer = bench.subscribe(1, lamp(), "Expires: 3600\r\n").expect("a subscription");
    assert_eq!((answer.status, answer.header("Expires")), (200, Some("600")));
    assert_eq!(answer.header("Contact"), Some("<sip:perch@192.0.2.1:5060>"));
    assert_eq!(bench.told(200), ["active;expires=600 v0 []"]);
    for (lines, told) in [
        (&[RINGS][..], "active;expires=598 v1 [early]"),
        (&[SPEAKS], "active;expires=596 v2 [confirmed]"),
        (&[], "active;expires=594 v3 [terminated]"),
    ] {
        bench.waits(2000);
        bench.lamp(lines);
        assert_eq!(bench.told(200), [told]);
    }
    bench.waits(2000);
    bench.lamp(&[]);
    assert!(bench.told(200).is_empty(), "no news");
}

#[test]
fn what_changes_while_a_report_is_under_way_is_in_the_next_one() {
    let mut bench = Bench::new();
    bench.subscribe(1, lamp(), "").expect("a subscription");
    assert_eq!(bench.told(0).len(), 1);
    bench.lamp(&[RINGS]);
    bench.waits(3000);
    bench.lamp(&[SPEAKS]);
    assert!(bench.told(0).is_empty(), "one at a time");
    bench.presence.handle_answer(SubscriptionId(1), 180, bench.now);
    assert!(bench.told(0).is_empty(), "a provisional answer is none");
    bench.presence.handle_answer(SubscriptionId(1), 200, bench.now);
    assert_eq!(bench.told(200), ["active;expires=597 v1 [confirmed]"]);
}

#[test]
fn a_lamp_that_flickers_is_told_once_a_second_after_a_few() {
    let mut bench = Bench::new();
    bench.subscribe(1, lamp(), "").expect("a subscription");
    bench.told(200);
    let mut told = 1;
    for _ in 0..20 {
        for lines in [&[RINGS][..], &[]] {
            bench.lamp(lines);
            told += bench.told(200).len();
        }
    }
    bench.lamp(&[SPEAKS]);
    assert!(bench.told(200).is_empty());
    assert_eq!(told, usize::try_from(BURST).expect("few"));
    assert_eq!(bench.presence.poll_timeout(), Some(bench.now + SPACING));
    bench.waits(1000);
    assert_eq!(bench.told(200), ["active;expires=599 v5 [confirmed]"]);
}

#[test]
fn a_single_question_gets_one_report() {
    let mut bench = Bench::new();
    bench.presence.set_messages(&number("100"), Messages { new: 2, old: 1 }, bench.now);
    let answer = bench.subscribe(1, messages(), "Expires: 0\r\n").expect("an answer");
    assert_eq!(answer.header("Expires"), Some("0"));
    assert_eq!(bench.told(200), ["terminated;reason=timeout yes 2/1"]);
    bench.presence.set_messages(&number("100"), Messages::default(), bench.now);
    bench.waits(5000);
    assert!(bench.told(200).is_empty());
    assert!(bench.presence.subscriptions.is_empty() && bench.presence.by_device.is_empty());
}

#[test]
fn a_subscription_is_renewed_and_ended_in_its_dialog() {
    let mut bench = Bench::new();
    bench.subscribe(1, messages(), "Expires: 100\r\n").expect("a subscription");
    assert_eq!(bench.told(200), ["active;expires=100 no 0/0"]);
    bench.waits(90_000);
    let answer = bench.renew(1, 2, "message-summary", "Expires: 100\r\n").expect("renewed");
    assert_eq!((answer.status, answer.header("Expires")), (200, Some("100")));
    assert_eq!(bench.told(200), ["active;expires=100 no 0/0"]);
    bench.waits(90_000);
    assert!(bench.told(200).is_empty(), "the renewal counts");
    assert_eq!(bench.renew(1, 1, "message-summary", ""), Err(Refusal::OutOfOrder));
    assert_eq!(bench.renew(1, 3, "dialog", ""), Err(Refusal::Unknown));
    assert_eq!(bench.renew(1, 3, "message-summary", "Expires: 30\r\n"), Err(Refusal::TooBrief));
    bench.renew(1, 4, "message-summary", "Expires: 0\r\n").expect("ended");
    assert_eq!(bench.told(200), ["terminated;reason=timeout no 0/0"]);
    assert_eq!(bench.renew(1, 5, "message-summary", "Expires: 100\r\n"), Err(Refusal::Unknown));
}

#[test]
fn a_subscription_that_nobody_renews_expires() {
    let mut bench = Bench::new();
    bench.subscribe(1, lamp(), "Expires: 60\r\n").expect("a subscription");
    bench.lamp(&[RINGS]);
    bench.told(200);
    assert_eq!(bench.subscribe(1, lamp(), "Expires: 59\r\n"), Err(Refusal::TooBrief));
    bench.waits(1000);
    bench.told(200);
    bench.waits(59_000);
    assert_eq!(bench.told(200), ["terminated;reason=timeout v2 [early]"]);
    assert_eq!(bench.presence.poll_timeout(), None);
}

#[test]
fn a_phone_that_does_not_know_its_subscription_is_told_no_more() {
    for (status, is_told) in [(481, false), (408, false), (489, false), (500, true), (401, true)] {
        let mut bench = Bench::new();
        bench.subscribe(1, lamp(), "").expect("a subscription");
        bench.told(status);
        bench.waits(5000);
        bench.lamp(&[RINGS]);
        assert_eq!(!bench.told(200).is_empty(), is_told, "{status}");
    }
    let mut bench = Bench::new();
    bench.subscribe(1, lamp(), "").expect("a subscription");
    bench.told(0);
    bench.presence.handle_failure(SubscriptionId(1), bench.now);
    assert!(bench.presence.subscriptions.is_empty() && bench.presence.expiries.is_empty());
    assert_eq!(bench.presence.poll_timeout(), None);
}

/// Promises: B10.
#[test]
fn what_a_phone_watches_ends_dark_when_its_user_goes() {
    let mut bench = Bench::new();
    bench.presence.set_messages(&number("100"), Messages { new: 2, old: 1 }, bench.now);
    bench.lamp(&[SPEAKS]);
    bench.subscribe(1, lamp(), "").expect("a subscription");
    bench.subscribe(1, messages(), "").expect("a subscription");
    bench.subscribe(2, lamp(), "").expect("a subscription");
    assert_eq!(bench.told(200).len(), 3);
    bench.presence.end_of(DeviceId(1), Reason::Deactivated, bench.now);
    assert_eq!(
        bench.told(200),
        ["terminated;reason=deactivated v1 [terminated]", "terminated;reason=deactivated no 0/0"]
    );
    let is_second = |watcher: &Watcher, _: &Topic| (watcher.device.0 == 2).then_some(Reason::NoResource);
    bench.presence.end_where(is_second, bench.now);
    assert_eq!(bench.told(200), ["terminated;reason=noresource v1 [terminated]"]);
    assert!(bench.presence.subscriptions.is_empty() && bench.presence.by_topic.is_empty());
}

#[test]
fn a_phone_that_asks_again_and_again_has_no_more_than_its_share() {
    let mut bench = Bench::new();
    for _ in 0..MOST_OF_ONE {
        bench.subscribe(1, lamp(), "").expect("a subscription");
    }
    bench.told(200);
    assert_eq!(bench.subscribe(1, messages(), ""), Err(Refusal::TooMany));
    bench.subscribe(1, lamp(), "").expect("one more, in the place of the oldest");
    assert_eq!(bench.told(200), ["terminated;reason=noresource v1 []", "active;expires=600 v0 []"]);
    assert_eq!(bench.presence.subscriptions.len(), MOST_OF_ONE);
    bench.subscribe(2, messages(), "").expect("another phone has its own share");
}

#[test]
fn a_full_box_asks_to_come_later() {
    let mut bench = Bench::new();
    let mut device = 0;
    for number in 0..MOST {
        device = u32::try_from(number / MOST_OF_ONE).expect("few");
        bench.subscribe(device, lamp(), "").expect("a subscription");
    }
    assert_eq!(bench.subscribe(device + 1, lamp(), ""), Err(Refusal::Full));
    bench.presence.end_of(DeviceId(0), Reason::NoResource, bench.now);
    while !bench.told(200).is_empty() {}
    bench.subscribe(device + 1, lamp(), "").expect("there is room again");
}

#[test]
fn a_lamp_that_everybody_watches_leaves_room_for_calls() {
    let mut bench = Bench::new();
    let phones = MOST_AT_ONCE / 100 + 1;
    for device in 0..phones {
        for _ in 0..100 {
            bench.subscribe(u32::try_from(device).expect("few"), lamp(), "").expect("a subscription");
        }
    }
    let told = bench.told(0).len();
    assert_eq!(told, MOST_AT_ONCE);
    for id in 1..=MOST_AT_ONCE as u64 {
        bench.presence.handle_answer(SubscriptionId(id), 200, bench.now);
    }
    assert_eq!(bench.told(200).len(), phones * 100 - MOST_AT_ONCE);
}

#[test]
fn refusals_have_their_answers() {
    let text = request("c1", "", 1, "dialog", "");
    let message = Message::parse(text.as_bytes()).expect("a message");
    for (refusal, status, header) in [
        (Refusal::TooBrief, 423, Some(("Min-Expires", "60"))),
        (Refusal::Full, 503, Some(("Retry-After", "60"))),
        (Refusal::TooMany, 403, None),
        (Refusal::Unknown, 481, None),
    ] {
        let response = refusal.response_to(&message, &flow(), "box");
        assert_eq!(response.status, status);
        if let Some((name, value)) = header {
            assert_eq!(response.header(name), Some(value));
        }
    }
}
