//! Phones boot: they find the box, wait, are accepted, fetch their files and register.

use std::time::Duration;

use perch::config::apply;
use perch::config::rules::Rules;
use perch::model::{DeviceAdmission, DeviceMode, Event, ExtensionNumber, Stage};

use crate::office::{Office, Scene};
use crate::phone::{Kind, SimPhone};
use crate::sim_box::{ADDRESS, STRANGER, WEB_PORT};

const SETTINGS: &str = "[office]\nname = \"Rossi\"\ncountry = \"IT\"\nlanguage = \"en\"\ntimezone = \"Europe/Rome\"\n\
    [[extension]]\nnumber = \"100\"\nname = \"Ada Rossi\"\nhotdesk = true\npin = \"4071\"\n";

/// An office with people and no phones, and two phones in their boxes.
fn new_office() -> Office {
    let mut office =
        Office::with_phones_unplugged(&Scene { cast: &["kitchen:yealink", "hall:snom"], ..Scene::default() });
    office.applies(SETTINGS);
    office
}

/// The administrator lets a waiting phone in.
fn accepts(office: &mut Office, desk: &str, mode: DeviceMode) {
    let id = office.device(desk).id;
    office.wire.with_box(|the_box, now| {
        the_box.does(now, |exchange, now| {
            let fresh = exchange.fresh();
            let changes = apply::accept_device(exchange.office(), id, mode, &Rules::standard(), fresh);
            exchange.adopt(changes.expect("a phone that waits"), now);
        });
    });
    office.moment();
}

/// By multicast, from the factory to the screen name.
/// Promises: K20, C6, C9, C17.
#[test]
fn a_phone_from_the_factory_finds_the_box_waits_and_is_let_in() {
    let mut office = new_office();
    for (desk, screen) in [("kitchen", "HD0001"), ("hall", "HD0002")] {
        office.wire.at(desk, SimPhone::power_on);
        office.waits(3);
        assert_eq!(office.device(desk).admission, DeviceAdmission::Waiting);
        assert_eq!(office.wire.phone(desk).screen(), None, "a phone that waits has no account");

        accepts(&mut office, desk, DeviceMode::HotDesk);
        office.waits_until("it registers", |office| {
            office.wire.phone(desk).registered_as() == [office.idle_account(desk)]
        });
        assert_eq!(office.wire.phone(desk).screen().as_deref(), Some(screen));
        assert_eq!(office.device(desk).screen_name.as_deref(), Some(screen));
    }
    office.saw(
        "
        kitchen -> all      SUBSCRIBE ua-profile
        box     -> kitchen  200 SUBSCRIBE
        box     -> kitchen  NOTIFY ua-profile
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 805ec0000001.boot
        box     -> kitchen  200 GET
        kitchen -> box      GET 805ec0000001.cfg
        box     -> kitchen  200 GET
        box     -> kitchen  NOTIFY check-sync
        kitchen -> box      200 NOTIFY
        kitchen -> box      GET 805ec0000001.boot
        box     -> kitchen  200 GET
        kitchen -> box      GET 805ec0000001.cfg
        box     -> kitchen  200 GET
        kitchen -> box      REGISTER hotdesk-805ec0000001
        box     -> kitchen  401 REGISTER
        kitchen -> box      REGISTER hotdesk-805ec0000001
        box     -> kitchen  200 REGISTER
        hall    -> all      SUBSCRIBE ua-profile
        box     -> hall     200 SUBSCRIBE
        box     -> hall     NOTIFY ua-profile
        hall    -> box      200 NOTIFY
        hall    -> box      GET 000413000002.xml
        box     -> hall     200 GET
        box     -> hall     NOTIFY check-sync
        hall    -> box      200 NOTIFY
        hall    -> box      GET 000413000002.xml
        box     -> hall     200 GET
        hall    -> box      REGISTER hotdesk-000413000002
        box     -> hall     401 REGISTER
        hall    -> box      REGISTER hotdesk-000413000002
        box     -> hall     200 REGISTER
    ",
    );
}

