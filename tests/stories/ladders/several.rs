//! Several desks (rule 3): what becomes of a login when its user logs in at another desk.

use crate::office::{Office, Scene};
use crate::phone::KeysBy;

/// `move`: the former desk loses the login in the moment the PIN is right, and follows while the voice still speaks at the new
/// one. The next call rings there.
/// Promises: rule3, K5.
#[test]
fn a_login_at_a_second_desk_moves_there() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink", "hall:snom"]);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.logs_in("ada", "hall");
    office.waits(2);
    office.saw(
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        kitchen is told to fetch
        box     -> hall     says logged_in
        kitchen fetches its file
        kitchen registers hotdesk-805ec0000003 instead of hotdesk-100
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-100 instead of hotdesk-000413000004
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> hall     INVITE hotdesk-100
        hall    -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> hall     CANCEL
        lab     -> box      ACK
        hall    -> box      200 CANCEL
        hall    -> box      487
        box     -> hall     ACK
    ",
    );
}

/// `refuse`: the second desk is told why, and the first keeps the login and the calls.
/// Promises: rule3.
#[test]
fn a_login_at_a_second_desk_is_refused_where_the_office_wants_it_so() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen:yealink", "hall:snom"],
        settings: "login_policy = \"refuse\"",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.asks_for_login("ada", "hall", "100");
    office.keys("hall", "4071#", KeysBy::Rfc4733);
    office.waits(10);
    office.saw(
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says busy_elsewhere
        box     -> hall     BYE
        hall    -> box      200 BYE
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> kitchen  INVITE hotdesk-100
        kitchen -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> kitchen  ACK
    ",
    );
}

/// `several`: nothing happens at the first desk; a call rings both, and who answers stops the other.
/// Promises: rule3.
#[test]
fn a_login_at_a_second_desk_is_one_more_where_the_office_wants_it_so() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen:yealink", "hall:snom"],
        settings: "login_policy = \"several\"",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.logs_in("ada", "hall");
    office.waits(2);
    office.saw(
        "
        hall dials 100
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says enter_pin
        hall    -> box      keys *****
        box     -> hall     says logged_in
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-100 instead of hotdesk-000413000004
    ",
    );
    office.dials("bob", "ada");
    office.answers("hall");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> kitchen  INVITE hotdesk-100
        box     -> hall     INVITE hotdesk-100
        kitchen -> box      180
        hall    -> box      180
        box     -> lab      180
        box     -> lab      180
        hall    -> box      200
        box     -> lab      200
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> hall     ACK
        box     -> kitchen  ACK
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> hall     BYE
        hall    -> box      200 BYE
    ",
    );
    office.logs_out("hall", "*400");
    office.waits(2);
    office.saw(
        "
        hall dials *400
        box     -> hall     200
        hall    -> box      ACK
        box     -> hall     says logged_out
        box     -> hall     BYE
        hall    -> box      200 BYE
        hall is told to fetch
        hall fetches its file
        hall registers hotdesk-000413000004 instead of hotdesk-100
    ",
    );
    office.dials("bob", "ada");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> kitchen  INVITE hotdesk-100
        kitchen -> box      180
        box     -> lab      180
        lab     -> box      CANCEL
        box     -> lab      200 CANCEL
        box     -> lab      487
        box     -> kitchen  CANCEL
        lab     -> box      ACK
        kitchen -> box      200 CANCEL
        kitchen -> box      487
        box     -> kitchen  ACK
    ",
    );
}
