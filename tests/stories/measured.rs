//! The office in which the exchange is measured: people, phones and settings as the reference model has them.
//!
//! What differs from one seed to the next: the weather, the policy, what ends logins by itself, whether a restart does.
//!
//! Not here: what is done there (`steps`), and by whom (`model`).

use std::time::Duration;

use perch::model::{
    AccountValues, AfterRestart, AutoLogout, Extension, LoginPolicy, OfficeSettings, OfficeWish, Secret,
    Stage, TemplateName, TrustedNetwork,
};

use crate::office::{Office, Scene};
use crate::people::{Name, PEOPLE, Person, WITH_KEY, person};
use crate::phone::Quirks;
use crate::reference::{Policy, REGISTERED, Rules};
use crate::sim_box::SoundMode;
use crate::steps::CLOSING_TIME;
use crate::wire::Weather;

const CAST: [&str; 12] = [
    "ada",
    "dan",
    "eve",
    "bob@lab",
    "cleo@office",
    "kitchen:yealink",
    "hall:snom",
    "attic:small-yealink",
    "cellar:small-snom",
    "dan@den:yealink",
    "annex:snom",
    "lobby:by-hand",
];

/// How the office of a seed wants it.
pub fn rules_of(seed: u64, is_fair: bool) -> Rules {
    let ends = if is_fair { seed / 2 % 6 } else { 0 };
    let when = |which: u64, limit| (ends == which || ends == 5).then_some(limit);
    Rules {
        policy: [Policy::Move, Policy::Refuse, Policy::Move, Policy::Several][(seed / 8 % 4) as usize],
        logins_survive_restart: !seed.is_multiple_of(5),
        hot_desk_only: seed.is_multiple_of(3).then_some("bob"),
        oldest: when(1, 40 * 60),
        idlest: when(2, 10 * 60),
        closing: when(3, CLOSING_TIME),
        longest_gone: when(4, 5 * 60),
        company_pin: seed.is_multiple_of(7).then_some("553711"),
    }
}

/// What the owner writes down, so that the office is as the rules and [`PEOPLE`] say.
fn is_wished(wish: &mut OfficeWish, rules: &Rules) {
    let minutes = |seconds: i64| u32::try_from(seconds / 60).expect("a positive time");
    wish.settings.login_policy = match rules.policy {
        Policy::Move => LoginPolicy::Move,
        Policy::Refuse => LoginPolicy::Refuse,
        Policy::Several => LoginPolicy::Several,
    };
    wish.settings.after_restart =
        if rules.logins_survive_restart { AfterRestart::Keep } else { AfterRestart::End };
    // The network of the phones.
    let network = "10.0.0.0/24".parse().expect("a network");
    wish.settings.trusted_networks = vec![TrustedNetwork { network, description: "desks".to_owned() }];
    let usual = AccountValues { register_every: u32::try_from(REGISTERED).ok(), ..AccountValues::default() };
    let template: TemplateName = "usual".parse().expect("a name");
    wish.settings.templates.accounts.insert(template.clone(), usual);
    for device in &mut wish.devices {
        device.own.account_template = Some(template.clone());
    }
    wish.settings.auto_logout = AutoLogout {
        after: rules.oldest.map(minutes),
        idle: rules.idlest.map(minutes),
        at: rules.closing.map(|_| "20:00".parse().expect("a time")),
        gone: rules.longest_gone.map(minutes),
        ..AutoLogout::default()
    };
    let acme = OfficeSettings {
        name: "Acme".to_owned(),
        realm: "acme.perch.local".to_owned(),
        ..wish.settings.clone()
    };
    wish.settings.company_pin = rules.company_pin.map(Secret::new);
    wish.others.insert("acme".parse().expect("a tenant"), acme);
    let zoe = Extension { ..Extension::roaming(number("zoe").parse().expect("a number"), "Zoe") };
    wish.extensions.push(zoe);
    for one in &mut wish.extensions {
        let printed = one.number.to_string();
        let person = person_of(&printed);
        one.hotdesk_id = person.id.and_then(|id| id.parse().ok());
        one.pin = person.pin.map(Secret::new);
        one.hotdesk_pin = person.hotdesk_pin.map(Secret::new);
        one.own.phone_native = Some(person.is_native);
        one.own.account_template = Some(template.clone());
        one.own.pin_required = person.is_trusted.then_some(false);
        one.own.hotdesk_only = Some(rules.hot_desk_only.map(number) == Some(printed));
    }
}

/// Whether requests for files, and their answers, are lost in the office of a seed.
pub fn loses_files(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

/// The number of somebody as the box prints it.
pub fn number(who: Name) -> String {
    let one = person(who);
    if one.tenant.is_empty() { one.number.to_owned() } else { format!("{}@{}", one.number, one.tenant) }
}

pub fn person_of(printed: &str) -> &'static Person {
    PEOPLE.iter().find(|one| number(one.name) == printed).expect("the number of somebody")
}

/// The office of a seed, with every phone confirmed.
pub fn opens(seed: u64, is_fair: bool, rules: &Rules) -> Office {
    let weather = if is_fair { Weather::FAIR } else { Weather::FOUL };
    let scene = Scene {
        cast: &CAST,
        weather,
        sound: SoundMode::Quick,
        seed,
        quirks: Quirks { late: Duration::from_secs(34), ..Quirks::default() },
        ..Scene::default()
    };
    let mut office = Office::opens(&scene);
    // A phone whose login by its own function has ended has no contact any more: it is told at its bare address.
    office.forgives("check-sync for sip:10.0.0.");
    if !is_fair {
        // The box may have restarted before it got word of the answer.
        office.forgives("an answer that was never acknowledged");
        // It may have restarted between a request and its copy: what it knew, its tags among it, is gone.
        office.forgives("two final answers with different tags");
    }
    office.wire.set_weather(Weather::FAIR);
    office.owner_changes(|wish| is_wished(wish, rules));
    for desk in WITH_KEY {
        office.owner_changes_phone(desk, |desk| desk.own.hotdesk_key = Some(true));
    }
    office.owner_changes_phone("den", |den| den.own.borrowable = Some(true));
    office.owner_changes_phone("annex", |annex| annex.tenant = "acme".parse().expect("a tenant"));
    office.waits_until("every phone is confirmed", |office| {
        office.devices().iter().all(|device| device.stage == Stage::Confirmed || !device.provisioned)
    });
    office.waits(2);
    office.looks_away();
    let lost_files = if loses_files(seed) { 20 } else { 0 };
    office.wire.set_weather(Weather { lost_files, ..weather });
    office
}
