//! Current fails and comes back: what the box and its phones know afterwards.

use perch::media::Prompt;
use perch::panel::lamp::Light;
use perch::panel::settings::PanelSettings;
use perch::panel::{Panel, PanelEvent};

use crate::disc::Health;
use crate::office::{Office, Scene, number};
use crate::phone::{Ending, KeysBy, SimPhone};
use crate::sim_box::{ADDRESS, WEB_PORT};

/// The plug is pulled and put back after `seconds`.
fn restarts(office: &mut Office, seconds: u64) {
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(seconds);
    office.wire.with_box(|the_box, now| the_box.starts(now));
}

/// Logins, devices and bindings survive; a call reaches the phone right away, without a new REGISTER.
/// Promises: B11.
#[test]
fn a_call_reaches_the_phone_right_after_a_restart() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.waits(1);
    restarts(&mut office, 5);
    office.looks_away();
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    let ladder = office.wire.take_ladder();
    assert!(!ladder.iter().any(|rung| rung.contains("REGISTER")), "{ladder:?}");
    office.answers("kitchen");
    office.waits(2);
    office.hangs_up("bob");
    assert_eq!(office.ending("kitchen"), Some(Ending::HungUpThere));
    assert_eq!(office.the_logins(), [("100".into(), "kitchen".into())]);
}

/// B11: stored bindings are asked by OPTIONS, at a bounded rate.
#[test]
fn stored_bindings_are_asked_whether_they_live() {
    let mut office = Office::with(&["ada@one", "bob@two", "cleo@three", "dan@four"]);
    restarts(&mut office, 1);
    office.looks_away();
    office.waits(2);
    let ladder = office.wire.take_ladder();
    let asked = ladder.iter().filter(|rung| rung.ends_with(" OPTIONS") && rung.starts_with("box")).count();
    assert_eq!(asked, 4, "{ladder:?}");
}

/// Cut right after the login was told: it holds.
/// Promises: B11.
#[test]
fn what_was_told_is_kept() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.asks_for_login("ada", "kitchen", "100");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.waits_until("told", |office| office.heard("kitchen").contains(&Prompt::LoggedIn));
    restarts(&mut office, 1);
    assert_eq!(office.user_at("kitchen").as_deref(), Some("100"));
    office.hangs_up("kitchen");
    // The phone had not followed yet: it is told again by the box that has started.
    office.waits_until("the phone follows", |office| {
        office.wire.phone("kitchen").registered_as() == ["hotdesk-100"]
    });
}

/// A logout holds too.
/// Promises: B11.
#[test]
fn nobody_comes_back_by_a_restart() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.logs_out("kitchen", "*400");
    office.waits(1);
    restarts(&mut office, 3);
    assert!(office.the_logins().is_empty());
    office.dials("bob", "ada");
    office.moment();
    assert_eq!(office.ending("bob"), Some(Ending::Refused(480)));
}

/// The phones lose their current too: everything is found again.
#[test]
fn the_whole_building_loses_its_current() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen", "hall:snom"]);
    office.logs_in("ada", "hall");
    office.waits(1);
    office.wire.with_box(|the_box, _| the_box.loses_current());
    for desk in ["lab", "kitchen", "hall"] {
        office.wire.at(desk, |phone, _| phone.power_off());
    }
    office.waits(60);
    office.wire.with_box(|the_box, now| the_box.starts(now));
    for desk in ["lab", "kitchen", "hall"] {
        office.wire.at(desk, SimPhone::power_on);
    }
    office.waits(5);
    assert_eq!(office.wire.phone("hall").registered_as(), ["hotdesk-100"]);
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["hall"]);
}

/// Calls between phones do not pass their sound through the box; after a restart a BYE for a forgotten call is answered.
#[test]
fn a_call_that_the_box_has_forgotten_can_be_hung_up() {
    let mut office = Office::with(&["ada@hall", "bob@lab"]);
    office.dials("ada", "bob");
    office.answers("bob");
    restarts(&mut office, 1);
    office.hangs_up("ada");
    office.hangs_up("bob");
    office.waits(2);
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["lab"]);
}

