//! Endings (B6 and B7): how logins end that nobody ends, and how a phone returns to its owner.

use perch::exchange::Exchange;
use perch::model::{AutoLogout, Change, LoginMethod, LogoutReason};

use crate::office::Office;
use crate::phone::SimPhone;

fn is_set(office: &mut Office, auto_logout: AutoLogout) {
    office.wire.with_box(|the_box, now| {
        the_box.does(now, |exchange: &mut Exchange, now| {
            let mut settings = exchange.office().settings.clone();
            settings.auto_logout = auto_logout.clone();
            exchange.adopt(vec![Change::Settings(settings)], now);
        });
    });
    office.waits(2);
}

/// Bob logs in by code where Ada still is: her login ends as his begins, and the phone goes from her account to his.
/// Promises: B6, C16.
#[test]
fn the_next_user_takes_the_desk_over_in_one_step() {
    let mut office = Office::with(&["ada", "bob", "cleo@lab", "kitchen:yealink"]);
    office.logs_in("ada", "kitchen");
    office.waits(2);
    office.looks_away();
    office.dials_and_keys("kitchen", "*77*101*", &["5182"]);
    office.is_let_in("bob", "kitchen");
    office.waits(2);
    office.saw(
        "
        kitchen dials *77*101*
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> kitchen  says enter_pin
        kitchen -> box      keys *****
        box     -> kitchen  says logged_in
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen registers hotdesk-101 instead of hotdesk-100
    ",
    );
    office.dials("cleo", "ada");
    office.dials("cleo", "bob");
    office.hangs_up("lab");
    office.saw(
        "
        lab dials 100
        box     -> lab      480
        lab     -> box      ACK
        lab dials 101
        box     -> kitchen  INVITE hotdesk-101
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

/// By age, by idleness, by the clock: the phone is told in the same moment, and is free.
/// Promises: B6.
#[test]
fn a_login_that_nobody_ends_is_ended_by_age_by_idleness_and_by_the_clock() {
    let unset = AutoLogout::default;
    for (setting, reason) in [
        (AutoLogout { after: Some(30), ..unset() }, LogoutReason::Age),
        (AutoLogout { idle: Some(30), ..unset() }, LogoutReason::Idle),
        (AutoLogout { at: "20:00".parse().ok(), ..unset() }, LogoutReason::Clock),
    ] {
        let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
        is_set(&mut office, setting);
        let half_past = "2026-06-10T19:30:00+02:00".parse().expect("a moment");
        office.wire.with_box(|the_box, now| the_box.sets_clock(Some(half_past), now));
        office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
        office.waits(30 * 60 - 20);
        office.looks_away();
        office.waits(20);
        office.saw(
            "
        lab     -> box      REGISTER 101
        box     -> lab      401 REGISTER
        lab     -> box      REGISTER 101
        box     -> lab      200 REGISTER
        kitchen is told to fetch
        kitchen fetches its file
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  401 REGISTER
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  200 REGISTER
        box     -> kitchen  200 REGISTER
    ",
        );
        let told = format!("100 out of kitchen: {reason:?}");
        assert_eq!(office.journal().last(), Some(&told));
        office.dials("bob", "ada");
        office.saw(
            "
        lab dials 100
        box     -> lab      480
        lab     -> box      ACK
    ",
        );
    }
}

/// In a call at the hour: the call goes on, the login ends with it, and then the phone is told.
/// Promises: B6, B3.
#[test]
fn a_login_that_is_due_in_a_call_ends_with_the_call() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    is_set(&mut office, AutoLogout { after: Some(30), ..AutoLogout::default() });
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.looks_away();
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.waits(100);
    office.saw(
        "
        kitchen dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> kitchen  180
        lab     -> box      200
        box     -> kitchen  200
        kitchen -> box      ACK
        box     -> lab      ACK
    ",
    );
    office.waits(40 * 60);
    office.looks_away();
    office.hangs_up("bob");
    office.waits(2);
    office.saw(
        "
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        kitchen is told to fetch
        kitchen fetches its file
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  401 REGISTER
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        box     -> kitchen  200 REGISTER
        box     -> kitchen  200 REGISTER
    ",
    );
}

/// The phone is gone for longer than is set: the login ends, and when the phone comes back with that account, it is told.
/// Promises: B6.
#[test]
fn a_login_ends_whose_phone_is_gone_for_too_long() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    is_set(&mut office, AutoLogout { gone: Some(10), ..AutoLogout::default() });
    office.administrator_logs_in("ada", "kitchen", LoginMethod::Page);
    office.waits(10);
    office.wire.at("kitchen", |phone, _| {
        phone.never_announces();
        phone.power_off();
    });
    office.waits(25 * 60);
    assert_eq!(office.journal().last().map(String::as_str), Some("100 out of kitchen: Gone"));
    office.waits(5 * 60);
    office.looks_away();
    office.wire.at("kitchen", SimPhone::power_on);
    office.waits(5);
    office.saw(
        "
        kitchen -> box      REGISTER hotdesk-100
        kitchen -> box      GET 805ec0000003.boot
        box     -> kitchen  401 REGISTER
        box     -> kitchen  200 GET
        kitchen -> box      REGISTER hotdesk-100
        box     -> kitchen  200 REGISTER
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      GET 805ec0000003.cfg
        kitchen -> box      200 NOTIFY
        box     -> kitchen  200 GET
        kitchen registers hotdesk-805ec0000003 instead of hotdesk-100
        kitchen fetches its file
    ",
    );
}

