//! Random calls: phones that do anything at any time, fall silent and come back, and messages that come twice.
//!
//! Whatever they do: every call ends, each gives one end, no phone is left in a call the box knows nothing of, every port
//! for the voice is given back, and no device stays busy.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::harness::{Direction, Office, PHONES, Plan, Wired, device_of, flow_of};
use super::{EndVoice, Exhausted, Opening};
use crate::sip::message::Message;

/// One thing that happens: what, who, and which of the possibilities.
type Step = (u8, usize, usize);

fn office() -> Office {
    let mut office = Office::new();
    let mut plan = |number: &str, plan| office.plan.insert(number.into(), plan);
    plan("100", Plan::Ring(vec![vec!["kitchen"]], Exhausted::Answer));
    plan("101", Plan::Ring(vec![vec!["kitchen", "desk", "wire"]], Exhausted::Answer));
    plan("102", Plan::Ring(vec![vec!["attic"], vec!["guard", "lab"]], Exhausted::Announce));
    plan("103", Plan::Ways(vec!["desk", "attic"]));
    plan("104", Plan::Voice(Opening::Answered));
    plan("105", Plan::Voice(Opening::Early));
    office
}

const NUMBERS: [&str; 7] = ["100", "101", "101", "102", "103", "104", "105"];
const ANSWERS: [u16; 16] = [100, 180, 180, 183, 200, 200, 200, 200, 302, 404, 408, 480, 486, 487, 503, 603];
const REQUESTS: [&str; 8] = ["BYE", "BYE", "INVITE", "INVITE", "UPDATE", "INFO", "PRACK", "REFER"];
const PAUSES: [u64; 6] = [1, 20, 600, 4_100, 21_000, 33_000];

fn take(office: &mut Office, (what, who, which): Step) {
    let name = PHONES[who % PHONES.len()];
    let has_talk = office.phones[name].talk.is_some();
    match what % 16 {
        0 | 1 => {
            let body = (which % 5 != 0).then_some("offer");
            office.invites_with(name, NUMBERS[which % NUMBERS.len()], "Supported: 100rel, timer\r\n", body);
        }
        2..=6 => answer(office, name, which),
        7 if has_talk => {
            office.sends_with(name, REQUESTS[which % REQUESTS.len()], "RAck: 1 7 INVITE\r\n", None)
        }
        8 | 9 if has_talk => office.acks_with(name, (which % 3 == 0).then_some("answer")),
        10 if has_talk && office.talk(name).invite.0 != 0 => office.cancels(name),
        11 => office.after(PAUSES[which % PAUSES.len()]),
        12 => {
            if name != "wire" && !office.dead.remove(name) && which % 2 == 0 {
                office.dead.insert(name);
            }
        }
        13 => the_box(office, which),
        14 => again(office, which),
        15 if which % 4 == 0 => {
            // The phone does not come back: a new connection would be another flow.
            office.dead.insert("wire");
            office.layer.handle_flow_closed(flow_of("wire"), office.now);
            office.drain();
        }
        15 if has_talk => {
            let talk = office.talk(name);
            let tag = |address: &str| address.split(";tag=").nth(1).unwrap_or("none").to_owned();
            let (to, from) = (tag(&talk.remote), tag(&talk.local));
            let replaces = format!("Replaces: {};to-tag={to};from-tag={from}\r\n", talk.call_id);
            office.invites_with(PHONES[which % PHONES.len()], "100", &replaces, Some("offer"));
        }
        _ => office.after(50),
    }
}

/// What the box's other rooms do.
fn the_box(office: &mut Office, which: usize) {
    let now = office.now();
    let voice = office.last_voice;
    match (which % 7, voice, office.exhausted, office.started.last().copied()) {
        (0 | 1, Some(call), ..) => {
            office.calls.voice_opened(call, "10.0.0.1:16384".parse().expect("an address"), now);
        }
        (2, Some(call), ..) => office.calls.voice_failed(call, now),
        (3, Some(call), ..) => office.calls.end_voice(call, EndVoice::HangUp, now),
        (4, Some(call), ..) => office.calls.end_voice(call, EndVoice::Refuse(503), now),
        (5, _, Some(call), _) => office.calls.announce(call, Opening::Early, now),
        (6, _, _, Some(call)) if which.is_multiple_of(3) => office.calls.hang_up(call, now),
        _ => {}
    }
    office.drain();
}

