//! Logins that nobody ends: by age, idleness, the clock, a phone that is gone, and a restart.

use perch::exchange::Exchange;
use perch::media::Prompt;
use perch::model::{
    AfterRestart, AutoLogout, Change, Event, LoginMethod, LogoutReason, OfficeSettings, Stage,
};

use crate::office::{Office, extension};
use crate::phone::{Ending, KeysBy, SimPhone};

/// A Wednesday in summer, when Rome is two hours before the world's time.
const WEDNESDAY: &str = "2026-06-10T19:00:00+02:00";

/// An office in which this is set.
fn office_with(cast: &[&str], auto_logout: AutoLogout) -> Office {
    let mut office = Office::with(cast);
    sets(&mut office, |settings| settings.auto_logout = auto_logout);
    office
}

/// The owner sets something; every phone is told, and follows.
fn sets(office: &mut Office, set: impl FnOnce(&mut OfficeSettings)) {
    let change = |exchange: &mut Exchange, now| {
        let mut settings = exchange.office().settings.clone();
        set(&mut settings);
        exchange.adopt(vec![Change::Settings(settings)], now);
    };
    office.wire.with_box(|the_box, now| the_box.does(now, change));
    office.waits_until("every phone has followed", |office| {
        office.devices().iter().all(|device| device.stage == Stage::Confirmed)
    });
    office.waits(2);
    office.looks_away();
}

fn clock_says(office: &mut Office, wall: &str) {
    let moment = wall.parse().expect("a moment");
    office.wire.with_box(|the_box, now| the_box.sets_clock(Some(moment), now));
}

fn clock_is_not_trusted(office: &mut Office) {
    office.wire.with_box(|the_box, now| the_box.sets_clock(None, now));
}

/// The plug of the box is pulled and put back after `seconds`.
fn restarts(office: &mut Office, seconds: u64) {
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(seconds);
    office.wire.with_box(|the_box, now| the_box.starts(now));
}

/// The administrator logs somebody in.
fn is_put_at(office: &mut Office, who: &str, desk: &str) {
    let id = office.device(desk).id;
    let log_in = |exchange: &mut Exchange, now| {
        exchange.log_in(&extension(who), id, LoginMethod::Page, now).expect("granted");
    };
    office.wire.with_box(|the_box, now| the_box.does(now, log_in));
    office.waits(3);
    office.looks_away();
}

/// Why logins have ended so far.
fn endings(office: &Office) -> Vec<LogoutReason> {
    let reason = |event: &Event| match event {
        Event::LoggedOut { reason, .. } => Some(*reason),
        _ => None,
    };
    office.events().iter().filter_map(reason).collect()
}

fn every_day_at(time: &str) -> AutoLogout {
    AutoLogout { at: Some(time.parse().expect("a time")), ..AutoLogout::default() }
}

fn on_days(time: &str, days: &str) -> AutoLogout {
    AutoLogout { days: days.parse().expect("days"), ..every_day_at(time) }
}

/// A login that ends by itself is a logout like any other: routing at once, then the phone.
#[test]
fn b6_a_login_ends_by_age_and_the_phone_turns_idle() {
    let settings = AutoLogout { after: Some(30), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "bob@lab", "kitchen:yealink"], settings);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(30 * 60 - 10);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.looks_away();
    office.waits(15);
    office.saw(
        "
        ...
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 805ec0000003.boot
        box     -> kitchen  200 GET
        kitchen -> box      GET 805ec0000003.cfg
        box     -> kitchen  200 GET
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        ...
        box     -> kitchen  200 REGISTER
    ",
    );
    assert_eq!(endings(&office), [LogoutReason::Age]);
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("HD0001"));
    office.dials("bob", "ada");
    assert_eq!(office.ending("bob"), Some(Ending::Refused(480)));
}

