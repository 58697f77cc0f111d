//! Emergency calls: from every phone in every state, by every way out there is (B8).

use std::collections::BTreeMap;

use perch::media::Prompt;
use perch::model::{CallKind, CallOutcome, EmergencyFate, EmergencyRoute, Event};

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

/// What was told about emergency calls: where each went, and what became of it; the latest of each call.
fn told(office: &Office) -> Vec<(EmergencyRoute, EmergencyFate)> {
    let mut latest = BTreeMap::new();
    for event in office.events() {
        if let Event::Emergency(notice) = event {
            latest.insert(notice.call, (notice.outcome.clone(), notice.fate));
        }
    }
    latest.into_values().collect()
}

/// An idle desk reaches the outside, unchallenged, and is heard of.
/// Promises: C2, B8.
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
    assert_eq!(told(&office), [(EmergencyRoute::Trunk, EmergencyFate::UnderWay)]);
    office.wire.at("outside", SimPhone::answers);
    office.moment();
    assert_eq!(office.wire.phone("kitchen").call_state(), Some(CallState::Up));
    assert_eq!(told(&office), [(EmergencyRoute::Trunk, EmergencyFate::Answered)]);
    office.hangs_up("kitchen");
}

/// An outside-line prefix does no harm, and a user who is logged in or has a phone of her own calls the same way.
/// Promises: B8.
#[test]
fn every_phone_in_every_state_calls_for_help() {
    let mut office = with_trunk();
    office.logs_in("ada", "kitchen");
    for (who, dialled) in [
        ("kitchen", "112"),
        ("kitchen", "0112"),
        ("lab", "118"),
        ("lab", "0115"),
        ("lab", "112#"),
        ("lab", "11-2"),
    ] {
        office.dials(who, dialled);
        assert_eq!(office.ringing(), ["outside"], "{dialled} at {who}");
        office.hangs_up(who);
        office.waits(1);
    }
    assert_eq!(told(&office), vec![(EmergencyRoute::Trunk, EmergencyFate::Unanswered); 6]);
}

/// An office may have emergency numbers of its own, and those of its country that it leaves out are numbers like any other.
/// Promises: B8.
#[test]
fn an_office_calls_for_help_by_its_own_numbers() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen"],
        settings: "emergency_numbers = [\"911\", \"112\"]\nemergency_extension = \"101\"",
        ..Scene::default()
    });
    for dialled in ["911", "0911", "112"] {
        office.dials("kitchen", dialled);
        assert_eq!(office.ringing(), ["lab"], "{dialled}");
        office.hangs_up("kitchen");
        office.waits(1);
    }
    office.dials("kitchen", "118");
    office.moment();
    assert_eq!(office.ringing(), Vec::<String>::new());
    assert_eq!(told(&office).len(), 3);
}

/// The numbers are those of the phone's own tenant, and it is not asked who it is.
/// Promises: B8, rule4.
#[test]
fn a_phone_of_another_tenant_calls_for_help_by_the_numbers_there() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "hall"],
        tables: "[[tenant]]\nid = \"acme\"\nname = \"Acme\"\ncountry = \"GB\"\n\
                 [[tenant.trunk]]\nhost = \"10.0.0.200\"\n",
        ..Scene::default()
    });
    let quirks = Quirks { called_as: CalledAs::Anybody, ..Quirks::default() };
    let trunk = SimPhone::new(Kind::ByHand, "020000000001", [10, 0, 0, 200].into(), quirks, 7);
    office.wire.plugs_in("outside", trunk);
    office.wire.at("outside", SimPhone::power_on);
    office.owner_changes_phone("hall", |hall| hall.tenant = "acme".parse().expect("a tenant"));
    office.waits(10);
    office.wire.take_ladder();
    office.dials("hall", "999");
    office.saw(
        "
        hall    -> box      INVITE 999
        box     -> outside  INVITE 999
        outside -> box      180
        box     -> hall     180
    ",
    );
    office.hangs_up("hall");
    office.waits(1);
    office.dials("hall", "118");
    assert_eq!(office.ringing(), Vec::<String>::new(), "118 is of another country");
}

/// Whoever answers outside learns at which desk help is needed, and nothing of who is logged in there; inside also that.
#[test]
fn whoever_answers_learns_which_desk_it_is() {
    let mut office = with_trunk();
    office.dials("kitchen", "112");
    assert_eq!(office.wire.phone("outside").is_ringing(), Some(("kitchen".into(), "kitchen".into())));
    office.hangs_up("kitchen");
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "112");
    assert_eq!(office.wire.phone("outside").is_ringing(), Some(("kitchen".into(), "kitchen".into())));
    office.hangs_up("kitchen");
    office.dials("lab", "112");
    assert_eq!(office.wire.phone("outside").is_ringing(), Some(("lab".into(), "lab".into())));
    office.hangs_up("lab");

    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "112");
    assert_eq!(office.wire.phone("lab").is_ringing(), Some(("kitchen".into(), "Ada Rossi, kitchen".into())));
    office.hangs_up("kitchen");
}

