//! Limits and forwards: how many calls a user has, over all her phones, and where calls go that she does not take (K2, K8).

use perch::model::{CallOutcome, Change, Extension, Forwards};

use crate::office::{Office, Scene, extension};
use crate::phone::{CallState, Ending, KeysBy, OnCall, SimPhone};

/// The owner changes what is said of somebody.
fn owner_changes(office: &mut Office, who: &str, change: impl FnOnce(&mut Extension)) {
    let number = extension(who);
    office.wire.with_box(|one, now| {
        one.does(now, |exchange, now| {
            let mut user = exchange.office().extensions[&number].clone();
            change(&mut user);
            exchange.adopt(vec![Change::Extension(user)], now);
        });
    });
    office.waits(5);
}

fn limits(office: &mut Office, who: &str, busy_level: Option<u8>, max_calls: Option<u8>) {
    owner_changes(office, who, |user| (user.own.busy_level, user.own.max_calls) = (busy_level, max_calls));
}

fn forwards(office: &mut Office, who: &str, forwards: Forwards) {
    owner_changes(office, who, |user| user.forwards = forwards);
}

fn to(number: &str) -> Option<String> {
    Some(number.to_owned())
}

#[test]
fn k8_a_second_call_rings_below_the_busy_level_and_is_refused_at_it() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "cleo@office", "dan@attic"]);
    limits(&mut office, "bob", Some(2), None);
    office.dials("ada", "bob");
    office.answers("bob");
    office.dials("dan", "bob");
    assert_eq!(office.ringing(), ["lab"], "a waiting call rings");
    office.answers("bob");
    office.dials("cleo", "bob");
    assert_eq!(office.ending("cleo"), Some(Ending::Refused(486)));
    office.waits(2);
    let last = office.wire.the_box().disc.calls().last().map(|one| one.outcome);
    assert_eq!(last, Some(CallOutcome::Busy));

    office.hangs_up("dan");
    office.dials("cleo", "bob");
    assert_eq!(office.ringing(), ["lab"], "he has a place again");
}

#[test]
fn k8_k23_no_limit_of_ones_own_stands_over_that_of_the_template() {
    let tables = "[template.extension.one]\nmax_calls = 1\nbusy_level = 1\n";
    let mut office =
        Office::opens(&Scene { cast: &["ada@hall", "bob@lab", "dan@attic"], tables, ..Scene::default() });
    owner_changes(&mut office, "bob", |bob| bob.template = "one".parse().ok());
    office.dials("ada", "bob");
    office.answers("bob");
    office.dials("dan", "bob");
    assert_eq!(office.ending("dan"), Some(Ending::Refused(486)));
    limits(&mut office, "bob", Some(0), Some(0));
    office.dials("dan", "bob");
    assert_eq!(office.ringing(), ["lab"]);
}

#[test]
fn k8_a_call_of_ones_own_makes_busy_and_one_that_only_rings_does_not() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "cleo@office", "dan@attic"]);
    limits(&mut office, "bob", Some(1), None);
    office.dials("ada", "bob");
    office.dials("dan", "bob");
    assert_eq!(office.ending("dan"), None, "nobody speaks yet: both ring");
    office.hangs_up("dan");
    office.hangs_up("ada");
    office.dials("bob", "ada");
    office.dials("dan", "bob");
    assert_eq!(office.ending("dan"), Some(Ending::Refused(486)), "his own call rings out");
}

#[test]
fn k8_the_number_of_calls_holds_over_all_the_phones_of_a_user_and_both_ways() {
    let mut office = Office::with(&["ada@office", "bob@lab", "cleo@hall", "kitchen"]);
    office.logs_in("ada", "kitchen");
    limits(&mut office, "ada", None, Some(1));
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen", "office"], "one call, however many phones ring");
    office.dials("cleo", "ada");
    assert_eq!(office.ending("cleo"), Some(Ending::Refused(486)));
    office.answers("kitchen");
    office.dials("office", "cleo");
    assert_eq!(office.ending("office"), Some(Ending::Refused(486)), "nor can she make another");
    office.hangs_up("bob");
    office.waits(1);
    office.dials("office", "cleo");
    assert_eq!(office.ringing(), ["hall"]);
}

#[test]
fn k8_b1_b8_logins_and_calls_for_help_count_for_nothing_and_are_never_limited() {
    let mut office = Office::opens(&Scene {
        cast: &["ada@office", "bob@lab", "cleo@hall", "kitchen"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    });
    limits(&mut office, "ada", Some(1), Some(1));
    limits(&mut office, "bob", Some(0), Some(0));
    office.dials("cleo", "ada");
    office.answers("office");
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "112");
    assert_eq!(office.ringing(), ["lab"], "however many calls either of them may have");
    office.answers("lab");
    office.hangs_up("cleo");
    office.waits(1);
    office.dials("cleo", "ada");
    assert!(office.ringing().contains(&"office".to_owned()), "the call for help is not counted");
}

#[test]
fn b1_k8_limits_follow_at_login_and_a_call_under_way_counts_for_whom_it_began_with() {
    let mut office = Office::with(&["ada", "bob", "cleo@hall", "dan@attic", "kitchen"]);
    limits(&mut office, "ada", Some(1), None);
    limits(&mut office, "bob", Some(1), None);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "cleo");
    office.answers("cleo");
    office.dials("dan", "ada");
    assert_eq!(office.ending("dan"), Some(Ending::Refused(486)));

    // Bob logs in at the same desk while her call goes on.
    office.asks_for_login("bob", "kitchen", "*77*101*");
    office.keys("kitchen", "5182#", KeysBy::Rfc4733);
    office.waits_until("bob is logged in", |office| office.user_at("kitchen").as_deref() == Some("101"));
    office.waits_until("the voice is done", |office| office.wire.phone("kitchen").ending().is_some());
    office.dials("dan", "bob");
    assert_eq!(office.rings("kitchen").map(|(number, _)| number).as_deref(), Some("103"), "bob is free");
    office.hangs_up("dan");
    office.dials("dan", "ada");
    assert_eq!(office.ending("dan"), Some(Ending::Refused(486)), "her call is still hers");
    office.hangs_up("cleo");
    office.waits(1);
    office.dials("dan", "ada");
    assert_eq!(office.ending("dan"), Some(Ending::Refused(480)), "now she is nowhere");
}

