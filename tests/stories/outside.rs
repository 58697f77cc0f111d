//! The outside: by which trunk a call goes, with whose number, whom a call from there reaches, and who is called back after
//! a call for help (B1, B8, F14, K2).

use std::net::SocketAddr;

use perch::model::{
    CallKind, CallOutcome, Change, Device, EmergencyFate, EmergencyRoute, Event, Extension, Forwards,
};

use crate::office::{Office, Scene, extension};
use crate::phone::{CallState, CalledAs, Ending, Kind, Quirks, SimPhone};
use crate::sim_box::{ADDRESS, SIP_PORT};

/// Two trunks: the tenant's first, and one that some users have.
pub const TRUNKS: &str = "
[[trunk]]
name = \"first\"
host = \"10.0.0.200\"
shown = \"+390600\"
inbound = [{ number = \"+390600\", extension = \"101\" }, { number = \"+390601\", extension = \"100\" }]

[[trunk]]
name = \"second\"
host = \"10.0.0.201\"
shown = \"+390700\"
";

pub fn with_trunks(cast: &[&str], settings: &str, tables: &str) -> Office {
    let mut office = Office::opens(&Scene { cast, settings, tables, ..Scene::default() });
    for (name, last) in [("first", 200), ("second", 201)] {
        let quirks = Quirks { called_as: CalledAs::Anybody, ..Quirks::default() };
        let trunk = SimPhone::new(Kind::ByHand, "020000000001", [10, 0, 0, last].into(), quirks, 7);
        office.wire.plugs_in(name, trunk);
        office.wire.at(name, SimPhone::power_on);
        let here = SocketAddr::new(ADDRESS, SIP_PORT);
        office.wire.at(name, |trunk, _| trunk.plays_trunk("+39339123", "Mum", here));
    }
    office
}

pub fn adopts(office: &mut Office, change: impl FnOnce(&perch::model::Office) -> Change) {
    office.wire.with_box(|one, now| {
        one.does(now, |exchange, now| {
            let change = change(exchange.office());
            exchange.adopt(vec![change], now);
        });
    });
    office.waits(5);
}

/// The owner changes what is said of somebody.
fn owner_changes(office: &mut Office, who: &str, change: impl FnOnce(&mut Extension)) {
    let number = extension(who);
    adopts(office, |all| {
        let mut user = all.extensions[&number].clone();
        change(&mut user);
        Change::Extension(user)
    });
}

/// The owner says where a desk stands, and by which number it is called back.
pub fn is_placed(office: &mut Office, desk: &str, location: &str, caller: Option<&str>) {
    let id = office.device(desk).id;
    adopts(office, |all| {
        let (location, emergency_caller) = (location.to_owned(), caller.map(ToOwned::to_owned));
        Change::Device(Box::new(Device { location, emergency_caller, ..all.devices[&id].clone() }))
    });
}

/// Somebody outside calls a number; the trunk's answers are only written down.
fn calls_in(office: &mut Office, trunk: [u8; 4], number: &str) {
    let count = office.events().len();
    let body = "v=0\r\no=- 1 1 IN IP4 10.0.0.200\r\ns=-\r\nc=IN IP4 10.0.0.200\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let host = format!("{}.{}.{}.{}", trunk[0], trunk[1], trunk[2], trunk[3]);
    let number = number.replace('#', "%23");
    let text = format!(
        "INVITE sip:{number}@{ADDRESS} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5080;branch=z9hG4bK-{count}-{number};rport\r\n\
         From: \"Mum\" <sip:+39339123@{host}>;tag=t{count}\r\nTo: <sip:{number}@{ADDRESS}>\r\n\
         Call-ID: {count}-{number}@{host}\r\nCSeq: 1 INVITE\r\nContact: <sip:mum@{host}:5080>\r\nMax-Forwards: 70\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let from = SocketAddr::from((trunk, 5080));
    office.wire.with_box(|one, now| one.handle_datagram(text.as_bytes(), from, now));
    office.moment();
}

const FIRST: [u8; 4] = [10, 0, 0, 200];

/// What the box has answered to the first trunk since the last look.
fn answered(office: &mut Office) -> Vec<String> {
    let ladder = office.wire.take_ladder();
    let answers = ladder.iter().filter_map(|rung| rung.strip_prefix("box -> first "));
    answers.filter(|what| what.starts_with(|c: char| c.is_ascii_digit())).map(ToOwned::to_owned).collect()
}

/// Nothing is registered anew, and the next call is the user's, or the desk's again.
#[test]
fn f14_caller_id_and_trunk_follow_at_login_and_at_logout() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen"], "idle_calls = \"all\"", TRUNKS);
    owner_changes(&mut office, "ada", |ada| {
        ada.own.caller_id = Some("+390711".to_owned());
        ada.own.trunk = Some("second".to_owned());
    });
    office.dials("kitchen", "0612345678");
    assert_eq!(office.ringing(), ["first"], "the desk's own");
    assert_eq!(office.rings("first"), Some(("+390600".into(), String::new())));
    office.hangs_up("kitchen");
    office.waits(1);

    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", crate::phone::KeysBy::Rfc4733);
    office.waits_until("ada is logged in", |office| office.user_at("kitchen").is_some());
    office.waits_until("the voice is done", |office| office.wire.phone("kitchen").ending().is_some());
    assert_eq!(office.wire.phone("kitchen").registered_as(), [office.idle_account("kitchen")]);
    office.dials("kitchen", "0612345678");
    assert_eq!(office.ringing(), ["second"], "hers, under the old account");
    assert_eq!(office.rings("second"), Some(("+390711".into(), String::new())));
    office.answers("second");

    // A call under way keeps what it began with; the next one is the desk's.
    assert!(office.administrator_logs_out("kitchen"));
    office.dials("kitchen", "0687654321");
    assert_eq!(office.ringing(), ["first"]);
    assert_eq!(office.wire.phone("second").call_state(), Some(CallState::Up));
    office.hangs_up("kitchen");
    office.wire.at("second", SimPhone::hangs_up);
    office.waits(3);
    let calls = office.wire.the_box().disc.calls();
    let outside = calls.iter().filter(|call| call.kind == CallKind::Outside);
    let callers: Vec<_> =
        outside.map(|call| call.caller.extension.as_ref().map(ToString::to_string)).collect();
    assert_eq!(callers, [None, None, Some("100".to_owned())], "records say who called, not who is there now");
}

#[test]
fn a_call_goes_out_behind_the_prefix_of_the_office_and_by_no_other_number() {
    let prefixed = TRUNKS.replace("shown = \"+390600\"", "shown = \"+390600\"\nprefix = \"0\"");
    let mut office = with_trunks(&["ada@hall", "bob@lab", "kitchen"], "", &prefixed);
    office.looks_away();
    office.dials("ada", "00612345678");
    assert_eq!(office.ringing(), ["first"]);
    assert!(office.wire.take_ladder().contains(&"box -> first INVITE 0612345678".to_owned()));
    office.hangs_up("ada");
    office.waits(1);
    for dialled in ["612345678", "*99", "12"] {
        office.dials("ada", dialled);
        assert_eq!(office.ending("ada"), Some(Ending::Refused(404)), "{dialled}");
    }
    // A caller can be called back from the phone's list.
    calls_in(&mut office, FIRST, "+390601");
    assert_eq!(office.rings("hall"), Some(("+39339123".into(), "Mum".into())));
}

/// Rule 5: an idle phone calls out where that is allowed and nowhere else.
#[test]
fn an_idle_phone_calls_out_by_the_policy_all_alone() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen"], "idle_calls = \"internal\"", TRUNKS);
    office.dials("kitchen", "0612345678");
    office.waits(1);
    assert_eq!(office.ending("kitchen"), Some(Ending::Refused(403)));
    assert!(office.ringing().is_empty());
}

