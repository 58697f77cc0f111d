//! Logging in at a hot desk: by one's own number or by code, with a PIN, and each way in which it is refused.

use std::time::Duration;

use perch::media::Prompt;
use perch::model::{Event, Locked, LoginMethod, LoginRefusal, Stage};
use perch::sip::sdp::Direction;

use crate::office::{Office, Scene, extension, number};
use crate::phone::{CallState, Ending, KeysBy, Quirks};

/// The whole path, message by message.
/// Promises: K1, K4, K9, K10, K12, K13, K15, K16, K20, C13, C18, B3, B4.
#[test]
fn somebody_calls_her_own_number_keys_her_pin_and_the_phone_is_hers() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink", "hall:snom"]);
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("HD0001"));
    office.logs_in("ada", "kitchen");

    office.saw(
        "
        kitchen -> box      INVITE 100
        box     -> kitchen  401
        kitchen -> box      ACK
        kitchen -> box      INVITE 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 805ec0000003.boot
        box     -> kitchen  200 GET
        kitchen -> box      GET 805ec0000003.cfg
        box     -> kitchen  200 GET
        kitchen -> box      REGISTER hotdesk-805ec0000003 off
        kitchen -> box      REGISTER hotdesk-100
        box     -> kitchen  200 REGISTER
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100
        box     -> kitchen  200 REGISTER
    ",
    );
    let phone = office.wire.phone("kitchen");
    assert_eq!(phone.screen().as_deref(), Some("100 Ada Rossi"));
    assert_eq!(phone.heard().last().map(|heard| heard.to_the_end), Some(true), "\"Logged in\" was cut short");
    assert_eq!(office.device("kitchen").stage, Stage::Confirmed);
}

/// The same on a Snom, which asks for one file by its address.
/// Promises: K1, K13, K15, K16.
#[test]
fn a_snom_follows_its_user_too() {
    let mut office = Office::with(&["ada", "kitchen:snom"]);
    office.logs_in("ada", "kitchen");
    office.saw(
        "
        ...
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 000413000002.xml
        box     -> kitchen  200 GET
        ...
        kitchen -> box      REGISTER hotdesk-100
        box     -> kitchen  200 REGISTER
    ",
    );
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("100 Ada Rossi"));
}

/// `*77*100*`, and without the last star.
/// Promises: C12.
#[test]
fn the_login_code_takes_the_number_with_and_without_a_star_behind_it() {
    for code in ["*77*100*", "*77*100"] {
        let mut office = Office::with(&["ada", "kitchen"]);
        office.asks_for_login("ada", "kitchen", code);
        office.keys("kitchen", "4071#", KeysBy::Rfc4733);
        office.is_let_in("ada", "kitchen");
    }
}

/// Five seconds after the last digit, and not before.
/// Promises: K11, rule8.
#[test]
fn without_the_hash_the_pin_is_taken_five_seconds_after_the_last_digit() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "40", KeysBy::Rfc4733);
    office.waits_millis(3500);
    office.keys("kitchen", "71", KeysBy::Rfc4733);
    office.waits_millis(3500);
    assert_eq!(office.user_at("kitchen"), None);
    office.is_let_in("ada", "kitchen");
}

/// HOTDESK rule 8, M07-M09: RFC 4733, SIP INFO, and tones where no telephone-event was agreed.
/// Promises: rule8.
#[test]
fn keys_count_whichever_way_they_travel() {
    for (by, telephone_event) in [
        (KeysBy::Rfc4733, Some(101)),
        (KeysBy::Rfc4733, Some(110)),
        (KeysBy::Info, Some(101)),
        (KeysBy::Info, None),
        (KeysBy::Inband, None),
    ] {
        let quirks = Quirks { telephone_event, ..Quirks::default() };
        let mut office = Office::opens(&Scene { cast: &["ada", "kitchen"], quirks, ..Scene::default() });
        office.asks_for_login("ada", "kitchen", "100");
        office.keys("kitchen", "4071#", by);
        office.is_let_in("ada", "kitchen");
    }
}

/// Digits during the prompt count and silence it.
/// Promises: rule8.
#[test]
fn digits_during_the_prompt_count() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.waits_millis(600);
    assert_eq!(office.heard("kitchen"), [Prompt::EnterPin]);
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    let cut = office.wire.phone("kitchen").heard().first().map(|heard| heard.to_the_end);
    assert_eq!(cut, Some(false), "the voice went on asking");
}