#[test]
fn k2_every_call_is_sent_on_at_once_and_stands_in_the_history_once() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "cleo@office"]);
    forwards(&mut office, "bob", Forwards { always: to("102"), ..Forwards::default() });
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["office"]);
    assert_eq!(office.rings("office"), Some(("100".into(), "Ada Rossi".into())), "the caller's own number");
    let diversion = office.wire.phone("office").diversion();
    assert_eq!(diversion, Some("<sip:101@office.perch.local>;reason=unconditional;counter=1".to_owned()));
    office.answers("office");
    office.hangs_up("ada");
    office.waits(2);
    let records: Vec<_> = office.wire.the_box().disc.calls().to_vec();
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!(record.callee, Some(extension("bob")), "who was called");
    assert_eq!(record.answered_by, Some(office.device("office").id), "who answered");
}

#[test]
fn k2_a_busy_user_sends_on_and_so_does_one_who_declines() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "cleo@office", "dan@attic"]);
    forwards(&mut office, "bob", Forwards { busy: to("102"), ..Forwards::default() });
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["lab"]);
    office.hangs_up("lab");
    assert_eq!(office.ringing(), ["office"], "he has declined");
    office.hangs_up("ada");

    limits(&mut office, "bob", Some(1), None);
    office.dials("bob", "dan");
    office.answers("dan");
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["office"], "he speaks, and his level is reached");
    office.hangs_up("office");
    assert_eq!(office.ending("ada"), Some(Ending::Refused(486)), "the last to be asked decides");
}

#[test]
fn k2_what_nobody_answers_is_sent_on_after_the_seconds_that_are_set() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "cleo@office"]);
    let unanswered = Forwards { unanswered: to("102"), ring_seconds: Some(8), ..Forwards::default() };
    forwards(&mut office, "bob", unanswered);
    office.dials("ada", "bob");
    office.waits(7);
    assert_eq!(office.ringing(), ["lab"]);
    office.looks_away();
    office.waits(2);
    office.saw(
        "
        box    -> lab     CANCEL
        box    -> office  INVITE 102
        lab    -> box     200 CANCEL
        lab    -> box     487
        office -> box     180
        box    -> lab     ACK
        box    -> hall    180
    ",
    );
    office.answers("office");
    assert_eq!(office.wire.phone("hall").call_state(), Some(CallState::Up));
    office.hangs_up("office");
    assert_eq!(office.ending("ada"), Some(Ending::HungUpThere));
}

#[test]
fn k2_a_user_who_is_nowhere_sends_on() {
    let mut office = Office::with(&["ada", "bob@lab", "cleo@office"]);
    forwards(&mut office, "ada", Forwards { unreachable: to("102"), ..Forwards::default() });
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["office"], "no phone at all");
    office.hangs_up("bob");

    forwards(&mut office, "cleo", Forwards { unreachable: to("101"), ..Forwards::default() });
    office.wire.at("office", |phone, _| phone.quirks_mut().on_call = OnCall::Refuses(480));
    office.dials("bob", "cleo");
    assert_eq!(office.ending("bob"), Some(Ending::Refused(480)), "bob's own phone does not ring at his call");
}

#[test]
fn k2_forwards_in_a_circle_end_where_a_phone_rings() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "cleo@office"]);
    forwards(&mut office, "bob", Forwards { always: to("102"), ..Forwards::default() });
    forwards(&mut office, "cleo", Forwards { always: to("101"), busy: to("101"), ..Forwards::default() });
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["office"]);
    office.hangs_up("office");
    assert_eq!(office.ending("ada"), Some(Ending::Refused(486)));
}

/// Rule 1, B8: a forward never leads to a feature code, nor to an emergency number, and no call is lost by it.
#[test]
fn k2_a_forward_never_leads_to_a_code_or_to_an_emergency_number() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "kitchen"]);
    for target in ["*400", "*77*100*", "112", "0112", "999"] {
        forwards(&mut office, "bob", Forwards { always: to(target), ..Forwards::default() });
        office.dials("ada", "bob");
        assert_eq!(office.ringing(), ["lab"], "{target}");
        office.hangs_up("ada");
        office.waits(1);
    }
}

/// Where calls go follows the login, both ways, at that moment.
#[test]
fn b1_k2_forwards_follow_the_user_at_login_and_at_logout() {
    let mut office = Office::with(&["ada", "bob@lab", "cleo@office", "kitchen"]);
    let both = Forwards { unreachable: to("102"), busy: to("102"), ..Forwards::default() };
    forwards(&mut office, "ada", both);
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["office"]);
    office.hangs_up("bob");
    office.logs_in("ada", "kitchen");
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"], "at the desk");
    office.wire.at("kitchen", SimPhone::hangs_up);
    office.moment();
    assert_eq!(office.ringing(), ["office"], "declined there");
    office.hangs_up("bob");
    office.waits(1);
    assert!(office.administrator_logs_out("kitchen"));
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["office"], "at once, though the phone still has its old account");
}
