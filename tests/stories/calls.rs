//! Calls follow the user: who rings, what is shown, who may hang up.

use perch::media::Prompt;
use perch::model::{CallKind, CallOutcome, ExtensionNumber};

use crate::office::{Office, Scene};
use crate::phone::{CallState, Ending, KeysBy, OnCall, Quirks};

/// From the moment the PIN is right, before the voice has even said so.
/// Promises: F10, P12, B1.
#[test]
fn a_call_follows_the_user_from_the_moment_the_pin_is_right() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.dials("bob", "ada");
    office.moment();
    assert_eq!(office.ending("bob"), Some(Ending::Refused(480)), "she is nowhere yet (P02)");

    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    assert_eq!(office.wire.phone("kitchen").registered_as(), [office.idle_account("kitchen")]);
    office.looks_away();
    office.dials("bob", "ada");
    office.saw(
        "
        lab     -> box      INVITE 100
        box     -> lab      401
        lab     -> box      ACK
        lab     -> box      INVITE 100
        box     -> kitchen  INVITE hotdesk-805ec0000003
        kitchen -> box      180
        box     -> lab      180
    ",
    );
    assert_eq!(office.ringing(), ["kitchen"]);
}

/// Caller id is the user's, at once and both ways.
/// Promises: K3, B1.
#[test]
fn a_call_from_the_desk_shows_the_user_who_sits_there() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "bob");
    assert_eq!(office.rings("bob"), Some(("100".into(), "Ada Rossi".into())));
    office.answers("bob");
    office.waits(2);
    office.hangs_up("ada");
    office.moment();
    assert_eq!(office.ending("bob"), Some(Ending::HungUpThere));

    office.dials("bob", "ada");
    assert_eq!(office.rings("kitchen"), Some(("101".into(), "Bob Bianchi".into())));
    office.answers("kitchen");
    office.waits(3);
    office.hangs_up("bob");
    office.waits(1);

    let records: Vec<_> = office
        .wire
        .the_box()
        .disc
        .calls()
        .iter()
        .filter(|record| record.kind == CallKind::Internal)
        .map(|record| {
            (
                record.caller.extension.as_ref().map(ToString::to_string),
                record.dialled.clone(),
                record.outcome,
            )
        })
        .collect();
    let call = |from: &str, to: &str| (Some(from.to_owned()), to.to_owned(), CallOutcome::Answered);
    assert_eq!(records, [call("100", "101"), call("101", "100")], "each call is recorded once (K3)");
}

/// Whichever of her phones she takes or makes it at, and however many rang, a call is in her history once.
#[test]
fn k3_the_history_is_the_users_whichever_phone_was_used() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    for phone in ["kitchen", "office"] {
        office.dials("bob", "ada");
        assert_eq!(office.ringing(), ["kitchen", "office"]);
        office.answers(phone);
        office.waits(1);
        office.hangs_up("bob");
        office.waits(1);
        office.dials(phone, "bob");
        office.answers("bob");
        office.waits(1);
        office.hangs_up("bob");
        office.waits(1);
    }
    let calls = office.wire.the_box().disc.calls();
    let people: Vec<_> = calls
        .iter()
        .filter(|record| record.kind == CallKind::Internal)
        .map(|record| {
            [&record.caller.extension, &record.callee].map(|one| one.as_ref().map(ToString::to_string))
        })
        .collect();
    let call = |from: &str, to: &str| [Some(from.to_owned()), Some(to.to_owned())];
    assert_eq!(people, [call("101", "100"), call("100", "101"), call("101", "100"), call("100", "101")]);
}

/// P05: a call from ring to hang-up, message by message.
#[test]
fn a_call_is_rung_answered_and_hung_up() {
    let mut office = Office::with(&["ada@hall:yealink", "bob@lab:snom"]);
    office.dials("ada", "bob");
    office.answers("bob");
    office.waits(2);
    office.hangs_up("ada");
    office.saw(
        "
        hall    -> box      INVITE 101
        box     -> hall     401
        hall    -> box      ACK
        hall    -> box      INVITE 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> hall     180
        lab     -> box      200
        box     -> hall     200
        hall    -> box      ACK
        box     -> lab      ACK
        hall    -> box      BYE
        box     -> hall     200 BYE
        box     -> lab      BYE
        lab     -> box      200 BYE
    ",
    );
}