/// The caller's number stays; who sent the call on stands beside it.
#[test]
fn k2_a_call_is_sent_on_to_a_number_outside() {
    let mut office = with_trunks(&["ada@hall", "bob@lab"], "", TRUNKS);
    owner_changes(&mut office, "ada", |ada| ada.own.caller_id = Some("+390711".to_owned()));
    owner_changes(&mut office, "bob", |bob| {
        bob.forwards = Forwards { always: Some("3331234567".to_owned()), ..Forwards::default() };
    });
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["first"]);
    assert_eq!(office.rings("first"), Some(("+390711".into(), String::new())));
    let diversion = office.wire.phone("first").diversion();
    assert_eq!(diversion.as_deref(), Some("<sip:+390600@10.0.0.200>;reason=unconditional;counter=1"));
    office.answers("first");
    assert_eq!(office.wire.phone("hall").call_state(), Some(CallState::Up));
    office.hangs_up("ada");

    calls_in(&mut office, FIRST, "+390600");
    assert_eq!(office.rings("first"), Some(("+39339123".into(), String::new())), "a caller from outside too");
}

/// Rule 1: what a trunk dials is looked up among its numbers, and nowhere else.
#[test]
fn b8_k2_a_trunk_reaches_its_numbers_and_no_code_no_extension_and_nobody_outside() {
    let mut office = with_trunks(&["ada@hall", "bob@lab", "kitchen"], "", TRUNKS);
    calls_in(&mut office, FIRST, "00390601");
    assert_eq!(office.ringing(), ["hall"]);
    assert_eq!(office.rings("hall"), Some(("+39339123".into(), "Mum".into())));
    office.wire.at("hall", SimPhone::hangs_up);
    office.waits(1);
    office.looks_away();
    for number in ["100", "*400", "*77*100*", "112", "0612345678", "+390700", "*11#"] {
        calls_in(&mut office, FIRST, number);
        assert!(office.ringing().is_empty(), "{number}");
        assert!(answered(&mut office).contains(&"404".to_owned()), "{number}");
    }
    office.waits(2);
    let calls = office.wire.the_box().disc.calls();
    let outcomes: Vec<_> = calls.iter().map(|call| (call.kind, call.outcome)).collect();
    assert_eq!(outcomes[0], (CallKind::Outside, CallOutcome::Busy));
    assert_eq!(outcomes[1..], vec![(CallKind::Outside, CallOutcome::Failed); 7]);
}