/// A message comes a second time.
fn again(office: &mut Office, which: usize) {
    let came: Vec<usize> =
        (0..office.wire.len()).filter(|at| office.wire[*at].way == Direction::ToBox).collect();
    if let Some(at) = came.len().checked_sub(1 + which % 4) {
        let Wired { phone, text, at: when, .. } = &office.wire[came[at]];
        // A network does not hold a message back for longer than this (T4, RFC 3261 §17.1.2.2).
        if office.now - *when < Duration::from_secs(5) {
            let (phone, text) = (*phone, text.clone());
            office.deliver(phone, text);
        }
    }
}

/// The phone answers one of the requests it has not answered, as a phone may: a final answer once, and not when the
/// transaction must be over.
fn answer(office: &mut Office, name: &'static str, which: usize) {
    let open = open_requests(office, name);
    let Some((text, said)) = open.get(which % open.len().max(1)).cloned() else { return };
    let request = Message::parse(text.as_bytes()).expect("a request");
    let is_invite = request.method().is_some_and(|method| method.as_str() == "INVITE");
    let status =
        if is_invite { ANSWERS[which % ANSWERS.len()] } else { [200, 200, 200, 481, 501][which % 5] };
    let status = if said == Said::Success { 200 } else { status };
    let more = if status == 183 { "Require: 100rel\r\nRSeq: 1\r\n" } else { "" };
    let body = (is_invite && status == 200).then_some("answer");
    office.replies_to(name, &text, name, status, more, body);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Provisional,
    /// May be said again.
    Success,
    Refusal,
}

fn open_requests(office: &Office, name: &str) -> Vec<(String, Said)> {
    let patience = Duration::from_secs(30);
    let mut open = Vec::new();
    for (at, wired) in office.wire.iter().enumerate() {
        let is_asked = wired.phone == name && wired.way == Direction::FromBox;
        if !is_asked || !office.phones[name].inbox.contains(&wired.text) {
            continue;
        }
        let Some(key) = key_of(&wired.text) else { continue };
        let rest = &office.wire[at + 1..];
        let said = said(rest, name, &key);
        let of_phone = |other: &&Wired| {
            other.phone == name && key_of_request(&other.text, "CANCEL").as_ref() == Some(&key)
        };
        let since = match (rest.iter().find(of_phone), said) {
            (Some(cancel), _) => cancel.at,
            (None, Said::Provisional) if key.1 == "INVITE" => office.now,
            (None, Said::Success) => success_at(rest, name, &key).unwrap_or(wired.at),
            (None, _) => wired.at,
        };
        let is_copy = |other: &Wired| other.phone == name && other.text == wired.text;
        let is_again = office.wire[..at].iter().any(is_copy);
        let may_speak = said != Said::Refusal && (said != Said::Success || key.1 == "INVITE");
        if may_speak && !is_again && office.now - since < patience {
            open.push((wired.text.clone(), said));
        }
    }
    open
}

/// Names a transaction: branch and method.
type Key = (String, String);

fn key_of(text: &str) -> Option<Key> {
    let message = Message::parse(text.as_bytes()).ok()?;
    let method = message.method()?;
    let is_usual = !matches!(method.as_str(), "ACK" | "CANCEL");
    is_usual.then(|| (branch_of(&message), method.as_str().to_owned()))
}

fn key_of_request(text: &str, method: &str) -> Option<Key> {
    let message = Message::parse(text.as_bytes()).ok()?;
    let is_it = message.method().is_some_and(|it| it.as_str() == method);
    is_it.then(|| (branch_of(&message), "INVITE".to_owned()))
}

fn branch_of(message: &Message<'_>) -> String {
    message.via_top().ok().and_then(|via| via.params.get("branch")).unwrap_or_default().to_owned()
}

fn answers<'w>(wire: &'w [Wired], name: &str, key: &Key) -> impl Iterator<Item = (u16, &'w Wired)> {
    let (name, key) = (name.to_owned(), key.clone());
    wire.iter().filter(move |wired| wired.phone == name && wired.way == Direction::ToBox).filter_map(
        move |wired| {
            let message = Message::parse(wired.text.as_bytes()).ok()?;
            let method = message.cseq_parts().ok()?.1.to_owned();
            let status = message.status()?;
            ((branch_of(&message), method) == key).then_some((status, wired))
        },
    )
}

fn said(wire: &[Wired], name: &str, key: &Key) -> Said {
    answers(wire, name, key).fold(Said::Nothing, |said, (status, _)| match (said, status) {
        (Said::Success | Said::Refusal, _) => said,
        (_, 100..=199) => Said::Provisional,
        (_, 200..=299) => Said::Success,
        _ => Said::Refusal,
    })
}

fn success_at(wire: &[Wired], name: &str, key: &Key) -> Option<Instant> {
    answers(wire, name, key).find(|(status, _)| *status == 200).map(|(_, wired)| wired.at)
}