/// Calls at the desk count, from their beginning to their end.
#[test]
fn b6_a_desk_that_is_used_is_not_idle() {
    let settings = AutoLogout { idle: Some(30), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "bob@lab", "kitchen"], settings);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(20 * 60);
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.waits(45 * 60);
    office.hangs_up("bob");
    office.waits(20 * 60);
    office.dials("bob", "ada");
    office.answers("kitchen");
    office.hangs_up("kitchen");
    office.waits(29 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.waits(70);
    assert_eq!(office.user_at("kitchen"), None);
    assert_eq!(endings(&office), [LogoutReason::Idle]);
}

/// B1: the box's own voice is no use of a desk; nor is a phone that rings and nobody is there.
#[test]
fn b1_b6_missed_calls_and_the_voice_do_not_keep_an_idle_login() {
    let settings = AutoLogout { idle: Some(30), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "bob@lab", "dan", "kitchen"], settings);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(25 * 60);
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.waits(5);
    office.hangs_up("bob");
    office.asks_for_login("dan", "kitchen", "*77*103*");
    office.waits(3);
    office.hangs_up("kitchen");
    office.waits(5 * 60 - 30);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.waits(30);
    assert_eq!(office.user_at("kitchen"), None);
    assert_eq!(endings(&office), [LogoutReason::Idle]);
}

#[test]
fn b6_the_clock_ends_logins_on_the_chosen_weekdays() {
    let mut office = office_with(&["ada", "kitchen"], on_days("20:00", "mon thu"));
    clock_says(&mut office, WEDNESDAY);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(2 * 3600);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "21:00 on a Wednesday");
    office.waits(23 * 3600 - 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "19:59 on a Thursday");
    office.waits(70);
    office.is_let_go("kitchen");
    assert_eq!(endings(&office), [LogoutReason::Clock]);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(3600);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "who comes later stays");
}

#[test]
fn b6_a_clock_that_jumps_neither_ends_a_new_login_nor_keeps_an_old_one() {
    let mut office = office_with(&["ada", "dan", "kitchen", "hall"], every_day_at("20:00"));
    clock_says(&mut office, WEDNESDAY);
    is_put_at(&mut office, "ada", "kitchen");
    clock_says(&mut office, "2026-06-10T23:00:00+02:00");
    office.waits(60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "forward, past the hour");
    clock_says(&mut office, "2026-06-10T12:00:00+02:00");
    office.waits(6 * 3600);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "and back");
    is_put_at(&mut office, "dan", "hall");
    clock_says(&mut office, "2026-06-10T21:00:00+02:00");
    office.waits(60);
    assert_eq!(office.user_at("hall").as_deref(), Some("103"), "some minutes old");
    assert_eq!(office.user_at("kitchen"), None, "six hours old at nine in the evening");
    assert_eq!(endings(&office), [LogoutReason::Clock]);
}

#[test]
fn b6_nothing_ends_by_a_clock_that_nobody_trusts() {
    let mut office = office_with(&["ada", "kitchen"], every_day_at("20:00"));
    clock_is_not_trusted(&mut office);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(30 * 3600);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    clock_says(&mut office, "2026-06-10T19:00:00+02:00");
    office.waits(5);
    assert_eq!(office.user_at("kitchen"), None, "thirty hours are more than a day");
}

