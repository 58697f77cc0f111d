//! Phones of any brand, set up by hand: the box writes nothing for them, and they follow all the same.

use crate::office::{Office, Scene};
use crate::phone::{Ending, KeysBy};

/// The phone stays registered as it was; what changes is whom the box takes it for.
/// Promises: K1, K16, F1.
#[test]
fn p1_p2_p12_a_phone_nobody_owns_takes_its_users_calls_without_a_new_file() {
    let mut office = Office::with(&["ada", "bob@lab", "lobby:by-hand"]);
    office.asks_for_login("ada", "lobby", "100");
    office.keys("lobby", "4071#", KeysBy::Rfc4733);
    office.waits_until("the box has hung up", |office| office.ending("lobby").is_some());
    office.looks_away();

    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["lobby"]);
    office.answers("lobby");
    office.hangs_up("bob");
    office.dials("lobby", "bob");
    assert_eq!(office.rings("bob"), Some(("100".into(), "Ada Rossi".into())));
    office.hangs_up("lobby");
    office.waits(200);
    let ladder = office.wire.take_ladder();
    assert!(!ladder.iter().any(|rung| rung.contains("NOTIFY") || rung.contains("GET")), "{ladder:?}");
    assert_eq!(office.wire.phone("lobby").registered_as(), ["lobby"]);
    assert!(!office.device("lobby").late, "nothing more was to be done");

    office.dials("lobby", "*400");
    office.waits_until("she is out", |office| office.user_at("lobby").is_none());
    office.waits(8);
    office.dials("bob", "ada");
    assert_eq!(office.ending("bob"), Some(Ending::Refused(480)));
}

/// Its nickname is its account, before and after.
#[test]
fn p3_a_phone_somebody_owned_becomes_a_hot_desk_and_keeps_its_account() {
    let scene = Scene { cast: &["ada", "bob", "cleo@lobby:by-hand"], ..Scene::default() };
    let mut office = Office::opens(&scene);
    office.dials("lobby", "*77*100*");
    office.waits(8);
    assert!(office.the_logins().is_empty(), "it is somebody's own");

    let file = office.file(&scene).replace("extension = \"102\"\n", "hotdesk = true\n");
    office.applies(&file);
    assert_eq!(office.wire.phone("lobby").registered_as(), ["lobby"]);
    office.asks_for_login("ada", "lobby", "100");
    office.keys("lobby", "4071#", KeysBy::Rfc4733);
    assert_eq!(office.user_at("lobby").as_deref(), Some("100"));
    office.waits_until("the box has hung up", |office| office.ending("lobby").is_some());
    assert_eq!(office.wire.phone("lobby").registered_as(), ["lobby"]);
}
