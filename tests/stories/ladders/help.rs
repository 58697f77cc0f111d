//! Calls for help (B8): from every phone in every state, with the desk's number and place, and back to it.

use perch::model::{Forwards, LoginMethod};
use perch::sip::Message;

use super::Drawing;
use crate::outside::{TRUNKS, is_placed, with_trunks};
use crate::phone::{OnNotify, SimPhone};
use crate::wire::Rung;

/// Whom a call shows, and where it is sent with or without credentials.
fn shown(rung: &Rung) -> Option<String> {
    let message = Message::parse(&rung.bytes).ok().filter(|_| rung.words.starts_with("INVITE"))?;
    if rung.to == "box" {
        let proved = message.header("Authorization").is_some();
        return Some(if proved { "with credentials" } else { "without credentials" }.to_owned());
    }
    let from = message.from().ok()?;
    let user = from.uri.split(['@', ':']).nth(1).unwrap_or_default();
    Some(format!("from {} {user}", from.display().unwrap_or_default()))
}

/// Ada sits at a desk on the second floor, with a limit of no calls and every call sent on: help is called without a question for
/// a password, by the first trunk, under the desk's number and place. Who is called back within half an hour is the desk, and
/// not her. The office is told of each step.
/// Promises: B8.
#[test]
fn a_call_for_help_shows_the_desk_and_is_called_back() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen:yealink"], "", TRUNKS);
    office.owner_changes_user("ada", |ada| {
        ada.own.max_calls = Some(0);
        ada.own.trunk = Some("second".to_owned());
        ada.own.caller_id = Some("+390711".to_owned());
        ada.forwards = Forwards { always: Some("101".to_owned()), ..Forwards::default() };
    });
    is_placed(&mut office, "kitchen", "2nd floor", Some("+390699"));
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    for dialled in ["112", "0112"] {
        office.dials("kitchen", dialled);
        office.answers("first");
        office.hangs_up("first");
        office.saw_drawn(
            Drawing { events: true, detail: Some(shown), ..Drawing::default() },
            &format!(
                "
        kitchen -> box      INVITE {dialled} without credentials
        box tells call-started
        box tells emergency 112 kitchen UnderWay
        box     -> first    INVITE 112 from 2nd floor +390699
        first   -> box      180
        box     -> kitchen  180
        first   -> box      200
        box tells emergency 112 kitchen Answered
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> first    ACK
        first   -> box      BYE
        box tells call-ended
        box     -> first    200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
    "
            ),
        );
    }
    office.waits(20 * 60);
    office.looks_away();
    office.dials("first", "+390699");
    office.answers("kitchen");
    office.hangs_up("kitchen");
    office.saw_with(
        shown,
        "
        first   -> box      INVITE +390699 without credentials
        box     -> kitchen  INVITE hotdesk-100 from Mum +39339123
        kitchen -> box      180
        box     -> first    180
        kitchen -> box      200
        box     -> first    200
        first   -> box      ACK
        box     -> kitchen  ACK
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> first    BYE
        first   -> box      200 BYE
    ",
    );
    office.waits(11 * 60);
    office.looks_away();
    office.dials("first", "+390699");
    office.saw(
        "
        first   -> box      INVITE +390699
        box     -> first    404
        first   -> box      ACK
    ",
    );
}

/// A desk that wrong PINs have closed, one that has not followed many logins, and one that is switched off call for help alike.
/// Promises: B8, B9.
#[test]
fn help_is_called_from_every_phone_in_every_state() {
    let mut office = with_trunks(&["ada", "dan", "eve", "bob@lab", "kitchen:yealink"], "", TRUNKS);
    office.guesses_three_times("ada", "kitchen");
    office.waits(8);
    office.looks_away();
    office.dials("kitchen", "112");
    office.hangs_up("kitchen");
    office.saw_with(
        shown,
        "
        kitchen -> box      INVITE 112 without credentials
        box     -> first    INVITE 112 from kitchen +390600
        first   -> box      180
        box     -> kitchen  180
        kitchen -> box      CANCEL
        box     -> kitchen  200 CANCEL
        box     -> kitchen  487
        box     -> first    CANCEL
        kitchen -> box      ACK
        first   -> box      200 CANCEL
        first   -> box      487
        box     -> first    ACK
    ",
    );

    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = OnNotify::Deaf);
    for who in ["ada", "dan", "eve", "ada", "dan"] {
        office.administrator_logs_in(who, "kitchen", LoginMethod::Page);
    }
    office.looks_away();
    office.dials("kitchen", "112");
    office.hangs_up("kitchen");
    office.saw_with(
        shown,
        "
        kitchen -> box      INVITE 112 without credentials
        box     -> first    INVITE 112 from kitchen +390600
        first   -> box      180
        box     -> kitchen  180
        kitchen -> box      CANCEL
        box     -> kitchen  200 CANCEL
        box     -> kitchen  487
        box     -> first    CANCEL
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      ACK
        first   -> box      200 CANCEL
        first   -> box      487
        box     -> first    ACK
    ",
    );

    office.waits(200);
    office.dials("lab", "*13");
    office.waits(8);
    office.looks_away();
    office.dials("lab", "112");
    office.hangs_up("lab");
    office.saw_with(
        shown,
        "
        lab     -> box      INVITE 112 without credentials
        box     -> first    INVITE 112 from lab +390600
        first   -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> first    CANCEL
        lab     -> box      ACK
        first   -> box      200 CANCEL
        first   -> box      487
        box     -> first    ACK
    ",
    );
}

/// The trunk gives no answer and the office declines: the call goes from way to way, and the caller hears that there is no other.
/// Promises: B8.
#[test]
fn a_call_for_help_goes_from_one_way_out_to_the_next() {
    let mut office =
        with_trunks(&["ada", "bob@lab", "kitchen:yealink"], "emergency_extension = \"101\"", TRUNKS);
    office.wire.at("first", |trunk, _| trunk.power_off());
    office.wire.at("second", |trunk, _| trunk.power_off());
    office.looks_away();
    office.dials("kitchen", "112");
    office.waits_until("the lab rings", |office| office.ringing() == ["lab"]);
    office.moment();
    office.wire.at("lab", SimPhone::hangs_up);
    office.waits(10);
    office.saw_drawn(
        Drawing { pauses: true, events: true, detail: Some(shown) },
        "
        kitchen -> box      INVITE 112 without credentials
        box tells call-started
        box tells emergency 112 kitchen UnderWay
        box     -> first    INVITE 112, 5 times from kitchen +390600
        box     -> kitchen  100
        after 4 s
        box tells emergency 112 kitchen UnderWay
        box     -> lab      INVITE 101 from kitchen kitchen
        lab     -> box      180
        box     -> kitchen  180
        lab     -> box      486
        box tells emergency 112 kitchen Unanswered
        box     -> lab      ACK
        box     -> kitchen  says no_outside_line
        box     -> kitchen  183
        after 6 s
        box tells call-ended
        box     -> kitchen  503
        kitchen -> box      ACK
    ",
    );
}