/// In Rome the night of 25 October has two hours after two.
#[test]
fn b6_in_the_night_of_two_hours_after_two_the_first_counts() {
    let mut office = office_with(&["ada", "dan", "kitchen", "hall"], every_day_at("02:30"));
    clock_says(&mut office, "2026-10-25T02:00:00+02:00");
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(29 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.waits(60);
    assert_eq!(office.user_at("kitchen"), None);
    is_put_at(&mut office, "dan", "hall");
    office.waits(3600);
    assert_eq!(office.user_at("hall").as_deref(), Some("103"), "the same time again ends nothing");
}

/// In Rome the night of 29 March has no 02:30.
#[test]
fn b6_in_the_night_without_the_hour_the_clock_ends_logins_as_much_later() {
    let mut office = office_with(&["ada", "kitchen"], every_day_at("02:30"));
    clock_says(&mut office, "2026-03-29T01:50:00+01:00");
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(39 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "03:29 by the new time");
    office.waits(60);
    assert_eq!(office.user_at("kitchen"), None);
}

#[test]
fn b6_a_login_ends_whose_phone_has_been_gone_and_the_phone_is_idle_when_it_is_back() {
    let settings = AutoLogout { gone: Some(10), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "bob@lab", "kitchen"], settings);
    is_put_at(&mut office, "ada", "kitchen");
    office.wire.at("kitchen", |phone, _| phone.power_off());
    let gone = |office: &Office| !office.device("kitchen").reachable;
    for _ in 0..20 {
        office.waits(60);
        if gone(&office) {
            break;
        }
    }
    assert!(gone(&office), "its registration has lapsed");
    office.waits(8 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.waits(2 * 60 + 5);
    assert_eq!(office.user_at("kitchen"), None);
    assert_eq!(endings(&office), [LogoutReason::Gone]);
    office.wire.at("kitchen", SimPhone::power_on);
    office.is_let_go("kitchen");
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("HD0001"));
}

/// A phone that comes back in time keeps its user.
#[test]
fn b6_a_phone_that_comes_back_in_time_keeps_its_login() {
    let settings = AutoLogout { gone: Some(30), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "bob@lab", "kitchen"], settings);
    is_put_at(&mut office, "ada", "kitchen");
    for _ in 0..3 {
        office.wire.at("kitchen", |phone, _| phone.power_off());
        office.waits(25 * 60);
        office.wire.at("kitchen", SimPhone::power_on);
        office.waits(60);
    }
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
}

/// B3: the phone is told after the call, message by message.
#[test]
fn b3_b6_a_login_that_is_due_in_a_call_ends_when_the_call_does() {
    let mut office = office_with(&["ada", "bob@lab", "kitchen:yealink"], every_day_at("20:00"));
    clock_says(&mut office, "2026-06-10T19:50:00+02:00");
    is_put_at(&mut office, "ada", "kitchen");
    office.dials("kitchen", "bob");
    office.answers("bob");
    office.waits(20 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "20:10, in a call");
    assert!(office.wire.phone("kitchen").in_call());
    office.looks_away();
    office.hangs_up("bob");
    office.waits(5);
    office.saw(
        "
        lab     -> box      BYE
        box     -> lab      200 BYE
        box     -> kitchen  BYE
        kitchen -> box      200 BYE
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 805ec0000003.boot
        box     -> kitchen  200 GET
        kitchen -> box      GET 805ec0000003.cfg
        box     -> kitchen  200 GET
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000003
        ...
        box     -> kitchen  200 REGISTER
    ",
    );
    assert_eq!(endings(&office), [LogoutReason::Clock]);
    assert_eq!(office.user_at("kitchen"), None);
}

/// B3: the call at the former desk goes on as it began, and stands under its user; that phone is told after it.
#[test]
fn b3_b6_a_move_leaves_the_call_at_the_former_desk_alone() {
    let mut office = Office::with(&["ada", "bob@lab", "cleo@office", "kitchen:yealink", "hall:yealink"]);
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "bob");
    office.answers("bob");
    assert!(office.wire.phone("lab").in_call());
    is_put_at(&mut office, "ada", "hall");
    assert_eq!(office.device("kitchen").stage, Stage::WaitingForCall);
    office.dials("cleo", "ada");
    assert_eq!(office.ringing(), ["hall"], "calls follow at once");
    office.hangs_up("cleo");
    office.looks_away();
    office.waits(60);
    let ladder = office.wire.take_ladder();
    assert!(!ladder.iter().any(|rung| rung.contains("kitchen")), "{ladder:?}");
    assert!(office.wire.phone("kitchen").in_call() && office.wire.phone("lab").in_call());
    office.hangs_up("kitchen");
    office.is_let_go("kitchen");
    office.saw(
        "
        kitchen -> box      BYE
        box     -> kitchen  200 BYE
        box     -> lab      BYE
        box     -> kitchen  NOTIFY check-sync
        lab     -> box      200 BYE
        kitchen -> box      200 NOTIFY
        ...
        kitchen -> box      REGISTER hotdesk-100 off
        kitchen -> box      REGISTER hotdesk-805ec0000004
        ...
        box     -> kitchen  200 REGISTER
    ",
    );
    let caller = |event: &Event| match event {
        Event::CallEnded { record } if record.dialled == "101" => record.caller.extension.clone(),
        _ => None,
    };
    assert_eq!(office.events().iter().filter_map(caller).collect::<Vec<_>>(), [extension("ada")]);
}