/// Three attempts a call; three wrong PINs close the desk and the number for a while.
/// Promises: C3, rule8, B9.
#[test]
fn a_wrong_pin_may_be_tried_again_and_the_third_closes_the_door() {
    let mut office = Office::with(&["ada", "bob", "kitchen", "hall"]);
    office.asks_for_login("ada", "kitchen", "100");
    for attempt in 1..=2 {
        office.keys("kitchen", "9999#", KeysBy::Rfc4733);
        office.waits(4);
        assert_eq!(office.heard("kitchen").len(), attempt, "{}", office.state());
        assert_eq!(office.heard("kitchen").last(), Some(&Prompt::WrongPin));
    }
    office.keys("kitchen", "9999#", KeysBy::Rfc4733);
    office.waits(8);
    assert_eq!(office.heard("kitchen").last(), Some(&Prompt::Locked));
    assert_eq!(office.ending("kitchen"), Some(Ending::HungUpThere));

    let closed: Vec<Locked> = office.lockouts().into_iter().map(|one| one.locked).collect();
    let (ada, kitchen) = (Locked::Extension(extension("ada")), Locked::Device(office.device("kitchen").id));
    assert_eq!(closed, [ada.clone(), kitchen.clone()], "the administrator sees it");
    for locked in closed {
        assert!(office.events().contains(&Event::LoginsClosed { locked }));
    }

    // Closed for her at any desk, and at this desk for anybody, with the right PIN too.
    for (who, desk) in [("ada", "hall"), ("bob", "kitchen")] {
        office.dials(desk, &number(who));
        office.waits(8);
        assert_eq!(office.heard(desk), [Prompt::Locked], "{who} at {desk}");
        assert_eq!(office.user_at(desk), None);
    }
    office.logs_in("bob", "hall");
    office.waits(15 * 60);
    office.logs_in("ada", "kitchen");
}

/// The administrator clears a lock-out.
/// Promises: B9.
#[test]
fn who_is_closed_out_logs_in_at_once_when_the_administrator_has_cleared_it() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.guesses_three_times("ada", "kitchen");
    office.waits(8);
    for one in office.lockouts() {
        assert!(office.administrator_opens(one.locked.clone()));
        assert!(office.events().contains(&Event::LoginsOpened { locked: one.locked }));
    }
    office.logs_in("ada", "kitchen");
}

/// The second of three attempts may be the right one.
/// Promises: K4, C3, rule8.
#[test]
fn the_second_attempt_may_be_the_right_one() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "1#", KeysBy::Rfc4733);
    office.waits(1);
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    assert_eq!(office.heard("kitchen"), [Prompt::WrongPin, Prompt::LoggedIn]);
}

/// Each refusal has a prompt of its own (K21, C5, C11; HOTDESK rules 1, 3, 5).
/// Promises: F5, C5.
#[test]
fn each_refusal_is_told_in_words() {
    for (desk, dialled, prompt) in [
        ("kitchen", "*77*199*", Prompt::UnknownExtension),
        ("kitchen", "199", Prompt::UnknownExtension),
        ("kitchen", "*77*102*", Prompt::NotAllowed),
        ("kitchen", "102", Prompt::NotAllowed),
        ("lab", "*77*101*", Prompt::AlreadyYours),
        ("lab", "*77*100*", Prompt::PhoneNotShared),
        ("kitchen", "*400", Prompt::NotLoggedIn),
    ] {
        let mut office = Office::with(&["ada", "bob@lab", "cleo", "kitchen"]);
        office.dials(desk, dialled);
        office.waits(9);
        assert_eq!(office.heard(desk), [prompt], "{dialled} at {desk}");
        assert!(office.wire.phone(desk).heard()[0].to_the_end, "{prompt:?} was cut short");
        assert_eq!(office.ending(desk), Some(Ending::HungUpThere), "{dialled} at {desk}");
        assert!(office.the_logins().is_empty());
    }
}