/// K3: a call that rings nobody stands in the history all the same.
#[test]
fn a_call_that_reaches_nobody_is_recorded() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    for (whom, status) in [("ada", 480), ("999", 404), ("*99", 404)] {
        office.dials("bob", whom);
        office.waits(1);
        assert_eq!(office.ending("bob"), Some(Ending::Refused(status)), "{whom}");
    }
    let callee = |number: Option<&ExtensionNumber>| number.map(ToString::to_string);
    let calls = office.wire.the_box().disc.calls();
    let records: Vec<_> =
        calls.iter().map(|one| (one.dialled.as_str(), callee(one.callee.as_ref()), one.outcome)).collect();
    let to_ada = ("100", Some("100".to_owned()), CallOutcome::NotAnswered);
    assert_eq!(records, [to_ada, ("999", None, CallOutcome::Failed), ("*99", None, CallOutcome::Failed)]);
}

/// P06: the called may hang up.
#[test]
fn the_called_may_hang_up() {
    let mut office = Office::with(&["ada@hall", "bob@lab"]);
    office.dials("ada", "bob");
    office.answers("bob");
    office.hangs_up("bob");
    assert_eq!(office.ending("ada"), Some(Ending::HungUpThere));
    assert!(office.wire.the_box().exchange().is_idle());
}

/// P13: the caller gives up while it rings.
#[test]
fn a_caller_who_gives_up_stops_the_ringing() {
    let mut office = Office::with(&["ada@hall", "bob@lab"]);
    office.dials("ada", "bob");
    office.looks_away();
    office.hangs_up("ada");
    office.saw(
        "
        hall    -> box      CANCEL
        box     -> hall     200 CANCEL
        box     -> hall     487
        box     -> lab      CANCEL
        hall    -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
    ",
    );
    assert_eq!(
        (office.ending("ada"), office.ending("bob")),
        (Some(Ending::Cancelled), Some(Ending::Cancelled))
    );
}

/// P15: busy is busy.
#[test]
fn a_refusal_reaches_the_caller() {
    let mut office = Office::with(&["ada@hall", "bob@lab"]);
    office.wire.at("lab", |phone, _| phone.quirks_mut().on_call = OnCall::Refuses(486));
    office.dials("ada", "bob");
    assert_eq!(office.ending("ada"), Some(Ending::Refused(486)));
    office.dials("ada", "199");
    assert_eq!(office.ending("ada"), Some(Ending::Refused(404)), "P01");
}

/// SIP line P17: her own phone and the desk ring together; whoever answers stops the other.
/// Promises: K6, K7, P6, P11.
#[test]
fn a_static_phone_rings_along_with_the_hot_desk() {
    for (answers, stops) in [("kitchen", "office"), ("office", "kitchen")] {
        let mut office = Office::with(&["ada@office", "bob@lab", "kitchen"]);
        office.logs_in("ada", "kitchen");
        assert_eq!(office.wire.phone("office").registered_as(), ["100"], "K6");
        office.dials("bob", "ada");
        assert_eq!(office.ringing(), ["kitchen", "office"]);
        office.answers(answers);
        assert_eq!(office.ending(stops), Some(Ending::Cancelled));
        assert_eq!(office.wire.phone("lab").call_state(), Some(CallState::Up));
        office.waits(1);
        office.hangs_up("bob");
        assert_eq!(office.ending(answers), Some(Ending::HungUpThere));
    }
}

/// P18, P19: one refuses, the other rings on; both refuse, one best answer comes back.
#[test]
fn one_phones_refusal_does_not_end_the_call() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials("bob", "ada");
    office.hangs_up("office");
    assert_eq!(office.ending("office"), Some(Ending::Declined));
    assert_eq!(office.ringing(), ["kitchen"]);
    office.answers("kitchen");
    assert_eq!(office.wire.phone("lab").call_state(), Some(CallState::Up));
    office.hangs_up("bob");

    office.wire.at("office", |phone, _| phone.quirks_mut().on_call = OnCall::Refuses(486));
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_call = OnCall::Refuses(480));
    office.dials("bob", "ada");
    assert_eq!(office.ending("bob"), Some(Ending::Refused(486)));
}