// -- what must hold ------------------------------------------------------------------------------------------------

/// A dialog that a 2xx to an INVITE made: the phone, the Call-ID and the phone's own tag.
type Dialogs = BTreeMap<(&'static str, String, String), (usize, usize)>;

/// Every dialog made by a 2xx is acknowledged if the box made it, and ended by one side.
fn check_dialogs(wire: &[Wired]) -> Result<(), TestCaseError> {
    let mut made: Dialogs = BTreeMap::new();
    for wired in wire {
        let message = Message::parse(wired.text.as_bytes()).expect("a message");
        let is_invite = message.cseq_parts().is_ok_and(|(_, method)| method == "INVITE");
        if is_invite && message.status().is_some_and(|status| (200..300).contains(&status)) {
            made.entry(dialog_of(wired, &message)).or_default();
        }
    }
    for wired in wire {
        let message = Message::parse(wired.text.as_bytes()).expect("a message");
        let Some(method) = message.method() else { continue };
        if let Some((acks, byes)) = made.get_mut(&dialog_of(wired, &message)) {
            *acks += usize::from(method.as_str() == "ACK" && wired.way == Direction::FromBox);
            *byes += usize::from(method.as_str() == "BYE");
        }
    }
    for ((phone, call_id, tag), (acks, byes)) in &made {
        let is_ours = call_id.ends_with("@perch");
        prop_assert!(!is_ours || *acks > 0, "{phone} {call_id} {tag} got no ACK");
        prop_assert!(*byes > 0, "{phone} {call_id} {tag} got no BYE");
    }
    Ok(())
}

fn dialog_of(wired: &Wired, message: &Message<'_>) -> (&'static str, String, String) {
    let tag = |address: Result<crate::sip::message::NameAddr<'_>, _>| {
        address.ok().and_then(|address| address.tag()).unwrap_or_default().to_owned()
    };
    // The phone's own tag: in From of what it asks and of the answers it gets.
    let is_asking = message.is_request() == (wired.way == Direction::ToBox);
    let own = if is_asking { tag(message.from()) } else { tag(message.to()) };
    (wired.phone, message.call_id().expect("a Call-ID").to_owned(), own)
}

/// Every INVITE of the box's that a phone began to answer and never answered was cancelled. (Not at `wire`, whose
/// stream may have broken: there is no way to say it.)
fn check_invites(wire: &[Wired]) -> Result<(), TestCaseError> {
    let asked = |wired: &Wired| wired.way == Direction::FromBox && wired.phone != "wire";
    for (at, wired) in wire.iter().enumerate().filter(|(_, wired)| asked(wired)) {
        let Some(key) = key_of(&wired.text).filter(|(_, method)| method == "INVITE") else { continue };
        let message = Message::parse(wired.text.as_bytes()).expect("a message");
        let is_inside = message.to().is_ok_and(|to| to.tag().is_some());
        if is_inside || said(&wire[at..], wired.phone, &key) != Said::Provisional {
            continue;
        }
        let is_cancel = |other: &Wired| {
            other.way == Direction::FromBox && key_of_request(&other.text, "CANCEL").as_ref() == Some(&key)
        };
        prop_assert!(wire[at..].iter().any(is_cancel), "{} was left ringing", wired.phone);
    }
    Ok(())
}

fn check(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut office = office();
    for step in steps {
        take(&mut office, step);
    }
    office.dead.extend(PHONES);
    office.after(50 * 60_000);
    what_must_hold(&office).map_err(|fault| {
        let ladder: Vec<&str> =
            office.ladder.iter().map(String::as_str).filter(|line| !line.ends_with(" again")).collect();
        TestCaseError::fail(format!("{fault}\n{}", ladder.join("\n")))
    })
}

fn what_must_hold(office: &Office) -> Result<(), TestCaseError> {
    prop_assert!(office.calls.is_empty(), "a call is stuck: {:?}", office.calls);
    prop_assert_eq!(office.calls.poll_timeout(), None);
    prop_assert_eq!(office.ended.len(), office.started.len());
    prop_assert!(office.ended.values().all(|times| *times == 1), "each call ends once: {:?}", office.ended);
    prop_assert_eq!(office.ports.0, office.ports.1);
    for name in PHONES {
        prop_assert!(!office.calls.is_in_call(device_of(name)), "{} stays busy", name);
    }
    check_dialogs(&office.wire)?;
    check_invites(&office.wire)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_phones_do_every_call_ends_once_and_nobody_is_left_in_it(
        steps in prop::collection::vec((any::<u8>(), 0..PHONES.len(), 0..1_000_usize), 1..80),
    ) {
        check(steps)?;
    }
}