/// Where the office does not move logins, a second desk is refused after the PIN.
/// Promises: rule3.
#[test]
fn where_logins_do_not_move_the_second_desk_is_refused() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "kitchen", "hall"],
        settings: "login_policy = \"refuse\"",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.asks_for_login("ada", "hall", "100");
    office.keys("hall", "4071#", KeysBy::Rfc4733);
    office.waits(9);
    assert_eq!(office.heard("hall").last(), Some(&Prompt::BusyElsewhere));
    assert_eq!((office.user_at("kitchen").as_deref(), office.user_at("hall")), (Some("100"), None));
    let busy =
        |event: &Event| matches!(event, Event::LoginRefused { refusal: LoginRefusal::BusyElsewhere, .. });
    assert!(office.events().iter().any(busy));
}

/// Nobody keys anything: the call ends, and nothing is counted.
#[test]
fn a_caller_who_keys_nothing_is_let_go() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.waits(12);
    assert_eq!(office.ending("kitchen"), Some(Ending::HungUpThere));
    assert!(!office.events().iter().any(|event| matches!(event, Event::LoginRefused { .. })));
}

/// The caller hangs up in the middle: no sound remains, the next call is asked anew.
#[test]
fn a_caller_who_hangs_up_leaves_nothing_behind() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "40", KeysBy::Rfc4733);
    office.hangs_up("kitchen");
    office.waits(10);
    assert_eq!(office.user_at("kitchen"), None);
    assert!(office.wire.the_box().exchange().is_idle());
    office.logs_in("ada", "kitchen");
}

/// A login that the disc does not take in three seconds is granted all the same, and marked.
/// Promises: B1.
#[test]
fn a_stuck_disc_does_not_keep_a_user_out() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.wire.with_box(|the_box, _| the_box.disc.set_health(crate::disc::Health::Stuck));
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "calls follow at once");
    assert!(!office.heard("kitchen").contains(&Prompt::LoggedIn), "told before it is kept");
    office.waits(4);
    assert_eq!(office.heard("kitchen").last(), Some(&Prompt::LoggedIn));
    assert_eq!(office.device("kitchen").login.map(|login| login.saved), Some(false));
    office.wire.with_box(|the_box, _| the_box.disc.set_health(crate::disc::Health::Good));
    office.waits(1);
    assert_eq!(office.device("kitchen").login.map(|login| login.saved), Some(true));
}

/// A call to the voice counts for no record of the user's, and leaves no digit of the PIN anywhere.
/// Promises: B10.
#[test]
fn no_record_and_no_event_holds_a_digit_of_the_pin() {
    let mut office = Office::with(&["ada", "kitchen"]);
    for dialled in ["*77*100*4071#", "*77-100*4071#", "*771004071", "1004071", "100*4071#", "100-4071"] {
        office.dials("kitchen", dialled);
        office.waits(7);
    }
    office.logs_in("ada", "kitchen");
    office.dials("ada", "100*4071");
    office.waits(1);
    assert_eq!(office.wire.the_box().disc.calls().len(), 8, "and each of them is in the history");
    let told = format!("{:?} {:?}", office.events(), office.wire.the_box().disc.calls());
    assert!(!told.contains("4071"), "{told}");
}

/// A phone whose NOTIFY is lost, refused or challenged follows all the same.
/// Promises: B2.
#[test]
fn a_phone_follows_whatever_it_answers_to_the_notify() {
    use crate::phone::OnNotify::{Challenges, Says, Silence};
    for on_notify in [Says(400), Says(481), Says(489), Silence, Challenges] {
        let quirks = Quirks { on_notify, ..Quirks::default() };
        let mut office =
            Office::opens(&Scene { cast: &["ada", "kitchen", "hall"], quirks, ..Scene::default() });
        office.logs_in("ada", "kitchen");
        office.logs_in("ada", "hall");
        office.is_let_go("kitchen");
        assert_eq!(office.device("hall").stage, Stage::Confirmed, "{on_notify:?}");
    }
}

