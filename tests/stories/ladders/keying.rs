//! Keying (rule 8): how a PIN is entered, how often, and how long the box waits for it.

use crate::office::{Office, Scene};
use crate::phone::{KeysBy, Quirks};

/// Three attempts a call, ended by `#` and by five seconds of silence; the third that is wrong closes the door.
/// Promises: rule8.
#[test]
fn a_pin_may_be_tried_three_times_in_a_call() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.waits(4);
    office.keys("kitchen", "1111", KeysBy::Rfc4733);
    office.waits(12);
    office.keys("kitchen", "2222#", KeysBy::Rfc4733);
    office.waits(6);
    office.keys("kitchen", "4071", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw_with_pauses(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        after 4 s
        kitchen -> box      keys ****
        after 6 s
        box     -> kitchen  says wrong_pin
        after 8 s
        kitchen -> box      keys *****
        after 1 s
        box     -> kitchen  says wrong_pin
        after 7 s
        kitchen -> box      keys ****
        after 6 s
        box     -> kitchen  says logged_in
        after 3 s
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000002
    ",
    );

    office.logs_out("kitchen", "*400");
    // The right PIN has cleared what counted against her, and not what counted against the phone.
    office.waits(5 * 60);
    office.looks_away();
    office.asks_for_login("ada", "kitchen", "100");
    for _ in 0..3 {
        office.keys("kitchen", "1111#", KeysBy::Rfc4733);
        office.waits(4);
    }
    office.waits(8);
    office.saw_with_pauses(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        after 1 s
        box     -> kitchen  says wrong_pin
        after 5 s
        kitchen -> box      keys *****
        after 1 s
        box     -> kitchen  says wrong_pin
        after 5 s
        kitchen -> box      keys *****
        after 1 s
        box     -> kitchen  says locked
        after 5 s
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
}

/// Nobody keys anything for five seconds from the end of the prompt: the box hangs up.
/// Promises: rule8.
#[test]
fn who_keys_nothing_for_five_seconds_is_let_go() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.asks_for_login("ada", "kitchen", "*11");
    office.waits(20);
    office.saw_with_pauses(
        "
        kitchen dials *11
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_id
        after 8 s
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    ",
    );
}

/// The sound has brought a key: what comes by INFO from then on is answered, and counts for nothing.
/// Promises: rule8.
#[test]
fn keys_by_info_count_until_the_sound_brings_one() {
    let mut office = Office::with(&["ada", "kitchen:yealink"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "40", KeysBy::Rfc4733);
    office.keys("kitchen", "99", KeysBy::Info);
    office.keys("kitchen", "71#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys **
        kitchen -> box      keys **
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        kitchen -> box      keys ***
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000002
    ",
    );
    office.logs_out("kitchen", "*400");
    office.waits(2);
    office.looks_away();

    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Info);
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        kitchen -> box      INFO
        box     -> kitchen  200 INFO
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000002
    ",
    );
}

/// A phone that agrees on no telephone events: the box hears the tones in its sound.
/// Promises: rule8.
#[test]
fn keys_are_heard_as_tones_where_no_events_are_agreed() {
    let quirks = Quirks { telephone_event: None, ..Quirks::default() };
    let mut office = Office::opens(&Scene { cast: &["ada", "kitchen:yealink"], quirks, ..Scene::default() });
    office.asks_for_login("ada", "kitchen", "100");
    office.waits(1);
    office.keys("kitchen", "4071#", KeysBy::Inband);
    office.is_let_in("ada", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials 100
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-100 instead of hotdesk-805ec0000002
    ",
    );
}