/// By an address typed into the phone, with and without the folder.
/// Promises: C10.
#[test]
fn a_phone_finds_the_box_by_a_typed_address() {
    for folder in ["p/", ""] {
        for desk in ["kitchen", "hall"] {
            let mut office = new_office();
            let url = format!("http://{ADDRESS}:{WEB_PORT}/{folder}");
            office.wire.at(desk, |phone, _| phone.types_url(&url));
            // No multicast reaches the box from here.
            office.wire.at(desk, |phone, _| phone.never_announces());
            office.wire.at(desk, SimPhone::power_on);
            office.waits(3);
            assert_eq!(office.device(desk).admission, DeviceAdmission::Waiting, "{desk} {folder}");
            accepts(&mut office, desk, DeviceMode::HotDesk);
            // It has never registered: the NOTIFY finds it where it was seen last, else its poll does.
            office.waits_until("it registers", |office| {
                office.wire.phone(desk).registered_as() == [office.idle_account(desk)]
            });
        }
    }
}

/// A phone that waits asks every minute and is let in even if the NOTIFY is lost.
#[test]
fn a_waiting_phone_asks_every_minute() {
    let mut office = new_office();
    office.wire.at("kitchen", |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Deaf);
    office.wire.at("kitchen", SimPhone::power_on);
    office.wire.runs(Duration::from_secs(5 * 60 + 10));
    let fetches = office.wire.phone("kitchen").fetches();
    assert!((5..=7).contains(&fetches), "{fetches} fetches in five minutes");
    accepts(&mut office, "kitchen", DeviceMode::HotDesk);
    office.waits_until("it registers", |office| !office.wire.phone("kitchen").registered_as().is_empty());
}

/// The opening closes with the first fetch by the secret address; without the secret nobody gets the file again.
#[test]
fn nobody_else_gets_the_file_of_an_accepted_phone() {
    let mut office = new_office();
    office.wire.at("kitchen", SimPhone::power_on);
    office.waits(3);
    accepts(&mut office, "kitchen", DeviceMode::HotDesk);
    assert!(!stranger_gets(&mut office, "805ec0000001").contains("password"));
}

/// What a stranger gets who asks for the personal file of that phone, a T46U.
fn stranger_gets(office: &mut Office, mac: &str) -> String {
    let url = format!("http://{ADDRESS}:{WEB_PORT}/p/{mac}.cfg");
    let agent = Kind::T46U.http_agent(mac);
    let answer = office.wire.with_box(|the_box, now| the_box.get(&url, &agent, STRANGER, now));
    String::from_utf8(answer.body).expect("text")
}

/// Whoever comes in a phone's name without its secret gets nothing, moves nothing, and is forgotten when the phone itself
/// is heard.
#[test]
fn a_stranger_with_a_phones_mac_does_it_no_harm() {
    let mut office = Office::with(&["ada", "bob@lab", "kitchen:yealink"]);
    let (mac, address) = {
        let kitchen = office.wire.phone("kitchen");
        (kitchen.mac().to_owned(), kitchen.address())
    };
    assert!(!stranger_gets(&mut office, &mac).contains("password"));
    assert_eq!(office.device("kitchen").admission, DeviceAdmission::WaitingAgain);
    assert_eq!(office.device("kitchen").address, Some(STRANGER), "the page shows who asks to be let in");

    // The phone is told, follows and calls as before, and its files name the box as they did.
    office.logs_in("ada", "kitchen");
    office.dials("bob", "ada");
    assert_eq!(office.ringing(), ["kitchen"]);
    office.hangs_up("bob");
    assert_eq!(office.device("kitchen").admission, DeviceAdmission::Accepted, "it has proved itself");
    assert_eq!(office.device("kitchen").address, Some(address));

    stranger_gets(&mut office, &mac);
    assert_eq!(office.device("kitchen").admission, DeviceAdmission::WaitingAgain);
    office.waits(601);
    assert_eq!(office.device("kitchen").admission, DeviceAdmission::Accepted, "by its next registration");
}

/// A phone that an office file names before it was ever seen is let in where the network says that it is this phone; any
/// other waits for somebody to look at it.
/// Promises: K18.
#[test]
fn a_phone_named_before_it_was_seen_is_let_in_by_itself_and_nobody_else_is() {
    let scene = Scene { cast: &["ada", "kitchen:yealink"], ..Scene::default() };
    let mut office = Office::with_phones_unplugged(&scene);
    office.applies(&office.file(&scene));
    let mac = office.wire.phone("kitchen").mac().to_owned();
    assert!(!stranger_gets(&mut office, &mac).contains("password"));
    assert_eq!(office.device("kitchen").admission, DeviceAdmission::WaitingAgain);
    office.wire.at("kitchen", SimPhone::power_on);
    office.waits_until("it registers", |office| !office.wire.phone("kitchen").registered_as().is_empty());
    assert_eq!(office.device("kitchen").admission, DeviceAdmission::Accepted);
}