/// P40: a phone that is dead does not keep the caller for ever, and the other rings all the same.
#[test]
fn a_dead_phone_does_not_hold_the_call_up() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.wire.at("office", |phone, _| phone.power_off());
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.hangs_up("bob");
    office.wire.at("kitchen", |phone, _| phone.power_off());
    office.dials("bob", "ada");
    office.waits(35);
    assert!(matches!(office.ending("bob"), Some(Ending::Refused(408 | 480))), "{:?}", office.ending("bob"));
}

/// P23: hold and resume pass through from either side.
#[test]
fn a_call_is_held_and_taken_up_again_from_either_side() {
    for (holder, held) in [("ada", "bob"), ("bob", "ada")] {
        let mut office = Office::with(&["ada@hall", "bob@lab"]);
        office.dials("ada", "bob");
        office.answers("bob");
        let flows = |office: &Office, who: &str| {
            office.wire.phone(if who == "ada" { "hall" } else { "lab" }).sound_flows().expect("a call")
        };
        assert_eq!(flows(&office, held), (true, true));
        office.holds(holder);
        assert_eq!(flows(&office, held), (true, false), "the held side is not listened to");
        office.resumes(holder);
        assert_eq!(flows(&office, held), (true, true));
        office.hangs_up(holder);
        assert_eq!(office.ending(held), Some(Ending::HungUpThere));
    }
}

/// While a phone has both its old account and its new one, it rings once.
/// Promises: B5.
#[test]
fn a_phone_in_the_middle_of_its_change_rings_once() {
    let quirks = Quirks { old_account: crate::phone::OldAccount::Forgets, ..Quirks::default() };
    let mut office =
        Office::opens(&Scene { cast: &["ada", "bob@lab", "kitchen:snom"], quirks, ..Scene::default() });
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.waits_until("the new account stands", |office| {
        office.wire.phone("kitchen").registered_as() == ["hotdesk-100"]
    });
    office.looks_away();
    office.dials("bob", "ada");
    let ladder = office.wire.take_ladder();
    let invites = ladder.iter().filter(|rung| rung.starts_with("box -> kitchen INVITE")).count();
    assert_eq!(invites, 1, "{ladder:?}");
    assert_eq!(office.ringing(), ["kitchen"]);
}

/// An idle desk calls the emergency number and the codes, nothing else.
/// Promises: C2, rule5.
#[test]
fn an_idle_desk_calls_nothing_but_emergency_numbers_and_codes() {
    let mut office = Office::with(&["ada", "bob@lab", "cleo@office", "kitchen"]);
    for dialled in ["0612345678", "*99", "*77**"] {
        office.dials("kitchen", dialled);
        office.waits(8);
        assert_eq!(office.heard("kitchen"), [Prompt::OnlyEmergencyAndLogin], "{dialled}");
        assert_eq!(office.ending("kitchen"), Some(Ending::Refused(403)), "{dialled}");
    }
    // Somebody's number is taken for a login, never for a call.
    office.dials("kitchen", "102");
    office.waits(8);
    assert!(office.ringing().is_empty());
    assert_eq!(office.heard("kitchen"), [Prompt::NotAllowed]);
}

/// Where idle calls inside are allowed, those without hot desking can be called.
/// Promises: rule5.
#[test]
fn where_idle_calls_inside_are_allowed_they_ring() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "cleo@office", "kitchen"],
        settings: "idle_calls = \"internal\"",
        ..Scene::default()
    });
    office.dials("kitchen", "cleo");
    assert_eq!(office.ringing(), ["office"]);
    assert_eq!(
        office.rings("office").map(|(_, name)| name).as_deref(),
        Some("kitchen"),
        "the desk, nobody's name"
    );
    office.hangs_up("kitchen");
    office.dials("kitchen", "ada");
    office.moment();
    assert_eq!(office.wire.phone("kitchen").call_state(), Some(CallState::Up), "the voice asks for the PIN");
}

/// A phone set up by hand calls and is called like any other.
#[test]
fn a_phone_set_up_by_hand_calls_and_is_called() {
    let mut office = Office::with(&["ada@lobby:by-hand", "bob@lab"]);
    office.dials("ada", "bob");
    assert_eq!(office.rings("bob"), Some(("100".into(), "Ada Rossi".into())));
    office.answers("bob");
    office.hangs_up("ada");
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["lobby"]);
}
