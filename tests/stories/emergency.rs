//! Emergency calls: from every phone in every state, by every way out there is (B8).

use perch::media::Prompt;
use perch::model::{EmergencyRoute, Event};

use crate::office::{Office, Scene};
use crate::phone::{CallState, CalledAs, Ending, Kind, Quirks, SimPhone};

const TRUNK: &str = "[[trunk]]\nhost = \"10.0.0.200\"\n";

fn with_trunk() -> Office {
    let mut office =
        Office::opens(&Scene { cast: &["ada", "bob@lab", "kitchen"], tables: TRUNK, ..Scene::default() });
    let quirks = Quirks { called_as: CalledAs::Anybody, ..Quirks::default() };
    let trunk = SimPhone::new(Kind::ByHand, "020000000001", [10, 0, 0, 200].into(), quirks, 7);
    office.wire.plugs_in("outside", trunk);
    office.wire.at("outside", SimPhone::power_on);
    office
}

fn routes(office: &Office) -> Vec<EmergencyRoute> {
    let route = |event: &Event| match event {
        Event::Emergency(notice) => Some(notice.outcome.clone()),
        _ => None,
    };
    office.events().iter().filter_map(route).collect()
}

/// C2, B8: an idle desk reaches the outside, unchallenged, and is heard of.
#[test]
fn an_idle_desk_calls_for_help_by_the_trunk() {
    let mut office = with_trunk();
    office.dials("kitchen", "112");
    office.saw(
        "
        kitchen -> box      INVITE 112
        box     -> outside  INVITE 112
        outside -> box      180
        box     -> kitchen  180
    ",
    );
    office.wire.at("outside", SimPhone::answers);
    office.moment();
    assert_eq!(office.wire.phone("kitchen").call_state(), Some(CallState::Up));
    assert_eq!(routes(&office), [EmergencyRoute::Trunk]);
    office.hangs_up("kitchen");
}

/// B8: an outside-line prefix does no harm, and a user who is logged in or has a phone of her own calls the same way.
#[test]
fn every_phone_in_every_state_calls_for_help() {
    let mut office = with_trunk();
    office.logs_in("ada", "kitchen");
    for (who, dialled) in [("kitchen", "112"), ("kitchen", "0112"), ("lab", "118"), ("lab", "0115")] {
        office.dials(who, dialled);
        assert_eq!(office.ringing(), ["outside"], "{dialled} at {who}");
        office.hangs_up(who);
        office.waits(1);
    }
    assert_eq!(routes(&office).len(), 4);
}

/// B8: locked out after wrong PINs, a desk calls for help all the same.
#[test]
fn a_locked_desk_calls_for_help() {
    let mut office = with_trunk();
    office.asks_for_login("ada", "kitchen", "100");
    for _ in 0..3 {
        office.keys("kitchen", "9999#", crate::phone::KeysBy::Rfc4733);
        office.waits(5);
    }
    office.waits(5);
    office.dials("kitchen", "112");
    assert_eq!(office.ringing(), ["outside"]);
}

/// Without a trunk the emergency extension rings.
#[test]
fn without_a_trunk_the_emergency_extension_rings() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    });
    office.dials("kitchen", "112");
    assert_eq!(office.ringing(), ["lab"]);
    assert!(matches!(routes(&office)[..], [EmergencyRoute::Extension(_)]));
    office.answers("bob");
    assert!(office.wire.phone("kitchen").in_call());
    office.hangs_up("kitchen");
}

/// With neither, the caller is told in words, and with 503.
#[test]
fn with_no_way_out_the_caller_is_told() {
    let mut office = Office::with(&["ada", "kitchen"]);
    office.dials("kitchen", "112");
    office.waits(10);
    assert_eq!(office.heard("kitchen"), [Prompt::NoOutsideLine]);
    assert_eq!(office.ending("kitchen"), Some(Ending::Refused(503)));
    assert_eq!(routes(&office), [EmergencyRoute::NoOutsideLine]);
}

/// A trunk that does not answer hands over to the emergency extension.
#[test]
fn a_dead_trunk_hands_over_to_the_emergency_extension() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen"],
        settings: "emergency_extension = \"101\"",
        tables: TRUNK,
        ..Scene::default()
    });
    office.dials("kitchen", "112");
    office.waits_until("the lab rings", |office| office.ringing() == ["lab"]);
    office.hangs_up("kitchen");
}
