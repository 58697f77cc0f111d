//! The layer as a whole: what comes up, what goes out, and the races of RFC 3261 and RFC 6026.

use std::time::Duration;

use super::super::dialog::{Dialog, State};
use super::super::outgoing::Outgoing;
use super::*;

mod random;

const PHONE: &str = "10.0.0.9:40000";

/// A layer with a clock that is turned by hand, and one phone.
struct Bench {
    layer: Layer<&'static str>,
    start: Instant,
    now: Instant,
    flow: Flow,
}

impl Bench {
    fn on_datagrams() -> Bench {
        Bench::on(Flow::udp(addr("10.0.0.1:5060"), addr(PHONE)))
    }

    fn on_a_stream() -> Bench {
        Bench::on(Flow::tcp(addr("10.0.0.1:5060"), addr(PHONE), 7))
    }

    fn on(flow: Flow) -> Bench {
        let start = Instant::now();
        Bench { layer: Layer::new([1, 2]), start, now: start, flow }
    }

    /// The phone sends `text`.
    fn hears(&mut self, text: &str) -> Arrival<&'static str> {
        let message = Message::parse(text.as_bytes()).expect("a message");
        self.layer.handle_message(&message, self.flow, self.now)
    }

    /// The phone sends a request that is new, and we keep it.
    fn accepts(&mut self, text: &str) -> ServerKey {
        let Arrival::Request(request) = self.hears(text) else { panic!("no new request") };
        let message = Message::parse(text.as_bytes()).expect("a message");
        self.layer.accept(request, &message, self.now).expect("room")
    }

    fn answers(&mut self, key: ServerKey, text: &str, status: u16) {
        let response = answer(text, status, "box");
        self.layer.respond(key, &response, self.now);
    }

    fn sends(&mut self, token: &'static str, method: Method) -> ClientKey {
        let request = Request::new(method.clone(), "sip:bob@10.0.0.9:40000")
            .with("From", "<sip:ann@box>;tag=box")
            .with("To", "<sip:bob@box>")
            .with("Call-ID", "out")
            .with("CSeq", format!("1 {method}"))
            .with("Contact", "<sip:box@10.0.0.1>");
        self.layer.send(token, request, self.flow, self.now).expect("room")
    }

    /// What went out since the last look, whole.
    fn wire(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(transmit) = self.layer.poll_transmit() {
            texts.push(String::from_utf8_lossy(&transmit.bytes).into_owned());
        }
        texts
    }

    /// What went out since the last look: methods and statuses.
    fn sent(&mut self) -> String {
        let words: Vec<String> = self.wire().iter().map(|text| word(text)).collect();
        words.join(" ")
    }

    /// The one message that went out since the last look.
    fn last(&mut self) -> String {
        let mut texts = self.wire();
        assert_eq!(texts.len(), 1, "{texts:?}");
        texts.remove(0)
    }

    /// Turns the clock on, and tells what happened at which moment.
    fn waits(&mut self, milliseconds: u64) -> String {
        let end = self.now + Duration::from_millis(milliseconds);
        let mut story = Vec::new();
        while let Some(due) = self.layer.poll_timeout().filter(|due| *due <= end) {
            assert!(due >= self.now, "a deadline in the past");
            self.now = due;
            self.layer.handle_timeout(due);
            let moment = (due - self.start).as_millis();
            for text in self.wire() {
                story.push(format!("{} {moment}", word(&text)));
            }
            while let Some(event) = self.layer.poll_event() {
                story.push(format!("{event:?} {moment}"));
            }
        }
        self.now = end;
        story.join(", ")
    }

    fn event(&mut self) -> Option<Event<&'static str>> {
        self.layer.poll_event()
    }

    fn is_at_rest(&mut self) -> bool {
        self.waits(600_000);
        self.layer.load() == Load::default() && self.layer.poll_timeout().is_none()
    }
}

fn addr(text: &str) -> std::net::SocketAddr {
    text.parse().expect("an address")
}

fn word(text: &str) -> String {
    let first = text.strip_prefix("SIP/2.0 ").unwrap_or(text);
    first.split(' ').next().unwrap_or_default().to_owned()
}

