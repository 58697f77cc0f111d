//! Whatever happens in whatever order: every request of ours ends once, no transaction is stuck, nothing is left over.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// The phone sends a request: a new one, or a copy if it has sent that one before.
    Asks { method: &'static str, number: u32, over: Over },
    /// We answer one of the requests we keep.
    Answers { which: usize, status: u16 },
    /// The user has seen an ACK.
    Acked { which: usize },
    /// We send a request.
    Sends { method: Method, over: Over },
    /// The phone answers one of our requests.
    Replies { which: usize, status: u16 },
    /// We give a call up.
    Cancels { which: usize },
    /// Time passes.
    Passes(u64),
    /// The stream breaks, or something cannot be sent.
    Fails { over: Over, closed: bool },
}

#[derive(Debug, Clone, Copy)]
enum Over {
    Datagrams,
    Stream,
}

impl Over {
    fn flow(self) -> Flow {
        match self {
            Over::Datagrams => Flow::udp(addr("10.0.0.1:5060"), addr(PHONE)),
            Over::Stream => Flow::tcp(addr("10.0.0.1:5060"), addr(PHONE), 7),
        }
    }
}

fn over() -> impl Strategy<Value = Over> {
    prop_oneof![Just(Over::Datagrams), Just(Over::Stream)]
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![Just(100), Just(180), Just(200), Just(302), Just(486), Just(487), Just(503), Just(603)]
}

fn step() -> impl Strategy<Value = Step> {
    let asked = prop_oneof![Just("INVITE"), Just("ACK"), Just("CANCEL"), Just("REGISTER"), Just("KDMQ")];
    let ours = prop_oneof![Just(Method::Invite), Just(Method::Notify)];
    prop_oneof![
        4 => (asked, 0..4_u32, over()).prop_map(|(method, number, over)| Step::Asks { method, number, over }),
        3 => (any::<usize>(), status()).prop_map(|(which, status)| Step::Answers { which, status }),
        1 => any::<usize>().prop_map(|which| Step::Acked { which }),
        2 => (ours, over()).prop_map(|(method, over)| Step::Sends { method, over }),
        3 => (any::<usize>(), status()).prop_map(|(which, status)| Step::Replies { which, status }),
        1 => any::<usize>().prop_map(|which| Step::Cancels { which }),
        3 => prop_oneof![0..700_u64, 0..40_000_u64].prop_map(Step::Passes),
        1 => (over(), any::<bool>()).prop_map(|(over, closed)| Step::Fails { over, closed }),
    ]
}

/// How a request of ours ended; a 2xx to an INVITE may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Success,
    Other,
}

struct World {
    layer: Layer<usize>,
    now: Instant,
    kept: Vec<(ServerKey, String)>,
    asked: Vec<(ClientKey, Method, String)>,
    ends: BTreeMap<usize, End>,
}

impl World {
    fn new() -> World {
        World {
            layer: Layer::new([3, 4]),
            now: Instant::now(),
            kept: Vec::new(),
            asked: Vec::new(),
            ends: BTreeMap::new(),
        }
    }

    fn takes(&mut self, step: Step) {
        match step {
            Step::Asks { method, number, over } => {
                let text = request(method, &format!("z9hG4bK{number}"), number);
                self.hears(&text, over.flow());
            }
            Step::Answers { which, status } => {
                if let Some((key, text)) = pick(&self.kept, which) {
                    self.layer.respond(key, &answer(&text, status, "box"), self.now);
                }
            }
            Step::Acked { which } => {
                if let Some((key, _)) = pick(&self.kept, which) {
                    self.layer.acked(key);
                }
            }
            Step::Sends { method, over } => self.sends(method, over),
            Step::Replies { which, status } => {
                if let Some((_, _, text)) = pick(&self.asked, which) {
                    self.hears(&reply(&text, status, "bob"), Over::Datagrams.flow());
                }
            }
            Step::Cancels { which } => {
                if let Some((key, _, _)) = pick(&self.asked, which) {
                    self.layer.cancel(key, self.now);
                }
            }
            Step::Passes(milliseconds) => self.passes(Duration::from_millis(milliseconds)),
            Step::Fails { over, closed: true } => self.layer.handle_flow_closed(over.flow(), self.now),
            Step::Fails { over, closed: false } => self.layer.handle_send_failed(over.flow(), self.now),
        }
        self.drains();
    }