/// At the own phone nobody needs a login, and the box says so.
/// Promises: B6.
#[test]
fn at_the_own_phone_one_is_told_that_it_is_the_own() {
    let mut office = Office::with(&["bob@lab"]);
    office.dials("lab", "*77*101*");
    office.waits(10);
    office.saw(
        "
        lab dials *77*101*
        box     -> lab      200
        lab     -> box      ACK
        box     -> lab      says already_yours
        box     -> lab      BYE
        lab     -> box      200 BYE
    ",
    );
}

/// Bob's phone is lent: Ada is called there and calls from there, Bob is not reached at it, and with her logout it is his.
/// Promises: B7.
#[test]
fn a_phone_is_borrowed_and_returns_to_its_owner() {
    let mut office = Office::with(&["ada", "bob@lab:yealink", "dan@den"]);
    office.dials("lab", "*77*100*");
    office.waits(8);
    office.saw(
        "
        lab dials *77*100*
        box     -> lab      200
        lab     -> box      ACK
        box     -> lab      says phone_not_shared
        box     -> lab      BYE
        lab     -> box      200 BYE
    ",
    );
    office.owner_changes_phone("lab", |lab| lab.own.borrowable = Some(true));
    office.waits(10);
    office.looks_away();
    office.dials_and_keys("lab", "*77*100*", &["4071"]);
    office.is_let_in("ada", "lab");
    office.waits(2);
    office.saw(
        "
        lab dials *77*100*
        box     -> lab      200
        lab     -> box      ACK
        box     -> lab      says enter_pin
        lab     -> box      keys *****
        box     -> lab      says logged_in
        box     -> lab      BYE
        lab     -> box      200 BYE
        lab is told to fetch
        lab fetches its file
        lab registers hotdesk-100 instead of 101
    ",
    );
    office.dials("den", "ada");
    office.hangs_up("den");
    office.dials("den", "bob");
    office.saw(
        "
        den dials 100
        box     -> lab      INVITE hotdesk-100
        lab     -> box      180
        box     -> den      180
        den     -> box      CANCEL
        box     -> den      200 CANCEL
        box     -> den      487
        box     -> lab      CANCEL
        den     -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
        den dials 101
        box     -> den      480
        den     -> box      ACK
    ",
    );
    office.dials("lab", "*400");
    office.waits(8);
    office.saw(
        "
        lab dials *400
        box     -> lab      200
        lab     -> box      ACK
        box     -> lab      says logged_out
        box     -> lab      BYE
        lab     -> box      200 BYE
        lab is told to fetch
        lab fetches its file
        lab registers 101 instead of hotdesk-100
    ",
    );
    office.dials("den", "bob");
    office.hangs_up("den");
    office.saw(
        "
        den dials 101
        box     -> lab      INVITE 101
        lab     -> box      180
        box     -> den      180
        den     -> box      CANCEL
        box     -> den      200 CANCEL
        box     -> den      487
        box     -> lab      CANCEL
        den     -> box      ACK
        lab     -> box      200 CANCEL
        lab     -> box      487
        box     -> lab      ACK
    ",
    );
}