/// Locked out after wrong PINs, a desk calls for help all the same.
/// Promises: B8, B9.
#[test]
fn a_locked_desk_calls_for_help() {
    let mut office = with_trunk();
    office.guesses_three_times("ada", "kitchen");
    office.waits(3);
    office.waits(5);
    office.dials("kitchen", "112");
    assert_eq!(office.ringing(), ["outside"]);
}

/// Whoever answered inside calls back the desk, whoever is logged in there by then, for half an hour.
/// Promises: B8.
#[test]
fn a_desk_that_called_for_help_inside_is_called_back() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen", "hall"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    });
    office.logs_in("ada", "kitchen");
    office.dials("kitchen", "112");
    let shown = office.wire.phone("lab").is_ringing().map(|(number, _)| number).expect("it rings");
    office.answers("bob");
    office.hangs_up("kitchen");
    office.logs_in("ada", "hall");
    office.dials("lab", &shown);
    assert_eq!(office.ringing(), ["kitchen"], "not her new desk");
    office.hangs_up("lab");
    office.waits(31 * 60);
    office.dials("lab", &shown);
    assert!(office.ringing().is_empty());
}

/// A phone that its user has silenced rings for help all the same.
/// Promises: B8, rule7.
#[test]
fn help_rings_the_phones_that_are_switched_off() {
    let mut office = Office::opens(&Scene {
        cast: &["ada", "bob@lab", "kitchen"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    });
    office.dials("lab", "*13");
    office.waits(8);
    office.dials("kitchen", "112");
    assert_eq!(office.ringing(), ["lab"]);
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
    let to_bob = || EmergencyRoute::Extension("101".parse().expect("a number"));
    assert_eq!(told(&office), [(to_bob(), EmergencyFate::UnderWay)]);
    office.answers("bob");
    assert!(office.wire.phone("kitchen").in_call());
    assert_eq!(told(&office), [(to_bob(), EmergencyFate::Answered)]);
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
    assert_eq!(told(&office), [(EmergencyRoute::NoOutsideLine, EmergencyFate::Unanswered)]);
    let records = || {
        office
            .events()
            .iter()
            .filter_map(|event| if let Event::CallEnded { record } = event { Some(record) } else { None })
    };
    let kinds: Vec<_> = records().map(|record| (record.kind, record.outcome)).collect();
    assert_eq!(kinds, [(CallKind::Emergency, CallOutcome::Failed)]);
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
    assert_eq!(told(&office), [(EmergencyRoute::Trunk, EmergencyFate::UnderWay)]);
    office.waits_until("the lab rings", |office| office.ringing() == ["lab"]);
    let to_bob = EmergencyRoute::Extension("101".parse().expect("a number"));
    assert_eq!(told(&office), [(to_bob.clone(), EmergencyFate::UnderWay)]);
    office.hangs_up("kitchen");
    office.moment();
    assert_eq!(told(&office), [(to_bob, EmergencyFate::Unanswered)]);
}

/// Where every way fails, nobody is told that the call went out, and the caller hears why.
#[test]
fn a_dead_trunk_with_nobody_behind_it_is_no_help() {
    let mut office = Office::opens(&Scene { cast: &["kitchen"], tables: TRUNK, ..Scene::default() });
    office.dials("kitchen", "112");
    office.waits_until("the voice is heard", |office| office.heard("kitchen") == [Prompt::NoOutsideLine]);
    office.waits_until("the call is over", |office| office.ending("kitchen").is_some());
    assert_eq!(office.ending("kitchen"), Some(Ending::Refused(503)));
    assert_eq!(told(&office), [(EmergencyRoute::NoOutsideLine, EmergencyFate::Unanswered)]);
}

/// A phone that does not listen is refused at once, so that it, or its user, can look for another way.
#[test]
fn nobody_waits_for_words_that_nobody_would_hear() {
    let quirks = Quirks { offers: perch::sip::sdp::Direction::Inactive, ..Quirks::default() };
    let mut office = Office::opens(&Scene { cast: &["kitchen"], quirks, ..Scene::default() });
    office.dials("kitchen", "112");
    office.moment();
    assert_eq!(office.ending("kitchen"), Some(Ending::Refused(503)));
}