    fn hears(&mut self, text: &str, flow: Flow) {
        let message = Message::parse(text.as_bytes()).expect("a message");
        match self.layer.handle_message(&message, flow, self.now) {
            Arrival::Request(new) | Arrival::Merged(new) | Arrival::CancelWithoutMatch(new) => {
                let key = self.layer.accept(new, &message, self.now).expect("room");
                self.kept.push((key, text.to_owned()));
            }
            Arrival::Cancel { cancel, .. } => {
                self.layer.answer(cancel, &message, &answer(text, 200, "box"), self.now);
            }
            Arrival::Response { token, class, .. } if class.is_final() => {
                self.ended(token, if class == Class::Success { End::Success } else { End::Other });
            }
            Arrival::Response { .. } | Arrival::Absorbed | Arrival::Ack { .. } | Arrival::StrayResponse => {}
        }
    }

    fn sends(&mut self, method: Method, over: Over) {
        let request = Request::new(method.clone(), "sip:bob@10.0.0.9")
            .with("From", "<sip:ann@box>;tag=box")
            .with("To", "<sip:bob@box>")
            .with("Call-ID", "out")
            .with("CSeq", format!("1 {method}"));
        let key = self.layer.send(self.asked.len(), request, over.flow(), self.now).expect("room");
        let mut text = String::new();
        while let Some(transmit) = self.layer.poll_transmit() {
            text = String::from_utf8_lossy(&transmit.bytes).into_owned();
        }
        self.asked.push((key, method, text));
    }

    fn passes(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.layer.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.layer.handle_timeout(self.now);
            assert!(self.layer.poll_timeout().is_none_or(|next| next > due), "the same deadline again");
            self.drains();
        }
        self.now = end;
    }

    fn drains(&mut self) {
        while self.layer.poll_transmit().is_some() {}
        while let Some(event) = self.layer.poll_event() {
            match event {
                Event::Timeout(token) | Event::TransportFailed(token) => self.ended(token, End::Other),
                Event::NoAck(_) | Event::CallerLost(_) => {}
            }
        }
    }

    /// A request ends once; only an INVITE may be accepted again.
    fn ended(&mut self, token: usize, end: End) {
        let former = self.ends.insert(token, end);
        let may_repeat = self.asked[token].1 == Method::Invite && end == End::Success;
        assert!(
            former.is_none() || former == Some(End::Success) && may_repeat,
            "{token} ended twice: {end:?}"
        );
    }

    /// The user does its duty: it answers every call and lets none ring for ever.
    fn winds_up(&mut self) {
        for (key, text) in std::mem::take(&mut self.kept) {
            self.layer.respond(key, &answer(&text, 480, "box"), self.now);
        }
        for (key, _, _) in self.asked.clone() {
            self.layer.cancel(key, self.now);
        }
        self.passes(PATIENCE * 2 + T4);
    }
}

fn pick<T: Clone>(all: &[T], which: usize) -> Option<T> {
    all.get(which.checked_rem(all.len())?).cloned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_request_ends_once_and_nothing_is_left_over(
        steps in prop::collection::vec(step(), 0..80)
    ) {
        let mut world = World::new();
        for step in steps {
            world.takes(step);
        }
        world.winds_up();
        prop_assert_eq!(world.layer.load(), Load::default());
        prop_assert_eq!(world.layer.poll_timeout(), None);
        prop_assert!(world.layer.is_bare(), "an index is not empty");
        prop_assert_eq!(world.ends.len(), world.asked.len());
    }
}