/// What a restart cuts short is no new life: a login goes on with its age.
#[test]
fn b11_a_login_that_survives_a_restart_keeps_its_age() {
    let settings = AutoLogout { after: Some(60), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "kitchen"], settings);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(30 * 60);
    restarts(&mut office, 10 * 60);
    office.waits(15 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"), "55 minutes");
    office.waits(5 * 60 + 5);
    assert_eq!(office.user_at("kitchen"), None);
    assert_eq!(endings(&office), [LogoutReason::Age]);
    office.is_let_go("kitchen");
}

/// Where the clock is not trusted after the restart, the age is known when it is.
#[test]
fn b11_the_age_of_before_a_restart_waits_for_a_trusted_clock() {
    let settings = AutoLogout { after: Some(60), ..AutoLogout::default() };
    let mut office = office_with(&["ada", "kitchen"], settings);
    clock_says(&mut office, WEDNESDAY);
    is_put_at(&mut office, "ada", "kitchen");
    office.waits(60);
    clock_is_not_trusted(&mut office);
    restarts(&mut office, 5);
    office.waits(20 * 60);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    clock_says(&mut office, "2026-06-10T20:05:00+02:00");
    office.waits(5);
    assert_eq!(office.user_at("kitchen"), None);
}

/// The tenant's other choice: nobody is logged in after a restart, and every phone and page says so.
#[test]
fn b11_where_the_tenant_chooses_so_a_restart_ends_every_login() {
    let mut office = Office::with(&["ada", "dan", "bob@lab", "kitchen:yealink", "hall:snom"]);
    sets(&mut office, |settings| settings.after_restart = AfterRestart::End);
    is_put_at(&mut office, "ada", "kitchen");
    is_put_at(&mut office, "dan", "hall");
    restarts(&mut office, 5);
    assert_eq!(office.the_logins(), []);
    assert_eq!(endings(&office), [LogoutReason::Restart, LogoutReason::Restart]);
    office.dials("bob", "ada");
    assert_eq!(office.ending("bob"), Some(Ending::Refused(480)));
    office.is_let_go("kitchen");
    office.is_let_go("hall");
    assert_eq!(office.wire.phone("kitchen").screen().as_deref(), Some("HD0001"));
    let told = office.wire.take_ladder();
    let notifies = told.iter().filter(|rung| rung.contains("-> kitchen NOTIFY")).count();
    assert_eq!(notifies, 1, "{told:?}");
    office.waits(1);
    restarts(&mut office, 1);
    assert_eq!(office.the_logins(), [], "and nobody comes back");
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
    assert!(office.heard("kitchen").contains(&Prompt::LoggedIn));
}

/// A phone that was lent and forgotten is its owner's again in the morning.
#[test]
fn b6_b7_a_borrowed_phone_returns_to_its_owner_overnight() {
    let mut office = office_with(&["ada", "bob@lab", "dan@den"], every_day_at("22:00"));
    office.owner_changes_phone("lab", |lab| lab.own.borrowable = Some(true));
    clock_says(&mut office, WEDNESDAY);
    office.waits(10);
    is_put_at(&mut office, "ada", "lab");
    office.dials("den", "ada");
    assert_eq!(office.ringing(), ["lab"]);
    office.hangs_up("den");
    office.waits(3 * 3600);
    assert_eq!(office.user_at("lab"), None);
    assert_eq!(office.wire.phone("lab").registered_as(), ["101"]);
    office.dials("den", "bob");
    assert_eq!(office.ringing(), ["lab"]);
}