/// A request of the phone's with that branch and number.
fn request(method: &str, branch: &str, number: u32) -> String {
    format!(
        "{method} sip:bob@box SIP/2.0\r\n\
         Via: SIP/2.0/UDP 10.0.0.9:5062;branch={branch};rport\r\n\
         From: <sip:ann@box>;tag=ann\r\n\
         To: <sip:bob@box>\r\n\
         Call-ID: call\r\n\
         CSeq: {number} {method}\r\n\
         Contact: <sip:ann@10.0.0.9:5062>\r\n\r\n"
    )
}

fn invite() -> String {
    request("INVITE", "z9hG4bKinvite", 1)
}

/// Our, or the phone's, answer to `text`.
fn answer(text: &str, status: u16, tag: &str) -> Response {
    let message = Message::parse(text.as_bytes()).expect("a message");
    let flow = Flow::udp(addr("10.0.0.1:5060"), addr(PHONE));
    Response::answering(&message, &flow, status, Some(tag)).with("Contact", format!("<sip:{tag}@10.0.0.8>"))
}

/// The phone's answer to `text` of ours, as it comes in.
fn reply(text: &str, status: u16, tag: &str) -> String {
    String::from_utf8(answer(text, status, tag).to_bytes()).expect("a text")
}

fn response(token: &'static str, client: ClientKey, class: Class) -> Arrival<&'static str> {
    Arrival::Response { token, client, class }
}

#[test]
fn b8_where_no_invite_is_kept_any_more_one_that_calls_for_help_is() {
    let mut bench = Bench::on_datagrams();
    let mut kept = |number: usize, urgency| {
        let text = invite()
            .replace("z9hG4bK", &format!("z9hG4bK-{number}-"))
            .replace("Call-ID: ", &format!("Call-ID: {number}-"));
        let Arrival::Request(request) = bench.hears(&text) else { panic!("no new request") };
        let message = Message::parse(text.as_bytes()).expect("a message");
        bench.layer.accept_as(urgency, request, &message, bench.now).is_ok()
    };
    assert!((0..MAX_INVITES).all(|number| kept(number, Urgency::Ordinary)));
    assert!(!kept(MAX_INVITES, Urgency::Ordinary));
    assert!(kept(MAX_INVITES, Urgency::Emergency));
}

#[test]
fn a_request_costs_nothing_until_it_is_accepted() {
    let mut bench = Bench::on_datagrams();
    let Arrival::Request(new) = bench.hears(&invite()) else { panic!("no new request") };
    bench.layer.stateless(new, &answer(&invite(), 401, "box"));
    assert_eq!(bench.sent(), "401");
    assert_eq!(bench.hears(&request("ACK", "z9hG4bKinvite", 1)), Arrival::Ack { invite: None });
    assert_eq!((bench.layer.load(), bench.layer.poll_timeout()), (Load::default(), None));
    assert!(matches!(bench.hears(&invite()), Arrival::Request(_)));
}

#[test]
fn a_copy_of_a_register_gets_the_very_same_answer() {
    let mut bench = Bench::on_datagrams();
    let register = request("REGISTER", "z9hG4bKr", 1);
    let key = bench.accepts(&register);
    assert_eq!(bench.hears(&register), Arrival::Absorbed);
    assert_eq!(bench.sent(), "");
    bench.answers(key, &register, 200);
    let first = bench.last();
    assert_eq!(bench.hears(&register), Arrival::Absorbed);
    assert_eq!(bench.last(), first);
    assert_eq!(bench.waits(40_000), "");
    assert!(matches!(bench.hears(&register), Arrival::Request(_)));
}

#[test]
fn an_answer_in_one_step_is_kept_like_any_other() {
    let mut bench = Bench::on_datagrams();
    let register = request("REGISTER", "z9hG4bKr", 1);
    let Arrival::Request(new) = bench.hears(&register) else { panic!("no new request") };
    let message = Message::parse(register.as_bytes()).expect("a message");
    bench.layer.answer(new, &message, &answer(&register, 200, "box"), bench.now);
    assert_eq!(bench.sent(), "200");
    assert_eq!(bench.hears(&register), Arrival::Absorbed);
    assert_eq!(bench.sent(), "200");
}

#[test]
fn a_request_that_is_accepted_twice_is_one() {
    let mut bench = Bench::on_datagrams();
    let (Arrival::Request(one), Arrival::Request(other)) = (bench.hears(&invite()), bench.hears(&invite()))
    else {
        panic!("no new requests")
    };
    let text = invite();
    let message = Message::parse(text.as_bytes()).expect("a message");
    let first = bench.layer.accept(one, &message, bench.now);
    assert_eq!(bench.layer.accept(other, &message, bench.now), first);
    assert_eq!(bench.layer.load().invites, 1);
}

#[test]
fn an_answer_goes_to_the_source_if_rport_asks_for_it_and_else_to_the_port_of_sent_by() {
    let mut bench = Bench::on_datagrams();
    let asked = request("REGISTER", "z9hG4bKr", 1);
    for (text, port) in [(asked.clone(), 40_000), (asked.replace(";rport", ""), 5_062)] {
        let Arrival::Request(new) = bench.hears(&text) else { panic!("no new request") };
        bench.layer.stateless(new, &answer(&text, 401, "box"));
        let to = bench.layer.poll_transmit().expect("an answer").flow.remote;
        assert_eq!(to, addr(&format!("10.0.0.9:{port}")));
    }
    let mut stream = Bench::on_a_stream();
    let Arrival::Request(new) = stream.hears(&asked.replace(";rport", "")) else { panic!("no new request") };
    assert_eq!(new.reply(), stream.flow);
}

#[test]
fn a_request_with_no_readable_via_is_dropped() {
    let mut bench = Bench::on_datagrams();
    assert_eq!(bench.hears("OPTIONS sip:box SIP/2.0\r\nCall-ID: x\r\n\r\n"), Arrival::Absorbed);
    assert_eq!(bench.hears("OPTIONS sip:box SIP/2.0\r\nVia: nonsense\r\n\r\n"), Arrival::Absorbed);
    assert_eq!(bench.sent(), "");
}

#[test]
fn a_caller_who_cancels_gets_200_and_487_and_its_ack_ends_it() {
    let mut bench = Bench::on_datagrams();
    let key = bench.accepts(&invite());
    assert_eq!(bench.waits(1_000), "100 150");
    bench.answers(key, &invite(), 180);
    let cancel = request("CANCEL", "z9hG4bKinvite", 1);
    let Arrival::Cancel { cancel: new, invite: found } = bench.hears(&cancel) else { panic!("no match") };
    assert_eq!(found, key);
    let message = Message::parse(cancel.as_bytes()).expect("a message");
    bench.layer.answer(new, &message, &answer(&cancel, 200, "box"), bench.now);
    bench.answers(key, &invite(), 487);
    assert_eq!(bench.sent(), "180 200 487");
    assert_eq!(bench.hears(&cancel), Arrival::Absorbed);
    assert_eq!(bench.sent(), "200");
    assert_eq!(bench.hears(&request("ACK", "z9hG4bKinvite", 1)), Arrival::Absorbed);
    assert_eq!(bench.waits(10_000), "");
    assert!(bench.is_at_rest());
}

#[test]
fn a_cancel_that_crosses_our_2xx_changes_nothing() {
    let mut bench = Bench::on_datagrams();
    let key = bench.accepts(&invite());
    bench.answers(key, &invite(), 200);
    let cancel = request("CANCEL", "z9hG4bKinvite", 1);
    assert!(matches!(bench.hears(&cancel), Arrival::Cancel { invite, .. } if invite == key));
    bench.answers(key, &invite(), 487);
    assert_eq!(bench.sent(), "200");
    let ack = request("ACK", "z9hG4bKack", 1);
    assert_eq!(bench.hears(&ack), Arrival::Ack { invite: Some(key) });
}

#[test]
fn a_cancel_for_nothing_known_is_told_so() {
    let mut bench = Bench::on_datagrams();
    let cancel = request("CANCEL", "z9hG4bKinvite", 1);
    assert!(matches!(bench.hears(&cancel), Arrival::CancelWithoutMatch(_)));
    bench.accepts(&request("OPTIONS", "z9hG4bKo", 2));
    let cancel = request("CANCEL", "z9hG4bKo", 2);
    assert!(matches!(bench.hears(&cancel), Arrival::CancelWithoutMatch(_)));
}

#[test]
fn a_late_ack_stops_the_copies_of_the_2xx() {
    let mut bench = Bench::on_a_stream();
    let key = bench.accepts(&invite());
    bench.answers(key, &invite(), 200);
    assert_eq!(bench.sent(), "200");
    assert_eq!(bench.waits(8_000), "200 500, 200 1500, 200 3500, 200 7500");
    assert_eq!(bench.hears(&invite()), Arrival::Absorbed);
    assert_eq!(bench.sent(), "");
    let ack = request("ACK", "z9hG4bKack", 1);
    assert_eq!(bench.hears(&ack), Arrival::Ack { invite: Some(key) });
    bench.layer.acked(key);
    assert_eq!(bench.waits(20_000), "");
    assert_eq!(bench.hears(&ack), Arrival::Ack { invite: Some(key) });
    assert_eq!(bench.hears(&invite()), Arrival::Absorbed);
    assert!(bench.is_at_rest());
    assert_eq!(bench.hears(&ack), Arrival::Ack { invite: None });
}

#[test]
fn an_ack_with_the_branch_of_the_invite_is_for_the_2xx_too() {
    let mut bench = Bench::on_datagrams();
    let key = bench.accepts(&invite());
    bench.answers(key, &invite(), 200);
    let sloppy = request("ACK", "z9hG4bKinvite", 1);
    assert_eq!(bench.hears(&sloppy), Arrival::Ack { invite: Some(key) });
}

#[test]
fn the_late_ack_of_an_invite_is_not_taken_for_that_of_the_reinvite() {
    let mut bench = Bench::on_datagrams();
    let first = bench.accepts(&invite());
    bench.answers(first, &invite(), 200);
    let again =
        request("INVITE", "z9hG4bKagain", 2).replace("To: <sip:bob@box>", "To: <sip:bob@box>;tag=box");
    let second = bench.accepts(&again);
    bench.answers(second, &again, 200);
    assert_eq!(bench.hears(&request("ACK", "z9hG4bKack", 1)), Arrival::Ack { invite: Some(first) });
    assert_eq!(bench.hears(&request("ACK", "z9hG4bKack2", 2)), Arrival::Ack { invite: Some(second) });
}

#[test]
fn a_2xx_nobody_acknowledges_is_told_after_32_seconds() {
    let mut bench = Bench::on_datagrams();
    let key = bench.accepts(&invite());
    bench.answers(key, &invite(), 200);
    assert!(bench.waits(60_000).ends_with(&format!("200 31500, {:?} 32000", Event::<&str>::NoAck(key))));
    assert!(bench.is_at_rest());
}

#[test]
fn an_invite_that_comes_again_by_another_way_is_told() {
    let mut bench = Bench::on_datagrams();
    let key = bench.accepts(&invite());
    let other_way = request("INVITE", "z9hG4bKother", 1);
    assert!(matches!(bench.hears(&other_way), Arrival::Merged(_)));
    let next = request("INVITE", "z9hG4bKother", 2);
    assert!(matches!(bench.hears(&next), Arrival::Request(_)));
    bench.answers(key, &invite(), 486);
    assert!(matches!(bench.hears(&other_way), Arrival::Request(_)));
}

#[test]
fn a_phone_as_old_as_rfc_2543_is_understood() {
    let mut bench = Bench::on_datagrams();
    let old = |text: String| text.replace(";branch=z9hG4bKinvite", "");
    let key = bench.accepts(&old(invite()));
    bench.answers(key, &invite(), 486);
    assert_eq!(bench.hears(&old(invite())), Arrival::Absorbed);
    assert_eq!(bench.sent(), "486 486");
    let ack =
        old(request("ACK", "z9hG4bKinvite", 1)).replace("To: <sip:bob@box>", "To: <sip:bob@box>;tag=box");
    assert_eq!(bench.hears(&ack), Arrival::Absorbed);
    assert_eq!(bench.waits(6_000), "");
    let cancel = old(request("CANCEL", "z9hG4bKinvite", 2));
    let invite = old(request("INVITE", "z9hG4bKinvite", 2));
    let key = bench.accepts(&invite);
    assert!(matches!(bench.hears(&cancel), Arrival::Cancel { invite, .. } if invite == key));
}

#[test]
fn a_request_of_ours_carries_our_via_and_its_answer_comes_up() {
    let mut bench = Bench::on_datagrams();
    let client = bench.sends("check-sync", Method::Notify);
    let notify = bench.last();
    let via = format!("Via: SIP/2.0/UDP 10.0.0.1:5060;branch={};rport\r\n", client.branch());
    assert!(notify.contains(&via), "{notify}");
    assert!(notify.contains("Max-Forwards: 70\r\n"));
    assert_eq!(bench.hears(&reply(&notify, 200, "bob")), response("check-sync", client, Class::Success));
    assert_eq!(bench.hears(&reply(&notify, 200, "bob")), Arrival::Absorbed);
    assert_eq!(bench.waits(10_000), "");
    assert_eq!(bench.hears(&reply(&notify, 200, "bob")), Arrival::StrayResponse);
    assert!(bench.is_at_rest());
}

#[test]
fn an_answer_to_nothing_we_asked_is_stray() {
    let mut bench = Bench::on_datagrams();
    bench.sends("call", Method::Invite);
    let invite = bench.last();
    let ok = reply(&invite, 200, "bob");
    for (from, to) in
        [("CSeq: 1 INVITE", "CSeq: 1 BYE"), (";branch=z9hG4bK", ";branch=z9hG4bk1"), ("Via", "X-Via")]
    {
        assert_eq!(bench.hears(&ok.replace(from, to)), Arrival::StrayResponse, "{to}");
    }
    assert_eq!(bench.hears(&ok.replace("CSeq: 1 INVITE", "CSeq: 1 CANCEL")), Arrival::Absorbed);
}

#[test]
fn a_phone_that_never_answers_is_given_up() {
    let mut bench = Bench::on_datagrams();
    bench.sends("call", Method::Invite);
    bench.sends("refresh", Method::Notify);
    let story = bench.waits(40_000);
    assert!(
        story.contains("Timeout(\"call\") 32000") && story.contains("Timeout(\"refresh\") 32000"),
        "{story}"
    );
    assert!(bench.is_at_rest());
}

#[test]
fn a_request_that_is_abandoned_is_sent_no_more_and_its_answer_is_stray() {
    let mut bench = Bench::on_datagrams();
    let client = bench.sends("refresh", Method::Notify);
    let sent = bench.last();
    bench.layer.abandon(client);
    assert_eq!(bench.waits(40_000), "");
    assert_eq!(bench.hears(&reply(&sent, 200, "theirs")), Arrival::StrayResponse);
    assert!(bench.is_at_rest());
}

#[test]
fn a_busy_phone_gets_its_ack_as_often_as_it_says_so() {
    let mut bench = Bench::on_datagrams();
    let client = bench.sends("call", Method::Invite);
    let invite = bench.last();
    assert_eq!(bench.hears(&reply(&invite, 180, "bob")), response("call", client, Class::Provisional));
    assert_eq!(bench.hears(&reply(&invite, 486, "bob")), response("call", client, Class::Refusal));
    let ack = bench.last();
    assert_eq!(word(&ack), "ACK");
    assert!(ack.contains(&client.branch()) && ack.contains("To: <sip:bob@box>;tag=bob\r\n"));
    assert_eq!(bench.hears(&reply(&invite, 486, "bob")), Arrival::Absorbed);
    assert_eq!(bench.last(), ack);
    assert!(bench.is_at_rest());
}

#[test]
fn a_call_given_up_before_it_rings_is_cancelled_when_it_rings() {
    let mut bench = Bench::on_datagrams();
    let client = bench.sends("call", Method::Invite);
    let invite = bench.last();
    bench.layer.cancel(client, bench.now);
    assert_eq!(bench.sent(), "");
    assert_eq!(bench.hears(&reply(&invite, 100, "bob")), response("call", client, Class::Provisional));
    let cancel = bench.last();
    assert_eq!(word(&cancel), "CANCEL");
    assert!(cancel.contains(&client.branch()));
    assert_eq!(bench.waits(600), "CANCEL 500");
    assert_eq!(bench.hears(&reply(&cancel, 200, "bob")), Arrival::Absorbed);
    assert_eq!(bench.hears(&reply(&invite, 487, "bob")), response("call", client, Class::Refusal));
    assert_eq!(bench.sent(), "ACK");
    assert_eq!(bench.waits(60_000), "");
    assert!(bench.is_at_rest());
}

#[test]
fn a_cancelled_call_whose_phone_falls_silent_ends_after_32_seconds() {
    let mut bench = Bench::on_a_stream();
    let client = bench.sends("call", Method::Invite);
    let invite = bench.last();
    bench.hears(&reply(&invite, 180, "bob"));
    bench.waits(1_000);
    bench.layer.cancel(client, bench.now);
    assert_eq!(bench.sent(), "CANCEL");
    assert_eq!(bench.waits(60_000), "Timeout(\"call\") 33000");
    assert!(bench.is_at_rest());
}

#[test]
fn a_2xx_that_crosses_our_cancel_is_acknowledged_and_hung_up() {
    let mut bench = Bench::on_datagrams();
    let client = bench.sends("call", Method::Invite);
    let invite = bench.last();
    bench.hears(&reply(&invite, 180, "bob"));
    bench.layer.cancel(client, bench.now);
    let cancel = bench.last();
    let ok = reply(&invite, 200, "bob");
    assert_eq!(bench.hears(&ok), response("call", client, Class::Success));
    assert_eq!(bench.hears(&reply(&cancel, 200, "bob")), Arrival::Absorbed);
    let mut dialog = dialog(&ok);
    bench.layer.send_ack(dialog.ack(1), bench.flow);
    let ack = bench.last();
    assert!(word(&ack) == "ACK" && !ack.contains(&client.branch()), "{ack}");
    let bye = bench.layer.send("hang up", dialog.request(Method::Bye), bench.flow, bench.now).expect("room");
    let text = bench.last();
    assert_eq!(bench.hears(&reply(&text, 200, "bob")), response("hang up", bye, Class::Success));
    assert!(bench.is_at_rest());
}

#[test]
fn every_copy_of_a_2xx_comes_up_for_its_ack_and_that_of_another_branch_for_its_bye() {
    let mut bench = Bench::on_datagrams();
    let client = bench.sends("call", Method::Invite);
    let invite = bench.last();
    let (bob, carl) = (reply(&invite, 200, "bob"), reply(&invite, 200, "carl"));
    let success = response("call", client, Class::Success);
    assert_eq!(bench.hears(&bob), success);
    assert_eq!(bench.hears(&bob), success);
    assert_eq!(bench.hears(&carl), success);
    let (kept, mut other) = (dialog(&bob), dialog(&carl));
    assert!(!kept.is_of(&Message::parse(carl.as_bytes()).expect("a message")));
    bench.layer.send_ack(kept.ack(1), bench.flow);
    bench.layer.send_ack(other.ack(1), bench.flow);
    bench.layer.send("hang up", other.request(Method::Bye), bench.flow, bench.now).expect("room");
    let wire = bench.wire();
    assert_eq!(wire.iter().map(|text| word(text)).collect::<Vec<_>>(), ["ACK", "ACK", "BYE"]);
    assert!(wire[0].starts_with("ACK sip:bob@10.0.0.8 ") && wire[2].starts_with("BYE sip:carl@10.0.0.8 "));
    bench.waits(33_000);
    assert_eq!(bench.hears(&bob), Arrival::StrayResponse);
}

#[test]
fn what_cannot_be_sent_on_a_stream_is_told_to_those_who_wait_on_it() {
    let mut bench = Bench::on_a_stream();
    bench.sends("call", Method::Invite);
    let other = Flow { connection: 8, ..bench.flow };
    let flow = std::mem::replace(&mut bench.flow, other);
    bench.sends("refresh", Method::Notify);
    bench.layer.handle_send_failed(flow, bench.now);
    assert_eq!(bench.event(), Some(Event::TransportFailed("call")));
    assert_eq!((bench.event(), bench.layer.load().clients), (None, 1));
}

#[test]
fn a_broken_stream_takes_its_callers_with_it() {
    let mut bench = Bench::on_a_stream();
    let key = bench.accepts(&invite());
    bench.sends("call", Method::Invite);
    bench.layer.handle_send_failed(bench.flow, bench.now);
    assert_eq!((bench.event(), bench.event()), (Some(Event::TransportFailed("call")), None));
    bench.layer.handle_flow_closed(bench.flow, bench.now);
    assert_eq!((bench.event(), bench.event()), (Some(Event::CallerLost(key)), None));
    assert_eq!(bench.layer.load(), Load::default());
    bench.answers(key, &invite(), 200);
    assert!(!bench.sent().contains("200"));
}

#[test]
fn a_full_table_forgets_the_oldest_answer_but_never_a_question() {
    let mut bench = Bench::on_datagrams();
    let text = |number: usize| request("REGISTER", &format!("z9hG4bKr{number}"), 1);
    for number in 0..MAX_OTHERS {
        let key = bench.accepts(&text(number));
        if number == 3 || number == 5 {
            bench.answers(key, &text(number), 200);
        }
    }
    bench.sent();
    bench.accepts(&text(MAX_OTHERS));
    bench.accepts(&text(MAX_OTHERS + 1));
    assert_eq!(bench.hears(&text(4)), Arrival::Absorbed);
    assert!(matches!(bench.hears(&text(3)), Arrival::Request(_)));
    let last = text(MAX_OTHERS + 2);
    let Arrival::Request(new) = bench.hears(&last) else { panic!("no new request") };
    let message = Message::parse(last.as_bytes()).expect("a message");
    assert_eq!(bench.layer.accept(new, &message, bench.now), Err(Full));
    bench.layer.answer(new, &message, &answer(&last, 503, "box"), bench.now);
    assert_eq!(bench.sent(), "503");
    assert_eq!(bench.layer.load().others, MAX_OTHERS);
    assert!(bench.is_at_rest());
}

#[test]
fn a_full_table_of_calls_and_of_requests_of_ours_refuses_more() {
    let mut bench = Bench::on_a_stream();
    for number in 0..MAX_INVITES {
        bench.accepts(&request(
            "INVITE",
            &format!("z9hG4bKi{number}"),
            u32::try_from(number).expect("small"),
        ));
    }
    let Arrival::Request(new) = bench.hears(&request("INVITE", "z9hG4bKlast", 70_000)) else {
        panic!("none")
    };
    let text = invite();
    let message = Message::parse(text.as_bytes()).expect("a message");
    assert_eq!(bench.layer.accept(new, &message, bench.now), Err(Full));
    for _ in 0..MAX_CLIENTS {
        bench.sends("one", Method::Options);
    }
    let request = Request::new(Method::Options, "sip:phone");
    assert_eq!(bench.layer.send("more", request, bench.flow, bench.now), Err(Full));
    bench.sent();
    bench.layer.send_ack(Request::new(Method::Ack, "sip:phone"), bench.flow);
    assert_eq!(bench.sent(), "ACK");
    bench.layer.handle_flow_closed(bench.flow, bench.now);
    assert_eq!(bench.layer.load(), Load::default());
}

fn dialog(ok: &str) -> Dialog {
    let message = Message::parse(ok.as_bytes()).expect("a message");
    let dialog = Dialog::as_client("sip:bob@box", &message, "<sip:box@10.0.0.1>").expect("a dialog");
    assert_eq!(dialog.state(), State::Confirmed);
    dialog
}
