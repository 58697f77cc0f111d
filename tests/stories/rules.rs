//! Codes of one's own, what a free desk may call, phones switched off from afar, and values with a template behind them.

use perch::media::Prompt;
use perch::model::{ExtensionValues, Feature, IdleCalls, Plan, PlanEntry, TemplateName};

use crate::office::{Office, Scene};
use crate::phone::{Ending, KeysBy};

impl Office {
    /// The owner chooses these codes and no others, switched on or off.
    fn owner_chooses_codes(&mut self, codes: &[(&str, Feature, bool)]) {
        let entry = |(code, feature, on): &(&str, Feature, bool)| PlanEntry {
            code: (*code).to_owned(),
            feature: *feature,
            on: *on,
        };
        self.owner_changes(|wish| wish.settings.plan = Plan { entries: codes.iter().map(entry).collect() });
    }

    /// Somebody dials a number that means nothing.
    fn dials_in_vain(&mut self, desk: &str, dialled: &str) {
        self.dials(desk, dialled);
        self.waits(8);
        assert!(matches!(self.ending(desk), Some(Ending::Refused(403 | 404))), "{dialled} at {desk}");
    }
}

const CODES: [(&str, Feature); 3] =
    [("*801", Feature::LoginWithPrompts), ("*802", Feature::Logout), ("*803", Feature::Toggle)];

/// Login, logout and toggle under the codes of the house.
#[test]
fn p5_the_codes_may_be_others() {
    let mut office = Office::with(&["ada@office", "bob@lab", "kitchen"]);
    office.owner_chooses_codes(&CODES.map(|(code, feature)| (code, feature, true)));
    for usual in ["*11", "*072"] {
        office.dials_in_vain("kitchen", usual);
    }
    office.asks_for_login("ada", "kitchen", "*801");
    for entry in ["100#", "4071#"] {
        office.waits(1);
        office.keys("kitchen", entry, KeysBy::Rfc4733);
    }
    office.is_let_in("ada", "kitchen");
    for usual in ["*12", "*13", "*400"] {
        office.dials_in_vain("kitchen", usual);
    }
    office.dials("kitchen", "*803");
    office.waits(8);
    assert_eq!(office.heard("kitchen"), [Prompt::PhonesOff]);
    office.logs_out("kitchen", "*802");
}

/// One that is off means nothing, and the others go on.
#[test]
fn p4_login_logout_and_toggle_have_a_switch_each() {
    for (off, _) in CODES {
        let mut office = Office::with(&["ada@office", "kitchen"]);
        office.logs_in("ada", "kitchen");
        office.owner_chooses_codes(&CODES.map(|(code, feature)| (code, feature, code != off)));
        office.waits(5);
        for (code, heard) in [("*803", Prompt::PhonesOff), ("*802", Prompt::LoggedOut)] {
            if code == off {
                office.dials_in_vain("kitchen", code);
            } else {
                office.dials("kitchen", code);
                office.waits(8);
                assert_eq!(office.heard("kitchen"), [heard], "{code}");
            }
        }
        assert_eq!(office.user_at("kitchen").is_some(), off == "*802");
        if off == "*801" {
            office.is_let_go("kitchen");
            office.dials_in_vain("kitchen", off);
        }
    }
}

/// Each desk may differ from the office. With the login by one's own number switched off, the policy alone decides.
#[test]
fn rule5_what_a_free_desk_may_call_is_chosen_for_the_office_and_for_the_desk() {
    let mut office = Office::with(&["ada@office", "bob@lab", "cleo@den", "kitchen", "hall"]);
    office.owner_changes_phone("hall", |hall| hall.own.idle_calls = Some(IdleCalls::Internal));
    office.dials("kitchen", "cleo");
    office.waits(8);
    assert_eq!(office.heard("kitchen"), [Prompt::NotAllowed]);
    office.dials("hall", "cleo");
    assert_eq!(office.ringing(), ["den"]);
    office.hangs_up("hall");
    office.waits(1);
    office.asks_for_login("ada", "hall", "100");
    assert_eq!(office.ringing(), Vec::<String>::new(), "who may use hot desks is asked for the PIN");
    office.hangs_up("hall");

    office.owner_chooses_codes(&[("*77*X*", Feature::LoginWithExtension, true)]);
    office.dials("hall", "ada");
    assert_eq!(office.ringing(), ["office"]);
    office.hangs_up("hall");
    office.waits(1);
    office.dials("kitchen", "ada");
    office.waits(8);
    assert_eq!(office.heard("kitchen"), [Prompt::OnlyEmergencyAndLogin]);
    office.asks_for_login("ada", "kitchen", "*77*100*");
    office.keys("kitchen", "4071#", KeysBy::Rfc4733);
    office.is_let_in("ada", "kitchen");
}

/// At a phone with a user it is that user's phones; the desk of the login rings on, and a phone that is off may call for
/// help.
#[test]
fn rule7_p14_p15_a_user_switches_the_own_phones_from_wherever_the_user_sits() {
    let scene = Scene {
        cast: &["ada@office", "bob@lab", "kitchen"],
        settings: "emergency_extension = \"101\"",
        ..Scene::default()
    };
    let mut office = Office::opens(&scene);
    office.logs_in("ada", "kitchen");
    for (told, rings) in [(Prompt::PhonesOff, vec!["kitchen"]), (Prompt::PhonesOn, vec!["kitchen", "office"])]
    {
        office.dials("kitchen", "*13");
        office.waits(8);
        assert_eq!(office.heard("kitchen"), [told]);
        office.dials("bob", "ada");
        assert_eq!(office.ringing(), rings);
        office.hangs_up("bob");
        office.waits(1);
        office.dials("office", "112");
        assert_eq!(office.ringing(), ["lab"]);
        office.hangs_up("office");
        office.waits(1);
    }
}

/// The switch for hot desks is the template's until the extension says something itself.
#[test]
fn k21_the_switch_for_hot_desks_comes_from_a_template_or_from_the_extension() {
    let mut office = Office::with(&["ada", "cleo", "kitchen"]);
    let staff: TemplateName = "staff".parse().expect("a name");
    let says = |hotdesk| ExtensionValues { hotdesk: Some(hotdesk), ..ExtensionValues::default() };
    office.owner_changes(|wish| {
        wish.settings.templates.extensions.insert(staff.clone(), says(true));
    });
    office.owner_changes_user("cleo", |cleo| {
        cleo.template = Some(staff.clone());
        cleo.pin = Some(perch::model::Secret::new("9153"));
    });
    office.asks_for_login("cleo", "kitchen", "102");
    office.keys("kitchen", "9153#", KeysBy::Rfc4733);
    office.is_let_in("cleo", "kitchen");
    office.owner_changes_user("cleo", |cleo| cleo.own.hotdesk = Some(false));
    office.is_let_go("kitchen");
    office.dials("kitchen", "102");
    office.waits(8);
    assert_eq!(office.heard("kitchen"), [Prompt::NotAllowed]);
    // Her own word goes before the template's.
    office.owner_changes_user("ada", |ada| ada.template = Some(staff.clone()));
    office.owner_changes(|wish| {
        wish.settings.templates.extensions.insert(staff.clone(), says(false));
    });
    office.logs_in("ada", "kitchen");
}