/// Extensions and plan are the box's own data: what is changed counts from the next call on, and after a restart.
#[test]
fn f3_a_change_counts_from_the_next_call_and_is_kept() {
    let scene = Scene { cast: &["ada", "bob@lab", "kitchen"], ..Scene::default() };
    let mut office = Office::opens(&scene);
    office.dials("bob", "199");
    office.moment();
    assert_eq!(office.ending("bob"), Some(Ending::Refused(404)));
    let more = "[[extension]]\nnumber = \"199\"\nname = \"Gil\"\n[plan]\nentries = [\n\
        { code = \"*5X\", feature = \"login-with-extension\" }, { code = \"*400\", feature = \"logout\" }]\n";
    office.applies(&(office.file(&scene) + more));
    for restarted in [false, true] {
        office.dials("bob", "199");
        office.moment();
        assert_eq!(office.ending("bob"), Some(Ending::Refused(480)), "there is such a number now");
        office.asks_for_login("ada", "kitchen", "*5100");
        office.keys("kitchen", "4071#", KeysBy::Rfc4733);
        office.is_let_in("ada", "kitchen");
        office.logs_out("kitchen", "*400");
        office.waits(1);
        if !restarted {
            restarts(&mut office, 3);
        }
    }
}

/// B9: a box that was restarted keeps closed what wrong PINs had closed, until its time is over.
#[test]
fn b9_a_restart_opens_nothing_that_wrong_pins_have_closed() {
    let mut office = Office::with(&["ada", "bob", "kitchen", "hall"]);
    office.guesses_three_times("ada", "kitchen");
    office.waits(60);
    let closed = office.lockouts();
    restarts(&mut office, 60);
    let still: Vec<_> = office.lockouts().into_iter().map(|one| (one.locked, one.until)).collect();
    assert_eq!(still, closed.into_iter().map(|one| (one.locked, one.until)).collect::<Vec<_>>());
    for (who, desk) in [("ada", "hall"), ("bob", "kitchen")] {
        office.dials(desk, &number(who));
        office.waits(8);
        assert_eq!(office.heard(desk), [Prompt::Locked], "{who} at {desk}");
    }
    office.waits(14 * 60);
    assert!(office.lockouts().is_empty());
    restarts(&mut office, 1);
    assert!(office.lockouts().is_empty() && office.wire.the_box().disc.snapshot().lockouts.is_empty());
    office.waits(2);
    office.logs_in("ada", "kitchen");
}

/// What somebody is to be told at the next login is told after a restart too, and once.
/// Promises: B13.
#[test]
fn a_user_hears_after_a_restart_why_the_last_login_ended() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen"]);
    office.logs_in("ada", "kitchen");
    office.dials_and_keys("kitchen", "*77*101*", &["5182"]);
    office.is_let_in("bob", "kitchen");
    for told in [vec![Prompt::ToldDisplaced], vec![]] {
        office.waits(60);
        restarts(&mut office, 5);
        office.waits(10);
        office.dials_and_keys("kitchen", "*77*100*", &["4071"]);
        office.is_let_in("ada", "kitchen");
        assert_eq!(office.heard("kitchen")[1..], [&[Prompt::LoggedIn][..], &told[..]].concat());
        office.logs_out("kitchen", "*400");
        office.is_let_go("kitchen");
    }
    let disc = office.wire.the_box().disc.snapshot();
    assert!(!disc.to_tell.contains_key(&crate::office::extension("ada")), "told, and forgotten");
}

/// What the lamp of the box shows of its phones.
fn lamp(office: &Office) -> Light {
    let the_box = office.wire.the_box();
    let (now, moment) = (office.wire.now(), the_box.now(office.wire.now()));
    let mut panel = Panel::new(PanelSettings::default(), now);
    panel.handle_event(PanelEvent::Network(Some((ADDRESS, WEB_PORT).into())), now);
    panel.handle_event(PanelEvent::SetUpDone, now);
    panel.handle_event(PanelEvent::Status(Box::new(the_box.exchange().status(moment))), now);
    panel.handle_event(PanelEvent::Devices(office.devices()), now);
    panel.light()
}

/// A login that would be gone with the current is shown until the disc has it.
#[test]
fn b1_the_lamp_tells_of_a_login_that_is_not_saved() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    });
    assert_eq!(lamp(&office), Light::Green);
    office.wire.with_box(|the_box, _| the_box.disc.set_health(Health::Stuck));
    office.logs_in("ada", "kitchen");
    office.waits(5);
    assert_eq!(lamp(&office), Light::Amber);
    office.wire.with_box(|the_box, _| the_box.disc.set_health(Health::Good));
    office.waits(1);
    assert_eq!(lamp(&office), Light::Green);
}
