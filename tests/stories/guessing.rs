//! Guessing PINs by every way at once (B9): what is looked at, what stays open, who is not disturbed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use perch::model::{
    At, AuditFact, ExtensionNumber, Locked, LoginMethod, LoginRefusal, Secret, TrustedNetwork,
};

use crate::office::{Office, extension};
use crate::phone::{CallState, Ending, KeysBy, SimPhone};

/// In so long a time no more than [`MOST`] PINs are looked at, of one extension or from one place.
const WINDOW: Duration = Duration::from_secs(15 * 60);
const MOST: usize = 3;

/// Who tries, by which way.
#[derive(Debug, Clone, Copy)]
enum Way {
    OwnNumber,
    Code,
    Prompts,
    LogoutPrompts,
    Toggle,
    Api,
    OwnKey,
}

const WAYS: [Way; 7] =
    [Way::OwnNumber, Way::Code, Way::Prompts, Way::LogoutPrompts, Way::Toggle, Way::Api, Way::OwnKey];

impl Office {
    /// Dials and keys what a guesser would, until the box hangs up.
    fn guesses_by_voice(&mut self, desk: &str, dialled: &str, entries: &[&str]) {
        self.dials(desk, dialled);
        for _ in 0..MOST + 1 {
            for entry in entries {
                if self.wire.phone(desk).call_state() != Some(CallState::Up) {
                    return;
                }
                self.waits_millis(400);
                self.keys(desk, &format!("{entry}#"), KeysBy::Rfc4733);
            }
        }
        self.waits(6);
        self.hangs_up(desk);
    }

    fn guesses(&mut self, way: Way, desk: &str, pin: &str) {
        match way {
            Way::OwnNumber => self.guesses_by_voice(desk, "100", &[pin]),
            Way::Code => self.guesses_by_voice(desk, "*77*100*", &[pin]),
            Way::Prompts => self.guesses_by_voice(desk, "*072", &["100", pin]),
            Way::LogoutPrompts => self.guesses_by_voice(desk, "*073", &["100", pin]),
            Way::Toggle => self.guesses_by_voice(desk, "*13", &["100", pin]),
            Way::Api => {
                let (device, from) = (self.device(desk).id, IpAddr::from([192, 0, 2, 7]));
                let ada = extension("ada");
                self.wire.with_box(|office, now| {
                    office.does(now, |exchange, now| {
                        let pin = Secret::new(pin);
                        let method = LoginMethod::Api;
                        let _ = exchange.log_in_with_pin(&ada, device, (&pin, from), method, now);
                    });
                });
            }
            Way::OwnKey => {
                self.wire.at("attic", SimPhone::presses_hotdesk_key);
                self.waits(1);
                self.wire.at("attic", |phone, now| phone.fills_hotdesk_form("100", pin, now));
            }
        }
        self.waits(1);
    }

    /// The PINs that were looked at and found wrong: when, of whom, where.
    fn looked_at(&self) -> Vec<(Duration, Option<ExtensionNumber>, At)> {
        let began = self.wire.the_box().disc.journal().first().and_then(|entry| entry.at);
        let entries = self.wire.the_box().disc.journal().iter();
        entries
            .filter_map(|entry| match &entry.what {
                AuditFact::LoginRefused { extension, at, refusal: LoginRefusal::WrongPin, .. } => {
                    let since = entry.at?.duration_since(began?);
                    Some((since.unsigned_abs(), extension.clone(), *at))
                }
                _ => None,
            })
            .collect()
    }
}

/// No more than [`MOST`] of these moments lie within one [`WINDOW`].
fn is_bounded(moments: &[Duration]) -> bool {
    moments.windows(MOST + 1).all(|few| few[MOST] - few[0] >= WINDOW)
}

#[test]
fn b9_whoever_guesses_by_every_way_at_once_has_three_pins_in_a_quarter_of_an_hour() {
    let mut office = Office::with(&[
        "ada",
        "bob@lab",
        "dan",
        "kitchen:yealink",
        "hall:snom",
        "attic:yealink",
        "cellar:snom",
    ]);
    // The box hangs up in the middle of an entry.
    office.forgives("keys pressed outside any call");
    office.owner_changes_phone("attic", |attic| attic.own.hotdesk_key = Some(true));
    office.owner_changes_user("ada", |ada| ada.own.phone_native = Some(true));
    let network = "10.0.0.0/24".parse().expect("a network");
    let trusted = TrustedNetwork { network, description: "desks".to_owned() };
    office.owner_changes(|wish| wish.settings.trusted_networks = vec![trusted.clone()]);
    office.waits(20);
    // Somebody is logged in and stays so.
    office.logs_in("dan", "cellar");

    for round in 0..14_u32 {
        let desk = ["kitchen", "hall"][round as usize % 2];
        for (place, way) in WAYS.into_iter().enumerate() {
            let pin = format!("{:04}", 1000 + round * 10 + place as u32);
            office.guesses(way, desk, &pin);
        }
        office.waits(60);
    }

    let looked_at = office.looked_at();
    assert!(looked_at.len() >= MOST, "{looked_at:?}");
    let mut by_extension = BTreeMap::<_, Vec<_>>::new();
    let mut by_place = BTreeMap::<_, Vec<_>>::new();
    for (moment, extension, at) in &looked_at {
        by_extension.entry(extension.clone()).or_default().push(*moment);
        by_place.entry(at.locked()).or_default().push(*moment);
    }
    let places: Vec<_> = by_place.keys().collect();
    assert!(places.iter().any(|place| matches!(place, Locked::Device(_))), "{places:?}");
    assert!(places.iter().any(|place| matches!(place, Locked::Address(_))), "{places:?}");
    for (who, moments) in &by_extension {
        assert!(is_bounded(moments), "{who:?}: {moments:?}");
    }
    for (place, moments) in &by_place {
        assert!(is_bounded(moments), "{place:?}: {moments:?}");
    }
    assert!(office.the_logins().iter().any(|(number, desk)| number == "103" && desk == "cellar"));
}

#[test]
fn b9_while_somebody_guesses_others_log_in_elsewhere_and_emergency_calls_pass() {
    let mut office =
        Office::with(&["ada", "eve", "bob@lab", "dan", "kitchen:yealink", "hall:snom", "cellar:snom"]);
    office.owner_changes(|wish| wish.settings.emergency_extension = Some(extension("bob")));
    office.logs_in("dan", "cellar");
    office.guesses(Way::Code, "kitchen", "0001");
    assert!(office.lockouts().len() >= 2, "extension and phone are closed");
    // Nobody has guessed there, and nobody has guessed hers.
    office.logs_in("eve", "hall");
    // From the closed phone.
    office.dials("kitchen", "112");
    assert_eq!(office.ringing(), ["lab"]);
    office.hangs_up("kitchen");
    office.waits(2);
    assert_ne!(office.ending("kitchen"), Some(Ending::Lost));
    // The one that is logged in calls and is called.
    office.dials("lab", "dan");
    assert_eq!(office.ringing(), ["cellar"]);
}