/// Whoever is no trunk is asked for a password.
#[test]
fn a_stranger_is_no_trunk() {
    let mut office = with_trunks(&["ada@hall", "bob@lab"], "", TRUNKS);
    calls_in(&mut office, [10, 0, 0, 99], "+390600");
    assert!(office.ringing().is_empty());
    let calls = office.wire.the_box().disc.calls();
    assert_eq!(calls.len(), 0);
}

/// By the tenant's first trunk, with the desk's number and place, whoever is logged in and whatever is hers.
#[test]
fn b8_a_call_for_help_shows_the_desk_and_not_the_user() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen"], "", TRUNKS);
    owner_changes(&mut office, "ada", |ada| {
        ada.own.caller_id = Some("+390711".to_owned());
        ada.own.trunk = Some("second".to_owned());
        ada.own.max_calls = Some(1);
    });
    is_placed(&mut office, "kitchen", "2nd floor, north", Some("+390699"));
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "112");
    assert_eq!(office.rings("first"), Some(("+390699".into(), "2nd floor, north".into())));
    office.hangs_up("kitchen");
    office.dials("lab", "112");
    assert_eq!(office.rings("first"), Some(("+390600".into(), "lab".into())), "nothing is said of this desk");
}

#[test]
fn b8_a_desk_that_called_for_help_is_called_back_for_half_an_hour_whoever_is_there() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen"], "", TRUNKS);
    owner_changes(&mut office, "ada", |ada| {
        ada.own.busy_level = Some(1);
        ada.forwards = Forwards { always: Some("101".to_owned()), ..Forwards::default() };
    });
    is_placed(&mut office, "kitchen", "2nd floor", Some("+390699"));
    calls_in(&mut office, FIRST, "+390699");
    assert!(office.ringing().is_empty(), "nobody has called for help");
    office.dials("kitchen", "112");
    office.answers("first");
    office.hangs_up("kitchen");
    office.logs_in("ada", "kitchen");
    office.waits(20 * 60);
    calls_in(&mut office, FIRST, "+390699");
    assert_eq!(office.ringing(), ["kitchen"], "her limits and forwards are not asked");
    office.wire.at("kitchen", SimPhone::hangs_up);
    office.waits(11 * 60);
    calls_in(&mut office, FIRST, "+390699");
    assert!(office.ringing().is_empty());
}

/// The number of the whole office means the desk too, and still whom it always means.
#[test]
fn b8_a_number_that_several_share_rings_the_desk_that_called_and_whom_it_is_for() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen"], "", TRUNKS);
    office.dials("kitchen", "112");
    office.hangs_up("kitchen");
    calls_in(&mut office, FIRST, "+390600");
    assert_eq!(office.ringing(), ["kitchen", "lab"]);
}

/// A call for help that cannot even be begun leaves a word.
#[test]
fn b8_a_call_for_help_that_the_box_must_refuse_is_told_of() {
    let mut office = with_trunks(&["ada", "bob@lab", "kitchen"], "", TRUNKS);
    let text = format!(
        "INVITE sip:112@{ADDRESS} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.11:5060;branch=z9hG4bK-x;rport\r\n\
         From: <sip:101@{ADDRESS}>;tag=x\r\nTo: <sip:112@{ADDRESS}>\r\nCall-ID: x@lab\r\nCSeq: 1 INVITE\r\n\
         Contact: <sip:101@10.0.0.11>\r\nRequire: nobody-has-this\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    let from = SocketAddr::from(([10, 0, 0, 11], SIP_PORT));
    office.wire.with_box(|one, now| one.handle_datagram(text.as_bytes(), from, now));
    let told: Vec<_> = office
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Emergency(notice) => Some((notice.device, notice.outcome.clone(), notice.fate)),
            _ => None,
        })
        .collect();
    let lab = office.device("lab").id;
    assert_eq!(told, [(lab, EmergencyRoute::NoOutsideLine, EmergencyFate::Unanswered)]);
}