/// The box restarts between the click and the phone's coming: the phone is told again, and is still let in.
#[test]
fn a_phone_accepted_just_before_the_current_failed_is_still_let_in() {
    let mut office = new_office();
    for desk in ["kitchen", "hall"] {
        office.wire.at(desk, |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Deaf);
        office.wire.at(desk, SimPhone::power_on);
        office.waits(3);
        accepts(&mut office, desk, DeviceMode::HotDesk);
    }
    office.wire.with_box(|the_box, _| the_box.loses_current());
    office.waits(1);
    office.wire.with_box(|the_box, now| the_box.starts(now));
    for desk in ["kitchen", "hall"] {
        assert_eq!(office.device(desk).stage, Stage::Notified, "{desk}");
        office.wire.at(desk, |phone, _| phone.quirks_mut().on_notify = crate::phone::OnNotify::Says(200));
        office.waits_until("it registers", |office| {
            office.wire.phone(desk).registered_as() == [office.idle_account(desk)]
        });
        assert_eq!(office.device(desk).admission, DeviceAdmission::Accepted, "{desk}");
    }
}

/// Nothing is asked of a phone that waits.
#[test]
fn a_phone_that_waits_is_not_confirmed() {
    let mut office = new_office();
    office.wire.at("kitchen", SimPhone::power_on);
    office.waits(3);
    assert_eq!(office.device("kitchen").stage, Stage::Routing);
}

/// K19, K6: a phone let in as somebody's registers as hers and is no hot desk.
#[test]
fn a_phone_may_be_let_in_as_somebodys() {
    let mut office = new_office();
    office.wire.at("hall", SimPhone::power_on);
    office.waits(3);
    let ada: ExtensionNumber = "100".parse().expect("a number");
    accepts(&mut office, "hall", DeviceMode::Owned(ada));
    office.waits_until("it registers", |office| office.wire.phone("hall").registered_as() == ["100"]);
    assert_eq!(office.wire.phone("hall").screen().as_deref(), Some("100 Ada Rossi"));
}

#[test]
fn a_phone_that_the_office_file_lets_in_is_not_said_to_wait() {
    let office = Office::with(&["kitchen:yealink", "hall:snom"]);
    assert!(!office.events().iter().any(|event| matches!(event, Event::DeviceSeen { .. })));
}

/// A phone reset to factory state appears as waiting again, and gets no account until it is let in again.
/// Promises: C17.
#[test]
fn a_phone_reset_to_factory_state_waits_again() {
    for desk in ["kitchen:yealink", "kitchen:snom"] {
        let mut office = Office::with(&["ada", desk]);
        office.waits(11 * 60);
        office.wire.at("kitchen", |phone, now| {
            phone.factory_reset();
            phone.power_on(now);
        });
        office.waits(5);
        assert_eq!(office.device("kitchen").admission, DeviceAdmission::WaitingAgain, "{desk}");
        assert_eq!(office.wire.phone("kitchen").screen(), None);
        accepts(&mut office, "kitchen", DeviceMode::HotDesk);
        office.waits_until("it registers", |office| {
            office.wire.phone("kitchen").registered_as() == [office.idle_account("kitchen")]
        });
        assert_eq!(office.device("kitchen").screen_name.as_deref(), Some("HD0001"), "given once and kept");
        office.logs_in("ada", "kitchen");
    }
}

/// R02, B11: registrations are kept alive by the phones' refreshes, for hours.
#[test]
fn phones_stay_registered() {
    let mut office = Office::with(&["ada@hall", "bob@lab", "kitchen"]);
    office.wire.runs(Duration::from_secs(3 * 3600));
    for desk in ["hall", "lab", "kitchen"] {
        assert!(office.device(desk).reachable, "{desk}");
    }
    office.dials("ada", "bob");
    assert_eq!(office.ringing(), ["lab"]);
}