/// A phone that hears nothing of it serves its new user at once, is asked again 6, 20 and 60 s later, and is flagged after
/// its model's patience.
/// Promises: B1, B2.
#[test]
fn a_deaf_phone_is_asked_again_and_flagged_while_calls_follow() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Deaf);
    office.asks_for_login("ada", "kitchen", "100");
    office.looks_away();
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.waits_until("the box has hung up", |office| office.ending("kitchen").is_some());
    office.waits(19);
    assert!(!office.device("kitchen").late);
    office.waits(2);
    assert!(office.device("kitchen").late);
    // Each NOTIFY is sent for 32 seconds before it counts as unheard.
    office.waits(4 * 32 + 6 + 20 + 60);
    let asked = office.wire.take_ladder().iter().filter(|rung| rung.contains("NOTIFY")).count();
    assert_eq!(asked, 4);

    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.answers("kitchen");
    assert_eq!(office.wire.phone("lab").call_state(), Some(CallState::Up));
    office.hangs_up("bob");

    // It wakes up with its next poll.
    office.wire.runs(Duration::from_secs(3700));
    assert_eq!(office.wire.phone("kitchen").registered_as(), ["hotdesk-100"]);
    let view = office.device("kitchen");
    assert_eq!((view.stage, view.late), (Stage::Confirmed, false));
}

/// M05: a phone whose first offer holds the call is told nothing until it listens; then the prompt begins, and with it the
/// five seconds.
#[test]
fn the_voice_does_not_speak_into_a_hold_that_a_call_begins_with() {
    for offers in [Direction::SendOnly, Direction::Inactive] {
        let quirks = Quirks { offers, ..Quirks::default() };
        let mut office = Office::opens(&Scene { cast: &["ada", "kitchen"], quirks, ..Scene::default() });
        office.asks_for_login("ada", "kitchen", "100");
        office.waits(40);
        assert_eq!(office.wire.phone("kitchen").voice_packets(), 0, "{offers:?}");
        office.resumes("kitchen");
        office.waits(7);
        let heard = office.wire.phone("kitchen").heard();
        assert_eq!(
            heard.first().map(|heard| (heard.prompt, heard.to_the_end)),
            Some((Prompt::EnterPin, true))
        );
        office.keys("kitchen", "4071#", KeysBy::Rfc4733);
        office.is_let_in("ada", "kitchen");
    }
}

/// A caller who is hurried by nobody while somebody else has his ear.
#[test]
fn a_pin_half_keyed_may_be_finished_after_a_hold() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.waits(1);
    office.holds("kitchen");
    office.waits(30);
    office.resumes("kitchen");
    office.waits(4);
    assert!(office.wire.phone("kitchen").heard()[0].to_the_end, "the prompt went on where it stood still");
    office.keys("kitchen", "40", KeysBy::Rfc4733);
    office.holds("kitchen");
    office.waits(30);
    office.resumes("kitchen");
    office.keys("kitchen", "71#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
}

/// A call to the voice that is held for ever ends all the same.
#[test]
fn a_login_held_for_ever_ends() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.holds("kitchen");
    office.waits(11 * 60);
    assert_eq!(office.ending("kitchen"), Some(Ending::HungUpThere));
}

/// What holds no digit is no guess. It is an attempt of this call, and closes no door.
/// Promises: B9.
#[test]
fn a_hash_alone_is_no_wrong_pin() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.waits(1);
    for _ in 0..3 {
        office.keys("kitchen", "#", KeysBy::Rfc4733);
        office.waits(4);
    }
    office.waits(6);
    assert_eq!(
        office.heard("kitchen"),
        [Prompt::EnterPin, Prompt::EnterPin, Prompt::EnterPin, Prompt::WrongPinLast]
    );
    assert_eq!(office.ending("kitchen"), Some(Ending::HungUpThere));
    assert!(!office.events().iter().any(|event| matches!(event, Event::LoginRefused { .. })));
    office.logs_in("ada", "kitchen");
}

/// The phone is told of no login that a failing current would take back: neither NOTIFY nor stage go before the disc, or before
/// the three seconds for which that is waited for.
#[test]
fn b1_a_phone_is_not_told_before_its_login_is_saved() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    office.wire.with_box(|the_box, _| the_box.disc.set_health(crate::disc::Health::Stuck));
    let (kitchen, ada) = (office.device("kitchen").id, extension("ada"));
    office.wire.with_box(|the_box, now| {
        the_box.does(now, |one, now| one.log_in(&ada, kitchen, LoginMethod::Api, now).is_ok())
    });
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"], "calls follow at once");
    office.hangs_up("lab");
    assert_eq!(office.device("kitchen").stage, Stage::Routing);
    office.waits(2);
    office.looks_away();
    office.waits(3);
    office.saw(
        "
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000003
    ",
    );
}
